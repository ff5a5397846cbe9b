//! Cryptography of the precompiled contracts where revm's default is slow.
//!
//! Verifying a P-256 signature (EIP-7951, address 0x100) takes the default 285 microseconds and `aws-lc-rs` 59, for a
//! gas price that was set for the fast kind: with the slow one it is a cheap attack. Everything else stays as it is.

use aws_lc_rs::{
    digest::{Digest, SHA256},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use revm::precompile::{Crypto, install_crypto};

/// SEC 1 mark of an uncompressed point: both coordinates follow.
const UNCOMPRESSED_POINT: u8 = 4;

/// Precompile back end with a fast P-256.
#[derive(Clone, Copy, Debug)]
struct FastCrypto;

impl Crypto for FastCrypto {
    fn secp256r1_verify_signature(&self, message: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool {
        verify_p256(message, signature, key)
    }
}

/// Installs the back end for this process. Only the first installation counts; the results are the same with any.
pub fn install() {
    install_crypto(FastCrypto);
}

/// Whether `signature` (r, s) over the hash `message` is that of `key` (x, y). Wrong keys verify nothing.
fn verify_p256(message: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool {
    let mut point = [UNCOMPRESSED_POINT; 65];
    point[1..].copy_from_slice(key);
    // The input is a hash already; SHA-256 only names its length here, nothing is hashed again.
    let Ok(digest) = Digest::import_less_safe(message, &SHA256) else {
        return false;
    };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify_digest(&digest, signature)
        .is_ok()
}
