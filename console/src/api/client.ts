import createClient from 'openapi-fetch';
import i18n from '../i18n';
import { asProblem, Problem, problemOf } from './problem';
import { setReachable } from './reachable';

export type Query = Record<string, string | number | boolean | undefined>;
export interface Parameters {
  path?: Record<string, string | number>;
  query?: Query;
  signal?: AbortSignal;
}
/** One page of a list; `next` is the cursor of the following one. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}
type Method = 'get' | 'post' | 'put' | 'delete';

// biome-ignore lint/suspicious/noExplicitAny: paths are checked against the document by test/paths.test.ts
const client = createClient<any>({ credentials: 'same-origin' });

/** How long a question may take: a page that waits longer looks dead, and says so. */
const READ_MS_MAX = 20_000;
/** How long an act may take: a node that starts, a mail server that hesitates. */
const WRITE_MS_MAX = 60_000;

let csrf = '';
/** The session's token against cross-site requests; every write carries it. */
export function setCsrf(token: string) {
  csrf = token;
}

type Prove = () => Promise<boolean>;
let prove: Prove | undefined;
/** Says how a person proves anew who they are when the server asks for it (`proof-not-fresh`). */
export function onStepUp(handler: Prove | undefined) {
  prove = handler;
}

const listeners = new Set<() => void>();
/** Calls back when the server no longer knows the session. */
export function onSignedOut(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

async function once<T>(method: Method, path: string, parameters: Parameters, body: unknown): Promise<T> {
  const headers: Record<string, string> = { 'accept-language': i18n.language === 'zh' ? 'zh-CN' : 'en' };
  if (method !== 'get') headers['x-csrf-token'] = csrf;
  let answer: { data?: unknown; error?: unknown; response: Response };
  try {
    answer = await client.request(method, path, {
      params: { path: parameters.path, query: parameters.query },
      headers,
      signal: AbortSignal.any([
        AbortSignal.timeout(method === 'get' ? READ_MS_MAX : WRITE_MS_MAX),
        ...(parameters.signal ? [parameters.signal] : []),
      ]),
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem({ status: 0, slug: 'unexpected' });
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    if (late || error instanceof TypeError) setReachable(false);
    if (late) throw new Problem({ status: 0, slug: 'timeout' });
    throw error instanceof DOMException ? error : asProblem(error);
  }
  setReachable(true);
  if (!answer.response.ok) throw problemOf(answer.response, answer.error);
  return answer.data as T;
}

async function send<T>(method: Method, path: string, parameters: Parameters, body?: unknown): Promise<T> {
  try {
    return await once<T>(method, path, parameters, body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.slug === 'proof-not-fresh' && prove && (await prove())) return once<T>(method, path, parameters, body);
    if (error.status === 401) for (const listener of listeners) listener();
    throw error;
  }
}

/** Reads; `path` is a path of the document, its placeholders are filled from `parameters.path`. */
export const read = <T>(path: string, parameters: Parameters = {}) => send<T>('get', path, parameters);
/** Writes, with the token against cross-site requests, and with a fresh proof when the server wants one. */
export const write = <T = unknown>(method: 'post' | 'put' | 'delete', path: string, body?: unknown, parameters: Parameters = {}) =>
  send<T>(method, path, parameters, body);
