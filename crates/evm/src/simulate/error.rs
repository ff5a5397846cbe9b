//! Why a simulation was refused.

use crate::call::{CallError, OverrideError, RequestError};
use alloy_primitives::{Address, U256};
use civitas_ports::ExecutionError;
use thiserror::Error;

/// Why a simulation was refused. Codes: [`SimulationError::code`].
#[derive(Debug, Error)]
pub enum SimulationError {
    /// More blocks than one simulation may have, gaps included.
    #[error("too many blocks")]
    TooManyBlocks,
    /// Numbers of blocks do not grow.
    #[error("block numbers must be in order: {number} <= {previous}")]
    BlockNumberOrder {
        /// Number of the block.
        number: u64,
        /// Number of the block before it.
        previous: u64,
    },
    /// Times of blocks do not grow.
    #[error("block timestamps must be in order: {timestamp} <= {previous}")]
    BlockTimestampOrder {
        /// Time of the block, seconds.
        timestamp: u64,
        /// Time of the block before it, seconds.
        previous: u64,
    },
    /// The calls of a block ask for more gas than the block has.
    #[error("block gas limit reached: {gas_used} >= {gas_limit}")]
    BlockGasLimit {
        /// Gas that the calls before used.
        gas_used: u64,
        /// Gas limit of the block.
        gas_limit: u64,
    },
    /// The nonce was used.
    #[error("nonce too low: address {address}, tx: {nonce} state: {next}")]
    NonceTooLow {
        /// The sender.
        address: Address,
        /// Nonce of the call.
        nonce: u64,
        /// Nonce of the account.
        next: u64,
    },
    /// A nonce is missing in between.
    #[error("nonce too high: address {address}, tx: {nonce} state: {next}")]
    NonceTooHigh {
        /// The sender.
        address: Address,
        /// Nonce of the call.
        nonce: u64,
        /// Nonce of the account.
        next: u64,
    },
    /// The account has no nonce left.
    #[error("nonce has max value: address {address}")]
    NonceExhausted {
        /// The sender.
        address: Address,
    },
    /// The fee cap is below the base fee.
    #[error(
        "max fee per gas less than block base fee: address {address}, maxFeePerGas: {fee}, baseFee: {base_fee}"
    )]
    FeeTooLow {
        /// The sender.
        address: Address,
        /// Fee cap in wei.
        fee: u128,
        /// Base fee in wei.
        base_fee: u64,
    },
    /// Gas below what is needed before the first instruction.
    #[error("intrinsic gas too low: have {gas}, want {needed}")]
    IntrinsicGas {
        /// Gas of the call.
        gas: u64,
        /// What is needed.
        needed: u64,
    },
    /// The sender cannot pay gas and value.
    #[error("insufficient funds for gas * price + value: address {address} have {balance} want {cost}")]
    InsufficientFunds {
        /// The sender.
        address: Address,
        /// Its balance in wei.
        balance: U256,
        /// What it would need, in wei.
        cost: U256,
    },
    /// Initialisation code above EIP-3860's bound.
    #[error("max initcode size exceeded")]
    InitCodeTooLarge,
    /// A call that is refused for another reason.
    #[error(transparent)]
    Call(CallError),
    /// The state root of a block could not be computed.
    #[error("the state root of the simulated block could not be computed")]
    Root(#[source] ExecutionError),
}

impl SimulationError {
    /// The error code that execution-apis gives to the reason.
    pub const fn code(&self) -> i32 {
        match self {
            Self::NonceTooLow { .. } => -38010,
            Self::NonceTooHigh { .. } => -38011,
            Self::FeeTooLow { .. } => -38012,
            Self::IntrinsicGas { .. } => -38013,
            Self::InsufficientFunds { .. } => -38014,
            Self::BlockGasLimit { .. } => -38015,
            Self::BlockNumberOrder { .. } => -38020,
            Self::BlockTimestampOrder { .. } => -38021,
            Self::Call(CallError::Override(OverrideError::MovedToItself { .. })) => -38022,
            Self::InitCodeTooLarge => -38025,
            Self::TooManyBlocks => -38026,
            Self::Call(CallError::Request(RequestError::TipAboveFee { .. })) => -32602,
            Self::NonceExhausted { .. } | Self::Root(_) | Self::Call(CallError::State(_)) => -32603,
            Self::Call(_) => -32000,
        }
    }
}

impl<E: Into<CallError>> From<E> for SimulationError {
    fn from(error: E) -> Self {
        use revm::context_interface::result::InvalidTransaction as Invalid;
        match error.into() {
            CallError::Invalid(Invalid::CallGasCostMoreThanGasLimit {
                initial_gas,
                gas_limit,
            }) => Self::IntrinsicGas {
                gas: gas_limit,
                needed: initial_gas,
            },
            CallError::Invalid(Invalid::GasFloorMoreThanGasLimit { gas_floor, gas_limit }) => {
                Self::IntrinsicGas {
                    gas: gas_limit,
                    needed: gas_floor,
                }
            }
            CallError::Invalid(Invalid::CreateInitCodeSizeLimit) => Self::InitCodeTooLarge,
            CallError::InsufficientFunds {
                address,
                balance,
                cost,
            } => Self::InsufficientFunds {
                address,
                balance,
                cost,
            },
            other => Self::Call(other),
        }
    }
}
