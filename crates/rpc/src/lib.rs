//! The JSON-RPC service of a node: Ethereum's methods, so that its tools work unchanged, and the ledger's own.
//!
//! ```text
//! HTTP, WebSocket ─▶ front ─▶ middleware ─▶ methods (eth, net, web3, txpool, debug, civitas, execution)
//!   (server)        /health    counts            │
//!                   paths                        ▼
//!                               Backend ─▶ LedgerStore, TransactionPool, Ordering   (ports)
//! ```
//!
//! One server serves many ledgers: the main one on `/`, the others on `/ledgers/<name>`, each with a backend of its own
//! that is added and removed while the server runs ([`LedgerPaths`]). `civitas_ledgers` lists them.
//!
//! ```no_run
//! # type Failure = Box<dyn std::error::Error>;
//! # async fn example(sources: civitas_rpc::Sources, partition: civitas_rpc::Sources) -> Result<(), Failure> {
//! use civitas_rpc::{Backend, Config, NoObserver, Server};
//! use std::sync::Arc;
//!
//! let backend = Arc::new(Backend::new(sources));
//! let server = Server::start(&Config::default(), backend, Arc::new(NoObserver)).await?;
//! println!("{}", server.address());
//! // A partition ledger, on /ledgers/harbour:
//! server.paths().add("harbour", Arc::new(Backend::new(partition)))?;
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! This crate never changes the ledger except through the pool, never holds keys, and never decides who may call.

mod accounts;
mod arguments;
mod backend;
mod chain;
mod config;
mod convert;
mod error;
mod execution;
mod execution_build;
mod execution_simulate;
mod fees;
mod filters;
mod forks;
mod front;
mod ledger;
mod logs;
mod middleware;
mod node_info;
mod paths;
mod registry;
mod server;
mod submit;
mod subscriptions;
mod trace;
mod txpool;

pub use arguments::{Arguments, Slot};
pub use backend::{Backend, Deadline, NodeInformation, Sources, SyncProgress};
pub use config::{Config, ConfigError, Limits};
pub use error::{RpcError, code};
pub use middleware::{CallObserver, NoObserver};
pub use paths::{LedgerPathError, LedgerPaths};
pub use server::{Server, ServerError};

use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// All methods over one backend. Needed by itself only in tests; [`Server::start`] calls it.
///
/// # Errors
/// If two methods have one name: a fault of the program.
pub fn methods(backend: Arc<Backend>) -> Result<RpcModule<Backend>, RegisterMethodError> {
    let mut module = RpcModule::from_arc(backend);
    accounts::register(&mut module)?;
    chain::register(&mut module)?;
    execution::register(&mut module)?;
    execution_build::register(&mut module)?;
    execution_simulate::register(&mut module)?;
    fees::register(&mut module)?;
    ledger::register(&mut module)?;
    logs::register(&mut module)?;
    node_info::register(&mut module)?;
    submit::register(&mut module)?;
    subscriptions::register(&mut module)?;
    trace::register(&mut module)?;
    txpool::register(&mut module)?;
    Ok(module)
}
