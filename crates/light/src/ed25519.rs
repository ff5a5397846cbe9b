//! Ed25519 signatures by the rule of the nodes (ZIP 215): what one node accepts, every verifier accepts.
//!
//! RFC 8032 leaves open whether the equation is checked with its cofactor; a validator that lies could sign such that one
//! reading accepts and the other does not. Nodes check it with the cofactor, as batches of signatures need, so a
//! verifier that did otherwise would refuse final blocks.

use curve25519_dalek::{
    edwards::{CompressedEdwardsY, EdwardsPoint},
    scalar::Scalar,
    traits::IsIdentity,
};
use sha2::{Digest, Sha512};

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Whether `key` signed `message`.
pub fn verify(key: &[u8; 32], message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
    check(key, message, signature).unwrap_or(false)
}

/// `[8][s]B = [8]R + [8][k]A` with a canonical `s`; `A` and `R` may be in any encoding of a point.
fn check(key: &[u8; 32], message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> Option<bool> {
    let (commitment, response) = signature.split_first_chunk::<32>()?;
    let response: [u8; 32] = response.try_into().ok()?;
    let response = Scalar::from_canonical_bytes(response).into_option()?;
    let public = CompressedEdwardsY(*key).decompress()?;
    let committed = CompressedEdwardsY(*commitment).decompress()?;
    let mut hasher = Sha512::new();
    hasher.update(commitment);
    hasher.update(key);
    hasher.update(message);
    let challenge = Scalar::from_bytes_mod_order_wide(&hasher.finalize().into());
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&challenge, &-public, &response);
    Some((committed - expected).mul_by_cofactor().is_identity())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    /// RFC 8032, 7.1, tests 1 to 3.
    #[test]
    fn the_vectors_of_the_standard_hold() {
        let vectors = [
            (
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        ];
        for (key, message, signature) in vectors {
            let key = hex::decode_to_array(key).unwrap();
            let message = hex::decode(message).unwrap();
            let signature: [u8; 64] = hex::decode_to_array(signature).unwrap();
            assert!(verify(&key, &message, &signature));
            for at in 0..signature.len() {
                let mut other = signature;
                other[at] ^= 1 << (at % 8);
                assert!(!verify(&key, &message, &other), "byte {at}");
            }
            assert!(!verify(&key, &[&message[..], b"x"].concat(), &signature));
        }
    }

    #[test]
    fn a_response_has_one_form() {
        // s + l, with l the order of the group: the same number, another text.
        let key =
            hex::decode_to_array("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").unwrap();
        let mut signature: [u8; 64] = hex::decode_to_array("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b").unwrap();
        let order: [u8; 32] =
            hex::decode_to_array("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert!(!verify(&key, b"", &signature));
    }
}
