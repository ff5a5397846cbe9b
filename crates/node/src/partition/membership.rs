//! Who orders which epoch of a partition ledger: the sets in its own state, written at the end of every epoch.

use super::main_ledger::MainLedger;
use crate::membership::Membership;
use civitas_ports::{BoxFuture, LedgerStore, StoreError};
use civitas_system_contracts::partition;
use civitas_types::Validator;
use std::sync::Arc;

/// The sets of validators in the ledger's own state.
pub struct PartitionMembership {
    /// Gives the names of the validators, as they are now: the old state may be pruned, names decide nothing.
    pub main: Arc<MainLedger>,
}

impl Membership for PartitionMembership {
    fn validators<'a>(
        &'a self,
        store: &'a dyn LedgerStore,
        epoch: u64,
    ) -> BoxFuture<'a, Result<Vec<Validator>, StoreError>> {
        let head = store.head();
        let answer = store.view(head.height).and_then(|view| {
            let view = self.main.over(view, self.main.store.head().height);
            let records = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
                partition::validators(host, epoch)
            })?;
            Ok(records.into_iter().map(Validator::from).collect())
        });
        Box::pin(std::future::ready(answer))
    }
}
