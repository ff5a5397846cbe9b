//! Ledgers whose validators change: with faults, across boundaries, and for nodes that were away.

use crate::{
    cluster::{LEADER_TIMEOUT, SimplexCluster, run},
    heard::listen,
};
use civitas_consensus_simplex::{Channel, Config, PublicKey, VotingStart};
use civitas_ordering_contract::{
    Cluster as _, FAST, Faults, Recorder, Running, assert_agreement, start_all, wait_for_height, wait_until,
};
use civitas_ports::{Application as _, Ordering as _};
use civitas_types::Height;
use commonware_codec::{Encode as _, varint::UInt};
use commonware_cryptography::Signer as _;
use commonware_p2p::{Recipients, Sender as _};
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use std::time::Duration;

const NODES: usize = 6;
const COUNT: u8 = 6;
const BLOCKS: u64 = 6;
/// Epochs that a run goes through, at least.
const EPOCHS: u64 = 10;

/// Four of six nodes, another four in every epoch.
pub fn one_leaves_one_joins(epoch: u64) -> Vec<usize> {
    let first = usize::try_from(epoch % NODES as u64).unwrap();
    (0..4).map(|offset| (first + offset) % NODES).collect()
}

/// Four of eight, then the other four.
fn all_leave(epoch: u64) -> Vec<usize> {
    if epoch.is_multiple_of(2) {
        (0..4).collect()
    } else {
        (4..8).collect()
    }
}

fn highest(running: &Running) -> u64 {
    let heights = running
        .applications
        .iter()
        .map(|application| application.delivered().get());
    heights.max().unwrap()
}

/// Starts a stopped node, whose application has lost its newest blocks.
async fn revive(cluster: &mut SimplexCluster, running: &mut Running, node: usize, lost: usize) {
    let application = running.applications[node].restarted(lost);
    running.engines[node] = cluster.start(node, application.clone()).await;
    running.applications[node] = application;
}

fn assert_honest(cluster: &SimplexCluster, nodes: usize) {
    for node in 0..nodes {
        assert_eq!(cluster.engine(node).contradictions(), 0, "seen by node {node}");
    }
}

async fn assert_nobody_blocked(cluster: &SimplexCluster) {
    let blocked = cluster.oracle.blocked().await.unwrap();
    assert!(blocked.is_empty(), "{blocked:?}");
}

/// One fault after the other, as the seed has it: crashes with loss of executed blocks, cuts, power cuts.
async fn misfortunes(cluster: &mut SimplexCluster, running: &mut Running, chance: &mut StdRng) {
    let lost_per_mille = chance.random_range(0..60);
    cluster.relink(&[], lost_per_mille).await;
    for _ in 0..12 {
        let pause = Duration::from_millis(chance.random_range(0..1_500));
        match chance.random_range(0..6) {
            0 => {
                for node in 0..NODES {
                    cluster.stop(node).await;
                }
                for node in 0..NODES {
                    revive(cluster, running, node, chance.random_range(0..3)).await;
                }
                cluster.context.sleep(pause).await;
            }
            1 | 2 => {
                let first = chance.random_range(0..NODES);
                let size = chance.random_range(1..4);
                let isolated: Vec<_> = (0..size).map(|offset| (first + offset) % NODES).collect();
                cluster.relink(&isolated, lost_per_mille).await;
                cluster.context.sleep(pause).await;
                cluster.relink(&[], lost_per_mille).await;
            }
            _ => {
                let node = chance.random_range(0..NODES);
                cluster.stop(node).await;
                cluster.context.sleep(pause).await;
                revive(cluster, running, node, chance.random_range(0..3)).await;
            }
        }
        assert_agreement(&running.applications);
    }
}

