//! Carries the messages of many ledgers over a few channels of the one network, because channels can be added to a
//! network only before it starts and ledgers come and go while it runs.
//!
//! ```text
//!  channel of the network                       ledger 7          ledger 9      (each on a thread of its own)
//!  ┌──────────────────────┐   distribute   ┌──▶ queue ─▶ LedgerReceiver
//!  │ chain id ‖ message   │ ──▶ member? ───┤
//!  └──────────────────────┘   drop, count  └──────────────────────▶ queue ─▶ LedgerReceiver
//!             ▲
//!             └── to members only, at most the ledger's pace ◀── LedgerSender, LedgerSender
//! ```
//!
//! The multiplexer of commonware-p2p writes the same prefix, but queues before anybody could look at the sender, so
//! that any node of the city could fill the queue of a ledger whose member it is not; it bounds queues by messages
//! alone, counts nothing, and its `All` is everybody. So only its prefix and its sender are used.
//!
//! Invariants:
//! - Distributing never waits: what does not fit into the queue of a ledger is dropped and counted, and costs the other
//!   ledgers and the channels of the main ledger nothing.
//! - A ledger sends at most its share of a channel's quota, so that one that floods leaves the others theirs.
//! - A ledger that is closed, or whose receivers are gone because its thread has ended, sends and receives nothing.

use crate::{
    Channel, NetworkError, PeerKey,
    config::peer_key,
    drops::{DropReason, Drops},
    line::{LedgerReceiver, LedgerSender, Queue, QueueBounds},
    members::{Members, MembersSetup},
};
use civitas_types::NodeKey;
use commonware_p2p::{
    Message, Receiver, Sender,
    utils::mux::{self, GlobalSender},
};
use commonware_runtime::{Clock, Metrics, Spawner, Supervisor};
use parking_lot::RwLock;
use std::{
    array,
    collections::HashMap,
    fmt,
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};
use tracing::{debug, info};

/// Bytes that the number of a ledger takes in front of a message, at most.
pub const PREFIX_BYTES_MAX: usize = mux::prefixed(0);
/// Ledgers whose bursts a shared channel takes at once, at most.
const BURSTS_AT_ONCE: u32 = 4;
/// Largest messages that the queue of a channel of a ledger holds, at most: a queue of many large messages that nobody
/// reads must not use up the memory of the process.
const QUEUE_LARGEST_MESSAGES: usize = 4;

/// Settings of a [`Switchboard`].
#[derive(Clone, Debug)]
pub struct SwitchboardConfig<const N: usize> {
    /// This node.
    pub own: NodeKey,
    /// What each ledger may send to each of its members, by channel. The network's channels are registered with
    /// [`SwitchboardConfig::shared`]. The ids are those of the network's channels.
    pub channels: [Channel; N],
    /// Ledgers that are open at once, at most. Equal on all nodes: the quotas of the shared channels follow from it.
    pub ledgers_max: NonZeroU32,
    /// Members of one ledger, at most. Queues are sized by it.
    pub members_max: NonZeroUsize,
    /// The largest message of the network, in bytes; a message of a ledger is at least [`PREFIX_BYTES_MAX`] shorter.
    pub message_bytes_max: u32,
    /// How long a member stays cut off from a ledger whose protocol it broke.
    pub block: Duration,
}

impl<const N: usize> SwitchboardConfig<N> {
    /// The channels to start the network with: each has the pace of all ledgers, and room for the bursts of a few at
    /// once, since the network reserves memory for every peer's burst. What comes above that is read later.
    ///
    /// # Errors
    /// [`NetworkError::Setting`] if that is more than a channel can have.
    pub fn shared(&self) -> Result<[Channel; N], NetworkError> {
        let ledgers = self.ledgers_max.get();
        let shared = self.channels.map(|channel| Channel {
            id: channel.id,
            messages_per_second: channel.messages_per_second.saturating_mul(ledgers),
            burst: channel.burst.saturating_mul(ledgers.min(BURSTS_AT_ONCE)),
        });
        for channel in shared {
            channel.quota()?;
        }
        Ok(shared)
    }

    fn queue(&self, channel: &Channel) -> QueueBounds {
        let burst = usize::try_from(channel.burst).unwrap_or(usize::MAX);
        let message_bytes = usize::try_from(self.message_bytes_max).unwrap_or(usize::MAX);
        QueueBounds {
            messages_max: self
                .members_max
                .saturating_mul(NonZeroUsize::new(burst).unwrap_or(NonZeroUsize::MIN)),
            bytes_max: message_bytes.saturating_mul(QUEUE_LARGEST_MESSAGES),
        }
    }
}

