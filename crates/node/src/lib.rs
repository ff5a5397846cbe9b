//! A node: settings, wiring, life cycle. The only crate that knows all engines.
//!
//! ```text
//! node.toml ─▶ NodeConfig ─▶ service::run ─┬─ data      the folder and whether the node may vote
//!                                          ├─ ledger    store + pool + application + ordering engine
//!                                          ├─ membership  who orders which epoch
//!                                          ├─ registry  who may link, proofs of readiness
//!                                          ├─ gossip    transactions between nodes
//!                                          ├─ rpc       Ethereum's JSON-RPC (crate rpc)
//!                                          ├─ auditing  audit records, and their anchors on the ledger
//!                                          ├─ thesaurus files of words, judged by `words` before anything is ordered
//!                                          ├─ certificates  renewal, revocation, both without a restart
//!                                          └─ exporter  Prometheus
//! ```
//!
//! `ledger` and all below it are generic over the runtime and the network, so that the simulator starts the very
//! same ledger; only `service`, `auditing`, `certificates`, `thesaurus` and `exporter` know tokio, sockets and files.
//!
//! This crate never decides what a transaction means or how votes are counted: it only joins who does.

pub mod application;
mod auditing;
pub mod batch;
pub mod certificates;
pub mod config;
pub mod data;
mod exporter;
pub mod gossip;
pub mod import;
pub mod imported;
pub mod ledger;
pub mod membership;
pub mod metrics;
pub mod partition;
pub mod partitions;
mod priority;
pub mod registry;
pub mod service;
pub mod thesaurus;
mod throw_away;
pub mod words;

pub use service::{NodeError, run};
