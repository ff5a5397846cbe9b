/** The own identity as a picture, the own roles, and what happened to them. */
import { Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { Address, Hash } from '../../components/Hash';
import { useRoleWords } from '../../components/HeldRole';
import { Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { IdentityPicture } from '../identities/Identity';

type Me = components['schemas']['Me'];

export function MyIdentity() {
  const { t } = useTranslation('citizen');
  const words = useRoleWords();
  const answer = useRead<Me>('/api/v1/me');
  return (
    <Loaded answer={answer}>
      {(me) => (
        <div className="stack">
          {me.account && (
            <div className="row">
              <span>
                {t('signedInAs')} <Address value={me.account} ledger="main" />
              </span>
              {me.identity && <Link to={`/identities/${me.identity.did}`}>{t('seeAll')}</Link>}
            </div>
          )}
          {me.identity ? <IdentityPicture identity={me.identity} /> : <EmptyState title={t('noIdentity')} hint={t('noIdentityHint')} />}
          <div className="columns">
            <Panel title={t('life')}>
              <Life me={me} />
            </Panel>
            <Panel title={t('roles')}>
              {me.roles.length === 0 && <p className="faint">{t('noRoles')}</p>}
              <ul className="plain-list">
                {me.roles.map((role) => (
                  <li key={role.grant}>
                    <strong>{words.role(role)}</strong>
                    <div className="faint">
                      {t('scope')}: {words.scope(role)} · {t('expiry')}: {role.expiry ? <Time value={role.expiry} /> : t('never')}
                    </div>
                  </li>
                ))}
              </ul>
            </Panel>
          </div>
        </div>
      )}
    </Loaded>
  );
}

function Life({ me }: { me: Me }) {
  const { t } = useTranslation('citizen');
  if (me.timeline.length === 0) return <p className="faint">{t('nothing')}</p>;
  return (
    <Timeline
      items={me.timeline.map((entry, index) => ({
        key: index,
        color: entry.ahead ? 'gray' : 'blue',
        content: (
          <div>
            {t(`whats.${entry.what}`, { defaultValue: entry.what })} <Time value={entry.at} />
            {entry.by && (
              <div>
                {/^0x[0-9a-fA-F]{40}$/.test(entry.by) ? (
                  <Address value={entry.by} ledger="main" copy={false} />
                ) : (
                  <Untrusted text={entry.by} />
                )}
              </div>
            )}
            {entry.transaction && <Hash value={entry.transaction} kind="transaction" ledger="main" copy={false} />}
          </div>
        ),
      }))}
    />
  );
}
