//! Settings of the JSON-RPC server of a node. They may differ between nodes and can never hurt safety.

use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};
use thiserror::Error;

/// Settings of the server. Unknown keys are refused; every default stands in [`Config::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens, for HTTP and WebSocket alike.
    pub listen: SocketAddr,
    /// Origins of web pages that may call (CORS), `*` for all. None by default: a page of the internet must not
    /// reach a node on this machine.
    pub cors_origins: Vec<String>,
    /// Names by which the server may be called (`Host` header), a port may be `*`; a single `*` admits all.
    /// Empty: on a loopback address the loopback names only (against DNS rebinding), else all.
    pub allowed_hosts: Vec<String>,
    /// WebSocket connections and HTTP requests at once, at most.
    pub connections_max: u32,
    /// Bytes of a request, at most.
    pub request_bytes_max: u32,
    /// Bytes of a response, at most.
    pub response_bytes_max: u32,
    /// Calls in a batch, at most.
    pub batch_calls_max: u32,
    /// Subscriptions of one connection, at most.
    pub connection_subscriptions_max: u32,
    /// Messages that wait for a slow WebSocket client before it is no longer served, at most.
    pub connection_messages_max: u32,
    /// Bounds of single calls.
    pub limits: Limits,
}

/// Bounds of single calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls that execute the EVM or search history at once, at most. They run beside consensus.
    pub heavy_calls_max: usize,
    /// Calls that wait for one of these places, at most.
    pub heavy_calls_waiting_max: usize,
    /// Milliseconds of one heavy call, at most.
    pub execution_ms_max: u64,
    /// Gas of `eth_call`, `eth_estimateGas` and the like, at most.
    pub call_gas_max: u64,
    /// Blocks of an `eth_getLogs` range, at most.
    pub log_range_blocks_max: u64,
    /// Logs of one answer, at most.
    pub log_results_max: usize,
    /// Blocks of `eth_feeHistory`, at most.
    pub fee_history_blocks_max: u64,
    /// Slots of `eth_getProof` and `eth_getStorageValues`, at most.
    pub slots_max: usize,
    /// Filters at once, at most.
    pub filters_max: usize,
    /// Seconds after which an unused filter is dropped.
    pub filter_idle_seconds_max: u64,
    /// Milliseconds that `eth_sendRawTransactionSync` waits, at most.
    pub sync_wait_ms_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8545),
            cors_origins: Vec::new(),
            allowed_hosts: Vec::new(),
            connections_max: 500,
            request_bytes_max: 15 * 1024 * 1024,
            response_bytes_max: 32 * 1024 * 1024,
            batch_calls_max: 1_000,
            connection_subscriptions_max: 128,
            connection_messages_max: 256,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            heavy_calls_max: 4,
            heavy_calls_waiting_max: 256,
            execution_ms_max: 10_000,
            call_gas_max: 50_000_000,
            log_range_blocks_max: 100_000,
            log_results_max: 20_000,
            fee_history_blocks_max: 1_024,
            slots_max: 1_024,
            filters_max: 1_000,
            filter_idle_seconds_max: 300,
            sync_wait_ms_max: 30_000,
        }
    }
}

impl Limits {
    /// Time of one heavy call.
    pub const fn execution_time(&self) -> Duration {
        Duration::from_millis(self.execution_ms_max)
    }

    /// After which an unused filter is dropped.
    pub const fn filter_idle(&self) -> Duration {
        Duration::from_secs(self.filter_idle_seconds_max)
    }
}

/// A setting that makes no sense.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("rpc.{name} must be above zero")]
pub struct ConfigError {
    /// Name of the setting.
    pub name: &'static str,
}

impl Config {
    /// Checks every bound.
    ///
    /// # Errors
    /// The first setting that is zero and must not be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let limits = &self.limits;
        let rules = [
            ("connections_max", self.connections_max == 0),
            ("request_bytes_max", self.request_bytes_max == 0),
            ("response_bytes_max", self.response_bytes_max == 0),
            ("batch_calls_max", self.batch_calls_max == 0),
            ("connection_messages_max", self.connection_messages_max == 0),
            ("limits.heavy_calls_max", limits.heavy_calls_max == 0),
            ("limits.execution_ms_max", limits.execution_ms_max == 0),
            ("limits.call_gas_max", limits.call_gas_max == 0),
            ("limits.log_range_blocks_max", limits.log_range_blocks_max == 0),
            ("limits.log_results_max", limits.log_results_max == 0),
            (
                "limits.fee_history_blocks_max",
                limits.fee_history_blocks_max == 0,
            ),
        ];
        match rules.into_iter().find(|(_, broken)| *broken) {
            Some((name, _)) => Err(ConfigError { name }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_hold_and_unknown_keys_are_refused() {
        assert_eq!(Config::default().check(), Ok(()));
        assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::default());
        assert!(serde_json::from_str::<Config>(r#"{"batch_calls": 1}"#).is_err());
        assert!(serde_json::from_str::<Config>(r#"{"limits": {"slots": 1}}"#).is_err());
    }

    #[test]
    fn a_zero_bound_is_named() {
        let mut config = Config::default();
        config.limits.heavy_calls_max = 0;
        assert_eq!(
            config.check(),
            Err(ConfigError {
                name: "limits.heavy_calls_max"
            })
        );
    }
}
