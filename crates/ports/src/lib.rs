//! The page that explains the system: the traits through which the engines meet, and nothing else.
//!
//! Engines (`consensus-*`, `evm`, `state`, `mempool`, `network`) never know one another; crate `node` joins
//! them through these traits. At most eight traits stand here, without logic.
//!
//! ```text
//!            propose / verify / deliver                 execute                  apply
//! Ordering ───────────────────────────▶ Application ───────────▶ Executor ─┐  ┌─────────▶ LedgerStore
//!    │                                   (node)                            └──┘              │
//!    └── certificate ──▶ rpc ◀── content ── TransactionPool ◀── submit ── rpc ◀── view ── StateView
//!
//! ForeignChain ◀── gateway: chains that are not ours, through drivers
//! ```
//!
//! All traits are object safe. Rules common to all of them:
//! - **Determinism.** [`Executor::execute`] and the state root of [`LedgerStore::apply`] are functions of their
//!   arguments. No other answer may flow into a block.
//! - **Cancellation.** Dropping a returned future may leave the work undone or done, never half done.
//! - **Restart.** What a method says is durable, is so after a power cut; see each method.

mod error;
mod execution;
mod foreign;
mod ordering;
mod outward;
mod pool;
mod store;

pub use error::{BoxError, ExecutionError, OrderingError, StateError, StoreError};
pub use execution::{BlockInput, ExecutionOutput, Executor, IntermediateRoot, Policy};
pub use foreign::{
    ConsensusState, FOREIGN_HEADERS_MAX, FinalityClass, ForeignBlock, ForeignChain, ForeignEndpoint,
    ForeignError, ForeignEvent, ForeignHead, ForeignHeader, ForeignOutcome, ForeignTransaction,
};
pub use ordering::{Application, Certificate, Ordering, OrderingStatus, ProposalContext};
pub use outward::{DigestSigner, Outward, OutwardCall, OutwardProof, OutwardReceipt, Sent};
pub use pool::{Origin, PoolContent, PoolLimits, PoolStatus, Refusal, Selection, TransactionPool};
pub use store::{
    AccountProof, Head, LedgerStore, LogQuery, LogRecord, Seal, StateProof, StateView, StorageProof,
};

/// The future of an object-safe asynchronous method.
pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;
