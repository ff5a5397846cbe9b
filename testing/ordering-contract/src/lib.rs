//! What every ordering engine must do, as tests that run against any of them.
//!
//! An engine's tests implement [`Cluster`] (how its nodes are started, stopped and observed, under a
//! deterministic runtime) and call the functions below, each on a cluster of its own. A violation is a failed
//! assertion.
//!
//! ```text
//! delivers_in_order            heights 1, 2, 3, ...; each payload follows the one before; all nodes agree
//! survives_restarts            at least once, nothing lost, whatever the application had when it went down
//! certifies_what_it_delivers   certificates exist, verify, and are over the payload
//! never_delivers_the_refused   a payload that `verify` refuses is not delivered, and the ledger goes on
//! stops_when_delivery_fails    after `deliver` said `false`, nothing more is delivered there
//! idles_quietly                no more proposals than heartbeats
//! follows_the_validators       every payload is made and certified by the validators of its epoch
//! ```

mod recorder;

pub use recorder::{Faults, Membership, Recorder};

use civitas_ports::{Application as _, BoxFuture, Certificate, Ordering};
use civitas_types::Height;
use recorder::POISON;
use std::{fmt, sync::Arc, time::Duration};

/// Chain id of the ledger that the tests order.
pub const LEDGER: u64 = 424_242;
/// How often a condition is looked at, and how many times before the test fails: 200 seconds of virtual time.
const POLL: Duration = Duration::from_millis(20);
const POLLS_MAX: u32 = 10_000;

/// Sleeps on the clock of the runtime that the test runs in.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// The engine under test.
pub trait Cluster: Send {
    /// Number of nodes.
    fn nodes(&self) -> usize;

    /// The clock of the runtime.
    fn sleep(&self) -> Sleep;

    /// Starts the node with this index on its storage, which outlives a stop.
    fn start(&mut self, node: usize, application: Arc<Recorder>) -> BoxFuture<'_, Arc<dyn Ordering>>;

    /// Kills the node, as a crash of its process would.
    fn stop(&mut self, node: usize) -> BoxFuture<'_, ()>;

    /// Who orders which epoch.
    fn membership(&self) -> Membership;

    /// Whether `certificate` proves that the payload with this encoded header is final.
    fn proves(&self, header: &[u8], certificate: &Certificate) -> bool;
}

/// The nodes of a running cluster.
pub struct Running {
    /// The application of every node.
    pub applications: Vec<Arc<Recorder>>,
    /// The engine of every node.
    pub engines: Vec<Arc<dyn Ordering>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Running")
            .field("applications", &self.applications)
            .finish_non_exhaustive()
    }
}

/// The heartbeat of the tests that want to go fast.
pub const FAST: Duration = Duration::from_millis(5);

/// Starts every node with a new application.
pub async fn start_all(cluster: &mut impl Cluster, heartbeat: Duration, faults: Faults) -> Running {
    let mut running = Running {
        applications: Vec::new(),
        engines: Vec::new(),
    };
    for node in 0..cluster.nodes() {
        let application = Recorder::new(cluster.sleep(), cluster.membership(), heartbeat, faults);
        running
            .engines
            .push(cluster.start(node, application.clone()).await);
        running.applications.push(application);
    }
    running
}

/// Waits until `condition` holds.
pub async fn wait_until(sleep: &Sleep, what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..POLLS_MAX {
        if condition() {
            return;
        }
        sleep(POLL).await;
    }
    assert!(condition(), "never happened: {what}");
}

/// Waits until every application has executed `height`.
pub async fn wait_for_height(sleep: &Sleep, applications: &[Arc<Recorder>], height: u64) {
    let reached = || {
        applications
            .iter()
            .all(|application| application.delivered().get() >= height)
    };
    wait_until(sleep, &format!("height {height} on {applications:?}"), reached).await;
}

/// All applications saw the same payloads, as far as each has come, and the chain has no gap.
pub fn assert_agreement(applications: &[Arc<Recorder>]) {
    let chains: Vec<_> = applications
        .iter()
        .map(|application| application.payloads())
        .collect();
    let Some(longest) = chains.iter().max_by_key(|chain| chain.len()) else {
        return;
    };
    for chain in &chains {
        let same = chain
            .iter()
            .zip(longest)
            .all(|(left, right)| left.digest() == right.digest());
        assert!(same, "two nodes delivered different payloads at the same height");
    }
    let mut parent = Recorder::genesis_payload().digest();
    for (payload, height) in longest.iter().zip(1_u64..) {
        assert_eq!(payload.header().height.get(), height);
        assert_eq!(payload.header().parent, parent);
        parent = payload.digest();
    }
}

