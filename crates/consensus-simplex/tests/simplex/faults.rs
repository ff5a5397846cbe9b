//! What a BFT ledger must survive: a dead validator, and one that comes back without its disk.

use crate::{
    cluster::{Context, SimplexCluster, run, runner},
    heard::listen,
};
use civitas_consensus_simplex::{Config, VotingStart};
use civitas_ordering_contract::{
    Cluster as _, FAST, Faults, Recorder, assert_agreement, start_all, wait_for_height, wait_until,
};
use civitas_ports::{Application as _, Ordering as _};
use civitas_types::Payload;
use commonware_cryptography::Signer as _;
use commonware_runtime::{Clock as _, deterministic::Runner};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

#[test]
fn a_dead_validator_is_soon_skipped() {
    run(11, async |context| {
        let mut cluster = SimplexCluster::new(context, 4).await;
        let running = start_all(&mut cluster, FAST, Faults::default()).await;
        let sleep = cluster.sleep();
        wait_for_height(&sleep, &running.applications, 8).await;
        cluster.stop(3).await;
        let alive = &running.applications[..3];
        // Until it is known to be inactive, each of its turns costs a leader timeout.
        cluster.context.sleep(Duration::from_secs(6)).await;
        let before = alive[0].delivered().get();
        cluster.context.sleep(Duration::from_secs(10)).await;
        let made = alive[0].delivered().get() - before;
        assert!(
            made >= 100,
            "{made} blocks in ten seconds with one validator of four dead"
        );
        assert_agreement(&running.applications);

        let application = running.applications[3].restarted(0);
        cluster.start(3, application.clone()).await;
        let goal = alive[0].delivered().get() + 40;
        wait_for_height(&sleep, &[application.clone(), alive[0].clone()], goal).await;
        let payloads = application.payloads();
        let proposers: BTreeSet<_> = payloads
            .iter()
            .rev()
            .take(30)
            .map(|payload| payload.header().proposer)
            .collect();
        assert_eq!(proposers.len(), 4, "the validator that came back leads again");
    });
}

#[test]
fn a_power_cut_of_all_loses_nothing() {
    let nothing = vec![Vec::new(); 4];
    let (mut chains, mut checkpoint) =
        runner(15).start_and_recover(|context| extend_all(context, nothing, VotingStart::Immediately));
    for _ in 0..3 {
        // The record on disk says that these nodes vote: the setting of a first start changes nothing.
        (chains, checkpoint) = Runner::from(checkpoint)
            .start_and_recover(|context| extend_all(context, chains, VotingStart::AfterCatchUp));
    }
    assert!(chains.iter().all(|chain| chain.len() >= 60));
    drop(checkpoint);
}

/// Starts a cluster whose applications have executed `chains`, and lets each execute fifteen more.
async fn extend_all(
    context: Context,
    chains: Vec<Vec<Arc<Payload>>>,
    voting: VotingStart,
) -> Vec<Vec<Arc<Payload>>> {
    let mut cluster = SimplexCluster::new(context, 4).await;
    let sleep = cluster.sleep();
    let goal = chains.iter().map(Vec::len).max().unwrap_or_default() + 15;
    let mut applications = Vec::new();
    for (node, chain) in chains.into_iter().enumerate() {
        let application = Recorder::recovered(sleep.clone(), cluster.membership(), FAST, chain);
        cluster.launch(node, voting, application.clone()).await;
        applications.push(application);
    }
    wait_for_height(&sleep, &applications, u64::try_from(goal).unwrap()).await;
    assert_agreement(&applications);
    assert!((0..4).all(|node| cluster.engine(node).contradictions() == 0));
    applications
        .iter()
        .map(|application| application.payloads())
        .collect()
}

#[test]
fn a_wiped_validator_comes_back_and_never_contradicts_itself() {
    run(12, async |context| {
        let listener = Config::private_key(&[99; 32]).unwrap().public_key();
        let mut cluster = SimplexCluster::with_listener(context, 4, Some(listener.clone())).await;
        let votes = listen(&cluster, listener).await;
        let mut running = start_all(&mut cluster, FAST, Faults::default()).await;
        let sleep = cluster.sleep();
        wait_for_height(&sleep, &running.applications, 20).await;
        for _ in 0..3 {
            cluster.stop(0).await;
            cluster.wipe(0);
            running.applications[0] =
                Recorder::new(sleep.clone(), cluster.membership(), FAST, Faults::default());
            let engine = cluster
                .launch(0, VotingStart::AfterCatchUp, running.applications[0].clone())
                .await;
            assert!(!engine.status().voting);
            wait_until(&sleep, "the wiped validator votes", || engine.status().voting).await;
            let goal = running.applications[1].delivered().get() + 20;
            wait_for_height(&sleep, &running.applications, goal).await;
            assert_agreement(&running.applications);
        }
        for node in 0..4 {
            assert_eq!(cluster.engine(node).contradictions(), 0);
        }
        votes.lock().assert_no_contradiction();
        assert!(votes.lock().notarized.len() > 100);
    });
}

#[test]
fn a_validator_that_crashes_while_it_catches_up_still_does_not_vote() {
    run(13, async |context| {
        let mut cluster = SimplexCluster::new(context, 4).await;
        let mut running = start_all(&mut cluster, FAST, Faults::default()).await;
        let sleep = cluster.sleep();
        wait_for_height(&sleep, &running.applications, 10).await;
        cluster.stop(0).await;
        cluster.wipe(0);
        // Two more are down: nothing becomes final, so the wiped one cannot catch up.
        cluster.stop(1).await;
        cluster.stop(2).await;
        let application = Recorder::new(sleep.clone(), cluster.membership(), FAST, Faults::default());
        let engine = cluster
            .launch(0, VotingStart::AfterCatchUp, application.clone())
            .await;
        cluster.context.sleep(Duration::from_secs(5)).await;
        assert!(!engine.status().voting);
        cluster.stop(0).await;
        // The journal that it wrote meanwhile, and a wrong setting, do not make it vote.
        let engine = cluster
            .launch(0, VotingStart::Immediately, application.restarted(0))
            .await;
        cluster.context.sleep(Duration::from_secs(5)).await;
        assert!(!engine.status().voting);
        for node in [1, 2] {
            running.applications[node] = running.applications[node].restarted(0);
            cluster.start(node, running.applications[node].clone()).await;
        }
        wait_until(&sleep, "the wiped validator votes", || engine.status().voting).await;
    });
}

#[test]
fn a_node_that_is_no_validator_follows() {
    run(14, async |context| {
        let listener = Config::private_key(&[5; 32]).unwrap();
        let mut cluster = SimplexCluster::new(context, 5).await;
        cluster.retire(4);
        assert_eq!(listener.public_key(), cluster.public_key(4));
        let running = start_all(&mut cluster, FAST, Faults::default()).await;
        wait_for_height(&cluster.sleep(), &running.applications, 20).await;
        assert_agreement(&running.applications);
        assert_eq!(running.applications[4].proposals(), 0);
        assert!(!cluster.engine(4).status().voting);
        assert!(cluster.engine(3).status().voting);
    });
}
