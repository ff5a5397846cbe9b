import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Events of `/api/v1/stream`; one connection serves all pages. */
type Listener = (data: unknown) => void;

const listeners = new Map<string, Set<Listener>>();
const watchers = new Set<() => void>();
let source: EventSource | undefined;
let connected = false;
let attempt = 0;
let timer: number | undefined;

function setConnected(now: boolean) {
  if (connected === now) return;
  connected = now;
  for (const watcher of watchers) watcher();
}

function dispatch(name: string, event: MessageEvent<string>) {
  let data: unknown;
  try {
    data = JSON.parse(event.data);
  } catch {
    return;
  }
  for (const listener of listeners.get(name) ?? []) listener(data);
}

function open() {
  timer = undefined;
  source = new EventSource('/api/v1/stream');
  source.onopen = () => {
    attempt = 0;
    setConnected(true);
  };
  source.onerror = () => {
    setConnected(false);
    // The browser gives up after a refusal; then we try again, ever more slowly, at most every 30 seconds.
    if (source?.readyState === EventSource.CLOSED && isWanted()) {
      attempt += 1;
      timer ??= window.setTimeout(open, Math.min(30_000, 1_000 * 2 ** attempt));
    }
  };
  for (const name of listeners.keys()) attach(name);
}

const attach = (name: string) => source?.addEventListener(name, (event) => dispatch(name, event as MessageEvent<string>));

function subscribe(name: string, listener: Listener) {
  const known = listeners.get(name);
  if (known) known.add(listener);
  else {
    listeners.set(name, new Set([listener]));
    if (source && source.readyState !== EventSource.CLOSED) attach(name);
  }
  if (!source && timer === undefined) open();
  return () => {
    listeners.get(name)?.delete(listener);
    if (!isWanted()) close();
  };
}

const isWanted = () => [...listeners.values()].some((each) => each.size > 0);

function close() {
  source?.close();
  source = undefined;
  window.clearTimeout(timer);
  timer = undefined;
  setConnected(false);
}

/** Begins the connection anew: after a sign-in or sign-out it carries what the new session may see. */
export function restartStream() {
  close();
  if (isWanted()) open();
}

/** Calls `listener` at every event of this name. */
export function useStream<T>(name: string, listener: (data: T) => void) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => subscribe(name, (data) => latest.current(data as T)), [name]);
}

/** Whether live events arrive now. */
export const useConnected = () =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => connected,
  );
