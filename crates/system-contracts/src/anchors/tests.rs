//! Tests of the contract: what is anchored, who is flagged, and every refusal.

use super::*;
use crate::{
    address::{CHAINS, GOVERNANCE},
    checks::{refused, refused_argument},
    interfaces::{
        IChains::{self, RootKind},
        IOrganisations,
        IOrganisations::Kind as OrganisationKind,
    },
    memory::MemoryHost,
};

const START: u64 = 100;
const ROOT: B256 = B256::repeat_byte(0xc0);
const BLOCKS: u64 = 4;

fn account(number: u8) -> Address {
    Address::repeat_byte(number)
}

fn id() -> B256 {
    chains::id_of("eip155:31337")
}

fn owner(number: u8) -> B256 {
    organisations::id_of(&format!("organisation {number}"))
}

fn govern(host: &mut MemoryHost, contract: Address, call: &impl SolCall) {
    host.call(GOVERNANCE, contract, &call.abi_encode()).unwrap();
}

/// A city of five organisations, with an approved chain that has a trust root.
fn city() -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = 77;
    host.block.height = 1_000;
    host.block.timestamp = 1_800_000_000;
    for number in 1..=5 {
        let join = IOrganisations::joinCall {
            name: format!("organisation {number}"),
            kind: OrganisationKind::Business,
            level: 1,
            voting: false,
        };
        govern(&mut host, crate::address::ORGANISATIONS, &join);
    }
    let info = IChains::ChainInfo {
        caip2: "eip155:31337".to_owned(),
        name: "Trade".to_owned(),
        kind: IChains::Kind::Evm,
        purpose: "bills".to_owned(),
        operator: owner(5),
        company: "Trade Ltd".to_owned(),
        contact: "desk".to_owned(),
        grade: 1,
        consensus: "QBFT".to_owned(),
        endpoint: "http://127.0.0.1".to_owned(),
        documents: B256::ZERO,
    };
    govern(&mut host, CHAINS, &IChains::registerCall { info });
    let (kind, root) = (RootKind::BlockHash, Bytes::from(ROOT.to_vec()));
    let add = IChains::addTrustRootCall {
        id: id(),
        kind,
        root,
        validFromHeight: START,
    };
    govern(&mut host, CHAINS, &add);
    govern(&mut host, CHAINS, &IChains::startReviewCall { id: id() });
    let decide = IChains::decideCall {
        id: id(),
        approve: true,
        evidence: B256::repeat_byte(0xee),
        reason: String::new(),
    };
    govern(&mut host, CHAINS, &decide);
    host
}

fn terms(threshold: u8, gateways: u8) -> Terms {
    let gateway = |number| Gateway {
        account: account(number),
        organisation: owner(number),
    };
    Terms {
        finality: Finality::Depth,
        depth: 3,
        batchBlocks: u32::try_from(BLOCKS).unwrap(),
        threshold,
        gateways: (1..=gateways).map(gateway).collect(),
    }
}

fn follow(host: &mut MemoryHost, terms: Terms) -> Result<Bytes, Fault> {
    let call = abi::followCall {
        id: id(),
        startHeight: START,
        terms,
    };
    host.call(GOVERNANCE, ADDRESS, &call.abi_encode())
}

fn batch(number: u64) -> Batch {
    let first = START + 1 + number * BLOCKS;
    let hash = |height: u64| {
        if height == START {
            ROOT
        } else {
            keccak256(height.to_be_bytes())
        }
    };
    Batch {
        fromHeight: first,
        toHeight: first + BLOCKS - 1,
        parentHash: hash(first - 1),
        lastHash: hash(first + BLOCKS - 1),
        blocksRoot: keccak256([7]),
        transactions: 3,
        events: number,
    }
}

fn send(host: &mut MemoryHost, caller: u8, batch: Batch) -> Result<Bytes, Fault> {
    let call = abi::reportCall { id: id(), batch };
    host.call(account(caller), ADDRESS, &call.abi_encode())
}

fn lie(number: u64) -> Batch {
    Batch {
        events: 999,
        ..batch(number)
    }
}

