//! Types of `testing_buildBlockV1`: those of Ethereum's engine API that it uses.

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom, Bytes, U64, U256};
use serde::{Deserialize, Serialize};

/// What the block to build is told from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockAttributes {
    /// Its time, seconds since the Unix epoch.
    pub timestamp: U64,
    /// Its `PREVRANDAO`.
    pub prev_randao: B256,
    /// Receives the priority fees.
    pub suggested_fee_recipient: Address,
    /// Its withdrawals; none before Shanghai.
    pub withdrawals: Option<Vec<Withdrawal>>,
    /// Root of the beacon block before it; none before Cancun.
    pub parent_beacon_block_root: Option<B256>,
}

/// A block that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuiltBlock {
    /// The block.
    pub execution_payload: ExecutionPayload,
    /// What its beneficiary earns, in wei.
    pub block_value: U256,
    /// Blobs of its transactions; always empty here.
    pub blobs_bundle: BlobsBundle,
    /// Its execution requests (EIP-7685).
    pub execution_requests: Vec<Bytes>,
    /// Always false.
    pub should_override_builder: bool,
}

/// Blobs with their commitments and proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobsBundle {
    /// KZG commitments.
    pub commitments: Vec<Bytes>,
    /// KZG proofs.
    pub proofs: Vec<Bytes>,
    /// The blobs.
    pub blobs: Vec<Bytes>,
}

/// A block in the form of the engine API (`ExecutionPayloadV3`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionPayload {
    /// Hash of the block before it.
    pub parent_hash: B256,
    /// Receives the priority fees.
    pub fee_recipient: Address,
    /// State root.
    pub state_root: B256,
    /// Receipts root.
    pub receipts_root: B256,
    /// Bloom filter of the logs.
    pub logs_bloom: Bloom,
    /// `PREVRANDAO`.
    pub prev_randao: B256,
    /// Number.
    pub block_number: U64,
    /// Gas limit.
    pub gas_limit: U64,
    /// Gas used.
    pub gas_used: U64,
    /// Seconds since the Unix epoch.
    pub timestamp: U64,
    /// Extra data.
    pub extra_data: Bytes,
    /// Base fee in wei.
    pub base_fee_per_gas: U256,
    /// Hash of the block.
    pub block_hash: B256,
    /// Encoded transactions (EIP-2718).
    pub transactions: Vec<Bytes>,
    /// Withdrawals.
    pub withdrawals: Vec<Withdrawal>,
    /// Blob gas used.
    pub blob_gas_used: U64,
    /// Excess blob gas.
    pub excess_blob_gas: U64,
}
