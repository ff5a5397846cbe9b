//! The JSON-RPC service of a node: Ethereum's methods, so that its tools work unchanged, and the ledger's own.
//!
//! ```text
//! HTTP, WebSocket ─▶ front ─▶ middleware ─▶ methods (eth, net, web3, txpool, debug, civitas, execution)
//!   (server)        /health    counts            │
//!                                                ▼
//!                               Backend ─▶ LedgerStore, TransactionPool, Ordering   (ports)
//! ```
//!
//! ```no_run
//! # async fn example(sources: civitas_rpc::Sources) -> Result<(), civitas_rpc::ServerError> {
//! use civitas_rpc::{Backend, Config, NoObserver, Server};
//! use std::sync::Arc;
//!
//! let backend = Arc::new(Backend::new(sources));
//! let server = Server::start(&Config::default(), backend, Arc::new(NoObserver)).await?;
//! println!("{}", server.address());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! This crate never changes the ledger except through the pool, never holds keys, and never decides who may call.

mod arguments;
mod backend;
mod config;
mod error;
mod filters;
mod front;
mod middleware;
mod registry;
mod server;

pub use arguments::{Arguments, Slot};
pub use backend::{Backend, Deadline, NodeInformation, Sources, SyncProgress};
pub use config::{Config, ConfigError, Limits};
pub use error::{RpcError, code};
pub use middleware::{CallObserver, NoObserver};
pub use server::{Server, ServerError};

use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// All methods over one backend. Needed by itself only in tests; [`Server::start`] calls it.
///
/// # Errors
/// If two methods have one name: a fault of the program.
pub fn methods(backend: Arc<Backend>) -> Result<RpcModule<Backend>, RegisterMethodError> {
    let module = RpcModule::from_arc(backend);
    Ok(module)
}
