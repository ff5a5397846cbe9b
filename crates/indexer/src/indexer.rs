//! Follows all ledgers of a city: those that it is told, and the partition ledgers that their nodes serve.

use crate::{Error, Follower, Progress, Store, follow::AbortOnDrop, lead, store::MAIN_LEDGER};
use civitas_sdk::Node;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};

/// How often a ledger is asked for new blocks: less than people notice.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// How long a follower waits after an error, at first and at most.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(15);

/// How often nodes are asked which ledgers they serve.
const DISCOVERY_INTERVAL: Duration = Duration::from_secs(10);

/// Blocks that a node may be behind another before the other is followed: more than healthy nodes are apart.
const BEHIND_BLOCKS_MAX: u64 = 20;

/// Ledgers that are followed, at most: more than a city's nodes run.
const LEDGERS_MAX: usize = 64;

/// A ledger that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedLedger {
    /// Its name; `main` for the main ledger.
    pub name: String,
    /// Addresses of nodes that serve it, in the order of preference.
    pub urls: Vec<String>,
}

/// How far the index of a ledger is behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lag {
    /// The ledger.
    pub ledger: String,
    /// Its chain id, once a node has told it.
    pub chain_id: Option<u64>,
    /// Height of the newest block in the index.
    pub indexed: Option<u64>,
    /// Height of the newest block of the ledger, as far as a node has told it.
    pub head: Option<u64>,
    /// Whether names and registries are up to date, too.
    pub described: bool,
    /// Why it does not go on; none while it does.
    pub fault: Option<String>,
    /// Addresses of the nodes that are asked.
    pub urls: Vec<String>,
}

impl Lag {
    /// Blocks that are not in the index yet.
    pub fn blocks(&self) -> Option<u64> {
        let indexed = self.indexed.map_or(0, |height| height.saturating_add(1));
        self.head
            .map(|head| head.saturating_add(1).saturating_sub(indexed))
    }
}

/// Follows all ledgers of a city.
pub struct Indexer {
    store: Store,
    told: Vec<FollowedLedger>,
    lags: watch::Sender<BTreeMap<String, Lag>>,
    leads: watch::Sender<bool>,
}

/// A follower that runs.
struct Running {
    urls: Vec<String>,
    task: JoinHandle<()>,
}

impl Indexer {
    /// Prepares to follow these ledgers; partition ledgers that nodes of the main ledger serve are found.
    pub fn new(store: Store, ledgers: Vec<FollowedLedger>) -> Self {
        Self {
            store,
            told: ledgers,
            lags: watch::Sender::new(BTreeMap::new()),
            leads: watch::Sender::new(false),
        }
    }

    /// Whether this indexer writes. Of several at one PostgreSQL one does; the others show how far it is, and one of them
    /// takes over when it is gone.
    pub fn leads(&self) -> watch::Receiver<bool> {
        self.leads.subscribe()
    }

    /// How far the index is behind each ledger, by name, as it changes.
    pub fn lags(&self) -> watch::Receiver<BTreeMap<String, Lag>> {
        self.lags.subscribe()
    }

    /// Follows until `shutdown` is true or its sender is gone. What is being written then is written or undone.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let mut running: BTreeMap<String, Running> = BTreeMap::new();
        let lead = tokio::spawn(lead::keep(self.store.database.clone(), self.leads.clone()));
        loop {
            // Nodes that take long to answer must not hold up the end.
            let wanted = tokio::select! {
                wanted = self.wanted() => wanted,
                _ = shutdown.wait_for(|stop| *stop) => break,
            };
            self.adjust(&mut running, wanted);
            let stop = shutdown.wait_for(|stop| *stop);
            if timeout(DISCOVERY_INTERVAL, stop).await.is_ok() {
                break;
            }
        }
        for follower in running.into_values() {
            follower.task.abort();
            // An aborted task ends at its next pause; its error says just that.
            let _ = follower.task.await;
        }
        // Last: another indexer begins where this one has ended.
        lead.abort();
        let _ = lead.await;
    }

    /// The ledgers that were told, and the partition ledgers that nodes of the main ledger serve now.
    async fn wanted(&self) -> BTreeMap<String, Vec<String>> {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for ledger in &self.told {
            wanted
                .entry(ledger.name.clone())
                .or_default()
                .extend(ledger.urls.iter().cloned());
        }
        let told: BTreeSet<String> = wanted.keys().cloned().collect();
        let bases = wanted.get(MAIN_LEDGER).cloned().unwrap_or_default();
        let served = futures::future::join_all(bases.iter().map(served)).await;
        for (url, ledgers) in bases.iter().zip(served) {
            for (name, path) in ledgers {
                let is_known = wanted.contains_key(&name);
                if told.contains(&name) || !is_known && wanted.len() >= LEDGERS_MAX {
                    continue;
                }
                let address = format!("{}{path}", url.trim_end_matches('/'));
                wanted.entry(name).or_default().push(address);
            }
        }
        wanted
    }

    /// Starts followers of new ledgers, and again those whose nodes have changed. None is stopped because its nodes are
    /// silent for a while.
    fn adjust(&self, running: &mut BTreeMap<String, Running>, wanted: BTreeMap<String, Vec<String>>) {
        for (name, urls) in wanted {
            if running
                .get(&name)
                .is_some_and(|known| known.urls == urls && !known.task.is_finished())
            {
                continue;
            }
            if let Some(old) = running.remove(&name) {
                old.task.abort();
            }
            let task = follow(
                self.store.clone(),
                FollowedLedger {
                    name: name.clone(),
                    urls: urls.clone(),
                },
                self.lags.clone(),
                self.leads.subscribe(),
            );
            let follower = Running {
                urls,
                task: tokio::spawn(task),
            };
            running.insert(name, follower);
        }
    }
}

