//! Reads the metrics of every node, and of this machine, at one moment after another.
//!
//! A node that does not answer ends its series at once (a stale mark), so that an alarm over an absence does not wait
//! for five minutes of look-back. A node may send anything: what is read of it is bounded and named.

mod exposition;
mod host;

use crate::{
    NodeTarget, Result, Settings, Time,
    series::{Row, SampleStore},
};
use futures::{StreamExt, stream};
use host::HostMeter;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

/// Bytes of one answer: a node with a dozen partition ledgers sends about 2 MB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a node may take to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(4);
/// Nodes that are read at a time: each answer is held in memory.
const CONCURRENT: usize = 4;

/// Names (as prefixes) that are kept where the settings name none. A node exports thousands of series, most of them
/// about the files of its storage; these are the ones that a person or a rule of ours looks at.
pub(crate) const KEPT: [&str; 16] = [
    "civitas_",
    "ledger_simplex_ordering_automaton_build_duration_",
    "ledger_simplex_ordering_marshal_finalized_height",
    "ledger_simplex_ordering_marshal_processed_height",
    "ledger_simplex_ordering_payloads_waiters",
    "ledger_simplex_ordering_voting_voter_finalization_latency_bucket",
    "ledger_simplex_ordering_voting_voter_finalization_latency_count",
    "ledger_simplex_ordering_voting_voter_finalization_latency_sum",
    "ledger_simplex_ordering_voting_voter_notarization_latency_count",
    "ledger_simplex_ordering_voting_voter_notarization_latency_sum",
    "ledger_simplex_ordering_voting_voter_state_",
    "links_dropped_messages_total",
    "network_links_",
    "network_tracker_directory_",
    "runtime_",
    "state_state_apply_batch_duration_",
];
/// Beginnings of names that are the console's own: a node cannot speak for them, whatever is kept.
const OWN: [&str; 4] = ["host_", "process_", "scrape_", "up"];
/// Names below [`KEPT`] that are dropped all the same: one for each task of the runtime.
const DROPPED: [&str; 1] = ["runtime_tasks_"];

type SeriesKey = (String, Vec<(String, String)>);

/// Reads metrics round by round.
pub(crate) struct Scraper {
    client: reqwest::Client,
    store: Arc<dyn SampleStore>,
    nodes: Vec<NodeTarget>,
    kept: Vec<String>,
    host: Option<Arc<Mutex<HostMeter>>>,
    seen: BTreeMap<String, BTreeSet<SeriesKey>>,
    latest: Arc<Mutex<Vec<Row>>>,
    told: Arc<Mutex<Vec<Told>>>,
}

/// A figure that the console itself tells, beside those of nodes and the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its name, as Prometheus takes it.
    pub name: String,
    /// Its labels, without the name.
    pub labels: Vec<(String, String)>,
    /// What it is now.
    pub value: f64,
}

impl Told {
    /// As a row of the store.
    pub(crate) fn at(&self, time: Time) -> Row {
        Row {
            name: self.name.clone(),
            labels: self.labels.clone(),
            time,
            value: self.value,
        }
    }
}

/// What one node said, or that it did not.
struct Reading {
    node: String,
    up: bool,
    seconds: f64,
    rows: Vec<Row>,
    dropped: u64,
}

impl Scraper {
    pub(crate) fn new(
        client: reqwest::Client,
        store: Arc<dyn SampleStore>,
        nodes: Vec<NodeTarget>,
        settings: &Settings,
    ) -> Self {
        let kept = if settings.metrics_kept.is_empty() {
            KEPT.iter().map(|prefix| (*prefix).to_owned()).collect()
        } else {
            settings.metrics_kept.clone()
        };
        let host = settings
            .host
            .then(|| Arc::new(Mutex::new(HostMeter::new(&nodes))));
        Self {
            client,
            store,
            nodes,
            kept,
            host,
            seen: BTreeMap::new(),
            latest: Arc::default(),
            told: Arc::default(),
        }
    }

