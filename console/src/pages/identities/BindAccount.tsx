/** The proof that an account belongs to an identity, or leaves it: the page builds the text, the account signs it, the ledger checks both. */
import { LinkOutlined } from '@ant-design/icons';
import { Button, InputNumber, Modal, Segmented, Steps } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { refresh } from '../../api/hooks';
import { Command } from '../../components/Command';
import { ErrorState } from '../../components/States';
import { WalletChooser } from '../../components/WalletChooser';
import { type Binding, type BindingAct, bindingCall, bindingText } from '../../wallet/binding';
import { rpc } from '../../wallet/send';
import { beginSending } from '../../wallet/sending';
import type { Signer } from '../../wallet/wallet';
import { freshBinding } from './freshBinding';

interface BindAccountProps {
  /** Id of the identity, 32 bytes. */
  identity: string;
  act: BindingAct;
  /** The account that leaves: no other one can say so. */
  account?: { address: string; chain: number };
  small?: boolean;
}

export function BindAccount({ identity, act, account, small = false }: BindAccountProps) {
  const { t } = useTranslation('identities');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size={small ? 'small' : 'middle'} icon={act === 'bind' ? <LinkOutlined /> : undefined} onClick={() => setOpen(true)}>
        {t(`${act}.title`)}
      </Button>
      {open && <BindDialog identity={identity} act={act} account={account} onClose={() => setOpen(false)} />}
    </>
  );
}

function BindDialog({ identity, act, account, onClose }: Omit<BindAccountProps, 'small'> & { onClose: () => void }) {
  const { t } = useTranslation('identities');
  const id = useId();
  const [where, setWhere] = useState<'here' | 'elsewhere'>('here');
  const [chain, setChain] = useState<number | null>(1);
  const [ready, setReady] = useState<{ signer: Signer; binding: Binding }>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const title = t(`${act}.title`);

  async function prepare(signer: Signer) {
    setError(undefined);
    const number = account?.chain ?? (where === 'elsewhere' ? chain : Number(await rpc<string>('main', 'eth_chainId', [])));
    if (!number) return;
    setReady({ signer, binding: await freshBinding(identity, signer.account, number) });
  }

  async function sign({ signer, binding }: { signer: Signer; binding: Binding }) {
    setBusy(true);
    setError(undefined);
    try {
      const signature = await signer.signMessage(bindingText(act, binding));
      onClose();
      beginSending({
        title,
        text: t(`${act}.send`),
        call: bindingCall(act, binding, signature),
        onDone: () => {
          void refresh('/api/v1/identities');
          void refresh('/api/v1/me');
        },
      });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      open
      title={title}
      onCancel={onClose}
      footer={
        ready ? (
          <>
            <Button onClick={() => setReady(undefined)}>{t('proof.back')}</Button>
            <Button type="primary" loading={busy} onClick={() => void sign(ready)}>
              {t('proof.sign')}
            </Button>
          </>
        ) : null
      }
    >
      <div className="stack">
        <Steps
          size="small"
          current={ready ? 1 : 0}
          items={[{ title: t('proof.steps.account') }, { title: t('proof.steps.sign') }, { title: t(`proof.steps.${act}`) }]}
        />
        {ready ? (
          <>
            <p>{t('proof.text')}</p>
            <pre className="source">{bindingText(act, ready.binding)}</pre>
          </>
        ) : (
          <>
            <p>{t(`${act}.hint`)}</p>
            {!account && (
              <div className="field">
                <span id={`${id}where`}>{t('bind.where')}</span>
                <Segmented
                  aria-labelledby={`${id}where`}
                  block
                  value={where}
                  onChange={setWhere}
                  options={[
                    { value: 'here', label: t('bind.here') },
                    { value: 'elsewhere', label: t('bind.elsewhere') },
                  ]}
                />
              </div>
            )}
            {!account && where === 'elsewhere' && (
              <label className="field" htmlFor={`${id}chain`}>
                <span>{t('bind.chain')}</span>
                <InputNumber<number>
                  id={`${id}chain`}
                  min={1}
                  max={Number.MAX_SAFE_INTEGER}
                  precision={0}
                  value={chain}
                  onChange={setChain}
                  style={{ width: '100%' }}
                />
              </label>
            )}
            <WalletChooser action={t('proof.use')} aside account={account?.address} only={Boolean(account)} onSigner={prepare} />
            {act === 'bind' && (
              <details className="note">
                <summary>{t('bind.others')}</summary>
                <Command
                  text={`civitas identity bind-account did:civitas:${identity.replace(/^0x/, '')} --account ACCOUNT --account-key FILE --key CONTROLLER`}
                />
              </details>
            )}
          </>
        )}
        {error !== undefined && <ErrorState error={error} compact />}
      </div>
    </Modal>
  );
}
