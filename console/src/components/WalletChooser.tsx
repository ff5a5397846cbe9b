import { WalletOutlined } from '@ant-design/icons';
import { Alert, Button, Input } from 'antd';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connectKey, connectWallet, discoverWallets, type Signer, useWallets } from '../wallet/wallet';
import { useProblemText } from './States';
import { Untrusted } from './Untrusted';

interface WalletChooserProps {
  /** What happens with the signer; while it runs the buttons wait. */
  onSigner: (signer: Signer) => Promise<void> | void;
  /** What the buttons promise. */
  action: string;
}

/** Chooses what signs: a wallet of this browser, or a development key. */
export function WalletChooser({ onSigner, action }: WalletChooserProps) {
  const { t } = useTranslation('wallet');
  const problemText = useProblemText();
  const wallets = useWallets();
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState('');
  const [error, setError] = useState<unknown>();
  useEffect(discoverWallets, []);
  async function run(name: string, connect: () => Promise<Signer>) {
    setBusy(name);
    setError(undefined);
    try {
      await onSigner(await connect());
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy('');
    }
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    void run('key', () => connectKey(key));
  }
  const said = error ? problemText(error) : undefined;
  return (
    <div className="stack">
      {wallets.map((wallet) => (
        <Button
          key={wallet.id}
          block
          size="large"
          icon={<WalletOutlined />}
          loading={busy === wallet.id}
          disabled={busy !== ''}
          onClick={() => void run(wallet.id, () => connectWallet(wallet))}
        >
          <Untrusted text={wallet.name} />
        </Button>
      ))}
      {wallets.length === 0 && <p className="note">{t('noWallet')}</p>}
      <form onSubmit={submit} className="stack tight">
        <label className="field">
          <span>{t('key')}</span>
          <Input.Password
            value={key}
            onChange={(event) => setKey(event.target.value)}
            placeholder="0x…"
            autoComplete="off"
            spellCheck={false}
            className="mono"
          />
        </label>
        <p className="note">{t('keyNote')}</p>
        <Button htmlType="submit" type="primary" block loading={busy === 'key'} disabled={busy !== '' || key.trim() === ''}>
          {action}
        </Button>
      </form>
      {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
    </div>
  );
}
