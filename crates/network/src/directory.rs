//! Who may be linked with this node: between our words (keys, addresses) and the tracker of commonware-p2p.
//!
//! The keys of the kept sets are remembered here too, so that a handshake can tell a stranger from a peer that
//! is linked already. The tracker remains the judge.

use crate::{NetworkError, Peer, PeerKey, Sources, config::peer_key};
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
};

/// The keys of the kept sets.
#[derive(Clone, Debug)]
pub(crate) struct KnownPeers {
    sets: Arc<RwLock<BTreeMap<u64, HashSet<PeerKey>>>>,
    sets_kept: NonZeroUsize,
}

impl KnownPeers {
    pub(crate) fn new(sets_kept: NonZeroUsize) -> Self {
        Self {
            sets: Arc::default(),
            sets_kept,
        }
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
}

/// Bounds under which a directory works.
pub(crate) struct DirectoryLimits {
    pub(crate) sources: Sources,
    pub(crate) peers_max: NonZeroUsize,
}

impl Directory {
    pub(crate) fn new(oracle: Oracle<PeerKey>, known: KnownPeers, limits: &DirectoryLimits) -> Self {
        Self {
            oracle,
            known,
            sources: limits.sources,
            peers_max: limits.peers_max,
        }
    }

    /// Makes `peers` the set number `index`: links with them are opened and accepted, links with nodes of sets
    /// that are no longer kept are cut. Numbers must increase; a lower or repeated one changes nothing.
    ///
    /// # Errors
    /// [`NetworkError::Setting`] if there are more than `peers_max`, [`NetworkError::BadKey`],
    /// [`NetworkError::SourceUnknown`]; nothing changes then.
    pub fn track_peers(&mut self, index: u64, peers: &[Peer]) -> Result<(), NetworkError> {
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
        self.track(index, Map::from_iter_dedup(entries));
        Ok(())
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
