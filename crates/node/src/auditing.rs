//! The audit records of a running node: what it records, and when it anchors its records on the ledger.
//!
//! ```text
//! heads, store ─▶ Deriver ──────────┐
//! pool.denied(), refused links ─▶ Tally ─▶ Recorder ─▶ Writer (a thread) ─▶ data/audit
//! Keeper of certificates, start, stop ───┘                                     │ head
//! pool ◀── Audit.anchor, signed by the node ◀── every `anchor_blocks` ◀────────┘
//! ```
//!
//! Invariants:
//! - Consensus never waits: this is a reader of the store and of broadcasts, with a bounded queue to the disk.
//! - Every block is looked at once, in order; what was recorded of the last one before a crash says where to go on.
//! - An anchor makes no record, so an idle ledger stays idle; a node whose anchors have no effect sends them ever
//!   more rarely.
//! - An anchor never covers a record that is not durable.

mod anchors;

use crate::{
    config::AuditConfig, data::DataFolder, ledger::Ledger, metrics::LedgerMetrics, service::client_version,
};
use anchors::{Anchorer, Parties};
use civitas_audit::{
    Deriver, Entry, Log, LogError, Outcome, Position, Recorder, SEGMENT_BYTES_MAX, Source, Tally, Writer,
};
use civitas_crypto::NodeKeyPair;
use civitas_mempool::Denied;
use civitas_network::{CutLink, Reason, Refusals};
use civitas_ports::{LedgerStore, Origin};
use civitas_system_contracts::address::AUDIT;
use civitas_types::{Block, Genesis, Height};
use commonware_runtime::{Clock as _, Handle, Spawner as _, Supervisor as _, tokio::Context};
use parking_lot::Mutex;
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        oneshot,
    },
    task::JoinHandle,
};
use tracing::warn;

/// How often refused links are counted, records are made durable, and metrics are set.
const TICK: Duration = Duration::from_secs(1);
/// How long what was counted last may take to be handed over when the node stops.
const FOLLOWER_STOP: Duration = Duration::from_secs(5);
/// Blocks that are taken from the store before other sources have their turn.
const BLOCKS_PER_TURN: u64 = 64;
/// Blocks without an entry after which one says how far the node is, so that a restart has few blocks to look at.
const FOLLOWED_BLOCKS: u64 = 10_000;

/// The audit records of a node, before and while it runs.
pub(crate) struct Auditing {
    settings: AuditConfig,
    recorder: Option<Recorder>,
    /// Taken when it starts.
    writer: Mutex<Option<Writer>>,
    /// Set where the node has links.
    refusals: OnceLock<Refusals>,
}

impl Auditing {
    /// Opens the records of a node.
    pub(crate) fn open(settings: &AuditConfig, data: &DataFolder) -> Result<Self, LogError> {
        let (mut recorder, mut writer) = (None, None);
        if settings.enabled {
            let (first, second) = civitas_audit::start(Log::open(&data.audit(), SEGMENT_BYTES_MAX)?);
            (recorder, writer) = (Some(first), Some(second));
        }
        Ok(Self {
            settings: settings.clone(),
            recorder,
            writer: Mutex::new(writer),
            refusals: OnceLock::new(),
        })
    }

    /// Takes the acts of other parts of the node, if records are kept.
    pub(crate) fn recorder(&self) -> Option<Recorder> {
        self.recorder.clone()
    }

    /// Records refused links from now on.
    pub(crate) fn watch_links(&self, refusals: &Refusals) {
        // A node has one network.
        let _ = self.refusals.set(refusals.clone());
    }

    /// Begins to record, if records are kept.
    pub(crate) fn start(&self, context: &Context, ledger: &Ledger, node: Node<'_>) -> Option<Running> {
        let recorder = self.recorder.clone()?;
        let writer = self.writer.lock().take()?;
        let followed = writer.position();
        let thread = tokio::task::spawn_blocking(move || writer.run());
        recorder
            .note(Entry::new("node.started", now_ms(context.current())).with("version", client_version()));
        let metrics = AuditMetrics::default();
        metrics.register(node.metrics);
        let parties = Parties {
            store: ledger.store.clone(),
            pool: ledger.pool.clone(),
            key: node.key.clone(),
            chain_id: node.genesis.chain_id(),
            base_fee: node.genesis.parameters.base_fee,
        };
        let follower = Follower {
            recorder: recorder.clone(),
            store: ledger.store.clone(),
            deriver: Deriver::default(),
            tally: Tally::default(),
            next: followed.map_or(Height::GENESIS, |position| Height::new(position.height)),
            followed,
            entry_at: followed.map_or(0, |position| position.height),
            refusals: self.refusals.get().cloned(),
            refused: [0; Reason::ALL.len()],
            anchorer: Anchorer::new(parties, self.settings.anchor_blocks),
            metrics,
        };
        let (heads, denied) = (ledger.heads.subscribe(), ledger.pool.denied());
        let (stop, stopped) = oneshot::channel();
        let follower = context
            .child("audit")
            .spawn(move |context| follower.run(context, (heads, denied), stopped));
        Some(Running {
            recorder,
            thread,
            stop,
            follower,
        })
    }
}

