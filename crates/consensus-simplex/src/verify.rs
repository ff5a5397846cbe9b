//! Checks a certificate without an engine: what a light client, an auditor or another ledger does.
//!
//! # Encoding `simplex-ed25519-v1`
//! ```text
//! epoch   varint (LEB128, shortest form)
//! view    varint
//! parent  varint: the view of the payload's parent
//! digest  32 bytes: SHA-256 of the encoded payload header
//! count   varint: number of validators
//! bitmap  ceil(count / 8) bytes: who signed; validator i is bit i % 8 (from the lowest) of byte i / 8
//! number  varint: number of signatures
//! then    64 bytes each: the signatures (Ed25519, RFC 8032), in the order of their validators
//! ```
//! Validators are ordered by their public keys. Each signs
//! `varint(length of N) || N || epoch || view || parent || digest`, where `N` is the ledger's
//! [namespace](LedgerIdentity::namespace) followed by `_FINALIZE`. A certificate is valid when at least
//! `n - (n - 1) / 3` of `n` validators signed, all signatures hold, and the encoding is the only one.

use crate::{
    config::{LedgerIdentity, node_key, participants},
    types::{Digest, Finalization, PublicKey},
};
use civitas_ports::OrderingError;
use civitas_types::{NodeKey, PayloadError, PayloadHeader, Validator};
use commonware_codec::{Copying, Decode, Encode};
use commonware_consensus::{
    Epochable, Viewable,
    simplex::{scheme::Namespace, types::Subject},
};
use commonware_cryptography::{
    Verifier as _,
    certificate::{Namespace as _, Subject as _},
};
use commonware_utils::{
    N3f1,
    ordered::{Quorum, Set},
};
use thiserror::Error;

/// Name of the encoding.
pub const CERTIFICATE_KIND: &str = "simplex-ed25519-v1";

/// What a valid certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Epoch of the validator set.
    pub epoch: u64,
    /// Round in which the payload became final.
    pub view: u64,
    /// The validators who signed, in the order of their keys.
    pub signers: Vec<NodeKey>,
    /// The header that is final.
    pub header: PayloadHeader,
}

/// Why a certificate proves nothing.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The validators cannot be used.
    #[error("the certificate cannot be judged by these validators")]
    Validators(#[source] OrderingError),
    /// Not an encoded certificate for this number of validators.
    #[error("the bytes are not a certificate")]
    Malformed(#[source] commonware_codec::Error),
    /// Decodes, but encodes differently.
    #[error("the certificate is not in its canonical encoding")]
    NotCanonical,
    /// Not an encoded payload header.
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
    /// The certificate is of an epoch that the payload does not belong to.
    #[error("the certificate is of epoch {found}, the payload belongs to {expected}")]
    OtherEpoch {
        /// Epoch of the certificate.
        found: u64,
        /// Epoch of the payload.
        expected: u64,
    },
    /// Too few validators signed.
    #[error("{found} validators signed, {needed} are needed")]
    NoQuorum {
        /// How many signed.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// A signature does not hold.
    #[error("the signature of validator {signer} does not hold")]
    Signature {
        /// Its key.
        signer: NodeKey,
    },
}

/// Checks that a quorum of `validators` made the payload with this header final on this ledger. They must be the
/// validators of the payload's epoch, which follows from the height in the header.
///
/// Pure: reads no clock, no storage and no randomness.
///
/// # Errors
/// See [`CertificateError`].
pub fn verify_certificate(
    validators: &[Validator],
    ledger: &LedgerIdentity,
    header: &[u8],
    encoded: &[u8],
) -> Result<Verified, CertificateError> {
    let participants = participants(validators).map_err(CertificateError::Validators)?;
    let finalization = decode(encoded, participants.len())?;
    let header = decode_header(header, ledger)?;
    if finalization.proposal.payload.0 != header.digest().0 {
        return Err(CertificateError::OtherPayload);
    }
    let (found, expected) = (finalization.epoch().get(), ledger.epochs.of(header.height));
    if found != expected {
        return Err(CertificateError::OtherEpoch { found, expected });
    }
    let certificate = &finalization.certificate;
    let needed = participants.quorum::<N3f1>() as usize;
    if certificate.signers.count() < needed {
        return Err(CertificateError::NoQuorum {
            found: certificate.signers.count(),
            needed,
        });
    }
    let namespace = Namespace::derive(&ledger.namespace());
    let subject: Subject<'_, Digest> = Subject::Finalize {
        proposal: &finalization.proposal,
    };
    let (namespace, message) = (subject.namespace(&namespace), subject.message());
    let mut signers = Vec::with_capacity(needed);
    for (index, signature) in certificate.signers.iter().zip(&certificate.signatures) {
        let Some(key) = participants.key(index) else {
            return Err(CertificateError::NotCanonical);
        };
        let signer = node_key(key);
        if !signature
            .get()
            .is_some_and(|signature| key.verify(namespace, &message, signature))
        {
            return Err(CertificateError::Signature { signer });
        }
        signers.push(signer);
    }
    Ok(Verified {
        epoch: found,
        view: finalization.view().get(),
        signers,
        header,
    })
}

fn decode(encoded: &[u8], validators: usize) -> Result<Finalization, CertificateError> {
    let finalization =
        Finalization::decode_cfg(Copying(encoded), &validators).map_err(CertificateError::Malformed)?;
    if finalization.encode().as_ref() == encoded {
        Ok(finalization)
    } else {
        Err(CertificateError::NotCanonical)
    }
}

fn decode_header(mut bytes: &[u8], ledger: &LedgerIdentity) -> Result<PayloadHeader, CertificateError> {
    let header = PayloadHeader::decode(&mut bytes).map_err(CertificateError::Header)?;
    if !bytes.is_empty() {
        return Err(CertificateError::HeaderTrailing { found: bytes.len() });
    }
    if header.ledger != ledger.chain_id {
        return Err(CertificateError::OtherLedger { found: header.ledger });
    }
    Ok(header)
}

/// The certificate as the port hands it out.
pub(crate) fn certificate(
    finalization: &Finalization,
    participants: &Set<PublicKey>,
) -> civitas_ports::Certificate {
    let signers = finalization.certificate.signers.iter();
    civitas_ports::Certificate {
        kind: CERTIFICATE_KIND,
        epoch: finalization.epoch().get(),
        view: finalization.view().get(),
        signers: signers
            .filter_map(|index| participants.key(index))
            .map(node_key)
            .collect(),
        encoded: finalization.encode().to_vec(),
    }
}
