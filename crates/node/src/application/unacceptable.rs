//! Why a node votes against a payload, or cannot execute a final one.

use crate::partition::LinkFault;
use alloy_primitives::B256;
use civitas_ports::{BoxError, ExecutionError, StoreError};
use civitas_types::{Height, NodeKey};
use thiserror::Error;

/// Why a payload may not follow its parent.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unacceptable {
    /// Made for another ledger.
    #[error("the payload is of ledger {found}, this is {expected}")]
    OtherLedger {
        /// Ledger of the payload.
        found: u64,
        /// This ledger.
        expected: u64,
    },
    /// Does not follow the parent.
    #[error("the payload does not follow its parent")]
    NotAChild,
    /// Earlier than the parent, or in the future.
    #[error("the time {timestamp_ms} ms of the payload is out of bounds")]
    Time {
        /// Its time.
        timestamp_ms: u64,
    },
    /// Commits to a result that is not below it.
    #[error("the payload commits to the result of height {found}")]
    ResultHeight {
        /// The height.
        found: Height,
    },
    /// Commits to a block that this node executed differently.
    #[error("the payload commits to block {found} at height {height}, this node executed {own}")]
    ResultHash {
        /// Height of the result.
        height: Height,
        /// The hash in the payload.
        found: B256,
        /// The hash of this node's block.
        own: B256,
    },
    /// More bytes or transactions than the parameters allow.
    #[error("the payload is larger than the ledger's parameters allow")]
    TooLarge,
    /// A transaction that can never be executed.
    #[error("transaction {index} of the payload is not acceptable: {reason}")]
    Transaction {
        /// Its position.
        index: usize,
        /// Why.
        reason: String,
    },
    /// The proposer is not a validator.
    #[error("the payload's proposer {0} is not a validator of its epoch")]
    Proposer(NodeKey),
    /// The block of the main ledger that it names.
    #[error(transparent)]
    Main(#[from] LinkFault),
    /// A payload of the main ledger names a block of another ledger.
    #[error("the payload names a block of a main ledger, and this is one")]
    Linked,
    /// Transactions on a ledger that takes none.
    #[error("the payload has transactions, and the ledger is frozen or closed")]
    WritesStopped,
}

/// Why a final payload could not be executed.
#[derive(Debug, Error)]
pub(super) enum DeliverError {
    #[error("the final payload contradicts what this node executed")]
    Diverged(#[source] BoxError),
    #[error("the block could not be executed")]
    Execution(#[from] ExecutionError),
    #[error("the block could not be stored")]
    Store(#[from] StoreError),
}
