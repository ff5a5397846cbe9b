//! The rows of the table. A new method gets its row here before it is registered.

use super::{Failure, Method, Parameter};

const NOT_FOUND: Failure = (-32000, "The block or transaction does not exist here");
const RESOURCE: Failure = (-32001, "Resource not found");
const PRUNED: Failure = (4444, "Pruned history unavailable");
const UNSUPPORTED: Failure = (-32004, "This ledger has no such proof");
const LIMIT: Failure = (-32005, "A limit of this node was reached");
const BUSY: Failure = (-32005, "Too many heavy calls at once");
const TIMEOUT: Failure = (-32000, "The execution took too long");
const REVERTED: Failure = (3, "Execution reverted; the data are those of the revert");
const FILTER: Failure = (
    -32000,
    "The filter does not exist, or nobody asked for it for too long",
);
const REFUSED: Failure = (-32000, "The pool refused the transaction; the message says why");
const SYNC: Failure = (
    4,
    "The transaction was accepted but is in no block yet; the data are its hash",
);

const fn required(name: &'static str, kind: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        required: false,
    }
}

/// A row without errors of its own.
const fn method(
    name: &'static str,
    summary: &'static str,
    params: &'static [Parameter],
    result: &'static str,
) -> Method {
    Method {
        name,
        summary,
        params,
        result,
        errors: &[],
    }
}

impl Method {
    /// The same row with these errors.
    const fn failing(self, errors: &'static [Failure]) -> Self {
        Self { errors, ..self }
    }
}

