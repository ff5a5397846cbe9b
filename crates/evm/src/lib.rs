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
//! Calls, simulation and traces stand beside this way and share its environments; nothing they do reaches a store.
//!
//! ```
//! use civitas_evm::{ChainSpec, EvmExecutor};
//! use civitas_ports::{BlockInput, ExecutionError, ExecutionOutput, Executor, StateView};
//! use std::sync::Arc;
//!
//! fn run(view: &dyn StateView, block: &BlockInput) -> Result<ExecutionOutput, ExecutionError> {
//!     let executor = EvmExecutor::new(Arc::new(ChainSpec::osaka(7)));
//!     executor.execute(view, block, None)
//! }
//! ```
//!
//! This crate never writes to a store, never reads a clock, and never decides an order: its results depend on the view
//! and the input alone.

mod access;
mod call;
mod collision;
mod crypto;
mod database;
mod diff;
mod environment;
mod error;
mod executor;
mod import;
mod seal;
mod simulate;
mod spec;
mod system;
mod system_calls;
mod trace;

pub use access::Door;
pub use call::{
    AccessListOutcome, CallContext, CallError, CallLimits, CallOverrides, OverrideError, RequestError,
    TimeOver, halt_text, revert_reason,
};
pub use database::{DatabaseError, StateDatabase, account_info, account_of};
pub use diff::BlockState;
pub use environment::{blob_base_fee, header_before_execution, transaction_environment};
pub use error::{ExecutionFailure, HeaderError, ImportError, Unexecutable};
pub use executor::{BlockEvm, BlockExecution, EvmExecutor};
pub use import::{block_input_of, check_header, check_sealed};
pub use seal::{genesis_block, genesis_diff, seal};
pub use simulate::{
    BaseFeeRule, SIMULATED_BLOCKS_MAX, SimulatedBlock, SimulatedBlockRequest, SimulatedCall, SimulatedLog,
    SimulatedTransaction, Simulation, SimulationError, SimulationRequest,
};
pub use spec::ChainSpec;
pub use system::{CityPrecompiles, SystemContracts, ask};
pub use system_calls::{PreBlock, apply_before_transactions};
pub use trace::{TraceContext, TracedCall, TransactionTrace};
