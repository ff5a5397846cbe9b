/** What the API answers about ledgers. */
import type { components } from '../../api/schema';

export type LedgerSummary = components['schemas']['LedgerSummary'];
export type LedgerDetail = components['schemas']['LedgerDetail'];
export type Activity = components['schemas']['Activity'];
