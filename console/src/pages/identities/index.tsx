/** Identities of the city and the openings of the records behind them. */
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { Route, Routes, useLocation, useNavigate } from 'react-router';
import { useRights } from '../../api/session';
import '../governance/governance.css';
import { CreateIdentity } from './CreateIdentity';
import { Identities } from './Identities';
import { IdentityPage } from './Identity';
import { Openings } from './Openings';

export default function IdentitiesArea() {
  const { t } = useTranslation('identities');
  const may = useRights();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const active = pathname.startsWith('/identities/openings') ? 'openings' : 'identities';
  return (
    <>
      {may('readOpenings') && (
        <Tabs
          activeKey={active}
          onChange={(key) => navigate(key === 'openings' ? '/identities/openings' : '/identities')}
          items={[
            { key: 'identities', label: t('tabs.identities') },
            { key: 'openings', label: t('tabs.openings') },
          ]}
        />
      )}
      <Routes>
        <Route index element={<Identities />} />
        <Route path="create" element={<CreateIdentity />} />
        {may('readOpenings') && <Route path="openings" element={<Openings />} />}
        <Route path=":did" element={<IdentityPage />} />
      </Routes>
    </>
  );
}
