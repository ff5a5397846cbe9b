/** What happened to alarms, rules and channels, the newest first. */
import { useTranslation } from 'react-i18next';
import { type Columns, DataTable } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { SeverityTag } from './Alarms';
import { type HistoryEntry, labelText } from './types';

const TONES = {
  fired: 'bad',
  resolved: 'good',
  acknowledged: 'busy',
  silenced: 'quiet',
  silenceEnded: 'quiet',
  escalated: 'warn',
  delivered: 'good',
  deliveryDelayed: 'warn',
  deliveryFailed: 'bad',
} as const;

export function History() {
  const { t } = useTranslation('monitoring');
  const columns: Columns<HistoryEntry> = [
    { key: 'at', title: t('history.when'), render: (_, entry) => <Time value={entry.at} /> },
    {
      key: 'change',
      title: t('history.what'),
      render: (_, entry) => (
        <StatusTag
          value={entry.change}
          tone={TONES[entry.change as keyof typeof TONES] ?? 'quiet'}
          label={t(`history.changes.${entry.change}`, { defaultValue: entry.change })}
        />
      ),
    },
    { key: 'name', title: t('alarms.name'), render: (_, entry) => <Untrusted text={entry.name} characters={60} /> },
    { key: 'severity', title: t('alarms.severity'), render: (_, entry) => entry.severity && <SeverityTag severity={entry.severity} /> },
    {
      key: 'labels',
      title: '',
      render: (_, entry) => (
        <span className="mono faint">
          <Untrusted text={labelText(entry.labels) || null} characters={60} />
        </span>
      ),
    },
    { key: 'by', title: t('history.who'), render: (_, entry) => <Untrusted text={entry.by} characters={30} /> },
    { key: 'detail', title: t('history.detail'), render: (_, entry) => <Untrusted text={entry.detail} characters={80} /> },
  ];
  return (
    <Page title={t('tabs.history')}>
      <Panel flush>
        <DataTable<HistoryEntry>
          path="/api/v1/alarms/history"
          columns={columns}
          rowKey={(entry) => String(entry.number)}
          label={t('tabs.history')}
          every={10_000}
          limit={50}
          empty={<EmptyState title={t('history.empty')} />}
        />
      </Panel>
    </Page>
  );
}