/// Names and paths of the ledgers that a node serves. One that is down tells nothing now; the next round asks again.
async fn served(url: &String) -> Vec<(String, String)> {
    let Ok(node) = Node::connect(std::slice::from_ref(url)) else {
        return Vec::new();
    };
    let ledgers = node.ledgers().await.unwrap_or_default();
    ledgers
        .into_iter()
        .map(|ledger| (ledger.name, ledger.path))
        .collect()
}

/// Follows one ledger for ever; faults are shown and tried again.
async fn follow(
    store: Store,
    ledger: FollowedLedger,
    lags: watch::Sender<BTreeMap<String, Lag>>,
    leads: watch::Receiver<bool>,
) {
    let FollowedLedger { name, urls } = &ledger;
    let mut retry = RETRY_MIN;
    let report = |change: &dyn Fn(&mut Lag)| {
        lags.send_modify(|all| {
            let lag = all.entry(name.clone()).or_insert_with(|| Lag {
                ledger: name.clone(),
                chain_id: None,
                indexed: None,
                head: None,
                described: false,
                fault: None,
                urls: Vec::new(),
            });
            lag.urls.clone_from(urls);
            change(lag);
        });
    };
    loop {
        let began = Instant::now();
        let Err(error) = follow_once(&store, &ledger, &leads, &report).await;
        let words = in_words(&error);
        tracing::warn!(ledger = name, error = words, "the index does not go on");
        report(&|lag| lag.fault = Some(words.clone()));
        if began.elapsed() > RETRY_MAX {
            retry = RETRY_MIN;
        }
        tokio::time::sleep(retry).await;
        retry = (retry * 2).min(RETRY_MAX);
    }
}

async fn follow_once(
    store: &Store,
    ledger: &FollowedLedger,
    leads: &watch::Receiver<bool>,
    report: &(impl Fn(&dyn Fn(&mut Lag)) + Sync),
) -> Result<std::convert::Infallible, Error> {
    let node = Node::connect(&ledger.urls)?;
    let _preferring = AbortOnDrop(tokio::spawn(prefer(node.clone())));
    let mut follower = Follower::begin(store.clone(), &ledger.name, Arc::new(node)).await?;
    let chain_id = follower.chain_id();
    let show = |progress: Progress| {
        report(&|lag| {
            lag.chain_id = Some(chain_id);
            lag.indexed = progress.indexed;
            lag.head = Some(progress.head);
            lag.described = progress.described;
            lag.fault = None;
        });
    };
    loop {
        let began = Instant::now();
        if !*leads.borrow() {
            show(follower.observe().await?);
            tokio::time::sleep_until(began + POLL_INTERVAL).await;
            continue;
        }
        let progress = match follower.catch_up(show).await {
            // Another console at the same database was faster: that is no fault.
            Err(Error::Overtaken { .. }) => continue,
            progress => progress?,
        };
        let described = follower.describe().await?;
        show(Progress {
            described,
            ..progress
        });
        let is_ahead = progress.indexed.is_some_and(|indexed| indexed > progress.head);
        if described || is_ahead {
            tokio::time::sleep_until(began + POLL_INTERVAL).await;
        }
    }
}

/// Keeps to a node that is not behind the others, for ever.
async fn prefer(node: Node) {
    loop {
        node.prefer_furthest(BEHIND_BLOCKS_MAX).await;
        tokio::time::sleep(DISCOVERY_INTERVAL).await;
    }
}

/// An error with its causes.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