/// All methods, sorted by name.
pub const METHODS: &[Method] = &[
    method(
        "civitas_getCertificate",
        "The signatures that prove a block; null while no later payload commits to it.",
        &[required("block", "BlockId")],
        "BlockCertificate?",
    )
    .failing(&[NOT_FOUND, UNSUPPORTED]),
    method(
        "civitas_getOmitted",
        "Transactions that were ordered but left out: of a block, or one by its hash (in recent blocks).",
        &[required("blockOrTransaction", "BlockId")],
        "[Omission]",
    )
    .failing(&[NOT_FOUND]),
    method(
        "civitas_getProof",
        "A proof of an account, or of one of its slots, against the newest state root.",
        &[required("address", "Address"), optional("slot", "Slot")],
        "StateProof",
    )
    .failing(&[UNSUPPORTED]),
    method(
        "civitas_ledgers",
        "The ledgers that this node serves, the main one first.",
        &[],
        "[LedgerPath]",
    ),
    method(
        "civitas_parameters",
        "The parameters of the ledger, as the next block is made by them.",
        &[],
        "Parameters",
    ),
    method(
        "civitas_status",
        "What this node knows of the ledger and of itself.",
        &[],
        "Status",
    ),
    method(
        "civitas_systemContracts",
        "The system contracts of the city, with their ABIs; none on an imported chain.",
        &[],
        "[SystemContract]",
    ),
    method(
        "civitas_validators",
        "The validators of an epoch that has begun; of the current one if none is named.",
        &[optional("epoch", "Quantity")],
        "[Validator]",
    ),
    method(
        "debug_getBadBlocks",
        "Always empty: a block is final before it is shown.",
        &[],
        "[Any]",
    ),
    method(
        "debug_getRawBlock",
        "RLP of a block.",
        &[required("block", "BlockId")],
        "Bytes",
    )
    .failing(&[NOT_FOUND]),
    method(
        "debug_getRawHeader",
        "RLP of a header.",
        &[required("block", "BlockId")],
        "Bytes",
    )
    .failing(&[NOT_FOUND]),
    method(
        "debug_getRawReceipts",
        "The encoded receipts of a block (EIP-2718).",
        &[required("block", "BlockId")],
        "[Bytes]",
    )
    .failing(&[NOT_FOUND]),
    method(
        "debug_getRawTransaction",
        "An encoded transaction (EIP-2718); 0x if it is unknown.",
        &[required("hash", "Hash")],
        "Bytes",
    ),
    method(
        "debug_traceBlockByHash",
        "Traces all transactions of a block, by its hash.",
        &[required("hash", "Hash"), optional("options", "TraceOptions")],
        "[Any]",
    )
    .failing(&[NOT_FOUND, PRUNED, BUSY, TIMEOUT]),
    method(
        "debug_traceBlockByNumber",
        "Traces all transactions of a block, by its number or a tag.",
        &[required("block", "BlockId"), optional("options", "TraceOptions")],
        "[Any]",
    )
    .failing(&[NOT_FOUND, PRUNED, BUSY, TIMEOUT]),
    method(
        "debug_traceCall",
        "Traces a call.",
        &[
            required("call", "Call"),
            optional("block", "BlockId"),
            optional("options", "TraceOptions"),
        ],
        "Any",
    )
    .failing(&[NOT_FOUND, PRUNED, REVERTED, BUSY, TIMEOUT]),
    method(
        "debug_traceTransaction",
        "Traces a transaction.",
        &[required("hash", "Hash"), optional("options", "TraceOptions")],
        "Any",
    )
    .failing(&[NOT_FOUND, PRUNED, BUSY, TIMEOUT]),
    method(
        "eth_accounts",
        "Always empty: nodes hold no keys of accounts.",
        &[],
        "[Address]",
    ),
    method(
        "eth_baseFee",
        "Base fee of the next block, in wei.",
        &[],
        "Quantity",
    ),
    method("eth_blobBaseFee", "Price of blob gas, in wei.", &[], "Quantity"),
    method("eth_blockNumber", "Height of the newest block.", &[], "Quantity"),
    method(
        "eth_call",
        "Executes a call without a trace in the ledger.",
        &[
            required("call", "Call"),
            optional("block", "BlockId"),
            optional("stateOverrides", "StateOverrides"),
            optional("blockOverrides", "BlockOverrides"),
        ],
        "Bytes",
    )
    .failing(&[NOT_FOUND, PRUNED, REVERTED, BUSY, TIMEOUT]),
    method(
        "eth_capabilities",
        "Which history this node serves.",
        &[],
        "Capabilities",
    ),
    method("eth_chainId", "Chain id of the ledger.", &[], "Quantity"),
    method(
        "eth_config",
        "Current, next and last fork with their parameters (EIP-7910).",
        &[],
        "ForkConfig",
    ),
    method(
        "eth_createAccessList",
        "The access list that a transaction needs, and its gas.",
        &[
            required("call", "Call"),
            optional("block", "BlockId"),
            optional("stateOverrides", "StateOverrides"),
            optional("blockOverrides", "BlockOverrides"),
        ],
        "AccessList",
    )
    .failing(&[NOT_FOUND, PRUNED, REVERTED, BUSY, TIMEOUT]),
    method(
        "eth_estimateGas",
        "The least gas limit with which a transaction succeeds.",
        &[
            required("call", "Call"),
            optional("block", "BlockId"),
            optional("stateOverrides", "StateOverrides"),
            optional("blockOverrides", "BlockOverrides"),
        ],
        "Quantity",
    )
    .failing(&[NOT_FOUND, PRUNED, REVERTED, BUSY, TIMEOUT]),
    method(
        "eth_feeHistory",
        "Base fees, gas used ratios and rewards of a range of blocks.",
        &[
            required("blockCount", "Quantity"),
            required("newestBlock", "BlockId"),
            optional("rewardPercentiles", "[Number]"),
        ],
        "FeeHistory",
    )
    .failing(&[NOT_FOUND]),
    method(
        "eth_gasPrice",
        "A gas price that is accepted at once, in wei; zero on a ledger without fees.",
        &[],
        "Quantity",
    ),
    method(
        "eth_getBalance",
        "Balance of an account, in wei.",
        &[required("address", "Address"), optional("block", "BlockId")],
        "Quantity",
    )
    .failing(&[NOT_FOUND, PRUNED]),
    method(
        "eth_getBlockAccessList",
        "Block access list (EIP-7928); no fork of this ledger has them yet.",
        &[required("block", "BlockId")],
        "Any?",
    )
    .failing(&[RESOURCE]),
    method(
        "eth_getBlockByHash",
        "A block, by its hash.",
        &[required("hash", "Hash"), optional("fullTransactions", "Boolean")],
        "Block?",
    ),
    method(
        "eth_getBlockByNumber",
        "A block, by its number or a tag.",
        &[
            required("block", "BlockId"),
            optional("fullTransactions", "Boolean"),
        ],
        "Block?",
    ),
    method(
        "eth_getBlockReceipts",
        "The receipts of a block.",
        &[required("block", "BlockId")],
        "[Receipt]?",
    ),
    method(
        "eth_getBlockTransactionCountByHash",
        "How many transactions a block has, by its hash.",
        &[required("hash", "Hash")],
        "Quantity?",
    ),
    method(
        "eth_getBlockTransactionCountByNumber",
        "How many transactions a block has, by its number or a tag.",
        &[required("block", "BlockId")],
        "Quantity?",
    ),
    method(
        "eth_getCode",
        "Code of an account.",
        &[required("address", "Address"), optional("block", "BlockId")],
        "Bytes",
    )
    .failing(&[NOT_FOUND, PRUNED]),
    method(
        "eth_getFilterChanges",
        "What is new for a filter since it was asked last.",
        &[required("filterId", "Text")],
        "[Any]",
    )
    .failing(&[FILTER]),
    method(
        "eth_getFilterLogs",
        "All logs that a log filter matches.",
        &[required("filterId", "Text")],
        "[Log]",
    )
    .failing(&[FILTER, LIMIT]),
    method(
        "eth_getHeaderByHash",
        "A header, by the hash of its block.",
        &[required("hash", "Hash")],
        "Header?",
    ),
    method(
        "eth_getHeaderByNumber",
        "A header, by the number of its block or a tag.",
        &[required("block", "BlockId")],
        "Header?",
    ),
    method(
        "eth_getLogs",
        "Logs by address and topics in a range of blocks.",
        &[required("filter", "Filter")],
        "[Log]",
    )
    .failing(&[LIMIT]),
    method(
        "eth_getProof",
        "A Merkle proof of an account and its slots (EIP-1186); for ledgers with the state commitment mpt.",
        &[
            required("address", "Address"),
            required("slots", "[Slot]"),
            optional("block", "BlockId"),
        ],
        "AccountProof",
    )
    .failing(&[NOT_FOUND, PRUNED, UNSUPPORTED]),
    method(
        "eth_getRawTransactionByHash",
        "An encoded transaction (EIP-2718).",
        &[required("hash", "Hash")],
        "Bytes?",
    ),
    method(
        "eth_getStorageAt",
        "Value of a storage slot.",
        &[
            required("address", "Address"),
            required("slot", "Slot"),
            optional("block", "BlockId"),
        ],
        "Hash",
    )
    .failing(&[NOT_FOUND, PRUNED]),
    method(
        "eth_getStorageValues",
        "Values of many storage slots of many accounts.",
        &[required("slots", "StorageRequest"), optional("block", "BlockId")],
        "StorageValues",
    )
    .failing(&[NOT_FOUND, PRUNED, LIMIT]),
    method(
        "eth_getTransactionByBlockHashAndIndex",
        "A transaction, by the hash of its block and its position.",
        &[required("hash", "Hash"), required("index", "Quantity")],
        "Transaction?",
    ),
    method(
        "eth_getTransactionByBlockNumberAndIndex",
        "A transaction, by the number of its block and its position.",
        &[required("block", "BlockId"), required("index", "Quantity")],
        "Transaction?",
    ),
    method(
        "eth_getTransactionByHash",
        "A transaction, in a block or waiting, by its hash.",
        &[required("hash", "Hash")],
        "Transaction?",
    ),
    method(
        "eth_getTransactionCount",
        "Next nonce of an account; with pending, after its waiting transactions.",
        &[required("address", "Address"), optional("block", "BlockId")],
        "Quantity",
    )
    .failing(&[NOT_FOUND, PRUNED]),
    method(
        "eth_getTransactionReceipt",
        "Receipt of a transaction; null until it is in a block.",
        &[required("hash", "Hash")],
        "Receipt?",
    ),
    method(
        "eth_getUncleByBlockHashAndIndex",
        "An uncle of a block, by its hash; only imported chains have uncles.",
        &[required("hash", "Hash"), required("index", "Quantity")],
        "Block?",
    ),
    method(
        "eth_getUncleByBlockNumberAndIndex",
        "An uncle of a block, by its number; only imported chains have uncles.",
        &[required("block", "BlockId"), required("index", "Quantity")],
        "Block?",
    ),
    method(
        "eth_getUncleCountByBlockHash",
        "How many uncles a block has, by its hash.",
        &[required("hash", "Hash")],
        "Quantity?",
    ),
    method(
        "eth_getUncleCountByBlockNumber",
        "How many uncles a block has, by its number or a tag.",
        &[required("block", "BlockId")],
        "Quantity?",
    ),
    method(
        "eth_maxPriorityFeePerGas",
        "A priority fee that is accepted at once, in wei; zero on a ledger without fees.",
        &[],
        "Quantity",
    ),
    method(
        "eth_newBlockFilter",
        "Makes a filter for new blocks.",
        &[],
        "Text",
    )
    .failing(&[LIMIT]),
    method(
        "eth_newFilter",
        "Makes a filter for logs.",
        &[required("filter", "Filter")],
        "Text",
    )
    .failing(&[LIMIT]),
    method(
        "eth_newPendingTransactionFilter",
        "Makes a filter for waiting transactions, by hash or whole.",
        &[optional("fullTransactions", "Boolean")],
        "Text",
    )
    .failing(&[LIMIT]),
    method(
        "eth_sendRawTransaction",
        "Submits a signed transaction and gives its hash.",
        &[required("transaction", "Bytes")],
        "Hash",
    )
    .failing(&[REFUSED]),
    method(
        "eth_sendRawTransactionSync",
        "Submits a signed transaction and waits for its receipt (EIP-7966).",
        &[required("transaction", "Bytes"), optional("timeoutMs", "Number")],
        "Receipt",
    )
    .failing(&[REFUSED, SYNC]),
    method(
        "eth_simulateV1",
        "Simulates blocks of calls on top of a block.",
        &[
            required("payload", "SimulatePayload"),
            optional("block", "BlockId"),
        ],
        "[Any]",
    )
    .failing(&[NOT_FOUND, PRUNED, BUSY, TIMEOUT]),
    method(
        "eth_subscribe",
        "Over WebSocket: newHeads, logs (with a filter) or newPendingTransactions (with true: whole ones).",
        &[required("kind", "Text"), optional("options", "Any")],
        "Text",
    ),
    method(
        "eth_syncing",
        "false, or the progress of fetching old blocks.",
        &[],
        "SyncStatus",
    ),
    method(
        "eth_uninstallFilter",
        "Removes a filter.",
        &[required("filterId", "Text")],
        "Boolean",
    ),
    method(
        "eth_unsubscribe",
        "Ends a subscription.",
        &[required("subscriptionId", "Text")],
        "Boolean",
    ),
    method("net_listening", "Always true.", &[], "Boolean"),
    method(
        "net_peerCount",
        "Nodes that this one is connected to.",
        &[],
        "Quantity",
    ),
    method("net_version", "Chain id of the ledger, in decimal.", &[], "Text"),
    method("rpc.discover", "This document.", &[], "OpenRpc"),
    method("rpc_modules", "Namespaces and their versions.", &[], "Modules"),
    method(
        "testing_buildBlockV1",
        "Builds a block on another one and forgets it; only on imported chains.",
        &[
            required("parent", "Hash"),
            required("attributes", "PayloadAttributes"),
            optional("transactions", "[Bytes]"),
            optional("extraData", "Bytes"),
        ],
        "ExecutionPayload",
    )
    .failing(&[NOT_FOUND, PRUNED, BUSY, TIMEOUT]),
    method("txpool_content", "All waiting transactions.", &[], "PoolContent"),
    method(
        "txpool_contentFrom",
        "The waiting transactions of a sender.",
        &[required("address", "Address")],
        "PoolContent",
    ),
    method(
        "txpool_inspect",
        "All waiting transactions, in words.",
        &[],
        "PoolContent",
    ),
    method(
        "txpool_status",
        "Counts of waiting transactions.",
        &[],
        "PoolStatus",
    ),
    method(
        "web3_clientVersion",
        "Name and version of the program.",
        &[],
        "Text",
    ),
    method(
        "web3_sha3",
        "Keccak-256 of bytes.",
        &[required("data", "Bytes")],
        "Hash",
    ),
];
