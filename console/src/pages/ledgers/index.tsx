/** Ledgers: the main one and the partitions, what they do, who orders them, and what can be decided about them. */
import { Route, Routes } from 'react-router';
import '../governance/governance.css';
import { LedgerPage } from './Ledger';
import { Ledgers } from './Ledgers';

export default function LedgersArea() {
  return (
    <Routes>
      <Route index element={<Ledgers />} />
      <Route path=":ledger" element={<LedgerPage />} />
    </Routes>
  );
}
