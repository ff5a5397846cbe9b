//! The CAIP-2 name of a channel. There is no registered namespace for Fabric: a channel's own name follows `fabric:`, and names that
//! CAIP-2 has no room for are shortened as those of CometBFT are (CAIP-5).

use alloy_primitives::hex;
use aws_lc_rs::digest::{SHA256, digest};

/// Characters of a channel's name that stands as it is.
const PLAIN_CHARS_MAX: usize = 32;
/// Bytes of the digest that stand in the name of all others.
const HASHED_BYTES: usize = 8;
const HASHED: &str = "hashed-";
const NAMESPACE: &str = "fabric:";

/// Whether a text can follow the namespace.
fn is_reference(text: &str) -> bool {
    (1..=PLAIN_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The CAIP-2 name of a channel: its own name, or `hashed-` with the first 16 hexadecimal digits of the name's SHA-256 where it is too
/// long, has other characters (Fabric allows dots), or begins with `hashed-`.
///
/// ```
/// assert_eq!(civitas_chain_fabric::caip2("trade"), "fabric:trade");
/// ```
pub fn caip2(channel: &str) -> String {
    if is_reference(channel) && !channel.starts_with(HASHED) {
        return format!("{NAMESPACE}{channel}");
    }
    let hash = digest(&SHA256, channel.as_bytes());
    let start: Vec<u8> = hash.as_ref().iter().copied().take(HASHED_BYTES).collect();
    format!("{NAMESPACE}{HASHED}{}", hex::encode(start))
}

/// Whether a text has the form of such a name.
pub fn is_caip2(text: &str) -> bool {
    text.strip_prefix(NAMESPACE).is_some_and(is_reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gateways must agree on them: frozen.
    #[test]
    fn names_are_short_and_plain() {
        for (channel, expected) in [
            ("trade", "fabric:trade"),
            ("harbour-customs", "fabric:harbour-customs"),
            ("hashed-", "fabric:hashed-c904589232422def"),
            (
                "123456789012345678901234567890123456789012345678",
                "fabric:hashed-0204c92a0388779d",
            ),
            ("trade.north", "fabric:hashed-"),
        ] {
            assert!(caip2(channel).starts_with(expected), "{}", caip2(channel));
            assert!(is_caip2(&caip2(channel)));
        }
        for wrong in ["fabric:", "fabric:a.b", "eip155:1", "fabric"] {
            assert!(!is_caip2(wrong), "{wrong}");
        }
    }
}
