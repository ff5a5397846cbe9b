//! Proofs of accounts and slots against a state root, for both state commitments.
//!
//! - `mpt`: Ethereum's Merkle Patricia tries (EIP-1186), as any Ethereum chain has them; absence can be proven too;
//! - `qmdb`: an operation proof of a QMDB ([`crate::qmdb`]), whose values carry the height of their last change.

use crate::{
    bytes::{BytesError, Reader},
    qmdb::{self, ProofError},
};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_rlp::{Decodable, Encodable};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount, proof::verify_proof};
use thiserror::Error;

/// Nodes of a proof, at most: a path has 64 nibbles.
pub const NODES_MAX: usize = 65;
/// Bytes of a node, at most: a branch has 17 items of 33 bytes, a leaf an account of some 110.
pub const NODE_BYTES_MAX: usize = 1_024;

/// Why a proof proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StateError {
    /// More or longer nodes than a proof has.
    #[error("a proof has at most {NODES_MAX} nodes of {NODE_BYTES_MAX} bytes")]
    Size,
    /// The nodes do not lead from the root to that value.
    #[error("the nodes do not lead from the root to the value")]
    Trie,
    /// The proof of a `qmdb` ledger does not hold.
    #[error("the proof does not hold")]
    Flat(#[from] ProofError),
    /// The value is no account or slot.
    #[error("the value cannot be read")]
    Value(#[source] BytesError),
    /// A value has flags or lengths that no node writes.
    #[error("the value is not in its only encoding")]
    NotCanonical,
}

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions that it sent, and contracts that it made.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Keccak-256 of its code.
    pub code_hash: B256,
    /// Root of its storage; none on a `qmdb` ledger, where slots stand in the same tree.
    pub storage_root: Option<B256>,
}

/// A value of a `qmdb` ledger with the height at which it last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// That height.
    pub height: u64,
    /// The value.
    pub value: T,
}

/// Checks the account of `address` in a Merkle Patricia trie. `account` none: that there is none.
///
/// # Errors
/// [`StateError::Size`] and [`StateError::Trie`].
pub fn verify_account(
    state_root: B256,
    address: Address,
    account: Option<&TrieAccount>,
    nodes: &[Bytes],
) -> Result<(), StateError> {
    let value = account.map(alloy_rlp::encode);
    verify_path(state_root, keccak256(address), value, nodes)
}

/// Reads the account of `address` from the last node of a proof, and checks it; none if the proof shows that there is none.
///
/// # Errors
/// [`StateError::Size`] and [`StateError::Trie`].
pub fn prove_account(
    state_root: B256,
    address: Address,
    nodes: &[Bytes],
) -> Result<Option<TrieAccount>, StateError> {
    let account = nodes.last().and_then(|node| leaf_value(node)).and_then(|value| {
        let mut value = value.as_slice();
        let account = TrieAccount::decode(&mut value).ok()?;
        value.is_empty().then_some(account)
    });
    match account {
        Some(account) if verify_account(state_root, address, Some(&account), nodes).is_ok() => {
            Ok(Some(account))
        }
        _ => verify_account(state_root, address, None, nodes).map(|()| None),
    }
}

/// Checks the value of a slot in the storage trie with this root; zero is proven by absence.
///
/// # Errors
/// [`StateError::Size`] and [`StateError::Trie`].
pub fn verify_slot(storage_root: B256, slot: U256, value: U256, nodes: &[Bytes]) -> Result<(), StateError> {
    let encoded = (!value.is_zero()).then(|| {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        bytes
    });
    let path = keccak256(slot.to_be_bytes::<32>());
    if storage_root == EMPTY_ROOT_HASH && encoded.is_none() && nodes.is_empty() {
        return Ok(());
    }
    verify_path(storage_root, path, encoded, nodes)
}

fn verify_path(root: B256, path: B256, value: Option<Vec<u8>>, nodes: &[Bytes]) -> Result<(), StateError> {
    if nodes.len() > NODES_MAX || nodes.iter().any(|node| node.len() > NODE_BYTES_MAX) {
        return Err(StateError::Size);
    }
    verify_proof(root, Nibbles::unpack(path), value, nodes).map_err(|_| StateError::Trie)
}

