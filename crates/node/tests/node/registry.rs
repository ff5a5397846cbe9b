//! Who may link: what the follower of the registry tells the links, and which nodes fit.

use crate::memory_ledger::{Ledger, hash_of};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use civitas_crypto::{
    NodeKeyPair,
    pki::{AuthorityKey, AuthorityRequest, CertificateAuthority, Validity},
};
use civitas_mempool::{Pool, Rules};
use civitas_network::{NetworkError, Peer};
use civitas_node::registry::{Admission, Follower};
use civitas_ports::LedgerStore;
use civitas_system_contracts::{
    address::{GOVERNANCE, NODES, ORGANISATIONS},
    interfaces::{INodes, IOrganisations},
    memory::MemoryHost,
    nodes::{self, Role},
    organisations,
};
use civitas_types::Block;
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tokio::sync::broadcast;

/// Longer than the newest block of a node that has caught up may be old.
const LONG: Duration = Duration::from_secs(3_600);
const VALIDATORS: u8 = 4;
const SUSPENDED: u8 = 5;
const REVOKED: u8 = 6;
const OBSERVER: u8 = 7;
/// The registry has never heard of it.
const UNKNOWN: u8 = 9;

fn key(byte: u8) -> B256 {
    B256::repeat_byte(byte)
}

fn endpoint(byte: u8) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1_000 + u16::from(byte)))
}

/// Validators 1 to 4, and one node of each other kind.
fn city() -> Ledger {
    city_with(&[])
}