    /// What the console tells, read with every round.
    pub(crate) fn told(&self) -> Arc<Mutex<Vec<Told>>> {
        self.told.clone()
    }

    /// What was read last, for those who send it on.
    pub(crate) fn latest(&self) -> Arc<Mutex<Vec<Row>>> {
        self.latest.clone()
    }

    /// Reads everything once and keeps it as of `now`.
    pub(crate) async fn scrape(&mut self, now: Time) -> Result<()> {
        let targets: Vec<(String, String)> = self
            .nodes
            .iter()
            .filter_map(|node| Some((node.name.clone(), node.metrics.clone()?)))
            .collect();
        let (client, kept) = (&self.client, &self.kept);
        let readings: Vec<Reading> = stream::iter(targets)
            .map(|(node, url)| read(client, kept, node, url, now))
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        let mut ended = Vec::new();
        let mut rows = Vec::new();
        for reading in readings {
            ended.extend(self.vanished(&reading, now));
            rows.extend(reading.into_rows(now));
        }
        rows.extend(self.told.lock().iter().map(|told| told.at(now)));
        let (store, host, latest) = (self.store.clone(), self.host.clone(), self.latest.clone());
        tokio::task::spawn_blocking(move || {
            if let Some(host) = host {
                rows.extend(host.lock().read(now));
            }
            latest.lock().clone_from(&rows);
            store.append(rows)?;
            store.end(ended)
        })
        .await
        .map_err(|source| crate::Error::Series {
            source: Box::new(source),
        })?
    }

    /// Series of a node that were there before and are not in this reading, and remembers those that are.
    fn vanished(&mut self, reading: &Reading, now: Time) -> Vec<Row> {
        let current: BTreeSet<SeriesKey> = reading
            .rows
            .iter()
            .map(|row| (row.name.clone(), row.labels.clone()))
            .collect();
        let before = self.seen.insert(reading.node.clone(), current);
        let Some(current) = self.seen.get(&reading.node) else {
            return Vec::new();
        };
        before
            .unwrap_or_default()
            .difference(current)
            .map(|(name, labels)| Row {
                name: name.clone(),
                labels: labels.clone(),
                time: now,
                value: f64::NAN,
            })
            .collect()
    }
}

impl Reading {
    fn into_rows(self, now: Time) -> Vec<Row> {
        let count = self.rows.len();
        let mut rows = self.rows;
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of one answer are far below 2^53"
        )]
        let own = [
            ("up", if self.up { 1.0 } else { 0.0 }),
            ("scrape_duration_seconds", self.seconds),
            ("scrape_samples_kept", count as f64),
            ("scrape_samples_dropped", self.dropped as f64),
        ];
        rows.extend(own.into_iter().map(|(name, value)| Row {
            name: name.into(),
            labels: vec![("node".into(), self.node.clone())],
            time: now,
            value,
        }));
        rows
    }
}

async fn read(client: &reqwest::Client, kept: &[String], node: String, url: String, now: Time) -> Reading {
    let began = Instant::now();
    let answer = tokio::time::timeout(ANSWER_TIME_MAX, fetch(client, &url)).await;
    let text = match answer {
        Ok(Ok(text)) => Some(text),
        Ok(Err(error)) => {
            tracing::debug!(node, %error, "the metrics of a node cannot be read");
            None
        }
        Err(_) => {
            tracing::debug!(node, "the metrics of a node take too long");
            None
        }
    };
    let (rows, dropped) = text
        .as_deref()
        .map(|text| {
            exposition::rows(text, &node, now, |name| {
                let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
                kept.iter().any(|prefix| name.starts_with(prefix)) && !begins(&DROPPED) && !begins(&OWN)
            })
        })
        .unwrap_or_default();
    Reading {
        node,
        up: text.is_some(),
        seconds: began.elapsed().as_secs_f64(),
        rows,
        dropped,
    }
}

async fn fetch(
    client: &reqwest::Client,
    url: &str,
) -> std::result::Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(format!("the answer has more than {ANSWER_BYTES_MAX} bytes").into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(body)?)
}
