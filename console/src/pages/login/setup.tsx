import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { write } from '../../api/client';
import { signedIn } from '../../api/session';
import { useProblemText } from '../../components/States';
import { Frame } from './Frame';

/** The one-time link that a console prints at its first start: `/setup#TOKEN`. The token is behind the `#`, so no log ever holds it. */
export default function Setup() {
  const { t } = useTranslation('login');
  const problemText = useProblemText();
  const navigate = useNavigate();
  const [token] = useState(() => window.location.hash.slice(1));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  async function enter() {
    setBusy(true);
    setError(undefined);
    try {
      await write('post', '/api/v1/session/setup', { token });
      await signedIn();
      void navigate('/', { replace: true });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <Frame title={t('setup.title')} lead={t('setup.lead')}>
      <div className="stack">
        {token === '' ? (
          <Alert type="warning" showIcon title={t('setup.noToken')} />
        ) : (
          <Button type="primary" size="large" block loading={busy} onClick={() => void enter()}>
            {t('setup.enter')}
          </Button>
        )}
        {said && <Alert type="error" showIcon title={said.title} description={said.hint || said.detail} />}
      </div>
    </Frame>
  );
}
