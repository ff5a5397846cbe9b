//! Settings of the network of a node. None of them can hurt safety; peers may use different ones, except for
//! the namespace, the largest message and the ids of the channels.

use crate::{NetworkError, PeerKey, TlsIdentity};
use civitas_types::NodeKey;
use commonware_codec::DecodeExt as _;
use commonware_p2p::{Address, Ingress};
use commonware_runtime::Quota;
use commonware_utils::{Hostname, NZUsize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    str::FromStr,
    time::Duration,
};

/// No link carries larger messages, whatever is configured: the largest block with room to spare.
pub const MESSAGE_BYTES_MAX: u32 = 64 * 1024 * 1024;
/// The queue of a channel holds one burst of every peer, so bursts are bounded.
const BURST_MAX: u32 = 16_384;
/// Above this pace a quota no longer protects anything.
const MESSAGES_PER_SECOND_MAX: u32 = 100_000;

/// Settings of the network.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to accept links.
    pub listen: SocketAddr,
    /// Certificate, key and trusted authorities.
    pub identity: TlsIdentity,
    /// The city; links to another one are refused.
    pub namespace: Vec<u8>,
    /// The largest message of any channel, in bytes. Equal on all nodes. A larger send panics: check before.
    pub message_bytes_max: u32,
    /// The first peers, tracked as set 0; may contain this node. With none, the caller tracks set 0 itself.
    pub peers: Vec<Peer>,
    /// The most nodes in one set, this one included.
    pub peers_max: NonZeroUsize,
    /// How many of the latest sets may be linked. Above one, a node that has left stays until the next change.
    pub sets_kept: NonZeroUsize,
    /// From where links are accepted.
    pub sources: Sources,
    /// Bounds of incoming handshakes.
    pub handshakes: HandshakeLimits,
    /// Intervals.
    pub timing: Timing,
}

impl Config {
    /// Settings with the defaults of this crate and no peers.
    pub fn new(listen: SocketAddr, identity: TlsIdentity, namespace: &[u8], message_bytes_max: u32) -> Self {
        Self {
            listen,
            identity,
            namespace: namespace.to_vec(),
            message_bytes_max,
            peers: Vec::new(),
            peers_max: NZUsize!(128),
            sets_kept: NZUsize!(2),
            sources: Sources::default(),
            handshakes: HandshakeLimits::default(),
            timing: Timing::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), NetworkError> {
        within(
            "message_bytes_max",
            self.message_bytes_max.into(),
            1,
            MESSAGE_BYTES_MAX.into(),
        )?;
        // Longer namespaces are hashed to the same length on the wire; the bound keeps mistakes out.
        within("namespace (length)", self.namespace.len() as u64, 1, 255)?;
        within(
            "peers (count)",
            self.peers.len() as u64,
            0,
            self.peers_max.get() as u64,
        )?;
        self.handshakes.check()?;
        self.timing.check()
    }
}

/// A node to link with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its key.
    pub key: NodeKey,
    /// Where it accepts links.
    pub address: PeerAddress,
}

/// Where a peer accepts links: `IP:PORT`, or `HOST:PORT` that is resolved anew for every attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAddress(Ingress);

impl FromStr for PeerAddress {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self(Ingress::Socket(address)));
        }
        let bad = || NetworkError::BadAddress {
            text: text.to_owned(),
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
        let port = port
            .parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(bad)?;
        let host = Hostname::new(host).map_err(|_| bad())?;
        Ok(Self(Ingress::Dns { host, port }))
    }
}

impl From<SocketAddr> for PeerAddress {
    fn from(address: SocketAddr) -> Self {
        Self(Ingress::Socket(address))
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ingress::Socket(address) => address.fmt(formatter),
            Ingress::Dns { host, port } => write!(formatter, "{host}:{port}"),
        }
    }
}

impl Peer {
    pub(crate) fn entry(&self, sources: Sources) -> Result<(PeerKey, Address), NetworkError> {
        let key = peer_key(&self.key)?;
        let address = match &self.address.0 {
            Ingress::Socket(address) => Address::Symmetric(*address),
            Ingress::Dns { .. } if sources == Sources::Tracked => {
                return Err(NetworkError::SourceUnknown { key: self.key });
            }
            // The source is not looked at under `Sources::Any`.
            ingress @ Ingress::Dns { port, .. } => Address::Asymmetric {
                ingress: ingress.clone(),
                egress: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), *port),
            },
        };
        Ok((key, address))
    }
}

/// The link layer's form of a node key.
pub(crate) fn peer_key(key: &NodeKey) -> Result<PeerKey, NetworkError> {
    PeerKey::decode(commonware_codec::Copying(key.as_slice())).map_err(|_| NetworkError::BadKey { key: *key })
}

