//! Life cycle, recovery, resolution at a time, and every refusal of them.

mod binding;
mod model;
mod vectors;

use super::*;
use crate::{
    address::GOVERNANCE,
    fault::{InvalidArgument, Unauthorized},
    host::BlockContext,
    interfaces::{IIdentities, IOrganisations},
    memory::MemoryHost,
    organisations,
};
use alloy_primitives::{FixedBytes, U256};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

/// Chain id of the ledger of the tests.
pub(crate) const LEDGER: u64 = 1_337;
/// Time of its first block, in seconds since 1970.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) const OWNER: Address = Address::repeat_byte(0xa1);
const FRIEND: Address = Address::repeat_byte(0xa2);
const OTHER_FRIEND: Address = Address::repeat_byte(0xa3);
const STRANGER: Address = Address::repeat_byte(0xaf);
pub(crate) const ID: B256 = B256::repeat_byte(0x11);
const OTHER: B256 = B256::repeat_byte(0x22);

/// Calls a function of Identities and decodes its answer.
pub(crate) fn ask<C: SolCall>(host: &mut MemoryHost, caller: Address, call: &C) -> Result<C::Return, Fault> {
    let answer = host.call(caller, ADDRESS, &call.abi_encode())?;
    Ok(C::abi_decode_returns(&answer).unwrap())
}

/// A ledger with one organisation.
pub(crate) fn ledger() -> (MemoryHost, B256) {
    let mut host = MemoryHost {
        block: BlockContext {
            chain_id: LEDGER,
            height: 10,
            timestamp: START,
            ..BlockContext::default()
        },
        ..MemoryHost::default()
    };
    let join = IOrganisations::joinCall {
        name: "Registry office".to_owned(),
        kind: IOrganisations::Kind::Governance,
        level: 50,
        voting: true,
    };
    host.call(GOVERNANCE, organisations::CONTRACT.address, &join.abi_encode())
        .unwrap();
    (host, organisations::id_of("Registry office"))
}

pub(crate) fn party(account: Address) -> B256 {
    account.into_word()
}

pub(crate) fn plain(id: B256, organisation: B256) -> NewIdentity {
    NewIdentity {
        id,
        kind: Kind::Person,
        organisation,
        controllers: vec![party(OWNER)],
        recoverers: Vec::new(),
        recoveryThreshold: 0,
        methods: Vec::new(),
        services: Vec::new(),
        commitments: Vec::new(),
    }
}

pub(crate) fn create(host: &mut MemoryHost, identity: NewIdentity) -> Result<(), Fault> {
    ask(host, GOVERNANCE, &abi::createCall { identity }).map(|_| ())
}

/// A ledger with one identity.
pub(crate) fn city() -> MemoryHost {
    let (mut host, organisation) = ledger();
    create(&mut host, plain(ID, organisation)).unwrap();
    host
}

pub(crate) fn later(host: &mut MemoryHost, seconds: u64) {
    host.block.timestamp += seconds;
    host.block.height += 1;
}

fn ed25519_key(seed: u8) -> Bytes {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    Bytes::copy_from_slice(pair.public_key().as_ref())
}

fn method(fragment: &str, seed: u8) -> Method {
    Method {
        fragment: fragment.to_owned(),
        keyType: KeyType::Ed25519,
        key: ed25519_key(seed),
        purposes: 3,
        validFrom: 0,
        validUntil: 0,
    }
}

fn service(fragment: &str) -> Service {
    Service {
        fragment: fragment.to_owned(),
        serviceType: "LinkedDomains".to_owned(),
        endpoint: "https://registry.example/".to_owned(),
    }
}

fn wrong(name: &str, rule: &str) -> Fault {
    InvalidArgument {
        name: name.to_owned(),
        rule: rule.to_owned(),
    }
    .into()
}

fn freeze(host: &mut MemoryHost, id: B256) {
    let reason = "case 7".to_owned();
    ask(host, GOVERNANCE, &abi::freezeCall { id, reason }).unwrap();
}

fn unfreeze(host: &mut MemoryHost, id: B256) {
    let reason = String::new();
    ask(host, GOVERNANCE, &abi::unfreezeCall { id, reason }).unwrap();
}

