//! State and history of a ledger: [`civitas_ports::LedgerStore`] over `commonware-storage`.
//!
//! ```text
//!   apply ──▶ plan ──▶ root (flat: QMDB · trie: Merkle Patricia) ──▶ seal ──▶ record (durable) ──▶ head
//!                                                                            │ write-ahead log
//!                                    flat state · trie · indexes ◀───────────┘ flushed now and then
//!   view(height): newest value, and back through the change sets in the records
//! ```
//!
//! - **One write for each block.** The block's record (`record`) is made durable; everything else follows
//!   from the records, is flushed every [`Config::flush_blocks`] blocks and made again after a crash.
//! - **Two commitments.** The flat state (`flat`) is a QMDB and gives the root of a `qmdb` ledger; on an
//!   `mpt` ledger a trie (`trie`) gives the root.
//! - **History without an index.** Every value knows when it changed (`value`), every record what was before
//!   (`change`); see `view`, and `base` for roots and proofs of an `mpt` ledger.
//! - **Indexes** of transactions, blocks, codes and log topics are sorted runs on disk (`index`, `logs`).
//!
//! Memory is bounded by [`Config`], but for about 30 bytes for each key of the state, which QMDB needs.
//!
//! This crate never decides what is valid, never executes, and never deletes a block.

mod base;
mod blocking;
mod blocks;
mod change;
mod config;
mod engine;
mod failure;
mod flat;
mod index;
mod key;
mod logs;
mod open;
mod patricia;
mod plan;
mod proof;
mod record;
mod runtime;
mod store;
mod trie;
mod value;
mod view;
mod wire;

#[cfg(test)]
mod tests;

pub use config::{CACHE_MIB_DEFAULT, Config, GenesisInput, GenesisSeal};
pub use flat::verify_proof;
pub use key::{account_key, slot_key, slot_path};
pub use runtime::Runtime;
pub use store::Store;
