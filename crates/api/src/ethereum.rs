//! Answers to Ethereum's methods, where `alloy-rpc-types-eth` has no type of ours.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use civitas_types::TxEnvelope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A transaction, in a block or waiting.
pub type Transaction = alloy_rpc_types_eth::Transaction<TxEnvelope>;
/// A block with its transactions, or with their hashes.
pub type Block = alloy_rpc_types_eth::Block<Transaction>;

/// Answer to `txpool_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolStatus {
    /// Transactions that can be executed next.
    pub pending: U64,
    /// Transactions that wait for an earlier one.
    pub queued: U64,
}

/// Something about every waiting transaction, by sender (with checksum) and nonce.
pub type BySender<T> = BTreeMap<String, BTreeMap<u64, T>>;

/// Answer to `txpool_content` and `txpool_inspect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolContent<T> {
    /// Transactions that can be executed next.
    pub pending: BySender<T>,
    /// Transactions that wait for an earlier one.
    pub queued: BySender<T>,
}

/// Answer to `txpool_contentFrom`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderContent<T> {
    /// By nonce, those that can be executed next.
    pub pending: BTreeMap<u64, T>,
    /// By nonce, those that wait for an earlier one.
    pub queued: BTreeMap<u64, T>,
}

/// Answer to `eth_capabilities`: which history this node can serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The newest block.
    pub head: CapabilityHead,
    /// Balances, code, storage, and calls on them.
    pub state: Capability,
    /// Transactions by hash.
    pub tx: Capability,
    /// Logs.
    pub logs: Capability,
    /// Receipts.
    pub receipts: Capability,
    /// Blocks.
    pub blocks: Capability,
    /// `eth_getProof`.
    pub stateproofs: Capability,
}

/// The newest block in [`Capabilities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityHead {
    /// Its height.
    pub number: U64,
    /// Its hash.
    pub hash: B256,
}

/// One kind of history in [`Capabilities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// Whether the node does not serve it at all.
    pub disabled: bool,
    /// The oldest block that it serves.
    pub oldest_block: U64,
    /// How old history is dropped; absent where it is kept for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_strategy: Option<DeleteStrategy>,
}

/// How old history is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum DeleteStrategy {
    /// The newest blocks are kept.
    Window {
        /// How many.
        retention_blocks: U64,
    },
}

/// Answer to `eth_getProof` (EIP-1186).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountProof {
    /// The account.
    pub address: Address,
    /// Trie nodes from the state root down.
    pub account_proof: Vec<Bytes>,
    /// Its balance in wei.
    pub balance: U256,
    /// Keccak-256 of its code.
    pub code_hash: B256,
    /// Its nonce.
    pub nonce: U64,
    /// Root of its storage trie.
    pub storage_hash: B256,
    /// A proof for every slot that was asked for.
    pub storage_proof: Vec<StorageProof>,
}

/// A slot in [`AccountProof`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageProof {
    /// The slot: 32 bytes if it was asked for so, else a quantity.
    pub key: String,
    /// Its value.
    pub value: U256,
    /// Trie nodes from the storage root down.
    pub proof: Vec<Bytes>,
}
