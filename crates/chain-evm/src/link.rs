//! One endpoint of JSON-RPC, over HTTP or WebSocket.
//!
//! The chain id is asked before anything else, and again after every failure: another node may answer then.

use crate::{Config, error::LinkError};
use alloy_primitives::U64;
use civitas_ports::{ForeignEndpoint, ForeignError};
use jsonrpsee_client::{
    core::{
        client::{ClientT, Error as ClientError},
        params::ArrayParams,
    },
    http_client::{HttpClient, HttpClientBuilder},
    ws_client::{WsClient, WsClientBuilder},
};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Characters of a refusal that are kept: they come from outside.
const MESSAGE_CHARS_MAX: usize = 300;

/// An endpoint.
#[derive(Debug)]
pub(crate) struct Link {
    /// Its address, without what may be a secret in it.
    pub(crate) name: String,
    transport: Transport,
    chain_id: u64,
    request_time_max: Duration,
    response_bytes_max: u32,
    rest: Duration,
    /// Whether it said its chain id since the last failure.
    is_known: AtomicBool,
    /// Whether it has no method for all receipts of a block.
    pub(crate) lacks_block_receipts: AtomicBool,
    /// Height of the newest block that it calls final, as it said last.
    finalized: Mutex<Option<u64>>,
    rests_until: Mutex<Option<Instant>>,
    requests: AtomicU64,
    failures: AtomicU64,
}

#[derive(Debug)]
enum Transport {
    Http(HttpClient),
    Socket {
        url: String,
        /// The link that stands, if one does.
        client: Mutex<Option<Arc<WsClient>>>,
    },
}

impl Link {
    /// Prepares an endpoint; nothing is sent yet.
    pub(crate) fn new(url: &str, config: &Config) -> Result<Self, ForeignError> {
        let transport = if url.starts_with("ws") {
            Transport::Socket {
                url: url.to_owned(),
                client: Mutex::new(None),
            }
        } else {
            let client = HttpClientBuilder::default()
                .request_timeout(config.request_time_max)
                .max_response_size(config.response_bytes_max)
                .build(url)
                .map_err(|error| ForeignError::Settings {
                    what: format!("{} is no address of JSON-RPC: {error}", shown(url)),
                })?;
            Transport::Http(client)
        };
        Ok(Self {
            name: shown(url),
            transport,
            chain_id: config.chain_id,
            request_time_max: config.request_time_max,
            response_bytes_max: config.response_bytes_max,
            rest: config.rest,
            is_known: AtomicBool::new(false),
            lacks_block_receipts: AtomicBool::new(false),
            finalized: Mutex::new(None),
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
        self.note_finalized(None);
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

    /// Height of the newest block that it calls final, as it said last.
    pub(crate) fn finalized(&self) -> Option<u64> {
        *self.finalized.lock()
    }

    /// Remembers what it calls final.
    pub(crate) fn note_finalized(&self, finalized: Option<u64>) {
        *self.finalized.lock() = finalized;
    }

    /// It did what it should.
    pub(crate) fn praise(&self) {
        *self.rests_until.lock() = None;
    }

    /// Asks, once it is known to be the right chain.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, LinkError> {
        if !self.is_known.load(Ordering::Relaxed) {
            let found: U64 = self.timed("eth_chainId", Vec::new()).await?;
            let found: u64 = found.to();
            if found != self.chain_id {
                return Err(LinkError::WrongChain { found });
            }
            self.is_known.store(true, Ordering::Relaxed);
        }
        self.timed(method, params).await
    }

    async fn timed<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, LinkError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        // The client bounds a request, too, but neither the making of a link nor the reading of a slow body.
        let answer = tokio::time::timeout(self.request_time_max, self.send(method, params)).await;
        answer.unwrap_or(Err(LinkError::Slow {
            request: method,
            ms_max: self.request_time_max.as_millis(),
        }))
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, LinkError> {
        let mut arguments = ArrayParams::new();
        for param in params {
            arguments.insert(param).map_err(|source| LinkError::Malformed {
                request: method,
                source,
            })?;
        }
        let answer = match &self.transport {
            Transport::Http(client) => client.request(method, arguments).await,
            Transport::Socket { .. } => match self.socket().await {
                Ok(client) => client.request(method, arguments).await,
                Err(error) => Err(error),
            },
        };
        answer.map_err(|error| match error {
            ClientError::Call(error) => LinkError::Refused {
                request: method,
                code: error.code(),
                message: error.message().chars().take(MESSAGE_CHARS_MAX).collect(),
            },
            ClientError::ParseError(source) => LinkError::Malformed {
                request: method,
                source,
            },
            ClientError::Transport(source) if is_too_large(&*source) => LinkError::TooLarge {
                what: format!("the answer to {method}"),
                max: self.response_bytes_max.into(),
            },
            source => LinkError::Silent {
                request: method,
                source: Box::new(source),
            },
        })
    }

    /// The link that stands, or a new one.
    async fn socket(&self) -> Result<Arc<WsClient>, ClientError> {
        let Transport::Socket { url, client } = &self.transport else {
            return Err(ClientError::ServiceDisconnect);
        };
        let standing = client.lock().clone().filter(|client| client.is_connected());
        if let Some(standing) = standing {
            return Ok(standing);
        }
        self.is_known.store(false, Ordering::Relaxed);
        let made = WsClientBuilder::default()
            .request_timeout(self.request_time_max)
            .connection_timeout(self.request_time_max)
            .max_response_size(self.response_bytes_max)
            .build(url)
            .await?;
        let made = Arc::new(made);
        *client.lock() = Some(made.clone());
        Ok(made)
    }
}

/// Whether the client gave an answer up for its size.
fn is_too_large(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    use jsonrpsee_client::{
        core::http_helpers::HttpError, http_client::transport::Error as HttpTransportError,
    };
    matches!(
        error.downcast_ref::<HttpTransportError>(),
        Some(HttpTransportError::Http(HttpError::TooLarge))
    )
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
        assert_eq!(shown("ws://127.0.0.1:8545/#a@b"), "ws://127.0.0.1:8545");
    }
}
