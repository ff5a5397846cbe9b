import { Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { asProblem, type Problem } from '../api/problem';
import { harmless } from './Untrusted';

/** A problem in words: what happened and what to do; the server's own words stand below as detail. */
export function useProblemText() {
  const { t } = useTranslation('problems');
  return (error: unknown) => {
    const problem = asProblem(error);
    const known = t(`${problem.slug}.title`, { defaultValue: '' });
    const seconds = problem.retryAfterSeconds ?? 60;
    return {
      problem,
      title: problem.title ? harmless(problem.title, 300) : known || t('fault.title'),
      hint: t(`${problem.slug}.hint`, { seconds, defaultValue: known || problem.title ? '' : t('fault.hint') }),
      detail: problem.detail ? harmless(problem.detail, 600) : undefined,
    };
  };
}

const needsLogin = (problem: Problem) => problem.status === 401;

/** Stands where data would be when reading it failed. */
export function ErrorState({ error, retry, compact = false }: { error: unknown; retry?: () => void; compact?: boolean }) {
  const { t } = useTranslation('shell');
  const location = useLocation();
  const { problem, title, hint, detail } = useProblemText()(error);
  return (
    <div className={compact ? 'state error-state compact' : 'state error-state'} role="alert">
      <div className="state-mark bad" aria-hidden="true">
        !
      </div>
      <p className="state-title">{title}</p>
      {hint && <p className="state-hint">{hint}</p>}
      {detail && detail !== title && <p className="state-detail">{detail}</p>}
      <div className="state-actions">
        {needsLogin(problem) && (
          <Link to="/login" state={{ from: location.pathname + location.search }} className="button-link">
            {t('signIn')}
          </Link>
        )}
        {retry && !needsLogin(problem) && <Button onClick={retry}>{t('retry')}</Button>}
      </div>
    </div>
  );
}

/** Stands where a list would be when it has nothing in it; says what would be here and how it comes about. */
export function EmptyState({ title, hint, action }: { title?: string; hint?: string; action?: ReactNode }) {
  const { t } = useTranslation('shell');
  return (
    <div className="state">
      <div className="state-mark" aria-hidden="true">
        ∅
      </div>
      <p className="state-title">{title ?? t('empty')}</p>
      {hint && <p className="state-hint">{hint}</p>}
      {action && <div className="state-actions">{action}</div>}
    </div>
  );
}

export const Loading = ({ rows = 6 }: { rows?: number }) => (
  <div className="loading" aria-busy="true">
    <Skeleton active title={false} paragraph={{ rows }} />
  </div>
);

interface Answer<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}
/** Shows an answer of `useRead`: its data, or that it is loading, or what went wrong. */
export function Loaded<T>({ answer, children, rows }: { answer: Answer<T>; children: (data: T) => ReactNode; rows?: number }) {
  if (answer.data !== undefined) return <>{children(answer.data)}</>;
  if (answer.error) return <ErrorState error={answer.error} retry={() => void answer.refetch()} />;
  return <Loading rows={rows} />;
}
