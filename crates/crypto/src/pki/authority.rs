//! The certificate authority of a city: makes itself, and issues a leaf for each node.
//!
//! Its certificate says `CA:TRUE, pathlen:0`: it issues leaves only, so a stolen node certificate can never
//! issue another one.

use super::{Certificate, Validity, validity::in_words};
use crate::{KeyError, PkiError, private_file};
use civitas_types::NodeKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ED25519, PublicKeyData, RevokedCertParams, SanType, SerialNumber, SignatureAlgorithm,
};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, path::Path, time::SystemTime};

/// Upper bound of common and organisation names (X.520, `ub-common-name`).
const NAME_CHARACTERS_MAX: usize = 64;
/// A node has a handful of names; more is a mistake, and bloats every handshake.
const ALTERNATIVE_NAMES_MAX: usize = 32;
/// Random bytes of a serial number: well above the 64 bits that browsers demand, below RFC 5280's 20 bytes.
const SERIAL_BYTES: usize = 16;
/// Digits of a serial number: RFC 5280 allows 20 bytes, and a leading zero byte.
const SERIAL_DIGITS_MAX: usize = 42;
/// Names by which a node on this machine is always reachable.
const LOCAL_NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// What a new authority is to be.
#[derive(Clone, Debug)]
pub struct AuthorityRequest {
    /// Common name, for people.
    pub name: String,
    /// The organisation that runs it.
    pub organisation: String,
    /// When it is valid; leaves never outlive it.
    pub validity: Validity,
}

/// What a node certificate is to say.
#[derive(Clone, Debug)]
pub struct LeafRequest {
    /// Common name: the name of the node.
    pub name: String,
    /// The organisation that owns the node.
    pub organisation: String,
    /// The key of the node.
    pub public_key: NodeKey,
    /// DNS names and IP addresses besides `localhost` and `127.0.0.1`.
    pub alternative_names: Vec<String>,
    /// When it is valid.
    pub validity: Validity,
}

/// A certificate authority with its private key.
pub struct CertificateAuthority {
    certificate: Certificate,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CertificateAuthority")
            .field("name", &self.certificate.name)
            .finish_non_exhaustive()
    }
}

impl CertificateAuthority {
    /// Makes a new authority with a new key.
    ///
    /// # Errors
    /// [`PkiError::BadName`], [`PkiError::Signing`].
    pub fn create(request: &AuthorityRequest) -> Result<Self, PkiError> {
        Self::self_signed(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?, request)
    }

    /// The same authority, with the same name and key, and a new period: what was issued before stays good.
    ///
    /// # Errors
    /// [`PkiError::Signing`].
    pub fn renewed(&self, validity: Validity) -> Result<Self, PkiError> {
        let pem = zeroize::Zeroizing::new(self.issuer.key().serialize_pem());
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_ECDSA_P256_SHA256)?;
        let request = AuthorityRequest {
            name: self.certificate.name.clone(),
            organisation: self.certificate.organisation.clone(),
            validity,
        };
        Self::self_signed(key, &request)
    }

    fn self_signed(key: KeyPair, request: &AuthorityRequest) -> Result<Self, PkiError> {
        let mut parameters = parameters(&request.name, &request.organisation, request.validity)?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = parameters.self_signed(&key)?.pem();
        Self::new(pem, key)
    }

    /// Reads an authority from the files of its certificate and its private key.
    ///
    /// # Errors
    /// [`PkiError::Key`] if the key file is open to others or damaged, [`PkiError::NotAnAuthority`],
    /// [`PkiError::ForeignAuthorityKey`].
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, PkiError> {
        let pem = std::fs::read_to_string(certificate).map_err(|source| KeyError::File {
            attempt: "read the certificate",
            path: certificate.to_path_buf(),
            source,
        })?;
        Self::from_pem(&pem, &private_file::read(key)?)
    }

    /// Reads an authority from PEM texts.
    ///
    /// # Errors
    /// As [`CertificateAuthority::load`].
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256).map_err(|_| {
            KeyError::Malformed {
                reason: "it is not an ECDSA P-256 key",
            }
        })?;
        Self::new(certificate.to_owned(), key)
    }

    fn new(pem: String, key: KeyPair) -> Result<Self, PkiError> {
        let certificate = Certificate::from_pem(&pem)?;
        if !certificate.is_authority {
            return Err(PkiError::NotAnAuthority {
                subject: certificate.name,
            });
        }
        let named = webpki::anchor_from_trusted_cert(certificate.der()).map_err(|_| PkiError::Malformed {
            reason: "it cannot serve as a trust anchor",
        })?;
        // The anchor holds the contents of the SEQUENCE, without its tag and length.
        if !key
            .subject_public_key_info()
            .ends_with(named.subject_public_key_info.as_ref())
        {
            return Err(PkiError::ForeignAuthorityKey);
        }
        let issuer = Issuer::from_ca_cert_der(certificate.der(), key)?;
        Ok(Self {
            certificate,
            pem,
            issuer,
        })
    }

    /// Its certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its certificate in PEM: what every node trusts.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// Writes the private key to a new file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::File`].
    pub fn save_key(&self, path: &Path) -> Result<(), KeyError> {
        private_file::create(path, &zeroize::Zeroizing::new(self.issuer.key().serialize_pem()))
    }

    /// Issues the certificate of a node, usable on both ends of a link.
    ///
    /// # Errors
    /// [`PkiError::BadName`], [`PkiError::TooManyNames`], [`PkiError::OutlivesAuthority`],
    /// [`PkiError::Signing`].
    pub fn issue(&self, request: &LeafRequest) -> Result<Certificate, PkiError> {
        if request.validity.not_after() > self.certificate.validity.not_after() {
            return Err(PkiError::OutlivesAuthority {
                leaf: in_words(request.validity.not_after()),
                authority: in_words(self.certificate.validity.not_after()),
            });
        }
        let mut parameters = parameters(&request.name, &request.organisation, request.validity)?;
        parameters.subject_alt_names = alternative_names(&request.alternative_names)?;
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        parameters.use_authority_key_identifier_extension = true;
        let issued = parameters.signed_by(&NodePublicKey(&request.public_key), &self.issuer)?;
        Certificate::from_der(issued.der().clone())
    }

    /// Signs the revocation list with `number`, in PEM. The next one is due when `validity` ends.
    ///
    /// # Errors
    /// [`PkiError::MalformedRevocations`] if a serial number is none, [`PkiError::Signing`].
    pub fn revocation_list(
        &self,
        number: u64,
        validity: Validity,
        revoked: &[Revoked],
    ) -> Result<String, PkiError> {
        let revoked_certs = revoked
            .iter()
            .map(|revoked| {
                Ok(RevokedCertParams {
                    serial_number: serial_from(&revoked.serial)?,
                    revocation_time: revoked.at.into(),
                    reason_code: Some(revoked.reason.code()),
                    invalidity_date: None,
                })
            })
            .collect::<Result<Vec<_>, PkiError>>()?;
        let list = CertificateRevocationListParams {
            this_update: validity.not_before().into(),
            next_update: validity.not_after().into(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }
}

/// A certificate that is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Serial number, in hexadecimal.
    pub serial: String,
    /// When it was taken back.
    pub at: SystemTime,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a certificate is taken back (RFC 5280, 5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// Not said.
    #[default]
    Unspecified,
    /// Others may have the private key.
    KeyCompromise,
    /// The node belongs to another organisation now.
    AffiliationChanged,
    /// A newer certificate takes its place.
    Superseded,
    /// The node is no longer used.
    CessationOfOperation,
    /// The node may no longer take part.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    const fn code(self) -> rcgen::RevocationReason {
        match self {
            Self::Unspecified => rcgen::RevocationReason::Unspecified,
            Self::KeyCompromise => rcgen::RevocationReason::KeyCompromise,
            Self::AffiliationChanged => rcgen::RevocationReason::AffiliationChanged,
            Self::Superseded => rcgen::RevocationReason::Superseded,
            Self::CessationOfOperation => rcgen::RevocationReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => rcgen::RevocationReason::PrivilegeWithdrawn,
        }
    }
}

