//! Answers to the ledger's own methods (`civitas_`). Heights and counts are JSON numbers, hashes and bytes are
//! hexadecimal.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// Answer to `civitas_status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Name and version of the program.
    pub version: String,
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// Height of the newest block: final, executed and durable on this node.
    pub height: u64,
    /// Its hash.
    pub hash: B256,
    /// Its state root.
    pub state_root: B256,
    /// Its time, milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Ordering; none on an imported chain.
    pub ordering: Option<OrderingStatus>,
    /// Nodes that this one is connected to.
    pub peers: usize,
    /// Height of the highest block known, while the node fetches old blocks.
    pub syncing_to: Option<u64>,
    /// Waiting transactions that can be executed next.
    pub pending_transactions: usize,
    /// Waiting transactions that need an earlier one first.
    pub queued_transactions: usize,
    /// The oldest height whose state this node can read.
    pub oldest_state: u64,
    /// What the operator of the node has to know; empty where all is well.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// Ordering in [`Status`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderingStatus {
    /// Name of the engine.
    pub engine: String,
    /// The epoch whose validators order now.
    pub epoch: u64,
    /// The newest round of that epoch that this node has seen.
    pub view: u64,
    /// Height of the newest final payload that this node has.
    pub finalized: u64,
    /// Whether this node takes part in the votes now: a validator that has lost its data only follows until it
    /// is safe to vote again.
    pub voting: bool,
}

/// Answer to `civitas_parameters`: what the next block is made by, equal on every node of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// How payloads are ordered: `simplex` or `solo`; none on an imported chain.
    pub ordering: Option<String>,
    /// What the state root of a header is: `qmdb` or `mpt`.
    pub state_commitment: String,
    /// Gas limit of a block.
    pub block_gas_max: u64,
    /// Bytes of transactions in a payload, at most.
    pub payload_bytes_max: u32,
    /// Transactions in a payload, at most.
    pub payload_transactions_max: u32,
    /// Bytes of one transaction, at most.
    pub transaction_bytes_max: u32,
    /// Price of gas in wei.
    pub base_fee: u64,
    /// Milliseconds between two blocks while there is work.
    pub block_interval_ms: u64,
    /// Milliseconds after which an idle ledger makes an empty block.
    pub heartbeat_ms: u64,
    /// Milliseconds after which validators give up waiting for a leader's payload.
    pub leader_timeout_ms: u64,
    /// Heights of an epoch: the validators can change only between two epochs.
    pub epoch_blocks: u64,
}

/// One validator in the answer to `civitas_validators`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
    /// Name for people.
    pub name: String,
    /// Ed25519 key that its votes are signed with.
    pub public_key: B256,
    /// Receives the priority fees of its blocks.
    pub beneficiary: Address,
}

/// One ledger in the answer to `civitas_ledgers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerPath {
    /// Its name in the registry of ledgers; `main` for the main ledger.
    pub name: String,
    /// Its chain id.
    pub chain_id: u64,
    /// The path of its JSON-RPC at this node, for HTTP and WebSocket.
    pub path: String,
}

/// One contract in the answer to `civitas_systemContracts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemContract {
    /// Its name, as its Solidity interface has it (without the `I`).
    pub name: String,
    /// Where it stands.
    pub address: Address,
    /// Version of its code; a new one is activated by height.
    pub version: u32,
    /// The first height at which it can be called.
    pub active_from: u64,
    /// Its ABI, as compilers write it.
    pub abi: serde_json::Value,
}

/// Answer to `civitas_getCertificate`: proves the block to anybody who knows the validators. How to check it
/// stands in `docs/developer/proofs.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockCertificate {
    /// Height of the block.
    pub height: u64,
    /// Hash of the block.
    pub block_hash: B256,
    /// RLP of Ethereum headers, from that of the block to that of `result_height`; each one's `parentHash` is
    /// the hash of the one before it.
    pub headers: Vec<Bytes>,
    /// Height of the block that the payload commits to; at least `height`.
    pub result_height: u64,
    /// Its hash: the Keccak-256 of the last of `headers`.
    pub result_hash: B256,
    /// Height of the payload.
    pub payload_height: u64,
    /// The encoded header of the payload.
    pub payload_header: Bytes,
    /// SHA-256 of `payload_header`: what the validators signed.
    pub payload_digest: B256,
    /// The signatures.
    pub certificate: Certificate,
}

/// The quorum's signatures in [`BlockCertificate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Name of the encoding: `simplex-ed25519-v1` or `solo-v1`.
    pub kind: String,
    /// Epoch of the validator set.
    pub epoch: u64,
    /// Round in which the payload was finalised.
    pub view: u64,
    /// Keys of those who signed.
    pub signers: Vec<B256>,
    /// The canonical encoding.
    pub encoded: Bytes,
}

/// Answer to `civitas_getProof`: an account or a slot against the newest state root. How to check it stands in
/// `docs/developer/proofs.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateProof {
    /// The account.
    pub address: Address,
    /// The slot, if one was asked for.
    pub slot: Option<U256>,
    /// Height of the block whose state root the proof leads to.
    pub height: u64,
    /// That state root.
    pub state_root: B256,
    /// The key in the state.
    pub key: B256,
    /// The encoded value.
    pub value: Bytes,
    /// The encoded proof.
    pub proof: Bytes,
}

/// One transaction in the answer to `civitas_getOmitted`: ordered, but left out of its block because it could
/// not be executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Omission {
    /// Hash of the transaction.
    pub transaction_hash: B256,
    /// Height of the block that it was ordered for.
    pub height: u64,
    /// Hash of that block.
    pub block_hash: B256,
    /// Why it could not be executed.
    pub reason: String,
}
