/** What the city holds about the person who looks: identity, accounts, and who read or used it. */
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { ActivityList } from '../../components/ActivityList';
import { Page } from '../../components/Page';
import '../governance/governance.css';
import { Accesses } from './Accesses';
import { MyAccounts } from './MyAccounts';
import { MyIdentity } from './MyIdentity';
import { MyNotices } from './MyNotices';

export default function Citizen() {
  const { t } = useTranslation('citizen');
  const [parameters, setParameters] = useSearchParams();
  return (
    <Page title={t('title')} subtitle={t('subtitle')}>
      <Tabs
        activeKey={parameters.get('tab') ?? 'identity'}
        onChange={(tab) => setParameters({ tab })}
        destroyOnHidden
        items={[
          { key: 'identity', label: t('tabs.identity'), children: <MyIdentity /> },
          { key: 'activity', label: t('tabs.activity'), children: <ActivityList path="/api/v1/me/activity" /> },
          { key: 'accesses', label: t('tabs.accesses'), children: <Accesses /> },
          { key: 'notices', label: t('tabs.notices'), children: <MyNotices /> },
          { key: 'accounts', label: t('tabs.accounts'), children: <MyAccounts /> },
        ]}
      />
    </Page>
  );
}
