//! The city's system contracts inside the EVM.
//!
//! They run where Ethereum runs its precompiles ([`CityPrecompiles`]), on the journal of the execution, so that a
//! revert undoes their writes and events like those of any contract. The same place refuses calls of contracts that
//! Control has closed, from accounts and from other contracts alike.
//!
//! [`DatabaseHost`] reads the state of system contracts where no execution is going on.

use crate::{database::StateDatabase, environment::MILLISECONDS_PER_SECOND};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use alloy_sol_types::{SolError, sol};
use civitas_ports::{StateError, StateView};
use civitas_system_contracts::{
    Call, access,
    address::PARTITION,
    contract_at, control, erc1056,
    fault::{Fault, OnlyOnMainLedger},
    host::{BlockContext, Host, LedgerKind},
    partition::MAIN_HEIGHT_SLOT,
};
use revm::{
    Database,
    context_interface::{Block as _, Cfg, ContextTr, JournalTr, context::ContextError},
    handler::PrecompileProvider,
    interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult},
    primitives::AddressSet,
};

/// Slots that one judgement or question reads, at most. The longest question, all ledgers with all their members,
/// reads some 71,000.
const LOADS_MAX: u32 = 100_000;
/// Blocks whose hashes a contract can ask for (`BLOCKHASH`).
const BLOCK_HASHES: u64 = 256;

sol! {
    /// The contract is frozen or retired.
    error ContractClosed(address target);
    /// System contracts keep their own storage: they cannot be called by DELEGATECALL or CALLCODE.
    error DelegateCallNotSupported(address target);
}

/// The precompiles of a fork and the system contracts of the city.
#[derive(Clone, Debug)]
pub struct CityPrecompiles<P> {
    precompiles: P,
    system_contracts: SystemContracts,
}

impl<P> CityPrecompiles<P> {
    /// `precompiles`, and the system contracts if the chain has them.
    pub(crate) const fn new(precompiles: P, system_contracts: SystemContracts) -> Self {
        Self {
            precompiles,
            system_contracts,
        }
    }
}

/// Whether a chain has the system contracts: our own ledgers do, imported Ethereum chains do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemContracts {
    /// The main ledger of a city.
    Present,
    /// A partition ledger: the contracts only answer, from the main ledger's state.
    OfMain,
    /// An Ethereum chain.
    Absent,
}

impl SystemContracts {
    pub(crate) const fn ledger_kind(self) -> LedgerKind {
        match self {
            Self::OfMain => LedgerKind::Partition,
            Self::Present | Self::Absent => LedgerKind::Main,
        }
    }
}

impl<CTX, P> PrecompileProvider<CTX> for CityPrecompiles<P>
where
    CTX: ContextTr,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <CTX::Cfg as Cfg>::Spec) -> bool {
        self.precompiles.set_spec(spec)
    }

    fn run(&mut self, context: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        if self.system_contracts == SystemContracts::Absent {
            return self.precompiles.run(context, inputs);
        }
        let is_system_contract = contract_at(&inputs.bytecode_address).is_some();
        if !is_system_contract && let Some(result) = self.precompiles.run(context, inputs)? {
            return Ok(Some(result));
        }
        let ledger = self.system_contracts.ledger_kind();
        let block = match block_context(context, ledger) {
            Ok(block) => block,
            Err(error) => {
                *context.error() = Err(ContextError::Db(error));
                return Ok(Some(halt(InstructionResult::FatalExternalError, gas_of(inputs))));
            }
        };
        if is_system_contract {
            return Ok(Some(run_system_contract(context, inputs, block)));
        }
        if ledger == LedgerKind::Partition && changes_registry(context, inputs) {
            let output = OnlyOnMainLedger {}.abi_encode().into();
            return Ok(Some(result(InstructionResult::Revert, gas_of(inputs), output)));
        }
        Ok(refuse_closed(context, inputs, block))
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.precompiles.warm_addresses()
    }

    fn contains(&self, address: &Address) -> bool {
        self.precompiles.contains(address)
    }
}

const fn gas_of(inputs: &CallInputs) -> Gas {
    Gas::new_with_regular_gas_and_reservoir(inputs.gas_limit, inputs.reservoir)
}

/// Whether a call would write the ERC-1056 registry's own storage. On a partition ledger that storage is the main
/// ledger's: only the functions that answer can be called.
fn changes_registry<CTX: ContextTr>(context: &mut CTX, inputs: &CallInputs) -> bool {
    inputs.target_address == erc1056::ADDRESS && {
        let data = inputs.input.as_bytes(context);
        !erc1056::answers(data.first_chunk::<4>().copied().unwrap_or_default())
    }
}

