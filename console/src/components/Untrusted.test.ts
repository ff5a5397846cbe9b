import { describe, expect, it } from 'vitest';
import { harmless, harmlessLines } from './Untrusted';

describe('texts of others', () => {
  it('have no character that hides or reorders in one line', () => {
    expect(harmless('pay\u202e001\nnow')).toBe('pay␣001␣now');
    expect(harmless('港'.repeat(9), 4)).toBe('港港港港…');
  });
  it('keep their lines where they are long, and nothing else that moves text', () => {
    expect(harmlessLines('first\r\n\r\nsecond\u202e\rthird\nfourth\u2028')).toBe('first\n\nsecond␣\nthird\nfourth␣');
  });
  it('are shown whole up to what a notice may have', () => {
    const longest = 'a\n'.repeat(8_000);
    expect(harmlessLines(longest)).toBe(longest);
    expect(harmlessLines(`${longest}b`)).toBe(`${longest}…`);
    expect(harmlessLines('一\n二\n三', 3)).toBe('一\n二…');
  });
});
