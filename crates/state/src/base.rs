//! The state that something is computed on: the head, or what the head was at an older height.
//!
//! Tries are kept for the head alone. For an older height the changes of the blocks above it are reverted in
//! memory, on the nodes of the head. Two things bound and guard that: at most
//! [`crate::Config::proof_changes_max`] keys are reverted, and the trie must come out with the root that the
//! header of that height has (see `trie`), so nothing wrong can leave the node.

use crate::engine::Engine;
use crate::runtime::Runtime;
use crate::value::{AccountValue, SlotValue};
use alloy_primitives::{Address, B256, U256};
use alloy_trie::EMPTY_ROOT_HASH;
use civitas_ports::{Head, StoreError};
use civitas_types::Height;
use std::collections::BTreeMap;

/// What stands between the head and the state in question; nothing where that is the head.
pub(crate) struct Base {
    /// Root of the state trie at the head.
    pub(crate) head_root: B256,
    /// Root that the state trie must have once the accounts are reverted.
    pub(crate) root: B256,
    /// Accounts that changed since, as they were.
    pub(crate) accounts: BTreeMap<Address, Option<AccountValue>>,
    /// Accounts in question with their storage. Of all others the head is taken.
    known: BTreeMap<Address, BaseAccount>,
}

/// An account as it was.
pub(crate) struct BaseAccount {
    pub(crate) value: Option<AccountValue>,
    /// Root of its newest storage trie of the same incarnation.
    pub(crate) newest_storage: B256,
    /// Its slots that changed since in that trie, as they were.
    pub(crate) slots: BTreeMap<U256, Option<SlotValue>>,
}

impl Base {
    /// The head, whose state root is `root`.
    pub(crate) const fn head(root: B256) -> Self {
        Self {
            head_root: root,
            root,
            accounts: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// An account in question; none stands for the head.
    pub(crate) fn known(&self, address: &Address) -> Option<&BaseAccount> {
        self.known.get(address)
    }
}

impl BaseAccount {
    const fn new(value: Option<AccountValue>) -> Self {
        Self {
            value,
            newest_storage: storage_root(value),
            slots: BTreeMap::new(),
        }
    }

    /// The account was `before`; another incarnation had another storage trie, which still stands as it was.
    fn leave(&mut self, before: Option<AccountValue>, after: &AccountValue) {
        if before.is_none_or(|before| before.incarnation != after.incarnation) {
            self.slots.clear();
            self.newest_storage = storage_root(before);
        }
        self.value = before;
    }
}

/// Root of the storage trie of an account.
pub(crate) const fn storage_root(value: Option<AccountValue>) -> B256 {
    match value {
        Some(AccountValue {
            storage_root: Some(root),
            ..
        }) => root,
        _ => EMPTY_ROOT_HASH,
    }
}

impl<E: Runtime> Engine<E> {
    /// The state after `height`, with the storage of `addresses`. Blocks must be held off as long as it is
    /// used: nodes are replaced in place.
    ///
    /// # Errors
    /// [`StoreError::TooMuch`] if more keys changed since than may be reverted.
    pub(crate) async fn base_at(
        &self,
        height: Height,
        head: &Head,
        addresses: impl Iterator<Item = Address>,
    ) -> Result<Base, StoreError> {
        let mut base = Base::head(head.state_root);
        if height == head.height {
            return Ok(base);
        }
        base.root = self
            .head_of(&self.blocks.existing(height).await?)?
            .header
            .state_root;
        for address in addresses {
            let account = BaseAccount::new(self.account_at_head(&address)?);
            base.known.insert(address, account);
        }
        let (mut current, mut reverted_keys) = (head.height, 0);
        while current > height {
            let changes = self.blocks.changes(current).await?;
            reverted_keys += changes.len();
            if reverted_keys > self.config.proof_changes_max {
                return Err(StoreError::TooMuch {
                    what: "changed keys since that block",
                    max: self.config.proof_changes_max as u64,
                });
            }
            for change in &changes.storage {
                if let Some(account) = base.known.get_mut(&change.address) {
                    let before = change.slots.iter().map(|slot| (slot.slot, slot.before));
                    account.slots.extend(before);
                }
            }
            for change in changes.accounts {
                if let Some(account) = base.known.get_mut(&change.address) {
                    account.leave(change.before, &change.after);
                }
                base.accounts.insert(change.address, change.before);
            }
            let Some(previous) = current.previous() else { break };
            current = previous;
        }
        Ok(base)
    }

    /// An account of `base`.
    pub(crate) fn account_of(
        &self,
        base: &Base,
        address: &Address,
    ) -> Result<Option<AccountValue>, StoreError> {
        match base.known(address) {
            Some(account) => Ok(account.value),
            None => self.account_at_head(address),
        }
    }

    /// A slot of `base`; the incarnation is that of its account.
    pub(crate) fn slot_of(
        &self,
        base: &Base,
        (address, incarnation): (&Address, u64),
        slot: &U256,
    ) -> Result<Option<SlotValue>, StoreError> {
        let reverted = base.known(address).and_then(|account| account.slots.get(slot));
        match reverted {
            Some(before) => Ok(*before),
            None => self.slot_at_head(address, incarnation, slot),
        }
    }
}
