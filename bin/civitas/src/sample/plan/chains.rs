//! Business chains: registered, under review, active, rejected, appealed, frozen and cancelled.

use super::{BUSINESS, action, approve, execute, id, propose, round};
use crate::sample::{
    people::Person,
    step::{Round, Step},
};
use alloy_primitives::{Bytes, keccak256};
use civitas_system_contracts::{
    address::CHAINS,
    interfaces::IChains::{self, Kind, RootKind},
};

pub const TRADE: &str = "eip155:8217";
const CUSTOMS: &str = "fabric:harbour-customs";
const TRAMS: &str = "cosmos:tramlines-1";
const COLD: &str = "eip155:520014";
const CASINO: &str = "eip155:666888";
const FISH: &str = "eip155:77001";
const OLD: &str = "fabric:old-customs";
const CANCEL: &str = "The old customs chain ends · 注销旧海关链";

/// A chain before its registration.
struct Registration {
    caip2: &'static str,
    name: &'static str,
    kind: Kind,
    purpose: &'static str,
    consensus: &'static str,
    grade: u8,
}

const fn registration(
    caip2: &'static str,
    name: &'static str,
    kind: Kind,
    purpose: &'static str,
    consensus: &'static str,
) -> Registration {
    Registration {
        caip2,
        name,
        kind,
        purpose,
        consensus,
        grade: 2,
    }
}

const REGISTRATIONS: [Registration; 7] = [
    registration(
        TRADE,
        "Harbour Trade 港口贸易链",
        Kind::Evm,
        "Bills of lading and letters of credit",
        "QBFT",
    ),
    registration(
        CUSTOMS,
        "Harbour Customs 海关链",
        Kind::Fabric,
        "Customs declarations",
        "Raft",
    ),
    registration(
        TRAMS,
        "Tramlines 电车线路链",
        Kind::CometBft,
        "Tickets and timetables",
        "CometBFT",
    ),
    registration(
        COLD,
        "Cold Chain 冷链",
        Kind::Evm,
        "Temperatures of food on its way",
        "IBFT",
    ),
    registration(
        CASINO,
        "Lucky Harbour",
        Kind::Evm,
        "Games of chance",
        "Proof of authority",
    ),
    registration(
        FISH,
        "Fish Market 鱼市",
        Kind::Evm,
        "Catches and their buyers",
        "Clique",
    ),
    registration(
        OLD,
        "Old Customs 旧海关链",
        Kind::Fabric,
        "Customs declarations before 2020",
        "Kafka",
    ),
];

/// The rounds of this chapter.
pub fn rounds() -> Vec<Round> {
    let reviewed = [TRADE, CUSTOMS, TRAMS, CASINO, FISH, OLD];
    let decided = [
        (TRADE, "documents and interfaces are in order", true),
        (CUSTOMS, "documents and interfaces are in order", true),
        (CASINO, "games of chance are not allowed in the city", false),
        (FISH, "two of the three auditors' reports are missing", false),
        (OLD, "documents and interfaces are in order", true),
    ];
    vec![
        round(
            "business chains register",
            REGISTRATIONS.iter().map(register).chain(roots()).collect(),
        ),
        round("reviews begin", reviewed.into_iter().map(start).collect()),
        round("reviews end", decided.into_iter().map(decide).collect()),
        round(
            "one appeals, one is frozen, one is to end",
            vec![
                appeal(),
                freeze(),
                propose(CANCEL, vec![action(CHAINS, &cancel())]),
            ],
        ),
        round("its end is voted on", approve(CANCEL).into()),
        round("it ends", vec![execute(CANCEL)]),
    ]
}

fn register(chain: &Registration) -> Step {
    let call = IChains::registerCall {
        info: IChains::ChainInfo {
            caip2: chain.caip2.to_owned(),
            name: chain.name.to_owned(),
            kind: chain.kind,
            purpose: chain.purpose.to_owned(),
            operator: id(BUSINESS),
            company: "Harbour Ltd 港口有限公司, register no. 7".to_owned(),
            contact: "desk@harbour.example".to_owned(),
            grade: chain.grade,
            consensus: chain.consensus.to_owned(),
            endpoint: "https://chains.harbour.example".to_owned(),
            documents: keccak256(chain.purpose),
        },
    };
    Step::call(Person::BUSINESS, CHAINS, &call)
}

fn roots() -> Vec<Step> {
    let add = |caip2, kind, root: Bytes| {
        let call = IChains::addTrustRootCall {
            id: id(caip2),
            kind,
            root,
            validFromHeight: 0,
        };
        Step::call(Person::BUSINESS, CHAINS, &call)
    };
    let genesis = |name: &str| keccak256(name).to_vec().into();
    vec![
        add(TRADE, RootKind::BlockHash, genesis("genesis of harbour trade")),
        add(
            TRADE,
            RootKind::ValidatorSet,
            genesis("validators of harbour trade"),
        ),
        add(
            CUSTOMS,
            RootKind::BlockHash,
            genesis("genesis of harbour customs"),
        ),
    ]
}

fn start(caip2: &str) -> Step {
    Step::call(
        Person::REVIEWER,
        CHAINS,
        &IChains::startReviewCall { id: id(caip2) },
    )
}

fn decide((caip2, reason, is_good): (&str, &str, bool)) -> Step {
    let call = IChains::decideCall {
        id: id(caip2),
        approve: is_good,
        evidence: keccak256(reason),
        reason: reason.to_owned(),
    };
    Step::call(Person::REVIEWER, CHAINS, &call)
}

fn appeal() -> Step {
    let call = IChains::appealCall {
        id: id(FISH),
        documents: keccak256("reports of all three auditors"),
        reason: "the missing reports are enclosed".to_owned(),
    };
    Step::call(Person::BUSINESS, CHAINS, &call)
}

fn freeze() -> Step {
    let call = IChains::freezeCall {
        id: id(CUSTOMS),
        reason: "case 2026-019: declarations were altered afterwards".to_owned(),
    };
    Step::call(Person::REGULATOR, CHAINS, &call)
}

fn cancel() -> IChains::cancelCall {
    IChains::cancelCall {
        id: id(OLD),
        reason: "its declarations were archived".to_owned(),
    }
}
