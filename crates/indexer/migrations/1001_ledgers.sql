-- The index of every ledger of a city. The same statements run on SQLite and PostgreSQL.
-- Positions are one number each: height * 2^24 + place in the block, so that lists page by a single key.
-- Amounts are 32 bytes, big endian: their byte order is the order of the numbers.

CREATE TABLE ledgers (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    chain_id BIGINT NOT NULL,
    -- The newest block in this index, and its hash; -1 before the first one. Written with what the blocks bring.
    indexed BIGINT NOT NULL,
    indexed_hash BYTEA NOT NULL,
    indexed_at BIGINT NOT NULL,
    -- The place up to which creations of contracts by contracts have been looked for.
    traced BIGINT NOT NULL,
    -- Whether the registries have been read that its genesis filled.
    founded BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    events BIGINT NOT NULL,
    transfers BIGINT NOT NULL
);

CREATE TABLE blocks (
    ledger BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    parent BYTEA NOT NULL,
    time BIGINT NOT NULL,
    beneficiary BYTEA NOT NULL,
    state_root BYTEA NOT NULL,
    payload BYTEA NOT NULL,
    gas_used BIGINT NOT NULL,
    gas_limit BIGINT NOT NULL,
    base_fee BIGINT NOT NULL,
    size BIGINT NOT NULL,
    transactions BIGINT NOT NULL,
    PRIMARY KEY (ledger, number)
);
CREATE INDEX blocks_by_hash ON blocks (hash);

CREATE TABLE transactions (
    ledger BIGINT NOT NULL,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    sender BYTEA NOT NULL,
    recipient BYTEA,
    created BYTEA,
    nonce BIGINT NOT NULL,
    value BYTEA NOT NULL,
    input BYTEA NOT NULL,
    selector BYTEA,
    kind BIGINT NOT NULL,
    status BIGINT NOT NULL,
    gas_limit BIGINT NOT NULL,
    gas_used BIGINT NOT NULL,
    gas_price BYTEA NOT NULL,
    event_first BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    PRIMARY KEY (ledger, position)
);
CREATE INDEX transactions_by_hash ON transactions (hash);
CREATE INDEX transactions_by_sender ON transactions (ledger, sender, position);
CREATE INDEX transactions_by_recipient ON transactions (ledger, recipient, position);
CREATE INDEX transactions_by_selector ON transactions (ledger, selector, position);
CREATE INDEX transactions_by_created ON transactions (ledger, created, position) WHERE created IS NOT NULL;
CREATE INDEX transactions_failed ON transactions (ledger, position) WHERE status = 0;

CREATE TABLE events (
    ledger BIGINT NOT NULL,
    position BIGINT NOT NULL,
    transaction_position BIGINT NOT NULL,
    address BYTEA NOT NULL,
    topic BYTEA,
    topic_second BYTEA,
    topic_third BYTEA,
    topic_fourth BYTEA,
    data BYTEA NOT NULL,
    PRIMARY KEY (ledger, position)
);
CREATE INDEX events_by_address ON events (ledger, address, position);
CREATE INDEX events_by_topic ON events (ledger, topic, position);
CREATE INDEX events_by_address_topic ON events (ledger, address, topic, position);

CREATE TABLE transfers (
    ledger BIGINT NOT NULL,
    -- Height and the place among the transfers of the block.
    position BIGINT NOT NULL,
    event_index BIGINT NOT NULL,
    transaction_position BIGINT NOT NULL,
    token BYTEA NOT NULL,
    standard BIGINT NOT NULL,
    sender BYTEA NOT NULL,
    recipient BYTEA NOT NULL,
    token_id BYTEA NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (ledger, position)
);
CREATE INDEX transfers_by_token ON transfers (ledger, token, position);
CREATE INDEX transfers_by_sender ON transfers (ledger, sender, position);
CREATE INDEX transfers_by_recipient ON transfers (ledger, recipient, position);

CREATE TABLE balances (
    ledger BIGINT NOT NULL,
    token BYTEA NOT NULL,
    holder BYTEA NOT NULL,
    token_id BYTEA NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (ledger, token, holder, token_id)
);
CREATE INDEX balances_by_amount ON balances (ledger, token, amount, holder, token_id);
CREATE INDEX balances_by_holder ON balances (ledger, holder, token, token_id);

CREATE TABLE tokens (
    ledger BIGINT NOT NULL,
    address BYTEA NOT NULL,
    standard BIGINT NOT NULL,
    first_position BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    holders BIGINT NOT NULL,
    -- What was made less what was burnt, as its events say.
    supply BYTEA NOT NULL,
    -- 1 where its events moved more than there was.
    inconsistent BIGINT NOT NULL,
    -- 0: its metadata are still to be asked for.
    described BIGINT NOT NULL,
    name TEXT,
    symbol TEXT,
    decimals BIGINT,
    PRIMARY KEY (ledger, address)
);
CREATE INDEX tokens_by_transfers ON tokens (ledger, transfers, address);
CREATE INDEX tokens_not_described ON tokens (ledger, first_position) WHERE described = 0;

CREATE TABLE contracts (
    ledger BIGINT NOT NULL,
    address BYTEA NOT NULL,
    -- 0: a system contract, 1: made by a transaction, 2: made by a contract, 3: seen by its events only.
    origin BIGINT NOT NULL,
    creator BYTEA,
    first_position BIGINT NOT NULL,
    described BIGINT NOT NULL,
    code_hash BYTEA,
    code_size BIGINT,
    name TEXT,
    abi TEXT,
    source TEXT,
    PRIMARY KEY (ledger, address)
);
CREATE INDEX contracts_by_position ON contracts (ledger, first_position, address);
CREATE INDEX contracts_by_code ON contracts (code_hash);
CREATE INDEX contracts_not_described ON contracts (ledger, first_position) WHERE described = 0;

CREATE TABLE accounts (
    ledger BIGINT NOT NULL,
    address BYTEA NOT NULL,
    first_position BIGINT NOT NULL,
    last_position BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    received BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    PRIMARY KEY (ledger, address)
);
CREATE INDEX accounts_by_position ON accounts (ledger, first_position, address);

CREATE TABLE entities (
    ledger BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    -- Place in the order of the registry: lists go by it.
    rank BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- The name in lower case, for the search.
    folded TEXT NOT NULL,
    status BIGINT NOT NULL,
    -- The last event that concerned it; -1 where only the genesis knows it.
    changed_position BIGINT NOT NULL,
    -- 0: the state of the contract is still to be read.
    described BIGINT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (ledger, kind, id)
);
CREATE INDEX entities_by_rank ON entities (ledger, kind, rank, id);
CREATE INDEX entities_by_name ON entities (folded);
CREATE INDEX entities_not_described ON entities (ledger, kind, id) WHERE described = 0;
