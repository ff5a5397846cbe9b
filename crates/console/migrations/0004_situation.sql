-- The situation room: what happened on each ledger by minute and hour, and what the regulator wants to be warned of. The same statements
-- run on SQLite and PostgreSQL, and may run again. Times are seconds since 1970.
-- How far each ledger is counted; written with the counts.
CREATE TABLE IF NOT EXISTS situation_counted (
    ledger TEXT PRIMARY KEY,
    height BIGINT NOT NULL
);
-- `step` is 60 or 3600 seconds, `at` the begin of the stretch.
CREATE TABLE IF NOT EXISTS situation_stretch (
    ledger TEXT NOT NULL,
    step BIGINT NOT NULL,
    at BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    payments BIGINT NOT NULL,
    -- Payments whose payer has no verified identity.
    unverified BIGINT NOT NULL,
    PRIMARY KEY (ledger, step, at)
);
CREATE INDEX IF NOT EXISTS situation_stretch_by_time ON situation_stretch (step, at);
-- What was moved; amounts are millionths in decimal: they may be larger than a number of the database.
CREATE TABLE IF NOT EXISTS situation_moved (
    ledger TEXT NOT NULL,
    step BIGINT NOT NULL,
    at BIGINT NOT NULL,
    asset TEXT NOT NULL,
    payments BIGINT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (ledger, step, at, asset)
);
CREATE INDEX IF NOT EXISTS situation_moved_by_time ON situation_moved (step, at);
-- What people moved on one ledger who also have accounts that act on another, by hour.
CREATE TABLE IF NOT EXISTS situation_between (
    at BIGINT NOT NULL,
    ledger TEXT NOT NULL,
    other TEXT NOT NULL,
    asset TEXT NOT NULL,
    received BIGINT NOT NULL,
    received_amount TEXT NOT NULL,
    paid BIGINT NOT NULL,
    paid_amount TEXT NOT NULL,
    PRIMARY KEY (at, ledger, other, asset)
);
CREATE TABLE IF NOT EXISTS situation_threshold (
    ledger TEXT NOT NULL,
    measure TEXT NOT NULL,
    asset TEXT NOT NULL,
    step BIGINT NOT NULL,
    -- In decimal: an amount, or a count.
    above TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (ledger, measure, asset, step)
);