/// What of the node the records need.
pub(crate) struct Node<'a> {
    /// Signs anchors.
    pub(crate) key: &'a NodeKeyPair,
    /// Of the ledger.
    pub(crate) genesis: &'a Genesis,
    /// Counts.
    pub(crate) metrics: &'a LedgerMetrics,
}

/// Records that are being written.
pub(crate) struct Running {
    recorder: Recorder,
    thread: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    follower: Handle<()>,
}

impl Running {
    /// Records that the node stops, makes everything durable, and ends.
    pub(crate) async fn stop(self, now: SystemTime) {
        // An error says that it has ended already.
        let _ = self.stop.send(());
        if tokio::time::timeout(FOLLOWER_STOP, self.follower).await.is_err() {
            warn!("refusals that were counted last are not recorded");
        }
        self.recorder
            .note(Entry::new("node.stopped", now_ms(now)).with("version", client_version()));
        self.recorder.stop().await;
        if self.thread.await.is_err() {
            warn!("the writer of audit records ended early");
        }
    }
}

/// What is recorded of a link that this node cuts.
pub(crate) fn link_cut(cut: &CutLink, now: SystemTime) -> Entry {
    Entry::new("link.cut", now_ms(now))
        .about(cut.peer)
        .with("reason", cut.reason.name())
}

/// What is recorded of a transaction that this node did not take, as long as it is not an anchor: the record would need
/// another one.
pub(crate) fn refused_at_the_door(denied: &Denied, now: SystemTime) -> Option<Entry> {
    let to = alloy_consensus::Transaction::to(denied.transaction.envelope());
    if to == Some(AUDIT) {
        return None;
    }
    let origin = match denied.origin {
        Origin::Client => "client",
        Origin::Peer => "peer",
    };
    let entry = Entry::new("door.refused", now_ms(now))
        .by(denied.transaction.sender())
        .about(to.map_or_else(|| "a new contract".to_owned(), |to| to.to_string()))
        .ended(Outcome::Refused)
        .with("transaction", denied.transaction.hash())
        .with("origin", origin);
    Some(entry)
}

/// Milliseconds since 1970.
pub(crate) fn now_ms(now: SystemTime) -> u64 {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Clone, Debug, Default)]
struct AuditMetrics {
    records: Counter,
    dropped: Counter,
    anchored: Gauge,
}

impl AuditMetrics {
    fn register(&self, metrics: &LedgerMetrics) {
        // No record is anchored.
        self.anchored.set(-1);
        metrics.extend(|registry| {
            registry.register("audit_records", "Audit records written since the start", self.records.clone());
            registry.register(
                "audit_records_dropped",
                "Audit records lost since the start, as a record says",
                self.dropped.clone(),
            );
            registry.register(
                "audit_anchored_index",
                "Index of the last audit record of this node that is anchored on the ledger, -1 before the first",
                self.anchored.clone(),
            );
        });
    }
}

/// Follows what is to be recorded.
struct Follower {
    recorder: Recorder,
    store: Arc<dyn LedgerStore>,
    deriver: Deriver,
    tally: Tally,
    /// The next block to look at.
    next: Height,
    /// The newest entry of the ledger that is recorded.
    followed: Option<Position>,
    /// Height of the newest entry.
    entry_at: u64,
    refusals: Option<Refusals>,
    /// Refused links by reason, as they were counted last.
    refused: [u64; Reason::ALL.len()],
    anchorer: Anchorer,
    metrics: AuditMetrics,
}

