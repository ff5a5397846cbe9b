//! One endpoint of CometBFT's JSON-RPC over HTTP.
//!
//! The chain id is asked before anything else, and again after every failure: another node may answer then.

use crate::{
    Config,
    error::LinkError,
    name::caip2,
    wire::{Answer, WireStatus},
};
use civitas_ports::{ForeignEndpoint, ForeignError};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Characters of a refusal that are kept: they come from outside.
const MESSAGE_CHARS_MAX: usize = 300;

/// An endpoint.
#[derive(Debug)]
pub(crate) struct Link {
    /// Its address, without what may be a secret in it.
    pub(crate) name: String,
    url: String,
    client: reqwest::Client,
    chain: String,
    request_time_max: Duration,
    response_bytes_max: usize,
    rest: Duration,
    /// Whether it said its chain id since the last failure.
    is_known: AtomicBool,
    rests_until: Mutex<Option<Instant>>,
    requests: AtomicU64,
    failures: AtomicU64,
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
            name: shown(url),
            url: url.to_owned(),
            client,
            chain: config.chain.clone(),
            request_time_max: config.request_time_max,
            response_bytes_max: config.response_bytes_max,
            rest: config.rest,
            is_known: AtomicBool::new(false),
            rests_until: Mutex::new(None),
            requests: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        })
    }

    /// Whether it failed a short while ago.
    pub(crate) fn is_resting(&self) -> bool {
        self.rests_until
            .lock()
            .is_some_and(|until| until > Instant::now())
    }

    /// Lets it rest after a failure.
    pub(crate) fn rest(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.is_known.store(false, Ordering::Relaxed);
        *self.rests_until.lock() = Some(Instant::now() + self.rest);
    }

    /// How it did.
    pub(crate) fn count(&self) -> ForeignEndpoint {
        ForeignEndpoint {
            name: self.name.clone(),
            requests: self.requests.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            is_resting: self.is_resting(),
        }
    }

    /// It did what it should.
    pub(crate) fn praise(&self) {
        *self.rests_until.lock() = None;
    }

    /// What it says of itself, if it is the right chain.
    pub(crate) async fn status(&self) -> Result<WireStatus, LinkError> {
        let status: WireStatus = self.timed("status", json!({})).await?;
        let found = caip2(&status.node_info.network);
        if found != self.chain {
            return Err(LinkError::WrongChain { found });
        }
        self.is_known.store(true, Ordering::Relaxed);
        Ok(status)
    }

    /// Asks, once it is known to be the right chain.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, LinkError> {
        if !self.is_known.load(Ordering::Relaxed) {
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
        self.requests.fetch_add(1, Ordering::Relaxed);
        // The client bounds a request, too; this bounds what is done with its answer as well.
        let answer = tokio::time::timeout(self.request_time_max, self.send(method, params)).await;
        answer.unwrap_or(Err(LinkError::Slow {
            request: method,
            ms_max: self.request_time_max.as_millis(),
        }))
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

/// An address as it may be shown: user, password and path may hold a key of a provider.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for url in [
            "https://node.example",
            "https://node.example/v3/0123456789abcdef",
            "https://user:password@node.example/",
            "https://node.example?key=0123",
        ] {
            assert_eq!(shown(url), "https://node.example");
        }
    }
}
