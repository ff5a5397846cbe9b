//! Reading certificates: what stands in one, without judging it.

use super::Validity;
use crate::{CertificateRefusal, PkiError};
use civitas_types::NodeKey;
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use std::{fmt::Write as _, time::SystemTime};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate, X509Name};

/// Intermediate certificates that a chain may carry besides the leaf.
const CHAIN_LENGTH_MAX: usize = 4;
/// The encoding of an Ed25519 SubjectPublicKeyInfo before its 32 key bytes (RFC 8410, 4).
const ED25519_SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A certificate and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    /// Common name of the subject: the node, or the authority.
    pub name: String,
    /// Organisation of the subject; empty if none is named.
    pub organisation: String,
    /// Common name of the issuer.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// When it is valid.
    pub validity: Validity,
    /// The Ed25519 key; none in the certificate of an authority.
    pub public_key: Option<NodeKey>,
    /// DNS names and IP addresses of the subject.
    pub alternative_names: Vec<String>,
    /// Whether it may issue others.
    pub is_authority: bool,
}

impl Certificate {
    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// [`PkiError::NoCertificate`], [`PkiError::Malformed`].
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| PkiError::NoCertificate)?;
        Self::from_der(der)
    }

    /// Reads the DER form.
    ///
    /// # Errors
    /// [`PkiError::Malformed`].
    pub fn from_der(der: CertificateDer<'static>) -> Result<Self, PkiError> {
        let (rest, parsed) = X509Certificate::from_der(&der).map_err(|_| PkiError::Malformed {
            reason: "it is not DER-encoded X.509",
        })?;
        if !rest.is_empty() {
            return Err(PkiError::Malformed {
                reason: "bytes follow after its end",
            });
        }
        let certificate = Self {
            name: common_name(parsed.subject()),
            organisation: organisation(parsed.subject()),
            issuer: common_name(parsed.issuer()),
            serial: hexadecimal(parsed.raw_serial()),
            validity: Validity::read(parsed.validity()),
            public_key: node_key_of_info(parsed.public_key().raw),
            alternative_names: alternative_names(&parsed)?,
            is_authority: parsed.is_ca(),
            der: CertificateDer::from(Vec::new()),
        };
        drop(parsed);
        Ok(Self { der, ..certificate })
    }

    /// The encoded certificate.
    pub const fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The PEM form.
    pub fn to_pem(&self) -> String {
        let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", self.der.as_ref()), lines)
    }

    /// The SHA-256 digest of the encoded certificate, as people compare it: `AB:CD:...`.
    pub fn fingerprint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der);
        let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }

    /// Whether `anchors` accept it at `now` for links in both directions, and it is for the node `key`.
    ///
    /// # Errors
    /// See [`CertificateRefusal`]; each says what to do next.
    pub fn check(
        &self,
        anchors: &super::TrustAnchors,
        now: SystemTime,
        key: &NodeKey,
    ) -> Result<(), CertificateRefusal> {
        anchors.verify(&self.der, &[], now, super::Usage::Dialler)?;
        let found = anchors.verify(&self.der, &[], now, super::Usage::Listener)?;
        if found != *key {
            return Err(CertificateRefusal::ForeignKey {
                expected: *key,
                found,
            });
        }
        Ok(())
    }
}

/// Reads a chain: the leaf first, then intermediate certificates.
///
/// # Errors
/// [`PkiError::NoCertificate`]; [`PkiError::Malformed`] if a section is damaged or the chain is too long.
pub fn chain_from_pem(pem: &str) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let chain = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| PkiError::Malformed {
            reason: "a PEM section is damaged",
        })?;
    match chain.len() {
        0 => Err(PkiError::NoCertificate),
        length if length > CHAIN_LENGTH_MAX + 1 => Err(PkiError::Malformed {
            reason: "the chain has more than four intermediate certificates",
        }),
        _ => Ok(chain),
    }
}

/// The node key in a certificate, without any check of the certificate.
///
/// # Errors
/// [`CertificateRefusal::Malformed`], [`CertificateRefusal::NotANodeKey`].
pub fn node_key_of(der: &CertificateDer<'_>) -> Result<NodeKey, CertificateRefusal> {
    let certificate = webpki::EndEntityCert::try_from(der).map_err(|_| CertificateRefusal::Malformed)?;
    node_key_of_info(&certificate.subject_public_key_info()).ok_or(CertificateRefusal::NotANodeKey)
}

pub(super) fn node_key_of_info(info: &[u8]) -> Option<NodeKey> {
    let key: [u8; 32] = info.strip_prefix(&ED25519_SPKI_PREFIX)?.try_into().ok()?;
    Some(NodeKey::from(key))
}

fn common_name(name: &X509Name<'_>) -> String {
    name.iter_common_name()
        .find_map(|value| value.as_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn organisation(name: &X509Name<'_>) -> String {
    name.iter_organization()
        .find_map(|value| value.as_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn alternative_names(parsed: &X509Certificate<'_>) -> Result<Vec<String>, PkiError> {
    let extension = parsed
        .subject_alternative_name()
        .map_err(|_| PkiError::Malformed {
            reason: "its alternative names stand there twice",
        })?;
    let Some(extension) = extension else {
        return Ok(Vec::new());
    };
    Ok(extension
        .value
        .general_names
        .iter()
        .filter_map(alternative_name_of)
        .collect())
}

pub(super) fn alternative_name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(|octets| std::net::IpAddr::from(octets).to_string())
            .or_else(|_| {
                <[u8; 16]>::try_from(*bytes).map(|octets| std::net::IpAddr::from(octets).to_string())
            })
            .ok(),
        _ => None,
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
