//! A ledger in memory for tests: states that somebody else has made, and no blocks.

use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_ports::{
    AccountProof, BoxFuture, Head, LedgerStore, LogQuery, LogRecord, Seal, StateError, StateProof, StateView,
    StoreError,
};
use civitas_types::{Account, Block, Height, StateDiff, TransactionLocation};
use std::{collections::BTreeMap, sync::Arc};

pub type Slots = BTreeMap<(Address, U256), U256>;

/// States by height; blocks have the height as hash.
#[derive(Clone, Default)]
pub struct Ledger {
    pub states: BTreeMap<u64, Slots>,
    pub oldest: u64,
}

struct View {
    height: u64,
    slots: Slots,
}

pub fn hash_of(height: u64) -> B256 {
    U256::from(height).into()
}

impl StateView for View {
    fn height(&self) -> Height {
        Height::new(self.height)
    }

    fn account(&self, _: &Address) -> Result<Option<Account>, StateError> {
        Ok(None)
    }

    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError> {
        Ok(self.slots.get(&(*address, *slot)).copied().unwrap_or_default())
    }

    fn code(&self, hash: &B256) -> Result<Bytes, StateError> {
        Err(StateError::MissingCode { hash: *hash })
    }

    fn block_hash(&self, height: Height) -> Result<Option<B256>, StateError> {
        Ok((height.get() <= self.height).then(|| hash_of(height.get())))
    }
}

fn unsupported<T>() -> Result<T, StoreError> {
    Err(StoreError::Unsupported {
        what: "answer in this test",
        cure: "none is needed",
    })
}

impl LedgerStore for Ledger {
    fn head(&self) -> Head {
        let height = self.states.keys().next_back().copied().unwrap_or_default();
        Head {
            height: Height::new(height),
            hash: hash_of(height),
            state_root: B256::ZERO,
            timestamp_ms: 0,
        }
    }

    fn oldest_state(&self) -> Height {
        Height::new(self.oldest)
    }

    fn view(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        if height.get() < self.oldest {
            let oldest = self.oldest_state();
            return Err(StoreError::Pruned { height, oldest });
        }
        self.view_of_history(height)
    }

    fn view_of_history(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        let head = self.head().height;
        if height > head {
            return Err(StoreError::Unknown { height, head });
        }
        let (_, slots) = self.states.range(..=height.get()).next_back().unwrap();
        Ok(Arc::new(View {
            height: height.get(),
            slots: slots.clone(),
        }))
    }

    fn apply<'a>(&'a self, _: StateDiff, _: Seal<'a>) -> BoxFuture<'a, Result<Arc<Block>, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn root_with<'a>(&'a self, _: Height, _: &'a StateDiff) -> BoxFuture<'a, Result<B256, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn block(&self, _: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn height_of(&self, _: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn locate(&self, _: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn logs<'a>(&'a self, _: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn account_proof<'a>(
        &'a self,
        _: Height,
        _: Address,
        _: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>> {
        Box::pin(async { unsupported() })
    }

    fn state_proof(&self, _: Address, _: Option<U256>) -> BoxFuture<'_, Result<StateProof, StoreError>> {
        Box::pin(async { unsupported() })
    }
}
