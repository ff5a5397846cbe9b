//! What can go wrong behind a port.

use alloy_primitives::B256;
use civitas_types::Height;
use thiserror::Error;

/// A cause that the port does not name.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A read of the state that failed.
#[derive(Debug, Error)]
pub enum StateError {
    /// The storage below failed; the node must stop rather than guess.
    #[error("the state could not be read")]
    Storage(#[source] BoxError),
    /// The change sets that this read needs were pruned while it ran.
    #[error("the state at height {height} is no longer kept (the oldest is {oldest})")]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The oldest height that can be read.
        oldest: Height,
    },
    /// An account refers to code that is not stored: a broken invariant.
    #[error("the code {hash} is missing from the state")]
    MissingCode {
        /// Keccak-256 of the code.
        hash: B256,
    },
}

/// A ledger store that refused or failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The height is above the head.
    #[error("height {height} is above the head, {head}")]
    Unknown {
        /// The height that was asked for.
        height: Height,
        /// The newest height.
        head: Height,
    },
    /// The state at this height is outside the retention window.
    #[error("the state at height {height} is no longer kept (the oldest is {oldest})")]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The oldest height that can be read.
        oldest: Height,
    },
    /// The block to apply does not follow the head.
    #[error("block {height} does not follow the head, {head}")]
    OutOfOrder {
        /// The block.
        height: Height,
        /// The newest height.
        head: Height,
    },
    /// The caller's [`crate::Seal`] refused the state root; nothing was changed.
    #[error("the block was refused when its state root was known")]
    Refused(#[source] BoxError),
    /// A query would read or return more than its bound.
    #[error("the query exceeds its bound of {max} {what}")]
    TooMuch {
        /// What is bounded.
        what: &'static str,
        /// The bound.
        max: u64,
    },
    /// The ledger's state commitment has no such proof.
    #[error("this ledger's state commitment gives no {what}; {cure}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// What to use instead.
        cure: &'static str,
    },
    /// The folder holds damaged data or data of another ledger.
    #[error("the data folder cannot be used: {what}")]
    Damaged {
        /// What was found, and where.
        what: String,
    },
    /// A read of the state failed.
    #[error("the state could not be read")]
    State(#[from] StateError),
    /// The storage below failed; the node must stop rather than guess.
    #[error("the storage failed while {attempt}")]
    Storage {
        /// What was attempted.
        attempt: &'static str,
        /// Its failure.
        #[source]
        source: BoxError,
    },
}

/// A block that could not be executed.
#[derive(Debug, Error)]
pub enum ExecutionError {
    /// Under [`crate::Policy::Strict`]: a transaction of the block cannot be executed.
    #[error("transaction {index} cannot be executed: {reason}")]
    InvalidTransaction {
        /// Its position in the block.
        index: usize,
        /// Why.
        reason: String,
    },
    /// The block breaks a rule that is not about one transaction.
    #[error("the block is not valid: {reason}")]
    InvalidBlock {
        /// Which rule.
        reason: String,
    },
    /// The state could not be read; not the block's fault.
    #[error("the state could not be read")]
    State(#[from] StateError),
}

/// An ordering engine that could not start or had to stop.
#[derive(Debug, Error)]
pub enum OrderingError {
    /// A setting makes no sense.
    #[error("ordering cannot start: {reason}")]
    Configuration {
        /// What is wrong.
        reason: String,
    },
    /// Storage or network failed while it ran, or a task of the engine ended.
    #[error("ordering stopped while {attempt}")]
    Failed {
        /// What was attempted.
        attempt: &'static str,
        /// Its failure.
        #[source]
        source: BoxError,
    },
}