#[test]
fn one_gateway_anchors_batches_without_gap() {
    let mut host = city();
    follow(&mut host, terms(1, 1)).unwrap();
    for number in 0..5 {
        let expected = abi::NotContiguous {
            id: id(),
            expectedFromHeight: batch(number).fromHeight,
        };
        refused(send(&mut host, 1, batch(number + 1)), expected);
        send(&mut host, 1, batch(number)).unwrap();
        let again = abi::AlreadyReported {
            id: id(),
            gateway: account(1),
            fromHeight: batch(number).fromHeight,
        };
        refused(send(&mut host, 1, batch(number)), again);
    }
    let found = anchors(&mut host, id(), 0, u64::MAX).unwrap();
    assert_eq!(found.len(), 5);
    let mut digest = B256::ZERO;
    for (anchor, number) in found.iter().zip(0..) {
        assert_eq!(anchor.batch, batch(number));
        digest = digest_of(digest, &anchor.batch);
        assert_eq!(anchor.digest, digest);
        assert_eq!((anchor.agreed, anchor.height), (1, 1_000));
    }
    assert_eq!(anchors(&mut host, id(), 2, 2).unwrap(), found[2..4]);
    let state = following(&mut host, id()).unwrap();
    assert_eq!((state.nextHeight, state.batchCount), (batch(5).fromHeight, 5));
    assert_eq!((state.lastHash, state.digest), (batch(4).lastHash, digest));
    assert_eq!(state.terms, terms(1, 1));
    assert_eq!(standing(&mut host, id(), account(1)).unwrap().reports, 5);
    assert_eq!(followed(&mut host, 0, 9).unwrap(), [id()]);
}

#[test]
fn a_liar_is_outvoted_and_flagged() {
    let mut host = city();
    follow(&mut host, terms(2, 3)).unwrap();
    for number in 0..4 {
        send(&mut host, 3, lie(number)).unwrap();
        send(&mut host, 1, batch(number)).unwrap();
        assert_eq!(
            following(&mut host, id()).unwrap().batchCount,
            number,
            "one is not enough"
        );
        host.events.clear();
        send(&mut host, 2, batch(number)).unwrap();
        assert_eq!(following(&mut host, id()).unwrap().batchCount, number + 1);
        let flags = host.events.iter().filter(|(_, log)| {
            log.topics()[0] == <abi::Contradicted as alloy_sol_types::SolEvent>::SIGNATURE_HASH
                && log.topics()[2] == account(3).into_word()
        });
        assert_eq!(flags.count(), 1);
    }
    let liar = standing(&mut host, id(), account(3)).unwrap();
    assert_eq!((liar.reports, liar.contradictions, liar.lastBatch), (0, 4, 4));
    let honest = standing(&mut host, id(), account(1)).unwrap();
    assert_eq!(
        (honest.reports, honest.contradictions, honest.lastBatch),
        (4, 0, 4)
    );
}

#[test]
fn who_is_late_confirms_once_and_a_late_lie_is_flagged() {
    let mut host = city();
    follow(&mut host, terms(3, 5)).unwrap();
    for number in 0..3 {
        for gateway in [1, 2, 5] {
            send(&mut host, gateway, batch(number)).unwrap();
        }
    }
    for number in 0..3 {
        send(&mut host, 3, batch(number)).unwrap();
        assert!(send(&mut host, 3, batch(number)).is_err());
        send(&mut host, 4, lie(number)).unwrap();
        assert!(send(&mut host, 4, batch(number)).is_err(), "nobody speaks twice");
    }
    let agreed = |host: &mut MemoryHost| {
        anchors(host, id(), 0, 9)
            .unwrap()
            .iter()
            .map(|anchor| anchor.agreed)
            .collect::<Vec<_>>()
    };
    assert_eq!(agreed(&mut host), [4, 4, 4]);
    let late = standing(&mut host, id(), account(3)).unwrap();
    assert_eq!((late.reports, late.contradictions, late.lastBatch), (3, 0, 3));
    let liar = standing(&mut host, id(), account(4)).unwrap();
    assert_eq!((liar.reports, liar.contradictions), (0, 3));
    // A batch that begins where none began.
    let mut between = batch(1);
    between.fromHeight += 1;
    let expected = abi::NotContiguous {
        id: id(),
        expectedFromHeight: batch(3).fromHeight,
    };
    refused(send(&mut host, 3, between), expected);
}

#[test]
fn new_terms_begin_a_new_round() {
    let mut host = city();
    follow(&mut host, terms(2, 3)).unwrap();
    send(&mut host, 3, lie(0)).unwrap();
    assert!(!standing(&mut host, id(), account(3)).unwrap().digest.is_zero());
    let amend = abi::amendCall {
        id: id(),
        terms: terms(2, 2),
    };
    govern(&mut host, ADDRESS, &amend);
    let gone = abi::NotAGateway {
        id: id(),
        caller: account(3),
    };
    refused(send(&mut host, 3, batch(0)), gone);
    send(&mut host, 1, batch(0)).unwrap();
    // The same account may speak again when the terms change under the batch.
    govern(&mut host, ADDRESS, &amend);
    assert!(standing(&mut host, id(), account(1)).unwrap().digest.is_zero());
    send(&mut host, 2, batch(0)).unwrap();
    assert_eq!(following(&mut host, id()).unwrap().batchCount, 0);
    send(&mut host, 1, batch(0)).unwrap();
    let state = following(&mut host, id()).unwrap();
    assert_eq!((state.batchCount, state.round), (1, 3));
}

