//! The authorities that a node trusts, their revocation lists, and the judgement over a peer's certificate.
//!
//! Path validation (RFC 5280, 6) is `webpki`'s. It takes a trust anchor as given, so the validity of the
//! authority's own certificate is checked here; and it takes any revocation list that bears the right name, so
//! each list is matched with the key of its authority when it is read. Anchors are tried one by one, so that two
//! authorities of one name (a renewed one with another key) never meet each other's lists.

use super::{
    Certificate, RevocationList, Revocations,
    certificate::chain_from_pem,
    node_key_of,
    validity::{at, in_words},
};
use crate::{CertificateRefusal, PkiError};
use civitas_types::NodeKey;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use webpki::{CertRevocationList, ExpirationPolicy, RevocationOptionsBuilder, UnknownStatusPolicy};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// On which end of a link the owner of a certificate stands (extended key usage, RFC 5280, 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It opened the link (`clientAuth`).
    Dialler,
    /// It accepted the link (`serverAuth`).
    Listener,
}

/// Whether a certificate of an authority without a revocation list is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationPolicy {
    /// Yes: lists count where there are some.
    #[default]
    WherePresent,
    /// No: every authority needs a list.
    Required,
}

/// What an authority is, whatever it is called and however often its certificate was renewed: its encoded
/// SubjectPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuthorityKey(Vec<u8>);

impl AuthorityKey {
    /// Of the certificate of an authority (DER).
    ///
    /// # Errors
    /// [`PkiError::Malformed`], [`PkiError::NotAnAuthority`].
    pub fn of(der: &[u8]) -> Result<Self, PkiError> {
        Authority::new(der.to_vec().into()).map(|authority| authority.key)
    }
}

#[derive(Debug)]
struct Authority {
    certificate: Certificate,
    anchor: TrustAnchor<'static>,
    key: AuthorityKey,
}

/// The trusted authorities with their revocation lists. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TrustAnchors {
    authorities: Arc<[Authority]>,
    revocations: Revocations,
    policy: RevocationPolicy,
    /// The only ones that may certify, if not all may.
    permitted: Option<BTreeSet<AuthorityKey>>,
    /// Those that may certify whatever is permitted.
    recovery: BTreeSet<AuthorityKey>,
}

