/** Names of the API's types, as the pages use them. */
import type { components } from './schema';

type Schemas = components['schemas'];
export type Overview = Schemas['Overview'];
export type LedgerSummary = Schemas['LedgerSummary'];
export type LedgerDetail = Schemas['LedgerDetail'];
export type Topology = Schemas['Topology'];
export type TopologyNode = Schemas['TopologyNode'];
export type SearchHit = Schemas['SearchHit'];
export type BlockSummary = Schemas['BlockSummary'];
export type BlockDetail = Schemas['BlockDetail'];
export type BlockCertificate = Schemas['BlockCertificate'];
export type TransactionSummary = Schemas['TransactionSummary'];
export type TransactionDetail = Schemas['TransactionDetail'];
export type Trace = Schemas['Trace'];
export type TraceCall = Schemas['TraceCall'];
export type StateChanges = Schemas['StateChanges'];
export type Change = Schemas['Change'];
export type AccountSummary = Schemas['AccountSummary'];
export type AccountDetail = Schemas['AccountDetail'];
export type Balance = Schemas['Balance'];
export type LedgerEvent = Schemas['Event'];
export type ContractSummary = Schemas['ContractSummary'];
export type ContractDetail = Schemas['ContractDetail'];
export type ContractSource = Schemas['ContractSource'];
export type SourceClaim = Schemas['SourceClaim'];
export type Compilers = Schemas['Compilers'];
export type Argument = Schemas['Argument'];
export type DecodedCall = Schemas['DecodedCall'];
export type DecodedError = Schemas['DecodedError'];
export type Answered = Schemas['Answered'];
export type Token = Schemas['Token'];
export type TokenBrief = Schemas['TokenBrief'];
export type Holder = Schemas['Holder'];
export type Transfer = Schemas['Transfer'];
export type Activity = Schemas['Activity'];

/** An event `block` of the stream. */
export interface BlockEvent {
  ledger: string;
  height: number;
  hash: string;
  transactions: number;
  at: string;
}
