//! A signed Ethereum transaction together with its hash, its sender and the bytes that it was decoded from.
//!
//! Invariant: `sender` was recovered from the signature of `envelope`, and `raw` is its EIP-2718 encoding.

use alloy_consensus::{EthereumTxEnvelope, TxEip4844, transaction::SignerRecoverable};
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use alloy_primitives::{Address, B256, Bytes};
use thiserror::Error;

/// The transaction forms of Ethereum as they stand in a block body: a blob transaction is without its sidecar.
pub type TxEnvelope = EthereumTxEnvelope<TxEip4844>;

/// A decoded transaction whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    envelope: TxEnvelope,
    hash: B256,
    sender: Address,
    raw: Bytes,
}

/// Why bytes are not a transaction.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TransactionError {
    /// The bytes are not the EIP-2718 encoding of a known transaction type.
    #[error("the bytes are not an encoded transaction: {reason}")]
    Undecodable {
        /// What the decoder met.
        reason: String,
    },
    /// Bytes follow the encoded transaction.
    #[error("{count} bytes follow the encoded transaction")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// No sender can be recovered from the signature (also: a high `s` value, EIP-2).
    #[error("the signature is not valid")]
    InvalidSignature,
}

impl Transaction {
    /// Decodes the EIP-2718 encoding and recovers the sender (the costly part: about 40 microseconds).
    ///
    /// # Errors
    /// See [`TransactionError`].
    pub fn decode(raw: Bytes) -> Result<Self, TransactionError> {
        let envelope = Self::decode_envelope(&raw)?;
        let sender = envelope
            .recover_signer()
            .map_err(|_| TransactionError::InvalidSignature)?;
        Ok(Self {
            hash: *envelope.tx_hash(),
            envelope,
            sender,
            raw,
        })
    }

    /// Decodes the EIP-2718 encoding without a look at the signature.
    ///
    /// # Errors
    /// See [`TransactionError`].
    pub fn decode_envelope(raw: &[u8]) -> Result<TxEnvelope, TransactionError> {
        let mut rest = raw;
        let envelope = TxEnvelope::decode_2718(&mut rest).map_err(|error| TransactionError::Undecodable {
            reason: error.to_string(),
        })?;
        if rest.is_empty() {
            Ok(envelope)
        } else {
            Err(TransactionError::TrailingBytes { count: rest.len() })
        }
    }

    /// Joins a transaction to a sender that the caller has recovered or verified elsewhere.
    pub fn with_sender(envelope: TxEnvelope, sender: Address) -> Self {
        let raw = Bytes::from(envelope.encoded_2718());
        Self {
            hash: *envelope.tx_hash(),
            envelope,
            sender,
            raw,
        }
    }

    /// The signed transaction.
    pub const fn envelope(&self) -> &TxEnvelope {
        &self.envelope
    }

    /// Keccak-256 of the EIP-2718 encoding.
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// The account that signed.
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// The EIP-2718 encoding.
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }
}
