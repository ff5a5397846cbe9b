//! Executing one block: system calls, transactions, withdrawals and rewards, by the rules of its fork.
//!
//! One overlay ([`BlockState`]) and one EVM serve the whole block. A transaction that cannot be executed changes
//! nothing: it is left out with its reason ([`Policy::Omit`]) or makes the block invalid ([`Policy::Strict`]).

use crate::{
    access::{Gate, Memory},
    collision::CreationGuard,
    crypto,
    diff::BlockState,
    environment::{header_before_execution, transaction_environment},
    error::{ExecutionFailure, Unexecutable},
    spec::ChainSpec,
    system::CityPrecompiles,
    system_calls::{self, PreBlock},
};
use alloy_consensus::{Eip658Value, Receipt, Transaction as _, TxType};
use alloy_evm::{
    block::state_changes::post_block_balance_increments,
    eth::{dao_fork, spec::EthExecutorSpec},
};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks};
use alloy_primitives::{Address, B256};
use civitas_ports::{
    BlockInput, ExecutionError, ExecutionOutput, Executor, IntermediateRoot, Policy, StateView,
};
use civitas_types::{Omission, ReceiptEnvelope, StateDiff, Transaction};
use revm::{
    Context, DatabaseCommit, ExecuteEvm, InspectEvm, MainBuilder, MainContext,
    context::{ContextTr, Evm},
    context_interface::result::ExecutionResult,
    database_interface::DatabaseCommitExt,
    handler::{EthFrame, EthPrecompiles, MainnetContext, instructions::EthInstructions},
    interpreter::interpreter::EthInterpreter,
    primitives::hardfork::SpecId,
};
use std::sync::Arc;

/// The EVM of a block over the database `DB`, observed by `I`.
pub type BlockEvm<DB, I = ()> = Evm<
    MainnetContext<DB>,
    I,
    EthInstructions<EthInterpreter, MainnetContext<DB>>,
    CityPrecompiles<EthPrecompiles>,
    EthFrame<EthInterpreter>,
>;

/// Uncles in a block, at most (Yellow Paper, 11.1).
const OMMERS_MAX: usize = 2;
/// Generations that an uncle may be older than its block, at most (Yellow Paper, 11.1).
const OMMER_AGE_MAX: u64 = 6;

/// Executes blocks of one chain.
#[derive(Clone, Debug)]
pub struct EvmExecutor {
    spec: Arc<ChainSpec>,
    memory: Arc<Memory>,
}

impl EvmExecutor {
    /// An executor by the rules of `spec`.
    pub fn new(spec: Arc<ChainSpec>) -> Self {
        crypto::install();
        Self {
            spec,
            memory: Arc::default(),
        }
    }

    /// The rules.
    pub const fn spec(&self) -> &Arc<ChainSpec> {
        &self.spec
    }
}

impl Executor for EvmExecutor {
    fn execute(
        &self,
        view: &dyn StateView,
        input: &BlockInput,
        root: Option<IntermediateRoot<'_>>,
    ) -> Result<ExecutionOutput, ExecutionError> {
        let mut execution = BlockExecution::new(&self.spec, view, input).remembering(self.memory.clone());
        let mut output = ExecutionOutput {
            transactions: Vec::with_capacity(input.transactions.len()),
            receipts: Vec::with_capacity(input.transactions.len()),
            ..ExecutionOutput::default()
        };
        execution.begin().map_err(block_error)?;
        for (index, transaction) in input.transactions.iter().enumerate() {
            match execution.execute_transaction(transaction) {
                Ok(mut receipt) => {
                    execution.set_post_state(&mut receipt, root)?;
                    output.receipts.push(receipt);
                    output.transactions.push(Arc::clone(transaction));
                }
                Err(ExecutionFailure::Unexecutable(reason)) => match input.policy {
                    Policy::Omit => output.omitted.push(Omission {
                        transaction: transaction.hash(),
                        reason: reason.to_string(),
                    }),
                    Policy::Strict => {
                        let reason = reason.to_string();
                        return Err(ExecutionError::InvalidTransaction { index, reason });
                    }
                },
                Err(failure) => return Err(block_error(failure)),
            }
        }
        output.requests_hash = execution.finish(&output.receipts).map_err(block_error)?;
        output.gas_used = execution.gas_used;
        output.blob_gas_used = execution.blob_gas_used;
        output.diff = execution.diff();
        Ok(output)
    }
}

