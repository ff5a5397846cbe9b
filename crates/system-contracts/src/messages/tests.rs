//! Tests of the contract: what is taken, what is held, who signs, and how a message ends.

use super::{
    delivery::{MailboxPlace, MessageDelivered, MessageSent, delivery, valid_until},
    proof::{BlockLeaf, event_leaf, leaf_hash, path_of, root_of},
    *,
};
use crate::{
    address::{ANCHORS, CASES, CHAINS, CONTROL, GOVERNANCE, ORGANISATIONS, ROLES},
    anchors::{self, Batch, Finality, Gateway, Terms},
    checks::{refused, refused_argument},
    interfaces::{
        IAnchors,
        ICases::{self, Action, Level, Order},
        IChains, IControl, IOrganisations, IRoles,
    },
    memory::MemoryHost,
    organisations, roles,
};
use alloy_primitives::LogData;
use alloy_sol_types::SolEvent;
use secp256k1::{Message as Digest, SECP256K1, SecretKey};

const SENDER: Address = Address::repeat_byte(0x51);
const TARGET: Address = Address::repeat_byte(0x7a);
const REGULATORS: [Address; 2] = [Address::repeat_byte(0xe1), Address::repeat_byte(0xe2)];

fn chain(number: u64) -> B256 {
    chains::id_of(&format!("eip155:{number}"))
}

fn mailbox_at(number: u64) -> Address {
    Address::from_word(B256::from(alloy_primitives::U256::from(0xb0_0000 + number)))
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_byte_array([number; 32]).unwrap()
}

fn account(number: u8) -> Address {
    let public = key(number).public_key(SECP256K1);
    Address::from_raw_public_key(&public.serialize_uncompressed()[1..])
}

fn sign(number: u8, digest: B256) -> Bytes {
    let signed = SECP256K1.sign_ecdsa_recoverable(Digest::from_digest(digest.0), &key(number));
    let (id, bytes) = signed.serialize_compact();
    [&bytes[..], &[27 + u8::try_from(i32::from(id)).unwrap()]]
        .concat()
        .into()
}

fn govern(host: &mut MemoryHost, contract: Address, call: &impl SolCall) {
    host.call(GOVERNANCE, contract, &call.abi_encode()).unwrap();
}

/// A city with the chains 1 and 2, each with a mailbox and three gateways, two of whom must agree.
fn city() -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = 77;
    host.block.height = 1_000;
    host.block.timestamp = 1_800_000_000;
    let owner = |number: u8| organisations::id_of(&format!("organisation {number}"));
    for number in 1..=4_u8 {
        let join = IOrganisations::joinCall {
            name: format!("organisation {number}"),
            kind: IOrganisations::Kind::Business,
            level: 1,
            voting: false,
        };
        govern(&mut host, ORGANISATIONS, &join);
    }
    for number in [1, 2] {
        let id = chain(number);
        let info = IChains::ChainInfo {
            caip2: format!("eip155:{number}"),
            name: format!("Chain {number}"),
            kind: IChains::Kind::Evm,
            purpose: "bills".to_owned(),
            operator: owner(4),
            company: "Trade Ltd".to_owned(),
            contact: "desk".to_owned(),
            grade: 1,
            consensus: "QBFT".to_owned(),
            endpoint: "http://127.0.0.1".to_owned(),
            documents: B256::ZERO,
        };
        govern(&mut host, CHAINS, &IChains::registerCall { info });
        let root = IChains::addTrustRootCall {
            id,
            kind: IChains::RootKind::BlockHash,
            root: B256::repeat_byte(0xc0).to_vec().into(),
            validFromHeight: 0,
        };
        govern(&mut host, CHAINS, &root);
        govern(&mut host, CHAINS, &IChains::startReviewCall { id });
        let decide = IChains::decideCall {
            id,
            approve: true,
            evidence: B256::repeat_byte(0xee),
            reason: String::new(),
        };
        govern(&mut host, CHAINS, &decide);
        let terms = Terms {
            finality: Finality::Instant,
            depth: 0,
            batchBlocks: 3,
            threshold: 2,
            gateways: (1..=3)
                .map(|number| Gateway {
                    account: account(number),
                    organisation: owner(number),
                })
                .collect(),
        };
        let follow = IAnchors::followCall {
            id,
            startHeight: 0,
            terms,
        };
        govern(&mut host, ANCHORS, &follow);
        let set = abi::setMailboxCall {
            chain: id,
            mailbox: mailbox_at(number),
            fromHeight: 1,
        };
        govern(&mut host, ADDRESS, &set);
    }
    host
}

