import { DisconnectOutlined, MenuOutlined } from '@ant-design/icons';
import { Drawer, message } from 'antd';
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { onSignedOut } from '../api/client';
import { queries } from '../api/hooks';
import { useReachable } from '../api/reachable';
import { useRights, useSession } from '../api/session';
import { useConnected, useStream } from '../api/stream';
import { ErrorState, Loading } from '../components/States';
import { StepUp } from '../components/StepUp';
import { useSending } from '../wallet/sending';
import { areas } from './areas';
import { Mark } from './Mark';
import { SessionMenu } from './SessionMenu';
import { LanguageSwitch, ModeSwitch } from './Switches';

function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const { t } = useTranslation('shell');
  const may = useRights();
  return (
    <nav className="nav" aria-label={t('navigation')}>
      {areas.map((group) => {
        const shown = group.filter((area) => may(area.right));
        if (shown.length === 0) return null;
        return (
          <ul key={group[0]?.name}>
            {shown.map((area) => (
              <li key={area.name}>
                <NavLink to={area.path} end={area.path === '/'} onClick={onNavigate}>
                  <span aria-hidden="true">{area.icon}</span>
                  {t(`areas.${area.name}`)}
                </NavLink>
              </li>
            ))}
          </ul>
        );
      })}
    </nav>
  );
}

function Search() {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== '/' || target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '') return;
    setText('');
    void navigate(`/explorer/search?q=${encodeURIComponent(wanted)}`);
  }
  return (
    <search className="search">
      <form onSubmit={submit}>
        <input
          ref={input}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={t('search')}
          aria-label={t('search')}
          maxLength={200}
          enterKeyHint="search"
        />
        <kbd>/</kbd>
      </form>
    </search>
  );
}

function Live() {
  const { t } = useTranslation('shell');
  const connected = useConnected();
  return (
    <output className={connected ? 'live on' : 'live'} title={connected ? t('live') : t('notLive')}>
      <span className="dot" aria-hidden="true" />
      <span className="live-text">{connected ? t('live') : t('notLive')}</span>
    </output>
  );
}

/** Tells of a session that ends soon or has ended, and of alarms that begin to ring. */
function Notices() {
  const { t } = useTranslation('shell');
  const [messages, holder] = message.useMessage();
  const { session } = useSession();
  const signedIn = useRef(false);
  signedIn.current = Boolean(session?.method);
  useEffect(
    () =>
      onSignedOut(() => {
        if (!signedIn.current) return;
        signedIn.current = false;
        void messages.warning(t('sessionEnded'), 8);
        void queries.invalidateQueries({ queryKey: ['/api/v1/session'] });
      }),
    [messages, t],
  );
  useStream('session', () => void messages.warning(t('sessionEnds'), 8));
  useStream('alarm', () => void queries.invalidateQueries({ predicate: ({ queryKey }) => /alarms|overview/.test(String(queryKey[0])) }));
  return holder;
}

const SendHost = lazy(() => import('../components/SendDialog'));

/** Its dialog comes with the first transaction. */
function Sender() {
  return useSending() ? (
    <Suspense>
      <SendHost />
    </Suspense>
  ) : null;
}

/** The frame around all pages: navigation, search, session. */
export default function Shell() {
  const { t } = useTranslation('shell');
  const { session, error, refetch } = useSession();
  const reachable = useReachable();
  const [drawer, setDrawer] = useState(false);
  const location = useLocation();
  const main = useRef<HTMLElement>(null);
  const path = location.pathname;
  const before = useRef(path);
  useEffect(() => {
    // After a change of page the reader of a screen, and the scroll, begin at the top of it.
    if (before.current !== path) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    before.current = path;
  }, [path]);
  return (
    <div className="shell">
      <a href="#main" className="skip">
        {t('skip')}
      </a>
      <aside className="side">
        <div className="brand">
          <Mark />
          <span>Civitas</span>
        </div>
        <Navigation />
      </aside>
      <div className="body">
        <header className="bar">
          <button type="button" className="icon-button menu-button" onClick={() => setDrawer(true)} aria-label={t('openMenu')}>
            <MenuOutlined />
          </button>
          <Search />
          <Live />
          <LanguageSwitch />
          <ModeSwitch />
          <SessionMenu />
        </header>
        {!reachable && (
          <div className="offline" role="alert">
            <DisconnectOutlined aria-hidden /> {t('offline')}
          </div>
        )}
        <main id="main" ref={main} tabIndex={-1}>
          {error && !session ? (
            <ErrorState error={error} retry={() => void refetch()} />
          ) : session ? (
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          ) : (
            <Loading />
          )}
        </main>
      </div>
      <Drawer
        open={drawer}
        onClose={() => setDrawer(false)}
        placement="left"
        size={260}
        title={
          <span className="brand">
            <Mark size={24} />
            Civitas
          </span>
        }
      >
        <Navigation onNavigate={() => setDrawer(false)} />
      </Drawer>
      <StepUp />
      <Sender />
      <Notices />
    </div>
  );
}
