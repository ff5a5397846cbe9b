import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Certificate, check, checkContents, difference, type Known } from '../src/proof/check';
import { verifierOf } from '../src/proof/light';

// The module that pages load, and the vectors that the native tests of crate `light` run.
const file = readFileSync(new URL('../src/proof/light.wasm', import.meta.url));
const verify = await verifierOf(await WebAssembly.compile(file));
const vectors = JSON.parse(readFileSync(new URL('../../spec/vectors/proofs.json', import.meta.url), 'utf8'));

interface Ledger {
  name: string;
  known: Known;
  certificates: Certificate[];
}
const ledgers: Ledger[] = vectors.ledgers;
const { known, certificates } = ledgers[0]!;
const first = certificates[0]!;

/** Text with a hexadecimal digit turned into another. */
function altered(text: string, at: number): string {
  return `${text.slice(0, 2 + at)}${text[2 + at] === '0' ? '1' : '0'}${text.slice(3 + at)}`;
}
const step = (certificate: Certificate, about: Known = known) => check(verify, certificate, about).failed?.step;

describe('the module', () => {
  it('is small, and can only compute', async () => {
    expect(gzipSync(file, { level: 9 }).length).toBeLessThan(300_000);
    expect(WebAssembly.Module.imports(await WebAssembly.compile(file))).toEqual([]);
  });
  it('answers what it cannot read', () => {
    for (const request of [{}, { check: 'nothing' }, { check: 'certificate' }, []]) expect(verify(request)).toHaveProperty('failed.why');
    expect(() => verify({ check: 'x'.repeat(40_000_000) })).toThrow('too long');
    expect(step(first)).toBeUndefined();
  });
});

describe('a certificate', () => {
  it.each(ledgers)('proves its block on $name', (ledger) => {
    for (const certificate of ledger.certificates) {
      const { failed, block } = check(verify, certificate, ledger.known);
      expect(failed).toBeUndefined();
      expect(block!.signers.length).toBeGreaterThanOrEqual(block!.needed);
      expect(block!.needed).toBe(ledger.known.validators.length === 4 ? 3 : 1);
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
    for (const signer of check(verify, first, known).block!.signers) {
      const validators = known.validators.map((key) => (key === signer ? `0x${'33'.repeat(32)}` : key));
      expect(step(first, { ...known, validators })).toBeDefined();
    }
  });
  it('falls when any byte of it is another', () => {
    for (const field of ['payloadHeader', 'encoded'] as const)
      for (let at = 0; at < first[field].length - 2; at += 1)
        expect(step({ ...first, [field]: altered(first[field], at) }), `${field} ${at}`).toBeDefined();
    expect(step({ ...first, encoded: `${first.encoded}00` })).toBe('signatures');
    expect(step({ ...first, encoded: first.encoded.slice(0, -2) })).toBe('signatures');
  });
});

describe('a block', () => {
  it('is all its transactions and receipts', () => {
    for (const { header, block, receipts, hashes, events } of vectors.blocks) {
      const contents = checkContents(verify, header, block, receipts);
      expect(contents).toEqual({ hashes, events, succeeded: hashes.map(() => true) });
      expect(checkContents(verify, header, block, receipts.slice(1)).failed).toBeDefined();
      expect(checkContents(verify, header, block, [...receipts].reverse()).failed).toBeDefined();
      expect(
        checkContents(verify, vectors.blocks.at(header === vectors.blocks[0].header ? 1 : 0).header, block, receipts).failed,
      ).toBeDefined();
      for (let at = header.length + 12; at < block.length - 6; at += 41)
        expect(checkContents(verify, header, altered(block, at), receipts).failed, `block ${at}`).toBeDefined();
    }
  });
  it('is not what a page shows otherwise', () => {
    const { header, block, receipts, hashes, events } = vectors.blocks[0];
    const contents = checkContents(verify, header, block, receipts);
    const index = events[0].transactionIndex;
    const mine = events.filter((event: { transactionIndex: number }) => event.transactionIndex === index);
    const shown = { hash: hashes[index], index, succeeded: true, events: mine };
    expect(difference(contents, shown)).toBeUndefined();
    expect(difference(contents, { ...shown, hash: hashes[(index + 1) % hashes.length] })).toContain('another transaction');
    expect(difference(contents, { ...shown, index: hashes.length })).toContain('another transaction');
    expect(difference(contents, { ...shown, succeeded: false })).toContain('another outcome');
    expect(difference(contents, { ...shown, events: mine.slice(1) })).toContain('other events');
    expect(difference(contents, { ...shown, events: [{ ...mine[0], data: '0x01' }, ...mine.slice(1)] })).toContain('other events');
    expect(difference({ failed: { why: 'no' } }, shown)).toBe('no');
  });
});

describe('a state proof', () => {
  it('shows accounts and slots of a flat state, and falls when a byte is another', () => {
    for (const proof of vectors.states) {
      const request = { check: 'state', ...proof };
      const shown = proof.slot === null ? 'account.nonce' : 'slotValue';
      const value = proof.slot === null ? proof.account.nonce : `0x${BigInt(proof.slotValue).toString(16)}`;
      expect(verify(request)).toHaveProperty(shown, value);
      for (const field of ['stateRoot', 'value', 'proof'])
        for (let at = 0; at < proof[field].length - 2; at += 37)
          expect(verify({ ...request, [field]: altered(proof[field], at) }), `${field} ${at}`).toHaveProperty('failed');
    }
  });
  it('shows accounts and slots of a trie', () => {
    for (const proof of vectors.tries) {
      const request = { check: 'trie', ...proof };
      expect(verify(request)).not.toHaveProperty('failed');
      expect(verify({ ...request, stateRoot: altered(proof.stateRoot, 3) })).toHaveProperty('failed');
      for (const slot of proof.slots) expect(verify({ ...request, slots: [{ ...slot, value: '0x7' }] })).toHaveProperty('failed');
    }
  });
});