/// Anchors a batch of three blocks whose second one has these events of the mailbox, and proves each of them.
fn anchored(host: &mut MemoryHost, number: u64, events: &[LogData]) -> Vec<Proof> {
    let id = chain(number);
    let following = anchors::following(host, id).unwrap();
    let first = following.nextHeight;
    let leaves: Vec<B256> = (0..)
        .zip(events)
        .map(|(index, log)| {
            let leaf = event_leaf(index, mailbox_at(number).as_slice(), log.topics(), &log.data);
            leaf_hash(&leaf)
        })
        .collect();
    let block = |place: u64| {
        let own: &[B256] = if place == 1 { &leaves } else { &[] };
        BlockLeaf {
            height: first + place,
            hash: keccak256((number, first + place).abi_encode()),
            transactions: 1,
            transactions_root: B256::repeat_byte(7),
            events: own.len() as u64,
            events_root: root_of(own),
        }
    };
    let blocks: Vec<B256> = (0..3).map(|place| leaf_hash(&block(place).encode())).collect();
    let batch = Batch {
        fromHeight: first,
        toHeight: first + 2,
        parentHash: following.lastHash,
        lastHash: block(2).hash,
        blocksRoot: root_of(&blocks),
        transactions: 3,
        events: events.len() as u64,
    };
    for gateway in [1, 2] {
        let batch = batch.clone();
        let report = IAnchors::reportCall { id, batch };
        host.call(account(gateway), ANCHORS, &report.abi_encode())
            .unwrap();
    }
    let leaf = block(1);
    let proofs = (0..).zip(events).map(|(index, log): (u32, _)| Proof {
        chain: id,
        anchor: following.batchCount,
        height: leaf.height,
        blockHash: leaf.hash,
        transactions: leaf.transactions,
        transactionsRoot: leaf.transactions_root,
        events: leaf.events,
        blockPath: path_of(&blocks, 1).unwrap(),
        index,
        topics: log.topics().to_vec(),
        data: log.data.clone(),
        eventPath: path_of(&leaves, index as usize).unwrap(),
    });
    proofs.collect()
}

fn sent(sequence: u64, destination: B256) -> LogData {
    let event = MessageSent {
        sequence,
        sender: SENDER,
        destination,
        target: TARGET.to_vec().into(),
        payload: vec![9; 40].into(),
    };
    event.encode_log_data()
}

fn do_call(host: &mut MemoryHost, caller: Address, call: &impl SolCall) -> Result<Bytes, Fault> {
    host.call(caller, ADDRESS, &call.abi_encode())
}

fn relay(host: &mut MemoryHost, proof: &Proof) -> Result<Message, Fault> {
    let proof = proof.clone();
    let id = do_call(host, Address::repeat_byte(0xee), &abi::relayCall { proof })?;
    message(host, abi::relayCall::abi_decode_returns(&id).unwrap())
}

fn attest(host: &mut MemoryHost, number: u8, message: &Message, end: u64) -> Result<Bytes, Fault> {
    let place = MailboxPlace {
        chain_id: 2,
        address: mailbox_at(2),
    };
    let digest = place.delivery_hash(&delivery(77, message, end).unwrap());
    let call = abi::attestCall {
        id: message.id,
        validUntil: end,
        signature: sign(number, digest),
    };
    do_call(host, account(number), &call)
}

