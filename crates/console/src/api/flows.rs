//! What moved between accounts, summed up.

use super::tokens::TokenBrief;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which movements.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct FlowFilter {
    /// From or to this account.
    pub account: Option<String>,
    /// From this height on.
    pub from: Option<u64>,
    /// Up to and with this height.
    pub to: Option<u64>,
}

/// What one account gave to another, of one token or of the ledger's coin.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Who gave; the zero address where tokens were made.
    pub from: String,
    /// Its name.
    pub from_name: Option<String>,
    /// Who got; the zero address where tokens were burnt.
    pub to: String,
    /// Its name.
    pub to_name: Option<String>,
    /// The token; none for the ledger's coin.
    pub token: Option<TokenBrief>,
    /// Movements.
    pub count: u64,
    /// How much in all, in the smallest unit; of tokens that are each unique, how many.
    pub amount: String,
    /// Height of the first of these movements.
    pub first_block: u64,
    /// Height of the last one.
    pub last_block: u64,
}

/// What moved between accounts of a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Flows {
    /// By pair and token, those with the most movements first, at most 200.
    pub items: Vec<Flow>,
    /// Height from which on everything was looked at; none if nothing was left out. Older movements are beyond what one answer looks at.
    pub complete_from: Option<u64>,
    /// Pairs that are left out for their small number of movements.
    pub left_out: u64,
}
