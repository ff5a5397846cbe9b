//! What an Ethereum JSON-RPC answers, as far as it is read.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde::Deserialize;
use serde_json::Value;

/// A block; its transactions are whole, or their hashes.
#[derive(Debug, Deserialize)]
pub(crate) struct WireBlock {
    /// What the endpoint says that its hash is.
    pub(crate) hash: B256,
    #[serde(flatten)]
    pub(crate) header: Header,
    #[serde(default)]
    pub(crate) transactions: Vec<Value>,
}

/// A log of a receipt.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WireLog {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
}

/// A receipt. Its bloom is computed, not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireReceipt {
    /// None for nodes that are older than typed transactions.
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<U64>,
    /// From Byzantium on.
    #[serde(default)]
    pub(crate) status: Option<U64>,
    /// Before Byzantium.
    #[serde(default)]
    pub(crate) root: Option<B256>,
    pub(crate) cumulative_gas_used: U64,
    /// Of transactions that create a contract. No root binds it: sender and nonce do.
    #[serde(default)]
    pub(crate) contract_address: Option<Address>,
    pub(crate) logs: Vec<WireLog>,
}

/// What became of a transaction.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireFate {
    #[serde(default)]
    pub(crate) status: Option<U64>,
    #[serde(default)]
    pub(crate) block_number: Option<U64>,
    #[serde(default)]
    pub(crate) contract_address: Option<Address>,
}

/// Proof of an account and of its storage (EIP-1186).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireProof {
    pub(crate) account_proof: Vec<Bytes>,
    pub(crate) storage_proof: Vec<WireSlot>,
}

/// Proof of a slot.
#[derive(Debug, Deserialize)]
pub(crate) struct WireSlot {
    pub(crate) value: U256,
    pub(crate) proof: Vec<Bytes>,
}
