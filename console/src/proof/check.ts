/**
 * Checks in the browser what a node or the console says, by the verifier of crate `light` (`docs/developer/proofs.md`): whoever trusts
 * the genesis block and the validators of the epoch need not trust either.
 */
import { MASK } from '../mask';
import type { Verifier } from './light';

export interface Certificate {
  height: number;
  blockHash: string;
  headers: string[];
  payloadHeader: string;
  kind: string;
  encoded: string;
}
/** What is known beforehand about a ledger. */
export interface Known {
  chainId: number;
  epochBlocks: number;
  genesisHash: string;
  /** Seconds since 1970. */
  genesisSeconds: number;
  /** Keys of the validators of the certificate's epoch. */
  validators: string[];
}

/** The steps of a check of a certificate, in order; each is a name of a text. */
export const STEPS = ['headers', 'payload', 'ledger', 'result', 'epoch', 'quorum', 'signatures'] as const;
export type StepName = (typeof STEPS)[number] | 'contents';

/** What a certificate proves. */
export interface ProvenBlock {
  epoch: number;
  signers: string[];
  needed: number;
  digest: string;
  stateRoot: string;
  transactionsRoot: string;
  receiptsRoot: string;
  payloadHeight: number;
}
export interface Checked {
  /** The step that does not hold, and why; none if the block is proven. */
  failed?: { step: StepName; why: string };
  block?: ProvenBlock;
}

/** Checks all steps of a certificate. */
export function check(verify: Verifier, certificate: Certificate, known: Known): Checked {
  return verify({ check: 'certificate', known, certificate }) as Checked;
}

export interface ProvenEvent {
  transactionIndex: number;
  address: string;
  topics: string[];
  data: string;
}
/** What a block holds; all of it, in its order. */
export interface Contents {
  failed?: { why: string };
  /** Hashes of its transactions. */
  hashes?: string[];
  /** Whether each of them succeeded. */
  succeeded?: boolean[];
  events?: ProvenEvent[];
}

/** Checks that these are all transactions and receipts of the block with this header. */
export function checkContents(verify: Verifier, header: string, block: string, receipts: string[]): Contents {
  return verify({ check: 'contents', header, block, receipts }) as Contents;
}

/** A transaction as a page shows it. */
export interface ShownTransaction {
  hash: string;
  /** Its place in the block. */
  index: number;
  succeeded: boolean;
  events: { address: string; topics: string[]; data: string }[];
}

/** What the page shows otherwise than the block has it; nothing if all is the same. */
export function difference(contents: Contents, shown: ShownTransaction): string | undefined {
  if (contents.failed) return contents.failed.why;
  const text = (events: ShownTransaction['events']) =>
    JSON.stringify(events.map(({ address, topics, data }) => [address, topics, data])).toLowerCase();
  const events = contents.events?.filter((event) => event.transactionIndex === shown.index) ?? [];
  if (contents.hashes?.[shown.index] !== shown.hash.toLowerCase()) return 'the block holds another transaction at this place';
  if (contents.succeeded?.[shown.index] !== shown.succeeded) return 'the page shows another outcome of the transaction';
  // Data that this reader may not see is proven all the same; only what is shown of it is not compared.
  const asShown = events.map((event, place) => (shown.events[place]?.data === MASK ? { ...event, data: MASK } : event));
  if (text(asShown) !== text(shown.events)) return 'the page shows other events of the transaction';
  return undefined;
}
