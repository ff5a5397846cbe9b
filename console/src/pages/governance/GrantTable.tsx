/** Grants of roles: who, where, until when, and the act that takes one away. */
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { refresh } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { Columns } from '../../components/DataTable';
import { Address } from '../../components/Hash';
import { useRoleWords } from '../../components/HeldRole';
import { Identity } from '../../components/Identity';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { ActButton } from './ActButton';
import { Scroller } from './Scroller';
import type { Grant } from './types';

export function Subject({ grant }: { grant: Grant }) {
  if (grant.subjectKind === 'identity') {
    const did = `did:civitas:${grant.subject.replace(/^0x/, '')}`;
    return <Identity did={did} name={grant.subjectName === did ? null : grant.subjectName} />;
  }
  const account = grant.subject.length === 66 ? `0x${grant.subject.slice(26)}` : grant.subject;
  return <Address value={account} name={grant.subjectName} ledger="main" />;
}

export function useGrantColumns(withRole: boolean, revocable: boolean): Columns<Grant> {
  const { t } = useTranslation('governance');
  const may = useRights();
  const words = useRoleWords();
  return [
    { key: 'id', title: t('roles.number'), dataIndex: 'id', width: 72 },
    ...(withRole
      ? [
          {
            key: 'role',
            title: t('fields.role'),
            render: (_: unknown, grant: Grant) => (grant.roleName ? words.role({ role: grant.roleName }) : '–'),
          },
        ]
      : []),
    { key: 'holder', title: t('roles.holder'), render: (_, grant) => <Subject grant={grant} /> },
    {
      key: 'scope',
      title: t('roles.scope'),
      render: (_, { scope }) => (
        <>
          {t(`scopes.${scope.kind}`)}
          {scope.kind !== 'City' && scope.name && (
            <>
              : <Untrusted text={scope.name} />
            </>
          )}
        </>
      ),
    },
    { key: 'expiry', title: t('roles.expiry'), render: (_, grant) => (grant.expiry ? <Time value={grant.expiry} /> : t('never')) },
    {
      key: 'status',
      title: t('nodes.status'),
      render: (_, grant) => (
        <StatusTag
          value={grant.status}
          tone={grant.status === 'InForce' ? 'good' : 'quiet'}
          label={t(`statuses.${grant.status}`, { defaultValue: grant.status })}
        />
      ),
    },
    ...(revocable && may('transact')
      ? [
          {
            key: 'act',
            title: '',
            render: (_: unknown, grant: Grant) =>
              grant.status === 'InForce' && (
                <ActButton
                  size="small"
                  danger
                  label={t('roles.revoke')}
                  title={`${t('roles.revoke')}: ${grant.roleName ? words.role({ role: grant.roleName }) : ''}`}
                  hint={t('roles.revokeAsk')}
                  call={() => ({ contract: 'Roles', function: 'revoke', arguments: [String(grant.id)] })}
                  onDone={() => void refresh('/api/v1/roles')}
                />
              ),
          },
        ]
      : []),
  ];
}

export function GrantTable({ grants, label }: { grants: Grant[]; label: string }) {
  const columns = useGrantColumns(false, false);
  return (
    <Scroller label={label}>
      <Table<Grant>
        aria-label={label}
        size="small"
        columns={columns}
        dataSource={grants}
        rowKey={(grant) => String(grant.id)}
        pagination={grants.length > 25 ? { pageSize: 25 } : false}
      />
    </Scroller>
  );
}
