/** Operations: the nodes, what is wrong with them and what to do, start and stop, renewal of certificates. */
import { Route, Routes } from 'react-router';
import '../governance/governance.css';
import '../monitoring/monitoring.css';
import { NodePage } from './Node';
import { OperatedNodes } from './Nodes';
import './operations.css';
import { Renewal } from './Renewal';

export default function Operations() {
  return (
    <Routes>
      <Route index element={<OperatedNodes />} />
      <Route path=":name" element={<NodePage />} />
      <Route path=":name/certificate" element={<Renewal />} />
    </Routes>
  );
}
