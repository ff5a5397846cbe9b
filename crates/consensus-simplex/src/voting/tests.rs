//! The decision table, and the stored form of a record.

use super::*;
use VotingStart::{AfterCatchUp, Immediately};
use commonware_consensus::{
    simplex::types::{Finalize, Proposal},
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use commonware_parallel::Sequential;
use commonware_utils::{non_empty, ordered::Set};

const LAST: Digest = commonware_cryptography::sha256::Digest([7; 32]);
const BEFORE: Digest = commonware_cryptography::sha256::Digest([6; 32]);

/// A certificate of epoch 4 over `payload`.
fn finalization(payload: Digest) -> Finalization {
    let keys: Vec<_> = (0..4).map(PrivateKey::from_seed).collect();
    let participants = Set::from_iter_dedup(keys.iter().map(|key| key.public_key()));
    let schemes: Vec<_> = keys
        .into_iter()
        .map(|key| Scheme::signer(b"test", participants.clone(), key).unwrap())
        .collect();
    let round = Round::new(Epoch::new(4), View::new(9));
    let proposal = Proposal::new(round, View::new(8), payload);
    let votes: Vec<_> = schemes
        .iter()
        .map(|scheme| Finalize::sign(scheme, proposal.clone()).unwrap())
        .collect();
    Finalization::from_finalizes(&schemes[0], non_empty![@votes.iter()], &Sequential).unwrap()
}

fn evidence(recorded: Option<Right>) -> Evidence {
    Evidence {
        epoch: 4,
        recorded: recorded.map(|right| Entry { epoch: 4, right }),
        recorded_ended_with: None,
        preceded_end: false,
        journal: Journal::Whole,
        delivered: true,
        first_start: Immediately,
    }
}

fn check(evidence: Evidence, expected: &Right) {
    assert_eq!(evidence.clone().decide(), *expected, "{evidence:?}");
}

#[test]
fn without_a_record_only_a_first_start_votes() {
    for (delivered, first_start, expected) in [
        (false, Immediately, Right::Voting(None)),
        (false, AfterCatchUp, Right::CatchingUp),
        (true, Immediately, Right::CatchingUp),
        (true, AfterCatchUp, Right::CatchingUp),
    ] {
        let evidence = Evidence {
            delivered,
            first_start,
            ..evidence(None)
        };
        check(evidence, &expected);
    }
}

#[test]
fn the_record_rules_unless_the_journal_was_removed() {
    for right in [
        Right::CatchingUp,
        Right::Voting(None),
        Right::Voting(Some(finalization(BEFORE))),
    ] {
        for first_start in [Immediately, AfterCatchUp] {
            let whole = Evidence {
                first_start,
                ..evidence(Some(right.clone()))
            };
            check(whole.clone(), &right);
            let journal = Journal::Missing;
            check(Evidence { journal, ..whole }, &Right::CatchingUp);
        }
    }
}

#[test]
fn the_next_epoch_is_voted_in_only_if_this_node_cannot_have_been_there() {
    let cases = [
        (Right::Voting(None), Some(LAST), Right::Voting(None)),
        (Right::CatchingUp, Some(LAST), Right::CatchingUp),
        (
            Right::Voting(Some(finalization(BEFORE))),
            Some(LAST),
            Right::Voting(None),
        ),
        (
            Right::Voting(Some(finalization(LAST))),
            Some(LAST),
            Right::CatchingUp,
        ),
        (Right::Voting(Some(finalization(BEFORE))), None, Right::CatchingUp),
    ];
    for (right, recorded_ended_with, expected) in cases {
        for epoch in [5, 9] {
            let next = Evidence {
                epoch,
                recorded_ended_with,
                ..evidence(Some(right.clone()))
            };
            check(next.clone(), &expected);
            let preceded_end = true;
            check(Evidence { preceded_end, ..next }, &Right::Voting(None));
        }
        let back = Evidence {
            epoch: 3,
            recorded_ended_with,
            ..evidence(Some(right))
        };
        check(back, &Right::Bygone);
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    for right in [
        Right::CatchingUp,
        Right::Voting(None),
        Right::Voting(Some(finalization(LAST))),
    ] {
        let entry = Entry { epoch: 4, right };
        let encoded = entry.encode().unwrap();
        assert_eq!(Entry::decode(&encoded).unwrap(), entry);
        assert!(Entry::decode(&encoded[..8]).is_err());
    }
    assert!(
        Entry {
            epoch: 4,
            right: Right::Bygone
        }
        .encode()
        .is_none()
    );
    assert!(Entry::decode(&[1]).is_err(), "a record without an epoch");
}
