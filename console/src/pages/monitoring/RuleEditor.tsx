/** The form of an alarm rule, with a picture of the last hour against its threshold. */
import { AutoComplete, Flex, Form, Input, InputNumber, Segmented, Select, Switch } from 'antd';
import { useDeferredValue } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { LineChart } from '../../components/Chart';
import { harmless } from '../../components/Untrusted';
import { CONTRACTS } from '../governance/acts';
import { Editor, labelsOf, type Pair, Pairs, pairsOf, useNeeded } from './Editor';
import { pointsOf, useNodeNames, useRange } from './query';
import { type Channel, type Comparison, type Condition, type ConditionKind, labelText, type Rule, type RuleDraft } from './types';

const KINDS: ConditionKind[] = ['metric', 'absence', 'log', 'ledgerEvent'];
const COMPARISONS: Comparison[] = ['above', 'atLeast', 'below', 'atMost', 'equal', 'different'];
const LEVELS = ['info', 'warn', 'error'];

interface Preset {
  query: string;
  comparison: Comparison;
  value: number;
  forSeconds: number;
}

/** What people want to know first. */
const PRESETS: Record<string, Preset> = {
  nodeDown: { query: 'up', comparison: 'below', value: 1, forSeconds: 30 },
  heightStill: { query: 'max(delta(civitas_block_height[2m]))', comparison: 'atMost', value: 0, forSeconds: 60 },
  certificate: { query: 'civitas_certificate_seconds_left / 86400', comparison: 'below', value: 30, forSeconds: 0 },
  diskFull: { query: '100 - 100 * host_disk_free_bytes / host_disk_bytes', comparison: 'above', value: 90, forSeconds: 300 },
  cpuHigh: { query: '100 * host_cpu_usage_ratio', comparison: 'above', value: 90, forSeconds: 300 },
  finalitySlow: {
    query:
      '1000 * rate(ledger_simplex_ordering_voting_voter_finalization_latency_sum[1m]) / rate(ledger_simplex_ordering_voting_voter_finalization_latency_count[1m])',
    comparison: 'above',
    value: 1000,
    forSeconds: 60,
  },
};

/** All fields of all kinds, flat; `conditionOf` takes those of the kind. */
interface Filled {
  name: string;
  enabled: boolean;
  severity: RuleDraft['severity'];
  kind: ConditionKind;
  query?: string;
  withThreshold?: boolean;
  comparison?: Comparison;
  value?: number;
  forSeconds?: number;
  keepFiringSeconds?: number;
  words?: string;
  level?: string;
  node?: string;
  count?: number;
  windowSeconds?: number;
  ledger?: string;
  contract?: string;
  event?: string;
  arguments?: Pair[];
  labels?: Pair[];
  note?: string;
  channels?: string[];
  repeatMinutes?: number;
  groupSeconds?: number;
  escalate?: boolean;
  escalateAfter?: number;
  escalateTo?: string[];
}

/** A new rule out of a link, for example from a search in the logs. */
export function draftFrom(given: URLSearchParams): RuleDraft {
  const kind = KINDS.find((each) => each === given.get('new')) ?? 'metric';
  const conditions: Record<ConditionKind, Condition> = {
    metric: { kind: 'metric', query: given.get('query') ?? '', threshold: { comparison: 'above', value: 0 }, forSeconds: 30 },
    absence: { kind: 'absence', query: given.get('query') ?? '', forSeconds: 60 },
    log: { kind: 'log', words: given.get('words') ?? '', level: given.get('level'), node: given.get('node'), count: 1, windowSeconds: 300 },
    ledgerEvent: { kind: 'ledgerEvent', contract: given.get('contract'), event: given.get('event'), count: 1, windowSeconds: 300 },
  };
  return {
    name: given.get('name') ?? '',
    enabled: true,
    severity: 'warning',
    condition: conditions[kind],
    note: '',
    labels: {},
    channels: given.getAll('channel'),
    repeatMinutes: 0,
    groupSeconds: 5,
  };
}

