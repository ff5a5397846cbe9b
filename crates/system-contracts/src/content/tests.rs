//! Tests of the contract: versions need two people or a vote, and what counts at a height is told early enough.

use super::*;
use crate::{
    address::ROLES,
    checks::{refused, refused_argument},
    interfaces::IRoles,
    memory::MemoryHost,
};

const LEDGER: u64 = 77;
const ONE: Address = Address::repeat_byte(1);
const OTHER: Address = Address::repeat_byte(2);
const HASH: B256 = B256::repeat_byte(0xaa);

/// A city with two regulators.
fn city() -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = LEDGER;
    host.block.height = 1_000;
    host.block.timestamp = 1_800_000_000;
    roles::builtin::define_builtin(&mut host).unwrap();
    for account in [ONE, OTHER] {
        let grant = IRoles::grantCall {
            role: roles::id_of("CityRegulator"),
            subject: account.into_word(),
            scope: roles::Scope::CITY,
            expiry: 0,
            delegable: false,
        };
        host.call(GOVERNANCE, ROLES, &grant.abi_encode()).unwrap();
    }
    host
}

fn publication(version: u32) -> abi::publishCall {
    abi::publishCall {
        version,
        hash: HASH,
        categories: 3,
        legalBasis: "Decision 2026-9".to_owned(),
        fromHeight: 0,
    }
}

fn ask(host: &mut MemoryHost, caller: Address, call: &impl SolCall) -> Result<Bytes, Fault> {
    host.call(caller, ADDRESS, &call.abi_encode())
}

fn approval(version: u32) -> abi::approveCall {
    abi::approveCall { version, hash: HASH }
}

fn at(host: &mut MemoryHost, height: u64) -> (Mode, u32) {
    let found = in_force(host, LEDGER, height).unwrap();
    assert_eq!(found.hash.is_zero(), found.version == 0);
    (found.mode, found.version)
}

#[test]
fn a_version_counts_when_another_person_approved_it_and_not_at_once() {
    let mut host = city();
    ask(&mut host, ONE, &publication(1)).unwrap();
    assert_eq!(at(&mut host, u64::MAX), (Mode::Off, 0));
    let own = abi::FourEyes {
        version: 1,
        caller: ONE,
    };
    refused(ask(&mut host, ONE, &approval(1)), own);
    // Who approves has seen exactly this hash.
    let changed = abi::publishCall {
        hash: B256::repeat_byte(0xbb),
        ..publication(1)
    };
    ask(&mut host, ONE, &changed).unwrap();
    let stale = abi::NotWaiting {
        version: 1,
        hash: HASH,
    };
    refused(ask(&mut host, OTHER, &approval(1)), stale);
    ask(&mut host, OTHER, &publication(1)).unwrap();
    ask(&mut host, ONE, &approval(1)).unwrap();
    let known = version(&mut host, 1).unwrap();
    assert_eq!((known.publishedBy, known.approvedBy), (OTHER, ONE));
    assert_eq!(known.fromHeight, 1_000 + ACTIVATION_BLOCKS);
    assert_eq!(at(&mut host, 1_009), (Mode::Off, 0));
    assert_eq!(at(&mut host, 1_010), (Mode::Off, 1));
    let again = abi::NotWaiting {
        version: 1,
        hash: HASH,
    };
    refused(ask(&mut host, OTHER, &approval(1)), again);
    refused(
        ask(&mut host, OTHER, &publication(1)),
        abi::NotNext { version: 1, next: 2 },
    );
}

#[test]
fn one_change_at_a_time_is_on_its_way() {
    let mut host = city();
    ask(&mut host, GOVERNANCE, &publication(1)).unwrap();
    ask(&mut host, ONE, &publication(2)).unwrap();
    let early = abi::NotYetInForce { fromHeight: 1_010 };
    refused(ask(&mut host, OTHER, &approval(2)), early.clone());
    let mode = |mode| abi::setModeCall { ledger: LEDGER, mode };
    ask(&mut host, GOVERNANCE, &mode(Mode::Refuse)).unwrap();
    refused(ask(&mut host, GOVERNANCE, &mode(Mode::Flag)), early);
    host.block.height = 1_010;
    ask(&mut host, OTHER, &approval(2)).unwrap();
    ask(&mut host, GOVERNANCE, &mode(Mode::Flag)).unwrap();
    let told = [1_009, 1_010, 1_019, 1_020].map(|height| at(&mut host, height));
    let expected = [
        (Mode::Refuse, 0),
        (Mode::Refuse, 1),
        (Mode::Refuse, 1),
        (Mode::Flag, 2),
    ];
    assert_eq!(told, expected);
    let unknown = abi::setModeCall {
        ledger: 5,
        mode: Mode::Flag,
    };
    refused(
        ask(&mut host, GOVERNANCE, &unknown),
        abi::LedgerUnknown { ledger: 5 },
    );
}

/// Random changes by random people, with a look at what every state says of the heights that follow.
#[test]
fn what_counts_at_a_height_is_the_same_in_all_states_that_judge_it() {
    let mut host = city();
    let mut seed = 7_u64;
    let mut chance = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    let mut told = std::collections::BTreeMap::new();
    let mut changes = 0;
    for height in 1_000..3_000 {
        host.block.height = height;
        let next = count(&mut host).unwrap() + u32::from(waiting(&mut host).unwrap().is_none());
        let caller = [ONE, OTHER, GOVERNANCE][usize::try_from(chance(3)).unwrap()];
        let done = match chance(12) {
            0 => {
                let mut call = publication(next);
                call.fromHeight = height + chance(40);
                ask(&mut host, caller, &call)
            }
            1 => ask(&mut host, caller, &approval(next)),
            2 => {
                let mode = [Mode::Off, Mode::Flag, Mode::Refuse][usize::try_from(chance(3)).unwrap()];
                let ledger = LEDGER;
                ask(&mut host, caller, &abi::setModeCall { ledger, mode })
            }
            _ => continue,
        };
        changes += u32::from(done.is_ok());
        // A node that judges payload `height + lag` has executed `height`, or more.
        for ahead in 1..ACTIVATION_BLOCKS {
            let found = at(&mut host, height + ahead);
            let before = told.insert(height + ahead, found);
            assert!(
                before.is_none_or(|before| before == found),
                "height {height} + {ahead}"
            );
        }
    }
    assert!(changes > 100, "{changes} changes");
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    let mut host = city();
    let check = |host: &mut MemoryHost, name: &str, change: fn(&mut abi::publishCall)| {
        let mut call = publication(1);
        change(&mut call);
        refused_argument(ask(host, ONE, &call), name);
    };
    check(&mut host, "hash", |call| call.hash = B256::ZERO);
    check(&mut host, "categories", |call| call.categories = 0);
    check(&mut host, "categories", |call| {
        call.categories = CATEGORIES_MAX + 1
    });
    check(&mut host, "legalBasis", |call| call.legalBasis.clear());
    check(&mut host, "legalBasis", |call| call.legalBasis = "x".repeat(513));
    check(&mut host, "fromHeight", |call| call.fromHeight = u64::MAX);
    for unknown in [0, 1] {
        let query = abi::versionOfCall { version: unknown };
        refused(
            ask(&mut host, ONE, &query),
            abi::VersionUnknown { version: unknown },
        );
    }
}
