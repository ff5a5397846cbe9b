//! Tests of the contract: every transition and refusal, and a seeded property test of the validator sets.

use super::*;
use crate::{
    address::GOVERNANCE,
    checks::{refused, refused_argument},
    interfaces::{IOrganisations, IOrganisations::Kind as OrganisationKind},
    memory::MemoryHost,
    organisations,
};
use alloy_sol_types::{SolError, SolEvent as _};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

mod property;
mod table;

const CHAIN_ID: u64 = 77;
const NOW: u64 = 1_800_000_000;
const HEIGHT: u64 = 1_000;
const STRANGER: Address = Address::repeat_byte(0x99);
const OFFICER: Address = Address::repeat_byte(0x0f);

fn pair(seed: u16) -> Ed25519KeyPair {
    let mut bytes = [7; 32];
    bytes[..2].copy_from_slice(&seed.to_be_bytes());
    Ed25519KeyPair::from_seed_unchecked(&bytes).unwrap()
}

fn key(seed: u16) -> B256 {
    B256::from_slice(pair(seed).public_key().as_ref())
}

fn sign(seed: u16, message: B256) -> Bytes {
    Bytes::copy_from_slice(pair(seed).sign(message.as_slice()).as_ref())
}

fn organisation(name: &str) -> B256 {
    organisations::id_of(name)
}

/// A ledger with the organisations `one` and `two`, and validators with the seeds `1..=validators` of `one`.
fn city(validators: u16) -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = CHAIN_ID;
    for name in ["one", "two"] {
        join(&mut host, name);
    }
    for seed in 1..=validators {
        let node = GenesisNode {
            key: key(seed),
            organisation: organisation("one"),
            name: &format!("node-{seed}"),
            endpoint: "",
            beneficiary: Address::repeat_byte(u8::try_from(seed).unwrap()),
            role: Role::Validator,
        };
        genesis_node(&mut host, &node).unwrap();
    }
    seal_genesis(&mut host).unwrap();
    host.block.timestamp = NOW;
    host.block.height = HEIGHT;
    host.block_hashes.insert(HEIGHT - 1, B256::repeat_byte(0xbb));
    host
}

fn join(host: &mut MemoryHost, name: &str) {
    let join = IOrganisations::joinCall {
        name: name.to_owned(),
        kind: OrganisationKind::Business,
        level: 1,
        voting: true,
    };
    host.call(GOVERNANCE, crate::address::ORGANISATIONS, &join.abi_encode())
        .unwrap();
}

fn set_organisation(
    host: &mut MemoryHost,
    name: &str,
    status: IOrganisations::Status,
) -> Result<Bytes, Fault> {
    let change = IOrganisations::setStatusCall {
        id: organisation(name),
        status,
    };
    host.call(GOVERNANCE, crate::address::ORGANISATIONS, &change.abi_encode())
}

fn application(seed: u16) -> abi::registerCall {
    let application = proofs::Application {
        chain_id: CHAIN_ID,
        organisation: organisation("one"),
        name: &format!("node-{seed}"),
        endpoint: "node.example:9000",
        beneficiary: Address::ZERO,
    };
    abi::registerCall {
        key: key(seed),
        organisation: application.organisation,
        name: application.name.to_owned(),
        endpoint: application.endpoint.to_owned(),
        beneficiary: application.beneficiary,
        signature: sign(seed, application.message()),
    }
}

fn readiness(seed: u16, height: u64, block_hash: B256) -> abi::readyCall {
    abi::readyCall {
        key: key(seed),
        height,
        blockHash: block_hash,
        signature: sign(seed, proofs::ready_message(CHAIN_ID, height, block_hash)),
    }
}

fn govern(host: &mut MemoryHost, call: &impl SolCall) -> Result<Bytes, Fault> {
    host.call(GOVERNANCE, ADDRESS, &call.abi_encode())
}

fn done(host: &mut MemoryHost, call: &impl SolCall) {
    govern(host, call).unwrap();
}

fn admit(seed: u16) -> abi::admitCall {
    abi::admitCall {
        key: key(seed),
        role: Role::Observer,
    }
}

fn role_of(seed: u16, role: Role) -> abi::setRoleCall {
    abi::setRoleCall { key: key(seed), role }
}

/// Registers and admits an observer.
fn observer(host: &mut MemoryHost, seed: u16) {
    done(host, &application(seed));
    done(host, &admit(seed));
}

