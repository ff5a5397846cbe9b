//! The keys of the state: 32 bytes, hashed, so that they spread evenly and cannot be chosen.
//!
//! Frozen (`spec/vectors/state-keys.json`), because `state_proof` names keys and clients compute them:
//! - account: `keccak256(address)`, as in Ethereum's state trie;
//! - slot: `keccak256(account key || incarnation || keccak256(slot))`, the incarnation as eight big-endian
//!   bytes and the slot as 32.
//!
//! The incarnation of an account counts how often its whole storage was cleared (self-destruction before
//! EIP-6780). The old slots are then under keys that nobody asks for: clearing costs nothing, and reads of
//! old heights still find them. It is zero for every account of our own ledgers.

use alloy_primitives::{Address, B256, Keccak256, U256, keccak256};

/// The key of an account, which is also its path in the Merkle Patricia trie.
pub fn account_key(address: &Address) -> B256 {
    keccak256(address)
}

/// The path of a slot in the Merkle Patricia trie of its account.
pub fn slot_path(slot: &U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

/// The key of a storage slot.
pub fn slot_key(address: &Address, incarnation: u64, slot: &U256) -> B256 {
    slot_key_of(&account_key(address), incarnation, slot)
}

pub(crate) fn slot_key_of(account: &B256, incarnation: u64, slot: &U256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(account);
    hasher.update(incarnation.to_be_bytes());
    hasher.update(slot_path(slot));
    hasher.finalize()
}