fn freeze(host: &mut MemoryHost, number: u64) {
    let (id, reason) = (chain(number), "suspicion".to_owned());
    govern(host, CHAINS, &IChains::freezeCall { id, reason });
}

fn unfreeze(host: &mut MemoryHost, number: u64) {
    let (id, reason) = (chain(number), "settled".to_owned());
    govern(host, CHAINS, &IChains::unfreezeCall { id, reason });
}

#[test]
fn a_message_is_taken_by_its_proof_alone_in_its_order() {
    let mut host = city();
    let proofs = anchored(
        &mut host,
        1,
        &[sent(1, chain(2)), sent(2, chain(2)), sent(3, B256::ZERO)],
    );
    let not_next = |expected| abi::NotNext {
        chain: chain(1),
        expectedSequence: expected,
    };
    refused(relay(&mut host, &proofs[1]), not_next(1));
    type Change = fn(&mut Proof);
    let changes: [Change; 13] = [
        |proof| proof.height += 1,
        |proof| proof.blockHash = B256::ZERO,
        |proof| proof.transactions += 1,
        |proof| proof.transactionsRoot = B256::ZERO,
        |proof| proof.events += 1,
        |proof| proof.index = 1,
        |proof| proof.topics[2] = TARGET.into_word(),
        |proof| proof.topics[1] = B256::with_last_byte(2),
        |proof| proof.data = [proof.data.as_ref(), &[0]].concat().into(),
        |proof| proof.eventPath.push(B256::ZERO),
        |proof| proof.blockPath.truncate(1),
        |proof| proof.blockPath.swap(0, 1),
        |proof| proof.eventPath = vec![B256::ZERO; 33],
    ];
    for (change, number) in changes.iter().zip(0..) {
        let mut proof = proofs[0].clone();
        change(&mut proof);
        let Err(Fault::Refused(data)) = relay(&mut host, &proof) else {
            panic!("change {number} was taken");
        };
        assert!(data.starts_with(&<abi::ProofInvalid as alloy_sol_types::SolError>::SELECTOR));
    }
    let other = Proof {
        chain: chain(2),
        ..proofs[0].clone()
    };
    refused(
        relay(&mut host, &other),
        abi::AnchorUnknown {
            chain: chain(2),
            anchor: 0,
        },
    );
    let none = Proof {
        chain: chain(3),
        ..proofs[0].clone()
    };
    refused(relay(&mut host, &none), abi::NoMailbox { chain: chain(3) });
    let message = relay(&mut host, &proofs[0]).unwrap();
    assert_eq!(
        (message.status, message.sender, message.sequence),
        (Status::Passed, SENDER, 1)
    );
    assert_eq!(message.id, id_of(chain(1), mailbox_at(1), 1));
    refused(relay(&mut host, &proofs[0]), not_next(2));
    relay(&mut host, &proofs[1]).unwrap();
    // The main ledger is there at once.
    let last = relay(&mut host, &proofs[2]).unwrap();
    assert_eq!(
        (last.status, last.endedHeight),
        (Status::Delivered, host.block.height)
    );
    let listed: Vec<u64> = messages(&mut host, 0, 9)
        .unwrap()
        .iter()
        .map(|one| one.sequence)
        .collect();
    assert_eq!(listed, [3, 2, 1]);
    // What a mailbox of the city would not send holds nothing up, and never passes.
    let mut odd = sent(4, chain(2));
    odd.data = vec![1, 2, 3].into();
    let proofs = anchored(&mut host, 1, &[odd, sent(5, chain(2))]);
    let odd = relay(&mut host, &proofs[0]).unwrap();
    assert_eq!((odd.status, odd.payload.len()), (Status::Unreadable, 0));
    relay(&mut host, &proofs[1]).unwrap();
}

