//! What this node remembers about its right to vote, made durable before it acts on it.
//!
//! One record, of the newest epoch in which this node ran an engine: `catching up`, or `voting` with the
//! finalization above which it votes (none when it votes from the first view). The record survives crashes, so
//! that a node which is wiped, starts to catch up and crashes does not take its new journal for its old one.
//!
//! # From one epoch to the next
//! Every epoch has its own views and journal, so the question is only whether this node may have voted in an
//! epoch before it lost its disk ([`crate::catch_up`] says when it may vote all the same).
//! - A node that lost nothing has voted in no epoch that it enters for the first time: it votes at once.
//! - A node that follows until it is safe goes on following in the next epoch, since it may have been there before;
//!   unless what it heard proves that the epoch had not ended when it began to listen.
//! - A node that lost its disk and votes again above a finalization `F` of epoch `e` votes in epoch `e + 1` at
//!   once if `F` is over a payload below the last of `e`. For then the last payload of `e` was not final when
//!   the node began to listen, so it had never entered `e + 1`. Proof: let the last payload have been final in
//!   view `v` by then, and `m` be the highest view heard by the listener. At least `q - f` of the `q` voices are
//!   honest and were at `m` or below after the node began to listen, so at most `n - q + f = 2 f < q` had
//!   voted above `m` before: `v <= m < F`. But what is final above `v` extends the payload of `v`, and nothing
//!   but the last payload itself does so within the epoch; so `F` is over the last payload.
//! - A node whose application is back in an epoch before the recorded one (a restored backup) follows until
//!   it is there again: the journals of those epochs may be gone.

use crate::{
    config::VotingStart,
    types::{Digest, Finalization, Scheme},
};
use civitas_ports::OrderingError;
use commonware_codec::{Copying, Decode, Encode, RangeCfg};
use commonware_consensus::simplex::Floor;
use commonware_cryptography::certificate::Verifier as _;
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::sequence::U64;
use std::cmp::Ordering;

/// Key of the record.
const KEY: U64 = U64::new(0);
/// First byte of a record; the epoch follows (8 bytes, big-endian), then the finalization if there is one. The
/// numbers 0 and 1 were records without an epoch.
const CATCHING_UP: u8 = 2;
const VOTING: u8 = 3;
/// Bytes of a record: a certificate of ten thousand validators fits.
const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Whether and above what this node votes, in an epoch whose validators it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Not yet. See [`crate::catch_up`].
    CatchingUp,
    /// Above this finalization, or from the first view.
    Voting(Option<Finalization>),
    /// Never in this epoch, since this node was in a later one. Not recorded.
    Bygone,
}

/// A right with the epoch that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub epoch: u64,
    pub right: Right,
}

impl Entry {
    fn encode(&self) -> Option<Vec<u8>> {
        let (tag, floor) = match &self.right {
            Right::CatchingUp => (CATCHING_UP, None),
            Right::Voting(floor) => (VOTING, floor.as_ref()),
            Right::Bygone => return None,
        };
        let mut encoded = vec![tag];
        encoded.extend_from_slice(&self.epoch.to_be_bytes());
        if let Some(finalization) = floor {
            encoded.extend_from_slice(&finalization.encode());
        }
        Some(encoded)
    }

    fn decode(encoded: &[u8]) -> Result<Self, OrderingError> {
        const ATTEMPT: &str = "reading the record of votes";
        let unknown = || failed(ATTEMPT, "it is of an unknown form");
        let (&tag, rest) = encoded.split_first().ok_or_else(unknown)?;
        let (epoch, floor) = rest.split_first_chunk().ok_or_else(unknown)?;
        let right = match (tag, floor) {
            (CATCHING_UP, []) => Right::CatchingUp,
            (VOTING, []) => Right::Voting(None),
            (VOTING, floor) => {
                // Its own committee bounded the certificate when it was received.
                let bound = Scheme::certificate_codec_config_unbounded();
                let finalization = Finalization::decode_cfg(Copying(floor), &bound);
                Right::Voting(Some(finalization.map_err(|source| failed(ATTEMPT, source))?))
            }
            _ => return Err(unknown()),
        };
        let epoch = u64::from_be_bytes(*epoch);
        Ok(Self { epoch, right })
    }
}

/// The stored record.
pub(crate) struct Record<E: commonware_storage::Context> {
    /// Away only while it is being written.
    metadata: Option<Metadata<E, U64, Vec<u8>>>,
}

