//! What revm has to know about a block and a transaction before it executes them.
//!
//! All environments of the crate are made here, so that execution, calls, simulation and traces of one block see the
//! same block. Rules of Ethereum that the environment carries: the fork, the chain id, base and blob fee, and from
//! Osaka on the gas cap of one transaction (EIP-7825).

use crate::spec::ChainSpec;
use alloy_consensus::Header;
use alloy_evm::{EvmEnv, FromRecoveredTx};
use alloy_primitives::U256;
use civitas_ports::BlockInput;
use civitas_types::Transaction;
use revm::context::TxEnv;

/// Milliseconds in a second: payloads count milliseconds, Ethereum headers whole seconds.
pub(crate) const MILLISECONDS_PER_SECOND: u64 = 1_000;

impl ChainSpec {
    /// The environment in which the transactions of the block of `header` are executed.
    pub fn environment(&self, header: &Header) -> EvmEnv {
        let blob_params = self.blob_params(header.timestamp);
        let mut environment = EvmEnv::for_eth_block(header, self, self.chain_id(), blob_params);
        environment.cfg_env.blob_base_fee_update_fraction =
            blob_params.map(|params| u64::try_from(params.update_fraction).unwrap_or(u64::MAX));
        environment
    }

    /// The environment in which the transactions of `input` are executed.
    pub fn environment_of(&self, input: &BlockInput) -> EvmEnv {
        self.environment(&header_before_execution(input))
    }
}

/// A transaction as revm takes it, with the sender that was recovered from its signature.
pub fn transaction_environment(transaction: &Transaction) -> TxEnv {
    TxEnv::from_recovered_tx(transaction.envelope(), transaction.sender())
}

/// The fields of the header that are known before the block is executed; the others have their defaults.
pub fn header_before_execution(input: &BlockInput) -> Header {
    Header {
        parent_hash: input.parent_hash,
        beneficiary: input.beneficiary,
        difficulty: input.difficulty,
        number: input.height.get(),
        gas_limit: input.gas_limit,
        timestamp: input.timestamp_ms / MILLISECONDS_PER_SECOND,
        extra_data: input.extra_data.clone(),
        mix_hash: input.prev_randao,
        nonce: input.nonce.into(),
        base_fee_per_gas: input.base_fee,
        excess_blob_gas: input.excess_blob_gas,
        parent_beacon_block_root: input.parent_beacon_block_root,
        ..Header::default()
    }
}

/// Price of a unit of blob gas in the block of `header` (EIP-4844), none before Cancun.
pub fn blob_base_fee(spec: &ChainSpec, header: &Header) -> Option<U256> {
    let params = spec.blob_params(header.timestamp)?;
    Some(U256::from(params.calc_blob_fee(header.excess_blob_gas?)))
}
