//! What can go wrong between a client and a node.

use alloy_primitives::Bytes;
use thiserror::Error;

/// A request that was not answered as it should be.
#[derive(Debug, Error)]
pub enum Error {
    /// No address of a node was given.
    #[error("no address of a node was given")]
    NoAddress,
    /// An address is none of HTTP.
    #[error("{url} is no address of a node")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        #[source]
        source: jsonrpsee_client::core::client::Error,
    },
    /// No node answered.
    #[error("no node answered {method}; the last one that was asked is {url}")]
    Unreachable {
        /// The method.
        method: String,
        /// The last node that was asked.
        url: String,
        /// What happened there.
        #[source]
        source: jsonrpsee_client::core::client::Error,
    },
    /// The node refused.
    #[error("{method} was refused ({code}): {message}")]
    Refused {
        /// The method.
        method: String,
        /// The code of the error.
        code: i32,
        /// What the node says.
        message: String,
        /// The data of the error: of a call that was reverted, what it gave back.
        data: Option<Bytes>,
    },
    /// The parameters are no JSON, or the answer is not what the method promises.
    #[error("{method}: its parameters or its answer are not what the method promises")]
    Form {
        /// The method.
        method: String,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
    /// Something does not fit an ABI.
    #[error(transparent)]
    Abi(#[from] AbiError),
}

impl Error {
    /// What a reverted call gave back; none for other errors.
    pub fn revert(&self) -> Option<&Bytes> {
        match self {
            Self::Refused { data, .. } => data.as_ref(),
            _ => None,
        }
    }
}

/// Arguments or bytes that do not fit an ABI.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AbiError {
    /// There is no such system contract.
    #[error("there is no system contract called {name}")]
    UnknownContract {
        /// The name.
        name: String,
    },
    /// The contract has no such function.
    #[error("{contract} has no function {function}")]
    UnknownFunction {
        /// The contract.
        contract: String,
        /// The function.
        function: String,
    },
    /// Another number of arguments is expected.
    #[error("{function} takes {expected} arguments, not {given}")]
    ArgumentCount {
        /// The function.
        function: String,
        /// What it takes.
        expected: usize,
        /// What was given.
        given: usize,
    },
    /// An argument does not fit its type.
    #[error("argument {name} is no {kind}: {given}")]
    Argument {
        /// Its name.
        name: String,
        /// Its type.
        kind: String,
        /// What was given, shortened.
        given: String,
    },
    /// The bytes do not fit the types.
    #[error("the bytes are no encoding of {what}")]
    Undecodable {
        /// What they should be.
        what: String,
    },
}

/// An error with its causes, in one line.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
