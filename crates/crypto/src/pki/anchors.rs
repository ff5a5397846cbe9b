//! The authorities that a node trusts, and the judgement over a peer's certificate.
//!
//! Path validation (RFC 5280, 6) is `webpki`'s. It takes a trust anchor as given, so the validity of the
//! authority's own certificate is checked here.

use super::{
    Certificate,
    certificate::chain_from_pem,
    node_key_of,
    validity::{at, in_words},
};
use crate::{CertificateRefusal, PkiError};
use civitas_types::NodeKey;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// On which end of a link the owner of a certificate stands (extended key usage, RFC 5280, 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It opened the link (`clientAuth`).
    Dialler,
    /// It accepted the link (`serverAuth`).
    Listener,
}

#[derive(Debug)]
struct Authority {
    certificate: Certificate,
    anchor: TrustAnchor<'static>,
}

/// The trusted authorities. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TrustAnchors {
    authorities: Arc<[Authority]>,
}

impl TrustAnchors {
    /// Reads one or more certificates of authorities.
    ///
    /// # Errors
    /// [`PkiError::NoCertificate`], [`PkiError::Malformed`], [`PkiError::NotAnAuthority`].
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        Self::from_der(chain_from_pem(pem)?)
    }

    /// Takes the certificates of one or more authorities.
    ///
    /// # Errors
    /// [`PkiError::NoCertificate`], [`PkiError::Malformed`], [`PkiError::NotAnAuthority`].
    pub fn from_der(certificates: Vec<CertificateDer<'static>>) -> Result<Self, PkiError> {
        if certificates.is_empty() {
            return Err(PkiError::NoCertificate);
        }
        let authorities = certificates
            .into_iter()
            .map(Authority::new)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            authorities: authorities.into(),
        })
    }

    /// The certificates of the authorities.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.authorities.iter().map(|authority| &authority.certificate)
    }

    /// Judges the certificate that a peer shows on a link, and gives the node key in it.
    ///
    /// The peer must prove on its own that it has the private key; TLS does.
    ///
    /// # Errors
    /// See [`CertificateRefusal`].
    pub fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
        usage: Usage,
    ) -> Result<NodeKey, CertificateRefusal> {
        let parsed = webpki::EndEntityCert::try_from(leaf).map_err(|_| CertificateRefusal::Malformed)?;
        let in_time = self.anchors(|authority| authority.certificate.validity.contains(now));
        let time = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let usage = match usage {
            Usage::Dialler => webpki::KeyUsage::client_auth(),
            Usage::Listener => webpki::KeyUsage::server_auth(),
        };
        let validate = |anchors: &[TrustAnchor<'static>]| {
            let algorithms = webpki::ALL_VERIFICATION_ALGS;
            parsed
                .verify_for_usage(algorithms, anchors, intermediates, time, usage, None, None)
                .map(|_| ())
                .map_err(refusal)
        };
        match validate(&in_time) {
            Err(CertificateRefusal::UnknownAuthority) if in_time.len() < self.authorities.len() => {
                // Tell an authority that is out of its time from one that was never trusted.
                validate(&self.anchors(|_| true))?;
                Err(CertificateRefusal::AuthorityNotValid)
            }
            Err(refusal) => Err(refusal),
            Ok(()) => node_key_of(leaf),
        }
    }

    fn anchors(&self, keep: impl Fn(&Authority) -> bool) -> Vec<TrustAnchor<'static>> {
        self.authorities
            .iter()
            .filter(|authority| keep(authority))
            .map(|authority| authority.anchor.clone())
            .collect()
    }
}

impl Authority {
    fn new(der: CertificateDer<'static>) -> Result<Self, PkiError> {
        let certificate = Certificate::from_der(der)?;
        if !certificate.is_authority {
            return Err(PkiError::NotAnAuthority {
                subject: certificate.name,
            });
        }
        let anchor = webpki::anchor_from_trusted_cert(certificate.der())
            .map_err(|_| PkiError::Malformed {
                reason: "it cannot serve as a trust anchor",
            })?
            .to_owned();
        Ok(Self { certificate, anchor })
    }
}

fn refusal(error: webpki::Error) -> CertificateRefusal {
    use webpki::Error as Rule;
    match error {
        Rule::BadDer | Rule::BadDerTime | Rule::TrailingData(_) => CertificateRefusal::Malformed,
        // A signature that does not fit is how an authority of the same name but another key shows.
        Rule::UnknownIssuer | Rule::InvalidSignatureForPublicKey => CertificateRefusal::UnknownAuthority,
        Rule::CertExpired { not_after, .. } => CertificateRefusal::Expired {
            not_after: in_words(at(not_after.as_secs())),
        },
        Rule::CertNotValidYet { not_before, .. } => CertificateRefusal::NotYetValid {
            not_before: in_words(at(not_before.as_secs())),
        },
        Rule::RequiredEkuNotFoundContext(_) => CertificateRefusal::WrongUsage,
        other => CertificateRefusal::Rule {
            rule: other.to_string(),
        },
    }
}