#[test]
fn changing_committees_survive_faults() {
    for seed in 100..130 {
        run(seed, async move |context| {
            let mut cluster = SimplexCluster::new(context, COUNT).await;
            cluster.schedule(BLOCKS, one_leaves_one_joins);
            let mut running = start_all(&mut cluster, FAST, Faults::default()).await;
            let mut chance = StdRng::seed_from_u64(seed);
            misfortunes(&mut cluster, &mut running, &mut chance).await;
            cluster.relink(&[], 0).await;
            let goal = (highest(&running) + 4 * BLOCKS).max(EPOCHS * BLOCKS);
            wait_for_height(&cluster.sleep(), &running.applications, goal).await;
            assert_agreement(&running.applications);
            assert_honest(&cluster, NODES);
            assert_nobody_blocked(&cluster).await;
        });
    }
}

#[test]
fn boundaries_cost_no_timeout() {
    run(131, async |context| {
        let mut cluster = SimplexCluster::new(context, COUNT).await;
        cluster.schedule(BLOCKS, one_leaves_one_joins);
        let running = start_all(&mut cluster, FAST, Faults::default()).await;
        wait_for_height(&cluster.sleep(), &running.applications, BLOCKS).await;
        let started = cluster.context.current();
        let goal = 40 * BLOCKS;
        wait_for_height(&cluster.sleep(), &running.applications, goal).await;
        let taken = cluster.context.current().duration_since(started).unwrap();
        assert!(taken < 30 * LEADER_TIMEOUT, "{taken:?} for 39 epochs");
        assert_honest(&cluster, NODES);
    });
}

/// All nodes lose power while they go from one epoch to the next: some have executed the boundary, some have not.
#[test]
fn all_restart_at_a_boundary() {
    for seed in 140..150 {
        run(seed, async move |context| {
            let mut cluster = SimplexCluster::new(context, COUNT).await;
            cluster.schedule(BLOCKS, one_leaves_one_joins);
            let mut running = start_all(&mut cluster, FAST, Faults::default()).await;
            let mut chance = StdRng::seed_from_u64(seed);
            let sleep = cluster.sleep();
            for epoch in [0, 1, 3, 4, 8] {
                let last = cluster.membership().epochs.last(epoch);
                let first = chance.random_range(0..NODES);
                let reached = || running.applications[first].delivered() >= last;
                wait_until(&sleep, "the boundary", reached).await;
                cluster
                    .context
                    .sleep(Duration::from_millis(chance.random_range(0..60)))
                    .await;
                for offset in 0..NODES {
                    cluster.stop((first + offset) % NODES).await;
                }
                for node in 0..NODES {
                    revive(&mut cluster, &mut running, node, chance.random_range(0..2)).await;
                }
            }
            wait_for_height(&sleep, &running.applications, EPOCHS * BLOCKS).await;
            assert_agreement(&running.applications);
            assert_honest(&cluster, NODES);
        });
    }
}

/// Nobody of the new committee was in the old one, so those who know that an epoch has ended have no vote in the
/// next one, and those who have the vote may not know.
#[test]
fn a_committee_hands_over_to_strangers() {
    for seed in 150..160 {
        run(seed, async move |context| {
            let mut cluster = SimplexCluster::new(context, 8).await;
            cluster.schedule(4, all_leave);
            let mut running = start_all(&mut cluster, FAST, Faults::default()).await;
            let mut chance = StdRng::seed_from_u64(seed);
            let sleep = cluster.sleep();
            for epoch in [0_u64, 1, 4] {
                let last = cluster.membership().epochs.last(epoch);
                let members = all_leave(epoch);
                // The strangers hear nothing of the end, and the members lose power when they know it.
                let before = Height::new(last.get() - 1);
                wait_until(&sleep, "the boundary", || {
                    running.applications[members[0]].delivered() >= before
                })
                .await;
                cluster.relink(&members, chance.random_range(0..100)).await;
                wait_until(&sleep, "the end among the members", || {
                    members
                        .iter()
                        .all(|node| running.applications[*node].delivered() >= last)
                })
                .await;
                for node in 0..8 {
                    cluster.stop(node).await;
                    revive(&mut cluster, &mut running, node, 0).await;
                }
                cluster.relink(&[], chance.random_range(0..100)).await;
            }
            wait_for_height(&sleep, &running.applications, 40).await;
            assert_agreement(&running.applications);
            assert_honest(&cluster, 8);
        });
    }
}

