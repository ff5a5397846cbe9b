//! The links between the nodes of a city: one authenticated network per process, mutual TLS 1.3 on every link.
//!
//! ```text
//!   consensus, mempool, ...          one Sender/Receiver pair per Channel
//!          │
//!   switchboard                      many ledgers on the same few channels, each for its members alone
//!          │
//!   adapter: start(), Directory      who may connect; commonware-p2p keeps the links, quotas, backoff
//!          │
//!   upgrade: MutualTls               certificate -> node key -> admitted? ; Refusals counts and logs
//!          │
//!   tls, link, record                rustls over the runtime's socket; length-framed messages inside TLS
//!   live                             the links that are up; cuts those whose peer would be refused now
//! ```
//!
//! Invariants:
//! - Before a peer's certificate is accepted (issued by an authority of the city, valid now, for an Ed25519
//!   key that is tracked here), not one byte of it is parsed as anything but TLS, and it gets no byte of
//!   application data.
//! - A message length is checked before memory is set aside for it; every buffer has a named bound.
//! - A link belongs to one city: both ends name the city's namespace in ALPN.
//! - Handshakes are bounded in number, rate, time and bytes, so a flood of them leaves the links alone.
//! - The node's certificate, the trusted authorities and their revocation lists can be replaced while running
//!   ([`TlsIdentity`]). A link lives only as long as its peer would be admitted: [`Directory::review`] cuts those
//!   whose certificate is over, revoked or of an authority that may not certify them ([`Directory::certify_by`]),
//!   [`Directory::admit_only`] those that the ledger no longer knows.
//! - Ledgers that come and go while the network runs share a few of its channels ([`Switchboard`]): their messages go to
//!   and come from their members alone, and what one of them does not read is dropped and costs the others nothing.
//!
//! ```no_run
//! use civitas_crypto::{NodeKeyPair, pki::TrustAnchors};
//! use civitas_network::{Channel, Config, Peer, TlsIdentity, start};
//! use commonware_runtime::{Runner as _, Supervisor as _, tokio};
//!
//! # fn read(_: &str) -> String { String::new() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = NodeKeyPair::load("node.key".as_ref())?;
//! let anchors = TrustAnchors::from_pem(&read("authority.pem"))?;
//! let identity = TlsIdentity::new(&key, &read("node.pem"), anchors)?;
//! let mut config = Config::new("127.0.0.1:26600".parse()?, identity, b"riverton", 4 * 1024 * 1024);
//! config.peers = vec![Peer { key: key.public_key(), address: "127.0.0.1:26600".parse()? }];
//! const VOTES: Channel = Channel::new(0, 1_000, 128);
//! const BLOCKS: Channel = Channel::new(1, 100, 16);
//! tokio::Runner::default().start(|context| async move {
//!     let network = start(context.child("network"), config, [VOTES, BLOCKS])?;
//!     let [(_votes_out, _votes_in), (_blocks_out, _blocks_in)] = network.channels;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! This crate never decides who is a member (its caller tracks the peers), never retries a lost message, and
//! does not hide from peers who else is connected.

mod adapter;
mod config;
mod directory;
mod drops;
mod error;
mod identity;
mod line;
mod link;
mod live;
mod members;
mod record;
mod refusals;
mod switchboard;
mod tls;
mod upgrade;

#[cfg(test)]
mod tests;

pub use adapter::{ChannelReceiver, ChannelSender, Running, check_listen_address, start};
pub use config::{Channel, Config, HandshakeLimits, MESSAGE_BYTES_MAX, Peer, PeerAddress, Sources, Timing};
pub use directory::Directory;
pub use drops::DropReason;
pub use error::{LinkError, NetworkError};
pub use identity::{Certifiers, TlsIdentity};
pub use line::{CheckedLine, LedgerClosed, LedgerReceiver, LedgerSender};
pub use link::{LinkReceiver, LinkSender};
pub use live::{CutLink, CutReason};
pub use members::Members;
pub use refusals::{Reason, Refusals};
pub use switchboard::{LedgerLinks, PREFIX_BYTES_MAX, Switchboard, SwitchboardConfig};
pub use upgrade::MutualTls;

/// The key type of the links and of the consensus engine, with the same 32 bytes as
/// [`civitas_types::NodeKey`].
pub type PeerKey = commonware_cryptography::ed25519::PublicKey;
