import { useSyncExternalStore } from 'react';
import type { LocalAccount } from 'viem';
import { Problem } from '../api/problem';
import { watched } from './watched';

/** What signs for a person: a wallet in the browser (EIP-1193), or a development key that this page holds until it is closed. */
export interface Signer {
  kind: 'wallet' | 'key';
  account: `0x${string}`;
  name: string;
  signMessage(message: string): Promise<`0x${string}`>;
  /** Sends through the wallet, or signs here; gives the transaction's hash. */
  sendTransaction(request: TransactionRequest, raw: (signed: `0x${string}`) => Promise<`0x${string}`>): Promise<`0x${string}`>;
}

export interface TransactionRequest {
  chainId: number;
  /** Name of the ledger, for wallets that do not know it yet. */
  ledger: string;
  /** Without it the transaction creates a contract. */
  to?: `0x${string}`;
  data: `0x${string}`;
  nonce: number;
  gas: bigint;
  gasPrice: bigint;
  value: bigint;
}

interface Provider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}
export interface InjectedWallet {
  id: string;
  name: string;
  provider: Provider;
}

let signer: Signer | undefined;
let listening = false;
const injected = new Map<string, InjectedWallet>();
let list: InjectedWallet[] = [];
const { notify, subscribe } = watched();

function announce(wallet: InjectedWallet) {
  injected.set(wallet.id, wallet);
  list = [...injected.values()];
  notify();
}

/** Asks the wallets of this browser to show themselves (EIP-6963; older ones stand in `window.ethereum`). */
export function discoverWallets() {
  if (!listening) {
    listening = true;
    listen();
  }
  window.dispatchEvent(new Event('eip6963:requestProvider'));
  window.setTimeout(() => {
    const legacy = (window as { ethereum?: Provider }).ethereum;
    if (legacy && injected.size === 0) announce({ id: 'injected', name: 'Ethereum', provider: legacy });
  }, 300);
}

function listen() {
  window.addEventListener('eip6963:announceProvider', (event) => {
    const detail = (event as CustomEvent<{ info: { uuid: string; name: string }; provider: Provider }>).detail;
    announce({ id: detail.info.uuid, name: detail.info.name.slice(0, 40), provider: detail.provider });
  });
}

export const useWallets = () => useSyncExternalStore(subscribe, () => list);
export const useSigner = () => useSyncExternalStore(subscribe, () => signer);
export const currentSigner = () => signer;

export function forgetSigner() {
  signer = undefined;
  notify();
}

const hex = (number: number | bigint) => `0x${number.toString(16)}` as const;
const toHex = (text: string) => `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** EIP-1193 errors as problems: 4001 is a person's refusal. */
async function ask<T>(provider: Provider, method: string, parameters: unknown[] = []): Promise<T> {
  try {
    return (await provider.request({ method, params: parameters })) as T;
  } catch (error) {
    const { code, message } = error as { code?: number; message?: string };
    throw new Problem({ status: 0, slug: code === 4001 ? 'declined' : 'wallet', detail: message, members: { code } });
  }
}

async function switchChain(provider: Provider, request: TransactionRequest) {
  const chainId = hex(request.chainId);
  if (Number(await ask<string>(provider, 'eth_chainId')) === request.chainId) return;
  try {
    await ask(provider, 'wallet_switchEthereumChain', [{ chainId }]);
  } catch (error) {
    if (!(error instanceof Problem) || error.members.code !== 4902) throw error;
    await ask(provider, 'wallet_addEthereumChain', [
      {
        chainId,
        chainName: `Civitas ${request.ledger}`,
        rpcUrls: [`${window.location.origin}/api/v1/ledgers/${encodeURIComponent(request.ledger)}/rpc`],
        nativeCurrency: { name: 'Gas', symbol: 'GAS', decimals: 18 },
      },
    ]);
  }
}

/** Makes what was connected the signer of this page. */
function use(next: Signer): Signer {
  signer = next;
  notify();
  return next;
}

/** Connects a wallet; `aside` leaves the signer of the page as it is, for an account that proves only itself. */
export async function connectWallet(wallet: InjectedWallet, aside = false): Promise<Signer> {
  const [account] = await ask<`0x${string}`[]>(wallet.provider, 'eth_requestAccounts');
  if (!account) throw new Problem({ status: 0, slug: 'declined' });
  const { provider } = wallet;
  const connected: Signer = {
    kind: 'wallet',
    account,
    name: wallet.name,
    signMessage: (message) => ask(provider, 'personal_sign', [toHex(message), account]),
    async sendTransaction(request) {
      await switchChain(provider, request);
      const { to, data, gas, value } = request;
      return ask(provider, 'eth_sendTransaction', [{ from: account, ...(to ? { to } : {}), data, gas: hex(gas), value: hex(value) }]);
    },
  };
  return aside ? connected : use(connected);
}

/** Takes a private key into the memory of this page; it is neither stored nor sent. */
export async function connectKey(text: string, aside = false): Promise<Signer> {
  const trimmed = text.trim();
  const key = (trimmed.startsWith('0x') ? trimmed : `0x${trimmed}`) as `0x${string}`;
  const { accounts, hashOf } = await tools();
  try {
    if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new Error('shape');
    const held = hold(accounts.privateKeyToAccount(key), hashOf);
    return aside ? held : use(held);
  } catch {
    throw new Problem({ status: 0, slug: 'bad-key' });
  }
}

/** The mnemonic of every development chain, of Civitas too: what it opens belongs to everybody. */
const EVERYBODYS = 'test test test test test test test test test test test junk';

/** Takes one of the accounts that everybody has the keys of. */
export async function connectExample(index: number, aside = false): Promise<Signer> {
  const { accounts, hashOf } = await tools();
  const held = hold(accounts.mnemonicToAccount(EVERYBODYS, { addressIndex: index }), hashOf);
  return aside ? held : use(held);
}

/** What signs and hashes; loaded when it is first needed, and before the connection can be lost. */
async function tools() {
  const [accounts, { keccak_256 }, { bytesToHex, hexToBytes }] = await Promise.all([
    import('viem/accounts'),
    import('@noble/hashes/sha3.js'),
    import('@noble/hashes/utils.js'),
  ]);
  const hashOf = (signed: `0x${string}`): `0x${string}` => `0x${bytesToHex(keccak_256(hexToBytes(signed.slice(2))))}`;
  return { accounts, hashOf };
}

function hold(account: LocalAccount, hashOf: (signed: `0x${string}`) => `0x${string}`): Signer {
  return {
    kind: 'key',
    account: account.address,
    name: '',
    signMessage: (message) => account.signMessage({ message }),
    async sendTransaction({ chainId, to, data, nonce, gas, gasPrice, value }, raw) {
      const signed = await account.signTransaction({ type: 'legacy', chainId, to, data, nonce, gas, gasPrice, value });
      try {
        return await raw(signed);
      } catch (error) {
        // It may have arrived, though its answer did not: then it is looked for by its hash, and not signed again.
        if (!(error instanceof Problem) || !UNANSWERED.includes(error.slug)) throw error;
        return hashOf(signed);
      }
    },
  };
}

/** What went wrong on the way, not at the ledger. */
const UNANSWERED = ['offline', 'node-unreachable', 'timeout'];
