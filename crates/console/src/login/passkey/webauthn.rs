//! Checks of what an authenticator says (Web Authentication, level 2, sections 7.1 and 7.2), as far as the console needs it: keys of ES256 and
//! EdDSA, attestation `none`, one host.
//!
//! Pure: bytes in, a verdict out. Nothing is believed before the signature holds, but for a registration, whose key signs for the first
//! time when somebody signs in with it.

use super::super::secret::{decode, sha256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, VerificationAlgorithm};
use ciborium::Value;
use serde::Deserialize;

/// Bytes of an attestation object or authenticator data that are looked at; ours have some 300.
const BYTES_MAX: usize = 8192;

/// Bytes of a credential id, the most of the standard.
pub const CREDENTIAL_BYTES_MAX: usize = 1023;

const FLAG_PRESENT: u8 = 0x01;
const FLAG_VERIFIED: u8 = 0x04;
const FLAG_CREDENTIAL: u8 = 0x40;
const FLAG_EXTENSIONS: u8 = 0x80;

/// Why an answer does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A part cannot be read.
    #[error("the answer cannot be read")]
    Malformed,
    /// The answer is one to another question: a registration to a sign-in, or the other way round.
    #[error("the answer is of another kind")]
    OtherKind,
    /// The challenge is not the one that was given.
    #[error("the answer is to another challenge")]
    OtherChallenge,
    /// The page that asked is not one of the console.
    #[error("the answer was given to another site")]
    OtherOrigin,
    /// The key is one of another host.
    #[error("the passkey is one of another host")]
    OtherHost,
    /// Nobody touched the authenticator.
    #[error("nobody was present")]
    NobodyPresent,
    /// The authenticator did not check who touched it.
    #[error("the authenticator did not check the person")]
    NotVerified,
    /// The attestation is not `none`.
    #[error("the attestation is not none")]
    OtherAttestation,
    /// The key is of a kind that the console does not know.
    #[error("the key is of an unknown kind")]
    OtherKey,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    BadSignature,
    /// The authenticator counted backwards: there may be a copy of it.
    #[error("the counter went back: the authenticator may have been copied")]
    CounterWentBack,
}

/// Kinds of keys, by their COSE numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The number of COSE.
    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
        }
    }

    /// The algorithm of a number.
    pub fn of(number: i64) -> Option<Self> {
        [Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|algorithm| algorithm.number() == number)
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Es256 => &ECDSA_P256_SHA256_ASN1,
            Self::EdDsa => &ED25519,
        }
    }
}

/// A public key of an authenticator: an uncompressed point, or 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its kind.
    pub algorithm: Algorithm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl PublicKey {
    fn parse(&self) -> Result<ParsedPublicKey, Refusal> {
        ParsedPublicKey::new(self.algorithm.verification(), &self.bytes).map_err(|_| Refusal::OtherKey)
    }
}

/// What an answer must fit to.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The challenge that was given, in base64url.
    pub challenge: &'a str,
    /// The page that asked, such as `https://console.city.example`.
    pub origin: &'a str,
    /// The host that keys are for.
    pub host: &'a str,
}

/// A key that was made.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The id by which the authenticator finds the key.
    pub credential: Vec<u8>,
    /// The key.
    pub key: PublicKey,
    /// How often it signed; 0 where the authenticator does not count.
    pub counter: u32,
    /// Whether the authenticator checked the person.
    pub verified: bool,
}

/// A key that signed.
#[derive(Clone, Copy, Debug)]
pub struct Asserted {
    /// How often it signed.
    pub counter: u32,
    /// Whether the authenticator checked the person.
    pub verified: bool,
}

/// Checks the answer to a registration.
///
/// # Errors
/// [`Refusal`].
pub fn register(
    client_data: &[u8],
    attestation: &[u8],
    expected: Expected<'_>,
) -> Result<Registered, Refusal> {
    check_client_data(client_data, "webauthn.create", expected)?;
    let attestation = read_exactly_one(attestation)?;
    let field = |name: &str| {
        let mut entries = attestation.as_map().into_iter().flatten();
        entries
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value)
    };
    let is_none = field("fmt").and_then(Value::as_text) == Some("none")
        && field("attStmt")
            .and_then(Value::as_map)
            .is_some_and(Vec::is_empty);
    if !is_none {
        return Err(Refusal::OtherAttestation);
    }
    let data = field("authData")
        .and_then(Value::as_bytes)
        .ok_or(Refusal::Malformed)?;
    let data = AuthenticatorData::read(data)?;
    data.check(expected.host)?;
    let (credential, key) = data.credential.ok_or(Refusal::Malformed)?;
    key.parse()?;
    Ok(Registered {
        credential,
        key,
        counter: data.counter,
        verified: data.flags & FLAG_VERIFIED != 0,
    })
}

/// An answer to a sign-in, with the key that is kept.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    /// What the browser says that it asked.
    pub client_data: &'a [u8],
    /// What the authenticator says.
    pub authenticator_data: &'a [u8],
    /// The signature over both.
    pub signature: &'a [u8],
    /// The key that is kept.
    pub key: &'a PublicKey,
    /// The counter that is kept.
    pub counter: u32,
}

