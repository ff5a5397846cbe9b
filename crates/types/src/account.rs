//! Accounts and the difference that a block makes to the state.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use std::collections::BTreeMap;

/// An account as the state holds it. Its storage and its code stand apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent from an ordinary account; contracts created by a contract.
    pub nonce: u64,
    /// In wei.
    pub balance: U256,
    /// Keccak-256 of the code; [`KECCAK256_EMPTY`] where there is none.
    pub code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            nonce: 0,
            balance: U256::ZERO,
            code_hash: KECCAK256_EMPTY,
        }
    }
}

impl Account {
    /// Empty in the sense of EIP-161.
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == KECCAK256_EMPTY
    }

    /// Whether code stands behind the account (also an EIP-7702 delegation).
    pub fn has_code(&self) -> bool {
        self.code_hash != KECCAK256_EMPTY
    }
}

/// What changes in the storage of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageDiff {
    /// All slots are cleared before `slots` are written (self-destruction before EIP-6780).
    pub wiped: bool,
    /// New values by slot; zero deletes.
    pub slots: BTreeMap<U256, U256>,
}

/// The difference between two states: new values only, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateDiff {
    /// New accounts; `None` deletes the account.
    pub accounts: BTreeMap<Address, Option<Account>>,
    /// New storage values by account.
    pub storage: BTreeMap<Address, StorageDiff>,
    /// Code by its Keccak-256, where it may be new.
    pub codes: BTreeMap<B256, Bytes>,
}

impl StateDiff {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.storage.is_empty() && self.codes.is_empty()
    }

    /// Puts `later` on top of this difference.
    pub fn extend(&mut self, later: Self) {
        self.accounts.extend(later.accounts);
        for (address, change) in later.storage {
            let mine = self.storage.entry(address).or_default();
            if change.wiped {
                mine.wiped = true;
                mine.slots.clear();
            }
            mine.slots.extend(change.slots);
        }
        self.codes.extend(later.codes);
    }
}
