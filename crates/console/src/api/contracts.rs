//! Contracts, calls of them, and what a call is made of.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An argument or a result of a function, or a field of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Argument {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its type, as ABIs write it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value: text, a decimal string for numbers, a boolean, an array, or an object for a struct.
    #[schema(value_type = Value)]
    pub value: Value,
}

/// The call of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecodedCall {
    /// The contract.
    pub address: String,
    /// Name of the contract.
    pub contract: Option<String>,
    /// The function.
    pub function: String,
    /// Its signature.
    pub signature: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecodedError {
    /// Name of the error; `Error` for a plain text.
    pub name: String,
    /// In words.
    pub message: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

/// A contract in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractSummary {
    /// Its address.
    pub address: String,
    /// Its name.
    pub name: Option<String>,
    /// `system`, `token` or `contract`.
    pub kind: String,
    /// Who deployed it.
    pub creator: Option<String>,
    /// The transaction that deployed it.
    pub transaction: Option<String>,
    /// Height at which it was deployed.
    pub created_at: Option<u64>,
    /// Hash of its code.
    pub code_hash: Option<String>,
    /// Whether its ABI is known.
    pub abi_known: bool,
}

/// A contract.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: ContractSummary,
    /// `Active`, `Frozen` or `Retired`.
    pub status: Option<String>,
    /// Its freeze, if it is frozen.
    pub freeze: Option<super::explorer::Freeze>,
    /// Bytes of its code.
    pub code_bytes: Option<u64>,
    /// Its ABI, as compilers write it; none if it is not known.
    #[schema(value_type = Option<Value>)]
    pub abi: Option<Value>,
    /// Its source: compiler, settings, `sources` by path; none if nobody gave it.
    #[schema(value_type = Option<Value>)]
    pub source: Option<Value>,
    /// What it owns of the ledger's coin, in wei.
    pub balance: Option<String>,
}

/// A transaction that somebody wants to make, or a question to a contract.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallRequest {
    /// The ledger; `main` without it.
    pub ledger: Option<String>,
    /// The contract: its address, or the name of a system contract.
    pub contract: String,
    /// The function: its name if the ABI of the contract is known, or its signature, as `transfer(address,uint256)`.
    pub function: String,
    /// Its arguments, in order: numbers as decimal strings, structs as objects, enums as names or numbers.
    #[serde(default)]
    #[schema(value_type = Vec<Value>)]
    pub arguments: Vec<Value>,
    /// Who calls; the account of the session without it.
    pub account: Option<String>,
    /// Coin that goes along, in wei.
    pub value: Option<String>,
}

/// A transaction that only needs a signature.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// The ledger.
    pub ledger: String,
    /// Its chain id.
    pub chain_id: u64,
    /// To whom.
    pub to: String,
    /// Input.
    pub data: String,
    /// Coin that goes along, in wei.
    pub value: String,
    /// Who sends it.
    pub from: Option<String>,
    /// The next number of the sender, if it is known.
    pub nonce: Option<u64>,
    /// Gas that it should allow; none if it is refused.
    pub gas: Option<u64>,
    /// Price of gas in wei.
    pub gas_price: String,
    /// What it calls.
    pub call: DecodedCall,
    /// Why the ledger would refuse it now.
    pub refused: Option<DecodedError>,
}

/// What a contract answered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The results.
    pub results: Vec<Argument>,
    /// Why it refused.
    pub refused: Option<DecodedError>,
}
