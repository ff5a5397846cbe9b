import { describe, expect, it } from 'vitest';
import { type Certificate, check, type Known } from '../src/proof/check';
import vectors from './vectors/certificates.json';

const known: Known = vectors.known;
const first: Certificate = vectors.certificates[0]!;

/** The certificate with a hexadecimal digit of a field turned into another. */
function altered(field: 'payloadHeader' | 'encoded', at: number): Certificate {
  const text = first[field];
  const digit = text[2 + at] === '0' ? '1' : '0';
  return { ...first, [field]: `${text.slice(0, 2 + at)}${digit}${text.slice(3 + at)}` };
}
const step = (certificate: Certificate, about: Known = known) => check(certificate, about).failed?.step;

describe('a certificate', () => {
  it('proves its block', () => {
    for (const certificate of vectors.certificates) {
      const checked = check(certificate, known);
      expect(checked.failed).toBeUndefined();
      expect(checked.signers.length).toBeGreaterThanOrEqual(3);
      expect(checked.needed).toBe(3);
    }
  });
  it('proves no other block', () => {
    expect(step({ ...first, blockHash: `0x${'11'.repeat(32)}` })).toBe('headers');
    expect(step({ ...first, height: 2 })).toBe('headers');
    expect(step({ ...first, headers: [] })).toBe('headers');
    expect(step({ ...first, headers: ['0xzz'] })).toBe('headers');
    expect(step({ ...first, headers: [...first.headers, first.headers[0]!] })).toBe('headers');
  });
  it('holds for its ledger alone', () => {
    expect(step(first, { ...known, chainId: 1 })).toBe('ledger');
    expect(step(first, { ...known, genesisHash: `0x${'22'.repeat(32)}` })).toBe('signatures');
    expect(step(first, { ...known, genesisSeconds: known.genesisSeconds + 1 })).toBe('signatures');
    expect(step(first, { ...known, epochBlocks: 2 })).toBe('epoch');
  });
  it('holds with its validators alone', () => {
    expect(step(first, { ...known, validators: known.validators.slice(1) })).toBe('epoch');
    expect(step(first, { ...known, validators: [`0x${'33'.repeat(32)}`, ...known.validators.slice(1)] })).toBeDefined();
  });
  it('falls when any byte of it is another', () => {
    for (let at = 0; at < first.payloadHeader.length - 2; at += 1)
      expect(step(altered('payloadHeader', at)), `payload ${at}`).toBeDefined();
    for (let at = 0; at < first.encoded.length - 2; at += 7) expect(step(altered('encoded', at)), `encoded ${at}`).toBeDefined();
    expect(step({ ...first, encoded: `${first.encoded}00` })).toBe('signatures');
    expect(step({ ...first, encoded: first.encoded.slice(0, -2) })).toBe('signatures');
  });
});
