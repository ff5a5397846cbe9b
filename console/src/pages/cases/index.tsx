/** The desk of the regulator: cases with evidence, commands to chains with their proof, notices to organisations, reports. */
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes } from 'react-router';
import '../governance/governance.css';
import { SubNav } from '../governance/SubNav';
import '../supervision/supervision.css';
import { CasePage } from './Case';
import { Cases } from './Cases';
import './cases.css';
import { Commands } from './Commands';
import { Notices } from './Notices';
import { OpenCase } from './OpenCase';
import { OrderCommand } from './OrderCommand';
import { Reports } from './Reports';

export default function Desk() {
  const { t } = useTranslation('cases');
  return (
    <>
      <SubNav
        label={t('title')}
        items={[
          { to: '/cases', label: t('tabs.cases'), end: true },
          { to: '/cases/commands', label: t('tabs.commands') },
          { to: '/cases/notices', label: t('tabs.notices') },
          { to: '/cases/reports', label: t('tabs.reports') },
        ]}
      />
      <Routes>
        <Route index element={<Cases />} />
        <Route path="new" element={<OpenCase />} />
        <Route path="commands" element={<Commands />} />
        <Route path="notices" element={<Notices />} />
        <Route path="reports" element={<Reports />} />
        <Route path=":id" element={<CasePage />} />
        <Route path=":id/order" element={<OrderCommand />} />
        <Route path="*" element={<Navigate to="/cases" replace />} />
      </Routes>
    </>
  );
}
