//! What can go wrong with keys and certificates. Each text says what to do next.

use civitas_types::NodeKey;
use std::{path::PathBuf, time::Duration};
use thiserror::Error;

/// A private key that could not be made, kept or read.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes for a new key")]
    NoRandomness,
    /// The text is not the key that was expected.
    #[error("the private key cannot be used: {reason}; expected a PKCS#8 `PRIVATE KEY` in PEM")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file exists; a private key is never overwritten.
    #[error("{} exists and is not overwritten; move it away first, or use another folder", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner can read the file.
    #[error(
        "the private key {} is open to others (mode {mode:04o}); run `chmod 600 {}`",
        path.display(), path.display()
    )]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The path names a folder, a device or something else that cannot hold a key.
    #[error("{} is not a regular file of at most {bytes_max} bytes, so it is no private key", path.display())]
    NotAKeyFile {
        /// The path.
        path: PathBuf,
        /// The largest file that is read.
        bytes_max: u64,
    },
    /// The file system failed.
    #[error("cannot {attempt} {}", path.display())]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// Its failure.
        #[source]
        source: std::io::Error,
    },
}

/// A certificate or an authority that could not be made or read.
#[derive(Debug, Error)]
pub enum PkiError {
    /// A name in a request cannot stand in a certificate.
    #[error("the {field} {value:?} cannot stand in a certificate: {reason}")]
    BadName {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// More names than a certificate may carry.
    #[error("a certificate carries at most {max} alternative names, {count} were asked for")]
    TooManyNames {
        /// How many were asked for.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// The period is empty or out of bounds.
    #[error(
        "a certificate is valid for a second to {} days, {} s were asked for",
        max.as_secs() / 86_400, asked.as_secs()
    )]
    BadValidity {
        /// What was asked for.
        asked: Duration,
        /// The bound.
        max: Duration,
    },
    /// The leaf would be valid when its authority no longer is.
    #[error(
        "the certificate would be valid until {leaf}, but the authority only until {authority}; \
         ask for fewer days or renew the authority"
    )]
    OutlivesAuthority {
        /// End of the leaf.
        leaf: String,
        /// End of the authority.
        authority: String,
    },
    /// The text holds no certificate.
    #[error("no `CERTIFICATE` section in the PEM text")]
    NoCertificate,
    /// The bytes are not a certificate of the expected kind.
    #[error("the certificate cannot be read: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The certificate may not issue others.
    #[error("the certificate of {subject} is not an authority (CA:TRUE is missing)")]
    NotAnAuthority {
        /// Its subject.
        subject: String,
    },
    /// The private key does not belong to the certificate of the authority.
    #[error(
        "the private key is not the one of the authority's certificate; give the pair that was made together"
    )]
    ForeignAuthorityKey,
    /// The text holds no request.
    #[error("no `CERTIFICATE REQUEST` section in the PEM text; make one with `civitas cert request`")]
    NoRequest,
    /// A request that must not be signed.
    #[error("the certificate request is refused: {reason}")]
    RequestRefused {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The list cannot be read.
    #[error("the revocation list cannot be read: {reason}")]
    MalformedRevocations {
        /// What is wrong with it.
        reason: String,
    },
    /// A list in the name of a trusted authority that it did not sign.
    #[error(
        "the revocation list in the name of {authority} is not signed by it; take the one that the authority wrote"
    )]
    ForeignRevocations {
        /// The name.
        authority: String,
    },
    /// A list is replaced by an older one, or by none: revocations would be forgotten.
    #[error(
        "the new revocation list of {authority} is {found}, but number {known} is in use; take the newest one"
    )]
    OlderRevocations {
        /// The authority.
        authority: String,
        /// The number of the list in use.
        known: String,
        /// What was found instead.
        found: String,
    },
    /// The book of an authority says no.
    #[error(transparent)]
    Book(#[from] BookError),
    /// A private key failed.
    #[error("the private key of the authority cannot be used")]
    Key(#[from] KeyError),
    /// The certificate could not be encoded or signed.
    #[error("the certificate could not be made")]
    Signing(#[from] rcgen::Error),
}

/// What the book of an authority does not allow.
#[derive(Debug, Error)]
pub enum BookError {
    /// The file system failed.
    #[error("cannot {attempt} {}", path.display())]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// Its failure.
        #[source]
        source: std::io::Error,
    },
    /// The book is not one.
    #[error("{} is not the book of an authority; restore it from a backup", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The folder holds an authority already.
    #[error("{} holds an authority already; use it, or choose another folder", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// No certificate has this serial number.
    #[error("this authority has issued no certificate {serial}; `civitas cert list` shows those that it has")]
    Unknown {
        /// The serial number, in hexadecimal.
        serial: String,
    },
    /// The certificate is revoked already.
    #[error("certificate {serial} of {name} is revoked already")]
    RevokedAlready {
        /// The serial number, in hexadecimal.
        serial: String,
        /// Whose it is.
        name: String,
    },
    /// Another key has a valid certificate of the same name.
    #[error(
        "{name} has a valid certificate for another key ({key}, serial {serial}); revoke that one first, or \
         choose another name"
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The other key.
        key: NodeKey,
        /// The serial number of its certificate.
        serial: String,
    },
    /// A node asks for its own renewal, but has nothing to renew.
    #[error(
        "node key {key} cannot renew by itself: {reason}; have a certificate issued with `civitas cert issue`"
    )]
    NotRenewable {
        /// The node.
        key: NodeKey,
        /// Why not.
        reason: &'static str,
    },
}

