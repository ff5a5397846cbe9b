import { KeyOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { loginWithPasskey, passkeysPossible } from '../../api/passkey';
import { Problem } from '../../api/problem';
import { signedIn, useSession } from '../../api/session';
import { useProblemText } from '../../components/States';
import { WalletChooser } from '../../components/WalletChooser';
import { loginWithAccount } from '../../wallet/login';
import { Frame } from './Frame';
import { safeTarget } from './target';

export default function Login() {
  const { t } = useTranslation('login');
  const problemText = useProblemText();
  const navigate = useNavigate();
  const location = useLocation();
  const [search] = useSearchParams();
  const { session } = useSession();
  const failed = search.get('error');
  const [error, setError] = useState<unknown>(failed ? new Problem({ status: 0, slug: failed }) : undefined);
  const [busy, setBusy] = useState(false);
  const methods = session?.methods ?? { account: true, oidc: null, passkey: false };
  const target = safeTarget((location.state as { from?: string } | null)?.from);
  async function enter() {
    await signedIn();
    void navigate(target, { replace: true });
  }
  async function passkey() {
    setBusy(true);
    setError(undefined);
    try {
      await loginWithPasskey();
      await enter();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <Frame title={t('title')} lead={t('lead')}>
      <div className="stack">
        {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
        {methods.oidc && (
          <Button
            block
            size="large"
            icon={<SafetyCertificateOutlined aria-hidden />}
            href={`/api/v1/session/oidc/start?next=${encodeURIComponent(target)}`}
          >
            {t('oidc', { name: methods.oidc })}
          </Button>
        )}
        {methods.passkey && passkeysPossible() && (
          <Button block size="large" icon={<KeyOutlined aria-hidden />} loading={busy} onClick={() => void passkey()}>
            {t('passkey')}
          </Button>
        )}
        {methods.account && (
          <>
            {(methods.oidc || methods.passkey) && <div className="divider">{t('or')}</div>}
            <WalletChooser
              action={t('withKey')}
              onSigner={async (signer) => {
                await loginWithAccount(signer);
                await enter();
              }}
            />
          </>
        )}
        {session?.rights.includes('explore') && (
          <Link to="/" className="note">
            {t('lookAround')}
          </Link>
        )}
      </div>
    </Frame>
  );
}