impl<E: commonware_storage::Context> Record<E> {
    /// Opens the record in `partition`.
    pub(crate) async fn open(context: E, partition: String) -> Result<Self, OrderingError> {
        let codec_config = (RangeCfg::from(..=RECORD_BYTES_MAX), ());
        let config = metadata::Config {
            partition,
            codec_config,
        };
        let metadata = Metadata::init(context, config)
            .await
            .map_err(|source| failed("opening the record of votes", source))?;
        Ok(Self {
            metadata: Some(metadata),
        })
    }

    /// What is recorded, if anything is.
    pub(crate) fn entry(&self) -> Result<Option<Entry>, OrderingError> {
        let stored = self.metadata.as_ref().and_then(|metadata| metadata.get(&KEY));
        stored.map(|stored| Entry::decode(stored)).transpose()
    }

    /// Records `entry`, unless that is recorded already; durable when the future ends.
    pub(crate) async fn store(&mut self, entry: &Entry) -> Result<(), OrderingError> {
        const ATTEMPT: &str = "storing the record of votes";
        let Some(encoded) = entry.encode() else {
            return Ok(());
        };
        let metadata = self.metadata.take();
        let mut metadata =
            metadata.ok_or_else(|| failed(ATTEMPT, "it was lost when it was stored before"))?;
        if metadata.get(&KEY) != Some(&encoded) {
            metadata = metadata
                .put_sync(KEY, encoded)
                .await
                .map_err(|source| failed(ATTEMPT, source))?;
        }
        self.metadata = Some(metadata);
        Ok(())
    }
}

/// What is known when a node that enters an epoch decides whether it may vote there.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// The epoch.
    pub epoch: u64,
    /// The record, if there is one.
    pub recorded: Option<Entry>,
    /// Digest of the last payload of the recorded epoch, if that is over.
    pub recorded_ended_with: Option<Digest>,
    /// Whether that was not yet final when this node began to listen in the recorded epoch.
    pub preceded_end: bool,
    /// What became of the journal of votes of the epoch.
    pub journal: Journal,
    /// Whether this node has delivered a payload.
    pub delivered: bool,
    /// What the configuration says about a first start.
    pub first_start: VotingStart,
}

/// The journal of votes of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Journal {
    /// It is there, or there was no need of it: no validator, or nothing of the epoch was delivered.
    Whole,
    /// It is not there although payloads of the epoch were delivered to this validator.
    Missing,
}

impl Evidence {
    /// The decision. When blocks were delivered, a record that says "voting" is not believed without the journal
    /// of votes, and no record is no first start: somebody has removed what is missing.
    pub(crate) fn decide(self) -> Right {
        let Some(entry) = self.recorded else {
            return match self.first_start {
                VotingStart::Immediately if !self.delivered => Right::Voting(None),
                _ => Right::CatchingUp,
            };
        };
        match (entry.epoch.cmp(&self.epoch), entry.right) {
            (Ordering::Greater, _) => Right::Bygone,
            (Ordering::Equal, Right::Voting(_)) if self.journal == Journal::Missing => Right::CatchingUp,
            (Ordering::Equal, right) => right,
            (Ordering::Less, Right::Voting(None)) => Right::Voting(None),
            (Ordering::Less, _) if self.preceded_end => Right::Voting(None),
            (Ordering::Less, Right::Voting(Some(floor))) => match self.recorded_ended_with {
                Some(last) if floor.proposal.payload != last => Right::Voting(None),
                _ => Right::CatchingUp,
            },
            (Ordering::Less, Right::CatchingUp | Right::Bygone) => Right::CatchingUp,
        }
    }
}

/// Where the engine starts. `base` is the payload that the epoch is built on.
pub(crate) fn floor(right: &Right, base: Digest) -> Floor<Scheme, Digest> {
    match right {
        Right::Voting(Some(finalization)) => Floor::Finalized(finalization.clone()),
        Right::Voting(None) | Right::CatchingUp | Right::Bygone => Floor::Genesis(base),
    }
}

pub(crate) fn failed(attempt: &'static str, source: impl Into<civitas_ports::BoxError>) -> OrderingError {
    OrderingError::Failed {
        attempt,
        source: source.into(),
    }
}

#[cfg(test)]
mod tests;
