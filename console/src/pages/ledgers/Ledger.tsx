/** One ledger: its traffic, the nodes that order it in a ring, its parameters, and what can be done. */
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Count } from '../../components/Amount';
import { LineChart } from '../../components/Chart';
import { Facts, Figure, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { ActButton } from '../governance/ActButton';
import { MAIN, useTraffic } from './Ledgers';
import { Ring } from './Ring';
import type { LedgerDetail } from './types';

export function LedgerPage() {
  const { ledger: name = '' } = useParams();
  const { t } = useTranslation('ledgers');
  const answer = useRead<LedgerDetail>('/api/v1/ledgers/{ledger}', { path: { ledger: name } }, { every: 5_000 });
  const traffic = useTraffic(name);
  return (
    <Loaded answer={answer}>
      {(ledger) => (
        <Page
          title={ledger.name}
          crumb={<Link to="/ledgers">{t('back')}</Link>}
          subtitle={<StatusTag value={ledger.status} label={t(`states.${ledger.status}`, { defaultValue: ledger.status })} />}
          actions={<Acts ledger={ledger} />}
        >
          <div className="figures">
            <Figure name={t('height')} note={<Time value={ledger.lastBlockAt} />}>
              <Count value={ledger.height} />
            </Figure>
            <Figure name={t('transactions')} note={ledger.lag > 5 ? t('indexedLag', { count: ledger.lag }) : undefined}>
              <Count value={ledger.transactions} />
            </Figure>
            <Figure name={t('perSecond')}>{ledger.transactionsPerSecond?.toFixed(1) ?? '–'}</Figure>
            <Figure name={t('finality')}>{ledger.finalityMs ? `${Math.round(ledger.finalityMs)} ms` : '–'}</Figure>
            <Figure name={t('interval')}>{ledger.blockIntervalMs ? `${Math.round(ledger.blockIntervalMs)} ms` : '–'}</Figure>
            <Figure name={t('pending')}>
              <Count value={ledger.pending} />
            </Figure>
          </div>
          <div className="columns">
            <div>
              <Panel title={t('traffic')}>
                <Loaded answer={traffic} rows={4}>
                  {({ items }) => (
                    <LineChart
                      label={t('traffic')}
                      area
                      height={200}
                      series={[{ label: t('transactions'), points: items.map((step) => [Date.parse(step.at) / 1000, step.transactions]) }]}
                    />
                  )}
                </Loaded>
              </Panel>
              <Panel title={t('members')}>
                <Members ledger={ledger} />
              </Panel>
            </div>
            <div>
              <About ledger={ledger} />
              <Parameters ledger={ledger} />
            </div>
          </div>
        </Page>
      )}
    </Loaded>
  );
}

function Members({ ledger }: { ledger: LedgerDetail }) {
  const { t } = useTranslation('ledgers');
  const validators = ledger.members.filter((member) => member.role === 'Validator').length;
  return (
    <div className="stack">
      <p className="faint">
        {t('membersHint')} {validators > 0 && t('quorum', { count: validators, bears: Math.floor((validators - 1) / 3) })}
      </p>
      <Ring members={ledger.members} label={t('members')} middle={ledger.name} />
    </div>
  );
}

function About({ ledger }: { ledger: LedgerDetail }) {
  const { t } = useTranslation('ledgers');
  return (
    <Panel title={t('facts')} extra={<Link to={`/explorer/${encodeURIComponent(ledger.name)}`}>{t('explore')}</Link>}>
      <Facts
        items={[
          [t('chainId'), ledger.chainId],
          ledger.access ? [t('access'), ledger.access === 'City' ? t('accessCity') : t('accessRole')] : null,
          ledger.epoch !== null && ledger.epoch !== undefined ? [t('epoch'), <Count key="v" value={ledger.epoch} />] : null,
          ledger.createdAt ? [t('created'), <Count key="v" value={ledger.createdAt} />] : null,
        ]}
      />
    </Panel>
  );
}

function Parameters({ ledger }: { ledger: LedgerDetail }) {
  const { t } = useTranslation('ledgers');
  if (!ledger.parameters) return null;
  return (
    <Panel title={t('parameters')}>
      <Facts
        items={Object.entries(ledger.parameters)
          .filter(([, value]) => value !== null && value !== undefined)
          .map(([name, value]): [React.ReactNode, React.ReactNode] => [
            t(`names.${name}`, { defaultValue: name }),
            typeof value === 'number' ? <Count key="v" value={value} /> : String(value),
          ])}
      />
    </Panel>
  );
}

function Acts({ ledger }: { ledger: LedgerDetail }) {
  const { t } = useTranslation('ledgers');
  const may = useRights();
  if (!may('transact') || ledger.status === 'Closed') return null;
  const parameters = ledger.parameters;
  const adjust = new URLSearchParams({
    act: 'ledgerAdjust',
    chainId: String(ledger.chainId),
    ...(parameters && {
      blockGasMax: String(parameters.blockGasMax),
      blockIntervalMs: String(parameters.blockIntervalMs),
      heartbeatMs: String(parameters.heartbeatMs),
    }),
  });
  const act = (name: 'freeze' | 'unfreeze') => (
    <ActButton
      label={t(`acts.${name}`)}
      title={`${t(`acts.${name}`)}: ${ledger.name}`}
      hint={t(`hints.${name}`)}
      danger={name === 'freeze'}
      fields={[{ name: 'reason', kind: 'reason' }]}
      call={(filled) => ({ contract: 'Ledgers', function: name, arguments: [ledger.name, filled.reason] })}
      onDone={() => void refresh('/api/v1/ledgers')}
    />
  );
  const propose = (key: string) => `/governance/proposals/new?act=${key}&ledger=${encodeURIComponent(ledger.name)}`;
  return (
    <Flex gap={8} wrap>
      <Link to={`/governance/proposals/new?${adjust}`}>
        <Button>{t('acts.adjust')}</Button>
      </Link>
      {ledger.name !== MAIN && (
        <>
          <Link to={propose('ledgerMembers')}>
            <Button>{t('acts.changeMembers')}</Button>
          </Link>
          {ledger.status === 'Active' && act('freeze')}
          {ledger.status === 'Frozen' && act('unfreeze')}
          <Link to={propose('ledgerClose')}>
            <Button danger>{t('acts.close')}</Button>
          </Link>
        </>
      )}
    </Flex>
  );
}
