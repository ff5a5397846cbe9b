/** The report of a period: figures on the page, and the same as CSV and PDF. */
import { DatePicker, Flex, Segmented, Table } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/hooks';
import { Figure, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Scroller } from '../governance/Scroller';
import type { Mode, Severity } from '../supervision/types';
import { ModeTag, SeverityTag } from '../supervision/Words';
import { NoticeState } from './Notices';
import { ReportLinks } from './ReportLinks';
import type { PeriodReport } from './types';
import { CaseStateTag, CaseSubject, ChainName, CommandStateTag, CommandTarget } from './Words';

const DAY_SECONDS = 86_400;
const SPANS = { day: 1, week: 7, month: 30, quarter: 91, year: 366 } as const;
type Span = keyof typeof SPANS | 'own';

export function Reports() {
  const { t } = useTranslation('cases');
  const [span, setSpan] = useState<Span>('month');
  const [own, setOwn] = useState<[number, number]>();
  // To the end of this hour, so that a page that is looked at asks for one report and not for a new one at each look.
  const [from, until] = useMemo(() => {
    const end = (Math.floor(Date.now() / 3_600_000) + 1) * 3_600;
    if (span === 'own') return own ?? [end - DAY_SECONDS, end];
    return [end - SPANS[span] * DAY_SECONDS, end];
  }, [span, own]);
  const answer = useRead<PeriodReport>('/api/v1/reports/period', { query: { from, until } });
  return (
    <Page
      title={t('tabs.reports')}
      subtitle={t('report.hint')}
      actions={
        <Flex gap={8} wrap>
          <ReportLinks path="/api/v1/reports/period/file" query={{ from: String(from), until: String(until) }} />
        </Flex>
      }
    >
      <Flex gap={8} wrap className="filters">
        <Segmented<Span>
          value={span}
          onChange={setSpan}
          options={[...(Object.keys(SPANS) as Span[]), 'own' as const].map((value) => ({ value, label: t(`report.spans.${value}`) }))}
        />
        {span === 'own' && (
          <DatePicker.RangePicker
            aria-label={t('report.spans.own')}
            onChange={(chosen) => {
              const [first, last] = chosen ?? [];
              if (first && last) setOwn([first.startOf('day').unix(), last.startOf('day').unix() + DAY_SECONDS]);
            }}
          />
        )}
      </Flex>
      <Loaded answer={answer}>{(report) => <Shown report={report} />}</Loaded>
    </Page>
  );
}

