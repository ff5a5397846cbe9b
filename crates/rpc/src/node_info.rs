//! What the node says of itself: `net_`, `web3_`, `rpc_`, `eth_syncing`.

use crate::{Backend, registry::add_instant};
use alloy_primitives::{Bytes, U64, U256, keccak256};
use alloy_rpc_types_eth::{SyncInfo, SyncStatus};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::collections::BTreeMap;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add_instant(module, "net_version", |backend, arguments| {
        arguments.end()?;
        Ok(backend.chain_id().to_string())
    })?;
    add_instant(module, "net_listening", |_, arguments| {
        arguments.end()?;
        Ok(true)
    })?;
    add_instant(module, "net_peerCount", |backend, arguments| {
        arguments.end()?;
        Ok(U64::from(backend.sources.node.peers()))
    })?;
    add_instant(module, "web3_clientVersion", |backend, arguments| {
        arguments.end()?;
        Ok(backend.sources.client_version.clone())
    })?;
    add_instant(module, "web3_sha3", |_, mut arguments| {
        let data: Bytes = arguments.required("data")?;
        arguments.end()?;
        Ok(keccak256(&data))
    })?;
    add_instant(module, "eth_syncing", |backend, arguments| {
        arguments.end()?;
        Ok(syncing(backend))
    })?;
    add_instant(module, "rpc_modules", |_, arguments| {
        arguments.end()?;
        Ok(modules())
    })?;
    add_instant(module, "rpc.discover", |_, arguments| {
        arguments.end()?;
        Ok(civitas_api::openrpc::document(env!("CARGO_PKG_VERSION")))
    })
}

fn syncing(backend: &Backend) -> SyncStatus {
    let Some(progress) = backend.sources.node.syncing() else {
        return SyncStatus::None;
    };
    SyncStatus::Info(Box::new(SyncInfo {
        starting_block: U256::from(progress.starting.get()),
        current_block: U256::from(progress.current.get()),
        highest_block: U256::from(progress.highest.get()),
        ..SyncInfo::default()
    }))
}

fn modules() -> BTreeMap<&'static str, &'static str> {
    let names = civitas_api::METHODS
        .iter()
        .filter_map(|method| method.name.split_once('_'));
    names.map(|(namespace, _)| (namespace, "1.0")).collect()
}
