/** The audit trail: anchors of the nodes and the console's own records. */
import { Flex, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Columns, DataTable } from '../../components/DataTable';
import { Address, Hash } from '../../components/Hash';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import type { AuditRecord } from './types';

const ACCOUNT = /^0x[0-9a-fA-F]{40}$/;

export function Audit() {
  const { t } = useTranslation('governance');
  const [source, setSource] = useState('');
  const [kind, setKind] = useState('');
  const [actor, setActor] = useState('');
  const columns: Columns<AuditRecord> = [
    { key: 'at', title: t('audit.when'), render: (_, record) => <Time value={record.at} /> },
    { key: 'source', title: t('audit.source'), render: (_, record) => t(`audit.${record.source}`, { defaultValue: record.source }) },
    {
      key: 'actor',
      title: t('audit.who'),
      render: (_, record) =>
        ACCOUNT.test(record.actor) ? <Address value={record.actor} ledger="main" /> : <Untrusted text={record.actor} characters={28} />,
    },
    { key: 'kind', title: t('audit.kindName'), render: (_, record) => t(`audit.kinds.${record.kind}`, { defaultValue: record.kind }) },
    {
      key: 'summary',
      title: t('audit.what'),
      render: (_, record) => <Untrusted text={t(`audit.reads.${record.summary}`, { defaultValue: record.summary })} characters={100} />,
    },
    {
      key: 'transaction',
      title: t('audit.transaction'),
      render: (_, record) => <Hash value={record.transaction} kind="transaction" ledger="main" copy={false} />,
    },
  ];
  return (
    <Page title={t('tabs.audit')} subtitle={t('audit.hint')}>
      <Flex gap={12} wrap style={{ marginBottom: 16 }}>
        <Segmented
          value={source}
          onChange={setSource}
          options={[
            { value: '', label: t('audit.allSources') },
            { value: 'node', label: t('audit.node') },
            { value: 'console', label: t('audit.console') },
          ]}
        />
        <Input.Search allowClear aria-label={t('audit.kind')} placeholder={t('audit.kind')} onSearch={setKind} style={{ width: 220 }} />
        <Input.Search allowClear aria-label={t('audit.actor')} placeholder={t('audit.actor')} onSearch={setActor} style={{ width: 260 }} />
      </Flex>
      <Panel flush>
        <DataTable<AuditRecord>
          path="/api/v1/audit"
          parameters={{ query: { source: source || undefined, kind: kind.trim() || undefined, actor: actor.trim() || undefined } }}
          columns={columns}
          rowKey={(record) => `${record.at}-${record.source}-${record.actor}-${record.kind}-${record.summary}`}
          label={t('tabs.audit')}
          empty={<EmptyState title={t('audit.empty')} />}
          expanded={(record) => <Details record={record} />}
        />
      </Panel>
    </Page>
  );
}

function Details({ record }: { record: AuditRecord }) {
  return (
    <dl className="arguments">
      {Object.entries(record.details).map(([name, value]) => (
        <div key={name}>
          <dt>
            <Untrusted text={name} characters={40} />
          </dt>
          <dd className="mono">
            <Untrusted text={value} characters={400} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
