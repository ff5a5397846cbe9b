//! Who becomes a validator proves that it is ready; every way to prove it wrongly.

use super::*;
use crate::nodes::proofs::{LedgerReadiness, ready_message};
use alloy_sol_types::SolEvent as _;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

const STRANGER: Address = Address::repeat_byte(0x99);
const LATE: B256 = B256::repeat_byte(0xbb);

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn key(seed: u8) -> B256 {
    B256::from_slice(pair(seed).public_key().as_ref())
}

fn signed(seed: u8, message: B256) -> Bytes {
    Bytes::copy_from_slice(pair(seed).sign(message.as_slice()).as_ref())
}

/// The proof of the node with this seed for the ledger 900, by the block before the newest one.
fn proof(host: &MemoryHost, seed: u8) -> abi::readyCall {
    let height = host.block.height - 1;
    let readiness = LedgerReadiness {
        chain_id: CHAIN_ID,
        ledger: 900,
        height,
        block_hash: LATE,
    };
    abi::readyCall {
        name: "trade-1".to_owned(),
        key: key(seed),
        height,
        blockHash: LATE,
        signature: signed(seed, readiness.message()),
    }
}

fn prove(host: &mut MemoryHost, request: &abi::readyCall) -> Result<Bytes, Fault> {
    host.call(STRANGER, ADDRESS, &request.abi_encode())
}

fn is_ready(host: &mut MemoryHost, seed: u8) -> bool {
    let query = abi::isReadyCall {
        name: "trade-1".to_owned(),
        key: key(seed),
    };
    let answer = host.call(STRANGER, ADDRESS, &query.abi_encode()).unwrap();
    abi::isReadyCall::abi_decode_returns(&answer).unwrap()
}

/// Moves to the next block.
fn next_block(host: &mut MemoryHost) {
    host.block_hashes.insert(host.block.height, LATE);
    host.block.height += 1;
}

/// The validators 1 to 4 and those with the seeds, with this role.
fn with(seeds: &[u8], role: Role) -> Vec<Member> {
    let mut members = validators(&[1, 2, 3, 4]);
    members.extend(seeds.iter().map(|seed| Member {
        key: key(*seed),
        role,
    }));
    members
}

