/** What is charted: the queries by group. `$node` stands where a node can be chosen, `$window` is the window of rates. */

export interface ChartSpec {
  name: string;
  queries: { query: string; label?: string }[];
  unit?: string;
  /** The label whose value names a series. */
  by: string;
  area?: boolean;
}

const VOTER = 'ledger_simplex_ordering_voting_voter';
const rate = (metric: string, labels = '$node') => `rate(${metric}{${labels}}[$window])`;
/** Mean milliseconds of a histogram or of a sum and a count. */
const mean = (sum: string, count: string) => `1000 * sum by (node) (${rate(sum)}) / sum by (node) (${rate(count)})`;

export const GROUPS: { name: string; host?: boolean; charts: ChartSpec[] }[] = [
  {
    name: 'ledger',
    charts: [
      { name: 'transactions', queries: [{ query: rate('civitas_transactions_total') }], by: 'node' },
      { name: 'height', queries: [{ query: 'civitas_block_height{$node}' }], by: 'node' },
      {
        name: 'apply',
        queries: [{ query: mean('civitas_block_apply_seconds_sum', 'civitas_block_apply_seconds_count') }],
        by: 'node',
        unit: 'ms',
      },
      { name: 'gas', queries: [{ query: rate('civitas_gas_used_total') }], by: 'node' },
      { name: 'omitted', queries: [{ query: rate('civitas_transactions_omitted_total') }], by: 'node' },
      { name: 'up', queries: [{ query: 'up{$node}' }], by: 'node' },
    ],
  },
  {
    name: 'consensus',
    charts: [
      {
        name: 'finality',
        queries: [{ query: mean(`${VOTER}_finalization_latency_sum`, `${VOTER}_finalization_latency_count`) }],
        by: 'node',
        unit: 'ms',
      },
      { name: 'views', queries: [{ query: rate(`${VOTER}_state_current_view`) }], by: 'node' },
      { name: 'timeouts', queries: [{ query: `60 * sum by (node) (${rate(`${VOTER}_state_timeouts_total`)})` }], by: 'node' },
      { name: 'waiting', queries: [{ query: 'ledger_simplex_ordering_payloads_waiters{$node}' }], by: 'node' },
    ],
  },
  {
    name: 'network',
    charts: [
      { name: 'peers', queries: [{ query: 'count by (node) (network_tracker_directory_connected{$node} > 0)' }], by: 'node' },
      { name: 'dropped', queries: [{ query: `sum by (node) (${rate('links_dropped_messages_total')})` }], by: 'node' },
      { name: 'refused', queries: [{ query: `60 * sum by (node) (${rate('network_links_refused_handshakes_total')})` }], by: 'node' },
    ],
  },
  {
    name: 'rpc',
    charts: [
      { name: 'calls', queries: [{ query: `sum by (node) (${rate('civitas_rpc_calls_total')})` }], by: 'node' },
      { name: 'methods', queries: [{ query: `topk(6, sum by (method) (${rate('civitas_rpc_calls_total')}))` }], by: 'method' },
      { name: 'callTime', queries: [{ query: mean('civitas_rpc_call_seconds_total', 'civitas_rpc_calls_total') }], by: 'node', unit: 'ms' },
    ],
  },
  {
    name: 'process',
    charts: [
      { name: 'processCpu', queries: [{ query: `100 * ${rate('process_cpu_seconds_total')}` }], by: 'node', unit: '%' },
      { name: 'processMemory', queries: [{ query: 'process_resident_memory_bytes{$node}' }], by: 'node', unit: 'B' },
      { name: 'processDisk', queries: [{ query: rate('process_disk_written_bytes_total') }], by: 'node', unit: 'B/s' },
    ],
  },
  {
    name: 'host',
    host: true,
    charts: [
      { name: 'hostCpu', queries: [{ query: '100 * host_cpu_usage_ratio' }], by: 'host', unit: '%', area: true },
      { name: 'hostMemory', queries: [{ query: '100 * host_memory_used_bytes / host_memory_bytes' }], by: 'host', unit: '%', area: true },
      { name: 'hostDisk', queries: [{ query: '100 - 100 * host_disk_free_bytes / host_disk_bytes' }], by: 'mount', unit: '%' },
      {
        name: 'hostNetwork',
        queries: [
          { query: 'sum(rate(host_network_receive_bytes_total[$window]))', label: 'received' },
          { query: 'sum(rate(host_network_transmit_bytes_total[$window]))', label: 'sent' },
        ],
        by: 'device',
        unit: 'B/s',
      },
    ],
  },
];

/** A query with the node and the window put in. */
export function fill(query: string, node: string, seconds: number): string {
  const window = `${Math.max(30, Math.ceil(seconds / 60))}s`;
  const label = node ? `node="${node.replace(/["\\]/g, '')}"` : '';
  return query.replaceAll('$node', label).replaceAll('$window', window);
}
