//! Who orders which epoch of a ledger: the seam between ordering and the state.
//!
//! Ordering asks for the validators of an epoch when it enters it, that is, when the last block of the epoch before
//! has been executed and is durable. The answer must follow from the state after that block alone, or the nodes
//! of the ledger would disagree.

use civitas_ports::{BoxFuture, LedgerStore, StoreError};
use civitas_types::Validator;

/// Answers who orders an epoch.
pub trait Membership: Send + Sync + 'static {
    /// The validators of `epoch`: at least one, no key twice.
    ///
    /// Asked only when the head of `store` is at the last block of the epoch before, or above. A function of the
    /// state after that block: the same on all nodes, now and later, also when the head is far above and that state is
    /// no longer kept.
    ///
    /// # Errors
    /// When the state cannot be read; the node stops.
    fn validators<'a>(
        &'a self,
        store: &'a dyn LedgerStore,
        epoch: u64,
    ) -> BoxFuture<'a, Result<Vec<Validator>, StoreError>>;
}

/// The validators of the genesis order every epoch.
#[derive(Clone, Debug)]
pub struct GenesisMembership {
    validators: Vec<Validator>,
}

impl GenesisMembership {
    /// Takes the validators of the genesis.
    pub const fn new(validators: Vec<Validator>) -> Self {
        Self { validators }
    }
}

impl Membership for GenesisMembership {
    fn validators<'a>(
        &'a self,
        _: &'a dyn LedgerStore,
        _: u64,
    ) -> BoxFuture<'a, Result<Vec<Validator>, StoreError>> {
        Box::pin(std::future::ready(Ok(self.validators.clone())))
    }
}
