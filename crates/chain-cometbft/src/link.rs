//! One endpoint of CometBFT's JSON-RPC over HTTP.
//!
//! The chain id is asked before anything else, and again after every failure: another node may answer then.

use crate::{
    Config,
    name::caip2,
    wire::{Answer, WireStatus},
};
use civitas_chain_link::{Endpoint, LinkError, MESSAGE_CHARS_MAX, shown};
use civitas_ports::ForeignError;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// An endpoint.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    url: String,
    client: reqwest::Client,
    chain: String,
    request_time_max: Duration,
    response_bytes_max: usize,
}

impl civitas_chain_link::Link for Link {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Link {
    /// Prepares an endpoint; nothing is sent yet.
    pub(crate) fn new(url: &str, config: &Config) -> Result<Self, ForeignError> {
        let wrong = |why: String| ForeignError::Settings {
            what: format!("{} is no address of CometBFT's RPC: {why}", shown(url)),
        };
        reqwest::Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        let client = reqwest::Client::builder()
            .timeout(config.request_time_max)
            // An endpoint does not choose who is asked in its place.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            endpoint: Endpoint::new(url, config.rest),
            url: url.to_owned(),
            client,
            chain: config.chain.clone(),
            request_time_max: config.request_time_max,
            response_bytes_max: config.response_bytes_max,
        })
    }

    /// What it says of itself, if it is the right chain.
    pub(crate) async fn status(&self) -> Result<WireStatus, LinkError> {
        let status: WireStatus = self.timed("status", json!({})).await?;
        let found = caip2(&status.node_info.network);
        if found != self.chain {
            return Err(LinkError::WrongChain { found });
        }
        self.endpoint.note_known(true);
        Ok(status)
    }

    /// Asks, once it is known to be the right chain.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, LinkError> {
        if !self.endpoint.is_known() {
            self.status().await?;
        }
        self.timed(method, params).await
    }

    /// Asks about a block.
    pub(crate) async fn ask_at<T: DeserializeOwned>(
        &self,
        method: &'static str,
        height: u64,
    ) -> Result<T, LinkError> {
        let asked = self.ask(method, json!({ "height": height.to_string() })).await;
        asked.map_err(|error| match error {
            // It has the block not yet, or no more: CometBFT knows no other refusal of a height.
            LinkError::Refused { message, .. } if message.contains("height") => LinkError::Missing { height },
            other => other,
        })
    }

    async fn timed<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, LinkError> {
        // The client bounds a request, too; this bounds what is done with its answer as well.
        let sent = self.send(method, params);
        self.endpoint.timed(method, self.request_time_max, sent).await
    }

    async fn send<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, LinkError> {
        // What an address holds may be a key of a provider.
        let silent = |source: reqwest::Error| LinkError::Silent {
            request: method,
            source: Box::new(source.without_url()),
        };
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let sent = self.client.post(&self.url).json(&request).send().await;
        let mut response = sent.map_err(silent)?;
        let mut body = Vec::new();
        // A refusal comes with a status of its own and is JSON-RPC all the same.
        while let Some(chunk) = response.chunk().await.map_err(silent)? {
            if body.len().saturating_add(chunk.len()) > self.response_bytes_max {
                return Err(LinkError::TooLarge {
                    what: format!("the answer to {method}"),
                    max: u64::try_from(self.response_bytes_max).unwrap_or(u64::MAX),
                });
            }
            body.extend_from_slice(&chunk);
        }
        let malformed = |source| LinkError::Malformed {
            request: method,
            source,
        };
        let answer: Answer<T> = serde_json::from_slice(&body).map_err(malformed)?;
        if let Some(refusal) = answer.error {
            let message = format!("{}: {}", refusal.message, refusal.data);
            return Err(LinkError::Refused {
                request: method,
                code: refusal.code,
                message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
            });
        }
        let nothing = || malformed(serde::de::Error::custom("neither a result nor an error"));
        answer.result.ok_or_else(nothing)
    }
}