#[test]
fn a_node_that_was_away_for_epochs_comes_back_through_all_committees() {
    run(160, async |context| {
        let listener = Config::private_key(&[99; 32]).unwrap().public_key();
        let mut cluster = SimplexCluster::with_listener(context, COUNT, Some(listener.clone())).await;
        cluster.schedule(BLOCKS, one_leaves_one_joins);
        let votes = listen(&cluster, listener).await;
        let mut running = start_all(&mut cluster, FAST, Faults::default()).await;
        let sleep = cluster.sleep();
        wait_for_height(&sleep, &running.applications, BLOCKS + 2).await;
        cluster.stop(2).await;
        // Node 2 is in the committees of epochs 0, 1, 2, 5, 6, 7 and 8, and so on.
        let others: Vec<_> = [0, 1, 3, 4, 5]
            .map(|node| running.applications[node].clone())
            .into();
        wait_for_height(&sleep, &others, 9 * BLOCKS).await;
        revive(&mut cluster, &mut running, 2, 0).await;
        let goal = highest(&running) + 2 * BLOCKS;
        wait_for_height(&sleep, &running.applications, goal).await;
        let name = cluster.public_key(2);
        let votes_again = || {
            votes
                .lock()
                .epochs_of(&name)
                .last()
                .is_some_and(|epoch| *epoch > 9)
        };
        wait_until(&sleep, "it votes again", votes_again).await;
        assert_agreement(&running.applications);
        assert_honest(&cluster, NODES);
        votes.lock().assert_no_contradiction();
    });
}

/// A member that loses its disk, in an epoch of `blocks`, again and again.
async fn wiped_members(cluster: &mut SimplexCluster, seed: u64, listener: PublicKey) {
    let votes = listen(cluster, listener).await;
    let mut running = start_all(cluster, FAST, Faults::default()).await;
    let mut chance = StdRng::seed_from_u64(seed);
    let sleep = cluster.sleep();
    for _ in 0..4 {
        let pause = Duration::from_millis(chance.random_range(0..2_000));
        cluster.context.sleep(pause).await;
        let node = chance.random_range(0..NODES);
        cluster.stop(node).await;
        cluster.wipe(node);
        let membership = cluster.membership();
        running.applications[node] = Recorder::new(sleep.clone(), membership, FAST, Faults::default());
        let application = running.applications[node].clone();
        let engine = cluster.launch(node, VotingStart::AfterCatchUp, application).await;
        assert!(!engine.status().voting);
        // One at a time: a committee of four bears one that is silent.
        wait_until(&sleep, "the wiped node votes", || engine.status().voting).await;
        let goal = highest(&running) + 2;
        wait_for_height(&sleep, &running.applications, goal).await;
        running.engines[node] = engine;
        assert_agreement(&running.applications);
    }
    assert_honest(cluster, NODES);
    assert_nobody_blocked(cluster).await;
    votes.lock().assert_no_contradiction();
}

#[test]
fn a_wiped_member_never_contradicts_itself() {
    for (seed, blocks) in (170..182).zip([4, 6, 10, 40].into_iter().cycle()) {
        run(seed, async move |context| {
            let listener = Config::private_key(&[99; 32]).unwrap().public_key();
            let mut cluster = SimplexCluster::with_listener(context, COUNT, Some(listener.clone())).await;
            cluster.schedule(blocks, one_leaves_one_joins);
            wiped_members(&mut cluster, seed, listener).await;
        });
    }
}