fn run_system_contract<CTX: ContextTr>(
    context: &mut CTX,
    inputs: &CallInputs,
    block: BlockContext,
) -> InterpreterResult {
    let target = inputs.bytecode_address;
    let gas = gas_of(inputs);
    if inputs.target_address != target {
        let output = DelegateCallNotSupported { target }.abi_encode().into();
        return result(InstructionResult::Revert, gas, output);
    }
    if gas.remaining() < civitas_system_contracts::price(inputs.input.len()) {
        return halt(InstructionResult::PrecompileOOG, gas);
    }
    let data = Bytes::copy_from_slice(&inputs.input.as_bytes(context));
    let mut host = JournalHost {
        gas,
        // What a partition ledger wrote here would be lost: it is the main ledger's storage that is read.
        read_only: inputs.is_static || block.ledger == LedgerKind::Partition,
        block,
        context,
    };
    let call = Call {
        caller: inputs.caller,
        value: inputs.call_value(),
        data: &data,
    };
    let outcome = civitas_system_contracts::run(&mut host, target, &call);
    let gas = host.gas;
    match outcome {
        Ok(output) => result(InstructionResult::Return, gas, output),
        Err(Fault::Refused(output)) => result(InstructionResult::Revert, gas, output),
        Err(Fault::OutOfGas) => halt(InstructionResult::PrecompileOOG, gas),
        Err(Fault::ReadOnly) => halt(InstructionResult::StateChangeDuringStaticCall, gas),
        // The error stands in the context, which ends the execution.
        Err(Fault::State(reason)) => {
            if context.error().is_ok() {
                *context.error() = Err(ContextError::Custom(reason));
            }
            halt(InstructionResult::FatalExternalError, gas)
        }
    }
}

/// A refusal if Control has closed the contract that is called.
fn refuse_closed<CTX: ContextTr>(
    context: &mut CTX,
    inputs: &CallInputs,
    block: BlockContext,
) -> Option<InterpreterResult> {
    let target = inputs.bytecode_address;
    // Read below the journal: the look changes neither what is warm (EIP-2929) nor what a transaction touched.
    let mut host = DatabaseHost::new(context.journal_mut().db_mut(), block);
    let has_code = !inputs.known_bytecode.1.is_empty();
    let closed = match access::is_refused(&mut host, target) {
        // What a frozen account's own code does, the account does (contract wallets, EIP-7702).
        Ok(false) if has_code => control::may_act(&mut host, target).map(|may| !may),
        closed => closed,
    };
    let error = host.error.take();
    let gas = gas_of(inputs);
    if let Some(error) = error {
        *context.error() = Err(ContextError::Db(error));
        return Some(halt(InstructionResult::FatalExternalError, gas));
    }
    let refused = closed.unwrap_or(true);
    refused.then(|| {
        let output = ContractClosed { target }.abi_encode().into();
        result(InstructionResult::Revert, gas, output)
    })
}

pub(crate) fn block_context<CTX: ContextTr>(
    context: &mut CTX,
    ledger: LedgerKind,
) -> Result<BlockContext, <CTX::Db as Database>::Error> {
    let block = context.block();
    let block = BlockContext {
        chain_id: context.cfg().chain_id(),
        height: block.number().saturating_to(),
        timestamp: block.timestamp().saturating_to(),
        ledger,
    };
    // Below the journal, as in `refuse_closed`.
    of_main(context.journal_mut().db_mut(), block)
}

/// The same block with the height that the system contracts see: on a partition ledger that of the main ledger's block
/// whose state they are.
pub(crate) fn of_main<DB: Database>(
    database: &mut DB,
    block: BlockContext,
) -> Result<BlockContext, DB::Error> {
    match block.ledger {
        LedgerKind::Main => Ok(block),
        LedgerKind::Partition => Ok(BlockContext {
            height: database.storage(PARTITION, MAIN_HEIGHT_SLOT)?.saturating_to(),
            ..block
        }),
    }
}

const fn result(result: InstructionResult, gas: Gas, output: Bytes) -> InterpreterResult {
    InterpreterResult { result, output, gas }
}

fn halt(instruction: InstructionResult, mut gas: Gas) -> InterpreterResult {
    gas.spend_all();
    result(instruction, gas, Bytes::new())
}

/// The journal of an execution, as system contracts see it.
pub(crate) struct JournalHost<'a, CTX> {
    pub(crate) context: &'a mut CTX,
    pub(crate) gas: Gas,
    pub(crate) read_only: bool,
    pub(crate) block: BlockContext,
}

impl<CTX: ContextTr> JournalHost<'_, CTX> {
    /// Keeps the journal's error for the execution, which ends with it.
    fn state<T>(&mut self, read: Result<T, <CTX::Db as Database>::Error>) -> Result<T, Fault> {
        read.map_err(|error| {
            let text = error.to_string();
            *self.context.error() = Err(ContextError::Db(error));
            Fault::State(text)
        })
    }
}