/// The same, with anchors of their organisation on the ledger.
fn city_with(anchors: &[&[u8]]) -> Ledger {
    let mut host = MemoryHost::default();
    let call = |host: &mut MemoryHost, contract: Address, input: Vec<u8>| {
        host.call(GOVERNANCE, contract, &input).unwrap();
    };
    let join = IOrganisations::joinCall {
        name: "one".to_owned(),
        kind: IOrganisations::Kind::Business,
        level: 1,
        voting: true,
    };
    call(&mut host, ORGANISATIONS, join.abi_encode());
    for byte in 1..=OBSERVER {
        let node = nodes::GenesisNode {
            key: key(byte),
            organisation: organisations::id_of("one"),
            name: &format!("node-{byte}"),
            endpoint: &endpoint(byte).to_string(),
            beneficiary: Address::ZERO,
            role: if byte <= VALIDATORS {
                Role::Validator
            } else {
                Role::Observer
            },
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    nodes::seal_genesis(&mut host).unwrap();
    for anchor in anchors {
        let add = IOrganisations::addAnchorCall {
            id: organisations::id_of("one"),
            certificate: Bytes::copy_from_slice(anchor),
        };
        call(&mut host, ORGANISATIONS, add.abi_encode());
    }
    call(
        &mut host,
        NODES,
        INodes::suspendCall { key: key(SUSPENDED) }.abi_encode(),
    );
    call(
        &mut host,
        NODES,
        INodes::revokeCall { key: key(REVOKED) }.abi_encode(),
    );
    Ledger {
        states: [(1, host.storage)].into(),
        oldest: 0,
    }
}

fn block() -> Arc<Block> {
    Arc::new(Block {
        header: Default::default(),
        hash: hash_of(1),
        transactions: Vec::new(),
        receipts: Vec::new(),
        ommers: Vec::new(),
        withdrawals: None,
        omitted: Vec::new(),
        timestamp_ms: 0,
    })
}

/// What the links are told over so many blocks on the same state, `age` after it; the first answers are errors.
fn told(age: Duration, blocks: usize, errors: usize) -> Vec<Admission> {
    told_of(city(), age, blocks, errors)
}

fn told_of(city: Ledger, age: Duration, blocks: usize, errors: usize) -> Vec<Admission> {
    deterministic::Runner::seeded(1).start(|context| async move {
        context.sleep(age).await;
        let store: Arc<dyn LedgerStore> = Arc::new(city);
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = told.clone();
        let rules = Rules {
            chain_id: 7,
            base_fee: 0,
            transaction_bytes_max: 1_000,
            transaction_gas_max: 1_000_000,
        };
        let follower = Follower {
            clock: context.child("clock"),
            pool: Arc::new(Pool::new(
                Default::default(),
                rules,
                store.clone(),
                Box::new(|_, _| Ok(())),
            )),
            store,
            key: NodeKeyPair::generate().unwrap(),
            chain_id: 7,
            base_fee: 0,
            configured: [1, SUSPENDED, REVOKED, UNKNOWN].map(key).to_vec(),
            admit: Box::new(move |admission| {
                let mut kept = kept.lock();
                kept.push(admission.clone());
                if kept.len() <= errors {
                    return Err(NetworkError::BadKey { key: key(1) });
                }
                Ok(())
            }),
        };
        let (heads, followed) = broadcast::channel(16);
        for _ in 0..blocks {
            heads.send(block()).unwrap();
        }
        drop(heads);
        follower.run(followed).await;
        told.lock().clone()
    })
}

fn keys(bytes: &[u8]) -> Vec<B256> {
    bytes.iter().copied().map(key).collect()
}

fn active(admission: &Admission) -> Vec<B256> {
    let mut found: Vec<_> = admission.active.iter().map(|node| node.key).collect();
    found.sort_unstable();
    found
}

#[test]
fn while_a_node_syncs_it_keeps_its_configured_peers_but_those_that_were_excluded() {
    let syncing = told(LONG, 3, 0);
    assert_eq!(syncing.len(), 1);
    assert_eq!(active(&syncing[0]), keys(&[1, 2, 3, 4, OBSERVER]));
    assert_eq!(syncing[0].configured, keys(&[SUSPENDED, UNKNOWN]));
    let caught_up = told(Duration::ZERO, 3, 0);
    assert_eq!(caught_up.len(), 1);
    assert_eq!(active(&caught_up[0]), keys(&[1, 2, 3, 4, OBSERVER]));
    assert!(caught_up[0].configured.is_empty());
}

#[test]
fn links_that_do_not_take_the_nodes_are_told_them_again_with_the_next_block() {
    for errors in 0..3 {
        assert_eq!(told(LONG, 5, errors).len(), errors + 1);
        let caught_up = told(Duration::ZERO, 5, errors);
        assert_eq!(caught_up.len(), errors + 1);
        // Nor has the node caught up before the links follow, or the nodes of its settings would stay.
        assert!(caught_up.iter().all(|admission| admission.configured.is_empty()));
    }
}

#[test]
fn where_more_nodes_may_link_than_fit_the_validators_come_first_and_nobody_else_stays() {
    let admission = told(LONG, 0, 0).remove(0);
    let peer = |byte| Peer {
        key: key(byte),
        address: endpoint(byte).into(),
    };
    let own = peer(2);
    let configured = [1, SUSPENDED, REVOKED, UNKNOWN].map(peer);
    let check = |peers_max, expected: &[u8], left_out| {
        let admitted = admission.peers(&own, &configured, peers_max);
        let found: Vec<_> = admitted.peers.iter().map(|peer| peer.key).collect();
        assert_eq!(found, keys(expected), "{peers_max}");
        assert_eq!(admitted.left_out, left_out, "{peers_max}");
    };
    check(32, &[2, 1, 3, 4, SUSPENDED, UNKNOWN, OBSERVER], 0);
    check(6, &[2, 1, 3, 4, SUSPENDED, UNKNOWN, OBSERVER], 0);
    check(5, &[2, 1, 3, 4, SUSPENDED, UNKNOWN], 1);
    check(3, &[2, 1, 3, 4], 3);
    check(1, &[2, 1], 5);
}

#[test]
fn once_it_has_caught_up_a_node_tells_the_links_who_may_certify_whom() {
    let authority = CertificateAuthority::create(&AuthorityRequest {
        name: "authority".to_owned(),
        organisation: "one".to_owned(),
        validity: Validity::from_now(UNIX_EPOCH, 10).unwrap(),
    })
    .unwrap();
    let anchor: &[u8] = authority.certificate().der();
    let unreadable: &[u8] = &[0x30, 0x82, 1, 2];
    let known: BTreeSet<_> = [AuthorityKey::of(anchor).unwrap()].into();
    // With anchors of which none can be read, nobody certifies; without anchors, whoever is trusted.
    for (anchors, expected) in [
        (vec![], None),
        (vec![anchor], Some(known.clone())),
        (vec![anchor, unreadable], Some(known)),
        (vec![unreadable], Some(BTreeSet::new())),
    ] {
        let caught_up = told_of(city_with(&anchors), Duration::ZERO, 1, 0).remove(0);
        let active = active(&caught_up).into_iter();
        let expected: BTreeMap<_, _> = active.filter_map(|key| Some((key, expected.clone()?))).collect();
        assert_eq!(caught_up.certifiers, expected);
        let syncing = told_of(city_with(&anchors), LONG, 1, 0).remove(0);
        assert!(syncing.certifiers.is_empty());
    }
}
