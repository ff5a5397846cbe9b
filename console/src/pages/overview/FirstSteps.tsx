/** What a newcomer can do first, as three cards: a transaction, a vote, an alarm. Done ones show what became of them. */
import { BellOutlined, CheckCircleFilled, CloseOutlined, SendOutlined, SolutionOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Example, represents, useExamples } from '../../api/examples';
import { useRead } from '../../api/hooks';
import { useRights, useSession } from '../../api/session';
import type { Overview } from '../../api/types';
import { ContinueAs } from '../../components/ContinueAs';
import { Hash } from '../../components/Hash';
import { TransferButton } from '../../components/Transfer';
import { Untrusted } from '../../components/Untrusted';
import { hideFirstSteps, useFirstSteps } from '../../firstSteps';
import { useVotable } from '../governance/represented';

export function FirstSteps({ city }: { city: Overview }) {
  const { t } = useTranslation('overview');
  const { session } = useSession();
  const steps = useFirstSteps();
  const examples = useExamples() ?? [];
  if (!session?.method || steps.hidden) return null;
  return (
    <section className="first-steps" aria-label={t('first.title')}>
      <header>
        <h2>{t('first.title')}</h2>
        <button
          type="button"
          className="icon-button"
          aria-label={t('first.hide')}
          title={t('first.hide')}
          onClick={() => hideFirstSteps(true)}
        >
          <CloseOutlined />
        </button>
      </header>
      <ol>
        <Transaction examples={examples} />
        <Alarm examples={examples} />
        <Vote city={city} examples={examples} />
      </ol>
    </section>
  );
}

interface StepProps {
  icon: ReactNode;
  title: string;
  text: ReactNode;
  done?: ReactNode;
  children: ReactNode;
}

function Step({ icon, title, text, done, children }: StepProps) {
  const { t } = useTranslation('overview');
  return (
    <li className={done ? 'done' : undefined}>
      <span className="first-mark">{done ? <CheckCircleFilled aria-label={t('first.done')} /> : icon}</span>
      <div>
        <h3>{title}</h3>
        <p>{done || text}</p>
        <div className="first-act">{children}</div>
      </div>
    </li>
  );
}

function Transaction({ examples }: { examples: Example[] }) {
  const { t } = useTranslation('overview');
  const may = useRights();
  const { session } = useSession();
  const { transaction } = useFirstSteps();
  const able = may('transact') && Boolean(session?.account);
  return (
    <Step
      icon={<SendOutlined aria-hidden />}
      title={t('first.transaction')}
      text={t('first.transactionText')}
      done={transaction && <Hash value={transaction.hash} ledger={transaction.ledger} kind="transaction" copy={false} />}
    >
      {able ? (
        <TransferButton
          label={t(transaction ? 'first.again' : 'first.transactionDo')}
          button={{ type: transaction ? 'default' : 'primary' }}
        />
      ) : (
        <ContinueAs example={examples.find((example) => example.rights.includes('transact'))} missing={t('first.missing.transact')} />
      )}
    </Step>
  );
}

function Vote({ city, examples }: { city: Overview; examples: Example[] }) {
  const { t } = useTranslation('overview');
  const { vote } = useFirstSteps();
  const { mine, proposal } = useVotable(city.openProposals);
  let act: ReactNode = null;
  if (mine && mine.length === 0 && !vote) act = <ContinueAs example={examples.find(represents)} missing={t('first.missing.represent')} />;
  else if (proposal) {
    act = (
      <Link to={`/governance/proposals/${proposal.id}`}>
        <Button type={vote ? 'default' : 'primary'}>{t(vote ? 'first.voteNext' : 'first.voteDo')}</Button>
      </Link>
    );
  } else {
    act = (
      <Link to="/governance/proposals">
        <Button>{t('first.proposals')}</Button>
      </Link>
    );
  }
  return (
    <Step
      icon={<SolutionOutlined aria-hidden />}
      title={t('first.vote')}
      text={
        proposal ? (
          <Untrusted text={proposal.title} characters={60} />
        ) : (
          t(mine?.length && city.openProposals.length > 0 ? 'first.voteNone' : 'first.voteText')
        )
      }
      done={vote && <Hash value={vote.hash} ledger={vote.ledger} kind="transaction" copy={false} />}
    >
      {act}
    </Step>
  );
}

interface Rules {
  items: { name: string; changedBy: string }[];
}

function Alarm({ examples }: { examples: Example[] }) {
  const { t } = useTranslation('overview');
  const may = useRights();
  const able = may('manageAlarms');
  const { session } = useSession();
  const { data } = useRead<Rules>('/api/v1/alarms', {}, { enabled: able });
  const channels = useRead<{ items: { id: string }[] }>('/api/v1/channels', {}, { enabled: able });
  const channel = channels.data?.items[0];
  const rule = new URLSearchParams({ new: 'ledgerEvent', contract: 'Governance', event: 'VoteCast', name: t('first.alarmName') });
  if (channel) rule.append('channel', channel.id);
  const own = data?.items.find((rule) => session?.account && rule.changedBy.toLowerCase().includes(session.account.toLowerCase()));
  return (
    <Step
      icon={<BellOutlined aria-hidden />}
      title={t('first.alarm')}
      text={t('first.alarmText')}
      done={own && <Untrusted text={own.name} characters={50} />}
    >
      {able ? (
        <span className="row">
          {channels.data && !channel ? (
            <Link to="/monitoring/channels">
              <Button type="primary">{t('first.channelDo')}</Button>
            </Link>
          ) : (
            <Link to={`/monitoring/alarms?${rule}`}>
              <Button type={own ? 'default' : 'primary'}>{t(own ? 'first.another' : 'first.alarmDo')}</Button>
            </Link>
          )}
        </span>
      ) : (
        <ContinueAs
          example={examples.find((example) => example.rights.includes('manageAlarms'))}
          missing={t('first.missing.manageAlarms')}
        />
      )}
    </Step>
  );
}
