/** Supervision at a glance: findings by severity, their trend, how far each ledger is, what may have been missed. */
import { Alert } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/hooks';
import { Chart } from '../../components/Chart';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import { usePalette } from '../../theme';
import { FindingTable } from './Findings';
import { SEVERITIES, type Severity, SUPERVISION, type Summary } from './types';

const DAY_MS = 86_400_000;
const TREND_DAYS = 30;
/** Blocks that come while one is judged: less is no lag. */
const BEHIND_MAX = 10;
const ORDER: Severity[] = ['notice', 'warning', 'high', 'critical'];

export function Overview() {
  const { t } = useTranslation('supervision');
  const answer = useRead<Summary>(SUPERVISION, {}, { every: 5_000 });
  return (
    <Page title={t('title')} subtitle={t('subtitle')}>
      <Loaded answer={answer}>
        {(summary) => (
          <div className="stack">
            {summary.fault && <Alert type="error" showIcon title={t('fault')} description={summary.fault} />}
            {summary.replays && <Alert type="info" showIcon title={t('replays')} />}
            <Severities summary={summary} />
            <div className="grid">
              <div className="span-8">
                <Panel title={t('trend')}>
                  <Trend summary={summary} />
                </Panel>
              </div>
              <div className="span-4">
                <Panel title={t('judged')}>
                  <Judged summary={summary} />
                </Panel>
              </div>
            </div>
            <Panel title={t('newest')} flush>
              <FindingTable parameters={{}} limit={8} every={5_000} />
            </Panel>
            <Panel title={t('notices.title')}>
              <Notices summary={summary} />
            </Panel>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Severities({ summary }: { summary: Summary }) {
  const { t } = useTranslation('supervision');
  return (
    <div className="tiles severity-tiles">
      {SEVERITIES.map((severity) => {
        const count = summary.severities.find((one) => one.severity === severity);
        const active = count?.active ?? 0;
        return (
          <Link
            key={severity}
            to={`/supervision/findings?severity=${severity}&state=open`}
            className={`tile severity-tile ${severity} ${active > 0 ? 'ringing' : ''}`}
          >
            <span className="figure-name">{t(`severities.${severity}`)}</span>
            <span className="figure-value">{active.toLocaleString()}</span>
            <span className="figure-note">
              {t('tile', { shadow: (count?.shadow ?? 0).toLocaleString(), total: (count?.total ?? 0).toLocaleString() })}
            </span>
          </Link>
        );
      })}
    </div>
  );
}

function Trend({ summary }: { summary: Summary }) {
  const { t, i18n } = useTranslation('supervision');
  const palette = usePalette();
  const option = useMemo(() => {
    const colours: Record<Severity, string> = {
      notice: palette.inkFaint,
      warning: palette.accent,
      high: palette.warn,
      critical: palette.bad,
    };
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const days = Array.from({ length: TREND_DAYS }, (_, index) => today - (TREND_DAYS - 1 - index) * DAY_MS);
    const counts = new Map(summary.days.map((day) => [new Date(day.day).getTime(), day.counts]));
    const shown = new Intl.DateTimeFormat(i18n.language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' });
    return {
      grid: { left: 40, right: 12, top: 32, bottom: 24 },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 8 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'category', data: days.map((day) => shown.format(day)) },
      yAxis: { type: 'value', minInterval: 1 },
      series: ORDER.map((severity, place) => ({
        name: t(`severities.${severity}`),
        type: 'bar',
        stack: 'findings',
        barMaxWidth: 18,
        itemStyle: { color: colours[severity] },
        data: days.map((day) => counts.get(day)?.[place] ?? 0),
      })),
    };
  }, [summary.days, palette, i18n.language, t]);
  return <Chart option={option} height={240} label={t('trend')} />;
}

function Judged({ summary }: { summary: Summary }) {
  const { t } = useTranslation('supervision');
  if (summary.ledgers.length === 0) return <EmptyState title={t('noLedgers')} />;
  return (
    <div className="stack">
      <p className="note">{t('atWork', { active: summary.rulesActive, shadow: summary.rulesShadow })}</p>
      <ul className="plain judged">
        {summary.ledgers.map((ledger) => {
          const behind = (ledger.indexed ?? -1) - (ledger.judged ?? -1);
          return (
            <li key={ledger.ledger}>
              <Untrusted text={ledger.ledger} characters={32} />
              <span className="number">{ledger.judged === null || ledger.judged === undefined ? '–' : ledger.judged.toLocaleString()}</span>
              <StatusTag
                value={behind <= BEHIND_MAX ? 'ok' : 'lagging'}
                label={behind <= BEHIND_MAX ? t('current') : t('behind', { blocks: behind.toLocaleString() })}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Notices({ summary }: { summary: Summary }) {
  const { t, i18n } = useTranslation('supervision');
  if (summary.notices.length === 0) return <p className="note">{t('notices.none')}</p>;
  const shown = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeZone: 'UTC' });
  return (
    <div className="stack">
      <p className="note">{t('notices.hint')}</p>
      <ul className="plain notices">
        {summary.notices.map((notice) => (
          <li key={`${notice.day}${notice.rule}${notice.kind}`}>
            <span className="faint nowrap">{shown.format(new Date(notice.day))}</span>
            <span>{notice.rule ? <Link to={`/supervision/rules/${notice.rule}`}>{notice.rule}</Link> : t('notices.allRules')}</span>
            <span>{t(`notices.kinds.${notice.kind}`, { defaultValue: notice.kind, count: notice.count })}</span>
            <span className="number">× {notice.count.toLocaleString()}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
