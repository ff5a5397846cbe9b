import { useMemo } from 'react';
import { read, setCsrf, write } from './client';
import { queries, useRead } from './hooks';
import type { components } from './schema';
import { restartStream } from './stream';

/** What a session may do in the console; the server decides, pages only hide what would be refused. */
export type Right = components['schemas']['Right'];
export type Session = components['schemas']['SessionView'];

const PATH = '/api/v1/session';

let before = false;
/** Whether somebody was signed in on this page, and did not sign out. */
export const wasSignedIn = () => before;

export function useSession() {
  const answer = useRead<Session>(PATH, {}, { every: 60_000 });
  const session = answer.data;
  if (session?.csrf) setCsrf(session.csrf);
  if (session?.method) before = true;
  return { ...answer, session };
}

/** `const may = useRights(); may('operate')`. */
export function useRights() {
  const { session } = useSession();
  return useMemo(() => {
    const rights = new Set(session?.rights);
    return (right: Right) => rights.has(right);
  }, [session?.rights]);
}

/** Takes over the session that a sign-in gave, and forgets what was read without it. */
export async function signedIn() {
  restartStream();
  const session = await read<Session>(PATH);
  if (session.csrf) setCsrf(session.csrf);
  queries.clear();
  queries.setQueryData([PATH, {}, {}], session);
  return session;
}

export async function signOut() {
  await write('delete', PATH);
  before = false;
  restartStream();
  setCsrf('');
  queries.clear();
  await queries.invalidateQueries();
}
