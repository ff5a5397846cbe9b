//! Bounds of the pool, and the rules of the ledger that it checks transactions against.
//!
//! [`Config`] may differ between nodes; [`Rules`] come from the ledger parameters and are equal on all nodes, so
//! that [`crate::Pool::check_form`] gives one answer everywhere.

use civitas_types::LedgerParameters;
use serde::{Deserialize, Serialize};

/// Settings of one node's pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Transactions, at most.
    pub transactions_max: usize,
    /// Bytes of encoded transactions, at most.
    pub bytes_max: usize,
    /// Transactions of one sender, at most.
    pub sender_transactions_max: usize,
    /// How far a nonce may be ahead of the account's.
    pub nonce_gap_max: u64,
    /// Applied blocks after which queued transactions are dropped if nothing of their sender moved.
    pub queued_blocks_max: u64,
}

impl Config {
    /// Queued transactions that may leave for one newcomer: a full pool may need the room of several small ones
    /// for a large one, but one newcomer must not push out many.
    pub const EVICTED_MAX: usize = 16;

    /// Fees of a replacement must be this many percent above those of the transaction that it replaces.
    pub const REPLACEMENT_PERCENT: u64 = 10;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            // Several full payloads, and about 30 MB of memory.
            transactions_max: 32_768,
            bytes_max: 32 * 1024 * 1024,
            sender_transactions_max: 1_024,
            nonce_gap_max: 1_024,
            // Five minutes of a busy ledger, most of an hour of an idle one.
            queued_blocks_max: 6_000,
        }
    }
}

/// What the ledger allows a transaction to be. Equal on all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// Price of gas in wei.
    pub base_fee: u64,
    /// Bytes of one encoded transaction, at most.
    pub transaction_bytes_max: usize,
    /// Gas limit of one transaction, at most: the block's, or EIP-7825's where it is lower.
    pub transaction_gas_max: u64,
}

impl Rules {
    /// The rules of a ledger. `fork_gas_max` is EIP-7825's bound on the gas limit of a transaction, if the fork
    /// of the ledger has it.
    pub fn of(chain_id: u64, parameters: &LedgerParameters, fork_gas_max: Option<u64>) -> Self {
        Self {
            chain_id,
            base_fee: parameters.base_fee,
            transaction_bytes_max: parameters.transaction_bytes_max as usize,
            transaction_gas_max: parameters.block_gas_max.min(fork_gas_max.unwrap_or(u64::MAX)),
        }
    }
}
