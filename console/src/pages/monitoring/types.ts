/** Alarm rules, alarms and channels, as the API has them. */

export type Severity = 'info' | 'warning' | 'critical';
export type Comparison = 'above' | 'atLeast' | 'below' | 'atMost' | 'equal' | 'different';
export type Labels = Record<string, string>;

export type Condition =
  | {
      kind: 'metric';
      query: string;
      threshold?: { comparison: Comparison; value: number } | null;
      forSeconds?: number;
      keepFiringSeconds?: number;
    }
  | { kind: 'absence'; query: string; forSeconds?: number }
  | { kind: 'log'; words: string; level?: string | null; node?: string | null; count?: number; windowSeconds: number }
  | {
      kind: 'ledgerEvent';
      ledger?: string | null;
      contract?: string | null;
      event?: string | null;
      arguments?: Labels;
      count?: number;
      windowSeconds: number;
    };
export type ConditionKind = Condition['kind'];

export interface RuleDraft {
  name: string;
  enabled: boolean;
  severity: Severity;
  condition: Condition;
  note: string;
  labels: Labels;
  channels: string[];
  repeatMinutes: number;
  groupSeconds: number;
  escalation?: { afterMinutes: number; channels: string[] } | null;
}
export interface Rule extends RuleDraft {
  id: string;
  version: number;
  changedBy: string;
  changedAt: string;
  problem?: string | null;
}
export interface Alarm {
  ruleId: string;
  name: string;
  severity: Severity;
  labels: Labels;
  state: 'pending' | 'firing';
  value: string;
  note: string;
  since: string;
  firingSince?: string | null;
  silencedBy?: string | null;
  acknowledged?: { by: string; at: string; comment: string } | null;
}
export interface Silence {
  id: string;
  ruleId: string;
  labels: Labels;
  until: string;
  by: string;
  at: string;
  comment: string;
}
export interface HistoryEntry {
  number: number;
  at: string;
  change: string;
  subject: string;
  name: string;
  severity?: Severity | null;
  labels?: Labels;
  by?: string | null;
  detail: string;
}

/** What became of the rules of a file. */
export interface RulesImport {
  created: string[];
  changed: string[];
  unchanged: string[];
  recording: string[];
  missingChannels: string[];
}

export type ChannelKind = 'mail' | 'webhook' | 'dingTalk' | 'weCom' | 'feishu' | 'slack';
export interface ChannelTarget {
  kind: ChannelKind;
  url?: string;
  secret?: string | null;
  host?: string;
  port?: number;
  security?: 'tls' | 'startTls' | 'none';
  user?: string | null;
  password?: string | null;
  from?: string;
  to?: string[];
  headers?: Labels;
}
export interface ChannelDraft {
  name: string;
  enabled: boolean;
  language: 'zh' | 'en';
  target: ChannelTarget;
}
export interface Channel extends ChannelDraft {
  id: string;
  version: number;
  changedBy: string;
  changedAt: string;
  summary: string;
}
export interface TestOutcome {
  delivered: boolean;
  detail: string;
  elapsedMs: number;
}

/** The labels of an alarm in a line, without the name of the metric. */
export const labelText = (labels: Labels | undefined) =>
  Object.entries(labels ?? {})
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
