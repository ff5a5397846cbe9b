//! Two of three offices open a record; everything less is refused.

use super::*;
use crate::{
    address::{GOVERNANCE, IDENTITIES},
    fault::{InvalidArgument, Unauthorized},
    identities::tests::{ID, START, create, later, ledger, plain},
    interfaces::{IIdentities, IOrganisations},
    memory::MemoryHost,
};
use alloy_primitives::{FixedBytes, keccak256};

const POLICE: Address = Address::repeat_byte(0xd1);
const COURT: Address = Address::repeat_byte(0xd2);
const REGISTRY: Address = Address::repeat_byte(0xd3);
const STRANGER: Address = Address::repeat_byte(0xdf);

fn office_id(account: Address) -> B256 {
    B256::repeat_byte(account[0])
}

fn ask<C: SolCall>(host: &mut MemoryHost, caller: Address, call: &C) -> Result<C::Return, Fault> {
    let answer = host.call(caller, ADDRESS, &call.abi_encode())?;
    Ok(C::abi_decode_returns(&answer).unwrap())
}

fn refused<C: SolCall>(host: &mut MemoryHost, caller: Address, call: &C, expected: impl Into<Fault>) {
    let storage = host.storage.clone();
    let fault = host.call(caller, ADDRESS, &call.abi_encode()).unwrap_err();
    assert_eq!(fault, expected.into(), "{}", C::SIGNATURE);
    assert_eq!(host.storage, storage, "{}", C::SIGNATURE);
}

fn wrong(name: &str, rule: &str) -> Fault {
    InvalidArgument {
        name: name.to_owned(),
        rule: rule.to_owned(),
    }
    .into()
}

fn setting(account: Address, organisation: B256) -> abi::setOfficeCall {
    abi::setOfficeCall {
        id: office_id(account),
        organisation,
        name: "An office".to_owned(),
        encryptionKey: keccak256(account),
        accounts: vec![account],
    }
}

fn sealed(offices: &[Address], threshold: u8) -> SealedRecord {
    let ciphertext = Bytes::from(vec![0x5a; 300]);
    SealedRecord {
        commitment: keccak256(&ciphertext),
        ciphertext,
        location: String::new(),
        threshold,
        shares: offices
            .iter()
            .map(|account| Share {
                office: office_id(*account),
                encryptionKey: keccak256(account),
                sealedShare: vec![account[0]; SEALED_SHARE_BYTES].into(),
            })
            .collect(),
    }
}

fn seal_call(record: SealedRecord) -> abi::sealCall {
    abi::sealCall {
        identity: ID,
        sealedRecord: record,
    }
}

fn request_call() -> abi::requestOpeningCall {
    abi::requestOpeningCall {
        identity: ID,
        caseNumber: "2026-117".to_owned(),
        legalBasis: "Code of procedure, section 94".to_owned(),
    }
}

fn approve_call(id: u64, byte: u8) -> abi::approveOpeningCall {
    abi::approveOpeningCall {
        id,
        sealedShare: vec![byte; SEALED_SHARE_BYTES].into(),
    }
}

/// A ledger with three offices and an identity, without its record.
fn offices_city() -> (MemoryHost, B256) {
    let (mut host, organisation) = ledger();
    create(&mut host, plain(ID, organisation)).unwrap();
    for account in [POLICE, COURT, REGISTRY] {
        ask(&mut host, GOVERNANCE, &setting(account, organisation)).unwrap();
    }
    ask(&mut host, GOVERNANCE, &abi::setThresholdCall { threshold: 2 }).unwrap();
    (host, organisation)
}

/// The same, with the record.
fn sealed_city() -> MemoryHost {
    let (mut host, _) = offices_city();
    let record = sealed(&[POLICE, COURT, REGISTRY], 2);
    assert_eq!(ask(&mut host, GOVERNANCE, &seal_call(record)).unwrap(), 0);
    host
}

