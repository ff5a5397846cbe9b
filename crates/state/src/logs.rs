//! What the indexes hold of a block, and how logs are found with them.

use crate::index::Entry;
use alloy_primitives::{Address, B256, Log};
use civitas_ports::LogQuery;
use civitas_types::{Height, ReceiptEnvelope};
use std::collections::BTreeSet;

/// Bits of a value that hold the position in the block; the height stands above them.
const POSITION_BITS: u32 = 24;
/// Positions with a meaning of their own.
const POSITION_BLOCK: u32 = (1 << POSITION_BITS) - 1;
const POSITION_CODE: u32 = POSITION_BLOCK - 1;
/// A block with more different topics and addresses is found by every query instead.
const POSTINGS_MAX: usize = 65_536;

/// What a key of the first index stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Transaction { height: Height, index: u32 },
    Block { height: Height },
    Code { height: Height },
}

/// The first eight bytes of a hash.
pub(crate) fn key_of(hash: &B256) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(bytes)
}

/// Entries of a block for its hash, its transactions and its codes.
pub(crate) fn places(
    height: Height,
    block: B256,
    transactions: impl Iterator<Item = B256>,
    codes: impl Iterator<Item = B256>,
) -> Vec<Entry> {
    let value = |position: u32| (height.get() << POSITION_BITS) | u64::from(position);
    let mut entries = vec![(key_of(&block), value(POSITION_BLOCK))];
    entries.extend(
        (0..)
            .zip(transactions)
            .map(|(index, hash)| (key_of(&hash), value(index))),
    );
    entries.extend(codes.map(|hash| (key_of(&hash), value(POSITION_CODE))));
    entries
}

/// The meaning of a value of the first index.
pub(crate) fn place(value: u64) -> Place {
    let height = Height::new(value >> POSITION_BITS);
    let position = u32::try_from(value & u64::from(POSITION_BLOCK)).unwrap_or(POSITION_BLOCK);
    match position {
        POSITION_BLOCK => Place::Block { height },
        POSITION_CODE => Place::Code { height },
        index => Place::Transaction { height, index },
    }
}

/// Marks in the log index.
const MARK_ANY_LOG: u64 = fingerprint(6, &[]);
const MARK_EVERYTHING: u64 = fingerprint(7, &[]);

/// Mixes a kind and up to 32 bytes to an evenly spread key. It need not resist an adversary: a collision only
/// makes a query open a block for nothing.
const fn fingerprint(kind: u64, bytes: &[u8]) -> u64 {
    let mut mixed = kind.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut position = 0;
    while position < bytes.len() {
        mixed = (mixed ^ bytes[position] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        position += 1;
    }
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}

fn address_key(address: &Address) -> u64 {
    fingerprint(0, address.as_slice())
}

fn topic_key(position: usize, topic: &B256) -> u64 {
    fingerprint(1 + position as u64, topic.as_slice())
}

/// Entries of a block in the log index: each address and each topic once.
pub(crate) fn postings(height: Height, receipts: &[ReceiptEnvelope]) -> Vec<Entry> {
    let mut keys = BTreeSet::new();
    for log in receipts.iter().flat_map(|receipt| receipt.logs()) {
        keys.insert(address_key(&log.address));
        keys.extend(
            log.topics()
                .iter()
                .enumerate()
                .map(|(position, topic)| topic_key(position, topic)),
        );
    }
    if keys.len() > POSTINGS_MAX {
        keys = BTreeSet::from([MARK_EVERYTHING]);
    }
    if !keys.is_empty() {
        keys.insert(MARK_ANY_LOG);
    }
    keys.into_iter().map(|key| (key, height.get())).collect()
}

/// For each condition of a query the keys of which one must be met.
pub(crate) fn conditions(query: &LogQuery) -> Vec<Vec<u64>> {
    let mut conditions = Vec::new();
    if !query.addresses.is_empty() {
        conditions.push(query.addresses.iter().map(address_key).collect());
    }
    for (position, topics) in query
        .topics
        .iter()
        .enumerate()
        .filter(|(_, topics)| !topics.is_empty())
    {
        conditions.push(
            topics
                .iter()
                .map(|topic| topic_key(position, topic))
                .collect::<Vec<_>>(),
        );
    }
    if conditions.is_empty() {
        conditions.push(vec![MARK_ANY_LOG]);
    }
    for keys in &mut conditions {
        keys.push(MARK_EVERYTHING);
    }
    conditions
}

/// Whether a log meets a query.
pub(crate) fn matches(query: &LogQuery, log: &Log) -> bool {
    let address = query.addresses.is_empty() || query.addresses.contains(&log.address);
    let topic = |(position, wanted): (usize, &Vec<B256>)| match log.topics().get(position) {
        None => false,
        Some(topic) => wanted.is_empty() || wanted.contains(topic),
    };
    address && query.topics.iter().enumerate().all(topic)
}
