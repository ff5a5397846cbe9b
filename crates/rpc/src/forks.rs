//! `eth_config` (EIP-7910): the forks of the chain with their parameters.

use crate::{Arguments, Backend, RpcError};
use alloy_eips::{
    eip2124::ForkHash,
    eip7840::BlobParams,
    eip7910::{EthConfig, EthForkConfig, SystemContract},
};
use alloy_primitives::{Address, B256, Bytes, address};
use revm::primitives::hardfork::SpecId;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Precompiled contracts: since which fork, under which name (EIP-7910), at which address.
const PRECOMPILES: [(SpecId, &str, Address); 18] = [
    (
        SpecId::FRONTIER,
        "ECREC",
        address!("0x0000000000000000000000000000000000000001"),
    ),
    (
        SpecId::FRONTIER,
        "SHA256",
        address!("0x0000000000000000000000000000000000000002"),
    ),
    (
        SpecId::FRONTIER,
        "RIPEMD160",
        address!("0x0000000000000000000000000000000000000003"),
    ),
    (
        SpecId::FRONTIER,
        "ID",
        address!("0x0000000000000000000000000000000000000004"),
    ),
    (
        SpecId::BYZANTIUM,
        "MODEXP",
        address!("0x0000000000000000000000000000000000000005"),
    ),
    (
        SpecId::BYZANTIUM,
        "BN254_ADD",
        address!("0x0000000000000000000000000000000000000006"),
    ),
    (
        SpecId::BYZANTIUM,
        "BN254_MUL",
        address!("0x0000000000000000000000000000000000000007"),
    ),
    (
        SpecId::BYZANTIUM,
        "BN254_PAIRING",
        address!("0x0000000000000000000000000000000000000008"),
    ),
    (
        SpecId::ISTANBUL,
        "BLAKE2F",
        address!("0x0000000000000000000000000000000000000009"),
    ),
    (
        SpecId::CANCUN,
        "KZG_POINT_EVALUATION",
        address!("0x000000000000000000000000000000000000000a"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_G1ADD",
        address!("0x000000000000000000000000000000000000000b"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_G1MSM",
        address!("0x000000000000000000000000000000000000000c"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_G2ADD",
        address!("0x000000000000000000000000000000000000000d"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_G2MSM",
        address!("0x000000000000000000000000000000000000000e"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_PAIRING_CHECK",
        address!("0x000000000000000000000000000000000000000f"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_MAP_FP_TO_G1",
        address!("0x0000000000000000000000000000000000000010"),
    ),
    (
        SpecId::PRAGUE,
        "BLS12_MAP_FP2_TO_G2",
        address!("0x0000000000000000000000000000000000000011"),
    ),
    (
        SpecId::OSAKA,
        "P256VERIFY",
        address!("0x0000000000000000000000000000000000000100"),
    ),
];
/// Blob parameters of a fork without blobs.
const NO_BLOBS: BlobParams = BlobParams {
    target_blob_count: 0,
    max_blob_count: 0,
    update_fraction: 0,
    min_blob_fee: 0,
    max_blobs_per_tx: 0,
    blob_base_cost: 0,
};

/// Answers `eth_config`.
pub(crate) async fn config(backend: Arc<Backend>, arguments: Arguments) -> Result<EthConfig, RpcError> {
    arguments.end()?;
    let now = backend.store().head().timestamp_ms / 1_000;
    let genesis = &backend.genesis().ethereum;
    let root = backend.genesis_hash().await?;
    let times: BTreeSet<u64> = backend
        .spec()
        .activations()
        .filter_map(|(_, condition)| condition.as_timestamp())
        .collect();
    let active = times
        .range(..=now)
        .next_back()
        .copied()
        .unwrap_or(genesis.timestamp);
    let next = times.range(now.saturating_add(1)..).next().copied();
    let last = next.and(times.last().copied());
    let make = |time| fork(&backend, root, &times, time);
    Ok(EthConfig {
        current: make(active),
        next: next.map(make),
        last: last.map(make),
    })
}

fn fork(backend: &Backend, genesis_hash: B256, times: &BTreeSet<u64>, time: u64) -> EthForkConfig {
    let spec = backend.spec();
    let id = spec.spec_id(backend.store().head().height.get(), time);
    let precompiles: BTreeMap<String, Address> = PRECOMPILES
        .iter()
        .filter(|(since, _, _)| id >= *since)
        .map(|(_, name, address)| ((*name).to_owned(), *address))
        .collect();
    let mut system_contracts = BTreeMap::new();
    if id >= SpecId::CANCUN {
        system_contracts.extend(SystemContract::cancun());
    }
    if id >= SpecId::PRAGUE {
        let deposits = backend.genesis().ethereum.config.deposit_contract_address;
        system_contracts.extend(SystemContract::prague(deposits));
    }
    EthForkConfig {
        activation_time: time,
        blob_schedule: spec.blob_params(time).unwrap_or(NO_BLOBS),
        chain_id: backend.chain_id(),
        fork_id: fork_id(backend, genesis_hash, times, time),
        precompiles,
        system_contracts,
    }
}

/// EIP-2124: the checksum over the genesis hash and every fork since, in their order.
fn fork_id(backend: &Backend, genesis_hash: B256, times: &BTreeSet<u64>, time: u64) -> Bytes {
    let genesis = &backend.genesis().ethereum;
    let blocks: BTreeSet<u64> = backend
        .spec()
        .activations()
        .filter(|(fork, _)| fork.name() != "Paris" || genesis.config.merge_netsplit_block.is_some())
        .filter_map(|(_, condition)| condition.block_number())
        .filter(|number| *number > 0)
        .collect();
    let mut hash = ForkHash::from(genesis_hash);
    for number in blocks {
        hash += number;
    }
    for activation in times
        .range(..=time)
        .filter(|activation| **activation > genesis.timestamp)
    {
        hash += *activation;
    }
    Bytes::copy_from_slice(&hash.0)
}
