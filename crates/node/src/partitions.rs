//! The partition ledgers of a node: which ones it runs follows the registry on the main ledger, without a restart.
//!
//! ```text
//!  main ledger ─ every block ─▶ Partitions ─ start, stop ─▶ a thread with a runtime of its own for each ledger
//!   (Ledgers)                      ▲  │ members                │  store, pool, application, ordering, JSON-RPC path
//!                                  │  └──▶ Switchboard ◀───────┤
//!                                  └─────────── it is up, it has ended ──┘
//! ```
//!
//! A node runs a ledger while the registry has it among the members, or while it still orders the ledger's current
//! epoch: a validator that was voted out serves until its epoch is over. Where nobody answers it any more it cannot
//! learn of that end, and gives up.
//!
//! Invariants:
//! - Nothing of a partition ledger runs on the threads of the main ledger, and nothing here waits for one: a panic, a
//!   full disk or an engine that stops ends that ledger's runtime alone. It is started again, later each time.
//! - A ledger that this node may have voted on before and whose data is gone follows before it votes ([`register`]).
//! - A fault of one ledger, also in what is written about it here, leaves the others as they are.

mod audience;
mod departures;
pub mod links;
mod readiness;
pub mod refusals;
pub mod register;
mod running;

use crate::{
    application::CLOCK_AHEAD_MS_MAX,
    auditing::now_ms,
    config::StorageConfig,
    metrics::LedgerMetrics,
    partitions::register::{Duty, Lost, Register, RegisterError},
    registry::READY_AGAIN_BLOCKS,
    words::Shelf,
};
use alloy_primitives::B256;
use audience::Orderers;
use civitas_audit::Recorder;
use civitas_crypto::NodeKeyPair;
use civitas_mempool::Pool;
use civitas_network as network;
use civitas_ports::{Head, LedgerStore, Ordering, StateView, StoreError};
use civitas_rpc::{LedgerPaths, Limits};
use civitas_system_contracts::{
    ledgers::{self, LedgerRecord, Status},
    nodes,
};
use civitas_types::{Block, Epochs, Height};
use commonware_runtime::{Clock, tokio as runtime};
use departures::{Departures, Place, Still};
use parking_lot::Mutex;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use running::Job;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};
use thiserror::Error;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc, oneshot, watch,
};
use tracing::{error, info, warn};

/// Channels of a partition ledger: those of its ordering engine, and transaction batches.
pub const CHANNELS: usize = 6;
/// The links of partition ledgers.
pub type Switchboard =
    network::Switchboard<runtime::Context, network::ChannelSender<runtime::Context>, CHANNELS>;

/// Reports of ledgers that wait to be read; their threads wait beyond it.
const EVENTS_WAITING: usize = 64;
/// Pause before a ledger that has failed is started again; it doubles each time, up to the longest.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(60);
/// A ledger that has run for so long begins with the first pause again.
const RETRY_FORGOTTEN: Duration = Duration::from_secs(300);
/// How often ledgers are looked at when the main ledger stands still.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a validator that was voted out stays: the others may need its last votes to end its last epoch.
const LEAVE: Duration = Duration::from_secs(20);
/// How long ledgers may take to end when the node stops.
const STOP: Duration = Duration::from_secs(5);

/// What the ledgers of a node have in common.
pub struct Surroundings {
    /// Gives the time.
    pub clock: runtime::Context,
    /// Blocks and state of the main ledger.
    pub store: Arc<dyn LedgerStore>,
    /// Ordering of the main ledger: says when a node that has lost its data votes again.
    pub ordering: Arc<dyn Ordering>,
    /// The pool of the main ledger.
    pub main_pool: Arc<Pool>,
    /// Chain id of the main ledger.
    pub chain_id: u64,
    /// Base fee of the main ledger: nodes have no coins to pay one with.
    pub base_fee: u64,
    /// Epochs of the main ledger.
    pub epochs: Epochs,
    /// Height of the main ledger's newest block, see [`follow_heights`].
    pub heights: watch::Receiver<Height>,
    /// The node's key.
    pub key: NodeKeyPair,
    /// The node's data folder.
    pub data: PathBuf,
    /// Settings of blocks and state.
    pub storage: StorageConfig,
    /// Settings of the pools.
    pub pool: civitas_mempool::Config,
    /// The thesauri of the node, if it has any.
    pub shelf: Option<Arc<Shelf>>,
    /// The links, and who is linked; none where the main ledger has no network.
    pub links: Option<(Switchboard, network::Directory)>,
    /// JSON-RPC.
    pub paths: LedgerPaths,
    /// Bounds of single calls.
    pub limits: Limits,
    /// Takes audit records, if they are kept.
    pub recorder: Option<Recorder>,
    /// Counts what happens.
    pub metrics: PartitionMetrics,
}

