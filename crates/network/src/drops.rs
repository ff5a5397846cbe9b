//! Counts messages of ledgers that were dropped, by reason.
//!
//! Dropping is silent by design: whoever causes it must not be able to fill the log, and every engine asks again for
//! what it misses. The counters see every one.

use commonware_runtime::{
    Metrics,
    telemetry::metrics::{Counter, MetricsExt as _},
};
use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// Why a message of a ledger was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// It does not begin with the number of a ledger.
    Malformed,
    /// The ledger is not open here: this node is no member, is not ready yet, or has closed it.
    UnknownLedger,
    /// It came from a node that is no member of the ledger.
    Stranger,
    /// It came from a member that broke the protocol of this ledger a short while ago.
    Blocked,
    /// The queue of the ledger's channel was full: the ledger is slower than its members.
    QueueFull,
    /// This node was to send more bytes than a message may have.
    TooLarge,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::Malformed,
        Self::UnknownLedger,
        Self::Stranger,
        Self::Blocked,
        Self::QueueFull,
        Self::TooLarge,
    ];

    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownLedger => "unknown_ledger",
            Self::Stranger => "stranger",
            Self::Blocked => "blocked",
            Self::QueueFull => "queue_full",
            Self::TooLarge => "too_large",
        }
    }
}

/// Counts by reason.
#[derive(Default)]
pub(crate) struct Drops {
    counts: [AtomicU64; DropReason::ALL.len()],
    metrics: OnceLock<Vec<Counter>>,
}

impl Drops {
    /// Shows the counts among the metrics of `context`, as `dropped_messages{reason="..."}`.
    pub(crate) fn register(&self, context: &impl Metrics) {
        self.metrics.get_or_init(|| {
            DropReason::ALL
                .iter()
                .map(|reason| {
                    context
                        .child("links")
                        .with_attribute("reason", reason.name())
                        .counter(
                            "dropped_messages",
                            "messages of partition ledgers that were dropped, by reason",
                        )
                })
                .collect()
        });
    }

    pub(crate) fn count(&self, reason: DropReason) -> u64 {
        self.counts[reason as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, reason: DropReason) {
        let index = reason as usize;
        self.counts[index].fetch_add(1, Ordering::Relaxed);
        if let Some(counter) = self.metrics.get().and_then(|counters| counters.get(index)) {
            counter.inc();
        }
    }
}
