/** The registration of a business chain. */
import { Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { Page, Panel } from '../../components/Page';
import { SignAndSend } from '../../components/SignAndSend';
import type { Call } from '../../wallet/send';
import { ENUMS, enumNumber, type Field, type Filled } from '../governance/acts';
import { FieldItem } from '../governance/Fields';

const FIELDS: Field[] = [
  { name: 'caip2', kind: 'text', max: 64 },
  { name: 'chainName', kind: 'text', max: 64 },
  { name: 'chainKind', kind: 'enum', choices: ENUMS.chainKind, enumName: 'chainKind', initial: 'Evm' },
  { name: 'purpose', kind: 'text', max: 256 },
  { name: 'operator', kind: 'organisation' },
  { name: 'company', kind: 'text', max: 128 },
  { name: 'contact', kind: 'text', max: 128 },
  { name: 'grade', kind: 'number', min: 1, max: 4, initial: 1 },
  { name: 'consensus', kind: 'text', max: 64 },
  { name: 'endpoint', kind: 'text', max: 128 },
  { name: 'documents', kind: 'hash', optional: true },
];

export function RegisterChain() {
  const { t } = useTranslation('chains');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  async function call(): Promise<Call | undefined> {
    try {
      const f = await form.validateFields();
      const info = {
        caip2: f.caip2.trim(),
        name: f.chainName.trim(),
        kind: enumNumber('chainKind', f.chainKind),
        purpose: f.purpose,
        operator: f.operator,
        company: f.company,
        contact: f.contact,
        grade: f.grade,
        consensus: f.consensus,
        endpoint: f.endpoint,
        documents: f.documents?.trim() || `0x${'0'.repeat(64)}`,
      };
      return { contract: 'Chains', function: 'register', arguments: [info] };
    } catch {
      return undefined;
    }
  }
  return (
    <Page title={t('register')} crumb={<Link to="/chains">{t('back')}</Link>} subtitle={t('registerHint')}>
      <Panel>
        <Form form={form} layout="vertical" className="narrow">
          {FIELDS.map((field) => (
            <FieldItem key={field.name} field={field} />
          ))}
          <SignAndSend
            label={t('register')}
            title={t('register')}
            text={t('registerHint')}
            call={call}
            onDone={() => navigate('/chains')}
          />
        </Form>
      </Panel>
    </Page>
  );
}
