/** One proposal: what it would change, who has voted, where it stands, and what can be done now. */
import { Alert, Collapse, Flex, Steps, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { type Example, useExamples } from '../../api/examples';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { ContinueAs } from '../../components/ContinueAs';
import { Address, Hash } from '../../components/Hash';
import { Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { ActButton } from './ActButton';
import { Diff, tellingChanges } from './Diff';
import { type Seat, Seats } from './pictures/Seats';
import { useRepresented } from './represented';
import { secondsSince1970 } from './time';
import type { Organisation, Proposal, ProposalAction } from './types';

export function ProposalPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('governance');
  const answer = useRead<Proposal>('/api/v1/proposals/{id}', { path: { id } }, { every: 5_000 });
  return (
    <Loaded answer={answer}>
      {(proposal) => (
        <Page
          title={proposal.title}
          crumb={<Link to="/governance/proposals">{t('proposals.back')}</Link>}
          subtitle={
            <>
              {t('proposals.number', { id: proposal.id })} · {t(`kinds.${proposal.kind}`)} ·{' '}
              {t('proposals.by', { name: proposal.organisationName ?? proposal.organisation })}{' '}
              <StatusTag value={proposal.status} label={t(`statuses.${proposal.status}`)} />
            </>
          }
          actions={<Acts proposal={proposal} />}
        >
          <Course proposal={proposal} />
          <div className="columns">
            <div>
              <Changes proposal={proposal} />
            </div>
            <div>
              <Votes proposal={proposal} />
              <Events proposal={proposal} />
            </div>
          </div>
        </Page>
      )}
    </Loaded>
  );
}

/** From the proposal to its execution, with the place where it stands now. */
function Course({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation('governance');
  const { status } = proposal;
  const ended = ['Rejected', 'Expired', 'Withdrawn'].includes(status);
  const waits = status === 'Approved' && proposal.executableFrom && secondsSince1970(proposal.executableFrom) > Date.now() / 1000;
  const afterVote = proposal.executableFrom ? 3 : 1;
  const current = status === 'Open' ? 1 : ended ? afterVote : status === 'Executed' ? 4 : waits ? 2 : 3;
  const at = (what: string) => proposal.timeline.find((entry) => entry.what === what)?.at;
  return (
    <Panel>
      <Steps
        current={current}
        status={ended ? 'error' : 'process'}
        responsive
        items={[
          { title: t('proposals.steps.proposed'), content: <Time value={proposal.createdAt} /> },
          { title: t('proposals.steps.voting'), content: <Dated name={t('proposals.votingEnds')} value={proposal.votingEnds} /> },
          {
            title: t('proposals.steps.waiting'),
            content: proposal.executableFrom && <Dated name={t('proposals.executableFrom')} value={proposal.executableFrom} />,
          },
          {
            title: ended ? t(`statuses.${status}`) : t('proposals.steps.execution'),
            content: at('executed') ? (
              <Time value={at('executed')} />
            ) : (
              proposal.executableUntil && <Dated name={t('proposals.executableUntil')} value={proposal.executableUntil} />
            ),
          },
        ]}
      />
    </Panel>
  );
}

const Dated = ({ name, value }: { name: string; value: string }) => (
  <>
    {name} <Time value={value} />
  </>
);

function Changes({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation('governance');
  const { rehearsal } = proposal;
  const changes = tellingChanges(proposal.actions.flatMap((action) => action.changes));
  const refused = rehearsal?.error;
  return (
    <Panel title={t('proposals.changes')}>
      <Flex vertical gap={16}>
        {rehearsal?.ok && <Alert type="success" showIcon title={t('proposals.rehearsalGood')} />}
        {refused && (
          <Alert
            type="warning"
            showIcon
            title={t('proposals.rehearsalBad', { index: refused.index + 1 })}
            description={<Untrusted text={refused.message || refused.name} characters={400} />}
          />
        )}
        {changes.length > 0 ? <Diff changes={changes} /> : <p className="faint">{t('proposals.changesNone')}</p>}
        <Collapse
          size="small"
          defaultActiveKey={changes.length > 0 ? [] : ['actions']}
          items={[{ key: 'actions', label: t('proposals.actions'), children: <Calls actions={proposal.actions} /> }]}
        />
      </Flex>
    </Panel>
  );
}

function Calls({ actions }: { actions: ProposalAction[] }) {
  return (
    <ol className="calls">
      {actions.map((action, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the actions of a proposal never change their order
        <li key={index}>
          <code>
            {action.contract}.{action.function}
          </code>
          <dl className="arguments">
            {action.arguments.map((argument) => (
              <div key={argument.name}>
                <dt>{argument.name}</dt>
                <dd className="mono">
                  <Untrusted text={typeof argument.value === 'string' ? argument.value : JSON.stringify(argument.value)} characters={300} />
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Votes({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation('governance');
  const left = Math.max(0, proposal.approvalsNeeded - proposal.approvals);
  const seats: Seat[] = [
    ...proposal.votes.map(
      (vote): Seat => ({
        key: vote.organisation,
        name: vote.organisationName ?? vote.organisation,
        vote: vote.approve ? 'yes' : 'no',
        note: vote.reason,
      }),
    ),
    ...proposal.missing.map(
      (each): Seat => ({
        key: each.organisation,
        name: each.organisationName,
        vote: each.organisation === proposal.organisation ? 'proposer' : proposal.status === 'Open' ? 'open' : 'silent',
      }),
    ),
  ];
  const reasons = proposal.votes.filter((vote) => vote.reason);
  return (
    <Panel title={t('proposals.votes')}>
      <Flex vertical gap={16}>
        <div>
          <strong>{t('proposals.of', { approvals: proposal.approvals, needed: proposal.approvalsNeeded })}</strong>
          {proposal.status === 'Open' && (
            <span className="faint"> · {left > 0 ? t('proposals.missing', { count: left }) : t('proposals.missingNone')}</span>
          )}
        </div>
        <Seats
          seats={seats}
          words={{
            yes: t('proposals.seat.yes'),
            no: t('proposals.seat.no'),
            open: t('proposals.seat.open'),
            silent: t('proposals.seat.silent'),
            proposer: t('proposals.seat.proposer'),
          }}
        />
        {reasons.length > 0 && (
          <ul className="quotes" aria-label={t('proposals.reasons')}>
            {reasons.map((vote) => (
              <li key={vote.organisation}>
                <StatusTag
                  value={vote.approve ? 'approved' : 'rejected'}
                  tone={vote.approve ? 'good' : 'bad'}
                  label={t(`proposals.seat.${vote.approve ? 'yes' : 'no'}`)}
                />{' '}
                <Untrusted text={vote.organisationName} />:{' '}
                <q>
                  <Untrusted text={vote.reason} characters={300} />
                </q>
              </li>
            ))}
          </ul>
        )}
      </Flex>
    </Panel>
  );
}

const COLOURS: Record<string, string> = { approved: 'green', executed: 'green', rejected: 'red', expired: 'red', withdrawn: 'gray' };

function Events({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation('governance');
  return (
    <Panel title={t('proposals.timeline')}>
      <Timeline
        items={proposal.timeline.map((entry, index) => ({
          key: index,
          color: entry.ahead ? 'gray' : (COLOURS[entry.what] ?? 'blue'),
          content: (
            <div className={entry.ahead ? 'faint' : undefined}>
              {t(`proposals.events.${entry.what}`, { defaultValue: entry.what })} <Time value={entry.at} />
              {entry.by && (
                <div>{entry.by.startsWith('0x') ? <Address value={entry.by} ledger="main" /> : <Untrusted text={entry.by} />}</div>
              )}
              {entry.transaction && (
                <div>
                  <Hash value={entry.transaction} kind="transaction" ledger="main" copy={false} />
                </div>
              )}
            </div>
          ),
        }))}
      />
    </Panel>
  );
}

/** What can be done with it now. */
function Acts({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation('governance');
  const may = useRights();
  const { data } = useRead<ApiPage<Organisation>>('/api/v1/organisations', { query: { limit: 200 } });
  const voted = new Set(proposal.votes.map((vote) => vote.organisation));
  const voters = data?.items.filter((each) => each.voting && each.status === 'Active' && !voted.has(each.id)) ?? [];
  const mine = useRepresented();
  const examples = useExamples();
  // Until it is known for whom one speaks, the ledger says whether one does.
  const own = mine ? voters.filter((each) => mine.includes(each.id) && each.id !== proposal.organisation) : voters;
  const speaks = (example: Example) =>
    example.roles.some(
      ({ role, scope }) =>
        role === 'Representative' && voters.some((each) => each.id !== proposal.organisation && scope === `Organisation ${each.name}`),
    );
  const done = () => void refresh('/api/v1/proposals');
  if (!may('transact')) return null;
  const vote = (approve: boolean) => (
    <ActButton
      key={String(approve)}
      label={approve ? t('proposals.voteYes') : t('proposals.voteNo')}
      title={`${approve ? t('proposals.voteYes') : t('proposals.voteNo')}: ${proposal.title}`}
      hint={t('proposals.voteAsk')}
      note={t('proposals.whyNot')}
      primary={approve}
      danger={!approve}
      fields={[
        { name: 'organisation', kind: 'voter', choices: own.map((each) => each.id), initial: mine ? own[0]?.id : undefined },
        { name: 'reason', kind: 'reason', optional: true },
      ]}
      call={(filled) => ({
        contract: 'Governance',
        function: 'vote',
        arguments: [String(proposal.id), filled.organisation, approve, filled.reason ?? ''],
      })}
      onDone={done}
    />
  );
  const simple = (name: 'execute' | 'withdraw', danger: boolean) => (
    <ActButton
      label={t(`proposals.${name}`)}
      title={`${t(`proposals.${name}`)}: ${proposal.title}`}
      hint={name === 'execute' ? t('proposals.executeAsk') : t('proposals.withdrawAsk')}
      primary={!danger}
      danger={danger}
      call={() => ({ contract: 'Governance', function: name, arguments: [String(proposal.id)] })}
      onDone={done}
    />
  );
  return (
    <Flex gap={8} wrap>
      {proposal.status === 'Open' && own.length > 0 && [vote(true), vote(false)]}
      {proposal.status === 'Open' && own.length === 0 && voters.length > 0 && (
        <ContinueAs example={examples?.find(speaks)} missing={t('proposals.whyNot')} />
      )}
      {proposal.status === 'Approved' && simple('execute', false)}
      {proposal.status === 'Open' && (!mine || mine.includes(proposal.organisation)) && simple('withdraw', true)}
    </Flex>
  );
}
