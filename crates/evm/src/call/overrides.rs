//! State overrides and block overrides of `eth_call`, `eth_estimateGas`, `eth_simulateV1` and `debug_traceCall`.
//!
//! The rules are geth's: overrides act as a transaction just before the first call; an overridden precompile is plain
//! state afterwards, unless it was moved to another address.

use super::overlay::Overlay;
use alloy_consensus::Header;
use alloy_evm::EvmEnv;
use alloy_primitives::{Address, U256};
use alloy_rpc_types_eth::{
    BlockOverrides,
    state::{AccountOverride, StateOverride},
};
use civitas_ports::StateError;
use revm::context_interface::block::BlobExcessGasAndPrice;
use thiserror::Error;

/// Why overrides make no sense.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OverrideError {
    /// Only precompiles can be moved.
    #[error("account {address} is not a precompile")]
    NotAPrecompile {
        /// The account.
        address: Address,
    },
    /// A precompile cannot be moved onto itself.
    #[error("account {address} is moved to itself")]
    MovedToItself {
        /// The precompile.
        address: Address,
    },
    /// The target of a move is overridden itself.
    #[error("account {address} is already overridden")]
    AlreadyOverridden {
        /// The target.
        address: Address,
    },
    /// `state` replaces what `stateDiff` would change.
    #[error("account {address} has both 'state' and 'stateDiff'")]
    StateAndDiff {
        /// The account.
        address: Address,
    },
    /// A field of the block overrides does not apply to this method.
    #[error("block override {field:?} is not supported by this method")]
    UnsupportedField {
        /// Its name.
        field: &'static str,
    },
    /// A number is above what Ethereum's blocks can hold.
    #[error("block override {field:?} is out of range")]
    OutOfRange {
        /// Its name.
        field: &'static str,
    },
}

/// A failure while overrides are put into an overlay.
#[derive(Debug, Error)]
pub(crate) enum ApplyError {
    #[error(transparent)]
    Override(#[from] OverrideError),
    #[error(transparent)]
    State(#[from] StateError),
}

/// Puts account overrides into the overlay.
pub(crate) fn apply_state(overlay: &mut Overlay<'_>, overrides: &StateOverride) -> Result<(), ApplyError> {
    for (address, account) in overrides {
        apply_account(overlay, *address, account)?;
    }
    Ok(())
}

fn apply_account(
    overlay: &mut Overlay<'_>,
    address: Address,
    change: &AccountOverride,
) -> Result<(), ApplyError> {
    if change.state.is_some() && change.state_diff.is_some() {
        return Err(OverrideError::StateAndDiff { address }.into());
    }
    let mut account = overlay.account(&address)?.unwrap_or_default();
    if let Some(nonce) = change.nonce {
        account.nonce = nonce;
    }
    if let Some(balance) = change.balance {
        account.balance = balance;
    }
    if let Some(code) = &change.code {
        account.code_hash = overlay.add_code(code.clone());
    }
    let slots = change.state.as_ref().or(change.state_diff.as_ref());
    if change.nonce.is_none() && change.balance.is_none() && change.code.is_none() && slots.is_none() {
        return Ok(());
    }
    overlay.set_account(address, account);
    if change.state.is_some() {
        overlay.wipe_storage(address);
    }
    for (slot, value) in slots.into_iter().flatten() {
        overlay.set_slot(address, U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
    }
    Ok(())
}

/// Puts the overrides of the block's fields into `header`, and its block hashes into the overlay.
pub(crate) fn apply_block(
    overlay: &mut Overlay<'_>,
    header: &mut Header,
    overrides: &BlockOverrides,
) -> Result<(), OverrideError> {
    if overrides.beacon_root.is_some() {
        return Err(OverrideError::UnsupportedField { field: "beaconRoot" });
    }
    if let Some(number) = overrides.number {
        header.number = in_range(number, "number")?;
    }
    override_fields(header, overrides)?;
    for (number, hash) in overrides.block_hash.iter().flatten() {
        overlay.set_block_hash(*number, *hash);
    }
    Ok(())
}

/// The overrides that calls and simulated blocks share: everything but the number.
pub(crate) fn override_fields(header: &mut Header, overrides: &BlockOverrides) -> Result<(), OverrideError> {
    if let Some(time) = overrides.time {
        header.timestamp = time;
    }
    if let Some(difficulty) = overrides.difficulty {
        header.difficulty = difficulty;
    }
    if let Some(gas_limit) = overrides.gas_limit {
        header.gas_limit = gas_limit;
    }
    if let Some(coinbase) = overrides.coinbase {
        header.beneficiary = coinbase;
    }
    if let Some(random) = overrides.random {
        header.mix_hash = random;
    }
    if let Some(base_fee) = overrides.base_fee {
        header.base_fee_per_gas = Some(in_range(base_fee, "baseFeePerGas")?);
    }
    Ok(())
}

/// Sets the price of blob gas, which no header field expresses directly.
pub(crate) fn override_blob_fee(environment: &mut EvmEnv, price: U256) -> Result<(), OverrideError> {
    let excess_blob_gas = environment
        .block_env
        .blob_excess_gas_and_price
        .map_or(0, |blob| blob.excess_blob_gas);
    environment.block_env.blob_excess_gas_and_price = Some(BlobExcessGasAndPrice {
        excess_blob_gas,
        blob_gasprice: u128::try_from(price)
            .map_err(|_| OverrideError::OutOfRange { field: "blobBaseFee" })?,
    });
    Ok(())
}

pub(crate) fn in_range(value: U256, field: &'static str) -> Result<u64, OverrideError> {
    u64::try_from(value).map_err(|_| OverrideError::OutOfRange { field })
}
