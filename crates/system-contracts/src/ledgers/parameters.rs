//! Ledger parameters between the interface, the storage and the genesis, and what a running ledger changes of them.

use super::{
    ADDRESS, ParametersRecord, Status,
    abi::{self, Adjustment, Engine, Parameters, StateCommitment},
    bump, status, storage, with_chain_id,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    registry::emit,
};
use civitas_types::{LedgerParameters, OrderingEngine, StateCommitment as GenesisStateCommitment};

/// Gas of a block, at most: more does not execute within the timeouts below.
const BLOCK_GAS_MAX: u64 = 10_000_000_000;

/// The parameters as the genesis has them.
pub(super) fn of_genesis(parameters: &Parameters) -> LedgerParameters {
    LedgerParameters {
        ordering: match parameters.ordering {
            Engine::Solo => OrderingEngine::Solo,
            _ => OrderingEngine::Simplex,
        },
        state_commitment: match parameters.stateCommitment {
            StateCommitment::Mpt => GenesisStateCommitment::Mpt,
            _ => GenesisStateCommitment::Qmdb,
        },
        block_gas_max: parameters.blockGasMax,
        payload_bytes_max: parameters.payloadBytesMax,
        payload_transactions_max: parameters.payloadTransactionsMax,
        transaction_bytes_max: parameters.transactionBytesMax,
        base_fee: parameters.baseFee,
        block_interval_ms: parameters.blockIntervalMs,
        heartbeat_ms: parameters.heartbeatMs,
        leader_timeout_ms: parameters.leaderTimeoutMs,
        epoch_blocks: parameters.epochBlocks,
    }
}

/// The parameters as the interface has them.
fn of_interface(parameters: &LedgerParameters) -> Parameters {
    Parameters {
        ordering: match parameters.ordering {
            OrderingEngine::Solo => Engine::Solo,
            OrderingEngine::Simplex => Engine::Simplex,
        },
        stateCommitment: match parameters.state_commitment {
            GenesisStateCommitment::Mpt => StateCommitment::Mpt,
            GenesisStateCommitment::Qmdb => StateCommitment::Qmdb,
        },
        blockGasMax: parameters.block_gas_max,
        payloadBytesMax: parameters.payload_bytes_max,
        payloadTransactionsMax: parameters.payload_transactions_max,
        transactionBytesMax: parameters.transaction_bytes_max,
        baseFee: parameters.base_fee,
        blockIntervalMs: parameters.block_interval_ms,
        heartbeatMs: parameters.heartbeat_ms,
        leaderTimeoutMs: parameters.leader_timeout_ms,
        epochBlocks: parameters.epoch_blocks,
    }
}

/// Notes the parameters of the main ledger, whose genesis this is.
pub(crate) fn found(host: &mut dyn Host, parameters: &LedgerParameters) -> Result<(), Fault> {
    let chain_id = host.block().chain_id;
    let record = storage().founded().of(&chain_id);
    write(host, &record, &of_interface(parameters))
}

/// The parameters that the next block of the ledger with this chain id is made by, where those of its genesis were
/// `genesis`.
///
/// # Errors
/// What the host gives.
pub fn parameters_now(
    host: &mut dyn Host,
    chain_id: u64,
    genesis: &LedgerParameters,
) -> Result<LedgerParameters, Fault> {
    let adjusted = storage().adjusted().of(&chain_id);
    let block_gas_max = adjusted.block_gas_max().get(host)?;
    if block_gas_max == 0 {
        return Ok(genesis.clone());
    }
    Ok(LedgerParameters {
        block_gas_max,
        block_interval_ms: adjusted.block_interval_ms().get(host)?,
        heartbeat_ms: adjusted.heartbeat_ms().get(host)?,
        ..genesis.clone()
    })
}

