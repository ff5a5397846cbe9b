import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, useLocation, useNavigate } from 'react-router';
import type { Page as PageOf } from '../../api/client';
import { useRead } from '../../api/hooks';
import type { LedgerSummary } from '../../api/types';
import { AttestedNote, isForeign } from '../../components/Attested';
import { useLedger } from '../../components/Hash';
import { Page } from '../../components/Page';
import { harmless } from '../../components/Untrusted';

const TABS = ['blocks', 'transactions', 'accounts', 'contracts', 'tokens', 'events', 'flows'] as const;

/** The frame of the lists: which ledger, and which list. */
export function ListFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const base = `/explorer/${encodeURIComponent(ledger)}`;
  return (
    <Page title={title} crumb={<LedgerPicker />}>
      <nav className="tabs" aria-label={t('lists')}>
        <NavLink to={base} end>
          {t('newest')}
        </NavLink>
        {TABS.map((tab) => (
          <NavLink key={tab} to={`${base}/${tab}`}>
            {t(`tabs.${tab}`)}
          </NavLink>
        ))}
      </nav>
      {isForeign(ledger) && <AttestedNote ledger={ledger} />}
      {children}
    </Page>
  );
}

function LedgerPicker() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const navigate = useNavigate();
  const location = useLocation();
  const answer = useRead<PageOf<LedgerSummary>>('/api/v1/ledgers');
  const items = answer.data?.items ?? [];
  const own = items.filter((each) => each.kind === 'own').map((each) => each.name);
  const foreign = items.filter((each) => each.kind === 'foreign');
  if (!items.some((each) => each.name === ledger)) own.unshift(ledger);
  const rest = location.pathname.split('/').slice(3).join('/');
  return (
    <label className="row">
      {t('ledger')}
      <select
        className="plain-select"
        value={ledger}
        onChange={(event) => void navigate(`/explorer/${encodeURIComponent(event.target.value)}${rest ? `/${rest}` : ''}`)}
      >
        {own.map((name) => (
          <option key={name} value={name}>
            {name === 'main' ? t('main') : name}
          </option>
        ))}
        {foreign.length > 0 && (
          <optgroup label={t('foreign.group')}>
            {foreign.map(({ name, attestation }) => (
              <option key={name} value={name}>
                {attestation?.title ? `${harmless(attestation.title, 40)} (${name})` : name}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}

/** The way back from one thing to its list. */
export function Crumb({ list }: { list: (typeof TABS)[number] }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const base = `/explorer/${encodeURIComponent(ledger)}`;
  return (
    <>
      <Link to={base}>{ledger === 'main' ? t('main') : ledger}</Link> / <Link to={`${base}/${list}`}>{t(`tabs.${list}`)}</Link>
    </>
  );
}