/// Why the certificate of a peer is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificateRefusal {
    /// Not X.509, or with contents that the standard forbids.
    #[error("the certificate is not a readable X.509 certificate; have a new one issued")]
    Malformed,
    /// No trust anchor issued it.
    #[error(
        "the certificate was not issued by an authority of this city; have it issued by the city's authority"
    )]
    UnknownAuthority,
    /// A trusted authority issued it, but not one of the node's organisation.
    #[error(
        "the certificate was issued by {authority}, which is no anchor of the node's organisation on the ledger; have \
         it issued by one that is, or have the city decide on the anchor (docs/operator/certificates.md)"
    )]
    ForeignAuthority {
        /// The authority.
        authority: String,
    },
    /// The authority that issued it is itself expired or not yet valid.
    #[error(
        "the certificate of the authority is not valid at this time; renew the authority and distribute it"
    )]
    AuthorityNotValid,
    /// Its time is over.
    #[error("the certificate expired on {not_after}; have a new one issued, and check the clocks")]
    Expired {
        /// The end of its validity.
        not_after: String,
    },
    /// Its time has not come.
    #[error("the certificate is valid only from {not_before} on; check the clocks")]
    NotYetValid {
        /// The begin of its validity.
        not_before: String,
    },
    /// The authority has revoked it.
    #[error("the certificate (serial {serial}) was revoked by {authority}; have a new one issued")]
    Revoked {
        /// Its serial number, in hexadecimal.
        serial: String,
        /// The authority.
        authority: String,
    },
    /// The newest revocation list is too old to trust its silence.
    #[error(
        "the revocation list of {authority} had to be replaced by {next_update}; have the authority write a new \
         one (`civitas cert crl`) and distribute it"
    )]
    StaleRevocations {
        /// The authority.
        authority: String,
        /// When its next list was due.
        next_update: String,
    },
    /// Revocation lists are required, and there is none of this authority.
    #[error(
        "there is no revocation list of {authority}, but lists are required here; have the authority write one \
         (`civitas cert crl`)"
    )]
    NoRevocations {
        /// The authority.
        authority: String,
    },
    /// Its extensions do not allow the use.
    #[error("the certificate may not be used for links between nodes; have one issued with both TLS usages")]
    WrongUsage,
    /// It carries no Ed25519 key.
    #[error("the certificate does not carry an Ed25519 node key; have one issued for the node's key")]
    NotANodeKey,
    /// It is good, but for another node.
    #[error("the certificate is for node key {found}, expected {expected}; check the peer's address and key")]
    ForeignKey {
        /// The key that was expected.
        expected: NodeKey,
        /// The key in the certificate.
        found: NodeKey,
    },
    /// Another rule of path validation (RFC 5280) is broken.
    #[error("the certificate breaks a rule of X.509 ({rule}); have a new one issued")]
    Rule {
        /// The rule, as the validation library names it.
        rule: String,
    },
}
