//! Tests of the contract: what is anchored, and every refusal.

use super::*;
use crate::{
    address::GOVERNANCE,
    checks::{refused, refused_argument},
    interfaces::{INodes, IOrganisations, IOrganisations::Kind as OrganisationKind},
    memory::MemoryHost,
    organisations,
};
use alloy_primitives::Address;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

const CHAIN_ID: u64 = 77;
const HEAD: B256 = B256::repeat_byte(0xaa);
const ANYBODY: Address = Address::repeat_byte(0x99);

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn key(seed: u8) -> B256 {
    B256::from_slice(pair(seed).public_key().as_ref())
}

/// A city with the validators 1 to 4.
fn city() -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = CHAIN_ID;
    host.block.height = 1_000;
    host.block.timestamp = 1_800_000_000;
    let join = IOrganisations::joinCall {
        name: "one".to_owned(),
        kind: OrganisationKind::Business,
        level: 1,
        voting: true,
    };
    host.call(GOVERNANCE, crate::address::ORGANISATIONS, &join.abi_encode())
        .unwrap();
    for seed in 1..=4 {
        let node = nodes::GenesisNode {
            key: key(seed),
            organisation: organisations::id_of("one"),
            name: &format!("node-{seed}"),
            endpoint: "",
            beneficiary: Address::ZERO,
            role: nodes::Role::Validator,
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    nodes::seal_genesis(&mut host).unwrap();
    host
}

fn anchor_call(seed: u8, from_index: u64, to_index: u64) -> abi::anchorCall {
    let statement = proofs::AuditAnchor {
        chain_id: CHAIN_ID,
        from_index,
        to_index,
        head_hash: HEAD,
    };
    abi::anchorCall {
        nodeKey: key(seed),
        fromIndex: from_index,
        toIndex: to_index,
        headHash: HEAD,
        signature: Bytes::copy_from_slice(pair(seed).sign(statement.message().as_slice()).as_ref()),
    }
}

fn send(host: &mut MemoryHost, request: &abi::anchorCall) -> Result<Bytes, Fault> {
    host.call(ANYBODY, ADDRESS, &request.abi_encode())
}

#[test]
fn anchors_join_without_gap() {
    let mut host = city();
    let not_contiguous = |expected: u64| abi::NotContiguous {
        nodeKey: key(1),
        expectedFromIndex: expected,
    };
    refused(send(&mut host, &anchor_call(1, 1, 9)), not_contiguous(0));
    send(&mut host, &anchor_call(1, 0, 9)).unwrap();
    assert_eq!(host.events.last().unwrap().0, ADDRESS);
    refused(
        send(&mut host, &anchor_call(1, 10, 10)),
        abi::AnchorTooSoon {
            nodeKey: key(1),
            nextHeight: 1_010,
        },
    );
    send(&mut host, &anchor_call(2, 0, 0)).unwrap();
    host.block.height += ANCHOR_BLOCKS_MIN;
    for from in [0, 9, 11] {
        refused(send(&mut host, &anchor_call(1, from, 20)), not_contiguous(10));
    }
    send(&mut host, &anchor_call(1, 10, 10)).unwrap();
    let found = anchors(&mut host, key(1), 0, u64::MAX).unwrap();
    let spans: Vec<(u64, u64, u64)> = found
        .iter()
        .map(|anchor| (anchor.fromIndex, anchor.toIndex, anchor.height))
        .collect();
    assert_eq!(spans, [(0, 9, 1_000), (10, 10, 1_010)]);
    assert_eq!(last_anchor(&mut host, key(1)).unwrap().as_ref(), found.last());
    assert_eq!(anchors(&mut host, key(1), 1, 1).unwrap(), found[1..]);
    let query = abi::lastAnchorCall { nodeKey: key(3) };
    refused(
        host.call(ANYBODY, ADDRESS, &query.abi_encode()),
        abi::AnchorUnknown { nodeKey: key(3) },
    );
}

#[test]
fn anchors_are_checked() {
    let mut host = city();
    refused_argument(send(&mut host, &anchor_call(1, 0, u64::MAX)), "toIndex");
    let mut empty = anchor_call(1, 0, 9);
    empty.headHash = B256::ZERO;
    refused_argument(send(&mut host, &empty), "headHash");
    for change in [
        |request: &mut abi::anchorCall| request.toIndex = 8,
        |request: &mut abi::anchorCall| request.headHash = B256::repeat_byte(1),
        |request: &mut abi::anchorCall| request.signature = Bytes::new(),
        |request: &mut abi::anchorCall| request.signature = vec![0; 64].into(),
        |request: &mut abi::anchorCall| request.signature = anchor_call(2, 0, 9).signature,
    ] {
        let mut request = anchor_call(1, 0, 9);
        change(&mut request);
        refused(send(&mut host, &request), abi::BadSignature { key: key(1) });
    }
    host.block.chain_id += 1;
    refused(
        send(&mut host, &anchor_call(1, 0, 9)),
        abi::BadSignature { key: key(1) },
    );
    host.block.chain_id = CHAIN_ID;
    refused(
        send(&mut host, &anchor_call(9, 0, 9)),
        abi::NodeNotActive { key: key(9) },
    );
    let suspend = INodes::suspendValidatorCall { key: key(1) };
    host.call(GOVERNANCE, crate::address::NODES, &suspend.abi_encode())
        .unwrap();
    refused(
        send(&mut host, &anchor_call(1, 0, 9)),
        abi::NodeNotActive { key: key(1) },
    );
    // An index below the first of the anchor can only be met after an anchor.
    send(&mut host, &anchor_call(2, 0, 9)).unwrap();
    host.block.height += ANCHOR_BLOCKS_MIN;
    refused_argument(send(&mut host, &anchor_call(2, 10, 9)), "toIndex");
}

/// The one function that changes something is open: a signature of the node decides.
#[test]
fn nothing_else_changes_anything() {
    let abi = (CONTRACT.abi)();
    let changes = abi
        .functions()
        .filter(|function| function.state_mutability != alloy_json_abi::StateMutability::View);
    let names: Vec<&str> = changes.map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["anchor"]);
}
