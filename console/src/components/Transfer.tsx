import { SendOutlined } from '@ant-design/icons';
import { AutoComplete, Button, type ButtonProps, Input, Modal } from 'antd';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useExamples } from '../api/examples';
import { useSession } from '../api/session';
import { beginSending } from '../wallet/sending';
import { smallest } from './amounts';
import { Identicon } from './Hash';
import { useRoleWords } from './HeldRole';

const ACCOUNT = /^0x[0-9a-fA-F]{40}$/;

interface TransferButtonProps {
  label?: ReactNode;
  /** Who gets it, if that is known. */
  to?: string;
  ledger?: string;
  button?: ButtonProps;
}

/** A button that sends an amount of the ledger's own unit to an account. */
export function TransferButton({ label, to, ledger, button }: TransferButtonProps) {
  const { t } = useTranslation('wallet');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<SendOutlined aria-hidden />} {...button} onClick={() => setOpen(true)}>
        {label ?? t('transfer.title')}
      </Button>
      {open && <TransferDialog to={to} ledger={ledger} onClose={() => setOpen(false)} />}
    </>
  );
}

function TransferDialog({ to = '', ledger, onClose }: { to?: string; ledger?: string; onClose: () => void }) {
  const { t } = useTranslation('wallet');
  const id = useId();
  const words = useRoleWords();
  const { session } = useSession();
  const others = (useExamples() ?? []).filter((example) => example.account !== session?.account);
  const [typed, setTyped] = useState<string>();
  const [amount, setAmount] = useState('1');
  const [checked, setChecked] = useState(false);
  // A person of a development city is there to try it with: the last one can do least.
  const target = typed ?? (to || others.at(-1)?.account || '');
  const value = smallest(amount, 18);
  const good = ACCOUNT.test(target.trim());
  function submit(event?: FormEvent) {
    event?.preventDefault();
    setChecked(true);
    if (!good || value === undefined) return;
    onClose();
    beginSending({
      title: t('transfer.title'),
      text: t('transfer.text'),
      call: { to: target.trim() as `0x${string}`, data: '0x', value, ledger },
    });
  }
  return (
    <Modal open title={t('transfer.title')} okText={t('transfer.next')} cancelText={t('cancel')} onOk={() => submit()} onCancel={onClose}>
      <form className="stack" onSubmit={submit}>
        <label className="field" htmlFor={`${id}to`}>
          <span>{t('transfer.to')}</span>
          <AutoComplete
            id={`${id}to`}
            value={target}
            onChange={setTyped}
            status={checked && !good ? 'error' : undefined}
            options={others.map((example) => ({
              value: example.account,
              label: (
                <span className="address">
                  <Identicon value={example.account} />
                  {example.roles[0] ? `${words.role(example.roles[0])} · ${words.scope(example.roles[0])}` : t('examples.citizen')}
                </span>
              ),
            }))}
          >
            <Input className="mono" placeholder="0x…" spellCheck={false} autoComplete="off" />
          </AutoComplete>
          {checked && !good && (
            <span className="bad small" role="alert">
              {t('transfer.wrongAccount')}
            </span>
          )}
        </label>
        <label className="field" htmlFor={`${id}amount`}>
          <span>{t('transfer.amount')}</span>
          <Input
            id={`${id}amount`}
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
            inputMode="decimal"
            autoComplete="off"
            status={checked && value === undefined ? 'error' : undefined}
          />
          {checked && value === undefined && (
            <span className="bad small" role="alert">
              {t('transfer.wrongAmount')}
            </span>
          )}
        </label>
      </form>
    </Modal>
  );
}
