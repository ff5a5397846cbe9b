//! Who signed a digest: recovery of the address from an ECDSA signature on secp256k1, as Ethereum has it.

use alloy_primitives::{Address, B256, keccak256};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

/// Bytes of a signature: two numbers and the recovery id.
pub const SIGNATURE_BYTES: usize = 65;

/// The address whose key signed `digest`; none if the bytes are no signature. The recovery id is 0 or 1, or 27 or 28.
pub fn recover(digest: &B256, signature: &[u8]) -> Option<Address> {
    let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().ok()?;
    let (numbers, id) = (signature.get(..64)?, *signature.get(64)?);
    let id = match id {
        27 | 28 => id - 27,
        _ => id,
    };
    let id = RecoveryId::from_byte(id).filter(|id| !id.is_x_reduced())?;
    let numbers = Signature::from_slice(numbers).ok()?;
    let key = VerifyingKey::recover_from_prehash(digest.as_slice(), &numbers, id).ok()?;
    let point = key.to_encoded_point(false);
    let hash = keccak256(point.as_bytes().get(1..)?);
    Some(Address::from_slice(hash.get(12..)?))
}