/// The same for a ledger whose genesis the registry knows.
pub(super) fn known(host: &mut dyn Host, chain_id: u64) -> Result<Parameters, Fault> {
    let record = match with_chain_id(host, chain_id)? {
        Some(ledger) => ledger.parameters(),
        None => storage().founded().of(&chain_id),
    };
    if record.block_gas_max().get(host)? == 0 {
        return refuse(abi::NoSuchLedger { chainId: chain_id });
    }
    let genesis = of_genesis(&read(host, &record)?);
    Ok(of_interface(&parameters_now(host, chain_id, &genesis)?))
}

pub(super) fn adjust(host: &mut dyn Host, request: &abi::adjustCall) -> Result<(), Fault> {
    let (chain_id, adjustment) = (request.chainId, &request.adjustment);
    if let Some(ledger) = with_chain_id(host, chain_id)?
        && status(host, &ledger)? == Status::Closed
    {
        let name = ledger.name().text(host)?;
        return refuse(abi::LedgerClosed { name });
    }
    let Adjustment {
        blockGasMax,
        blockIntervalMs,
        heartbeatMs,
    } = *adjustment;
    check(&Parameters {
        blockGasMax,
        blockIntervalMs,
        heartbeatMs,
        ..known(host, chain_id)?
    })?;
    let adjusted = storage().adjusted().of(&chain_id);
    adjusted.block_gas_max().set(host, blockGasMax)?;
    adjusted.block_interval_ms().set(host, blockIntervalMs)?;
    adjusted.heartbeat_ms().set(host, heartbeatMs)?;
    bump(host)?;
    let event = abi::LedgerAdjusted {
        chainId: chain_id,
        adjustment: adjustment.clone(),
    };
    emit(host, ADDRESS, &event)
}

/// Refuses what no genesis could have.
pub(super) fn check(parameters: &Parameters) -> Result<(), Fault> {
    if parameters.blockGasMax > BLOCK_GAS_MAX {
        return Err(invalid("blockGasMax", "at most 10000000000"));
    }
    of_genesis(parameters)
        .check()
        .map_err(|error| invalid(error.name, error.rule))
}

pub(super) fn write(
    host: &mut dyn Host,
    record: &ParametersRecord,
    parameters: &Parameters,
) -> Result<(), Fault> {
    record.ordering().set(host, parameters.ordering.into())?;
    let commitment = parameters.stateCommitment.into();
    record.state_commitment().set(host, commitment)?;
    record.block_gas_max().set(host, parameters.blockGasMax)?;
    record.payload_bytes_max().set(host, parameters.payloadBytesMax)?;
    let transactions = parameters.payloadTransactionsMax;
    record.payload_transactions_max().set(host, transactions)?;
    let bytes = parameters.transactionBytesMax;
    record.transaction_bytes_max().set(host, bytes)?;
    record.base_fee().set(host, parameters.baseFee)?;
    record.block_interval_ms().set(host, parameters.blockIntervalMs)?;
    record.heartbeat_ms().set(host, parameters.heartbeatMs)?;
    record.leader_timeout_ms().set(host, parameters.leaderTimeoutMs)?;
    record.epoch_blocks().set(host, parameters.epochBlocks)
}

pub(super) fn read(host: &mut dyn Host, record: &ParametersRecord) -> Result<Parameters, Fault> {
    let ordering = record.ordering().get(host)?;
    let commitment = record.state_commitment().get(host)?;
    Ok(Parameters {
        ordering: Engine::try_from(ordering).unwrap_or(Engine::Simplex),
        stateCommitment: StateCommitment::try_from(commitment).unwrap_or(StateCommitment::Qmdb),
        blockGasMax: record.block_gas_max().get(host)?,
        payloadBytesMax: record.payload_bytes_max().get(host)?,
        payloadTransactionsMax: record.payload_transactions_max().get(host)?,
        transactionBytesMax: record.transaction_bytes_max().get(host)?,
        baseFee: record.base_fee().get(host)?,
        blockIntervalMs: record.block_interval_ms().get(host)?,
        heartbeatMs: record.heartbeat_ms().get(host)?,
        leaderTimeoutMs: record.leader_timeout_ms().get(host)?,
        epochBlocks: record.epoch_blocks().get(host)?,
    })
}
