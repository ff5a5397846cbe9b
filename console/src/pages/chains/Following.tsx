/** How gateways follow a chain: since when and how far, what they agreed on, and what each of them said. */
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Count } from '../../components/Amount';
import { DataTable } from '../../components/DataTable';
import { Address, Hash } from '../../components/Hash';
import { Facts, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Scroller } from '../governance/Scroller';
import type { Anchor, ChainDetail, Following } from './types';

const MAIN_BLOCK = '/explorer/main/blocks';

export function FollowingPanels({ chain, following }: { chain: ChainDetail; following: Following }) {
  const { t } = useTranslation('chains');
  const explorer = following.ledger && `/explorer/${encodeURIComponent(following.ledger)}`;
  return (
    <>
      <Panel
        title={t('following.title')}
        extra={explorer ? <Link to={explorer}>{t('following.explore')}</Link> : <span className="faint">{t('following.notIndexed')}</span>}
      >
        <Assurance following={following} />
        <Facts
          items={[
            following.since
              ? [
                  t('following.since'),
                  <span key="v">
                    <Time value={following.since} full />{' '}
                    <Hash value={following.transaction} kind="transaction" ledger="main" copy={false} />
                  </span>,
                ]
              : null,
            [t('following.start'), <Count key="v" value={following.startHeight} />],
            [t('following.anchoredTo'), <Count key="v" value={following.nextHeight - 1} />],
            [t('following.batches'), <Count key="v" value={following.batches} />],
            [t('following.batchBlocks'), <Count key="v" value={following.batchBlocks} />],
            [t('following.finality'), t(`following.finalities.${following.finality}`, { depth: following.depth })],
          ]}
        />
      </Panel>
      <Panel title={t('following.gateways')} flush>
        <Standings gateways={following.gateways} />
      </Panel>
      <Panel title={t('following.anchors')} flush>
        <Anchors chain={chain} following={following} />
      </Panel>
    </>
  );
}

/** What is known of the chain, and how: proven by its validators' signatures, attested by organisations, or contradicted. */
function Assurance({ following }: { following: Following }) {
  const { t } = useTranslation('chains');
  const { proven, threshold } = following;
  const gateways = following.gateways.length;
  if (!proven) {
    return (
      <p>
        <strong>{t('following.attested', { threshold, gateways })}</strong>
      </p>
    );
  }
  if (proven.contradictedAt !== null && proven.contradictedAt !== undefined) {
    return <p className="warn">{t('following.contradicted', { height: proven.contradictedAt, engine: proven.engine })}</p>;
  }
  return (
    <>
      <p>
        <strong>{t('following.proven', { engine: proven.engine })}</strong> <Count value={proven.height} /> <Hash value={proven.hash} />
      </p>
      <p className="note">{t('following.within', { threshold, gateways })}</p>
    </>
  );
}

/** What each gateway said until now. */
export function Standings({ gateways }: { gateways: Following['gateways'] }) {
  const { t } = useTranslation('chains');
  return (
    <Scroller label={t('following.gateways')}>
      <Table
        aria-label={t('following.gateways')}
        size="small"
        pagination={false}
        rowKey="account"
        dataSource={gateways}
        columns={[
          {
            key: 'organisation',
            title: t('following.organisation'),
            render: (_, one) => <Untrusted text={one.organisationName ?? one.organisation} characters={40} />,
          },
          { key: 'account', title: t('following.account'), render: (_, one) => <Address value={one.account} ledger="main" copy={false} /> },
          { key: 'reports', title: t('following.reports'), align: 'right', render: (_, one) => <Count value={one.reports} /> },
          {
            key: 'contradictions',
            title: t('following.contradictions'),
            align: 'right',
            render: (_, one) => <Alarming value={one.contradictions} from={1} />,
          },
          { key: 'behind', title: t('following.behind'), align: 'right', render: (_, one) => <Alarming value={one.behind} from={3} /> },
        ]}
      />
    </Scroller>
  );
}

/** A count that is marked from a number on. */
function Alarming({ value, from }: { value?: number | null; from: number }) {
  return (
    <span className={value !== null && value !== undefined && value >= from ? 'warn' : undefined}>
      <Count value={value} />
    </span>
  );
}

function Anchors({ chain, following }: { chain: ChainDetail; following: Following }) {
  const { t } = useTranslation('chains');
  const place = (height: number) => `/explorer/${encodeURIComponent(following.ledger ?? '')}/blocks/${height}`;
  const block = (height: number) => (following.ledger ? <Link to={place(height)}>{height}</Link> : height);
  return (
    <DataTable<Anchor>
      path="/api/v1/chains/{id}/anchors"
      parameters={{ path: { id: chain.id } }}
      every={10_000}
      limit={10}
      label={t('following.anchors')}
      rowKey={(anchor) => String(anchor.number)}
      empty={<EmptyState title={t('following.noAnchors')} />}
      columns={[
        {
          title: t('following.blocks'),
          render: (_, anchor) => (
            <span className="number">
              {block(anchor.fromHeight)} – {block(anchor.toHeight)}
            </span>
          ),
        },
        {
          title: t('following.agreed'),
          render: (_, anchor) => (
            <StatusTag
              value="agreed"
              tone={anchor.agreed >= following.threshold ? 'good' : 'busy'}
              label={`${anchor.agreed} / ${following.gateways.length}`}
            />
          ),
        },
        { title: t('following.transactions'), align: 'right', render: (_, anchor) => <Count value={anchor.transactions} /> },
        { title: t('following.events'), align: 'right', render: (_, anchor) => <Count value={anchor.events} />, responsive: ['sm'] },
        { title: t('following.root'), render: (_, anchor) => <Hash value={anchor.blocksRoot} />, responsive: ['md'] },
        {
          title: t('following.at'),
          render: (_, anchor) => (
            <Link to={`${MAIN_BLOCK}/${anchor.height}`}>
              <Time value={anchor.at} />
            </Link>
          ),
        },
      ]}
    />
  );
}
