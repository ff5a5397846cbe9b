//! Tokens, who holds them, and how they move.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A token in a few words.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenBrief {
    /// Its contract.
    pub address: String,
    /// `ERC-20`, `ERC-721` or `ERC-1155`.
    pub kind: String,
    /// Its name, as its contract says; text of strangers.
    pub name: Option<String>,
    /// Its symbol, as its contract says; text of strangers.
    pub symbol: Option<String>,
    /// Digits after the decimal point.
    pub decimals: Option<u8>,
}

/// A token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// What it is.
    #[serde(flatten)]
    pub brief: TokenBrief,
    /// How much there is; none where it is not known.
    pub total_supply: Option<String>,
    /// Accounts that hold some; none where the index begins later than the chain.
    pub holders: Option<u64>,
    /// Transfers so far.
    pub transfers: u64,
}

/// Which tokens.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TokenFilter {
    /// `ERC-20`, `ERC-721` or `ERC-1155`.
    pub kind: Option<String>,
}

/// Who holds how much.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The account.
    pub account: String,
    /// Its name.
    pub name: Option<String>,
    /// Which one, of tokens that are not all alike.
    pub token_id: Option<String>,
    /// How much.
    pub amount: String,
}

/// A movement of a token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// Height of its block.
    pub block: u64,
    /// Its transaction.
    pub transaction: String,
    /// Place of its event in the block.
    pub index: u64,
    /// Time of its block.
    pub at: Option<String>,
    /// The token.
    pub token: TokenBrief,
    /// From whom; the zero address when it came to be.
    pub from: String,
    /// Name of the former owner.
    pub from_name: Option<String>,
    /// To whom; the zero address when it ceased to be.
    pub to: String,
    /// Name of the new owner.
    pub to_name: Option<String>,
    /// Which one, of tokens that are not all alike.
    pub token_id: Option<String>,
    /// How much.
    pub amount: String,
}
