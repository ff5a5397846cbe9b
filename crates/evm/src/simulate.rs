//! `eth_simulateV1`: whole blocks of calls on top of the ledger, as if they had been ordered.
//!
//! ```text
//! request ──plan──▶ blocks with numbers and times, gaps filled ──execute──▶ headers, roots, receipts, results
//! ```
//!
//! Blocks follow one another: each sees the state, the hashes and the gas that the ones before left. Without
//! `validation` a call needs no nonce, funds for gas or fee; with it everything but the signature counts, as in a block.
//! The rules and error codes are those of Ethereum's execution-apis, where they leave a choice those of geth.

mod block;
mod error;
mod logs;
mod plan;
mod transaction;

pub use error::SimulationError;
pub use transaction::SimulatedTransaction;

use crate::call::{CallContext, CallError, overlay::Overlay};
use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{B256, Bytes, Log};
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest, state::StateOverride};
use block::BlockRun;
use civitas_ports::IntermediateRoot;

/// Blocks of one simulation, gaps included (execution-apis).
pub const SIMULATED_BLOCKS_MAX: u64 = 256;

/// One block of a simulation as the client asks for it.
#[derive(Clone, Debug, Default)]
pub struct SimulatedBlockRequest {
    /// Fields of the header that the client sets.
    pub overrides: BlockOverrides,
    /// Withdrawals of the block; empty where none are given.
    pub withdrawals: Option<Withdrawals>,
    /// Accounts that are changed before the first call.
    pub state: StateOverride,
    /// The calls in their order.
    pub calls: Vec<TransactionRequest>,
}

/// A simulation as the client asks for it.
#[derive(Clone, Debug, Default)]
pub struct SimulationRequest {
    /// The blocks.
    pub blocks: Vec<SimulatedBlockRequest>,
    /// Reports transfers of ether as logs of `0xeeee...`.
    pub trace_transfers: bool,
    /// Checks calls like the transactions of a block.
    pub validation: bool,
}

/// How the base fee of a block follows from its parent, where the client does not set it and validation is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseFeeRule {
    /// EIP-1559: chains that were imported from Ethereum.
    Ethereum,
    /// The parameter of our own ledgers, in wei.
    Fixed(u64),
}

/// A block that was simulated.
#[derive(Debug)]
pub struct SimulatedBlock {
    /// The header, complete.
    pub header: Header,
    /// Its hash.
    pub hash: B256,
    /// Length of the encoded block in bytes.
    pub size: u64,
    /// The calls as unsigned transactions.
    pub transactions: Vec<SimulatedTransaction>,
    /// What each call gave.
    pub calls: Vec<SimulatedCall>,
    /// The withdrawals; none before Shanghai.
    pub withdrawals: Option<Withdrawals>,
}

/// What one call gave.
#[derive(Debug)]
pub struct SimulatedCall {
    /// What it returned.
    pub return_data: Bytes,
    /// Its logs; none if it failed.
    pub logs: Vec<SimulatedLog>,
    /// Gas used after refunds.
    pub gas_used: u64,
    /// Gas used before refunds.
    pub gas_used_max: u64,
    /// Why it failed, none if it succeeded.
    pub failure: Option<CallError>,
}

/// A log of a simulated call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedLog {
    /// The log.
    pub log: Log,
    /// Its position in the block. Positions of logs that a failed frame threw away are not given again.
    pub index: u64,
}

/// Runs simulations on top of the block of `context`.
#[derive(Clone, Copy)]
pub struct Simulation<'a> {
    /// Where the simulation begins, and what the node spends on it.
    pub context: CallContext<'a>,
    /// Base fee of blocks where nothing else sets it.
    pub base_fee: BaseFeeRule,
    /// Computes the state root of a difference to the state of `context`.
    pub root: IntermediateRoot<'a>,
}

impl Simulation<'_> {
    /// Runs `request`.
    ///
    /// # Errors
    /// See [`SimulationError`]; a call that reverts is part of the result, not an error.
    pub fn run(&self, request: &SimulationRequest) -> Result<Vec<SimulatedBlock>, SimulationError> {
        let planned = plan::plan(self.context.spec, self.context.header, &request.blocks)?;
        let mut overlay = Overlay::new(self.context.view, true);
        overlay.set_block_hash(self.context.header.number, self.context.header.hash_slow());
        let mut gas_left = self.context.limits.gas_max;
        let mut blocks: Vec<SimulatedBlock> = Vec::with_capacity(planned.len());
        for planned in planned {
            let parent = blocks.last().map_or(self.context.header, |block| &block.header);
            let run = BlockRun {
                simulation: self,
                request,
                planned: &planned,
                parent,
            };
            let block = run.execute(&mut overlay, &mut gas_left)?;
            overlay.set_block_hash(block.header.number, block.hash);
            blocks.push(block);
        }
        Ok(blocks)
    }
}
