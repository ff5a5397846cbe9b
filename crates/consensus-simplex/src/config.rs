//! What an engine needs to know, and every bound and time it works with.
//!
//! Times that all validators must agree on roughly come from the ledger's parameters; the sizes below are of
//! this node only and can never hurt safety.

use crate::{
    block::BlockLimits,
    network::VALIDATORS_MAX,
    types::{PublicKey, Scheme},
};
use alloy_primitives::B256;
use civitas_ports::OrderingError;
use civitas_types::{Epochs, LedgerParameters, NodeKey, PayloadLimits, Validator};
use commonware_codec::DecodeExt;
use commonware_consensus::types::ViewDelta;
use commonware_cryptography::{Signer, ed25519::PrivateKey};
use commonware_utils::{NZDuration, NZU16, NZUsize, NonZeroDuration, ordered::Set};
use std::{
    num::{NonZeroU16, NonZeroUsize},
    time::Duration,
};

/// Messages that an actor of the engine queues before its overflow policy applies: a few views of votes of a
/// hundred validators.
pub(crate) const MAILBOX_MESSAGES: NonZeroUsize = NZUsize!(1_024);
/// Payloads kept in memory for each proposer until they are final. A proposer has its turn once in a
/// rotation, so these cover several rotations.
pub(crate) const PAYLOADS_PER_PROPOSER: usize = 8;
/// Views below the final one for which late votes and certificates are still taken.
pub(crate) const VIEWS_RETAINED: ViewDelta = ViewDelta::new(128);
/// Views below the final one whose unfinalised payloads are kept on disk for validators that lag.
const PAYLOAD_VIEWS_RETAINED: std::ops::RangeInclusive<u64> = 16..=256;
/// Missing heights that are fetched at a time.
pub(crate) const HEIGHTS_FETCHED_AT_ONCE: NonZeroUsize = NZUsize!(32);
/// Final payloads that wait for their execution; beyond them, the rest waits on disk.
pub(crate) const DELIVERIES_PENDING: NonZeroUsize = NZUsize!(8);
/// Payloads between the executed head and a proposal that are shown to the proposer. A proposer waits until
/// it is two behind, so a longer list means that its proposal comes too late anyway.
pub(crate) const UNEXECUTED_PAYLOADS_MAX: usize = 8;
/// Pause before a fetch that nobody could answer is tried again.
pub(crate) const FETCH_RETRY: Duration = Duration::from_millis(100);

/// Blocks of an epoch, at least: epoch 0 has one less, since the genesis block is in it.
const EPOCH_BLOCKS_MIN: u64 = 2;

/// Bytes of a page of the cache; with its checksum it fills a 4 KiB page of the disk.
pub(crate) const PAGE_BYTES: NonZeroU16 = NZU16!(4_084);
/// Pages of the cache: 8 MiB, enough for the heads of the journals; final payloads are read seldom.
pub(crate) const PAGES_CACHED: NonZeroUsize = NZUsize!(512);
/// Bytes that are read at a time while a journal is replayed.
pub(crate) const REPLAY_BYTES: NonZeroUsize = NZUsize!(1024 * 1024);
/// Bytes that a journal collects before it writes; every commit syncs regardless.
pub(crate) const WRITE_BYTES: NonZeroUsize = NZUsize!(256 * 1024);

/// Views below the final one whose unfinalised payloads are kept. No more than an epoch has, since the store
/// keeps files for every epoch in the window.
pub(crate) fn payload_views_retained(epochs: Epochs) -> ViewDelta {
    let (least, most) = PAYLOAD_VIEWS_RETAINED.into_inner();
    ViewDelta::new(epochs.blocks().get().clamp(least, most))
}

/// A peer that has not answered a fetch within this time is asked no more; another one is.
pub(crate) fn fetch_timeout() -> NonZeroDuration {
    NZDuration!(Duration::from_secs(2))
}

/// The ledger that a vote or a certificate belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerIdentity {
    /// Chain id.
    pub chain_id: u64,
    /// Digest of the genesis payload, which commits to the genesis block.
    pub genesis: B256,
    /// How its heights are divided into epochs.
    pub epochs: Epochs,
}

impl LedgerIdentity {
    /// What separates the signatures of this ledger from those of every other:
    /// `civitas.simplex\x01`, the chain id (big-endian), the genesis digest.
    pub fn namespace(&self) -> Vec<u8> {
        let mut namespace = b"civitas.simplex\x01".to_vec();
        namespace.extend_from_slice(&self.chain_id.to_be_bytes());
        namespace.extend_from_slice(self.genesis.as_slice());
        namespace
    }
}

/// Whether this node may vote as soon as it starts. Only asked on the first start on an empty folder: the
/// answer is made durable before [`crate::start`] returns, and a later start follows what is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VotingStart {
    /// The key has never voted on this ledger (a new city), or the operator vouches for it.
    Immediately,
    /// The key may have voted before and its votes are lost (a wiped node): follow first. See
    /// [`crate::catch_up`].
    AfterCatchUp,
}

