/** Roles as a matrix of functions and roles, and the question who can do something. */
import { Alert, Flex, Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { DataTable } from '../../components/DataTable';
import { useRoleWords } from '../../components/HeldRole';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import type { ContractName } from './acts';
import { SYSTEM_FUNCTIONS } from './functions';
import { useGrantColumns } from './GrantTable';
import type { Grant, Permission, Role, WhoCan } from './types';

export function Roles() {
  const { t } = useTranslation('governance');
  const answer = useRead<ApiPage<Role>>('/api/v1/roles', { query: { limit: 200 } });
  return (
    <Page title={t('tabs.roles')}>
      <WhoCanPanel />
      <Panel title={t('roles.matrix')} flush>
        <p className="faint" style={{ padding: '0 16px' }}>
          {t('roles.matrixHint')}
        </p>
        <Loaded answer={answer}>
          {({ items }) => (items.length === 0 ? <EmptyState /> : <Matrix roles={items.filter((role) => role.status === 'Active')} />)}
        </Loaded>
      </Panel>
    </Page>
  );
}

interface Row {
  key: string;
  contract: string;
  name: string;
  permission: Permission;
}

const keyOf = (permission: Permission) =>
  `${permission.action}/${permission.targetName ?? permission.target ?? ''}/${permission.functionName ?? permission.selector ?? ''}`;

/** One row a permission that some role has, one column a role. */
function Matrix({ roles }: { roles: Role[] }) {
  const { t } = useTranslation('governance');
  const words = useRoleWords();
  const rows = new Map<string, Row>();
  for (const role of roles) {
    for (const permission of role.permissions) {
      const contract = permission.targetName ?? (permission.target ? `${permission.target.slice(0, 8)}…` : '');
      const name = permission.functionName ?? (permission.selector || t('roles.any'));
      rows.set(keyOf(permission), { key: keyOf(permission), contract, name, permission });
    }
  }
  const sorted = [...rows.values()].sort((one, other) => one.key.localeCompare(other.key));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard
    <section className="matrix" tabIndex={0} aria-label={t('roles.matrix')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('roles.function')}</th>
            {roles.map((role) => (
              <th scope="col" key={role.id} className="turned">
                <Link to={`/governance/roles/${role.id}`} title={role.name}>
                  <span>{words.role({ role: role.name })}</span>
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, index) => (
            <tr key={row.key} className={row.contract !== sorted[index - 1]?.contract ? 'first' : undefined}>
              <th scope="row">
                {row.permission.action === 'Call' ? (
                  <>
                    <span className="faint">{row.contract || t('roles.anyContract')}</span> {row.name}
                  </>
                ) : (
                  t(`actions.${row.permission.action}`)
                )}
              </th>
              {roles.map((role) => {
                const has = role.permissions.some((permission) => keyOf(permission) === row.key);
                return (
                  <td key={role.id}>
                    {has && (
                      <span
                        className="dot-mark"
                        role="img"
                        aria-label={t('yes')}
                        title={`${words.role({ role: role.name })}: ${row.contract} ${row.name}`}
                      />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('roles.grants')}</th>
            {roles.map((role) => (
              <td key={role.id} className="number">
                {role.grants}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function WhoCanPanel() {
  const { t } = useTranslation('governance');
  const [contract, setContract] = useState<ContractName>('Control');
  const [name, setName] = useState('freezeAccount');
  const functions = SYSTEM_FUNCTIONS[contract] ?? [];
  const columns = useGrantColumns(true, false);
  const question = { contract, function: name, limit: 1 };
  const answer = useRead<WhoCan>('/api/v1/permissions/who-can', { query: question }, { enabled: name !== '' });
  return (
    <Panel title={t('roles.whoCan')}>
      <p className="faint">{t('roles.whoCanHint')}</p>
      <Form layout="inline" style={{ marginBottom: 16, rowGap: 8 }}>
        <Form.Item label={t('roles.contract')} htmlFor="who-can-contract">
          <Select
            id="who-can-contract"
            style={{ minWidth: 160 }}
            value={contract}
            onChange={(next: ContractName) => {
              setContract(next);
              setName(SYSTEM_FUNCTIONS[next]?.[0]?.name ?? '');
            }}
            options={Object.keys(SYSTEM_FUNCTIONS).map((value) => ({ value, label: value }))}
          />
        </Form.Item>
        <Form.Item label={t('roles.function')} htmlFor="who-can-function">
          <Select
            id="who-can-function"
            style={{ minWidth: 220 }}
            showSearch
            value={name}
            onChange={setName}
            options={functions.map((each) => ({ value: each.name, label: each.name }))}
          />
        </Form.Item>
      </Form>
      <Loaded answer={answer} rows={1}>
        {({ proposalKind }) => (
          <Flex vertical gap={12}>
            {proposalKind && <Alert type="info" showIcon title={t('roles.byProposal', { kind: t(`kinds.${proposalKind}`) })} />}
            <DataTable<Grant>
              path="/api/v1/permissions/who-can"
              parameters={{ query: { contract, function: name } }}
              columns={columns}
              rowKey={(grant) => String(grant.id)}
              label={t('roles.whoCan')}
              empty={<p>{proposalKind ? t('roles.nobody') : t('roles.open')}</p>}
            />
          </Flex>
        )}
      </Loaded>
    </Panel>
  );
}
