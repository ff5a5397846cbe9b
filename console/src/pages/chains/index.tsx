/** Business chains: the registry, its reviews, and the acts of registrants, reviewers and regulators. */
import { Route, Routes } from 'react-router';
import '../governance/governance.css';
import { ChainPage } from './Chain';
import { Chains } from './Chains';
import { RegisterChain } from './RegisterChain';

export default function ChainsArea() {
  return (
    <Routes>
      <Route index element={<Chains />} />
      <Route path="register" element={<RegisterChain />} />
      <Route path=":id" element={<ChainPage />} />
    </Routes>
  );
}