/// The second item of a node of two items.
fn leaf_value(node: &[u8]) -> Option<Vec<u8>> {
    match crate::header::strings(node, 2)?.as_slice() {
        [_, value] => Some(value.to_vec()),
        _ => None,
    }
}

/// The key of an account in a `qmdb` state.
pub fn account_key(address: Address) -> B256 {
    keccak256(address)
}

/// The key of a slot in a `qmdb` state. Storage is never cleared as a whole on our ledgers: its incarnation is 0.
pub fn slot_key(address: Address, slot: U256) -> B256 {
    let incarnation = 0_u64.to_be_bytes();
    let path = keccak256(slot.to_be_bytes::<32>());
    keccak256([account_key(address).as_slice(), &incarnation, path.as_slice()].concat())
}

/// Checks an account of a `qmdb` ledger and reads it; none if it was deleted.
///
/// # Errors
/// [`StateError::Flat`], [`StateError::Value`] and [`StateError::NotCanonical`].
pub fn verify_flat_account(
    state_root: B256,
    address: Address,
    value: &[u8],
    proof: &[u8],
) -> Result<Changed<Option<Account>>, StateError> {
    qmdb::verify(&state_root.0, &account_key(address).0, value, proof)?;
    read_account(value)
}

/// Checks a slot of a `qmdb` ledger and reads it.
///
/// # Errors
/// [`StateError::Flat`], [`StateError::Value`] and [`StateError::NotCanonical`].
pub fn verify_flat_slot(
    state_root: B256,
    address: Address,
    slot: U256,
    value: &[u8],
    proof: &[u8],
) -> Result<Changed<U256>, StateError> {
    qmdb::verify(&state_root.0, &slot_key(address, slot).0, value, proof)?;
    let mut reader = Reader::new(value);
    let height = reader.varint().map_err(StateError::Value)?;
    let value = wide(&mut reader)?;
    reader.done().map_err(StateError::Value)?;
    Ok(Changed { height, value })
}

/// The account is there.
const EXISTS: u8 = 1;
/// Its code's hash follows.
const HAS_CODE: u8 = 2;
/// The root of its storage follows.
const HAS_STORAGE_ROOT: u8 = 4;
/// It counts how often its storage was cleared.
const HAS_INCARNATION: u8 = 8;

fn read_account(bytes: &[u8]) -> Result<Changed<Option<Account>>, StateError> {
    let mut reader = Reader::new(bytes);
    let [flags] = reader.array().map_err(StateError::Value)?;
    let has = |flag: u8| flags & flag != 0;
    if flags > EXISTS | HAS_CODE | HAS_STORAGE_ROOT | HAS_INCARNATION || (has(HAS_CODE) && !has(EXISTS)) {
        return Err(StateError::NotCanonical);
    }
    let height = reader.varint().map_err(StateError::Value)?;
    if has(HAS_INCARNATION) {
        reader.varint().map_err(StateError::Value)?;
    }
    let mut account = None;
    if has(EXISTS) {
        let nonce = reader.varint().map_err(StateError::Value)?;
        let balance = wide(&mut reader)?;
        account = Some(Account {
            nonce,
            balance,
            code_hash: KECCAK256_EMPTY,
            storage_root: None,
        });
    }
    let mut optional = |flag| {
        has(flag)
            .then(|| reader.array().map(B256::new))
            .transpose()
            .map_err(StateError::Value)
    };
    let (code_hash, storage_root) = (optional(HAS_CODE)?, optional(HAS_STORAGE_ROOT)?);
    reader.done().map_err(StateError::Value)?;
    let value = account.map(|account| Account {
        code_hash: code_hash.unwrap_or(KECCAK256_EMPTY),
        storage_root,
        ..account
    });
    Ok(Changed { height, value })
}

/// A 256-bit number: a length, then that many bytes, big-endian, without leading zeros.
fn wide(reader: &mut Reader<'_>) -> Result<U256, StateError> {
    let [length] = reader.array().map_err(StateError::Value)?;
    let bytes = reader.take(usize::from(length)).map_err(StateError::Value)?;
    if bytes.first() == Some(&0) {
        return Err(StateError::NotCanonical);
    }
    U256::try_from_be_slice(bytes).ok_or(StateError::NotCanonical)
}
