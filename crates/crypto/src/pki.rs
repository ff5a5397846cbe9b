//! The public key infrastructure of a city: X.509 v3 certificates (RFC 5280) for links between nodes.
//!
//! One authority (ECDSA P-256 with SHA-256, which every TLS library, hardware module and browser handles)
//! issues a leaf for each node; a leaf carries the node's Ed25519 key. Several authorities may be trusted at
//! once, so that organisations can bring their own and authorities can be renewed without a break.

mod anchors;
mod authority;
mod certificate;
mod validity;

pub use anchors::{TrustAnchors, Usage};
pub use authority::{AuthorityRequest, CertificateAuthority, LeafRequest};
pub use certificate::{Certificate, chain_from_pem, node_key_of};
pub use validity::Validity;

#[cfg(test)]
mod tests;
