//! Ledger parameters between the interface, the storage and the genesis.

use super::{
    ParametersRecord,
    abi::{Engine, Parameters, StateCommitment},
};
use crate::{
    fault::{Fault, invalid},
    host::Host,
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
