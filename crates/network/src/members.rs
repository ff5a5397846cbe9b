//! The members of one ledger: who may send and receive its messages, and who is cut off from it for a while.
//!
//! Invariants:
//! - Nobody outside the members gets a message of the ledger or has one taken in, whatever else it is linked for.
//! - A member that breaks the protocol of this ledger is cut off from this ledger alone. Its link stays: what it did
//!   here proves nothing about the other ledgers, and a partition that goes wrong (a full disk, another version, a
//!   handful of members that collude) must not take votes away from the main ledger. Whoever breaks the protocol of
//!   the main ledger loses the link, and with it all ledgers.

use crate::{
    NetworkError, PeerKey,
    config::peer_key,
    drops::{DropReason, Drops},
};
use civitas_types::NodeKey;
use commonware_actor::Feedback;
use commonware_p2p::{
    BlockedSubscription, Blocker, PeerSetSubscription, PeerSetUpdate, Provider, Recipients, TrackedPeers,
};
use commonware_runtime::{Clock, KeyedRateLimiter, Quota, Supervisor};
use commonware_utils::{
    NZUsize,
    channel::{fallible::FallibleExt as _, mpsc, ring},
    ordered::Set,
};
use parking_lot::RwLock;
use std::{
    collections::BTreeMap,
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};
use tracing::{info, warn};

#[derive(Default)]
struct Membership {
    /// Counts the changes.
    index: u64,
    keys: Set<PeerKey>,
    blocked: BTreeMap<PeerKey, SystemTime>,
    subscribers: Vec<mpsc::UnboundedSender<PeerSetUpdate<PeerKey>>>,
    blocked_subscribers: Vec<ring::Sender<Set<PeerKey>>>,
}

impl Membership {
    fn update(&self) -> PeerSetUpdate<PeerKey> {
        let peers = TrackedPeers::primary(self.keys.clone());
        PeerSetUpdate {
            index: self.index,
            latest: peers.clone(),
            all: peers,
        }
    }

    fn blocked(&self) -> Set<PeerKey> {
        Set::from_iter_dedup(self.blocked.keys().cloned())
    }

    fn publish_members(&mut self) {
        let update = self.update();
        self.subscribers
            .retain(|subscriber| subscriber.send_lossy(update.clone()));
    }

    fn publish_blocked(&mut self) {
        let blocked = self.blocked();
        self.blocked_subscribers
            .retain(|subscriber| subscriber.send_lossy(blocked.clone()));
    }
}

/// What the membership of a ledger is made of.
pub(crate) struct MembersSetup<E> {
    pub(crate) chain_id: u64,
    pub(crate) own: PeerKey,
    pub(crate) clock: E,
    pub(crate) members_max: NonZeroUsize,
    /// How long a member stays blocked.
    pub(crate) block: Duration,
    /// Messages to one member, by channel.
    pub(crate) quotas: Vec<Quota>,
    /// The counts of all ledgers together.
    pub(crate) total: Arc<Drops>,
}

struct Shared<E: Clock> {
    setup: MembersSetup<E>,
    membership: RwLock<Membership>,
    paces: Vec<KeyedRateLimiter<PeerKey, E>>,
    is_closed: AtomicBool,
    drops: Drops,
}

/// The members of one ledger, for as long as it is open. Clones are the same; all can be used from any thread.
///
/// It is what the parts of commonware ask for as `Provider` (the peer set is the members) and as `Blocker`.
pub struct Members<E: Clock> {
    shared: Arc<Shared<E>>,
}

impl<E: Clock> Clone for Members<E> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<E: Clock> fmt::Debug for Members<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Members")
            .field("chain_id", &self.chain_id())
            .field("members", &self.shared.membership.read().keys.len())
            .finish_non_exhaustive()
    }
}

impl<E: Clock> Members<E> {
    pub(crate) fn new(setup: MembersSetup<E>, keys: &[NodeKey]) -> Result<Self, NetworkError>
    where
        E: Supervisor,
    {
        let paces = setup
            .quotas
            .iter()
            .map(|quota| KeyedRateLimiter::hashmap_with_clock(*quota, setup.clock.child("pace")))
            .collect();
        let members = Self {
            shared: Arc::new(Shared {
                setup,
                membership: RwLock::default(),
                paces,
                is_closed: AtomicBool::new(false),
                drops: Drops::default(),
            }),
        };
        let keys = members.checked(keys)?;
        members.shared.membership.write().keys = keys;
        Ok(members)
    }

    /// The number of the ledger.
    pub fn chain_id(&self) -> u64 {
        self.shared.setup.chain_id
    }

    /// Whether a node is a member. With [`crate::Directory::linked`] it says which members are linked.
    pub fn contains(&self, key: &NodeKey) -> bool {
        peer_key(key).is_ok_and(|key| self.shared.membership.read().keys.position(&key).is_some())
    }

