/** What rings now, and the rules that make it ring. */
import { CheckCircleFilled, PlusOutlined } from '@ant-design/icons';
import { Button, Flex, Input, InputNumber, Table, Tag } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type Page as ApiPage, write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Confirm } from '../../components/Confirm';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Scroller } from '../governance/Scroller';
import { draftFrom, RuleEditor } from './RuleEditor';
import { RuleFiles } from './RuleFiles';
import { type Alarm, labelText, type Rule, type RuleDraft, type Severity, type Silence } from './types';

const ALARMS = '/api/v1/alarms';

export function SeverityTag({ severity }: { severity: Severity }) {
  const { t } = useTranslation('monitoring');
  const tone = severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'busy';
  return <StatusTag value={severity} tone={tone} label={t(`alarms.severities.${severity}`)} />;
}

export function Alarms() {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  const [parameters, setParameters] = useSearchParams();
  const [editing, setEditing] = useState<Rule>();
  const asked = parameters.get('new') !== null;
  const rules = useRead<ApiPage<Rule>>(ALARMS, {}, { every: 15_000 });
  const firing = useRead<ApiPage<Alarm>>('/api/v1/alarms/firing', {}, { every: 5_000 });
  const done = () => {
    setEditing(undefined);
    setParameters({});
    void refresh(ALARMS);
  };
  const initial: RuleDraft | undefined = editing ?? (asked ? draftFrom(parameters) : undefined);
  return (
    <Page
      title={t('tabs.alarms')}
      actions={
        may('manageAlarms') && (
          <Flex gap={8} wrap>
            <RuleFiles />
            <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setParameters({ new: 'metric' })}>
              {t('alarms.new')}
            </Button>
          </Flex>
        )
      }
    >
      <section aria-label={t('alarms.firing')} aria-live="polite">
        <Loaded answer={firing} rows={2}>
          {({ items }) => (items.length === 0 ? <Quiet /> : <Ringing alarms={items} />)}
        </Loaded>
      </section>
      <Panel title={t('alarms.rules')} flush>
        <Loaded answer={rules}>{({ items }) => <Rules rules={items} firing={firing.data?.items ?? []} onEdit={setEditing} />}</Loaded>
      </Panel>
      <Silences rules={rules.data?.items ?? []} />
      {initial && <RuleEditor key={editing?.id ?? 'new'} rule={editing} initial={initial} onClose={done} />}
    </Page>
  );
}

function Quiet() {
  const { t } = useTranslation('monitoring');
  return (
    <div className="quiet-sky">
      <CheckCircleFilled style={{ fontSize: 22 }} aria-hidden />
      <strong>{t('alarms.quiet')}</strong>
    </div>
  );
}

function Ringing({ alarms }: { alarms: Alarm[] }) {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  return (
    <div className="tiles wide">
      {alarms.map((alarm) => (
        <div key={`${alarm.ruleId}-${labelText(alarm.labels)}`} className={`tile alarm-tile ${alarm.severity}`}>
          <Flex justify="space-between" gap={8}>
            <SeverityTag severity={alarm.severity} />
            <StatusTag
              value={alarm.state}
              tone={alarm.silencedBy ? 'quiet' : alarm.state === 'firing' ? 'bad' : 'busy'}
              label={alarm.silencedBy ? t('alarms.silenced') : alarm.state === 'firing' ? t('alarms.ringing') : t('alarms.pending')}
            />
          </Flex>
          <div className="tile-title">
            <Untrusted text={alarm.name} characters={120} />
          </div>
          <div className="mono faint">
            <Untrusted text={labelText(alarm.labels) || '–'} characters={160} />
          </div>
          <div>
            {alarm.value !== '' && (
              <>
                {t('alarms.value')}{' '}
                <strong className="number">
                  <Untrusted text={alarm.value} characters={24} />
                </strong>{' '}
                ·{' '}
              </>
            )}
            {t('alarms.since')} <Time value={alarm.firingSince ?? alarm.since} />
          </div>
          {alarm.note && <Untrusted text={alarm.note} characters={400} />}
          {alarm.acknowledged && (
            <div className="good">
              {t('alarms.acknowledged', { by: alarm.acknowledged.by })} <Untrusted text={alarm.acknowledged.comment} characters={160} />
            </div>
          )}
          {may('manageAlarms') && (
            <Flex gap={8} wrap>
              {!alarm.acknowledged && alarm.state === 'firing' && <Acknowledge alarm={alarm} />}
              {!alarm.silencedBy && <SilenceButton ruleId={alarm.ruleId} name={alarm.name} labels={alarm.labels} />}
            </Flex>
          )}
        </div>
      ))}
    </div>
  );
}

