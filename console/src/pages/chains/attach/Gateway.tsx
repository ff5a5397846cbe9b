/** Steps 5 and 6: the gateways begin to report, and, where it is wanted, the hook that commands go through. */
import { LoadingOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page } from '../../../api/client';
import { useRead } from '../../../api/hooks';
import { Count } from '../../../components/Amount';
import { Command } from '../../../components/Command';
import { Hash } from '../../../components/Hash';
import { Time } from '../../../components/Time';
import { Standings } from '../Following';
import type { Anchor, ChainDetail, Following } from '../types';
import { gatewayCommand, gatewaySettings, hookCommand } from './commands';
import { RootDone } from './Root';
import { Step } from './Step';
import { familyOf, rootOf, type StepState } from './steps';
import { useWho } from './who';

/** Milliseconds between two looks at what was agreed on last. */
const LOOK_MS = 4_000;

export function GatewayStep({ chain, state }: { chain?: ChainDetail; state: StepState }) {
  const { t } = useTranslation('attach');
  const family = chain ? familyOf(chain.caip2) : 'none';
  const { following } = chain ?? {};
  // Whose account is in the terms, or who acts for an organisation of theirs.
  const { mine, account } = useWho('Chains', 'register');
  const isMine = following?.gateways.some(
    (gateway) => gateway.account.toLowerCase() === account?.toLowerCase() || mine.some(({ scope }) => scope.value === gateway.organisation),
  );
  const settings = chain && (
    <>
      <p>{t('gateway.settings')}</p>
      <Command text={gatewaySettings(chain, family)} />
      <p>{t('gateway.start')}</p>
      <Command text={gatewayCommand} />
    </>
  );
  return (
    <Step name="gateway" state={state} mine={isMine}>
      {chain && following && (
        <>
          <Reports chain={chain} following={following} />
          {state === 'done' ? (
            <details className="note">
              <summary>{t('gateway.another')}</summary>
              {settings}
            </details>
          ) : (
            state === 'now' && settings
          )}
        </>
      )}
    </Step>
  );
}

/** What the ledger has of the gateways until now. */
function Reports({ chain, following }: { chain: ChainDetail; following: Following }) {
  const { t } = useTranslation('attach');
  const { data } = useRead<Page<Anchor>>(
    '/api/v1/chains/{id}/anchors',
    { path: { id: chain.id }, query: { limit: 1 } },
    { every: LOOK_MS, enabled: following.batches > 0 },
  );
  const last = data?.items[0];
  return (
    <div role="status">
      {following.batches === 0 ? (
        <p>
          <LoadingOutlined aria-hidden />{' '}
          {t('gateway.waits', {
            from: following.startHeight + 1,
            to: following.startHeight + following.batchBlocks,
            threshold: following.threshold,
            gateways: following.gateways.length,
          })}
        </p>
      ) : (
        <p>
          <strong>
            {t('gateway.anchored')} <Count value={following.nextHeight - 1} />
          </strong>{' '}
          <span className="faint">
            {t('gateway.batches', { count: following.batches })}
            {last && (
              <>
                {' · '}
                {t('gateway.last')} <Time value={last.at} />
              </>
            )}
          </span>{' '}
          {following.ledger && <Link to={`/explorer/${encodeURIComponent(following.ledger)}`}>{t('gateway.explore')}</Link>}
        </p>
      )}
      <Standings gateways={following.gateways} />
    </div>
  );
}

export function HookStep({ chain, state }: { chain?: ChainDetail; state: StepState }) {
  const { t } = useTranslation('attach');
  const hook = chain && rootOf(chain, 'Contract');
  return (
    <Step name="hook" state={state}>
      {hook && (
        <>
          <RootDone what={t('hook.done')} chain={chain} root={hook} />
          <p>
            <Hash value={hook.root} />
          </p>
        </>
      )}
      {chain && state === 'optional' && (
        <>
          <p className="faint">{t(chain.status === 'Registered' ? 'hook.who' : 'hook.byProposal')}</p>
          <Command text={hookCommand(chain, Boolean(chain.following))} />
        </>
      )}
    </Step>
  );
}
