/** What the API answers about identities. */
import type { components } from '../../api/schema';

export type IdentitySummary = components['schemas']['IdentitySummary'];
export type IdentityDetail = components['schemas']['IdentityDetail'];
export type Opening = components['schemas']['Opening'];

/** The address of an account of a ledger of the city, out of its CAIP-10 name; nothing for accounts of other kinds. */
export function addressOf(account: string): string | undefined {
  return /^eip155:\d+:(0x[0-9a-fA-F]{40})$/.exec(account)?.[1];
}
