/** The list of identities. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Flex, Input, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useRights } from '../../api/session';
import { type Columns, DataTable } from '../../components/DataTable';
import { Identicon } from '../../components/Hash';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import type { IdentitySummary } from './types';

const DID = /^did:civitas:[0-9a-f]{64}$/;

/** A DID, shortened, with the small picture of its id. */
export function Did({ did }: { did: string }) {
  const id = did.replace('did:civitas:', '');
  return (
    <span className="address">
      <Identicon value={id} />
      <Link to={`/identities/${did}`} className="mono" title={did}>
        did:civitas:{id.slice(0, 6)}…{id.slice(-4)}
      </Link>
    </span>
  );
}

export function IdentityStatus({ status }: { status: string }) {
  const { t } = useTranslation('identities');
  return <StatusTag value={status} label={t(`states.${status}`, { defaultValue: status })} />;
}

export function Identities() {
  const { t } = useTranslation('identities');
  const may = useRights();
  const navigate = useNavigate();
  const [status, setStatus] = useState('');
  const [kind, setKind] = useState('');
  const [wrong, setWrong] = useState(false);
  const columns: Columns<IdentitySummary> = [
    { key: 'did', title: t('did'), render: (_, each) => <Did did={each.did} /> },
    { key: 'kind', title: t('kind'), render: (_, each) => t(`kinds.${each.kind}`, { defaultValue: each.kind }) },
    { key: 'status', title: t('status'), render: (_, each) => <IdentityStatus status={each.status} /> },
    { key: 'organisation', title: t('organisation'), render: (_, each) => <Untrusted text={each.organisationName} characters={40} /> },
    { key: 'accounts', title: t('accounts'), render: (_, each) => each.accounts, align: 'right' },
    { key: 'created', title: t('created'), render: (_, each) => <Time value={each.createdAt} /> },
  ];
  const find = (text: string) => {
    const did = text.trim();
    if (did === '') return setWrong(false);
    setWrong(!DID.test(did));
    if (DID.test(did)) navigate(`/identities/${did}`);
  };
  return (
    <Page
      title={t('title')}
      subtitle={t('subtitle')}
      actions={
        may('transact') && (
          <Link to="/identities/create">
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              {t('create')}
            </Button>
          </Link>
        )
      }
    >
      <Flex gap={12} wrap>
        <div style={{ overflowX: 'auto' }}>
          <Segmented
            value={status}
            onChange={setStatus}
            options={['', 'Active', 'Frozen', 'Cancelled'].map((value) => ({ value, label: value ? t(`states.${value}`) : t('all') }))}
          />
        </div>
        <Select
          aria-label={t('kind')}
          style={{ minWidth: 140 }}
          value={kind}
          onChange={setKind}
          options={['', 'Person', 'Organisation', 'Node', 'Thing'].map((value) => ({
            value,
            label: value ? t(`kinds.${value}`) : t('kind'),
          }))}
        />
        <div>
          <Input.Search
            allowClear
            aria-label={t('find')}
            placeholder={t('findHint')}
            status={wrong ? 'error' : undefined}
            onSearch={find}
            style={{ width: 300 }}
          />
          {wrong && (
            <div role="alert" className="bad small">
              {t('findWrong')}
            </div>
          )}
        </div>
      </Flex>
      <Panel flush>
        <DataTable<IdentitySummary>
          path="/api/v1/identities"
          parameters={{ query: { status: status || undefined, kind: kind || undefined } }}
          columns={columns}
          rowKey={(each) => each.id}
          label={t('title')}
          empty={<EmptyState title={t('empty')} />}
          onRow={(each) => navigate(`/identities/${each.did}`)}
        />
      </Panel>
    </Page>
  );
}
