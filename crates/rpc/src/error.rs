//! What can go wrong in a call, and the one place where it becomes a JSON-RPC error.
//!
//! Codes follow geth and EIP-1474, because Ethereum's tools read them. Invariants: every [`Refusal`] and every
//! [`StoreError`] has a row here; the cause of an internal failure is logged, not sent.

use alloy_primitives::{B256, Bytes, hex};
use civitas_ports::{OrderingError, Refusal, StateError, StoreError};
use civitas_types::Height;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value, json, value::RawValue};
use thiserror::Error;

/// JSON-RPC error codes that this server uses.
pub mod code {
    /// The request was understood and refused, or failed while it ran (geth's default).
    pub const SERVER_ERROR: i32 = -32000;
    /// What was asked for does not exist here (EIP-1474).
    pub const RESOURCE_NOT_FOUND: i32 = -32001;
    /// The method exists in Ethereum but not on this ledger (EIP-1474).
    pub const NOT_SUPPORTED: i32 = -32004;
    /// A limit of this node was reached (EIP-1474).
    pub const LIMIT_EXCEEDED: i32 = -32005;
    /// The texts of a transaction have words that the thesaurus in force refuses; the data name category and legal basis.
    pub const CONTENT_REFUSED: i32 = -32040;
    /// No such method (JSON-RPC 2.0).
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// The parameters are wrong (JSON-RPC 2.0).
    pub const INVALID_PARAMS: i32 = -32602;
    /// The node failed (JSON-RPC 2.0).
    pub const INTERNAL: i32 = -32603;
    /// A call reverted (geth); the data are those of the revert.
    pub const REVERTED: i32 = 3;
    /// A transaction was taken in but not executed in time (EIP-7966).
    pub const SYNC_TIMEOUT: i32 = 4;
    /// The history that was asked for was pruned.
    pub const PRUNED: i32 = 4444;
}

/// Why a call failed.
#[derive(Debug, Error)]
pub enum RpcError {
    /// The parameters are wrong; the text says which one and how.
    #[error("{reason}")]
    InvalidParams {
        /// Which one and how.
        reason: String,
    },
    /// A block that was named does not exist.
    #[error("header not found: no block {block}")]
    BlockNotFound {
        /// The block as the client named it.
        block: String,
    },
    /// A transaction that was named does not exist.
    #[error("transaction not found: {hash}")]
    TransactionNotFound {
        /// Its hash.
        hash: B256,
    },
    /// Something else that was named does not exist.
    #[error("{what} not found")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The ledger has no such thing; the text says what to use instead.
    #[error("{what} is not supported by this ledger: {cure}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// What to use instead.
        cure: &'static str,
    },
    /// The history was pruned.
    #[error(
        "pruned history unavailable: the state at height {height} is no longer kept, the oldest is {oldest}"
    )]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The oldest height that can be read.
        oldest: Height,
    },
    /// A limit of this node was reached.
    #[error("{what} exceeds the limit of this node, {max}")]
    LimitExceeded {
        /// What is limited.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// Too many heavy calls at once.
    #[error("the node is busy: {max} heavy calls run and more wait than may; try again soon")]
    Busy {
        /// Heavy calls that run at once.
        max: usize,
    },
    /// A call ran for too long.
    #[error("execution aborted (timeout = {millis} ms)")]
    Timeout {
        /// The limit in milliseconds.
        millis: u64,
    },
    /// A call reverted.
    #[error("{}", revert_message(reason.as_deref()))]
    Reverted {
        /// The decoded `Error(string)` or `Panic(uint256)`, if it is one.
        reason: Option<String>,
        /// The bytes that the call returned.
        data: Bytes,
    },
    /// An execution that could not be done or failed without a revert (code -32000).
    #[error("{reason}")]
    Execution {
        /// Why.
        reason: String,
    },
    /// An error whose code a specification names (`eth_simulateV1`: -38010 to -38026).
    #[error("{reason}")]
    Coded {
        /// The code.
        code: i32,
        /// Why.
        reason: String,
    },
    /// A transaction was taken in but is in no block yet (EIP-7966).
    #[error(
        "transaction {hash} was accepted but is in no block after {millis} ms: ask for its receipt later"
    )]
    NotYetExecuted {
        /// Its hash.
        hash: B256,
        /// How long the call waited.
        millis: u64,
    },
    /// The pool refused a transaction.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed or refused.
    #[error("the ledger could not be read")]
    Store(#[source] StoreError),
    /// The state could not be read.
    #[error("the state could not be read")]
    State(#[source] StateError),
    /// The ordering engine failed.
    #[error("the ordering engine could not answer")]
    Ordering(#[from] OrderingError),
    /// A task of this node ended before its time; the call may be repeated.
    #[error("the node could not finish the call")]
    Interrupted,
}

impl RpcError {
    /// Wrong parameters.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::InvalidParams {
            reason: reason.into(),
        }
    }

    /// The JSON-RPC error code.
    pub const fn code(&self) -> i32 {
        match self {
            Self::InvalidParams { .. } => code::INVALID_PARAMS,
            Self::BlockNotFound { .. }
            | Self::TransactionNotFound { .. }
            | Self::Timeout { .. }
            | Self::Execution { .. } => code::SERVER_ERROR,
            Self::NotFound { .. } => code::RESOURCE_NOT_FOUND,
            Self::Unsupported { .. } => code::NOT_SUPPORTED,
            Self::Pruned { .. } => code::PRUNED,
            Self::LimitExceeded { .. } | Self::Busy { .. } => code::LIMIT_EXCEEDED,
            Self::Reverted { .. } => code::REVERTED,
            Self::Coded { code, .. } => *code,
            Self::NotYetExecuted { .. } => code::SYNC_TIMEOUT,
            Self::Refused(refusal) => refusal_code(refusal),
            Self::Store(_) | Self::State(_) | Self::Ordering(_) | Self::Interrupted => code::INTERNAL,
        }
    }

    fn data(&self) -> Option<Value> {
        match self {
            Self::Reverted { data, .. } => Some(hex::encode_prefixed(data).into()),
            Self::NotYetExecuted { hash, .. } => Some(hash.to_string().into()),
            Self::Refused(Refusal::Content {
                category,
                legal_basis,
            }) => Some(json!({ "category": category, "legalBasis": legal_basis })),
            _ => None,
        }
    }
}

