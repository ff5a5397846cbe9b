/** Small parts that all pages of supervision share. */
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Address, Hash } from '../../components/Hash';
import { Identity } from '../../components/Identity';
import { StatusTag, type Tone } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import type { Act, Both, FindingEvidence, FindingFigure, Mode, Severity, State } from './types';

const SEVERITY_TONES: Record<Severity, Tone> = { critical: 'bad', high: 'warn', warning: 'busy', notice: 'quiet' };
const MODE_TONES: Record<Mode, Tone> = { active: 'good', shadow: 'busy', retired: 'quiet' };
const STATE_TONES: Record<State, Tone> = { open: 'warn', dismissed: 'quiet' };

export function SeverityTag({ value }: { value: Severity }) {
  const { t } = useTranslation('supervision');
  return <StatusTag value={value} tone={SEVERITY_TONES[value]} label={t(`severities.${value}`)} />;
}

export function ModeTag({ value }: { value: Mode }) {
  const { t } = useTranslation('supervision');
  return <StatusTag value={value} tone={MODE_TONES[value]} label={t(`modes.${value}`)} />;
}

export function StateTag({ value }: { value: State }) {
  const { t } = useTranslation('supervision');
  return <StatusTag value={value} tone={STATE_TONES[value]} label={t(`states.${value}`)} />;
}

/** A text of a rule in the language of the page; people wrote it. */
export function useBoth() {
  const { i18n } = useTranslation('supervision');
  return (both: Both) => (i18n.language === 'zh' ? both.zh : both.en);
}

const KEYS = /(0x|did:civitas:)([0-9a-f]{6})[0-9a-f]{28,}([0-9a-f]{4})/gi;

/** A text with its accounts and identities cut to what people tell apart; they stand whole beside it. */
export const readable = (text: string) => text.replace(KEYS, '$1$2…$3');

const ACCOUNT = /^0x[0-9a-f]{40}$/i;

/** Whom a finding is about: an identity, an account of its ledger, or a name. */
export function Subject({ value, ledger }: { value: string; ledger: string }) {
  if (value.startsWith('did:civitas:')) return <Identity did={value} />;
  if (ACCOUNT.test(value)) return <Address value={value} ledger={ledger} />;
  return <Untrusted text={value} characters={48} />;
}

/** Who did something. */
export function Actor({ value }: { value: string }) {
  if (value.startsWith('did:civitas:')) return <Identity did={value} copy={false} />;
  if (ACCOUNT.test(value)) return <Address value={value} ledger="main" copy={false} />;
  return <Untrusted text={value} characters={40} />;
}

/** An event behind a finding, with a link to where it can be looked at. */
export function Evidence({ value }: { value: FindingEvidence }) {
  const { t } = useTranslation('supervision');
  if (value.transaction) return <Hash value={value.transaction} kind="transaction" ledger={value.ledger} />;
  if (value.height === null || value.height === undefined) return <Untrusted text={value.event} characters={60} />;
  return (
    <Link to={`/explorer/${encodeURIComponent(value.ledger)}/blocks/${value.height}`}>
      {t('block', { height: value.height.toLocaleString() })}
    </Link>
  );
}

/** Figures against their limits: what the rule measured, and what it allows. */
export function Figures({ figures }: { figures: FindingFigure[] }) {
  return (
    <dl className="measured">
      {figures.map((figure) => (
        <div key={`${figure.expression}${figure.comparison}${figure.limit}`}>
          <dt className="mono">
            <Untrusted text={figure.expression} characters={160} />
          </dt>
          <dd>
            <strong className="number">
              <Untrusted text={figure.value} characters={60} />
            </strong>{' '}
            <span className="faint">{figure.comparison}</span> <Untrusted text={figure.limit} characters={60} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What was done, newest first. */
export function History({ acts }: { acts: Act[] }) {
  const { t } = useTranslation('supervision');
  if (acts.length === 0) return <p className="note">{t('noHistory')}</p>;
  return (
    <ol className="acts">
      {acts.map((act) => (
        <li key={act.number}>
          <Time value={act.at} /> <Actor value={act.actor} /> <strong>{t(`acts.${act.act}`, { defaultValue: act.act })}</strong>{' '}
          <Untrusted text={act.detail} characters={400} />
        </li>
      ))}
    </ol>
  );
}
