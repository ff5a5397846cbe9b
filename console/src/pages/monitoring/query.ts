/** Questions to the time series, in the form of Prometheus's HTTP API. */
import { useQuery } from '@tanstack/react-query';
import { read } from '../../api/client';
import { useRead } from '../../api/hooks';
import { Problem } from '../../api/problem';

export interface MetricSeries {
  metric: Record<string, string>;
  values: [number, string][];
}
interface Matrix {
  status: 'success' | 'error';
  data?: { resultType: string; result: MetricSeries[] };
  error?: string;
}

const POINTS = 150;
/** Seconds between two readings of a node: a finer step shows nothing more. */
const STEP_MIN = 5;

export const stepOf = (seconds: number) => Math.max(STEP_MIN, Math.ceil(seconds / POINTS));

/** The series of a query over the last `seconds`, looked at again now and then. */
export function useRange(query: string, seconds: number, enabled = true) {
  const step = stepOf(seconds);
  return useQuery<MetricSeries[]>({
    queryKey: ['/api/v1/query_range', {}, { query, seconds }],
    enabled: enabled && query !== '',
    refetchInterval: Math.max(10_000, step * 1_000),
    placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const end = Math.floor(Date.now() / 1000 / step) * step;
      const answer = await read<Matrix>('/api/v1/query_range', {
        query: { query, start: String(end - seconds), end: String(end), step: String(step) },
        signal,
      }).catch((error: unknown) => {
        // Prometheus's envelope has the reason under a name of its own.
        const reason = error instanceof Problem ? error.members.error : undefined;
        if (error instanceof Problem && typeof reason === 'string')
          throw new Problem({ status: error.status, slug: error.slug, detail: reason });
        throw error;
      });
      if (answer.status !== 'success' || !answer.data) throw new Problem({ status: 400, slug: 'bad-request', detail: answer.error });
      return answer.data.result;
    },
  });
}

/** Numbers of a series; what is no number is a gap. */
export function pointsOf(series: MetricSeries): [number, number | null][] {
  return series.values.map(([at, text]) => {
    const value = Number(text);
    return [at, Number.isFinite(value) ? value : null];
  });
}

/** The names of the nodes that have metrics. */
export function useNodeNames(enabled = true): string[] {
  const { data } = useRead<{ data?: string[] }>('/api/v1/label/{name}/values', { path: { name: 'node' } }, { enabled });
  return (data?.data ?? []).filter((name) => name !== 'console');
}