/// The channels of one open ledger.
pub struct LedgerLinks<E: Clock, S: Sender, const N: usize> {
    /// The two halves of each channel, in the order of [`SwitchboardConfig::channels`].
    pub channels: [(LedgerSender<E, S>, LedgerReceiver<E>); N],
    /// Who the members are, and who of them is cut off.
    pub members: Members<E>,
}

impl<E: Clock, S: Sender, const N: usize> fmt::Debug for LedgerLinks<E, S, N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LedgerLinks")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

/// Opens and closes ledgers on shared channels. Clones are the same; they can be used from any thread.
pub struct Switchboard<E: Clock, S: Sender, const N: usize> {
    config: Arc<SwitchboardConfig<N>>,
    own: PeerKey,
    context: Arc<E>,
    senders: [GlobalSender<S>; N],
    table: Arc<Table<E>>,
}

impl<E: Clock, S: Sender, const N: usize> Clone for Switchboard<E, S, N> {
    fn clone(&self) -> Self {
        Self {
            config: self.config.clone(),
            own: self.own.clone(),
            context: self.context.clone(),
            senders: self.senders.clone(),
            table: self.table.clone(),
        }
    }
}

impl<E: Clock, S: Sender, const N: usize> fmt::Debug for Switchboard<E, S, N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Switchboard")
            .field("open", &self.table.state.read().routes.len())
            .finish_non_exhaustive()
    }
}

impl<E, S, const N: usize> Switchboard<E, S, N>
where
    E: Spawner + Clock + Metrics,
    S: Sender<PublicKey = PeerKey>,
{
    /// Takes over `channels`, which must have been registered with [`SwitchboardConfig::shared`], and distributes what
    /// comes on them until the network stops. No ledger is open yet.
    ///
    /// # Errors
    /// [`NetworkError::Setting`], [`NetworkError::BadKey`].
    pub fn start<R>(
        context: &E,
        config: SwitchboardConfig<N>,
        channels: [(S, R); N],
    ) -> Result<Self, NetworkError>
    where
        R: Receiver<PublicKey = PeerKey>,
    {
        config.shared()?;
        let own = peer_key(&config.own)?;
        let drops = Arc::new(Drops::default());
        drops.register(context);
        let table = Arc::new(Table {
            state: RwLock::new(State {
                routes: HashMap::new(),
                has_ended: false,
            }),
            drops,
        });
        let mut index = 0;
        let senders = channels.map(|(sender, receiver)| {
            let end = End(table.clone());
            let channel = index;
            index += 1;
            context
                .child("distribute")
                .with_attribute("channel", channel)
                .spawn(move |_| distribute(channel, receiver, end));
            GlobalSender::new(sender)
        });
        Ok(Self {
            config: Arc::new(config),
            own,
            context: Arc::new(context.child("switchboard")),
            senders,
            table,
        })
    }
}

impl<E: Clock + Supervisor, S: Sender<PublicKey = PeerKey>, const N: usize> Switchboard<E, S, N> {
    /// Opens a ledger. It stays open until [`Switchboard::close`], or until all receivers are dropped; then its number
    /// can be opened again.
    ///
    /// # Errors
    /// [`NetworkError::LedgerOpen`], [`NetworkError::LedgersFull`], [`NetworkError::Stopped`], and those of
    /// [`Members::replace`].
    pub fn open(&self, chain_id: u64, members: &[NodeKey]) -> Result<LedgerLinks<E, S, N>, NetworkError> {
        let quotas = self.config.channels.iter().map(Channel::quota);
        let setup = MembersSetup {
            chain_id,
            own: self.own.clone(),
            clock: self.context.child("ledger"),
            members_max: self.config.members_max,
            block: self.config.block,
            quotas: quotas.collect::<Result<_, _>>()?,
            total: self.table.drops.clone(),
        };
        let members = Members::new(setup, members)?;
        let registration: Arc<dyn Registration> = Arc::new(Registered {
            table: self.table.clone(),
            members: members.clone(),
        });
        let mut queues = Vec::with_capacity(N);
        let channels = array::from_fn(|channel| {
            let bounds = self.config.queue(&self.config.channels[channel]);
            let (queue, receiver) = Queue::new(bounds, members.clone(), registration.clone());
            queues.push(queue);
            let sender = LedgerSender {
                sender: self.senders[channel].clone(),
                members: members.clone(),
                channel,
                message_bytes_max: self.message_bytes_max(),
            };
            (sender, receiver)
        });
        let route = Route {
            members: members.clone(),
            queues,
        };
        self.table.insert(route, self.config.ledgers_max)?;
        info!(chain_id, "channels of the ledger opened");
        Ok(LedgerLinks { channels, members })
    }

