import { KeyOutlined, LogoutOutlined, UserOutlined } from '@ant-design/icons';
import { Dropdown, message } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { signOut, useSession } from '../api/session';
import { Identicon } from '../components/Hash';
import { useProblemText } from '../components/States';
import { harmless } from '../components/Untrusted';
import { forgetSigner } from '../wallet/wallet';

/** Who is signed in, and what that person can do about it. */
export function SessionMenu() {
  const { t } = useTranslation('shell');
  const problemText = useProblemText();
  const { session } = useSession();
  const navigate = useNavigate();
  const location = useLocation();
  const [messages, holder] = message.useMessage();
  const who = session?.name ?? session?.account ?? session?.identity ?? t('administrator');
  if (!session?.method) {
    return (
      <Link to="/login" state={{ from: location.pathname + location.search }} className="button-link">
        {t('signIn')}
      </Link>
    );
  }
  async function run(act: () => Promise<void>) {
    try {
      await act();
    } catch (error) {
      void messages.error(problemText(error).title);
    }
  }
  const shown = harmless(who, 40);
  const label = session.name ? shown : who.startsWith('0x') ? `${who.slice(0, 8)}…${who.slice(-4)}` : shown;
  const items = [
    {
      key: 'who',
      disabled: true,
      label: (
        <span className="session-who">
          {label}
          <small>{session.personas.map((persona) => t(`personas.${persona}`, { defaultValue: persona })).join(' · ')}</small>
        </span>
      ),
    },
    { type: 'divider' as const },
    ...(session.rights.includes('ownData')
      ? [{ key: 'me', icon: <UserOutlined />, label: t('areas.citizen'), onClick: () => void navigate('/me') }]
      : []),
    { key: 'account', icon: <KeyOutlined />, label: t('account'), onClick: () => void navigate('/account') },
    {
      key: 'out',
      icon: <LogoutOutlined />,
      label: t('signOut'),
      onClick: () =>
        void run(async () => {
          await signOut();
          forgetSigner();
          void navigate('/');
        }),
    },
  ];
  return (
    <>
      {holder}
      <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
        <button type="button" className="session-button" aria-label={t('session', { who: label })}>
          {session.account ? <Identicon value={session.account} /> : <UserOutlined />}
          <span className="session-name">{label}</span>
        </button>
      </Dropdown>
    </>
  );
}
