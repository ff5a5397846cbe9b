//! Keys and certificates of a city: who a node is, and how it proves it.
//!
//! A node has one Ed25519 key. It signs the votes of the node and stands in its X.509 certificate, so the link
//! layer, the consensus engine and the genesis speak of the same [`civitas_types::NodeKey`].
//!
//! ```text
//! NodeKeyPair ──public key──▶ CertificateAuthority::issue ──▶ leaf certificate (PEM)
//!      │                                                            │
//!      └── signs votes, proves the certificate in TLS               ▼
//!                                       TrustAnchors::verify ──▶ NodeKey or CertificateRefusal
//!                                              ▲
//! pki::AuthorityFolder ── book, revocation list ┘
//! ```
//!
//! Invariants:
//! - A private key is written to a file that only its owner can read, and is never read from another one.
//! - The authority needs the public key of a node only; private keys stay where they were made.
//! - Every refusal names its cause and what to do next.
//!
//! ```
//! use civitas_crypto::NodeKeyPair;
//! use civitas_crypto::pki::{AuthorityRequest, CertificateAuthority, LeafRequest, TrustAnchors, Usage, Validity};
//! use std::time::SystemTime;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = SystemTime::now();
//! let authority = CertificateAuthority::create(&AuthorityRequest {
//!     name: "Riverton city authority".to_owned(),
//!     organisation: "City of Riverton".to_owned(),
//!     validity: Validity::from_now(now, 3650)?,
//! })?;
//! let node = NodeKeyPair::generate()?;
//! let leaf = authority.issue(&LeafRequest {
//!     name: "node0".to_owned(),
//!     organisation: "City of Riverton".to_owned(),
//!     public_key: node.public_key(),
//!     alternative_names: vec!["node0.riverton.example".to_owned()],
//!     validity: Validity::from_now(now, 365)?,
//! })?;
//! let anchors = TrustAnchors::from_pem(authority.certificate_pem())?;
//! assert_eq!(anchors.verify(leaf.der(), &[], now, Usage::Dialler)?, node.public_key());
//! # Ok(())
//! # }
//! ```
//!
//! This crate never opens a socket, and never reads a clock: the time is an argument.

mod error;
mod key_pair;
pub mod pki;
mod private_file;
mod public_file;

pub use error::{BookError, CertificateRefusal, KeyError, PkiError};
pub use key_pair::NodeKeyPair;
pub use private_file::{create as write_private_file, read as read_private_file};
pub use public_file::replace as replace_file;
