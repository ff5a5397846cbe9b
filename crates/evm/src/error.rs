//! Why a transaction cannot be executed, and why a header or block is not accepted.

use alloy_primitives::{B256, U256};
use civitas_ports::StateError;
use civitas_system_contracts::access::Denial;
use civitas_types::Height;
use revm::context_interface::result::{EVMError, InvalidTransaction};
use thiserror::Error;

use crate::database::DatabaseError;

/// Why a transaction cannot be part of a block. The text is meant for its sender.
#[derive(Debug, Error)]
pub enum Unexecutable {
    /// Our own ledgers take no blobs (EIP-4844): nobody would keep them.
    #[error(
        "blob transactions (type 3) are not supported by this ledger: store large data off the ledger and certify its hash"
    )]
    BlobUnsupported,
    /// The transactions before it left too little gas in the block.
    #[error("the gas limit of the transaction, {gas_limit}, is above the gas left in the block, {available}")]
    BlockGasExhausted {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// Gas that is left.
        available: u64,
    },
    /// The blob transactions before it left too little blob gas in the block.
    #[error("the transaction needs {needed} of blob gas, {available} is left in the block")]
    BlobGasExhausted {
        /// Blob gas of the transaction.
        needed: u64,
        /// Blob gas that is left.
        available: u64,
    },
    /// A rule of Ethereum about nonce, balance, fee, gas or form.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// The city does not allow it.
    #[error(transparent)]
    Denied(#[from] Denial),
}

/// What kept a transaction, a system call or a balance change from being executed.
#[derive(Debug, Error)]
pub enum ExecutionFailure {
    /// The transaction breaks a rule; nothing was changed.
    #[error("the transaction cannot be executed")]
    Unexecutable(#[from] Unexecutable),
    /// The state could not be read; not the transaction's fault.
    #[error("the state could not be read")]
    State(#[from] StateError),
    /// The block is not one in which anything can be executed.
    #[error("the block is not valid: {reason}")]
    InvalidBlock {
        /// Which rule.
        reason: String,
    },
}

impl From<DatabaseError> for ExecutionFailure {
    fn from(error: DatabaseError) -> Self {
        Self::State(error.0)
    }
}

impl From<EVMError<DatabaseError>> for ExecutionFailure {
    fn from(error: EVMError<DatabaseError>) -> Self {
        match error {
            EVMError::Transaction(reason) => Self::Unexecutable(Unexecutable::Invalid(reason)),
            EVMError::Database(error) => error.into(),
            EVMError::Header(reason) => Self::InvalidBlock {
                reason: reason.to_string(),
            },
            EVMError::Custom(reason) => Self::InvalidBlock { reason },
            EVMError::CustomAny(reason) => Self::InvalidBlock {
                reason: reason.to_string(),
            },
        }
    }
}

/// A consensus rule that a header breaks against its parent.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// The number does not follow the parent's.
    #[error("the number is {found}, it must be {expected}")]
    Number {
        /// In the header.
        found: u64,
        /// By the parent.
        expected: u64,
    },
    /// Another parent.
    #[error("the parent hash is {found}, it must be {expected}")]
    ParentHash {
        /// In the header.
        found: B256,
        /// Hash of the parent.
        expected: B256,
    },
    /// Time must go on.
    #[error("the timestamp {found} is not after the parent's, {parent}")]
    Timestamp {
        /// In the header.
        found: u64,
        /// Of the parent.
        parent: u64,
    },
    /// The gas limit moves too far (by a 1024th of the parent's or more) or is below 5000.
    #[error("the gas limit {found} is out of its bounds: the parent has {parent}, the least is {min}")]
    GasLimit {
        /// In the header.
        found: u64,
        /// Of the parent, doubled in the first block of London.
        parent: u64,
        /// The least gas limit of any block.
        min: u64,
    },
    /// More gas used than the limit.
    #[error("the gas used, {used}, is above the gas limit, {limit}")]
    GasUsed {
        /// Gas used.
        used: u64,
        /// Gas limit.
        limit: u64,
    },
    /// Not the base fee of EIP-1559.
    #[error("the base fee is {found:?}, it must be {expected:?}")]
    BaseFee {
        /// In the header.
        found: Option<u64>,
        /// By the parent.
        expected: Option<u64>,
    },
    /// Not the excess blob gas of EIP-4844.
    #[error("the excess blob gas is {found:?}, it must be {expected:?}")]
    ExcessBlobGas {
        /// In the header.
        found: Option<u64>,
        /// By the parent.
        expected: Option<u64>,
    },
    /// Blob gas that is no multiple of a blob, or above the maximum.
    #[error("the blob gas used, {used}, is above {max} or not a multiple of {unit}")]
    BlobGasUsed {
        /// In the header.
        used: u64,
        /// Maximum in a block.
        max: u64,
        /// Gas of one blob.
        unit: u64,
    },
    /// A field that the fork has is missing, or one that it does not have is there.
    #[error("the field {field} {} at this fork", if *.required { "is missing" } else { "must not be there" })]
    Presence {
        /// Name of the field, as in JSON-RPC.
        field: &'static str,
        /// Whether the fork has it.
        required: bool,
    },
    /// At most 32 bytes.
    #[error("the extra data has {found} bytes, at most {max} are allowed")]
    ExtraData {
        /// Its length.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// Difficulty after the merge (EIP-3675), or none before it.
    #[error("the difficulty {found} does not fit: it is zero after the merge and only then")]
    Difficulty {
        /// In the header.
        found: U256,
    },
    /// Nonce after the merge (EIP-3675).
    #[error("the nonce must be zero after the merge")]
    Nonce,
}

/// Why an imported block cannot be taken in.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ImportError {
    /// The header breaks a rule.
    #[error("the header of block {height} is not valid")]
    Header {
        /// The block.
        height: Height,
        /// The rule.
        #[source]
        source: HeaderError,
    },
    /// As many senders as transactions are needed.
    #[error("block {height} has {transactions} transactions and {senders} senders")]
    Senders {
        /// The block.
        height: Height,
        /// Number of transactions.
        transactions: usize,
        /// Number of senders.
        senders: usize,
    },
    /// Seconds that do not fit in 64 bits of milliseconds.
    #[error("the timestamp {seconds} of block {height} is too large")]
    Timestamp {
        /// The block.
        height: Height,
        /// Seconds since the Unix epoch.
        seconds: u64,
    },
    /// Execution gave another header than the imported one.
    #[error("block {height}: {field} is {expected} in the imported header, execution gave {found}")]
    Mismatch {
        /// The block.
        height: Height,
        /// Name of the first field that differs, as in JSON-RPC.
        field: &'static str,
        /// Imported value.
        expected: String,
        /// Our value.
        found: String,
    },
}