/// What was found out about a good certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The node key in it.
    pub key: NodeKey,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// The first moment at which it, an intermediate certificate or its authority is over.
    pub valid_until: SystemTime,
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
            revocations: Revocations::default(),
            policy: RevocationPolicy::default(),
            permitted: None,
            recovery: BTreeSet::new(),
        })
    }

    /// The same authorities, of which only those in `permitted`, and those of recovery, may certify.
    #[must_use]
    pub fn limited_to(&self, permitted: &BTreeSet<AuthorityKey>) -> Self {
        Self {
            permitted: Some(permitted.clone()),
            ..self.clone()
        }
    }

    /// The same authorities, of which those in `pem` may certify whatever [`TrustAnchors::limited_to`] says. It adds
    /// none: what is not trusted is not trusted for recovery.
    ///
    /// # Errors
    /// As [`TrustAnchors::from_pem`].
    pub fn with_recovery(self, pem: &str) -> Result<Self, PkiError> {
        let named = Self::from_pem(pem)?;
        let keys = named.authorities.iter().map(|authority| authority.key.clone());
        let recovery = keys.collect();
        Ok(Self { recovery, ..self })
    }

    /// The certificates of the authorities that may certify whatever is permitted.
    pub fn recovery(&self) -> impl Iterator<Item = &Certificate> {
        let of_recovery = |authority: &&Authority| self.recovery.contains(&authority.key);
        self.authorities
            .iter()
            .filter(of_recovery)
            .map(|authority| &authority.certificate)
    }

    /// The same authorities with these revocation lists, whose freshness is enforced from now on.
    ///
    /// # Errors
    /// [`PkiError::ForeignRevocations`] if a list bears the name of an authority that did not sign it.
    pub fn with_revocations(
        self,
        revocations: Revocations,
        policy: RevocationPolicy,
    ) -> Result<Self, PkiError> {
        for list in revocations.lists() {
            let mut named = self
                .authorities
                .iter()
                .filter(|authority| authority.is_named_in(list));
            let is_of_an_authority = named.clone().next().is_some();
            if is_of_an_authority && !named.any(|authority| authority.signed(list)) {
                return Err(PkiError::ForeignRevocations {
                    authority: list.authority.clone(),
                });
            }
        }
        Ok(Self {
            revocations,
            policy,
            ..self
        })
    }

    /// The certificates of the authorities.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.authorities.iter().map(|authority| &authority.certificate)
    }

    /// The revocation lists.
    pub const fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Whether these anchors may take the place of `earlier` ones: an authority that stays keeps its revocation
    /// list, or gets a newer one. So no revocation is forgotten while a node runs, by mistake or by intent.
    ///
    /// # Errors
    /// [`PkiError::OlderRevocations`].
    pub fn check_succeeds(&self, earlier: &Self) -> Result<(), PkiError> {
        for authority in earlier.authorities.iter() {
            let Some(known) = earlier.newest(authority) else {
                continue;
            };
            if !self.authorities.iter().any(|other| other.key == authority.key) {
                continue;
            }
            let found = self.newest(authority);
            if found.is_some_and(|found| found.number >= known.number) {
                continue;
            }
            let shorten = |number: &str| number.trim_start_matches('0').to_owned();
            return Err(PkiError::OlderRevocations {
                authority: known.authority.clone(),
                known: shorten(&known.number),
                found: found.map_or_else(
                    || "missing".to_owned(),
                    |list| format!("number {}", shorten(&list.number)),
                ),
            });
        }
        Ok(())
    }

    /// Judges the certificate that a peer shows on a link, and gives the node key in it.
    ///
    /// # Errors
    /// As [`TrustAnchors::judge`].
    pub fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
        usage: Usage,
    ) -> Result<NodeKey, CertificateRefusal> {
        self.judge(leaf, intermediates, now, usage)
            .map(|judged| judged.key)
    }

    /// Judges the certificate that a peer shows on a link: issued by an authority, in its time, not revoked, for
    /// this use, for a node key.
    ///
    /// The peer must prove on its own that it has the private key; TLS does.
    ///
    /// # Errors
    /// See [`CertificateRefusal`].
    pub fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
        usage: Usage,
    ) -> Result<Judged, CertificateRefusal> {
        let presented = Presented {
            leaf,
            intermediates,
            now,
            usage,
        };
        let (in_time, out_of_time): (Vec<_>, Vec<_>) = self
            .authorities
            .iter()
            .partition(|authority| authority.certificate.validity.contains(now));
        let mut refused = CertificateRefusal::UnknownAuthority;
        for authority in in_time {
            match self.judge_with(authority, &presented) {
                Ok(judged) => return Ok(judged),
                // What an authority that issued it says counts more than that others did not issue it, or may not.
                Err(CertificateRefusal::UnknownAuthority) => {}
                Err(CertificateRefusal::ForeignAuthority { .. })
                    if refused != CertificateRefusal::UnknownAuthority => {}
                Err(refusal) => refused = refusal,
            }
        }
        let is_of = |authority: &&Authority| {
            let judged = self.judge_with(authority, &presented);
            !matches!(judged, Err(CertificateRefusal::UnknownAuthority))
        };
        // Tell an authority that is out of its time from one that was never trusted.
        if refused == CertificateRefusal::UnknownAuthority && out_of_time.iter().any(is_of) {
            return Err(CertificateRefusal::AuthorityNotValid);
        }
        Err(refused)
    }

    fn judge_with(
        &self,
        authority: &Authority,
        presented: &Presented<'_>,
    ) -> Result<Judged, CertificateRefusal> {
        let judged = self.judge_chain(authority, presented);
        let has_issued = matches!(
            judged,
            Ok(_)
                | Err(CertificateRefusal::StaleRevocations { .. } | CertificateRefusal::NoRevocations { .. })
        );
        if has_issued && !self.permits(authority) {
            return Err(CertificateRefusal::ForeignAuthority {
                authority: authority.certificate.name.clone(),
            });
        }
        judged
    }

    fn permits(&self, authority: &Authority) -> bool {
        let is_permitted = |permitted: &BTreeSet<_>| permitted.contains(&authority.key);
        self.permitted.as_ref().is_none_or(is_permitted) || self.recovery.contains(&authority.key)
    }

    fn judge_chain(
        &self,
        authority: &Authority,
        presented: &Presented<'_>,
    ) -> Result<Judged, CertificateRefusal> {
        let parsed =
            webpki::EndEntityCert::try_from(presented.leaf).map_err(|_| CertificateRefusal::Malformed)?;
        let time = UnixTime::since_unix_epoch(presented.now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let usage = match presented.usage {
            Usage::Dialler => webpki::KeyUsage::client_auth(),
            Usage::Listener => webpki::KeyUsage::server_auth(),
        };
        let lists = self.lists_for(authority);
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .with_status_policy(match self.policy {
                    RevocationPolicy::Required => UnknownStatusPolicy::Deny,
                    RevocationPolicy::WherePresent => UnknownStatusPolicy::Allow,
                })
                .build()
        });
        let is_unlisted = revocation.is_none() && self.policy == RevocationPolicy::Required;
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let anchors = std::slice::from_ref(&authority.anchor);
        parsed
            .verify_for_usage(
                algorithms,
                anchors,
                presented.intermediates,
                time,
                usage,
                revocation,
                None,
            )
            .map_err(|error| refusal(error, &authority.certificate.name, presented.leaf))?;
        if is_unlisted {
            return Err(CertificateRefusal::NoRevocations {
                authority: authority.certificate.name.clone(),
            });
        }
        presented.describe(authority)
    }

    /// The lists that count for certificates under `authority`: the newest of its own, and those of others, which
    /// may be intermediate authorities.
    fn lists_for(&self, authority: &Authority) -> Vec<&CertRevocationList<'static>> {
        let own = self.newest(authority).into_iter();
        let others = self
            .revocations
            .lists()
            .filter(|list| !authority.is_named_in(list));
        own.chain(others).map(RevocationList::list).collect()
    }

    fn newest(&self, authority: &Authority) -> Option<&RevocationList> {
        self.revocations
            .lists()
            .filter(|list| authority.is_named_in(list) && authority.signed(list))
            .max_by(|one, other| one.number.cmp(&other.number))
    }
}

