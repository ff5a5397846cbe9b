//! Whole clusters of simplex engines on a simulated network, under the deterministic runtime.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod cluster;
mod epochs;
mod faults;
mod heard;

use civitas_ordering_contract as contract;
use cluster::{SimplexCluster, run};

#[test]
fn delivers_in_order() {
    run(1, async |context| {
        contract::delivers_in_order(&mut SimplexCluster::new(context, 4).await).await
    });
}

#[test]
fn survives_restarts() {
    run(2, async |context| {
        contract::survives_restarts(&mut SimplexCluster::new(context, 4).await).await
    });
}

#[test]
fn certifies_what_it_delivers() {
    run(3, async |context| {
        contract::certifies_what_it_delivers(&mut SimplexCluster::new(context, 4).await).await
    });
}

#[test]
fn never_delivers_the_refused() {
    run(4, async |context| {
        contract::never_delivers_the_refused(&mut SimplexCluster::new(context, 4).await).await
    });
}

#[test]
fn stops_when_delivery_fails() {
    run(5, async |context| {
        contract::stops_when_delivery_fails(&mut SimplexCluster::new(context, 4).await).await
    });
}

#[test]
fn idles_quietly() {
    run(6, async |context| {
        contract::idles_quietly(&mut SimplexCluster::new(context, 4).await).await
    });
}

#[test]
fn one_validator_alone_is_a_cluster() {
    run(7, async |context| {
        contract::delivers_in_order(&mut SimplexCluster::new(context, 1).await).await
    });
}

#[test]
fn follows_the_validators() {
    run(8, async |context| {
        let mut cluster = SimplexCluster::new(context, 6).await;
        cluster.schedule(6, epochs::one_leaves_one_joins);
        contract::follows_the_validators(&mut cluster).await
    });
}
