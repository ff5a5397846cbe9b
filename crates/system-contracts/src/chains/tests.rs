//! Tests of the contract: the whole table of transitions, and every refusal.

use super::*;
use crate::{
    checks::{refused, refused_argument},
    interfaces::{IOrganisations, IOrganisations::Kind as OrganisationKind},
    memory::MemoryHost,
    organisations,
};

const NOW: u64 = 1_800_000_000;
const REGISTRANT: Address = Address::repeat_byte(1);
const REVIEWER: Address = Address::repeat_byte(2);
const OTHER_REVIEWER: Address = Address::repeat_byte(3);
const REGULATOR: Address = Address::repeat_byte(4);
const EVIDENCE: B256 = B256::repeat_byte(0xee);

fn city() -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = 77;
    host.block.timestamp = NOW;
    for name in ["operator", "rival"] {
        let join = IOrganisations::joinCall {
            name: name.to_owned(),
            kind: OrganisationKind::Business,
            level: 1,
            voting: true,
        };
        host.call(GOVERNANCE, crate::address::ORGANISATIONS, &join.abi_encode())
            .unwrap();
    }
    host
}

fn info() -> ChainInfo {
    ChainInfo {
        caip2: "eip155:8217".to_owned(),
        name: "Parking".to_owned(),
        kind: Kind::Evm,
        purpose: "Parking fees of the city".to_owned(),
        operator: organisations::id_of("operator"),
        company: "City Parking Ltd, HRB 1234".to_owned(),
        contact: "duty@parking.example".to_owned(),
        grade: 2,
        consensus: "QBFT".to_owned(),
        endpoint: "192.0.2.7:8545".to_owned(),
        documents: B256::repeat_byte(0xd0),
    }
}

fn id() -> B256 {
    id_of(&info().caip2)
}

/// Does what a call does after the authority of the caller was asked for.
fn act(host: &mut MemoryHost, act: impl FnOnce(&mut MemoryHost) -> Result<(), Fault>) -> Result<(), Fault> {
    let before = host.clone();
    let result = act(host);
    if result.is_err() {
        *host = before;
    }
    result
}

fn register(host: &mut MemoryHost) -> Result<(), Fault> {
    act(host, |host| {
        registration::register(host, REGISTRANT, &info()).map(|_| ())
    })
}

fn start(host: &mut MemoryHost, reviewer: Address) -> Result<(), Fault> {
    act(host, |host| review::start(host, reviewer, id()))
}

fn decide(host: &mut MemoryHost, reviewer: Address, approve: bool) -> Result<(), Fault> {
    let request = abi::decideCall {
        id: id(),
        approve,
        evidence: EVIDENCE,
        reason: "seen".to_owned(),
    };
    act(host, |host| review::decide(host, reviewer, &request))
}

fn appeal(host: &mut MemoryHost) -> Result<(), Fault> {
    let request = abi::appealCall {
        id: id(),
        documents: EVIDENCE,
        reason: "look again".to_owned(),
    };
    act(host, |host| review::appeal(host, REGISTRANT, &request))
}

fn control(host: &mut MemoryHost, transition: &'static Transition) -> Result<(), Fault> {
    act(host, |host| {
        step(host, &Step::of(id(), transition, REGULATOR, "because"))
    })
}

/// A chain brought to a status on the shortest way.
fn chain_in(status: Status) -> MemoryHost {
    let mut host = city();
    if status == Status::None {
        return host;
    }
    register(&mut host).unwrap();
    if status == Status::Registered {
        return host;
    }
    start(&mut host, REVIEWER).unwrap();
    match status {
        Status::UnderReview => return host,
        Status::Rejected => decide(&mut host, REVIEWER, false).unwrap(),
        _ => decide(&mut host, REVIEWER, true).unwrap(),
    }
    match status {
        Status::Frozen => control(&mut host, &FREEZE).unwrap(),
        Status::Cancelled => control(&mut host, &CANCEL).unwrap(),
        _ => {}
    }
    assert_eq!(get(&mut host, id()).unwrap().status, status);
    host
}

