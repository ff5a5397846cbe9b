/** Trends with their forecasts: what was, what was expected, what is to come, and how far that can be believed. */
import { Alert, Button, InputNumber, Segmented, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { type Page as ListPage, write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Chart } from '../../components/Chart';
import { brief } from '../../components/drawings/figures';
import { Page, Panel } from '../../components/Page';
import { Loaded, useProblemText } from '../../components/States';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';
import { usePalette } from '../../theme';
import { Actor, readable } from '../supervision/Words';
import { useChainName } from './Parts';
import { MEASURES, type Measure, type Picture, SITUATION, STEPS, type Step, type Threshold, type Trend } from './types';
import { trendPath, Warnings } from './Warnings';

const EVERY_MS = 15_000;

export function Trends() {
  const { t } = useTranslation('situation');
  const nameOf = useChainName();
  const [search, setSearch] = useSearchParams();
  const picture = useRead<Picture>(SITUATION, { query: { hours: 24 } }, { every: EVERY_MS });
  const ledger = search.get('ledger') ?? 'main';
  const step = STEPS.find((one) => one === search.get('step')) ?? 'hour';
  const asset = search.get('asset') ?? 'coin';
  function change(name: string, value: string) {
    const next = new URLSearchParams(search);
    next.set(name, value);
    if (name === 'ledger') next.delete('asset');
    setSearch(next, { replace: true });
  }
  const chains = picture.data?.chains.filter((chain) => chain.health !== 'unseen') ?? [];
  const warnings = picture.data?.warnings.filter((warning) => warning.ledger === ledger) ?? [];
  return (
    <Page
      title={t('trends.title')}
      subtitle={t('trends.subtitle')}
      actions={
        <>
          <Select
            aria-label={t('table.chain')}
            value={ledger}
            options={
              chains.length > 0 ? chains.map((chain) => ({ value: chain.name, label: nameOf(chain) })) : [{ value: ledger, label: ledger }]
            }
            onChange={(value: string) => change('ledger', value)}
            popupMatchSelectWidth={false}
            style={{ minWidth: 160 }}
          />
          <Segmented
            aria-label={t('trends.step')}
            value={step}
            options={STEPS.map((value) => ({ value, label: t(`steps.${value}`) }))}
            onChange={(value) => change('step', value)}
          />
        </>
      }
    >
      {warnings.length > 0 && (
        <Panel title={t('warnings.title')}>
          <Warnings warnings={warnings} />
        </Panel>
      )}
      <div className="grid">
        {MEASURES.map((measure) => (
          <div key={measure} className="span-6">
            <TrendPanel
              key={`${ledger}${step}`}
              ledger={ledger}
              measure={measure}
              step={step}
              asset={measure === 'value' ? asset : undefined}
              onAsset={(value) => change('asset', value)}
            />
          </div>
        ))}
      </div>
      <Thresholds />
    </Page>
  );
}

interface TrendPanelProps {
  ledger: string;
  measure: Measure;
  step: Step;
  asset?: string;
  onAsset: (asset: string) => void;
}

function TrendPanel({ ledger, measure, step, asset, onAsset }: TrendPanelProps) {
  const { t } = useTranslation('situation');
  const answer = useRead<Trend>(`${SITUATION}/trend`, { query: { ledger, measure, step, asset } }, { every: EVERY_MS });
  const assets = answer.data?.assets ?? [];
  const options = assets.map((one) => ({
    value: one.token?.address.toLowerCase() ?? 'coin',
    label: one.token ? harmless(one.token.symbol ?? readable(one.token.address), 16) : t('coin'),
  }));
  if (asset && !options.some((option) => option.value === asset)) {
    options.unshift({ value: asset, label: asset === 'coin' ? t('coin') : readable(asset) });
  }
  return (
    <Panel
      title={t(`measures.${measure}`)}
      extra={
        measure === 'value' && (
          <Select
            size="small"
            aria-label={t('trends.asset')}
            value={asset}
            options={options}
            onChange={onAsset}
            popupMatchSelectWidth={false}
            style={{ minWidth: 96 }}
          />
        )
      }
    >
      <Loaded answer={answer} rows={5}>
        {(trend) => (
          <div className="stack">
            <TrendChart trend={trend} step={step} label={t(`measures.${measure}`)} />
            <Trial trend={trend} />
            <ThresholdForm key={String(trend.threshold)} trend={trend} place={{ ledger, measure, step, asset }} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function TrendChart({ trend, step, label }: { trend: Trend; step: Step; label: string }) {
  const { t, i18n } = useTranslation('situation');
  const palette = usePalette();
  const option = useMemo(() => {
    const shown = new Intl.DateTimeFormat(
      i18n.language,
      step === 'day'
        ? { month: 'numeric', day: 'numeric', timeZone: 'UTC' }
        : { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    );
    const { points } = trend;
    const width = (low?: number | null, high?: number | null) => (low == null || high == null ? null : high - low);
    const band = { type: 'line', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
    const isBars = points.length <= 60;
    return {
      grid: { left: 52, right: 14, top: 14, bottom: 26 },
      tooltip: {
        trigger: 'axis',
        formatter: (found: { dataIndex: number }[]) => {
          const point = points[found[0]?.dataIndex ?? 0];
          if (!point) return '';
          const lines = [shown.format(new Date(point.at))];
          if (point.figure != null) lines.push(`${t('trends.was')}: ${brief(point.figure)}`);
          if (point.expected != null) {
            lines.push(`${t('trends.expected')}: ${brief(point.expected)} (${brief(point.low ?? 0)} – ${brief(point.high ?? 0)})`);
          }
          return lines.join('\n');
        },
      },
      xAxis: { type: 'category', boundaryGap: isBars, data: points.map((point) => shown.format(new Date(point.at))) },
      yAxis: { type: 'value', min: 0, axisLabel: { formatter: (value: number) => brief(value) } },
      series: [
        { ...band, data: points.map((point) => point.low ?? null) },
        { ...band, data: points.map((point) => width(point.low, point.high)), areaStyle: { color: palette.accent, opacity: 0.16 } },
        {
          type: 'line',
          symbol: 'none',
          lineStyle: { color: palette.accent, width: 1.2, type: [4, 3] },
          data: points.map((point) => point.expected ?? null),
        },
        {
          type: isBars ? 'bar' : 'line',
          symbol: 'none',
          barMaxWidth: 14,
          itemStyle: { color: palette.ink, opacity: isBars ? 0.72 : 1 },
          lineStyle: { color: palette.ink, width: 1.6 },
          data: points.map((point, place) => (place > trend.whole ? null : (point.figure ?? null))),
          markLine:
            trend.threshold == null
              ? undefined
              : {
                  symbol: 'none',
                  silent: true,
                  lineStyle: { color: palette.seal, width: 1.4 },
                  label: { show: false },
                  data: [{ yAxis: trend.threshold }],
                },
        },
      ],
    };
  }, [trend, step, palette, i18n.language, t]);
  if (trend.points.length === 0) return <p className="note">{t('trends.nothing')}</p>;
  return <Chart option={option} height={230} label={t('trends.chart', { measure: label })} />;
}

/** How good the forecast was on figures that it had not seen. */
function Trial({ trend }: { trend: Trend }) {
  const { t } = useTranslation('situation');
  const { trial } = trend;
  if (!trial) {
    if (trend.points.length === 0) return null;
    return <p className="note">{t('trends.tooFew', { count: trend.whole, needed: trend.pointsMin })}</p>;
  }
  const better = trial.naiveError > 0 ? Math.round(100 * (1 - trial.error / trial.naiveError)) : 0;
  return (
    <p className="note trial">
      <strong>{t(`methods.${trial.method}`)}</strong>{' '}
      {t('trends.trial', {
        points: trial.points,
        error: brief(trial.error),
        naive: brief(trial.naiveError),
        covered: Math.round(100 * trial.covered),
        coverage: Math.round(100 * trial.coverage),
      })}
      {better > 0 && ` ${t('trends.better', { percent: better })}`}
    </p>
  );
}

function ThresholdForm({ trend, place }: { trend: Trend; place: { ledger: string; measure: Measure; step: Step; asset?: string } }) {
  const { t } = useTranslation('situation');
  const may = useRights();
  const problemText = useProblemText();
  const [above, setAbove] = useState<number | null>(trend.threshold ?? null);
  const [error, setError] = useState<unknown>();
  if (!may('supervise')) {
    return trend.threshold == null ? null : <p className="note">{t('thresholds.is', { above: brief(trend.threshold) })}</p>;
  }
  async function set(value: number | null) {
    setError(undefined);
    try {
      await write('put', `${SITUATION}/thresholds`, { ...place, above: value });
      await refresh(SITUATION);
    } catch (failure) {
      setError(failure);
    }
  }
  const said = error ? problemText(error) : undefined;
  const name = `${t('thresholds.above')} (${t(`measures.${place.measure}`)})`;
  return (
    <form
      className="threshold"
      onSubmit={(event) => {
        event.preventDefault();
        if (above !== null) void set(above);
      }}
    >
      <span className="faint">{t('thresholds.above')}</span>
      <InputNumber<number> aria-label={name} value={above} min={0} max={1e15} size="small" onChange={setAbove} />
      <span className="faint">{t(`perStep.${place.step}`)}</span>
      <Button size="small" htmlType="submit" disabled={above === null || above === trend.threshold}>
        {t('thresholds.set')}
      </Button>
      {trend.threshold != null && (
        <Button size="small" type="text" onClick={() => void set(null)}>
          {t('thresholds.remove')}
        </Button>
      )}
      {said && <Alert type="error" showIcon title={said.title} description={said.detail} />}
    </form>
  );
}

function Thresholds() {
  const { t } = useTranslation('situation');
  const answer = useRead<ListPage<Threshold>>(`${SITUATION}/thresholds`);
  if (!answer.data || answer.data.items.length === 0) return null;
  return (
    <Panel title={t('thresholds.title')}>
      <ul className="rows">
        {answer.data.items.map((threshold) => (
          <li key={`${threshold.ledger}${threshold.measure}${threshold.asset}${threshold.step}`}>
            <Link to={trendPath(threshold)}>
              {harmless(threshold.ledger, 32)} · {t(`measures.${threshold.measure}`)}
              {threshold.asset && ` · ${threshold.asset === 'coin' ? t('coin') : readable(threshold.asset)}`}
            </Link>
            <span className="grow">
              {t('thresholds.above')} <span className="number">{brief(threshold.above)}</span> {t(`perStep.${threshold.step}`)}
            </span>
            <span className="faint small">
              <Actor value={threshold.setBy} /> · <Time value={threshold.setAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
