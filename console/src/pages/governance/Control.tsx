/** Freezes and quotas: the state of an account or contract, what a regulator or emergency officer can do with it, and what was done. */
import { Flex, Input, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { refresh, useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { useRights } from '../../api/session';
import { Count } from '../../components/Amount';
import { type Columns, DataTable } from '../../components/DataTable';
import { Address, Hash } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { ActButton } from './ActButton';
import { CONTRACTS, type Field, type Filled } from './acts';

type Schemas = components['schemas'];
const ACCOUNT = /^0x[0-9a-fA-F]{40}$/;
const reason: Field = { name: 'reason', kind: 'reason' };

export function Control() {
  const { t } = useTranslation('governance');
  const may = useRights();
  const [parameters, setParameters] = useSearchParams();
  const address = parameters.get('address') ?? '';
  const [wrong, setWrong] = useState(false);
  const look = (text: string) => {
    const wanted = text.trim();
    setWrong(wanted !== '' && !ACCOUNT.test(wanted));
    if (ACCOUNT.test(wanted)) setParameters({ address: wanted });
  };
  return (
    <Page
      title={t('tabs.control')}
      subtitle={t('control.subtitle')}
      actions={
        may('transact') && (
          <ActButton
            danger
            label={t('control.suspendNode')}
            title={t('control.suspendNode')}
            hint={t('control.suspendNodeHint')}
            fields={[{ name: 'node', kind: 'node' }, reason]}
            call={(f) => ({ contract: 'Nodes', function: 'emergencySuspend', arguments: [f.node, f.reason] })}
            onDone={() => void refresh('/api/v1/nodes')}
          />
        )
      }
    >
      <Panel title={t('control.look')}>
        <Input.Search
          aria-label={t('control.look')}
          placeholder="0x…"
          defaultValue={address}
          status={wrong ? 'error' : undefined}
          enterButton={t('control.show')}
          spellCheck={false}
          onSearch={look}
          style={{ maxWidth: 560 }}
        />
        {wrong && (
          <p role="alert" className="bad small">
            {t('create.wrongAccount')}
          </p>
        )}
        {ACCOUNT.test(address) && <Subject address={address} />}
      </Panel>
      <Panel title={t('control.events')} flush>
        <Events />
      </Panel>
    </Page>
  );
}

/** The account, or the contract that stands at the address. */
function Subject({ address }: { address: string }) {
  const { t } = useTranslation('governance');
  const account = useRead<Schemas['AccountDetail']>(
    '/api/v1/ledgers/{ledger}/accounts/{address}',
    { path: { ledger: 'main', address } },
    { every: 10_000 },
  );
  return (
    <Loaded answer={account} rows={4}>
      {(found) =>
        found.kind === 'contract' ? (
          <ContractState address={address} />
        ) : (
          <div className="stack" style={{ marginTop: 16 }}>
            <State address={address} status={found.status} freeze={found.freeze} contract={false} />
            {found.quota && found.quota.quota > 0 && (
              <div style={{ maxWidth: 420 }}>
                <span className="faint">{t('control.quota')}</span>
                <Progress
                  aria-label={t('control.quota')}
                  percent={Math.min(100, Math.round((100 * found.quota.used) / found.quota.quota))}
                  size="small"
                />
                <span className="small">
                  <Count value={found.quota.used} /> / <Count value={found.quota.quota} />
                </span>
              </div>
            )}
          </div>
        )
      }
    </Loaded>
  );
}

function ContractState({ address }: { address: string }) {
  const answer = useRead<Schemas['ContractDetail']>('/api/v1/ledgers/{ledger}/contracts/{address}', {
    path: { ledger: 'main', address },
  });
  return (
    <Loaded answer={answer} rows={3}>
      {(found) => (
        <div className="stack" style={{ marginTop: 16 }}>
          <State address={address} status={found.status} freeze={found.freeze} contract />
        </div>
      )}
    </Loaded>
  );
}

interface StateProps {
  address: string;
  status?: string | null;
  freeze?: Schemas['Freeze'] | null;
  contract: boolean;
}

function State({ address, status, freeze, contract }: StateProps) {
  const { t } = useTranslation('governance');
  const may = useRights();
  const frozen = status === 'Frozen';
  const done = () => void refresh('/api/v1/ledgers');
  const what = contract ? 'Contract' : 'Account';
  const act = (name: string, options: { danger?: boolean; fields?: Field[]; more?: (filled: Filled) => unknown[] }) => (
    <ActButton
      key={name}
      label={t(`control.acts.${name}`)}
      title={`${t(`control.acts.${name}`)}: ${address.slice(0, 10)}…`}
      hint={t(`control.hints.${name}`)}
      danger={options.danger}
      fields={options.fields}
      call={(filled) => ({
        contract: 'Control',
        function: `${name}${what}`,
        arguments: [address, ...(options.more?.(filled) ?? [])],
      })}
      onDone={done}
    />
  );
  return (
    <>
      <Facts
        items={[
          [t(contract ? 'fields.contract' : 'fields.account'), <Address key="v" value={address} contract={contract} ledger="main" whole />],
          [t('nodes.status'), <StatusTag key="v" value={status ?? 'Active'} label={t(`control.states.${status ?? 'Active'}`)} />],
          freeze && frozen
            ? [
                t('control.frozen'),
                <div key="v">
                  <Time value={freeze.at} full /> · <Address value={freeze.by} ledger="main" copy={false} />
                  <div>
                    <Untrusted text={freeze.reason} characters={300} />
                  </div>
                  {freeze.until && (
                    <div className="warn">
                      {t('control.lapses')} <Time value={freeze.until} full />
                    </div>
                  )}
                </div>,
              ]
            : null,
        ]}
      />
      {may('transact') && (
        <Flex gap={8} wrap>
          {!frozen && [
            act('freeze', { danger: true, fields: [reason], more: (f) => [f.reason] }),
            act('emergencyFreeze', { danger: true, fields: [reason], more: (f) => [f.reason] }),
          ]}
          {frozen && act('unfreeze', {})}
          {!contract && (
            <ActButton
              label={t('acts.quotaSet')}
              title={t('acts.quotaSet')}
              fields={[{ name: 'gasPerPeriod', kind: 'number', min: 0, initial: 50_000_000 }]}
              call={(f) => ({
                contract: 'Control',
                function: 'setQuota',
                arguments: [`0x${'0'.repeat(24)}${address.slice(2).toLowerCase()}`, String(f.gasPerPeriod)],
              })}
              onDone={done}
            />
          )}
          <Link
            className="button-link"
            to={
              contract
                ? `/governance/proposals/new?act=contractFreeze&contract=${address}`
                : `/governance/proposals/new?act=accountFreeze&account=${address}`
            }
          >
            {t('control.byProposal')}
          </Link>
        </Flex>
      )}
    </>
  );
}

function Events() {
  const { t } = useTranslation('governance');
  const value = (event: Schemas['Event'], ...names: string[]) => {
    const found = event.arguments.find((argument) => names.includes(argument.name));
    return found === undefined ? null : String(found.value);
  };
  const columns: Columns<Schemas['Event']> = [
    { key: 'at', title: t('audit.when'), render: (_, event) => <Time value={event.at} /> },
    { key: 'name', title: t('audit.what'), render: (_, event) => t(`control.changes.${event.name}`, { defaultValue: event.name ?? '' }) },
    {
      key: 'subject',
      title: t('control.subject'),
      render: (_, event) => {
        const subject = value(event, 'account', 'target');
        return subject ? <Address value={subject} ledger="main" /> : <Hash value={value(event, 'subject')} />;
      },
    },
    { key: 'by', title: t('audit.who'), render: (_, event) => <Address value={value(event, 'by')} ledger="main" copy={false} /> },
    { key: 'reason', title: t('control.reason'), render: (_, event) => <Untrusted text={value(event, 'reason')} characters={100} /> },
    {
      key: 'transaction',
      title: t('audit.transaction'),
      render: (_, event) => <Hash value={event.transaction} kind="transaction" ledger="main" copy={false} />,
    },
  ];
  return (
    <DataTable<Schemas['Event']>
      path="/api/v1/ledgers/{ledger}/events"
      parameters={{ path: { ledger: 'main' }, query: { contract: CONTRACTS.Control } }}
      columns={columns}
      rowKey={(event) => `${event.transaction}-${event.index}`}
      label={t('control.events')}
      every={15_000}
      empty={<EmptyState title={t('control.none')} />}
    />
  );
}
