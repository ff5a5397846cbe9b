//! Counts handshakes that led to no link, by reason, and logs them at a bounded pace.
//!
//! Anyone who reaches the port can cause refusals, so the log must not grow with them: each reason is logged
//! at most once per [`LOG_PAUSE`], with the number of those in between. The counters see every one.

use crate::{CutReason, LinkError};
use civitas_crypto::CertificateRefusal;
use civitas_types::NodeKey;
use commonware_runtime::{
    Metrics,
    telemetry::metrics::{Counter, MetricsExt as _},
};
use parking_lot::Mutex;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};
use tracing::{debug, warn};

/// The pause between two log lines of the same reason.
const LOG_PAUSE: Duration = Duration::from_secs(30);

/// Why a handshake led to no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The certificate is of no trusted authority, or the authority is out of its time.
    UnknownAuthority,
    /// The certificate is of a trusted authority that may not certify this node.
    ForeignAuthority,
    /// The certificate has expired.
    Expired,
    /// The certificate is not yet valid.
    NotYetValid,
    /// The certificate is for another key than that of the dialled peer.
    ForeignKey,
    /// The certificate was revoked.
    Revoked,
    /// The revocation list of its authority is out of date, or missing where it is required.
    Unlisted,
    /// The certificate has another fault, or there is none.
    BadCertificate,
    /// The certificate is good, but its key is not tracked (here, or there).
    Untracked,
    /// Both ends dialled at once, or the peer is blocked or comes from another address.
    Busy,
    /// The peer belongs to another city.
    ForeignCity,
    /// What came was not TLS 1.3 as this node speaks it.
    NotTls,
    /// The dialled peer refused this node's certificate.
    RefusedByPeer,
    /// The connection broke off.
    Disconnected,
    /// The handshake took too long, or was given up.
    TimedOut,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::UnknownAuthority,
        Self::ForeignAuthority,
        Self::Expired,
        Self::NotYetValid,
        Self::ForeignKey,
        Self::Revoked,
        Self::Unlisted,
        Self::BadCertificate,
        Self::Untracked,
        Self::Busy,
        Self::ForeignCity,
        Self::NotTls,
        Self::RefusedByPeer,
        Self::Disconnected,
        Self::TimedOut,
    ];

    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownAuthority => "unknown_authority",
            Self::ForeignAuthority => "foreign_authority",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::ForeignKey => "foreign_key",
            Self::Revoked => "revoked",
            Self::Unlisted => "unlisted",
            Self::BadCertificate => "bad_certificate",
            Self::Untracked => "untracked",
            Self::Busy => "busy",
            Self::ForeignCity => "foreign_city",
            Self::NotTls => "not_tls",
            Self::RefusedByPeer => "refused_by_peer",
            Self::Disconnected => "disconnected",
            Self::TimedOut => "timed_out",
        }
    }

    /// The reason behind an error.
    pub fn of(error: &LinkError) -> Self {
        match error {
            LinkError::Certificate(refusal) => match refusal {
                CertificateRefusal::UnknownAuthority | CertificateRefusal::AuthorityNotValid => {
                    Self::UnknownAuthority
                }
                CertificateRefusal::ForeignAuthority { .. } => Self::ForeignAuthority,
                CertificateRefusal::Expired { .. } => Self::Expired,
                CertificateRefusal::NotYetValid { .. } => Self::NotYetValid,
                CertificateRefusal::ForeignKey { .. } => Self::ForeignKey,
                CertificateRefusal::Revoked { .. } => Self::Revoked,
                CertificateRefusal::StaleRevocations { .. } | CertificateRefusal::NoRevocations { .. } => {
                    Self::Unlisted
                }
                _ => Self::BadCertificate,
            },
            LinkError::NoCertificate => Self::BadCertificate,
            LinkError::Untracked { .. } | LinkError::NotTrackedThere => Self::Untracked,
            LinkError::Busy { .. } | LinkError::BusyThere => Self::Busy,
            LinkError::ForeignCity => Self::ForeignCity,
            LinkError::RefusedByPeer { .. } => Self::RefusedByPeer,
            LinkError::NotTls
            | LinkError::Tls(_)
            | LinkError::HandshakeTooLong { .. }
            | LinkError::MessageTooLarge { .. } => Self::NotTls,
            LinkError::Cut { .. } | LinkError::Closed | LinkError::Connection { .. } => Self::Disconnected,
        }
    }

    /// Whether an operator should hear of it; the others are part of normal life.
    pub const fn is_remarkable(self) -> bool {
        !matches!(self, Self::Busy | Self::Disconnected)
    }
}