/// Makes an observer a candidate that has caught up.
fn candidate(host: &mut MemoryHost, seed: u16) {
    observer(host, seed);
    done(host, &role_of(seed, Role::Validator));
    prove(host, seed);
}

fn prove(host: &mut MemoryHost, seed: u16) {
    let height = host.block.height;
    host.block.height += 1;
    host.block_hashes.insert(height, B256::repeat_byte(0xbb));
    let proof = readiness(seed, height, B256::repeat_byte(0xbb));
    host.call(STRANGER, ADDRESS, &proof.abi_encode()).unwrap();
}

/// An officer suspends. The authority of roles is asked in `change`, before this.
fn emergency(host: &mut MemoryHost, seed: u16) -> Result<(), Fault> {
    let before = host.clone();
    let request = abi::emergencySuspendCall {
        key: key(seed),
        reason: "stolen".to_owned(),
    };
    let result = membership::settle_emergencies(host)
        .and_then(|()| membership::emergency_suspend(host, OFFICER, &request));
    if result.is_err() {
        *host = before;
    }
    result
}

fn members(host: &mut MemoryHost, epoch: u64) -> Vec<B256> {
    let found = validators(host, epoch).unwrap();
    found.into_iter().map(|validator| validator.key).collect()
}

fn keys(seeds: &[u16]) -> Vec<B256> {
    let mut keys: Vec<B256> = seeds.iter().map(|seed| key(*seed)).collect();
    keys.sort();
    keys
}

#[test]
fn the_genesis_orders_epoch_zero_and_all_after_it() {
    let mut host = city(4);
    for epoch in [0, 1, 1_000] {
        assert_eq!(members(&mut host, epoch), keys(&[1, 2, 3, 4]));
    }
    let first = validators(&mut host, 0).unwrap();
    let named = first.iter().find(|validator| validator.key == key(2)).unwrap();
    assert_eq!(named.name, "node-2");
    assert_eq!(named.beneficiary, Address::repeat_byte(2));
    assert_eq!(active_nodes(&mut host).unwrap().len(), 4);
    assert!(seal_genesis(&mut host).is_err());
    let mut empty = MemoryHost::default();
    refused(seal_genesis(&mut empty), abi::NoValidatorLeft {});
    refused(validators(&mut empty, 3), abi::EpochUnknown { epoch: 3 });
    assert_eq!(roll_epoch(&mut empty, 1), Ok(false));
    assert_eq!(
        empty.storage.len(),
        0,
        "a ledger without validator sets is left alone"
    );
}

/// The way of a node; the refusals on it stand in the table.
#[test]
fn a_node_goes_from_applicant_to_validator_and_out() {
    let mut host = city(4);
    candidate(&mut host, 5);
    done(&mut host, &role_of(5, Role::Standby));
    done(&mut host, &role_of(5, Role::Validator));
    let unready = roll_epoch(&mut host, 1);
    assert_eq!(unready, Ok(false), "it has not shown that it has caught up");
    prove(&mut host, 5);
    assert_eq!(roll_epoch(&mut host, 2), Ok(true));
    assert_eq!(members(&mut host, 1), keys(&[1, 2, 3, 4]));
    assert_eq!(members(&mut host, 2), keys(&[1, 2, 3, 4, 5]));
    done(&mut host, &abi::revokeValidatorCall { key: key(5) });
    assert!(!is_active(&mut host, key(5)).unwrap(), "links end at once");
    assert_eq!(roll_epoch(&mut host, 3), Ok(true));
    assert_eq!(members(&mut host, 2), keys(&[1, 2, 3, 4, 5]), "history stays");
    assert_eq!(members(&mut host, 3), keys(&[1, 2, 3, 4]));
    let (_, last) = host.events.last().unwrap();
    let event = abi::ValidatorSetChanged::decode_log_data(last).unwrap();
    assert_eq!(
        (event.firstEpoch, event.left, event.joined),
        (3, vec![key(5)], vec![])
    );
    let again = application(5);
    refused(govern(&mut host, &again), abi::NodeExists { key: key(5) });
    let rename = abi::setNameCall {
        key: key(5),
        name: "again".to_owned(),
    };
    let status = Status::Revoked;
    refused(
        govern(&mut host, &rename),
        abi::WrongStatus { key: key(5), status },
    );
    refused(govern(&mut host, &admit(6)), abi::NodeUnknown { key: key(6) });
}

