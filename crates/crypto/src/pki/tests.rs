//! Tests of the authority, of reading and of judging certificates.

use super::{
    AuthorityKey, AuthorityRequest, Certificate, CertificateAuthority, LeafRequest, NodeRequest,
    RevocationPolicy, RevocationReason, Revocations, Revoked, TrustAnchors, Usage, Validity, chain_from_pem,
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

/// A list of `authority` that revokes `serials`, and is due to be replaced after `days`.
fn list(authority: &CertificateAuthority, number: u64, days: u32, serials: &[&Certificate]) -> Revocations {
    let revoked: Vec<Revoked> = serials
        .iter()
        .map(|certificate| Revoked {
            serial: certificate.serial.clone(),
            at: now(),
            reason: RevocationReason::KeyCompromise,
        })
        .collect();
    let validity = Validity::from_now(now(), days).unwrap();
    Revocations::from_pem(&authority.revocation_list(number, validity, &revoked).unwrap()).unwrap()
}

#[test]
fn a_certificate_is_called_expired_from_when_links_refuse_it() {
    let (city, granted) = (authority(100), Duration::from_secs(30));
    let validity = Validity::lasting(now(), granted).unwrap();
    let leaf = city
        .issue(&LeafRequest {
            validity,
            ..request(10)
        })
        .unwrap();
    let anchors = anchors_of(&[&city]);
    for (after_end, is_good) in [(0, true), (999, true), (1_000, false)] {
        let when = validity.not_after() + Duration::from_millis(after_end);
        assert_eq!(validity.contains(when), is_good, "{after_end} ms after the end");
        let verified = anchors.verify(leaf.der(), &[], when, Usage::Dialler);
        assert_eq!(
            verified.is_ok(),
            is_good,
            "{after_end} ms after the end: {verified:?}"
        );
    }
}

fn anchors_of(authorities: &[&CertificateAuthority]) -> TrustAnchors {
    let pem: String = authorities.iter().map(|one| one.certificate_pem()).collect();
    TrustAnchors::from_pem(&pem).unwrap()
}

#[test]
fn revoked_certificates_are_refused_on_both_ends() {
    let city = authority(100);
    let (good, bad) = (
        city.issue(&request(10)).unwrap(),
        city.issue(&request(10)).unwrap(),
    );
    let lists = list(&city, 1, 5, &[&bad]);
    assert_eq!(lists.lists().next().unwrap().serials, [bad.serial.as_str()]);
    let anchors = anchors_of(&[&city])
        .with_revocations(lists, RevocationPolicy::Required)
        .unwrap();
    for usage in [Usage::Dialler, Usage::Listener] {
        anchors.verify(good.der(), &[], now(), usage).unwrap();
        let refusal = anchors.verify(bad.der(), &[], now(), usage).unwrap_err();
        let expected = CertificateRefusal::Revoked {
            serial: bad.serial.clone(),
            authority: "Riverton authority".to_owned(),
        };
        assert_eq!(refusal, expected);
        // The list is too old to say that the other one is still good.
        let refusal = anchors
            .verify(good.der(), &[], now() + 6 * DAY, usage)
            .unwrap_err();
        assert!(
            matches!(refusal, CertificateRefusal::StaleRevocations { .. }),
            "{refusal}"
        );
    }
    let judged = anchors.judge(good.der(), &[], now(), Usage::Dialler).unwrap();
    assert_eq!(judged.serial, good.serial);
    assert_eq!(judged.valid_until, good.validity.not_after());
}

#[test]
fn lists_are_required_where_the_settings_say_so() {
    let (city, other) = (authority(100), authority(100));
    let leaf = other.issue(&request(10)).unwrap();
    let verify = |policy| {
        anchors_of(&[&city, &other])
            .with_revocations(list(&city, 1, 5, &[]), policy)
            .unwrap()
            .verify(leaf.der(), &[], now(), Usage::Dialler)
    };
    assert_eq!(verify(RevocationPolicy::WherePresent), Ok(key().public_key()));
    let refusal = verify(RevocationPolicy::Required).unwrap_err();
    assert!(
        matches!(refusal, CertificateRefusal::NoRevocations { .. }),
        "{refusal}"
    );
    let unlisted = anchors_of(&[&other]).with_revocations(Revocations::default(), RevocationPolicy::Required);
    let refusal = unlisted
        .unwrap()
        .verify(leaf.der(), &[], now(), Usage::Dialler)
        .unwrap_err();
    assert!(
        matches!(refusal, CertificateRefusal::NoRevocations { .. }),
        "{refusal}"
    );
}

#[test]
fn lists_belong_to_keys_not_to_names() {
    // Both authorities have the same name: the city's has a new key.
    let (old, new) = (authority(100), authority(100));
    let (of_old, of_new) = (old.issue(&request(10)).unwrap(), new.issue(&request(10)).unwrap());
    let pem = |authority: &CertificateAuthority, revoked: &Certificate| {
        let revoked = Revoked {
            serial: revoked.serial.clone(),
            at: now(),
            reason: RevocationReason::Unspecified,
        };
        let validity = Validity::from_now(now(), 5).unwrap();
        authority.revocation_list(1, validity, &[revoked]).unwrap()
    };
    let both = Revocations::from_pem(&format!("{}{}", pem(&old, &of_old), pem(&new, &of_old))).unwrap();
    let anchors = anchors_of(&[&new, &old])
        .with_revocations(both, RevocationPolicy::Required)
        .unwrap();
    anchors.verify(of_new.der(), &[], now(), Usage::Dialler).unwrap();
    let refusal = anchors
        .verify(of_old.der(), &[], now(), Usage::Dialler)
        .unwrap_err();
    assert!(matches!(refusal, CertificateRefusal::Revoked { .. }), "{refusal}");
    // A list in the name of the city's authority that it did not sign.
    let forged = anchors_of(&[&new]).with_revocations(list(&old, 7, 5, &[]), RevocationPolicy::WherePresent);
    assert!(matches!(forged, Err(PkiError::ForeignRevocations { .. })));
    for bad in [
        "nothing",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
    ] {
        assert!(matches!(
            Revocations::from_pem(bad),
            Err(PkiError::MalformedRevocations { .. })
        ));
    }
}

#[test]
fn revocations_are_not_forgotten() {
    let (city, other) = (authority(100), authority(100));
    let with = |number| {
        anchors_of(&[&city])
            .with_revocations(list(&city, number, 5, &[]), RevocationPolicy::WherePresent)
            .unwrap()
    };
    with(3).check_succeeds(&anchors_of(&[&city])).unwrap();
    with(3).check_succeeds(&with(3)).unwrap();
    // Numbers are compared as numbers.
    with(300).check_succeeds(&with(4)).unwrap();
    for later in [with(2), anchors_of(&[&city])] {
        let refusal = later.check_succeeds(&with(3)).unwrap_err();
        assert!(matches!(refusal, PkiError::OlderRevocations { .. }), "{refusal}");
    }
    // The authority itself is given up, with its list.
    anchors_of(&[&other]).check_succeeds(&with(3)).unwrap();
    // It was renewed: the same key in another certificate.
    let renewed = city.renewed(Validity::from_now(now(), 200).unwrap()).unwrap();
    let again = anchors_of(&[&renewed]);
    assert!(again.check_succeeds(&with(3)).is_err());
    again
        .with_revocations(list(&renewed, 4, 5, &[]), RevocationPolicy::WherePresent)
        .unwrap()
        .check_succeeds(&with(3))
        .unwrap();
}

#[test]
fn a_renewed_authority_is_the_same_one() {
    let city = authority(10);
    let leaf = city.issue(&request(5)).unwrap();
    let renewed = city.renewed(Validity::from_now(now(), 100).unwrap()).unwrap();
    assert_ne!(renewed.certificate().serial, city.certificate().serial);
    for (anchor, issued) in [(&renewed, &leaf), (&city, &renewed.issue(&request(5)).unwrap())] {
        issued
            .check(&anchors_of(&[anchor]), now(), &key().public_key())
            .unwrap();
    }
    // So who may certify by the one may by the other.
    let of = |one: &CertificateAuthority| AuthorityKey::of(one.certificate().der()).unwrap();
    assert_eq!(of(&city), of(&renewed));
    let check = |permitted: &CertificateAuthority| {
        let anchors = anchors_of(&[&renewed]).limited_to(&[of(permitted)].into());
        leaf.check(&anchors, now(), &key().public_key())
    };
    check(&city).unwrap();
    assert!(matches!(
        check(&authority(10)),
        Err(CertificateRefusal::ForeignAuthority { .. })
    ));
    assert!(AuthorityKey::of(leaf.der()).is_err(), "no authority");
    assert!(AuthorityKey::of(&[0x30, 0x82, 1, 2]).is_err());
}

#[test]
fn requests_prove_the_key() {
    let names = ["node0.riverton.example".to_owned()];
    let pem = NodeRequest::create(&key(), "node0", "Harbour Office", &names).unwrap();
    let read = NodeRequest::from_pem(&pem).unwrap();
    assert_eq!(
        (read.name.as_str(), read.organisation.as_str()),
        ("node0", "Harbour Office")
    );
    assert_eq!(read.public_key, key().public_key());
    assert_eq!(
        read.alternative_names,
        ["localhost", "127.0.0.1", "node0.riverton.example"]
    );
    // The key of another node in place of the signer's.
    let der = pem::parse(&pem).unwrap();
    let mut bytes = der.contents().to_vec();
    let place = bytes
        .windows(32)
        .position(|window| window == key().public_key().as_slice())
        .unwrap();
    let victim = NodeKeyPair::from_seed(&[9; 32]).unwrap().public_key();
    bytes[place..place + 32].copy_from_slice(victim.as_slice());
    let forged = pem::encode(&pem::Pem::new("CERTIFICATE REQUEST", bytes));
    let refused = |pem: &str, word: &str| {
        let refusal = NodeRequest::from_pem(pem).unwrap_err();
        let PkiError::RequestRefused { reason } = refusal else {
            panic!("{refusal}");
        };
        assert!(reason.contains(word), "{reason}");
    };
    refused(&forged, "signed");
    assert!(matches!(
        NodeRequest::from_pem("nothing"),
        Err(PkiError::NoRequest)
    ));
    // Requests that ask for more than a node may have, and one of another kind of key.
    let signer = |algorithm| rcgen::KeyPair::generate_for(algorithm).unwrap();
    let ask = |change: fn(&mut rcgen::CertificateParams), key: &rcgen::KeyPair| {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, "Harbour Office");
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, "node0");
        change(&mut parameters);
        parameters.serialize_request(key).unwrap().pem().unwrap()
    };
    let node = signer(&rcgen::PKCS_ED25519);
    refused(
        &ask(
            |p| p.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained),
            &node,
        ),
        "authority",
    );
    refused(
        &ask(
            |p| p.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign],
            &node,
        ),
        "sign certificates",
    );
    refused(
        &ask(|p| p.distinguished_name = rcgen::DistinguishedName::new(), &node),
        "node",
    );
    refused(&ask(|_| {}, &signer(&rcgen::PKCS_ECDSA_P256_SHA256)), "Ed25519");
    NodeRequest::from_pem(&ask(|_| {}, &node)).unwrap();
}

#[test]
fn short_lives_are_not_spent_before_they_begin() {
    let check = |life: u64, backdated: u64| {
        let validity = Validity::lasting(now(), Duration::from_secs(life)).unwrap();
        assert_eq!(validity.not_before(), now() - Duration::from_secs(backdated));
        assert_eq!(validity.not_after(), now() + Duration::from_secs(life));
        assert_eq!(validity.left(now()), Duration::from_secs(life));
        assert_eq!(
            validity.left(now() + 2 * Duration::from_secs(life)),
            Duration::ZERO
        );
    };
    check(10, 1);
    check(60, 6);
    check(3_000, 300);
    check(365 * 86_400, 300);
}