/// One block in progress. [`EvmExecutor`] drives it; tests of single transactions can drive it themselves.
pub struct BlockExecution<'a> {
    spec: &'a ChainSpec,
    input: &'a BlockInput,
    evm: BlockEvm<BlockState<'a>, CreationGuard>,
    gate: Option<Gate>,
    fork: SpecId,
    blob_gas_max: u64,
    gas_used: u64,
    blob_gas_used: u64,
}

impl<'a> BlockExecution<'a> {
    /// The block of `input` on the state behind `view`, before anything of it is executed.
    pub fn new(spec: &'a ChainSpec, view: &'a dyn StateView, input: &'a BlockInput) -> Self {
        let header = header_before_execution(input);
        let environment = spec.environment(&header);
        let fork = environment.cfg_env.spec;
        let mut state = BlockState::new(spec, view, header.number, input.parent_hash);
        state.reserve(input.transactions.len());
        let evm = Context::mainnet()
            .with_block(environment.block_env)
            .with_cfg(environment.cfg_env)
            .with_db(state)
            .build_mainnet_with_inspector(CreationGuard::default())
            .with_precompiles(CityPrecompiles::new(
                EthPrecompiles::new(fork),
                spec.system_contracts(),
            ));
        let blob_params = spec.blob_params(header.timestamp);
        Self {
            spec,
            input,
            evm,
            gate: Gate::of(spec, input),
            fork,
            blob_gas_max: blob_params.map_or(0, |params| params.max_blob_gas_per_block()),
            gas_used: 0,
            blob_gas_used: 0,
        }
    }

    /// Remembers what the ledger says of senders beyond this block.
    #[must_use]
    pub(crate) fn remembering(mut self, memory: Arc<Memory>) -> Self {
        self.gate = self.gate.map(|gate| gate.remembering(memory));
        self
    }

    /// The system calls before the transactions.
    ///
    /// # Errors
    /// [`ExecutionFailure::State`] and [`ExecutionFailure::InvalidBlock`].
    pub fn begin(&mut self) -> Result<(), ExecutionFailure> {
        let needs_root = self.fork.is_enabled_in(SpecId::CANCUN) && self.input.height.get() > 0;
        if needs_root && self.input.parent_beacon_block_root.is_none() {
            return Err(invalid_block(
                "the root of the parent beacon block is missing (EIP-4788)",
            ));
        }
        let block = PreBlock {
            number: self.input.height.get(),
            parent_hash: self.input.parent_hash,
            parent_beacon_block_root: self.input.parent_beacon_block_root,
        };
        system_calls::apply_before_transactions(&mut self.evm, block)?;
        match &self.gate {
            Some(gate) => gate.begin(&mut self.evm),
            None => Ok(()),
        }
    }

    /// Executes the next transaction. After an error nothing of it is left.
    ///
    /// # Errors
    /// See [`ExecutionFailure`].
    pub fn execute_transaction(
        &mut self,
        transaction: &Transaction,
    ) -> Result<ReceiptEnvelope, ExecutionFailure> {
        let blob_gas = self.check_room(transaction)?;
        if let Some(gate) = &mut self.gate {
            gate.admit(self.evm.ctx.db_mut(), transaction)?;
        }
        let environment = transaction_environment(transaction);
        let outcome = if self.spec.has_storage_only_accounts() {
            self.evm.inspect_tx(environment)?
        } else {
            self.evm.transact(environment)?
        };
        self.evm.ctx.db_mut().commit(outcome.state);
        self.gas_used = self.gas_used.saturating_add(outcome.result.gas().tx_gas_used());
        self.blob_gas_used = self.blob_gas_used.saturating_add(blob_gas);
        if let Some(gate) = &mut self.gate {
            gate.used(outcome.result.gas().tx_gas_used());
        }
        Ok(receipt(transaction, outcome.result, self.gas_used))
    }

    /// Everything after the transactions: requests, withdrawals, rewards. Gives the hash of the requests from Prague
    /// on (EIP-7685).
    ///
    /// # Errors
    /// [`ExecutionFailure::State`] and [`ExecutionFailure::InvalidBlock`].
    pub fn finish(&mut self, receipts: &[ReceiptEnvelope]) -> Result<Option<B256>, ExecutionFailure> {
        let mut requests_hash = None;
        if self.fork.is_enabled_in(SpecId::PRAGUE) {
            let requests = system_calls::collect_requests(self, receipts, self.input.policy)?;
            requests_hash = Some(requests.requests_hash());
        }
        self.check_ommers()?;
        let mut increments = post_block_balance_increments(
            self.spec,
            &self.evm.ctx.block,
            &self.input.ommers,
            self.input.withdrawals.as_ref().map(|all| all.as_slice()),
        );
        let dao_fork = self.spec.ethereum_fork_activation(EthereumHardfork::Dao);
        let state = self.evm.ctx.db_mut();
        if dao_fork.transitions_at_block(self.input.height.get()) {
            let drained = state.drain_balances(dao_fork::DAO_HARDFORK_ACCOUNTS)?;
            let refund = increments.entry(dao_fork::DAO_HARDFORK_BENEFICIARY).or_default();
            *refund = refund.saturating_add(drained.into_iter().sum());
        }
        state.increment_balances(increments)?;
        if let Some(gate) = self.gate.take() {
            gate.finish(&mut self.evm)?;
        }
        Ok(requests_hash)
    }

