//! Makes and checks certificates of the only validator.
//!
//! # Encoding `solo-v1` (128 bytes)
//! ```text
//! digest     32 bytes: SHA-256 of the encoded payload header
//! key        32 bytes: Ed25519 public key of the validator
//! signature  64 bytes: Ed25519 (RFC 8032) over `varint(length of N) || N || digest`,
//!                      where `N` is the ledger's [namespace](LedgerIdentity::namespace)
//! ```

use crate::config::LedgerIdentity;
use alloy_primitives::B256;
use civitas_types::{NodeKey, PayloadError, PayloadHeader, Validator};
use commonware_codec::{Copying, DecodeExt as _};
use commonware_cryptography::{
    Signer as _, Verifier as _,
    ed25519::{PrivateKey, PublicKey, Signature},
};
use thiserror::Error;

/// Name of the encoding.
pub const CERTIFICATE_KIND: &str = "solo-v1";
/// Bytes of a certificate.
pub(crate) const CERTIFICATE_BYTES: usize = 128;

/// Why a certificate proves nothing.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// Not as long as a certificate.
    #[error("a certificate has 128 bytes, here are {found}")]
    Length {
        /// Bytes that are there.
        found: usize,
    },
    /// Not exactly one encoded payload header.
    #[error("the bytes are not a payload header")]
    Header(#[source] PayloadError),
    /// Bytes follow the header.
    #[error("{found} bytes follow the payload header")]
    HeaderTrailing {
        /// How many.
        found: usize,
    },
    /// The header is of another ledger.
    #[error("the payload header is of ledger {found}")]
    OtherLedger {
        /// Its chain id.
        found: u64,
    },
    /// The certificate is over another payload.
    #[error("the certificate is over another payload")]
    OtherPayload,
    /// Not signed by the validator.
    #[error("the certificate is signed by {found}, who is not the validator")]
    OtherSigner {
        /// Key in the certificate.
        found: NodeKey,
    },
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature,
}

/// Signs the digest of a payload header.
pub(crate) fn sign(key: &PrivateKey, ledger: &LedgerIdentity, digest: B256) -> [u8; CERTIFICATE_BYTES] {
    let mut encoded = [0; CERTIFICATE_BYTES];
    let signature = key.sign(&ledger.namespace(), digest.as_slice());
    encoded[..32].copy_from_slice(digest.as_slice());
    encoded[32..64].copy_from_slice(key.public_key().as_ref());
    encoded[64..].copy_from_slice(signature.as_ref());
    encoded
}

/// Checks that `validator` made the payload with this header final on this ledger, and gives the header.
///
/// Pure: reads no clock, no storage and no randomness.
///
/// # Errors
/// See [`CertificateError`].
pub fn verify_certificate(
    validator: &Validator,
    ledger: &LedgerIdentity,
    mut header: &[u8],
    encoded: &[u8],
) -> Result<PayloadHeader, CertificateError> {
    let decoded = PayloadHeader::decode(&mut header).map_err(CertificateError::Header)?;
    if !header.is_empty() {
        return Err(CertificateError::HeaderTrailing { found: header.len() });
    }
    if decoded.ledger != ledger.chain_id {
        return Err(CertificateError::OtherLedger {
            found: decoded.ledger,
        });
    }
    if encoded.len() != CERTIFICATE_BYTES {
        return Err(CertificateError::Length { found: encoded.len() });
    }
    let (digest, rest) = encoded.split_at(32);
    let (signer, signature) = rest.split_at(32);
    if decoded.digest().as_slice() != digest {
        return Err(CertificateError::OtherPayload);
    }
    if validator.public_key.as_slice() != signer {
        return Err(CertificateError::OtherSigner {
            found: NodeKey::from_slice(signer),
        });
    }
    let key = PublicKey::decode(Copying(signer)).map_err(|_| CertificateError::Signature)?;
    let signature = Signature::decode(Copying(signature)).map_err(|_| CertificateError::Signature)?;
    if key.verify(&ledger.namespace(), digest, &signature) {
        Ok(decoded)
    } else {
        Err(CertificateError::Signature)
    }
}