fn cancel(host: &mut MemoryHost, id: B256) {
    let reason = "merged".to_owned();
    ask(host, GOVERNANCE, &abi::cancelCall { id, reason }).unwrap();
}

/// Performs a call that must be refused, and that it left nothing.
fn refused<C: SolCall>(host: &mut MemoryHost, caller: Address, call: &C, expected: impl Into<Fault>) {
    let storage = host.storage.clone();
    let fault = host.call(caller, ADDRESS, &call.abi_encode()).unwrap_err();
    assert_eq!(fault, expected.into(), "{}", C::SIGNATURE);
    assert_eq!(host.storage, storage, "{}", C::SIGNATURE);
}

#[test]
fn an_identity_is_made_and_read() {
    let (mut host, organisation) = ledger();
    let commitment = B256::repeat_byte(0xc0);
    let identity = NewIdentity {
        kind: Kind::Organisation,
        controllers: vec![party(OWNER), ID],
        recoverers: vec![party(FRIEND)],
        recoveryThreshold: 1,
        methods: vec![method("key-1", 1)],
        services: vec![service("site")],
        commitments: vec![commitment],
        ..plain(ID, organisation)
    };
    create(&mut host, identity).unwrap();
    let found = document(&mut host, ID, None).unwrap();
    assert_eq!(found.did, format!("did:civitas:{}", "11".repeat(32)));
    assert_eq!(found.status, Status::Active);
    assert_eq!(found.kind, Kind::Organisation);
    assert_eq!(found.organisation, organisation);
    assert_eq!(found.controllers, [party(OWNER), ID]);
    assert_eq!(
        found.methods,
        [Method {
            validFrom: START,
            ..method("key-1", 1)
        }]
    );
    assert_eq!(found.services, [service("site")]);
    assert_eq!(found.commitments, [commitment]);
    assert_eq!(found.createdAt, START);
    let asked = ask(&mut host, STRANGER, &abi::resolveCall { id: ID }).unwrap();
    assert_eq!(asked, found);
    let history = abi::statusHistoryCall {
        id: ID,
        from: 0,
        count: 10,
    };
    let history = ask(&mut host, STRANGER, &history).unwrap();
    assert_eq!(
        history,
        [StatusChange {
            status: Status::Active,
            since: START,
            height: 10,
            by: GOVERNANCE,
            reason: String::new(),
        }]
    );
    assert_eq!(ask(&mut host, STRANGER, &abi::identityCountCall {}).unwrap(), 1);
    let page = abi::identitiesCall { from: 0, count: 9 };
    assert_eq!(ask(&mut host, STRANGER, &page).unwrap(), [ID]);
}

#[test]
fn a_bad_identity_is_refused() {
    let (mut host, organisation) = ledger();
    let base = plain(ID, organisation);
    let unknown = B256::repeat_byte(0x99);
    let mut short = B256::ZERO;
    short[12] = 1;
    let cases: Vec<(NewIdentity, Fault)> = vec![
        (
            plain(short, organisation),
            wrong("id", "the first twelve bytes are not all zero"),
        ),
        (
            NewIdentity {
                kind: Kind::None,
                ..base.clone()
            },
            wrong("kind", "Person, Organisation, Node or Thing"),
        ),
        (
            plain(ID, unknown),
            abi::OrganisationNotActive { id: unknown }.into(),
        ),
        (
            NewIdentity {
                controllers: vec![],
                ..base.clone()
            },
            wrong("controllers", "between 1 and 8"),
        ),
        (
            NewIdentity {
                controllers: vec![B256::ZERO],
                ..base.clone()
            },
            wrong("controllers", "accounts or identities, not zero"),
        ),
        (
            NewIdentity {
                controllers: vec![party(OWNER); 2],
                ..base.clone()
            },
            wrong("controllers", "all different"),
        ),
        (
            NewIdentity {
                controllers: (1..=9).map(|byte| party(Address::repeat_byte(byte))).collect(),
                ..base.clone()
            },
            wrong("controllers", "at most 8"),
        ),
        (
            NewIdentity {
                controllers: vec![unknown],
                ..base.clone()
            },
            abi::IdentityUnknown { id: unknown }.into(),
        ),
        (
            NewIdentity {
                recoveryThreshold: 1,
                ..base.clone()
            },
            wrong(
                "threshold",
                "between 1 and the number of recoverers; 0 without recoverers",
            ),
        ),
        (
            NewIdentity {
                recoverers: vec![party(FRIEND)],
                ..base.clone()
            },
            wrong(
                "threshold",
                "between 1 and the number of recoverers; 0 without recoverers",
            ),
        ),
        (
            NewIdentity {
                commitments: vec![ID, ID],
                ..base.clone()
            },
            wrong("commitments", "distinct and not zero"),
        ),
        (
            NewIdentity {
                commitments: vec![ID; 9],
                ..base
            },
            wrong("commitments", "at most 8"),
        ),
    ];
    for (identity, expected) in cases {
        refused(&mut host, GOVERNANCE, &abi::createCall { identity }, expected);
    }
    let identity = plain(ID, organisation);
    create(&mut host, identity.clone()).unwrap();
    refused(
        &mut host,
        GOVERNANCE,
        &abi::createCall { identity },
        abi::IdentityExists { id: ID },
    );
}

