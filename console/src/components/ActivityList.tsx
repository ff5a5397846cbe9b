/** What the accounts of an identity did, on all ledgers and chains, as one list: newest first, of one ledger if one is chosen. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../api/hooks';
import type { components } from '../api/schema';
import { Amount } from './Amount';
import { isForeign } from './Attested';
import { DataTable } from './DataTable';
import { Address, Hash } from './Hash';
import { Panel } from './Page';
import { EmptyState } from './States';
import { StatusTag } from './StatusTag';
import { Time } from './Time';
import { harmless, Untrusted } from './Untrusted';

type Deed = components['schemas']['Deed'];
type DeedPage = components['schemas']['DeedPage'];

interface ActivityProps {
  /** The endpoint, and what it takes in its path. */
  path: string;
  parameters?: { path?: Record<string, string> };
}

export function ActivityList({ path, parameters = {} }: ActivityProps) {
  const { t } = useTranslation('identities');
  const [ledger, setLedger] = useState('');
  const places = useRead<DeedPage>(path, { ...parameters, query: { limit: 1 } });
  const { ledgers = [], unseen = [] } = places.data ?? {};
  const picker = (
    <select className="plain-select" aria-label={t('activity.ledger')} value={ledger} onChange={(event) => setLedger(event.target.value)}>
      <option value="">{t('activity.all')}</option>
      {ledgers.map((name) => (
        <option key={name} value={name}>
          {name === 'main' ? t('activity.main') : name}
        </option>
      ))}
    </select>
  );
  return (
    <Panel title={t('activity.title')} extra={picker} flush>
      <DataTable<Deed>
        path={path}
        parameters={{ ...parameters, query: { ledger: ledger || undefined } }}
        every={10_000}
        label={t('activity.title')}
        rowKey={(deed) => `${deed.ledger} ${deed.transaction.hash}`}
        empty={<EmptyState title={t('activity.none')} hint={t('activity.noneHint')} />}
        columns={[
          { title: t('activity.time'), render: (_, deed) => <Time value={deed.transaction.at} /> },
          { title: t('activity.ledger'), render: (_, deed) => <Place ledger={deed.ledger} /> },
          {
            title: t('activity.transaction'),
            render: (_, deed) => <Hash value={deed.transaction.hash} kind="transaction" ledger={deed.ledger} copy={false} />,
          },
          { title: t('activity.what'), render: (_, deed) => <What deed={deed} /> },
          { title: t('activity.status'), render: (_, deed) => <StatusTag value={deed.transaction.status} /> },
        ]}
      />
      {unseen.length > 0 && (
        <p className="note">
          {t('activity.unseen')}{' '}
          {unseen.map((account) => (
            <span key={account} className="mono">
              <Untrusted text={account} />{' '}
            </span>
          ))}
        </p>
      )}
    </Panel>
  );
}

function Place({ ledger }: { ledger: string }) {
  const { t } = useTranslation('identities');
  return (
    <Link to={`/explorer/${encodeURIComponent(ledger)}`}>
      {ledger === 'main' ? t('activity.main') : ledger}
      {isForeign(ledger) && <span className="faint small"> · {t('activity.attested')}</span>}
    </Link>
  );
}

/** Who did what to whom, and what moved. */
function What({ deed }: { deed: Deed }) {
  const { t } = useTranslation('identities');
  const { transaction, transfers, ledger } = deed;
  const mine = (address?: string | null) => deed.accounts.some((account) => account.toLowerCase() === address?.toLowerCase());
  const to = transaction.contractCreated ?? transaction.to;
  return (
    <div>
      <span className="row">
        <Address value={transaction.from} name={transaction.fromName} ledger={ledger} copy={false} />
        <span aria-hidden="true">→</span>
        <Address
          value={to}
          name={transaction.toName}
          contract={Boolean(transaction.selector ?? transaction.contractCreated)}
          ledger={ledger}
          copy={false}
        />
        {transaction.method && <span className="method mono">{harmless(transaction.method, 32)}</span>}
        {transaction.value !== '0' && <Amount value={transaction.value} />}
      </span>
      {transfers.map((transfer) => (
        <span key={`${transfer.index} ${transfer.tokenId}`} className="row small">
          <span className="faint">{mine(transfer.from) ? t('activity.gave') : t('activity.got')}</span>
          <Amount value={transfer.amount} decimals={transfer.token.decimals ?? 0} />
          <Link to={`/explorer/${encodeURIComponent(ledger)}/tokens/${transfer.token.address}`} title={transfer.token.address}>
            <Untrusted text={transfer.token.symbol || transfer.token.name || `${transfer.token.address.slice(0, 8)}…`} characters={16} />
          </Link>
          {transfer.tokenId && <span className="number faint">#{transfer.tokenId.slice(0, 12)}</span>}
          <Address
            value={mine(transfer.from) ? transfer.to : transfer.from}
            name={mine(transfer.from) ? transfer.toName : transfer.fromName}
            ledger={ledger}
            copy={false}
          />
        </span>
      ))}
    </div>
  );
}
