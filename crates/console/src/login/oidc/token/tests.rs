//! Tokens signed here by both kinds of keys, and what is wrong in every way.

use super::*;
use crate::login::secret::encode;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use serde_json::json;

const NOW: u64 = 1_800_000_000;

/// A provider with one key of each kind.
struct Provider {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
}

impl Provider {
    fn new() -> Self {
        Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    fn keys(&self) -> KeySet {
        // PKCS #1: a sequence of two integers; 2048 bits of modulus begin after nine bytes, the exponent is the last three.
        let rsa = self.rsa.public_key().as_ref();
        let (n, e) = (&rsa[9..265], &rsa[rsa.len() - 3..]);
        let point = self.ec.public_key().as_ref();
        let keys = json!({"keys": [
            {"kty": "oct", "k": "AAAA", "kid": "secret"},
            {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": encode(n), "e": encode(e)},
            {"kty": "EC", "kid": "e", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])},
        ]});
        serde_json::from_value(keys).unwrap()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        let random = SystemRandom::new();
        let signature = match header["alg"].as_str() {
            Some("ES256") => self
                .ec
                .sign(&random, signed.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            _ => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa
                    .sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
        };
        format!("{signed}.{}", encode(&signature))
    }
}

fn claims() -> Value {
    json!({"iss": "https://id.city.example", "sub": "u-1", "aud": "civitas", "exp": NOW + 300, "iat": NOW - 1,
        "nonce": "n", "auth_time": NOW - 10, "name": "Wang Fang"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: "https://id.city.example",
        client_id: "civitas",
        nonce: "n",
        now: NOW,
        age_max: Some(300),
    }
}

#[test]
fn tokens_of_both_kinds_hold() {
    let provider = Provider::new();
    for header in [
        json!({"alg": "RS256", "kid": "r"}),
        json!({"alg": "ES256", "kid": "e"}),
        json!({"alg": "RS256"}),
        json!({"alg": "ES256"}),
    ] {
        let token = provider.sign(&header, &claims());
        let person = check(&token, &provider.keys(), expected()).unwrap();
        assert_eq!(person.subject, "u-1");
        assert_eq!(person.claims["name"], "Wang Fang");
        assert_eq!(person.proven_at, NOW - 10);
    }
    let token = provider.sign(&json!({"alg": "ES256"}), &with("aud", json!(["civitas"])));
    assert!(check(&token, &provider.keys(), expected()).is_ok());
}

#[test]
fn tokens_that_do_not_fit_are_refused() {
    let provider = Provider::new();
    let keys = provider.keys();
    let header = json!({"alg": "ES256", "kid": "e"});
    let judge = |name: &str, header: &Value, claims: &Value, refusal: TokenRefusal| {
        let token = provider.sign(header, claims);
        assert_eq!(check(&token, &keys, expected()).err(), Some(refusal), "{name}");
    };
    judge(
        "none",
        &json!({"alg": "none"}),
        &claims(),
        TokenRefusal::OtherAlgorithm,
    );
    judge(
        "secret",
        &json!({"alg": "HS256", "kid": "secret"}),
        &claims(),
        TokenRefusal::OtherAlgorithm,
    );
    judge(
        "crit",
        &json!({"alg": "ES256", "crit": ["b64"]}),
        &claims(),
        TokenRefusal::Malformed,
    );
    judge(
        "key",
        &json!({"alg": "ES256", "kid": "z"}),
        &claims(),
        TokenRefusal::KeyUnknown,
    );
    judge(
        "kind of key",
        &json!({"alg": "RS256", "kid": "e"}),
        &claims(),
        TokenRefusal::KeyUnknown,
    );
    judge(
        "issuer",
        &header,
        &with("iss", json!("https://evil.example")),
        TokenRefusal::OtherIssuer,
    );
    judge(
        "audience",
        &header,
        &with("aud", json!("other")),
        TokenRefusal::OtherAudience,
    );
    judge(
        "audiences",
        &header,
        &with("aud", json!(["civitas", "other"])),
        TokenRefusal::OtherAudience,
    );
    judge(
        "expired",
        &header,
        &with("exp", json!(NOW - 60)),
        TokenRefusal::Expired,
    );
    judge(
        "never expires",
        &header,
        &with("exp", Value::Null),
        TokenRefusal::Malformed,
    );
    judge(
        "future",
        &header,
        &with("iat", json!(NOW + 61)),
        TokenRefusal::FromTheFuture,
    );
    judge(
        "nonce",
        &header,
        &with("nonce", json!("m")),
        TokenRefusal::OtherNonce,
    );
    judge(
        "no nonce",
        &header,
        &with("nonce", Value::Null),
        TokenRefusal::OtherNonce,
    );
    judge(
        "stale",
        &header,
        &with("auth_time", json!(NOW - 361)),
        TokenRefusal::NotFresh,
    );
    judge(
        "no time",
        &header,
        &with("auth_time", Value::Null),
        TokenRefusal::NotFresh,
    );
    judge(
        "nobody",
        &header,
        &with("sub", json!("")),
        TokenRefusal::Malformed,
    );
    judge(
        "long name",
        &header,
        &with("sub", json!("x".repeat(256))),
        TokenRefusal::Malformed,
    );
}

#[test]
fn signatures_of_others_are_refused() {
    let (provider, other) = (Provider::new(), Provider::new());
    for alg in ["RS256", "ES256"] {
        let token = provider.sign(&json!({"alg": alg}), &claims());
        assert_eq!(
            check(&token, &other.keys(), expected()).err(),
            Some(TokenRefusal::BadSignature),
            "{alg}"
        );
        let (_, signature) = token.rsplit_once('.').unwrap();
        let changed = provider.sign(&json!({"alg": alg}), &with("sub", json!("u-2")));
        let (signed, _) = changed.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{signature}");
        assert_eq!(
            check(&forged, &provider.keys(), expected()).err(),
            Some(TokenRefusal::BadSignature),
            "{alg}"
        );
    }
    for text in ["", "a", "a.b", "a.b.c", "..", "é.é.é", &"a".repeat(20_000)] {
        assert_eq!(
            check(text, &provider.keys(), expected()).err(),
            Some(TokenRefusal::Malformed),
            "{text}"
        );
    }
}
