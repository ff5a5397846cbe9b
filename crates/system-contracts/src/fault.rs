//! How a call into a system contract can fail.
//!
//! A refusal is one of the custom errors that the contract's interface names, so that Ethereum's clients decode it.

use alloy_primitives::{Address, Bytes, FixedBytes};
use alloy_sol_types::{SolError, sol};
use thiserror::Error;

sol! {
    /// The caller holds no role that permits the function.
    #[derive(Debug, PartialEq, Eq)]
    error Unauthorized(address caller, bytes4 selector);
    /// An argument is out of its bounds.
    #[derive(Debug, PartialEq, Eq)]
    error InvalidArgument(string name, string rule);
    /// The contract has no such function.
    #[derive(Debug, PartialEq, Eq)]
    error UnknownFunction(bytes4 selector);
    /// The arguments do not decode.
    #[derive(Debug, PartialEq, Eq)]
    error MalformedCall(bytes4 selector);
    /// A partition ledger reads the city's registries; they change on the main ledger.
    #[derive(Debug, PartialEq, Eq)]
    error OnlyOnMainLedger();
    /// System contracts take no value.
    #[derive(Debug, PartialEq, Eq)]
    error ValueNotAccepted();
}

/// Why a call into a system contract failed. Nothing of the call is left.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The contract refused; the bytes are an ABI-encoded custom error.
    #[error("the system contract refused: {0}")]
    Refused(Bytes),
    /// The gas of the call is used up.
    #[error("the call is out of gas")]
    OutOfGas,
    /// A static call tried to write.
    #[error("a static call cannot write")]
    ReadOnly,
    /// The state below could not be read; not the caller's fault.
    #[error("the state could not be read: {0}")]
    State(String),
}

impl<E: SolError> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Refused(error.abi_encode().into())
    }
}

/// Refuses with a custom error.
///
/// # Errors
/// Always.
pub fn refuse<T>(error: impl SolError) -> Result<T, Fault> {
    Err(error.into())
}

/// Refuses an argument.
pub fn invalid(name: &str, rule: &str) -> Fault {
    InvalidArgument {
        name: name.to_owned(),
        rule: rule.to_owned(),
    }
    .into()
}

/// Refuses a caller.
pub fn unauthorized(caller: Address, selector: [u8; 4]) -> Fault {
    Unauthorized {
        caller,
        selector: FixedBytes(selector),
    }
    .into()
}