/// What a peer shows.
struct Presented<'a> {
    leaf: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    now: SystemTime,
    usage: Usage,
}

impl Presented<'_> {
    fn describe(&self, authority: &Authority) -> Result<Judged, CertificateRefusal> {
        let read = |der: &CertificateDer<'_>| {
            Certificate::from_der(der.clone().into_owned()).map_err(|_| CertificateRefusal::Malformed)
        };
        let leaf = read(self.leaf)?;
        let mut valid_until = leaf
            .validity
            .not_after()
            .min(authority.certificate.validity.not_after());
        for intermediate in self.intermediates {
            valid_until = valid_until.min(read(intermediate)?.validity.not_after());
        }
        Ok(Judged {
            key: node_key_of(self.leaf)?,
            serial: leaf.serial,
            valid_until,
        })
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
        let unusable = || PkiError::Malformed {
            reason: "it cannot serve as a trust anchor",
        };
        let anchor = webpki::anchor_from_trusted_cert(certificate.der())
            .map_err(|_| unusable())?
            .to_owned();
        let key = X509Certificate::from_der(certificate.der())
            .map(|(_, parsed)| AuthorityKey(parsed.public_key().raw.to_vec()))
            .map_err(|_| unusable())?;
        Ok(Self {
            certificate,
            anchor,
            key,
        })
    }

    fn is_named_in(&self, list: &RevocationList) -> bool {
        list.list().issuer() == self.anchor.subject.as_ref()
    }

    fn signed(&self, list: &RevocationList) -> bool {
        list.is_signed_by(&self.key.0)
    }
}

fn refusal(error: webpki::Error, authority: &str, leaf: &CertificateDer<'_>) -> CertificateRefusal {
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
        Rule::CertRevoked => CertificateRefusal::Revoked {
            serial: Certificate::from_der(leaf.clone().into_owned())
                .map(|certificate| certificate.serial)
                .unwrap_or_default(),
            authority: authority.to_owned(),
        },
        Rule::CrlExpired { next_update, .. } => CertificateRefusal::StaleRevocations {
            authority: authority.to_owned(),
            next_update: in_words(at(next_update.as_secs())),
        },
        Rule::UnknownRevocationStatus => CertificateRefusal::NoRevocations {
            authority: authority.to_owned(),
        },
        Rule::RequiredEkuNotFoundContext(_) => CertificateRefusal::WrongUsage,
        other => CertificateRefusal::Rule {
            rule: other.to_string(),
        },
    }
}
