//! Headers of business chains on the ledger: what is proven, what is refused, and what freezes a client. The headers are made
//! by the makers of crate `light`, whose own tests alter every byte of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../../../light/tests/made/mod.rs"]
mod made;
#[path = "../../../light/tests/voted/mod.rs"]
mod voted;

mod city;

use alloy_primitives::B256;
use alloy_sol_types::{SolCall, SolEvent};
use city::{City, REVIEWER, STRANGER, id};
use civitas_light::bft::Dialect;
use civitas_system_contracts::{
    address::{ANCHORS, GOVERNANCE, HEADERS},
    fault::{Fault, InvalidArgument},
    headers::{EVIDENCE_BYTES_MAX, Engine, Evidence, Outcome, has_client, proven_hash},
    host::Host,
    interfaces::{IAnchors, IHeaders as abi},
};
use made::{Made, made};
use prost::Message as _;
use tendermint_testgen::Generator as _;

const FOUR: &[u8] = &[1, 2, 3, 4];
const START: u64 = 10;

fn of_bft(header: Vec<u8>) -> Evidence {
    Evidence {
        header: header.into(),
        trustedValidators: Vec::new().into(),
    }
}

fn of_cometbft(block: &tendermint_proto::v0_38::types::LightBlock, trusted: &[&str]) -> Evidence {
    let trusted = if trusted.is_empty() {
        Vec::new()
    } else {
        voted::set_bytes(trusted)
    };
    Evidence {
        header: block.encode_to_vec().into(),
        trustedValidators: trusted.into(),
    }
}

fn first(dialect: Dialect) -> Made {
    made(dialect, START, FOUR)
}

/// A city whose ledger proves the headers of a chain of four validators from height 10 on.
fn city(engine: Engine, dialect: Dialect) -> City {
    let mut city = City::new(START, first(dialect).hash());
    let opened = city.send(REVIEWER, HEADERS, &open(engine, first(dialect).sealed(&[])));
    assert_eq!(opened, Ok(Vec::new().into()));
    city
}

fn open(engine: Engine, root: Vec<u8>) -> abi::openCall {
    abi::openCall {
        id: id(),
        engine,
        trustingSeconds: 86_400,
        root: of_bft(root),
    }
}

fn update(city: &mut City, evidence: Evidence) -> Result<Outcome, Fault> {
    let call = abi::updateCall { id: id(), evidence };
    let told = city.send(STRANGER, HEADERS, &call)?;
    Ok(abi::updateCall::abi_decode_returns(&told).unwrap())
}

fn client(city: &mut City) -> abi::Client {
    let told = city
        .send(STRANGER, HEADERS, &abi::clientCall { id: id() })
        .unwrap();
    abi::clientCall::abi_decode_returns(&told).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Fault>, error: impl Into<Fault>) {
    assert_eq!(result.map(|_| ()).unwrap_err(), error.into());
}

fn why(result: Result<Outcome, Fault>) -> String {
    let Err(Fault::Refused(bytes)) = result else {
        panic!("{result:?}");
    };
    abi::EvidenceInvalid::decode_error(&bytes)
}

trait Words {
    fn decode_error(bytes: &[u8]) -> String;
}

impl Words for abi::EvidenceInvalid {
    fn decode_error(bytes: &[u8]) -> String {
        <Self as alloy_sol_types::SolError>::abi_decode(bytes)
            .unwrap()
            .why
    }
}

fn emitted<E: SolEvent>(city: &City) -> usize {
    let of = |log: &&(_, alloy_primitives::LogData)| log.1.topics()[0] == E::SIGNATURE_HASH;
    city.host.events.iter().filter(of).count()
}

