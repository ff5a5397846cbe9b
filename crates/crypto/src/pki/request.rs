//! What a node asks its authority for: a certificate signing request (PKCS #10, RFC 2986) signed by the node key.
//!
//! The signature proves that who asks has the private key. Of what a request may ask for, only the names count:
//! what a certificate allows is the authority's to say, so a request for an authority or for another use of the
//! key is refused instead of being silently narrowed.

use super::certificate::{alternative_name_of, node_key_of_info};
use crate::{NodeKeyPair, PkiError};
use civitas_types::NodeKey;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ED25519};
use rustls_pki_types::{CertificateSigningRequestDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use x509_parser::{
    certification_request::X509CertificationRequest,
    prelude::{FromDer as _, ParsedExtension, X509Name},
};

/// A request of ours is below 1 KiB; more is not one.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// A request whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRequest {
    /// Common name: the name of the node.
    pub name: String,
    /// The organisation that owns the node.
    pub organisation: String,
    /// The key of the node, whose holder signed the request.
    pub public_key: NodeKey,
    /// DNS names and IP addresses that it asks for.
    pub alternative_names: Vec<String>,
}

impl NodeRequest {
    /// Makes the request of the node with `key`, in PEM.
    ///
    /// # Errors
    /// [`PkiError::BadName`], [`PkiError::TooManyNames`], [`PkiError::Signing`].
    pub fn create(
        key: &NodeKeyPair,
        name: &str,
        organisation: &str,
        alternative_names: &[String],
    ) -> Result<String, PkiError> {
        let mut distinguished_name = DistinguishedName::new();
        let organisation = super::authority::checked("organisation", organisation)?;
        distinguished_name.push(DnType::OrganizationName, organisation);
        distinguished_name.push(DnType::CommonName, super::authority::checked("name", name)?);
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = distinguished_name;
        parameters.subject_alt_names = super::authority::alternative_names(alternative_names)?;
        let der = PrivatePkcs8KeyDer::from(key.pkcs8_der()?);
        let signer = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ED25519)?;
        Ok(parameters.serialize_request(&signer)?.pem()?)
    }

    /// Reads a request and checks its signature.
    ///
    /// # Errors
    /// [`PkiError::NoRequest`], [`PkiError::RequestRefused`] with what is wrong.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        let refused = |reason| PkiError::RequestRefused { reason };
        if pem.len() > REQUEST_BYTES_MAX {
            return Err(refused("it has more than 16 KiB"));
        }
        let der =
            CertificateSigningRequestDer::from_pem_slice(pem.as_bytes()).map_err(|_| PkiError::NoRequest)?;
        let (rest, parsed) = X509CertificationRequest::from_der(&der)
            .map_err(|_| refused("it is not DER-encoded PKCS #10"))?;
        if !rest.is_empty() {
            return Err(refused("bytes follow after its end"));
        }
        let info = &parsed.certification_request_info;
        let public_key = node_key_of_info(info.subject_pki.raw).ok_or(refused("its key is not Ed25519"))?;
        parsed
            .verify_signature()
            .map_err(|_| refused("it is not signed by its own key: who made it does not have that key"))?;
        Ok(Self {
            name: only(&info.subject, Field::Name).ok_or(refused("it does not name exactly one node"))?,
            organisation: only(&info.subject, Field::Organisation)
                .ok_or(refused("it does not name exactly one organisation"))?,
            public_key,
            alternative_names: names(&parsed)?,
        })
    }
}

enum Field {
    Name,
    Organisation,
}

/// The value of a field that must stand there once.
fn only(subject: &X509Name<'_>, field: Field) -> Option<String> {
    let values: Vec<_> = match field {
        Field::Name => subject.iter_common_name().collect(),
        Field::Organisation => subject.iter_organization().collect(),
    };
    match values.as_slice() {
        [one] => one
            .as_str()
            .ok()
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        _ => None,
    }
}

fn names(parsed: &X509CertificationRequest<'_>) -> Result<Vec<String>, PkiError> {
    let refused = |reason| PkiError::RequestRefused { reason };
    let mut found = Vec::new();
    for extension in parsed.requested_extensions().into_iter().flatten() {
        match extension {
            ParsedExtension::SubjectAlternativeName(extension) => {
                for name in &extension.general_names {
                    found.push(
                        alternative_name_of(name)
                            .ok_or(refused("it asks for a name that is neither DNS nor IP"))?,
                    );
                }
            }
            ParsedExtension::BasicConstraints(basic) if basic.ca => {
                return Err(refused("it asks to be an authority"));
            }
            ParsedExtension::KeyUsage(usage) if usage.key_cert_sign() || usage.crl_sign() => {
                return Err(refused("it asks to sign certificates"));
            }
            _ => {}
        }
    }
    Ok(found)
}
