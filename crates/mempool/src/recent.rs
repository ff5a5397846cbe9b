//! Transactions that this node has seen lately, by hash, so that their signatures are recovered once.
//!
//! Two generations instead of a list in order of use: what is used moves to the young one, and when the young
//! one is full it becomes the old one, whose unused rest is forgotten. Insertion and look-up cost one hash each.
//!
//! Invariant: at most twice [`GENERATION_TRANSACTIONS_MAX`] transactions and twice [`GENERATION_BYTES_MAX`].

use alloy_primitives::B256;
use civitas_types::Transaction;
use std::{collections::HashMap, sync::Arc};

/// Transactions of one generation: two hold more than a payload may, so that a payload never pushes itself out.
const GENERATION_TRANSACTIONS_MAX: usize = 8_192;
/// Encoded bytes of one generation.
const GENERATION_BYTES_MAX: usize = 8 * 1024 * 1024;

#[derive(Default)]
struct Generation {
    transactions: HashMap<B256, Arc<Transaction>>,
    bytes: usize,
}

/// The transactions that were seen lately.
#[derive(Default)]
pub(crate) struct Recent {
    young: Generation,
    old: Generation,
}

impl Recent {
    pub(crate) fn get(&mut self, hash: &B256) -> Option<Arc<Transaction>> {
        if let Some(found) = self.young.transactions.get(hash) {
            return Some(found.clone());
        }
        let found = self.old.transactions.remove(hash)?;
        self.old.bytes -= found.raw().len();
        self.insert(found.clone());
        Some(found)
    }

    pub(crate) fn insert(&mut self, transaction: Arc<Transaction>) {
        let bytes = transaction.raw().len();
        let full = self.young.transactions.len() >= GENERATION_TRANSACTIONS_MAX
            || self.young.bytes + bytes > GENERATION_BYTES_MAX;
        if full {
            self.old = std::mem::take(&mut self.young);
        }
        if self
            .young
            .transactions
            .insert(transaction.hash(), transaction)
            .is_none()
        {
            self.young.bytes += bytes;
        }
    }
}
