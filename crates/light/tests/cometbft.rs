//! Headers of CometBFT, made and voted for by `tendermint-testgen`, and proofs of ICS-23 from trees that are built here: all that
//! is altered is refused, or says the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod voted;

use civitas_light::{
    cometbft::{
        Cometbft, CometbftError, CometbftEvidence, CometbftTrust, Place, ProofError, Proofs, verify_absent,
        verify_present,
    },
    engine::{Assurance, Client, ClientError, Engine, Trusted, Update},
};
use ics23::{
    CommitmentProof, ExistenceProof, InnerOp, LeafOp, NonExistenceProof, commitment_proof::Proof, iavl_spec,
    tendermint_spec,
};
use proptest::prelude::*;
use prost::Message as _;
use prost_of_ics23::Message as _;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;
use tendermint::{Hash, Time, block};
use tendermint_proto::v0_38::types::{
    CommitSig as RawVote, LightBlock, SignedHeader as RawSigned, ValidatorSet as RawSet,
};
use tendermint_testgen::{Generator as _, Header};
use voted::{made, set, set_bytes, voted};

const NOW: u64 = 1_000_100;
const ENGINE: Cometbft = Cometbft {
    trusting_seconds: 1_000,
    drift_seconds_max: 10,
};

const FOUR: &[&str] = &["a", "b", "c", "d"];
/// Of these, only one is of the four.
const ONE_OF_FOUR: &[&str] = &["a", "e", "f", "g"];
/// Of these, two are of the four.
const TWO_OF_FOUR: &[&str] = &["a", "b", "f", "g"];

fn root() -> CometbftTrust {
    let block = voted(&made(10, FOUR, FOUR), FOUR, &[]);
    ENGINE.root(&block.encode_to_vec()).unwrap()
}

fn evidence(block: &LightBlock, trusted: &[&str]) -> CometbftEvidence {
    CometbftEvidence {
        light_block: block.encode_to_vec(),
        trusted_validators: if trusted.is_empty() {
            Vec::new()
        } else {
            set_bytes(trusted)
        },
    }
}

/// The next header of the root, with the votes that just suffice.
fn next() -> LightBlock {
    let hash = made(10, FOUR, FOUR).generate().unwrap().hash();
    voted(
        &made(11, FOUR, TWO_OF_FOUR).last_block_id_hash(hash),
        FOUR,
        &["a", "b", "c"],
    )
}

/// A header further on, with the votes that just suffice.
fn far() -> LightBlock {
    voted(&made(20, TWO_OF_FOUR, FOUR), TWO_OF_FOUR, &["a", "b", "f"])
}

#[test]
fn headers_lead_on_by_their_validators() {
    let trust = ENGINE.advance(&root(), &evidence(&next(), &[]), NOW).unwrap();
    assert_eq!((trust.height(), trust.parent_hash()), (11, Some(root().hash())));
    assert_eq!(trust.seconds(), 1_000_011);
    assert_eq!(trust.app_hash, [7; 32]);
    assert_eq!(trust.next_validators_hash, set(TWO_OF_FOUR).hash());
    let trust = ENGINE.advance(&root(), &evidence(&far(), FOUR), NOW).unwrap();
    assert_eq!(trust.height(), 20);
    assert_eq!(trust.next_validators_hash, set(FOUR).hash());
}

#[test]
fn too_few_votes_are_refused() {
    let check =
        |block: &LightBlock, trusted: &[&str]| ENGINE.advance(&root(), &evidence(block, trusted), NOW);
    let hash = made(10, FOUR, FOUR).generate().unwrap().hash();
    let adjacent = made(11, FOUR, FOUR).last_block_id_hash(hash);
    for voters in [&["a", "b"][..], &["d"]] {
        let found = check(&voted(&adjacent, FOUR, voters), &[]);
        assert!(matches!(found, Err(CometbftError::NoQuorum(_))), "{found:?}");
    }
    assert!(check(&voted(&adjacent, FOUR, &[]), &[]).is_err());
    // A quorum of its own, and not more than a third of those that are trusted.
    let strange = made(20, ONE_OF_FOUR, FOUR);
    let found = check(&voted(&strange, ONE_OF_FOUR, ONE_OF_FOUR), FOUR);
    assert!(matches!(found, Err(CometbftError::NoOverlap(_))), "{found:?}");
    // More than a third of those that are trusted, and no quorum of its own.
    let found = check(
        &voted(&made(20, TWO_OF_FOUR, FOUR), TWO_OF_FOUR, &["a", "b"]),
        FOUR,
    );
    assert!(matches!(found, Err(CometbftError::NoQuorum(_))), "{found:?}");
}