#[test]
fn what_needs_a_role_is_refused_without_one() {
    let mut host = city();
    let (id, reason) = (ID, String::new());
    let calls: Vec<(Vec<u8>, [u8; 4])> = vec![
        (
            abi::createCall {
                identity: plain(OTHER, B256::ZERO),
            }
            .abi_encode(),
            abi::createCall::SELECTOR,
        ),
        (
            abi::setCommitmentsCall {
                id,
                commitments: vec![ID],
            }
            .abi_encode(),
            abi::setCommitmentsCall::SELECTOR,
        ),
        (
            abi::freezeCall {
                id,
                reason: reason.clone(),
            }
            .abi_encode(),
            abi::freezeCall::SELECTOR,
        ),
        (
            abi::unfreezeCall {
                id,
                reason: reason.clone(),
            }
            .abi_encode(),
            abi::unfreezeCall::SELECTOR,
        ),
        (
            abi::cancelCall { id, reason }.abi_encode(),
            abi::cancelCall::SELECTOR,
        ),
    ];
    for (data, selector) in calls {
        // The controller of the identity has no role either.
        for caller in [OWNER, STRANGER] {
            let fault = host.call(caller, ADDRESS, &data).unwrap_err();
            let selector = FixedBytes(selector);
            assert_eq!(fault, Unauthorized { caller, selector }.into());
        }
    }
}

#[test]
fn what_needs_a_controller_is_refused_to_others_and_while_frozen() {
    type Case = fn() -> Vec<u8>;
    let calls: [Case; 6] = [
        || {
            abi::setControllersCall {
                id: ID,
                controllers: vec![party(FRIEND)],
            }
            .abi_encode()
        },
        || {
            abi::setRecoveryCall {
                id: ID,
                recoverers: vec![party(FRIEND)],
                threshold: 1,
            }
            .abi_encode()
        },
        || {
            abi::addMethodCall {
                id: ID,
                method: method("new", 9),
            }
            .abi_encode()
        },
        || {
            abi::endMethodCall {
                id: ID,
                fragment: "key".to_owned(),
                validUntil: 0,
            }
            .abi_encode()
        },
        || {
            abi::addServiceCall {
                id: ID,
                service: service("new"),
            }
            .abi_encode()
        },
        || {
            abi::removeServiceCall {
                id: ID,
                fragment: "site".to_owned(),
            }
            .abi_encode()
        },
    ];
    let (mut host, organisation) = ledger();
    let identity = NewIdentity {
        methods: vec![method("key", 1)],
        services: vec![service("site")],
        ..plain(ID, organisation)
    };
    create(&mut host, identity).unwrap();
    let answers = |host: &mut MemoryHost, caller: Address, expected: Option<Fault>| {
        for call in calls {
            let fault = host.clone().call(caller, ADDRESS, &call()).err();
            assert_eq!(fault, expected);
        }
    };
    answers(&mut host, OWNER, None);
    let stranger = abi::NotAController {
        id: ID,
        caller: STRANGER,
    };
    answers(&mut host, STRANGER, Some(stranger.into()));
    // Not even Governance writes a document.
    let governance = abi::NotAController {
        id: ID,
        caller: GOVERNANCE,
    };
    answers(&mut host, GOVERNANCE, Some(governance.into()));
    freeze(&mut host, ID);
    answers(&mut host, OWNER, Some(abi::IdentityFrozen { id: ID }.into()));
    unfreeze(&mut host, ID);
    answers(&mut host, OWNER, None);
    cancel(&mut host, ID);
    answers(&mut host, OWNER, Some(abi::IdentityCancelled { id: ID }.into()));
    let mut empty = ledger().0;
    answers(&mut empty, OWNER, Some(abi::IdentityUnknown { id: ID }.into()));
}

