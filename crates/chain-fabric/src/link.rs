//! One peer: its services `protos.Deliver` (blocks) and `gateway.Gateway` (sending), as gRPC over HTTP/2.
//!
//! gRPC is a request over HTTP/2 whose body is messages with their lengths, so the HTTP client that is there already speaks it. A request
//! for blocks ends where the peer says its status within the stream; trailers are not waited for.

use crate::{
    Config,
    identity::Identity,
    wire::{
        Block, DeliverResponse, Envelope, SeekInfo, SeekNewest, SeekPosition, SeekSpecified, SubmitRequest,
    },
};
use alloy_primitives::B256;
use civitas_chain_link::{Endpoint, LinkError, MESSAGE_CHARS_MAX, shown};
use civitas_ports::{BoxError, ForeignError};
use prost::Message;
use reqwest::{Certificate, Client, Response};
use std::{ops::ControlFlow, sync::Arc, time::Duration};

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
const DELIVER: &str = "protos.Deliver/Deliver";
/// What [`civitas_ports::ForeignChain::submit`] asks.
pub(crate) const SUBMIT: &str = "gateway.Gateway/Submit";
/// `common.Status`.
const STATUS_SUCCESS: i32 = 200;
const STATUS_NOT_FOUND: i32 = 404;
/// `SeekInfo.SeekBehavior.FAIL_IF_NOT_READY`: nobody waits for blocks that are not there.
const FAIL_IF_NOT_READY: i32 = 1;
/// Numbers of gRPC with which the chain says no: INVALID_ARGUMENT, PERMISSION_DENIED, FAILED_PRECONDITION, ABORTED.
const CODES_OF_REFUSAL: [i64; 4] = [3, 7, 9, 10];

/// What is wanted of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of them.
    Whole,
    /// Header and metadata. Older peers give the rest all the same, and config blocks are always whole.
    Signatures,
}

/// Which blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// The newest one.
    Newest,
    /// From one to another.
    Heights(u64, u64),
}

/// A peer.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    url: String,
    client: Client,
    identity: Arc<Identity>,
    request_time_max: Duration,
    response_bytes_max: usize,
}

impl civitas_chain_link::Link for Link {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

fn refused(request: &'static str, code: i64, words: &str) -> LinkError {
    LinkError::Refused {
        request,
        code,
        message: words.chars().take(MESSAGE_CHARS_MAX).collect(),
    }
}

fn silent(request: &'static str, source: impl Into<BoxError>) -> LinkError {
    LinkError::Silent {
        request,
        source: source.into(),
    }
}

fn position(height: u64) -> SeekPosition {
    SeekPosition {
        newest: None,
        specified: Some(SeekSpecified { number: height }),
    }
}

impl Range {
    fn seek(self, wanted: Wanted) -> SeekInfo {
        let newest = || SeekPosition {
            newest: Some(SeekNewest {}),
            specified: None,
        };
        let (start, stop) = match self {
            Self::Newest => (newest(), newest()),
            Self::Heights(first, last) => (position(first), position(last)),
        };
        SeekInfo {
            start: Some(start),
            stop: Some(stop),
            behavior: FAIL_IF_NOT_READY,
            content_type: i32::from(wanted == Wanted::Signatures),
        }
    }
}

/// Messages of a body, as they come.
struct Messages {
    request: &'static str,
    response: Response,
    buffer: Vec<u8>,
    /// Of one message.
    bytes_max: usize,
    /// Of all that came.
    bytes: usize,
}

impl Messages {
    /// The next message; none at the end of the body.
    async fn next<M: Message + Default>(&mut self) -> Result<Option<M>, LinkError> {
        let request = self.request;
        loop {
            if let Some((prefix, rest)) = self.buffer.split_first_chunk::<PREFIX_BYTES>() {
                let [is_compressed, length @ ..] = *prefix;
                if is_compressed != 0 {
                    return Err(refused(
                        request,
                        0,
                        "its answer is compressed, and nobody asked for that",
                    ));
                }
                let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                if length > self.bytes_max {
                    return Err(self.too_large());
                }
                if let Some(message) = rest.get(..length) {
                    let read = M::decode(message).map_err(|error| silent(request, error))?;
                    self.buffer.drain(..PREFIX_BYTES + length);
                    return Ok(Some(read));
                }
            }
            let chunk = self.response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| silent(request, error.without_url()))? else {
                return Ok(None);
            };
            self.bytes = self.bytes.saturating_add(chunk.len());
            self.buffer.extend_from_slice(&chunk);
        }
    }

    fn too_large(&self) -> LinkError {
        LinkError::TooLarge {
            what: format!("the answer to {}", self.request),
            max: u64::try_from(self.bytes_max).unwrap_or(u64::MAX),
        }
    }
}

fn client(config: &Config, has_tls: bool) -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
    let mut builder = Client::builder()
        .timeout(config.request_time_max)
        .http2_prior_knowledge()
        // An endpoint does not choose who is asked in its place.
        .redirect(reqwest::redirect::Policy::none());
    if has_tls {
        let roots = Certificate::from_pem_bundle(&config.tls_roots)?;
        if roots.is_empty() {
            return Err("no certificate of who signs those of the peers".into());
        }
        builder = builder.tls_certs_only(roots).https_only(true);
        if let Some(pair) = &config.tls {
            let both = [pair.certificate.as_slice(), b"\n", &pair.key].concat();
            builder = builder.identity(reqwest::Identity::from_pem(&both)?);
        }
    }
    Ok(builder.build()?)
}

