//! The CAIP-2 name of a chain, by the rules of the namespace `cosmos` (CAIP-5).

use alloy_primitives::hex;
use tendermint::crypto::{Sha256 as _, default::Sha256};

/// Characters of a chain id that stands in the name as it is.
const PLAIN_CHARS_MAX: usize = 32;
/// Bytes of the digest that stand in the name of all others.
const HASHED_BYTES: usize = 8;
const HASHED: &str = "hashed-";
const NAMESPACE: &str = "cosmos:";

/// Whether a name can follow the namespace.
fn is_reference(text: &str) -> bool {
    (1..=PLAIN_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The CAIP-2 name of the chain that calls itself `chain_id`: the id itself, or `hashed-` with the first 16 hexadecimal
/// digits of its SHA-256 where the id is too long, has other characters, or begins with `hashed-`.
///
/// ```
/// assert_eq!(civitas_chain_cometbft::caip2("cosmoshub-4"), "cosmos:cosmoshub-4");
/// ```
pub fn caip2(chain_id: &str) -> String {
    if is_reference(chain_id) && !chain_id.starts_with(HASHED) {
        return format!("{NAMESPACE}{chain_id}");
    }
    let digest = Sha256::digest(chain_id);
    format!("{NAMESPACE}{HASHED}{}", hex::encode(&digest[..HASHED_BYTES]))
}

/// Whether a text has the form of such a name.
pub(crate) fn is_caip2(text: &str) -> bool {
    text.strip_prefix(NAMESPACE).is_some_and(is_reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test cases of CAIP-5.
    #[test]
    fn names_are_those_of_the_namespace() {
        for (chain_id, expected) in [
            ("cosmoshub-3", "cosmos:cosmoshub-3"),
            ("Binance-Chain-Tigris", "cosmos:Binance-Chain-Tigris"),
            ("x", "cosmos:x"),
            ("hash-", "cosmos:hash-"),
            ("hashed", "cosmos:hashed"),
            ("hashed-", "cosmos:hashed-c904589232422def"),
            ("hashed-123", "cosmos:hashed-99df5cd68192b33e"),
            (
                "123456789012345678901234567890123456789012345678",
                "cosmos:hashed-0204c92a0388779d",
            ),
            (" ", "cosmos:hashed-36a9e7f1c95b82ff"),
            (
                "wonderland\u{1f9dd}\u{200d}\u{2642}\u{fe0f}",
                "cosmos:hashed-843d2fc87f40eeb9",
            ),
        ] {
            assert_eq!(caip2(chain_id), expected);
            assert!(is_caip2(expected));
        }
        for wrong in ["cosmos:", "cosmos:a_b", "eip155:1", "cosmos"] {
            assert!(!is_caip2(wrong), "{wrong}");
        }
    }
}