function filledOf(draft: RuleDraft): Filled {
  const { condition, escalation } = draft;
  const { kind, ...rest } = condition;
  const threshold = condition.kind === 'metric' ? condition.threshold : undefined;
  return {
    name: draft.name,
    enabled: draft.enabled,
    severity: draft.severity,
    note: draft.note,
    channels: draft.channels,
    repeatMinutes: draft.repeatMinutes,
    groupSeconds: draft.groupSeconds,
    labels: pairsOf(draft.labels),
    kind,
    count: 1,
    windowSeconds: 300,
    forSeconds: 0,
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)) as Partial<Filled>),
    arguments: condition.kind === 'ledgerEvent' ? pairsOf(condition.arguments) : [],
    withThreshold: condition.kind !== 'metric' || Boolean(threshold),
    comparison: threshold?.comparison ?? 'above',
    value: threshold?.value ?? 0,
    escalate: Boolean(escalation),
    escalateAfter: escalation?.afterMinutes ?? 15,
    escalateTo: escalation?.channels ?? [],
  };
}

function conditionOf(filled: Filled): Condition {
  const text = (value?: string) => (value?.trim() ? value.trim() : undefined);
  switch (filled.kind) {
    case 'metric':
      return {
        kind: 'metric',
        query: filled.query?.trim() ?? '',
        threshold: filled.withThreshold ? { comparison: filled.comparison ?? 'above', value: filled.value ?? 0 } : undefined,
        forSeconds: filled.forSeconds ?? 0,
        keepFiringSeconds: filled.keepFiringSeconds ?? 0,
      };
    case 'absence':
      return { kind: 'absence', query: filled.query?.trim() ?? '', forSeconds: filled.forSeconds ?? 0 };
    case 'log':
      return {
        kind: 'log',
        words: filled.words?.trim() ?? '',
        level: text(filled.level),
        node: text(filled.node),
        count: filled.count ?? 1,
        windowSeconds: filled.windowSeconds ?? 300,
      };
    case 'ledgerEvent':
      return {
        kind: 'ledgerEvent',
        ledger: text(filled.ledger),
        contract: text(filled.contract),
        event: text(filled.event),
        arguments: labelsOf(filled.arguments),
        count: filled.count ?? 1,
        windowSeconds: filled.windowSeconds ?? 300,
      };
  }
}

function draftOf(filled: Filled): RuleDraft {
  return {
    name: filled.name.trim(),
    enabled: filled.enabled,
    severity: filled.severity,
    condition: conditionOf(filled),
    note: filled.note ?? '',
    labels: labelsOf(filled.labels),
    channels: filled.channels ?? [],
    repeatMinutes: filled.repeatMinutes ?? 0,
    groupSeconds: filled.groupSeconds ?? 0,
    escalation: filled.escalate ? { afterMinutes: filled.escalateAfter ?? 15, channels: filled.escalateTo ?? [] } : undefined,
  };
}

interface RuleEditorProps {
  /** The rule that is changed; none for a new one. */
  rule?: Rule;
  initial: RuleDraft;
  onClose: () => void;
}