#[test]
fn what_may_not_pass_is_held_until_it_may() {
    let mut host = city();
    freeze(&mut host, 1);
    let proofs = anchored(&mut host, 1, &[sent(1, chain(2)), sent(2, chain(3))]);
    let message = relay(&mut host, &proofs[0]).unwrap();
    assert_eq!(
        (message.status, message.reason),
        (Status::Held, Reason::SourceNotActive)
    );
    let id = message.id;
    let may_not = |reason| abi::MayNotPass { id, reason };
    let retry = |host: &mut MemoryHost, id| do_call(host, SENDER, &abi::retryCall { id });
    refused(retry(&mut host, id), may_not(Reason::SourceNotActive));
    unfreeze(&mut host, 1);
    // A chain that nobody registered.
    let unknown = relay(&mut host, &proofs[1]).unwrap();
    assert_eq!(unknown.reason, Reason::DestinationNotActive);
    retry(&mut host, id).unwrap();
    refused(
        retry(&mut host, id),
        abi::WrongStatus {
            id,
            status: Status::Passed,
        },
    );
    // Passed, and frozen before it was signed.
    let end = valid_until(host.block.timestamp);
    attest(&mut host, 1, &message, end).unwrap();
    freeze(&mut host, 2);
    refused(
        attest(&mut host, 2, &message, end),
        may_not(Reason::DestinationNotActive),
    );
    assert_eq!(verdict(&mut host, id).unwrap(), Reason::DestinationNotActive);
    // From the main ledger nothing is held: the sender is told.
    let send = abi::sendCall {
        destination: chain(2),
        target: TARGET.to_vec().into(),
        payload: Bytes::new(),
    };
    let refusal = abi::MayNotPass {
        id: id_of(B256::ZERO, ADDRESS, 1),
        reason: Reason::DestinationNotActive,
    };
    refused(do_call(&mut host, SENDER, &send), refusal);
    unfreeze(&mut host, 2);
    do_call(&mut host, SENDER, &send).unwrap();
    let local = messages(&mut host, 0, 1).unwrap().remove(0);
    assert_eq!(
        (local.source, local.sender, local.status),
        (B256::ZERO, SENDER, Status::Passed)
    );
    let frozen = IControl::freezeAccountCall {
        account: SENDER,
        reason: "order".to_owned(),
    };
    govern(&mut host, CONTROL, &frozen);
    assert_eq!(verdict(&mut host, local.id).unwrap(), Reason::SenderIsolated);
    for (target, payload, name) in [(19, 0, "target"), (21, 0, "target"), (20, 1_025, "payload")] {
        let call = abi::sendCall {
            destination: chain(1),
            target: vec![1; target].into(),
            payload: vec![1; payload].into(),
        };
        refused_argument(do_call(&mut host, TARGET, &call), name);
    }
}

