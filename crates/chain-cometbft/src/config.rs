//! What the driver of one chain is told.

use crate::name::is_caip2;
use civitas_ports::{FinalityClass, ForeignError};
use std::time::Duration;

/// Settings of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// CAIP-2 name that every endpoint must have: `cosmos:cosmoshub-4` ([`crate::caip2`]).
    pub chain: String,
    /// Addresses of CometBFT's RPC, `http` or `https`, in the order of preference.
    pub urls: Vec<String>,
    /// When blocks are final. They are as soon as they are there; a depth is waited for all the same.
    pub finality: FinalityClass,
    /// How long one request may take, link included.
    pub request_time_max: Duration,
    /// Bytes of one answer, at most; a block of 100 MiB, the largest that CometBFT allows, is not taken.
    pub response_bytes_max: usize,
    /// Transactions of one block, at most.
    pub transactions_max: usize,
    /// Events of all transactions of one block, at most.
    pub events_max: usize,
    /// How long an endpoint is not asked after it failed or lied, while there is another one.
    pub rest: Duration,
}

impl Config {
    /// Settings with the defaults: 10 s a request, 64 MiB an answer, 100,000 transactions and a million events a block,
    /// 30 s of rest.
    pub fn new(chain: &str, urls: Vec<String>, finality: FinalityClass) -> Self {
        Self {
            chain: chain.to_owned(),
            urls,
            finality,
            request_time_max: Duration::from_secs(10),
            response_bytes_max: 64 * 1024 * 1024,
            transactions_max: 100_000,
            events_max: 1_000_000,
            rest: Duration::from_secs(30),
        }
    }

    /// Whether they can be used.
    pub(crate) fn check(&self) -> Result<(), ForeignError> {
        let wrong = |what: String| Err(ForeignError::Settings { what });
        if !is_caip2(&self.chain) {
            return wrong(format!(
                "{} is no name of a CometBFT chain: cosmos:<chain id>",
                self.chain
            ));
        }
        for url in &self.urls {
            if !["http://", "https://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
            {
                return wrong(format!("{url} is no address of CometBFT's RPC: http or https"));
            }
        }
        Ok(())
    }
}