/// Every refusal of the pool and its code. geth answers -32000 to all of them; only what is not the client's
/// fault differs. A new refusal does not compile before it has a row.
const fn refusal_code(refusal: &Refusal) -> i32 {
    match refusal {
        Refusal::Malformed(_)
        | Refusal::BlobUnsupported
        | Refusal::Unprotected { .. }
        | Refusal::WrongChain { .. }
        | Refusal::TooLarge { .. }
        | Refusal::AlreadyKnown
        | Refusal::NonceTooLow { .. }
        | Refusal::NonceTooHigh { .. }
        | Refusal::InsufficientFunds { .. }
        | Refusal::IntrinsicGasTooLow { .. }
        | Refusal::GasLimitTooHigh { .. }
        | Refusal::FeeTooLow { .. }
        | Refusal::TipAboveFee
        | Refusal::SenderHasCode { .. }
        | Refusal::Denied { .. }
        | Refusal::ReplacementUnderpriced { .. }
        | Refusal::InitCodeTooLarge { .. }
        | Refusal::InvalidSetCode
        | Refusal::SenderFull { .. }
        | Refusal::Full { .. } => code::SERVER_ERROR,
        Refusal::Content { .. } => code::CONTENT_REFUSED,
        Refusal::StateUnavailable => code::INTERNAL,
    }
}

fn revert_message(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    }
}

impl From<StoreError> for RpcError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown { height, .. } => Self::BlockNotFound {
                block: height.to_string(),
            },
            StoreError::Pruned { height, oldest } => Self::Pruned { height, oldest },
            StoreError::TooMuch { what, max } => Self::LimitExceeded { what, max },
            StoreError::Unsupported { what, cure } => Self::Unsupported { what, cure },
            StoreError::State(error) => error.into(),
            other @ (StoreError::OutOfOrder { .. }
            | StoreError::Refused(_)
            | StoreError::Damaged { .. }
            | StoreError::Storage { .. }) => Self::Store(other),
        }
    }
}