#[test]
fn a_status_follows_its_rules() {
    let mut host = city();
    let freeze_call = |reason: &str| abi::freezeCall {
        id: ID,
        reason: reason.to_owned(),
    };
    let unfreeze_call = abi::unfreezeCall {
        id: ID,
        reason: String::new(),
    };
    let cancel_call = abi::cancelCall {
        id: ID,
        reason: String::new(),
    };
    refused(
        &mut host,
        GOVERNANCE,
        &unfreeze_call,
        abi::IdentityNotFrozen { id: ID },
    );
    let long = freeze_call(&"x".repeat(REASON_BYTES_MAX + 1));
    refused(&mut host, GOVERNANCE, &long, wrong("reason", "at most 256 bytes"));
    freeze(&mut host, ID);
    refused(
        &mut host,
        GOVERNANCE,
        &freeze_call(""),
        abi::IdentityFrozen { id: ID },
    );
    let commitments = abi::setCommitmentsCall {
        id: ID,
        commitments: vec![OTHER],
    };
    refused(
        &mut host,
        GOVERNANCE,
        &commitments,
        abi::IdentityFrozen { id: ID },
    );
    unfreeze(&mut host, ID);
    ask(&mut host, GOVERNANCE, &commitments).unwrap();
    freeze(&mut host, ID);
    cancel(&mut host, ID);
    assert_eq!(status(&mut host, ID).unwrap(), Status::Cancelled);
    for call in [
        freeze_call("").abi_encode(),
        unfreeze_call.abi_encode(),
        cancel_call.abi_encode(),
    ] {
        let fault = host.call(GOVERNANCE, ADDRESS, &call).unwrap_err();
        assert_eq!(fault, abi::IdentityCancelled { id: ID }.into());
    }
    let unknown = abi::freezeCall {
        id: OTHER,
        reason: String::new(),
    };
    refused(
        &mut host,
        GOVERNANCE,
        &unknown,
        abi::IdentityUnknown { id: OTHER },
    );
    // A cancelled id is never used again.
    let again = abi::createCall {
        identity: plain(ID, B256::ZERO),
    };
    refused(&mut host, GOVERNANCE, &again, abi::IdentityExists { id: ID });
}

#[test]
fn governance_can_propose_what_freezes() {
    for selector in [
        abi::freezeCall::SELECTOR,
        abi::unfreezeCall::SELECTOR,
        abi::cancelCall::SELECTOR,
    ] {
        assert_eq!(CONTRACT.kind_of(selector), Some(governance::Kind::Control));
    }
    assert_eq!(CONTRACT.kind_of(abi::bindCall::SELECTOR), None);
}

