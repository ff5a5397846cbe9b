//! The verifier against vectors of the standard, an authenticator made here, and what is wrong in every way.

use super::*;
use crate::login::secret::encode;
use alloy_primitives::hex;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use ciborium::cbor;

/// Web Authentication, level 3, section 16.2: ES256, attestation `none`, for `example.org`.
mod standard {
    pub const REGISTRATION_CHALLENGE: &str =
        "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130";
    pub const ATTESTATION: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
    pub const REGISTRATION_CLIENT_DATA: &str = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c4535513d3d227d";
    pub const CREDENTIAL: &str = "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4";
    pub const CHALLENGE: &str = "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408";
    pub const AUTHENTICATOR_DATA: &str =
        "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000";
    pub const CLIENT_DATA: &str = "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d";
    pub const SIGNATURE: &str = "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87";
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[test]
fn vectors_of_the_standard_hold() {
    let challenge = encode(&bytes(standard::REGISTRATION_CHALLENGE));
    let expected = Expected {
        challenge: &challenge,
        origin: "https://example.org",
        host: "example.org",
    };
    let client_data = bytes(standard::REGISTRATION_CLIENT_DATA);
    let registered = register(&client_data, &bytes(standard::ATTESTATION), expected).unwrap();
    assert_eq!(registered.credential, bytes(standard::CREDENTIAL));
    assert_eq!(registered.key.algorithm, Algorithm::Es256);
    // The vector's authenticator did not check the person, which the console then refuses.
    assert!(!registered.verified);

    let challenge = encode(&bytes(standard::CHALLENGE));
    let (client_data, data, signature) = (
        bytes(standard::CLIENT_DATA),
        bytes(standard::AUTHENTICATOR_DATA),
        bytes(standard::SIGNATURE),
    );
    let assertion = Assertion {
        client_data: &client_data,
        authenticator_data: &data,
        signature: &signature,
        key: &registered.key,
        counter: 0,
    };
    let expected = Expected {
        challenge: &challenge,
        ..expected
    };
    assert!(!assert(assertion, expected).unwrap().verified);
}

const HOST: &str = "console.city.example";
const ORIGIN: &str = "https://console.city.example:8443";

fn expected(challenge: &str) -> Expected<'_> {
    Expected {
        challenge,
        origin: ORIGIN,
        host: HOST,
    }
}

fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    serde_json::json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
        .to_string()
        .into_bytes()
}

fn data(host: &str, flags: u8, counter: u32) -> Vec<u8> {
    [
        sha256(host.as_bytes()).as_slice(),
        &[flags],
        &counter.to_be_bytes(),
    ]
    .concat()
}

fn attested(flags: u8, credential: &[u8], key: &Value) -> Vec<u8> {
    let mut bytes = data(HOST, flags, 1);
    bytes.extend([0; 16]);
    bytes.extend(u16::try_from(credential.len()).unwrap().to_be_bytes());
    bytes.extend(credential);
    ciborium::into_writer(key, &mut bytes).unwrap();
    bytes
}

fn attestation(format: &str, data: &[u8]) -> Vec<u8> {
    let object =
        cbor!({"fmt" => format, "attStmt" => {}, "authData" => Value::Bytes(data.to_vec())}).unwrap();
    let mut bytes = Vec::new();
    ciborium::into_writer(&object, &mut bytes).unwrap();
    bytes
}

/// An authenticator with one key.
enum Device {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Device {
    fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    fn ed_dsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }

