//! Random lives of validators: whatever happens, a ledger keeps its quorum and reaches the set that was voted for.

use super::*;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use std::collections::BTreeSet;

/// Lives that are played.
const SEEDS: u64 = 64;
/// Epochs of a life.
const EPOCHS: u64 = 40;
/// Nodes that exist besides the validators of the genesis.
const OTHERS: u16 = 12;

/// Keys of the newest set, and those of them that have no links.
fn newest(host: &mut MemoryHost) -> (BTreeSet<B256>, usize) {
    let keys: BTreeSet<B256> = members(host, u64::MAX).into_iter().collect();
    let cut = keys.iter().filter(|key| !is_active(host, **key).unwrap()).count();
    (keys, cut)
}

fn wanted(host: &mut MemoryHost, seeds: u16) -> BTreeSet<B256> {
    let node = |seed| get(host, key(seed)).unwrap();
    let nodes: Vec<Node> = (1..=seeds).map(node).collect();
    let wanted = nodes
        .into_iter()
        .filter(|node| node.role == Role::Validator && node.status == Status::Active && node.ready);
    wanted.map(|node| node.key).collect()
}

/// One random act; most are refused, which is part of the test.
fn act(host: &mut MemoryHost, random: &mut StdRng, seeds: u16) {
    let seed = random.random_range(1..=seeds);
    let key = key(seed);
    let late = B256::repeat_byte(0xbb);
    let before = host.clone();
    let result = match random.random_range(0..12) {
        0..=2 => govern(host, &role_of(seed, Role::Validator)),
        3..=5 => govern(host, &readiness(seed, HEIGHT - 1, late)),
        6 => govern(host, &role_of(seed, Role::Standby)),
        7 => govern(host, &abi::suspendValidatorCall { key }),
        8 => govern(host, &abi::reactivateCall { key }),
        9 if random.random_range(0..4) == 0 => govern(host, &abi::revokeValidatorCall { key }),
        10 => emergency(host, seed).map(|()| Bytes::new()),
        _ => {
            host.block.timestamp += random.random_range(0..EMERGENCY_SECONDS);
            Ok(Bytes::new())
        }
    };
    if result.is_err() {
        assert_eq!(host.storage, before.storage, "a refusal leaves nothing behind");
    }
}

fn live(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let genesis = random.random_range(1..=10);
    let seeds = genesis + OTHERS;
    let mut host = city(genesis);
    for node in genesis + 1..=seeds {
        observer(&mut host, node);
    }
    let mut epoch = 0;
    let mut generation_before = 0;
    let mut roll = |host: &mut MemoryHost| {
        epoch += 1;
        host.events.clear();
        let (old, _) = newest(host);
        let wanted = wanted(host, seeds);
        let changed = roll_epoch(host, epoch).unwrap();
        let (new, cut) = newest(host);
        assert_eq!(changed, old != new, "seed {seed}, epoch {epoch}");
        assert!(
            !changed || step::is_safe(&old, &new),
            "seed {seed}, epoch {epoch}: {old:?} to {new:?}"
        );
        assert_eq!(cut, 0, "seed {seed}, epoch {epoch}: who has no links has left");
        let quorum = old.len() - step::faults_max(old.len());
        let stayed = old.intersection(&new).count();
        assert!(old.len() < 4 || stayed >= quorum, "seed {seed}, epoch {epoch}");
        // The new set works although every newcomer were dead.
        let quorum = new.len() - step::faults_max(new.len());
        assert!(old.len() < 4 || stayed >= quorum, "seed {seed}, epoch {epoch}");
        assert!(
            changed || old == wanted,
            "seed {seed}, epoch {epoch}: a step is made while one is wanted"
        );
        let generation_now = generation(host).unwrap();
        assert!(generation_now >= generation_before, "seed {seed}, epoch {epoch}");
        generation_before = generation_now;
    };
    for _ in 0..EPOCHS {
        for _ in 0..random.random_range(0..12) {
            act(&mut host, &mut random, seeds);
            let (members, cut) = newest(&mut host);
            assert!(
                !members.is_empty() && cut <= step::faults_max(members.len()),
                "seed {seed}"
            );
        }
        roll(&mut host);
    }
    // Quiet: every candidate that can prove does so in each epoch, and the set becomes what was voted for.
    for _ in 0..=seeds * 2 {
        for node in 1..=seeds {
            let found = get(&mut host, key(node)).unwrap();
            if found.role == Role::Validator && found.status == Status::Active {
                prove(&mut host, node);
            }
        }
        roll(&mut host);
    }
    for node in 1..=seeds {
        let found = get(&mut host, key(node)).unwrap();
        if found.role == Role::Validator && found.status == Status::Active {
            prove(&mut host, node);
        }
    }
    let (members, _) = newest(&mut host);
    assert_eq!(
        members,
        wanted(&mut host, seeds),
        "seed {seed}: the wanted set is reached"
    );
}

#[test]
fn validator_sets_keep_their_quorum_and_reach_what_is_wanted() {
    for seed in 0..SEEDS {
        live(seed);
    }
}
