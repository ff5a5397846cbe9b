//! The ledger's own methods (`civitas_`): certificates, proofs, parameters, omissions.
//!
//! A payload commits to the result of an earlier block, so the proof of block `h` is the certificate over the
//! first later payload whose result is at `h` or above, with the headers that lead from `h` to that result.

use crate::{
    Arguments, Backend, RpcError, Slot, convert,
    registry::{add, add_instant},
};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, U64};
use civitas_api::ledger::{
    BlockCertificate, Certificate, Omission, OrderingStatus, Parameters, StateProof, Status, SystemContract,
    Validator,
};
use civitas_evm::SystemContracts;
use civitas_ports::{Ordering, StateView};
use civitas_system_contracts::{CONTRACTS, ledgers, nodes, partition};
use civitas_types::{Block, Height, LedgerParameters, OrderingEngine, Payload, StateCommitment};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// Payloads above a block that are searched for one that commits to it and whose certificate this node has. The
/// next one or two commit to it, after rounds that failed a later one; a node that was away may have only later
/// certificates.
const CERTIFICATE_SEARCH_PAYLOADS: u64 = 16;
/// Blocks that are searched for an omitted transaction, newest first.
const OMISSION_SEARCH_BLOCKS: u64 = 1_000;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add_instant(module, "civitas_status", |backend, arguments| {
        arguments.end()?;
        Ok(status(backend))
    })?;
    add_instant(module, "civitas_systemContracts", |backend, arguments| {
        arguments.end()?;
        system_contracts(backend)
    })?;
    add_instant(module, "civitas_ledgers", |backend, arguments| {
        arguments.end()?;
        Ok(backend.served())
    })?;
    add(module, "civitas_parameters", parameters)?;
    add(module, "civitas_validators", validators)?;
    add(module, "civitas_getCertificate", certificate)?;
    add(module, "civitas_getProof", proof)?;
    add(module, "civitas_getOmitted", omitted)
}

fn status(backend: &Backend) -> Status {
    let head = backend.store().head();
    let pool = backend.pool().status();
    let ordering = backend.ordering().map(|ordering| {
        let status = ordering.status();
        OrderingStatus {
            engine: status.engine.to_owned(),
            epoch: status.epoch,
            view: status.view,
            finalized: status.finalized.get(),
            voting: status.voting,
        }
    });
    Status {
        version: backend.sources.client_version.clone(),
        chain_id: backend.chain_id(),
        height: head.height.get(),
        hash: head.hash,
        state_root: head.state_root,
        timestamp_ms: head.timestamp_ms,
        ordering,
        peers: backend.sources.node.peers(),
        syncing_to: backend
            .sources
            .node
            .syncing()
            .map(|progress| progress.highest.get()),
        pending_transactions: pool.pending,
        queued_transactions: pool.queued,
        oldest_state: backend.store().oldest_state().get(),
        notices: backend.sources.node.notices(),
    }
}

async fn parameters(backend: Arc<Backend>, arguments: Arguments) -> Result<Parameters, RpcError> {
    arguments.end()?;
    let parameters = parameters_now(&backend).await?;
    let ordering = match parameters.ordering {
        OrderingEngine::Simplex => "simplex",
        OrderingEngine::Solo => "solo",
    };
    let commitment = match parameters.state_commitment {
        _ if backend.is_imported() => "mpt",
        StateCommitment::Qmdb => "qmdb",
        StateCommitment::Mpt => "mpt",
    };
    Ok(Parameters {
        chain_id: backend.chain_id(),
        ordering: backend.ordering().map(|_| ordering.to_owned()),
        state_commitment: commitment.to_owned(),
        block_gas_max: parameters.block_gas_max,
        payload_bytes_max: parameters.payload_bytes_max,
        payload_transactions_max: parameters.payload_transactions_max,
        transaction_bytes_max: parameters.transaction_bytes_max,
        base_fee: parameters.base_fee,
        block_interval_ms: parameters.block_interval_ms,
        heartbeat_ms: parameters.heartbeat_ms,
        leader_timeout_ms: parameters.leader_timeout_ms,
        epoch_blocks: parameters.epoch_blocks,
    })
}

/// The parameters that the next block is made by.
async fn parameters_now(backend: &Arc<Backend>) -> Result<LedgerParameters, RpcError> {
    let genesis = backend.genesis().parameters.clone();
    if backend.spec().system_contracts() == SystemContracts::Absent {
        return Ok(genesis);
    }
    let (chain_id, time) = (backend.chain_id(), backend.store().head().timestamp_ms);
    let ask = move |view: &dyn StateView| {
        civitas_evm::ask(view, time, |host| {
            ledgers::parameters_now(host, chain_id, &genesis)
        })
    };
    backend.read(BlockId::latest(), ask).await
}