#[test]
fn applications_are_checked() {
    let mut host = city(1);
    let check = |host: &mut MemoryHost, name: &str, change: &dyn Fn(&mut abi::registerCall)| {
        let mut request = application(9);
        change(&mut request);
        refused_argument(govern(host, &request), name);
    };
    for endpoint in [
        "host",
        "host:",
        "host:0",
        "host:080",
        "host:65536",
        "host:+1",
        ":1",
        "a..b:1",
        "a_b:1",
        "[::1:1",
        "[::g]:1",
        "::1:1",
        "a b:1",
    ] {
        check(&mut host, "endpoint", &|request| {
            request.endpoint = endpoint.to_owned()
        });
    }
    check(&mut host, "endpoint", &|request| {
        request.endpoint = format!("{}:1", ["a"; 140].join("."));
    });
    for name in ["", "a b", "\u{e9}", &"a".repeat(65)] {
        check(&mut host, "name", &|request| request.name = name.to_owned());
    }
    check(&mut host, "key", &|request| request.key = B256::ZERO);
    for change in [
        |request: &mut abi::registerCall| request.name = "other".to_owned(),
        |request: &mut abi::registerCall| request.endpoint = "[::1]:1".to_owned(),
        |request: &mut abi::registerCall| request.endpoint = String::new(),
        |request: &mut abi::registerCall| request.beneficiary = STRANGER,
        |request: &mut abi::registerCall| request.organisation = organisation("two"),
        |request: &mut abi::registerCall| request.signature = Bytes::new(),
    ] {
        let mut request = application(9);
        change(&mut request);
        refused(govern(&mut host, &request), abi::BadSignature { key: key(9) });
    }
    host.block.chain_id = CHAIN_ID + 1;
    refused(
        govern(&mut host, &application(9)),
        abi::BadSignature { key: key(9) },
    );
    host.block.chain_id = CHAIN_ID;
    let mut taken = application(9);
    taken.name = "node-1".to_owned();
    refused(
        govern(&mut host, &taken),
        abi::NodeNameTaken {
            name: "node-1".to_owned(),
            key: key(1),
        },
    );
    set_organisation(&mut host, "two", IOrganisations::Status::Suspended).unwrap();
    let mut foreign = application(9);
    foreign.organisation = organisation("two");
    refused(
        govern(&mut host, &foreign),
        IOrganisations::OrganisationNotActive {
            id: organisation("two"),
        },
    );
    for seed in 10..26 {
        done(&mut host, &application(seed));
    }
    refused_argument(govern(&mut host, &application(26)), "organisation");
    done(&mut host, &abi::retireCall { key: key(10) });
    let mut again = application(27);
    // The name of a node that is out is free: the refusal is about what was signed.
    again.name = "node-10".to_owned();
    refused(govern(&mut host, &again), abi::BadSignature { key: key(27) });
    done(&mut host, &application(26));
}

#[test]
fn the_organisation_changes_what_is_its_own() {
    let mut host = city(1);
    observer(&mut host, 5);
    let endpoint = |sequence: u64, endpoint: &str| abi::setEndpointCall {
        key: key(5),
        endpoint: endpoint.to_owned(),
        signature: sign(5, proofs::endpoint_message(CHAIN_ID, endpoint, sequence)),
    };
    done(&mut host, &endpoint(0, "a.example:1"));
    done(&mut host, &endpoint(1, "b.example:1"));
    refused(
        govern(&mut host, &endpoint(0, "a.example:1")),
        abi::BadSignature { key: key(5) },
    );
    let rename = |name: &str| abi::setNameCall {
        key: key(5),
        name: name.to_owned(),
    };
    done(&mut host, &rename("newer"));
    assert!(govern(&mut host, &rename("node-1")).is_err());
    let found = get(&mut host, key(5)).unwrap();
    assert_eq!(
        (found.name.as_str(), found.endpoint.as_str()),
        ("newer", "b.example:1")
    );
    let query = abi::keyOfCall {
        name: "node-5".to_owned(),
    };
    let holder = host.call(STRANGER, ADDRESS, &query.abi_encode()).unwrap();
    assert_eq!(abi::keyOfCall::abi_decode_returns(&holder), Ok(B256::ZERO));
    done(
        &mut host,
        &abi::setBeneficiaryCall {
            key: key(1),
            beneficiary: STRANGER,
        },
    );
    assert_eq!(
        validators(&mut host, 0).unwrap()[0].beneficiary,
        Address::repeat_byte(1)
    );
    assert_eq!(
        roll_epoch(&mut host, 1),
        Ok(true),
        "the fees go elsewhere from the next epoch on"
    );
    assert_eq!(
        validators(&mut host, 0).unwrap()[0].beneficiary,
        Address::repeat_byte(1)
    );
    assert_eq!(validators(&mut host, 1).unwrap()[0].beneficiary, STRANGER);
}

