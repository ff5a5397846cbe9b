/** Charts of every node and of the machine, and a query of one's own. */
import { BellOutlined } from '@ant-design/icons';
import { Button, Flex, Input, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRights } from '../../api/session';
import { LineChart } from '../../components/Chart';
import { Page, Panel } from '../../components/Page';
import { ErrorState } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import { type ChartSpec, fill, GROUPS } from './charts';
import { type MetricSeries, pointsOf, useNodeNames, useRange } from './query';

export const RANGES = [900, 3_600, 21_600, 86_400, 604_800];
/** More lines in one drawing tell nobody anything. */
const SERIES_MAX = 24;

export function Charts() {
  const { t } = useTranslation('monitoring');
  const nodes = useNodeNames();
  const [node, setNode] = useState('');
  const [seconds, setSeconds] = useState(3_600);
  return (
    <Page
      title={t('tabs.charts')}
      actions={
        <Flex gap={8} wrap>
          <Select
            aria-label={t('node')}
            value={node}
            onChange={setNode}
            style={{ minWidth: 140 }}
            options={[{ value: '', label: t('allNodes') }, ...nodes.map((value) => ({ value, label: harmless(value, 40) }))]}
          />
          <Segmented
            aria-label={t('range.label')}
            value={seconds}
            onChange={setSeconds}
            options={RANGES.map((value) => ({ value, label: t(`range.${value}`) }))}
          />
        </Flex>
      }
    >
      {GROUPS.map((group) => (
        <section key={group.name} className="chart-group" aria-label={t(`groups.${group.name}`)}>
          <h2>{t(`groups.${group.name}`)}</h2>
          <div className="chart-grid">
            {group.charts.map((chart) => (
              <MetricChart key={chart.name} chart={chart} node={group.host ? '' : node} seconds={seconds} />
            ))}
          </div>
        </section>
      ))}
      <OwnQuery seconds={seconds} />
    </Page>
  );
}

/** The labels of a series without the name of the metric. */
const nameOf = (series: MetricSeries, by: string) =>
  harmless(
    series.metric[by] ??
      (Object.entries(series.metric)
        .filter(([name]) => name !== '__name__')
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') ||
        by),
    60,
  );

function MetricChart({ chart, node, seconds }: { chart: ChartSpec; node: string; seconds: number }) {
  const { t } = useTranslation('monitoring');
  const [one, other] = chart.queries;
  const first = useRange(fill(one!.query, node, seconds), seconds);
  const second = useRange(other ? fill(other.query, node, seconds) : '', seconds, other !== undefined);
  const title = t(`charts.${chart.name}`);
  const series = [
    ...(first.data ?? []).map((each) => ({
      label: one!.label ? t(`charts.${one!.label}`) : nameOf(each, chart.by),
      points: pointsOf(each),
    })),
    ...(other ? (second.data ?? []) : []).map((each) => ({
      label: other!.label ? t(`charts.${other!.label}`) : nameOf(each, chart.by),
      points: pointsOf(each),
    })),
  ];
  return (
    <Panel title={title}>
      {first.error && !first.data ? (
        <ErrorState error={first.error} retry={() => void first.refetch()} compact />
      ) : series.length === 0 && !first.isPending ? (
        <p className="faint chart-empty">{t('charts.empty')}</p>
      ) : (
        <LineChart
          label={title}
          unit={chart.unit}
          area={chart.area}
          height={170}
          series={series.slice(0, SERIES_MAX).sort((a, b) => a.label.localeCompare(b.label))}
        />
      )}
      {series.length > SERIES_MAX && <p className="note">{t('charts.moreSeries', { count: series.length - SERIES_MAX })}</p>}
    </Panel>
  );
}

function OwnQuery({ seconds }: { seconds: number }) {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  const [query, setQuery] = useState('');
  const answer = useRange(query, seconds);
  const series = answer.data ?? [];
  return (
    <Panel title={t('charts.own')}>
      <div className="stack">
        <Input.Search
          aria-label={t('charts.own')}
          placeholder={t('charts.ownHint')}
          enterButton={t('charts.run')}
          maxLength={1_000}
          spellCheck={false}
          onSearch={(text) => setQuery(text.trim())}
        />
        {query !== '' &&
          (answer.error ? (
            <ErrorState error={answer.error} compact />
          ) : answer.data && series.length === 0 ? (
            <p className="faint">{t('charts.empty')}</p>
          ) : (
            <LineChart
              label={query}
              height={240}
              series={series.slice(0, SERIES_MAX).map((each) => ({ label: nameOf(each, '__name__'), points: pointsOf(each) }))}
            />
          ))}
        {query !== '' && may('manageAlarms') && series.length > 0 && (
          <div>
            <Link to={`/monitoring/alarms?new=metric&query=${encodeURIComponent(query)}`}>
              <Button icon={<BellOutlined aria-hidden />}>{t('charts.alarm')}</Button>
            </Link>
          </div>
        )}
      </div>
    </Panel>
  );
}
