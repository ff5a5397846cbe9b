//! What can go wrong with the network as a whole, and with one link.

use crate::CutReason;
use civitas_crypto::{CertificateRefusal, KeyError, PkiError};
use civitas_types::NodeKey;
use commonware_runtime::Error as RuntimeError;
use std::net::SocketAddr;
use thiserror::Error;

/// The network cannot start, or a request to it makes no sense.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// The address is taken or not on this machine.
    #[error("cannot listen on {address}; is another node running, or is the address not of this machine?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The failure.
        #[source]
        source: std::io::Error,
    },
    /// A setting is out of its bounds.
    #[error("the network setting {setting} is {value}, but must be {bounds}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        value: u64,
        /// What it must be.
        bounds: &'static str,
    },
    /// Two channels have the same id.
    #[error("channel {id} is registered twice")]
    DuplicateChannel {
        /// The id.
        id: u64,
    },
    /// An address is neither `IP:PORT` nor `HOST:PORT`.
    #[error("{text:?} is no peer address; write IP:PORT or HOST:PORT")]
    BadAddress {
        /// What was given.
        text: String,
    },
    /// Links are restricted to known sources, but the source of this peer is not known.
    #[error("peer {key} is given by host name; with `Sources::Tracked` its IP address is needed")]
    SourceUnknown {
        /// The peer.
        key: NodeKey,
    },
    /// The key is no point of the curve.
    #[error("{key} is not an Ed25519 public key")]
    BadKey {
        /// The key.
        key: NodeKey,
    },
    /// The certificate cannot be used.
    #[error("the node's certificate cannot be used")]
    Certificate(#[from] PkiError),
    /// The authorities cannot take the place of those in use.
    #[error("the new authorities and revocation lists cannot be used")]
    Anchors(#[source] PkiError),
    /// The certificate is not good for this node.
    #[error("the node's certificate is not good for this node")]
    Refused(#[from] CertificateRefusal),
    /// The private key cannot be used.
    #[error("the node's private key cannot be used")]
    Key(#[from] KeyError),
    /// The TLS library refuses the key or the certificate.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// A ledger is open already.
    #[error("the channels of ledger {chain_id} are open already; close them before they are opened again")]
    LedgerOpen {
        /// Its number.
        chain_id: u64,
    },
    /// No more ledgers can be open.
    #[error("{max} ledgers are open, and no more can be at once")]
    LedgersFull {
        /// How many can be.
        max: u32,
    },
    /// The network has stopped.
    #[error("the network has stopped")]
    Stopped,
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
}

/// A link that did not come up, or ended.
#[derive(Debug, Error)]
pub enum LinkError {
    /// The peer's certificate is not good.
    #[error("the certificate of the peer is refused")]
    Certificate(#[source] CertificateRefusal),
    /// The peer showed no certificate.
    #[error("the peer shows no certificate")]
    NoCertificate,
    /// The peer's certificate is good, but it is not a tracked peer.
    #[error("node {key} has a good certificate, but is not among the tracked peers")]
    Untracked {
        /// Its key.
        key: NodeKey,
    },
    /// A tracked peer that cannot be linked now.
    #[error("node {key} is linked already, is blocked, or comes from an address that is not its own")]
    Busy {
        /// Its key.
        key: NodeKey,
    },
    /// The dialled peer does not track this node.
    #[error("the peer does not track this node; its set of peers is older, or this node was removed")]
    NotTrackedThere,
    /// The dialled peer is linked with this node already; usual when both dial at once.
    #[error("the peer is linked with this node already")]
    BusyThere,
    /// The peer dropped the handshake and said why.
    #[error("the peer refused this node's handshake: {alert:?}")]
    RefusedByPeer {
        /// The TLS alert.
        alert: rustls::AlertDescription,
    },
    /// The peer belongs to another city or speaks another protocol.
    #[error("the peer does not speak for this city")]
    ForeignCity,
    /// What the peer sent is not a TLS record, or too long a one.
    #[error("the peer does not speak TLS")]
    NotTls,
    /// The handshake went on for too long.
    #[error("the handshake exceeds {bytes_max} bytes")]
    HandshakeTooLong {
        /// The bound.
        bytes_max: usize,
    },
    /// The TLS protocol was broken.
    #[error("the TLS protocol failed")]
    Tls(#[source] rustls::Error),
    /// A message above the limit of the link; nothing was allocated or sent for it.
    #[error("a message of {bytes} bytes exceeds the limit of {bytes_max}")]
    MessageTooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: u32,
    },
    /// This node has cut the link.
    #[error("the link was cut: {reason}")]
    Cut {
        /// Why.
        reason: CutReason,
    },
    /// The peer closed the link in order.
    #[error("the peer closed the link")]
    Closed,
    /// The socket failed.
    #[error("the connection failed while {attempt}")]
    Connection {
        /// What was attempted.
        attempt: &'static str,
        /// Its failure.
        #[source]
        source: RuntimeError,
    },
}