/// From where links are accepted. The certificate decides in both cases; the address only spares work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sources {
    /// From anywhere: right behind address translation, in containers, and with peers given by name.
    #[default]
    Any,
    /// Only from the IP addresses of tracked peers; others are dropped before TLS.
    Tracked,
}

/// Bounds of incoming handshakes. One handshake costs the listener about 0.7 ms, garbage next to nothing.
///
/// One address must not be able to hold all places: `per_second_per_address * duration < concurrent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeLimits {
    /// Handshakes at the same time; each holds a socket and at most 64 KiB.
    pub concurrent: NonZeroU32,
    /// The longest that one may take, from the accepted socket to the admitted peer.
    pub duration: Duration,
    /// Handshakes per second from one IP address. All nodes of one machine share an address.
    pub per_second_per_address: NonZeroU32,
    /// Handshakes per second from one subnet (IPv4 /24, IPv6 /48).
    pub per_second_per_subnet: NonZeroU32,
}

impl Default for HandshakeLimits {
    fn default() -> Self {
        Self {
            concurrent: commonware_utils::NZU32!(512),
            duration: Duration::from_secs(3),
            per_second_per_address: commonware_utils::NZU32!(128),
            per_second_per_subnet: commonware_utils::NZU32!(256),
        }
    }
}

impl HandshakeLimits {
    fn check(&self) -> Result<(), NetworkError> {
        let milliseconds = u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX);
        within("handshakes.duration (ms)", milliseconds, 100, 60_000)?;
        let held = u64::from(self.per_second_per_address.get()).saturating_mul(milliseconds) / 1_000;
        if held >= u64::from(self.concurrent.get()) {
            return Err(NetworkError::Setting {
                setting: "handshakes.concurrent",
                value: self.concurrent.get().into(),
                bounds: "above per_second_per_address times duration",
            });
        }
        Ok(())
    }
}

/// Intervals of the links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How often an idle link is pinged. The runtime's read timeout must be longer on all nodes, else idle
    /// links are cut; it decides how fast a silent loss of a peer is noticed.
    pub ping: Duration,
    /// The pause between two attempts at one peer (up to half more, at random).
    pub redial: Duration,
    /// The pause between two attempts at any peers.
    pub dial_interval: Duration,
    /// The longest that one attempt may take, with resolving the name.
    pub dial: Duration,
    /// How long a peer stays blocked that an engine has reported.
    pub block: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(5),
            redial: Duration::from_millis(500),
            dial_interval: Duration::from_millis(50),
            dial: Duration::from_secs(5),
            block: Duration::from_secs(3_600),
        }
    }
}

impl Timing {
    fn check(&self) -> Result<(), NetworkError> {
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        within("timing.ping (ms)", milliseconds(self.ping), 100, 30_000)?;
        within("timing.redial (ms)", milliseconds(self.redial), 10, 600_000)?;
        within(
            "timing.dial_interval (ms)",
            milliseconds(self.dial_interval),
            1,
            60_000,
        )?;
        within("timing.dial (ms)", milliseconds(self.dial), 100, 60_000)
    }
}

/// A channel: messages of one kind, with its own queue and quota. Its id is the same on all nodes.
///
/// The receiving queue holds one burst of each of `peers_max * sets_kept` peers, and drops what does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its number.
    pub id: u64,
    /// Messages per second, from and to each peer; more are delayed on receipt and skipped on sending.
    pub messages_per_second: u32,
    /// Messages that may come at once, from and to each peer.
    pub burst: u32,
}

impl Channel {
    /// A channel.
    pub const fn new(id: u64, messages_per_second: u32, burst: u32) -> Self {
        Self {
            id,
            messages_per_second,
            burst,
        }
    }

    pub(crate) fn quota(&self) -> Result<Quota, NetworkError> {
        within(
            "messages_per_second",
            self.messages_per_second.into(),
            1,
            MESSAGES_PER_SECOND_MAX.into(),
        )?;
        within("burst", self.burst.into(), 1, BURST_MAX.into())?;
        let pace = NonZeroU32::new(self.messages_per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN);
        Ok(Quota::per_second(pace).allow_burst(burst))
    }
}

fn within(setting: &'static str, value: u64, min: u64, max: u64) -> Result<(), NetworkError> {
    if value < min {
        return Err(NetworkError::Setting {
            setting,
            value,
            bounds: "larger",
        });
    }
    if value > max {
        return Err(NetworkError::Setting {
            setting,
            value,
            bounds: "smaller",
        });
    }
    Ok(())
}
