//! What this node remembers about its right to vote, made durable before it acts on it.
//!
//! One record: `catching up`, or `voting` with the finalization above which it votes (none when it voted from
//! the first view). The record survives crashes, so that a node which is wiped, starts to catch up and
//! crashes does not take its new journal for its old one.

use crate::{
    config::VotingStart,
    types::{Finalization, Scheme},
};
use civitas_ports::OrderingError;
use commonware_codec::{Copying, Decode, Encode, RangeCfg};
use commonware_consensus::simplex::Floor;
use commonware_cryptography::certificate::Scheme as _;
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::sequence::U64;

/// Key of the record.
const KEY: U64 = U64::new(0);
const CATCHING_UP: u8 = 0;
const VOTING: u8 = 1;
/// Bytes of a record: a certificate of ten thousand validators fits.
const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Whether and above what this node votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Not yet. See [`crate::catch_up`].
    CatchingUp,
    /// Above this finalization, or from the first view.
    Voting(Option<Finalization>),
}

/// The stored record.
pub(crate) struct Record<E: commonware_storage::Context> {
    metadata: Metadata<E, U64, Vec<u8>>,
    validators: usize,
}

impl<E: commonware_storage::Context> Record<E> {
    /// Opens the record in `partition`.
    pub(crate) async fn open(context: E, partition: String, scheme: &Scheme) -> Result<Self, OrderingError> {
        let codec_config = (RangeCfg::from(..=RECORD_BYTES_MAX), ());
        let metadata = Metadata::init(
            context,
            metadata::Config {
                partition,
                codec_config,
            },
        )
        .await
        .map_err(|source| failed("opening the record of votes", source))?;
        Ok(Self {
            metadata,
            validators: scheme.participants().len(),
        })
    }

    /// What is recorded, if anything is.
    pub(crate) fn right(&self) -> Result<Option<Right>, OrderingError> {
        let Some(stored) = self.metadata.get(&KEY) else {
            return Ok(None);
        };
        match stored.split_first() {
            Some((&CATCHING_UP, [])) => Ok(Some(Right::CatchingUp)),
            Some((&VOTING, [])) => Ok(Some(Right::Voting(None))),
            Some((&VOTING, encoded)) => Finalization::decode_cfg(Copying(encoded), &self.validators)
                .map(|finalization| Some(Right::Voting(Some(finalization))))
                .map_err(|source| failed("reading the record of votes", source)),
            _ => Err(failed("reading the record of votes", "it is of an unknown form")),
        }
    }

    /// Records `right`; durable when the future ends.
    pub(crate) async fn store(mut self, right: &Right) -> Result<Self, OrderingError> {
        let mut stored = Vec::new();
        match right {
            Right::CatchingUp => stored.push(CATCHING_UP),
            Right::Voting(floor) => {
                stored.push(VOTING);
                if let Some(finalization) = floor {
                    stored.extend_from_slice(&finalization.encode());
                }
            }
        }
        self.metadata = self
            .metadata
            .put_sync(KEY, stored)
            .await
            .map_err(|source| failed("storing the record of votes", source))?;
        Ok(self)
    }
}

/// What is known when a node decides whether it may vote.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// The record, if there is one.
    pub recorded: Option<Right>,
    /// Whether there is a journal of votes.
    pub journal: bool,
    /// Whether this node has delivered a payload.
    pub delivered: bool,
    /// What the configuration says about a first start.
    pub first_start: VotingStart,
}

impl Evidence {
    /// The decision. When blocks were delivered, a record that says "voting" is not believed without the journal
    /// of votes, and no record is no first start: somebody has removed what is missing.
    pub(crate) fn decide(self) -> Right {
        match (self.recorded, self.first_start) {
            (Some(Right::Voting(_)), _) if self.delivered && !self.journal => Right::CatchingUp,
            (Some(right), _) => right,
            (None, _) if self.delivered => Right::CatchingUp,
            (None, VotingStart::Immediately) => Right::Voting(None),
            (None, VotingStart::AfterCatchUp) => Right::CatchingUp,
        }
    }
}

/// Where the engine starts.
pub(crate) fn floor(right: &Right, genesis: crate::types::Digest) -> Floor<Scheme, crate::types::Digest> {
    match right {
        Right::Voting(Some(finalization)) => Floor::Finalized(finalization.clone()),
        Right::Voting(None) | Right::CatchingUp => Floor::Genesis(genesis),
    }
}

pub(crate) fn failed(attempt: &'static str, source: impl Into<civitas_ports::BoxError>) -> OrderingError {
    OrderingError::Failed {
        attempt,
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_rules_unless_the_journal_was_removed() {
        let check = |recorded, journal, delivered, first_start, expected: Right| {
            let evidence = Evidence {
                recorded,
                journal,
                delivered,
                first_start,
            };
            assert_eq!(evidence.clone().decide(), expected, "{evidence:?}");
        };
        use VotingStart::{AfterCatchUp, Immediately};
        check(None, false, false, Immediately, Right::Voting(None));
        check(None, false, false, AfterCatchUp, Right::CatchingUp);
        check(None, false, true, Immediately, Right::CatchingUp);
        check(
            Some(Right::CatchingUp),
            true,
            true,
            Immediately,
            Right::CatchingUp,
        );
        check(
            Some(Right::Voting(None)),
            true,
            true,
            AfterCatchUp,
            Right::Voting(None),
        );
        check(
            Some(Right::Voting(None)),
            false,
            false,
            AfterCatchUp,
            Right::Voting(None),
        );
        check(
            Some(Right::Voting(None)),
            false,
            true,
            Immediately,
            Right::CatchingUp,
        );
    }
}
