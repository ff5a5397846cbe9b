/** The registry: how many chains stand where in their life, and the list of those of a state. */
import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { useRights } from '../../api/session';
import { type Columns, DataTable } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { secondsSince1970, useSpan } from '../governance/time';
import { LifeCycle } from './LifeCycle';
import type { Chain } from './types';

export function Chains() {
  const { t } = useTranslation('chains');
  const may = useRights();
  const navigate = useNavigate();
  const [state, setState] = useState<string>();
  const overview = useRead<components['schemas']['Overview']>('/api/v1/overview', {}, { every: 15_000, enabled: may('explore') });
  const counts = overview.data && Object.fromEntries(overview.data.chainsByState.map((each) => [each.state, each.count]));
  const columns: Columns<Chain> = [
    {
      key: 'name',
      title: t('name'),
      render: (_, chain) => (
        <Link to={`/chains/${chain.id}`}>
          <Untrusted text={chain.name} characters={40} />
        </Link>
      ),
    },
    {
      key: 'caip2',
      title: t('caip2'),
      render: (_, chain) => (
        <span className="mono">
          <Untrusted text={chain.caip2} characters={40} />
        </span>
      ),
    },
    { key: 'kind', title: t('kind'), render: (_, chain) => t(`kinds.${chain.kind}`) },
    {
      key: 'operator',
      title: t('operator'),
      render: (_, chain) => <Untrusted text={chain.operatorName ?? chain.operator} characters={32} />,
    },
    { key: 'status', title: t('status'), render: (_, chain) => <ChainStatus chain={chain} /> },
    { key: 'due', title: t('due'), render: (_, chain) => <Deadline chain={chain} /> },
    { key: 'registered', title: t('registered'), render: (_, chain) => <Time value={chain.registeredAt} /> },
  ];
  return (
    <Page
      title={t('title')}
      subtitle={t('subtitle')}
      actions={
        <Link to="/chains/attach">
          <Button type="primary" icon={<PlusOutlined aria-hidden />}>
            {t('attach')}
          </Button>
        </Link>
      }
    >
      <Panel
        title={t('cycle')}
        extra={
          state && (
            <Button size="small" onClick={() => setState(undefined)}>
              {t('all')}
            </Button>
          )
        }
      >
        <LifeCycle counts={counts} selected={state} onSelect={(key) => setState(key === state ? undefined : key)} />
      </Panel>
      <Panel flush>
        <DataTable<Chain>
          path="/api/v1/chains"
          parameters={{ query: { status: state } }}
          columns={columns}
          rowKey={(chain) => chain.id}
          label={t('title')}
          every={15_000}
          empty={<EmptyState title={t('empty')} />}
          onRow={(chain) => navigate(`/chains/${chain.id}`)}
        />
      </Panel>
    </Page>
  );
}

export function ChainStatus({ chain }: { chain: Chain }) {
  const { t } = useTranslation('chains');
  return <StatusTag value={chain.status} label={t(`states.${chain.status}`, { defaultValue: chain.status })} />;
}

/** What the clock runs for: a review that is due, or a rejection that can be appealed. */
export function Deadline({ chain }: { chain: Chain }) {
  const { t } = useTranslation('chains');
  const span = useSpan();
  const now = Date.now() / 1000;
  if (chain.reviewDue && ['Registered', 'UnderReview'].includes(chain.status)) {
    const left = secondsSince1970(chain.reviewDue) - now;
    return left >= 0 ? (
      <span>{t('reviewDue', { time: span(left) })}</span>
    ) : (
      <span className="bad">{t('reviewOverdue', { time: span(left) })}</span>
    );
  }
  if (chain.appealUntil && chain.status === 'Rejected' && !chain.appealed) {
    const left = secondsSince1970(chain.appealUntil) - now;
    if (left > 0) return <span>{t('appealLeft', { time: span(left) })}</span>;
  }
  return null;
}
