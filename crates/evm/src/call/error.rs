//! Why a call was refused or failed.

use super::overrides::{ApplyError, OverrideError};
use crate::database::DatabaseError;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{Panic, Revert, SolError};
use civitas_ports::StateError;
use civitas_system_contracts::access::Denial;
use revm::context_interface::result::{EVMError, HaltReason, InvalidTransaction};
use thiserror::Error;

/// Why a call was refused or failed.
#[derive(Debug, Error)]
pub enum CallError {
    /// The contract reverted.
    #[error("execution reverted{}", reason_suffix(output))]
    Reverted {
        /// What it returned.
        output: Bytes,
    },
    /// The EVM stopped the execution.
    #[error("{}", halt_text(reason))]
    Halted {
        /// Why.
        reason: HaltReason,
    },
    /// The time for this call was over.
    #[error(
        "execution aborted: it took longer than this node allows (lower the work of the call, or raise the limit)"
    )]
    TimedOut,
    /// A trace grew above its bound.
    #[error("the trace is larger than {bytes_max} bytes: trace less, or switch parts of it off")]
    TraceTooLarge {
        /// The bound.
        bytes_max: usize,
    },
    /// No gas limit within the bounds is enough.
    #[error("gas required exceeds allowance ({gas_max})")]
    GasAllowanceExceeded {
        /// The highest gas limit that was tried.
        gas_max: u64,
    },
    /// The sender cannot pay the value.
    #[error("insufficient funds for transfer: address {address}")]
    InsufficientFundsForTransfer {
        /// The sender.
        address: Address,
    },
    /// The sender cannot pay value and gas.
    #[error("insufficient funds for gas * price + value: address {address} have {balance} want {cost}")]
    InsufficientFunds {
        /// The sender.
        address: Address,
        /// Its balance in wei.
        balance: U256,
        /// What it would need, in wei.
        cost: U256,
    },
    /// The price is below the base fee.
    #[error("max fee per gas less than block base fee: address {address}, baseFee: {base_fee}")]
    FeeTooLow {
        /// The sender.
        address: Address,
        /// Base fee in wei.
        base_fee: u64,
    },
    /// Fields of the request contradict one another or the chain.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The overrides make no sense.
    #[error(transparent)]
    Override(#[from] OverrideError),
    /// The transaction breaks a rule that is checked before its first instruction.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// The city does not allow it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The tracer or its configuration is not known.
    #[error("the tracer cannot be used: {reason}")]
    Tracer {
        /// What is wrong.
        reason: String,
    },
    /// A transaction of the replayed block cannot be executed again: a broken invariant.
    #[error("the block cannot be replayed: {reason}")]
    Replay {
        /// What went wrong.
        reason: String,
    },
    /// The state could not be read; not the caller's fault.
    #[error("the state could not be read")]
    State(#[from] StateError),
}

/// A request whose fields make no sense together.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// Two ways of naming a price.
    #[error("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")]
    TwoGasPrices,
    /// Two different inputs.
    #[error(
        "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data"
    )]
    TwoInputs,
    /// The tip is above the fee cap.
    #[error(
        "max priority fee per gas higher than max fee per gas: address {address}, maxPriorityFeePerGas: {tip}, maxFeePerGas: {fee}"
    )]
    TipAboveFee {
        /// The sender.
        address: Address,
        /// Priority fee in wei.
        tip: u128,
        /// Fee cap in wei.
        fee: u128,
    },
    /// Signed for another chain.
    #[error("chainId does not match node's (have={found}, want={chain_id})")]
    WrongChain {
        /// Chain id in the request.
        found: u64,
        /// Chain id of this ledger.
        chain_id: u64,
    },
    /// Blob and set-code transactions cannot create contracts.
    #[error("this transaction type needs a destination")]
    NoTarget,
    /// A blob transaction without blobs.
    #[error("blob transactions must have at least one blob hash")]
    NoBlobs,
}

impl From<ApplyError> for CallError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Override(error) => Self::Override(error),
            ApplyError::State(error) => Self::State(error),
        }
    }
}

impl From<DatabaseError> for CallError {
    fn from(error: DatabaseError) -> Self {
        Self::State(error.0)
    }
}

impl From<EVMError<DatabaseError>> for CallError {
    fn from(error: EVMError<DatabaseError>) -> Self {
        match error {
            EVMError::Transaction(invalid) => Self::Invalid(invalid),
            EVMError::Database(error) => Self::State(error.0),
            other => Self::Replay {
                reason: other.to_string(),
            },
        }
    }
}

/// The reason in a revert's data, when it was encoded as Solidity does: `Error(string)` or `Panic(uint256)`.
pub fn revert_reason(output: &[u8]) -> Option<String> {
    if let Ok(revert) = Revert::abi_decode(output) {
        return Some(revert.reason);
    }
    Panic::abi_decode(output).ok().map(|panic| match panic.kind() {
        Some(kind) => kind.as_str().to_owned(),
        None => format!("unknown panic code: {:#x}", panic.code),
    })
}

fn reason_suffix(output: &[u8]) -> String {
    revert_reason(output).map_or_else(String::new, |reason| format!(": {reason}"))
}

/// The words of Ethereum's clients for what stopped an execution.
pub fn halt_text(reason: &HaltReason) -> String {
    match reason {
        HaltReason::OutOfGas(_) => "out of gas".to_owned(),
        HaltReason::OpcodeNotFound | HaltReason::NotActivated => "invalid opcode".to_owned(),
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID".to_owned(),
        HaltReason::InvalidJump => "invalid jump destination".to_owned(),
        HaltReason::StackOverflow => "stack limit reached 1024 (1023)".to_owned(),
        HaltReason::OutOfOffset => "return data out of bounds".to_owned(),
        HaltReason::CreateCollision => "contract address collision".to_owned(),
        HaltReason::NonceOverflow => "nonce uint64 overflow".to_owned(),
        HaltReason::CreateContractSizeLimit => "max code size exceeded".to_owned(),
        HaltReason::CreateContractStartingWithEF => "invalid code: must not begin with 0xef".to_owned(),
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded".to_owned(),
        HaltReason::StateChangeDuringStaticCall => "write protection".to_owned(),
        HaltReason::CallTooDeep => "max call depth exceeded".to_owned(),
        HaltReason::OutOfFunds => "insufficient balance for transfer".to_owned(),
        other => other.to_string(),
    }
}
