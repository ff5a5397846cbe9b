import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { queries } from '../../api/hooks';
import { useStream } from '../../api/stream';
import type { AccountSummary, BlockEvent, BlockSummary, ContractSummary, LedgerEvent, Token, TransactionSummary } from '../../api/types';
import { DataTable } from '../../components/DataTable';
import { useLedger } from '../../components/Hash';
import { Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { Arguments } from '../../components/Value';
import { accountColumns, blockColumns, contractColumns, eventColumns, tokenColumns, transactionColumns } from './columns';
import { ListFrame } from './Frame';

const EVERY_MS = 3_000;
const BLOCKS = '/api/v1/ledgers/{ledger}/blocks';
const TRANSACTIONS = '/api/v1/ledgers/{ledger}/transactions';

/** Asks again for the newest of a list when a block with transactions arrives, at most once a second. */
function useFresh(path: string, ledger: string) {
  const [, setLast] = useState(0);
  useStream<BlockEvent>('block', (block) => {
    if (block.ledger !== ledger) return;
    setLast((last) => {
      if (Date.now() - last < 1_000) return last;
      void queries.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] === path && !(queryKey[2] as { cursor?: string } | undefined)?.cursor,
      });
      return Date.now();
    });
  });
}

export function Home() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  useFresh(BLOCKS, ledger);
  useFresh(TRANSACTIONS, ledger);
  return (
    <ListFrame title={t('title')}>
      <div className="grid">
        <div className="span-4">
          <Panel title={t('tabs.blocks')} flush>
            <DataTable<BlockSummary>
              path={BLOCKS}
              parameters={{ path: { ledger } }}
              columns={blockColumns(t, ledger).slice(0, 3)}
              rowKey={(block) => block.hash}
              limit={12}
              label={t('tabs.blocks')}
            />
          </Panel>
        </div>
        <div className="span-8">
          <Panel title={t('tabs.transactions')} flush>
            <DataTable<TransactionSummary>
              path={TRANSACTIONS}
              parameters={{ path: { ledger } }}
              columns={transactionColumns(t, ledger, ['block']).filter((column) => column.title !== t('value'))}
              rowKey={(one) => one.hash}
              limit={12}
              label={t('tabs.transactions')}
              empty={<EmptyState title={t('noTransactions')} hint={t('noTransactionsHint')} />}
            />
          </Panel>
        </div>
      </div>
    </ListFrame>
  );
}

export function Blocks() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  useFresh(BLOCKS, ledger);
  return (
    <ListFrame title={t('tabs.blocks')}>
      <Panel flush>
        <DataTable<BlockSummary>
          path={BLOCKS}
          parameters={{ path: { ledger } }}
          columns={blockColumns(t, ledger)}
          rowKey={(block) => block.hash}
          every={EVERY_MS}
          label={t('tabs.blocks')}
        />
      </Panel>
    </ListFrame>
  );
}

export function Transactions() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const [search, setSearch] = useSearchParams();
  const status = search.get('status') ?? '';
  const method = search.get('method') ?? '';
  useFresh(TRANSACTIONS, ledger);
  function change(name: string, value: string) {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next, { replace: true });
  }
  return (
    <ListFrame title={t('tabs.transactions')}>
      <Panel
        flush
        title={t('tabs.transactions')}
        extra={
          <>
            <input
              className="plain-select"
              type="search"
              defaultValue={method}
              placeholder={t('filterMethod')}
              aria-label={t('filterMethod')}
              maxLength={64}
              onKeyDown={(event) => event.key === 'Enter' && change('method', event.currentTarget.value.trim())}
              onBlur={(event) => change('method', event.currentTarget.value.trim())}
            />
            <select
              className="plain-select"
              value={status}
              aria-label={t('status')}
              onChange={(event) => change('status', event.target.value)}
            >
              <option value="">{t('allStatus')}</option>
              <option value="success">{t('onlySuccess')}</option>
              <option value="failed">{t('onlyFailed')}</option>
            </select>
          </>
        }
      >
        <DataTable<TransactionSummary>
          path={TRANSACTIONS}
          parameters={{ path: { ledger }, query: { status: status || undefined, method: method || undefined } }}
          columns={transactionColumns(t, ledger)}
          rowKey={(one) => one.hash}
          every={EVERY_MS}
          label={t('tabs.transactions')}
          empty={<EmptyState title={t('noTransactions')} hint={t('noTransactionsHint')} />}
        />
      </Panel>
    </ListFrame>
  );
}

export function Accounts() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <ListFrame title={t('tabs.accounts')}>
      <Panel flush>
        <DataTable<AccountSummary>
          path="/api/v1/ledgers/{ledger}/accounts"
          parameters={{ path: { ledger } }}
          columns={accountColumns(t, ledger)}
          rowKey={(one) => one.address}
          label={t('tabs.accounts')}
        />
      </Panel>
    </ListFrame>
  );
}

export function Contracts() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <ListFrame title={t('tabs.contracts')}>
      <Panel flush>
        <DataTable<ContractSummary>
          path="/api/v1/ledgers/{ledger}/contracts"
          parameters={{ path: { ledger } }}
          columns={contractColumns(t, ledger)}
          rowKey={(one) => one.address}
          label={t('tabs.contracts')}
        />
      </Panel>
    </ListFrame>
  );
}

export function Tokens() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <ListFrame title={t('tabs.tokens')}>
      <Panel flush>
        <DataTable<Token>
          path="/api/v1/ledgers/{ledger}/tokens"
          parameters={{ path: { ledger } }}
          columns={tokenColumns(t, ledger)}
          rowKey={(one) => one.address}
          label={t('tabs.tokens')}
          empty={<EmptyState title={t('noTokens')} hint={t('noTokensHint')} />}
        />
      </Panel>
    </ListFrame>
  );
}

export function Events() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <ListFrame title={t('tabs.events')}>
      <Panel flush>
        <DataTable<LedgerEvent>
          path="/api/v1/ledgers/{ledger}/events"
          parameters={{ path: { ledger } }}
          columns={eventColumns(t, ledger)}
          rowKey={(event) => `${event.block} ${event.index}`}
          expanded={(event) => <Arguments items={event.arguments} ledger={ledger} />}
          label={t('tabs.events')}
        />
      </Panel>
    </ListFrame>
  );
}
