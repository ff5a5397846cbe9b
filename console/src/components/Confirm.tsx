import { Alert, Button, type ButtonProps, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useProblemText } from './States';

interface ConfirmProps {
  /** What the button says. */
  label: ReactNode;
  title: string;
  /** What will happen and what cannot be undone. */
  text: ReactNode;
  /** A word to type before the act, for acts that cannot be undone. */
  word?: string;
  danger?: boolean;
  button?: ButtonProps;
  /** The act. When the server wants a fresh proof of who one is, the client asks for it by itself. */
  act: () => Promise<unknown>;
}

/** A button of an act that is asked about first. It stays open, with the reason, when the act fails. */
export function Confirm({ label, title, text, word, danger = true, button, act }: ConfirmProps) {
  const { t } = useTranslation('shell');
  const problemText = useProblemText();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>();
  async function run() {
    setBusy(true);
    setError(undefined);
    try {
      await act();
      setOpen(false);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <>
      <Button
        danger={danger}
        {...button}
        onClick={() => {
          setTyped('');
          setError(undefined);
          setOpen(true);
        }}
      >
        {label}
      </Button>
      <Modal
        open={open}
        title={title}
        onCancel={() => setOpen(false)}
        onOk={() => void run()}
        okText={label}
        cancelText={t('cancel')}
        confirmLoading={busy}
        okButtonProps={{ danger, disabled: word !== undefined && typed !== word }}
        destroyOnHidden
      >
        <div className="stack">
          <div>{text}</div>
          {word !== undefined && (
            <label className="field">
              <span>{t('typeToConfirm', { word })}</span>
              <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
            </label>
          )}
          {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
        </div>
      </Modal>
    </>
  );
}
