//! Revocation lists (CRL, RFC 5280, 5): which certificates an authority has taken back before their time.
//!
//! A list says until when it may be relied upon (`nextUpdate`). An old list proves nothing, so who judges
//! certificates enforces that time; see [`super::TrustAnchors::judge`].

use super::{
    certificate::hexadecimal,
    validity::{Validity, from_asn1},
};
use crate::PkiError;
use rustls_pki_types::{CertificateRevocationListDer, pem::PemObject as _};
use std::{sync::Arc, time::SystemTime};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::{
    prelude::{CertificateRevocationList, FromDer as _, SubjectPublicKeyInfo},
    x509::X509Name,
};

/// Lists that a node takes at most: one for each authority and each intermediate one.
const LISTS_MAX: usize = 64;
/// A hundred thousand revoked certificates fit; more is not a list of a city.
const LIST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One revocation list.
#[derive(Debug)]
pub struct RevocationList {
    der: CertificateRevocationListDer<'static>,
    list: CertRevocationList<'static>,
    /// Common name of the authority.
    pub authority: String,
    /// Its number, which grows with each list of an authority, in hexadecimal of equal length.
    pub number: String,
    /// From when on it counts, and when the next one is due.
    pub validity: Validity,
    /// Serial numbers of what is revoked, in hexadecimal.
    pub serials: Vec<String>,
}

impl RevocationList {
    fn new(der: CertificateRevocationListDer<'static>) -> Result<Self, PkiError> {
        let malformed = |reason: &str| PkiError::MalformedRevocations {
            reason: reason.to_owned(),
        };
        if der.len() > LIST_BYTES_MAX {
            return Err(malformed("it has more than 8 MiB"));
        }
        let list = OwnedCertRevocationList::from_der(&der).map_err(|error| malformed(&error.to_string()))?;
        let (_, parsed) = CertificateRevocationList::from_der(&der)
            .map_err(|_| malformed("it is not a DER-encoded revocation list"))?;
        let next_update = parsed
            .next_update()
            .ok_or_else(|| malformed("it does not say when the next one is due"))?;
        let number = parsed.crl_number().map(|number| number.to_bytes_be());
        let read = Self {
            list: list.into(),
            authority: common_name(parsed.issuer()),
            number: format!("{:0>40}", hexadecimal(&number.unwrap_or_default())),
            validity: Validity::between(from_asn1(parsed.last_update()), from_asn1(next_update)),
            serials: parsed
                .iter_revoked_certificates()
                .map(|revoked| hexadecimal(revoked.raw_serial()))
                .collect(),
            der: CertificateRevocationListDer::from(Vec::new()),
        };
        drop(parsed);
        Ok(Self { der, ..read })
    }

    /// The list as path validation takes it.
    pub(super) const fn list(&self) -> &CertRevocationList<'static> {
        &self.list
    }

    /// Whether the holder of `key` (an encoded SubjectPublicKeyInfo) signed it.
    pub(super) fn is_signed_by(&self, key: &[u8]) -> bool {
        let (Ok((_, parsed)), Ok((_, key))) = (
            CertificateRevocationList::from_der(&self.der),
            SubjectPublicKeyInfo::from_der(key),
        ) else {
            return false;
        };
        parsed.verify_signature(&key).is_ok()
    }
}

/// The revocation lists that a node knows. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Revocations {
    lists: Arc<[RevocationList]>,
}

impl Revocations {
    /// Reads every `X509 CRL` section of a PEM text.
    ///
    /// # Errors
    /// [`PkiError::MalformedRevocations`], also if there is none.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        let malformed = |reason: &str| PkiError::MalformedRevocations {
            reason: reason.to_owned(),
        };
        let sections = CertificateRevocationListDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| malformed("a PEM section is damaged"))?;
        if sections.is_empty() {
            return Err(malformed("no `X509 CRL` section in the PEM text"));
        }
        if sections.len() > LISTS_MAX {
            return Err(malformed("there are more than 64 lists"));
        }
        let lists = sections
            .into_iter()
            .map(RevocationList::new)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { lists: lists.into() })
    }

    /// The lists.
    pub fn lists(&self) -> impl Iterator<Item = &RevocationList> {
        self.lists.iter()
    }

    /// When the first of them is due to be replaced.
    pub fn next_update(&self) -> Option<SystemTime> {
        self.lists().map(|list| list.validity.not_after()).min()
    }
}

fn common_name(name: &X509Name<'_>) -> String {
    name.iter_common_name()
        .find_map(|value| value.as_str().ok())
        .unwrap_or_default()
        .to_owned()
}