#[test]
fn two_of_three_open_a_record() {
    let mut host = sealed_city();
    let id = ask(&mut host, POLICE, &request_call()).unwrap();
    assert_eq!(id, 1);
    let seen = ask(&mut host, STRANGER, &abi::openingCall { id }).unwrap();
    assert_eq!(
        (seen.status, seen.approvals, seen.approvalsNeeded),
        (OpeningStatus::Open, 1, 2)
    );
    let own = abi::AlreadyApproved {
        id,
        office: office_id(POLICE),
    };
    refused(&mut host, POLICE, &approve_call(id, 1), own);
    host.events.clear();
    assert!(ask(&mut host, COURT, &approve_call(id, 2)).unwrap());
    let seen = ask(&mut host, STRANGER, &abi::openingCall { id }).unwrap();
    assert_eq!((seen.status, seen.approvals), (OpeningStatus::Opened, 2));
    assert_eq!(seen.caseNumber, "2026-117");
    assert_eq!(seen.shares.len(), 1);
    assert_eq!(
        (seen.shares[0].account, seen.shares[0].sealedShare.len()),
        (COURT, 81)
    );
    let opened = abi::Opened {
        id,
        identity: ID,
        requestingOffice: office_id(POLICE),
        caseNumber: "2026-117".to_owned(),
        offices: vec![office_id(POLICE), office_id(COURT)],
    };
    let logs: Vec<_> = host.events.iter().map(|(_, log)| log.clone()).collect();
    assert_eq!(logs.len(), 2);
    assert_eq!(logs[1], alloy_sol_types::SolEvent::encode_log_data(&opened));
    refused(
        &mut host,
        REGISTRY,
        &approve_call(id, 3),
        abi::AlreadyOpened { id },
    );
}

#[test]
fn who_is_no_office_opens_nothing() {
    let mut host = sealed_city();
    let stranger = abi::NotAnOffice { account: STRANGER };
    refused(&mut host, STRANGER, &request_call(), stranger.clone());
    // Nor does Governance.
    refused(
        &mut host,
        GOVERNANCE,
        &request_call(),
        abi::NotAnOffice { account: GOVERNANCE },
    );
    let id = ask(&mut host, POLICE, &request_call()).unwrap();
    refused(&mut host, STRANGER, &approve_call(id, 1), stranger);
    refused(
        &mut host,
        COURT,
        &approve_call(id + 1, 1),
        abi::OpeningUnknown { id: id + 1 },
    );
    refused(
        &mut host,
        COURT,
        &approve_call(0, 1),
        abi::OpeningUnknown { id: 0 },
    );
    let mut short = approve_call(id, 1);
    short.sealedShare = vec![1; 80].into();
    refused(&mut host, COURT, &short, wrong("sealedShare", "81 bytes"));
    later(&mut host, OPENING_SECONDS + 1);
    let expired = abi::OpeningExpired {
        id,
        expiresAt: START + OPENING_SECONDS,
    };
    refused(&mut host, COURT, &approve_call(id, 1), expired);
    let seen = ask(&mut host, STRANGER, &abi::openingCall { id }).unwrap();
    assert_eq!(seen.status, OpeningStatus::Expired);
    let none = abi::requestOpeningCall {
        identity: B256::repeat_byte(9),
        ..request_call()
    };
    let unknown = abi::RecordUnknown {
        identity: none.identity,
    };
    refused(&mut host, POLICE, &none, unknown);
    for (case, basis, name, bytes) in [("", "b", "caseNumber", 64), ("c", " ", "legalBasis", 512)] {
        let call = abi::requestOpeningCall {
            caseNumber: case.to_owned(),
            legalBasis: basis.to_owned(),
            identity: ID,
        };
        refused(
            &mut host,
            POLICE,
            &call,
            wrong(name, &format!("between 1 and {bytes} bytes")),
        );
    }
}