    fn cose(&self) -> Value {
        match self {
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (
                    Value::Bytes(point[1..33].to_vec()),
                    Value::Bytes(point[33..].to_vec()),
                );
                cbor!({1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y}).unwrap()
            }
            Self::EdDsa(pair) => {
                let x = Value::Bytes(pair.public_key().as_ref().to_vec());
                cbor!({1 => 1, 3 => -8, -1 => 6, -2 => x}).unwrap()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .unwrap()
                .as_ref()
                .to_vec(),
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    fn registered(&self) -> Registered {
        let client_data = client_data("webauthn.create", "AAAA", ORIGIN);
        let object = attestation("none", &attested(0x45, b"credential", &self.cose()));
        register(&client_data, &object, expected("AAAA")).unwrap()
    }
}

#[test]
fn both_kinds_of_keys_register_and_sign_in() {
    for device in [Device::es256(), Device::ed_dsa()] {
        let registered = device.registered();
        assert!(registered.verified);
        assert_eq!(registered.counter, 1);
        let client_data = client_data("webauthn.get", "BBBB", ORIGIN);
        let data = data(HOST, 0x05, 2);
        let signature = device.sign(&[data.as_slice(), &sha256(&client_data)].concat());
        let assertion = Assertion {
            client_data: &client_data,
            authenticator_data: &data,
            signature: &signature,
            key: &registered.key,
            counter: registered.counter,
        };
        let asserted = assert(assertion, expected("BBBB")).unwrap();
        assert!(asserted.verified);
        assert_eq!(asserted.counter, 2);
    }
}

#[test]
fn registrations_that_do_not_fit_are_refused() {
    let device = Device::es256();
    let good_client = client_data("webauthn.create", "AAAA", ORIGIN);
    let good = attested(0x45, b"credential", &device.cose());
    let check = |name: &str, client: &[u8], object: &[u8], refusal: Refusal| {
        let result = register(client, object, expected("AAAA"));
        assert_eq!(result.err(), Some(refusal), "{name}");
    };
    let none = |data: &[u8]| attestation("none", data);
    check(
        "sign-in",
        &client_data("webauthn.get", "AAAA", ORIGIN),
        &none(&good),
        Refusal::OtherKind,
    );
    check(
        "challenge",
        &client_data("webauthn.create", "AAAB", ORIGIN),
        &none(&good),
        Refusal::OtherChallenge,
    );
    check(
        "site",
        &client_data("webauthn.create", "AAAA", "https://evil.example"),
        &none(&good),
        Refusal::OtherOrigin,
    );
    check(
        "port",
        &client_data("webauthn.create", "AAAA", "https://console.city.example"),
        &none(&good),
        Refusal::OtherOrigin,
    );
    let framed = serde_json::json!({"type": "webauthn.create", "challenge": "AAAA", "origin": ORIGIN, "crossOrigin": true});
    check(
        "frame",
        framed.to_string().as_bytes(),
        &none(&good),
        Refusal::OtherOrigin,
    );
    check("no JSON", b"{", &none(&good), Refusal::Malformed);
    check(
        "packed",
        &good_client,
        &attestation("packed", &good),
        Refusal::OtherAttestation,
    );
    check("no CBOR", &good_client, b"\xff\xff", Refusal::Malformed);
    check(
        "more after it",
        &good_client,
        &[none(&good), vec![0]].concat(),
        Refusal::Malformed,
    );
    check(
        "too long",
        &good_client,
        &vec![0; BYTES_MAX + 1],
        Refusal::Malformed,
    );
    let mut other_host = good.clone();
    other_host[0] ^= 1;
    check("host", &good_client, &none(&other_host), Refusal::OtherHost);
    check(
        "nobody",
        &good_client,
        &none(&attested(0x44, b"credential", &device.cose())),
        Refusal::NobodyPresent,
    );
    check(
        "no key",
        &good_client,
        &none(&data(HOST, 0x05, 1)),
        Refusal::Malformed,
    );
    check(
        "empty id",
        &good_client,
        &none(&attested(0x45, b"", &device.cose())),
        Refusal::Malformed,
    );
    check(
        "long id",
        &good_client,
        &none(&attested(0x45, &[7; 1024], &device.cose())),
        Refusal::Malformed,
    );
    check(
        "cut",
        &good_client,
        &none(&good[..good.len() - 1]),
        Refusal::Malformed,
    );
    check(
        "tail",
        &good_client,
        &none(&[good.as_slice(), &[0]].concat()),
        Refusal::Malformed,
    );
    check(
        "no extensions",
        &good_client,
        &none(&attested(0xc5, b"credential", &device.cose())),
        Refusal::Malformed,
    );
    let rsa = cbor!({1 => 3, 3 => -257, -1 => Value::Bytes(vec![1; 256]), -2 => Value::Bytes(vec![1, 0, 1])})
        .unwrap();
    check(
        "RSA",
        &good_client,
        &none(&attested(0x45, b"credential", &rsa)),
        Refusal::OtherKey,
    );
    let off_curve =
        cbor!({1 => 2, 3 => -7, -1 => 1, -2 => Value::Bytes(vec![1; 32]), -3 => Value::Bytes(vec![1; 32])})
            .unwrap();
    check(
        "off the curve",
        &good_client,
        &none(&attested(0x45, b"credential", &off_curve)),
        Refusal::OtherKey,
    );
    let short = cbor!({1 => 1, 3 => -8, -1 => 6, -2 => Value::Bytes(vec![1; 31])}).unwrap();
    check(
        "short key",
        &good_client,
        &none(&attested(0x45, b"credential", &short)),
        Refusal::OtherKey,
    );
}

#[test]
fn extensions_are_read_over() {
    let device = Device::es256();
    let mut data = attested(0xc5, b"credential", &device.cose());
    ciborium::into_writer(&cbor!({"credProtect" => 2}).unwrap(), &mut data).unwrap();
    let client_data = client_data("webauthn.create", "AAAA", ORIGIN);
    assert!(register(&client_data, &attestation("none", &data), expected("AAAA")).is_ok());
}

#[test]
fn sign_ins_that_do_not_fit_are_refused() {
    let device = Device::ed_dsa();
    let key = device.registered().key;
    let other = Device::ed_dsa().registered().key;
    let check = |name: &str, key: &PublicKey, data: &[u8], counter: u32, refusal: Option<Refusal>| {
        let client_data = client_data("webauthn.get", "BBBB", ORIGIN);
        let signature = device.sign(&[data, &sha256(&client_data)].concat());
        let assertion = Assertion {
            client_data: &client_data,
            authenticator_data: data,
            signature: &signature,
            key,
            counter,
        };
        assert_eq!(assert(assertion, expected("BBBB")).err(), refusal, "{name}");
        let mut forged = signature.clone();
        forged[3] ^= 1;
        let assertion = Assertion {
            signature: &forged,
            ..assertion
        };
        assert!(assert(assertion, expected("BBBB")).is_err(), "{name}: forged");
        let assertion = Assertion {
            signature: &signature,
            ..assertion
        };
        assert_eq!(
            assert(assertion, expected("CCCC")).err(),
            Some(Refusal::OtherChallenge),
            "{name}: challenge"
        );
    };
    check("good", &key, &data(HOST, 0x05, 8), 7, None);
    check("does not count", &key, &data(HOST, 0x05, 0), 0, None);
    check(
        "same count",
        &key,
        &data(HOST, 0x05, 7),
        7,
        Some(Refusal::CounterWentBack),
    );
    check(
        "counts no more",
        &key,
        &data(HOST, 0x05, 0),
        7,
        Some(Refusal::CounterWentBack),
    );
    check(
        "other key",
        &other,
        &data(HOST, 0x05, 8),
        7,
        Some(Refusal::BadSignature),
    );
    check(
        "other host",
        &key,
        &data("evil.example", 0x05, 8),
        7,
        Some(Refusal::OtherHost),
    );
    check(
        "nobody",
        &key,
        &data(HOST, 0x04, 8),
        7,
        Some(Refusal::NobodyPresent),
    );
    check(
        "cut",
        &key,
        &data(HOST, 0x05, 8)[..36],
        7,
        Some(Refusal::Malformed),
    );
    check(
        "tail",
        &key,
        &[data(HOST, 0x05, 8), vec![1]].concat(),
        7,
        Some(Refusal::Malformed),
    );
}
