//! What a candidate chain says of itself over JSON-RPC, before anything of it is believed.

use crate::contracts::fault::Failure;
use alloy_primitives::{B256, U64};
use anyhow::Context;
use jsonrpsee_client::{
    core::{
        client::{ClientT, Error as ClientError},
        params::ArrayParams,
    },
    http_client::{HttpClient, HttpClientBuilder},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A chain that takes longer for one answer cannot be followed either.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes of an answer: a header is some kilobytes.
const ANSWER_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Characters of what comes from outside that are shown.
const TEXT_CHARS_MAX: usize = 100;

/// The parts of a block that are looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Newest {
    pub(super) number: U64,
    #[serde(default)]
    pub(super) mix_hash: B256,
    #[serde(default)]
    pub(super) difficulty: Option<alloy_primitives::U256>,
}

/// What the chain says of itself. What a node does not tell is none.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) chain_id: u64,
    pub(super) client: Option<String>,
    pub(super) newest: Newest,
    /// Height of the block that it calls final.
    pub(super) finalized: Option<u64>,
    pub(super) syncing: Option<bool>,
    pub(super) peers: Option<u64>,
    /// Accounts whose keys the node holds, for whoever reaches it.
    pub(super) open_accounts: usize,
    /// Whether it answers commands of its administrator.
    pub(super) open_administration: bool,
    /// How long its first answer took.
    pub(super) answered_in: Duration,
}

/// Asks one address.
#[derive(Debug)]
pub(super) struct Probe {
    client: HttpClient,
    shown: String,
}

/// An address as it may be shown and registered: user, password, path and query may hold a key of a provider.
pub(super) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

impl Probe {
    /// # Errors
    /// [`Failure::Usage`] if the address is not one of HTTP.
    pub(super) fn new(url: &str) -> anyhow::Result<Self> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let why = format!(
                "{} is no address of JSON-RPC over HTTP: http://HOST:PORT or https://HOST/...",
                shown(url)
            );
            return Err(Failure::usage(why).into());
        }
        let client = HttpClientBuilder::default()
            .request_timeout(ANSWER_TIME_MAX)
            .max_response_size(ANSWER_BYTES_MAX)
            .build(url)
            .map_err(|error| Failure::usage(format!("{} is no address: {error}", shown(url))))?;
        Ok(Self {
            client,
            shown: shown(url),
        })
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, params: Vec<Value>) -> Result<T, ClientError> {
        let mut arguments = ArrayParams::new();
        for param in params {
            arguments
                .insert(param)
                .map_err(|error| ClientError::Custom(error.to_string()))?;
        }
        // The client bounds a request, but not the reading of a slow answer.
        let answer = tokio::time::timeout(ANSWER_TIME_MAX, self.client.request(method, arguments)).await;
        answer.unwrap_or(Err(ClientError::RequestTimeout))
    }

    /// What it must tell.
    async fn required<T: DeserializeOwned>(&self, method: &str, params: Vec<Value>) -> anyhow::Result<T> {
        let answer = self.ask(method, params).await;
        let unusable = || {
            Failure::unreachable(format!(
                "{} does not answer {method} as an Ethereum-like chain does: is it running, is the address right?",
                self.shown
            ))
        };
        answer.map_err(|error| anyhow::Error::from(error).context(unusable()))
    }

    /// All of it.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] where nothing answers, or nothing that is a chain.
    pub(super) async fn look(&self) -> anyhow::Result<Found> {
        let started = Instant::now();
        let chain_id: U64 = self.required("eth_chainId", Vec::new()).await?;
        let answered_in = started.elapsed();
        let newest: Option<Newest> = self
            .required("eth_getBlockByNumber", vec![json!("latest"), json!(false)])
            .await?;
        let newest = newest.with_context(|| format!("{} has no block", self.shown))?;
        let finalized: Option<Option<Newest>> = self
            .ask("eth_getBlockByNumber", vec![json!("finalized"), json!(false)])
            .await
            .ok();
        let syncing: Option<Value> = self.ask("eth_syncing", Vec::new()).await.ok();
        let peers: Option<U64> = self.ask("net_peerCount", Vec::new()).await.ok();
        let accounts: Vec<Value> = self.ask("eth_accounts", Vec::new()).await.unwrap_or_default();
        let administration: Result<Value, ClientError> = self.ask("admin_nodeInfo", Vec::new()).await;
        Ok(Found {
            chain_id: chain_id.to(),
            client: self.client_version().await,
            newest,
            finalized: finalized.flatten().map(|block| block.number.to()),
            syncing: syncing.map(|answer| answer != json!(false)),
            peers: peers.map(|peers| peers.to()),
            open_accounts: accounts.len(),
            open_administration: administration.is_ok_and(|info| info.is_object()),
            answered_in,
        })
    }

    async fn client_version(&self) -> Option<String> {
        let text: String = self.ask("web3_clientVersion", Vec::new()).await.ok()?;
        let printable = text.chars().filter(|character| !character.is_control());
        Some(printable.take(TEXT_CHARS_MAX).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for url in [
            "https://node.example/v3/0123456789abcdef",
            "https://user:password@node.example?key=1",
        ] {
            assert_eq!(shown(url), "https://node.example");
        }
    }

    #[test]
    fn only_addresses_of_http_are_asked() {
        for url in [
            "",
            "node",
            "ws://127.0.0.1:8546",
            "ftp://a",
            "file:///etc/passwd",
            "http://",
        ] {
            assert!(Probe::new(url).is_err(), "{url}");
        }
        assert!(Probe::new("http://127.0.0.1:8545").is_ok());
    }
}
