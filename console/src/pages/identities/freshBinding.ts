/** What both sides of a binding agree on, asked of the ledger. */
import { write } from '../../api/client';
import { type Binding, PROOF_SECONDS } from '../../wallet/binding';
import { rpc } from '../../wallet/send';

/** A fresh binding of an account of an Ethereum-like chain, by the clock of the ledger. */
export async function freshBinding(id: string, address: string, chain: number): Promise<Binding> {
  const [{ checksummed }, ledger, block, nonce] = await Promise.all([
    import('../../wallet/checksum'),
    rpc<string>('main', 'eth_chainId', []),
    rpc<{ timestamp: string }>('main', 'eth_getBlockByNumber', ['latest', false]),
    write<{ results: { value: unknown }[] }>('post', '/api/v1/call', { contract: 'Identities', function: 'nonceOf', arguments: [id] }),
  ]);
  const issuedAt = Number(block.timestamp);
  return {
    id,
    account: `eip155:${chain}:${checksummed(address)}`,
    ledger: Number(ledger),
    nonce: Number(nonce.results[0]?.value),
    issuedAt,
    expiresAt: issuedAt + PROOF_SECONDS,
  };
}
