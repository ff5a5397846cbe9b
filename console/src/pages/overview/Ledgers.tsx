import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page } from '../../api/client';
import { useRead } from '../../api/hooks';
import type { Activity, LedgerSummary } from '../../api/types';
import { Count } from '../../components/Amount';
import { LineChart } from '../../components/Chart';
import { Panel } from '../../components/Page';
import { ErrorState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';

/** Seconds of a step of the charts, and their number: the last ten minutes. */
const STEP_SECONDS = 10;
const STEPS = 60;
const EVERY_MS = 5_000;

export function Ledgers({ ledgers }: { ledgers: LedgerSummary[] }) {
  const { t } = useTranslation('overview');
  return (
    <Panel title={t('ledgers.title')} extra={<span>{t('ledgers.span')}</span>}>
      <div className="ledger-list">
        {ledgers.map((ledger) => (
          <Ledger key={ledger.name} ledger={ledger} />
        ))}
      </div>
    </Panel>
  );
}

function Ledger({ ledger }: { ledger: LedgerSummary }) {
  const { t } = useTranslation('overview');
  return (
    <article className="ledger">
      <header>
        <h3>
          <Link to={`/explorer/${encodeURIComponent(ledger.name)}`}>{ledger.name === 'main' ? t('ledgers.main') : ledger.name}</Link>
        </h3>
        <StatusTag value={ledger.status} />
        {ledger.lag > 0 && <span className="warn small">{t('ledgers.lag', { count: ledger.lag })}</span>}
        <span className="faint small grow end">
          <Time value={ledger.lastBlockAt} />
        </span>
      </header>
      <dl className="ledger-figures">
        <div>
          <dt>{t('ledgers.height')}</dt>
          <dd>
            <Count value={ledger.height ?? ledger.indexed} />
          </dd>
        </div>
        <div>
          <dt>{t('ledgers.finality')}</dt>
          <dd>{ledger.finalityMs ? `${Math.round(ledger.finalityMs)} ms` : '–'}</dd>
        </div>
        <div>
          <dt>{t('ledgers.interval')}</dt>
          <dd>{ledger.blockIntervalMs ? `${Math.round(ledger.blockIntervalMs)} ms` : '–'}</dd>
        </div>
        <div>
          <dt>{t('ledgers.rate')}</dt>
          <dd>{ledger.transactionsPerSecond?.toFixed(1) ?? '–'}</dd>
        </div>
        <div>
          <dt>{t('ledgers.pending')}</dt>
          <dd>
            <Count value={ledger.pending} />
          </dd>
        </div>
      </dl>
      <Charts ledger={ledger.name} />
    </article>
  );
}

function Charts({ ledger }: { ledger: string }) {
  const { t } = useTranslation('overview');
  const answer = useRead<Page<Activity>>(
    '/api/v1/ledgers/{ledger}/activity',
    { path: { ledger }, query: { seconds: STEP_SECONDS, steps: STEPS } },
    { every: EVERY_MS },
  );
  const items = answer.data?.items;
  const [rates, intervals] = useMemo(() => {
    // The last step is not over yet.
    const whole = (items ?? []).slice(0, -1).map((step) => ({ ...step, second: new Date(step.at).getTime() / 1_000 }));
    const rate = whole.map((step): [number, number] => [step.second, step.transactions / STEP_SECONDS]);
    const interval = whole.map((step): [number, number | null] => [
      step.second,
      step.blocks > 0 ? (STEP_SECONDS * 1_000) / step.blocks : null,
    ]);
    return [[{ label: t('ledgers.rate'), points: rate }], [{ label: t('ledgers.interval'), points: interval }]];
  }, [items, t]);
  if (answer.error && !items) return <ErrorState error={answer.error} retry={() => void answer.refetch()} compact />;
  return (
    <div className="ledger-charts">
      <figure>
        <figcaption>{t('ledgers.rate')}</figcaption>
        <LineChart series={rates} height={110} area label={t('ledgers.rate')} />
      </figure>
      <figure>
        <figcaption>{t('ledgers.interval')}</figcaption>
        <LineChart series={intervals} unit="ms" height={110} label={t('ledgers.interval')} />
      </figure>
    </div>
  );
}
