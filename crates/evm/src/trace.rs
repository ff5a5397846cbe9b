//! Traces: what an execution did, instruction by instruction or call by call (`debug_trace*`).
//!
//! A transaction is traced by executing its block again, on the state before the block, up to the transaction. Tracers
//! are those of `revm-inspectors`: struct logs (default), `callTracer`, `prestateTracer`, `4byteTracer`,
//! `flatCallTracer`, `muxTracer`, `noopTracer`. Programs of the client (JavaScript tracers) are not run.

use crate::{
    call::{
        CallContext, CallError, CallLimits, CallOverrides, Preparation,
        bounds::{RecordedSteps, SizeLimit, TimeLimit},
        overlay::Overlay,
        precompiles::{CallPrecompiles, PrecompileChanges, call_evm},
        request::waive_fees,
    },
    environment::transaction_environment,
    spec::ChainSpec,
    system::CityPrecompiles,
};
use alloy_consensus::Header;
use alloy_evm::{Evm, EvmEnv, block::SystemCaller, eth::EthEvmBuilder};
use alloy_hardforks::EthereumHardfork;
use alloy_primitives::B256;
use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::geth::{GethDebugTracingOptions, GethTrace};
use civitas_ports::StateView;
use civitas_types::Block;
use revm::{DatabaseCommit, context::TxEnv, inspector::NoOpInspector};
use revm_inspectors::tracing::{DebugInspector, DebugInspectorError, TransactionContext};

/// Replays one block for tracers.
#[derive(Clone, Copy)]
pub struct TraceContext<'a> {
    /// Rules of the chain.
    pub spec: &'a ChainSpec,
    /// State before the block.
    pub view: &'a dyn StateView,
    /// What the node spends on all of it.
    pub limits: CallLimits<'a>,
    /// Bytes of all traces together, at most (estimated while they grow).
    pub bytes_max: usize,
}

/// The trace of one transaction of a block.
#[derive(Clone, Debug)]
pub struct TransactionTrace {
    /// Hash of the transaction.
    pub transaction: B256,
    /// Its trace.
    pub trace: GethTrace,
}

/// A call to trace.
#[derive(Clone, Copy, Debug)]
pub struct TracedCall<'a> {
    /// The call.
    pub request: &'a TransactionRequest,
    /// What is different for it.
    pub overrides: &'a CallOverrides,
    /// The tracer and its configuration.
    pub options: &'a GethDebugTracingOptions,
}

/// One execution to trace.
struct Job {
    environment: EvmEnv,
    precompiles: CityPrecompiles<CallPrecompiles>,
    transaction: TxEnv,
    place: TransactionContext,
}

/// How to trace, and how much may still be recorded.
struct Recording<'a> {
    options: &'a GethDebugTracingOptions,
    limits: CallLimits<'a>,
    bytes_max: usize,
    bytes_left: usize,
}

impl<'a> TraceContext<'a> {
    /// Traces all transactions of `block`.
    ///
    /// # Errors
    /// [`CallError::Tracer`], [`CallError::TimedOut`], [`CallError::TraceTooLarge`], and failures of the replay.
    pub fn trace_block(
        &self,
        block: &Block,
        options: &GethDebugTracingOptions,
    ) -> Result<Vec<TransactionTrace>, CallError> {
        let mut overlay = self.begin(&block.header)?;
        let mut traces = Vec::with_capacity(block.transactions.len());
        let mut recording = self.recording(options);
        for index in 0..block.transactions.len() {
            traces.extend(self.trace_next(&mut overlay, block, index, &mut recording)?);
        }
        Ok(traces)
    }

    /// Traces the transaction at `index` of `block`; none if the block has fewer.
    ///
    /// # Errors
    /// As [`Self::trace_block`].
    pub fn trace_transaction(
        &self,
        block: &Block,
        index: usize,
        options: &GethDebugTracingOptions,
    ) -> Result<Option<TransactionTrace>, CallError> {
        let mut overlay = self.replay(block, index)?;
        self.trace_next(&mut overlay, block, index, &mut self.recording(options))
    }

    /// Traces a call inside `block`, after its first `count` transactions.
    ///
    /// # Errors
    /// As [`Self::trace_block`], and those of calls.
    pub fn trace_call_within(
        &self,
        block: &Block,
        count: usize,
        call: &TracedCall<'_>,
    ) -> Result<GethTrace, CallError> {
        let context = CallContext {
            spec: self.spec,
            view: self.view,
            header: &block.header,
            limits: self.limits,
        };
        let preparation = context.prepare_on(self.replay(block, count)?, call.overrides)?;
        context.trace_prepared(preparation, call.request, self.recording(call.options))
    }

