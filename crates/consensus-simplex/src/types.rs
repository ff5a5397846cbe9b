//! The concrete types of this engine, named once.

use crate::block::Block;
use commonware_consensus::{marshal, simplex};

/// SHA-256 digest of a payload header.
pub(crate) type Digest = commonware_cryptography::sha256::Digest;
/// Ed25519 public key: the name of a node.
pub type PublicKey = commonware_cryptography::ed25519::PublicKey;
/// Ed25519 votes: attributable, so that a double vote is evidence against its signer.
pub(crate) type Scheme = simplex::scheme::ed25519::Scheme;
/// What a vote's context says: round, leader, parent.
pub(crate) type Context = simplex::types::Context<Digest, PublicKey>;
/// A quorum's final votes.
pub(crate) type Finalization = simplex::types::Finalization<Scheme, Digest>;
/// What the engine reports: votes, certificates, evidence.
pub(crate) type Activity = simplex::types::Activity<Scheme, Digest>;
/// The store and fetcher of payloads.
pub(crate) type Marshal = marshal::core::Mailbox<Scheme, marshal::standard::Standard<Block>>;
