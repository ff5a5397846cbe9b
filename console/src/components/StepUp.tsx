import { Alert, Button, Modal } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { onStepUp } from '../api/client';
import { loginWithPasskey, passkeysPossible } from '../api/passkey';
import { useSession } from '../api/session';
import { loginWithAccount } from '../wallet/login';
import { useProblemText } from './States';
import { WalletChooser } from './WalletChooser';

/** Asks for a fresh proof of who one is when the server wants one for a dangerous act; the act then goes on by itself. */
export function StepUp() {
  const { t } = useTranslation('wallet');
  const problemText = useProblemText();
  const { session } = useSession();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>();
  const settle = useRef<((proven: boolean) => void) | undefined>(undefined);
  useEffect(() => {
    onStepUp(
      () =>
        new Promise<boolean>((resolve) => {
          settle.current = resolve;
          setError(undefined);
          setOpen(true);
        }),
    );
    return () => onStepUp(undefined);
  }, []);
  function end(proven: boolean) {
    setOpen(false);
    settle.current?.(proven);
    settle.current = undefined;
  }
  async function passkey() {
    try {
      await loginWithPasskey();
      end(true);
    } catch (failure) {
      setError(failure);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <Modal open={open} title={t('stepUp')} footer={null} onCancel={() => end(false)} destroyOnHidden zIndex={1200}>
      <div className="stack">
        <p>{t('stepUpNote')}</p>
        {session?.methods.passkey && passkeysPossible() && (
          <Button block size="large" onClick={() => void passkey()}>
            {t('withPasskey')}
          </Button>
        )}
        {session?.method === 'oidc' && session.methods.oidc && (
          <Button block size="large" href={`/api/v1/session/oidc/start?fresh=true&next=${encodeURIComponent(window.location.pathname)}`}>
            {t('withProvider', { name: session.methods.oidc })}
          </Button>
        )}
        {session?.method === 'link' && <p className="note">{t('signInAgain')}</p>}
        {session?.account && (
          <WalletChooser
            action={t('prove')}
            account={session.account}
            only
            onSigner={async (signer) => {
              await loginWithAccount(signer);
              end(true);
            }}
          />
        )}
        {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
      </div>
    </Modal>
  );
}
