/** Step 1: the registration. */
import { Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { read } from '../../../api/client';
import { asProblem } from '../../../api/problem';
import { SignAndSend } from '../../../components/SignAndSend';
import type { Call } from '../../../wallet/send';
import { ENUMS, enumNumber, type Field, type Filled } from '../../governance/acts';
import { FieldItem } from '../../governance/Fields';
import type { ChainDetail } from '../types';
import { attachCommand } from './commands';
import { Done, Step, Turn } from './Step';
import { changeTo, type Family, familyOf } from './steps';
import { useWho } from './who';

/** Tries to find what was just registered, and milliseconds between them: another node may be a block behind. */
const TRIES = 20;
const TRY_MS = 300;

/** The kind of a chain that its identifier shows; who registers can say another one. */
const KINDS: Partial<Record<Family, string>> = { evm: 'Evm', cometbft: 'CometBft', fabric: 'Fabric' };

/** `operators` are those for which the person may register; all, if it is not given. */
function fieldsOf(operators?: string[]): Field[] {
  return [
    { name: 'caip2', kind: 'text', max: 64 },
    { name: 'chainName', kind: 'text', max: 64 },
    { name: 'chainKind', kind: 'enum', choices: ENUMS.chainKind, enumName: 'chainKind', initial: 'Evm' },
    { name: 'purpose', kind: 'text', max: 256 },
    { name: 'operator', kind: 'organisation', choices: operators, initial: operators?.length === 1 ? operators[0] : undefined },
    { name: 'company', kind: 'text', max: 128 },
    { name: 'contact', kind: 'text', max: 128 },
    { name: 'grade', kind: 'number', min: 1, max: 4, initial: 2 },
    { name: 'consensus', kind: 'text', max: 64 },
    { name: 'endpoint', kind: 'text', max: 128 },
    { name: 'documents', kind: 'hash', optional: true },
  ];
}

export function RegisterStep({ chain }: { chain?: ChainDetail }) {
  const { t } = useTranslation('attach');
  const who = useWho('Chains', 'register');
  if (chain) {
    const change = changeTo(chain, 'Registered');
    return (
      <Step name="register" state="done">
        <Done what={t('register.done')} by={chain.registrant} at={chain.registeredAt} transaction={change?.transaction} />
      </Step>
    );
  }
  const mine = who.mine.length > 0;
  const everywhere = who.mine.some(({ scope }) => scope.kind !== 'Organisation');
  return (
    <Step name="register" state="now" mine={mine}>
      <Turn who={who} mine={mine} command={attachCommand}>
        <RegisterForm operators={everywhere ? undefined : who.mine.map(({ scope }) => scope.value)} />
      </Turn>
    </Step>
  );
}

function RegisterForm({ operators }: { operators?: string[] }) {
  const { t } = useTranslation('attach');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  async function call(): Promise<Call | undefined> {
    try {
      const filled = await form.validateFields();
      const info = {
        caip2: filled.caip2.trim(),
        name: filled.chainName.trim(),
        kind: enumNumber('chainKind', filled.chainKind),
        purpose: filled.purpose,
        operator: filled.operator,
        company: filled.company,
        contact: filled.contact,
        grade: filled.grade,
        consensus: filled.consensus,
        endpoint: filled.endpoint.trim(),
        documents: filled.documents?.trim() || `0x${'0'.repeat(64)}`,
      };
      return { contract: 'Chains', function: 'register', arguments: [info] };
    } catch {
      return undefined;
    }
  }
  async function done() {
    const caip2: string = form.getFieldValue('caip2').trim();
    for (let left = TRIES; left > 0; left -= 1) {
      try {
        const { id } = await read<ChainDetail>('/api/v1/chains/{id}', { path: { id: caip2 } });
        void navigate(`/chains/${id}/attach`);
        return;
      } catch (error) {
        if (asProblem(error).status !== 404) break;
        await new Promise((resolve) => setTimeout(resolve, TRY_MS));
      }
    }
    void navigate('/chains');
  }
  return (
    <Form
      form={form}
      layout="vertical"
      className="narrow"
      onValuesChange={({ caip2 }: Partial<Filled>) => {
        const kind = caip2 && KINDS[familyOf(caip2)];
        if (kind) form.setFieldValue('chainKind', kind);
      }}
    >
      <p className="note">{t('register.hint')}</p>
      {fieldsOf(operators).map((field) => (
        <FieldItem key={field.name} field={field} />
      ))}
      <SignAndSend label={t('register.do')} title={t('register.do')} text={t('register.public')} call={call} onDone={() => void done()} />
    </Form>
  );
}
