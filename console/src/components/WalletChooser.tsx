import { WalletOutlined } from '@ant-design/icons';
import { Alert, Button, Input } from 'antd';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useExamples } from '../api/examples';
import { Problem } from '../api/problem';
import { connectExample, connectKey, connectWallet, discoverWallets, forgetSigner, type Signer, useWallets } from '../wallet/wallet';
import { ExampleAccounts } from './ExampleAccounts';
import { Loading, useProblemText } from './States';
import { Untrusted } from './Untrusted';

interface WalletChooserProps {
  /** What happens with the signer; while it runs the buttons wait. */
  onSigner: (signer: Signer) => Promise<void> | void;
  /** What the buttons promise. */
  action: string;
  /** The account that is meant: of the people of a development city it comes first. */
  account?: string | null;
  /** Whether no other account does. */
  only?: boolean;
  /** Whether the signer of the page stays as it is. */
  aside?: boolean;
}

const same = (one: string, other?: string | null) => one.toLowerCase() === other?.toLowerCase();

/** Chooses what signs: a wallet of this browser, one of the people of a development city, or a development key. */
export function WalletChooser({ onSigner, action, account, only = false, aside = false }: WalletChooserProps) {
  const { t } = useTranslation('wallet');
  const problemText = useProblemText();
  const wallets = useWallets();
  const known = useExamples();
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState('');
  const [error, setError] = useState<unknown>();
  useEffect(discoverWallets, []);
  async function run(name: string, connect: () => Promise<Signer>) {
    setBusy(name);
    setError(undefined);
    try {
      const signer = await connect();
      if (only && account && !same(signer.account, account)) {
        if (!aside) forgetSigner();
        throw new Problem({ status: 0, slug: 'other-account', detail: signer.account });
      }
      await onSigner(signer);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy('');
    }
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    void run('key', () => connectKey(key, aside));
  }
  const said = error ? problemText(error) : undefined;
  const meant = (known ?? []).filter((example) => same(example.account, account));
  const examples = only ? meant : [...meant, ...(known ?? []).filter((example) => !meant.includes(example))];
  const form = (
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
  );
  return (
    <div className="stack">
      {wallets.map((wallet) => (
        <Button
          key={wallet.id}
          block
          size="large"
          icon={<WalletOutlined aria-hidden />}
          loading={busy === wallet.id}
          disabled={busy !== ''}
          onClick={() => void run(wallet.id, () => connectWallet(wallet, aside))}
        >
          <Untrusted text={wallet.name} />
        </Button>
      ))}
      {known === undefined ? (
        <Loading rows={3} />
      ) : examples.length > 0 ? (
        <>
          <ExampleAccounts
            examples={examples}
            busy={busy.startsWith('example') ? Number(busy.slice(7)) : undefined}
            disabled={busy !== ''}
            own={meant[0]?.account}
            onChoose={(example) => void run(`example${example.index}`, () => connectExample(example.index, aside))}
          />
          <details className="own-key">
            <summary>{t('ownKey')}</summary>
            {form}
          </details>
        </>
      ) : (
        <>
          {wallets.length === 0 && <p className="note">{t('noWallet')}</p>}
          {form}
        </>
      )}
      {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
    </div>
  );
}