export function RuleEditor({ rule, initial, onClose }: RuleEditorProps) {
  const { t } = useTranslation('monitoring');
  const [form] = Form.useForm<Filled>();
  const needed = useNeeded();
  const channels = useRead<ApiPage<Channel>>('/api/v1/channels');
  const kind = Form.useWatch('kind', form) ?? initial.condition.kind;
  const escalate = Form.useWatch('escalate', form);
  const options = channels.data?.items.map((channel) => ({ value: channel.id, label: harmless(channel.name, 40) }));
  return (
    <Editor
      path="/api/v1/alarms"
      kept={rule}
      title={t('alarms.new')}
      size={640}
      form={form}
      initial={filledOf(initial)}
      draftOf={draftOf}
      onClose={onClose}
    >
      <Form.Item name="severity" label={t('alarms.severity')}>
        <Segmented
          options={(['info', 'warning', 'critical'] as const).map((value) => ({ value, label: t(`alarms.severities.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="kind" label={t('alarms.kind')}>
        <Select options={KINDS.map((value) => ({ value, label: t(`alarms.kinds.${value}`) }))} />
      </Form.Item>
      {(kind === 'metric' || kind === 'absence') && <MetricFields form={form} kind={kind} />}
      {kind === 'log' && <LogFields />}
      {kind === 'ledgerEvent' && <EventFields />}
      <Form.Item
        name="channels"
        label={t('alarms.channels')}
        extra={options?.length === 0 && <Link to="/monitoring/channels">{t('alarms.noChannels')}</Link>}
      >
        <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={options} loading={channels.isPending} />
      </Form.Item>
      <Flex gap={12} wrap>
        <Form.Item name="groupSeconds" label={t('alarms.group')} style={{ flex: 1 }}>
          <InputNumber min={0} max={3_600} precision={0} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="repeatMinutes" label={t('alarms.repeat')} style={{ flex: 1 }}>
          <InputNumber min={0} max={10_080} precision={0} style={{ width: '100%' }} />
        </Form.Item>
      </Flex>
      <Form.Item name="note" label={t('alarms.note')}>
        <Input.TextArea maxLength={1_000} autoSize={{ minRows: 2, maxRows: 6 }} />
      </Form.Item>
      <Pairs field="labels" label={t('alarms.labels')} />
      <Form.Item name="escalate" label={t('alarms.escalate')} valuePropName="checked">
        <Switch checkedChildren={t('yes')} unCheckedChildren={t('no')} />
      </Form.Item>
      {escalate && (
        <>
          <Form.Item name="escalateAfter" label={t('alarms.escalateAfter')} rules={needed}>
            <InputNumber min={1} max={10_080} precision={0} style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item name="escalateTo" label={t('alarms.escalateTo')} rules={needed}>
            <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={options} />
          </Form.Item>
        </>
      )}
    </Editor>
  );
}

type FormOf = ReturnType<typeof Form.useForm<Filled>>[0];

function MetricFields({ form, kind }: { form: FormOf; kind: 'metric' | 'absence' }) {
  const { t } = useTranslation('monitoring');
  const names = useRead<{ data?: string[] }>('/api/v1/label/{name}/values', { path: { name: '__name__' } });
  const query = Form.useWatch('query', form) ?? '';
  const comparison = Form.useWatch('comparison', form);
  const withThreshold = Form.useWatch('withThreshold', form);
  const value = Form.useWatch('value', form);
  const typed = String(query).trim().toLowerCase();
  const known = (names.data?.data ?? [])
    .filter((name) => typed !== '' && name.toLowerCase().includes(typed) && name !== query)
    .slice(0, 20)
    .map((name) => ({ value: name }));
  const needed = useNeeded();
  return (
    <>
      {kind === 'metric' && (
        <Form.Item label={t('alarms.preset')} htmlFor="alarm-preset">
          <Select
            id="alarm-preset"
            placeholder={t('alarms.preset')}
            options={Object.keys(PRESETS).map((name) => ({ value: name, label: t(`presets.${name}`) }))}
            onChange={(name: string) => {
              const preset = PRESETS[name];
              if (!preset) return;
              form.setFieldsValue({ ...preset, withThreshold: true });
              if (!form.getFieldValue('name')) form.setFieldValue('name', t(`presets.${name}`));
            }}
          />
        </Form.Item>
      )}
      <Form.Item name="query" label={t('alarms.query')} rules={needed}>
        <AutoComplete options={known}>
          <Input.TextArea className="mono" maxLength={1_000} autoSize={{ minRows: 1, maxRows: 5 }} spellCheck={false} />
        </AutoComplete>
      </Form.Item>
      {kind === 'metric' && (
        <Flex gap={12} wrap>
          <Form.Item name="withThreshold" label={t('alarms.threshold')} valuePropName="checked">
            <Switch checkedChildren={t('yes')} unCheckedChildren={t('no')} />
          </Form.Item>
          {withThreshold !== false && (
            <>
              <Form.Item name="comparison" label={t('alarms.comparison')} style={{ minWidth: 140 }}>
                <Select options={COMPARISONS.map((each) => ({ value: each, label: t(`alarms.comparisons.${each}`) }))} />
              </Form.Item>
              <Form.Item name="value" label={t('alarms.value')} rules={needed}>
                <InputNumber style={{ width: 140 }} />
              </Form.Item>
            </>
          )}
        </Flex>
      )}
      <Flex gap={12} wrap>
        <Form.Item name="forSeconds" label={t('alarms.forSeconds')}>
          <InputNumber min={0} max={604_800} precision={0} style={{ width: 200 }} />
        </Form.Item>
        {kind === 'metric' && (
          <Form.Item name="keepFiringSeconds" label={t('alarms.keepSeconds')}>
            <InputNumber min={0} max={604_800} precision={0} style={{ width: 200 }} />
          </Form.Item>
        )}
      </Flex>
      <Preview query={query} threshold={kind === 'metric' && withThreshold !== false && comparison ? Number(value ?? 0) : undefined} />
    </>
  );
}

/** The last hour of what the rule looks at, with its threshold. */
function Preview({ query, threshold }: { query: string; threshold?: number }) {
  const { t } = useTranslation('monitoring');
  const asked = useDeferredValue(query.trim());
  const answer = useRange(asked, 3_600, asked.length > 1);
  const series = answer.data ?? [];
  if (asked.length < 2) return null;
  return (
    <Form.Item label={t('alarms.preview')}>
      {answer.error ? (
        <p className="bad small">{answer.error.message}</p>
      ) : series.length === 0 ? (
        <p className="faint">{t('charts.empty')}</p>
      ) : (
        <LineChart
          label={t('alarms.preview')}
          height={150}
          threshold={threshold}
          series={series
            .slice(0, 12)
            .map((each) => ({ label: harmless(each.metric.node ?? (labelText(each.metric) || asked), 50), points: pointsOf(each) }))}
        />
      )}
    </Form.Item>
  );
}

function Window() {
  const { t } = useTranslation('monitoring');
  return (
    <Flex gap={12} wrap>
      <Form.Item name="count" label={t('alarms.count')}>
        <InputNumber min={1} max={1_000_000} precision={0} style={{ width: 160 }} />
      </Form.Item>
      <Form.Item name="windowSeconds" label={t('alarms.windowSeconds')}>
        <InputNumber min={1} max={86_400} precision={0} style={{ width: 160 }} />
      </Form.Item>
    </Flex>
  );
}

function LogFields() {
  const { t } = useTranslation('monitoring');
  const nodes = useNodeNames();
  // A level alone is enough: many errors, whatever they say.
  const level = Form.useWatch<string | undefined>('level');
  return (
    <>
      <Form.Item
        name="words"
        label={t('alarms.words')}
        extra={t('logs.search')}
        dependencies={['level']}
        rules={[{ required: !level, message: t('alarms.needed') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Flex gap={12} wrap>
        <Form.Item name="level" label={t('alarms.minLevel')} style={{ minWidth: 160 }}>
          <Select allowClear options={LEVELS.map((value) => ({ value, label: t(`logs.levels.${value}`) }))} />
        </Form.Item>
        <Form.Item name="node" label={t('node')} style={{ minWidth: 160 }}>
          <Select allowClear options={nodes.map((value) => ({ value, label: harmless(value, 40) }))} />
        </Form.Item>
      </Flex>
      <Window />
    </>
  );
}

/** Events of system contracts that people most often wait for. */
const EVENTS: Record<string, string[]> = {
  Governance: ['ProposalCreated', 'VoteCast', 'ProposalApproved', 'ProposalRejected', 'ProposalExecuted'],
  Roles: ['Granted', 'Revoked', 'RoleDefined'],
  Control: ['AccountFrozen', 'AccountUnfrozen', 'ContractFrozen', 'PolicyChanged'],
  Nodes: ['NodeRegistered', 'NodeStatusChanged', 'NodeRoleChanged', 'NodeEmergencySuspended'],
  Chains: ['ChainRegistered', 'ChainStatusChanged', 'ChainReviewed', 'ChainAppealed'],
  Identities: ['IdentityCreated', 'StatusChanged', 'AccountBound'],
  Ledgers: ['LedgerCreated', 'LedgerStatusChanged'],
  Offices: ['OpeningRequested', 'OpeningApproved', 'Opened'],
  Organisations: ['OrganisationJoined', 'OrganisationStatusChanged'],
  Audit: ['Anchored'],
};

function EventFields() {
  const { t } = useTranslation('monitoring');
  const form = Form.useFormInstance<Filled>();
  const ledgers = useRead<ApiPage<{ name: string }>>('/api/v1/ledgers');
  const contract = Form.useWatch('contract', form) ?? '';
  return (
    <>
      <Form.Item name="ledger" label={t('alarms.ledger')}>
        <Select
          allowClear
          placeholder={t('alarms.any')}
          options={ledgers.data?.items.map((each) => ({ value: each.name, label: harmless(each.name, 40) }))}
        />
      </Form.Item>
      <Form.Item name="contract" label={t('alarms.contract')}>
        <AutoComplete allowClear placeholder={t('alarms.any')} options={Object.keys(CONTRACTS).map((value) => ({ value }))} />
      </Form.Item>
      <Form.Item name="event" label={t('alarms.event')}>
        <AutoComplete allowClear placeholder={t('alarms.any')} options={(EVENTS[contract] ?? []).map((value) => ({ value }))} />
      </Form.Item>
      <Pairs field="arguments" label={t('alarms.arguments')} />
      <Window />
    </>
  );
}
