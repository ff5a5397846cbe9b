/** A button of an act on the ledger: asks for what the act needs, then has the transaction checked, signed and sent. */
import { Button, Form, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SignAndSend } from '../../components/SignAndSend';
import type { Call } from '../../wallet/send';
import { beginSending } from '../../wallet/sending';
import type { Field, Filled } from './acts';
import { FieldItem } from './Fields';

interface ActButtonProps {
  label: ReactNode;
  title: string;
  /** What the act does, and what cannot be undone. */
  hint?: ReactNode;
  /** Who can do it, or what to know before. */
  note?: ReactNode;
  fields?: Field[];
  primary?: boolean;
  danger?: boolean;
  size?: 'small' | 'middle';
  call: (filled: Filled) => Call;
  onDone?: () => void;
}

export function ActButton({ label, title, hint, note, fields, primary = false, danger = false, size, call, onDone }: ActButtonProps) {
  const { t } = useTranslation('governance');
  const [form] = Form.useForm<Filled>();
  const [asking, setAsking] = useState(false);
  const text = (
    <>
      {hint && <p>{hint}</p>}
      {note && <p className="faint">{note}</p>}
    </>
  );
  const button = { type: primary ? ('primary' as const) : ('default' as const), size };
  if (!fields) {
    return <SignAndSend label={label} title={title} text={text} call={() => call({})} button={button} danger={danger} onDone={onDone} />;
  }
  return (
    <>
      <Button {...button} danger={danger} onClick={() => setAsking(true)}>
        {label}
      </Button>
      <Modal
        open={asking}
        title={title}
        okText={t('create.next')}
        okButtonProps={{ danger }}
        onCancel={() => setAsking(false)}
        onOk={() => form.submit()}
        destroyOnHidden
      >
        {text}
        <Form
          form={form}
          layout="vertical"
          style={{ marginTop: 12 }}
          preserve={false}
          onFinish={(filled) => {
            setAsking(false);
            beginSending({ title, text: hint, call: call(filled), danger, onDone });
          }}
        >
          {fields.map((field) => (
            <FieldItem key={field.name} field={field} />
          ))}
        </Form>
      </Modal>
    </>
  );
}