/// Heights come in order and without gaps, each payload follows the one before, and all nodes agree.
pub async fn delivers_in_order(cluster: &mut impl Cluster) {
    let running = start_all(cluster, FAST, Faults::default()).await;
    wait_for_height(&cluster.sleep(), &running.applications, 20).await;
    assert_agreement(&running.applications);
    for (application, engine) in running.applications.iter().zip(&running.engines) {
        let attempts = application.attempts();
        assert!(
            attempts.windows(2).all(|pair| pair[1] == pair[0].next()),
            "without a restart, each comes once"
        );
        assert!(engine.status().finalized.get() >= 20);
        assert!(engine.status().view >= 20);
    }
}

/// A payload is delivered at least once, and none is lost, although the application crashed while it took
/// one, everything was stopped at once, and the application came back with an older state than it had.
pub async fn survives_restarts(cluster: &mut impl Cluster) {
    let sleep = cluster.sleep();
    let mut running = start_all(cluster, FAST, Faults::default()).await;
    cluster.stop(0).await;
    let stuck = Height::new(running.applications[0].delivered().get() + 5);
    let hanging = Recorder::new(
        sleep.clone(),
        cluster.membership(),
        FAST,
        Faults {
            hang_at: Some(stuck),
            ..Faults::default()
        },
    );
    running.engines[0] = cluster.start(0, hanging.clone()).await;
    wait_until(&sleep, "the delivery that hangs", || {
        hanging.attempts().contains(&stuck)
    })
    .await;
    running.engines[0] = restart(cluster, 0, &mut running.applications[0], &hanging, 0).await;
    wait_for_height(&sleep, &running.applications, stuck.get() + 5).await;
    assert!(
        running.applications[0].attempts().contains(&stuck),
        "the interrupted delivery was not repeated"
    );
    assert_agreement(&running.applications);

    let before = running.applications[0].payloads();
    for node in 0..cluster.nodes() {
        cluster.stop(node).await;
    }
    for node in 0..cluster.nodes() {
        // Node 0 comes back from a backup of its state.
        let lost = if node == 0 { 3 } else { 0 };
        let application = running.applications[node].restarted(lost);
        running.engines[node] = cluster.start(node, application.clone()).await;
        running.applications[node] = application;
    }
    let goal = before.len() as u64 + 5;
    wait_for_height(&sleep, &running.applications, goal).await;
    assert_agreement(&running.applications);
    let after = running.applications[0].payloads();
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(left, right)| left.digest() == right.digest()),
        "a payload changed"
    );
}

async fn restart(
    cluster: &mut impl Cluster,
    node: usize,
    application: &mut Arc<Recorder>,
    from: &Recorder,
    lost: usize,
) -> Arc<dyn Ordering> {
    cluster.stop(node).await;
    *application = from.restarted(lost);
    cluster.start(node, application.clone()).await
}

/// What was delivered has a certificate, which proves that payload and no other.
pub async fn certifies_what_it_delivers(cluster: &mut impl Cluster) {
    let sleep = cluster.sleep();
    let running = start_all(cluster, FAST, Faults::default()).await;
    wait_for_height(&sleep, &running.applications, 10).await;
    let payloads = running.applications[0].payloads();
    let mut found = 0_usize;
    for (payload, next) in payloads.iter().zip(payloads.iter().skip(1)) {
        let height = payload.header().height;
        for engine in &running.engines {
            let stored = engine.payload(height).await;
            assert!(
                stored.is_ok_and(|stored| stored.as_ref() == Some(payload)),
                "the payload is not served"
            );
            let Ok(Some(certificate)) = engine.certificate(height).await else {
                continue;
            };
            found += 1;
            assert!(!certificate.signers.is_empty());
            assert!(
                cluster.proves(&payload.header().encode(), &certificate),
                "height {height}"
            );
            assert!(
                !cluster.proves(&next.header().encode(), &certificate),
                "it proves another payload"
            );
            for position in [0, certificate.encoded.len() / 2, certificate.encoded.len() - 1] {
                let mut damaged = certificate.clone();
                damaged.encoded[position] ^= 1;
                assert!(
                    !cluster.proves(&payload.header().encode(), &damaged),
                    "a damaged one, byte {position}"
                );
            }
        }
    }
    assert!(
        found >= payloads.len() / 2,
        "only {found} certificates over {} payloads",
        payloads.len()
    );
    let far = running.engines[0].certificate(Height::new(1_000_000)).await;
    assert!(far.is_ok_and(|certificate| certificate.is_none()));
}

