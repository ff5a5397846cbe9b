/**
 * A business chain comes under supervision, step by step. How far it is, the ledger and the reports of gateways say: whoever opens the page
 * sees the same, and what can be done next, by whom.
 */
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Page as ApiPage } from '../../../api/client';
import { useRead } from '../../../api/hooks';
import { Page, Panel } from '../../../components/Page';
import { Loaded } from '../../../components/States';
import { harmless, Untrusted } from '../../../components/Untrusted';
import { ChainStatus } from '../Chains';
import type { Chain, ChainDetail } from '../types';
import './attach.css';
import { FollowStep } from './Follow';
import { GatewayStep, HookStep } from './Gateway';
import { RegisterStep } from './Register';
import { ReviewStep } from './Review';
import { RootStep } from './Root';
import { familyOf, statesOf } from './steps';

/** Milliseconds between two looks: what others do shows up by itself. */
const LOOK_MS = 3_000;
/** Chains on their way that are offered. */
const OFFERED = 20;

/** A chain that nobody has registered yet. */
export function AttachNew() {
  const { t } = useTranslation(['attach', 'chains']);
  return (
    <Page title={t('title')} crumb={<Link to="/chains">{t('chains:back')}</Link>} subtitle={t('subtitle')}>
      <OnTheirWay />
      <Panel>
        <Guide />
      </Panel>
    </Page>
  );
}

/** A chain that is registered, wherever it is on its way. */
export function AttachChain() {
  const { id = '' } = useParams();
  const { t } = useTranslation(['attach', 'chains']);
  const answer = useRead<ChainDetail>('/api/v1/chains/{id}', { path: { id } }, { every: LOOK_MS });
  return (
    <Loaded answer={answer}>
      {(chain) => (
        <Page
          title={t('titleOf', { name: harmless(chain.name, 64) })}
          crumb={<Link to={`/chains/${chain.id}`}>{harmless(chain.name, 64)}</Link>}
          subtitle={
            <span className="guide-subtitle">
              <span className="mono">
                <Untrusted text={chain.caip2} />
              </span>
              <ChainStatus chain={chain} />
            </span>
          }
        >
          {chain.status === 'Frozen' && <Alert type="warning" showIcon title={t('frozen')} />}
          {chain.status === 'Cancelled' && <Alert type="warning" showIcon title={t('cancelled')} />}
          {familyOf(chain.caip2) === 'none' && <Alert type="info" showIcon title={t('noDriver')} />}
          <Panel>
            <Guide chain={chain} />
          </Panel>
        </Page>
      )}
    </Loaded>
  );
}

function Guide({ chain }: { chain?: ChainDetail }) {
  const { t } = useTranslation('attach');
  const states = statesOf(chain);
  return (
    <ol className="guide" aria-label={t('title')}>
      <RegisterStep chain={chain} />
      <RootStep chain={chain} state={states.root} />
      <ReviewStep chain={chain} state={states.review} />
      <FollowStep chain={chain} state={states.follow} />
      <GatewayStep chain={chain} state={states.gateway} />
      <HookStep chain={chain} state={states.hook} />
    </ol>
  );
}

/** Chains that wait for somebody: whoever comes to go on with one finds it here. */
function OnTheirWay() {
  const { t } = useTranslation('attach');
  const read = (status: string) => ({ query: { status, limit: OFFERED } });
  const registered = useRead<ApiPage<Chain>>('/api/v1/chains', read('Registered'), { every: 15_000 });
  const reviewed = useRead<ApiPage<Chain>>('/api/v1/chains', read('UnderReview'), { every: 15_000 });
  const chains = [...(registered.data?.items ?? []), ...(reviewed.data?.items ?? [])];
  if (chains.length === 0) return null;
  return (
    <Panel title={t('onTheirWay')}>
      <ul className="guide-chains">
        {chains.map((chain) => (
          <li key={chain.id}>
            <Link to={`/chains/${chain.id}/attach`}>
              <Untrusted text={chain.name} characters={40} />
            </Link>{' '}
            <span className="mono faint">
              <Untrusted text={chain.caip2} characters={40} />
            </span>{' '}
            <ChainStatus chain={chain} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
