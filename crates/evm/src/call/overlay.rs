//! A view of the state with changes on top that never reach a store.
//!
//! Calls, simulations and replays write here. The changes are kept as a [`StateDiff`], so that the state root of a
//! simulated block can be asked from the store with what stands here already. Unlike in the executor, an account that
//! an override made may be empty and still exist, as in geth, until a transaction touches it (EIP-161).

use crate::database::{DatabaseError, account_info, account_of};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, map::AddressMap};
use civitas_ports::{StateError, StateView};
use civitas_types::{Account, Height, StateDiff, StorageDiff};
use revm::{Database, DatabaseCommit, DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{collections::BTreeMap, fmt};

/// A view with changes on top.
#[derive(Clone)]
pub(crate) struct Overlay<'a> {
    view: &'a dyn StateView,
    diff: StateDiff,
    block_hashes: BTreeMap<u64, B256>,
    /// Whether transactions delete the empty accounts that they touch (EIP-161).
    state_clear: bool,
}

impl<'a> Overlay<'a> {
    /// Nothing changed yet. `state_clear` says whether EIP-161 is active.
    pub(crate) fn new(view: &'a dyn StateView, state_clear: bool) -> Self {
        Self {
            view,
            diff: StateDiff::default(),
            block_hashes: BTreeMap::new(),
            state_clear,
        }
    }

    /// Says whether EIP-161 is active in the transactions to come.
    pub(crate) const fn set_state_clear(&mut self, state_clear: bool) {
        self.state_clear = state_clear;
    }

    /// The account with all changes.
    pub(crate) fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        match self.diff.accounts.get(address) {
            Some(account) => Ok(*account),
            None => self.view.account(address),
        }
    }

    /// Puts `account` in place of what is there.
    pub(crate) fn set_account(&mut self, address: Address, account: Account) {
        self.diff.accounts.insert(address, Some(account));
    }

    /// Keeps `code` and gives its hash.
    pub(crate) fn add_code(&mut self, code: Bytes) -> B256 {
        if code.is_empty() {
            return KECCAK256_EMPTY;
        }
        let hash = alloy_primitives::keccak256(&code);
        self.diff.codes.insert(hash, code);
        hash
    }

    /// Clears the whole storage of an account.
    pub(crate) fn wipe_storage(&mut self, address: Address) {
        self.diff.storage.insert(address, wiped());
    }

    /// Writes one slot.
    pub(crate) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.diff
            .storage
            .entry(address)
            .or_default()
            .slots
            .insert(slot, value);
    }

    /// Makes `BLOCKHASH` answer `hash` for block `number`.
    pub(crate) fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
    }

    /// All changes so far against the view. Deletions of accounts that never existed are left out.
    pub(crate) fn diff(&self) -> Result<StateDiff, StateError> {
        let mut diff = self.diff.clone();
        for (address, account) in &self.diff.accounts {
            if account.is_none() && self.view.account(address)?.is_none() {
                diff.accounts.remove(address);
                diff.storage.remove(address);
            }
        }
        Ok(diff)
    }

    fn commit_account(&mut self, address: Address, account: &revm::state::Account) {
        if !account.is_touched() {
            return;
        }
        if account.is_selfdestructed() || (self.state_clear && account.is_empty()) {
            self.diff.accounts.insert(address, None);
            self.wipe_storage(address);
            return;
        }
        if account.is_created() {
            self.wipe_storage(address);
        }
        if let Some(code) = &account.info.code
            && !code.is_empty()
        {
            self.diff
                .codes
                .insert(account.info.code_hash, code.original_bytes());
        }
        self.set_account(address, account_of(&account.info));
        for (slot, value) in account.changed_storage_slots() {
            self.set_slot(address, *slot, value.present_value());
        }
    }
}

fn wiped() -> StorageDiff {
    StorageDiff {
        wiped: true,
        slots: BTreeMap::new(),
    }
}

impl fmt::Debug for Overlay<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Overlay")
            .field("height", &self.view.height())
            .field("accounts", &self.diff.accounts.len())
            .finish_non_exhaustive()
    }
}

impl DatabaseRef for Overlay<'_> {
    type Error = DatabaseError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        Ok(self.account(&address)?.map(account_info))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Self::Error> {
        if hash == KECCAK256_EMPTY || hash.is_zero() {
            return Ok(Bytecode::default());
        }
        let code = match self.diff.codes.get(&hash) {
            Some(code) => code.clone(),
            None => self.view.code(&hash)?,
        };
        // An override may hold bytes that begin like a delegation and are none: they are plain code then.
        Ok(Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code)))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        if let Some(storage) = self.diff.storage.get(&address) {
            if let Some(value) = storage.slots.get(&slot) {
                return Ok(*value);
            }
            if storage.wiped {
                return Ok(U256::ZERO);
            }
        }
        Ok(self.view.storage(&address, &slot)?)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Self::Error> {
        if let Some(hash) = self.block_hashes.get(&number) {
            return Ok(*hash);
        }
        Ok(self.view.block_hash(Height::new(number))?.unwrap_or_default())
    }
}

impl Database for Overlay<'_> {
    type Error = DatabaseError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        self.basic_ref(address)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Self::Error> {
        self.code_by_hash_ref(hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        self.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        self.block_hash_ref(number)
    }
}

impl DatabaseCommit for Overlay<'_> {
    fn commit(&mut self, changes: AddressMap<revm::state::Account>) {
        for (address, account) in changes {
            self.commit_account(address, &account);
        }
    }
}
