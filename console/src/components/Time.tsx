import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** "3 minutes ago" in the language of the page. */
export function relative(at: Date, now: Date, language: string) {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1_000);
  const [unit, size] = STEPS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }).format(Math.trunc(seconds / size), unit);
}

export const absolute = (at: Date, language: string) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(at);

// One clock for all times of a page: a table has hundreds.
const TICK_MS = 10_000;
const watchers = new Set<() => void>();
let ticks = 0;
let timer: number | undefined;

function subscribe(watcher: () => void) {
  watchers.add(watcher);
  timer ??= window.setInterval(() => {
    ticks += 1;
    for (const each of watchers) each();
  }, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** A point in time: how long ago (or both with `full`); the exact time is in its title. */
export function Time({ value, full = false }: { value: string | number | null | undefined; full?: boolean }) {
  const { i18n } = useTranslation('shell');
  useSyncExternalStore(subscribe, () => ticks);
  if (value === null || value === undefined || value === '') return <span className="faint">–</span>;
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return <span className="faint">–</span>;
  const exact = absolute(at, i18n.language);
  // What was just written may be newer than the last tick: then it is not in the future.
  const now = new Date();
  return (
    <time dateTime={at.toISOString()} title={exact} className={full ? undefined : 'nowrap'}>
      {full ? `${exact} (${relative(at, now, i18n.language)})` : relative(at, now, i18n.language)}
    </time>
  );
}
