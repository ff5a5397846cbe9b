//! Ethereum proofs (EIP-1186) at any height that is kept.
//!
//! The tries are those of the head. The changes since the height are reverted in memory; the roots that come
//! out must be those of that height, so a wrong proof cannot leave the node.

use crate::engine::Engine;
use crate::key::account_key;
use crate::runtime::Runtime;
use crate::trie::Owner;
use crate::value::AccountValue;
use alloy_primitives::{Address, B256, U256};
use alloy_trie::EMPTY_ROOT_HASH;
use civitas_ports::{AccountProof, StorageProof, StoreError};
use civitas_types::Height;
use std::collections::BTreeMap;

/// What stands between the head and an older height.
struct Reverted {
    /// Accounts that changed since, as they were.
    accounts: BTreeMap<Address, Option<AccountValue>>,
    /// The account in question as it was.
    account: Option<AccountValue>,
    /// Root of its newest storage trie of the same incarnation.
    storage_base: B256,
    /// Its slots that changed since, as they were.
    slots: BTreeMap<U256, U256>,
}

impl<E: Runtime> Engine<E> {
    /// See [`civitas_ports::LedgerStore::account_proof`].
    pub(crate) async fn account_proof(
        &self,
        height: Height,
        address: Address,
        slots: &[U256],
    ) -> Result<AccountProof, StoreError> {
        let Some(trie) = &self.trie else {
            let cure = "use civitas_getProof, or a ledger with stateCommitment mpt";
            return Err(StoreError::Unsupported {
                what: "Merkle Patricia proof",
                cure,
            });
        };
        // Holds off blocks: nodes are replaced in place.
        let _writer = self.writer.lock().await;
        let head = self.head();
        let root = if height == head.height {
            head.state_root
        } else {
            self.head_of(&self.blocks.existing(height).await?)?
                .header
                .state_root
        };
        let reverted = self.revert(height, head.height, &address).await?;
        let nodes = trie.prove_account(head.state_root, &reverted.accounts, root, &address)?;
        let value = reverted.account.filter(|value| value.account.is_some());
        let storage_hash = value
            .and_then(|value| value.storage_root)
            .unwrap_or(EMPTY_ROOT_HASH);
        let incarnation = value.map_or(0, |value| value.incarnation);
        let owner = Owner::Storage {
            account: account_key(&address),
            incarnation,
        };
        let proofs = if storage_hash == EMPTY_ROOT_HASH {
            vec![Vec::new(); slots.len()]
        } else {
            trie.prove_slots(
                owner,
                reverted.storage_base,
                &reverted.slots,
                (storage_hash, slots),
            )?
        };
        let mut storage = Vec::with_capacity(slots.len());
        for (slot, nodes) in slots.iter().zip(proofs) {
            let value = if value.is_some() {
                self.slot_at(height, &address, incarnation, slot)?
            } else {
                U256::ZERO
            };
            storage.push(StorageProof {
                slot: *slot,
                value,
                nodes,
            });
        }
        let account = value.and_then(|value| value.account).unwrap_or_default();
        Ok(AccountProof {
            account,
            storage_hash,
            nodes,
            slots: storage,
        })
    }

    async fn revert(&self, height: Height, head: Height, address: &Address) -> Result<Reverted, StoreError> {
        let account = self.account_at_head(address)?;
        let storage_base = account
            .and_then(|value| value.storage_root)
            .unwrap_or(EMPTY_ROOT_HASH);
        let mut reverted = Reverted {
            accounts: BTreeMap::new(),
            account,
            storage_base,
            slots: BTreeMap::new(),
        };
        let (mut current, mut reverted_keys) = (head, 0);
        while current > height {
            let changes = self.blocks.changes(current).await?;
            reverted_keys += changes.len();
            if reverted_keys > self.config.proof_changes_max {
                let max = self.config.proof_changes_max as u64;
                return Err(StoreError::TooMuch {
                    what: "changed keys since that block",
                    max,
                });
            }
            let storage = changes.storage.iter().find(|storage| storage.address == *address);
            for slot in storage.into_iter().flat_map(|storage| &storage.slots) {
                reverted
                    .slots
                    .insert(slot.slot, slot.before.map_or(U256::ZERO, |before| before.value));
            }
            for change in changes.accounts {
                if change.address == *address {
                    reverted.leave(change.before, &change.after);
                }
                reverted.accounts.insert(change.address, change.before);
            }
            let Some(previous) = current.previous() else { break };
            current = previous;
        }
        Ok(reverted)
    }
}

impl Reverted {
    /// The account was `before`; another incarnation had another storage trie, which still stands as it was.
    fn leave(&mut self, before: Option<AccountValue>, after: &AccountValue) {
        if before.is_none_or(|before| before.incarnation != after.incarnation) {
            self.slots.clear();
            self.storage_base = before
                .and_then(|before| before.storage_root)
                .unwrap_or(EMPTY_ROOT_HASH);
        }
        self.account = before;
    }
}