#[test]
fn headers_are_proven_by_whoever_brings_them() {
    for (engine, dialect) in [
        (Engine::Qbft, Dialect::Qbft),
        (Engine::Ibft2, Dialect::Ibft2),
        (Engine::Ibft1, Dialect::Ibft1),
    ] {
        let mut city = city(engine, dialect);
        let next = Made {
            parent: first(dialect).hash(),
            ..made(dialect, 11, &[1, 2, 3, 5])
        };
        let sealed = next.sealed(&[1, 2, 5]);
        assert_eq!(update(&mut city, of_bft(sealed.clone())), Ok(Outcome::Added));
        assert_eq!(update(&mut city, of_bft(sealed)), Ok(Outcome::Known));
        // Judged by the newer validators, of which 5 is one.
        let far = made(dialect, 20, &[5, 6, 7, 2]);
        assert_eq!(
            update(&mut city, of_bft(far.sealed(&[5, 2, 7]))),
            Ok(Outcome::Added)
        );
        let found = client(&mut city);
        assert_eq!((found.engine, found.count, found.generation), (engine, 3, 1));
        assert_eq!((found.newestHeight, found.newestHash), (20, far.hash()));
        assert_eq!(proven_hash(&mut city.host, id(), 11), Ok(Some(next.hash())));
        assert_eq!(proven_hash(&mut city.host, id(), 12), Ok(None));
        assert_eq!(emitted::<abi::HeaderProven>(&city), 2);
        let query = abi::headersCall {
            id: id(),
            from: 0,
            count: u64::MAX,
        };
        let told = city.send(STRANGER, HEADERS, &query).unwrap();
        let told = abi::headersCall::abi_decode_returns(&told).unwrap();
        let heights: Vec<u64> = told.iter().map(|header| header.height).collect();
        assert_eq!(heights, [10, 11, 20]);
        assert_eq!(told[1].stateRoot.as_ref(), [3; 32]);
        assert_eq!(told[1].time, 1_011_000_000_000);
        assert_eq!(told[1].parentHash, first(dialect).hash());
    }
}

#[test]
fn what_proves_nothing_is_refused_in_words() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    let before = city.host.storage.clone();
    let few = made(dialect, 12, FOUR).sealed(&[1, 2]);
    assert!(why(update(&mut city, of_bft(few))).contains("2 of 4 validators sealed"));
    let strangers = made(dialect, 12, &[1, 6, 7, 8]).sealed(&[1, 6, 7, 8]);
    assert!(why(update(&mut city, of_bft(strangers))).contains("1 of 4 trusted"));
    assert!(why(update(&mut city, of_bft(vec![1, 2, 3]))).contains("cannot be read"));
    let other = made(Dialect::Ibft2, 12, FOUR).sealed(FOUR);
    assert!(!why(update(&mut city, of_bft(other))).is_empty());
    let future = Made {
        seconds: city.host.block.timestamp + 31,
        ..made(dialect, 12, FOUR)
    };
    assert!(why(update(&mut city, of_bft(future.sealed(FOUR)))).contains("is not between"));
    let old = abi::TooOld {
        id: id(),
        height: 9,
        oldest: 10,
    };
    refused(
        update(&mut city, of_bft(made(dialect, 9, FOUR).sealed(FOUR))),
        old,
    );
    let large = update(&mut city, of_bft(vec![0; EVIDENCE_BYTES_MAX + 1]));
    let rule = format!("at most {EVIDENCE_BYTES_MAX} bytes");
    refused(
        large,
        InvalidArgument {
            name: "evidence".to_owned(),
            rule,
        },
    );
    // Nothing is verified that is not paid.
    city.host.gas_max = city.host.gas_used + 20_000;
    let unpaid = update(&mut city, of_bft(made(dialect, 12, FOUR).sealed(FOUR)));
    assert_eq!(unpaid, Err(Fault::OutOfGas));
    city.host.gas_max = 0;
    assert_eq!(city.host.storage, before);
    // What vouched too long ago vouches no more.
    city.host.block.timestamp += 100_000;
    let late = Made {
        seconds: city.host.block.timestamp,
        ..made(dialect, 12, FOUR)
    };
    assert!(why(update(&mut city, of_bft(late.sealed(FOUR)))).contains("seconds old"));
}