impl From<StateError> for RpcError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Pruned { height, oldest } => Self::Pruned { height, oldest },
            other @ (StateError::Storage(_) | StateError::MissingCode { .. }) => Self::State(other),
        }
    }
}

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        let code = error.code();
        let is_specified = matches!(error, RpcError::Coded { .. });
        if code == code::INTERNAL && !is_specified {
            tracing::error!(error = &error as &dyn std::error::Error, "a call failed");
        }
        let data: Option<Box<RawValue>> = error
            .data()
            .and_then(|value| serde_json::value::to_raw_value(&value).ok());
        Self::owned(code, error.to_string(), data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use civitas_types::TransactionError;

    #[test]
    fn every_refusal_has_its_code_and_says_why() {
        let client = [
            Refusal::Malformed(TransactionError::InvalidSignature),
            Refusal::BlobUnsupported,
            Refusal::Unprotected { chain_id: 7 },
            Refusal::WrongChain {
                found: 1,
                chain_id: 7,
            },
            Refusal::TooLarge { bytes: 2, max: 1 },
            Refusal::AlreadyKnown,
            Refusal::NonceTooLow { nonce: 1, next: 2 },
            Refusal::NonceTooHigh {
                nonce: 9,
                next: 2,
                gap_max: 3,
            },
            Refusal::InsufficientFunds {
                balance: Default::default(),
                cost: Default::default(),
            },
            Refusal::IntrinsicGasTooLow { gas: 1, needed: 2 },
            Refusal::GasLimitTooHigh { gas: 2, max: 1 },
            Refusal::FeeTooLow { fee: 1, base_fee: 2 },
            Refusal::TipAboveFee,
            Refusal::SenderHasCode {
                sender: Default::default(),
            },
            Refusal::ReplacementUnderpriced { percent: 10 },
            Refusal::InitCodeTooLarge { bytes: 2, max: 1 },
            Refusal::InvalidSetCode,
            Refusal::SenderFull {
                sender: Default::default(),
                max: 1,
            },
            Refusal::Full { max: 1 },
        ];
        for refusal in client {
            check(refusal, code::SERVER_ERROR);
        }
        check(Refusal::StateUnavailable, code::INTERNAL);
    }

    fn check(refusal: Refusal, expected: i32) {
        let text = refusal.to_string();
        let answer = ErrorObjectOwned::from(RpcError::from(refusal));
        assert_eq!(answer.code(), expected, "{text}");
        assert_eq!(answer.message(), text);
        assert!(answer.data().is_none());
    }

    #[test]
    fn refused_content_names_the_law_and_no_word() {
        let refusal = Refusal::Content {
            category: "fraud".to_owned(),
            legal_basis: "Article 266".to_owned(),
        };
        let answer = ErrorObjectOwned::from(RpcError::from(refusal));
        assert_eq!(answer.code(), code::CONTENT_REFUSED);
        let expected = r#"{"category":"fraud","legalBasis":"Article 266"}"#;
        assert_eq!(answer.data().map(RawValue::get), Some(expected));
    }

    #[test]
    fn errors_become_their_codes() {
        let height = Height::new(3);
        let oldest = Height::new(9);
        let rows: [(RpcError, i32); 9] = [
            (
                StoreError::Unknown {
                    height: oldest,
                    head: height,
                }
                .into(),
                code::SERVER_ERROR,
            ),
            (StoreError::Pruned { height, oldest }.into(), code::PRUNED),
            (StateError::Pruned { height, oldest }.into(), code::PRUNED),
            (
                StoreError::TooMuch { what: "logs", max: 5 }.into(),
                code::LIMIT_EXCEEDED,
            ),
            (
                StoreError::Unsupported {
                    what: "proof",
                    cure: "use another",
                }
                .into(),
                code::NOT_SUPPORTED,
            ),
            (
                StateError::MissingCode { hash: B256::ZERO }.into(),
                code::INTERNAL,
            ),
            (
                StoreError::Damaged { what: "x".to_owned() }.into(),
                code::INTERNAL,
            ),
            (RpcError::invalid("bad"), code::INVALID_PARAMS),
            (
                RpcError::Coded {
                    code: -38010,
                    reason: "nonce too low".to_owned(),
                },
                -38010,
            ),
        ];
        for (error, expected) in rows {
            assert_eq!(ErrorObjectOwned::from(error).code(), expected);
        }
    }

    #[test]
    fn a_revert_carries_its_data() {
        let error = RpcError::Reverted {
            reason: Some("no".to_owned()),
            data: Bytes::from_static(&[1, 2]),
        };
        let answer = ErrorObjectOwned::from(error);
        assert_eq!(answer.message(), "execution reverted: no");
        assert_eq!(answer.data().map(RawValue::get), Some("\"0x0102\""));
    }
}
