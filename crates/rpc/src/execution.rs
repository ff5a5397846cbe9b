//! Methods that execute calls: `eth_call`, `eth_estimateGas`, `eth_createAccessList`.
//!
//! They run on blocking threads, bounded in number, gas and time ([`Backend::heavy`]).

use crate::{Arguments, Backend, RpcError, registry::add};
use alloy_eips::{BlockId, eip2930::AccessListResult};
use alloy_primitives::{Bytes, U64, U256};
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest, state::StateOverride};
use civitas_evm::{CallContext, CallError, CallLimits, CallOverrides, RequestError, revert_reason};
use civitas_ports::StateView;
use civitas_types::Block;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "eth_call", call)?;
    add(module, "eth_estimateGas", estimate_gas)?;
    add(module, "eth_createAccessList", create_access_list)
}

async fn call(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Bytes, RpcError> {
    let (request, block, overrides) = call_arguments(&mut arguments)?;
    arguments.end()?;
    at_block(backend, block, move |context| context.call(&request, &overrides)).await
}

async fn estimate_gas(backend: Arc<Backend>, mut arguments: Arguments) -> Result<U64, RpcError> {
    let (request, block, overrides) = call_arguments(&mut arguments)?;
    arguments.end()?;
    let gas = at_block(backend, block, move |context| {
        context.estimate_gas(&request, &overrides)
    })
    .await?;
    Ok(U64::from(gas))
}

async fn create_access_list(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<AccessListResult, RpcError> {
    let (request, block, overrides) = call_arguments(&mut arguments)?;
    arguments.end()?;
    let outcome = at_block(backend, block, move |context| {
        context.create_access_list(&request, &overrides)
    })
    .await?;
    Ok(AccessListResult {
        access_list: outcome.access_list,
        gas_used: U256::from(outcome.gas_used),
        error: outcome.error,
    })
}

/// A call, the block after which it runs, and what is different there: the arguments of all three methods.
fn call_arguments(
    arguments: &mut Arguments,
) -> Result<(TransactionRequest, BlockId, CallOverrides), RpcError> {
    let request = arguments.required("transaction")?;
    let block = arguments.block()?;
    let state: Option<StateOverride> = arguments.optional("state overrides")?;
    let fields: Option<BlockOverrides> = arguments.optional("block overrides")?;
    let overrides = CallOverrides { state, block: fields };
    Ok((request, block, overrides))
}

/// Runs `work` on the state after a block.
async fn at_block<T, F>(backend: Arc<Backend>, id: BlockId, work: F) -> Result<T, RpcError>
where
    T: Send + 'static,
    F: FnOnce(CallContext<'_>) -> Result<T, CallError> + Send + 'static,
{
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
            work(context).map_err(|error| refusal(&service, error))
        })
        .await
}

/// A block and the state after it.
pub(crate) async fn block_and_state(
    backend: &Backend,
    id: BlockId,
) -> Result<(Arc<Block>, Arc<dyn StateView>), RpcError> {
    let block = backend.known_block(id).await?;
    let view = backend.store().view(block.height())?;
    Ok((block, view))
}

/// What this node spends on a call.
pub(crate) fn call_limits<'a>(backend: &Backend, is_over: &'a (dyn Fn() -> bool + Sync)) -> CallLimits<'a> {
    CallLimits {
        gas_max: backend.limits().call_gas_max,
        is_over,
    }
}

/// A failed call as the client sees it.
pub(crate) fn refusal(backend: &Backend, error: CallError) -> RpcError {
    match error {
        CallError::Reverted { output } => RpcError::Reverted {
            reason: revert_reason(&output),
            data: output,
        },
        CallError::TimedOut => RpcError::Timeout {
            millis: backend.limits().execution_ms_max,
        },
        CallError::TraceTooLarge { bytes_max } => RpcError::LimitExceeded {
            what: "the estimated size of the trace in bytes",
            max: u64::try_from(bytes_max).unwrap_or(u64::MAX),
        },
        CallError::State(error) => error.into(),
        CallError::Request(error @ (RequestError::TwoInputs | RequestError::TwoGasPrices)) => {
            RpcError::invalid(error.to_string())
        }
        other => RpcError::Execution {
            reason: other.to_string(),
        },
    }
}