#[test]
fn reports_are_checked() {
    let mut host = city();
    let unknown = abi::NotFollowed { id: id() };
    refused(send(&mut host, 1, batch(0)), unknown);
    follow(&mut host, terms(1, 1)).unwrap();
    let stranger = abi::NotAGateway {
        id: id(),
        caller: account(2),
    };
    refused(send(&mut host, 2, batch(0)), stranger);
    let fork = Batch {
        parentHash: B256::repeat_byte(1),
        ..batch(0)
    };
    let expected = abi::DoesNotFollow {
        id: id(),
        expectedParentHash: ROOT,
    };
    refused(send(&mut host, 1, fork), expected);
    for to in [START, START + 1, START + BLOCKS - 1, START + BLOCKS + 1, u64::MAX] {
        let wrong = Batch {
            toHeight: to,
            ..batch(0)
        };
        let expected = abi::NotContiguous {
            id: id(),
            expectedFromHeight: START + 1,
        };
        refused(send(&mut host, 1, wrong), expected);
    }
    let freeze = IChains::freezeCall {
        id: id(),
        reason: String::new(),
    };
    govern(&mut host, CHAINS, &freeze);
    send(&mut host, 1, batch(0)).unwrap();
    let status = IOrganisations::setStatusCall {
        id: owner(1),
        status: IOrganisations::Status::Suspended,
    };
    govern(&mut host, crate::address::ORGANISATIONS, &status);
    let inactive = abi::OrganisationNotActive { id: owner(1) };
    refused(send(&mut host, 1, batch(1)), inactive);
    let cancel = IChains::cancelCall {
        id: id(),
        reason: String::new(),
    };
    let back = IOrganisations::setStatusCall {
        id: owner(1),
        status: IOrganisations::Status::Active,
    };
    govern(&mut host, crate::address::ORGANISATIONS, &back);
    govern(&mut host, CHAINS, &cancel);
    refused(send(&mut host, 1, batch(1)), abi::ChainNotActive { id: id() });
}

#[test]
fn terms_are_checked() {
    let mut host = city();
    for (threshold, gateways) in [(0, 1), (2, 1), (1, 2), (2, 4)] {
        refused_argument(follow(&mut host, terms(threshold, gateways)), "threshold");
    }
    type Change = fn(&mut Terms);
    let cases: [(&str, Change); 8] = [
        ("batchBlocks", |terms| terms.batchBlocks = 0),
        ("batchBlocks", |terms| terms.batchBlocks = BATCH_BLOCKS_MAX + 1),
        ("depth", |terms| terms.depth = 0),
        ("depth", |terms| terms.finality = Finality::Instant),
        ("gateways", |terms| terms.gateways.clear()),
        ("gateways", |terms| terms.gateways[1].account = account(1)),
        ("gateways", |terms| terms.gateways[1].organisation = owner(1)),
        ("gateways", |terms| terms.gateways[1].account = Address::ZERO),
    ];
    for (name, change) in cases {
        let mut wrong = terms(2, 2);
        change(&mut wrong);
        refused_argument(follow(&mut host, wrong), name);
    }
    let mut foreign = terms(2, 2);
    foreign.gateways[1].organisation = B256::repeat_byte(9);
    let inactive = abi::OrganisationNotActive {
        id: B256::repeat_byte(9),
    };
    refused(follow(&mut host, foreign), inactive);
    follow(&mut host, terms(2, 3)).unwrap();
    refused(follow(&mut host, terms(2, 3)), abi::AlreadyFollowed { id: id() });
}

#[test]
fn following_begins_at_a_trust_root() {
    let mut host = city();
    for start in [START - 1, START + 1, 0] {
        let call = abi::followCall {
            id: id(),
            startHeight: start,
            terms: terms(1, 1),
        };
        let missing = abi::NoTrustRoot {
            id: id(),
            startHeight: start,
        };
        refused(host.call(GOVERNANCE, ADDRESS, &call.abi_encode()), missing);
    }
    let add = IChains::addTrustRootCall {
        id: id(),
        kind: RootKind::BlockHash,
        root: vec![1; 31].into(),
        validFromHeight: START + 1,
    };
    govern(&mut host, CHAINS, &add);
    let call = abi::followCall {
        id: id(),
        startHeight: START + 1,
        terms: terms(1, 1),
    };
    let short = abi::NoTrustRoot {
        id: id(),
        startHeight: START + 1,
    };
    refused(host.call(GOVERNANCE, ADDRESS, &call.abi_encode()), short);
}
