//! Executing transactions that never become part of the ledger: `eth_call`, `eth_estimateGas`, `eth_createAccessList`.
//!
//! A call runs on the state after one block, in the environment of that block, with what the client wants to be
//! different. It may ask for more gas than a transaction could, its sender needs no signature, no right nonce and,
//! where it names no price, no funds. The node bounds it: in gas, and in time by a flag (see [`CallLimits`]).

mod access_list;
pub(crate) mod bounds;
mod error;
mod estimate;
pub(crate) mod overlay;
pub(crate) mod overrides;
pub(crate) mod precompiles;
pub(crate) mod request;

pub use access_list::AccessListOutcome;
pub use error::{CallError, RequestError, halt_text, revert_reason};
pub use overrides::OverrideError;

use crate::{
    access::{JudgementError, judge_call},
    database::DatabaseError,
    spec::ChainSpec,
    system::{SystemContracts, of_main},
};
use alloy_consensus::Header;
use alloy_evm::{Evm, EvmEnv, eth::EthEvmContext};
use alloy_primitives::{Address, Bytes, U256};
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest, state::StateOverride};
use bounds::TimeLimit;
use civitas_ports::StateView;
use civitas_system_contracts::{access::Intent, host::BlockContext};
use overlay::Overlay;
use precompiles::{PrecompileChanges, call_evm};
use request::CallDefaults;
use revm::{
    Inspector,
    context::TxEnv,
    context_interface::result::{EVMError, ExecutionResult, InvalidTransaction},
    inspector::NoOpInspector,
    primitives::hardfork::SpecId,
    state::EvmState,
};

/// Says whether the time of a call is over. Once it says so, it must go on to say so.
pub type TimeOver<'a> = &'a (dyn Fn() -> bool + Sync);

/// What a node spends on one call.
#[derive(Clone, Copy)]
pub struct CallLimits<'a> {
    /// Gas, at most; also the gas limit of calls that name none.
    pub gas_max: u64,
    /// Asked every few hundred instructions; the call ends with [`CallError::TimedOut`] when the time is over.
    pub is_over: TimeOver<'a>,
}

impl CallLimits<'_> {
    pub(crate) fn check_time(&self) -> Result<(), CallError> {
        if (self.is_over)() {
            return Err(CallError::TimedOut);
        }
        Ok(())
    }
}

/// What the client wants to be different.
#[derive(Clone, Debug, Default)]
pub struct CallOverrides {
    /// Accounts.
    pub state: Option<StateOverride>,
    /// Fields of the block.
    pub block: Option<BlockOverrides>,
}

/// Where calls run: after the block of `header`, whose state is `view`.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    /// Rules of the chain.
    pub spec: &'a ChainSpec,
    /// State after the block.
    pub view: &'a dyn StateView,
    /// The block's header; calls see its number and time.
    pub header: &'a Header,
    /// What the node spends.
    pub limits: CallLimits<'a>,
}

/// State and environment with the overrides in place; any number of executions start from it.
pub(crate) struct Preparation<'a> {
    pub(crate) overlay: Overlay<'a>,
    pub(crate) environment: EvmEnv,
    pub(crate) header: Header,
    pub(crate) precompiles: PrecompileChanges,
}

/// What an execution gave.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(crate) result: ExecutionResult,
    pub(crate) state: EvmState,
}

impl Execution {
    /// Gas used after refunds.
    pub(crate) const fn gas_used(&self) -> u64 {
        self.result.gas().tx_gas_used()
    }

    /// Gas used before refunds.
    pub(crate) fn gas_used_max(&self) -> u64 {
        let gas = self.result.gas();
        gas.total_gas_spent().max(gas.floor_gas())
    }

    /// Why it failed, none if it succeeded.
    pub(crate) fn failure(&self) -> Option<CallError> {
        match &self.result {
            ExecutionResult::Success { .. } => None,
            ExecutionResult::Revert { output, .. } => Some(CallError::Reverted {
                output: output.clone(),
            }),
            ExecutionResult::Halt { reason, .. } => Some(CallError::Halted {
                reason: reason.clone(),
            }),
        }
    }
}

impl<'a> CallContext<'a> {
    /// Executes `request` and gives what it returns.
    ///
    /// # Errors
    /// See [`CallError`]; a revert is [`CallError::Reverted`].
    pub fn call(&self, request: &TransactionRequest, overrides: &CallOverrides) -> Result<Bytes, CallError> {
        let preparation = self.prepare(overrides)?;
        let transaction = self.transaction(&preparation, request)?;
        let (execution, _) = self.execute(&preparation, transaction, NoOpInspector)?;
        match execution.failure() {
            Some(error) => Err(error),
            None => Ok(execution.result.into_output().unwrap_or_default()),
        }
    }

