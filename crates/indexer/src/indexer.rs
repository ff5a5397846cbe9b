//! Follows all ledgers of a city: those that it is told, the partition ledgers that their nodes serve, and, where it is
//! told of gateways, the foreign chains that the main ledger anchors.

use crate::{
    BatchSource, ChainFollower, Error, Follower, Progress, Refusal, Store, chains::followed,
    follow::AbortOnDrop, lead, source::Source, store::MAIN_LEDGER,
};
use alloy_primitives::B256;
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

/// How often the main ledger is asked what was agreed on about a foreign chain: as often as for blocks of its own, since a finding waits for it.
const CHAIN_POLL_INTERVAL: Duration = Duration::from_millis(250);

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
    /// Addresses of the nodes that are asked; of the gateways, for a foreign chain.
    pub urls: Vec<String>,
    /// Of a foreign chain: the gateways that gave something else than what was anchored, or nothing, when asked last.
    #[serde(default)]
    pub refusals: Vec<Refusal>,
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
    gateways: Vec<Arc<dyn BatchSource>>,
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
            gateways: Vec::new(),
            lags: watch::Sender::new(BTreeMap::new()),
            leads: watch::Sender::new(false),
        }
    }

    /// Also follows the foreign chains that the main ledger anchors, by what these gateways give, in the order of preference.
    pub fn with_gateways(mut self, gateways: Vec<Arc<dyn BatchSource>>) -> Self {
        self.gateways = gateways;
        self
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
        let mut chains: BTreeMap<B256, JoinHandle<()>> = BTreeMap::new();
        let lead = tokio::spawn(lead::keep(self.store.database.clone(), self.leads.clone()));
        loop {
            // Nodes that take long to answer must not hold up the end.
            let (wanted, anchored) = tokio::select! {
                wanted = async { futures::join!(self.wanted(), self.anchored()) } => wanted,
                _ = shutdown.wait_for(|stop| *stop) => break,
            };
            self.adjust(&mut running, wanted);
            for id in anchored {
                let begin = || tokio::spawn(self.follow_chain(id));
                chains.entry(id).or_insert_with(begin);
            }
            let stop = shutdown.wait_for(|stop| *stop);
            if timeout(DISCOVERY_INTERVAL, stop).await.is_ok() {
                break;
            }
        }
        let ledgers = running.into_values().map(|follower| follower.task);
        for task in ledgers.chain(chains.into_values()) {
            task.abort();
            // An aborted task ends at its next pause; its error says just that.
            let _ = task.await;
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

    /// Ids of the foreign chains that the main ledger anchors now; none where nobody gives their blocks, or no node answers.
    async fn anchored(&self) -> Vec<B256> {
        let Some(main) = self.main().filter(|_| !self.gateways.is_empty()) else {
            return Vec::new();
        };
        followed(&main).await.unwrap_or_else(|error| {
            tracing::warn!(
                cause = civitas_sdk::causes(&error),
                "it is not known which chains are anchored"
            );
            Vec::new()
        })
    }

    /// The nodes of the main ledger.
    fn main(&self) -> Option<Node> {
        let main = self.told.iter().find(|ledger| ledger.name == MAIN_LEDGER)?;
        Node::connect(&main.urls).ok()
    }

    fn follow_chain(&self, id: B256) -> impl Future<Output = ()> + use<> {
        let chain = FollowedChain {
            store: self.store.clone(),
            main: self.main(),
            gateways: self.gateways.clone(),
            id,
        };
        follow_chain(chain, self.lags.clone(), self.leads.subscribe())
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

/// Changes what is shown of one ledger.
fn show(lags: &watch::Sender<BTreeMap<String, Lag>>, name: &str, change: impl FnOnce(&mut Lag)) {
    lags.send_modify(|all| {
        let lag = all.entry(name.to_owned()).or_insert_with(|| Lag {
            ledger: name.to_owned(),
            chain_id: None,
            indexed: None,
            head: None,
            described: false,
            fault: None,
            urls: Vec::new(),
            refusals: Vec::new(),
        });
        change(lag);
    });
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
        show(&lags, name, |lag| {
            lag.urls.clone_from(urls);
            change(lag);
        });
    };
    loop {
        let began = Instant::now();
        let Err(error) = follow_once(&store, &ledger, &leads, &report).await;
        let words = civitas_sdk::causes(&error);
        tracing::warn!(ledger = name, error = words, "the index does not go on");
        report(&|lag| lag.fault = Some(words.clone()));
        if began.elapsed() > RETRY_MAX {
            retry = RETRY_MIN;
        }
        tokio::time::sleep(retry).await;
        retry = (retry * 2).min(RETRY_MAX);
    }
}

/// A foreign chain, and where its blocks come from.
struct FollowedChain {
    store: Store,
    main: Option<Node>,
    gateways: Vec<Arc<dyn BatchSource>>,
    id: B256,
}

/// Follows one foreign chain for ever; faults are shown and tried again.
async fn follow_chain(
    chain: FollowedChain,
    lags: watch::Sender<BTreeMap<String, Lag>>,
    leads: watch::Receiver<bool>,
) {
    let Some(main) = chain.main else { return };
    let _preferring = AbortOnDrop(tokio::spawn(prefer(main.clone())));
    let main: Arc<dyn Source> = Arc::new(main);
    let urls: Vec<String> = chain
        .gateways
        .iter()
        .map(|gateway| gateway.name().to_owned())
        .collect();
    let mut name = chain.id.to_string();
    let mut retry = RETRY_MIN;
    loop {
        let began = Instant::now();
        let (store, gateways) = (chain.store.clone(), chain.gateways.clone());
        let begun = ChainFollower::begin(store, main.clone(), gateways, chain.id).await;
        let error = match begun {
            Ok(follower) => {
                follower.name().clone_into(&mut name);
                show(&lags, &name, |lag| lag.urls.clone_from(&urls));
                let Err(error) = follow_anchors(follower, &lags, &leads).await;
                error
            }
            Err(error) => error,
        };
        let words = civitas_sdk::causes(&error);
        tracing::warn!(ledger = name, error = words, "the index does not go on");
        show(&lags, &name, |lag| lag.fault = Some(words));
        if began.elapsed() > RETRY_MAX {
            retry = RETRY_MIN;
        }
        tokio::time::sleep(retry).await;
        retry = (retry * 2).min(RETRY_MAX);
    }
}

async fn follow_anchors(
    mut follower: ChainFollower,
    lags: &watch::Sender<BTreeMap<String, Lag>>,
    leads: &watch::Receiver<bool>,
) -> Result<std::convert::Infallible, Error> {
    let (name, chain_id) = (follower.name().to_owned(), follower.chain_id());
    let tell = |progress: Progress| {
        show(lags, &name, |lag| {
            lag.chain_id = Some(chain_id);
            lag.indexed = progress.indexed;
            lag.head = Some(progress.head);
            lag.described = progress.described;
            lag.fault = None;
        });
    };
    loop {
        let began = Instant::now();
        let progress = if *leads.borrow() {
            follower.catch_up(tell).await
        } else {
            follower.observe().await
        };
        show(lags, &name, |lag| lag.refusals = follower.refusals().to_vec());
        match progress {
            // Another console at the same database was faster: that is no fault.
            Err(Error::Overtaken { .. }) => continue,
            progress => tell(progress?),
        }
        tokio::time::sleep_until(began + CHAIN_POLL_INTERVAL).await;
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
