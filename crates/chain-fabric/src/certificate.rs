//! Certificates of identities, and the signatures that they check.

use aws_lc_rs::digest::{SHA256, digest};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::{
    EndEntityCert,
    aws_lc_rs::{ECDSA_P256_SHA256, ECDSA_P384_SHA256, ED25519},
};

/// What identities of Fabric sign with: ECDSA over SHA-256, and Ed25519 from version 3 on.
const ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 3] = [ECDSA_P256_SHA256, ECDSA_P384_SHA256, ED25519];

/// The label of a certificate in PEM.
const LABEL: &str = "CERTIFICATE";

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// The certificate that stands in PEM; none if there is none.
pub(crate) fn certificate(pem: &[u8]) -> Option<CertificateDer<'static>> {
    let block = pem::parse(pem).ok()?;
    (block.tag() == LABEL).then(|| CertificateDer::from(block.into_contents()))
}

/// Whether the holder of the certificate's key signed the message.
pub(crate) fn is_signed(certificate: &CertificateDer<'_>, message: &[u8], signature: &[u8]) -> bool {
    let Ok(read) = EndEntityCert::try_from(certificate) else {
        return false;
    };
    ALGORITHMS
        .iter()
        .any(|algorithm| read.verify_signature(*algorithm, message, signature).is_ok())
}
