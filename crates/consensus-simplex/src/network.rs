//! The channels that the engine speaks on, and what it asks of a network.
//!
//! A network is chosen by whoever starts the engine: the authenticated one of crate `network`, or the
//! simulated one of the tests. It must carry the messages of this ledger's members only: a sender's `All`
//! means the members, and messages of others never reach a receiver.

use crate::{
    block::{Block, BlockLimits},
    types::{Digest, PublicKey, Scheme},
};
use civitas_types::PayloadLimits;
use commonware_consensus::{marshal, marshal::standard::Standard, simplex};
use commonware_p2p::{Blocker, Provider, Receiver, Sender, utils::mux};
use commonware_runtime::Quota;
use commonware_utils::NZU32;
use std::fmt;

/// A channel of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its number within the ledger.
    pub id: u64,
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// Messages that one peer may send in a second (and in one burst), at most.
    pub messages_per_second: std::num::NonZeroU32,
}

impl Channel {
    /// Single votes of validators. Small; a quota of a million was measured to exhaust memory, because the
    /// queues are sized by it.
    pub const VOTES: Self = Self::new(0, "votes", NZU32!(10_000));
    /// Certificates: notarised, given up, final.
    pub const CERTIFICATES: Self = Self::new(1, "certificates", NZU32!(10_000));
    /// Requests for missing certificates, and their answers.
    pub const CERTIFICATE_FETCH: Self = Self::new(2, "certificate_fetch", NZU32!(10_000));
    /// Proposed payloads, from the leader to everybody. Large, hence a low quota: one in a view.
    pub const PAYLOADS: Self = Self::new(3, "payloads", NZU32!(256));
    /// Requests for missing payloads, and their answers: as many as a node that lags can use.
    pub const PAYLOAD_FETCH: Self = Self::new(4, "payload_fetch", NZU32!(1_024));
    /// All channels, by number.
    pub const ALL: [Self; 5] = [
        Self::VOTES,
        Self::CERTIFICATES,
        Self::CERTIFICATE_FETCH,
        Self::PAYLOADS,
        Self::PAYLOAD_FETCH,
    ];

    const fn new(id: u64, name: &'static str, messages_per_second: std::num::NonZeroU32) -> Self {
        Self {
            id,
            name,
            messages_per_second,
        }
    }

    /// Messages that one peer may send at once: queues are sized by it.
    pub const BURST_MAX: std::num::NonZeroU32 = NZU32!(256);

    /// The quota to register the channel with.
    pub fn quota(&self) -> Quota {
        Quota::per_second(self.messages_per_second).allow_burst(Self::BURST_MAX.min(self.messages_per_second))
    }
}

/// Validators of an epoch, at most: the messages of the network are sized by it.
pub const VALIDATORS_MAX: u32 = 256;

/// Bytes of the largest message on any channel, before the network's own framing.
pub fn message_bytes_max(limits: PayloadLimits) -> usize {
    let payloads = marshal::max_payload_size::<Standard<Block>, Scheme>(VALIDATORS_MAX, &BlockLimits(limits));
    payloads.max(mux::prefixed(vote_bytes_max()))
}

/// Bytes of the largest vote, certificate, or answer to a fetch of one.
pub(crate) fn vote_bytes_max() -> usize {
    simplex::max_payload_size::<Scheme, Digest>(VALIDATORS_MAX)
}

/// The types of a network.
pub trait Network: 'static {
    /// Sends on a channel.
    type Sender: Sender<PublicKey = PublicKey>;
    /// Receives from a channel.
    type Receiver: Receiver<PublicKey = PublicKey>;
    /// Cuts off a peer that broke the protocol.
    type Blocker: Blocker<PublicKey = PublicKey>;
    /// Knows the members of the ledger.
    type Peers: Provider<PublicKey = PublicKey>;
}

/// Both ends of a channel.
pub type Link<N> = (<N as Network>::Sender, <N as Network>::Receiver);

/// The connected channels of one ledger.
pub struct Links<N: Network> {
    /// [`Channel::VOTES`].
    pub votes: Link<N>,
    /// [`Channel::CERTIFICATES`].
    pub certificates: Link<N>,
    /// [`Channel::CERTIFICATE_FETCH`].
    pub certificate_fetch: Link<N>,
    /// [`Channel::PAYLOADS`].
    pub payloads: Link<N>,
    /// [`Channel::PAYLOAD_FETCH`].
    pub payload_fetch: Link<N>,
    /// Cuts off a peer that broke the protocol.
    pub blocker: N::Blocker,
    /// Knows the members of the ledger.
    pub peers: N::Peers,
}

impl<N: Network> fmt::Debug for Links<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Links").finish_non_exhaustive()
    }
}
