//! Client transactions on their way to the other nodes: new ones at once, waiting ones again after some blocks.
//!
//! Invariant: at most [`FRESH_MAX`] new ones are held back for a slow network; what does not fit is spread with
//! the repeats.

use alloy_primitives::B256;
use civitas_types::{Height, Transaction};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

/// New transactions that wait for the gossip task.
const FRESH_MAX: usize = 8_192;
/// Transactions of one batch of repeats, and of one batch of new ones.
const BATCH_MAX: usize = 1_024;

/// What has to be spread.
#[derive(Default)]
pub(crate) struct Outgoing {
    fresh: VecDeque<Arc<Transaction>>,
    /// All waiting client transactions by when they were spread last.
    spread: BTreeSet<(Height, B256)>,
}

impl Outgoing {
    pub(crate) fn accept(&mut self, transaction: Arc<Transaction>, height: Height) {
        self.spread.insert((height, transaction.hash()));
        if self.fresh.len() < FRESH_MAX {
            self.fresh.push_back(transaction);
        }
    }

    pub(crate) fn remove(&mut self, spread_at: Height, hash: B256) {
        self.spread.remove(&(spread_at, hash));
    }

    pub(crate) fn take_fresh(&mut self) -> Vec<Arc<Transaction>> {
        let count = self.fresh.len().min(BATCH_MAX);
        self.fresh.drain(..count).collect()
    }

    /// Those that were spread at least `repeat_after` blocks before `height`, oldest first, at most a batch.
    pub(crate) fn due(&self, height: Height, repeat_after: u64) -> Vec<(Height, B256)> {
        let old_enough = |entry: &&(Height, B256)| height.above(entry.0) >= repeat_after.max(1);
        self.spread
            .iter()
            .take_while(old_enough)
            .take(BATCH_MAX)
            .copied()
            .collect()
    }

    pub(crate) fn repeat(&mut self, spread_at: Height, hash: B256, height: Height) {
        self.spread.remove(&(spread_at, hash));
        self.spread.insert((height, hash));
    }

    /// How many client transactions wait.
    pub(crate) fn waiting(&self) -> usize {
        self.spread.len()
    }
}
