import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Overview } from '../../api/types';
import { Count } from '../../components/Amount';
import { EmptyState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { stateName } from '../../components/stateName';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';

/** The life of a business chain, from left to right. */
const CHAIN_STATES = ['registered', 'underReview', 'active', 'frozen', 'rejected', 'cancelled'];

export function ChainStates({ states }: { states: Overview['chainsByState'] }) {
  const { t } = useTranslation('overview');
  const counts = new Map(states.map((each) => [stateName(each.state), each.count]));
  const shown = [...new Set([...CHAIN_STATES, ...counts.keys()])].filter((state) => (counts.get(state) ?? 0) > 0);
  const total = shown.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
  if (total === 0) return <EmptyState title={t('chains.empty')} hint={t('chains.emptyHint')} />;
  return (
    <>
      <div className="stacked" aria-hidden="true">
        {shown.map((state) => (
          <i key={state} className={`state-${state}`} style={{ flexGrow: counts.get(state) }} />
        ))}
      </div>
      <ul className="rows">
        {shown.map((state) => (
          <li key={state}>
            <i className={`swatch state-${state}`} aria-hidden="true" />
            <span className="grow">
              <StatusTag value={state} />
            </span>
            <Count value={counts.get(state)} />
          </li>
        ))}
      </ul>
      <p className="more">
        <Link to="/chains">{t('chains.all')}</Link>
      </p>
    </>
  );
}

export function Proposals({ proposals }: { proposals: Overview['openProposals'] }) {
  const { t } = useTranslation('overview');
  if (proposals.length === 0) return <EmptyState title={t('proposals.empty')} hint={t('proposals.emptyHint')} />;
  return (
    <ul className="rows">
      {proposals.slice(0, 6).map((proposal) => (
        <li key={proposal.id} className="tall">
          <span className="grow">
            <Link to={`/governance/proposals/${proposal.id}`}>
              <Untrusted text={proposal.title || `#${proposal.id}`} characters={60} />
            </Link>
            <span className="faint small">
              {' '}
              · {t('proposals.ends')} <Time value={proposal.votingEnds} />
            </span>
            <Votes for={proposal.approvals} against={proposal.rejections} needed={proposal.approvalsNeeded} />
          </span>
          <StatusTag value={proposal.status} />
        </li>
      ))}
    </ul>
  );
}

function Votes({ for: approvals, against, needed }: { for: number; against: number; needed: number }) {
  const { t } = useTranslation('overview');
  const seats = Math.max(needed, approvals + against, 1);
  return (
    <span className="votes" role="img" aria-label={t('proposals.votes', { approvals, against, needed })}>
      {Array.from({ length: Math.min(seats, 24) }, (_, seat) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: seats have no other name
        <i key={seat} className={seat < approvals ? 'for' : seat >= seats - against ? 'against' : undefined} />
      ))}
      <small>
        {approvals}/{needed}
      </small>
    </span>
  );
}

export function Alarms({ alarms }: { alarms: Overview['firingAlarms'] }) {
  const { t } = useTranslation('overview');
  if (alarms.length === 0) return <EmptyState title={t('alarms.empty')} />;
  return (
    <ul className="rows">
      {alarms.map((alarm) => (
        <li key={alarm.id} className="tall">
          <span className="grow">
            <Link to="/monitoring/alarms">
              <Untrusted text={alarm.name} characters={40} />
            </Link>
            <span className="block faint small">
              <Untrusted text={alarm.summary} characters={90} /> · <Time value={alarm.since} />
            </span>
          </span>
          <StatusTag value={alarm.severity} />
        </li>
      ))}
    </ul>
  );
}
