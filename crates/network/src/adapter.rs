//! The one place that starts commonware-p2p: its settings are named anew in most releases.
//!
//! The rest of the code sees [`Channel`]s, [`Directory`] and the traits of `commonware_p2p`.

use crate::{
    Channel, Config, Directory, MutualTls, NetworkError, PeerKey, Refusals, Sources,
    directory::{DirectoryLimits, KnownPeers, Links},
    live::LiveLinks,
};
use commonware_p2p::authenticated::lookup;
use commonware_runtime::{Clock, Handle, Metrics, Network as RuntimeNetwork, Quota, Resolver, Spawner};
use commonware_utils::NZUsize;
use rand::CryptoRng;
use std::{
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
};

/// Requests that wait inside the network, besides the messages of the channels.
const MAILBOX_SIZE: NonZeroUsize = NZUsize!(1_024);
/// Messages to one peer that go out in one write.
const SEND_BATCH: NonZeroUsize = NZUsize!(16);

/// Sends on a channel; implements `commonware_p2p::Sender`. A message above the limit panics: check before.
pub type ChannelSender<E> = lookup::Sender<PeerKey, E>;
/// Receives from a channel; implements `commonware_p2p::Receiver`.
pub type ChannelReceiver = lookup::Receiver<PeerKey>;

/// A running network.
pub struct Running<E: Clock, const N: usize> {
    /// The two halves of each channel, in the order in which they were asked for.
    pub channels: [(ChannelSender<E>, ChannelReceiver); N],
    /// Who may be linked.
    pub directory: Directory,
    /// Handshakes that led to no link.
    pub refusals: Refusals,
    /// Ends when the network has stopped; aborting it stops the network.
    pub handle: Handle<()>,
}

/// Starts the network with its channels. Channels cannot be added later.
///
/// An address that cannot be listened on panics inside the runtime; on a real one, call
/// [`check_listen_address`] before.
///
/// # Errors
/// [`NetworkError::Setting`], [`NetworkError::DuplicateChannel`], and what
/// [`Directory::track_peers`] says of the first peers. Nothing is started then.
pub fn start<E, const N: usize>(
    context: E,
    config: Config,
    channels: [Channel; N],
) -> Result<Running<E, N>, NetworkError>
where
    E: Spawner + Clock + CryptoRng + RuntimeNetwork + Resolver + Metrics,
{
    config.check()?;
    let quotas = quotas(&channels)?;
    let known = KnownPeers::new(config.sets_kept);
    let refusals = Refusals::default();
    refusals.register(&context);
    let live = LiveLinks::default();
    live.counters().register(&context);
    let upgrader = MutualTls::new(
        config.identity.clone(),
        known.clone(),
        refusals.clone(),
        live.clone(),
    );
    let (mut network, oracle) = lookup::Network::new(context, settings(&config, upgrader));
    let limits = DirectoryLimits {
        sources: config.sources,
        peers_max: config.peers_max,
    };
    let links = Links {
        live,
        identity: config.identity.clone(),
    };
    let mut directory = Directory::new(oracle, known, &limits, links);
    if !config.peers.is_empty() {
        directory.track_peers(0, &config.peers)?;
    }
    let channels = quotas.map(|(id, quota)| network.register(id, quota));
    let handle = network.start();
    Ok(Running {
        channels,
        directory,
        refusals,
        handle,
    })
}

/// Whether this process can listen on `address` now.
///
/// # Errors
/// [`NetworkError::Listen`].
pub fn check_listen_address(address: SocketAddr) -> Result<(), NetworkError> {
    TcpListener::bind(address)
        .map(drop)
        .map_err(|source| NetworkError::Listen { address, source })
}

fn quotas<const N: usize>(channels: &[Channel; N]) -> Result<[(u64, Quota); N], NetworkError> {
    for (index, channel) in channels.iter().enumerate() {
        channel.quota()?;
        if channels[..index].iter().any(|other| other.id == channel.id) {
            return Err(NetworkError::DuplicateChannel { id: channel.id });
        }
    }
    // All were checked above, so that the fallback is never taken.
    Ok(channels.map(|channel| {
        (
            channel.id,
            channel
                .quota()
                .unwrap_or(Quota::per_second(std::num::NonZeroU32::MIN)),
        )
    }))
}

fn settings(config: &Config, handshake: MutualTls) -> lookup::Config<MutualTls> {
    lookup::Config {
        handshake,
        namespace: config.namespace.clone(),
        listen: config.listen,
        // A city's nodes live in private networks as well; the certificate decides, not the address.
        allow_private_ips: true,
        allow_dns: true,
        bypass_ip_check: config.sources == Sources::Any,
        max_message_size: config.message_bytes_max,
        // One more, for this node where it is not listed.
        max_peers_per_set: config.peers_max.saturating_add(1),
        mailbox_size: MAILBOX_SIZE,
        send_batch_size: SEND_BATCH,
        handshake_timeout: config.handshakes.duration,
        dial_timeout: config.timing.dial,
        peer_connection_cooldown: config.timing.redial,
        max_concurrent_handshakes: config.handshakes.concurrent,
        allowed_handshake_rate_per_ip: Quota::per_second(config.handshakes.per_second_per_address),
        allowed_handshake_rate_per_subnet: Quota::per_second(config.handshakes.per_second_per_subnet),
        ping_frequency: config.timing.ping,
        dial_frequency: config.timing.dial_interval,
        tracked_peer_sets: config.sets_kept,
        block_duration: config.timing.block,
    }
}