#[test]
fn a_bad_key_or_service_is_refused() {
    let mut host = city();
    let base = method("key", 1);
    let no_point = [vec![4], vec![0xff; 64]].concat();
    let cases: Vec<(Method, Fault)> = vec![
        (
            Method {
                fragment: String::new(),
                ..base.clone()
            },
            wrong("fragment", "1 to 64 of A-Z a-z 0-9 . _ -"),
        ),
        (
            Method {
                fragment: "a#b".to_owned(),
                ..base.clone()
            },
            wrong("fragment", "1 to 64 of A-Z a-z 0-9 . _ -"),
        ),
        (
            Method {
                keyType: KeyType::None,
                ..base.clone()
            },
            wrong("key", "Secp256k1, P256 or Ed25519"),
        ),
        (
            Method {
                key: vec![1; 33].into(),
                ..base.clone()
            },
            wrong("key", "32 bytes of Ed25519"),
        ),
        (
            Method {
                keyType: KeyType::Secp256k1,
                key: no_point.clone().into(),
                ..base.clone()
            },
            wrong("key", "a point of secp256k1, uncompressed"),
        ),
        (
            Method {
                keyType: KeyType::P256,
                key: no_point.into(),
                ..base.clone()
            },
            wrong("key", "a point of P-256, uncompressed"),
        ),
        (
            Method {
                purposes: 0,
                ..base.clone()
            },
            wrong("purposes", "one or more of the bits 1, 2, 4, 8, 16"),
        ),
        (
            Method {
                purposes: 32,
                ..base.clone()
            },
            wrong("purposes", "one or more of the bits 1, 2, 4, 8, 16"),
        ),
        (
            Method {
                validFrom: START - 1,
                ..base.clone()
            },
            wrong("validFrom", "not in the past"),
        ),
        (
            Method {
                validFrom: START + 9,
                validUntil: START + 9,
                ..base.clone()
            },
            wrong("validUntil", "after validFrom"),
        ),
    ];
    for (method, expected) in cases {
        refused(&mut host, OWNER, &abi::addMethodCall { id: ID, method }, expected);
    }
    let add = abi::addMethodCall { id: ID, method: base };
    ask(&mut host, OWNER, &add).unwrap();
    let fragment = "key".to_owned();
    let exists = abi::FragmentExists { id: ID, fragment };
    refused(&mut host, OWNER, &add, exists);
    let unknown = abi::endMethodCall {
        id: ID,
        fragment: "none".to_owned(),
        validUntil: 0,
    };
    let expected = abi::FragmentUnknown {
        id: ID,
        fragment: "none".to_owned(),
    };
    refused(&mut host, OWNER, &unknown, expected.clone());
    let unknown = abi::removeServiceCall {
        id: ID,
        fragment: "none".to_owned(),
    };
    refused(&mut host, OWNER, &unknown, expected);
    let base = service("site");
    let services = [
        (
            Service {
                serviceType: String::new(),
                ..base.clone()
            },
            "serviceType",
            "1 to 64",
        ),
        (
            Service {
                endpoint: "a b".to_owned(),
                ..base.clone()
            },
            "endpoint",
            "1 to 512",
        ),
        (
            Service {
                endpoint: "x".repeat(513),
                ..base
            },
            "endpoint",
            "1 to 512",
        ),
    ];
    for (service, name, rule) in services {
        let expected = wrong(name, &format!("{rule} printable ASCII characters"));
        refused(
            &mut host,
            OWNER,
            &abi::addServiceCall { id: ID, service },
            expected,
        );
    }
}

#[test]
fn a_key_ends_once_and_never_in_the_past() {
    let mut host = city();
    let mut key = method("key", 1);
    key.validUntil = START + 1_000;
    ask(&mut host, OWNER, &abi::addMethodCall { id: ID, method: key }).unwrap();
    later(&mut host, 100);
    let end = |until| abi::endMethodCall {
        id: ID,
        fragment: "key".to_owned(),
        validUntil: until,
    };
    let rule = wrong("validUntil", "not in the past, not after the present end");
    refused(&mut host, OWNER, &end(START + 50), rule.clone());
    refused(&mut host, OWNER, &end(START + 1_001), rule);
    ask(&mut host, OWNER, &end(START + 500)).unwrap();
    ask(&mut host, OWNER, &end(0)).unwrap();
    let over = abi::MethodNotValid {
        id: ID,
        fragment: "key".to_owned(),
    };
    refused(&mut host, OWNER, &end(0), over);
    let kept = abi::methodCall {
        id: ID,
        fragment: "key".to_owned(),
    };
    let kept = ask(&mut host, STRANGER, &kept).unwrap();
    assert_eq!((kept.validFrom, kept.validUntil), (START, START + 100));
}

