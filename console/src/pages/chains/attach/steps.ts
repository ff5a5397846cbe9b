/** How far a chain is on its way under supervision: from what the ledger holds of it, and from nothing else. */
import type { ChainDetail } from '../types';

export const STEPS = ['register', 'root', 'review', 'follow', 'gateway', 'hook'] as const;
export type StepName = (typeof STEPS)[number];

/** `now`: somebody has to act. `later`: another step comes first. `refused`: the review said no. `over`: it will not come any more.
 * `optional`: can be done, and need not. `unfit`: not for chains of this kind. */
export type StepState = 'done' | 'now' | 'later' | 'refused' | 'over' | 'optional' | 'unfit';

/** The newest root of a kind; the API has them newest first. */
export const rootOf = (chain: ChainDetail, kind: 'BlockHash' | 'Contract') => chain.trustRoots.find((root) => root.kind === kind);

/** The last change to a state; a chain that was registered anew has older ones. */
export const changeTo = (chain: ChainDetail, ...states: string[]) => chain.history.filter(({ to }) => states.includes(to)).at(-1);

/** Whether an approval stands: a chain that was frozen or cancelled afterwards had one. */
const approved = (chain: ChainDetail) => ['Active', 'Frozen'].includes(chain.status);

export function statesOf(chain?: ChainDetail): Record<StepName, StepState> {
  const nothing = { register: 'now', root: 'later', review: 'later', follow: 'later', gateway: 'later', hook: 'later' } as const;
  if (!chain) return nothing;
  const root = rootOf(chain, 'BlockHash') ? 'done' : 'now';
  const { following } = chain;
  const hook = rootOf(chain, 'Contract') ? 'done' : familyOf(chain.caip2) === 'evm' ? 'optional' : 'unfit';
  const way: Record<StepName, StepState> = {
    register: 'done',
    root,
    // A reviewer may have taken it up before the root was said.
    review: approved(chain) ? 'done' : root === 'done' || chain.status === 'UnderReview' ? 'now' : 'later',
    follow: following ? 'done' : approved(chain) && root === 'done' ? 'now' : 'later',
    gateway: !following ? 'later' : following.batches > 0 ? 'done' : 'now',
    hook,
  };
  // An appeal brings all of it back.
  if (chain.status === 'Rejected') return rest(way, 'refused', chain.appealUntil ? 'later' : 'over');
  if (chain.status === 'Cancelled') return rest(way, chain.reviews.at(-1)?.approved ? 'done' : 'over', 'over');
  return way;
}

/** What was not done stands as `otherwise`. */
function rest(way: Record<StepName, StepState>, review: StepState, otherwise: StepState): Record<StepName, StepState> {
  const of = (state: StepState) => (state === 'done' || state === 'unfit' ? state : otherwise);
  return { register: 'done', root: of(way.root), review, follow: of(way.follow), gateway: of(way.gateway), hook: of(way.hook) };
}

export type Family = 'evm' | 'cometbft' | 'fabric' | 'none';

const FAMILIES: Record<string, Family> = { eip155: 'evm', cosmos: 'cometbft', fabric: 'fabric' };

/** Which driver of the gateway follows a chain: its CAIP-2 namespace says it. */
export const familyOf = (caip2: string): Family => FAMILIES[caip2.split(':')[0] ?? ''] ?? 'none';

/** Gateways that must agree at least, of so many. */
export const majorityOf = (gateways: number) => Math.floor(gateways / 2) + 1;
