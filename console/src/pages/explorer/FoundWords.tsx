/** What supervision found of words in a transaction, for who reads findings. */
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { Panel } from '../../components/Page';
import { type FindingSummary, SUPERVISION } from '../supervision/types';
import { SeverityTag, StateTag, useBoth } from '../supervision/Words';

export function FoundWords({ ledger, block, index }: { ledger: string; block: number; index: number }) {
  const { t } = useTranslation(['content', 'supervision']);
  const both = useBoth();
  const query = { event: `${ledger}/${block}/${index}` };
  const { data } = useRead<ApiPage<FindingSummary>>(`${SUPERVISION}/findings`, { query });
  const found = data?.items.filter((one) => one.rule.startsWith('content:')) ?? [];
  if (found.length === 0) return null;
  return (
    <Panel title={t('content:found')}>
      <ul className="stack">
        {found.map((one) => (
          <li key={one.number} className="row">
            <SeverityTag value={one.severity} /> <Link to={`/supervision/findings/${one.number}`}>{both(one.title)}</Link>{' '}
            <StateTag value={one.state} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
