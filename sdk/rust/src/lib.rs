//! The client of a Civitas node: typed JSON-RPC over HTTP, and the system contracts as calls by name.
//!
//! ```text
//!  Node ── raw(method, params) ──▶ url 1 ─┐ the one that answered last is asked first;
//!   │                              url 2 ─┘ a refusal is an answer, a lost link is not
//!   └── ask("Governance", "proposal", [7]) ── contracts ── abi ──▶ JSON
//! ```
//!
//! ```
//! let governance = civitas_sdk::contracts::contract("Governance").ok_or("unknown")?;
//! let data = governance.encode("proposal", &[serde_json::json!(7)])?;
//! assert_eq!(data.len(), 36);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It never holds a key: what it sends was signed elsewhere.

pub mod abi;
pub mod contracts;
mod error;
mod node;

pub use error::{AbiError, Error, causes};
pub use node::Node;
