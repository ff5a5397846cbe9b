/** Small parts that all pages of the situation room share. */
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { brief } from '../../components/drawings/figures';
import { StatusTag, type Tone } from '../../components/StatusTag';
import { harmless, Untrusted } from '../../components/Untrusted';
import { readable } from '../supervision/Words';
import { type Chain, type ChainHealth, type Evidence, levelOf, type Moved, type Reason } from './types';

export const HEALTH_TONES: Record<ChainHealth, Tone> = { well: 'good', lagging: 'warn', silent: 'warn', faulty: 'bad', unseen: 'quiet' };

export function HealthTag({ value }: { value: ChainHealth }) {
  const { t } = useTranslation('situation');
  return <StatusTag value={value} tone={HEALTH_TONES[value]} label={t(`health.${value}`)} />;
}

/** What a chain is called: by its operator, else by its name in the index. */
export function useChainName() {
  const { t } = useTranslation('situation');
  return (chain: Pick<Chain, 'name' | 'title' | 'kind'>) =>
    chain.kind === 'main' ? t('mainLedger') : harmless(chain.title || chain.name, 40);
}

/** A score as a number in a ring: the ring tells how much, the colour how grave. */
export function Score({ value, size = 40 }: { value: number; size?: number }) {
  const { t } = useTranslation('situation');
  const round = 2 * Math.PI * 16;
  return (
    <svg
      className={`score ${levelOf(value)}`}
      width={size}
      height={size}
      viewBox="0 0 40 40"
      role="img"
      aria-label={t('scoreOf', { score: value })}
    >
      <circle cx="20" cy="20" r="16" className="score-track" />
      <circle
        cx="20"
        cy="20"
        r="16"
        className="score-part"
        strokeDasharray={`${(round * value) / 100} ${round}`}
        transform="rotate(-90 20 20)"
      />
      <text x="20" y="24.5" textAnchor="middle">
        {value}
      </text>
    </svg>
  );
}

const of = (ledger: string | null | undefined) => encodeURIComponent(ledger ?? 'main');

/** Where the evidence of a reason is looked at. */
export function evidencePath(evidence: Evidence): string {
  const { ledger, subject, rule } = evidence;
  switch (evidence.kind) {
    case 'finding':
      return `/supervision/findings/${evidence.number}`;
    case 'findings': {
      const query = new URLSearchParams({ state: 'open' });
      if (rule) query.set('rule', rule);
      if (subject) query.set('subject', subject);
      if (ledger) query.set('ledger', ledger);
      return `/supervision/findings?${query}`;
    }
    case 'flows':
      return `/explorer/${of(ledger)}/flows?account=${subject}`;
    case 'failed':
      return `/explorer/${of(ledger)}/transactions?status=failed`;
    case 'identity':
      return `/identities/${encodeURIComponent(subject ?? '')}`;
    case 'case':
      return `/cases/${evidence.number}`;
    case 'account':
      return `/explorer/${of(ledger)}/accounts/${subject}`;
    default:
      return ledger?.includes(':') ? `/chains/${of(ledger)}` : `/explorer/${of(ledger)}`;
  }
}

/** Reasons of a score, each with its points and a way to its evidence. */
export function Reasons({ reasons }: { reasons: Reason[] }) {
  const { t } = useTranslation('situation');
  if (reasons.length === 0) return <p className="note">{t('noReasons')}</p>;
  const most = Math.max(...reasons.map((reason) => reason.points));
  return (
    <ul className="reasons">
      {reasons.map((reason, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: reasons have no name of their own, and are shown in one order
        <li key={`${reason.kind}${reason.about}${index}`}>
          <span className="reason-points number">+{reason.points}</span>
          <span className="reason-text">
            <Link to={evidencePath(reason.evidence)}>
              {t(`reasons.${reason.kind}`, {
                count: reason.amount,
                about: reason.about ? readable(harmless(reason.about, 64)) : '',
                time: t('minutes', { count: Math.floor(reason.amount / 60) }),
              })}
            </Link>
            <span className="reason-bar" aria-hidden="true">
              <i style={{ width: `${(100 * reason.points) / most}%` }} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Whole units in few letters; the exact amount is in the title. */
export function Units({ value }: { value: string }) {
  return (
    <span className="number" title={value}>
      {brief(Number(value))}
    </span>
  );
}

/** What was moved of some assets, in a line. */
export function Assets({ moved }: { moved: Moved[] }) {
  const { t } = useTranslation('situation');
  if (moved.length === 0) return <span className="faint">–</span>;
  return (
    <ul className="moved">
      {moved.map((one) => (
        <li key={`${one.ledger}${one.token?.address}`}>
          {one.amount !== '0' && (
            <>
              <Units value={one.amount} />{' '}
            </>
          )}
          {one.token ? (
            <Link to={`/explorer/${of(one.ledger)}/tokens/${one.token.address}`}>
              <Untrusted text={one.token.symbol ?? readable(one.token.address)} characters={12} />
            </Link>
          ) : (
            t('coin')
          )}{' '}
          <span className="faint">× {one.payments.toLocaleString()}</span>
        </li>
      ))}
    </ul>
  );
}

/** Sixty minutes as bars. */
export function Minutes({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  const width = 240 / Math.max(1, values.length);
  return (
    <svg className="minutes" viewBox="0 0 240 36" preserveAspectRatio="none" role="img" aria-label={label}>
      {values.map((value, index) => {
        const height = value === 0 ? 1 : 2 + (33 * value) / most;
        const x = index * width;
        return <rect key={x} x={x} y={36 - height} width={width - 0.8} height={height} className={value === 0 ? 'none' : ''} />;
      })}
    </svg>
  );
}
