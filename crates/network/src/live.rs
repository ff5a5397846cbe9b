//! The links that are up, and the certificates that they were made with: what was true at a handshake may not stay
//! true, and then the link is cut.
//!
//! ```text
//! handshake ──▶ register ──▶ [ link: peer, chain, valid until ] ◀── review: time, anchors, who may certify, lists
//!                   │                    │                      ◀── admit: keys active on the ledger
//!             LinkReceiver, LinkSender ◀─┘ cut: both fail at once, commonware-p2p gives the link up
//! ```
//!
//! Invariants:
//! - A link that is up is in here, from before its first message to its end.
//! - A link is registered before it is judged a last time, so that a change that comes between its handshake and
//!   its registration cannot miss it.
//! - A revocation list that is out of date stops handshakes but cuts nothing: an authority that is late must not
//!   take a whole city down.

use crate::{LinkError, PeerKey, TlsIdentity, identity::Material, refusals::LinkCounters};
use civitas_crypto::{CertificateRefusal, pki::Usage};
use civitas_types::NodeKey;
use futures::channel::oneshot;
use parking_lot::Mutex;
use rustls_pki_types::CertificateDer;
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::{Arc, OnceLock},
    time::SystemTime,
};
use tracing::{info, warn};

/// Why a link was cut by this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutReason {
    /// The peer's certificate would be refused now.
    Certificate(CertificateRefusal),
    /// The peer's key is no longer active on the ledger.
    Inactive,
    /// This node has a newer certificate, which the next link shows.
    Refresh,
}

impl CutReason {
    /// All kinds, by their names in metrics and logs.
    pub(crate) const NAMES: [&'static str; 6] = [
        "revoked",
        "expired",
        "foreign_authority",
        "bad_certificate",
        "inactive",
        "refresh",
    ];

    /// Its name in metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Certificate(CertificateRefusal::Revoked { .. }) => "revoked",
            Self::Certificate(CertificateRefusal::Expired { .. } | CertificateRefusal::AuthorityNotValid) => {
                "expired"
            }
            Self::Certificate(CertificateRefusal::ForeignAuthority { .. }) => "foreign_authority",
            Self::Certificate(_) => "bad_certificate",
            Self::Inactive => "inactive",
            Self::Refresh => "refresh",
        }
    }
}

impl fmt::Display for CutReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(refusal) => refusal.fmt(formatter),
            Self::Inactive => formatter.write_str("the node is not active on the ledger"),
            Self::Refresh => formatter.write_str("this node's certificate was renewed"),
        }
    }
}

/// A link that was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutLink {
    /// The node at its other end.
    pub peer: NodeKey,
    /// Why.
    pub reason: CutReason,
}

/// What a handshake found out, for as long as its link is up.
pub(crate) struct Shown {
    /// The node at the other end.
    pub(crate) peer: PeerKey,
    /// Its certificate and the intermediate ones.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// On which end it stands.
    pub(crate) usage: Usage,
    /// What this node showed and trusted.
    pub(crate) material: Arc<Material>,
}

struct Live {
    shown: Shown,
    /// When the peer's certificate, or what stands above it, is over.
    valid_until: SystemTime,
    /// With what it was judged last.
    judged_with: Arc<Material>,
    cut: Cutter,
}

impl Live {
    /// Why the link must not stay, at `now` and with what this node trusts now.
    fn fault(&mut self, material: &Arc<Material>, now: SystemTime) -> Option<CutReason> {
        let is_known = Arc::ptr_eq(material, &self.judged_with) && now <= self.valid_until;
        if is_known {
            return None;
        }
        let Some((leaf, intermediates)) = self.shown.chain.split_first() else {
            return Some(CutReason::Certificate(CertificateRefusal::Malformed));
        };
        match material.judge(leaf, intermediates, now, self.shown.usage) {
            Ok(judged) => {
                self.valid_until = judged.valid_until;
                self.judged_with = material.clone();
                None
            }
            Err(CertificateRefusal::StaleRevocations { .. } | CertificateRefusal::NoRevocations { .. })
                if now <= self.valid_until =>
            {
                None
            }
            Err(refusal) => Some(CutReason::Certificate(refusal)),
        }
    }
}

#[derive(Default)]
struct State {
    next: u64,
    links: BTreeMap<u64, Live>,
    /// The keys that are active on the ledger; none as long as nobody has said.
    active: Option<HashSet<PeerKey>>,
}

impl State {
    fn is_active(&self, key: &PeerKey) -> bool {
        self.active.as_ref().is_none_or(|active| active.contains(key))
    }

    /// Cuts the links that `fault` finds a reason for.
    fn cut(&mut self, mut fault: impl FnMut(&mut Live) -> Option<CutReason>) -> Vec<CutLink> {
        let found: Vec<(u64, CutReason)> = self
            .links
            .iter_mut()
            .filter_map(|(id, live)| fault(live).map(|reason| (*id, reason)))
            .collect();
        found
            .into_iter()
            .filter_map(|(id, reason)| {
                let live = self.links.remove(&id)?;
                live.cut.cut(reason.clone());
                Some(CutLink {
                    peer: NodeKey::from_slice(&live.shown.peer),
                    reason,
                })
            })
            .collect()
    }
}