#[test]
fn a_threshold_of_gateways_signs_and_a_proof_ends_it() {
    let mut host = city();
    let proofs = anchored(&mut host, 1, &[sent(1, chain(2)), sent(2, chain(2))]);
    let message = relay(&mut host, &proofs[0]).unwrap();
    let id = message.id;
    let now = host.block.timestamp;
    let end = valid_until(now);
    let stranger = abi::NotAGateway {
        chain: chain(2),
        caller: account(9),
    };
    refused(attest(&mut host, 9, &message, end), stranger);
    for wrong in [end + 30, end - 60, end - 1, 0] {
        refused_argument(attest(&mut host, 1, &message, wrong), "validUntil");
    }
    let forged = abi::attestCall {
        id,
        validUntil: end,
        signature: sign(2, B256::repeat_byte(1)),
    };
    refused(
        do_call(&mut host, account(1), &forged),
        abi::AttestationForged {
            id,
            caller: account(1),
        },
    );
    attest(&mut host, 1, &message, end).unwrap();
    assert_eq!(super::message(&mut host, id).unwrap().attestedHeight, 0);
    host.block.height += 1;
    attest(&mut host, 3, &message, end).unwrap();
    assert_eq!(
        super::message(&mut host, id).unwrap().attestedHeight,
        host.block.height
    );
    let signed = attest::attestations(&mut host, id).unwrap();
    assert!(signed.is_sorted_by(|one, next| one.gateway < next.gateway));
    assert_eq!(signed.len(), 2);
    // Signed again for the next period, in the place of the old one.
    host.block.timestamp = end;
    attest(&mut host, 1, &message, valid_until(end)).unwrap();
    assert_eq!(attest::attestations(&mut host, id).unwrap().len(), 2);
    // The delivery of the first is proven; the second was never signed, and its delivery shows that gateways went round the ledger.
    let second = relay(&mut host, &proofs[1]).unwrap().id;
    let log = |id, success| MessageDelivered { id, success }.encode_log_data();
    let proofs = anchored(
        &mut host,
        2,
        &[log(id, true), log(second, false), log(B256::ZERO, true)],
    );
    let confirm = |host: &mut MemoryHost, proof: &Proof| {
        let proof = proof.clone();
        do_call(host, TARGET, &abi::confirmCall { proof })
    };
    host.events.clear();
    confirm(&mut host, &proofs[0]).unwrap();
    refused(
        confirm(&mut host, &proofs[0]),
        abi::WrongStatus {
            id,
            status: Status::Delivered,
        },
    );
    let is_bypassed = |host: &MemoryHost| {
        let kinds = host
            .events
            .iter()
            .filter_map(|(_, log)| log.topics().first().copied());
        kinds
            .filter(|kind| *kind == abi::MessageBypassed::SIGNATURE_HASH)
            .count()
            == 1
    };
    assert!(!is_bypassed(&host));
    confirm(&mut host, &proofs[1]).unwrap();
    assert!(is_bypassed(&host));
    assert_eq!(super::message(&mut host, second).unwrap().status, Status::Failed);
    refused(
        confirm(&mut host, &proofs[2]),
        abi::MessageUnknown { id: B256::ZERO },
    );
    let open = abi::openCall {
        destination: chain(2),
        status: Status::Passed,
        from: 0,
        count: 9,
    };
    let answer = do_call(&mut host, SENDER, &open).unwrap();
    assert!(abi::openCall::abi_decode_returns(&answer).unwrap().is_empty());
}

#[test]
fn a_mailbox_that_comes_back_goes_on_where_it_was() {
    let mut host = city();
    let proofs = anchored(&mut host, 1, &[sent(1, chain(2)), sent(2, chain(2))]);
    relay(&mut host, &proofs[0]).unwrap();
    let set = |mailbox, from_height| abi::setMailboxCall {
        chain: chain(1),
        mailbox,
        fromHeight: from_height,
    };
    govern(&mut host, ADDRESS, &set(Address::ZERO, 0));
    refused(relay(&mut host, &proofs[1]), abi::NoMailbox { chain: chain(1) });
    refused_argument(
        do_call(&mut host, GOVERNANCE, &set(mailbox_at(1), 1)),
        "fromHeight",
    );
    govern(&mut host, ADDRESS, &set(mailbox_at(1), 2));
    assert_eq!(mailbox(&mut host, chain(1)).unwrap().nextSequence, 2);
    relay(&mut host, &proofs[1]).unwrap();
}

/// Makes another contract the mailbox of the second chain.
fn replace(host: &mut MemoryHost, mailbox: Address) {
    let set = abi::setMailboxCall {
        chain: chain(2),
        mailbox,
        fromHeight: 1,
    };
    govern(host, ADDRESS, &set);
}

