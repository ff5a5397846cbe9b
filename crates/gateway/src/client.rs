//! Asks the HTTP side of a gateway, which may be anybody's: every answer is bounded in time and in bytes, and what a
//! batch holds is for [`Reported::read`](crate::archive::Reported::read) and the anchors of the main ledger to say.

use crate::{ChainStatus, GatewayError, archive::REPORTED_BYTES_MAX};
use reqwest::{Client, Response, StatusCode, Url, header::CONTENT_LENGTH};
use std::time::Duration;

/// How long an answer may take to begin.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a whole answer may take: the largest file over a slow line.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(300);
/// How long nothing may come.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Bytes of the list of chains, at most: 64 chains with their endpoints are far less.
const CHAINS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A gateway behind its address.
#[derive(Clone, Debug)]
pub struct GatewayClient {
    url: Url,
    client: Client,
}

impl GatewayClient {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`GatewayError::Peer`] if `url` is no address of HTTP.
    pub fn new(url: &str) -> Result<Self, GatewayError> {
        let failed = |what, source| GatewayError::Peer {
            url: url.to_owned(),
            what,
            source,
        };
        let parsed = Url::parse(url).map_err(|error| failed("it is no address", Some(error.into())))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.cannot_be_a_base() {
            return Err(failed("it is no address of HTTP", None));
        }
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // Gateways are reached as they are named, whatever the environment says about the way to the world.
            .no_proxy()
            .connect_timeout(CONNECT_TIME_MAX)
            .read_timeout(SILENCE_MAX)
            .timeout(ANSWER_TIME_MAX)
            .build()
            .map_err(|error| failed("no client can be made", Some(error.into())))?;
        Ok(Self { url: parsed, client })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The chains that it follows, and what they are at.
    ///
    /// # Errors
    /// [`GatewayError::Peer`].
    pub async fn chains(&self) -> Result<Vec<ChainStatus>, GatewayError> {
        let response = self.ask(&["chains"]).await?;
        if response.status() != StatusCode::OK {
            return Err(self.failed("it has no list of chains", None));
        }
        let bytes = self.body(response, CHAINS_BYTES_MAX).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| self.failed("its list of chains is malformed", Some(error.into())))
    }

    /// The file of the batch of `chain` that begins at `from_height`; none while the gateway does not have it.
    ///
    /// # Errors
    /// [`GatewayError::Peer`].
    pub async fn batch(&self, chain: &str, from_height: u64) -> Result<Option<Vec<u8>>, GatewayError> {
        let height = from_height.to_string();
        let response = self.ask(&["chains", chain, "batches", &height]).await?;
        match response.status() {
            StatusCode::OK => self.body(response, REPORTED_BYTES_MAX).await.map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.failed("it does not give the batch", None)),
        }
    }

    async fn ask(&self, segments: &[&str]) -> Result<Response, GatewayError> {
        let mut url = self.url.clone();
        match url.path_segments_mut() {
            Ok(mut path) => drop(path.pop_if_empty().extend(segments)),
            Err(()) => return Err(self.failed("it is no address of HTTP", None)),
        }
        let sent = self.client.get(url).send().await;
        sent.map_err(|error| self.failed("it does not answer", Some(error.into())))
    }

    async fn body(&self, mut response: Response, bytes_max: u64) -> Result<Vec<u8>, GatewayError> {
        let is_too_large = |bytes: u64| bytes > bytes_max;
        let said = response.headers().get(CONTENT_LENGTH);
        let said = said.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut bytes = Vec::new();
        if said.is_some_and(is_too_large) {
            return Err(self.failed("its answer is too large", None));
        }
        loop {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|error| self.failed("its answer broke off", Some(error.into())))?;
            let Some(chunk) = chunk else { return Ok(bytes) };
            bytes.extend_from_slice(&chunk);
            if is_too_large(u64::try_from(bytes.len()).unwrap_or(u64::MAX)) {
                return Err(self.failed("its answer is too large", None));
            }
        }
    }

    fn failed(&self, what: &'static str, source: Option<civitas_ports::BoxError>) -> GatewayError {
        GatewayError::Peer {
            url: self.url.to_string(),
            what,
            source,
        }
    }
}
