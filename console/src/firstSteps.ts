/** What a newcomer has done already, kept in this browser; only the pages' guide looks at it. */
import { useSyncExternalStore } from 'react';
import type { Call } from './wallet/send';

export interface FirstSteps {
  /** The first transaction, and the first vote, that were signed here. */
  transaction?: Sent;
  vote?: Sent;
  /** The guide was put away. */
  hidden?: boolean;
}
interface Sent {
  hash: string;
  ledger: string;
}

const STORED = 'civitas.firstSteps';
const watchers = new Set<() => void>();
let known = load();

function load(): FirstSteps {
  try {
    return (JSON.parse(localStorage.getItem(STORED) ?? '{}') ?? {}) as FirstSteps;
  } catch {
    return {};
  }
}

function keep(steps: FirstSteps) {
  known = steps;
  try {
    localStorage.setItem(STORED, JSON.stringify(steps));
  } catch {
    // A browser that keeps nothing shows the guide again at its next start.
  }
  for (const watcher of watchers) watcher();
}

/** Notes a transaction that is in a final block. */
export function remember(call: Call, hash: string, ledger: string) {
  const vote = 'contract' in call && call.contract === 'Governance' && call.function === 'vote';
  if (vote) keep({ ...known, vote: known.vote ?? { hash, ledger } });
  else keep({ ...known, transaction: known.transaction ?? { hash, ledger } });
}

export const hideFirstSteps = (hidden: boolean) => keep({ ...known, hidden });

const subscribe = (watcher: () => void) => {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
};
export const useFirstSteps = () => useSyncExternalStore(subscribe, () => known);