#[test]
fn a_client_begins_at_a_trust_root_and_only_once() {
    let dialect = Dialect::Qbft;
    let mut city = City::new(START, first(dialect).hash());
    refused(update(&mut city, of_bft(Vec::new())), abi::NoClient { id: id() });
    assert_eq!(has_client(&mut city.host, id()), Ok(false));
    let other = made(dialect, START + 1, FOUR);
    let missing = abi::NoTrustRoot {
        id: id(),
        height: START + 1,
        hash: other.hash(),
    };
    let begun = city.send(REVIEWER, HEADERS, &open(Engine::Qbft, other.sealed(&[])));
    refused(begun, missing);
    // Read in another dialect, it has another hash.
    let begun = city.send(
        REVIEWER,
        HEADERS,
        &open(Engine::Ibft2, first(dialect).sealed(&[])),
    );
    assert!(begun.is_err());
    for seconds in [3_599, 31_536_001] {
        let call = abi::openCall {
            trustingSeconds: seconds,
            ..open(Engine::Qbft, first(dialect).sealed(&[]))
        };
        assert!(city.send(REVIEWER, HEADERS, &call).is_err());
    }
    let begin = open(Engine::Qbft, first(dialect).sealed(&[]));
    city.send(REVIEWER, HEADERS, &begin).unwrap();
    assert_eq!(has_client(&mut city.host, id()), Ok(true));
    refused(
        city.send(REVIEWER, HEADERS, &begin),
        abi::ClientExists { id: id() },
    );
    // What vouches for nothing now is no beginning.
    for seconds in [86_401 + 1_010, 1_010 - 31] {
        let mut late = City::new(START, first(dialect).hash());
        late.host.block.timestamp = seconds;
        assert!(late.send(REVIEWER, HEADERS, &begin).is_err(), "{seconds}");
    }
}

#[test]
fn what_is_below_the_newest_fills_the_gap_or_convicts() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    let far = made(dialect, 20, FOUR);
    assert_eq!(update(&mut city, of_bft(far.sealed(FOUR))), Ok(Outcome::Added));
    let between = made(dialect, 15, FOUR);
    assert_eq!(
        update(&mut city, of_bft(between.sealed(FOUR))),
        Ok(Outcome::Filled)
    );
    assert_eq!(
        update(&mut city, of_bft(between.sealed(FOUR))),
        Ok(Outcome::Known)
    );
    assert_eq!(proven_hash(&mut city.host, id(), 15), Ok(Some(between.hash())));
    assert_eq!(client(&mut city).newestHeight, 20);
    let again = City {
        host: city.host.clone(),
    };
    // The parent of a header that is kept, and another one.
    let parent = made(dialect, 19, FOUR);
    assert_eq!(
        update(&mut city, of_bft(parent.sealed(FOUR))),
        Ok(Outcome::Frozen)
    );
    assert_eq!(client(&mut city).frozenHeight, 20);
    assert_eq!(emitted::<abi::Equivocated>(&city), 1);
    // A child of one that fills a gap, with another parent.
    let mut city = again;
    let child = made(dialect, 16, FOUR);
    assert_eq!(update(&mut city, of_bft(child.sealed(FOUR))), Ok(Outcome::Frozen));
    assert_eq!(client(&mut city).other, child.hash());
}

/// Somebody who can sign leaves a header far above all that will be: what is true stays provable, and the city begins anew.
#[test]
fn a_header_of_absurd_height_blocks_nothing() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    let absurd = Made {
        height: u64::MAX,
        seconds: 1_020,
        ..made(dialect, 12, FOUR)
    };
    assert_eq!(update(&mut city, of_bft(absurd.sealed(FOUR))), Ok(Outcome::Added));
    let true_one = Made {
        seconds: 1_015,
        ..made(dialect, 12, FOUR)
    };
    assert_eq!(
        update(&mut city, of_bft(true_one.sealed(FOUR))),
        Ok(Outcome::Filled)
    );
    assert_eq!(proven_hash(&mut city.host, id(), 12), Ok(Some(true_one.hash())));
    city.add_root(12, true_one.hash());
    let begin = open(Engine::Qbft, true_one.sealed(&[]));
    city.send(GOVERNANCE, HEADERS, &begin).unwrap();
    assert_eq!(client(&mut city).newestHeight, 12);
    assert_eq!(proven_hash(&mut city.host, id(), u64::MAX), Ok(None));
}