    /// How many messages of this ledger were dropped for `reason`.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.shared.drops.count(reason)
    }

    /// Makes `keys` the members (this node among them or not) from now on. Messages of nodes that have left are
    /// dropped, also those that wait already. The same members again change nothing.
    ///
    /// # Errors
    /// [`NetworkError::BadKey`], [`NetworkError::Setting`] if there are too many; nothing changes then.
    pub fn replace(&self, keys: &[NodeKey]) -> Result<(), NetworkError> {
        let keys = self.checked(keys)?;
        let mut membership = self.shared.membership.write();
        if membership.keys == keys {
            return Ok(());
        }
        membership.index = membership.index.saturating_add(1);
        let blocked = membership.blocked.len();
        membership.blocked.retain(|key, _| keys.position(key).is_some());
        membership.keys = keys;
        if membership.blocked.len() != blocked {
            membership.publish_blocked();
        }
        membership.publish_members();
        drop(membership);
        for pace in &self.shared.paces {
            pace.retain_recent();
        }
        Ok(())
    }

    fn checked(&self, keys: &[NodeKey]) -> Result<Set<PeerKey>, NetworkError> {
        let members_max = self.shared.setup.members_max.get();
        let keys = keys.iter().map(peer_key).collect::<Result<Vec<_>, _>>()?;
        let keys = Set::from_iter_dedup(keys);
        if keys.len() > members_max {
            return Err(NetworkError::Setting {
                setting: "members (count)",
                value: keys.len() as u64,
                bounds: "at most members_max",
            });
        }
        Ok(keys)
    }

    /// Whether a message of `peer` may be taken in.
    pub(crate) fn admit(&self, peer: &PeerKey) -> Result<(), DropReason> {
        self.lift_blocks();
        let membership = self.shared.membership.read();
        if membership.keys.position(peer).is_none() {
            return Err(DropReason::Stranger);
        }
        if membership.blocked.contains_key(peer) {
            return Err(DropReason::Blocked);
        }
        Ok(())
    }

    /// Those of `wanted` that may get a message of this ledger; never this node itself.
    pub(crate) fn recipients(&self, wanted: Recipients<PeerKey>) -> Vec<PeerKey> {
        if self.is_closed() {
            return Vec::new();
        }
        self.lift_blocks();
        let membership = self.shared.membership.read();
        let is_recipient = |key: &PeerKey| {
            *key != self.shared.setup.own
                && membership.keys.position(key).is_some()
                && !membership.blocked.contains_key(key)
        };
        let wanted = match wanted {
            Recipients::All => membership.keys.iter().cloned().collect(),
            Recipients::Some(keys) => keys,
            Recipients::One(key) => vec![key],
        };
        wanted.into_iter().filter(is_recipient).collect()
    }

    /// Leaves out the recipients that got as many messages on the channel as they may.
    ///
    /// # Errors
    /// The time at which all may get one, if none may now.
    pub(crate) fn paced(&self, channel: usize, recipients: Vec<PeerKey>) -> Result<Vec<PeerKey>, SystemTime> {
        let Some(pace) = self.shared.paces.get(channel) else {
            return Ok(recipients);
        };
        let mut retry = None;
        let allowed: Vec<PeerKey> = recipients
            .into_iter()
            .filter(|key| match pace.check_key(key) {
                Ok(()) => true,
                Err(refused) => {
                    retry = retry.max(Some(refused.earliest_possible()));
                    false
                }
            })
            .collect();
        match retry {
            Some(retry) if allowed.is_empty() => Err(retry),
            _ => Ok(allowed),
        }
    }

    pub(crate) fn note(&self, reason: DropReason) {
        self.shared.drops.note(reason);
        self.shared.setup.total.note(reason);
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.shared.is_closed.load(Ordering::Acquire)
    }

    /// Nothing is sent any more, and subscriptions end.
    pub(crate) fn close(&self) {
        self.shared.is_closed.store(true, Ordering::Release);
        let mut membership = self.shared.membership.write();
        membership.subscribers.clear();
        membership.blocked_subscribers.clear();
    }

    /// Ends blocks whose time is over. Every message looks; a ledger without messages has no use for it.
    fn lift_blocks(&self) {
        if self.shared.membership.read().blocked.is_empty() {
            return;
        }
        let now = self.shared.setup.clock.current();
        let mut membership = self.shared.membership.write();
        let before = membership.blocked.len();
        membership.blocked.retain(|_, until| *until > now);
        if membership.blocked.len() != before {
            info!(
                chain_id = self.chain_id(),
                blocked = membership.blocked.len(),
                "blocks of members are over"
            );
            membership.publish_blocked();
        }
    }
}

impl<E: Clock> Provider for Members<E> {
    type PublicKey = PeerKey;

    /// Only the newest set is kept.
    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PeerKey>> {
        let membership = self.shared.membership.read();
        (membership.index == id).then(|| TrackedPeers::primary(membership.keys.clone()))
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PeerKey> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut membership = self.shared.membership.write();
        // On a closed ledger the sender is dropped here, which ends the subscription.
        if !self.is_closed() && sender.send_lossy(membership.update()) {
            membership.subscribers.push(sender);
        }
        receiver
    }
}

impl<E: Clock> Blocker for Members<E> {
    type PublicKey = PeerKey;

    /// Cuts a member off from this ledger, in both directions, for the time that the network blocks peers.
    fn block(&mut self, peer: PeerKey) -> Feedback {
        if self.is_closed() {
            return Feedback::Closed;
        }
        let setup = &self.shared.setup;
        let until = setup.clock.current().checked_add(setup.block);
        let mut membership = self.shared.membership.write();
        let (Some(until), Some(_)) = (until, membership.keys.position(&peer)) else {
            // Others are not heard anyway.
            return Feedback::Ok;
        };
        warn!(chain_id = setup.chain_id, %peer, seconds = setup.block.as_secs(), "member cut off from this ledger");
        membership.blocked.insert(peer, until);
        membership.publish_blocked();
        Feedback::Ok
    }

    fn blocked(&mut self) -> BlockedSubscription<PeerKey> {
        let (sender, receiver) = ring::channel(NZUsize!(1));
        let mut membership = self.shared.membership.write();
        if !self.is_closed() && sender.send_lossy(membership.blocked()) {
            membership.blocked_subscribers.push(sender);
        }
        receiver
    }
}
