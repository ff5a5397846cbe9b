/** What was found, newest first, by rule, severity, state, ledger and subject. */
import { Button, Flex, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import type { Page as ApiPage, Query } from '../../api/client';
import { useRead } from '../../api/hooks';
import { type Columns, DataTable } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { type FindingSummary, MODES, type Rule, SEVERITIES, STATES, SUPERVISION, type Summary } from './types';
import { ModeTag, readable, SeverityTag, StateTag, Subject, useBoth } from './Words';

const FILTERS = ['severity', 'state', 'mode', 'rule', 'ledger', 'subject'] as const;

export function Findings() {
  const { t } = useTranslation('supervision');
  const both = useBoth();
  const [parameters, setParameters] = useSearchParams();
  const rules = useRead<ApiPage<Rule>>(`${SUPERVISION}/rules`);
  const summary = useRead<Summary>(SUPERVISION);
  const query: Query = Object.fromEntries(FILTERS.map((name) => [name, parameters.get(name) || undefined]));
  const set = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(parameters);
    if (value) next.set(name, value);
    else next.delete(name);
    setParameters(next, { replace: true });
  };
  const choices = {
    severity: SEVERITIES.map((value) => ({ value, label: t(`severities.${value}`) })),
    state: STATES.map((value) => ({ value, label: t(`states.${value}`) })),
    mode: MODES.filter((mode) => mode !== 'retired').map((value) => ({ value, label: t(`modes.${value}`) })),
    rule: [...new Map((rules.data?.items ?? []).map((one) => [one.rule.id, both(one.rule.title)]))].map(([value, label]) => ({
      value,
      label,
    })),
    ledger: (summary.data?.ledgers ?? []).map(({ ledger }) => ({ value: ledger, label: ledger })),
  };
  return (
    <Page title={t('tabs.findings')} subtitle={t('findings.hint')}>
      <Flex gap={8} wrap className="filters">
        {(['severity', 'state', 'mode', 'rule', 'ledger'] as const).map((name) => (
          <Select
            key={name}
            allowClear
            aria-label={t(`filters.${name}`)}
            placeholder={t(`filters.${name}`)}
            value={parameters.get(name) ?? undefined}
            options={choices[name]}
            onChange={(value: string | undefined) => set(name, value)}
            popupMatchSelectWidth={false}
            style={{ minWidth: 132 }}
          />
        ))}
        <Input.Search
          key={parameters.get('subject') ?? ''}
          allowClear
          aria-label={t('filters.subject')}
          placeholder={t('filters.subject')}
          defaultValue={parameters.get('subject') ?? ''}
          onSearch={(value) => set('subject', value.trim())}
          style={{ width: 260, maxWidth: '100%' }}
        />
        {FILTERS.some((name) => parameters.get(name)) && <Button onClick={() => setParameters({})}>{t('filters.clear')}</Button>}
      </Flex>
      <Panel flush>
        <FindingTable parameters={query} every={5_000} />
      </Panel>
    </Page>
  );
}

export function FindingTable({ parameters, limit, every }: { parameters: Query; limit?: number; every?: number }) {
  const { t } = useTranslation('supervision');
  const both = useBoth();
  const navigate = useNavigate();
  const columns: Columns<FindingSummary> = [
    { key: 'severity', title: t('filters.severity'), render: (_, finding) => <SeverityTag value={finding.severity} /> },
    {
      key: 'text',
      title: t('findings.text'),
      render: (_, finding) => (
        <div className="finding-text">
          <strong>
            <Untrusted text={both(finding.title)} characters={40} />
          </strong>
          <div className="faint">
            <Untrusted text={readable(both(finding.text))} characters={140} />
          </div>
        </div>
      ),
    },
    {
      key: 'subject',
      title: t('filters.subject'),
      render: (_, finding) => <Subject value={finding.subject} ledger={finding.ledger} />,
    },
    { key: 'ledger', title: t('filters.ledger'), render: (_, finding) => <Untrusted text={finding.ledger} characters={24} /> },
    { key: 'at', title: t('findings.at'), render: (_, finding) => <Time value={finding.at} /> },
    { key: 'state', title: t('filters.state'), render: (_, finding) => <StateTag value={finding.state} /> },
    { key: 'mode', title: t('filters.mode'), responsive: ['lg'], render: (_, finding) => <ModeTag value={finding.mode} /> },
  ];
  return (
    <DataTable<FindingSummary>
      path={`${SUPERVISION}/findings`}
      parameters={{ query: parameters }}
      columns={columns}
      rowKey={(finding) => String(finding.number)}
      limit={limit}
      every={every}
      label={t('tabs.findings')}
      onRow={(finding) => void navigate(`/supervision/findings/${finding.number}`)}
      empty={<EmptyState title={t('findings.empty')} hint={t('findings.emptyHint')} />}
    />
  );
}
