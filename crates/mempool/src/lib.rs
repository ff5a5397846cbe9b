//! The pool of transactions that wait to be ordered: checks, queues per sender, fair selection, eviction.
//!
//! ```text
//! submit ─▶ form (size, type, chain, gas, fees) ─▶ signature ─▶ state (nonce, balance, code) ─▶ Queue of the sender
//!                                                                                               │
//! block_applied ─▶ account of the touched senders ─▶ nonces move up, old ones leave             ▼
//! select ◀──────── round robin over the senders, nonces in sequence ◀─────────────────────── pending
//! ```
//!
//! A transaction is *pending* when it can be executed next: its nonce follows the account's nonce and the
//! transactions before it, and the balance pays for all of them. Every other one is *queued*.
//!
//! # Attacks
//! Gas may cost nothing on a ledger, so the pool defends itself by bounds and fairness, not by price:
//! - checks run in the order of their cost, so that garbage is refused before a signature is recovered;
//! - an executable transaction never leaves for another one; a full pool gives up queued transactions, from the
//!   sender that has most of them, and at most [`Config::EVICTED_MAX`] for one newcomer, so that a few
//!   transactions never push out many;
//! - a leader takes one transaction of each sender before it takes a second one of any, and a sender that was
//!   served goes behind the others.
//!
//! # Time
//! The pool has no clock: it counts applied blocks. It uses no task and no timer either; its futures wake up
//! under any runtime.
//!
//! # Durability
//! The pool is in memory. What a node accepted from a client is spread to every validator and spread again until
//! it is in a block, so it is lost only if every node that has it stops before it is ordered; a client that has no
//! receipt sends again, which is safe because a nonce is used once.
//!
//! # Example
//! ```
//! use civitas_mempool::{Config, Pool, Rules};
//! use civitas_ports::{LedgerStore, Origin, TransactionPool};
//! use std::sync::Arc;
//!
//! fn accept(store: Arc<dyn LedgerStore>, raw: alloy_primitives::Bytes) {
//!     let rules = Rules {
//!         chain_id: 1337,
//!         base_fee: 0,
//!         transaction_bytes_max: 128 * 1024,
//!         transaction_gas_max: 16_777_216,
//!     };
//!     let pool = Pool::new(Config::default(), rules, store, Box::new(|_, _| Ok(())));
//!     match pool.submit(raw, Origin::Client) {
//!         Ok(transaction) => println!("{} waits", transaction.hash()),
//!         Err(refusal) => println!("refused: {refusal}"),
//!     }
//! }
//! ```
//!
//! This crate never executes a transaction, never opens a socket and never touches a disk.

mod book;
mod config;
mod form;
mod outgoing;
mod pool;
mod queue;
mod recent;
mod select;

pub use config::{Config, Rules};
pub use pool::{Denied, Judge, Pool};

#[cfg(test)]
mod tests;
