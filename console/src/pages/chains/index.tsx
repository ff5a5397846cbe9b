/** Business chains: the registry, its reviews, and the acts of registrants, reviewers and regulators. */
import { Navigate, Route, Routes } from 'react-router';
import '../governance/governance.css';
import { AttachChain, AttachNew } from './attach';
import { ChainPage } from './Chain';
import { Chains } from './Chains';

export default function ChainsArea() {
  return (
    <Routes>
      <Route index element={<Chains />} />
      <Route path="register" element={<Navigate to="/chains/attach" replace />} />
      <Route path="attach" element={<AttachNew />} />
      <Route path=":id" element={<ChainPage />} />
      <Route path=":id/attach" element={<AttachChain />} />
    </Routes>
  );
}
