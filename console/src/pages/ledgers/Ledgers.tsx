/** All ledgers as tiles with their traffic. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Count } from '../../components/Amount';
import { Page } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Sparkline } from './Sparkline';
import type { Activity, LedgerSummary } from './types';

export const MAIN = 'main';

export function Ledgers() {
  const { t } = useTranslation('ledgers');
  const may = useRights();
  const answer = useRead<ApiPage<LedgerSummary>>('/api/v1/ledgers', {}, { every: 5_000 });
  const propose = may('transact') && (
    <Link to="/governance/proposals/new?act=ledgerCreate">
      <Button icon={<PlusOutlined aria-hidden />}>{t('create')}</Button>
    </Link>
  );
  return (
    <Page title={t('title')} subtitle={t('subtitle')} actions={propose}>
      <Loaded answer={answer}>
        {({ items: all }) => {
          // Chains that are not the city's own have a page among the business chains.
          const items = all.filter((ledger) => ledger.kind === 'own');
          return (
            <>
              <div className="tiles wide">
                {items.map((ledger) => (
                  <Tile key={ledger.name} ledger={ledger} />
                ))}
              </div>
              {items.length === 0 && <EmptyState title={t('empty')} />}
              {items.length === 1 && items[0]?.name === MAIN && <EmptyState title={t('none')} action={propose} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

/** Transactions of the last hour, minute by minute. */
export function useTraffic(ledger: string) {
  return useRead<ApiPage<Activity>>(
    '/api/v1/ledgers/{ledger}/activity',
    { path: { ledger }, query: { seconds: 60, steps: 60 } },
    { every: 15_000 },
  );
}

function Tile({ ledger }: { ledger: LedgerSummary }) {
  const { t } = useTranslation('ledgers');
  const traffic = useTraffic(ledger.name);
  return (
    <Link to={`/ledgers/${encodeURIComponent(ledger.name)}`} className="tile">
      <Flex justify="space-between" align="center">
        <div className="tile-title">
          <Untrusted text={ledger.name} characters={40} />
          {ledger.name === MAIN && <span className="faint small"> {t('main')}</span>}
        </div>
        <StatusTag value={ledger.status} label={t(`states.${ledger.status}`, { defaultValue: ledger.status })} />
      </Flex>
      <Sparkline values={traffic.data?.items.map((step) => step.transactions) ?? []} label={t('traffic')} />
      <Flex justify="space-between" gap={8}>
        <Small name={t('height')}>
          <Count value={ledger.height} />
        </Small>
        <Small name={t('perSecond')}>{ledger.transactionsPerSecond?.toFixed(1) ?? '–'}</Small>
        <Small name={t('finality')}>{ledger.finalityMs ? `${Math.round(ledger.finalityMs)} ms` : '–'}</Small>
        <Small name={t('transactions')}>
          <Count value={ledger.transactions} />
        </Small>
      </Flex>
      <div className="faint small">
        {t('lastBlock')} <Time value={ledger.lastBlockAt} />
        {ledger.lag > 5 && <span className="warn"> · {t('indexedLag', { count: ledger.lag })}</span>}
      </div>
    </Link>
  );
}

const Small = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div>
    <div className="faint small">{name}</div>
    <div className="number">{children}</div>
  </div>
);