#[test]
fn other_validators_links_times_and_chains_are_refused() {
    let hash = made(10, FOUR, FOUR).generate().unwrap().hash();
    let check = |header: Header, own: &[&str], trusted: &[&str], now: u64| {
        let own_all: Vec<&str> = own.to_vec();
        ENGINE.advance(&root(), &evidence(&voted(&header, own, &own_all), trusted), now)
    };
    let adjacent = |own: &[&str]| made(11, own, FOUR).last_block_id_hash(hash);
    assert!(check(adjacent(FOUR), FOUR, &[], NOW).is_ok());
    assert!(matches!(
        check(adjacent(TWO_OF_FOUR), TWO_OF_FOUR, &[], NOW),
        Err(CometbftError::OtherValidators)
    ));
    assert!(matches!(
        check(made(20, FOUR, FOUR), FOUR, TWO_OF_FOUR, NOW),
        Err(CometbftError::OtherValidators)
    ));
    assert!(matches!(
        check(made(11, FOUR, FOUR), FOUR, &[], NOW),
        Err(CometbftError::NotLinked { .. })
    ));
    let rule = |found: Result<CometbftTrust, CometbftError>| {
        assert!(matches!(found, Err(CometbftError::Rule(_))), "{found:?}");
    };
    // Too old to vouch, of the future, not later, below, of another chain.
    rule(check(adjacent(FOUR), FOUR, &[], NOW + 1_000));
    rule(check(adjacent(FOUR), FOUR, &[], 1_000_001));
    let early = Time::from_unix_timestamp(1_000_010, 5).unwrap();
    rule(check(adjacent(FOUR).time(early), FOUR, &[], NOW));
    rule(check(
        made(10, FOUR, FOUR).time(Time::from_unix_timestamp(1_000_050, 0).unwrap()),
        FOUR,
        FOUR,
        NOW,
    ));
    rule(check(adjacent(FOUR).chain_id("trade-2"), FOUR, &[], NOW));
}

#[test]
fn every_altered_field_is_refused() {
    type Change = fn(&mut block::Header);
    let changes: [Change; 14] = [
        |header| header.version.app += 1,
        |header| header.version.block += 1,
        |header| header.chain_id = "trade-3".parse().unwrap(),
        |header| header.height = header.height.increment(),
        |header| header.time = (header.time + std::time::Duration::from_nanos(1)).unwrap(),
        |header| header.last_block_id = None,
        |header| header.last_commit_hash = Some(Hash::Sha256([1; 32])),
        |header| header.data_hash = Some(Hash::Sha256([1; 32])),
        |header| header.next_validators_hash = Hash::Sha256([1; 32]),
        |header| header.validators_hash = Hash::Sha256([1; 32]),
        |header| header.app_hash = vec![8; 32].try_into().unwrap(),
        |header| header.last_results_hash = Some(Hash::Sha256([1; 32])),
        |header| header.evidence_hash = Some(Hash::Sha256([1; 32])),
        |header| header.proposer_address = [1; 20].to_vec().try_into().unwrap(),
    ];
    for (block, trusted) in [(next(), &[][..]), (far(), FOUR)] {
        assert!(ENGINE.advance(&root(), &evidence(&block, trusted), NOW).is_ok());
        for (change, index) in changes.iter().zip(0..) {
            let mut altered = block.clone();
            let signed = altered.signed_header.as_mut().unwrap();
            let mut header: block::Header = signed.header.clone().unwrap().try_into().unwrap();
            change(&mut header);
            signed.header = Some(header.into());
            let found = ENGINE.advance(&root(), &evidence(&altered, trusted), NOW);
            assert!(found.is_err(), "change {index}");
        }
    }
}

