//! What the driver of one chain is told.

use civitas_ports::{FinalityClass, ForeignError};
use std::time::Duration;

/// The most that a transaction pays for a unit of gas, in wei, unless the settings say otherwise: 500 gwei, which even busy public chains
/// ask for only on their worst days. What an endpoint says of prices is not proven: without a bound, one that lies spends all that an
/// account has.
pub const FEE_MAX_WEI: u128 = 500_000_000_000;

/// Settings of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Chain id (EIP-155) that every endpoint must have.
    pub chain_id: u64,
    /// Addresses of JSON-RPC, `http`, `https`, `ws` or `wss`, in the order of preference.
    pub urls: Vec<String>,
    /// When blocks are final.
    pub finality: FinalityClass,
    /// How long one request may take, link included.
    pub request_time_max: Duration,
    /// Bytes of one answer, at most; the receipts of the largest blocks are some ten megabytes.
    pub response_bytes_max: u32,
    /// Transactions of one block, at most.
    pub transactions_max: usize,
    /// How long an endpoint is not asked after it failed or lied, while there is another one.
    pub rest: Duration,
    /// How long a transaction of an account may wait before a dearer one takes its place.
    pub replace_after: Duration,
    /// The most that a transaction of an account pays for a unit of gas, tip included, in wei of the chain.
    pub fee_max_wei: u128,
}

impl Config {
    /// Settings with the defaults: 10 s a request, 64 MiB an answer, 100,000 transactions a block, 30 s of rest and until a transaction is
    /// replaced, [`FEE_MAX_WEI`] a unit of gas.
    pub fn new(chain_id: u64, urls: Vec<String>, finality: FinalityClass) -> Self {
        Self {
            chain_id,
            urls,
            finality,
            request_time_max: Duration::from_secs(10),
            response_bytes_max: 64 * 1024 * 1024,
            transactions_max: 100_000,
            rest: Duration::from_secs(30),
            replace_after: Duration::from_secs(30),
            fee_max_wei: FEE_MAX_WEI,
        }
    }

    /// Whether they can be used.
    pub(crate) fn check(&self) -> Result<(), ForeignError> {
        let wrong = |what: String| Err(ForeignError::Settings { what });
        let known = ["http://", "https://", "ws://", "wss://"];
        for url in &self.urls {
            if !known.iter().any(|scheme| url.starts_with(scheme)) {
                return wrong(format!("{url} is no address of JSON-RPC: http, https, ws or wss"));
            }
        }
        Ok(())
    }
}
