/** The frame of a step: how it stands, by whom it was done, or whose turn it is. */
import { CheckOutlined, CloseOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../../api/hooks';
import { useRights } from '../../../api/session';
import type { TransactionDetail } from '../../../api/types';
import { Command } from '../../../components/Command';
import { Address, Hash } from '../../../components/Hash';
import { StatusTag, type Tone } from '../../../components/StatusTag';
import { Time } from '../../../components/Time';
import { STEPS, type StepName, type StepState } from './steps';
import { Holders, type Who } from './who';

const TONES: Record<StepState, Tone> = {
  done: 'good',
  now: 'busy',
  later: 'quiet',
  refused: 'bad',
  over: 'quiet',
  optional: 'quiet',
  unfit: 'quiet',
};

interface StepProps {
  name: StepName;
  state: StepState;
  /** Whether it waits for the person who looks. */
  mine?: boolean;
  children?: ReactNode;
}

export function Step({ name, state, mine = false, children }: StepProps) {
  const { t } = useTranslation('attach');
  const word = state === 'now' ? t(mine ? 'states.yours' : 'states.now') : t(`states.${state}`);
  return (
    <li className={`guide-step ${state}`} data-step={name} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="guide-mark" aria-hidden>
        {state === 'done' ? <CheckOutlined /> : state === 'refused' ? <CloseOutlined /> : STEPS.indexOf(name) + 1}
      </span>
      <div className="guide-body">
        <header>
          <h2>{t(`${name}.title`)}</h2>
          <StatusTag value={state} tone={TONES[state]} label={word} />
        </header>
        <p className="faint">{t(`${name}.text`)}</p>
        {children}
      </div>
    </li>
  );
}

interface DoneProps {
  what: string;
  /** Who did it; the sender of the transaction, if it is not known otherwise. */
  by?: string | null;
  at?: string | null;
  transaction?: string | null;
}

/** What was done, by whom and when, with the transaction. */
export function Done({ what, by, at, transaction }: DoneProps) {
  const may = useRights();
  const asked = !by && Boolean(transaction) && may('explore');
  const { data } = useRead<TransactionDetail>(
    '/api/v1/ledgers/{ledger}/transactions/{hash}',
    { path: { ledger: 'main', hash: transaction ?? '' } },
    { enabled: asked },
  );
  const actor = by ?? data?.from;
  return (
    <p className="guide-done">
      <strong>{what}</strong>
      {actor && <Address value={actor} ledger="main" copy={false} />}
      {at && <Time value={at} full />}
      {transaction && <Hash value={transaction} kind="transaction" ledger="main" copy={false} />}
    </p>
  );
}

interface TurnProps {
  /** None where only a proposal can do it. */
  who?: Who;
  mine: boolean;
  /** Why who looks may not, though the role is theirs. */
  unless?: ReactNode;
  /** The command that does the same. */
  command: string;
  children: ReactNode;
}

/** A step that waits: the form for those who may, and for everybody who may and the command. */
export function Turn({ who, mine, unless, command, children }: TurnProps) {
  const { t } = useTranslation('attach');
  if (mine)
    return (
      <>
        {children}
        <details className="note">
          <summary>{t('sameByCommand')}</summary>
          <Command text={command} />
        </details>
      </>
    );
  return (
    <>
      {unless && <p className="warn">{unless}</p>}
      {who && <Holders who={who} />}
      <div>
        <span className="faint">{t('byCommand')}</span>
        <Command text={command} />
      </div>
    </>
  );
}

/** A step whose time will come: who may do it then, and by which command. */
export function Later({ who, command }: { who: Who; command: string }) {
  const { t } = useTranslation('attach');
  return (
    <>
      <Holders who={who} />
      <details className="note">
        <summary>{t('sameByCommand')}</summary>
        <Command text={command} />
      </details>
    </>
  );
}
