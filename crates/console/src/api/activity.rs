//! What the accounts of an identity did, on all ledgers and chains.

use super::{tokens::Transfer, transactions::TransactionSummary};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of what an identity did.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActivityFilter {
    /// On this ledger or chain only: its name.
    pub ledger: Option<String>,
}

/// A transaction in which an account of the identity took part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deed {
    /// The ledger or chain.
    pub ledger: String,
    /// Whether it is a chain that is not the city's own: what it tells is attested, not proven.
    pub is_foreign: bool,
    /// The accounts of the identity that took part.
    pub accounts: Vec<String>,
    /// The transaction.
    pub transaction: TransactionSummary,
    /// What it moved of tokens from or to these accounts, newest first, at most ten.
    pub transfers: Vec<Transfer>,
}

/// A page of what the accounts of an identity did, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeedPage {
    /// The items.
    pub items: Vec<Deed>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// Ledgers and chains in the index on which the identity has accounts, by name.
    pub ledgers: Vec<String>,
    /// Bound accounts (CAIP-10) of which nothing is in the index: their chain is not there, or is not read by addresses.
    pub unseen: Vec<String>,
}
