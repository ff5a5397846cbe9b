//! What can go wrong in the index.

use crate::chains::Refusal;
use alloy_primitives::B256;
use thiserror::Error;

/// Why the index could not do something.
#[derive(Debug, Error)]
pub enum Error {
    /// The address of the database is neither of SQLite nor of PostgreSQL.
    #[error("{url} is no address of a database: sqlite://PATH or postgres://…")]
    Address {
        /// The address.
        url: String,
    },
    /// The database did not do what it was asked for.
    #[error("the database did not {what}")]
    Database {
        /// What it was asked for.
        what: &'static str,
        /// Its error.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be brought to this version.
    #[error("the tables of the index could not be brought to this version")]
    Migration {
        /// What happened.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A row is not what this program writes.
    #[error("a row of the index is damaged: {what}")]
    Damaged {
        /// What does not fit.
        what: &'static str,
    },
    /// No ledger of that name is in the index.
    #[error("no ledger {name} is in the index")]
    UnknownLedger {
        /// The name.
        name: String,
    },
    /// No contract is known there.
    #[error("no contract is known at this address")]
    UnknownContract,
    /// A cursor that this index did not give.
    #[error("the cursor is not one of this list")]
    Cursor,
    /// What is to be stored is too large.
    #[error("{what} has {bytes} bytes; at most {bytes_max} are kept")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// What is kept.
        bytes_max: usize,
    },
    /// The node did not answer, or refused.
    #[error(transparent)]
    Node(#[from] civitas_sdk::Error),
    /// The node's answers do not fit together.
    #[error("block {height}: the answers of the node do not fit together ({what})")]
    Answers {
        /// The block.
        height: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// The node has no block where one must be.
    #[error("the node has no block {height}, but later ones")]
    BlockMissing {
        /// Its height.
        height: u64,
    },
    /// The node tells another history than the index.
    #[error("block {height} follows {parent}, but the index holds {indexed}: the node is of another ledger")]
    OtherHistory {
        /// Height of the block that does not follow.
        height: u64,
        /// What it follows.
        parent: B256,
        /// What the index holds there.
        indexed: B256,
    },
    /// The node is of another ledger than the index.
    #[error("{name} has the chain id {indexed} in the index, but the node says {found}")]
    OtherLedger {
        /// The name of the ledger.
        name: String,
        /// Chain id in the index.
        indexed: u64,
        /// Chain id of the node.
        found: u64,
    },
    /// What the main ledger says about a chain that is followed does not fit together, or not with the index.
    #[error("{chain}: what the main ledger says does not fit ({what})")]
    Anchors {
        /// The chain.
        chain: String,
        /// What does not fit.
        what: &'static str,
    },
    /// No gateway gave the batch that was anchored.
    #[error(
        "{chain}: no gateway gives the batch from block {from_height} on as it was anchored{}",
        said(refusals)
    )]
    NoGateway {
        /// The chain.
        chain: String,
        /// First block of the batch.
        from_height: u64,
        /// What each gateway did instead.
        refusals: Vec<Refusal>,
    },
    /// Another indexer wrote first.
    #[error("another indexer has written block {height}")]
    Overtaken {
        /// The block.
        height: u64,
    },
}

/// What gateways did, in words.
fn said(refusals: &[Refusal]) -> String {
    let all = refusals
        .iter()
        .map(|refusal| format!("; {}: {}", refusal.gateway, refusal.reason));
    all.collect()
}

impl Error {
    /// Whether who asked is to blame, not the index.
    pub fn is_bad_request(&self) -> bool {
        matches!(
            self,
            Self::Cursor | Self::UnknownLedger { .. } | Self::UnknownContract | Self::TooLarge { .. }
        )
    }
}