/// What the engine of a node needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The key that signs votes. Its public key is the node's name in the network.
    pub private_key: PrivateKey,
    /// The ledger.
    pub ledger: LedgerIdentity,
    /// Whether a first start may vote at once.
    pub voting: VotingStart,
    /// Begins the names of the storage partitions: letters, digits, `-` and `_`, different for every ledger.
    pub partition_prefix: String,
    /// Bounds of a payload.
    pub limits: PayloadLimits,
    /// See [`LedgerParameters::leader_timeout_ms`].
    pub leader_timeout: Duration,
}

impl Config {
    /// Decodes an Ed25519 private key (32 bytes, RFC 8032 seed).
    ///
    /// # Errors
    /// When there are not exactly 32 bytes.
    pub fn private_key(seed: &[u8]) -> Result<PrivateKey, OrderingError> {
        PrivateKey::decode(commonware_codec::Copying(seed))
            .map_err(|_| refuse("the private key of the node does not have 32 bytes".to_owned()))
    }

    /// The payload bounds and the leader timeout of a ledger.
    pub const fn bounds(parameters: &LedgerParameters) -> (PayloadLimits, Duration) {
        let limits = PayloadLimits {
            body_bytes_max: parameters.payload_bytes_max,
            transactions_max: parameters.payload_transactions_max,
        };
        (limits, Duration::from_millis(parameters.leader_timeout_ms))
    }

    /// Where the votes of this node in an epoch are journalled.
    pub(crate) fn votes_partition(&self, epoch: u64) -> String {
        format!("{}-votes-{epoch}", self.partition_prefix)
    }

    /// Where this node journals while it follows without a vote: never mistaken for a journal of votes.
    pub(crate) fn following_partition(&self, epoch: u64) -> String {
        format!("{}-following-{epoch}", self.partition_prefix)
    }

    pub(crate) fn timings(&self) -> Timings {
        Timings::new(self.leader_timeout)
    }

    pub(crate) const fn block_limits(&self) -> BlockLimits {
        BlockLimits(self.limits)
    }

    pub(crate) fn node_key(&self) -> NodeKey {
        node_key(&self.private_key.public_key())
    }

    /// The scheme that signs, if this node is one of the validators.
    pub(crate) fn signer(&self, validators: &Set<PublicKey>) -> Option<Scheme> {
        let key = self.private_key.clone();
        Scheme::signer(&self.ledger.namespace(), validators.clone(), key)
    }

    /// The scheme that only verifies.
    pub(crate) fn verifier(&self, validators: &Set<PublicKey>) -> Scheme {
        Scheme::verifier(&self.ledger.namespace(), validators.clone())
    }

    pub(crate) fn check(&self) -> Result<(), OrderingError> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if self.partition_prefix.is_empty() || !self.partition_prefix.chars().all(allowed) {
            return Err(refuse(format!(
                "{:?} cannot begin a partition's name",
                self.partition_prefix
            )));
        }
        if self.ledger.epochs.blocks().get() < EPOCH_BLOCKS_MIN {
            return Err(refuse("an epoch has too few blocks".to_owned()));
        }
        if self.leader_timeout.is_zero() {
            return Err(refuse("the leader timeout is zero".to_owned()));
        }
        Ok(())
    }
}

/// The times of a view, derived from the one that the ledger's parameters give.
///
/// With `t` the leader timeout (above the heartbeat, so that an idle leader is not given up):
/// - a view whose leader sent nothing is given up after `t`, one that is not certified after `2 t`;
/// - a stuck node repeats its vote to give up every `t`;
/// - a leader that has sent nothing for `2.5 t`, while a quorum has, is skipped at once. So a dead validator
///   of four costs at most three timeouts, then only the time of an exchange of votes, until it speaks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timings {
    pub leader: Duration,
    pub certification: Duration,
    pub retry: Duration,
    pub inactive: Duration,
}

impl Timings {
    pub(crate) fn new(leader: Duration) -> Self {
        Self {
            leader,
            certification: leader.saturating_mul(2),
            retry: leader,
            inactive: leader.saturating_mul(5) / 2,
        }
    }
}

/// The name of a node in our words.
pub(crate) fn node_key(key: &PublicKey) -> NodeKey {
    NodeKey::from_slice(key.as_ref())
}

/// The validators as an ordered set: a signature's position in a certificate is its key's position here.
pub(crate) fn participants(validators: &[Validator]) -> Result<Set<PublicKey>, OrderingError> {
    let mut keys = Vec::with_capacity(validators.len());
    for validator in validators {
        let key =
            PublicKey::decode(commonware_codec::Copying(validator.public_key.as_slice())).map_err(|_| {
                refuse(format!(
                    "the key of validator {} is not an Ed25519 key",
                    validator.name
                ))
            })?;
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(refuse("an epoch has no validators".to_owned()));
    }
    if u32::try_from(keys.len()).map_or(true, |count| count > VALIDATORS_MAX) {
        return Err(refuse(format!(
            "an epoch has more than {VALIDATORS_MAX} validators"
        )));
    }
    let count = keys.len();
    let set = Set::from_iter_dedup(keys);
    if set.len() == count {
        Ok(set)
    } else {
        Err(refuse("two validators have the same key".to_owned()))
    }
}

fn refuse(reason: String) -> OrderingError {
    OrderingError::Configuration { reason }
}