#[derive(Clone, Copy, Default)]
struct LogState {
    last: Option<SystemTime>,
    unlogged: u64,
}

#[derive(Default)]
struct Shared {
    counts: [AtomicU64; Reason::ALL.len()],
    log: Mutex<[LogState; Reason::ALL.len()]>,
    metrics: OnceLock<Vec<Counter>>,
}

/// The refused handshakes of this node. Clones share the counts.
#[derive(Clone, Default)]
pub struct Refusals {
    shared: Arc<Shared>,
}

/// One handshake that led to no link.
pub(crate) struct Refusal<'a> {
    pub(crate) reason: Reason,
    /// The dialled peer; none for incoming links.
    pub(crate) dialled: Option<NodeKey>,
    pub(crate) error: Option<&'a LinkError>,
    pub(crate) now: SystemTime,
}

impl Refusals {
    /// How many there were for `reason`.
    pub fn count(&self, reason: Reason) -> u64 {
        self.shared.counts[reason as usize].load(Ordering::Relaxed)
    }

    /// Shows the counts among the metrics of `context`, as `refused_handshakes{reason="..."}`.
    pub(crate) fn register(&self, context: &impl Metrics) {
        self.shared.metrics.get_or_init(|| {
            Reason::ALL
                .iter()
                .map(|reason| {
                    context
                        .child("links")
                        .with_attribute("reason", reason.name())
                        .counter("refused_handshakes", "handshakes that led to no link, by reason")
                })
                .collect()
        });
    }

    pub(crate) fn note(&self, refusal: &Refusal<'_>) {
        let Refusal {
            reason,
            dialled,
            error,
            now,
        } = refusal;
        let index = *reason as usize;
        self.shared.counts[index].fetch_add(1, Ordering::Relaxed);
        if let Some(counter) = self.shared.metrics.get().and_then(|counters| counters.get(index)) {
            counter.inc();
        }
        let error = error.map(causes).unwrap_or_default();
        let peer = dialled.map_or_else(|| "incoming".to_owned(), |key| key.to_string());
        if !reason.is_remarkable() {
            debug!(reason = reason.name(), %peer, %error, "handshake led to no link");
            return;
        }
        if let Some(unlogged) = self.due(index, *now) {
            warn!(reason = reason.name(), %peer, %error, unlogged, "handshake refused");
        }
    }

    #[cfg(test)]
    pub(crate) fn due_for_tests(&self, reason: Reason, now: SystemTime) -> Option<u64> {
        self.due(reason as usize, now)
    }

    /// How many were left out since the last line, if it is time for another one.
    fn due(&self, index: usize, now: SystemTime) -> Option<u64> {
        let mut log = self.shared.log.lock();
        let state = &mut log[index];
        let is_due = state.last.is_none_or(|last| {
            // A clock that was set back must not silence the log.
            now.duration_since(last).map_or(true, |pause| pause >= LOG_PAUSE)
        });
        if !is_due {
            state.unlogged = state.unlogged.saturating_add(1);
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.unlogged))
    }
}

/// Links that this node has cut, by reason. Clones share the counts.
#[derive(Clone, Default)]
pub(crate) struct LinkCounters {
    metrics: Arc<OnceLock<Vec<Counter>>>,
}

impl LinkCounters {
    /// Shows the counts among the metrics of `context`, as `cut{reason="..."}`.
    pub(crate) fn register(&self, context: &impl Metrics) {
        self.metrics.get_or_init(|| {
            CutReason::NAMES
                .iter()
                .map(|reason| {
                    context
                        .child("links")
                        .with_attribute("reason", reason)
                        .counter("cut", "links that this node has cut, by reason")
                })
                .collect()
        });
    }

    pub(crate) fn count(&self, reason: &CutReason) {
        let index = CutReason::NAMES.iter().position(|name| *name == reason.name());
        let counters = self.metrics.get();
        if let Some(counter) = index.and_then(|index| counters.and_then(|counters| counters.get(index))) {
            counter.inc();
        }
    }
}

/// The error with its causes, in one line.
fn causes(error: &LinkError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
