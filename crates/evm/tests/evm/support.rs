//! A state in memory with Ethereum's state root, and the way to the judges' files.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::{
    TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use civitas_evm::genesis_diff;
use civitas_ports::{StateError, StateView};
use civitas_types::{Account, Genesis, Height, StateDiff};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The state after one block.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    pub height: Height,
    pub accounts: BTreeMap<Address, Account>,
    pub storage: BTreeMap<Address, BTreeMap<U256, U256>>,
    pub codes: BTreeMap<B256, Bytes>,
    pub block_hashes: BTreeMap<u64, B256>,
}

impl MemoryState {
    pub fn of_genesis(genesis: &Genesis) -> Self {
        let mut state = Self::default();
        state.apply(genesis_diff(genesis));
        state
    }

    pub fn apply(&mut self, diff: StateDiff) {
        for (address, account) in diff.accounts {
            match account {
                Some(account) => self.accounts.insert(address, account),
                None => self.accounts.remove(&address),
            };
        }
        for (address, change) in diff.storage {
            let slots = self.storage.entry(address).or_default();
            if change.wiped {
                slots.clear();
            }
            slots.extend(change.slots);
            slots.retain(|_, value| !value.is_zero());
            if slots.is_empty() {
                self.storage.remove(&address);
            }
        }
        for (hash, code) in diff.codes {
            assert_eq!(keccak256(&code), hash, "code stands under another hash");
            self.codes.insert(hash, code);
        }
    }

    /// Root of Ethereum's state trie. Storage without an account would be a fault of the difference.
    pub fn root(&self) -> B256 {
        for address in self.storage.keys() {
            assert!(
                self.accounts.contains_key(address),
                "storage without account {address}"
            );
        }
        state_root_unhashed(self.accounts.iter().map(|(address, account)| {
            let slots = self.storage.get(address).into_iter().flatten();
            let storage_root = storage_root_unhashed(slots.map(|(slot, value)| (B256::from(*slot), *value)));
            let account = TrieAccount {
                nonce: account.nonce,
                balance: account.balance,
                storage_root,
                code_hash: account.code_hash,
            };
            (*address, account)
        }))
    }
}

impl StateView for MemoryState {
    fn height(&self) -> Height {
        self.height
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        Ok(self.accounts.get(address).copied())
    }

    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError> {
        let value = self.storage.get(address).and_then(|slots| slots.get(slot));
        Ok(value.copied().unwrap_or_default())
    }

    fn code(&self, hash: &B256) -> Result<Bytes, StateError> {
        let code = self.codes.get(hash).cloned();
        code.ok_or(StateError::MissingCode { hash: *hash })
    }

    fn block_hash(&self, height: Height) -> Result<Option<B256>, StateError> {
        Ok(self.block_hashes.get(&height.get()).copied())
    }
}

/// A file of the judges: test data of Ethereum.
pub fn judge(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testing/judges")
        .join(path)
}