/// Why partition ledgers cannot be followed.
#[derive(Debug, Error)]
pub enum PartitionsError {
    /// The list of ledgers that were started.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The registry.
    #[error("the registry of ledgers could not be read")]
    Registry(#[from] StoreError),
}

/// A ledger, as a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LedgerLabel {
    ledger: String,
}

/// What is counted of partition ledgers.
#[derive(Clone, Debug, Default)]
pub struct PartitionMetrics {
    up: Family<LedgerLabel, Gauge>,
    height: Family<LedgerLabel, Gauge>,
    failures: Family<LedgerLabel, Counter>,
}

impl PartitionMetrics {
    /// Registers the counts among those of the node.
    pub fn new(metrics: &LedgerMetrics) -> Self {
        let counts = Self::default();
        metrics.extend(|registry| {
            registry.register(
                "partition_up",
                "Whether a partition ledger runs on this node",
                counts.up.clone(),
            );
            registry.register(
                "partition_block_height",
                "Height of the newest block of a partition ledger",
                counts.height.clone(),
            );
            registry.register(
                "partition_failures",
                "How often a partition ledger has ended by itself",
                counts.failures.clone(),
            );
        });
        counts
    }
}

/// What the thread of a ledger reports.
enum Event {
    /// The ledger runs.
    Up {
        name: String,
        seen: watch::Receiver<Seen>,
    },
    /// The thread has ended; with the reason, if nobody asked for it.
    Ended { name: String, failure: Option<String> },
}

/// What a ledger's thread tells of it, block by block, so that nobody else has to wait for its disk.
#[derive(Clone, Debug, Default)]
struct Seen {
    height: Height,
    /// Time of its newest block, in milliseconds since 1970.
    timestamp_ms: u64,
    /// Who orders the current epoch.
    ordering: BTreeSet<B256>,
}

/// A ledger whose thread runs.
struct Running {
    stop: Option<oneshot::Sender<()>>,
    since: SystemTime,
    /// None before it is up.
    seen: Option<watch::Receiver<Seen>>,
    /// Since when it is not wanted.
    leaving: Option<SystemTime>,
    /// How long it has stood at its height.
    still: Still,
    orderers: Orderers,
    /// Height of the main ledger at which the node last proved that it is ready to order it.
    proved_at: Option<u64>,
}

/// A ledger that has failed.
struct Failed {
    again_at: SystemTime,
    pause: Duration,
}

/// The partition ledgers of a node.
pub struct Partitions {
    around: Arc<Surroundings>,
    register: Arc<Mutex<Register>>,
    /// Milliseconds since 1970 at which this node started.
    started_ms: u64,
    generation: Option<u64>,
    records: Arc<[LedgerRecord]>,
    running: BTreeMap<String, Running>,
    failed: BTreeMap<String, Failed>,
    departures: Departures,
    reports: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
}

