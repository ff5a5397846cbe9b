//! What the node joins, through its public interface; modules whose tests stand beside them run here, too.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

mod batch;
mod beside;
mod certificates;
mod data;
mod memory_ledger;
mod partition;
mod refusals;
mod registry;
mod storage;
mod words;
