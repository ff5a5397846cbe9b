//! Who orders which epoch of a ledger: the seam between ordering and the state.
//!
//! Ordering asks for the validators of an epoch when it enters it, that is, when the last block of the epoch before
//! has been executed and is durable. The answer must follow from the state after that block alone, or the nodes
//! of the ledger would disagree.

use civitas_evm::{ChainSpec, SystemContracts};
use civitas_ports::{BoxFuture, LedgerStore, StoreError};
use civitas_system_contracts::nodes;
use civitas_types::{Genesis, Validator};
use std::sync::Arc;

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

/// The registry of nodes says who orders an epoch: the system contract Nodes, whose sets are kept for ever.
#[derive(Clone, Copy, Debug)]
pub struct RegistryMembership;

impl Membership for RegistryMembership {
    fn validators<'a>(
        &'a self,
        store: &'a dyn LedgerStore,
        epoch: u64,
    ) -> BoxFuture<'a, Result<Vec<Validator>, StoreError>> {
        let head = store.head();
        let answer = store.view(head.height).and_then(|view| {
            let records = civitas_evm::ask(&*view, head.timestamp_ms, |host| nodes::validators(host, epoch))?;
            Ok(records.into_iter().map(Validator::from).collect())
        });
        Box::pin(std::future::ready(answer))
    }
}

/// Who orders the ledger of a genesis: its registry of nodes, or, where it has none, its own validators for ever.
pub fn of_genesis(genesis: &Genesis) -> Arc<dyn Membership> {
    match ChainSpec::from_genesis(genesis).system_contracts() {
        SystemContracts::Present => Arc::new(RegistryMembership),
        // Partition ledgers bring `PartitionMembership` with them.
        SystemContracts::OfMain | SystemContracts::Absent => {
            Arc::new(GenesisMembership::new(genesis.validators.clone()))
        }
    }
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
