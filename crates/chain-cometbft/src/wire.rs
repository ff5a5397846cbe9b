//! What CometBFT's RPC answers, as far as it is read. Versions 0.38 and 1.0 answer alike here.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use tendermint::{
    block::{Commit, Header},
    validator::Info,
};

/// A number of 64 bits, which stands as text.
fn number<'de, D: Deserializer<'de>, T: std::str::FromStr>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| serde::de::Error::custom("a number was expected"))
}

/// A list that is `null` where it is empty.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// An answer of JSON-RPC.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer<T> {
    pub(crate) result: Option<T>,
    pub(crate) error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) data: String,
}

/// `status`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireStatus {
    pub(crate) node_info: WireNode,
    pub(crate) sync_info: WireSync,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireNode {
    /// The chain id.
    pub(crate) network: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireSync {
    #[serde(deserialize_with = "number")]
    pub(crate) latest_block_height: u64,
}

/// `block`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireBlock {
    pub(crate) block_id: WireId,
    /// None where the node has pruned it.
    pub(crate) block: Option<WireContent>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireId {
    pub(crate) hash: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireContent {
    pub(crate) header: Header,
    pub(crate) data: WireData,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireData {
    /// Transactions in base64.
    #[serde(default, deserialize_with = "list")]
    pub(crate) txs: Vec<String>,
}

/// `block_results`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireResults {
    #[serde(deserialize_with = "number")]
    pub(crate) height: u64,
    #[serde(default, deserialize_with = "list")]
    pub(crate) txs_results: Vec<WireResult>,
}

/// What became of a transaction.
#[derive(Debug, Deserialize)]
pub(crate) struct WireResult {
    #[serde(default)]
    pub(crate) code: u32,
    /// In base64.
    pub(crate) data: Option<String>,
    #[serde(deserialize_with = "number")]
    pub(crate) gas_wanted: i64,
    #[serde(deserialize_with = "number")]
    pub(crate) gas_used: i64,
    #[serde(default, deserialize_with = "list")]
    pub(crate) events: Vec<WireEvent>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireEvent {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "list")]
    pub(crate) attributes: Vec<WireAttribute>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireAttribute {
    #[serde(default)]
    pub(crate) key: Option<String>,
    #[serde(default)]
    pub(crate) value: Option<String>,
}

/// `commit`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireCommit {
    pub(crate) signed_header: WireSigned,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WireSigned {
    pub(crate) header: Header,
    pub(crate) commit: Commit,
}

/// `blockchain`: some headers, the newest first.
#[derive(Debug, Deserialize)]
pub(crate) struct WireChain {
    #[serde(default, deserialize_with = "list")]
    pub(crate) block_metas: Vec<WireMeta>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireMeta {
    pub(crate) block_id: WireId,
    pub(crate) header: Header,
}

/// `validators`: a page of them.
#[derive(Debug, Deserialize)]
pub(crate) struct WireValidators {
    #[serde(default, deserialize_with = "list")]
    pub(crate) validators: Vec<Info>,
    #[serde(deserialize_with = "number")]
    pub(crate) total: usize,
}

/// `broadcast_tx_sync`: what the application said when it looked at the transaction.
#[derive(Debug, Deserialize)]
pub(crate) struct WireTaken {
    #[serde(default)]
    pub(crate) code: u32,
    #[serde(default)]
    pub(crate) log: String,
}
