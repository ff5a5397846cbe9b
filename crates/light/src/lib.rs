//! Verification engines: what a client checks so that it need not trust the node that it asks.
//!
//! ```text
//!                     certificate ─▶ header ─┬▶ transactions, receipts, events   (inclusion)
//!  trusted state ──▶     seals    ─▶         └▶ accounts, slots                  (state: tries, QMDB)
//! ```
//! The same code runs in the console's pages (compiled to WebAssembly), in gateways and on the ledger, so all of it is pure:
//! input in, verdict out. It reads no clock (the time is an argument), no socket, no disk and no random source; it trusts no
//! length that it is told, and an input that it cannot read is an error, never a panic.
//!
//! ```
//! use civitas_light::certificate::quorum;
//!
//! assert_eq!(quorum(4), 3);
//! assert_eq!(quorum(7), 5);
//! ```
//!
//! It never fetches anything, signs anything or decides whom to trust.

pub mod attestation;
pub mod bft;
pub mod bytes;
pub mod certificate;
#[cfg(not(target_arch = "wasm32"))]
pub mod cometbft;
pub mod ed25519;
pub mod engine;
pub mod header;
pub mod inclusion;
pub mod ledger;
pub mod qmdb;
pub mod secp256k1;
pub mod state;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod web;
