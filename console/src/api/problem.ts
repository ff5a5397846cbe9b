/** What went wrong with a request, as the server says it (RFC 9457) or as the browser saw it. */
export class Problem extends Error {
  readonly status: number;
  /** The last part of the problem's `type`; texts are in `problems.json` under this name. */
  readonly slug: string;
  /** One sentence of the server, in the language of the page. */
  readonly title?: string;
  /** What exactly, in English; may quote a node or the request. */
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
  /** Further members of the document, for example the field that was refused. */
  readonly members: Record<string, unknown>;

  constructor(fields: {
    status: number;
    slug: string;
    title?: string;
    detail?: string;
    retryAfterSeconds?: number;
    members?: Record<string, unknown>;
  }) {
    super(fields.detail ?? fields.slug);
    this.name = 'Problem';
    this.status = fields.status;
    this.slug = fields.slug;
    this.title = fields.title;
    this.detail = fields.detail;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.members = fields.members ?? {};
  }
}

const byStatus: Record<number, string> = {
  400: 'invalid-request',
  401: 'not-signed-in',
  403: 'right-missing',
  404: 'not-found',
  409: 'conflict',
  412: 'conflict',
  413: 'too-large',
  422: 'invalid-request',
  429: 'too-many-requests',
  502: 'node-unreachable',
  503: 'unavailable',
  504: 'node-unreachable',
};

/** Reads a refused answer; `body` is the decoded JSON, if it was JSON. */
export function problemOf(response: Response, body: unknown): Problem {
  const members = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const type = typeof members.type === 'string' && members.type !== 'about:blank' ? members.type : undefined;
  const slug = type?.split(/[/:#]/).filter(Boolean).pop() ?? byStatus[response.status] ?? 'fault';
  const text = (name: string) => (typeof members[name] === 'string' && members[name] !== '' ? members[name] : undefined);
  const retry = Number(response.headers.get('retry-after'));
  return new Problem({
    status: response.status,
    slug,
    title: text('title'),
    detail: text('detail'),
    retryAfterSeconds: retry > 0 ? retry : undefined,
    members,
  });
}

/** Any thrown value as a problem: a failed `fetch` means that the console cannot be reached. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem({ status: 0, slug: 'offline' });
  return new Problem({ status: 0, slug: 'unexpected', detail: error instanceof Error ? error.message : undefined });
}
