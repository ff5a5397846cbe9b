//! The state of one block in progress, and the difference that it makes.
//!
//! [`BlockState`] lies over the state before the block. It remembers for every account and slot that was read the value
//! before the block and the value now, so that the [`StateDiff`] holds real changes only: what a block sets and sets
//! back does not appear. The result does not depend on the order of any hash map.
//!
//! Accounts are committed as revm's own databases do it: touched and empty means deleted (EIP-161); the journal has
//! already changed the marks of accounts for which that rule does not hold yet (before Spurious Dragon).

use crate::{
    database::{DatabaseError, StateDatabase, account_of},
    spec::ChainSpec,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_ports::StateView;
use civitas_types::{Account, StateDiff, StorageDiff};
use revm::{
    Database, DatabaseCommit, DatabaseRef,
    bytecode::Bytecode,
    primitives::{AddressMap, B256Map, StorageKeyMap},
    state::{Account as TouchedAccount, AccountInfo, EvmStorage},
};
use std::collections::{BTreeMap, hash_map};

/// Accounts that a usual transaction touches for the first time in its block: sender and receiver.
const ACCOUNTS_PER_TRANSACTION: usize = 2;

/// A slot before the block and now.
#[derive(Clone, Copy, Debug)]
struct SlotChange {
    original: U256,
    current: U256,
}

/// An account before the block and now.
#[derive(Debug)]
struct AccountChange {
    original: Option<Account>,
    current: Option<AccountInfo>,
    /// The storage before the block does not count any more: the account was destroyed or created anew.
    cleared: bool,
    slots: StorageKeyMap<SlotChange>,
}

impl AccountChange {
    fn loaded(info: Option<AccountInfo>) -> Self {
        Self {
            original: info.as_ref().map(account_of),
            current: info,
            cleared: false,
            slots: StorageKeyMap::default(),
        }
    }

    fn clear_storage(&mut self) {
        self.cleared = true;
        self.slots.clear();
    }

    fn destroy(&mut self) {
        self.clear_storage();
        self.current = None;
    }

    /// Storage below this block is empty when the account did not exist, or does not count any more.
    const fn storage_is_known(&self) -> bool {
        self.cleared || self.original.is_none()
    }

    fn set_slots(&mut self, storage: EvmStorage) {
        for (slot, value) in storage {
            if !value.is_changed() {
                continue;
            }
            self.slots
                .entry(slot)
                .and_modify(|change| change.current = value.present_value)
                .or_insert(SlotChange {
                    original: value.original_value,
                    current: value.present_value,
                });
        }
    }

    fn storage_diff(&self) -> StorageDiff {
        let wiped = self.cleared && self.original.is_some();
        let changed = self.slots.iter().filter(|(_, change)| {
            if self.storage_is_known() {
                !change.current.is_zero()
            } else {
                change.current != change.original
            }
        });
        StorageDiff {
            wiped,
            slots: changed.map(|(slot, change)| (*slot, change.current)).collect(),
        }
    }
}

/// The overlay of one block.
#[derive(Debug)]
pub struct BlockState<'a> {
    spec: &'a ChainSpec,
    database: StateDatabase<&'a dyn StateView>,
    parent_number: Option<u64>,
    parent_hash: B256,
    accounts: AddressMap<AccountChange>,
    codes: B256Map<Bytecode>,
    refused_creation: Option<Address>,
}

impl<'a> BlockState<'a> {
    /// The overlay for block `number` on the state behind `view`. `BLOCKHASH` of the block before it is `parent_hash`,
    /// whether the view knows it or not.
    pub fn new(spec: &'a ChainSpec, view: &'a dyn StateView, number: u64, parent_hash: B256) -> Self {
        Self {
            spec,
            database: StateDatabase::new(view),
            parent_number: number.checked_sub(1),
            parent_hash,
            accounts: AddressMap::default(),
            codes: B256Map::default(),
            refused_creation: None,
        }
    }

    /// Makes room for the accounts of so many transactions: growing a large map moves every account.
    pub(crate) fn reserve(&mut self, transactions: usize) {
        self.accounts
            .reserve(transactions.saturating_mul(ACCOUNTS_PER_TRANSACTION));
    }

