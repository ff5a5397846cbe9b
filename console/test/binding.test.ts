import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Binding, bindingCall, bindingText } from '../src/wallet/binding';
import { checksummed } from '../src/wallet/checksum';

interface Vector extends Binding {
  accountCanonical: string;
  accountMessage: { text: string };
  releaseMessage: { text: string };
}
const vectors = JSON.parse(readFileSync(new URL('../../spec/vectors/identities.json', import.meta.url), 'utf8')) as { bindings: Vector[] };
const ethereum = vectors.bindings.filter(({ account }) => account.startsWith('eip155:'));

test('the texts are those that the contract builds', () => {
  expect(ethereum.length).toBeGreaterThan(1);
  for (const vector of ethereum) {
    const binding = { ...vector, account: vector.accountCanonical };
    expect(bindingText('bind', binding)).toBe(vector.accountMessage.text);
    expect(bindingText('release', binding)).toBe(vector.releaseMessage.text);
  }
});

test('addresses get the checksum of EIP-55', () => {
  for (const { accountCanonical } of ethereum) {
    const address = accountCanonical.split(':')[2] ?? '';
    expect(checksummed(address.toLowerCase())).toBe(address);
  }
});

test('a binding brings both proofs, a release one', () => {
  const [vector] = ethereum;
  expect(vector).toBeDefined();
  if (!vector) return;
  expect(bindingCall('bind', vector, '0xab').arguments).toHaveLength(3);
  expect(bindingCall('release', vector, '0xab').arguments).toHaveLength(2);
});
