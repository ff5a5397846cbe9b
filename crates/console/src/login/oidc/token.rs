//! Identity tokens: signed statements of a provider (JWS with RS256 or ES256), checked against its published keys.
//!
//! Pure: text, keys and the time in, claims or a refusal out. The algorithm must be the one of the key, so that `none` and secrets that are
//! taken for keys get nowhere.

use super::super::secret::decode;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Characters of a token that is looked at: claims of a person are far shorter.
const TOKEN_CHARACTERS_MAX: usize = 16_384;

/// Seconds by which clocks may differ.
const SKEW_SECONDS: u64 = 60;

/// Characters of a provider's name for a person, the most of the standard.
const SUBJECT_CHARACTERS_MAX: usize = 255;

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// It cannot be read.
    #[error("the token cannot be read")]
    Malformed,
    /// It is signed by an algorithm that is not taken.
    #[error("the token is signed by an algorithm that is not taken")]
    OtherAlgorithm,
    /// No key of the provider has its name.
    #[error("the token names a key that the provider does not publish")]
    KeyUnknown,
    /// The signature does not hold.
    #[error("the signature of the token does not hold")]
    BadSignature,
    /// It is one of another provider.
    #[error("the token is one of another provider")]
    OtherIssuer,
    /// It was made for another client.
    #[error("the token was made for another client")]
    OtherAudience,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It comes from the future.
    #[error("the token comes from the future")]
    FromTheFuture,
    /// It answers another sign-in.
    #[error("the token answers another sign-in")]
    OtherNonce,
    /// The person proved who they are too long ago.
    #[error("the person did not sign in afresh")]
    NotFresh,
}

impl TokenRefusal {
    /// What is wrong.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Malformed => "the token cannot be read",
            Self::OtherAlgorithm => "the token is signed by an algorithm that is not taken",
            Self::KeyUnknown => "the token names a key that the provider does not publish",
            Self::BadSignature => "the signature of the token does not hold",
            Self::OtherIssuer => "the token is one of another provider",
            Self::OtherAudience => "the token was made for another client",
            Self::Expired => "the token has expired",
            Self::FromTheFuture => "the token comes from the future",
            Self::OtherNonce => "the token answers another sign-in",
            Self::NotFresh => "the person did not sign in afresh",
        }
    }
}

/// The keys that a provider publishes.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct KeySet {
    keys: Vec<Value>,
}

/// A key of a set, as far as it is understood; others in the set do not hurt.
#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Algorithms that are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
}

/// What a token must fit to.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// The console's name there.
    pub client_id: &'a str,
    /// What was sent along.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: u64,
    /// Seconds that the person's proof may be old, if that matters.
    pub age_max: Option<u64>,
}

/// What a provider says about a person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Its name for the person; never given to another.
    pub subject: String,
    /// Seconds since 1970 at which the person proved to it who they are; 0 if it does not say.
    pub proven_at: u64,
    /// All that it says.
    pub claims: Map<String, Value>,
}

/// Checks a token.
///
/// # Errors
/// [`TokenRefusal`].
pub fn check(token: &str, keys: &KeySet, expected: Expected<'_>) -> Result<Person, TokenRefusal> {
    let claims = verify(token, keys)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    if text("iss") != Some(expected.issuer) {
        return Err(TokenRefusal::OtherIssuer);
    }
    if !is_for(&claims, expected.client_id) {
        return Err(TokenRefusal::OtherAudience);
    }
    let expiry = time("exp").ok_or(TokenRefusal::Malformed)?;
    if expiry.saturating_add(SKEW_SECONDS) <= expected.now {
        return Err(TokenRefusal::Expired);
    }
    let issued = time("iat").ok_or(TokenRefusal::Malformed)?;
    if issued > expected.now.saturating_add(SKEW_SECONDS) {
        return Err(TokenRefusal::FromTheFuture);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(TokenRefusal::OtherNonce);
    }
    if let Some(age_max) = expected.age_max {
        let proved = time("auth_time").ok_or(TokenRefusal::NotFresh)?;
        if proved.saturating_add(age_max).saturating_add(SKEW_SECONDS) < expected.now {
            return Err(TokenRefusal::NotFresh);
        }
    }
    let subject = text("sub")
        .filter(|subject| !subject.is_empty() && subject.chars().count() <= SUBJECT_CHARACTERS_MAX);
    Ok(Person {
        subject: subject.ok_or(TokenRefusal::Malformed)?.to_owned(),
        proven_at: time("auth_time")
            .filter(|at| *at <= expected.now.saturating_add(SKEW_SECONDS))
            .unwrap_or_default(),
        claims,
    })
}

fn is_for(claims: &Map<String, Value>, client_id: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => {
            let named = audiences
                .iter()
                .any(|audience| audience.as_str() == Some(client_id));
            let party = claims.get("azp").and_then(Value::as_str);
            named && (audiences.len() == 1 || party == Some(client_id))
        }
        _ => false,
    }
}

/// Checks the signature and gives what is signed.
fn verify(token: &str, keys: &KeySet) -> Result<Map<String, Value>, TokenRefusal> {
    if token.len() > TOKEN_CHARACTERS_MAX {
        return Err(TokenRefusal::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenRefusal::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenRefusal::Malformed)?;
    let header: Header = read(header)?;
    if header.crit.is_some() {
        return Err(TokenRefusal::Malformed);
    }
    let algorithm = match header.alg.as_str() {
        "RS256" => Algorithm::Rs256,
        "ES256" => Algorithm::Es256,
        _ => return Err(TokenRefusal::OtherAlgorithm),
    };
    let signature = decode(signature).ok_or(TokenRefusal::Malformed)?;
    let candidates: Vec<Key> = keys
        .keys
        .iter()
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .filter(|key: &Key| key.fits(&header, algorithm))
        .collect();
    if candidates.is_empty() {
        return Err(TokenRefusal::KeyUnknown);
    }
    match candidates
        .iter()
        .any(|key| key.verifies(algorithm, signed.as_bytes(), &signature))
    {
        true => read(claims),
        false => Err(TokenRefusal::BadSignature),
    }
}

fn read<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenRefusal> {
    let bytes = decode(part).ok_or(TokenRefusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenRefusal::Malformed)
}

impl Key {
    fn fits(&self, header: &Header, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::Rs256 => "RSA",
            Algorithm::Es256 => "EC",
        };
        self.kty == kind
            && self.alg.as_ref().is_none_or(|alg| *alg == header.alg)
            && self.purpose.as_ref().is_none_or(|purpose| purpose == "sig")
            && header
                .kid
                .as_ref()
                .is_none_or(|kid| self.kid.as_ref() == Some(kid))
    }

    fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let part = |part: &Option<String>| part.as_deref().and_then(decode);
        match algorithm {
            Algorithm::Rs256 => {
                let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else {
                    return false;
                };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
            }
            Algorithm::Es256 => {
                let (Some(x), Some(y)) = (part(&self.x), part(&self.y)) else {
                    return false;
                };
                if self.crv.as_deref() != Some("P-256") || x.len() != 32 || y.len() != 32 {
                    return false;
                }
                let point = [[4].as_slice(), &x, &y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests;