#[test]
fn a_message_is_delivered_by_the_mailbox_that_it_passed_to() {
    let mut host = city();
    let proofs = anchored(&mut host, 1, &[sent(1, chain(2)), sent(2, chain(2))]);
    let signed = relay(&mut host, &proofs[0]).unwrap();
    let unsigned = relay(&mut host, &proofs[1]).unwrap();
    assert_eq!(signed.carrier, mailbox_at(2));
    let end = valid_until(host.block.timestamp);
    attest(&mut host, 1, &signed, end).unwrap();
    let other = Address::repeat_byte(0xbb);
    replace(&mut host, other);
    // What somebody signed for the old one goes to no other one: it may be delivered already.
    let may_not = abi::MayNotPass {
        id: signed.id,
        reason: Reason::MailboxReplaced,
    };
    refused(attest(&mut host, 2, &signed, end), may_not);
    let retry = |host: &mut MemoryHost, id| do_call(host, SENDER, &abi::retryCall { id });
    let wrong_status = |id| abi::WrongStatus {
        id,
        status: Status::Passed,
    };
    refused(retry(&mut host, signed.id), wrong_status(signed.id));
    // What nobody signed does, once.
    retry(&mut host, unsigned.id).unwrap();
    assert_eq!(message(&mut host, unsigned.id).unwrap().carrier, other);
    refused(retry(&mut host, unsigned.id), wrong_status(unsigned.id));
    // The word of the old mailbox ends what passed to it, and nothing else.
    let log = |id| MessageDelivered { id, success: true }.encode_log_data();
    let proofs = anchored(&mut host, 2, &[log(signed.id), log(unsigned.id)]);
    let confirm = |host: &mut MemoryHost, proof: &Proof| {
        let proof = proof.clone();
        do_call(host, TARGET, &abi::confirmCall { proof })
    };
    let invalid = abi::ProofInvalid {
        chain: chain(2),
        what: "the event is not in the batch".to_owned(),
    };
    refused(confirm(&mut host, &proofs[1]), invalid);
    confirm(&mut host, &proofs[0]).unwrap();
    assert_eq!(message(&mut host, signed.id).unwrap().status, Status::Delivered);
}

/// Freezes or lifts a contract of a chain.
fn command(host: &mut MemoryHost, number: u64, action: Action, target: Address) {
    let order = Order {
        caseId: 1,
        chain: chain(number),
        action,
        target: target.to_vec().into(),
        level: Level::Isolation,
        legalBasis: "Act 9".to_owned(),
        reason: "order".to_owned(),
        deadlineSeconds: 0,
    };
    let answer = host
        .call(REGULATORS[0], CASES, &ICases::orderCall { order }.abi_encode())
        .unwrap();
    let id = ICases::orderCall::abi_decode_returns(&answer).unwrap();
    host.call(REGULATORS[1], CASES, &ICases::approveCall { id }.abi_encode())
        .unwrap();
}

#[test]
fn a_frozen_mailbox_passes_nothing() {
    let mut host = city();
    roles::builtin::define_builtin(&mut host).unwrap();
    for regulator in REGULATORS {
        let grant = IRoles::grantCall {
            role: roles::id_of("CityRegulator"),
            subject: regulator.into_word(),
            scope: roles::Scope::CITY,
            expiry: 0,
            delegable: false,
        };
        govern(&mut host, ROLES, &grant);
    }
    let open = ICases::openCall {
        title: "Layering".to_owned(),
        subject: "eip155:1".to_owned(),
        legalBasis: "Act 9".to_owned(),
    };
    host.call(REGULATORS[0], CASES, &open.abi_encode()).unwrap();
    let proofs = anchored(&mut host, 1, &[sent(1, chain(2))]);
    let id = relay(&mut host, &proofs[0]).unwrap().id;
    for (number, reason) in [(1, Reason::SourceIsolated), (2, Reason::DestinationIsolated)] {
        command(&mut host, number, Action::FreezeContract, mailbox_at(number));
        assert_eq!(verdict(&mut host, id).unwrap(), reason);
        command(&mut host, number, Action::LiftContract, mailbox_at(number));
        assert_eq!(verdict(&mut host, id).unwrap(), Reason::None);
    }
}