impl Link {
    /// Prepares a peer; nothing is sent yet.
    pub(crate) fn new(url: &str, config: &Config, identity: Arc<Identity>) -> Result<Self, ForeignError> {
        let wrong = |why: String| ForeignError::Settings {
            what: format!("{} is no address of a peer: {why}", shown(url)),
        };
        let (has_tls, place) = match url.split_once("://") {
            Some(("grpcs", place)) => (true, place),
            Some(("grpc", place)) => (false, place),
            _ => return Err(wrong("it begins with grpcs:// or grpc://".to_owned())),
        };
        let scheme = if has_tls { "https" } else { "http" };
        let address = format!("{scheme}://{}", place.trim_end_matches('/'));
        reqwest::Url::parse(&address).map_err(|error| wrong(error.to_string()))?;
        let client = client(config, has_tls).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            endpoint: Endpoint::new(url, config.rest),
            url: address,
            client,
            identity,
            request_time_max: config.request_time_max,
            response_bytes_max: config.response_bytes_max,
        })
    }

    /// Sends one message; the answer's messages follow.
    async fn call(&self, request: &'static str, message: &impl Message) -> Result<Messages, LinkError> {
        let bytes = message.encode_to_vec();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let body = [&[0][..], &length.to_be_bytes(), &bytes].concat();
        let sent = self
            .client
            .post(format!("{}/{request}", self.url))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(body)
            .send()
            .await;
        let response = sent.map_err(|error| silent(request, error.without_url()))?;
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        // Where nothing else comes, what would be in trailers stands here.
        let code = header("grpc-status").parse().unwrap_or_default();
        if code != 0 {
            return Err(refused(request, code, header("grpc-message")));
        }
        let status = response.status();
        if !status.is_success() || !header("content-type").starts_with("application/grpc") {
            let words = format!("{status}, and no answer of gRPC");
            return Err(refused(request, i64::from(status.as_u16()), &words));
        }
        Ok(Messages {
            request,
            response,
            buffer: Vec::new(),
            bytes_max: self.response_bytes_max,
            bytes: 0,
        })
    }

    /// Blocks, one after the other, until `take` has enough.
    pub(crate) async fn blocks(
        &self,
        range: Range,
        wanted: Wanted,
        mut take: impl FnMut(Block, usize) -> Result<ControlFlow<()>, LinkError>,
    ) -> Result<(), LinkError> {
        let (first, count) = match range {
            Range::Newest => (0, 1),
            Range::Heights(first, last) => (first, last.saturating_sub(first).saturating_add(1)),
        };
        let asked = async {
            let envelope = self.identity.seek(&range.seek(wanted))?;
            let mut answers = self.call(DELIVER, &envelope).await?;
            let mut taken = 0;
            while taken < count {
                let answer: Option<DeliverResponse> = answers.next().await?;
                let answer = answer.ok_or_else(|| silent(DELIVER, "it ended without a status"))?;
                if let Some(block) = answer.block {
                    if take(block, answers.bytes)?.is_break() {
                        return Ok(());
                    }
                    taken += 1;
                    continue;
                }
                return Err(match answer.status.unwrap_or_default() {
                    STATUS_NOT_FOUND | STATUS_SUCCESS => LinkError::Missing {
                        height: first.saturating_add(taken),
                    },
                    status => refused(
                        DELIVER,
                        i64::from(status),
                        "it gives no blocks (403: no reader of the channel)",
                    ),
                });
            }
            Ok(())
        };
        self.endpoint.timed(DELIVER, self.request_time_max, asked).await
    }

    /// One block.
    pub(crate) async fn block(&self, range: Range, wanted: Wanted) -> Result<Block, LinkError> {
        let mut found = None;
        self.blocks(range, wanted, |block, _| {
            found = Some(block);
            Ok(ControlFlow::Break(()))
        })
        .await?;
        found.ok_or_else(|| silent(DELIVER, "it gave no block"))
    }

    /// Sends a transaction to the orderers: none if they have it, or why the chain does not take it.
    pub(crate) async fn submit(
        &self,
        id: B256,
        channel: &str,
        envelope: Envelope,
    ) -> Result<Option<String>, LinkError> {
        let request = SubmitRequest {
            transaction_id: alloy_primitives::hex::encode(id),
            channel_id: channel.to_owned(),
            prepared_transaction: Some(envelope),
        };
        let asked = async {
            let mut answers = match self.call(SUBMIT, &request).await {
                Err(LinkError::Refused { code, message, .. }) if CODES_OF_REFUSAL.contains(&code) => {
                    return Ok(Some(message));
                }
                other => other?,
            };
            let answer: Option<()> = answers.next().await?;
            answer.ok_or_else(|| silent(SUBMIT, "it ended without an answer"))?;
            Ok(None)
        };
        self.endpoint.timed(SUBMIT, self.request_time_max, asked).await
    }
}
