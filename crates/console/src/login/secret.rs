//! Random tokens and what is kept of them: a token is shown to its holder once, the console keeps its SHA-256.

use super::LoginError;
use alloy_primitives::hex;
use aws_lc_rs::{constant_time, digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Bytes of a token: 256 bits cannot be guessed.
const TOKEN_BYTES: usize = 32;

/// A new token, in base64url.
pub fn token() -> Result<String, LoginError> {
    Ok(encode(&random::<TOKEN_BYTES>()?))
}

/// Random bytes of the system.
pub fn random<const COUNT: usize>() -> Result<[u8; COUNT], LoginError> {
    let mut bytes = [0; COUNT];
    rand::fill(&mut bytes).map_err(|_| LoginError::NoRandomness)?;
    Ok(bytes)
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    for (target, source) in hash
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, bytes).as_ref())
    {
        *target = *source;
    }
    hash
}

/// What is kept of a token.
pub fn hash(token: &str) -> String {
    hex::encode(sha256(token.as_bytes()))
}

/// The token that a session's writes carry; who cannot read the session's answers cannot know it.
pub fn csrf(token: &str) -> String {
    encode(&sha256(format!("civitas csrf {token}").as_bytes()))
}

/// Whether two texts are equal, in a time that tells nothing.
pub fn equal(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

/// Base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
