/** Making a proposal: choose the usual change from pictures, fill in a form, see the queue of acts, sign. */
import {
  ApartmentOutlined,
  AuditOutlined,
  BlockOutlined,
  DatabaseOutlined,
  DeleteOutlined,
  SafetyOutlined,
  TeamOutlined,
} from '@ant-design/icons';
import { Alert, Button, Flex, Form, Input } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { Page, Panel } from '../../components/Page';
import { SignAndSend } from '../../components/SignAndSend';
import type { Call } from '../../wallet/send';
import { ACTS, type Act, encodeAct, type Filled } from './acts';
import { FieldItem, OrganisationSelect } from './Fields';
import { useRepresented } from './represented';

const GROUPS: [Act['group'], ReactNode][] = [
  ['members', <ApartmentOutlined key="i" />],
  ['roles', <TeamOutlined key="i" />],
  ['rules', <AuditOutlined key="i" />],
  ['control', <SafetyOutlined key="i" />],
  ['chains', <BlockOutlined key="i" />],
  ['ledgers', <DatabaseOutlined key="i" />],
];

interface Queued {
  number: number;
  act: Act;
  filled: Filled;
  target: string;
  data: string;
}

/** Fields can be filled in by a link: `?act=nodeAdmit&node=0x…`. */
export function CreateProposal() {
  const { t } = useTranslation('governance');
  const [parameters, setParameters] = useSearchParams();
  const navigate = useNavigate();
  const [queue, setQueue] = useState<Queued[]>([]);
  const [head] = Form.useForm<{ title: string; organisation: string }>();
  const mine = useRepresented();
  const act = ACTS.find((each) => each.key === parameters.get('act'));
  const choose = (key?: string) => setParameters(key ? { act: key } : {});

  async function add(chosen: Act, filled: Filled) {
    const encoded = await encodeAct(chosen, filled);
    const number = Math.max(0, ...queue.map((each) => each.number)) + 1;
    setQueue([...queue, { number, act: chosen, filled, ...encoded }]);
    if (!head.getFieldValue('title')) head.setFieldValue('title', titleOf(t(`acts.${chosen.key}`), filled));
    choose();
    window.scrollTo({ top: 0 });
  }

  async function propose(): Promise<Call | undefined> {
    try {
      const { organisation, title } = await head.validateFields();
      const actions = queue.map(({ target, data }) => ({ target, data }));
      return { contract: 'Governance', function: 'propose', arguments: [organisation, title, actions] };
    } catch {
      return undefined;
    }
  }

  return (
    <Page title={t('create.title')} crumb={<Link to="/governance/proposals">{t('proposals.back')}</Link>} subtitle={t('create.effect')}>
      {queue.length > 0 && (
        <Panel title={t('create.queue')}>
          <ol className="queue">
            {queue.map((each) => (
              <li key={each.number}>
                <Flex justify="space-between" gap={8} align="center">
                  <span>
                    <strong>{t(`acts.${each.act.key}`)}</strong> <span className="faint">{summary(each.filled)}</span>
                  </span>
                  <Button
                    size="small"
                    aria-label={t('create.remove')}
                    icon={<DeleteOutlined aria-hidden />}
                    onClick={() => setQueue(queue.filter((other) => other !== each))}
                  />
                </Flex>
              </li>
            ))}
          </ol>
          <Form form={head} layout="vertical" className="narrow">
            <Form.Item
              name="title"
              label={t('create.name')}
              extra={t('create.nameHint')}
              rules={[{ required: true, message: t('create.needed') }]}
            >
              <Input maxLength={128} showCount />
            </Form.Item>
            <Form.Item
              name="organisation"
              initialValue={mine?.[0]}
              label={t('create.as')}
              extra={t('create.asHint')}
              rules={[{ required: true, message: t('create.needed') }]}
            >
              <OrganisationSelect voting only={mine?.length ? mine : undefined} />
            </Form.Item>
          </Form>
          <Alert type="info" showIcon title={t('create.tried')} style={{ marginBottom: 16 }} />
          <SignAndSend
            label={t('create.submit')}
            title={t('create.title')}
            text={t('create.effect')}
            call={propose}
            onDone={() => navigate('/governance/proposals')}
          />
        </Panel>
      )}
      {act ? (
        <ActForm key={act.key} act={act} given={parameters} onAdd={add} onBack={() => choose()} />
      ) : (
        <Panel title={queue.length > 0 ? t('create.another') : t('create.choose')}>
          {GROUPS.map(([group, icon]) => (
            <section key={group} className="act-group">
              <h3>
                {icon} {t(`groups.${group}`)}
              </h3>
              <div className="act-tiles">
                {ACTS.filter((each) => each.group === group).map((each) => (
                  <button type="button" key={each.key} className="act-tile" onClick={() => choose(each.key)}>
                    {t(`acts.${each.key}`)}
                  </button>
                ))}
              </div>
            </section>
          ))}
        </Panel>
      )}
    </Page>
  );
}

interface ActFormProps {
  act: Act;
  given: URLSearchParams;
  onAdd: (act: Act, filled: Filled) => Promise<void>;
  onBack: () => void;
}

function ActForm({ act, given, onAdd, onBack }: ActFormProps) {
  const { t } = useTranslation('governance');
  const [form] = Form.useForm<Filled>();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the link says counts once, when the form appears
  useEffect(() => {
    for (const field of act.fields) {
      const value = given.get(field.name);
      if (value !== null) form.setFieldValue(field.name, field.kind === 'number' || field.kind === 'grant' ? Number(value) : value);
    }
  }, []);
  async function finish(filled: Filled) {
    setBusy(true);
    setWrong(undefined);
    try {
      await onAdd(act, filled);
    } catch (error) {
      setWrong(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      setBusy(false);
    }
  }
  return (
    <Panel title={t(`acts.${act.key}`)} extra={<Button onClick={onBack}>{t('create.back')}</Button>}>
      <Form form={form} layout="vertical" className="narrow" onFinish={(filled) => void finish(filled)}>
        {act.fields.map((field) => (
          <FieldItem key={field.name} field={field} />
        ))}
        {wrong && <Alert type="error" showIcon title={t('create.wrong')} description={wrong} style={{ marginBottom: 16 }} />}
        <Button type="primary" htmlType="submit" loading={busy}>
          {t('create.add')}
        </Button>
      </Form>
    </Panel>
  );
}

/** What was filled in, in a line. */
function summary(filled: Filled): string {
  return Object.values(filled)
    .filter((value) => ['string', 'number'].includes(typeof value) && value !== '')
    .map((value) => (String(value).startsWith('0x') ? `${String(value).slice(0, 10)}…` : String(value)))
    .join(' · ')
    .slice(0, 120);
}

const titleOf = (act: string, filled: Filled) => {
  const name = filled.organisationName ?? filled.roleName ?? filled.ledgerName ?? filled.ledger;
  return name ? `${act}: ${name}` : act;
};