#[test]
fn readiness_is_proved_by_the_key_for_a_late_block() {
    let mut host = city(4);
    observer(&mut host, 5);
    let late = B256::repeat_byte(0xbb);
    refused(
        govern(&mut host, &readiness(5, HEIGHT - 1, late)),
        abi::WrongRole {
            key: key(5),
            role: Role::Observer,
        },
    );
    done(&mut host, &role_of(5, Role::Validator));
    for (height, block_hash) in [
        (HEIGHT - 1, B256::ZERO),
        (HEIGHT - 2, late),
        (HEIGHT - 300, B256::ZERO),
    ] {
        refused(
            govern(&mut host, &readiness(5, height, block_hash)),
            abi::BlockUnknown {
                height,
                blockHash: block_hash,
            },
        );
    }
    let mut forged = readiness(6, HEIGHT - 1, late);
    forged.key = key(5);
    refused(govern(&mut host, &forged), abi::BadSignature { key: key(5) });
    done(&mut host, &role_of(5, Role::Observer));
    done(&mut host, &role_of(5, Role::Validator));
    prove(&mut host, 5);
    let before = generation(&mut host).unwrap();
    prove(&mut host, 5);
    assert_eq!(
        generation(&mut host).unwrap(),
        before,
        "a second proof changes nothing"
    );
    done(&mut host, &role_of(5, Role::Observer));
    done(&mut host, &role_of(5, Role::Validator));
    assert_eq!(roll_epoch(&mut host, 1), Ok(false), "a demotion ends the proof");
}

#[test]
fn a_change_of_anchors_moves_the_generation_on() {
    let mut host = city(4);
    let mut bumps = |input: Vec<u8>| {
        let before = generation(&mut host).unwrap();
        let result = host.call(GOVERNANCE, crate::address::ORGANISATIONS, &input);
        (result, generation(&mut host).unwrap() - before)
    };
    let add = IOrganisations::addAnchorCall {
        id: organisation("one"),
        certificate: Bytes::from_static(&[0x30, 0x82, 1, 2]),
    };
    let (added, bumped) = bumps(add.abi_encode());
    assert_eq!(bumped, 1);
    let fingerprint = B256::from_slice(&added.unwrap());
    let (again, bumped) = bumps(add.abi_encode());
    assert_eq!((again.is_err(), bumped), (true, 0));
    let remove = IOrganisations::removeAnchorCall {
        id: organisation("one"),
        fingerprint,
    };
    let (removed, bumped) = bumps(remove.abi_encode());
    assert_eq!((removed.is_ok(), bumped), (true, 1));
}

#[test]
fn a_candidate_that_waits_proves_again() {
    let mut host = city(4);
    candidate(&mut host, 5);
    candidate(&mut host, 6);
    assert_eq!(roll_epoch(&mut host, 1), Ok(true));
    let joined = members(&mut host, 1);
    assert_eq!(joined.len(), 5, "one at a time");
    assert_eq!(roll_epoch(&mut host, 2), Ok(false));
    let waiting = if joined.contains(&key(5)) { 6 } else { 5 };
    prove(&mut host, waiting);
    assert_eq!(roll_epoch(&mut host, 3), Ok(true));
    assert_eq!(members(&mut host, 3), keys(&[1, 2, 3, 4, 5, 6]));
    refused_argument(roll_epoch(&mut host, 3).map(|_| Bytes::new()), "nextEpoch");
}

