-- With the ledger, so that SQLite takes this index and not another that begins with the ledger, in which it would look at every transaction.
DROP INDEX transactions_by_hash;
CREATE INDEX transactions_by_hash ON transactions (hash, ledger);
