-- Lists of a registry by status go along an index too, however few entries have the status.
CREATE INDEX entities_by_status ON entities (ledger, kind, status, rank, id);