#[test]
fn validators_who_sign_two_headers_end_the_client_for_good() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    let one = made(dialect, 12, FOUR);
    let other = Made {
        mark: 9,
        ..one.clone()
    };
    assert_eq!(
        update(&mut city, of_bft(one.sealed(&[1, 2, 3]))),
        Ok(Outcome::Added)
    );
    assert_eq!(
        update(&mut city, of_bft(other.sealed(&[2, 3, 4]))),
        Ok(Outcome::Frozen)
    );
    let found = client(&mut city);
    assert_eq!((found.trusted, found.other), (one.hash(), other.hash()));
    assert_eq!(found.frozenAt, city.host.block.timestamp);
    assert_eq!(proven_hash(&mut city.host, id(), 12), Ok(None));
    assert_eq!(
        has_client(&mut city.host, id()),
        Ok(true),
        "attested is not enough now"
    );
    let frozen = || abi::ClientFrozen { id: id(), height: 12 };
    refused(
        update(&mut city, of_bft(made(dialect, 13, FOUR).sealed(FOUR))),
        frozen(),
    );
    let look = abi::headerCall { id: id(), height: 12 };
    refused(city.send(STRANGER, HEADERS, &look), frozen());
    // Only the city begins anew, with nothing of what was.
    let new = made(dialect, 30, &[5, 6, 7, 8]);
    city.add_root(30, new.hash());
    let begin = open(Engine::Qbft, new.sealed(&[]));
    refused(
        city.send(REVIEWER, HEADERS, &begin),
        abi::ClientExists { id: id() },
    );
    city.send(GOVERNANCE, HEADERS, &begin).unwrap();
    let found = client(&mut city);
    assert_eq!((found.generation, found.count, found.frozenAt), (2, 1, 0));
    assert_eq!(
        proven_hash(&mut city.host, id(), 12),
        Ok(None),
        "nor what it proved before"
    );
    assert_eq!(proven_hash(&mut city.host, id(), 30), Ok(Some(new.hash())));
}

#[test]
fn two_headers_that_nobody_brought_before_convict_too() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    let one = made(dialect, 15, FOUR);
    let other = Made {
        mark: 9,
        ..one.clone()
    };
    let convict = |one: Vec<u8>, other: Vec<u8>| abi::convictCall {
        id: id(),
        one: of_bft(one),
        other: of_bft(other),
    };
    let same = city.send(
        STRANGER,
        HEADERS,
        &convict(one.sealed(FOUR), one.sealed(&[1, 2, 3])),
    );
    refused(same, abi::NoContradiction { id: id() });
    let few = city.send(
        STRANGER,
        HEADERS,
        &convict(one.sealed(FOUR), other.sealed(&[1, 2])),
    );
    assert!(few.is_err());
    let heights = convict(one.sealed(FOUR), made(dialect, 16, FOUR).sealed(FOUR));
    assert!(city.send(STRANGER, HEADERS, &heights).is_err());
    assert_eq!(client(&mut city).frozenAt, 0);
    city.send(STRANGER, HEADERS, &convict(one.sealed(FOUR), other.sealed(FOUR)))
        .unwrap();
    assert_eq!(client(&mut city).frozenHeight, 15);
}

#[test]
fn what_gateways_say_is_measured_by_what_validators_signed() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    let batch = |last: B256| IAnchors::Batch {
        fromHeight: 11,
        toHeight: 12,
        parentHash: first(dialect).hash(),
        lastHash: last,
        blocksRoot: B256::repeat_byte(3),
        transactions: 1,
        events: 1,
    };
    let report = |last: B256| IAnchors::reportCall {
        id: id(),
        batch: batch(last),
    };
    let true_one = made(dialect, 12, FOUR);
    let mut deceived = City {
        host: city.host.clone(),
    };
    assert_eq!(
        update(&mut city, of_bft(true_one.sealed(FOUR))),
        Ok(Outcome::Added)
    );
    let disproven = IAnchors::Disproven {
        id: id(),
        height: 12,
        proven: true_one.hash(),
    };
    let lie = B256::repeat_byte(0xee);
    refused(city.send(city::GATEWAY, ANCHORS, &report(lie)), disproven);
    city.send(city::GATEWAY, ANCHORS, &report(true_one.hash()))
        .unwrap();
    assert_eq!(emitted::<abi::AnchorDisproven>(&city), 0);
    // Anchored first, it is shown for what it is.
    deceived.send(city::GATEWAY, ANCHORS, &report(lie)).unwrap();
    assert_eq!(
        update(&mut deceived, of_bft(true_one.sealed(FOUR))),
        Ok(Outcome::Added)
    );
    assert_eq!(emitted::<abi::AnchorDisproven>(&deceived), 1);
}

