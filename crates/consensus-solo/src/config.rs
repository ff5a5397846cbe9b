//! What the engine needs to know, and its bounds.

use alloy_primitives::B256;
use civitas_ports::OrderingError;
use civitas_types::{Epochs, NodeKey, PayloadLimits, Validator};
use commonware_codec::{Copying, DecodeExt as _};
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use std::time::Duration;

/// Requests for stored payloads that wait for the engine; more wait in their senders.
pub(crate) const REQUESTS_PENDING: usize = 64;

/// The ledger that a certificate belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerIdentity {
    /// Chain id.
    pub chain_id: u64,
    /// Digest of the genesis payload, which commits to the genesis block.
    pub genesis: B256,
}

impl LedgerIdentity {
    /// What separates the signatures of this ledger from those of every other:
    /// `civitas.solo\x01`, the chain id (big-endian), the genesis digest.
    pub fn namespace(&self) -> Vec<u8> {
        let mut namespace = b"civitas.solo\x01".to_vec();
        namespace.extend_from_slice(&self.chain_id.to_be_bytes());
        namespace.extend_from_slice(self.genesis.as_slice());
        namespace
    }
}

/// What the engine needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The key that signs, of the only validator.
    pub private_key: PrivateKey,
    /// The validators of the ledger: exactly one, whose key this is.
    pub validators: Vec<Validator>,
    /// The ledger.
    pub ledger: LedgerIdentity,
    /// Begins the names of the storage partitions: letters, digits, `-` and `_`, different for every ledger.
    pub partition_prefix: String,
    /// Bounds of a payload.
    pub limits: PayloadLimits,
    /// Pause after the application made no payload, or one that it refuses itself.
    pub retry: Duration,
    /// How heights are divided into epochs. All have the same validator, so they are only named.
    pub epochs: Epochs,
}

impl Config {
    /// Decodes an Ed25519 private key (32 bytes, RFC 8032 seed).
    ///
    /// # Errors
    /// When there are not exactly 32 bytes.
    pub fn private_key(seed: &[u8]) -> Result<PrivateKey, OrderingError> {
        PrivateKey::decode(Copying(seed))
            .map_err(|_| refuse("the private key of the node does not have 32 bytes"))
    }

    pub(crate) fn node_key(&self) -> NodeKey {
        NodeKey::from_slice(self.private_key.public_key().as_ref())
    }

    pub(crate) fn check(&self) -> Result<(), OrderingError> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if self.partition_prefix.is_empty() || !self.partition_prefix.chars().all(allowed) {
            return Err(refuse("the prefix cannot begin a partition's name"));
        }
        if self.retry.is_zero() {
            return Err(refuse("the pause between attempts is zero"));
        }
        match self.validators.as_slice() {
            [only] if only.public_key == self.node_key() => Ok(()),
            [_] => Err(refuse("this node's key is not the validator's")),
            _ => Err(refuse("solo ordering needs exactly one validator")),
        }
    }
}

pub(crate) fn refuse(reason: &str) -> OrderingError {
    OrderingError::Configuration {
        reason: reason.to_owned(),
    }
}
