-- Chains that are not the city's own, as gateways reported them and the main ledger anchored them. Their blocks stand in the same tables as
-- those of the ledgers; the name of such a ledger is the CAIP-2 name of the chain.
CREATE TABLE chains (
    ledger BIGINT NOT NULL PRIMARY KEY,
    -- Its id in the registry: keccak256 of its name.
    id BYTEA NOT NULL,
    -- The trust root: the block before the first one in the index.
    start_height BIGINT NOT NULL,
    start_hash BYTEA NOT NULL,
    -- Batches in the index, and the hash over all of them.
    batches BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    -- Gateways that must say the same, and how many there are, by the terms of the newest batch.
    threshold BIGINT NOT NULL,
    gateways BIGINT NOT NULL
);

CREATE TABLE batches (
    ledger BIGINT NOT NULL,
    to_height BIGINT NOT NULL,
    from_height BIGINT NOT NULL,
    number BIGINT NOT NULL,
    blocks_root BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    -- Gateways that had said the same when it was read, of how many.
    agreed BIGINT NOT NULL,
    gateways BIGINT NOT NULL,
    -- Height and time of the block of the main ledger in which it was anchored.
    anchored_height BIGINT NOT NULL,
    anchored_at BIGINT NOT NULL,
    PRIMARY KEY (ledger, to_height)
);