impl<CTX: ContextTr> Host for JournalHost<'_, CTX> {
    fn block(&self) -> BlockContext {
        self.block
    }

    fn charge(&mut self, amount: u64) -> Result<(), Fault> {
        if self.gas.record_regular_cost(amount) {
            return Ok(());
        }
        Err(Fault::OutOfGas)
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, Fault> {
        let loaded = self.context.journal_mut().load_account(contract).map(|_| ());
        self.state(loaded)?;
        let value = self.context.journal_mut().sload(contract, slot);
        Ok(self.state(value)?.data)
    }

    fn store(&mut self, contract: Address, slot: U256, value: U256) -> Result<(), Fault> {
        if self.read_only {
            return Err(Fault::ReadOnly);
        }
        let loaded = self.context.journal_mut().load_account(contract).map(|_| ());
        self.state(loaded)?;
        self.context.journal_mut().touch_account(contract);
        let stored = self
            .context
            .journal_mut()
            .sstore(contract, slot, value)
            .map(|_| ());
        self.state(stored)
    }

    fn emit(&mut self, contract: Address, log: LogData) -> Result<(), Fault> {
        if self.read_only {
            return Err(Fault::ReadOnly);
        }
        self.context.journal_mut().log(Log {
            address: contract,
            data: log,
        });
        Ok(())
    }

    fn block_hash(&mut self, height: u64) -> Result<B256, Fault> {
        if !is_recent(self.block().height, height) {
            return Ok(B256::ZERO);
        }
        let hash = self.context.journal_mut().db_mut().block_hash(height);
        self.state(hash)
    }
}

const fn is_recent(current: u64, height: u64) -> bool {
    height < current && current - height <= BLOCK_HASHES
}

/// A database, as system contracts see it: reads only, free of charge.
///
/// Calls can override storage with anything, so the number of reads is bounded.
pub(crate) struct DatabaseHost<'a, DB: Database> {
    pub(crate) database: &'a mut DB,
    pub(crate) block: BlockContext,
    loads_left: u32,
    /// The error behind a [`Fault::State`].
    pub(crate) error: Option<DB::Error>,
}

impl<'a, DB: Database> DatabaseHost<'a, DB> {
    pub(crate) const fn new(database: &'a mut DB, block: BlockContext) -> Self {
        Self {
            database,
            block,
            loads_left: LOADS_MAX,
            error: None,
        }
    }

    fn state<T>(&mut self, read: Result<T, DB::Error>) -> Result<T, Fault> {
        read.map_err(|error| {
            let text = error.to_string();
            self.error = Some(error);
            Fault::State(text)
        })
    }
}

impl<DB: Database> Host for DatabaseHost<'_, DB> {
    fn block(&self) -> BlockContext {
        self.block
    }

    fn charge(&mut self, _: u64) -> Result<(), Fault> {
        Ok(())
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, Fault> {
        self.loads_left = self.loads_left.checked_sub(1).ok_or(Fault::OutOfGas)?;
        let value = self.database.storage(contract, slot);
        self.state(value)
    }

    fn store(&mut self, _: Address, _: U256, _: U256) -> Result<(), Fault> {
        Err(Fault::ReadOnly)
    }

    fn emit(&mut self, _: Address, _: LogData) -> Result<(), Fault> {
        Err(Fault::ReadOnly)
    }

    fn block_hash(&mut self, height: u64) -> Result<B256, Fault> {
        if !is_recent(self.block.height, height) {
            return Ok(B256::ZERO);
        }
        let hash = self.database.block_hash(height);
        self.state(hash)
    }
}

/// Asks the system contracts for something outside of any execution: on the state behind `view`, whose block has the
/// time `timestamp_ms` (milliseconds since the Unix epoch).
///
/// # Errors
/// What the state gives, and [`StateError::Storage`] where a contract refuses.
pub fn ask<T>(
    view: &dyn StateView,
    timestamp_ms: u64,
    question: impl FnOnce(&mut dyn Host) -> Result<T, Fault>,
) -> Result<T, StateError> {
    let block = BlockContext {
        // No contract reads the chain id to answer a question.
        chain_id: 0,
        height: view.height().get(),
        timestamp: timestamp_ms / MILLISECONDS_PER_SECOND,
        // Nor the height, but what is asked only inside of an execution.
        ledger: LedgerKind::Main,
    };
    let mut database = StateDatabase::new(view);
    let mut host = DatabaseHost::new(&mut database, block);
    let answer = question(&mut host);
    match host.error {
        Some(error) => Err(error.0),
        None => answer.map_err(|fault| StateError::Storage(fault.into())),
    }
}