#[test]
fn the_document_at_a_time_stays_what_it_was() {
    let mut host = city();
    later(&mut host, 10); // 10: key and service are added.
    ask(
        &mut host,
        OWNER,
        &abi::addMethodCall {
            id: ID,
            method: method("key", 1),
        },
    )
    .unwrap();
    let mut coming = method("coming", 2);
    coming.validFrom = START + 25;
    ask(
        &mut host,
        OWNER,
        &abi::addMethodCall {
            id: ID,
            method: coming,
        },
    )
    .unwrap();
    ask(
        &mut host,
        OWNER,
        &abi::addServiceCall {
            id: ID,
            service: service("site"),
        },
    )
    .unwrap();
    later(&mut host, 10); // 20: frozen.
    freeze(&mut host, ID);
    later(&mut host, 10); // 30: free again, another controller.
    unfreeze(&mut host, ID);
    let controllers = vec![party(FRIEND)];
    ask(&mut host, OWNER, &abi::setControllersCall { id: ID, controllers }).unwrap();
    later(&mut host, 10); // 40: key and service end.
    let fragment = "key".to_owned();
    ask(
        &mut host,
        FRIEND,
        &abi::endMethodCall {
            id: ID,
            fragment,
            validUntil: 0,
        },
    )
    .unwrap();
    let fragment = "site".to_owned();
    ask(&mut host, FRIEND, &abi::removeServiceCall { id: ID, fragment }).unwrap();
    later(&mut host, 10); // 50: cancelled.
    cancel(&mut host, ID);
    later(&mut host, 10);
    let expected: [(u64, Status, &[&str], usize, Address); 9] = [
        (0, Status::Active, &[], 0, OWNER),
        (9, Status::Active, &[], 0, OWNER),
        (10, Status::Active, &["key"], 1, OWNER),
        (20, Status::Frozen, &["key"], 1, OWNER),
        (25, Status::Frozen, &["key", "coming"], 1, OWNER),
        (30, Status::Active, &["key", "coming"], 1, FRIEND),
        (39, Status::Active, &["key", "coming"], 1, FRIEND),
        (40, Status::Active, &["coming"], 0, FRIEND),
        (55, Status::Cancelled, &["coming"], 0, FRIEND),
    ];
    for (after, status, keys, services, controller) in expected {
        let query = abi::resolveAtCall {
            id: ID,
            timestamp: START + after,
        };
        let found = ask(&mut host, STRANGER, &query).unwrap();
        let fragments: Vec<&str> = found
            .methods
            .iter()
            .map(|method| method.fragment.as_str())
            .collect();
        assert_eq!((found.status, fragments.as_slice()), (status, keys), "{after}");
        assert_eq!(
            (found.services.len(), found.controllers),
            (services, vec![party(controller)]),
            "{after}"
        );
    }
    let before = abi::resolveAtCall {
        id: ID,
        timestamp: START - 1,
    };
    refused(&mut host, STRANGER, &before, abi::IdentityUnknown { id: ID });
    refused(
        &mut host,
        STRANGER,
        &abi::resolveCall { id: OTHER },
        abi::IdentityUnknown { id: OTHER },
    );
}

/// An identity that two of three recover: two accounts, and an identity with two controllers.
fn recoverable() -> MemoryHost {
    let (mut host, organisation) = ledger();
    let helper = NewIdentity {
        controllers: vec![party(OTHER_FRIEND), party(STRANGER)],
        ..plain(OTHER, organisation)
    };
    create(&mut host, helper).unwrap();
    let identity = NewIdentity {
        recoverers: vec![party(FRIEND), party(Address::repeat_byte(0xa5)), OTHER],
        recoveryThreshold: 2,
        ..plain(ID, organisation)
    };
    create(&mut host, identity).unwrap();
    host
}

fn approval(controller: Address) -> abi::approveRecoveryCall {
    abi::approveRecoveryCall {
        id: ID,
        controllers: vec![party(controller)],
    }
}

#[test]
fn enough_recoverers_replace_the_controllers() {
    let mut host = recoverable();
    let thief = abi::NotARecoverer {
        id: ID,
        caller: OWNER,
    };
    refused(&mut host, OWNER, &approval(OWNER), thief);
    let new = Address::repeat_byte(0xb0);
    assert!(!ask(&mut host, FRIEND, &approval(new)).unwrap());
    let twice = abi::RecoveryAlreadyApproved {
        id: ID,
        caller: FRIEND,
    };
    refused(&mut host, FRIEND, &approval(new), twice);
    // Another list of controllers is another recovery.
    assert!(!ask(&mut host, OTHER_FRIEND, &approval(STRANGER)).unwrap());
    // One party has one voice, whoever speaks for it.
    let twice = abi::RecoveryAlreadyApproved {
        id: ID,
        caller: STRANGER,
    };
    refused(&mut host, STRANGER, &approval(STRANGER), twice);
    assert!(ask(&mut host, OTHER_FRIEND, &approval(new)).unwrap());
    let found = document(&mut host, ID, None).unwrap();
    assert_eq!(found.controllers, [party(new)]);
    let controllers = vec![party(OWNER)];
    let old = abi::setControllersCall { id: ID, controllers };
    refused(
        &mut host,
        OWNER,
        &old,
        abi::NotAController {
            id: ID,
            caller: OWNER,
        },
    );
    // Approvals of the round before count no more.
    assert!(!ask(&mut host, FRIEND, &approval(STRANGER)).unwrap());
}

