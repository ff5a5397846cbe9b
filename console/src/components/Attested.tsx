import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../api/hooks';
import type { LedgerDetail } from '../api/types';
import { Count } from './Amount';
import { harmless } from './Untrusted';

/** Whether a ledger is a chain that is not the city's own: its name is CAIP-2, with a colon. */
export const isForeign = (ledger: string) => ledger.includes(':');

/** What lists show of a foreign chain before anything else: who says so, how far, and what is not known. */
export function AttestedNote({ ledger }: { ledger: string }) {
  const { t } = useTranslation('explorer');
  const answer = useRead<LedgerDetail>('/api/v1/ledgers/{ledger}', { path: { ledger } }, { every: 5_000 });
  const attestation = answer.data?.attestation;
  if (!answer.data || !attestation) return null;
  return (
    <section className="panel" role="status">
      <div className="panel-body stack">
        <p>
          <strong>{t('foreign.attested', { threshold: attestation.threshold, gateways: attestation.gateways })}</strong>{' '}
          <Link to={`/chains/${encodeURIComponent(ledger)}`}>{attestation.title ? harmless(attestation.title, 60) : ledger}</Link>{' '}
          <span className="faint">
            {t('foreign.anchoredTo')} <Count value={answer.data.height} />
            {answer.data.lag > 0 && ` · ${t('foreign.behind', { count: answer.data.lag })}`}
          </span>
        </p>
        {attestation.startHeight > 0 && <p className="note">{t('foreign.partial', { height: attestation.startHeight + 1 })}</p>}
        {attestation.fault && <p className="warn">{harmless(attestation.fault, 400)}</p>}
        {attestation.refusals
          .filter((refusal) => refusal.isFalse)
          .map((refusal) => (
            <p key={refusal.gateway} className="warn">
              {t('foreign.false', { gateway: harmless(refusal.gateway, 80), height: refusal.fromHeight })}{' '}
              <span className="small">{harmless(refusal.reason, 300)}</span>
            </p>
          ))}
      </div>
    </section>
  );
}

/** In one line, beside the name of a ledger. */
export function AttestedLabel({ threshold, gateways }: { threshold: number; gateways: number }) {
  const { t } = useTranslation('explorer');
  return <span className="method">{t('foreign.attested', { threshold, gateways })}</span>;
}
