import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Page as PageOf } from '../../api/client';
import { write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { passkeysPossible, registerPasskey } from '../../api/passkey';
import type { components } from '../../api/schema';
import { useSession } from '../../api/session';
import { Confirm } from '../../components/Confirm';
import { DataTable } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState, ErrorState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { ApiKeys } from './ApiKeys';

type Schemas = components['schemas'];
type Passkey = Schemas['Passkey'];
type SessionItem = Schemas['SessionItem'];
type Attempt = Schemas['Attempt'];

/** How one signs in, from where one is signed in, and which programs act in one's name. */
export default function AccountPage() {
  const { t } = useTranslation('account');
  const { session } = useSession();
  return (
    <Page title={t('title')} subtitle={t('subtitle')}>
      {session?.methods.oidc && session.account && (
        <Panel title={t('provider.title')}>
          <div className="row">
            <p className="note grow">{t('provider.note', { name: session.methods.oidc })}</p>
            <Button href="/api/v1/session/oidc/start?link=true&next=%2Faccount">
              {t('provider.link', { name: session.methods.oidc })}
            </Button>
          </div>
        </Panel>
      )}
      <div className="grid">
        <div className="span-6">{session?.methods.passkey && <Passkeys />}</div>
        <div className="span-6">
          <Sessions />
        </div>
      </div>
      <ApiKeys />
      <SignIns />
    </Page>
  );
}

function Passkeys() {
  const { t } = useTranslation('account');
  const answer = useRead<PageOf<Passkey>>('/api/v1/passkeys');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  async function add() {
    setBusy(true);
    setError(undefined);
    try {
      await registerPasskey(t('passkeys.name', { number: (answer.data?.items.length ?? 0) + 1 }));
      await refresh('/api/v1/passkeys');
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Panel
      title={t('passkeys.title')}
      extra={
        passkeysPossible() && (
          <Button size="small" type="primary" loading={busy} onClick={() => void add()}>
            {t('passkeys.add')}
          </Button>
        )
      }
    >
      {error !== undefined && <ErrorState error={error} compact />}
      <Loaded answer={answer} rows={3}>
        {(list) =>
          list.items.length === 0 ? (
            <EmptyState title={t('passkeys.empty')} hint={t('passkeys.emptyHint')} />
          ) : (
            <ul className="rows">
              {list.items.map((passkey) => (
                <li key={passkey.id}>
                  <span className="grow">
                    <Untrusted text={passkey.label} characters={40} />
                    <span className="block faint small">
                      {t('madeAt')} <Time value={passkey.createdAt} /> · {t('usedAt')} <Time value={passkey.usedAt} />
                    </span>
                  </span>
                  <Confirm
                    label={t('remove')}
                    title={t('passkeys.remove')}
                    text={t('passkeys.removeText')}
                    button={{ size: 'small' }}
                    act={async () => {
                      await write('delete', '/api/v1/passkeys/{id}', undefined, { path: { id: passkey.id } });
                      await refresh('/api/v1/passkeys');
                    }}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Sessions() {
  const { t } = useTranslation('account');
  const answer = useRead<PageOf<SessionItem>>('/api/v1/sessions');
  return (
    <Panel title={t('sessions.title')}>
      <Loaded answer={answer} rows={3}>
        {(list) => (
          <ul className="rows">
            {list.items.map((session) => (
              <li key={session.id}>
                <span className="grow">
                  {t(`methods.${session.method}`, { defaultValue: session.method })} · <Untrusted text={session.agent} characters={48} />
                  <span className="block faint small">
                    <Untrusted text={session.source} characters={40} /> · {t('usedAt')} <Time value={session.seenAt} /> · {t('endsAt')}{' '}
                    <Time value={session.expiresAt} />
                  </span>
                </span>
                {session.current ? (
                  <StatusTag value="active" label={t('sessions.this')} />
                ) : (
                  <Confirm
                    label={t('sessions.end')}
                    title={t('sessions.end')}
                    text={t('sessions.endText')}
                    button={{ size: 'small' }}
                    act={async () => {
                      await write('delete', '/api/v1/sessions/{id}', undefined, { path: { id: session.id } });
                      await refresh('/api/v1/sessions');
                    }}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

const tones = { signedIn: 'good', refused: 'bad', signedOut: 'quiet', changed: 'busy' } as const;

function SignIns() {
  const { t } = useTranslation('account');
  return (
    <Panel title={t('signIns.title')} flush>
      <DataTable<Attempt>
        path="/api/v1/sign-ins"
        label={t('signIns.title')}
        rowKey={(attempt) => attempt.id}
        limit={10}
        columns={[
          { title: t('signIns.at'), render: (_, attempt) => <Time value={attempt.at} /> },
          { title: t('signIns.how'), render: (_, attempt) => t(`methods.${attempt.method}`, { defaultValue: attempt.method }) },
          {
            title: t('signIns.outcome'),
            render: (_, attempt) => (
              <StatusTag
                value={attempt.outcome}
                tone={tones[attempt.outcome as keyof typeof tones] ?? 'quiet'}
                label={t(`outcomes.${attempt.outcome}`, { defaultValue: attempt.outcome })}
              />
            ),
          },
          { title: t('signIns.reason'), render: (_, attempt) => <Untrusted text={attempt.reason} characters={60} /> },
          { title: t('signIns.source'), render: (_, attempt) => <Untrusted text={attempt.source} characters={40} /> },
          { title: t('signIns.agent'), render: (_, attempt) => <Untrusted text={attempt.agent} characters={40} />, responsive: ['lg'] },
        ]}
      />
    </Panel>
  );
}
