/**
 * The texts that an account signs to be bound to an identity, or to leave it: CAIP-122's, which for `eip155` is EIP-4361's, so that
 * wallets show them as a sign-in. They are built here, by the same rules as the contract `Identities` builds them, so that no server
 * can have another one signed. Frozen by `spec/vectors/identities.json`.
 */

export interface Binding {
  /** Id of the identity, 32 bytes. */
  id: string;
  /** CAIP-10: `eip155:<chain id>:0x…`, with the checksum of EIP-55. */
  account: string;
  /** Chain id of the ledger that keeps the identity. */
  ledger: number;
  nonce: number;
  /** Seconds since 1970. */
  issuedAt: number;
  expiresAt: number;
}

export type BindingAct = 'bind' | 'release';

/** How long a proof holds: long enough to be sent, short enough to be of no use to a thief. */
export const PROOF_SECONDS = 600;
const BEGINNINGS: Record<BindingAct, string> = { bind: 'Bind this account to', release: 'Release this account from' };

const instant = (seconds: number) => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

/** What the account signs. */
export function bindingText(act: BindingAct, binding: Binding): string {
  const [, chain = '', address = ''] = binding.account.split(':');
  const did = `did:civitas:${binding.id.replace(/^0x/, '')}`;
  return [
    `ledger-${binding.ledger}.civitas wants you to sign in with your Ethereum account:`,
    address,
    '',
    `${BEGINNINGS[act]} ${did} on ledger ${binding.ledger}.`,
    '',
    `URI: ${did}`,
    'Version: 1',
    `Chain ID: ${chain}`,
    `Nonce: ${String(binding.nonce).padStart(8, '0')}`,
    `Issued At: ${instant(binding.issuedAt)}`,
    `Expiration Time: ${instant(binding.expiresAt)}`,
  ].join('\n');
}

/** The call that brings the account's signature to the ledger. For a binding the identity speaks too: one of its controllers sends it. */
export function bindingCall(act: BindingAct, binding: Binding, signature: string) {
  const proof = { keyType: 1, key: '0x', signature };
  const told = { ...binding, ledger: String(binding.ledger), nonce: String(binding.nonce) };
  return {
    contract: 'Identities',
    function: act,
    arguments: act === 'bind' ? [told, proof, { fragment: '', signature: '0x' }] : [told, proof],
  };
}
