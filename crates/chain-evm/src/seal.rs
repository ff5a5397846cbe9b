//! The hash of a header, as the chain computes it.
//!
//! Ethereum hashes the whole header. Chains that vote put the seals of the voters into the header, so their hash leaves
//! them out: IBFT 1 and QBFT in GoQuorum (`IBFTFilteredHeader`, `QBFTFilteredHeader`), IBFT 2 and QBFT in Besu
//! (`BftBlockHashing`: without seals, the round as zero or absent). Such headers carry a mix hash of their own.

use alloy_consensus::Header;
use alloy_primitives::{B256, b256, keccak256};
use alloy_rlp::{Decodable as _, Encodable as _, Header as RlpHeader};

/// The mix hash of IBFT and QBFT (EIP-650): the letters "ctical byzantine fault tolerance".
pub(crate) const ISTANBUL: B256 = b256!("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");

/// Bytes before the encoded part of the extra data of IBFT 1.
const VANITY_BYTES: usize = 32;

/// Whether `hash` is the hash of `header`, by the rules of a chain that has such headers.
pub(crate) fn is_hash_of(hash: B256, header: &Header) -> bool {
    header.hash_slow() == hash || hashed_form(hash, header).is_some()
}

/// The header in the encoding whose Keccak-256 is `hash`; none if there is none.
pub(crate) fn hashed_form(hash: B256, header: &Header) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    header.encode(&mut whole);
    if keccak256(&whole) == hash {
        return Some(whole);
    }
    if header.mix_hash != ISTANBUL {
        return None;
    }
    [without_seals_qbft, without_seals_ibft2, without_seals_ibft1]
        .iter()
        .filter_map(|rule| Some(encoded_with(header, rule(&header.extra_data)?)))
        .find(|encoded| keccak256(encoded) == hash)
}

fn encoded_with(header: &Header, extra: Vec<u8>) -> Vec<u8> {
    let changed = Header {
        extra_data: extra.into(),
        ..header.clone()
    };
    let mut encoded = Vec::new();
    changed.encode(&mut encoded);
    encoded
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize, byte: u8) -> Vec<u8> {
        let mut out = Vec::new();
        alloy_primitives::Bytes::from(vec![byte; length]).encode(&mut out);
        out
    }

    fn list(items: &[Vec<u8>]) -> Vec<u8> {
        let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
        list_of(&items)
    }

    fn seals(byte: u8) -> Vec<u8> {
        list(&[bytes(65, byte), bytes(65, byte + 1)])
    }

    fn validators() -> Vec<u8> {
        list(&[bytes(20, 1), bytes(20, 2)])
    }

    fn header(extra: Vec<u8>) -> Header {
        Header {
            number: 7,
            mix_hash: ISTANBUL,
            extra_data: extra.into(),
            ..Header::default()
        }
    }

    /// As sealed, and as hashed, for QBFT, IBFT 2 and IBFT 1.
    fn dialects(seal: u8) -> [(Vec<u8>, Vec<u8>); 3] {
        let (vanity, vote, round, none) = (bytes(32, 9), vec![0xc0], vec![0x02], vec![0xc0]);
        let sealed = list(&[vanity.clone(), validators(), vote.clone(), round, seals(seal)]);
        let qbft = list(&[
            vanity.clone(),
            validators(),
            vote.clone(),
            vec![0x80],
            none.clone(),
        ]);
        let ibft2 = list(&[vanity, validators(), vote]);
        let first = |seals: Vec<u8>| [vec![9; 32], list(&[validators(), bytes(65, 3), seals])].concat();
        [
            (sealed.clone(), qbft),
            (sealed, ibft2),
            (first(seals(seal)), first(none)),
        ]
    }

    #[test]
    fn the_hash_leaves_the_seals_out_and_nothing_else() {
        for seal in [4, 6] {
            for (sealed, hashed) in dialects(seal) {
                let hash = header(hashed).hash_slow();
                assert!(is_hash_of(hash, &header(sealed.clone())));
                let mut changed = header(sealed.clone());
                changed.gas_used = 1;
                assert!(!is_hash_of(hash, &changed));
                // Without the mark of such chains, only the whole header counts.
                let mut unmarked = header(sealed.clone());
                unmarked.mix_hash = B256::ZERO;
                assert!(!is_hash_of(hash, &unmarked));
                let position = sealed.windows(20).position(|window| window == [2; 20]).unwrap();
                let mut other = sealed;
                other[position] ^= 1;
                assert!(!is_hash_of(hash, &header(other)), "another validator");
            }
        }
    }

    #[test]
    fn extra_data_of_any_form_is_only_another_hash() {
        for extra in [
            vec![],
            vec![0xc0],
            vec![0xf8],
            vec![0xff; 40],
            vec![0; 33],
            [vec![0; 32], vec![0xc3, 1, 2]].concat(),
        ] {
            let header = header(extra);
            assert!(is_hash_of(header.hash_slow(), &header));
            assert!(!is_hash_of(B256::repeat_byte(1), &header));
        }
    }
}