#[test]
fn the_table_of_transitions() {
    type Act = fn(&mut MemoryHost) -> Result<(), Fault>;
    const ALL: [Status; 6] = [
        Status::Registered,
        Status::UnderReview,
        Status::Active,
        Status::Rejected,
        Status::Frozen,
        Status::Cancelled,
    ];
    let acts: [(Act, &[Status], Status); 7] = [
        (|host| start(host, REVIEWER), START.from, Status::UnderReview),
        (
            |host| decide(host, REVIEWER, true),
            &[Status::UnderReview],
            Status::Active,
        ),
        (
            |host| decide(host, REVIEWER, false),
            &[Status::UnderReview],
            Status::Rejected,
        ),
        (appeal, &[Status::Rejected], Status::UnderReview),
        (|host| control(host, &FREEZE), &[Status::Active], Status::Frozen),
        (|host| control(host, &UNFREEZE), &[Status::Frozen], Status::Active),
        (
            |host| control(host, &CANCEL),
            &[Status::Active, Status::Frozen],
            Status::Cancelled,
        ),
    ];
    for (act, from, to) in acts {
        for status in ALL {
            let mut host = chain_in(status);
            let before = generation(&mut host).unwrap();
            let result = act(&mut host);
            if from.contains(&status) {
                result.unwrap();
                assert_eq!(get(&mut host, id()).unwrap().status, to);
                assert!(generation(&mut host).unwrap() > before);
                assert_eq!(is_active(&mut host, id()), Ok(to == Status::Active));
            } else {
                refused(
                    result,
                    abi::IllegalTransition {
                        id: id(),
                        from: status,
                        to,
                    },
                );
            }
        }
        let mut nothing = chain_in(Status::None);
        refused(act(&mut nothing), abi::ChainUnknown { id: id() });
    }
    for status in ALL {
        let mut host = chain_in(status);
        refused(register(&mut host), abi::ChainExists { id: id(), status });
    }
}

#[test]
fn a_registration_is_kept_as_it_was_made() {
    let mut host = chain_in(Status::Registered);
    let chain = get(&mut host, id()).unwrap();
    assert_eq!(chain.info, info());
    assert_eq!(chain.registrant, REGISTRANT);
    assert_eq!(chain.reviewDue, NOW + REVIEW_SECONDS);
    assert_eq!(registration::page(&mut host, 0, 9).unwrap(), vec![chain]);
    let mut better = info();
    better.purpose = "Parking and charging".to_owned();
    better.kind = Kind::CometBft;
    let mut update = abi::updateCall {
        id: id(),
        info: better.clone(),
    };
    registration::update(&mut host, REGISTRANT, &update).unwrap();
    assert_eq!(get(&mut host, id()).unwrap().info, better);
    update.info.caip2 = "eip155:1".to_owned();
    refused_argument(registration::update(&mut host, REGISTRANT, &update), "caip2");
    update.info = info();
    update.info.operator = organisations::id_of("rival");
    refused_argument(registration::update(&mut host, REGISTRANT, &update), "operator");
    update.info = info();
    let contact = abi::setContactCall {
        id: id(),
        contact: "new@parking.example".to_owned(),
        endpoint: "https://parking.example/rpc".to_owned(),
    };
    let mut active = chain_in(Status::Active);
    refused(
        registration::update(&mut active, REGISTRANT, &update),
        abi::WrongStatus {
            id: id(),
            status: Status::Active,
        },
    );
    registration::set_contact(&mut active, REGISTRANT, &contact).unwrap();
    assert_eq!(get(&mut active, id()).unwrap().info.contact, contact.contact);
    let mut cancelled = chain_in(Status::Cancelled);
    refused(
        registration::set_contact(&mut cancelled, REGISTRANT, &contact),
        abi::WrongStatus {
            id: id(),
            status: Status::Cancelled,
        },
    );
}

#[test]
fn basic_information_is_checked() {
    let check = |name: &str, change: &dyn Fn(&mut ChainInfo)| {
        let mut info = info();
        change(&mut info);
        let result = registration::register(&mut city(), REGISTRANT, &info);
        refused_argument(result.map(|_| ()), name);
    };
    for caip2 in [
        "",
        "eip155",
        "ei:1",
        "eip155:",
        "EIP155:1",
        "eip155:1:2",
        "eip155:a b",
        "toolongns:1",
    ] {
        check("caip2", &|info| info.caip2 = caip2.to_owned());
    }
    check("caip2", &|info| info.caip2 = format!("eip155:{}", "1".repeat(33)));
    check("name", &|info| info.name = " ".to_owned());
    check("name", &|info| info.name = "x".repeat(65));
    check("purpose", &|info| info.purpose = String::new());
    check("company", &|info| info.company = String::new());
    check("contact", &|info| info.contact = "x".repeat(257));
    check("consensus", &|info| info.consensus = String::new());
    check("endpoint", &|info| info.endpoint = "x".repeat(513));
    check("grade", &|info| info.grade = 0);
    check("grade", &|info| info.grade = 5);
    let mut stranger = info();
    stranger.operator = B256::ZERO;
    refused(
        registration::register(&mut city(), REGISTRANT, &stranger),
        IOrganisations::OrganisationNotActive { id: B256::ZERO },
    );
    let mut host = city();
    for number in 0..=WAITING_MAX {
        let mut info = info();
        info.caip2 = format!("eip155:{number}");
        let result = registration::register(&mut host, REGISTRANT, &info);
        if number < WAITING_MAX {
            result.unwrap();
        } else {
            refused_argument(result.map(|_| ()), "operator");
        }
    }
}

