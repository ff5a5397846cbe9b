//! Blocks, certificates, accounts.

use super::{contracts::Argument, tokens::TokenBrief};
use crate::{login::Persona, right::Right};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// One ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: super::overview::LedgerSummary,
    /// Who may transact, `City` or `Role`; none for the main ledger.
    pub access: Option<String>,
    /// Its members; for the main ledger the validators of the epoch.
    pub members: Vec<LedgerMember>,
    /// What its next block is made by.
    pub parameters: Option<LedgerParameters>,
    /// Height of the main ledger at which it was created.
    pub created_at: Option<u64>,
    /// Height of the main ledger at which its status changed last.
    pub changed_at: Option<u64>,
    /// The epoch whose validators order now.
    pub epoch: Option<u64>,
}

/// A member of a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerMember {
    /// Key of the node.
    pub key: String,
    /// Its name.
    pub name: Option<String>,
    /// What it does there.
    pub role: String,
    /// Whether it has proved that it is ready to order.
    pub ready: Option<bool>,
}

/// Parameters of a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerParameters {
    /// How payloads are ordered.
    pub ordering: Option<String>,
    /// What the state root of a header is.
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
    /// Milliseconds after which validators give up waiting for a leader.
    pub leader_timeout_ms: u64,
    /// Heights of an epoch.
    pub epoch_blocks: u64,
}

/// A block in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockSummary {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: String,
    /// Hash of the block before.
    pub parent_hash: String,
    /// Its time.
    pub at: String,
    /// Transactions in it.
    pub transactions: u64,
    /// Gas that they used.
    pub gas_used: u64,
    /// Gas that fits.
    pub gas_limit: u64,
    /// Who receives its priority fees: stands for the node that proposed it.
    pub beneficiary: String,
    /// Name of the node that proposed it.
    pub proposer: Option<String>,
    /// Bytes of the block.
    pub size_bytes: Option<u64>,
}

/// A block.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: BlockSummary,
    /// Its state root; of a foreign chain, only where its hash shows it.
    pub state_root: Option<String>,
    /// Root of its transactions; none for a foreign chain.
    pub transactions_root: Option<String>,
    /// Root of its receipts; none for a foreign chain.
    pub receipts_root: Option<String>,
    /// Digest of the payload that it came from; none for a foreign chain.
    pub payload_digest: Option<String>,
    /// Price of gas in wei.
    pub base_fee: Option<String>,
    /// Bytes that who made it put in; none for a foreign chain.
    pub extra_data: Option<String>,
    /// Who attests it, if it is of a foreign chain.
    pub attested: Option<AttestedBatch>,
    /// Transactions that were ordered for it but could not be executed.
    pub omitted: Vec<OmittedTransaction>,
    /// Whether there is a block after it.
    pub has_next: bool,
}

/// A batch of blocks of a foreign chain, as the main ledger anchored it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttestedBatch {
    /// First block.
    pub from_height: u64,
    /// Last block.
    pub to_height: u64,
    /// Its number, from 0.
    pub number: u64,
    /// Root over blocks, transactions and events.
    pub blocks_root: String,
    /// Hash over it and all batches before.
    pub digest: String,
    /// Organisations that had said the same when it was read.
    pub agreed: u64,
    /// Organisations whose gateways report the chain.
    pub gateways: u64,
    /// Height of the main ledger at which it was anchored.
    pub anchored_height: u64,
    /// When it was anchored.
    pub anchored_at: String,
}

/// A transaction that was ordered but could not be executed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OmittedTransaction {
    /// Its hash.
    pub hash: String,
    /// Why.
    pub reason: String,
}

/// What proves a block to anybody who knows the validators; the browser checks it (`docs/developer/proofs.md`).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockCertificate {
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// Height of the block.
    pub height: u64,
    /// Hash of the block.
    pub block_hash: String,
    /// RLP of Ethereum headers, from that of the block to that of `result_height`.
    pub headers: Vec<String>,
    /// Height of the block that the payload commits to.
    pub result_height: u64,
    /// Its hash.
    pub result_hash: String,
    /// Height of the payload.
    pub payload_height: u64,
    /// The encoded header of the payload.
    pub payload_header: String,
    /// SHA-256 of it: what the validators signed.
    pub payload_digest: String,
    /// Name of the encoding: `simplex-ed25519-v1` or `solo-v1`.
    pub kind: String,
    /// Epoch of the validators.
    pub epoch: u64,
    /// Round in which the payload was finalised.
    pub view: u64,
    /// Keys of those who signed.
    pub signers: Vec<String>,
    /// The canonical encoding of the signatures.
    pub encoded: String,
    /// The validators of the epoch, as the node says.
    pub validators: Vec<CertificateValidator>,
}

