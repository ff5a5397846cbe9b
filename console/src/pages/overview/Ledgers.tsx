import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Page, read } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { Activity, LedgerSummary } from '../../api/types';
import { Count } from '../../components/Amount';
import { AttestedLabel } from '../../components/Attested';
import { LineChart } from '../../components/Chart';
import { Panel } from '../../components/Page';
import { ErrorState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';

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
          <Link to={`/explorer/${encodeURIComponent(ledger.name)}`}>
            {ledger.name === 'main' ? t('ledgers.main') : harmless(ledger.attestation?.title ?? ledger.name, 60)}
          </Link>
        </h3>
        <StatusTag value={ledger.status} />
        {ledger.attestation && <AttestedLabel {...ledger.attestation} />}
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
  const may = useRights();
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
      {ledger === 'main' && may('monitor') && <Finality />}
      <figure>
        <figcaption>{t('ledgers.interval')}</figcaption>
        <LineChart series={intervals} unit="ms" height={110} label={t('ledgers.interval')} />
      </figure>
    </div>
  );
}

/** Milliseconds from a proposal until it is final, the mean of a minute, as the validators measure it. */
const FINALITY =
  '1000 * sum(rate(ledger_simplex_ordering_voting_voter_finalization_latency_sum[1m])) / sum(rate(ledger_simplex_ordering_voting_voter_finalization_latency_count[1m]))';

/** Prometheus's answer to a query over a range. */
interface Matrix {
  data: { result: { values: [number, string][] }[] };
}

function Finality() {
  const { t } = useTranslation('overview');
  // The range moves on by whole steps, so that the same question has the same name in the cache for a step.
  const [end, setEnd] = useState(() => Math.floor(Date.now() / 1_000 / STEP_SECONDS) * STEP_SECONDS);
  useEffect(() => {
    const timer = window.setInterval(() => setEnd(Math.floor(Date.now() / 1_000 / STEP_SECONDS) * STEP_SECONDS), STEP_SECONDS * 1_000);
    return () => window.clearInterval(timer);
  }, []);
  const query = { query: FINALITY, start: end - STEP_SECONDS * STEPS, end, step: STEP_SECONDS };
  const answer = useQuery({
    queryKey: ['/api/v1/query_range', 'finality', end],
    queryFn: ({ signal }) => read<Matrix>('/api/v1/query_range', { query, signal }),
    placeholderData: keepPreviousData,
  });
  const series = useMemo(() => {
    const values = answer.data?.data.result[0]?.values ?? [];
    const points = values.map(([at, value]): [number, number | null] => [at, Number.isFinite(Number(value)) ? Number(value) : null]);
    return [{ label: t('ledgers.finality'), points }];
  }, [answer.data, t]);
  if (answer.error || series[0]?.points.length === 0) return null;
  return (
    <figure>
      <figcaption>{t('ledgers.finality')}</figcaption>
      <LineChart series={series} unit="ms" height={110} label={t('ledgers.finality')} />
    </figure>
  );
}