function Shown({ report }: { report: PeriodReport }) {
  const { t } = useTranslation('cases');
  const findings = report.findings.reduce((sum, one) => sum + one.count, 0);
  return (
    <div className="stack">
      <p className="note">
        <Time value={report.from} full /> – <Time value={report.until} full />
      </p>
      {report.isCut && <p className="note">{t('report.cut')}</p>}
      <div className="tiles severity-tiles">
        <Figure name={t('report.findings')}>{findings.toLocaleString()}</Figure>
        <Figure name={t('report.opened')} note={t('report.closedOf', { closed: report.closed })}>
          {report.cases.length.toLocaleString()}
        </Figure>
        <Figure name={t('report.ordered')}>{report.commands.length.toLocaleString()}</Figure>
        <Figure name={t('report.sent')}>{report.notices.length.toLocaleString()}</Figure>
      </div>
      <Panel title={t('report.byRule')} flush>
        <Rows
          label={t('report.byRule')}
          rows={report.findings}
          rowKey={(one) => `${one.rule}${one.severity}${one.mode}${one.ledger}`}
          columns={[
            { key: 'rule', title: t('report.rule'), render: (_, one) => <Link to={`/supervision/rules/${one.rule}`}>{one.rule}</Link> },
            { key: 'severity', title: t('report.severity'), render: (_, one) => <SeverityTag value={one.severity as Severity} /> },
            { key: 'mode', title: t('report.mode'), render: (_, one) => <ModeTag value={one.mode as Mode} /> },
            { key: 'ledger', title: t('command.chain'), render: (_, one) => <Untrusted text={one.ledger} characters={40} /> },
            { key: 'count', title: t('report.findings'), render: (_, one) => one.count.toLocaleString() },
            { key: 'dismissed', title: t('report.dismissed'), render: (_, one) => one.dismissed.toLocaleString() },
          ]}
        />
      </Panel>
      <Panel title={t('report.byChain')} flush>
        <Rows
          label={t('report.byChain')}
          rows={report.chains}
          rowKey={(one) => one.chain.id}
          columns={[
            { key: 'chain', title: t('command.chain'), render: (_, one) => <ChainName chain={one.chain} /> },
            { key: 'ordered', title: t('report.ordered'), render: (_, one) => one.ordered.toLocaleString() },
            { key: 'done', title: t('commandStates.done'), render: (_, one) => one.done.toLocaleString() },
            { key: 'late', title: t('report.late'), render: (_, one) => one.late.toLocaleString() },
            { key: 'inForce', title: t('commandStates.inForce'), render: (_, one) => one.inForce.toLocaleString() },
            { key: 'overdue', title: t('commandStates.overdue'), render: (_, one) => one.overdue.toLocaleString() },
            { key: 'median', title: t('report.median'), render: (_, one) => <Seconds value={one.effectSecondsMedian} /> },
            { key: 'max', title: t('report.longest'), render: (_, one) => <Seconds value={one.effectSecondsMax} /> },
          ]}
        />
      </Panel>
      <Panel title={t('report.opened')} flush>
        <Rows
          label={t('report.opened')}
          rows={report.cases}
          rowKey={(one) => String(one.id)}
          columns={[
            { key: 'id', title: t('number'), render: (_, one) => <Link to={`/cases/${one.id}`}>{one.id}</Link> },
            { key: 'title', title: t('case.title'), render: (_, one) => <Untrusted text={one.title} characters={80} /> },
            { key: 'subject', title: t('case.subject'), render: (_, one) => <CaseSubject value={one.subject} /> },
            { key: 'state', title: t('state'), render: (_, one) => <CaseStateTag value={one.state} /> },
            { key: 'at', title: t('case.opened'), render: (_, one) => <Time value={one.openedAt} /> },
          ]}
        />
      </Panel>
      <Panel title={t('report.ordered')} flush>
        <Rows
          label={t('report.ordered')}
          rows={report.commands}
          rowKey={(one) => String(one.id)}
          columns={[
            { key: 'id', title: t('number'), render: (_, one) => <Link to={`/cases/${one.case}#command-${one.id}`}>{one.id}</Link> },
            { key: 'what', title: t('command.what'), render: (_, one) => t(`actions.${one.action}`) },
            { key: 'target', title: t('command.target'), render: (_, one) => <CommandTarget command={one} /> },
            { key: 'chain', title: t('command.chain'), render: (_, one) => <ChainName chain={one.chain} /> },
            { key: 'state', title: t('state'), render: (_, one) => <CommandStateTag value={one.state} /> },
            { key: 'effect', title: t('report.effect'), render: (_, one) => <Seconds value={one.effectSeconds} /> },
          ]}
        />
      </Panel>
      <Panel title={t('report.sent')} flush>
        <Rows
          label={t('report.sent')}
          rows={report.notices}
          rowKey={(one) => String(one.id)}
          columns={[
            { key: 'id', title: t('number'), render: (_, one) => <Link to={`/cases/${one.case}`}>{one.id}</Link> },
            {
              key: 'organisation',
              title: t('notice.organisation'),
              render: (_, one) => <Untrusted text={one.organisationName ?? one.organisation} characters={40} />,
            },
            { key: 'subject', title: t('notice.subject'), render: (_, one) => <Untrusted text={one.subject} characters={80} /> },
            { key: 'deadline', title: t('notice.deadline'), render: (_, one) => <Time value={one.deadline} /> },
            { key: 'state', title: t('state'), render: (_, one) => <NoticeState notice={one} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

function Seconds({ value }: { value?: number | null }) {
  const { t } = useTranslation('cases');
  if (value === null || value === undefined) return <span className="faint">–</span>;
  return <span className="number">{t('report.seconds', { seconds: value.toLocaleString() })}</span>;
}

const ROWS = 20;

// biome-ignore lint/suspicious/noExplicitAny: antd's own constraint on rows
function Rows<T extends Record<string, any>>(props: {
  label: string;
  rows: T[];
  rowKey: (row: T) => string;
  columns: { key: string; title: string; render: (value: unknown, row: T) => React.ReactNode }[];
}) {
  const { t } = useTranslation('cases');
  if (props.rows.length === 0) return <EmptyState title={t('report.nothing')} />;
  return (
    <Scroller label={props.label}>
      <Table<T>
        aria-label={props.label}
        size="small"
        dataSource={props.rows}
        rowKey={props.rowKey}
        columns={props.columns}
        pagination={props.rows.length > ROWS ? { pageSize: ROWS } : false}
        scroll={{ x: 'max-content' }}
      />
    </Scroller>
  );
}
