//! Spreads transactions of this node's clients to the other nodes, and takes in theirs.
//!
//! A message is a batch: every transaction behind its length (u32, big-endian). A peer's batch is bounded by
//! [`BATCH_BYTES_MAX`]; what is malformed in it is counted and dropped, the rest is used.

use crate::metrics::LedgerMetrics;
use alloy_primitives::Bytes;
use civitas_mempool::Pool;
use civitas_ports::{Origin, Refusal, TransactionPool};
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Spawner};
use std::{sync::Arc, time::Duration};
use tracing::{debug, trace};

/// Bytes of a batch, at most; one transaction always fits (ledger parameter `transactionBytesMax`).
pub const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Blocks after which a client's transaction that still waits is spread again (a peer may have been away).
const REPEAT_AFTER_BLOCKS: u64 = 20;
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
        for batch in batches(fresh.iter().map(|transaction| transaction.raw())) {
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
        for raw in split(Bytes::from(message)) {
            match raw.map(|raw| pool.submit(raw, Origin::Peer)) {
                Some(Ok(_) | Err(Refusal::AlreadyKnown | Refusal::NonceTooLow { .. })) => {}
                Some(Err(refusal)) => {
                    metrics.gossip_refused();
                    debug!(?peer, %refusal, "a peer's transaction was refused");
                }
                None => {
                    metrics.gossip_refused();
                    debug!(?peer, "a peer's batch is malformed");
                }
            }
        }
    }
}

/// Packs transactions into messages of at most [`BATCH_BYTES_MAX`].
fn batches<'a>(raws: impl Iterator<Item = &'a Bytes>) -> Vec<Vec<u8>> {
    let mut batches: Vec<Vec<u8>> = Vec::new();
    for raw in raws {
        let Ok(length) = u32::try_from(raw.len()) else {
            continue;
        };
        match batches.last_mut() {
            Some(batch) if batch.len() + 4 + raw.len() <= BATCH_BYTES_MAX => put(batch, length, raw),
            _ => {
                let mut batch = Vec::with_capacity(4 + raw.len());
                put(&mut batch, length, raw);
                batches.push(batch);
            }
        }
    }
    batches
}

fn put(batch: &mut Vec<u8>, length: u32, raw: &Bytes) {
    batch.extend_from_slice(&length.to_be_bytes());
    batch.extend_from_slice(raw);
}

/// The transactions of a batch; `None` and the end where it is malformed.
fn split(batch: Bytes) -> impl Iterator<Item = Option<Bytes>> {
    let mut rest = Some(batch);
    std::iter::from_fn(move || {
        let batch = rest.take().filter(|batch| !batch.is_empty())?;
        let Some((prefix, body)) = batch.split_first_chunk::<4>() else {
            return Some(None);
        };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > body.len() {
            return Some(None);
        }
        rest = Some(batch.slice(4 + length..));
        Some(Some(batch.slice(4..4 + length)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_round_trip_within_their_bound() {
        let raws: Vec<Bytes> = (0..50_u8).map(|n| Bytes::from(vec![n; 40_000])).collect();
        let batches = batches(raws.iter());
        assert!(batches.iter().all(|batch| batch.len() <= BATCH_BYTES_MAX));
        let back: Vec<_> = batches
            .into_iter()
            .flat_map(|batch| split(batch.into()))
            .flatten()
            .collect();
        assert_eq!(back, raws);
    }

    #[test]
    fn a_malformed_batch_ends_where_it_is_malformed() {
        let mut batch = Vec::new();
        put(&mut batch, 3, &Bytes::from_static(b"one"));
        batch.extend_from_slice(&9_u32.to_be_bytes());
        batch.push(1);
        let parts: Vec<_> = split(batch.into()).collect();
        assert_eq!(parts, [Some(Bytes::from_static(b"one")), None]);
        assert_eq!(split(Bytes::from_static(&[0, 0])).collect::<Vec<_>>(), [None]);
    }
}
