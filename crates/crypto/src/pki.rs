//! The public key infrastructure of a city: X.509 v3 certificates (RFC 5280) for links between nodes.
//!
//! One authority (ECDSA P-256 with SHA-256, which every TLS library, hardware module and browser handles)
//! issues a leaf for each node; a leaf carries the node's Ed25519 key. Several authorities may be trusted at
//! once, so that organisations can bring their own and authorities can be renewed without a break.
//!
//! [`AuthorityFolder`] is an authority at work: it signs requests, takes certificates back, and keeps the book of
//! what it issued. [`TrustAnchors`] is the other side: it judges what peers show, by authority, time and
//! revocation list, and, where it is told, by which authorities may certify whom.

mod anchors;
mod authority;
mod book;
mod certificate;
mod folder;
mod request;
mod revocation;
mod validity;

pub use anchors::{AuthorityKey, Judged, RevocationPolicy, TrustAnchors, Usage};
pub use authority::{AuthorityRequest, CertificateAuthority, LeafRequest, RevocationReason, Revoked};
pub use book::{Issued, Status};
pub use certificate::{Certificate, chain_from_pem, node_key_of};
pub use folder::{AuthorityFolder, AuthoritySettings};
pub use request::NodeRequest;
pub use revocation::{RevocationList, Revocations};
pub use validity::{Validity, in_words};

#[cfg(test)]
mod tests;
