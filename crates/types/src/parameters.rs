//! Ledger parameters: equal on every node, part of the genesis, changed only by the ledger itself.
//!
//! Settings of a single node never stand here (see `NodeConfig` of crate `node`).

use crate::Epochs;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;
use thiserror::Error;

/// How the state of a ledger is committed to in the block header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateCommitment {
    /// Root of the QMDB authenticated store: fast; proofs by `civitas_getProof`.
    #[default]
    Qmdb,
    /// Ethereum's Merkle Patricia trie: `eth_getProof` and foreign light clients work.
    Mpt,
}

/// How the nodes of a ledger agree on the order of payloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderingEngine {
    /// Simplex BFT: safe while fewer than a third of the validators lie, live while two thirds are up.
    #[default]
    Simplex,
    /// One validator alone, without a network. Nobody checks it: for development and single-owner ledgers.
    Solo,
}

/// Parameters of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct LedgerParameters {
    /// How payloads are ordered.
    pub ordering: OrderingEngine,
    /// What the state root of a header is.
    pub state_commitment: StateCommitment,
    /// Gas limit of a block.
    pub block_gas_max: u64,
    /// Bytes of transactions in a payload, at most.
    pub payload_bytes_max: u32,
    /// Transactions in a payload, at most.
    pub payload_transactions_max: u32,
    /// Bytes of one transaction, at most.
    pub transaction_bytes_max: u32,
    /// Price of gas in wei (`baseFeePerGas` of every block). Zero: quotas ration the ledger, not fees.
    pub base_fee: u64,
    /// Milliseconds between two blocks while there is work; zero is as fast as consensus goes.
    pub block_interval_ms: u64,
    /// Milliseconds after which an idle ledger makes an empty block.
    pub heartbeat_ms: u64,
    /// Milliseconds after which validators give up waiting for a leader's payload; above `heartbeat_ms`.
    pub leader_timeout_ms: u64,
    /// Heights of an epoch: the validators can change only between two epochs.
    pub epoch_blocks: u64,
}

impl Default for LedgerParameters {
    fn default() -> Self {
        Self {
            ordering: OrderingEngine::Simplex,
            state_commitment: StateCommitment::Qmdb,
            block_gas_max: 300_000_000,
            payload_bytes_max: 2 * 1024 * 1024,
            payload_transactions_max: 10_000,
            transaction_bytes_max: 128 * 1024,
            base_fee: 0,
            block_interval_ms: 50,
            heartbeat_ms: 1_000,
            leader_timeout_ms: 1_500,
            epoch_blocks: 300,
        }
    }
}

/// A parameter that makes no sense.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("ledger parameter {name} is {value}: it must be {rule}")]
pub struct ParametersError {
    /// Name of the parameter.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// What holds for it.
    pub rule: &'static str,
}

impl LedgerParameters {
    /// Checks every bound.
    ///
    /// # Errors
    /// The first parameter that is out of its bounds.
    pub fn check(&self) -> Result<(), ParametersError> {
        let rules = [
            (
                "blockGasMax",
                self.block_gas_max,
                self.block_gas_max >= 30_000_000,
                "at least 30000000",
            ),
            (
                "payloadBytesMax",
                self.payload_bytes_max.into(),
                (262_144..=8_388_608).contains(&self.payload_bytes_max),
                "between 262144 and 8388608",
            ),
            (
                "payloadTransactionsMax",
                self.payload_transactions_max.into(),
                (1..=100_000).contains(&self.payload_transactions_max),
                "between 1 and 100000",
            ),
            (
                "transactionBytesMax",
                self.transaction_bytes_max.into(),
                (1_024..=self.payload_bytes_max / 2).contains(&self.transaction_bytes_max),
                "between 1024 and half of payloadBytesMax",
            ),
            (
                "blockIntervalMs",
                self.block_interval_ms,
                self.block_interval_ms < self.heartbeat_ms,
                "below heartbeatMs",
            ),
            (
                "heartbeatMs",
                self.heartbeat_ms,
                self.heartbeat_ms < self.leader_timeout_ms,
                "below leaderTimeoutMs",
            ),
            (
                "leaderTimeoutMs",
                self.leader_timeout_ms,
                self.leader_timeout_ms <= 60_000,
                "at most 60000",
            ),
            (
                "epochBlocks",
                self.epoch_blocks,
                (4..=1_000_000).contains(&self.epoch_blocks),
                "between 4 and 1000000",
            ),
        ];
        match rules.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((name, value, _, rule)) => Err(ParametersError { name, value, rule }),
            None => Ok(()),
        }
    }

    /// How the heights of the ledger are divided into epochs.
    pub const fn epochs(&self) -> Epochs {
        match NonZeroU64::new(self.epoch_blocks) {
            Some(blocks) => Epochs::new(blocks),
            // Such parameters do not pass `check`.
            None => Epochs::new(NonZeroU64::MIN),
        }
    }
}