/// Tells the newest height of the main ledger, so that waiting for it costs nothing.
pub async fn follow_heights(
    store: Arc<dyn LedgerStore>,
    mut heads: broadcast::Receiver<Arc<Block>>,
    heights: watch::Sender<Height>,
) {
    loop {
        heights.send_replace(store.head().height);
        match heads.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

impl Partitions {
    /// No ledger runs yet.
    pub fn new(around: Surroundings, register: Register) -> Self {
        let (reports, events) = mpsc::channel(EVENTS_WAITING);
        Self {
            started_ms: now_ms(around.clock.current()),
            around: Arc::new(around),
            register: Arc::new(Mutex::new(register)),
            generation: None,
            records: Arc::default(),
            running: BTreeMap::new(),
            failed: BTreeMap::new(),
            departures: Departures::default(),
            reports,
            events,
        }
    }

    /// Runs ledgers as the registry says, until `stop`; then ends them.
    pub async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut heights = self.around.heights.clone();
        loop {
            if let Err(error) = self.look() {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the registry of ledgers is not followed"
                );
            }
            let pause = self.around.clock.sleep(LOOK_INTERVAL);
            tokio::select! {
                biased;
                _ = &mut stop => break,
                Some(event) = self.events.recv() => self.heard(event),
                Ok(()) = heights.changed() => {}
                () = pause => {}
            }
        }
        self.end().await;
    }

    async fn end(mut self) {
        for running in self.running.values_mut() {
            running.stop.take();
        }
        let late = self.around.clock.sleep(STOP);
        tokio::pin!(late);
        while !self.running.is_empty() {
            tokio::select! {
                Some(event) = self.events.recv() => self.heard(event),
                () = &mut late => {
                    warn!(ledgers = self.running.len(), "ledgers that do not end are left behind");
                    return;
                }
            }
        }
    }

    fn heard(&mut self, event: Event) {
        match event {
            Event::Up { name, seen } => {
                if let Some(running) = self.running.get_mut(&name) {
                    running.seen = Some(seen);
                }
            }
            Event::Ended { name, failure } => self.ended(name, failure),
        }
    }

    fn ended(&mut self, name: String, failure: Option<String>) {
        let running = self.running.remove(&name);
        let label = LedgerLabel { ledger: name.clone() };
        self.around.metrics.up.get_or_create(&label).set(0);
        let Some(reason) = failure else {
            info!(ledger = name, "the ledger has stopped");
            return;
        };
        let now = self.around.clock.current();
        let lasted = running.and_then(|running| now.duration_since(running.since).ok());
        let before = self.failed.get(&name).map(|failed| failed.pause);
        let pause = match before {
            Some(before) if lasted.is_none_or(|lasted| lasted < RETRY_FORGOTTEN) => {
                before.saturating_mul(2).min(RETRY_LONGEST)
            }
            _ => RETRY_FIRST,
        };
        self.around.metrics.failures.get_or_create(&label).inc();
        error!(
            ledger = name,
            reason,
            again_in_seconds = pause.as_secs(),
            "the ledger has failed; the others go on"
        );
        let again_at = now.checked_add(pause).unwrap_or(now);
        self.failed.insert(name, Failed { again_at, pause });
    }

    /// Compares what runs with what should.
    fn look(&mut self) -> Result<(), PartitionsError> {
        let register = self.register.clone();
        // A ledger's thread that writes the list has a lower priority, so nothing waits for it here: the next look comes
        // with the next block, or within a second.
        let Some(mut register) = register.try_lock() else {
            return Ok(());
        };
        let head = self.around.store.head();
        let view = self.around.store.view(head.height)?;
        if let Some(lost) = register.lost()
            && let Some(height) = self.forgotten_until(lost, &head, &*view)?
        {
            register.remembers_above(height)?;
        }
        let ask = |question: fn(&mut dyn civitas_system_contracts::host::Host) -> _| {
            civitas_evm::ask(&*view, head.timestamp_ms, question)
        };
        let generation = ask(ledgers::generation).map_err(StoreError::from)?;
        if self.generation != Some(generation) {
            let records = civitas_evm::ask(&*view, head.timestamp_ms, ledgers::ledgers);
            self.records = records.map_err(StoreError::from)?.into();
            self.generation = Some(generation);
        }
        for record in self.records.clone().iter() {
            if let Err(error) = self.follow(record, &mut register) {
                let error = &error as &dyn std::error::Error;
                warn!(
                    ledger = record.name,
                    error, "the ledger does not follow the registry"
                );
            }
        }
        Ok(())
    }

    /// Height of the main ledger up to which the node may have run ledgers that it no longer knows of; none while nothing
    /// tells it.
    fn forgotten_until(
        &self,
        lost: Lost,
        head: &Head,
        view: &dyn StateView,
    ) -> Result<Option<Height>, PartitionsError> {
        let epoch = self.around.epochs.of(head.height.next());
        if lost == Lost::List {
            // It ran what its own blocks had shown it.
            return Ok(Some(head.height));
        }
        if self.around.ordering.status().voting {
            // Votes begin with a certificate of the epoch that follows the executed blocks, wherever in it that is, and that
            // is newer than what was lost.
            return Ok(Some(self.around.epochs.last(epoch)));
        }
        let own = self.around.key.public_key();
        let orderers = civitas_evm::ask(view, head.timestamp_ms, |host| nodes::validators(host, epoch))
            .map_err(StoreError::from)?;
        let orders = orderers.iter().any(|validator| validator.key == own);
        // Nothing will ever tell one that has no vote, but the time: what it ran was created before it started.
        let is_later = head.timestamp_ms > self.started_ms.saturating_add(CLOCK_AHEAD_MS_MAX);
        Ok((!orders && is_later).then_some(head.height))
    }

    fn follow(&mut self, record: &LedgerRecord, register: &mut Register) -> Result<(), PartitionsError> {
        let (own, name) = (self.around.key.public_key(), &record.name);
        let running = self.running.get(name);
        let seen = running.and_then(|running| Some(running.seen.as_ref()?.borrow().clone()));
        let duty = match &seen {
            Some(seen) if seen.ordering.contains(&own) => Duty::Orders,
            Some(_) => Duty::Follows,
            None => register.duty(name),
        };
        let is_open = matches!(record.status, Status::Active | Status::Frozen);
        let is_member = audience::is_runner(record, &own);
        let place = Place {
            is_open,
            is_member,
            is_orderer: duty == Duty::Orders,
        };
        let now = self.around.clock.current();
        let mut is_wanted = self.departures.is_wanted(name, place, now);
        if running.is_none() {
            if is_wanted && self.is_due(name) {
                self.start(record);
            }
            return Ok(());
        }
        if let Some(seen) = seen {
            self.report(name, seen.height);
            let is_still = self.see(record, &seen);
            register.note(name, duty)?;
            if duty == Duty::Follows {
                self.prove_ready(record, &seen)?;
            }
            if is_wanted && !is_member && is_still {
                warn!(
                    ledger = name,
                    "this node is no member of the ledger any more and gets no block of it: it stops to run it"
                );
                self.departures.give_up(name, now);
                is_wanted = false;
            }
        }
        self.keep(name, is_wanted, is_open);
        Ok(())
    }

    /// Takes in what a ledger tells, and tells the links. Whether nobody serves the ledger to this node any more.
    fn see(&mut self, record: &LedgerRecord, seen: &Seen) -> bool {
        let now = self.around.clock.current();
        let Some(running) = self.running.get_mut(&record.name) else {
            return false;
        };
        running.orderers.see(&seen.ordering, now);
        let keys = audience::of(record, running.orderers.keys());
        running.still.see(seen.height, now);
        let still = running.still;
        self.link(record, &keys);
        let main_ms = self.around.store.head().timestamp_ms;
        still.is_left_behind(record.parameters.heartbeat_ms, main_ms, now)
    }

    fn prove_ready(&mut self, record: &LedgerRecord, seen: &Seen) -> Result<(), StoreError> {
        let height = self.around.store.head().height.get();
        let Some(running) = self.running.get_mut(&record.name) else {
            return Ok(());
        };
        let is_early = |sent: u64| height < sent.saturating_add(READY_AGAIN_BLOCKS);
        let own = self.around.key.public_key();
        if running.proved_at.is_some_and(is_early) || !readiness::is_due(&self.around, record, seen, own)? {
            return Ok(());
        }
        running.proved_at = Some(height);
        readiness::prove(&self.around, record);
        Ok(())
    }

    /// Ends a ledger that is closed, and a while later one that is not wanted any more.
    fn keep(&mut self, name: &str, is_wanted: bool, is_open: bool) {
        let now = self.around.clock.current();
        let Some(running) = self.running.get_mut(name) else {
            return;
        };
        if is_wanted {
            running.leaving = None;
            return;
        }
        let since = *running.leaving.get_or_insert(now);
        if !is_open || now.duration_since(since).unwrap_or_default() >= LEAVE {
            running.stop.take();
        }
    }

    fn report(&self, name: &str, height: Height) {
        let label = LedgerLabel {
            ledger: name.to_owned(),
        };
        self.around.metrics.up.get_or_create(&label).set(1);
        let height = i64::try_from(height.get()).unwrap_or(i64::MAX);
        self.around.metrics.height.get_or_create(&label).set(height);
    }

    /// Whether a ledger that failed may be started again.
    fn is_due(&self, name: &str) -> bool {
        let failed = self.failed.get(name);
        failed.is_none_or(|failed| self.around.clock.current() >= failed.again_at)
    }

    /// Tells the links who belongs to the ledger.
    fn link(&self, record: &LedgerRecord, keys: &[B256]) {
        let links = self.around.links.as_ref();
        let Some(members) = links.and_then(|(switchboard, _)| switchboard.members(record.chain_id)) else {
            return;
        };
        if let Err(error) = members.replace(keys) {
            let error = &error as &dyn std::error::Error;
            warn!(
                ledger = record.name,
                error, "the links of the ledger do not follow its members"
            );
        }
    }

    fn start(&mut self, record: &LedgerRecord) {
        let (stop, stopped) = oneshot::channel();
        info!(
            ledger = record.name,
            chain_id = record.chain_id,
            "the ledger is started"
        );
        let job = Job {
            around: self.around.clone(),
            register: self.register.clone(),
            record: record.clone(),
            reports: self.reports.clone(),
        };
        let now = self.around.clock.current();
        let running = Running {
            stop: Some(stop),
            since: now,
            seen: None,
            leaving: None,
            still: Still::new(now),
            orderers: Orderers::default(),
            proved_at: None,
        };
        self.running.insert(record.name.clone(), running);
        if let Err(error) = running::spawn(job, stopped) {
            self.ended(record.name.clone(), Some(error.to_string()));
        }
    }
}
