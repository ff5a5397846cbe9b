/** The creation of an identity by an issuer. */
import { Form } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { Page, Panel } from '../../components/Page';
import { SignAndSend } from '../../components/SignAndSend';
import type { Call } from '../../wallet/send';
import { ENUMS, enumNumber, type Field, type Filled, subjectOf } from '../governance/acts';
import { FieldItem } from '../governance/Fields';

const FIELDS: Field[] = [
  { name: 'identityKind', kind: 'enum', choices: ENUMS.identityKind.slice(1), enumName: 'identityKind', initial: 'Person' },
  { name: 'organisation', kind: 'organisation' },
  { name: 'controllers', kind: 'account' },
];

/** 32 random bytes; the first twelve are not all zero, or it would read as an account. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  if (bytes.subarray(0, 12).every((byte) => byte === 0)) return randomId();
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

export function CreateIdentity() {
  const { t } = useTranslation('identities');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const [id] = useState(randomId);
  async function call(): Promise<Call | undefined> {
    try {
      const f = await form.validateFields();
      const identity = {
        id,
        kind: enumNumber('identityKind', f.identityKind),
        organisation: f.organisation,
        controllers: [subjectOf(f.controllers)],
        recoverers: [],
        recoveryThreshold: 0,
        methods: [],
        services: [],
        commitments: [],
      };
      return { contract: 'Identities', function: 'create', arguments: [identity] };
    } catch {
      return undefined;
    }
  }
  return (
    <Page title={t('create')} crumb={<Link to="/identities">{t('back')}</Link>} subtitle={t('createHint')}>
      <Panel>
        <Form form={form} layout="vertical" className="narrow">
          <Form.Item label={t('new.id')}>
            <span className="mono whole">did:civitas:{id.slice(2)}</span>
          </Form.Item>
          {FIELDS.map((field) => (
            <FieldItem key={field.name} field={field} />
          ))}
          <p className="note" style={{ marginBottom: 16 }}>
            {t('new.controllerHint')}
          </p>
          <SignAndSend
            label={t('create')}
            title={t('create')}
            text={t('createHint')}
            call={call}
            onDone={() => navigate(`/identities/did:civitas:${id.slice(2)}`)}
          />
        </Form>
      </Panel>
    </Page>
  );
}
