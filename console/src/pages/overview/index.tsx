import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { Overview as City, Topology } from '../../api/types';
import { Count } from '../../components/Amount';
import { Figure, Page, Panel } from '../../components/Page';
import { EmptyState, ErrorState, Loaded, Loading } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import { hideFirstSteps, useFirstSteps } from '../../firstSteps';
import { FirstSteps } from './FirstSteps';
import { Ledgers } from './Ledgers';
import { Alarms, ChainStates, Proposals } from './Lists';
import { Ribbon } from './Ribbon';
import { TopologyPicture } from './TopologyPicture';

/** Milliseconds between two looks at the figures; blocks arrive by themselves. */
const EVERY_MS = 5_000;

export default function Overview() {
  const { t } = useTranslation('overview');
  const city = useRead<City>('/api/v1/overview', {}, { every: EVERY_MS });
  const { hidden } = useFirstSteps();
  return (
    <Page
      title={city.data?.city ? harmless(city.data.city, 60) : t('title')}
      subtitle={t('subtitle')}
      actions={
        hidden && (
          <button type="button" className="text-button" onClick={() => hideFirstSteps(false)}>
            {t('first.title')}
          </button>
        )
      }
    >
      {city.error && city.data ? <ErrorState error={city.error} retry={() => void city.refetch()} compact /> : null}
      <Loaded answer={city}>{(data) => <Body city={data} />}</Loaded>
    </Page>
  );
}

function Body({ city }: { city: City }) {
  const { t } = useTranslation('overview');
  const may = useRights();
  return (
    <>
      <FirstSteps city={city} />
      <Figures city={city} />
      <Ribbon ledgers={city.ledgers.map((ledger) => ledger.name)} />
      <div className="grid">
        <div className="span-7">
          <Ledgers ledgers={city.ledgers} />
        </div>
        <div className="span-5">
          <Nodes />
        </div>
        {may('readGovernance') && (
          <div className="span-5">
            <Panel title={t('chains.title')}>
              <ChainStates states={city.chainsByState} />
            </Panel>
          </div>
        )}
        {may('readGovernance') && (
          <div className={may('monitor') ? 'span-4' : 'span-7'}>
            <Panel title={t('proposals.title')}>
              <Proposals proposals={city.openProposals} />
            </Panel>
          </div>
        )}
        {may('monitor') && (
          <div className={may('readGovernance') ? 'span-3' : undefined}>
            <Panel title={t('alarms.title')}>
              <Alarms alarms={city.firingAlarms} />
            </Panel>
          </div>
        )}
      </div>
    </>
  );
}

function Figures({ city }: { city: City }) {
  const { t } = useTranslation('overview');
  const may = useRights();
  const { counts } = city;
  const rate = city.ledgers.reduce((sum, ledger) => sum + (ledger.transactionsPerSecond ?? 0), 0);
  const firing = city.firingAlarms.length;
  return (
    <div className="figures">
      <Figure name={t('figures.transactions')} note={t('figures.rate', { rate: rate.toFixed(1) })}>
        <Count value={counts.transactions} />
      </Figure>
      <Figure name={t('figures.blocks')}>
        <Count value={counts.blocks} />
      </Figure>
      <Figure name={t('figures.accounts')} note={t('figures.contracts', { count: counts.contracts })}>
        <Count value={counts.accounts} />
      </Figure>
      <Figure name={t('figures.organisations')} note={t('figures.nodes', { count: counts.nodes })}>
        <Count value={counts.organisations} />
      </Figure>
      <Figure name={t('figures.identities')} note={t('figures.roles', { count: counts.roles })}>
        <Count value={counts.identities} />
      </Figure>
      {may('monitor') && (
        <Figure name={t('figures.alarms')} tone={firing > 0 ? 'bad' : 'good'}>
          <Count value={firing} />
        </Figure>
      )}
    </div>
  );
}

function Nodes() {
  const { t } = useTranslation('overview');
  const answer = useRead<Topology>('/api/v1/topology', {}, { every: EVERY_MS });
  let body = <Loading />;
  if (answer.data) {
    body = answer.data.nodes.length > 0 ? <TopologyPicture topology={answer.data} /> : <EmptyState title={t('topology.empty')} />;
  } else if (answer.error) body = <ErrorState error={answer.error} retry={() => void answer.refetch()} />;
  return <Panel title={t('topology.title')}>{body}</Panel>;
}
