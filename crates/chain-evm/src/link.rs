//! One endpoint of JSON-RPC, over HTTP or WebSocket.
//!
//! The chain id is asked before anything else, and again after every failure: another node may answer then.

use crate::Config;
use alloy_primitives::U64;
use civitas_chain_link::{Endpoint, LinkError, MESSAGE_CHARS_MAX, shown};
use civitas_ports::ForeignError;
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
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// An endpoint.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    transport: Transport,
    chain_id: u64,
    request_time_max: Duration,
    response_bytes_max: u32,
    /// Whether it has no method for all receipts of a block.
    pub(crate) lacks_block_receipts: AtomicBool,
    /// Height of the newest block that it calls final, as it said last.
    finalized: Mutex<Option<u64>>,
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

impl civitas_chain_link::Link for Link {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn forget(&self) {
        self.note_finalized(None);
    }
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
            endpoint: Endpoint::new(url, config.rest),
            transport,
            chain_id: config.chain_id,
            request_time_max: config.request_time_max,
            response_bytes_max: config.response_bytes_max,
            lacks_block_receipts: AtomicBool::new(false),
            finalized: Mutex::new(None),
        })
    }

    /// Height of the newest block that it calls final, as it said last.
    pub(crate) fn finalized(&self) -> Option<u64> {
        *self.finalized.lock()
    }

    /// Remembers what it calls final.
    pub(crate) fn note_finalized(&self, finalized: Option<u64>) {
        *self.finalized.lock() = finalized;
    }

    /// Asks, once it is known to be the right chain.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, LinkError> {
        if !self.endpoint.is_known() {
            let found: U64 = self.timed("eth_chainId", Vec::new()).await?;
            let found: u64 = found.to();
            if found != self.chain_id {
                return Err(LinkError::WrongChain {
                    found: format!("eip155:{found}"),
                });
            }
            self.endpoint.note_known(true);
        }
        self.timed(method, params).await
    }

    async fn timed<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, LinkError> {
        let sent = self.send(method, params);
        self.endpoint.timed(method, self.request_time_max, sent).await
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
                code: error.code().into(),
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
        self.endpoint.note_known(false);
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
