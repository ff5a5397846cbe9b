/** Writes a version of a rule: every expression is compiled while one types, with the fault at its line, and the rule can be run over history first. */
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Flex, Input, Select } from 'antd';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { asProblem } from '../../api/problem';
import { Page, Panel } from '../../components/Page';
import { Loaded, useProblemText } from '../../components/States';
import { BackTestPanel } from './BackTest';
import { type RuleCheck, type RuleDetail, type RuleDraft, type RuleFault, SEVERITIES, SUPERVISION } from './types';

/** How long after the last key a rule is compiled. */
const CHECK_AFTER_MS = 350;

const EMPTY: RuleDraft = {
  id: '',
  owner: '',
  legalBasis: '',
  severity: 'warning',
  title: { zh: '', en: '' },
  text: { zh: '{subject}', en: '{subject}' },
  when: "event.kind == 'transfer'",
  subject: 'has(from.did) ? from.did : from.account',
  define: {},
  condition: 'event.amount >= 50000',
  silence: null,
  cooldown: '24h',
};

export function RuleEditor() {
  const { id } = useParams();
  const answer = useRead<RuleDetail>(`${SUPERVISION}/rules/{id}`, { path: { id: id ?? '' } }, { enabled: id !== undefined });
  if (id === undefined) return <Form initial={EMPTY} basedOn={0} />;
  return (
    <Loaded answer={answer}>
      {(detail) => <Form initial={detail.versions[0]?.rule ?? EMPTY} basedOn={detail.versions[0]?.version ?? 0} />}
    </Loaded>
  );
}

/** Definitions as lines with a key of their own, so that a name can be typed letter by letter. */
interface Line {
  key: number;
  name: string;
  text: string;
}
let keys = 0;
const line = (name = '', text = ''): Line => ({ key: keys++, name, text });