/// Who orders an epoch: as the registry of nodes says, on a partition ledger its own sets, and where there is neither,
/// the validators of the genesis.
async fn validators(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Vec<Validator>, RpcError> {
    let asked: Option<U64> = arguments.optional("epoch")?;
    arguments.end()?;
    let head = backend.store().head();
    let current = backend.genesis().parameters.epochs().of(head.height.next());
    let epoch = asked.map_or(current, |epoch| epoch.to());
    if epoch > current {
        return Err(RpcError::invalid(format!(
            "epoch {epoch} has not begun: the ledger is in epoch {current}"
        )));
    }
    if backend.spec().system_contracts() == SystemContracts::Absent {
        let validators = backend.genesis().validators.iter().map(|validator| Validator {
            name: validator.name.clone(),
            public_key: validator.public_key,
            beneficiary: validator.beneficiary,
        });
        return Ok(validators.collect());
    }
    let is_partition = backend.spec().system_contracts() == SystemContracts::OfMain;
    let ask = move |view: &dyn StateView| {
        civitas_evm::ask(view, head.timestamp_ms, |host| match is_partition {
            true => partition::validators(host, epoch),
            false => nodes::validators(host, epoch),
        })
    };
    let records = backend.read(BlockId::latest(), ask).await?;
    let validators = records.into_iter().map(|record| Validator {
        name: record.name,
        public_key: record.key,
        beneficiary: record.beneficiary,
    });
    Ok(validators.collect())
}

/// The system contracts of a city; chains that were imported have none.
fn system_contracts(backend: &Backend) -> Result<Vec<SystemContract>, RpcError> {
    if backend.spec().system_contracts() == SystemContracts::Absent {
        return Ok(Vec::new());
    }
    let contracts = CONTRACTS.iter().map(|contract| {
        Ok(SystemContract {
            name: contract.name.to_owned(),
            address: contract.address,
            version: contract.version,
            active_from: contract.active_from,
            abi: serde_json::to_value((contract.abi)()).map_err(|_| RpcError::Interrupted)?,
        })
    });
    contracts.collect()
}

async fn certificate(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<BlockCertificate>, RpcError> {
    let id: BlockId = arguments.required("block")?;
    arguments.end()?;
    let ordering = backend.ordering().ok_or(RpcError::Unsupported {
        what: "a certificate",
        cure: "this chain was imported, nobody ordered it here",
    })?;
    let height = backend.known_height(id).await?;
    let Some((payload, certificate)) = backend.bounded(certified(ordering, height)).await? else {
        return Ok(None);
    };
    Ok(Some(
        block_certificate(&backend, height, &payload, certificate).await?,
    ))
}

/// The first payload above `height` that commits to the block at `height` or a later one, and its certificate.
async fn certified(
    ordering: &dyn Ordering,
    height: Height,
) -> Result<Option<(Arc<Payload>, civitas_ports::Certificate)>, RpcError> {
    let newest = ordering.status().finalized;
    let mut candidate = height;
    for _ in 0..CERTIFICATE_SEARCH_PAYLOADS {
        candidate = candidate.next();
        if candidate > newest {
            break;
        }
        let Some(payload) = ordering.payload(candidate).await? else {
            continue;
        };
        if payload.header().result.height < height {
            continue;
        }
        if let Some(certificate) = ordering.certificate(candidate).await? {
            return Ok(Some((payload, certificate)));
        }
    }
    Ok(None)
}

async fn block_certificate(
    backend: &Backend,
    height: Height,
    payload: &Payload,
    certificate: civitas_ports::Certificate,
) -> Result<BlockCertificate, RpcError> {
    let header = payload.header();
    let mut headers = Vec::new();
    let mut block_hash = B256::ZERO;
    for number in height.get()..=header.result.height.get() {
        let block = backend.known_block(BlockId::number(number)).await?;
        if number == height.get() {
            block_hash = block.hash;
        }
        headers.push(convert::encoded_header(&block.header));
    }
    Ok(BlockCertificate {
        height: height.get(),
        block_hash,
        headers,
        result_height: header.result.height.get(),
        result_hash: header.result.block_hash,
        payload_height: header.height.get(),
        payload_header: Bytes::copy_from_slice(&header.encode()),
        payload_digest: payload.digest(),
        certificate: Certificate {
            kind: certificate.kind.to_owned(),
            epoch: certificate.epoch,
            view: certificate.view,
            signers: certificate.signers,
            encoded: certificate.encoded.into(),
        },
    })
}

async fn proof(backend: Arc<Backend>, mut arguments: Arguments) -> Result<StateProof, RpcError> {
    let address: Address = arguments.required("address")?;
    let key: Option<String> = arguments.optional("slot")?;
    arguments.end()?;
    let slot = key
        .map(|key| Slot::parse(&key))
        .transpose()?
        .map(|slot| slot.value);
    let work = async { Ok(backend.store().state_proof(address, slot).await?) };
    let found = backend.bounded(work).await?;
    Ok(StateProof {
        address,
        slot,
        height: found.height.get(),
        state_root: found.state_root,
        key: found.key,
        value: found.value,
        proof: found.proof,
    })
}

async fn omitted(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Vec<Omission>, RpcError> {
    let id: BlockId = arguments.required("blockOrTransaction")?;
    arguments.end()?;
    if let Some(block) = backend.block(id).await? {
        return Ok(omissions(&block).collect());
    }
    match id {
        BlockId::Hash(hash) => backend.bounded(omission_of(&backend, hash.block_hash)).await,
        BlockId::Number(_) => Err(RpcError::BlockNotFound {
            block: id.to_string(),
        }),
    }
}

fn omissions(block: &Block) -> impl Iterator<Item = Omission> + '_ {
    block.omitted.iter().map(|omission| Omission {
        transaction_hash: omission.transaction,
        height: block.header.number,
        block_hash: block.hash,
        reason: omission.reason.clone(),
    })
}

async fn omission_of(backend: &Backend, hash: B256) -> Result<Vec<Omission>, RpcError> {
    if backend.store().locate(hash).await?.is_some() {
        // It was executed, so it was not left out.
        return Ok(Vec::new());
    }
    let newest = backend.store().head().height.get();
    let oldest = newest.saturating_sub(OMISSION_SEARCH_BLOCKS - 1);
    for number in (oldest..=newest).rev() {
        let Some(block) = backend.store().block(Height::new(number)).await? else {
            continue;
        };
        let found: Vec<Omission> = omissions(&block)
            .filter(|omission| omission.transaction_hash == hash)
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}