#[test]
fn an_office_of_a_suspended_organisation_or_without_share_opens_nothing() {
    let (mut host, organisation) = offices_city();
    ask(&mut host, GOVERNANCE, &seal_call(sealed(&[POLICE, COURT], 2))).unwrap();
    let without = abi::OfficeWithoutShare {
        office: office_id(REGISTRY),
        identity: ID,
    };
    refused(&mut host, REGISTRY, &request_call(), without.clone());
    let id = ask(&mut host, POLICE, &request_call()).unwrap();
    refused(&mut host, REGISTRY, &approve_call(id, 1), without);
    // An office that is gone keeps its shares, and no say.
    ask(
        &mut host,
        GOVERNANCE,
        &abi::removeOfficeCall { id: office_id(COURT) },
    )
    .unwrap();
    refused(
        &mut host,
        COURT,
        &approve_call(id, 1),
        abi::NotAnOffice { account: COURT },
    );
    ask(&mut host, GOVERNANCE, &setting(COURT, organisation)).unwrap();
    // Another organisation votes, so that this one can be suspended.
    let join = IOrganisations::joinCall {
        name: "Second".to_owned(),
        kind: IOrganisations::Kind::Governance,
        level: 50,
        voting: true,
    };
    host.call(GOVERNANCE, organisations::CONTRACT.address, &join.abi_encode())
        .unwrap();
    let suspend = IOrganisations::setStatusCall {
        id: organisation,
        status: IOrganisations::Status::Suspended,
    };
    host.call(GOVERNANCE, organisations::CONTRACT.address, &suspend.abi_encode())
        .unwrap();
    refused(
        &mut host,
        COURT,
        &approve_call(id, 1),
        abi::NotAnOffice { account: COURT },
    );
}

#[test]
fn one_person_is_not_two_offices() {
    let mut host = sealed_city();
    // Both accounts are bound to one identity.
    for account in [POLICE, COURT] {
        let local = identities::Identities::at(Place::root(IDENTITIES)).local();
        local.of(&account).set(&mut host, ID).unwrap();
    }
    let id = ask(&mut host, POLICE, &request_call()).unwrap();
    refused(
        &mut host,
        COURT,
        &approve_call(id, 1),
        abi::SamePerson { id, identity: ID },
    );
    // And an account whose identity is frozen acts for no office.
    let freeze = IIdentities::freezeCall {
        id: ID,
        reason: String::new(),
    };
    host.call(GOVERNANCE, IDENTITIES, &freeze.abi_encode()).unwrap();
    refused(
        &mut host,
        COURT,
        &approve_call(id, 1),
        abi::NotAnOffice { account: COURT },
    );
    assert!(ask(&mut host, REGISTRY, &approve_call(id, 1)).unwrap());
}

#[test]
fn only_governance_sets_offices() {
    let (mut host, organisation) = offices_city();
    let caller = POLICE;
    let calls = [
        (
            setting(POLICE, organisation).abi_encode(),
            abi::setOfficeCall::SELECTOR,
        ),
        (
            abi::removeOfficeCall {
                id: office_id(POLICE),
            }
            .abi_encode(),
            abi::removeOfficeCall::SELECTOR,
        ),
        (
            abi::setThresholdCall { threshold: 3 }.abi_encode(),
            abi::setThresholdCall::SELECTOR,
        ),
        (
            seal_call(sealed(&[POLICE, COURT], 2)).abi_encode(),
            abi::sealCall::SELECTOR,
        ),
    ];
    for (data, selector) in calls {
        let fault = host.call(caller, ADDRESS, &data).unwrap_err();
        let selector = FixedBytes(selector);
        assert_eq!(fault, Unauthorized { caller, selector }.into());
    }
    for selector in [
        abi::setOfficeCall::SELECTOR,
        abi::removeOfficeCall::SELECTOR,
        abi::setThresholdCall::SELECTOR,
    ] {
        assert_eq!(CONTRACT.kind_of(selector), Some(governance::Kind::Roles));
    }
}

