/** One business chain: where it stands in its life, what was decided, what it is verified against, and what can be done. */
import { Button, Flex, Table, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Address, Hash } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { ActButton } from '../governance/ActButton';
import { ENUMS, enumNumber, type Field, type Filled } from '../governance/acts';
import { Scroller } from '../governance/Scroller';
import { ChainStatus, Deadline } from './Chains';
import { FollowingPanels } from './Following';
import { LifeCycle } from './LifeCycle';
import type { ChainDetail } from './types';

export function ChainPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('chains');
  const answer = useRead<ChainDetail>('/api/v1/chains/{id}', { path: { id } }, { every: 15_000 });
  return (
    <Loaded answer={answer}>
      {(chain) => (
        <Page
          title={chain.name}
          crumb={<Link to="/chains">{t('back')}</Link>}
          subtitle={
            <Flex gap={10} wrap align="center">
              <span className="mono">
                <Untrusted text={chain.caip2} />
              </span>
              <ChainStatus chain={chain} />
              {chain.appealed && <StatusTag value="acknowledged" tone="busy" label={t('appealed')} />}
              {chain.escalated && <StatusTag value="escalated" label={t('escalated')} />}
              <Deadline chain={chain} />
            </Flex>
          }
          actions={<Acts chain={chain} />}
        >
          <Panel title={t('cycle')} extra={<Link to={`/chains/${chain.id}/attach`}>{t('guide')}</Link>}>
            <LifeCycle current={chain.status} />
          </Panel>
          <div className="columns">
            <div>
              {chain.following && <FollowingPanels chain={chain} following={chain.following} />}
              <Panel title={t('history')}>
                <History chain={chain} />
              </Panel>
              <Panel title={t('roots')} flush>
                <Roots chain={chain} />
              </Panel>
            </div>
            <div>
              <Panel title={t('basics')}>
                <Basics chain={chain} />
              </Panel>
            </div>
          </div>
        </Page>
      )}
    </Loaded>
  );
}

