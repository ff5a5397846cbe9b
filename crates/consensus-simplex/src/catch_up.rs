//! When a validator that lost its votes may vote again.
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
//! With fewer than four validators (`f = 0`) nothing becomes final without this node, and the rule is never
//! satisfied: then only the operator can decide, by [`VotingStart::Immediately`](crate::VotingStart).

use crate::types::{Activity, Finalization, Scheme};
use commonware_consensus::{Viewable, simplex::types::Attributable};
use commonware_cryptography::certificate::Scheme as _;
use commonware_utils::{N3f1, Participant, ordered::Quorum};
use std::collections::BTreeSet;

/// Listens until its node may vote.
#[derive(Debug)]
pub(crate) struct CatchUp {
    me: Option<Participant>,
    quorum: usize,
    heard: BTreeSet<Participant>,
    view_highest: u64,
    finished: bool,
}

impl CatchUp {
    /// Listens for `me` among the participants of `scheme`.
    pub(crate) fn new(scheme: &Scheme, me: Option<Participant>) -> Self {
        Self {
            me,
            quorum: scheme.participants().quorum::<N3f1>() as usize,
            heard: BTreeSet::new(),
            view_highest: 0,
            finished: false,
        }
    }

    /// Takes what the engine reports. Gives, once, the finalization above which the node may vote.
    pub(crate) fn observe(&mut self, activity: &Activity) -> Option<Finalization> {
        match activity {
            Activity::Notarize(vote) => self.hear(vote.signer(), vote.view().get()),
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

    fn suffices(&self, view: u64) -> bool {
        !self.finished && self.heard.len() >= self.quorum && view > self.view_highest.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener() -> CatchUp {
        CatchUp {
            me: Some(Participant::new(3)),
            quorum: 3,
            heard: BTreeSet::new(),
            view_highest: 0,
            finished: false,
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
}