#[test]
fn every_altered_vote_and_validator_is_refused() {
    let check = |change: &dyn Fn(&mut RawSigned, &mut RawSet)| {
        for (block, trusted) in [(next(), &[][..]), (far(), FOUR)] {
            let mut altered = block;
            let mut signed = altered.signed_header.take().unwrap();
            let mut set = altered.validator_set.take().unwrap();
            change(&mut signed, &mut set);
            altered.signed_header = Some(signed);
            altered.validator_set = Some(set);
            assert!(
                ENGINE
                    .advance(&root(), &evidence(&altered, trusted), NOW)
                    .is_err()
            );
        }
    };
    let votes =
        |signed: &mut RawSigned| -> Vec<RawVote> { signed.commit.as_mut().unwrap().signatures.clone() };
    let voters: Vec<usize> = votes(&mut next().signed_header.unwrap())
        .iter()
        .enumerate()
        .filter(|(_, vote)| !vote.signature.is_empty())
        .map(|(index, _)| index)
        .collect();
    assert_eq!(voters.len(), 3);
    check(&|signed, _| signed.commit.as_mut().unwrap().round += 1);
    check(&|signed, _| signed.commit.as_mut().unwrap().block_id.as_mut().unwrap().hash[0] ^= 1);
    check(&|signed, _| drop(signed.commit.as_mut().unwrap().signatures.pop()));
    check(&|_, set| set.validators.swap_remove(0).voting_power = 1);
    check(&|_, set| set.validators[3].voting_power += 1);
    check(&|_, set| set.validators[0].pub_key = set.validators[1].pub_key.clone());
    for place in 0..3 {
        check(&|signed, _| {
            let votes = &mut signed.commit.as_mut().unwrap().signatures;
            let mut given = votes.iter_mut().filter(|vote| !vote.signature.is_empty());
            given.nth(place).unwrap().signature[7] ^= 1;
        });
        check(&|signed, _| {
            let votes = &mut signed.commit.as_mut().unwrap().signatures;
            let mut given = votes.iter_mut().filter(|vote| !vote.signature.is_empty());
            given.nth(place).unwrap().timestamp.as_mut().unwrap().nanos += 1;
        });
    }
    // A vote that is given twice, in the place of who did not vote.
    check(&|signed, _| {
        let votes = &mut signed.commit.as_mut().unwrap().signatures;
        let twice = votes
            .iter()
            .find(|vote| !vote.signature.is_empty())
            .unwrap()
            .clone();
        let silent = votes.iter().position(|vote| vote.signature.is_empty()).unwrap();
        votes[silent] = twice;
    });
}

#[test]
fn two_headers_of_one_height_freeze_for_good() {
    let mut client = Client::new(ENGINE, root(), 10);
    assert_eq!(client.assurance(), Assurance::Verified);
    let far_evidence = evidence(&far(), FOUR);
    assert_eq!(client.update(&far_evidence, NOW).unwrap(), Update::Added);
    assert_eq!(client.update(&far_evidence, NOW).unwrap(), Update::Known);
    let fork = made(20, TWO_OF_FOUR, FOUR).app_hash(vec![6; 32].try_into().unwrap());
    let fork = voted(&fork, TWO_OF_FOUR, &["a", "b", "f"]);
    let Update::Frozen(equivocation) = client.update(&evidence(&fork, FOUR), NOW).unwrap() else {
        panic!("not frozen")
    };
    assert_eq!(equivocation.height, 20);
    assert!(client.newest().is_none());
    let later = evidence(&next(), &[]);
    assert!(matches!(client.update(&later, NOW), Err(ClientError::Frozen(_))));
}

/// A store: its root, and proofs of what is in it and what is not.
struct Tree {
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Iavl,
    Simple,
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.concat()).to_vec()
}

impl Tree {
    fn leaf(&self) -> LeafOp {
        let spec = if self.kind == Kind::Iavl {
            iavl_spec()
        } else {
            tendermint_spec()
        };
        let mut leaf = spec.leaf_spec.unwrap();
        if self.kind == Kind::Iavl {
            // Height 0, size 1, version 3, as signed varints.
            leaf.prefix = vec![0, 2, 6];
        }
        leaf
    }

    fn leaf_hash(&self, index: usize) -> Vec<u8> {
        let (key, value) = &self.pairs[index];
        let length = u8::try_from(key.len()).unwrap();
        let prefix = self.leaf().prefix;
        sha256(&[&prefix, &[length], key, &[32], &sha256(&[value])])
    }

