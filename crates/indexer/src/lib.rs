//! Follows every ledger of a city by JSON-RPC into a relational store, exactly once, and answers the questions of
//! the console.
//!
//! ```text
//!  node ── blocks, receipts ──▶ follow ──▶ batch (pure) ──▶ one transaction with the cursor ──▶ SQLite, PostgreSQL
//!   ▲                                                                                              │
//!   └── state of contracts ◀── describe: what the events made stale (tokens, contracts, registries)┘
//!                                                                                          read ──▶ console
//! ```
//!
//! Invariants:
//! - What a block brings and the height of the index change in one database transaction: a stop at any moment, or two
//!   indexers at one database, count nothing twice and lose nothing.
//! - Every block names the one before it; a ledger whose history is another one is refused, never mixed in.
//! - The index of the same ledger is the same, however often it was interrupted ([`Store::digest`]).
//! - Of chains that are not the city's own only what the main ledger anchored is there, however gateways lie ([`ChainFollower`]).
//!
//! What contracts say of themselves is bounded and cleaned, never trusted.
//!
//! ```no_run
//! # async fn example() -> Result<(), civitas_indexer::Error> {
//! let store = civitas_indexer::Store::open("sqlite:///var/lib/civitas/index.db").await?;
//! let ledgers = store.reader().ledgers().await?;
//! # Ok(())
//! # }
//! ```
//!
//! This crate signs nothing, sends no transaction, and knows nothing of people who look.

mod batch;
mod chains;
mod database;
mod decode;
mod describe;
mod error;
mod follow;
mod indexer;
mod lead;
mod place;
pub mod read;
mod source;
mod store;
mod write;

pub use chains::{BatchSource, ChainFollower, Refusal};
pub use error::Error;
pub use follow::{Follower, Progress};
pub use indexer::{FollowedLedger, Indexer, Lag};
pub use read::Reader;
pub use source::Source;
pub use store::Store;
