//! What clients of a node see: the types of its answers, and the table of its methods.
//!
//! ```text
//! METHODS ──▶ openrpc::document ──▶ rpc.discover, the reference in the documents
//!    └─────▶ test in `civitas-rpc`: every registered method stands here, and every one here is registered
//! ```
//!
//! Ethereum's own types come from `alloy-rpc-types-eth`; those of the ledger stand in [`ledger`]. Inner types
//! are turned into these by hand, in crate `rpc`, so that the inside stays free to change.
//!
//! ```
//! let document = civitas_api::openrpc::document("0.1.0");
//! assert_eq!(document["openrpc"], "1.3.2");
//! ```
//!
//! This crate holds no logic but the OpenRPC document, and never reads anything.

pub mod building;
pub mod ethereum;
pub mod ledger;
pub mod methods;
pub mod openrpc;

pub use methods::{METHODS, Method, Parameter};
