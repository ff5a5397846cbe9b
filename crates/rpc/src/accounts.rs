//! Reads of the state: balances, code, storage, nonces and proofs.

use crate::{
    Arguments, Backend, RpcError, Slot,
    registry::{add, add_instant},
};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use civitas_api::ethereum::{AccountProof, StorageProof};
use civitas_ports::{StateError, StateView};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::{collections::BTreeMap, sync::Arc};

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add_instant(module, "eth_accounts", |_, arguments| {
        arguments.end()?;
        Ok(Vec::<Address>::new())
    })?;
    add(module, "eth_getBalance", balance)?;
    add(module, "eth_getCode", code)?;
    add(module, "eth_getStorageAt", storage_at)?;
    add(module, "eth_getStorageValues", storage_values)?;
    add(module, "eth_getTransactionCount", nonce)?;
    add(module, "eth_getProof", proof)
}

async fn balance(backend: Arc<Backend>, mut arguments: Arguments) -> Result<U256, RpcError> {
    let address: Address = arguments.required("address")?;
    let block = arguments.block()?;
    arguments.end()?;
    let account = backend.read(block, move |view| view.account(&address)).await?;
    Ok(account.unwrap_or_default().balance)
}

async fn code(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Bytes, RpcError> {
    let address: Address = arguments.required("address")?;
    let block = arguments.block()?;
    arguments.end()?;
    backend.read(block, move |view| code_of(view, &address)).await
}

fn code_of(view: &dyn StateView, address: &Address) -> Result<Bytes, StateError> {
    match view.account(address)? {
        Some(account) if account.has_code() => view.code(&account.code_hash),
        _ => Ok(Bytes::new()),
    }
}

async fn storage_at(backend: Arc<Backend>, mut arguments: Arguments) -> Result<B256, RpcError> {
    let address: Address = arguments.required("address")?;
    let slot = arguments.slot()?;
    let block = arguments.block()?;
    arguments.end()?;
    Ok(backend
        .read(block, move |view| view.storage(&address, &slot))
        .await?
        .into())
}

async fn storage_values(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<BTreeMap<Address, Vec<B256>>, RpcError> {
    let request: BTreeMap<Address, Vec<String>> = arguments.required("slots")?;
    let block = arguments.block()?;
    arguments.end()?;
    let count: usize = request.values().map(Vec::len).sum();
    if count == 0 {
        return Err(RpcError::invalid("empty request"));
    }
    check_count(count, backend.limits().slots_max)?;
    let mut wanted = Vec::with_capacity(request.len());
    for (address, keys) in request {
        let slots: Result<Vec<Slot>, RpcError> = keys.iter().map(|key| Slot::parse(key)).collect();
        wanted.push((address, slots?));
    }
    let read = move |view: &dyn StateView| {
        let values = wanted.iter().map(|(address, slots)| {
            let values = slots
                .iter()
                .map(|slot| Ok(B256::from(view.storage(address, &slot.value)?)));
            Ok((*address, values.collect::<Result<Vec<B256>, StateError>>()?))
        });
        values.collect()
    };
    backend.read(block, read).await
}

async fn nonce(backend: Arc<Backend>, mut arguments: Arguments) -> Result<U64, RpcError> {
    let address: Address = arguments.required("address")?;
    let block = arguments.block()?;
    arguments.end()?;
    let account = backend.read(block, move |view| view.account(&address)).await?;
    let executed = account.unwrap_or_default().nonce;
    let waiting = if block == BlockId::pending() {
        backend.pool().next_nonce(&address)
    } else {
        None
    };
    Ok(U64::from(waiting.unwrap_or_default().max(executed)))
}

async fn proof(backend: Arc<Backend>, mut arguments: Arguments) -> Result<AccountProof, RpcError> {
    let address: Address = arguments.required("address")?;
    let keys: Vec<String> = arguments.required("slots")?;
    let block = arguments.block()?;
    arguments.end()?;
    check_count(keys.len(), backend.limits().slots_max)?;
    let keys: Result<Vec<Slot>, RpcError> = keys.iter().map(|key| Slot::parse(key)).collect();
    let keys = keys?;
    let slots: Vec<U256> = keys.iter().map(|key| key.value).collect();
    let height = backend.known_height(block).await?;
    let found = backend
        .bounded(async { Ok(backend.store().account_proof(height, address, &slots).await?) })
        .await?;
    let storage_proof = keys.iter().zip(found.slots).map(|(key, proof)| StorageProof {
        key: if key.full_width {
            key.as_b256().to_string()
        } else {
            format!("{:#x}", key.value)
        },
        value: proof.value,
        proof: proof.nodes,
    });
    Ok(AccountProof {
        address,
        account_proof: found.nodes,
        balance: found.account.balance,
        code_hash: found.account.code_hash,
        nonce: U64::from(found.account.nonce),
        storage_hash: found.storage_hash,
        storage_proof: storage_proof.collect(),
    })
}

fn check_count(count: usize, max: usize) -> Result<(), RpcError> {
    if count <= max {
        return Ok(());
    }
    Err(RpcError::invalid(format!(
        "{count} slots are asked for, at most {max} are allowed in one call"
    )))
}
