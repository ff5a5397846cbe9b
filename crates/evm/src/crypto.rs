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

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;
    use revm::precompile::DefaultCrypto;

    /// Hash, r, s, x, y of a valid signature, from the tests of the daimo P-256 verifier.
    const VALID: [u8; 160] = hex!(
        "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
        "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
        "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
        "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
        "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
    );
    /// Order of the group of P-256.
    const ORDER: [u8; 32] = hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    fn check(input: &[u8; 160], expected: Option<bool>) {
        let message = input[..32].try_into().unwrap();
        let signature = input[32..96].try_into().unwrap();
        let key = input[96..].try_into().unwrap();
        let fast = FastCrypto.secp256r1_verify_signature(message, signature, key);
        let slow = DefaultCrypto.secp256r1_verify_signature(message, signature, key);
        assert_eq!(fast, slow, "{}", hex::encode(input));
        if let Some(expected) = expected {
            assert_eq!(fast, expected, "{}", hex::encode(input));
        }
    }

    #[test]
    fn the_fast_back_end_agrees_with_the_default_one() {
        check(&VALID, Some(true));
        for position in 0..VALID.len() {
            let mut changed = VALID;
            changed[position] ^= 1;
            check(&changed, Some(false));
        }
        for (field, value) in [
            (1, [0; 32]),
            (2, [0; 32]),
            (1, ORDER),
            (2, ORDER),
            (3, [0; 32]),
            (3, [0xff; 32]),
        ] {
            let mut changed = VALID;
            changed[field * 32..(field + 1) * 32].copy_from_slice(&value);
            check(&changed, Some(false));
        }
        check(&[0; 160], Some(false));
        // EIP-7951 has no rule against the other signature of the same message, (r, order - s).
        let mut other = VALID;
        let order = alloy_primitives::U256::from_be_bytes(ORDER);
        let s = alloy_primitives::U256::from_be_slice(&VALID[64..96]);
        other[64..96].copy_from_slice(&(order - s).to_be_bytes::<32>());
        check(&other, Some(true));
    }

    #[test]
    fn a_chain_installs_the_fast_back_end() {
        crate::ChainSpec::osaka(1);
        assert!(format!("{:?}", revm::precompile::crypto()).contains("FastCrypto"));
    }
}
