import { Navigate, Outlet, useLocation } from 'react-router';
import { Problem } from '../api/problem';
import { type Right, useSession, wasSignedIn } from '../api/session';
import { ErrorState } from '../components/States';

/** Shows its pages to those who have the right; others read what is missing. The server refuses in any case. */
export function Gate({ right }: { right: Right }) {
  const { session } = useSession();
  if (!session) return null;
  if (session.rights.includes(right)) return <Outlet />;
  return session.method ? <ErrorState error={new Problem({ status: 403, slug: 'right-missing' })} /> : <SignInFirst />;
}

/** Who comes from outside is led to the sign-in, and back; who was here until now reads that the session has ended. */
function SignInFirst() {
  const { pathname, search } = useLocation();
  if (wasSignedIn()) return <ErrorState error={new Problem({ status: 401, slug: 'not-signed-in' })} />;
  return <Navigate to="/login" replace state={{ from: pathname + search }} />;
}

/** The same for pages about the own session. */
export function SignedInGate() {
  const { session } = useSession();
  if (!session) return null;
  return session.method ? <Outlet /> : <SignInFirst />;
}
