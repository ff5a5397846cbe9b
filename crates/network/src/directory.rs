//! Who may be linked with this node: between our words (keys, addresses) and the tracker of commonware-p2p.
//!
//! The keys of the kept sets are remembered here too, so that a handshake can tell a stranger from a peer that
//! is linked already. The tracker remains the judge of whom to dial; who may be linked at all is a second question,
//! which certificates and the ledger answer ([`Directory::review`], [`Directory::admit_only`]).

use crate::{
    Certifiers, CutLink, NetworkError, Peer, PeerKey, Sources, TlsIdentity, config::peer_key, live::LiveLinks,
};
use civitas_types::NodeKey;
use commonware_actor::Feedback;
use commonware_p2p::{
    Address, AddressableManager, AddressableTrackedPeers, BlockedSubscription, Blocker, PeerSetSubscription,
    Provider, TrackedPeers, authenticated::lookup::Oracle,
};
use commonware_utils::ordered::Map;
use parking_lot::RwLock;
use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroUsize,
    sync::Arc,
    time::SystemTime,
};

/// The keys of the kept sets.
#[derive(Clone, Debug)]
pub(crate) struct KnownPeers {
    sets: Arc<RwLock<BTreeMap<u64, HashSet<PeerKey>>>>,
    /// What the ledger said last.
    active: Arc<RwLock<Option<Map<PeerKey, Address>>>>,
    sets_kept: NonZeroUsize,
}

impl KnownPeers {
    pub(crate) fn new(sets_kept: NonZeroUsize) -> Self {
        Self {
            sets: Arc::default(),
            active: Arc::default(),
            sets_kept,
        }
    }

    fn is_newest(&self, entries: &Map<PeerKey, Address>) -> bool {
        self.active.read().as_ref() == Some(entries)
    }

    fn remember(&self, entries: Map<PeerKey, Address>) {
        *self.active.write() = Some(entries);
    }

    fn next_index(&self) -> u64 {
        let sets = self.sets.read();
        sets.last_key_value()
            .map_or(0, |(last, _)| last.saturating_add(1))
    }

    pub(crate) fn contains(&self, key: &PeerKey) -> bool {
        self.sets.read().values().any(|set| set.contains(key))
    }

    /// Follows the rules of the tracker: ids increase, the oldest sets go.
    fn insert(&self, index: u64, keys: HashSet<PeerKey>) {
        let mut sets = self.sets.write();
        if sets.last_key_value().is_some_and(|(last, _)| index <= *last) {
            return;
        }
        sets.insert(index, keys);
        while sets.len() > self.sets_kept.get() {
            sets.pop_first();
        }
    }
}

/// The tracked peers of a network. Clones speak to the same network.
///
/// It also is what the parts of commonware ask for as `Provider`, `AddressableManager` and `Blocker`.
#[derive(Clone, Debug)]
pub struct Directory {
    oracle: Oracle<PeerKey>,
    known: KnownPeers,
    sources: Sources,
    peers_max: NonZeroUsize,
    links: Links,
}

/// The links that are up, and by what they are judged.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    pub(crate) live: LiveLinks,
    pub(crate) identity: TlsIdentity,
}

/// Bounds under which a directory works.
pub(crate) struct DirectoryLimits {
    pub(crate) sources: Sources,
    pub(crate) peers_max: NonZeroUsize,
}

impl Directory {
    pub(crate) fn new(
        oracle: Oracle<PeerKey>,
        known: KnownPeers,
        limits: &DirectoryLimits,
        links: Links,
    ) -> Self {
        Self {
            oracle,
            known,
            sources: limits.sources,
            peers_max: limits.peers_max,
            links,
        }
    }

    /// Says which nodes are active on the ledger now, this one included, and where they listen. It is meant to be
    /// called after every block that changes the registry of nodes; a call that changes nothing costs nothing.
    ///
    /// From then on a key that is not among them is refused in the handshake, whatever its certificate says and
    /// whichever sets of peers are kept, and its links are cut before this function returns. The nodes become the
    /// next set of peers, so those that are new are dialled and those that have moved are found.
    ///
    /// # Errors
    /// As [`Directory::track_peers`]; nothing changes then.
    pub fn admit_only(&mut self, active: &[Peer]) -> Result<Vec<CutLink>, NetworkError> {
        let entries = self.entries(active)?;
        let keys: HashSet<PeerKey> = entries.iter().map(|(key, _)| key.clone()).collect();
        let cut = self.links.live.set_active(keys);
        let entries = Map::from_iter_dedup(entries);
        if self.known.is_newest(&entries) {
            return Ok(cut);
        }
        let index = self.known.next_index();
        self.known.remember(entries.clone());
        self.track(index, entries);
        Ok(cut)
    }

