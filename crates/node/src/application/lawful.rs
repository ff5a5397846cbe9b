//! Which transactions may be in a payload: what of the pool is proposed, what of others is voted for, and the height at which
//! words are judged.

use super::{LedgerApplication, Unacceptable};
use crate::words::Check;
use alloy_primitives::{Address, Bytes};
use civitas_ports::StoreError;
use civitas_types::{Height, MainLink, Payload, Transaction};
use commonware_runtime::Clock;
use std::{collections::HashSet, sync::Arc};
use tracing::debug;

/// The height of the main ledger at which the words of a payload are judged: its own, or that of the block it names.
pub(super) fn judged_height(height: Height, main: Option<MainLink>) -> Height {
    main.map_or(height, |main| main.height)
}

impl<E: Clock> LedgerApplication<E> {
    /// Those of `selected` that are not refused. What was taken in before its words were refused leaves the pool, and what
    /// its sender sent after it waits.
    pub(super) fn lawful(
        &self,
        selected: Vec<Arc<Transaction>>,
        height: Height,
    ) -> Result<Vec<Bytes>, StoreError> {
        let words = self.words.at(height)?;
        let mut refused = Vec::new();
        let mut held_up: HashSet<Address> = HashSet::new();
        let mut lawful = Vec::with_capacity(selected.len());
        for transaction in selected {
            if let Some(refusal) = words.refused(&transaction) {
                debug!(hash = %transaction.hash(), %refusal, "a waiting transaction is dropped");
                held_up.insert(transaction.sender());
                refused.push(transaction);
            } else if !held_up.contains(&transaction.sender()) {
                lawful.push(transaction.raw().clone());
            }
        }
        if !refused.is_empty() {
            self.pool.discard(&refused);
        }
        Ok(lawful)
    }

    /// Everything that can be said of a transaction without the state: it decodes, is signed, fits this ledger, has no
    /// words that are refused.
    pub(super) fn check_transactions(&self, payload: &Payload, words: &Check) -> Result<(), Unacceptable> {
        for (index, recovered) in self
            .pool
            .recover_all(payload.transactions())
            .into_iter()
            .enumerate()
        {
            let refuse = |reason: String| Unacceptable::Transaction { index, reason };
            let transaction = recovered.map_err(|error| refuse(error.to_string()))?;
            self.pool
                .check_form(&transaction)
                .map_err(|refusal| refuse(refusal.to_string()))?;
            if let Some(refusal) = words.refused(&transaction) {
                return Err(refuse(refusal.to_string()));
            }
        }
        Ok(())
    }
}