/// A validator of the epoch of a certificate.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CertificateValidator {
    /// Its name.
    pub name: String,
    /// Its key.
    pub public_key: String,
    /// Whether it signed.
    pub signed: bool,
}

/// An account in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountSummary {
    /// Its address.
    pub address: String,
    /// What people call it.
    pub name: Option<String>,
    /// `account`, `contract` or `system`.
    pub kind: String,
    /// Transactions that it sent or received.
    pub transactions: u64,
    /// Height at which it was first seen.
    pub first_seen: Option<u64>,
    /// Height at which it was last seen.
    pub last_seen: Option<u64>,
}

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: AccountSummary,
    /// What it owns of the ledger's own coin, in wei.
    pub balance: Option<String>,
    /// Transactions that it has sent, as the ledger counts.
    pub nonce: Option<u64>,
    /// `Active`, `Frozen` or `Cancelled`.
    pub status: Option<String>,
    /// Its freeze, if it is frozen.
    pub freeze: Option<Freeze>,
    /// The identity that it is bound to; none without one, or without the right to see identities.
    pub identity: Option<String>,
    /// Roles that it holds in force; empty without the right to see them.
    pub roles: Vec<HeldRole>,
    /// Gas quota and its use.
    pub quota: Option<QuotaUse>,
}

/// An account that anybody can sign in with, in a development city.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExampleAccount {
    /// Its number under the mnemonic that everybody knows.
    pub index: usize,
    /// The account.
    pub account: String,
    /// Its identity, as a DID.
    pub identity: Option<String>,
    /// Roles in force.
    pub roles: Vec<HeldRole>,
    /// How who signs in with it mostly uses the console.
    pub personas: BTreeSet<Persona>,
    /// What who signs in with it may do.
    pub rights: BTreeSet<Right>,
}

/// A freeze.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Freeze {
    /// When it lapses by itself.
    pub until: Option<String>,
    /// Who froze it.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// A role that somebody holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldRole {
    /// Name of the role.
    pub role: String,
    /// The grant.
    pub grant: u64,
    /// Where it holds, in words.
    pub scope: String,
    /// Until when.
    pub expiry: Option<String>,
}

/// Gas quota and its use.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotaUse {
    /// Gas in a period; 0 is without bound.
    pub quota: u64,
    /// Gas used.
    pub used: u64,
    /// End of the period.
    pub period_ends: Option<String>,
}

/// What an account owns of a token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// The token.
    pub token: TokenBrief,
    /// Which one, of tokens that are not all alike.
    pub token_id: Option<String>,
    /// How much.
    pub amount: String,
}

/// An event (log) of a contract.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Height of its block.
    pub block: u64,
    /// Its transaction.
    pub transaction: String,
    /// Its place in the block.
    pub index: u64,
    /// Time of its block.
    pub at: Option<String>,
    /// The contract.
    pub address: String,
    /// Name of the contract.
    pub contract_name: Option<String>,
    /// Topics.
    pub topics: Vec<String>,
    /// Data.
    pub data: String,
    /// Name of the event, if its ABI is known.
    pub name: Option<String>,
    /// Its arguments, if its ABI is known.
    pub arguments: Vec<Argument>,
}

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Of this contract.
    pub contract: Option<String>,
    /// With this first topic, or of this name.
    pub topic: Option<String>,
    /// Of this transaction, in their order; without the other filters.
    pub transaction: Option<String>,
}

/// How finely activity is shown.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActivityQuestion {
    /// Seconds of a step; 60 without it.
    #[param(minimum = 1, maximum = 86400)]
    pub seconds: Option<u64>,
    /// Steps, the newest last; 60 without it.
    #[param(minimum = 1, maximum = 500)]
    pub steps: Option<u32>,
}

/// What happened in a step of time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Begin of the step.
    pub at: String,
    /// Blocks.
    pub blocks: u64,
    /// Transactions.
    pub transactions: u64,
    /// Gas used.
    pub gas_used: u64,
}
