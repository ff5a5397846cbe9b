import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useRouteError } from 'react-router';
import { Problem } from '../api/problem';
import { ErrorState } from '../components/States';

/** A page that broke: most often a part of the console that a newer version replaced. */
export function PageFault() {
  const { t } = useTranslation('shell');
  const error = useRouteError();
  const stale = error instanceof TypeError && /import|module|fetch/i.test(error.message);
  return (
    <div className="page">
      <ErrorState
        error={
          new Problem({
            status: 0,
            slug: stale ? 'new-version' : 'page-broken',
            detail: error instanceof Error ? error.message : undefined,
          })
        }
      />
      <div className="state-actions center">
        <Button type="primary" onClick={() => window.location.reload()}>
          {t('reload')}
        </Button>
      </div>
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation('shell');
  return (
    <div className="page">
      <ErrorState error={new Problem({ status: 404, slug: 'no-page' })} />
      <div className="state-actions center">
        <Link to="/" className="button-link">
          {t('toOverview')}
        </Link>
      </div>
    </div>
  );
}
