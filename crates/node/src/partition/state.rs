//! The state of a partition ledger as its rules see it: its own, but the storage of the system contracts is that of the
//! main ledger.
//!
//! Which main block that is stands in the ledger's own state, written by the execution of every block, so that reads
//! at old heights see what the block saw.

use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_ports::{
    AccountProof, BoxFuture, Head, LedgerStore, LogQuery, LogRecord, Seal, StateError, StateProof, StateView,
    StoreError,
};
use civitas_system_contracts::{address::PARTITION, contract_at, erc1056, partition::MAIN_HEIGHT_SLOT};
use civitas_types::{Account, Block, Height, StateDiff, TransactionLocation};
use std::sync::Arc;
use thiserror::Error;

/// A partition's state root says nothing of what stands on the main ledger.
const OF_MAIN: StoreError = StoreError::Unsupported {
    what: "prove the state of a system contract on a partition ledger",
    cure: "ask the main ledger, at the block that the header of the partition's block names",
};

/// Whether an account's storage is that of the main ledger.
pub fn is_of_main(address: &Address) -> bool {
    contract_at(address).is_some() || *address == erc1056::ADDRESS
}

/// The main ledger's state is not there on this node. What the ledger keeps itself can be read all the same.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MainStateMissing {
    /// The main ledger of this node has not come so far.
    #[error(
        "the main ledger of this node is at height {head}, its state at {height} is needed: wait until it is there"
    )]
    NotReached {
        /// The height that is needed.
        height: Height,
        /// The newest height.
        head: Height,
    },
    /// The main ledger's state of that time is not kept for questions.
    #[error("the main ledger's state at height {height} is no longer kept (the oldest is {oldest})")]
    Pruned {
        /// The height that is needed.
        height: Height,
        /// The oldest height that can be read.
        oldest: Height,
    },
    /// The main ledger's store failed.
    #[error("the main ledger's state at height {height} cannot be read")]
    Failed {
        /// The height that is needed.
        height: Height,
    },
}

/// A view of a partition ledger over one of the main ledger.
pub struct LinkedView {
    own: Arc<dyn StateView>,
    main: Result<Arc<dyn StateView>, MainStateMissing>,
    /// The height of the main block, where it is not the one in `own`: a view for tracing the next block.
    shown: Option<Height>,
}

impl LinkedView {
    /// `own` over the main ledger's state after the block at `height`, however old that is: for executing blocks.
    pub fn new(own: Arc<dyn StateView>, main: &dyn LedgerStore, height: Height) -> Self {
        Self::over(own, main.view_of_history(height), height)
    }

    /// The same for questions, which reach back as far as those of the main ledger.
    fn asked(own: Arc<dyn StateView>, main: &dyn LedgerStore, height: Height) -> Self {
        Self::over(own, main.view(height), height)
    }

    fn over(own: Arc<dyn StateView>, main: Result<Arc<dyn StateView>, StoreError>, height: Height) -> Self {
        let main = main.map_err(|error| match error {
            StoreError::Unknown { height, head } => MainStateMissing::NotReached { height, head },
            StoreError::Pruned { height, oldest } => MainStateMissing::Pruned { height, oldest },
            _ => MainStateMissing::Failed { height },
        });
        Self {
            own,
            main,
            shown: None,
        }
    }
}

impl StateView for LinkedView {
    fn height(&self) -> Height {
        self.own.height()
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        self.own.account(address)
    }

    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError> {
        if let Some(shown) = self.shown
            && *address == PARTITION
            && *slot == MAIN_HEIGHT_SLOT
        {
            return Ok(U256::from(shown.get()));
        }
        if !is_of_main(address) {
            return self.own.storage(address, slot);
        }
        match &self.main {
            Ok(main) => main.storage(address, slot),
            Err(MainStateMissing::Pruned { height, oldest }) => Err(StateError::Pruned {
                height: *height,
                oldest: *oldest,
            }),
            Err(missing) => Err(StateError::Storage(Box::new(*missing))),
        }
    }

    fn code(&self, hash: &B256) -> Result<Bytes, StateError> {
        self.own.code(hash)
    }

    fn block_hash(&self, height: Height) -> Result<Option<B256>, StateError> {
        self.own.block_hash(height)
    }
}

/// The main block that the block behind a view was executed against.
///
/// # Errors
/// What the state gives.
pub fn main_height(view: &dyn StateView) -> Result<Height, StateError> {
    let height = view.storage(&PARTITION, &MAIN_HEIGHT_SLOT)?;
    Ok(Height::new(height.saturating_to()))
}

/// The store of a partition ledger whose views are [`LinkedView`]s.
pub struct LinkedStore {
    own: Arc<dyn LedgerStore>,
    main: Arc<dyn LedgerStore>,
}

impl LinkedStore {
    /// Joins the partition ledger's store and the main ledger's.
    pub fn new(own: Arc<dyn LedgerStore>, main: Arc<dyn LedgerStore>) -> Self {
        Self { own, main }
    }

    /// The newest state is what the next block is executed on, also where the main ledger has gone far ahead.
    fn linked(&self, height: Height) -> Result<LinkedView, StoreError> {
        let own = self.own.view(height)?;
        let main = main_height(&*own)?;
        if height >= self.own.head().height {
            return Ok(LinkedView::new(own, &*self.main, main));
        }
        Ok(LinkedView::asked(own, &*self.main, main))
    }
}

impl LedgerStore for LinkedStore {
    fn head(&self) -> Head {
        self.own.head()
    }

    fn oldest_state(&self) -> Height {
        self.own.oldest_state()
    }

    fn view(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        Ok(Arc::new(self.linked(height)?))
    }

    fn view_of_history(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        let own = self.own.view_of_history(height)?;
        let main = main_height(&*own)?;
        Ok(Arc::new(LinkedView::new(own, &*self.main, main)))
    }

    fn view_before(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        let shown = main_height(&*self.own.view(height)?)?;
        let own = self.own.view_before(height)?;
        let view = LinkedView::asked(own, &*self.main, shown);
        Ok(Arc::new(LinkedView {
            shown: Some(shown),
            ..view
        }))
    }

    fn apply<'a>(&'a self, diff: StateDiff, seal: Seal<'a>) -> BoxFuture<'a, Result<Arc<Block>, StoreError>> {
        self.own.apply(diff, seal)
    }

    fn root_with<'a>(
        &'a self,
        height: Height,
        diff: &'a StateDiff,
    ) -> BoxFuture<'a, Result<B256, StoreError>> {
        self.own.root_with(height, diff)
    }

    fn block(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>> {
        self.own.block(height)
    }

    fn height_of(&self, hash: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>> {
        self.own.height_of(hash)
    }

    fn locate(&self, transaction: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>> {
        self.own.locate(transaction)
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>> {
        self.own.logs(query)
    }

    fn account_proof<'a>(
        &'a self,
        height: Height,
        address: Address,
        slots: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>> {
        if is_of_main(&address) {
            return Box::pin(std::future::ready(Err(OF_MAIN)));
        }
        self.own.account_proof(height, address, slots)
    }

    fn state_proof(
        &self,
        address: Address,
        slot: Option<U256>,
    ) -> BoxFuture<'_, Result<StateProof, StoreError>> {
        if is_of_main(&address) {
            return Box::pin(std::future::ready(Err(OF_MAIN)));
        }
        self.own.state_proof(address, slot)
    }
}