/// A linked peer sends rubbish for epochs of a range, until it is cut off for it.
fn flood_for(seed: u64, epochs: std::ops::Range<u64>) {
    run(seed, async move |context| {
        let key = Config::private_key(&[98; 32]).unwrap().public_key();
        let mut cluster = SimplexCluster::with_listener(context, COUNT, Some(key.clone())).await;
        cluster.schedule(BLOCKS, one_leaves_one_joins);
        cluster.admit(&key).await;
        let running = start_all(&mut cluster, FAST, Faults::default()).await;
        for channel in [Channel::VOTES, Channel::CERTIFICATES, Channel::CERTIFICATE_FETCH] {
            let (mut sender, _receiver) = cluster.channel(&key, channel).await;
            let epochs = epochs.clone();
            cluster.context.child("flood").spawn(move |context| async move {
                let mut chance = StdRng::seed_from_u64(seed);
                loop {
                    for _ in 0..50 {
                        let mut message = UInt(chance.random_range(epochs.clone())).encode().to_vec();
                        message.resize(chance.random_range(10..4_000), 0xaa);
                        let _ = sender.send(Recipients::All, message, false);
                    }
                    context.sleep(Duration::from_millis(10)).await;
                }
            });
        }
        wait_for_height(&cluster.sleep(), &running.applications, EPOCHS * BLOCKS).await;
        assert_agreement(&running.applications);
        assert_honest(&cluster, NODES);
    });
}

#[test]
fn a_flood_for_epochs_that_are_not_there_stops_nothing() {
    flood_for(190, 1_000..u64::MAX);
}

/// Those of the past, the current one, and those that are about to come: some of it is kept, or asked for.
#[test]
fn a_flood_for_epochs_around_the_current_one_stops_nothing() {
    flood_for(191, 0..EPOCHS + 3);
    flood_for(192, 1..3);
    flood_for(193, EPOCHS / 2..EPOCHS + 3);
}

/// Journals of epochs that are over do not pile up.
#[test]
fn old_journals_are_removed() {
    run(200, async |context| {
        let mut cluster = SimplexCluster::new(context, COUNT).await;
        cluster.schedule(BLOCKS, one_leaves_one_joins);
        let running = start_all(&mut cluster, FAST, Faults::default()).await;
        wait_for_height(&cluster.sleep(), &running.applications, EPOCHS * BLOCKS).await;
        for node in 0..NODES {
            let mut kept = 0;
            for epoch in 0..EPOCHS + 10 {
                for kind in ["votes", "following"] {
                    let partition = format!("node-{node}-0-{kind}-{epoch}");
                    kept += usize::from(
                        commonware_runtime::Storage::scan(&cluster.context, &partition)
                            .await
                            .is_ok(),
                    );
                }
            }
            assert!((1..=3).contains(&kept), "node {node} keeps {kept} journals");
        }
    });
}

/// What a node executed decides who may vote: nothing of an epoch happens before its base is executed.
#[test]
fn an_epoch_waits_for_the_execution_of_the_one_before() {
    run(210, async |context| {
        let mut cluster = SimplexCluster::new(context, 4).await;
        cluster.schedule(BLOCKS, |_| (0..4).collect());
        let last = cluster.membership().epochs.last(1);
        let faults = Faults {
            hang_at: Some(last),
            ..Faults::default()
        };
        let running = start_all(&mut cluster, FAST, faults).await;
        let sleep = cluster.sleep();
        wait_until(&sleep, "the boundary everywhere", || {
            running
                .applications
                .iter()
                .all(|application| application.attempts().contains(&last))
        })
        .await;
        cluster.context.sleep(Duration::from_secs(10)).await;
        for (application, engine) in running.applications.iter().zip(&running.engines) {
            assert_eq!(engine.status().epoch, 1);
            assert_eq!(
                engine.status().finalized,
                last,
                "nothing above the boundary is final"
            );
            assert_eq!(application.delivered().next(), last);
        }
    });
}