#[test]
fn a_bad_office_is_refused() {
    let (mut host, organisation) = offices_city();
    let base = setting(POLICE, organisation);
    let unknown = B256::repeat_byte(0x99);
    let cases: Vec<(abi::setOfficeCall, Fault)> = vec![
        (
            abi::setOfficeCall {
                id: B256::ZERO,
                ..base.clone()
            },
            wrong("id", "not zero"),
        ),
        (
            abi::setOfficeCall {
                organisation: unknown,
                ..base.clone()
            },
            abi::OrganisationNotActive { id: unknown }.into(),
        ),
        (
            abi::setOfficeCall {
                name: " ".to_owned(),
                ..base.clone()
            },
            wrong("name", "between 1 and 64 bytes"),
        ),
        (
            abi::setOfficeCall {
                encryptionKey: B256::ZERO,
                ..base.clone()
            },
            wrong("encryptionKey", "an X25519 public key"),
        ),
        (
            abi::setOfficeCall {
                accounts: vec![],
                ..base.clone()
            },
            wrong("accounts", "between 1 and 16"),
        ),
        (
            abi::setOfficeCall {
                accounts: vec![Address::ZERO],
                ..base.clone()
            },
            wrong("accounts", "not zero"),
        ),
        (
            abi::setOfficeCall {
                accounts: vec![COURT],
                ..base.clone()
            },
            abi::AccountTaken {
                account: COURT,
                office: office_id(COURT),
            }
            .into(),
        ),
        (
            abi::setOfficeCall {
                accounts: vec![POLICE, POLICE],
                ..base.clone()
            },
            abi::AccountTaken {
                account: POLICE,
                office: office_id(POLICE),
            }
            .into(),
        ),
    ];
    for (call, expected) in cases {
        refused(&mut host, GOVERNANCE, &call, expected);
    }
    let change = abi::setOfficeCall {
        accounts: vec![STRANGER],
        ..base
    };
    ask(&mut host, GOVERNANCE, &change).unwrap();
    let found = ask(&mut host, STRANGER, &abi::officesCall {}).unwrap();
    assert_eq!(
        (found.len(), found[0].accounts.as_slice()),
        (3, [STRANGER].as_slice())
    );
    let account = POLICE;
    assert_eq!(
        ask(&mut host, STRANGER, &abi::officeOfCall { account }).unwrap(),
        B256::ZERO
    );
}

#[test]
fn there_are_always_enough_offices() {
    let (mut host, _) = offices_city();
    for threshold in [0, 1, 17] {
        let call = abi::setThresholdCall { threshold };
        refused(
            &mut host,
            GOVERNANCE,
            &call,
            wrong("threshold", "between 2 and 16"),
        );
    }
    let lock = |active, needed| abi::WouldLockOut {
        reason: format!("{active} offices would be active, an opening needs {needed}"),
    };
    refused(
        &mut host,
        GOVERNANCE,
        &abi::setThresholdCall { threshold: 4 },
        lock(3, 4),
    );
    let remove = |account| abi::removeOfficeCall {
        id: office_id(account),
    };
    ask(&mut host, GOVERNANCE, &remove(POLICE)).unwrap();
    let gone = abi::OfficeUnknown {
        id: office_id(POLICE),
    };
    refused(&mut host, GOVERNANCE, &remove(POLICE), gone);
    refused(&mut host, GOVERNANCE, &remove(COURT), lock(1, 2));
    let never = abi::OfficeUnknown {
        id: office_id(STRANGER),
    };
    refused(&mut host, GOVERNANCE, &remove(STRANGER), never);
}

