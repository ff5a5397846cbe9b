/** Identities of the city and the openings of the records behind them. */
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes } from 'react-router';
import { useRights } from '../../api/session';
import '../governance/governance.css';
import { SubNav } from '../governance/SubNav';
import { CreateIdentity } from './CreateIdentity';
import { Identities } from './Identities';
import { IdentityPage } from './Identity';
import { Openings } from './Openings';

export default function IdentitiesArea() {
  const { t } = useTranslation('identities');
  const may = useRights();
  return (
    <>
      {may('readOpenings') && (
        <SubNav
          label={t('title')}
          items={[
            { to: '/identities', label: t('tabs.identities'), end: true },
            { to: '/identities/openings', label: t('tabs.openings') },
          ]}
        />
      )}
      <Routes>
        <Route index element={<Identities />} />
        <Route path="create" element={<CreateIdentity />} />
        <Route path="openings" element={may('readOpenings') ? <Openings /> : <Navigate to="/identities" replace />} />
        <Route path=":did" element={<IdentityPage />} />
      </Routes>
    </>
  );
}
