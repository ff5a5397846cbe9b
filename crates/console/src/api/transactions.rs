//! Transactions, how they ran, and what they changed.

use super::{
    contracts::{DecodedCall, DecodedError},
    explorer::Event,
    tokens::Transfer,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which transactions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransactionFilter {
    /// Of the block of this height.
    pub block: Option<u64>,
    /// Sent or received by this account.
    pub account: Option<String>,
    /// To this contract.
    pub contract: Option<String>,
    /// That call this function: its selector, or its name.
    pub method: Option<String>,
    /// `success` or `failed`.
    pub status: Option<String>,
}

/// A transaction in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransactionSummary {
    /// Its hash.
    pub hash: String,
    /// Height of its block.
    pub block: u64,
    /// Its place in the block.
    pub index: u64,
    /// Time of its block.
    pub at: String,
    /// Who sent it.
    pub from: String,
    /// Name of the sender.
    pub from_name: Option<String>,
    /// To whom; none if it deployed a contract.
    pub to: Option<String>,
    /// Name of the receiver.
    pub to_name: Option<String>,
    /// The contract that it deployed.
    pub contract_created: Option<String>,
    /// What it carries of the ledger's coin, in wei.
    pub value: String,
    /// The first four bytes of the input, if there are some.
    pub selector: Option<String>,
    /// The function, if it is known.
    pub method: Option<String>,
    /// `success` or `failed`.
    pub status: String,
    /// Gas used; none on a foreign chain, where nobody attests it.
    pub gas_used: Option<u64>,
    /// What it cost, in wei; none as `gasUsed`.
    pub fee: Option<String>,
}

/// A transaction.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransactionDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: TransactionSummary,
    /// Hash of its block.
    pub block_hash: String,
    /// Its number among those of the sender; none where its chain has no such thing.
    pub nonce: Option<u64>,
    /// Its type (EIP-2718); none as `nonce`.
    pub kind: Option<u8>,
    /// Gas that it allowed; none as `nonce`.
    pub gas_limit: Option<u64>,
    /// Price of gas that it paid, in wei; none on a foreign chain, where nobody attests it.
    pub gas_price: Option<String>,
    /// Its input.
    pub input: String,
    /// The call that the input is, if the contract is known.
    pub call: Option<DecodedCall>,
    /// Why it failed.
    pub error: Option<DecodedError>,
    /// Its events.
    pub events: Vec<Event>,
    /// What it moved.
    pub transfers: Vec<Transfer>,
}

/// How a transaction ran: a tree of calls.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceCall {
    /// `CALL`, `STATICCALL`, `DELEGATECALL`, `CREATE`, `CREATE2`, `SELFDESTRUCT`.
    pub kind: String,
    /// Who called.
    pub from: String,
    /// Whom.
    pub to: Option<String>,
    /// Name of who was called.
    pub to_name: Option<String>,
    /// Coin that went along, in wei.
    pub value: String,
    /// Gas that was given.
    pub gas: u64,
    /// Gas that was used.
    pub gas_used: u64,
    /// Input.
    pub input: String,
    /// Output.
    pub output: Option<String>,
    /// The call that the input is, if the contract is known.
    pub call: Option<DecodedCall>,
    /// Why it failed.
    pub error: Option<DecodedError>,
    /// Calls that it made.
    #[schema(no_recursion)]
    pub calls: Vec<TraceCall>,
}

/// The trace of a transaction.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The transaction.
    pub transaction: String,
    /// Its outermost call.
    pub root: TraceCall,
    /// Whether calls were left out: a trace shows at most 2,000.
    pub truncated: bool,
}

/// What a transaction changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateChanges {
    /// The transaction.
    pub transaction: String,
    /// By account.
    pub accounts: Vec<AccountChange>,
}

/// What a transaction changed of an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountChange {
    /// The account.
    pub address: String,
    /// Its name.
    pub name: Option<String>,
    /// Coin, in wei.
    pub balance: Option<Change>,
    /// Number of transactions sent.
    pub nonce: Option<Change>,
    /// Code.
    pub code: Option<Change>,
    /// Storage, by slot.
    pub storage: Vec<SlotChange>,
}

/// Before and after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Before; none if there was nothing.
    pub before: Option<String>,
    /// After; none if nothing is left.
    pub after: Option<String>,
}

/// A slot of storage, before and after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotChange {
    /// The slot.
    pub slot: String,
    /// Before; none if it was empty.
    pub before: Option<String>,
    /// After; none if it is empty.
    pub after: Option<String>,
}
