-- Supervision: rules with all their versions, lists, what was found, and how far each ledger has been judged.
-- Every statement runs alike on SQLite and PostgreSQL, and may run again. Times are seconds since 1970.
CREATE TABLE IF NOT EXISTS supervision_state (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
-- Versions are never changed; only their mode is.
CREATE TABLE IF NOT EXISTS supervision_rule (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    mode TEXT NOT NULL,
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);
-- Who did what to a rule, a list or a finding. Rows are only ever added.
CREATE TABLE IF NOT EXISTS supervision_act (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    act TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS supervision_act_by_name ON supervision_act (kind, name, number);
CREATE TABLE IF NOT EXISTS supervision_list (
    name TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    entries TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- The last block of each ledger that was judged; written with what was found in it.
CREATE TABLE IF NOT EXISTS supervision_judged (
    ledger TEXT PRIMARY KEY,
    height BIGINT NOT NULL,
    time BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS supervision_finding (
    number BIGINT PRIMARY KEY,
    rule TEXT NOT NULL,
    version BIGINT NOT NULL,
    subject TEXT NOT NULL,
    event TEXT NOT NULL,
    ledger TEXT NOT NULL,
    at BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    severity TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
);
-- One finding, however often its event is judged.
CREATE UNIQUE INDEX IF NOT EXISTS supervision_finding_once ON supervision_finding (rule, version, subject, event);
CREATE INDEX IF NOT EXISTS supervision_finding_by_rule ON supervision_finding (rule, number);
CREATE INDEX IF NOT EXISTS supervision_finding_by_subject ON supervision_finding (subject, number);
CREATE INDEX IF NOT EXISTS supervision_finding_by_ledger ON supervision_finding (ledger, number);
CREATE INDEX IF NOT EXISTS supervision_finding_by_event ON supervision_finding (event, number);
CREATE INDEX IF NOT EXISTS supervision_finding_by_state ON supervision_finding (state, number);
CREATE INDEX IF NOT EXISTS supervision_finding_counts ON supervision_finding (rule, severity, mode, state);
CREATE INDEX IF NOT EXISTS supervision_finding_by_ledger_time ON supervision_finding (ledger, at);
CREATE INDEX IF NOT EXISTS supervision_finding_by_time ON supervision_finding (at, severity);
-- What may have been missed, by day.
CREATE TABLE IF NOT EXISTS supervision_notice (
    day BIGINT NOT NULL,
    rule TEXT NOT NULL,
    kind TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (day, rule, kind)
);
-- Texts of notices under their Keccak-256, which stands on the ledger.
CREATE TABLE IF NOT EXISTS supervision_text (
    hash TEXT PRIMARY KEY,
    words TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);
