import { useSyncExternalStore } from 'react';

// Whether the console answered the last question: pages then know whether what they show is still so.
let reachable = true;
const watchers = new Set<() => void>();

export function setReachable(now: boolean) {
  if (reachable === now) return;
  reachable = now;
  for (const watcher of watchers) watcher();
}

const subscribe = (watcher: () => void) => {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
};
export const useReachable = () => useSyncExternalStore(subscribe, () => reachable);
