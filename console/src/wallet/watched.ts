/** What a module tells the pages that look at what it holds (`useSyncExternalStore`). */
export function watched() {
  const watchers = new Set<() => void>();
  return {
    notify: () => {
      for (const watcher of watchers) watcher();
    },
    subscribe: (watcher: () => void) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