#[test]
fn reviewers_are_independent() {
    let not_independent = |reviewer| abi::ReviewerNotIndependent { id: id(), reviewer };
    let mut host = chain_in(Status::Registered);
    refused(start(&mut host, REGISTRANT), not_independent(REGISTRANT));
    start(&mut host, REVIEWER).unwrap();
    refused(decide(&mut host, REGISTRANT, true), not_independent(REGISTRANT));
    let unfounded = abi::decideCall {
        id: id(),
        approve: true,
        evidence: B256::ZERO,
        reason: String::new(),
    };
    refused_argument(
        act(&mut host, |host| review::decide(host, REVIEWER, &unfounded)),
        "evidence",
    );
    decide(&mut host, REVIEWER, false).unwrap();
    appeal(&mut host).unwrap();
    refused(decide(&mut host, REVIEWER, false), not_independent(REVIEWER));
    decide(&mut host, OTHER_REVIEWER, true).unwrap();
    let reviews = review::reviews(&mut host, id()).unwrap();
    let decisions: Vec<(Address, bool)> = reviews
        .iter()
        .map(|review| (review.reviewer, review.approved))
        .collect();
    assert_eq!(decisions, [(REVIEWER, false), (OTHER_REVIEWER, true)]);
    assert!(
        reviews
            .iter()
            .all(|review| review.evidence == EVIDENCE && review.at == NOW)
    );
}

#[test]
fn one_appeal_in_time() {
    let mut host = chain_in(Status::Rejected);
    let until = NOW + APPEAL_SECONDS;
    host.block.timestamp = until + 1;
    refused(
        appeal(&mut host),
        abi::AppealNotPossible {
            id: id(),
            appealed: false,
            until,
        },
    );
    host.block.timestamp = until;
    appeal(&mut host).unwrap();
    decide(&mut host, OTHER_REVIEWER, false).unwrap();
    refused(
        appeal(&mut host),
        abi::AppealNotPossible {
            id: id(),
            appealed: true,
            until: 0,
        },
    );
    // The rejection is final: the name is free, for its real operator, too, and with it no planted root.
    let mut rival = info();
    rival.operator = organisations::id_of("rival");
    registration::register(&mut host, REVIEWER, &rival).unwrap();
    let chain = get(&mut host, id()).unwrap();
    assert_eq!(chain.info.operator, rival.operator);
    assert_eq!((chain.status, chain.appealed), (Status::Registered, false));
    assert_eq!(
        review::reviews(&mut host, id()).unwrap().len(),
        2,
        "history stays"
    );
}

#[test]
fn an_overdue_review_is_seen_and_reported() {
    let mut host = chain_in(Status::Registered);
    let due = NOW + REVIEW_SECONDS;
    let escalate = |host: &mut MemoryHost| act(host, |host| review::escalate(host, REGISTRANT, id()));
    let not_overdue = abi::NotOverdue { id: id(), due };
    host.block.timestamp = due;
    refused(escalate(&mut host), not_overdue.clone());
    assert_eq!(review::overdue(&mut host, 0, 9), Ok(Vec::new()));
    host.block.timestamp = due + 1;
    assert_eq!(review::overdue(&mut host, 0, 9), Ok(vec![id()]));
    escalate(&mut host).unwrap();
    assert!(get(&mut host, id()).unwrap().escalated);
    refused(escalate(&mut host), not_overdue);
    // Governance takes it up and decides.
    let start = abi::startReviewCall { id: id() };
    let decide = abi::decideCall {
        id: id(),
        approve: true,
        evidence: EVIDENCE,
        reason: String::new(),
    };
    host.call(GOVERNANCE, ADDRESS, &start.abi_encode()).unwrap();
    host.call(GOVERNANCE, ADDRESS, &decide.abi_encode()).unwrap();
    assert_eq!(review::overdue(&mut host, 0, 9), Ok(Vec::new()));
    refused(
        escalate(&mut host),
        abi::WrongStatus {
            id: id(),
            status: Status::Active,
        },
    );
}