    /// What changed since the beginning of the block.
    pub fn diff(&self) -> StateDiff {
        let mut diff = StateDiff::default();
        // Collected and sorted once: far cheaper than sorted insertion of thousands of random addresses.
        let mut accounts = Vec::new();
        let mut storage = Vec::new();
        for (address, change) in &self.accounts {
            let current = change.current.as_ref().map(account_of);
            if current != change.original {
                accounts.push((*address, current));
                self.collect_code(change, &mut diff.codes);
            }
            if change.cleared || !change.slots.is_empty() {
                let slots = change.storage_diff();
                if slots.wiped || !slots.slots.is_empty() {
                    storage.push((*address, slots));
                }
            }
        }
        diff.accounts = accounts.into_iter().collect();
        diff.storage = storage.into_iter().collect();
        diff
    }

    /// Whether the storage that the genesis gave `address` still stands, so that no contract may be created there
    /// (EIP-7610).
    pub(crate) fn has_genesis_storage(&mut self, address: Address) -> Result<bool, DatabaseError> {
        match self.spec.storage_only_slot(&address) {
            Some(slot) => Ok(!self.storage(address, slot)?.is_zero()),
            None => Ok(false),
        }
    }

    /// Lets this account look like one with code until it is unset: see [`crate::collision`].
    pub(crate) const fn set_refused_creation(&mut self, address: Option<Address>) {
        self.refused_creation = address;
    }

    fn collect_code(&self, change: &AccountChange, codes: &mut BTreeMap<B256, Bytes>) {
        let Some(info) = &change.current else { return };
        let hash = info.code_hash;
        let before = change.original.unwrap_or_default().code_hash;
        if hash == before || info.is_code_hash_empty_or_zero() {
            return;
        }
        let code = info.code.as_ref().or_else(|| self.codes.get(&hash));
        if let Some(code) = code {
            codes.insert(hash, code.original_bytes());
        }
    }

    fn load(&mut self, address: Address) -> Result<&mut AccountChange, DatabaseError> {
        match self.accounts.entry(address) {
            hash_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            hash_map::Entry::Vacant(entry) => {
                let info = self.database.basic_ref(address)?;
                Ok(entry.insert(AccountChange::loaded(info)))
            }
        }
    }

    fn commit_account(&mut self, address: Address, account: TouchedAccount) {
        if !account.is_touched() {
            return;
        }
        let change = self.accounts.entry(address).or_insert_with(|| {
            // revm loads every account through this overlay before it changes it; kept for callers that do not.
            let existed = !account.is_loaded_as_not_existing();
            AccountChange::loaded(existed.then(|| account.original_info()))
        });
        if account.is_selfdestructed() {
            change.destroy();
            return;
        }
        if account.is_created() {
            change.clear_storage();
        } else if account.is_empty() {
            change.destroy();
            return;
        }
        let code_before = change.current.as_ref().map(|info| info.code_hash);
        if let Some(code) = &account.info.code
            && code_before != Some(account.info.code_hash)
            && !account.info.is_code_hash_empty_or_zero()
        {
            self.codes.insert(account.info.code_hash, code.clone());
        }
        change.current = Some(account.info);
        change.set_slots(account.storage);
    }
}

impl Database for BlockState<'_> {
    type Error = DatabaseError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        let mut info = self.load(address)?.current.clone();
        if self.refused_creation == Some(address)
            && let Some(info) = &mut info
        {
            info.code_hash = B256::ZERO;
        }
        Ok(info)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Self::Error> {
        if let Some(code) = self.codes.get(&hash) {
            return Ok(code.clone());
        }
        let code = self.database.code_by_hash_ref(hash)?;
        self.codes.insert(hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        let database = self.database;
        let change = self.load(address)?;
        if let Some(change) = change.slots.get(&slot) {
            return Ok(change.current);
        }
        if change.storage_is_known() {
            return Ok(U256::ZERO);
        }
        let value = database.storage_ref(address, slot)?;
        let unchanged = SlotChange {
            original: value,
            current: value,
        };
        change.slots.insert(slot, unchanged);
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        if self.parent_number == Some(number) {
            return Ok(self.parent_hash);
        }
        self.database.block_hash_ref(number)
    }
}

impl DatabaseCommit for BlockState<'_> {
    fn commit(&mut self, changes: AddressMap<TouchedAccount>) {
        for (address, account) in changes {
            self.commit_account(address, account);
        }
    }

    fn commit_iter(&mut self, changes: &mut dyn Iterator<Item = (Address, TouchedAccount)>) {
        for (address, account) in changes {
            self.commit_account(address, account);
        }
    }
}
