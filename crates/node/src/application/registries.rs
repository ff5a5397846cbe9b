//! What the registries of the city say of a ledger's next block: the state they are read from, whether it takes
//! transactions, its parameters.

use super::{LedgerApplication, unacceptable::DeliverError};
use civitas_evm::SystemContracts;
use civitas_ports::{StateView, StoreError};
use civitas_system_contracts::ledgers::{self, Status};
use civitas_types::{Height, LedgerParameters, Payload};
use commonware_runtime::Clock;
use std::sync::Arc;

/// Whether a ledger takes transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    Open,
    /// It is frozen or closed: payloads are empty, and an idle ledger's.
    Stopped,
}

impl<E: Clock> LedgerApplication<E> {
    /// Whether the ledger takes transactions now.
    pub(super) fn writes(&self) -> Result<Writes, StoreError> {
        match &self.main {
            Some(main) if main.standing()? != Status::Active => Ok(Writes::Stopped),
            _ => Ok(Writes::Open),
        }
    }

    /// The parameters by which this node proposes, as far as it has executed.
    pub(super) fn parameters_now(&self) -> Result<LedgerParameters, StoreError> {
        let store = self.main.as_ref().map_or(&self.store, |main| &main.store);
        let head = store.head();
        self.parameters_after(&*store.view(head.height)?, head.timestamp_ms)
    }

    /// The parameters of the block that is executed on `state`, whose parent is of the time `timestamp_ms`.
    pub(super) fn parameters_after(
        &self,
        state: &dyn StateView,
        timestamp_ms: u64,
    ) -> Result<LedgerParameters, StoreError> {
        if self.spec.system_contracts() == SystemContracts::Absent {
            return Ok(self.parameters.clone());
        }
        let parameters = civitas_evm::ask(state, timestamp_ms, |host| {
            ledgers::parameters_now(host, self.ledger, &self.parameters)
        })?;
        Ok(parameters)
    }

    /// The state that a final payload is executed on. Waits for the main ledger of this node where it is behind: a
    /// quorum has had that block.
    pub(super) async fn view_for(
        &self,
        payload: &Payload,
        before: Height,
    ) -> Result<Arc<dyn StateView>, DeliverError> {
        let own = self.store.view(before)?;
        let (Some(main), Some(link)) = (&self.main, payload.header().main) else {
            return Ok(own);
        };
        main.reached(link.height).await;
        match main.compare(link)? {
            Ok(()) => Ok(main.over(own, link.height)),
            Err(fault) => Err(DeliverError::Diverged(Box::new(fault))),
        }
    }
}
