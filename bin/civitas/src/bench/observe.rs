//! Sees new blocks on a node: a subscription says that there is one, a call says what is in it.

use crate::rpc;
use alloy_primitives::{B256, U64};
use anyhow::Context;
use jsonrpsee_client::{
    core::client::{Subscription, SubscriptionClientT},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::{sync::mpsc, task::JoinHandle};

/// Blocks that may wait for whoever counts them.
const SEEN_MAX: usize = 1_024;
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Notifications that may wait while a block is fetched.
const HEADS_MAX: usize = 1_024;

/// A block, as one node showed it.
#[derive(Debug)]
pub(super) struct Seen {
    /// Which of the observers saw it.
    pub(super) observer: usize,
    /// When its transactions were known here.
    pub(super) at: Instant,
    pub(super) transactions: Vec<B256>,
}

#[derive(Deserialize)]
struct Head {
    number: U64,
    hash: B256,
}

/// Observers of some nodes. They stop when this is dropped.
pub(super) struct Observers {
    pub(super) seen: mpsc::Receiver<Seen>,
    tasks: Vec<JoinHandle<()>>,
}

impl Observers {
    /// Observes the first node, and the second one if there is one: for every node there is then another one
    /// that is observed.
    pub(super) async fn start(urls: &[String]) -> anyhow::Result<Self> {
        let (sender, seen) = mpsc::channel(SEEN_MAX);
        let mut tasks = Vec::new();
        for (observer, url) in urls.iter().take(2).enumerate() {
            let (client, heads) = subscribe(url).await?;
            let (url, sender) = (url.clone(), sender.clone());
            tasks.push(tokio::spawn(async move {
                let outcome = observe(observer, &url, heads, sender).await;
                // The connection ends with its client.
                drop(client);
                if let Err(error) = outcome {
                    tracing::error!(
                        error = format!("{error:#}"),
                        url,
                        "the node can no longer be observed"
                    );
                }
            }));
        }
        Ok(Self { seen, tasks })
    }
}

impl Drop for Observers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The observer that decides on a transaction which was sent to a node.
pub(super) fn observer_of(node: usize, nodes: usize) -> usize {
    usize::from(node == 0 && nodes > 1)
}

async fn subscribe(url: &str) -> anyhow::Result<(WsClient, Subscription<Head>)> {
    let address = url.replacen("http", "ws", 1);
    let client = WsClientBuilder::default()
        .connection_timeout(CONNECT_WAIT)
        .max_buffer_capacity_per_subscription(HEADS_MAX)
        .build(&address)
        .await
        .with_context(|| format!("{address} takes no WebSocket connections"))?;
    let heads = client
        .subscribe("eth_subscribe", rpc_params!["newHeads"], "eth_unsubscribe")
        .await
        .with_context(|| format!("{address} refuses a subscription to newHeads"))?;
    Ok((client, heads))
}

async fn observe(
    observer: usize,
    url: &str,
    mut heads: Subscription<Head>,
    sender: mpsc::Sender<Seen>,
) -> anyhow::Result<()> {
    let client = rpc::client(url)?;
    let mut next = None;
    while let Some(head) = heads.next().await {
        let head = head.context("a notification of a new head cannot be read")?;
        let number: u64 = head.number.to();
        // A subscription may skip heads when a client is slow; blocks are never skipped.
        for missed in next.unwrap_or(number)..number {
            let block = rpc::block_by_number(&client, missed).await?;
            let transactions = block
                .with_context(|| format!("block {missed} is missing"))?
                .transactions;
            sender
                .send(Seen {
                    observer,
                    at: Instant::now(),
                    transactions,
                })
                .await?;
        }
        let block = rpc::block_by_hash(&client, head.hash).await?;
        let transactions = block
            .with_context(|| format!("block {} is missing", head.hash))?
            .transactions;
        sender
            .send(Seen {
                observer,
                at: Instant::now(),
                transactions,
            })
            .await?;
        next = Some(number + 1);
    }
    anyhow::bail!("the subscription to newHeads ended")
}