function Form({ initial, basedOn }: { initial: RuleDraft; basedOn: number }) {
  const { t } = useTranslation('supervision');
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [draft, setDraft] = useState(initial);
  const [lines, setLines] = useState(() => Object.entries(initial.define ?? {}).map(([name, text]) => line(name, text)));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const rule: RuleDraft = {
    ...draft,
    define: Object.fromEntries(lines.filter(({ name }) => name.trim()).map(({ name, text }) => [name.trim(), text])),
    when: draft.when || null,
    condition: draft.condition || null,
    silence: draft.silence || null,
    cooldown: draft.cooldown || null,
  };
  const check = useCheck(rule);
  const set = (part: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...part }));
  const fault = check?.fault ?? undefined;
  async function save() {
    setBusy(true);
    setError(undefined);
    try {
      await write('post', `${SUPERVISION}/rules`, { basedOn, rule });
      await refresh(SUPERVISION);
      await navigate(`/supervision/rules/${rule.id}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <Page
      title={basedOn === 0 ? t('rules.new') : t('rules.newVersion')}
      crumb={<Link to="/supervision/rules">{t('tabs.rules')}</Link>}
      subtitle={t('rules.editHint')}
      actions={
        <Flex gap={8} wrap>
          <Button onClick={() => void navigate(-1)}>{t('cancel')}</Button>
          <Button type="primary" loading={busy} disabled={!check || fault !== undefined} onClick={() => void save()}>
            {t('rules.save')}
          </Button>
        </Flex>
      }
    >
      <div className="stack rule-form">
        {said && <Alert type="error" showIcon title={said.title} description={said.detail} />}
        <Panel title={t('rules.who')}>
          <div className="form-grid">
            <Field label={t('parts.id')} fault={fault} part="id">
              {(control) => (
                <Input
                  {...control}
                  value={draft.id}
                  disabled={basedOn > 0}
                  maxLength={64}
                  spellCheck={false}
                  onChange={(event) => set({ id: event.target.value })}
                />
              )}
            </Field>
            <Field label={t('filters.severity')} fault={fault} part="severity">
              {(control) => (
                <Select
                  {...control}
                  value={draft.severity}
                  options={SEVERITIES.map((value) => ({ value, label: t(`severities.${value}`) }))}
                  onChange={(severity) => set({ severity })}
                />
              )}
            </Field>
            <Field label={t('rules.owner')} fault={fault} part="owner">
              {(control) => (
                <Input {...control} value={draft.owner} maxLength={200} onChange={(event) => set({ owner: event.target.value })} />
              )}
            </Field>
            <Field label={t('finding.basis')} fault={fault} part="legal_basis">
              {(control) => (
                <Input
                  {...control}
                  value={draft.legalBasis}
                  maxLength={500}
                  onChange={(event) => set({ legalBasis: event.target.value })}
                />
              )}
            </Field>
            {(['zh', 'en'] as const).map((language) => (
              <Field key={language} label={t(`parts.title${language === 'zh' ? 'Zh' : 'En'}`)} fault={fault} part="title">
                {(control) => (
                  <Input
                    {...control}
                    value={draft.title[language]}
                    maxLength={200}
                    onChange={(event) => set({ title: { ...draft.title, [language]: event.target.value } })}
                  />
                )}
              </Field>
            ))}
            {(['zh', 'en'] as const).map((language) => (
              <Field key={language} label={t(`parts.text${language === 'zh' ? 'Zh' : 'En'}`)} fault={fault} part="text">
                {(control) => (
                  <Input.TextArea
                    {...control}
                    value={draft.text[language]}
                    maxLength={2_000}
                    autoSize={{ minRows: 2, maxRows: 6 }}
                    onChange={(event) => set({ text: { ...draft.text, [language]: event.target.value } })}
                  />
                )}
              </Field>
            ))}
          </div>
        </Panel>
        <Panel title={t('rules.what')}>
          <div className="stack">
            <Expression label={t('parts.when')} part="when" fault={fault} value={draft.when ?? ''} onChange={(when) => set({ when })} />
            <Expression
              label={t('parts.subject')}
              part="subject"
              fault={fault}
              value={draft.subject}
              onChange={(subject) => set({ subject })}
            />
            <Definitions lines={lines} onChange={setLines} fault={fault} />
            <Expression
              label={t('parts.condition')}
              part="condition"
              fault={fault}
              value={draft.condition ?? ''}
              onChange={(condition) => set({ condition })}
            />
            <div className="form-grid">
              {(['silence', 'cooldown'] as const).map((part) => (
                <Field key={part} label={t(`parts.${part}`)} fault={fault} part={part}>
                  {(control) => (
                    <Input
                      {...control}
                      className="mono"
                      value={draft[part] ?? ''}
                      maxLength={16}
                      placeholder="24h"
                      spellCheck={false}
                      onChange={(event) => set({ [part]: event.target.value })}
                    />
                  )}
                </Field>
              ))}
            </div>
            <div aria-live="polite">
              {check && !fault && <Alert type="success" showIcon title={t('rules.compiles')} description={<Horizon check={check} />} />}
              {fault && (
                <Alert type="warning" showIcon title={t('rules.doesNotCompile', { part: fault.part })} description={fault.message} />
              )}
            </div>
          </div>
        </Panel>
        <BackTestPanel rule={rule} ready={check !== undefined && fault === undefined} />
      </div>
    </Page>
  );
}

function Horizon({ check }: { check: RuleCheck }) {
  const { t } = useTranslation('supervision');
  const hours = (check.horizonSeconds ?? 0) / 3_600;
  const days = hours / 24;
  return t('rules.horizon', {
    span: days >= 2 ? t('days', { days: Math.round(days) }) : t('hours', { hours: Math.round(hours * 10) / 10 }),
  });
}

/** Compiles a draft a moment after it was changed. */
function useCheck(rule: RuleDraft) {
  const text = JSON.stringify(rule);
  const [checked, setChecked] = useState<{ text: string; check: RuleCheck }>();
  useEffect(() => {
    let over = false;
    const timer = window.setTimeout(() => {
      write<RuleCheck>('post', `${SUPERVISION}/rules/check`, JSON.parse(text))
        .then((check) => !over && setChecked({ text, check }))
        .catch((failure: unknown) => {
          const fault = { part: '', message: asProblem(failure).message, line: null, column: null, expected: null, found: null };
          if (!over) setChecked({ text, check: { fault, horizonSeconds: null } });
        });
    }, CHECK_AFTER_MS);
    return () => {
      over = true;
      window.clearTimeout(timer);
    };
  }, [text]);
  return checked?.text === text ? checked.check : undefined;
}

interface Control {
  id: string;
  status?: 'error';
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
}

/** A field with its name above it and what is wrong below it. */
function Field({
  label,
  part,
  fault,
  children,
}: {
  label: string;
  part: string;
  fault?: RuleFault;
  children: (control: Control) => ReactNode;
}) {
  const id = useId();
  const own = fault?.part === part ? fault : undefined;
  const control: Control = own ? { id, status: 'error', 'aria-describedby': `${id}-fault`, 'aria-invalid': true } : { id };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(control)}
      {own && (
        <span id={`${id}-fault`} className="fault bad small">
          {own.message}
        </span>
      )}
    </div>
  );
}

/** An expression; the fault stands at its line, with a mark below the character. */
function Expression({
  label,
  part,
  fault,
  value,
  onChange,
}: {
  label: string;
  part: string;
  fault?: RuleFault;
  value: string;
  onChange: (value: string) => void;
}) {
  const { t } = useTranslation('supervision');
  const id = useId();
  const own = fault?.part === part ? fault : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <Input.TextArea
        id={id}
        className="mono"
        value={value}
        status={own ? 'error' : undefined}
        aria-invalid={own ? true : undefined}
        aria-describedby={own ? `${id}-fault` : undefined}
        maxLength={4_096}
        autoSize={{ minRows: 1, maxRows: 10 }}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      {own && (
        <div id={`${id}-fault`} className="fault">
          {own.line && own.column ? (
            <>
              <pre className="fault-line">
                <span className="faint">{own.line} │ </span>
                {value.split('\n')[own.line - 1] ?? ''}
                {'\n'}
                <span className="bad">
                  {' '.repeat(String(own.line).length + 3 + own.column - 1)}
                  {'▲'}
                </span>
              </pre>
              <span className="bad small">
                {t('rules.place', { line: own.line, column: own.column })}: {own.message}
              </span>
            </>
          ) : (
            <span className="bad small">{own.message}</span>
          )}
        </div>
      )}
    </div>
  );
}

function Definitions({ lines, onChange, fault }: { lines: Line[]; onChange: (lines: Line[]) => void; fault?: RuleFault }) {
  const { t } = useTranslation('supervision');
  const change = (key: number, part: Partial<Line>) => onChange(lines.map((one) => (one.key === key ? { ...one, ...part } : one)));
  return (
    <fieldset className="definitions">
      <legend>{t('parts.define')}</legend>
      {lines.map((one) => (
        <Flex key={one.key} gap={8} align="flex-start">
          <Input
            aria-label={t('parts.name')}
            className="mono definition-name"
            value={one.name}
            maxLength={40}
            spellCheck={false}
            onChange={(event) => change(one.key, { name: event.target.value })}
          />
          <div className="definition-text">
            <Expression
              label={one.name || t('parts.expression')}
              part={`define.${one.name}`}
              fault={fault}
              value={one.text}
              onChange={(text) => change(one.key, { text })}
            />
          </div>
          <Button
            aria-label={`${t('remove')}: ${one.name}`}
            icon={<DeleteOutlined aria-hidden />}
            onClick={() => onChange(lines.filter((other) => other.key !== one.key))}
          />
        </Flex>
      ))}
      <Button size="small" icon={<PlusOutlined aria-hidden />} disabled={lines.length >= 16} onClick={() => onChange([...lines, line()])}>
        {t('parts.add')}
      </Button>
      {fault?.part === 'define' && <div className="bad small">{fault.message}</div>}
    </fieldset>
  );
}
