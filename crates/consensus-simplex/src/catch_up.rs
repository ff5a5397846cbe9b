//! When a validator that lost its votes may vote again, within an epoch ([`crate::voting`] says what follows for
//! the next one).
//!
//! # The danger
//! A validator that voted, lost its disk and votes again may sign two payloads in one view, or give up a view
//! that it helped to finalise. That is a double vote: with it the ledger tolerates one fault less, and
//! evidence makes it look like a lie. What it voted on is lost, so it must stay silent in every view in which
//! it may have voted.
//!
//! # The rule
//! Let `w` be the last view that it entered before it lost its disk; it voted in no later one. It follows
//! without a vote until
//! 1. at least a quorum `q = n - f` of the *other* validators have been heard voting (to notarise or to give
//!    up; each on its own authenticated connection, so these are votes of now and nobody else's); let `m` be
//!    the highest view among the votes heard until then;
//! 2. it has a final certificate for a view `F > m + 1`.
//!
//! Then it votes, beginning above `F`; the certificate is stored before the first vote and handed to the
//! engine as its floor at every start.
//!
//! # Why this suffices
//! To enter `w` a certificate of view `w - 1` was needed, so `q` validators voted in it. Besides the wiped
//! one let at most `f` be faulty. Then at least `q - 1 - f` honest others had voted in `w - 1`, and such a
//! one never again casts a vote to notarise or to give up a view below `w - 1`: both are cast in the current
//! view only, which never falls, restarts included, because votes are in the journal before they are sent.
//! The validators that may be heard below `w - 1` are the remaining `n - 1 - (q - 1 - f) = 2 f < q`. So among
//! `q` voices at least one is at `w - 1` or above: `m >= w - 1`, and `F > m + 1 >= w`. (Votes *to finalise*
//! do not count in 1: they may be cast for a view that the voter has already left.)
//!
//! A liar cannot delay this by a vote for a far view: votes beyond the view after the current one are
//! dropped, and the current one needs certificates. Nothing is lost in liveness either: while this node is
//! silent, a block only becomes final when `q` others vote, which are exactly the voices that 1 waits for.
//!
//! # Beyond the epoch
//! What it heard says more: whether the last payload of the epoch was final when it began to listen. If a quorum of
//! others has been heard notarising payloads of the epoch that are not the last one, it was not. For let it have
//! been final in view `v` by then. The honest of the `q` that voted for that never notarise anything else again: their
//! views never fall below `v`, and what is above `v` extends the last payload, which within the epoch only that
//! payload itself does. The others are at most `n - (q - f) = 2 f < q`. So this node has never been in a later
//! epoch before ([`crate::voting`] uses that).
//!
//! With fewer than four validators (`f = 0`) nothing becomes final without this node, and the rule is never
//! satisfied: then only the operator can decide, by [`VotingStart::Immediately`](crate::VotingStart).

use crate::types::{Activity, Digest, Finalization, Scheme};
use commonware_consensus::{Epochable, Viewable, simplex::types::Attributable, types::Epoch};
use commonware_cryptography::certificate::Scheme as _;
use commonware_utils::{N3f1, Participant, ordered::Quorum};
use std::collections::{BTreeMap, BTreeSet};

/// Listens until its node may vote.
#[derive(Debug)]
pub(crate) struct CatchUp {
    epoch: Epoch,
    me: Option<Participant>,
    quorum: usize,
    heard: BTreeSet<Participant>,
    view_highest: u64,
    finished: bool,
    notarized: BTreeMap<Participant, Notarized>,
}

/// What a validator was heard notarising.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notarized {
    /// This payload only.
    One(Digest),
    /// Different ones.
    Several,
}