    /// Hash of a part of the tree, and the way up to it from one of its leaves.
    fn part(&self, from: usize, to: usize, leaf: Option<usize>) -> (Vec<u8>, u8, Vec<InnerOp>) {
        if to - from == 1 {
            return (self.leaf_hash(from), 0, Vec::new());
        }
        let middle = from + (to - from).next_power_of_two() / 2;
        let (left, left_height, mut path) = self.part(from, middle, leaf);
        let (right, right_height, right_path) = self.part(middle, to, leaf);
        let height = left_height.max(right_height) + 1;
        let size = u8::try_from(to - from).unwrap();
        let (head, gap): (Vec<u8>, Vec<u8>) = match self.kind {
            Kind::Iavl => (vec![2 * height, 2 * size, 6, 32], vec![32]),
            Kind::Simple => (vec![1], Vec::new()),
        };
        let hash = sha256(&[&head, &left, &gap, &right]);
        if let Some(leaf) = leaf.filter(|leaf| (from..to).contains(leaf)) {
            let step = if leaf < middle {
                InnerOp {
                    hash: 1,
                    prefix: head,
                    suffix: [gap, right].concat(),
                }
            } else {
                path = right_path;
                InnerOp {
                    hash: 1,
                    prefix: [head, left, gap].concat(),
                    suffix: Vec::new(),
                }
            };
            path.push(step);
        }
        (hash, height, path)
    }

    fn root(&self) -> Vec<u8> {
        self.part(0, self.pairs.len(), None).0
    }

    fn existence(&self, index: usize) -> ExistenceProof {
        let (key, value) = self.pairs[index].clone();
        ExistenceProof {
            key,
            value,
            leaf: Some(self.leaf()),
            path: self.part(0, self.pairs.len(), Some(index)).2,
        }
    }

    fn present(&self, index: usize) -> Vec<u8> {
        let proof = Some(Proof::Exist(self.existence(index)));
        CommitmentProof { proof }.encode_to_vec()
    }

    fn absent(&self, key: &[u8]) -> Vec<u8> {
        let after = self.pairs.partition_point(|(known, _)| known.as_slice() < key);
        let proof = NonExistenceProof {
            key: key.to_vec(),
            left: after.checked_sub(1).map(|left| self.existence(left)),
            right: (after < self.pairs.len()).then(|| self.existence(after)),
        };
        let proof = Some(Proof::Nonexist(proof));
        CommitmentProof { proof }.encode_to_vec()
    }
}

/// A store `bank` in a state with others.
fn trees() -> (Tree, Tree) {
    let pair = |index: u8| (vec![b'k', 2 * index], vec![b'v', index, 1]);
    let bank = Tree {
        pairs: (0..11).map(pair).collect(),
        kind: Kind::Iavl,
    };
    let stores = ["acc", "bank", "gov", "ibc", "staking"];
    let state = Tree {
        pairs: stores
            .iter()
            .map(|store| {
                let root = if *store == "bank" {
                    bank.root()
                } else {
                    sha256(&[store.as_bytes()])
                };
                (store.as_bytes().to_vec(), root)
            })
            .collect(),
        kind: Kind::Simple,
    };
    (bank, state)
}

static TREES: LazyLock<(Tree, Tree)> = LazyLock::new(trees);

