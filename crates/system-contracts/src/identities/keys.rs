//! Public keys and signatures: which are well formed, and whether one signs a text.
//!
//! Every node must answer alike, so there is one library for each curve and one encoding for each key.

use super::{
    AccountProof, KeyType, abi,
    message::{AccountId, Namespace},
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
};
use alloy_primitives::{Address, B256, eip191_hash_message, keccak256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, UnparsedPublicKey};
use secp256k1::{
    Message, PublicKey, Secp256k1, VerifyOnly,
    ecdsa::{RecoverableSignature, RecoveryId, Signature},
};
use std::sync::LazyLock;

/// Length of a point, uncompressed (SEC 1, 2.3.3).
const POINT_BYTES: usize = 65;
/// Length of an Ed25519 key (RFC 8032, 5.1.5).
const ED25519_BYTES: usize = 32;

/// libsecp256k1 without the tables that signing needs.
static SECP256K1: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

/// Refuses a key that is not of its type.
pub(super) fn check_key(host: &mut dyn Host, key_type: KeyType, key: &[u8]) -> Result<(), Fault> {
    host.charge(gas::SIGNATURE)?;
    let point = key.len() == POINT_BYTES && key.first() == Some(&4);
    let (good, rule) = match key_type {
        KeyType::Secp256k1 => (
            point && PublicKey::from_slice(key).is_ok(),
            "a point of secp256k1, uncompressed",
        ),
        KeyType::P256 => (
            point && ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).is_ok(),
            "a point of P-256, uncompressed",
        ),
        KeyType::Ed25519 => (key.len() == ED25519_BYTES, "32 bytes of Ed25519"),
        KeyType::None | KeyType::__Invalid => (false, "Secp256k1, P256 or Ed25519"),
    };
    if good { Ok(()) } else { Err(invalid("key", rule)) }
}

/// A public key of a type.
pub(super) struct Key<'a> {
    pub(super) key_type: KeyType,
    pub(super) bytes: &'a [u8],
}

/// Whether a key signs `text`.
pub(super) fn verify(
    host: &mut dyn Host,
    key: &Key<'_>,
    text: &str,
    signature: &[u8],
) -> Result<bool, Fault> {
    charge(host, text)?;
    Ok(match key.key_type {
        KeyType::Secp256k1 => verify_secp256k1(key.bytes, text, signature),
        KeyType::P256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.bytes)
            .verify(text.as_bytes(), signature)
            .is_ok(),
        KeyType::Ed25519 => UnparsedPublicKey::new(&ED25519, key.bytes)
            .verify(text.as_bytes(), signature)
            .is_ok(),
        KeyType::None | KeyType::__Invalid => false,
    })
}

fn charge(host: &mut dyn Host, text: &str) -> Result<(), Fault> {
    let words = u64::try_from(text.len().div_ceil(32)).unwrap_or(u64::MAX);
    host.charge(gas::SIGNATURE + gas::HASH + gas::HASH_WORD.saturating_mul(words))
}

fn verify_secp256k1(key: &[u8], text: &str, signature: &[u8]) -> bool {
    let Some(compact) = signature.get(..64).filter(|_| signature.len() <= 65) else {
        return false;
    };
    let (Ok(key), Ok(signature)) = (PublicKey::from_slice(key), Signature::from_compact(compact)) else {
        return false;
    };
    // libsecp256k1 verifies only signatures whose s is in the lower half.
    SECP256K1.verify_ecdsa(digest(text), &signature, &key).is_ok()
}

fn digest(text: &str) -> Message {
    Message::from_digest(eip191_hash_message(text).0)
}

/// The account that signed `text` as EIP-191 says; nothing for what is no signature with s in the lower half.
pub fn recover(text: &str, signature: &[u8]) -> Option<Address> {
    recover_digest(eip191_hash_message(text), signature)
}

/// The account that signed a digest; nothing for what is no signature of 65 bytes with s in the lower half.
pub fn recover_digest(digest: B256, signature: &[u8]) -> Option<Address> {
    let (v, compact) = signature.split_last().filter(|_| signature.len() == 65)?;
    let recovery_id = match v {
        0 | 27 => RecoveryId::Zero,
        1 | 28 => RecoveryId::One,
        _ => return None,
    };
    let recoverable = RecoverableSignature::from_compact(compact, recovery_id).ok()?;
    let standard = recoverable.to_standard();
    let mut lower = standard;
    lower.normalize_s();
    if lower != standard {
        return None;
    }
    let message = Message::from_digest(digest.0);
    let key = SECP256K1.recover_ecdsa(message, &recoverable).ok()?;
    Some(Address::from_raw_public_key(&key.serialize_uncompressed()[1..]))
}

/// The address of an account of namespace `civitas`: the last 20 bytes of keccak256 of the key (P-256: x and
/// y).
pub fn derived_address(key_type: KeyType, key: &[u8]) -> Option<Address> {
    let hashed: B256 = match key_type {
        KeyType::P256 if key.len() == POINT_BYTES => keccak256(&key[1..]),
        KeyType::Ed25519 if key.len() == ED25519_BYTES => keccak256(key),
        _ => return None,
    };
    Some(Address::from_word(hashed))
}

/// Refuses a text that an account did not sign.
pub(super) fn require_account(
    host: &mut dyn Host,
    account: &AccountId,
    text: &str,
    proof: &AccountProof,
) -> Result<(), Fault> {
    let (key_type, key) = (proof.keyType, proof.key.as_ref());
    let typed = Key { key_type, bytes: key };
    let signed = match (account.namespace, key_type) {
        (Namespace::Eip155, KeyType::Secp256k1) if key.is_empty() => {
            charge(host, text)?;
            recover(text, &proof.signature)
                .map(|signer| signer.to_checksum(None))
                .as_deref()
                == Some(account.address.as_str())
        }
        (Namespace::Solana, KeyType::Ed25519) => {
            let own = key.len() == ED25519_BYTES && base58(key) == account.address;
            own && verify(host, &typed, text, &proof.signature)?
        }
        (Namespace::Civitas, KeyType::P256 | KeyType::Ed25519) => {
            check_key(host, key_type, key)?;
            let address = derived_address(key_type, key).map(|address| address.to_checksum(None));
            let own = address.as_deref() == Some(account.address.as_str());
            own && verify(host, &typed, text, &proof.signature)?
        }
        _ => {
            return refuse(abi::AccountNotSupported {
                account: account.text(),
            });
        }
    };
    if signed {
        return Ok(());
    }
    refuse(abi::ProofForged {
        account: account.text(),
    })
}

/// Base58 with Bitcoin's alphabet, as Solana writes keys.
pub fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    // Digits to base 58, the lowest first.
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) * 256;
            *digit = u8::try_from(carry % 58).unwrap_or_default();
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap_or_default());
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    let digits = zeros.chain(digits.iter().rev().copied());
    digits
        .map(|digit| char::from(ALPHABET[usize::from(digit)]))
        .collect()
}