/// What would stop the ledger is refused, whoever asks.
#[test]
fn the_quorum_is_kept() {
    let check =
        |validators: u16, cut: u64, cut_max: u64, act: &dyn Fn(&mut MemoryHost) -> Result<(), Fault>| {
            let mut host = city(validators);
            let members = u64::from(validators);
            refused(
                act(&mut host),
                abi::WouldLoseQuorum {
                    members,
                    cut,
                    cutMax: cut_max,
                },
            );
        };
    let revoke = |seed| abi::revokeValidatorCall { key: key(seed) };
    let suspend = |seed| abi::suspendValidatorCall { key: key(seed) };
    let retire = |seed| abi::retireCall { key: key(seed) };
    check(1, 1, 0, &|host| govern(host, &revoke(1)).map(|_| ()));
    check(3, 1, 0, &|host| govern(host, &suspend(1)).map(|_| ()));
    check(3, 1, 0, &|host| govern(host, &retire(1)).map(|_| ()));
    check(3, 1, 0, &|host| emergency(host, 1));
    check(4, 2, 1, &|host| {
        done(host, &revoke(1));
        govern(host, &suspend(2)).map(|_| ())
    });
    check(7, 3, 2, &|host| {
        emergency(host, 1)?;
        done(host, &retire(2));
        emergency(host, 3)
    });
    check(4, 4, 1, &|host| {
        set_organisation(host, "one", IOrganisations::Status::Suspended).map(|_| ())
    });
    let mut host = city(2);
    done(&mut host, &role_of(1, Role::Observer));
    refused(
        govern(&mut host, &role_of(2, Role::Observer)),
        abi::NoValidatorLeft {},
    );
    observer(&mut host, 5);
    done(&mut host, &role_of(5, Role::Validator));
    refused(
        govern(&mut host, &role_of(2, Role::Observer)),
        abi::NoValidatorLeft {},
    );
    prove(&mut host, 5);
    done(&mut host, &role_of(2, Role::Observer));
    for epoch in 1..=3 {
        assert_eq!(roll_epoch(&mut host, epoch), Ok(true), "epoch {epoch}");
    }
    assert_eq!(members(&mut host, 3), keys(&[5]));
}

#[test]
fn emergency_powers_lapse_and_are_ratified() {
    let mut host = city(4);
    observer(&mut host, 5);
    let before = generation(&mut host).unwrap();
    emergency(&mut host, 5).unwrap();
    assert_eq!(get(&mut host, key(5)).unwrap().status, Status::Suspended);
    assert!(!is_active(&mut host, key(5)).unwrap());
    assert_eq!(generation(&mut host).unwrap(), before + 1);
    host.block.timestamp += EMERGENCY_SECONDS - 1;
    assert!(!is_active(&mut host, key(5)).unwrap());
    host.block.timestamp += 1;
    assert!(
        is_active(&mut host, key(5)).unwrap(),
        "it lapses without a transaction"
    );
    assert_eq!(
        generation(&mut host).unwrap(),
        before + 2,
        "and node code sees it"
    );
    assert_eq!(roll_epoch(&mut host, 1), Ok(false));
    assert_eq!(
        generation(&mut host).unwrap(),
        before + 2,
        "settling is no second change"
    );
    let from = host.block.timestamp + EMERGENCY_PAUSE_SECONDS;
    refused(emergency(&mut host, 5), abi::EmergencyUsed { key: key(5), from });
    host.block.timestamp = from;
    emergency(&mut host, 5).unwrap();
    done(&mut host, &abi::suspendCall { key: key(5) });
    host.block.timestamp += EMERGENCY_SECONDS;
    assert!(
        !is_active(&mut host, key(5)).unwrap(),
        "Governance has ratified it"
    );
    done(&mut host, &abi::reactivateCall { key: key(5) });
    assert!(is_active(&mut host, key(5)).unwrap());

    emergency(&mut host, 1).unwrap();
    assert_eq!(get(&mut host, key(1)).unwrap().role, Role::Validator);
    done(&mut host, &abi::reactivateCall { key: key(1) });
    assert_eq!(
        roll_epoch(&mut host, 2),
        Ok(true),
        "it has to prove that it has caught up"
    );
    assert_eq!(members(&mut host, 2), keys(&[2, 3, 4]));
    prove(&mut host, 1);
    assert_eq!(roll_epoch(&mut host, 3), Ok(true));
    assert_eq!(members(&mut host, 3), keys(&[1, 2, 3, 4]));
    let mut other = city(4);
    emergency(&mut other, 1).unwrap();
    done(&mut other, &abi::suspendValidatorCall { key: key(1) });
    let found = get(&mut other, key(1)).unwrap();
    assert_eq!((found.status, found.role), (Status::Suspended, Role::Standby));
}