    /// Says which authorities may certify which nodes: [`TlsIdentity::set_certifiers`]. Meant to be called before
    /// [`Directory::admit_only`] of the same block.
    pub fn certify_by(&self, certifiers: Certifiers) {
        self.links.identity.set_certifiers(certifiers);
    }

    /// Judges every link that is up by what is true at `now`: the time, the trusted authorities, their revocation
    /// lists ([`TlsIdentity::replace`]), and who may certify whom ([`Directory::certify_by`]). Those whose peer would
    /// be refused are cut before this function returns.
    ///
    /// It is cheap as long as nothing has changed, and meant to be called every second.
    pub fn review(&self, now: SystemTime) -> Vec<CutLink> {
        self.links.live.review(&self.links.identity, now)
    }

    /// Cuts one link that was made with an earlier certificate of this node, if there is one, and says with whom.
    /// It comes up again by itself, with the new certificate.
    ///
    /// Links end when a certificate that they were made with ends. Whoever renews it calls this, one link at a time,
    /// well before that, so that a quorum of links is always up.
    pub fn refresh_one(&self) -> Option<NodeKey> {
        self.links.live.refresh_one(&self.links.identity)
    }

    /// The nodes that are linked now.
    pub fn linked(&self) -> Vec<NodeKey> {
        self.links.live.peers()
    }

    /// Makes `peers` the set number `index`: links with them are opened and accepted, links with nodes of sets
    /// that are no longer kept are cut. Numbers must increase; a lower or repeated one changes nothing.
    ///
    /// # Errors
    /// [`NetworkError::Setting`] if there are more than `peers_max`, [`NetworkError::BadKey`],
    /// [`NetworkError::SourceUnknown`]; nothing changes then.
    pub fn track_peers(&mut self, index: u64, peers: &[Peer]) -> Result<(), NetworkError> {
        let entries = self.entries(peers)?;
        self.track(index, Map::from_iter_dedup(entries));
        Ok(())
    }

    fn entries(&self, peers: &[Peer]) -> Result<Vec<(PeerKey, Address)>, NetworkError> {
        let entries = peers
            .iter()
            .map(|peer| peer.entry(self.sources))
            .collect::<Result<Vec<_>, _>>()?;
        if entries.len() > self.peers_max.get() {
            return Err(NetworkError::Setting {
                setting: "peers (count)",
                value: entries.len() as u64,
                bounds: "at most peers_max",
            });
        }
        Ok(entries)
    }

    /// Changes the addresses of tracked peers; a link to an old address is cut.
    ///
    /// # Errors
    /// [`NetworkError::BadKey`], [`NetworkError::SourceUnknown`]; nothing changes then.
    pub fn move_peers(&mut self, peers: &[Peer]) -> Result<(), NetworkError> {
        let entries = peers
            .iter()
            .map(|peer| peer.entry(self.sources))
            .collect::<Result<Vec<_>, _>>()?;
        self.overwrite(Map::from_iter_dedup(entries));
        Ok(())
    }

    /// Cuts the link with a node that has broken the protocol, and refuses it for a while.
    ///
    /// # Errors
    /// [`NetworkError::BadKey`].
    pub fn block_peer(&mut self, key: &NodeKey) -> Result<(), NetworkError> {
        let key = peer_key(key)?;
        tracing::warn!(peer = %key, "peer blocked");
        self.oracle.block(key);
        Ok(())
    }
}

impl Provider for Directory {
    type PublicKey = PeerKey;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PeerKey>> {
        self.oracle.peer_set(id).await
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PeerKey> {
        self.oracle.subscribe().await
    }
}

impl AddressableManager for Directory {
    fn track<R>(&mut self, index: u64, peers: R) -> Feedback
    where
        R: Into<AddressableTrackedPeers<PeerKey>> + Send,
    {
        let peers = peers.into();
        let keys = peers.primary.keys().iter().chain(peers.secondary.keys().iter());
        self.known.insert(index, keys.cloned().collect());
        self.oracle.track(index, peers)
    }

    fn overwrite(&mut self, peers: Map<PeerKey, Address>) -> Feedback {
        self.oracle.overwrite(peers)
    }
}

impl Blocker for Directory {
    type PublicKey = PeerKey;

    fn block(&mut self, peer: PeerKey) -> Feedback {
        self.oracle.block(peer)
    }

    fn blocked(&mut self) -> BlockedSubscription<PeerKey> {
        self.oracle.blocked()
    }
}