    pub(crate) fn prepare(&self, overrides: &CallOverrides) -> Result<Preparation<'a>, CallError> {
        self.limits.check_time()?;
        self.prepare_on(Overlay::new(self.view, true), overrides)
    }

    /// Puts the overrides on a state that may have changed since the block.
    pub(crate) fn prepare_on(
        &self,
        mut overlay: Overlay<'a>,
        overrides: &CallOverrides,
    ) -> Result<Preparation<'a>, CallError> {
        let mut header = self.header.clone();
        if let Some(block) = &overrides.block {
            overrides::apply_block(&mut overlay, &mut header, block)?;
        }
        let mut environment = self.spec.environment(&header);
        if let Some(price) = overrides.block.as_ref().and_then(|block| block.blob_base_fee) {
            overrides::override_blob_fee(&mut environment, price)?;
        }
        relax(&mut environment);
        let spec_id = environment.cfg_env.spec;
        overlay.set_state_clear(spec_id.is_enabled_in(SpecId::SPURIOUS_DRAGON));
        let mut precompiles = PrecompileChanges::default();
        if let Some(state) = &overrides.state {
            precompiles = PrecompileChanges::new(spec_id, state)?;
            overrides::apply_state(&mut overlay, state)?;
        }
        Ok(Preparation {
            overlay,
            environment,
            header,
            precompiles,
        })
    }

    pub(crate) fn transaction(
        &self,
        preparation: &Preparation<'_>,
        request: &TransactionRequest,
    ) -> Result<TxEnv, CallError> {
        let from = request.from.unwrap_or_default();
        let nonce = preparation.overlay.account(&from)?.unwrap_or_default().nonce;
        let defaults = CallDefaults {
            gas_max: self.limits.gas_max,
            nonce,
            chain_id: self.spec.chain_id(),
        };
        let mut transaction = request::transaction_environment(request, defaults)?;
        // The nonce is not checked, but the highest one is refused always.
        transaction.nonce = transaction.nonce.min(u64::MAX - 1);
        Ok(transaction)
    }

    /// Whether the city allows the call: the answer that a block would give.
    pub(crate) fn judge<DB>(
        &self,
        database: &mut DB,
        environment: &EvmEnv,
        transaction: &TxEnv,
    ) -> Result<(), CallError>
    where
        DB: revm::Database<Error = DatabaseError>,
    {
        if self.spec.system_contracts() == SystemContracts::Absent {
            return Ok(());
        }
        let block = BlockContext {
            chain_id: self.spec.chain_id(),
            height: environment.block_env.number.saturating_to(),
            timestamp: environment.block_env.timestamp.saturating_to(),
            ledger: self.spec.ledger_kind(),
        };
        let block = of_main(database, block)?;
        let intent = Intent {
            sender: transaction.caller,
            target: transaction.kind.to().copied(),
            selector: transaction.data.first_chunk::<4>().copied().unwrap_or_default(),
        };
        match judge_call(database, block, &intent) {
            Ok(judgement) => Ok(judgement?),
            Err(JudgementError::Database(error)) => Err(error.into()),
            Err(JudgementError::Broken(fault)) => Err(CallError::Replay {
                reason: fault.to_string(),
            }),
        }
    }

    /// Executes on a copy of the prepared state.
    pub(crate) fn execute<I>(
        &self,
        preparation: &Preparation<'a>,
        transaction: TxEnv,
        inspector: I,
    ) -> Result<(Execution, I), CallError>
    where
        I: for<'b> Inspector<EthEvmContext<Overlay<'b>>>,
    {
        let mut environment = preparation.environment.clone();
        request::waive_fees(&mut environment.block_env, &transaction);
        let system_contracts = self.spec.system_contracts();
        let precompiles = preparation
            .precompiles
            .precompiles(environment.cfg_env.spec, system_contracts);
        let inspector = (TimeLimit::new(&self.limits), inspector);
        let mut overlay = preparation.overlay.clone();
        self.judge(&mut overlay, &environment, &transaction)?;
        let mut evm = call_evm(overlay, environment, precompiles, inspector);
        let caller = transaction.caller;
        let cost = request::cost_max(&transaction);
        let outcome = evm.transact_raw(transaction);
        let (time, inspector) = evm.into_inner().inspector;
        if time.stopped() {
            return Err(CallError::TimedOut);
        }
        let outcome = outcome.map_err(|error| explain(preparation, caller, cost, error))?;
        Ok((
            Execution {
                result: outcome.result,
                state: outcome.state,
            },
            inspector,
        ))
    }
}

/// Says what is missing where revm only says that something is.
fn explain(
    preparation: &Preparation<'_>,
    address: Address,
    cost: U256,
    error: EVMError<DatabaseError>,
) -> CallError {
    match error {
        EVMError::Transaction(InvalidTransaction::LackOfFundForMaxFee { balance, .. }) => {
            CallError::InsufficientFunds {
                address,
                balance: *balance,
                cost,
            }
        }
        EVMError::Transaction(InvalidTransaction::GasPriceLessThanBasefee) => CallError::FeeTooLow {
            address,
            base_fee: preparation.environment.block_env.basefee,
        },
        other => other.into(),
    }
}

/// Switches off the rules that hold for transactions of blocks only: nonce, EIP-3607, gas limits of block and EIP-7825.
pub(crate) const fn relax(environment: &mut EvmEnv) {
    let configuration = &mut environment.cfg_env;
    configuration.disable_nonce_check = true;
    configuration.disable_eip3607 = true;
    configuration.disable_block_gas_limit = true;
    configuration.tx_gas_limit_cap = Some(u64::MAX);
}
