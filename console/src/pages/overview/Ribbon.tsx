import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useStream } from '../../api/stream';
import type { BlockEvent, BlockSummary } from '../../api/types';
import { Panel } from '../../components/Page';

/** Blocks on the ribbon. */
const SHOWN = 60;
/** Pictures a second, at most: a ledger may make twenty blocks a second. */
const DRAW_MS = 250;

interface Bar {
  height: number;
  transactions: number;
}

/** The newest blocks as bars as high as they have transactions; they come from the right as they become final. */
export function Ribbon({ ledgers }: { ledgers: string[] }) {
  const [chosen, setChosen] = useState('main');
  const { t } = useTranslation('overview');
  const ledger = ledgers.includes(chosen) ? chosen : (ledgers[0] ?? 'main');
  const picker = ledgers.length > 1 && (
    <select value={ledger} onChange={(event) => setChosen(event.target.value)} aria-label={t('ribbon.ledger')} className="plain-select">
      {ledgers.map((name) => (
        <option key={name} value={name}>
          {name === 'main' ? t('ledgers.main') : name}
        </option>
      ))}
    </select>
  );
  return (
    <Panel
      title={t('ribbon.title')}
      extra={
        <>
          {picker}
          <Link to={`/explorer/${encodeURIComponent(ledger)}/blocks`}>{t('ribbon.all')}</Link>
        </>
      }
    >
      <Bars key={ledger} ledger={ledger} />
    </Panel>
  );
}

function Bars({ ledger }: { ledger: string }) {
  const { t } = useTranslation('overview');
  const past = useRead<Page<BlockSummary>>('/api/v1/ledgers/{ledger}/blocks', { path: { ledger }, query: { limit: SHOWN } });
  const arrived = useRef<Bar[]>([]);
  const timer = useRef<number>(undefined);
  const [, draw] = useState(0);
  useStream<BlockEvent>('block', (block) => {
    if (block.ledger !== ledger) return;
    arrived.current = [...arrived.current, { height: block.height, transactions: block.transactions }].slice(-SHOWN);
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      draw((count) => count + 1);
    }, DRAW_MS);
  });
  const known = new Map<number, Bar>();
  for (const block of past.data?.items ?? []) known.set(block.height, block);
  for (const block of arrived.current) known.set(block.height, block);
  const bars = [...known.values()].sort((one, other) => one.height - other.height).slice(-SHOWN);
  const top = Math.max(1, ...bars.map((bar) => bar.transactions));
  return (
    <ol className="ribbon" aria-label={t('ribbon.label')}>
      {bars.map((bar) => (
        <li key={bar.height}>
          <Link
            to={`/explorer/${encodeURIComponent(ledger)}/blocks/${bar.height}`}
            title={t('ribbon.block', { height: bar.height, count: bar.transactions })}
            aria-label={t('ribbon.block', { height: bar.height, count: bar.transactions })}
          >
            <i
              className={bar.transactions > 0 ? 'full' : undefined}
              style={{ height: `${6 + (Math.sqrt(bar.transactions) / Math.sqrt(top)) * 48}px` }}
            />
          </Link>
        </li>
      ))}
    </ol>
  );
}