    /// Closes a ledger, and says whether it was open. Its receivers end when they have given out what waits.
    pub fn close(&self, chain_id: u64) -> bool {
        let route = self.table.state.write().routes.remove(&chain_id);
        route.is_some_and(|route| {
            route.members.close();
            info!(chain_id, "channels of the ledger closed");
            true
        })
    }

    /// The members of an open ledger; none if it is not open.
    pub fn members(&self, chain_id: u64) -> Option<Members<E>> {
        let state = self.table.state.read();
        state.routes.get(&chain_id).map(|route| route.members.clone())
    }

    /// Bytes of the largest message that a ledger can send.
    pub fn message_bytes_max(&self) -> usize {
        let message_bytes = usize::try_from(self.config.message_bytes_max).unwrap_or(usize::MAX);
        message_bytes.saturating_sub(PREFIX_BYTES_MAX)
    }

    /// How many messages of all ledgers were dropped for `reason`.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.table.drops.count(reason)
    }
}

/// Keeps a ledger open; dropped, the ledger is closed. Held by the receivers of the ledger.
pub(crate) trait Registration: Send + Sync {}

struct Registered<E: Clock> {
    table: Arc<Table<E>>,
    members: Members<E>,
}

impl<E: Clock> Registration for Registered<E> {}

impl<E: Clock> Drop for Registered<E> {
    fn drop(&mut self) {
        self.table.remove(&self.members);
    }
}

/// Where the messages of one ledger go.
struct Route<E: Clock> {
    members: Members<E>,
    /// By channel.
    queues: Vec<Queue>,
}

struct State<E: Clock> {
    routes: HashMap<u64, Route<E>>,
    has_ended: bool,
}

/// The open ledgers.
struct Table<E: Clock> {
    state: RwLock<State<E>>,
    drops: Arc<Drops>,
}

impl<E: Clock> Table<E> {
    fn insert(&self, route: Route<E>, ledgers_max: NonZeroU32) -> Result<(), NetworkError> {
        let chain_id = route.members.chain_id();
        let mut state = self.state.write();
        if state.has_ended {
            return Err(NetworkError::Stopped);
        }
        if state.routes.contains_key(&chain_id) {
            return Err(NetworkError::LedgerOpen { chain_id });
        }
        if state.routes.len() as u64 >= u64::from(ledgers_max.get()) {
            return Err(NetworkError::LedgersFull {
                max: ledgers_max.get(),
            });
        }
        state.routes.insert(chain_id, route);
        Ok(())
    }

    /// Closes the ledger of `members`, unless it was closed before and its number is taken by another one.
    fn remove(&self, members: &Members<E>) {
        members.close();
        let chain_id = members.chain_id();
        let mut state = self.state.write();
        if state
            .routes
            .get(&chain_id)
            .is_some_and(|route| route.members.is(members))
        {
            state.routes.remove(&chain_id);
            info!(chain_id, "channels of the ledger closed: nobody receives on them");
        }
    }

    fn deliver(&self, channel: usize, (peer, bytes): Message<PeerKey>) {
        let Ok((chain_id, message)) = mux::parse(bytes) else {
            self.drops.note(DropReason::Malformed);
            return;
        };
        let state = self.state.read();
        let Some(route) = state.routes.get(&chain_id) else {
            self.drops.note(DropReason::UnknownLedger);
            return;
        };
        let taken = route.members.admit(&peer).and_then(|()| {
            let queue = route.queues.get(channel).ok_or(DropReason::Malformed)?;
            queue.offer((peer, message))
        });
        if let Err(reason) = taken {
            route.members.note(reason);
        }
    }
}

/// Closes all ledgers when a channel of the network ends, which it does only with the network.
struct End<E: Clock>(Arc<Table<E>>);

impl<E: Clock> Drop for End<E> {
    fn drop(&mut self) {
        let mut state = self.0.state.write();
        state.has_ended = true;
        let routes = std::mem::take(&mut state.routes);
        drop(state);
        for route in routes.into_values() {
            route.members.close();
        }
    }
}

async fn distribute<E: Clock, R: Receiver<PublicKey = PeerKey>>(
    channel: usize,
    mut receiver: R,
    end: End<E>,
) {
    while let Ok(message) = receiver.recv().await {
        end.0.deliver(channel, message);
    }
    debug!(channel, "the network has stopped");
}

#[cfg(test)]
mod tests;
