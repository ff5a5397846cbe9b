/** Rankings of risk: each score with the reasons that add up to it, and where their evidence is. */
import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { Page as ListPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { Address } from '../../components/Hash';
import { Identity } from '../../components/Identity';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { harmless, Untrusted } from '../../components/Untrusted';
import { Reasons, Score } from './Parts';
import { levelOf, RISK_KINDS, type Risk, type RiskKind, SITUATION } from './types';

export function Risks() {
  const { t } = useTranslation('situation');
  const [search, setSearch] = useSearchParams();
  const kind = RISK_KINDS.find((one) => one === search.get('kind')) ?? 'chain';
  const answer = useRead<ListPage<Risk>>(`${SITUATION}/risks`, { query: { kind } }, { every: 20_000 });
  return (
    <Page
      title={t('risks.title')}
      subtitle={t('risks.subtitle')}
      actions={
        <Segmented
          aria-label={t('risks.kind')}
          value={kind}
          options={RISK_KINDS.map((value) => ({ value, label: t(`risks.kinds.${value}`) }))}
          onChange={(value) => setSearch({ kind: value }, { replace: true })}
        />
      }
    >
      <Panel>
        <Loaded answer={answer} rows={8}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title={t('risks.none')} hint={t('risks.noneHint')} />
            ) : (
              <ol className="ranking">
                {items.map((risk, index) => (
                  <Ranked key={`${risk.ledger}${risk.id}`} risk={risk} isOpen={index === 0} />
                ))}
              </ol>
            )
          }
        </Loaded>
      </Panel>
      <p className="note">{t('risks.formula')}</p>
    </Page>
  );
}

function Ranked({ risk, isOpen }: { risk: Risk; isOpen: boolean }) {
  const { t } = useTranslation('situation');
  return (
    <li className={levelOf(risk.score)}>
      <Score value={risk.score} size={48} />
      <div className="ranked-body">
        <div className="ranked-name">
          <SubjectOf risk={risk} />
          {risk.kind === 'account' && risk.ledger && <span className="faint small">{harmless(risk.ledger, 32)}</span>}
        </div>
        <Parts risk={risk} />
        <details open={isOpen}>
          <summary>{t('risks.reasons', { count: risk.reasons.length })}</summary>
          <Reasons reasons={risk.reasons} />
        </details>
      </div>
    </li>
  );
}

function SubjectOf({ risk }: { risk: Risk }) {
  if (risk.kind === 'identity') return <Identity did={risk.id} />;
  if (risk.kind === 'account') return <Address value={risk.id} name={risk.title} ledger={risk.ledger ?? undefined} />;
  const path = {
    chain: `/situation?chain=${encodeURIComponent(risk.id)}`,
    organisation: `/governance/organisations/${encodeURIComponent(risk.id)}`,
  }[risk.kind as Exclude<RiskKind, 'identity' | 'account'>];
  return (
    <Link to={path}>
      <Untrusted text={risk.title || risk.id} characters={48} />
    </Link>
  );
}

/** The score as its parts: a part a reason, as wide as its points. */
function Parts({ risk }: { risk: Risk }) {
  return (
    <div className="score-parts" aria-hidden="true">
      {risk.reasons.map((reason, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: reasons are shown in one order
        <i key={index} className={`part-${index % 6}`} style={{ width: `${Math.min(100, reason.points)}%` }} />
      ))}
    </div>
  );
}