#[test]
fn headers_of_cometbft_are_proven() {
    let four = &["a", "b", "c", "d"][..];
    let two_of_four = &["a", "b", "f", "g"][..];
    let root = voted::made(10, four, four);
    let hash = root.generate().unwrap().hash();
    let mut city = City::new(START, B256::try_from(hash.as_bytes()).unwrap());
    city.host.block.timestamp = 1_000_100;
    let open = abi::openCall {
        id: id(),
        engine: Engine::CometBft,
        trustingSeconds: 86_400,
        root: of_cometbft(&voted::voted(&root, four, &[]), &[]),
    };
    city.send(REVIEWER, HEADERS, &open).unwrap();
    let next = voted::made(11, four, two_of_four).last_block_id_hash(hash);
    let few = voted::voted(&next, four, &["a", "b"]);
    assert!(why(update(&mut city, of_cometbft(&few, &[]))).contains("too few"));
    let enough = voted::voted(&next, four, &["a", "b", "c"]);
    assert_eq!(update(&mut city, of_cometbft(&enough, &[])), Ok(Outcome::Added));
    // Further on it is judged by the validators that the newest header names, which come with it.
    let far = voted::made(20, two_of_four, four);
    let block = voted::voted(&far, two_of_four, &["a", "b", "f"]);
    assert!(why(update(&mut city, of_cometbft(&block, &[]))).contains("validators"));
    assert!(why(update(&mut city, of_cometbft(&block, four))).contains("not those"));
    assert_eq!(
        update(&mut city, of_cometbft(&block, two_of_four)),
        Ok(Outcome::Added)
    );
    let told = city.send(STRANGER, HEADERS, &abi::headerCall { id: id(), height: 20 });
    let told = abi::headerCall::abi_decode_returns(&told.unwrap()).unwrap();
    assert_eq!(
        (told.stateRoot.as_ref(), told.time),
        (&[7; 32][..], 1_000_020_000_000_005)
    );
    let again = voted::made(20, two_of_four, two_of_four);
    let again = voted::voted(&again, two_of_four, &["a", "b", "g"]);
    assert_eq!(
        update(&mut city, of_cometbft(&again, two_of_four)),
        Ok(Outcome::Frozen)
    );
}

/// What is paid for, in the worst case of a chain of four validators: new validators with every header.
#[test]
fn a_header_has_its_price() {
    let dialect = Dialect::Qbft;
    let mut city = city(Engine::Qbft, dialect);
    for (height, validators, least, most) in [
        (20, &[1, 2, 3, 5], 200_000, 400_000),
        (30, &[1, 2, 3, 5], 200_000, 300_000),
    ] {
        let before = city.host.gas_used;
        let sealed = made(dialect, height, validators).sealed(&[1, 2, 3]);
        assert_eq!(update(&mut city, of_bft(sealed)), Ok(Outcome::Added));
        let gas = city.host.gas_used - before;
        assert!((least..most).contains(&gas), "{gas} gas at height {height}");
    }
}

#[test]
fn looking_is_not_changing() {
    let mut city = city(Engine::Qbft, Dialect::Qbft);
    city.host.read_only = true;
    assert_eq!(city.host.block().chain_id, 77);
    let sealed = made(Dialect::Qbft, 12, FOUR).sealed(FOUR);
    assert_eq!(update(&mut city, of_bft(sealed)), Err(Fault::ReadOnly));
    assert_eq!(client(&mut city).count, 1);
}