    /// The difference to the state before the block, so far.
    pub fn diff(&self) -> StateDiff {
        self.evm.ctx.db_ref().diff()
    }

    /// Gas used so far.
    pub const fn gas_used(&self) -> u64 {
        self.gas_used
    }

    pub(crate) const fn evm_mut(&mut self) -> &mut BlockEvm<BlockState<'a>, CreationGuard> {
        &mut self.evm
    }

    pub(crate) fn deposit_contract(&self) -> Option<Address> {
        self.spec.deposit_contract_address()
    }

    /// Whether the block still has the gas and blob gas that the transaction may use. Gives its blob gas.
    fn check_room(&self, transaction: &Transaction) -> Result<u64, Unexecutable> {
        let envelope = transaction.envelope();
        let available = self.input.gas_limit.saturating_sub(self.gas_used);
        let gas_limit = envelope.gas_limit();
        if envelope.is_eip4844() && self.input.policy == Policy::Omit {
            return Err(Unexecutable::BlobUnsupported);
        }
        if gas_limit > available {
            return Err(Unexecutable::BlockGasExhausted { gas_limit, available });
        }
        let needed = envelope.blob_gas_used().unwrap_or(0);
        let available = self.blob_gas_max.saturating_sub(self.blob_gas_used);
        if needed > available && self.fork.is_enabled_in(SpecId::CANCUN) {
            return Err(Unexecutable::BlobGasExhausted { needed, available });
        }
        Ok(needed)
    }

    fn check_ommers(&self) -> Result<(), ExecutionFailure> {
        let ommers = &self.input.ommers;
        if ommers.is_empty() {
            return Ok(());
        }
        if self.spec.is_paris_active_at_block(self.input.height.get()) {
            return Err(invalid_block("there are no uncles after the merge (EIP-3675)"));
        }
        let age = |number: u64| self.input.height.get().checked_sub(number);
        let in_range = |number: u64| age(number).is_some_and(|age| (1..=OMMER_AGE_MAX).contains(&age));
        if ommers.len() > OMMERS_MAX || !ommers.iter().all(|ommer| in_range(ommer.number)) {
            return Err(invalid_block("too many or too old uncles"));
        }
        Ok(())
    }

    /// Before Byzantium a receipt holds the state root after its transaction instead of a status.
    fn set_post_state(
        &self,
        receipt: &mut ReceiptEnvelope,
        root: Option<IntermediateRoot<'_>>,
    ) -> Result<(), ExecutionError> {
        if self.fork.is_enabled_in(SpecId::BYZANTIUM) {
            return Ok(());
        }
        let root = match root {
            Some(root) => root(&self.diff())?,
            None => B256::ZERO,
        };
        // The other forms of transactions came long after Byzantium.
        if let ReceiptEnvelope::Legacy(legacy) = receipt {
            legacy.receipt.status = Eip658Value::PostState(root);
        }
        Ok(())
    }
}

fn receipt(transaction: &Transaction, result: ExecutionResult, cumulative_gas_used: u64) -> ReceiptEnvelope {
    let receipt = Receipt {
        status: Eip658Value::Eip658(result.is_success()),
        cumulative_gas_used,
        logs: result.into_logs(),
    }
    .with_bloom();
    match transaction.envelope().tx_type() {
        TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
        TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
        TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
        TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
        TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
    }
}

fn invalid_block(reason: &str) -> ExecutionFailure {
    ExecutionFailure::InvalidBlock {
        reason: reason.to_owned(),
    }
}

fn block_error(failure: ExecutionFailure) -> ExecutionError {
    match failure {
        ExecutionFailure::State(error) => ExecutionError::State(error),
        ExecutionFailure::InvalidBlock { reason } => ExecutionError::InvalidBlock { reason },
        ExecutionFailure::Unexecutable(reason) => ExecutionError::InvalidBlock {
            reason: reason.to_string(),
        },
    }
}
