import { describe, expect, it } from 'vitest';
import { decimal } from '../src/components/Amount';
import { stateName } from '../src/components/stateName';
import { relative } from '../src/components/Time';
import { harmless } from '../src/components/Untrusted';
import { safeTarget } from '../src/pages/login/target';

describe('amounts', () => {
  const check = (value: string, decimals: number, expected: string) => expect(decimal(value, decimals)).toBe(expected);
  it('are exact at any size', () => {
    check('0', 18, '0');
    check('1', 18, '0.000000000000000001');
    check('1234567890000000000000', 18, '1,234.56789');
    check('100', 0, '100');
    check('-1500', 3, '-1.5');
    check(
      '115792089237316195423570985008687907853269984665640564039457584007913129639935',
      0,
      '115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129,639,935',
    );
  });
  it('that are no numbers, and senseless decimals, stay harmless', () => {
    check('<img>', 18, '<img>');
    check('5', -3, '5');
    check('5', 1e9, `0.${'0'.repeat(76)}5`);
  });
});

describe('text of others', () => {
  it('loses what reorders or hides', () => {
    expect(harmless('a\u202Eb\u200Bc')).toBe('a␣b␣c');
    expect(harmless('中文名称')).toBe('中文名称');
    expect(harmless('x'.repeat(300), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});

describe('states', () => {
  it('have one name', () => {
    for (const name of ['UnderReview', 'under-review', 'under_review', 'underReview']) expect(stateName(name)).toBe('underReview');
  });
});

describe('times', () => {
  it('are told from now', () => {
    const now = new Date('2026-11-30T12:00:00Z');
    expect(relative(new Date('2026-11-30T11:57:00Z'), now, 'en')).toBe('3 min. ago');
    expect(relative(new Date('2026-11-30T11:57:00Z'), now, 'zh')).toBe('3分钟前');
  });
});

describe('the way after a sign-in', () => {
  it('stays in the console', () => {
    expect(safeTarget('/explorer?x=1')).toBe('/explorer?x=1');
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', undefined, '/login']) expect(safeTarget(bad)).toBe('/');
  });
});