#[test]
fn trust_roots_are_a_history() {
    let mut host = chain_in(Status::Registered);
    let root = |height: u64, byte: u8| abi::addTrustRootCall {
        id: id(),
        kind: RootKind::ValidatorSet,
        root: vec![byte; 70].into(),
        validFromHeight: height,
    };
    let add = |host: &mut MemoryHost, caller: Address, request: &abi::addTrustRootCall| {
        act(host, |host| roots::add(host, caller, request))
    };
    add(&mut host, REGISTRANT, &root(10, 1)).unwrap();
    add(&mut host, REGISTRANT, &root(20, 2)).unwrap();
    refused_argument(add(&mut host, REGISTRANT, &root(20, 3)), "validFromHeight");
    let mut empty = root(21, 3);
    empty.root = Bytes::new();
    refused_argument(add(&mut host, REGISTRANT, &empty), "root");
    empty.root = vec![0; ROOT_BYTES_MAX + 1].into();
    refused_argument(add(&mut host, REGISTRANT, &empty), "root");
    start(&mut host, REVIEWER).unwrap();
    // What the reviewer sees is what is approved.
    refused(
        add(&mut host, REGISTRANT, &root(25, 9)),
        abi::WrongStatus {
            id: id(),
            status: Status::UnderReview,
        },
    );
    decide(&mut host, REVIEWER, true).unwrap();
    refused(
        add(&mut host, REGISTRANT, &root(30, 3)),
        abi::WrongStatus {
            id: id(),
            status: Status::Active,
        },
    );
    add(&mut host, GOVERNANCE, &root(30, 3)).unwrap();
    let check = |host: &mut MemoryHost, height: u64, expected: Option<u8>| {
        let found = trust_root_at(host, id(), RootKind::ValidatorSet, height);
        match expected {
            Some(byte) => assert_eq!(found.unwrap().root, Bytes::from(vec![byte; 70]), "at {height}"),
            None => refused(
                found,
                abi::TrustRootUnknown {
                    id: id(),
                    kind: RootKind::ValidatorSet,
                    height,
                },
            ),
        }
    };
    check(&mut host, 9, None);
    check(&mut host, 10, Some(1));
    check(&mut host, 19, Some(1));
    check(&mut host, 20, Some(2));
    check(&mut host, 1_000, Some(3));
    let query = abi::trustRootsCall {
        id: id(),
        kind: RootKind::ValidatorSet,
        from: 1,
        count: 9,
    };
    let found = roots::page(&mut host, &query).unwrap();
    let heights: Vec<u64> = found.iter().map(|root| root.validFromHeight).collect();
    assert_eq!(heights, [20, 30]);
    assert!(
        trust_root_at(&mut host, id(), RootKind::Certificate, 50).is_err(),
        "kinds are apart"
    );
    control(&mut host, &CANCEL).unwrap();
    refused(
        add(&mut host, GOVERNANCE, &root(40, 4)),
        abi::WrongStatus {
            id: id(),
            status: Status::Cancelled,
        },
    );
    let mut other = chain_in(Status::Registered);
    add(&mut other, REGISTRANT, &root(10, 1)).unwrap();
    start(&mut other, REVIEWER).unwrap();
    decide(&mut other, REVIEWER, false).unwrap();
    other.block.timestamp += APPEAL_SECONDS + 1;
    register(&mut other).unwrap();
    check(&mut other, 10, None);
}

/// What foreign chain has an id: as long as the name is not free for another registration.
#[test]
fn ids_of_foreign_chains_are_known() {
    for (status, expected) in [
        (Status::None, false),
        (Status::Registered, true),
        (Status::UnderReview, true),
        (Status::Active, true),
        (Status::Rejected, true),
        (Status::Frozen, true),
        (Status::Cancelled, true),
    ] {
        let mut host = chain_in(status);
        assert_eq!(is_foreign(&mut host, 8217).unwrap(), expected, "{status:?}");
        assert!(!is_foreign(&mut host, 8218).unwrap());
        storage()
            .records()
            .of(&id())
            .kind()
            .set(&mut host, Kind::Native.into())
            .unwrap();
        assert!(!is_foreign(&mut host, 8217).unwrap(), "{status:?}");
    }
    let mut host = chain_in(Status::Rejected);
    host.block.timestamp += APPEAL_SECONDS + 1;
    assert!(!is_foreign(&mut host, 8217).unwrap());
}
