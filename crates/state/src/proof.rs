//! Ethereum proofs (EIP-1186) at any height that is kept.
//!
//! An older height is proven on the tries of the head with the changes since then reverted: see `base`.

use crate::base::storage_root;
use crate::engine::Engine;
use crate::key::account_key;
use crate::runtime::Runtime;
use crate::trie::Owner;
use alloy_primitives::{Address, U256};
use alloy_trie::EMPTY_ROOT_HASH;
use civitas_ports::{AccountProof, StorageProof, StoreError};
use civitas_types::Height;
use std::iter;

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
        let base = self.base_at(height, &head, iter::once(address)).await?;
        let nodes = trie.prove_account(&base, &address)?;
        let value = self
            .account_of(&base, &address)?
            .filter(|value| value.account.is_some());
        let storage_hash = storage_root(value);
        let incarnation = value.map_or(0, |value| value.incarnation);
        let owner = Owner::Storage {
            account: account_key(&address),
            incarnation,
        };
        let proofs = if storage_hash == EMPTY_ROOT_HASH {
            vec![Vec::new(); slots.len()]
        } else {
            trie.prove_slots(owner, base.known(&address), (storage_hash, slots))?
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
}
