//! The ledgers of the city and the nodes that serve them. The main ledger stands in the settings; its nodes tell which
//! partition ledgers they serve, and where.

use crate::{
    config::Config,
    problem::{Kind, Problem},
};
use civitas_indexer::FollowedLedger;
use civitas_sdk::Node;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::RwLock;

/// The name of the main ledger.
pub const MAIN: &str = "main";
/// Blocks that a node may be behind another before the other is asked first: more than healthy nodes are apart.
const BEHIND_BLOCKS_MAX: u64 = 20;

/// How long it is believed that nodes serve the ledgers that they served.
const FRESH: Duration = Duration::from_secs(15);

/// Nodes by the ledger that they serve.
pub struct Ledgers {
    main: Node,
    set: BTreeMap<String, Vec<String>>,
    /// Addresses of the nodes of the main ledger: each is asked which ledgers it serves.
    bases: Vec<String>,
    found: RwLock<Found>,
}

#[derive(Default)]
struct Found {
    at: Option<Instant>,
    urls: BTreeMap<String, Vec<String>>,
    nodes: BTreeMap<String, Node>,
}

impl Ledgers {
    /// Those of the settings. Nothing is asked yet.
    ///
    /// # Errors
    /// An address is none.
    pub fn new(config: &Config) -> Result<Self, civitas_sdk::Error> {
        let set: BTreeMap<String, Vec<String>> = config
            .ledgers
            .iter()
            .map(|ledger| (ledger.name.clone(), ledger.rpc.clone()))
            .collect();
        let mut bases = set.get(MAIN).cloned().unwrap_or_default();
        for node in &config.nodes {
            if !bases.contains(&node.rpc) {
                bases.push(node.rpc.clone());
            }
        }
        Ok(Self {
            main: Node::connect(&bases)?,
            set,
            bases,
            found: RwLock::default(),
        })
    }

    /// The nodes of the main ledger.
    pub const fn main(&self) -> &Node {
        &self.main
    }

    /// The ledgers of the settings; the main ledger with all nodes that are watched.
    pub fn told(&self) -> Vec<FollowedLedger> {
        let urls = |name: &String, urls: &Vec<String>| {
            if name == MAIN {
                self.bases.clone()
            } else {
                urls.clone()
            }
        };
        let told = self.set.iter().map(|(name, set)| FollowedLedger {
            name: name.clone(),
            urls: urls(name, set),
        });
        told.collect()
    }

    /// The nodes of a ledger.
    ///
    /// # Errors
    /// No node serves a ledger of that name, or it is no ledger of the city ([`Kind::FOREIGN`]).
    pub async fn node(&self, name: &str) -> Result<Node, Problem> {
        if name == MAIN {
            return Ok(self.main.clone());
        }
        if is_foreign(name) {
            return Err(Problem::new(Kind::FOREIGN).with("ledger", name));
        }
        self.refresh().await;
        let found = self.found.read().await;
        found
            .nodes
            .get(name)
            .cloned()
            .ok_or_else(|| Problem::not_found("ledger", name))
    }

    /// All ledgers with the addresses of their nodes, the main ledger first.
    pub async fn all(&self) -> Vec<FollowedLedger> {
        self.refresh().await;
        let main = FollowedLedger {
            name: MAIN.to_owned(),
            urls: self.bases.clone(),
        };
        let found = self.found.read().await;
        let others = found.urls.iter().map(|(name, urls)| FollowedLedger {
            name: name.clone(),
            urls: urls.clone(),
        });
        std::iter::once(main).chain(others).collect()
    }

    /// Keeps to nodes that are not behind the others.
    pub async fn prefer_furthest(&self) {
        let partitions: Vec<Node> = self.found.read().await.nodes.values().cloned().collect();
        let all = std::iter::once(&self.main).chain(&partitions);
        futures::future::join_all(all.map(|node| node.prefer_furthest(BEHIND_BLOCKS_MAX))).await;
    }

    async fn refresh(&self) {
        if self.found.read().await.at.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        let mut found = self.found.write().await;
        if found.at.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        let mut urls = self.set.clone();
        urls.remove(MAIN);
        let asked = futures::future::join_all(self.bases.iter().map(served)).await;
        for (base, paths) in self.bases.iter().zip(asked) {
            for path in paths {
                let url = format!("{}{}", base.trim_end_matches('/'), path.path);
                let known = urls.entry(path.name).or_default();
                if !known.contains(&url) {
                    known.push(url);
                }
            }
        }
        // A ledger that no node serves now stays known: its nodes may come back.
        for (name, known) in &found.urls {
            urls.entry(name.clone()).or_insert_with(|| known.clone());
        }
        if urls != found.urls {
            let nodes = urls
                .iter()
                .filter_map(|(name, urls)| Some((name.clone(), Node::connect(urls).ok()?)));
            found.nodes = nodes.collect();
            found.urls = urls;
        }
        found.at = Some(Instant::now());
    }
}

/// Whether a name is that of a chain that is not the city's own (CAIP-2): names of ledgers have no colon.
pub fn is_foreign(name: &str) -> bool {
    name.contains(':')
}

/// The partition ledgers that a node serves; none if it does not answer.
async fn served(base: &String) -> Vec<civitas_api::ledger::LedgerPath> {
    let Ok(node) = Node::connect(std::slice::from_ref(base)) else {
        return Vec::new();
    };
    let paths = node.ledgers().await.unwrap_or_default();
    paths
        .into_iter()
        .filter(|ledger| ledger.name != MAIN && ledger.path != "/")
        .collect()
}

impl From<civitas_sdk::Error> for Problem {
    fn from(error: civitas_sdk::Error) -> Self {
        use civitas_sdk::Error;
        if let Some(decoded) = error
            .revert()
            .and_then(|data| civitas_sdk::contracts::decode_error(data))
        {
            // The contracts say with an error of their own that there is no such thing.
            let kind = if decoded.name.ends_with("Unknown") {
                Kind::NOT_FOUND
            } else {
                Kind::NODE_REFUSED
            };
            return Self::new(kind)
                .with_detail(crate::words::call_text(&decoded))
                .with("error", decoded.name);
        }
        match error {
            Error::Refused { code, message, .. } => Self::new(Kind::NODE_REFUSED)
                .with_detail(message)
                .with("code", code),
            Error::Abi(error) => Self::new(Kind::INVALID).with_detail(error.to_string()),
            Error::NoAddress | Error::Address { .. } => Self::fault(&error),
            Error::Form { .. } => {
                tracing::warn!(cause = %civitas_sdk::causes(&error), "an answer of a node cannot be read");
                Self::new(Kind::NODE_REFUSED).with_detail(
                    "the answer of the node cannot be read: it nests too deep, or is of another version",
                )
            }
            Error::Unreachable { .. } => {
                tracing::warn!(cause = %civitas_sdk::causes(&error), "a node did not answer");
                Self::new(Kind::NODE_DOWN).with_retry_after(5)
            }
        }
    }
}
