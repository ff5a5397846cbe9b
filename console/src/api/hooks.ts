import { QueryClient, useQuery } from '@tanstack/react-query';
import { type Parameters, read } from './client';
import { asProblem } from './problem';

/** The name of an answer in the cache. */
export const keyOf = (path: string, parameters: Parameters = {}) => [path, parameters.path ?? {}, parameters.query ?? {}] as const;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Refusals stay refusals; only what the network or a starting node did is tried again.
      retry: (count, error) => count < 2 && [0, 502, 503, 504].includes(asProblem(error).status) && asProblem(error).slug !== 'timeout',
      refetchOnWindowFocus: false,
      // A lost connection is a problem that the page tells, not a reason to wait in silence.
      networkMode: 'always',
    },
  },
});

export interface ReadOptions {
  enabled?: boolean;
  /** Milliseconds between two looks. */
  every?: number;
}

/** Looks again every so often, but for an answer that was refused from the beginning: it is asked for again when a person wants to. */
export const looking = (every: number | undefined) => (query: { state: { data: unknown; error: unknown } }) =>
  every === undefined || (query.state.data === undefined && query.state.error !== null) ? false : every;

/** An answer of the API, with its state: `const { data, error, isPending } = useRead<Overview>('/api/v1/overview')`. */
export function useRead<T>(path: string, parameters: Parameters = {}, options: ReadOptions = {}) {
  return useQuery<T>({
    queryKey: keyOf(path, parameters),
    queryFn: ({ signal }) => read<T>(path, { ...parameters, signal }),
    enabled: options.enabled,
    refetchInterval: looking(options.every),
  });
}

/** Forgets the answers of a path, so that pages that show them ask again. */
export const refresh = (path: string) => queries.invalidateQueries({ predicate: (query) => String(query.queryKey[0]).startsWith(path) });
