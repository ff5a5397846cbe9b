import { write } from '../api/client';
import { Problem } from '../api/problem';
import type { components } from '../api/schema';
import type { Signer } from './wallet';

/** A call of a system contract (or of a verified contract) by name; amounts and other large numbers are decimal strings. */
export interface NamedCall {
  contract: string;
  function: string;
  arguments: unknown[];
  /** Wei that go with it, decimal. */
  value?: string;
}
/** A call whose data is already encoded; without `to` it creates a contract. */
export interface EncodedCall {
  to?: `0x${string}`;
  data: `0x${string}`;
  value?: string;
}
export type Call = (NamedCall | EncodedCall) & { ledger?: string };

type Schemas = components['schemas'];
export type Refusal = Schemas['DecodedError'];
/** What the server found out about a transaction before it is signed. */
export type Prepared = Omit<Schemas['Prepared'], 'to' | 'data' | 'call' | 'gasPrice'> & {
  to?: `0x${string}`;
  data: `0x${string}`;
  gasPrice?: string;
  /** What it calls; none for a call that came encoded. */
  call?: Schemas['DecodedCall'];
};
export interface Receipt {
  hash: `0x${string}`;
  succeeded: boolean;
  block: number;
  gasUsed?: number;
  contractAddress?: string | null;
}

interface RpcAnswer<T> {
  result?: T;
  error?: { code: number; message: string; data?: unknown };
}

/** Calls a method of a ledger's JSON-RPC through the console. */
export async function rpc<T>(ledger: string, method: string, params: unknown[]): Promise<T> {
  const answer = await write<RpcAnswer<T>>(
    'post',
    '/api/v1/ledgers/{ledger}/rpc',
    { jsonrpc: '2.0', id: 1, method, params },
    { path: { ledger } },
  );
  if (answer.error) {
    throw new Problem({
      status: 0,
      slug: 'ledger-refused',
      detail: answer.error.message,
      members: { code: answer.error.code, data: answer.error.data },
    });
  }
  return answer.result as T;
}

/** Asks what the transaction would be and whether the ledger would refuse it. */
export async function prepare(call: Call, signer: Signer): Promise<Prepared> {
  const ledger = call.ledger ?? 'main';
  if ('contract' in call) {
    return write<Prepared>('post', '/api/v1/prepare', {
      ledger,
      account: signer.account,
      contract: call.contract,
      function: call.function,
      arguments: call.arguments,
      ...(call.value ? { value: call.value } : {}),
    });
  }
  const value = call.value ?? '0';
  const request = { from: signer.account, ...(call.to ? { to: call.to } : {}), data: call.data, value: `0x${BigInt(value).toString(16)}` };
  const chainId = Number(await rpc<string>(ledger, 'eth_chainId', []));
  const prepared = { ledger, chainId, to: call.to, data: call.data, value, from: signer.account };
  try {
    const gas = Number(await rpc<string>(ledger, 'eth_estimateGas', [request]));
    return { ...prepared, gas: Math.ceil(gas * 1.2) };
  } catch (error) {
    if (!(error instanceof Problem) || error.slug !== 'ledger-refused') throw error;
    return { ...prepared, refused: { name: 'Error', message: error.detail ?? '', arguments: [] } };
  }
}

/** Signs what was prepared and sends it; gives the hash. */
export async function signAndSend(ledger: string, prepared: Prepared, signer: Signer): Promise<`0x${string}`> {
  const [count, price] = await Promise.all([
    prepared.nonce ?? rpc<string>(ledger, 'eth_getTransactionCount', [signer.account, 'pending']),
    prepared.gasPrice ?? rpc<string>(ledger, 'eth_gasPrice', []),
  ]);
  const request = {
    chainId: prepared.chainId,
    ledger,
    to: prepared.to,
    data: prepared.data,
    nonce: Number(count),
    gas: BigInt(prepared.gas ?? 3_000_000),
    gasPrice: BigInt(price),
    value: BigInt(prepared.value),
  };
  return signer.sendTransaction(request, (signed) => rpc(ledger, 'eth_sendRawTransaction', [signed]));
}

const POLL_MS = 400;
/** A ledger answers in seconds; after a minute something is wrong and a person should look. */
const POLLS_MAX = 150;
/** Looks that may fail one after another: a node that restarts is back before. */
const FAILURES_MAX = 20;
/** Looks between two questions whether it was left out. */
const LOOKS = 5;

interface RpcReceipt {
  status: string;
  blockNumber: string;
  gasUsed?: string;
  contractAddress?: string | null;
}
interface Omission {
  height: number;
  reason: string;
}

/** Waits for the receipt. A look that fails is repeated: what was sent stays sent. */
export async function receiptOf(ledger: string, hash: `0x${string}`): Promise<Receipt> {
  let failures = 0;
  for (let poll = 0; poll < POLLS_MAX; poll += 1) {
    try {
      const receipt = await rpc<RpcReceipt | null>(ledger, 'eth_getTransactionReceipt', [hash]);
      failures = 0;
      if (receipt) {
        return {
          hash,
          succeeded: Number(receipt.status) === 1,
          block: Number(receipt.blockNumber),
          gasUsed: receipt.gasUsed === undefined ? undefined : Number(receipt.gasUsed),
          contractAddress: receipt.contractAddress,
        };
      }
      if (poll % LOOKS === LOOKS - 1) await refuseIfLeftOut(ledger, hash);
    } catch (error) {
      const passing = error instanceof Problem && [0, 502, 503, 504].includes(error.status) && error.slug !== 'left-out';
      failures += 1;
      if (!passing || failures > FAILURES_MAX) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Problem({ status: 0, slug: 'no-receipt', members: { hash } });
}

/** A transaction that was ordered but could not be executed has no receipt, but a reason. */
async function refuseIfLeftOut(ledger: string, hash: string) {
  let omissions: Omission[] | null;
  try {
    omissions = await rpc<Omission[] | null>(ledger, 'civitas_getOmitted', [hash]);
  } catch (error) {
    // Who is not signed in may not ask, and a transaction that still waits is not known.
    if (error instanceof Problem && error.slug === 'ledger-refused') return;
    throw error;
  }
  const omitted = omissions?.[0];
  if (omitted) throw new Problem({ status: 0, slug: 'left-out', detail: omitted.reason });
}