    const fn recording<'o>(&self, options: &'o GethDebugTracingOptions) -> Recording<'o>
    where
        'a: 'o,
    {
        Recording {
            options,
            limits: self.limits,
            bytes_max: self.bytes_max,
            bytes_left: self.bytes_max,
        }
    }

    /// The state inside `block` after its first `count` transactions.
    fn replay(&self, block: &Block, count: usize) -> Result<Overlay<'a>, CallError> {
        let mut overlay = self.begin(&block.header)?;
        let environment = self.spec.environment(&block.header);
        let system_contracts = self.spec.system_contracts();
        let precompiles =
            PrecompileChanges::default().precompiles(environment.cfg_env.spec, system_contracts);
        let mut evm = call_evm(&mut overlay, environment, precompiles, NoOpInspector);
        for transaction in block.transactions.iter().take(count) {
            self.limits.check_time()?;
            let outcome = evm.transact_raw(transaction_environment(transaction))?;
            evm.db_mut().commit(outcome.state);
        }
        drop(evm);
        Ok(overlay)
    }

    /// The state in which the first transaction of the block of `header` is executed.
    fn begin(&self, header: &Header) -> Result<Overlay<'a>, CallError> {
        let state_clear =
            self.spec
                .is_active(EthereumHardfork::SpuriousDragon, header.number, header.timestamp);
        let mut overlay = Overlay::new(self.view, state_clear);
        let mut evm = EthEvmBuilder::new(&mut overlay, self.spec.environment(header)).build();
        SystemCaller::new(self.spec)
            .apply_pre_execution_changes(header, &mut evm)
            .map_err(|error| CallError::Replay {
                reason: error.to_string(),
            })?;
        drop(evm);
        Ok(overlay)
    }

    fn trace_next(
        &self,
        overlay: &mut Overlay<'a>,
        block: &Block,
        index: usize,
        recording: &mut Recording<'_>,
    ) -> Result<Option<TransactionTrace>, CallError> {
        let Some(transaction) = block.transactions.get(index) else {
            return Ok(None);
        };
        let environment = self.spec.environment(&block.header);
        let job = Job {
            precompiles: PrecompileChanges::default()
                .precompiles(environment.cfg_env.spec, self.spec.system_contracts()),
            environment,
            transaction: transaction_environment(transaction),
            place: TransactionContext {
                block_hash: Some(block.hash),
                tx_index: Some(index),
                tx_hash: Some(transaction.hash()),
            },
        };
        let trace = recording.run(overlay, job)?;
        Ok(Some(TransactionTrace {
            transaction: transaction.hash(),
            trace,
        }))
    }
}

impl<'a> CallContext<'a> {
    /// Traces a call. `bytes_max` bounds the size of the trace.
    ///
    /// # Errors
    /// As [`TraceContext::trace_block`], and those of calls. A call that reverts gives a trace.
    pub fn trace_call(&self, call: &TracedCall<'_>, bytes_max: usize) -> Result<GethTrace, CallError> {
        let recording = Recording {
            options: call.options,
            limits: self.limits,
            bytes_max,
            bytes_left: bytes_max,
        };
        self.trace_prepared(self.prepare(call.overrides)?, call.request, recording)
    }

    fn trace_prepared(
        &self,
        mut preparation: Preparation<'a>,
        request: &TransactionRequest,
        mut recording: Recording<'_>,
    ) -> Result<GethTrace, CallError> {
        let transaction = self.transaction(&preparation, request)?;
        let mut environment = preparation.environment.clone();
        self.judge(&mut preparation.overlay, &environment, &transaction)?;
        waive_fees(&mut environment.block_env, &transaction);
        let job = Job {
            precompiles: preparation
                .precompiles
                .precompiles(environment.cfg_env.spec, self.spec.system_contracts()),
            environment,
            transaction,
            place: TransactionContext::default(),
        };
        let mut overlay = preparation.overlay;
        recording.run(&mut overlay, job)
    }
}

impl Recording<'_> {
    /// Executes the job on `overlay`, commits its changes and gives its trace.
    fn run(&mut self, overlay: &mut Overlay<'_>, job: Job) -> Result<GethTrace, CallError> {
        let tracer = DebugInspector::new(self.options.clone()).map_err(tracer_error)?;
        let size = SizeLimit::new(self.bytes_left, recorded_steps(&tracer));
        let block = job.environment.block_env.clone();
        let inspector = ((TimeLimit::new(&self.limits), size), tracer);
        let mut evm = call_evm(&mut *overlay, job.environment, job.precompiles, inspector);
        let outcome = evm.transact_raw(job.transaction.clone());
        let ((time, size), mut tracer) = evm.into_inner().inspector;
        if time.stopped() {
            return Err(CallError::TimedOut);
        }
        if size.exceeded() {
            let bytes_max = self.bytes_max;
            return Err(CallError::TraceTooLarge { bytes_max });
        }
        self.bytes_left = size.bytes_left();
        let outcome = outcome?;
        let trace = tracer
            .get_result(Some(job.place), &job.transaction, &block, &outcome, overlay)
            .map_err(|error| match error {
                DebugInspectorError::Database(error) => CallError::State(error.0),
                other => tracer_error(other),
            })?;
        overlay.commit(outcome.state);
        Ok(trace)
    }
}

fn recorded_steps(tracer: &DebugInspector) -> Option<RecordedSteps> {
    match tracer {
        DebugInspector::Default(_, options) => Some(RecordedSteps {
            stack: options.is_stack_enabled(),
            memory: options.is_memory_enabled(),
            storage: options.is_storage_enabled(),
        }),
        DebugInspector::Erc7562Tracer(..) => Some(RecordedSteps {
            stack: true,
            memory: true,
            storage: true,
        }),
        _ => None,
    }
}

fn tracer_error(error: impl std::fmt::Display) -> CallError {
    CallError::Tracer {
        reason: error.to_string(),
    }
}
