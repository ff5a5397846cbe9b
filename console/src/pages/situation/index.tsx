/** The situation room: the map of the city's chains, risk that explains itself, trends with early warning. */
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes } from 'react-router';
import '../governance/governance.css';
import { SubNav } from '../governance/SubNav';
import { Risks } from './Risks';
import { Room } from './Room';
import './situation.css';
import { Trends } from './Trends';

export default function Situation() {
  const { t } = useTranslation('situation');
  return (
    <>
      <SubNav
        label={t('title')}
        items={[
          { to: '/situation', label: t('tabs.map'), end: true },
          { to: '/situation/risks', label: t('tabs.risks') },
          { to: '/situation/trends', label: t('tabs.trends') },
        ]}
      />
      <Routes>
        <Route index element={<Room />} />
        <Route path="risks" element={<Risks />} />
        <Route path="trends" element={<Trends />} />
        <Route path="*" element={<Navigate to="/situation" replace />} />
      </Routes>
    </>
  );
}
