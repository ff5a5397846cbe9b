import { useTranslation } from 'react-i18next';
import { Link, Navigate, useParams } from 'react-router';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { AccountDetail, Balance, TransactionSummary, Transfer } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { isForeign } from '../../components/Attested';
import { DataTable } from '../../components/DataTable';
import { Hash, Identicon, useLedger } from '../../components/Hash';
import { useRoleWords } from '../../components/HeldRole';
import { Identity } from '../../components/Identity';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { TabView } from '../../components/TabView';
import { Time } from '../../components/Time';
import { TransferButton } from '../../components/Transfer';
import { harmless, Untrusted } from '../../components/Untrusted';
import { BlockLink, balanceColumns, Share, transactionColumns, transferColumns } from './columns';
import { Crumb } from './Frame';

export default function Account() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const { address = '' } = useParams();
  const may = useRights();
  const answer = useRead<AccountDetail>('/api/v1/ledgers/{ledger}/accounts/{address}', { path: { ledger, address } });
  if (answer.data && answer.data.kind !== 'account')
    return <Navigate to={`/explorer/${encodeURIComponent(ledger)}/contracts/${address}`} replace />;
  const name = answer.data?.name;
  return (
    <Page
      actions={may('transact') && !isForeign(ledger) && <TransferButton label={t('sendTo')} to={address} ledger={ledger} />}
      title={name ? harmless(name, 80) : t('accountTitle')}
      crumb={<Crumb list="accounts" />}
      subtitle={<AddressLine address={address} />}
    >
      <Loaded answer={answer}>{(data) => <Body key={data.address} account={data} />}</Loaded>
    </Page>
  );
}

export const AddressLine = ({ address }: { address: string }) => (
  <span className="address">
    <Identicon value={address} />
    <Hash value={address} whole />
  </span>
);

function Body({ account }: { account: AccountDetail }) {
  const { t } = useTranslation('explorer');
  return (
    <>
      <Panel title={t('facts')} extra={<ControlLink address={account.address} />}>
        <AccountFacts account={account} />
      </Panel>
      <section className="panel tabbed">
        <TabView label={t('parts')} items={useAccountTabs(account.address).map((tab) => ({ ...tab, label: t(tab.label) }))} />
      </section>
    </>
  );
}

/** Where a regulator freezes it, or ends its freeze. */
export function ControlLink({ address }: { address: string }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const may = useRights();
  if (ledger !== 'main' || !may('readGovernance') || !may('transact')) return null;
  return <Link to={`/governance/control?address=${encodeURIComponent(address)}`}>{t('control')}</Link>;
}

function AccountFacts({ account }: { account: AccountDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const words = useRoleWords();
  const { freeze, quota } = account;
  return (
    <Facts
      items={[
        account.status ? [t('status'), <StatusTag key="status" value={account.status} />] : null,
        freeze
          ? [
              t('freeze'),
              <span key="freeze">
                <Untrusted text={freeze.reason} characters={200} /> · <Time value={freeze.at} />
                {freeze.until && (
                  <span className="block faint">
                    {t('until')} <Time value={freeze.until} full />
                  </span>
                )}
              </span>,
            ]
          : null,
        isForeign(ledger) ? null : [t('balance'), <Amount key="balance" value={account.balance} />],
        isForeign(ledger) ? null : [t('nonce'), <Count key="nonce" value={account.nonce} />],
        [t('transactions'), <Count key="transactions" value={account.transactions} />],
        account.identity ? [t('identity'), <Identity key="identity" did={account.identity} />] : null,
        account.roles.length > 0
          ? [
              t('roles'),
              <ul key="roles">
                {account.roles.map((role) => (
                  <li key={role.grant}>
                    {words.role(role)} <span className="faint">· {words.scope(role)}</span>
                    {role.expiry && (
                      <span className="faint">
                        {' '}
                        · {t('until')} <Time value={role.expiry} />
                      </span>
                    )}
                  </li>
                ))}
              </ul>,
            ]
          : null,
        quota && quota.quota > 0
          ? [
              t('quota'),
              <span key="quota" className="row">
                <Count value={quota.used} /> / <Count value={quota.quota} /> <Share part={quota.used} whole={quota.quota} />
              </span>,
            ]
          : null,
        account.firstSeen === null || account.firstSeen === undefined
          ? null
          : [
              t('seen'),
              <span key="seen">
                <BlockLink ledger={ledger} height={account.firstSeen} /> –{' '}
                {account.lastSeen && <BlockLink ledger={ledger} height={account.lastSeen} />}
              </span>,
            ],
      ]}
    />
  );
}

/** Transactions, transfers and tokens of an account or contract. */
export function useAccountTabs(address: string) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const path = { ledger, address };
  return [
    {
      key: 'transactions',
      label: 'transactions',
      children: (
        <DataTable<TransactionSummary>
          path="/api/v1/ledgers/{ledger}/accounts/{address}/transactions"
          parameters={{ path }}
          columns={transactionColumns(t, ledger)}
          rowKey={(one) => one.hash}
          label={t('transactions')}
          empty={<EmptyState title={t('noTransactions')} />}
        />
      ),
    },
    {
      key: 'transfers',
      label: 'transfers',
      children: (
        <DataTable<Transfer>
          path="/api/v1/ledgers/{ledger}/accounts/{address}/transfers"
          parameters={{ path }}
          columns={transferColumns(t, ledger)}
          rowKey={(one) => `${one.transaction} ${one.index} ${one.tokenId}`}
          label={t('transfers')}
          empty={<EmptyState title={t('noTransfers')} />}
        />
      ),
    },
    {
      key: 'balances',
      label: 'balances',
      children: (
        <DataTable<Balance>
          path="/api/v1/ledgers/{ledger}/accounts/{address}/balances"
          parameters={{ path }}
          columns={balanceColumns(t, ledger)}
          rowKey={(one) => `${one.token.address} ${one.tokenId}`}
          label={t('balances')}
          empty={<EmptyState title={t('noBalances')} />}
        />
      ),
    },
  ];
}