/// The links of a node that are up. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct LiveLinks {
    state: Arc<Mutex<State>>,
    counters: LinkCounters,
}

impl fmt::Debug for LiveLinks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LiveLinks")
            .field("links", &self.state.lock().links.len())
            .finish_non_exhaustive()
    }
}

impl LiveLinks {
    /// The counts of links that were cut.
    pub(crate) const fn counters(&self) -> &LinkCounters {
        &self.counters
    }

    /// Whether a node may be linked, as far as the ledger is concerned.
    pub(crate) fn is_active(&self, key: &PeerKey) -> bool {
        self.state.lock().is_active(key)
    }

    /// The nodes at the other ends.
    pub(crate) fn peers(&self) -> Vec<NodeKey> {
        let state = self.state.lock();
        let keys = state.links.values();
        keys.map(|live| NodeKey::from_slice(&live.shown.peer)).collect()
    }

    /// Takes a link in whose handshake is done, and judges it by what is true now.
    pub(crate) fn register(
        &self,
        shown: Shown,
        identity: &TlsIdentity,
        now: SystemTime,
    ) -> Result<Registration, LinkError> {
        let mut state = self.state.lock();
        if !state.is_active(&shown.peer) {
            return Err(LinkError::Untracked {
                key: NodeKey::from_slice(&shown.peer),
            });
        }
        let (leaf, intermediates) = shown.chain.split_first().ok_or(LinkError::NoCertificate)?;
        let material = identity.material();
        let judged = material
            .judge(leaf, intermediates, now, shown.usage)
            .map_err(LinkError::Certificate)?;
        let reason = Arc::new(OnceLock::new());
        let (wake, woken) = oneshot::channel();
        let id = state.next;
        state.next = id.wrapping_add(1);
        let live = Live {
            shown,
            valid_until: judged.valid_until,
            judged_with: material,
            cut: Cutter {
                reason: reason.clone(),
                wake,
            },
        };
        state.links.insert(id, live);
        Ok(Registration {
            live: self.clone(),
            id,
            reason,
            woken,
        })
    }

    /// Cuts every link whose peer would be refused now.
    pub(crate) fn review(&self, identity: &TlsIdentity, now: SystemTime) -> Vec<CutLink> {
        let mut state = self.state.lock();
        // Taken under the lock: a link that registers later sees what is current then.
        let material = identity.material();
        let cut = state.cut(|live| live.fault(&material, now));
        drop(state);
        self.note(&cut);
        cut
    }

    /// Makes `active` the only nodes that may be linked, and cuts the links with all others.
    pub(crate) fn set_active(&self, active: HashSet<PeerKey>) -> Vec<CutLink> {
        let mut state = self.state.lock();
        let cut = state.cut(|live| (!active.contains(&live.shown.peer)).then_some(CutReason::Inactive));
        state.active = Some(active);
        drop(state);
        self.note(&cut);
        cut
    }

    /// Cuts one link that was made with an earlier certificate of this node, so that it is made anew.
    pub(crate) fn refresh_one(&self, identity: &TlsIdentity) -> Option<NodeKey> {
        let material = identity.material();
        let mut found = false;
        let cut = self.state.lock().cut(|live| {
            let is_old = !found && live.shown.material.chain != material.chain;
            found |= is_old;
            is_old.then_some(CutReason::Refresh)
        });
        self.note(&cut);
        cut.first().map(|link| link.peer)
    }

    fn note(&self, cut: &[CutLink]) {
        for link in cut {
            self.counters.count(&link.reason);
            let (peer, reason) = (link.peer, link.reason.name());
            if link.reason == CutReason::Refresh {
                info!(%peer, reason, "link cut, to be made anew with the renewed certificate");
            } else {
                warn!(%peer, reason, cause = %link.reason, "link cut");
            }
        }
    }
}

struct Cutter {
    reason: Arc<OnceLock<CutReason>>,
    wake: oneshot::Sender<()>,
}

impl Cutter {
    fn cut(self, reason: CutReason) {
        // It is the first: a link is taken out of the table to be cut.
        let _ = self.reason.set(reason);
        // A receiver that is gone has nothing to be woken from.
        let _ = self.wake.send(());
    }
}

/// A link's place in the table, held by its receiving half. Dropped, the link is over.
pub(crate) struct Registration {
    live: LiveLinks,
    id: u64,
    reason: Arc<OnceLock<CutReason>>,
    woken: oneshot::Receiver<()>,
}

impl Registration {
    /// For the sending half: whether the link was cut.
    pub(crate) fn flag(&self) -> CutFlag {
        CutFlag(self.reason.clone())
    }

    /// Resolves when the link is cut.
    pub(crate) const fn cut(&mut self) -> &mut oneshot::Receiver<()> {
        &mut self.woken
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.live.state.lock().links.remove(&self.id);
    }
}

/// Whether a link was cut, and why.
#[derive(Clone, Default)]
pub(crate) struct CutFlag(Arc<OnceLock<CutReason>>);

impl CutFlag {
    /// # Errors
    /// [`LinkError::Cut`] if it was.
    pub(crate) fn check(&self) -> Result<(), LinkError> {
        self.0.get().map_or(Ok(()), |reason| {
            Err(LinkError::Cut {
                reason: reason.clone(),
            })
        })
    }
}
