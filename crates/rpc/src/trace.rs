//! `debug_trace*`: what a transaction or call did.
//!
//! A block is executed again on the state before it. Traces are bounded in time, like calls, and in size: an estimate
//! of the answer is kept while it grows, so that the node never holds much more than it may send.

use crate::{
    Arguments, Backend, RpcError,
    execution::{block_and_state, call_limits, refusal},
    registry::add,
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::{
    common::TraceResult,
    geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace},
};
use civitas_evm::{CallContext, CallError, CallOverrides, TraceContext, TracedCall, TransactionTrace};
use civitas_ports::StateView;
use civitas_types::{Block, Height};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// Bytes of one answer, at most, as estimated: about what one response may have.
const TRACE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "debug_traceTransaction", trace_transaction)?;
    add(module, "debug_traceBlockByNumber", trace_block_by_number)?;
    add(module, "debug_traceBlockByHash", trace_block_by_hash)?;
    add(module, "debug_traceCall", trace_call)
}

async fn trace_transaction(backend: Arc<Backend>, mut arguments: Arguments) -> Result<GethTrace, RpcError> {
    let hash: B256 = arguments.required("hash")?;
    let options: GethDebugTracingOptions = arguments.optional("options")?.unwrap_or_default();
    arguments.end()?;
    let (block, index) = backend
        .located(hash)
        .await?
        .ok_or(RpcError::TransactionNotFound { hash })?;
    let trace = replay(backend, block, move |context, block| {
        context.trace_transaction(block, index, &options)
    })
    .await?;
    trace
        .map(|traced| traced.trace)
        .ok_or(RpcError::TransactionNotFound { hash })
}

async fn trace_block_by_number(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Vec<TraceResult<GethTrace, String>>, RpcError> {
    let number: BlockNumberOrTag = arguments.required("block")?;
    let options = arguments.optional("options")?.unwrap_or_default();
    arguments.end()?;
    let block = backend.known_block(BlockId::Number(number)).await?;
    trace_block(backend, block, options).await
}

async fn trace_block_by_hash(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Vec<TraceResult<GethTrace, String>>, RpcError> {
    let hash: B256 = arguments.required("hash")?;
    let options = arguments.optional("options")?.unwrap_or_default();
    arguments.end()?;
    let block = backend.known_block(BlockId::from(hash)).await?;
    trace_block(backend, block, options).await
}

async fn trace_block(
    backend: Arc<Backend>,
    block: Arc<Block>,
    options: GethDebugTracingOptions,
) -> Result<Vec<TraceResult<GethTrace, String>>, RpcError> {
    let traces = replay(backend, block, move |context, block| {
        context.trace_block(block, &options)
    })
    .await?;
    Ok(traces.into_iter().map(entry).collect())
}

fn entry(traced: TransactionTrace) -> TraceResult<GethTrace, String> {
    TraceResult::new_success(traced.trace, Some(traced.transaction))
}

async fn trace_call(backend: Arc<Backend>, mut arguments: Arguments) -> Result<GethTrace, RpcError> {
    let request: TransactionRequest = arguments.required("call")?;
    let id = arguments.block()?;
    let options: GethDebugTracingCallOptions = arguments.optional("options")?.unwrap_or_default();
    arguments.end()?;
    let overrides = CallOverrides {
        state: options.state_overrides,
        block: options.block_overrides,
    };
    let (tracing, index) = (options.tracing_options, options.tx_index);
    if let Some(index) = index {
        let block = backend.known_block(id).await?;
        let count = usize::try_from(index).unwrap_or(usize::MAX);
        if count >= block.transactions.len() {
            return Err(RpcError::invalid(format!(
                "txIndex {index} is out of range: the block has {} transactions",
                block.transactions.len()
            )));
        }
        return replay(backend, block, move |context, block| {
            let call = TracedCall {
                request: &request,
                overrides: &overrides,
                options: &tracing,
            };
            context.trace_call_within(block, count, &call)
        })
        .await;
    }
    let (block, view) = block_and_state(&backend, id).await?;
    let service = Arc::clone(&backend);
    backend
        .heavy(move |deadline| {
            let is_over = || deadline.passed();
            let context = CallContext {
                spec: service.spec(),
                view: &*view,
                header: &block.header,
                limits: call_limits(&service, &is_over),
            };
            let call = TracedCall {
                request: &request,
                overrides: &overrides,
                options: &tracing,
            };
            context
                .trace_call(&call, TRACE_BYTES_MAX)
                .map_err(|error| refusal(&service, error))
        })
        .await
}

/// Runs `work` on the state before `block`.
async fn replay<T, F>(backend: Arc<Backend>, block: Arc<Block>, work: F) -> Result<T, RpcError>
where
    T: Send + 'static,
    F: FnOnce(TraceContext<'_>, &Block) -> Result<T, CallError> + Send + 'static,
{
    if block.height() == Height::GENESIS {
        return Err(RpcError::Execution {
            reason: "genesis is not traceable: there is no state before it".to_owned(),
        });
    }
    let view: Arc<dyn StateView> = backend.store().view_before(block.height())?;
    let service = Arc::clone(&backend);
    backend
        .heavy(move |deadline| {
            let is_over = || deadline.passed();
            let context = TraceContext {
                spec: service.spec(),
                view: &*view,
                limits: call_limits(&service, &is_over),
                bytes_max: TRACE_BYTES_MAX,
            };
            work(context, &block).map_err(|error| refusal(&service, error))
        })
        .await
}