function Acknowledge({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('monitoring');
  const [comment, setComment] = useState('');
  return (
    <Confirm
      label={t('alarms.acknowledge')}
      title={`${t('alarms.acknowledge')}: ${alarm.name}`}
      danger={false}
      button={{ size: 'small', type: 'primary' }}
      text={
        <div className="stack">
          <p>{t('alarms.acknowledgeText')}</p>
          <Comment value={comment} onChange={setComment} />
        </div>
      }
      act={async () => {
        await write('post', '/api/v1/alarms/{id}/acknowledge', { comment }, { path: { id: alarm.ruleId } });
        await refresh(ALARMS);
      }}
    />
  );
}

function Comment({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation('monitoring');
  return (
    <label className="field">
      <span>{t('alarms.comment')}</span>
      <Input.TextArea
        value={value}
        onChange={(event) => onChange(event.target.value)}
        maxLength={500}
        autoSize={{ minRows: 2, maxRows: 4 }}
      />
    </label>
  );
}

function SilenceButton({ ruleId, name, labels }: { ruleId: string; name: string; labels?: Alarm['labels'] }) {
  const { t } = useTranslation('monitoring');
  const [comment, setComment] = useState('');
  const [minutes, setMinutes] = useState(60);
  const told = Object.fromEntries(Object.entries(labels ?? {}).filter(([label]) => label !== '__name__'));
  return (
    <Confirm
      label={t('alarms.silence')}
      title={`${t('alarms.silence')}: ${name}`}
      danger={false}
      button={{ size: 'small' }}
      text={
        <div className="stack">
          <p>{t('alarms.silenceText')}</p>
          <label className="field">
            <span>{t('alarms.minutes')}</span>
            <InputNumber min={1} max={43_200} precision={0} value={minutes} onChange={(value) => setMinutes(value ?? 60)} />
          </label>
          <Comment value={comment} onChange={setComment} />
        </div>
      }
      act={async () => {
        await write('post', '/api/v1/alarms/{id}/silence', { minutes, labels: told, comment }, { path: { id: ruleId } });
        await refresh(ALARMS);
      }}
    />
  );
}

/** What a rule watches, in a line. */
function conditionText(rule: Rule, t: (key: string) => string): string {
  const { condition } = rule;
  switch (condition.kind) {
    case 'metric':
      return condition.threshold
        ? `${condition.query}  ${t(`alarms.comparisons.${condition.threshold.comparison}`)}  ${condition.threshold.value}`
        : condition.query;
    case 'absence':
      return condition.query;
    case 'log':
      return `${condition.words} ≥ ${condition.count ?? 1} / ${condition.windowSeconds} s`;
    case 'ledgerEvent':
      return `${[condition.ledger, condition.contract, condition.event].filter(Boolean).join(' · ') || t('alarms.any')} ≥ ${condition.count ?? 1} / ${condition.windowSeconds} s`;
  }
}

function Rules({ rules, firing, onEdit }: { rules: Rule[]; firing: Alarm[]; onEdit: (rule: Rule) => void }) {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  if (rules.length === 0) return <EmptyState title={t('alarms.noRules')} />;
  return (
    <Scroller label={t('alarms.rules')}>
      <Table<Rule>
        aria-label={t('alarms.rules')}
        size="small"
        rowKey="id"
        pagination={rules.length > 50 ? { pageSize: 50 } : false}
        dataSource={rules}
        columns={[
          {
            key: 'state',
            title: '',
            width: 110,
            render: (_, rule) => <RuleState rule={rule} firing={firing} />,
          },
          { key: 'name', title: t('alarms.name'), render: (_, rule) => <Untrusted text={rule.name} characters={60} /> },
          { key: 'severity', title: t('alarms.severity'), render: (_, rule) => <SeverityTag severity={rule.severity} /> },
          { key: 'kind', title: t('alarms.kind'), render: (_, rule) => <Tag>{t(`alarms.short.${rule.condition.kind}`)}</Tag> },
          {
            key: 'condition',
            title: t('alarms.query'),
            render: (_, rule) => (
              <span className="mono">
                <Untrusted text={conditionText(rule, t)} characters={70} />
              </span>
            ),
          },
          ...(may('manageAlarms')
            ? [
                {
                  key: 'acts',
                  title: '',
                  render: (_: unknown, rule: Rule): ReactNode => (
                    <Flex gap={6}>
                      <Button size="small" onClick={() => onEdit(rule)}>
                        {t('edit')}
                      </Button>
                      <SilenceButton ruleId={rule.id} name={rule.name} />
                      <Confirm
                        label={t('delete')}
                        title={t('delete')}
                        text={t('alarms.deleteText', { name: rule.name })}
                        button={{ size: 'small' }}
                        act={async () => {
                          await write('delete', '/api/v1/alarms/{id}', undefined, { path: { id: rule.id } });
                          await refresh(ALARMS);
                        }}
                      />
                    </Flex>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Scroller>
  );
}

function RuleState({ rule, firing }: { rule: Rule; firing: Alarm[] }) {
  const { t } = useTranslation('monitoring');
  if (!rule.enabled) return <StatusTag value="disabled" label={t('alarms.disabled')} />;
  if (rule.problem) {
    return (
      <span title={rule.problem}>
        <StatusTag value="warning" label={t('alarms.problem')} />
      </span>
    );
  }
  const own = firing.filter((alarm) => alarm.ruleId === rule.id);
  if (own.some((alarm) => alarm.state === 'firing')) return <StatusTag value="firing" label={t('alarms.ringing')} />;
  if (own.length > 0) return <StatusTag value="pending" label={t('alarms.pending')} />;
  return <StatusTag value="ok" label={t('alarms.enabled')} />;
}

function Silences({ rules }: { rules: Rule[] }) {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  const answer = useRead<ApiPage<Silence>>('/api/v1/alarms/silences', {}, { every: 30_000 });
  const silences = answer.data?.items ?? [];
  if (silences.length === 0) return null;
  return (
    <Panel title={t('alarms.silences')}>
      <ul className="plain-list">
        {silences.map((silence) => (
          <li key={silence.id}>
            <Flex justify="space-between" gap={8} wrap>
              <span>
                <Untrusted text={rules.find((rule) => rule.id === silence.ruleId)?.name ?? silence.ruleId} />{' '}
                <span className="mono faint">
                  <Untrusted text={labelText(silence.labels)} />
                </span>{' '}
                {t('alarms.until')} <Time value={silence.until} /> · <Untrusted text={silence.by} characters={30} />{' '}
                <Untrusted text={silence.comment} />
              </span>
              {may('manageAlarms') && (
                <Button
                  size="small"
                  onClick={() =>
                    void write('delete', '/api/v1/alarms/silences/{id}', undefined, { path: { id: silence.id } }).then(() =>
                      refresh(ALARMS),
                    )
                  }
                >
                  {t('alarms.endSilence')}
                </Button>
              )}
            </Flex>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
