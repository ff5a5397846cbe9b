/** The order of a command, guided: what, about whom, where, how strongly, until when; and what will happen, before it is signed. */
import { Alert, Form, Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { refresh, useRead } from '../../api/hooks';
import { Page, Panel } from '../../components/Page';
import { SignAndSend } from '../../components/SignAndSend';
import { Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { harmless, Untrusted } from '../../components/Untrusted';
import type { Call } from '../../wallet/send';
import {
  ACTIONS,
  type CaseChain,
  type CaseDetail,
  type CaseSummary,
  type CommandAction,
  type CommandLevel,
  LEVELS,
  SHORT_MAX,
  type SubjectDetail,
  TEXT_MAX,
} from './types';
import { WordsItem } from './Words';

const MAIN = `0x${'0'.repeat(64)}`;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HOUR_SECONDS = 3_600;
/** Seconds until a command has to be proven: from what a chain of seconds takes to what a slow one with people does. */
const DEADLINES = [600, HOUR_SECONDS, 6 * HOUR_SECONDS, 24 * HOUR_SECONDS, 72 * HOUR_SECONDS, 168 * HOUR_SECONDS];

interface Filled {
  action: CommandAction;
  chain: string;
  target: string;
  level: CommandLevel;
  basis: string;
  reason: string;
  deadline: number;
}

export function OrderCommand() {
  const { t } = useTranslation('cases');
  const id = Number(useParams().id);
  const found = useRead<CaseDetail>('/api/v1/cases/{id}', { path: { id } });
  return (
    <Loaded answer={found}>
      {({ summary }) => (
        <Page
          title={t('order.title')}
          crumb={<Link to={`/cases/${id}`}>{t('case.name', { id })}</Link>}
          subtitle={<Untrusted text={summary.title} characters={160} />}
        >
          <Known summary={summary} />
        </Page>
      )}
    </Loaded>
  );
}

function Known({ summary }: { summary: CaseSummary }) {
  const answer = useRead<SubjectDetail>('/api/v1/cases/subject', { query: { subject: summary.subject } });
  return <Loaded answer={answer}>{(subject) => <OrderForm summary={summary} subject={subject} />}</Loaded>;
}

const of = (action: CommandAction) => action.replace(/^(freeze|lift)/, '') as 'Chain' | 'Contract' | 'Account' | 'Identity';

/** What the form begins with: the strongest that the city knows about the subject. */
function begin(subject: SubjectDetail, summary: CaseSummary): Filled {
  const first = subject.targets.find((target) => target.chain);
  const named = subject.chains.find((chain) => chain.caip2 === summary.subject);
  const action: CommandAction = subject.identity
    ? 'freezeIdentity'
    : first
      ? first.isContract
        ? 'freezeContract'
        : 'freezeAccount'
      : 'freezeChain';
  const chain = (named?.id ?? first?.chain ?? MAIN) as string;
  const has = subject.chains.find((one) => one.id === chain)?.hasHook;
  return {
    action,
    chain: action === 'freezeIdentity' ? MAIN : chain,
    target: action === 'freezeIdentity' ? (subject.identity ?? '') : (first?.address ?? ''),
    level: has && action !== 'freezeIdentity' ? 'hook' : 'isolation',
    basis: summary.legalBasis,
    reason: '',
    deadline: HOUR_SECONDS,
  };
}

function OrderForm({ summary, subject }: { summary: CaseSummary; subject: SubjectDetail }) {
  const { t } = useTranslation('cases');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const initial = begin(subject, summary);
  const action = Form.useWatch('action', form) ?? initial.action;
  const chainId = Form.useWatch('chain', form) ?? initial.chain;
  const level = Form.useWatch('level', form) ?? initial.level;
  const kind = of(action);
  const chain = subject.chains.find((one) => one.id === chainId);
  const targets = subject.targets.filter(
    (target) => target.chain === chainId && (kind === 'Contract' ? target.isContract : kind === 'Account'),
  );
  const needsDeadline = level === 'hook' || kind === 'Identity';
  /** A change of one answer can make another impossible: then that falls back to what is possible. */
  function settle(changed: Partial<Filled>) {
    const all = form.getFieldsValue();
    if (changed.action) {
      const next = of(changed.action);
      if (next === 'Identity') form.setFieldsValue({ chain: MAIN, level: 'isolation', target: subject.identity ?? '' });
      else if (next === 'Chain' && all.chain === MAIN) form.setFieldValue('chain', subject.chains.find((one) => !one.isMain)?.id);
      else if (of(action) === 'Identity') form.setFieldValue('target', subject.targets.find((one) => one.chain)?.address ?? '');
    }
    const settled = subject.chains.find((one) => one.id === form.getFieldValue('chain'));
    if (changed.chain) {
      const here = subject.targets.find((target) => target.chain === changed.chain);
      if (here && of(all.action) !== 'Chain') form.setFieldValue('target', here.address);
    }
    if (!settled?.hasHook) form.setFieldValue('level', 'isolation');
    else if (changed.chain) form.setFieldValue('level', 'hook');
  }
  async function call(): Promise<Call | undefined> {
    try {
      await form.validateFields();
    } catch {
      return undefined;
    }
    const filled = { ...initial, ...form.getFieldsValue(true) } as Filled;
    const target = kind === 'Chain' ? '0x' : kind === 'Identity' ? filled.target.replace(/^did:civitas:/, '0x') : filled.target.trim();
    const order = {
      caseId: summary.id,
      chain: filled.chain,
      action: ACTIONS.indexOf(filled.action),
      target,
      level: LEVELS.indexOf(filled.level),
      legalBasis: filled.basis.trim(),
      reason: filled.reason.trim(),
      deadlineSeconds: needsDeadline ? filled.deadline : 0,
    };
    return { contract: 'Cases', function: 'order', arguments: [order] };
  }
  // Accounts of a partition ledger are those of the main ledger.
  const chains = subject.chains.filter((one) => (kind === 'Chain' ? !one.isMain : !one.isPartition));
  return (
    <Panel>
      <Form
        form={form}
        layout="vertical"
        className="narrow order-form"
        initialValues={initial}
        onValuesChange={(changed: Partial<Filled>) => settle(changed)}
      >
        <Form.Item name="action" label={t('order.what')} required>
          <Select
            options={ACTIONS.filter((one) => of(one) !== 'Identity' || subject.identity).map((value) => ({
              value,
              label: t(`actions.${value}`),
            }))}
          />
        </Form.Item>
        {kind !== 'Identity' && (
          <Form.Item name="chain" label={t('command.chain')} rules={[{ required: true, message: t('form.needed') }]}>
            <Select
              showSearch={{ optionFilterProp: 'label' }}
              options={chains.map((one) => ({
                value: one.id,
                label: one.isMain ? t('mainLedger') : harmless(`${one.name} · ${one.caip2}`, 80),
              }))}
            />
          </Form.Item>
        )}
        {(kind === 'Account' || kind === 'Contract') && (
          <Form.Item
            name="target"
            label={t(`order.targets.${kind}`)}
            extra={targets.length > 0 ? t('order.known', { accounts: targets.map((one) => one.address).join(', ') }) : t('order.unknown')}
            rules={[{ pattern: ADDRESS, required: true, message: t('order.wrongTarget') }]}
          >
            <Input spellCheck={false} placeholder="0x…" />
          </Form.Item>
        )}
        {kind === 'Identity' ? (
          <Bound subject={subject} />
        ) : (
          <Form.Item name="level" label={t('order.how')} required>
            <Radio.Group>
              <LevelChoice level="hook" chain={chain} />
              <LevelChoice level="isolation" chain={chain} />
            </Radio.Group>
          </Form.Item>
        )}
        <WordsItem name="basis" label={t('basis')} bytes={SHORT_MAX} rows={2} />
        <WordsItem name="reason" label={t('order.reason')} bytes={TEXT_MAX} rows={3} hint={t('order.reasonHint')} />
        {needsDeadline && (
          <Form.Item name="deadline" label={t('order.deadline')} extra={t('order.deadlineHint')}>
            <Select options={DEADLINES.map((value) => ({ value, label: t(`order.deadlines.${value}`) }))} />
          </Form.Item>
        )}
        <Alert type="info" showIcon title={t('order.before')} style={{ marginBottom: 16 }} />
        <SignAndSend
          label={t('order.sign')}
          title={t('order.title')}
          text={t('order.before')}
          danger={action.startsWith('freeze')}
          call={call}
          onDone={() => {
            void refresh('/api/v1/');
            void navigate(`/cases/${summary.id}`);
          }}
        />
      </Form>
    </Panel>
  );
}

/** A level, with what it can do on this chain. */
function LevelChoice({ level, chain }: { level: CommandLevel; chain?: CaseChain }) {
  const { t } = useTranslation('cases');
  const possible = level === 'isolation' || chain?.hasHook;
  const name = chain?.isMain ? t('mainLedger') : harmless(chain?.name ?? '', 40);
  const text =
    level === 'hook'
      ? possible
        ? t('levels.hook.text', { chain: name, threshold: chain?.threshold })
        : chain?.isMain
          ? t('levels.hook.main')
          : t(chain?.isPartition ? 'levels.hook.partition' : 'levels.hook.missing', { chain: name })
      : chain?.isMain
        ? t('levels.isolation.main')
        : t(chain?.isPartition ? 'levels.isolation.partition' : 'levels.isolation.text', { chain: name });
  return (
    <Radio value={level} disabled={!possible}>
      <strong>{t(`levels.${level}.name`)}</strong>
      <div className="faint choice-text">{text}</div>
    </Radio>
  );
}

/** What follows from a command on a person: every account, and what can be done where it is. */
function Bound({ subject }: { subject: SubjectDetail }) {
  const { t } = useTranslation('cases');
  const chainOf = (id?: string | null) => subject.chains.find((chain) => chain.id === id);
  return (
    <Form.Item label={t('order.bound', { count: subject.targets.length })} extra={t('order.boundHint')}>
      {subject.targets.length === 0 && <p className="note">{t('order.boundNone')}</p>}
      <ul className="bound-accounts">
        {subject.targets.map((target) => {
          const chain = chainOf(target.chain);
          const effect = !chain ? 'unreachable' : chain.isMain ? 'main' : chain.hasHook ? 'hook' : 'isolation';
          return (
            <li key={target.account}>
              <span className="mono whole">{target.account}</span>
              <div className="faint small">
                {t(`order.effects.${effect}`, { chain: harmless(chain?.name ?? '', 40) })}{' '}
                {target.isIsolated && <StatusTag value="frozen" label={t('order.isolated')} />}
              </div>
            </li>
          );
        })}
      </ul>
    </Form.Item>
  );
}