/// A payload that `verify` refuses is never delivered, and the ledger goes on without it.
pub async fn never_delivers_the_refused(cluster: &mut impl Cluster) {
    let faults = Faults {
        poison_every: Some(3),
        ..Faults::default()
    };
    let running = start_all(cluster, FAST, faults).await;
    wait_for_height(&cluster.sleep(), &running.applications, 12).await;
    assert_agreement(&running.applications);
    let refused = running
        .applications
        .iter()
        .any(|application| application.proposals() >= 3);
    assert!(refused, "nothing was ever poisoned");
    for application in &running.applications {
        let payloads = application.payloads();
        let poisoned = payloads
            .iter()
            .flat_map(|payload| payload.transactions())
            .any(|raw| raw.as_ref() == POISON);
        assert!(!poisoned, "a refused payload was delivered");
    }
}

/// After `deliver` said `false`, the engine delivers nothing more.
pub async fn stops_when_delivery_fails(cluster: &mut impl Cluster) {
    let sleep = cluster.sleep();
    let failing = Height::new(5);
    let mut applications = Vec::new();
    let mut engines = Vec::new();
    for node in 0..cluster.nodes() {
        let fail_at = (node == 0).then_some(failing);
        let application = Recorder::new(
            sleep.clone(),
            cluster.membership(),
            FAST,
            Faults {
                fail_at,
                ..Faults::default()
            },
        );
        engines.push(cluster.start(node, application.clone()).await);
        applications.push(application);
    }
    wait_until(&sleep, "the delivery that fails", || {
        applications[0].attempts().contains(&failing)
    })
    .await;
    sleep(Duration::from_secs(10)).await;
    assert_eq!(
        applications[0].attempts().last(),
        Some(&failing),
        "it was delivered again, or something after it"
    );
    assert_eq!(applications[0].delivered().next(), failing);
    if applications.len() > 1 {
        wait_for_height(&sleep, &applications[1..], 10).await;
    }
    assert_agreement(&applications);
}

/// An idle ledger makes a block a heartbeat, and asks for no more proposals than that.
pub async fn idles_quietly(cluster: &mut impl Cluster) {
    let heartbeat = Duration::from_millis(500);
    let running = start_all(cluster, heartbeat, Faults::default()).await;
    cluster.sleep()(Duration::from_secs(20)).await;
    let proposals: u64 = running
        .applications
        .iter()
        .map(|application| application.proposals())
        .sum();
    assert!(
        (20..=45).contains(&proposals),
        "{proposals} proposals in 40 heartbeats"
    );
    assert!(running.applications[0].delivered().get() >= 20);
    assert_agreement(&running.applications);
}

/// Every payload is made by a validator of its epoch, its certificate is of that epoch, and the status names the
/// epoch that the newest block leads to. Goes through several epochs, so the cluster's should be short.
pub async fn follows_the_validators(cluster: &mut impl Cluster) {
    const EPOCHS: u64 = 5;
    let sleep = cluster.sleep();
    let membership = cluster.membership();
    let running = start_all(cluster, FAST, Faults::default()).await;
    let goal = membership.epochs.last(EPOCHS - 1);
    wait_for_height(&sleep, &running.applications, goal.get()).await;
    assert_agreement(&running.applications);
    let mut certified = vec![0_usize; EPOCHS as usize];
    for payload in running.applications[0].payloads() {
        let height = payload.header().height;
        let epoch = membership.epochs.of(height);
        let Some(count) = certified.get_mut(epoch as usize) else {
            break;
        };
        for engine in &running.engines {
            let Ok(Some(certificate)) = engine.certificate(height).await else {
                // The last payload of an epoch always has one: it is what ends the epoch.
                assert!(
                    height != membership.epochs.last(epoch),
                    "no certificate over {height}"
                );
                continue;
            };
            assert_eq!(certificate.epoch, epoch, "of the certificate over {height}");
            assert!(cluster.proves(&payload.header().encode(), &certificate));
            *count += 1;
        }
    }
    assert!(certified.iter().all(|count| *count > 0), "{certified:?}");
    for (application, engine) in running.applications.iter().zip(&running.engines) {
        let status = engine.status();
        assert!(status.epoch >= EPOCHS - 1, "{status:?}");
        assert!(status.epoch <= membership.epochs.of(application.delivered().next()));
    }
}
