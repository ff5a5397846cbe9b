/** The registry of nodes: by organisation, with what each does and what can be proposed about it. */
import { CloudServerOutlined, EyeOutlined, MoreOutlined, PauseCircleOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { Button, Dropdown, Flex } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Hash } from '../../components/Hash';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import type { CityNode } from './types';

const ROLE_ICONS: Record<string, ReactNode> = {
  Validator: <SafetyCertificateOutlined />,
  Observer: <EyeOutlined />,
  Standby: <PauseCircleOutlined />,
  Light: <CloudServerOutlined />,
};

export function Nodes() {
  const { t } = useTranslation('governance');
  const answer = useRead<ApiPage<CityNode>>('/api/v1/nodes', { query: { limit: 200 } }, { every: 15_000 });
  return (
    <Page title={t('tabs.nodes')}>
      <Loaded answer={answer}>
        {({ items }) => {
          if (items.length === 0) return <EmptyState title={t('nodes.empty')} />;
          const owners = [...new Set(items.map((node) => node.organisation))];
          return owners.map((owner) => {
            const nodes = items.filter((node) => node.organisation === owner);
            return (
              <Panel key={owner} title={<Untrusted text={nodes[0]?.organisationName ?? owner} />}>
                <NodeTiles nodes={nodes} />
              </Panel>
            );
          });
        }}
      </Loaded>
    </Page>
  );
}

export function NodeTiles({ nodes }: { nodes: CityNode[] }) {
  const { t } = useTranslation('governance');
  return (
    <div className="tiles">
      {nodes.map((node) => (
        <div key={node.key} className={`tile node-tile ${node.status !== 'Active' ? 'dim' : ''}`}>
          <Flex justify="space-between" align="start">
            <Flex gap={10} align="center">
              <span className="tile-icon" aria-hidden>
                {ROLE_ICONS[node.role] ?? <CloudServerOutlined />}
              </span>
              <div>
                <div className="tile-title">
                  <Untrusted text={node.name} />
                </div>
                <div className="faint">{t(`nodeRoles.${node.role}`)}</div>
              </div>
            </Flex>
            <NodeActs node={node} />
          </Flex>
          <Flex gap={12} wrap>
            <StatusTag value={node.status} label={t(`statuses.${node.status}`)} />
            {node.role === 'Validator' && node.status === 'Active' && (
              <StatusTag value={node.ready ? 'valid' : 'syncing'} label={node.ready ? t('nodes.ready') : t('nodes.notReady')} />
            )}
          </Flex>
          <div className="faint">
            {node.endpoint && (
              <>
                <Untrusted text={node.endpoint} characters={40} /> ·{' '}
              </>
            )}
            <Hash value={node.key} />
          </div>
          {node.emergencyUntil && node.status === 'Suspended' && (
            <div className="warn">
              {t('nodes.emergency')} <Time value={node.emergencyUntil} full />
            </div>
          )}
        </div>
      ))}
    </div>
  );
}

/** What can be proposed about a node, by what it is now. */
function NodeActs({ node }: { node: CityNode }) {
  const { t } = useTranslation('governance');
  const may = useRights();
  const navigate = useNavigate();
  const acts =
    node.status === 'Pending'
      ? ['nodeAdmit', 'nodeRevoke']
      : node.status === 'Suspended'
        ? ['nodeReactivate', 'nodeRevoke']
        : node.status === 'Active'
          ? ['nodeRole', node.role === 'Validator' ? 'validatorSuspend' : 'nodeSuspend', 'nodeRevoke']
          : [];
  if (!may('transact') || acts.length === 0) return null;
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: acts.map((key) => ({ key, label: t(`acts.${key}`), danger: key === 'nodeRevoke' })),
        onClick: ({ key }) => navigate(`/governance/proposals/new?act=${key}&node=${node.key}`),
      }}
    >
      <Button size="small" type="text" icon={<MoreOutlined aria-hidden />} aria-label={`${t('nodes.act')} ${node.name}`} />
    </Dropdown>
  );
}