/// A node's public key, in the form in which it is put into certificates.
struct NodePublicKey<'a>(&'a NodeKey);

impl PublicKeyData for NodePublicKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

fn parameters(name: &str, organisation: &str, validity: Validity) -> Result<CertificateParams, PkiError> {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::OrganizationName, checked("organisation", organisation)?);
    distinguished_name.push(DnType::CommonName, checked("name", name)?);
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = distinguished_name;
    parameters.not_before = validity.not_before().into();
    parameters.not_after = validity.not_after().into();
    parameters.serial_number = Some(random_serial()?);
    Ok(parameters)
}

pub(super) fn checked<'a>(field: &'static str, value: &'a str) -> Result<&'a str, PkiError> {
    let bad = |reason| PkiError::BadName {
        field,
        value: value.to_owned(),
        reason,
    };
    if value.is_empty() {
        return Err(bad("it is empty"));
    }
    if value.chars().count() > NAME_CHARACTERS_MAX {
        return Err(bad("it has more than 64 characters"));
    }
    if value.chars().any(char::is_control) {
        return Err(bad("it holds control characters"));
    }
    Ok(value)
}

pub(super) fn alternative_names(given: &[String]) -> Result<Vec<SanType>, PkiError> {
    let count = given.len().saturating_add(LOCAL_NAMES.len());
    if count > ALTERNATIVE_NAMES_MAX {
        return Err(PkiError::TooManyNames {
            count,
            max: ALTERNATIVE_NAMES_MAX,
        });
    }
    let mut names = Vec::with_capacity(count);
    for name in LOCAL_NAMES.into_iter().chain(given.iter().map(String::as_str)) {
        let name = alternative_name(name)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn alternative_name(name: &str) -> Result<SanType, PkiError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let bad = || PkiError::BadName {
        field: "alternative name",
        value: name.to_owned(),
        reason: "it is neither an IP address nor a DNS name",
    };
    rustls_pki_types::DnsName::try_from(name).map_err(|_| bad())?;
    name.to_owned()
        .try_into()
        .map(SanType::DnsName)
        .map_err(|_| bad())
}

/// The bytes of a serial number that is given in hexadecimal.
fn serial_from(text: &str) -> Result<SerialNumber, PkiError> {
    let bad = || PkiError::MalformedRevocations {
        reason: format!("{text:?} is no serial number"),
    };
    let is_hexadecimal = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || text.len() > SERIAL_DIGITS_MAX || !is_hexadecimal {
        return Err(bad());
    }
    let byte = |index| u8::from_str_radix(&text[index..index + 2], 16).map_err(|_| bad());
    let bytes = (0..text.len())
        .step_by(2)
        .map(byte)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(SerialNumber::from_slice(&bytes))
}

fn random_serial() -> Result<SerialNumber, KeyError> {
    let mut serial = [0; SERIAL_BYTES];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| KeyError::NoRandomness)?;
    // Positive, and of the same length for all (RFC 5280, 4.1.2.2).
    serial[0] = (serial[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&serial))
}
