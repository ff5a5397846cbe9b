/** Monitoring: charts of nodes and machine, search in logs, alarms and the channels that carry them. */
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes } from 'react-router';
import { useRights } from '../../api/session';
import '../governance/governance.css';
import { SubNav } from '../governance/SubNav';
import { Alarms } from './Alarms';
import { Channels } from './Channels';
import { Charts } from './Charts';
import { History } from './History';
import { Logs } from './Logs';
import './monitoring.css';

export default function Monitoring() {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  const tabs = ['charts', ...(may('readLogs') ? ['logs'] : []), 'alarms', ...(may('manageAlarms') ? ['channels'] : []), 'history'];
  return (
    <>
      <SubNav label={t('title')} items={tabs.map((key) => ({ to: `/monitoring/${key}`, label: t(`tabs.${key}`) }))} />
      <Routes>
        <Route index element={<Navigate to="charts" replace />} />
        <Route path="charts" element={<Charts />} />
        {may('readLogs') && <Route path="logs" element={<Logs />} />}
        <Route path="alarms" element={<Alarms />} />
        {may('manageAlarms') && <Route path="channels" element={<Channels />} />}
        <Route path="history" element={<History />} />
        <Route path="*" element={<Navigate to="/monitoring/charts" replace />} />
      </Routes>
    </>
  );
}
