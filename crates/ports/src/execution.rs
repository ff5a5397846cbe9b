//! Executing one block.

use crate::{ExecutionError, StateView};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_types::{Header, Height, MainLink, Omission, ReceiptEnvelope, StateDiff, Transaction};
use std::sync::Arc;

/// What to do with a transaction that cannot be executed (nonce, balance, gas left in the block).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Leave it out and record the reason: blocks of our own ledgers.
    Omit,
    /// Refuse the block: blocks of imported Ethereum chains.
    Strict,
}

/// Computes the state root after a part of a block: receipts before Byzantium (EIP-658) hold it.
pub type IntermediateRoot<'a> = &'a (dyn Fn(&StateDiff) -> Result<B256, ExecutionError> + Sync);

/// Everything that a block is executed from, besides the state before it.
#[derive(Clone, Debug)]
pub struct BlockInput {
    /// Height of the block.
    pub height: Height,
    /// Hash of the block before it.
    pub parent_hash: B256,
    /// Milliseconds since the Unix epoch; the block's `TIMESTAMP` is this in whole seconds.
    pub timestamp_ms: u64,
    /// Receives the priority fees.
    pub beneficiary: Address,
    /// `PREVRANDAO`. On our own ledgers the digest of the payload, so that the header is tied to it.
    pub prev_randao: B256,
    /// Difficulty; zero since the merge and on our own ledgers.
    pub difficulty: U256,
    /// Nonce field of the header; zero since the merge and on our own ledgers.
    pub nonce: u64,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// `baseFeePerGas`; none before London.
    pub base_fee: Option<u64>,
    /// Extra data of the header, at most 32 bytes.
    pub extra_data: Bytes,
    /// Root of the beacon block before it (EIP-4788); none before Cancun. Zero on the main ledger of a city; on its
    /// partition ledgers the hash of the main ledger's block, so that the header commits to it.
    pub parent_beacon_block_root: Option<B256>,
    /// The block of the main ledger whose state the city's rules are read from; none but on partition ledgers. `view`
    /// reads the system contracts' storage from that state.
    pub main: Option<MainLink>,
    /// Excess blob gas (EIP-4844); none before Cancun, zero on our own ledgers.
    pub excess_blob_gas: Option<u64>,
    /// Withdrawals (EIP-4895); none before Shanghai, empty on our own ledgers.
    pub withdrawals: Option<Withdrawals>,
    /// Uncles; only imported chains have them.
    pub ommers: Vec<Header>,
    /// The ordered transactions.
    pub transactions: Vec<Arc<Transaction>>,
    /// What happens to transactions that cannot be executed.
    pub policy: Policy,
}

/// What the execution of a block gave.
#[derive(Clone, Debug, Default)]
pub struct ExecutionOutput {
    /// The transactions that were executed.
    pub transactions: Vec<Arc<Transaction>>,
    /// A receipt for each of them.
    pub receipts: Vec<ReceiptEnvelope>,
    /// The transactions that were left out ([`Policy::Omit`]).
    pub omitted: Vec<Omission>,
    /// The difference to the state before the block.
    pub diff: StateDiff,
    /// Gas that the block used.
    pub gas_used: u64,
    /// Blob gas that the block used.
    pub blob_gas_used: u64,
    /// Commitment to the execution requests (EIP-7685); none before Prague.
    pub requests_hash: Option<B256>,
}

/// Executes blocks by the rules of one chain (forks, chain id).
///
/// Pure and deterministic: the output depends on `view` and `input` alone, on every machine.
pub trait Executor: Send + Sync {
    /// Executes `input` on the state behind `view`, which is the one after the block before.
    ///
    /// `root` is needed for blocks before Byzantium only; without it their receipts have a zero post-state.
    ///
    /// # Errors
    /// [`ExecutionError::State`] if the state cannot be read; the other errors only under [`Policy::Strict`].
    fn execute(
        &self,
        view: &dyn StateView,
        input: &BlockInput,
        root: Option<IntermediateRoot<'_>>,
    ) -> Result<ExecutionOutput, ExecutionError>;
}
