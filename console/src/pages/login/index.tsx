import { KeyOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { useExamples } from '../../api/examples';
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
  // In a development city nobody has a passkey yet, but everybody can be anybody.
  const people = (useExamples()?.length ?? 0) > 0 && !methods.oidc;
  const others = (
    <>
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
    </>
  );
  const chooser = methods.account && (
    <WalletChooser
      action={t('withKey')}
      onSigner={async (signer) => {
        await loginWithAccount(signer);
        await enter();
      }}
    />
  );
  return (
    <Frame title={t('title')} lead={t('lead')}>
      <div className="stack">
        {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
        {people ? (
          <>
            {chooser}
            <details className="own-key">
              <summary>{t('otherWays')}</summary>
              <div className="stack">{others}</div>
            </details>
          </>
        ) : (
          <>
            {others}
            {chooser && (methods.oidc || methods.passkey) && <div className="divider">{t('or')}</div>}
            {chooser}
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