function Basics({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('chains');
  return (
    <Facts
      items={[
        [t('operator'), <Untrusted key="v" text={chain.operatorName ?? chain.operator} />],
        [t('company'), <Untrusted key="v" text={chain.company} />],
        [t('purpose'), <Untrusted key="v" text={chain.purpose} characters={300} />],
        [t('contact'), <Untrusted key="v" text={chain.contact} />],
        [t('kind'), t(`kinds.${chain.kind}`)],
        [t('consensus'), <Untrusted key="v" text={chain.consensus} />],
        [
          t('endpoint'),
          <span key="v" className="mono">
            <Untrusted text={chain.endpoint} />
          </span>,
        ],
        [t('grade'), chain.grade],
        [t('documents'), <Hash key="v" value={chain.documents} />],
        [t('registrant'), <Address key="v" value={chain.registrant} ledger="main" />],
        [t('registered'), <Time key="v" value={chain.registeredAt} full />],
        chain.reviewer ? [t('reviewer'), <Address key="v" value={chain.reviewer} ledger="main" />] : null,
      ]}
    />
  );
}

const COLOURS: Record<string, string> = { Active: 'green', Rejected: 'red', Frozen: 'orange', Cancelled: 'gray' };

/** Changes of state with the reviews that led to them. */
function History({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('chains');
  return (
    <Flex vertical gap={8}>
      <Timeline
        items={[
          { key: 'registered', content: <Entry title={t('states.Registered')} at={chain.registeredAt} by={chain.registrant} /> },
          ...chain.history
            .filter((change) => change.from !== 'None')
            .map((change, index) => ({
              key: index,
              color: COLOURS[change.to] ?? 'blue',
              content: (
                <Entry
                  title={`${t(`states.${change.from}`, { defaultValue: change.from })} → ${t(`states.${change.to}`, { defaultValue: change.to })}`}
                  at={change.at}
                  by={change.actor}
                  reason={change.reason}
                  transaction={change.transaction}
                />
              ),
            })),
        ]}
      />
      <h3 className="small faint">{t('reviews')}</h3>
      {chain.reviews.length === 0 && <p className="faint">{t('noReviews')}</p>}
      <ul className="plain-list">
        {chain.reviews.map((review) => (
          <li key={`${review.at}-${review.reviewer}`}>
            <Flex gap={8} wrap align="center">
              <StatusTag
                value={review.approved ? 'approved' : 'rejected'}
                label={review.approved ? t('approvedBy') : t('rejectedBy')}
                tone={review.approved ? 'good' : 'bad'}
              />
              <Address value={review.reviewer} ledger="main" copy={false} />
              <Time value={review.at} />
            </Flex>
            <Untrusted text={review.reason} characters={300} />
            {!/^0x0+$/.test(review.evidence) && (
              <div className="faint">
                {t('evidence')} <Hash value={review.evidence} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Flex>
  );
}

interface EntryProps {
  title: string;
  at?: string | null;
  by?: string | null;
  reason?: string;
  transaction?: string | null;
}

function Entry({ title, at, by, reason, transaction }: EntryProps) {
  return (
    <div>
      <strong>{title}</strong> <Time value={at} />
      {by && (
        <div>
          <Address value={by} ledger="main" copy={false} />
        </div>
      )}
      {reason && (
        <div>
          <Untrusted text={reason} characters={300} />
        </div>
      )}
      {transaction && <Hash value={transaction} kind="transaction" ledger="main" copy={false} />}
    </div>
  );
}

function Roots({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('chains');
  if (chain.trustRoots.length === 0)
    return (
      <p className="faint" style={{ padding: '0 16px 16px' }}>
        {t('noRoots')}
      </p>
    );
  return (
    <Scroller label={t('roots')}>
      <Table
        aria-label={t('roots')}
        size="small"
        pagination={chain.trustRoots.length > 20 ? { pageSize: 20 } : false}
        rowKey={(root) => `${root.kind}-${root.validFromHeight}-${root.root}`}
        dataSource={chain.trustRoots}
        columns={[
          { key: 'kind', title: t('rootKind'), render: (_, root) => t(`rootKinds.${root.kind}`, { defaultValue: root.kind }) },
          { key: 'from', title: t('validFrom'), dataIndex: 'validFromHeight' },
          { key: 'root', title: t('root'), render: (_, root) => <Hash value={root.root} /> },
          { key: 'at', title: t('registered'), render: (_, root) => <Time value={root.at} /> },
        ]}
      />
    </Scroller>
  );
}

const reason: Field = { name: 'reason', kind: 'reason' };
const NOTHING = `0x${'0'.repeat(64)}`;
const hashOr = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : NOTHING);
const evidence: Field = { name: 'evidence', kind: 'hash', optional: true };

interface ChainAct {
  name: string;
  function?: string;
  states: string[];
  danger?: boolean;
  fields?: Field[];
  arguments: (filled: Filled) => unknown[];
}

const OPEN = ['Registered', 'UnderReview', 'Active', 'Rejected', 'Frozen'];

/** The acts that the state machine has, by state; who may do them, the ledger says. */
function actsOf(chain: ChainDetail): ChainAct[] {
  return [
    { name: 'startReview', states: ['Registered'], arguments: () => [chain.id] },
    {
      name: 'approve',
      function: 'decide',
      states: ['UnderReview'],
      fields: [reason, evidence],
      arguments: (f) => [chain.id, true, hashOr(f.evidence), f.reason],
    },
    {
      name: 'reject',
      function: 'decide',
      states: ['UnderReview'],
      danger: true,
      fields: [reason, evidence],
      arguments: (f) => [chain.id, false, hashOr(f.evidence), f.reason],
    },
    {
      name: 'appeal',
      states: chain.appealed ? [] : ['Rejected'],
      fields: [reason, { name: 'documents', kind: 'hash', optional: true }],
      arguments: (f) => [chain.id, hashOr(f.documents), f.reason],
    },
    {
      name: 'escalate',
      states: !chain.escalated && chain.reviewDue && Date.parse(chain.reviewDue) < Date.now() ? ['Registered', 'UnderReview'] : [],
      arguments: () => [chain.id],
    },
    { name: 'freeze', states: ['Active'], danger: true, fields: [reason], arguments: (f) => [chain.id, f.reason] },
    { name: 'unfreeze', states: ['Frozen'], fields: [reason], arguments: (f) => [chain.id, f.reason] },
    {
      name: 'addTrustRoot',
      states: ['Registered'],
      fields: [
        { name: 'rootKind', kind: 'enum', choices: ENUMS.rootKind, enumName: 'rootKind', initial: 'BlockHash' },
        { name: 'root', kind: 'bytes' },
        { name: 'validFromHeight', kind: 'number', min: 0, initial: 0 },
      ],
      arguments: (f) => [chain.id, enumNumber('rootKind', f.rootKind), f.root.trim(), String(f.validFromHeight)],
    },
    {
      name: 'setContact',
      states: OPEN,
      fields: [
        { name: 'contact', kind: 'text', max: 256, initial: chain.contact },
        { name: 'endpoint', kind: 'text', max: 256, initial: chain.endpoint },
      ],
      arguments: (f) => [chain.id, f.contact, f.endpoint],
    },
  ];
}

function Acts({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('chains');
  const may = useRights();
  if (!may('transact')) return null;
  return (
    <Flex gap={8} wrap>
      {actsOf(chain)
        .filter((act) => act.states.includes(chain.status))
        .map((act) => (
          <ActButton
            key={act.name}
            label={t(`acts.${act.name}`)}
            title={`${t(`acts.${act.name}`)}: ${chain.name}`}
            hint={t(`hints.${act.name}`)}
            danger={act.danger}
            primary={['startReview', 'approve', 'unfreeze'].includes(act.name)}
            fields={act.fields}
            call={(filled) => ({ contract: 'Chains', function: act.function ?? act.name, arguments: act.arguments(filled) })}
            onDone={() => void refresh('/api/v1/chains')}
          />
        ))}
      {['Active', 'Frozen'].includes(chain.status) && (
        <Link to={`/governance/proposals/new?act=chainCancel&chain=${chain.id}`}>
          <Button danger>{t('acts.cancel')}</Button>
        </Link>
      )}
    </Flex>
  );
}