#[test]
fn emergency_powers_alone_never_shrink_the_set_below_its_quorum() {
    let mut host = city(10);
    for seed in 1..=3 {
        emergency(&mut host, seed).unwrap();
    }
    for epoch in 1..=3 {
        roll_epoch(&mut host, epoch).unwrap();
        let again = emergency(&mut host, 4);
        refused(
            again,
            abi::WouldLoseQuorum {
                members: 10,
                cut: 4,
                cutMax: 3,
            },
        );
    }
    assert_eq!(members(&mut host, 3), keys(&[4, 5, 6, 7, 8, 9, 10]));
    host.block.timestamp += EMERGENCY_SECONDS;
    emergency(&mut host, 4).unwrap();
}

#[test]
fn candidates_that_never_ran_do_not_stand_in_for_suspended_validators() {
    let mut host = city(7);
    for seed in 8..=13 {
        observer(&mut host, seed);
        done(&mut host, &role_of(seed, Role::Validator));
    }
    for seed in 1..=2 {
        emergency(&mut host, seed).unwrap();
    }
    for epoch in 1..=2 {
        roll_epoch(&mut host, epoch).unwrap();
        let again = emergency(&mut host, 3);
        refused(
            again,
            abi::WouldLoseQuorum {
                members: 7,
                cut: 3,
                cutMax: 2,
            },
        );
    }
    assert_eq!(members(&mut host, 2), keys(&[3, 4, 5, 6, 7]));
}

#[test]
fn a_proof_of_readiness_is_good_once() {
    let mut host = city(4);
    candidate(&mut host, 5);
    let height = host.block.height - 1;
    let old = readiness(5, height, B256::repeat_byte(0xbb)).abi_encode();
    host.block.height += 1;
    done(&mut host, &role_of(5, Role::Observer));
    done(&mut host, &role_of(5, Role::Validator));
    refused_argument(host.call(STRANGER, ADDRESS, &old), "height");
    prove(&mut host, 5);
    assert!(get(&mut host, key(5)).unwrap().ready);
}

/// Solo ordering cannot hand over: the sets name who really orders, whatever roles the city gives.
#[test]
fn a_solo_ledger_keeps_its_validator_and_its_beneficiary_follows() {
    let mut host = city(1);
    observer(&mut host, 5);
    govern(&mut host, &role_of(5, Role::Validator)).unwrap();
    prove(&mut host, 5);
    govern(&mut host, &role_of(1, Role::Standby)).unwrap();
    let mut rolled = host.clone();
    assert_eq!(roll_epoch(&mut rolled, 1), Ok(true), "another ledger hands over");
    assert_eq!(keep_validators(&mut host, 1), Ok(false));
    let orders = |host: &mut MemoryHost| {
        let found = validators(host, u64::MAX).unwrap();
        assert_eq!(found.len(), 1);
        (found[0].key, found[0].beneficiary)
    };
    assert_eq!(orders(&mut host), (key(1), Address::repeat_byte(1)));
    // Who orders cannot be cut off either.
    assert!(govern(&mut host, &abi::suspendCall { key: key(1) }).is_err());
    let heir = Address::repeat_byte(0xee);
    application::set_beneficiary(&mut host, key(1), heir).unwrap();
    assert_eq!(keep_validators(&mut host, 2), Ok(true));
    assert_eq!(orders(&mut host), (key(1), heir));
    refused_argument(keep_validators(&mut host, 2).map(|_| Bytes::new()), "nextEpoch");
}

#[test]
fn a_suspended_organisation_has_no_links() {
    let mut host = city(4);
    join(&mut host, "three");
    let mut request = application(5);
    request.organisation = organisation("three");
    let message = proofs::Application {
        chain_id: CHAIN_ID,
        organisation: request.organisation,
        name: &request.name,
        endpoint: &request.endpoint,
        beneficiary: request.beneficiary,
    }
    .message();
    request.signature = sign(5, message);
    done(&mut host, &request);
    done(&mut host, &admit(5));
    done(&mut host, &role_of(5, Role::Validator));
    prove(&mut host, 5);
    let before = generation(&mut host).unwrap();
    set_organisation(&mut host, "three", IOrganisations::Status::Suspended).unwrap();
    assert!(generation(&mut host).unwrap() > before);
    assert!(!is_active(&mut host, key(5)).unwrap());
    assert_eq!(active_nodes(&mut host).unwrap().len(), 4);
    set_organisation(&mut host, "three", IOrganisations::Status::Active).unwrap();
    assert!(is_active(&mut host, key(5)).unwrap());
    assert_eq!(roll_epoch(&mut host, 1), Ok(false), "the proof of before is void");
}
