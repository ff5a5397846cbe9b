/** One identity as a picture: its accounts, keys and controllers around it, its life, its document. */
import { Collapse, Flex, Table, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { LedgerSummary } from '../../api/types';
import { ActivityList } from '../../components/ActivityList';
import { Copy } from '../../components/Copy';
import { Address, Hash } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { TabView } from '../../components/TabView';
import { absolute, Time } from '../../components/Time';
import { harmless, Untrusted } from '../../components/Untrusted';
import { ActButton } from '../governance/ActButton';
import type { Field, Filled } from '../governance/acts';
import { type Ray, Rays } from '../governance/pictures/Rays';
import { StateMachine } from '../governance/pictures/StateMachine';
import type { Tone } from '../governance/pictures/tone';
import { Scroller } from '../governance/Scroller';
import { BindAccount } from './BindAccount';
import { Did, IdentityStatus } from './Identities';
import { addressOf, type IdentityDetail } from './types';

export const STATUS_TONES: Record<string, Tone> = { Active: 'good', Frozen: 'warn', Cancelled: 'off' };

export function IdentityPage() {
  const { did = '' } = useParams();
  const { t } = useTranslation('identities');
  const answer = useRead<IdentityDetail>('/api/v1/identities/{did}', { path: { did } }, { every: 20_000 });
  return (
    <Loaded answer={answer}>
      {(identity) => (
        <Page
          title={`did:civitas:${identity.did.slice(12, 20)}…${identity.did.slice(-6)}`}
          crumb={<Link to="/identities">{t('back')}</Link>}
          subtitle={
            <Flex gap={10} wrap align="center">
              {t(`kinds.${identity.kind}`, { defaultValue: identity.kind })}
              <IdentityStatus status={identity.status} />
              <Copy text={identity.did} />
            </Flex>
          }
          actions={<Acts identity={identity} />}
        >
          <TabView
            label={t('parts')}
            items={[
              { key: 'identity', label: t('tabs.identity'), children: <Whole identity={identity} /> },
              {
                key: 'activity',
                label: t('tabs.activity'),
                children: <ActivityList path="/api/v1/identities/{did}/activity" parameters={{ path: { did: identity.did } }} />,
              },
            ]}
          />
        </Page>
      )}
    </Loaded>
  );
}

function Whole({ identity }: { identity: IdentityDetail }) {
  return (
    <>
      <IdentityPicture identity={identity} />
      <div className="columns">
        <div>
          <BoundAccounts identity={identity} />
          <Keys identity={identity} />
          <DocumentPanel identity={identity} />
        </div>
        <div>
          <Life identity={identity} />
          <About identity={identity} />
        </div>
      </div>
    </>
  );
}

/** More ledgers than a city is asked for at once: accounts on others stand without a link. */
const LEDGERS = 100;

const isOver = (until?: string | null) => Boolean(until && Date.parse(until) <= Date.now());
/** More would not be read in a picture; the tables have them all. */
const RAYS_MAX = 14;

export function IdentityPicture({ identity }: { identity: IdentityDetail }) {
  const { t } = useTranslation('identities');
  const rays: Ray[] = [
    ...identity.accounts.map((account): Ray => {
      const [namespace, chain] = account.split(':');
      return {
        key: account,
        title: `${namespace}:${chain}`,
        text: account.split(':').slice(2).join(':'),
        tone: 'good',
        link: t('links.account'),
      };
    }),
    ...identity.controllers.map(
      (party): Ray => ({
        key: `c${party.id}`,
        title: harmless(party.name ?? t(`parties.${party.kind}`, { defaultValue: party.kind }), 24),
        text: party.id,
        tone: 'wait',
        link: t('links.controller'),
      }),
    ),
    ...identity.methods
      .filter((method) => !isOver(method.validUntil))
      .map(
        (method): Ray => ({
          key: `m${method.fragment}`,
          title: `#${method.fragment}`,
          text: method.keyType,
          tone: 'warn',
          link: t('links.key'),
        }),
      ),
    ...identity.services.map(
      (service): Ray => ({
        key: `s${service.fragment}`,
        title: harmless(service.serviceType, 24),
        text: harmless(service.endpoint, 60),
        tone: 'off',
        link: t('links.service'),
      }),
    ),
    ...identity.recovery.recoverers.map(
      (party): Ray => ({
        key: `r${party.id}`,
        title: harmless(party.name ?? t(`parties.${party.kind}`, { defaultValue: party.kind }), 24),
        text: party.id,
        tone: 'off',
        link: t('links.recoverer'),
      }),
    ),
  ];
  return (
    <Panel>
      <Rays
        label={t('picture')}
        middle={{
          title: t(`kinds.${identity.kind}`, { defaultValue: identity.kind }),
          text: t(`states.${identity.status}`, { defaultValue: identity.status }),
          tone: STATUS_TONES[identity.status] ?? 'off',
        }}
        rays={rays.slice(0, RAYS_MAX)}
      />
    </Panel>
  );
}

/** The CAIP-2 name of the chain of an account (CAIP-10). */
const chainOf = (account: string) => account.split(':').slice(0, 2).join(':');

/** An account with a link to the ledger that it is on, where the city has that ledger. */
function AccountOn({ chain, address }: { chain: string; address: string }) {
  const { data } = useRead<ApiPage<LedgerSummary>>('/api/v1/ledgers', { query: { limit: LEDGERS } });
  const ledger = data?.items.find((each) => each.name === chain || `eip155:${each.chainId}` === chain);
  return ledger ? <Address value={address} ledger={ledger.name} /> : <Hash value={address} />;
}

function BoundAccounts({ identity }: { identity: IdentityDetail }) {
  const { t } = useTranslation('identities');
  const may = useRights();
  return (
    <Panel
      title={t('accounts')}
      extra={may('transact') && identity.status === 'Active' && <BindAccount identity={identity.id} act="bind" small />}
    >
      {identity.accounts.length === 0 && <p className="faint">{t('noAccounts')}</p>}
      <ul className="plain-list">
        {identity.accounts.map((account) => {
          const address = addressOf(account);
          return (
            <li key={account}>
              <Flex justify="space-between" align="center" gap={8} wrap>
                <span>
                  <span className="faint mono">{chainOf(account)}:</span>{' '}
                  {address ? (
                    <AccountOn chain={chainOf(account)} address={address} />
                  ) : (
                    <span className="mono">
                      <Untrusted text={account.split(':').slice(2).join(':')} />
                    </span>
                  )}
                </span>
                {may('transact') && address && identity.status === 'Active' && (
                  <BindAccount identity={identity.id} act="release" account={{ address, chain: Number(account.split(':')[1]) }} small />
                )}
                {may('transact') && (
                  <ActButton
                    size="small"
                    danger
                    label={t('unbind')}
                    title={t('unbind')}
                    hint={t('unbindAsk')}
                    call={() => ({ contract: 'Identities', function: 'unbind', arguments: [account] })}
                    onDone={() => void refresh('/api/v1/identities')}
                  />
                )}
              </Flex>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Keys({ identity }: { identity: IdentityDetail }) {
  const { t } = useTranslation('identities');
  return (
    <Panel title={t('keys')} flush={identity.methods.length > 0}>
      {identity.methods.length === 0 ? (
        <p className="faint">{t('noKeys')}</p>
      ) : (
        <Scroller label={t('keys')}>
          <Table
            aria-label={t('keys')}
            size="small"
            pagination={false}
            rowKey="fragment"
            dataSource={identity.methods}
            columns={[
              {
                key: 'fragment',
                title: t('fragment'),
                render: (_, method) => (
                  <span className="mono">
                    #<Untrusted text={method.fragment} />
                  </span>
                ),
              },
              { key: 'type', title: t('keyType'), dataIndex: 'keyType' },
              { key: 'purposes', title: t('purposes'), render: (_, method) => method.purposes.join(', ') },
              {
                key: 'until',
                title: t('validUntil'),
                render: (_, method) =>
                  method.validUntil ? (
                    isOver(method.validUntil) ? (
                      <StatusTag value="expired" label={t('ended')} tone="quiet" />
                    ) : (
                      <Time value={method.validUntil} />
                    )
                  ) : (
                    t('never')
                  ),
              },
            ]}
          />
        </Scroller>
      )}
    </Panel>
  );
}

function DocumentPanel({ identity }: { identity: IdentityDetail }) {
  const { t } = useTranslation('identities');
  const text = JSON.stringify(identity.document, null, 2);
  return (
    <Collapse
      items={[
        {
          key: 'document',
          label: t('document'),
          children: (
            <>
              <Copy text={text} />
              <pre className="mono" style={{ overflow: 'auto', margin: 0, maxHeight: 480 }}>
                {text}
              </pre>
            </>
          ),
        },
      ]}
    />
  );
}

const COLOURS: Record<string, string> = { Active: 'green', Frozen: 'orange', Cancelled: 'gray' };

export function Life({ identity }: { identity: IdentityDetail }) {
  const { t } = useTranslation('identities');
  return (
    <Panel title={t('history')}>
      <StateMachine
        label={t('history')}
        current={identity.status}
        states={[
          { key: 'Active', label: t('states.Active'), column: 0, row: 0, tone: 'good' },
          { key: 'Frozen', label: t('states.Frozen'), column: 1, row: 0, tone: 'warn' },
          { key: 'Cancelled', label: t('states.Cancelled'), column: 1, row: 1, tone: 'off' },
        ]}
        steps={[
          { from: 'Active', to: 'Frozen', label: t('steps.freeze'), bend: -14 },
          { from: 'Frozen', to: 'Active', label: t('steps.unfreeze'), bend: -14 },
          { from: 'Active', to: 'Cancelled', label: t('steps.cancel') },
          { from: 'Frozen', to: 'Cancelled', label: t('steps.cancel') },
        ]}
      />
      <Timeline
        style={{ marginTop: 16 }}
        items={identity.history.map((change) => ({
          key: `${change.height}-${change.status}`,
          color: COLOURS[change.status] ?? 'blue',
          content: (
            <div>
              {t(`states.${change.status}`, { defaultValue: change.status })} <Time value={change.since} />
              <div>
                <Address value={change.by} ledger="main" copy={false} />
              </div>
              {change.reason && <Untrusted text={change.reason} characters={300} />}
            </div>
          ),
        }))}
      />
    </Panel>
  );
}

function About({ identity }: { identity: IdentityDetail }) {
  const { t, i18n } = useTranslation('identities');
  const { recovery } = identity;
  return (
    <Panel>
      <Facts
        items={[
          [t('organisation'), <Untrusted key="v" text={identity.organisationName ?? identity.organisation} />],
          [t('created'), <Time key="v" value={identity.createdAt} full />],
          [t('version'), identity.version],
          [t('controllers'), <Parties key="v" parties={identity.controllers} />],
          [
            t('recovery'),
            recovery.recoverers.length === 0 ? (
              t('noRecovery')
            ) : (
              <div key="v">
                {t('recoveryRule', { count: recovery.threshold })}
                <Parties parties={recovery.recoverers} />
                {recovery.nextFrom && (
                  <div className="warn">
                    {t('recoveryNext', { time: absolute(new Date(recovery.nextFrom), i18n.language) })}
                    <Parties parties={recovery.nextRecoverers} />
                  </div>
                )}
              </div>
            ),
          ],
          identity.commitments.length > 0
            ? [
                t('commitments'),
                <div key="v">
                  {identity.commitments.map((commitment) => (
                    <div key={commitment}>
                      <Hash value={commitment} />
                    </div>
                  ))}
                </div>,
              ]
            : null,
        ]}
      />
    </Panel>
  );
}

function Parties({ parties }: { parties: IdentityDetail['controllers'] }) {
  return (
    <div>
      {parties.map((party) => (
        <div key={party.id}>
          {party.kind === 'account' ? (
            <Address value={party.id} name={party.name} ledger="main" />
          ) : (
            <Did did={party.id.startsWith('did:') ? party.id : `did:civitas:${party.id.replace(/^0x/, '')}`} />
          )}
        </div>
      ))}
    </div>
  );
}

const reason: Field = { name: 'reason', kind: 'reason' };

function Acts({ identity }: { identity: IdentityDetail }) {
  const { t } = useTranslation('identities');
  const may = useRights();
  if (!may('transact') || identity.status === 'Cancelled') return null;
  const act = (name: 'freeze' | 'unfreeze' | 'cancel') => (
    <ActButton
      label={t(`acts.${name}`)}
      title={t(`acts.${name}`)}
      hint={t(`hints.${name}`)}
      danger={name !== 'unfreeze'}
      fields={[reason]}
      call={(f: Filled) => ({ contract: 'Identities', function: name, arguments: [identity.id, f.reason] })}
      onDone={() => void refresh('/api/v1/identities')}
    />
  );
  return (
    <Flex gap={8} wrap>
      {may('readOpenings') && (
        <ActButton
          label={t('acts.open')}
          title={t('acts.open')}
          hint={t('hints.open')}
          fields={[
            { name: 'caseNumber', kind: 'text', max: 64 },
            { name: 'legalBasis', kind: 'text', max: 256 },
          ]}
          call={(f: Filled) => ({ contract: 'Offices', function: 'requestOpening', arguments: [identity.id, f.caseNumber, f.legalBasis] })}
          onDone={() => void refresh('/api/v1/openings')}
        />
      )}
      {identity.status === 'Active' ? act('freeze') : act('unfreeze')}
      {act('cancel')}
    </Flex>
  );
}
