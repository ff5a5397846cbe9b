import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { Page as PageOf } from '../../api/client';
import { useRead } from '../../api/hooks';
import type { SearchHit } from '../../api/types';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { harmless, Untrusted } from '../../components/Untrusted';

/** Where the page of something that was found is. */
export function placeOf(hit: SearchHit): string {
  const id = encodeURIComponent(hit.id);
  const ledger = encodeURIComponent(hit.ledger ?? 'main');
  switch (hit.kind) {
    case 'block':
    case 'transaction':
    case 'account':
    case 'contract':
    case 'token':
      return `/explorer/${ledger}/${hit.kind}s/${id}`;
    case 'organisation':
    case 'role':
    case 'proposal':
      return `/governance/${hit.kind}s/${id}`;
    case 'node':
      return '/governance/nodes';
    case 'identity':
      return `/identities/${id}`;
    case 'chain':
      return `/chains/${id}`;
    default:
      return `/ledgers/${id}`;
  }
}

export default function Search() {
  const { t } = useTranslation('explorer');
  const [search] = useSearchParams();
  const q = (search.get('q') ?? '').slice(0, 128);
  const answer = useRead<PageOf<SearchHit>>('/api/v1/search', { query: { q } }, { enabled: q !== '' });
  const [only, second] = answer.data?.items ?? [];
  if (only && !second) return <Navigate to={placeOf(only)} replace />;
  return (
    <Page title={t('search.title')} subtitle={<Untrusted text={q} characters={80} />}>
      {q === '' ? (
        <EmptyState title={t('search.ask')} hint={t('search.hint')} />
      ) : (
        <Loaded answer={answer}>
          {(found) =>
            found.items.length === 0 ? <EmptyState title={t('search.nothing')} hint={t('search.hint')} /> : <Hits hits={found.items} />
          }
        </Loaded>
      )}
    </Page>
  );
}

function Hits({ hits }: { hits: SearchHit[] }) {
  const { t } = useTranslation('explorer');
  return (
    <Panel>
      <ul className="rows">
        {hits.map((hit) => (
          <li key={`${hit.kind} ${hit.ledger} ${hit.id}`}>
            <span className="hit-kind">{t(`search.kinds.${hit.kind}`, { defaultValue: hit.kind })}</span>
            <span className="grow">
              <Link to={placeOf(hit)}>
                <Untrusted text={hit.title || hit.id} characters={90} />
              </Link>
              {hit.detail && (
                <span className="block faint small">
                  <Untrusted text={hit.detail} characters={140} />
                </span>
              )}
            </span>
            {hit.ledger && <span className="faint small">{hit.ledger === 'main' ? t('main') : harmless(hit.ledger, 30)}</span>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
