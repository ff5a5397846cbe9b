//! Business chains and partition ledgers.

use super::{
    May::{self, CityRole, Everybody, Proposal, Role},
    Section,
};
use crate::city::{
    ACTIVE, BLOCK_HASH, CANDIDATE, FROZEN, HEIGHT, LEDGER, NEW_CHAIN, OBSERVER, OVERDUE, Party, REGISTERED,
    REJECTED, Reach, UNDER_REVIEW, Who, batch, chain, chain_id, decide, follow, key, ledger, sign, terms,
};
use crate::signed::{convict, open, update};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    fault::{Fault, unauthorized},
    governance::Kind::{Chains, Ledgers, Parameters},
    interfaces::{IAnchors, IChains, IHeaders, ILedgers},
    nodes::proofs::LedgerReadiness,
};

pub(super) fn chains() -> Section {
    let mut section = Section::of("Chains");
    let operator = [Role("BusinessOperator")];
    let register = IChains::registerCall {
        info: chain(NEW_CHAIN),
    };
    section.row(&register, &operator);
    let registered = chain_id(REGISTERED);
    let update = IChains::updateCall {
        id: registered,
        info: IChains::ChainInfo {
            name: "Parking and charging".to_owned(),
            ..chain(REGISTERED)
        },
    };
    section.row(&update, &operator);
    let set_contact = IChains::setContactCall {
        id: registered,
        contact: "night@parking.example".to_owned(),
        endpoint: "192.0.2.8:8545".to_owned(),
    };
    section.row(&set_contact, &operator);
    let appeal = IChains::appealCall {
        id: chain_id(REJECTED),
        documents: B256::repeat_byte(0xd1),
        reason: "look again".to_owned(),
    };
    section.row(&appeal, &operator);
    let overdue = chain_id(OVERDUE);
    section.row(&IChains::escalateCall { id: overdue }, &operator);
    let add = IChains::addTrustRootCall {
        id: registered,
        kind: IChains::RootKind::Other,
        root: vec![1].into(),
        validFromHeight: 1,
    };
    section.row(&add, &[Role("BusinessOperator"), Proposal(Chains)]);
    let add_to_active = IChains::addTrustRootCall {
        id: chain_id(ACTIVE),
        ..add
    };
    // What an active chain is trusted by is the city's decision, not its operator's.
    let operators =
        [Reach::City, Reach::Concerned].map(|reach| Who::Holder("BusinessOperator", reach).account());
    section
        .row(&add_to_active, &[Proposal(Chains)])
        .when("once the chain was approved")
        .refused(move |caller| {
            if operators.contains(&caller) {
                let (id, status) = (chain_id(ACTIVE), IChains::Status::Active);
                return Fault::from(IChains::WrongStatus { id, status });
            }
            unauthorized(caller, IChains::addTrustRootCall::SELECTOR)
        });
    decisions(&mut section);
    section
}

fn decisions(section: &mut Section) {
    let reviewers = [Role("ChainReviewer"), Proposal(Chains)];
    let start = IChains::startReviewCall {
        id: chain_id(REGISTERED),
    };
    section.row(&start, &reviewers);
    section.row(&decide(UNDER_REVIEW, true), &reviewers);
    let reason = String::new;
    let freeze = IChains::freezeCall {
        id: chain_id(ACTIVE),
        reason: reason(),
    };
    let city_and_district = [Role("CityRegulator"), Role("DistrictRegulator"), Proposal(Chains)];
    section.row(
        &freeze,
        &[&city_and_district[..], &[Role("SectorRegulator")]].concat(),
    );
    let unfreeze = IChains::unfreezeCall {
        id: chain_id(FROZEN),
        reason: reason(),
    };
    section.row(&unfreeze, &city_and_district);
    let cancel = IChains::cancelCall {
        id: chain_id(ACTIVE),
        reason: reason(),
    };
    section.row(&cancel, &[Proposal(Chains)]);
}

pub(super) fn anchors() -> Section {
    let mut section = Section::of("Anchors");
    let reviewers = [Role("ChainReviewer"), Proposal(Chains)];
    section.row(&follow(ACTIVE), &reviewers);
    let id = chain_id(FROZEN);
    section.row(&IAnchors::amendCall { id, terms: terms() }, &reviewers);
    let report = IAnchors::reportCall { id, batch: batch() };
    section
        .row(&report, &[May::Party(Party::Gateway)])
        .refused(move |caller| IAnchors::NotAGateway { id, caller });
    section
}

pub(super) fn headers() -> Section {
    let mut section = Section::of("Headers");
    section.row(&open(ACTIVE), &[Role("ChainReviewer"), Proposal(Chains)]);
    let reason = "the chain's validators signed what is brought";
    let few = |words: &str| IHeaders::EvidenceInvalid {
        id: chain_id(FROZEN),
        why: words.to_owned(),
    };
    let refusal = few("2 of 4 validators sealed the header, 3 must");
    section.row(&update(&[1, 2, 3]), &[Everybody(reason)]).needs(
        "the seals of a quorum of validators",
        &update(&[1, 2]),
        refusal.clone(),
    );
    section.row(&convict(&[2, 3, 4]), &[Everybody(reason)]).needs(
        "the seals of a quorum of validators, twice",
        &convict(&[3, 4]),
        refusal,
    );
    section
}

pub(super) fn ledgers() -> Section {
    let mut section = Section::of("Ledgers");
    let proposal = [Proposal(Ledgers)];
    section.row(&ledger("archive", 902), &proposal);
    let change = ILedgers::changeMembersCall {
        name: "trade".to_owned(),
        members: ledger("trade", 900).members,
    };
    section.row(&change, &proposal);
    let adjust = ILedgers::adjustCall {
        chainId: 900,
        adjustment: ILedgers::Adjustment {
            blockGasMax: 60_000_000,
            blockIntervalMs: 50,
            heartbeatMs: 1_000,
        },
    };
    section.row(&adjust, &[Proposal(Parameters)]);
    let close = ILedgers::closeCall {
        name: "trade".to_owned(),
        reason: String::new(),
    };
    section.row(&close, &proposal);
    let regulators = [CityRole("CityRegulator"), Proposal(Ledgers)];
    let freeze = ILedgers::freezeCall {
        name: "trade".to_owned(),
        reason: String::new(),
    };
    section.row(&freeze, &regulators);
    let unfreeze = ILedgers::unfreezeCall {
        name: "frozen".to_owned(),
        reason: String::new(),
    };
    section.row(&unfreeze, &regulators);
    let message = LedgerReadiness {
        chain_id: LEDGER,
        ledger: 900,
        height: HEIGHT - 1,
        block_hash: BLOCK_HASH,
    }
    .message();
    let ready = |signer: u8| ILedgers::readyCall {
        name: "trade".to_owned(),
        key: key(CANDIDATE),
        height: HEIGHT - 1,
        blockHash: BLOCK_HASH,
        signature: sign(signer, message.as_slice()),
    };
    let reason = "the node's signature decides, and a node has no account of its own";
    section.row(&ready(CANDIDATE), &[Everybody(reason)]).needs(
        "the signature of the node's key",
        &ready(OBSERVER),
        ILedgers::BadSignature { key: key(CANDIDATE) },
    );
    section
}
