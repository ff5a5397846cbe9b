import { Navigate, Route, Routes } from 'react-router';
import { NotFound } from '../../shell/Faults';
import Account from './Account';
import Block from './Block';
import Contract from './Contract';
import Flows from './Flows';
import { Accounts, Blocks, Contracts, Events, Home, Tokens, Transactions } from './Lists';
import Search from './Search';
import Token from './Token';
import Transaction from './Transaction';

export default function Explorer() {
  return (
    <Routes>
      <Route index element={<Navigate to="main" replace />} />
      <Route path="search" element={<Search />} />
      <Route path=":ledger">
        <Route index element={<Home />} />
        <Route path="blocks" element={<Blocks />} />
        <Route path="blocks/:block" element={<Block />} />
        <Route path="transactions" element={<Transactions />} />
        <Route path="transactions/:hash" element={<Transaction />} />
        <Route path="accounts" element={<Accounts />} />
        <Route path="accounts/:address" element={<Account />} />
        <Route path="contracts" element={<Contracts />} />
        <Route path="contracts/:address" element={<Contract />} />
        <Route path="tokens" element={<Tokens />} />
        <Route path="tokens/:address" element={<Token />} />
        <Route path="events" element={<Events />} />
        <Route path="flows" element={<Flows />} />
      </Route>
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