#[test]
fn what_is_kept_is_proven_and_so_is_what_is_not() {
    let (bank, state) = &*TREES;
    let (app_hash, store) = (state.root(), state.present(1));
    let place = |key: &'static [u8]| Place { store: b"bank", key };
    for (pair, index) in bank.pairs.iter().zip(0..) {
        let key = bank.present(index);
        let proofs = Proofs {
            key: &key,
            store: &store,
        };
        let at = Place {
            store: b"bank",
            key: &pair.0,
        };
        assert_eq!(verify_present(&app_hash, at, &pair.1, proofs), Ok(()));
        let root = Err(ProofError::Root { level: "key" });
        assert_eq!(verify_present(&app_hash, at, b"another", proofs), root);
        assert_eq!(
            verify_present(&app_hash, place(b"another"), &pair.1, proofs),
            root
        );
        assert_eq!(verify_absent(&app_hash, at, proofs), root);
        let elsewhere = Place { store: b"gov", ..at };
        assert!(verify_present(&app_hash, elsewhere, &pair.1, proofs).is_err());
        assert!(verify_present(&[7; 32], at, &pair.1, proofs).is_err());
    }
    for key in [&b"a"[..], b"k\x01", b"k\x07", b"z"] {
        let proof = bank.absent(key);
        let proofs = Proofs {
            key: &proof,
            store: &store,
        };
        assert_eq!(
            verify_absent(&app_hash, Place { store: b"bank", key }, proofs),
            Ok(())
        );
        let there = Place {
            store: b"bank",
            key: b"k\x04",
        };
        assert!(
            verify_absent(&app_hash, there, proofs).is_err(),
            "one that is there"
        );
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let (bank, state) = &*TREES;
    let (key, store) = (bank.present(0), state.present(1));
    let long = vec![0; civitas_light::cometbft::PROOF_BYTES_MAX + 1];
    let place = Place {
        store: b"bank",
        key: b"k\x00",
    };
    for (key, store) in [
        (&b""[..], &store[..]),
        (&key, b""),
        (&long, &store),
        (&key, &long),
        (b"\xff", &store),
    ] {
        let proofs = Proofs { key, store };
        assert!(verify_present(&state.root(), place, b"v\x00\x01", proofs).is_err());
        assert!(verify_absent(&state.root(), place, proofs).is_err());
    }
    let long = vec![0; civitas_light::cometbft::EVIDENCE_BYTES_MAX + 1];
    for bytes in [b"".to_vec(), b"\xff".to_vec(), long] {
        let evidence = CometbftEvidence {
            light_block: bytes,
            trusted_validators: Vec::new(),
        };
        assert!(ENGINE.height(&evidence).is_err());
        assert!(ENGINE.advance(&root(), &evidence, NOW).is_err());
    }
}

static SAMPLES: LazyLock<[(CometbftEvidence, CometbftTrust); 2]> = LazyLock::new(|| {
    [evidence(&next(), &[]), evidence(&far(), FOUR)].map(|evidence| {
        let trust = ENGINE.advance(&root(), &evidence, NOW).unwrap();
        (evidence, trust)
    })
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// One bit of the evidence is another one: refused, or (what no hash and no vote is over) the same said otherwise.
    #[test]
    fn one_bit_changes_no_verdict(sample in 0..2_usize, place: prop::sample::Index, bit in 0..8_u8) {
        let (evidence, trust) = &SAMPLES[sample];
        let mut altered = evidence.clone();
        let all = altered.light_block.len() + altered.trusted_validators.len();
        let index = place.index(all);
        match index.checked_sub(altered.light_block.len()) {
            None => altered.light_block[index] ^= 1 << bit,
            Some(index) => altered.trusted_validators[index] ^= 1 << bit,
        }
        if let Ok(found) = ENGINE.advance(&root(), &altered, NOW) {
            prop_assert_eq!(&found, trust);
        }
    }

    /// One bit of a proof is another one: it proves nothing else.
    #[test]
    fn one_bit_of_a_proof_proves_nothing_else(place: prop::sample::Index, bit in 0..8_u8, index in 0..11_usize) {
        let (bank, state) = &*TREES;
        let (app_hash, store) = (state.root(), state.present(1));
        let pair = &bank.pairs[index];
        for is_present in [true, false] {
            let mut key = if is_present { bank.present(index) } else { bank.absent(b"k\x07") };
            let at = place.index(key.len());
            key[at] ^= 1 << bit;
            let proofs = Proofs { key: &key, store: &store };
            let there = Place { store: b"bank", key: &pair.0 };
            prop_assert!(verify_absent(&app_hash, there, proofs).is_err());
            prop_assert!(verify_present(&app_hash, there, b"another", proofs).is_err());
            let nowhere = Place { store: b"bank", key: b"k\x07" };
            prop_assert!(verify_present(&app_hash, nowhere, &pair.1, proofs).is_err());
        }
        let mut altered = store.clone();
        let at = place.index(altered.len());
        altered[at] ^= 1 << bit;
        let key = bank.present(index);
        let proofs = Proofs { key: &key, store: &altered };
        let there = Place { store: b"bank", key: &pair.0 };
        prop_assert!(verify_present(&app_hash, there, b"another", proofs).is_err());
    }
}
