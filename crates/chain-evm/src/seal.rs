//! The hash of a header, as the chain computes it.
//!
//! Ethereum hashes the whole header. Chains that vote put the seals of the voters into the header, so their hash leaves
//! them out: IBFT 1 and QBFT in GoQuorum (`IBFTFilteredHeader`, `QBFTFilteredHeader`), IBFT 2 and QBFT in Besu
//! (`BftBlockHashing`: without seals, the round as zero or absent). Such headers carry a mix hash of their own.

use alloy_consensus::Header;
use alloy_primitives::{B256, b256, keccak256};
use alloy_rlp::{Decodable as _, Encodable as _, Header as RlpHeader};

/// The mix hash of IBFT and QBFT: Keccak-256 of "Istanbul practical byzantine fault tolerance".
pub(crate) const ISTANBUL: B256 = b256!("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");

/// Bytes before the encoded part of the extra data of IBFT 1.
const VANITY_BYTES: usize = 32;

/// Whether `hash` is the hash of `header`, by the rules of a chain that has such headers.
pub(crate) fn is_hash_of(hash: B256, header: &Header) -> bool {
    if header.hash_slow() == hash {
        return true;
    }
    header.mix_hash == ISTANBUL
        && [without_seals_qbft, without_seals_ibft2, without_seals_ibft1]
            .iter()
            .any(|rule| rule(&header.extra_data).is_some_and(|extra| hash_with(header, extra) == hash))
}

fn hash_with(header: &Header, extra: Vec<u8>) -> B256 {
    let changed = Header {
        extra_data: extra.into(),
        ..header.clone()
    };
    let mut encoded = Vec::new();
    changed.encode(&mut encoded);
    keccak256(encoded)
}

/// The encoded items of an RLP list, each with its header.
fn items(encoded: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = encoded;
    let list = RlpHeader::decode(&mut rest).ok()?;
    if !list.list || rest.len() != list.payload_length {
        return None;
    }
    let mut found = Vec::new();
    while !rest.is_empty() {
        let whole = rest;
        let item = RlpHeader::decode(&mut rest).ok()?;
        rest = rest.get(item.payload_length..)?;
        found.push(&whole[..whole.len() - rest.len()]);
    }
    Some(found)
}

fn list_of(items: &[&[u8]]) -> Vec<u8> {
    let payload_length = items.iter().map(|item| item.len()).sum();
    let mut encoded = Vec::new();
    RlpHeader {
        list: true,
        payload_length,
    }
    .encode(&mut encoded);
    for item in items {
        encoded.extend_from_slice(item);
    }
    encoded
}

/// QBFT: `[vanity, validators, vote, round, seals]` becomes `[vanity, validators, vote, 0, []]`.
fn without_seals_qbft(extra: &[u8]) -> Option<Vec<u8>> {
    match items(extra)?.as_slice() {
        [vanity, validators, vote, _, _] => Some(list_of(&[vanity, validators, vote, &[0x80], &[0xc0]])),
        _ => None,
    }
}

/// IBFT 2: `[vanity, validators, vote, round, seals]` becomes `[vanity, validators, vote]`.
fn without_seals_ibft2(extra: &[u8]) -> Option<Vec<u8>> {
    match items(extra)?.as_slice() {
        [vanity, validators, vote, _, _] => Some(list_of(&[vanity, validators, vote])),
        _ => None,
    }
}

/// IBFT 1: after 32 bytes of vanity, `[validators, seal, committed seals]` becomes `[validators, seal, []]`.
fn without_seals_ibft1(extra: &[u8]) -> Option<Vec<u8>> {
    let (vanity, encoded) = extra.split_at_checked(VANITY_BYTES)?;
    match items(encoded)?.as_slice() {
        [validators, seal, _] => {
            // A seal is bytes; a list there is another format.
            alloy_primitives::Bytes::decode(&mut &**seal).ok()?;
            Some([vanity, &list_of(&[validators, seal, &[0xc0]])].concat())
        }
        _ => None,
    }
}
