//! Tests of the authority, of reading and of judging certificates.

use super::{
    AuthorityRequest, Certificate, CertificateAuthority, LeafRequest, TrustAnchors, Usage, Validity,
    chain_from_pem,
};
use crate::{CertificateRefusal, NodeKeyPair, PkiError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: Duration = Duration::from_secs(86_400);

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn authority(days: u32) -> CertificateAuthority {
    CertificateAuthority::create(&AuthorityRequest {
        name: "Riverton authority".to_owned(),
        organisation: "City of Riverton".to_owned(),
        validity: Validity::from_now(now(), days).unwrap(),
    })
    .unwrap()
}

fn request(days: u32) -> LeafRequest {
    LeafRequest {
        name: "node0".to_owned(),
        organisation: "Harbour Office".to_owned(),
        public_key: key().public_key(),
        alternative_names: vec!["node0.riverton.example".to_owned(), "10.0.0.7".to_owned()],
        validity: Validity::from_now(now(), days).unwrap(),
    }
}

fn key() -> NodeKeyPair {
    NodeKeyPair::from_seed(&[7; 32]).unwrap()
}

#[test]
fn a_leaf_says_what_was_asked_for() {
    let authority = authority(100);
    let issued = authority.issue(&request(10)).unwrap();
    let read = Certificate::from_pem(&issued.to_pem()).unwrap();
    assert_eq!(read, issued);
    assert_eq!(read.name, "node0");
    assert_eq!(read.organisation, "Harbour Office");
    assert_eq!(read.issuer, "Riverton authority");
    assert_eq!(read.public_key, Some(key().public_key()));
    assert_eq!(
        read.alternative_names,
        ["localhost", "127.0.0.1", "node0.riverton.example", "10.0.0.7"]
    );
    assert!(!read.is_authority);
    assert_eq!(read.validity, Validity::from_now(now(), 10).unwrap());
    assert!(read.validity.contains(now()));
    assert_ne!(authority.issue(&request(10)).unwrap().serial, read.serial);
    let root = authority.certificate();
    assert!(root.is_authority);
    assert_eq!(
        (root.name.as_str(), root.public_key),
        ("Riverton authority", None)
    );
}

#[test]
fn certificates_are_judged() {
    let (city, other) = (authority(100), authority(100));
    let leaf = city.issue(&request(10)).unwrap();
    let anchors = TrustAnchors::from_pem(city.certificate_pem()).unwrap();
    let node = key().public_key();
    leaf.check(&anchors, now(), &node).unwrap();

    let stranger = NodeKeyPair::from_seed(&[8; 32]).unwrap().public_key();
    let refusal = leaf.check(&anchors, now(), &stranger).unwrap_err();
    assert_eq!(
        refusal,
        CertificateRefusal::ForeignKey {
            expected: stranger,
            found: node
        }
    );
    let foreign = other.issue(&request(10)).unwrap();
    let refusal = foreign.check(&anchors, now(), &node).unwrap_err();
    assert_eq!(refusal, CertificateRefusal::UnknownAuthority);
    let refusal = leaf.check(&anchors, now() + 11 * DAY, &node).unwrap_err();
    assert!(matches!(refusal, CertificateRefusal::Expired { .. }), "{refusal}");
    let earlier = LeafRequest {
        validity: Validity::from_now(now() - 2 * DAY, 10).unwrap(),
        ..request(10)
    };
    let refusal = city
        .issue(&earlier)
        .unwrap()
        .check(&anchors, now() - DAY, &node)
        .unwrap_err();
    assert_eq!(refusal, CertificateRefusal::AuthorityNotValid);
    let later = LeafRequest {
        validity: Validity::from_now(now() + 5 * DAY, 10).unwrap(),
        ..request(10)
    };
    let refusal = city
        .issue(&later)
        .unwrap()
        .check(&anchors, now(), &node)
        .unwrap_err();
    assert!(
        matches!(refusal, CertificateRefusal::NotYetValid { .. }),
        "{refusal}"
    );

    // The certificate of the authority itself is no node certificate.
    let root = city.certificate().der();
    assert!(anchors.verify(root, &[], now(), Usage::Dialler).is_err());
    // Two authorities at once.
    let both = format!("{}{}", other.certificate_pem(), city.certificate_pem());
    let both = TrustAnchors::from_pem(&both).unwrap();
    assert_eq!(both.certificates().count(), 2);
    leaf.check(&both, now(), &node).unwrap();
    foreign.check(&both, now(), &node).unwrap();
}

#[test]
fn a_node_certificate_can_issue_nothing() {
    let city = authority(100);
    let anchors = TrustAnchors::from_pem(city.certificate_pem()).unwrap();
    let leaf = city.issue(&request(10)).unwrap();
    assert!(matches!(
        TrustAnchors::from_pem(&leaf.to_pem()),
        Err(PkiError::NotAnAuthority { .. })
    ));
    // Signed by the leaf's key, with the leaf given as intermediate certificate.
    let pem = key().to_pkcs8_pem().unwrap();
    let signer = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &rcgen::PKCS_ED25519).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_der(leaf.der(), signer).unwrap();
    let victim = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let forged = parameters.signed_by(&victim, &issuer).unwrap();
    let judged = anchors.verify(forged.der(), &[leaf.der().clone()], now(), Usage::Dialler);
    assert!(judged.is_err(), "{judged:?}");
}

#[test]
fn bad_requests_are_refused() {
    let city = authority(10);
    let bad = |change: fn(&mut LeafRequest)| {
        let mut request = request(5);
        change(&mut request);
        city.issue(&request).unwrap_err()
    };
    assert!(matches!(
        bad(|r| r.name.clear()),
        PkiError::BadName { field: "name", .. }
    ));
    assert!(matches!(
        bad(|r| r.name = "x".repeat(65)),
        PkiError::BadName { .. }
    ));
    assert!(matches!(
        bad(|r| r.organisation = "a\nb".to_owned()),
        PkiError::BadName { .. }
    ));
    assert!(matches!(
        bad(|r| r.alternative_names = vec!["a b".to_owned()]),
        PkiError::BadName { .. }
    ));
    assert!(matches!(
        bad(|r| r.alternative_names = vec!["host".to_owned(); 40]),
        PkiError::TooManyNames { count: 42, .. }
    ));
    assert!(matches!(
        bad(|r| r.validity = Validity::from_now(now(), 11).unwrap()),
        PkiError::OutlivesAuthority { .. }
    ));
    assert!(matches!(
        Validity::from_now(now(), 0),
        Err(PkiError::BadValidity { .. })
    ));
    assert!(matches!(
        Validity::from_now(now(), 20_000),
        Err(PkiError::BadValidity { .. })
    ));
    assert!(matches!(chain_from_pem("nothing"), Err(PkiError::NoCertificate)));
    assert!(matches!(
        Certificate::from_pem("nothing"),
        Err(PkiError::NoCertificate)
    ));
}
