/** One role: what it permits, who holds it, and the grant of it. */
import { Button, Flex, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { DataTable } from '../../components/DataTable';
import { useRoleWords } from '../../components/HeldRole';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import { ActButton } from './ActButton';
import { scopeOf, secondsOf, subjectOf } from './acts';
import { useGrantColumns } from './GrantTable';
import type { Grant, Role } from './types';

export function RolePage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('governance');
  const words = useRoleWords();
  const may = useRights();
  const answer = useRead<Role>('/api/v1/roles/{id}', { path: { id } });
  const columns = useGrantColumns(false, true);
  return (
    <Loaded answer={answer}>
      {(role) => (
        <Page
          title={words.role({ role: role.name })}
          crumb={<Link to="/governance/roles">{t('roles.all')}</Link>}
          subtitle={<StatusTag value={role.status} label={t(`statuses.${role.status}`)} />}
          actions={
            may('transact') &&
            role.status === 'Active' &&
            (role.consequential ? (
              <Link to={`/governance/proposals/new?act=roleGrant&role=${role.id}`}>
                <Button>{t('roles.propose')}</Button>
              </Link>
            ) : (
              <ActButton
                primary
                label={t('roles.grant')}
                title={t('roles.grantTitle', { role: words.role({ role: role.name }) })}
                fields={[
                  { name: 'subject', kind: 'subject' },
                  { name: 'scope', kind: 'scope' },
                  { name: 'expiry', kind: 'time', optional: true },
                  { name: 'delegable', kind: 'yesNo', initial: false },
                ]}
                call={(filled) => ({
                  contract: 'Roles',
                  function: 'grant',
                  arguments: [
                    role.id,
                    subjectOf(filled.subject),
                    scopeOf(filled.scope),
                    secondsOf(filled.expiry).toString(),
                    Boolean(filled.delegable),
                  ],
                })}
                onDone={() => void refresh('/api/v1/roles')}
              />
            ))
          }
        >
          <div className="columns">
            <Panel title={t('roles.permits')}>
              <Flex gap={6} wrap>
                {role.permissions.map((permission, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the permissions of a role have no name of their own
                  <Tag key={index}>
                    {permission.action === 'Call'
                      ? `${permission.targetName ?? permission.target ?? t('roles.anyContract')}.${permission.functionName ?? permission.selector ?? '*'}`
                      : t(`actions.${permission.action}`)}
                  </Tag>
                ))}
              </Flex>
            </Panel>
            <Panel>
              <Facts
                items={[
                  [t('roles.level'), role.level],
                  [t('roles.consequential'), role.consequential ? t('yes') : t('no')],
                  [t('roles.defined'), t('height', { height: role.definedAt })],
                  role.excludes.length > 0 && [
                    t('roles.excludes'),
                    role.excludes.map((other) => (
                      <Link key={other.id} to={`/governance/roles/${other.id}`} style={{ marginInlineEnd: 8 }}>
                        <Untrusted text={other.name ?? other.id} characters={30} />
                      </Link>
                    )),
                  ],
                ]}
              />
            </Panel>
          </div>
          <Panel title={t('roles.holders')} flush>
            <DataTable<Grant>
              path="/api/v1/roles/{id}/grants"
              parameters={{ path: { id } }}
              columns={columns}
              rowKey={(grant) => String(grant.id)}
              label={t('roles.holders')}
              empty={<EmptyState title={t('roles.noHolders')} />}
            />
          </Panel>
        </Page>
      )}
    </Loaded>
  );
}
