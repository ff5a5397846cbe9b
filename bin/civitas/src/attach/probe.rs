//! Asks an address that nobody vouches for: bounded in time and bytes, and without showing what may be a secret in it.

use crate::contracts::fault::Failure;
use civitas_chain_link::shown;
use jsonrpsee_client::{
    core::{
        client::{ClientT, Error as ClientError},
        params::{ArrayParams, ObjectParams},
        traits::ToRpcParams,
    },
    http_client::{HttpClient, HttpClientBuilder},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// A chain that takes longer for one answer cannot be followed either.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes of an answer: a header is some kilobytes.
const ANSWER_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Characters of what comes from outside that are shown.
const TEXT_CHARS_MAX: usize = 100;

/// Asks one address.
#[derive(Debug)]
pub(super) struct Probe {
    client: HttpClient,
    url: String,
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
        let url = url.to_owned();
        Ok(Self { client, url })
    }

    /// The address, with what may be a secret in it.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks with arguments in their order.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        params: Vec<Value>,
    ) -> Result<T, ClientError> {
        let mut arguments = ArrayParams::new();
        for param in params {
            arguments.insert(param).map_err(ClientError::ParseError)?;
        }
        self.send(method, arguments).await
    }

    /// Asks with arguments by name.
    pub(super) async fn ask_by_name<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let mut arguments = ObjectParams::new();
        for (name, param) in params {
            arguments.insert(name, param).map_err(ClientError::ParseError)?;
        }
        self.send(method, arguments).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: impl ToRpcParams + Send,
    ) -> Result<T, ClientError> {
        // The client bounds a request, but not the reading of a slow answer.
        let answer = tokio::time::timeout(ANSWER_TIME_MAX, self.client.request(method, arguments)).await;
        answer.unwrap_or(Err(ClientError::RequestTimeout))
    }

    /// Why an address is that of no chain.
    pub(super) fn unusable(&self, error: ClientError) -> anyhow::Error {
        let why = format!(
            "{} does not answer as an Ethereum-like chain does, nor as one of CometBFT: is it running, is the address right?",
            shown(&self.url)
        );
        anyhow::Error::from(error).context(Failure::unreachable(why))
    }
}

/// What comes from outside, as it may be shown.
pub(super) fn printable(text: &str) -> String {
    let characters = text.chars().filter(|character| !character.is_control());
    characters.take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
