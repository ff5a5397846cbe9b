//! The audit records of one node: what matters for security, written once, in order, chained by hashes.
//!
//! ```text
//! applied blocks ─▶ derive ──────────────┐ waits
//!                                        ├─▶ Recorder ─▶ (bounded queue) ─▶ Writer ─▶ Log ─▶ data/audit/*.jsonl
//! refusals, certificates, start, stop ─▶ tally ─┘ never waits; what does not fit is counted and recorded     │
//!                                                                                                   │
//! anchors on the ledger ──────────────────────────────▶ verify: the first missing or altered record ◀┘
//! ```
//!
//! Invariants:
//! - Record `n + 1` names the hash of record `n`; indices have no gap. A hash covers the exact text of its record.
//! - What follows from the ledger is recorded once, whatever crashes: the records themselves say how far the node was.
//! - Nothing is lost in silence: the number of records that did not fit in the queue is a record itself.
//! - A reader of the folder needs no code of ours: a record is a line of JSON, its hash is the Keccak-256 of the line
//!   up to `,"hash":"`.
//!
//! ```
//! use civitas_audit::{Entry, Line, Record};
//! use alloy_primitives::B256;
//! let entry = Entry::new("node.started", 1_700_000_000_000).with("version", "1.0.0");
//! let line = Record::chained(entry, 0, B256::ZERO).to_line();
//! let body = line.rsplit_once(",\"hash\":\"").map(|(body, _)| body);
//! assert_eq!(body.map(alloy_primitives::keccak256), Line::parse(line.trim_end()).ok().map(|record| record.hash));
//! ```
//!
//! This crate never talks to a node, holds a key or sends an anchor, and has no clock: time comes with every entry.

mod derive;
mod error;
mod folder;
mod log;
mod record;
mod tally;
mod verify;
mod writer;

pub use derive::{Deriver, is_denial};
pub use error::{LineFault, LogError};
pub use folder::records;
pub use log::{Head, Log, SEGMENT_BYTES_MAX};
pub use record::{Entry, Line, Outcome, Position, Record, Source};
pub use tally::Tally;
pub use verify::{Anchor, Finding, Report, Trouble, verify};
pub use writer::{Counts, Recorder, Writer, start};

#[cfg(test)]
mod tests;
