/** Governance: who the city consists of, who may do what, and what is being decided. */
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes } from 'react-router';
import { useRights } from '../../api/session';
import { Audit } from './Audit';
import { Certificates } from './Certificates';
import { Control } from './Control';
import { CreateProposal } from './CreateProposal';
import { Nodes } from './Nodes';
import { OrganisationPage } from './Organisation';
import { Organisations } from './Organisations';
import { ParametersPage } from './Parameters';
import { ProposalPage } from './Proposal';
import { Proposals } from './Proposals';
import { RolePage } from './Role';
import { Roles } from './Roles';
import { SubNav } from './SubNav';
import './governance.css';

const TABS = ['proposals', 'organisations', 'nodes', 'certificates', 'roles', 'control', 'parameters', 'audit'] as const;

export default function Governance() {
  const { t } = useTranslation('governance');
  const may = useRights();
  const tabs = TABS.filter((tab) => (tab !== 'audit' || may('readAudit')) && (tab !== 'control' || may('explore')));
  return (
    <>
      <SubNav label={t('title')} items={tabs.map((key) => ({ to: `/governance/${key}`, label: t(`tabs.${key}`) }))} />
      <Routes>
        <Route index element={<Navigate to="proposals" replace />} />
        <Route path="proposals" element={<Proposals />} />
        <Route path="proposals/new" element={<CreateProposal />} />
        <Route path="proposals/:id" element={<ProposalPage />} />
        <Route path="organisations" element={<Organisations />} />
        <Route path="organisations/:name" element={<OrganisationPage />} />
        <Route path="nodes" element={<Nodes />} />
        <Route path="certificates" element={<Certificates />} />
        <Route path="roles" element={<Roles />} />
        <Route path="roles/:id" element={<RolePage />} />
        <Route path="control" element={<Control />} />
        <Route path="parameters" element={<ParametersPage />} />
        {may('readAudit') && <Route path="audit" element={<Audit />} />}
        <Route path="*" element={<Navigate to="/governance/proposals" replace />} />
      </Routes>
    </>
  );
}