impl CatchUp {
    /// Listens for `me` among the participants of `scheme`, the validators of `epoch`; to all of them when this
    /// node is none of them.
    pub(crate) fn new(epoch: Epoch, scheme: &Scheme, me: Option<Participant>) -> Self {
        Self {
            epoch,
            me,
            quorum: scheme.participants().quorum::<N3f1>() as usize,
            heard: BTreeSet::new(),
            view_highest: 0,
            finished: false,
            notarized: BTreeMap::new(),
        }
    }

    /// Takes what the engine reports. Gives, once, the finalization above which the node may vote.
    pub(crate) fn observe(&mut self, activity: &Activity) -> Option<Finalization> {
        match activity {
            // The engine of the epoch before may still be ending.
            activity if activity.epoch() != self.epoch => {}
            Activity::Notarize(vote) => {
                self.hear(vote.signer(), vote.view().get());
                self.hear_notarize(vote.signer(), vote.proposal.payload);
            }
            Activity::Nullify(vote) => self.hear(vote.signer(), vote.view().get()),
            Activity::Finalization(finalization) if self.suffices(finalization.view().get()) => {
                self.finished = true;
                return Some(finalization.clone());
            }
            _ => {}
        }
        None
    }

    fn hear(&mut self, signer: Participant, view: u64) {
        if self.heard.len() < self.quorum && Some(signer) != self.me {
            self.heard.insert(signer);
            self.view_highest = self.view_highest.max(view);
        }
    }

    fn hear_notarize(&mut self, signer: Participant, payload: Digest) {
        if Some(signer) == self.me {
            return;
        }
        let heard = self.notarized.entry(signer).or_insert(Notarized::One(payload));
        if *heard != Notarized::One(payload) {
            *heard = Notarized::Several;
        }
    }

    /// Whether the last payload of `epoch`, which has this digest, was not final when this listener began: then its
    /// node has never been in a later epoch before.
    pub(crate) fn preceded(&self, epoch: Epoch, last: Digest) -> bool {
        let others = self
            .notarized
            .values()
            .filter(|heard| **heard != Notarized::One(last));
        epoch == self.epoch && others.count() >= self.quorum
    }

    fn suffices(&self, view: u64) -> bool {
        !self.finished && self.heard.len() >= self.quorum && view > self.view_highest.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener() -> CatchUp {
        CatchUp {
            epoch: Epoch::zero(),
            me: Some(Participant::new(3)),
            quorum: 3,
            heard: BTreeSet::new(),
            view_highest: 0,
            finished: false,
            notarized: BTreeMap::new(),
        }
    }

    #[test]
    fn waits_for_a_quorum_of_others_and_a_later_finalization() {
        let mut listener = listener();
        listener.hear(Participant::new(0), 10);
        listener.hear(Participant::new(0), 11);
        listener.hear(Participant::new(3), 12);
        listener.hear(Participant::new(1), 4);
        assert!(
            !listener.suffices(100),
            "two voices are no quorum, the own one does not count"
        );
        listener.hear(Participant::new(2), 9);
        assert!(!listener.suffices(12));
        assert!(listener.suffices(13));
        listener.hear(Participant::new(2), 90);
        assert!(listener.suffices(13), "later votes do not move the goal");
    }

    #[test]
    fn a_quorum_below_the_end_of_the_epoch_says_that_it_had_not_ended() {
        let [last, other, third] = [1, 2, 3].map(|byte| commonware_cryptography::sha256::Digest([byte; 32]));
        let (epoch, next) = (Epoch::zero(), Epoch::new(1));
        let mut listener = listener();
        for _ in 0..2 {
            listener.hear_notarize(Participant::new(0), other);
            listener.hear_notarize(Participant::new(1), last);
            listener.hear_notarize(Participant::new(2), third);
            listener.hear_notarize(Participant::new(3), other);
        }
        assert!(!listener.preceded(epoch, last), "two, and its own");
        listener.hear_notarize(Participant::new(1), other);
        assert!(
            listener.preceded(epoch, last),
            "one of two payloads is not the last"
        );
        assert!(!listener.preceded(next, last));
    }
}
