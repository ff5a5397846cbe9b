//! The certificates of a running node: read, watched, renewed and reported, without a restart.
//!
//! ```text
//! every second:  files changed? ──▶ TlsIdentity::replace      the next handshake uses them
//!                links that may not stay ──▶ Directory::review      cut
//!                two thirds of its life over? ──▶ renew, with the pauses of Retry
//!                links made with the old certificate ──▶ Directory::refresh_one, one after the other
//!                gauges, alarms
//! ```
//!
//! Invariants:
//! - A file that cannot be used changes nothing: what was in use stays in use, and the log says why.
//! - A renewed certificate is checked with the node's own anchors before it takes the place of the old one.
//! - Of the links, one is made anew at a time, and the next only when it is up again.
//! - Trouble with an issuer never stops the node or its reviews.

mod renewal;

use crate::{
    auditing::{self, now_ms},
    config::{IdentityConfig, RenewalConfig},
    metrics::LedgerMetrics,
    service::{NodeError, read},
};
use civitas_audit::{Entry, Outcome, Recorder};
use civitas_crypto::{
    NodeKeyPair,
    pki::{Certificate, RevocationPolicy, Revocations, TrustAnchors, Validity},
};
use civitas_network::{Directory, TlsIdentity};
use civitas_types::NodeKey;
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _, tokio::Context};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
pub use renewal::{RenewalError, renew};
use std::{
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

/// How often files, links and times are looked at. A revocation takes effect within two of these.
const TICK: Duration = Duration::from_secs(1);
/// Nodes of a city whose certificates were issued together renew within this part of a life, not all at once.
const SPREAD_PART: u32 = 10;
/// Pause after a failed renewal, doubled each time up to the second figure.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(3_600);
/// One link is made anew in this part of a certificate's life, within the bounds that follow.
const REFRESH_PART: u32 = 30;
const REFRESH_PAUSE_MAX: Duration = Duration::from_secs(30);
/// Nodes take turns: a turn is this part of a life over the square of their number, within the bounds that follow.
const TURN_PART: u32 = 6;
const TURN_MIN: Duration = TICK;
const TURN_MAX: Duration = Duration::from_secs(30);
/// A link that is not up again after this long does not hold up the others.
const REFRESH_WAIT: Duration = Duration::from_secs(5);
/// An alarm that nobody has heeded is repeated.
const ALARM_PAUSE: Duration = Duration::from_secs(86_400);

/// Reads what a node shows and trusts.
///
/// # Errors
/// [`NodeError::File`], [`NodeError::Authorities`], [`NodeError::Revocations`], [`NodeError::Certificate`].
pub(crate) fn load(paths: &IdentityConfig, key: &NodeKeyPair) -> Result<TlsIdentity, NodeError> {
    let (chain, anchors) = read_material(paths)?;
    TlsIdentity::new(key, &chain, anchors).map_err(|source| NodeError::Certificate {
        path: paths.certificate.clone(),
        source,
    })
}

/// The authorities that the settings name, with their revocation lists.
///
/// # Errors
/// [`NodeError::File`], [`NodeError::Authorities`], [`NodeError::Revocations`].
pub fn read_anchors(paths: &IdentityConfig) -> Result<TrustAnchors, NodeError> {
    let pem = read("the authorities", &paths.authorities)?;
    let anchors = TrustAnchors::from_pem(&pem).map_err(|source| NodeError::Authorities {
        path: paths.authorities.clone(),
        source,
    })?;
    let anchors = with_recovery(anchors, &paths.recovery_authorities())?;
    let Some(path) = &paths.revocations else {
        return Ok(anchors);
    };
    let policy = if paths.crl_required {
        RevocationPolicy::Required
    } else {
        RevocationPolicy::WherePresent
    };
    let pem = read("the revocation lists", path)?;
    Revocations::from_pem(&pem)
        .and_then(|lists| anchors.with_revocations(lists, policy))
        .map_err(|source| NodeError::Revocations {
            path: path.clone(),
            source,
        })
}

/// Break-glass: authorities that `civitas cert recover --new-authority` has made and the ledger does not know yet.
fn with_recovery(anchors: TrustAnchors, path: &Path) -> Result<TrustAnchors, NodeError> {
    match std::fs::read_to_string(path) {
        // Without the exception the rest holds: a file that was emptied or damaged must not keep it alive.
        Ok(pem) => Ok(anchors.clone().with_recovery(&pem).unwrap_or_else(|error| {
            let error = &error as &dyn std::error::Error;
            error!(path = %path.display(), error, "no authority is in recovery: the file names none");
            anchors
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(anchors),
        Err(source) => Err(NodeError::File {
            what: "the recovery authorities",
            path: path.to_owned(),
            source,
        }),
    }
}

fn read_material(paths: &IdentityConfig) -> Result<(String, TrustAnchors), NodeError> {
    let anchors = read_anchors(paths)?;
    Ok((read("the certificate", &paths.certificate)?, anchors))
}

/// How a renewal ended, in metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RenewalLabels {
    result: &'static str,
}

/// What of certificates is counted.
#[derive(Clone, Debug, Default)]
struct CertificateMetrics {
    certificate_seconds_left: Gauge,
    list_seconds_left: Gauge,
    recovery_authorities: Gauge,
    renewals: Family<RenewalLabels, Counter>,
}

impl CertificateMetrics {
    fn register(&self, metrics: &LedgerMetrics, paths: &IdentityConfig) {
        for result in ["ok", "failed"] {
            // So that an alarm on the count has something to compare with from the beginning.
            let _ = self.renewals.get_or_create(&RenewalLabels { result });
        }
        metrics.extend(|registry| {
            registry.register(
                "certificate_seconds_left",
                "Seconds until the certificate of this node expires",
                self.certificate_seconds_left.clone(),
            );
            registry.register(
                "recovery_authorities",
                "Authorities that may certify nodes of every organisation, whatever the ledger says: none in normal life",
                self.recovery_authorities.clone(),
            );
            registry.register(
                "certificate_renewals",
                "Attempts to renew the certificate of this node",
                self.renewals.clone(),
            );
            if paths.revocations.is_some() {
                registry.register(
                    "crl_seconds_left",
                    "Seconds until the first revocation list is out of date",
                    self.list_seconds_left.clone(),
                );
            }
        });
    }
}

/// What identifies a file's content without reading it.
type Stamp = [Option<(u64, u64, i64, i64)>; 4];

fn stamp(paths: &IdentityConfig) -> Stamp {
    let recovery = paths.recovery_authorities();
    let files = [
        Some(&paths.certificate),
        Some(&paths.authorities),
        paths.revocations.as_ref(),
        Some(&recovery),
    ];
    files.map(|path| {
        let metadata = std::fs::metadata(path?).ok()?;
        Some((
            metadata.ino(),
            metadata.len(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        ))
    })
}

/// When something that failed is tried again.
struct Retry {
    not_before: SystemTime,
    pause: Duration,
}

impl Retry {
    const fn new() -> Self {
        Self {
            not_before: SystemTime::UNIX_EPOCH,
            pause: RETRY_PAUSE,
        }
    }

    fn succeeded(&mut self) {
        *self = Self::new();
    }

    /// The pause grows, but a certificate of a short life is tried at least ten times in the third that is left.
    fn failed(&mut self, now: SystemTime, life: Duration) {
        self.not_before = now.checked_add(self.pause).unwrap_or(now);
        self.pause = (self.pause * 2)
            .min(RETRY_PAUSE_MAX)
            .min((life / 30).max(RETRY_PAUSE));
    }
}

/// When people were told last that something ends.
#[derive(Default)]
struct Alarm {
    level: u8,
    told: Option<SystemTime>,
}

impl Alarm {
    /// Whether to tell again: at a third and a sixth of the life, at the end, and every day from the third on.
    fn is_due(&mut self, validity: Validity, now: SystemTime) -> bool {
        let (left, life) = (validity.left(now), validity.life());
        let level = match left {
            Duration::ZERO => 3,
            left if left <= life / 6 => 2,
            left if left <= life / 3 => 1,
            _ => 0,
        };
        let is_worse = level > self.level;
        let is_old = self
            .told
            .is_none_or(|told| now.duration_since(told).unwrap_or_default() >= ALARM_PAUSE);
        self.level = level;
        let is_due = level > 0 && (is_worse || is_old);
        if is_due {
            self.told = Some(now);
        }
        is_due
    }
}

/// Looks after the certificates of a node while it runs.
pub(crate) struct Keeper {
    paths: IdentityConfig,
    identity: TlsIdentity,
    directory: Option<Directory>,
    metrics: CertificateMetrics,
    /// Takes what is done with certificates, if records are kept.
    recorder: Option<Recorder>,
    seen: Stamp,
    certificate_job: Option<JoinHandle<Result<Certificate, RenewalError>>>,
    certificate_retry: Retry,
    certificate_alarm: Alarm,
    list_job: Option<JoinHandle<Result<(), RenewalError>>>,
    list_retry: Retry,
    list_alarm: Alarm,
    /// When people were told last that recovery authorities are in use.
    recovery_told: Option<SystemTime>,
    /// The link that was made anew last.
    refreshed: Option<(NodeKey, SystemTime)>,
}

impl Keeper {
    pub(crate) fn new(paths: IdentityConfig, identity: &TlsIdentity, metrics: &Arc<LedgerMetrics>) -> Self {
        let counts = CertificateMetrics::default();
        counts.register(metrics, &paths);
        Self {
            // What changed since it was read is read again: none of the stamps match.
            seen: Stamp::default(),
            paths,
            identity: identity.clone(),
            directory: None,
            metrics: counts,
            recorder: None,
            certificate_job: None,
            certificate_retry: Retry::new(),
            certificate_alarm: Alarm::default(),
            list_job: None,
            list_retry: Retry::new(),
            list_alarm: Alarm::default(),
            recovery_told: None,
            refreshed: None,
        }
    }

    /// Records what it does.
    pub(crate) fn recording_to(mut self, recorder: Option<Recorder>) -> Self {
        self.recorder = recorder;
        self
    }

    fn record(&self, entry: Entry) {
        if let Some(recorder) = &self.recorder {
            recorder.note(entry);
        }
    }

    /// Works until the runtime stops. `directory` is that of the links, if there are any.
    pub(crate) fn start(mut self, context: &Context, directory: Option<Directory>) {
        self.directory = directory;
        context.child("certificates").spawn(|context| async move {
            loop {
                self.tick(context.current()).await;
                context.sleep(TICK).await;
            }
        });
    }

    async fn tick(&mut self, now: SystemTime) {
        self.collect(now).await;
        self.reload(now).await;
        if let Some(directory) = &self.directory {
            // It logs and counts by itself what it cuts.
            for cut in directory.review(now) {
                self.record(auditing::link_cut(&cut, now));
            }
        }
        self.look_at_certificate(now);
        self.look_at_lists(now);
        self.look_at_recovery(now);
        self.refresh_links(now);
    }

    /// Takes in what the renewals under way have come to.
    async fn collect(&mut self, now: SystemTime) {
        if self.certificate_job.as_ref().is_some_and(JoinHandle::is_finished)
            && let Some(job) = self.certificate_job.take()
        {
            match job.await.unwrap_or(Err(RenewalError::GivenUp)) {
                Ok(renewed) => {
                    self.count("ok");
                    self.certificate_retry.succeeded();
                    let serial = renewed.serial;
                    self.record(Entry::new("certificate.renewed", now_ms(now)).about(&serial));
                    info!(serial, "the certificate of this node was renewed");
                }
                Err(error) => {
                    self.count("failed");
                    let life = self
                        .certificate()
                        .map_or(Duration::ZERO, |own| own.validity.life());
                    self.certificate_retry.failed(now, life);
                    self.record_failure("certificate.renewed", &error, now);
                    warn!(error = %causes(&error), "the certificate of this node was not renewed");
                }
            }
        }
        if self.list_job.as_ref().is_some_and(JoinHandle::is_finished)
            && let Some(job) = self.list_job.take()
        {
            match job.await.unwrap_or(Err(RenewalError::GivenUp)) {
                Ok(()) => {
                    self.list_retry.succeeded();
                    self.record(Entry::new("revocations.renewed", now_ms(now)));
                }
                Err(error) => {
                    let life = self.list_validity().map_or(Duration::ZERO, |list| list.life());
                    self.list_retry.failed(now, life);
                    self.record_failure("revocations.renewed", &error, now);
                    warn!(error = %causes(&error), "the revocation list was not renewed");
                }
            }
        }
    }

    fn record_failure(&self, kind: &str, error: &RenewalError, now: SystemTime) {
        let entry = Entry::new(kind, now_ms(now)).ended(Outcome::Failed);
        self.record(entry.with("reason", causes(error)));
    }

    fn count(&self, result: &'static str) {
        self.metrics
            .renewals
            .get_or_create(&RenewalLabels { result })
            .inc();
    }

    /// Takes in the files that have changed.
    async fn reload(&mut self, now: SystemTime) {
        let (paths, seen) = (self.paths.clone(), self.seen);
        let read = move || {
            // Taken before reading: what changes meanwhile is read again.
            let found = stamp(&paths);
            (found != seen).then(|| (found, read_material(&paths)))
        };
        let Ok(Some((found, material))) = tokio::task::spawn_blocking(read).await else {
            return;
        };
        let is_first = self.seen == Stamp::default();
        self.seen = found;
        let replaced = material.and_then(|(chain, anchors)| {
            self.identity
                .replace(&chain, anchors)
                .map_err(|source| NodeError::Certificate {
                    path: self.paths.certificate.clone(),
                    source,
                })
        });
        match replaced {
            Err(error) => {
                let entry = Entry::new("certificate.replaced", now_ms(now)).ended(Outcome::Failed);
                self.record(entry.with("reason", causes(&error)));
                warn!(error = %causes(&error), "changed certificate files are not used; those from before stay");
            }
            Ok(()) if is_first => {}
            Ok(()) => {
                info!("certificate, authorities and revocation lists were read anew");
                self.record_replaced(now);
                if let Err(refusal) = self.identity.check(now) {
                    error!(error = %refusal, "other nodes will refuse this node");
                }
            }
        }
    }

    /// What the node shows and trusts from now on.
    fn record_replaced(&self, now: SystemTime) {
        let anchors = self.identity.anchors();
        let revoked: usize = anchors.revocations().lists().map(|list| list.serials.len()).sum();
        let entry = Entry::new("certificate.replaced", now_ms(now)).with("revoked", revoked);
        self.record(match self.certificate() {
            Some(own) => entry.about(own.serial),
            None => entry,
        });
    }

    fn certificate(&self) -> Option<Certificate> {
        self.identity.certificate().ok()
    }

    /// The period of the revocation list that is out of date first.
    fn list_validity(&self) -> Option<Validity> {
        let anchors = self.identity.anchors();
        let lists = anchors.revocations().lists().map(|list| list.validity);
        lists.min_by_key(Validity::not_after)
    }

    fn look_at_certificate(&mut self, now: SystemTime) {
        let Some(own) = self.certificate() else { return };
        let left = own.validity.left(now);
        set_seconds(&self.metrics.certificate_seconds_left, left);
        if self.certificate_alarm.is_due(own.validity, now) {
            let (seconds_left, serial) = (left.as_secs(), &own.serial);
            if left.is_zero() {
                error!(
                    serial,
                    "the certificate of this node has expired: no other node will link with it"
                );
            } else {
                warn!(seconds_left, serial, "the certificate of this node expires soon");
            }
        }
        let life = own.validity.life();
        let is_due = left <= life / 3 + part_of(&self.identity.node(), life / SPREAD_PART);
        if is_due
            && self.paths.renewal.is_some()
            && self.certificate_job.is_none()
            && now >= self.certificate_retry.not_before
        {
            let paths = self.paths.clone();
            self.certificate_job = Some(tokio::spawn(async move { renew(&paths).await }));
        }
    }

    fn look_at_lists(&mut self, now: SystemTime) {
        let Some(validity) = self.list_validity() else {
            return;
        };
        let left = validity.left(now);
        set_seconds(&self.metrics.list_seconds_left, left);
        if self.list_alarm.is_due(validity, now) {
            let seconds_left = left.as_secs();
            if left.is_zero() {
                error!("a revocation list is out of date: no new link comes up until it is replaced");
            } else {
                warn!(seconds_left, "a revocation list has to be replaced soon");
            }
        }
        let is_ours = matches!(self.paths.renewal, Some(RenewalConfig::Authority(_)));
        // Before the alarm, which is for those that nobody renews.
        if left <= validity.life() * 2 / 5
            && is_ours
            && self.list_job.is_none()
            && now >= self.list_retry.not_before
        {
            let paths = self.paths.clone();
            self.list_job = Some(tokio::spawn(async move { renewal::renew_list(&paths).await }));
        }
    }

    /// Recovery authorities are for an emergency: as long as there are any, people hear of it.
    fn look_at_recovery(&mut self, now: SystemTime) {
        let anchors = self.identity.anchors();
        let names: Vec<&str> = anchors.recovery().map(|found| found.name.as_str()).collect();
        let count = i64::try_from(names.len()).unwrap_or(i64::MAX);
        self.metrics.recovery_authorities.set(count);
        if names.is_empty() {
            self.recovery_told = None;
            return;
        }
        let is_due = |told| now.duration_since(told).unwrap_or_default() >= ALARM_PAUSE;
        if self.recovery_told.is_none_or(is_due) {
            self.recovery_told = Some(now);
            let file = self.paths.recovery_authorities();
            warn!(
                authorities = names.join(", "),
                file = %file.display(),
                "recovery authorities may certify nodes of every organisation: remove the file once the ledger has \
                 their anchors"
            );
        }
    }

    /// Makes one link anew that was made with an earlier certificate, if the one before is up again and it is this
    /// node's turn.
    fn refresh_links(&mut self, now: SystemTime) {
        let Some(directory) = &self.directory else {
            return;
        };
        let life = self
            .certificate()
            .map_or(Duration::ZERO, |own| own.validity.life());
        if !is_turn(&self.identity.node(), directory.linked(), life, now) {
            return;
        }
        if let Some((peer, since)) = self.refreshed {
            let waited = now.duration_since(since).unwrap_or_default();
            let pause = (life / REFRESH_PART).min(REFRESH_PAUSE_MAX);
            let is_down = !directory.linked().contains(&peer);
            if waited < pause || (is_down && waited < REFRESH_WAIT) {
                return;
            }
        }
        self.refreshed = directory.refresh_one().map(|peer| (peer, now));
    }
}

/// A part of `whole` that differs from node to node.
fn part_of(node: &NodeKey, whole: Duration) -> Duration {
    let [first, ..] = node.0;
    whole * u32::from(first) / u32::from(u8::MAX)
}

/// Whether it is the turn of `node` among those that are linked with it to make a link anew. Nodes of a full mesh
/// agree on whose turn it is, as far as their clocks do, so that the quorum never loses two links at once.
pub fn is_turn(node: &NodeKey, mut linked: Vec<NodeKey>, life: Duration, now: SystemTime) -> bool {
    linked.push(*node);
    linked.sort_unstable();
    // One that stands there twice would shift the turns of the others.
    linked.dedup();
    let count = u32::try_from(linked.len()).unwrap_or(u32::MAX);
    let turn = (life / count.saturating_pow(2).saturating_mul(TURN_PART)).clamp(TURN_MIN, TURN_MAX);
    let turns = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
        / turn.as_millis();
    let index = usize::try_from(turns % u128::from(count)).unwrap_or_default();
    linked.get(index) == Some(node)
}

fn set_seconds(gauge: &Gauge, left: Duration) {
    gauge.set(i64::try_from(left.as_secs()).unwrap_or(i64::MAX));
}

/// An error with its causes, in one line.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
