/** How far a command is, step by step, and what comes next, in plain words. */
import { CheckCircleFilled, CloseCircleFilled, LoadingOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Address, Hash } from '../../components/Hash';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';
import type { CaseCommand } from './types';

const isIdentity = (command: CaseCommand) => command.action.endsWith('Identity');
const isLift = (command: CaseCommand) => command.action.startsWith('lift');

/** What is next for a command. */
export function useNext() {
  const { t } = useTranslation('cases');
  return (command: CaseCommand, followers: CaseCommand[] = []) => {
    const { state, level, chain, attested, executed } = command;
    const name = harmless(chain.name, 40);
    const open = followers.filter((one) => one.state === 'inForce' || one.state === 'overdue').length;
    switch (state) {
      case 'ordered':
        return t('next.ordered');
      case 'withdrawn':
        return t('next.withdrawn');
      case 'overdue':
        return isLift(command) ? t('next.overdueLift', { chain: name }) : t('next.overdue', { chain: name });
      case 'done':
        if (isIdentity(command)) return open > 0 ? t('next.follows', { open }) : t(isLift(command) ? 'next.personLifted' : 'next.person');
        if (command.provenHeight) return t('next.proven', { height: command.provenHeight.toLocaleString(), chain: name });
        return t(isLift(command) ? 'next.lifted' : 'next.isolated');
      default:
        if (level === 'isolation') return isIdentity(command) ? t('next.follows', { open }) : t('next.isolated');
        if (attested < chain.threshold) return t('next.attest', { attested, threshold: chain.threshold });
        return executed ? t('next.prove', { chain: name }) : t('next.execute', { chain: name });
    }
  };
}

interface Step {
  key: string;
  done: boolean;
  bad?: boolean;
  title: string;
  detail?: ReactNode;
}

function useSteps() {
  const { t } = useTranslation('cases');
  return (command: CaseCommand): Step[] => {
    const { state, chain } = command;
    const approved = Boolean(command.approvedAt);
    const person = (value?: string | null) => value && <Address value={value} ledger="main" copy={false} />;
    const steps: Step[] = [
      {
        key: 'ordered',
        done: true,
        title: t('steps.ordered'),
        detail: (
          <>
            <Time value={command.orderedAt} /> {person(command.orderedBy)}
          </>
        ),
      },
      {
        key: 'inForce',
        done: approved,
        bad: state === 'withdrawn' && !approved,
        title: state === 'withdrawn' && !approved ? t('steps.withdrawn') : t('steps.inForce'),
        detail: approved && (
          <>
            <Time value={command.approvedAt} /> {person(command.approvedBy)}
          </>
        ),
      },
    ];
    if (command.level === 'isolation') {
      steps.push({
        key: 'done',
        done: state === 'done',
        title: isLift(command) ? t('steps.lifted') : t('steps.isolated'),
        detail: command.doneAt && <Time value={command.doneAt} />,
      });
      return steps;
    }
    const proven = state === 'done';
    steps.push(
      {
        key: 'attested',
        done: proven || (approved && command.attested >= chain.threshold && chain.threshold > 0),
        title: t('steps.attested', { attested: command.attested, threshold: chain.threshold }),
      },
      {
        key: 'executed',
        done: proven || Boolean(command.executed),
        title: t('steps.executed'),
        detail: command.executed && (
          <>
            <Time value={command.executed.at} />{' '}
            <Hash value={command.executed.transaction} kind="transaction" ledger={command.executed.ledger} copy={false} />
          </>
        ),
      },
      {
        key: 'proven',
        done: proven,
        bad: state === 'overdue' || (state === 'withdrawn' && approved),
        title: state === 'overdue' ? t('steps.overdue') : state === 'withdrawn' && approved ? t('steps.superseded') : t('steps.proven'),
        detail: proven ? (
          <>
            {command.provenHeight && t('steps.byBlock', { height: command.provenHeight.toLocaleString() })} <Time value={command.doneAt} />
          </>
        ) : (
          command.deadline && (
            <>
              {t('steps.deadline')} <Time value={command.deadline} full />
            </>
          )
        ),
      },
    );
    return steps;
  };
}

export function Progress({ command }: { command: CaseCommand }) {
  const steps = useSteps()(command);
  const current = steps.findIndex((step) => !step.done);
  const ended = command.state === 'withdrawn' || command.state === 'done';
  return (
    <ol className="progress-steps">
      {steps.map((step, place) => (
        <li key={step.key} className={step.bad ? 'bad' : step.done ? 'done' : place === current && !ended ? 'current' : undefined}>
          {step.bad ? (
            <CloseCircleFilled className="bad" aria-hidden />
          ) : step.done ? (
            <CheckCircleFilled className="good" aria-hidden />
          ) : place === current && !ended ? (
            <LoadingOutlined aria-hidden />
          ) : (
            <i aria-hidden />
          )}
          <div>
            <strong>{step.title}</strong>
            {step.detail && <div className="faint small">{step.detail}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
