/** Early warnings: what left its band, what passed its threshold, and what will. */
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { brief } from '../../components/drawings/figures';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';
import { readable } from '../supervision/Words';
import type { Warning } from './types';

/** Warnings that are shown; the trends show all. */
const SHOWN_MAX = 8;
const TONES = { above: 'bad', leftBand: 'warn', willBeAbove: 'warn' } as const;
const SIGNS = { above: '▲', leftBand: '◆', willBeAbove: '△' };

export const trendPath = (warning: Pick<Warning, 'ledger' | 'step' | 'asset'>) => {
  const query = new URLSearchParams({ ledger: warning.ledger, step: warning.step });
  if (warning.asset) query.set('asset', warning.asset);
  return `/situation/trends?${query}`;
};

export function Warnings({ warnings }: { warnings: Warning[] }) {
  const { t } = useTranslation('situation');
  if (warnings.length === 0) return <p className="note">{t('warnings.none')}</p>;
  return (
    <ul className="warnings">
      {warnings.slice(0, SHOWN_MAX).map((warning) => (
        <li key={`${warning.ledger}${warning.measure}${warning.asset}${warning.step}${warning.cause}`} className={TONES[warning.cause]}>
          <span className="warning-sign" aria-hidden="true">
            {SIGNS[warning.cause]}
          </span>
          <span>
            <Link to={trendPath(warning)}>
              {harmless(warning.ledger, 32)} · {t(`measures.${warning.measure}`)}
              {warning.asset && ` · ${warning.asset === 'coin' ? t('coin') : readable(warning.asset)}`}
            </Link>
            <span className="warning-text">
              {t(`warnings.${warning.cause}`, {
                figure: brief(warning.figure),
                limit: brief(warning.limit),
                step: t(`perStep.${warning.step}`),
              })}{' '}
              <span className="faint">
                <Time value={warning.at} />
              </span>
            </span>
          </span>
        </li>
      ))}
      {warnings.length > SHOWN_MAX && <li className="faint">{t('warnings.more', { count: warnings.length - SHOWN_MAX })}</li>}
    </ul>
  );
}
