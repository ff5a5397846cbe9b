/** Who may do a step: those whom the ledger lets, and whether the person who looks is one of them. */
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../../api/hooks';
import { useRights, useSession } from '../../../api/session';
import { useRoleWords } from '../../../components/HeldRole';
import { useSigner } from '../../../wallet/wallet';
import { CONTRACTS } from '../../governance/acts';
import { Subject } from '../../governance/GrantTable';
import { isSubject } from '../../governance/represented';
import type { Grant, WhoCan } from '../../governance/types';

/** Grants that are looked at: a function of the registry is permitted to a handful. */
const GRANTS = 200;
/** Holders that are named; the rest stands on the page of the roles. */
const NAMED = 6;

export interface Who {
  /** Who can call the function, for the organisation that it is about. */
  holders: Grant[];
  /** Those grants that are of who signs here, or is signed in. */
  mine: Grant[];
  account?: string | null;
  /** Whether the ledger has answered. */
  isKnown: boolean;
}

/** Who can call a function; of grants that hold for one organisation only those that are for `organisation`, if it is given. */
export function useWho(contract: 'Chains' | 'Anchors', name: string, organisation?: string): Who {
  const may = useRights();
  const signer = useSigner();
  const { session } = useSession();
  const query = { contract: CONTRACTS[contract], function: name, limit: GRANTS };
  const { data } = useRead<WhoCan>('/api/v1/permissions/who-can', { query }, { every: 30_000 });
  const holders = (data?.items ?? []).filter(
    ({ status, scope }) => status === 'InForce' && (!organisation || scope.kind !== 'Organisation' || scope.value === organisation),
  );
  const account = signer?.account ?? session?.account;
  const did = account?.toLowerCase() === session?.account?.toLowerCase() ? session?.identity : undefined;
  const mine = may('transact') ? holders.filter((grant) => isSubject(grant, account, did)) : [];
  return { holders, mine, account, isKnown: data !== undefined };
}

/** The people by name, with the role by which they may. */
export function Holders({ who }: { who: Who }) {
  const { t } = useTranslation('attach');
  const words = useRoleWords();
  if (!who.isKnown) return null;
  if (who.holders.length === 0) return <p className="faint">{t('who.nobody')}</p>;
  return (
    <div>
      <span className="faint">{t('who.may')}</span>
      <ul className="guide-holders">
        {who.holders.slice(0, NAMED).map((grant) => (
          <li key={grant.id}>
            <Subject grant={grant} />
            <span className="faint small">
              {grant.roleName && words.role({ role: grant.roleName })}
              {grant.scope.kind !== 'City' &&
                grant.scope.name &&
                ` · ${words.scope({ role: '', scope: `Organisation ${grant.scope.name}` })}`}
            </span>
          </li>
        ))}
      </ul>
      {who.holders.length > NAMED && <Link to="/governance/roles">{t('who.more', { count: who.holders.length - NAMED })}</Link>}
    </div>
  );
}
