//! What can go wrong at one endpoint.

use civitas_ports::{BoxError, ForeignError};
use thiserror::Error;

/// Why an endpoint gave nothing that can be used.
#[derive(Debug, Error)]
pub enum LinkError {
    /// No answer.
    #[error("{request} got no answer")]
    Silent {
        /// The method that was asked.
        request: &'static str,
        /// What its transport says.
        #[source]
        source: BoxError,
    },
    /// The request took too long.
    #[error("{request} took longer than {ms_max} ms")]
    Slow {
        /// The method that was asked.
        request: &'static str,
        /// Milliseconds that it may take.
        ms_max: u128,
    },
    /// It is another chain.
    #[error("it is chain {found}")]
    WrongChain {
        /// CAIP-2 name of what answers.
        found: String,
    },
    /// The endpoint refused.
    #[error("{request} was refused ({code}): {message}")]
    Refused {
        /// The method that was asked.
        request: &'static str,
        /// Its number for that.
        code: i64,
        /// Its words, at most [`crate::MESSAGE_CHARS_MAX`] characters.
        message: String,
    },
    /// An answer has not the form that its method promises.
    #[error("the answer to {request} is malformed")]
    Malformed {
        /// The method that was asked.
        request: &'static str,
        /// Where it does not fit.
        #[source]
        source: serde_json::Error,
    },
    /// An answer contradicts itself.
    #[error("a false answer about block {height}: {what}")]
    False {
        /// The block.
        height: u64,
        /// What does not fit.
        what: String,
    },
    /// It does not have the block.
    #[error("it has no block {height}")]
    Missing {
        /// The block.
        height: u64,
    },
    /// More than is taken.
    #[error("{what} is above the bound of {max}")]
    TooLarge {
        /// What is bounded.
        what: String,
        /// The bound.
        max: u64,
    },
}

impl LinkError {
    /// How much it says when all endpoints failed, each in its way: the worst is told.
    pub(crate) const fn weight(&self) -> u8 {
        match self {
            Self::WrongChain { .. } => 6,
            Self::False { .. } => 5,
            Self::TooLarge { .. } => 4,
            Self::Malformed { .. } => 3,
            Self::Refused { .. } => 2,
            Self::Missing { .. } => 1,
            Self::Silent { .. } | Self::Slow { .. } => 0,
        }
    }

    /// The error of the port, once no other endpoint did better.
    pub(crate) fn told(self, chain: &str, endpoint: &str, request: &str) -> ForeignError {
        match self {
            Self::WrongChain { found } => ForeignError::WrongChain {
                endpoint: endpoint.to_owned(),
                expected: chain.to_owned(),
                found,
            },
            Self::False { height, what } => ForeignError::False {
                endpoint: endpoint.to_owned(),
                height,
                what,
            },
            Self::TooLarge { what, max } => ForeignError::TooLarge { what, max },
            Self::Missing { height } => ForeignError::Missing { height },
            other => ForeignError::Unreachable {
                chain: chain.to_owned(),
                request: request.to_owned(),
                source: Box::new(other),
            },
        }
    }
}
