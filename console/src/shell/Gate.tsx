import { Outlet } from 'react-router';
import { Problem } from '../api/problem';
import { type Right, useSession } from '../api/session';
import { ErrorState } from '../components/States';

/** Shows its pages to those who have the right; others read what is missing. The server refuses in any case. */
export function Gate({ right }: { right: Right }) {
  const { session } = useSession();
  if (!session) return null;
  if (session.rights.includes(right)) return <Outlet />;
  return (
    <ErrorState error={new Problem(session.method ? { status: 403, slug: 'right-missing' } : { status: 401, slug: 'not-signed-in' })} />
  );
}

/** The same for pages about the own session. */
export function SignedInGate() {
  const { session } = useSession();
  if (!session) return null;
  return session.method ? <Outlet /> : <ErrorState error={new Problem({ status: 401, slug: 'not-signed-in' })} />;
}
