/** For which organisations who looks may vote, and on what. */
import { useQueries } from '@tanstack/react-query';
import { type Page, read } from '../../api/client';
import { keyOf, useRead } from '../../api/hooks';
import { useRights, useSession } from '../../api/session';
import { useSigner } from '../../wallet/wallet';
import type { Grant, Proposal } from './types';

/** Id of the role that speaks for an organisation: keccak256 of `Representative`. */
export const REPRESENTATIVE = '0xbaeb5ffdb13b4bc7ff2f1a35f82b380cbe46fab16b039d08d49f0132d0a48bb1';
/** Grants that are looked at: a city has far fewer representatives. */
const GRANTS = 200;
/** Proposals that are looked through for one to vote on. */
const PROPOSALS = 6;

/** Whether a grant is that of an account, or of its identity. */
export const isSubject = (grant: Grant, account?: string | null, did?: string | null) => {
  const subject = grant.subject.toLowerCase();
  if (grant.subjectKind === 'identity') return Boolean(did) && did?.endsWith(subject.replace(/^0x/, ''));
  return Boolean(account) && subject.endsWith((account ?? '').slice(2).toLowerCase());
};

/** Organisations whose representative signs here, or is signed in; `undefined` until it is known. */
export function useRepresented(): string[] | undefined {
  const may = useRights();
  const signer = useSigner();
  const { session } = useSession();
  const { data } = useRead<Page<Grant>>(
    '/api/v1/roles/{id}/grants',
    { path: { id: REPRESENTATIVE }, query: { limit: GRANTS } },
    { enabled: may('readGovernance') },
  );
  const account = signer?.account ?? session?.account;
  const did = account?.toLowerCase() === session?.account?.toLowerCase() ? session?.identity : undefined;
  const mine = data?.items.filter((grant) => grant.status === 'InForce' && isSubject(grant, account, did));
  return mine && [...new Set(mine.flatMap(({ scope }) => (scope.kind === 'Organisation' && scope.value ? [scope.value] : [])))];
}

/** The first open proposal on which one of the own organisations has not voted. */
export function useVotable(open: { id: number; title: string }[]) {
  const mine = useRepresented();
  const answers = useQueries({
    queries: open.slice(0, PROPOSALS).map(({ id }) => {
      const parameters = { path: { id: String(id) } };
      return {
        queryKey: keyOf('/api/v1/proposals/{id}', parameters),
        queryFn: ({ signal }: { signal: AbortSignal }) => read<Proposal>('/api/v1/proposals/{id}', { ...parameters, signal }),
        enabled: Boolean(mine?.length),
      };
    }),
  });
  const waits = (proposal: Proposal) =>
    proposal.status === 'Open' &&
    proposal.missing.some(({ organisation }) => organisation !== proposal.organisation && mine?.includes(organisation));
  return { mine, proposal: answers.map(({ data }) => data).find((proposal) => proposal && waits(proposal)) };
}
