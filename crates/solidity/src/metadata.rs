//! What the compiler wrote behind the code: CBOR with its version and a hash of the metadata, and two bytes of length.
//! <https://docs.soliditylang.org/en/latest/metadata.html>

use alloy_primitives::hex;
use ciborium::Value;
use std::ops::Range;

/// Bytes of length behind the CBOR.
const LENGTH_BYTES: usize = 2;
/// Bytes before the hash of metadata in the shape that every compiler since 0.6.0 writes by default:
/// a map that begins with the key `ipfs` and 34 bytes, the first two of which say that a SHA-256 follows.
const IPFS: &[u8] = b"ipfs\x58\x22\x12\x20";
/// Bytes of that hash.
const HASH_BYTES: usize = 32;

/// What stands behind a code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The release that compiled it: `0.8.30`; none if it does not say so.
    pub compiler: Option<String>,
    /// Whether it carries a hash of its metadata, and so of each byte of its sources.
    pub hashed: bool,
    /// Bytes of it, with those of its length.
    pub bytes: usize,
}

impl Metadata {
    /// Reads what stands behind a code; none if nothing does.
    pub fn of(code: &[u8]) -> Option<Self> {
        let (rest, length) = code.split_last_chunk::<LENGTH_BYTES>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let mut cbor = rest.get(rest.len().checked_sub(length)?..)?;
        let Ok(Value::Map(entries)) = ciborium::from_reader::<Value, _>(&mut cbor) else {
            return None;
        };
        if !cbor.is_empty() {
            return None;
        }
        let entry = |name: &str| {
            let mut entries = entries.iter();
            entries
                .find(|(key, _)| key.as_text() == Some(name))
                .map(|(_, value)| value)
        };
        let compiler = match entry("solc") {
            Some(Value::Bytes(bytes)) => match bytes.as_slice() {
                [major, minor, patch] => Some(format!("{major}.{minor}.{patch}")),
                _ => None,
            },
            // Releases that were not published write their whole name.
            Some(Value::Text(text)) => Some(text.chars().take(64).collect()),
            _ => None,
        };
        Some(Self {
            compiler,
            hashed: ["ipfs", "bzzr0", "bzzr1"]
                .into_iter()
                .any(|name| entry(name).is_some()),
            bytes: length + LENGTH_BYTES,
        })
    }
}

/// Where hashes of metadata stand in a code: its own, and those of contracts that it creates.
pub(crate) fn hashes(code: &[u8]) -> Vec<Range<usize>> {
    let starts = code
        .windows(IPFS.len() + HASH_BYTES)
        .enumerate()
        .filter(|(_, window)| window.starts_with(IPFS));
    starts
        .map(|(at, _)| at + IPFS.len()..at + IPFS.len() + HASH_BYTES)
        .collect()
}

/// A code in hexadecimal as compilers write it; none where a library is not linked, or it is no code.
pub(crate) fn decoded(object: &str) -> Option<Vec<u8>> {
    hex::decode(object).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: Option<(Option<&str>, bool)>) {
        let found = Metadata::of(&hex::decode(code).unwrap());
        let found = found.map(|metadata| (metadata.compiler, metadata.hashed));
        assert_eq!(
            found,
            expected.map(|(version, hashed)| (version.map(str::to_owned), hashed)),
            "{code}"
        );
    }

    #[test]
    fn metadata_are_read_where_there_are_any() {
        let hash = "11".repeat(32);
        let whole = format!("6000a2646970667358221220{hash}64736f6c634300081e0033");
        check(&whole, Some((Some("0.8.30"), true)));
        check("6000a164736f6c634300081e000a", Some((Some("0.8.30"), false)));
        check(&format!("6000a165627a7a72305820{hash}0029"), Some((None, true)));
        check("6000", None);
        check("", None);
        check("a164736f6c634300081e00ff", None);
        // A map of more entries than there are bytes, and one that ends early.
        check("bbffffffffffffffff0009", None);
        check("a164736f6c634300081e00000b", None);
        assert_eq!(hashes(&hex::decode(whole).unwrap()), vec![12..44]);
    }
}
