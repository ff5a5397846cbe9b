//! Spreads transactions of this node's clients to the other nodes, and takes in theirs.
//!
//! A message is a [`batch`]; what is malformed in it is counted and dropped, the rest is used.

use crate::{
    batch::{self, BATCH_BYTES_MAX},
    metrics::LedgerMetrics,
};
use alloy_primitives::Bytes;
use civitas_mempool::Pool;
use civitas_ports::{Origin, Refusal, TransactionPool};
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Spawner, reschedule};
use std::{sync::Arc, time::Duration};
use tracing::{debug, trace};

/// Blocks after which a client's transaction that still waits is spread again (a peer may have been away).
const REPEAT_AFTER_BLOCKS: u64 = 20;
/// Transactions of a batch after which other tasks get their turn: each costs a signature check.
const TURN_TRANSACTIONS: usize = 16;
/// Refused transactions after which the rest of a batch is dropped: an honest peer sends what it accepted itself.
const BATCH_REFUSALS_MAX: usize = 64;
/// Shortest time between two batches: the first transaction after a pause leaves at once, those of a stream travel
/// together. A message costs each end several times what a transaction in it does.
const GATHER: Duration = Duration::from_millis(10);

/// Starts both directions. They end with the context's tasks, or when the network closes its channel.
pub fn start<E, S, R>(context: &E, sender: S, receiver: R, pool: Arc<Pool>, metrics: Arc<LedgerMetrics>)
where
    E: Spawner + Clock,
    S: Sender,
    R: Receiver,
{
    let outgoing_pool = pool.clone();
    let outgoing_metrics = metrics.clone();
    let outgoing = context.child("gossip_out");
    outgoing.spawn(move |context| spread(context, sender, outgoing_pool, outgoing_metrics));
    context
        .child("gossip_in")
        .spawn(move |_| take_in(receiver, pool, metrics));
}

async fn spread<E: Clock, S: Sender>(
    context: E,
    mut sender: S,
    pool: Arc<Pool>,
    metrics: Arc<LedgerMetrics>,
) {
    loop {
        let fresh = pool.wait_for_outgoing(REPEAT_AFTER_BLOCKS).await;
        for batch in batch::pack(fresh.iter().map(|transaction| transaction.raw())) {
            let reached = sender.send(Recipients::All, batch, false);
            trace!(peers = reached.len(), "transactions spread");
            metrics.gossip_sent();
        }
        context.sleep(GATHER).await;
    }
}

async fn take_in<R: Receiver>(mut receiver: R, pool: Arc<Pool>, metrics: Arc<LedgerMetrics>) {
    loop {
        let Ok((peer, message)) = receiver.recv().await else {
            return;
        };
        let message = bytes::Bytes::from(message);
        if message.len() > BATCH_BYTES_MAX {
            metrics.gossip_refused();
            debug!(?peer, "a peer's batch is too large");
            continue;
        }
        let mut refusals = 0;
        for (index, raw) in batch::unpack(Bytes::from(message)).enumerate() {
            if index % TURN_TRANSACTIONS == TURN_TRANSACTIONS - 1 {
                reschedule().await;
            }
            match raw.map(|raw| pool.submit(raw, Origin::Peer)) {
                Some(Ok(_) | Err(Refusal::AlreadyKnown | Refusal::NonceTooLow { .. })) => {}
                Some(Err(refusal)) => {
                    metrics.gossip_refused();
                    debug!(?peer, %refusal, "a peer's transaction was refused");
                    refusals += 1;
                    if refusals == BATCH_REFUSALS_MAX {
                        break;
                    }
                }
                None => {
                    metrics.gossip_refused();
                    debug!(?peer, "a peer's batch is malformed");
                }
            }
        }
    }
}