#[test]
fn a_bad_record_is_refused() {
    let (mut host, _) = offices_city();
    let all = [POLICE, COURT, REGISTRY];
    let base = sealed(&all, 2);
    let shares = |change: fn(&mut Share)| {
        let mut record = sealed(&all, 2);
        change(&mut record.shares[1]);
        record
    };
    let long = Bytes::from(vec![1; CIPHERTEXT_BYTES_MAX + 1]);
    let count = "between the threshold of the city and the number of shares";
    let cases: Vec<(SealedRecord, Fault)> = vec![
        (sealed(&all, 1), wrong("threshold", count)),
        (sealed(&all, 4), wrong("threshold", count)),
        (sealed(&[POLICE], 2), wrong("threshold", count)),
        (
            SealedRecord {
                commitment: B256::ZERO,
                ..base.clone()
            },
            wrong("commitment", "not zero"),
        ),
        (
            SealedRecord {
                commitment: B256::repeat_byte(1),
                ..base.clone()
            },
            wrong("commitment", "keccak256 of the ciphertext"),
        ),
        (
            SealedRecord {
                commitment: keccak256(&long),
                ciphertext: long,
                ..base.clone()
            },
            wrong("ciphertext", "between 28 and 2048 bytes"),
        ),
        (
            SealedRecord {
                location: "https://a/".to_owned(),
                ..base.clone()
            },
            wrong("ciphertext", "here or at a location, not both"),
        ),
        (
            SealedRecord {
                ciphertext: Bytes::new(),
                ..base.clone()
            },
            wrong("ciphertext", "here or at a location, not both"),
        ),
        (
            SealedRecord {
                ciphertext: Bytes::new(),
                location: "a b".to_owned(),
                ..base
            },
            wrong("location", "at most 512 printable ASCII characters"),
        ),
        (
            shares(|share| share.office = office_id(STRANGER)),
            abi::OfficeUnknown {
                id: office_id(STRANGER),
            }
            .into(),
        ),
        (
            shares(|share| {
                share.office = office_id(POLICE);
                share.encryptionKey = keccak256(POLICE);
            }),
            wrong("shares", "one for each office"),
        ),
        (
            shares(|share| share.encryptionKey = B256::repeat_byte(1)),
            wrong("encryptionKey", "the present key of the office"),
        ),
        (
            shares(|share| share.sealedShare = vec![0; 82].into()),
            wrong("sealedShare", "81 bytes"),
        ),
    ];
    for (record, expected) in cases {
        refused(&mut host, GOVERNANCE, &seal_call(record), expected);
    }
    let identity = B256::repeat_byte(0x77);
    let nobody = abi::sealCall {
        identity,
        sealedRecord: sealed(&all, 2),
    };
    refused(
        &mut host,
        GOVERNANCE,
        &nobody,
        abi::IdentityUnknown { id: identity },
    );
}

#[test]
fn a_new_record_takes_the_place_of_the_old_one() {
    let mut host = sealed_city();
    let id = ask(&mut host, POLICE, &request_call()).unwrap();
    let away = SealedRecord {
        commitment: B256::repeat_byte(7),
        ciphertext: Bytes::new(),
        location: "https://registry.example/records/7".to_owned(),
        ..sealed(&[POLICE, COURT, REGISTRY], 3)
    };
    assert_eq!(ask(&mut host, GOVERNANCE, &seal_call(away.clone())).unwrap(), 1);
    let identity = ID;
    assert_eq!(
        ask(&mut host, STRANGER, &abi::sealedRecordCall { identity }).unwrap(),
        away
    );
    let first = abi::sealedRecordAtCall { identity, record: 0 };
    let first = ask(&mut host, STRANGER, &first).unwrap();
    assert_eq!(first, sealed(&[POLICE, COURT, REGISTRY], 2));
    assert_eq!(
        ask(&mut host, STRANGER, &abi::recordCountCall { identity }).unwrap(),
        2
    );
    let missing = abi::sealedRecordAtCall { identity, record: 2 };
    refused(&mut host, STRANGER, &missing, abi::RecordUnknown { identity });
    // The opening goes on with the record that it asked for; a new one needs three offices.
    assert_eq!(opening(&mut host, id).unwrap().record, 0);
    assert!(ask(&mut host, COURT, &approve_call(id, 1)).unwrap());
    let id = ask(&mut host, POLICE, &request_call()).unwrap();
    assert!(!ask(&mut host, COURT, &approve_call(id, 1)).unwrap());
    assert!(ask(&mut host, REGISTRY, &approve_call(id, 1)).unwrap());
}
