//! Executes blocks with the EVM (revm), by the rules of Ethereum.
//!
//! ```text
//!               ChainSpec ── which fork, which limits ──┐
//!                                                       ▼
//! StateView ──▶ StateDatabase ──▶ BlockState ──▶ EvmExecutor::execute ──▶ ExecutionOutput ──▶ seal ──▶ Block
//!  (ports)        (reads)          (overlay)        ▲                       (StateDiff)         ▲
//!                                              BlockInput                                  state root
//! ```
//!
//! This crate never writes to a store, never reads a clock, and never decides an order: its results depend on the view
//! and the input alone.

mod crypto;
mod database;
mod diff;
mod environment;
mod error;
mod executor;
mod spec;
mod system_calls;

pub use database::{DatabaseError, StateDatabase, account_info, account_of};
pub use diff::BlockState;
pub use environment::{blob_base_fee, header_before_execution, transaction_environment};
pub use error::{ExecutionFailure, HeaderError, ImportError, Unexecutable};
pub use executor::{BlockEvm, BlockExecution, EvmExecutor};
pub use spec::ChainSpec;
pub use system_calls::{PreBlock, apply_before_transactions};
