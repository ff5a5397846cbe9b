//! Submitting transactions: the hot path. One decoding of the bytes, one call of the pool, the hash as answer.

use crate::{Arguments, Backend, RpcError, chain::receipt_of, registry::add};
use alloy_primitives::{B256, Bytes};
use alloy_rpc_types_eth::TransactionReceipt;
use civitas_ports::Origin;
use civitas_types::Block;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_sendRawTransaction", |params, backend, _| {
        // One array of one text, read without a detour: this runs for every transaction of a batch.
        let raw = match params.as_str().map(serde_json::from_str::<(Bytes,)>) {
            Some(Ok((raw,))) => raw,
            _ => explained(&params)?,
        };
        submit(backend, raw)
    })?;
    add(module, "eth_sendRawTransactionSync", send_and_wait)
}

/// Reads the parameters again, for the sake of a helpful message.
fn explained(params: &jsonrpsee::types::Params<'_>) -> Result<Bytes, RpcError> {
    let mut arguments = Arguments::new(params)?;
    let raw = arguments.required("transaction")?;
    arguments.end()?;
    Ok(raw)
}

fn submit(backend: &Backend, raw: Bytes) -> Result<B256, RpcError> {
    Ok(backend.pool().submit(raw, Origin::Client)?.hash())
}

async fn send_and_wait(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<TransactionReceipt, RpcError> {
    let raw: Bytes = arguments.required("transaction")?;
    let wait: Option<u64> = arguments.optional("timeoutMs")?;
    arguments.end()?;
    let max = backend.limits().sync_wait_ms_max;
    let millis = wait.unwrap_or(max).min(max);
    // Subscribed before the transaction can be executed, so that its block is not missed.
    let heads = backend.sources.heads.subscribe();
    let hash = submit(&backend, raw)?;
    let receipt = wait_for(&backend, heads, hash);
    match tokio::time::timeout(Duration::from_millis(millis), receipt).await {
        Ok(receipt) => receipt,
        Err(_) => Err(RpcError::NotYetExecuted { hash, millis }),
    }
}

async fn wait_for(
    backend: &Backend,
    mut heads: broadcast::Receiver<Arc<Block>>,
    hash: B256,
) -> Result<TransactionReceipt, RpcError> {
    loop {
        match heads.recv().await {
            Ok(block) => {
                if let Some(omission) = block.omitted.iter().find(|omission| omission.transaction == hash) {
                    let reason = format!(
                        "transaction {hash} was left out of its block: {}",
                        omission.reason
                    );
                    return Err(RpcError::Execution { reason });
                }
                if !block
                    .transactions
                    .iter()
                    .any(|transaction| transaction.hash() == hash)
                {
                    continue;
                }
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return Err(RpcError::Interrupted),
        }
        if let Some(receipt) = receipt_of(backend, hash).await? {
            return Ok(receipt);
        }
    }
}