/// Checks the answer to a sign-in.
///
/// # Errors
/// [`Refusal`].
pub fn assert(assertion: Assertion<'_>, expected: Expected<'_>) -> Result<Asserted, Refusal> {
    check_client_data(assertion.client_data, "webauthn.get", expected)?;
    let data = AuthenticatorData::read(assertion.authenticator_data)?;
    data.check(expected.host)?;
    let mut signed = assertion.authenticator_data.to_vec();
    signed.extend(sha256(assertion.client_data));
    let key = assertion.key.parse()?;
    key.verify_sig(&signed, assertion.signature)
        .map_err(|_| Refusal::BadSignature)?;
    let counts = data.counter != 0 || assertion.counter != 0;
    if counts && data.counter <= assertion.counter {
        return Err(Refusal::CounterWentBack);
    }
    Ok(Asserted {
        counter: data.counter,
        verified: data.flags & FLAG_VERIFIED != 0,
    })
}

/// What the browser says that it asked; more fields may come in future.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// The challenge that an answer is to; to be believed only after the check.
pub fn challenge_of(client_data: &[u8]) -> Option<String> {
    let data: ClientData = serde_json::from_slice(client_data).ok()?;
    Some(data.challenge)
}

fn check_client_data(client_data: &[u8], kind: &str, expected: Expected<'_>) -> Result<(), Refusal> {
    let data: ClientData = serde_json::from_slice(client_data).map_err(|_| Refusal::Malformed)?;
    if data.kind != kind {
        return Err(Refusal::OtherKind);
    }
    if data.challenge != expected.challenge || decode(&data.challenge).is_none() {
        return Err(Refusal::OtherChallenge);
    }
    if data.origin != expected.origin || data.cross_origin {
        return Err(Refusal::OtherOrigin);
    }
    Ok(())
}

/// What the authenticator says.
struct AuthenticatorData {
    host_hash: [u8; 32],
    flags: u8,
    counter: u32,
    credential: Option<(Vec<u8>, PublicKey)>,
}

impl AuthenticatorData {
    fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > BYTES_MAX {
            return Err(Refusal::Malformed);
        }
        let mut rest = bytes;
        let host_hash = take_array::<32>(&mut rest)?;
        let [flags] = take_array::<1>(&mut rest)?;
        let counter = u32::from_be_bytes(take_array(&mut rest)?);
        let credential = match flags & FLAG_CREDENTIAL {
            0 => None,
            _ => Some(take_credential(&mut rest)?),
        };
        if flags & FLAG_EXTENSIONS != 0 {
            let extensions = take_value(&mut rest)?;
            extensions.as_map().ok_or(Refusal::Malformed)?;
        }
        match rest.is_empty() {
            true => Ok(Self {
                host_hash,
                flags,
                counter,
                credential,
            }),
            false => Err(Refusal::Malformed),
        }
    }

    fn check(&self, host: &str) -> Result<(), Refusal> {
        if self.host_hash != sha256(host.as_bytes()) {
            return Err(Refusal::OtherHost);
        }
        match self.flags & FLAG_PRESENT {
            0 => Err(Refusal::NobodyPresent),
            _ => Ok(()),
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Refusal> {
    let (taken, after) = rest.split_at_checked(count).ok_or(Refusal::Malformed)?;
    *rest = after;
    Ok(taken)
}

fn take_array<const COUNT: usize>(rest: &mut &[u8]) -> Result<[u8; COUNT], Refusal> {
    take(rest, COUNT)?.try_into().map_err(|_| Refusal::Malformed)
}

/// One item of CBOR.
fn take_value(rest: &mut &[u8]) -> Result<Value, Refusal> {
    ciborium::from_reader(&mut *rest).map_err(|_| Refusal::Malformed)
}

fn read_exactly_one(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.len() > BYTES_MAX {
        return Err(Refusal::Malformed);
    }
    let mut rest = bytes;
    let value = take_value(&mut rest)?;
    match rest.is_empty() {
        true => Ok(value),
        false => Err(Refusal::Malformed),
    }
}

fn take_credential(rest: &mut &[u8]) -> Result<(Vec<u8>, PublicKey), Refusal> {
    // The model of the authenticator, which `none` does not prove.
    take_array::<16>(rest)?;
    let length = usize::from(u16::from_be_bytes(take_array(rest)?));
    if length == 0 || length > CREDENTIAL_BYTES_MAX {
        return Err(Refusal::Malformed);
    }
    let credential = take(rest, length)?.to_vec();
    let key = take_value(rest)?;
    Ok((credential, cose_key(&key)?))
}

/// A key in COSE's form (RFC 9053): kind 1, algorithm 3, curve -1, x -2, y -3.
fn cose_key(value: &Value) -> Result<PublicKey, Refusal> {
    let entries = value.as_map().ok_or(Refusal::Malformed)?;
    let field = |label: i64| {
        let is_it = |key: &Value| {
            key.as_integer()
                .is_some_and(|key| i128::from(key) == i128::from(label))
        };
        entries.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value)
    };
    let number = |label| {
        field(label)
            .and_then(Value::as_integer)
            .and_then(|number| i64::try_from(number).ok())
    };
    let coordinate = |label| {
        field(label)
            .and_then(Value::as_bytes)
            .filter(|bytes| bytes.len() == 32)
    };
    let (algorithm, bytes) = match (number(1), number(3), number(-1)) {
        (Some(2), Some(-7), Some(1)) => {
            let x = coordinate(-2).ok_or(Refusal::OtherKey)?;
            let y = coordinate(-3).ok_or(Refusal::OtherKey)?;
            (Algorithm::Es256, [[4].as_slice(), x, y].concat())
        }
        (Some(1), Some(-8), Some(6)) => (Algorithm::EdDsa, coordinate(-2).ok_or(Refusal::OtherKey)?.clone()),
        _ => return Err(Refusal::OtherKey),
    };
    Ok(PublicKey { algorithm, bytes })
}

#[cfg(test)]
mod tests;
