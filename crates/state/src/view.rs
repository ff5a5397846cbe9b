//! Reads of the state at any height that is kept.
//!
//! The flat state holds the newest value of a key and the height at which it changed. A view at height `h`
//! takes it if it changed at or before `h`; else the change set of that block has the value before, and so
//! on. So nothing is indexed for history: a read costs one change set for each change of the key since `h`. A
//! key that changes in every block makes reads far back slow; a bounded cache of decoded change sets helps.
//!
//! A view stays consistent while blocks are applied: what a block changes is found in its change set, which
//! is readable before the new values are.

use crate::change::ChangeSet;
use crate::engine::Engine;
use crate::failure::{damaged, state, storage};
use crate::key::{account_key, slot_key};
use crate::logs::{Place, key_of, place};
use crate::runtime::Runtime;
use crate::value::{AccountValue, SlotValue};
use crate::wire::Malformed;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use civitas_ports::{StateError, StateView, StoreError};
use civitas_types::{Account, Height};
use std::sync::Arc;

/// The state after one block.
pub(crate) struct View<E: Runtime> {
    pub(crate) engine: Arc<Engine<E>>,
    pub(crate) height: Height,
    pub(crate) reach: Reach,
}

/// How old a state may be that is read. The change sets of all blocks are kept with the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Within the configured history: what strangers ask costs a bounded number of reads.
    Retained,
    /// Any block.
    History,
}

impl<E: Runtime> Engine<E> {
    /// The newest value of an account; none if it never existed.
    pub(crate) fn account_at_head(&self, address: &Address) -> Result<Option<AccountValue>, StoreError> {
        // Under the guard nothing is applied, so the cache cannot get an old value after a new one.
        let guard = self.flat.read();
        if let Some(value) = self.caches.accounts.get(address) {
            return Ok(value);
        }
        let bytes = guard.get(&account_key(address))?;
        let value = bytes.map(|bytes| AccountValue::decode(&bytes)).transpose();
        let value = value.map_err(|error| damaged(&self.config.partition, error))?;
        self.caches.accounts.insert(*address, value);
        Ok(value)
    }

    /// The newest value of a slot; none if it was never written.
    pub(crate) fn slot_at_head(
        &self,
        address: &Address,
        incarnation: u64,
        slot: &U256,
    ) -> Result<Option<SlotValue>, StoreError> {
        let guard = self.flat.read();
        let cached = (*address, incarnation, *slot);
        if let Some(value) = self.caches.slots.get(&cached) {
            return Ok(value);
        }
        let bytes = guard.get(&slot_key(address, incarnation, slot))?;
        let value = bytes.map(|bytes| SlotValue::decode(&bytes)).transpose();
        let value = value.map_err(|error| damaged(&self.config.partition, error))?;
        self.caches.slots.insert(cached, value);
        Ok(value)
    }

    /// The account as it was after `height`.
    pub(crate) fn account_at(
        &self,
        height: Height,
        address: &Address,
    ) -> Result<Option<AccountValue>, StoreError> {
        let mut value = self.account_at_head(address)?;
        while let Some(later) = value.filter(|value| value.changed > height) {
            let changes = self.changes(later.changed)?;
            value = changes
                .account(address)
                .ok_or_else(|| self.broken_chain())?
                .before;
        }
        Ok(value)
    }

    /// The slot as it was after `height`.
    pub(crate) fn slot_at(
        &self,
        height: Height,
        address: &Address,
        incarnation: u64,
        slot: &U256,
    ) -> Result<U256, StoreError> {
        let mut value = self.slot_at_head(address, incarnation, slot)?;
        while let Some(later) = value.filter(|value| value.changed > height) {
            let changes = self.changes(later.changed)?;
            value = changes
                .slot(address, slot)
                .ok_or_else(|| self.broken_chain())?
                .before;
        }
        Ok(value.map_or(U256::ZERO, |value| value.value))
    }

    fn broken_chain(&self) -> StoreError {
        damaged(
            &self.config.partition,
            Malformed {
                what: "the history of a key (a change is missing)",
            },
        )
    }

    /// The change set of a block.
    pub(crate) fn changes(&self, height: Height) -> Result<Arc<ChangeSet>, StoreError> {
        if let Some(changes) = self.caches.changes.get(&height) {
            return Ok(changes);
        }
        let read = self.blocking.wait(self.blocks.changes(height));
        let changes = Arc::new(read.map_err(|error| storage("reading a change set", error))??);
        self.caches.changes.insert(height, Arc::clone(&changes));
        Ok(changes)
    }

    /// Code by its hash.
    pub(crate) fn find_code(&self, hash: &B256) -> Result<Option<Bytes>, StoreError> {
        if let Some(code) = self.caches.codes.get(hash) {
            return Ok(Some(code));
        }
        for value in self
            .transactions
            .find(key_of(hash), Height::GENESIS, Height::new(u64::MAX))?
        {
            let Place::Code { height } = place(value) else {
                continue;
            };
            let read = self.blocking.wait(self.blocks.existing(height));
            let record = read.map_err(|error| storage("reading a code", error))??;
            if let Some(code) = record.code(hash).map_err(|error| self.blocks.malformed(error))? {
                self.caches.codes.insert(*hash, code.clone());
                return Ok(Some(code));
            }
        }
        Ok(None)
    }

    /// Hash of the block at a height that is not above the head.
    pub(crate) fn hash_at(&self, height: Height) -> Result<B256, StoreError> {
        if let Some(hash) = self.caches.hashes.get(&height) {
            return Ok(hash);
        }
        let read = self.blocking.wait(self.blocks.existing(height));
        let record = read.map_err(|error| storage("reading a block hash", error))??;
        let hash = record.head().map_err(|error| self.blocks.malformed(error))?.hash;
        self.caches.hashes.insert(height, hash);
        Ok(hash)
    }
}

impl<E: Runtime> View<E> {
    /// Fails once the view's height has left the retention window.
    fn kept(&self) -> Result<(), StateError> {
        let oldest = self.engine.oldest_state();
        if self.reach == Reach::Retained && self.height < oldest {
            Err(StateError::Pruned {
                height: self.height,
                oldest,
            })
        } else {
            Ok(())
        }
    }
}

impl<E: Runtime> StateView for View<E> {
    fn height(&self) -> Height {
        self.height
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        self.kept()?;
        Ok(self
            .engine
            .account_at(self.height, address)
            .map_err(state)?
            .and_then(|value| value.account))
    }

    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError> {
        self.kept()?;
        let account = self.engine.account_at(self.height, address).map_err(state)?;
        let Some(account) = account.filter(|value| value.account.is_some()) else {
            return Ok(U256::ZERO);
        };
        self.engine
            .slot_at(self.height, address, account.incarnation, slot)
            .map_err(state)
    }

    fn code(&self, hash: &B256) -> Result<Bytes, StateError> {
        if *hash == KECCAK256_EMPTY {
            return Ok(Bytes::new());
        }
        self.engine
            .find_code(hash)
            .map_err(state)?
            .ok_or(StateError::MissingCode { hash: *hash })
    }

    fn block_hash(&self, height: Height) -> Result<Option<B256>, StateError> {
        if height > self.height {
            return Ok(None);
        }
        self.engine.hash_at(height).map(Some).map_err(state)
    }
}