impl Follower {
    async fn run(
        mut self,
        context: Context,
        (mut heads, mut denied): (Receiver<Arc<Block>>, Receiver<Denied>),
        mut stopped: oneshot::Receiver<()>,
    ) {
        let mut ticked = context.current();
        loop {
            // Wakes for a block, a denial, or the clock; where blocks are waiting, at once.
            let is_behind = self.next <= self.store.head().height;
            let pause = if is_behind { Duration::ZERO } else { TICK };
            tokio::select! {
                biased;
                _ = &mut stopped => break,
                refusal = denied.recv() => self.denied(refusal, context.current()),
                head = heads.recv() => match head {
                    Ok(block) => self.applied(&block).await,
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                },
                () = context.sleep(pause) => {}
            }
            if let Err(error) = self.catch_up().await {
                warn!(
                    error = &*error as &dyn std::error::Error,
                    "a block cannot be read for the audit records"
                );
                context.sleep(TICK).await;
            }
            let now = context.current();
            if now.duration_since(ticked).unwrap_or(TICK) >= TICK {
                ticked = now;
                self.tick(now_ms(now)).await;
            }
        }
        self.flush(denied, context.current());
    }

    /// Hands over what was counted and not told yet.
    fn flush(&mut self, mut denied: Receiver<Denied>, now: SystemTime) {
        while let Ok(refusal) = denied.try_recv() {
            self.denied(Ok(refusal), now);
        }
        self.count_refused_links(now_ms(now));
        for entry in self.tally.flush() {
            self.recorder.note(entry);
        }
    }

    /// A block that comes in its turn need not be read from the store.
    async fn applied(&mut self, block: &Block) {
        if block.height() == self.next {
            self.take(block).await;
        }
    }

    async fn catch_up(&mut self) -> Result<(), civitas_ports::BoxError> {
        for _ in 0..BLOCKS_PER_TURN {
            if self.next > self.store.head().height {
                return Ok(());
            }
            let Some(block) = self.store.block(self.next).await? else {
                return Err(format!("the store has no block {}", self.next.get()).into());
            };
            if !self.take(&block).await {
                return Err("they cannot be written".into());
            }
        }
        Ok(())
    }

    /// Records what a block says; false if that could not be written, and the block is to be taken again.
    async fn take(&mut self, block: &Block) -> bool {
        let height = block.height().get();
        let mut entries = self.deriver.entries(block);
        let count = entries.len();
        entries.retain(|entry| entry.is_after(self.followed));
        if count == 0 && height >= self.entry_at.saturating_add(FOLLOWED_BLOCKS) {
            let source = Source::Ledger(Position { height, entry: 0 });
            let entry = Entry::new("audit.followed", block.timestamp_ms);
            entries.push(Entry { source, ..entry });
        }
        if let Some(last) = entries.last() {
            let source = last.source;
            if !self.recorder.record(entries).await {
                return false;
            }
            if let Source::Ledger(position) = source {
                self.followed = Some(position);
                self.entry_at = height;
            }
        }
        self.next = block.height().next();
        true
    }

    fn denied(&mut self, refusal: Result<Denied, RecvError>, now: SystemTime) {
        let denied = match refusal {
            Ok(denied) => denied,
            Err(RecvError::Lagged(count)) => return self.recorder.lost(count),
            // The pool lives as long as the ledger.
            Err(RecvError::Closed) => return,
        };
        let Some(entry) = refused_at_the_door(&denied, now) else {
            return;
        };
        if let Some(entry) = self.tally.count(entry, &denied.reason, 1) {
            self.recorder.note(entry);
        }
    }

    async fn tick(&mut self, now_ms: u64) {
        self.count_refused_links(now_ms);
        for entry in self.tally.collect(now_ms) {
            self.recorder.note(entry);
        }
        self.recorder.sync(now_ms);
        if let Some(anchored) = self.anchorer.look(&self.recorder).await {
            self.metrics
                .anchored
                .set(i64::try_from(anchored).unwrap_or(i64::MAX));
        }
        let counts = self.recorder.counts();
        for (metric, count) in [
            (&self.metrics.records, counts.written),
            (&self.metrics.dropped, counts.dropped),
        ] {
            metric.inc_by(count.saturating_sub(metric.get()));
        }
    }

    fn count_refused_links(&mut self, now_ms: u64) {
        let Some(refusals) = &self.refusals else { return };
        for (reason, known) in Reason::ALL.into_iter().zip(&mut self.refused) {
            let count = refusals.count(reason);
            let new = count.saturating_sub(*known);
            *known = count;
            if new == 0 || !reason.is_remarkable() {
                continue;
            }
            let entry = Entry::new("link.refused", now_ms).ended(Outcome::Refused);
            if let Some(entry) = self.tally.count(entry, reason.name(), new) {
                self.recorder.note(entry);
            }
        }
    }
}