/// The city with the nodes of the seeds 1 and 2, and the ledger 900, of which the first is a validator that was added.
fn city_with_newcomer() -> MemoryHost {
    let mut host = city();
    let join = IOrganisations::joinCall {
        name: "two".to_owned(),
        kind: OrganisationKind::Business,
        level: 1,
        voting: false,
    };
    host.call(GOVERNANCE, crate::address::ORGANISATIONS, &join.abi_encode())
        .unwrap();
    for seed in [1, 2] {
        let node = nodes::GenesisNode {
            key: key(seed),
            organisation: organisations::id_of("two"),
            name: &format!("seed-{seed}"),
            endpoint: "",
            beneficiary: Address::ZERO,
            role: nodes::Role::Observer,
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    govern(&mut host, &creation()).unwrap();
    govern(&mut host, &change(with(&[1], Role::Validator))).unwrap();
    next_block(&mut host);
    host
}

#[test]
fn the_proof_of_a_newcomer_is_taken_once() {
    let mut host = city_with_newcomer();
    for byte in 1..=4 {
        assert!(super::is_ready(&mut host, 900, B256::repeat_byte(byte)).unwrap());
        assert!(!super::is_ready(&mut host, 901, B256::repeat_byte(byte)).unwrap());
    }
    assert!(!is_ready(&mut host, 1));
    let before = generation(&mut host).unwrap();
    let first = proof(&host, 1);
    prove(&mut host, &first).unwrap();
    assert!(is_ready(&mut host, 1));
    assert_eq!(generation(&mut host).unwrap(), before + 1);
    let (_, log) = host.events.last().unwrap();
    let event = abi::LedgerMemberReady::decode_log_data(log).unwrap();
    assert_eq!(
        (event.chainId, event.key, event.height),
        (900, key(1), first.height)
    );
    prove(&mut host, &first).unwrap();
    assert_eq!(generation(&mut host).unwrap(), before + 1, "nothing is new");
    // A change that leaves it its role leaves it ready.
    govern(&mut host, &change(with(&[1], Role::Validator))).unwrap();
    assert!(is_ready(&mut host, 1));
    // Lost and given again: what was proved before is used up, and so is every block before.
    next_block(&mut host);
    govern(&mut host, &change(with(&[1], Role::Standby))).unwrap();
    assert!(!is_ready(&mut host, 1));
    let role = Role::Standby;
    let late = proof(&host, 1);
    refused(prove(&mut host, &late), abi::WrongRole { key: key(1), role });
    govern(&mut host, &change(with(&[1], Role::Validator))).unwrap();
    for used_up in [&first, &late] {
        refused_argument(prove(&mut host, used_up), "height");
    }
    next_block(&mut host);
    let fresh = proof(&host, 1);
    prove(&mut host, &fresh).unwrap();
    assert!(is_ready(&mut host, 1));
}

#[test]
fn what_proves_nothing_is_refused() {
    let mut host = city_with_newcomer();
    let good = proof(&host, 1);
    let height = good.height;
    let bad = || abi::BadSignature { key: key(1) };
    let with_signature = |signature: Bytes| abi::readyCall {
        signature,
        ..good.clone()
    };
    let readiness = |chain_id, ledger| LedgerReadiness {
        chain_id,
        ledger,
        height,
        block_hash: LATE,
    };
    for signature in [
        proof(&host, 2).signature,
        signed(1, readiness(CHAIN_ID, 901).message()),
        signed(1, readiness(CHAIN_ID + 1, 900).message()),
        signed(1, ready_message(CHAIN_ID, height, LATE)),
        signed(1, ready_message(900, height, LATE)),
        Bytes::new(),
        good.signature.slice(..63),
    ] {
        refused(prove(&mut host, &with_signature(signature)), bad());
    }
    for (height, block_hash) in [(height, B256::ZERO), (height - 1, LATE), (height + 1, LATE)] {
        let unknown = abi::readyCall {
            height,
            blockHash: block_hash,
            ..good.clone()
        };
        refused(
            prove(&mut host, &unknown),
            abi::BlockUnknown {
                height,
                blockHash: block_hash,
            },
        );
    }
    let stranger = proof(&host, 2);
    let role = Role::None;
    refused(prove(&mut host, &stranger), abi::WrongRole { key: key(2), role });
    let name = "trade-2".to_owned();
    let foreign = abi::readyCall {
        name: name.clone(),
        ..good.clone()
    };
    refused(prove(&mut host, &foreign), abi::LedgerUnknown { name });
    let suspend = crate::interfaces::INodes::suspendCall { key: key(1) };
    let mut suspended = host.clone();
    suspended
        .call(GOVERNANCE, crate::address::NODES, &suspend.abi_encode())
        .unwrap();
    refused(prove(&mut suspended, &good), abi::NodeNotActive { key: key(1) });
    // A ledger that stands still still gets its validators; one that has ended does not.
    govern(&mut host, &freeze()).unwrap();
    prove(&mut host.clone(), &good).unwrap();
    govern(&mut host, &close()).unwrap();
    let name = "trade-1".to_owned();
    refused(prove(&mut host, &good), abi::LedgerClosed { name });
}

/// A proof for one ledger says nothing on another one with the same members.
#[test]
fn a_proof_is_for_one_ledger() {
    let mut host = city_with_newcomer();
    let mut other = creation();
    other.name = "trade-2".to_owned();
    other.chainId = 901;
    govern(&mut host, &other).unwrap();
    let mut added = change(with(&[1], Role::Validator));
    added.name = "trade-2".to_owned();
    govern(&mut host, &added).unwrap();
    next_block(&mut host);
    let good = proof(&host, 1);
    let foreign = abi::readyCall {
        name: "trade-2".to_owned(),
        ..good.clone()
    };
    refused(prove(&mut host, &foreign), abi::BadSignature { key: key(1) });
    prove(&mut host, &good).unwrap();
    assert!(!super::is_ready(&mut host, 901, key(1)).unwrap());
}

/// Who comes back proves again, after a suspension of its own and after one of its organisation.
#[test]
fn suspensions_end_a_proof() {
    use crate::interfaces::{INodes, IOrganisations::Status as OrganisationStatus};
    let mut host = city_with_newcomer();
    let around = |host: &mut MemoryHost, contract, calls: [Vec<u8>; 2]| {
        let before = proof(host, 1);
        prove(host, &before).unwrap();
        assert!(is_ready(host, 1));
        for call in calls {
            host.call(GOVERNANCE, contract, &call).unwrap();
        }
        assert!(!is_ready(host, 1));
        refused_argument(prove(host, &before), "height");
        next_block(host);
    };
    let key = key(1);
    let calls = [
        INodes::suspendCall { key }.abi_encode(),
        INodes::reactivateCall { key }.abi_encode(),
    ];
    around(&mut host, crate::address::NODES, calls);
    let set = |status| {
        let id = organisations::id_of("two");
        IOrganisations::setStatusCall { id, status }.abi_encode()
    };
    let calls = [
        set(OrganisationStatus::Suspended),
        set(OrganisationStatus::Active),
    ];
    around(&mut host, crate::address::ORGANISATIONS, calls);
}