#[test]
fn recovery_follows_the_status_and_the_clock() {
    let mut host = recoverable();
    freeze(&mut host, ID);
    refused(
        &mut host,
        FRIEND,
        &approval(FRIEND),
        abi::IdentityFrozen { id: ID },
    );
    unfreeze(&mut host, ID);
    assert!(!ask(&mut host, FRIEND, &approval(FRIEND)).unwrap());
    later(&mut host, RECOVERY_SECONDS + 1);
    assert!(
        !ask(&mut host, OTHER_FRIEND, &approval(FRIEND)).unwrap(),
        "the first approval has lapsed"
    );
    freeze(&mut host, OTHER);
    let silent = abi::NotARecoverer {
        id: ID,
        caller: STRANGER,
    };
    refused(&mut host, STRANGER, &approval(FRIEND), silent);
    assert!(ask(&mut host, FRIEND, &approval(FRIEND)).unwrap());
}

#[test]
fn a_stolen_controller_key_cannot_take_recovery_away() {
    let mut host = recoverable();
    let recoverers = vec![party(STRANGER)];
    let steal = abi::setRecoveryCall {
        id: ID,
        recoverers,
        threshold: 1,
    };
    ask(&mut host, OWNER, &steal).unwrap();
    let seen = ask(&mut host, STRANGER, &abi::recoveryOfCall { id: ID }).unwrap();
    assert_eq!((seen.threshold, seen.nextThreshold), (2, 1));
    assert_eq!(seen.nextRecoverers, [party(STRANGER)]);
    assert_eq!(seen.nextFrom, START + RECOVERY_SECONDS);
    let mut without_help = host.clone();
    // In time: the old set recovers, and the change is dropped.
    later(&mut host, RECOVERY_SECONDS - 1);
    ask(&mut host, FRIEND, &approval(FRIEND)).unwrap();
    assert!(ask(&mut host, OTHER_FRIEND, &approval(FRIEND)).unwrap());
    later(&mut host, 2);
    let seen = ask(&mut host, STRANGER, &abi::recoveryOfCall { id: ID }).unwrap();
    assert_eq!((seen.threshold, seen.nextFrom), (2, 0));
    // A new change after it starts with an empty set.
    let recoverers = vec![party(FRIEND)];
    let renew = abi::setRecoveryCall {
        id: ID,
        recoverers,
        threshold: 1,
    };
    ask(&mut host, FRIEND, &renew).unwrap();
    let seen = ask(&mut host, STRANGER, &abi::recoveryOfCall { id: ID }).unwrap();
    assert_eq!(seen.nextRecoverers, [party(FRIEND)]);
    // Without recovery the change counts after its time.
    later(&mut without_help, RECOVERY_SECONDS);
    let old = abi::NotARecoverer {
        id: ID,
        caller: FRIEND,
    };
    refused(&mut without_help, FRIEND, &approval(FRIEND), old);
    assert!(ask(&mut without_help, STRANGER, &approval(STRANGER)).unwrap());
}

#[test]
fn calls_that_no_function_takes_are_refused() {
    let mut host = city();
    for data in [vec![1, 2, 3, 4], Vec::new(), abi::freezeCall::SELECTOR.to_vec()] {
        assert!(matches!(host.call(OWNER, ADDRESS, &data), Err(Fault::Refused(_))));
    }
    let call = Call {
        caller: OWNER,
        value: U256::ONE,
        data: &IIdentities::identityCountCall {}.abi_encode(),
    };
    assert!(crate::run(&mut host, ADDRESS, &call).is_err());
}
