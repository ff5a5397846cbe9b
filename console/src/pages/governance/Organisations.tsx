/** The organisations of the city as cards. */
import { BankOutlined, PlusOutlined, ShopOutlined, TeamOutlined, ToolOutlined } from '@ant-design/icons';
import { Button, Flex } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Page } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import type { Organisation } from './types';

export const KIND_ICONS: Record<string, ReactNode> = {
  Governance: <BankOutlined />,
  Business: <ShopOutlined />,
  Provider: <ToolOutlined />,
  Supporter: <TeamOutlined />,
};

export function Organisations() {
  const { t } = useTranslation('governance');
  const may = useRights();
  const answer = useRead<ApiPage<Organisation>>('/api/v1/organisations', { query: { limit: 200 } });
  return (
    <Page
      title={t('tabs.organisations')}
      actions={
        may('transact') && (
          <Link to="/governance/proposals/new?act=organisationJoin">
            <Button icon={<PlusOutlined aria-hidden />}>{t('organisations.join')}</Button>
          </Link>
        )
      }
    >
      <Loaded answer={answer}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('organisations.empty')} />
          ) : (
            <div className="tiles">
              {items.map((each) => (
                <Link key={each.id} to={`/governance/organisations/${encodeURIComponent(each.name)}`} className="tile">
                  <Flex gap={12} align="center">
                    <span className="tile-icon" aria-hidden>
                      {KIND_ICONS[each.kind]}
                    </span>
                    <div style={{ minWidth: 0 }}>
                      <div className="tile-title">
                        <Untrusted text={each.name} />
                      </div>
                      <div className="faint">{t(`organisationKinds.${each.kind}`)}</div>
                    </div>
                  </Flex>
                  <Flex justify="space-between" wrap gap={8}>
                    <StatusTag value={each.status} label={t(`statuses.${each.status}`)} />
                    <span className="faint">
                      {t('organisations.nodes', { count: each.nodes })} ·{' '}
                      {each.voting ? t('organisations.voting') : t('organisations.notVoting')} ·{' '}
                      {t('organisations.level', { level: each.level })}
                    </span>
                  </Flex>
                </Link>
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
