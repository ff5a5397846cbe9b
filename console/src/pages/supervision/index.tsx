/** Supervision: what rules found on all ledgers, the rules themselves with their trials, and the lists that they ask. */
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes } from 'react-router';
import '../governance/governance.css';
import { SubNav } from '../governance/SubNav';
import { Content } from './Content';
import { FindingPage } from './Finding';
import { Findings } from './Findings';
import { ListPage, Lists } from './Lists';
import { Overview } from './Overview';
import { RulePage } from './Rule';
import { RuleEditor } from './RuleEditor';
import { Rules } from './Rules';
import './supervision.css';

const TABS = ['overview', 'findings', 'rules', 'lists', 'content'] as const;

export default function Supervision() {
  const { t } = useTranslation('supervision');
  return (
    <>
      <SubNav label={t('title')} items={TABS.map((key) => ({ to: `/supervision/${key}`, label: t(`tabs.${key}`) }))} />
      <Routes>
        <Route index element={<Navigate to="overview" replace />} />
        <Route path="overview" element={<Overview />} />
        <Route path="findings" element={<Findings />} />
        <Route path="findings/:number" element={<FindingPage />} />
        <Route path="rules" element={<Rules />} />
        <Route path="rules/new" element={<RuleEditor />} />
        <Route path="rules/:id" element={<RulePage />} />
        <Route path="rules/:id/edit" element={<RuleEditor />} />
        <Route path="lists" element={<Lists />} />
        <Route path="lists/:name" element={<ListPage />} />
        <Route path="content" element={<Content />} />
        <Route path="*" element={<Navigate to="/supervision/overview" replace />} />
      </Routes>
    </>
  );
}
