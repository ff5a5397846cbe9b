//! What a proven header commits to: its transactions and receipts, whole or one by one.
//!
//! A node that hands out *all* transactions and receipts of a block cannot leave one out: the tries are rebuilt, and their
//! roots are in the header. The same holds for the events in the receipts, so a report of events can be complete, not only
//! correct.

use crate::header::Header;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rlp::{BufMut, Encodable};
use alloy_trie::{Nibbles, proof::verify_proof, root::ordered_trie_root_with_encoder};
use thiserror::Error;

/// Transactions of a block, at most: ten times what the largest payload holds.
pub const ITEMS_MAX: usize = 100_000;
/// Nodes in the proof of one of them: an index has at most four bytes, and so eight nibbles.
pub const NODES_MAX: usize = 16;
/// Fields of a receipt.
const RECEIPT_FIELDS: usize = 4;
/// Topics of an event: what the EVM can write.
const TOPICS_MAX: usize = 4;
/// Events of a receipt, at most: a block of 2^32 gas could write as many.
const EVENTS_MAX: usize = 10_000_000;

/// Why something is not what a header commits to.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InclusionError {
    /// More items than a block has.
    #[error("a block has at most {ITEMS_MAX} transactions, here are {found}")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// The items are not those of the block, or not all, or not in their order.
    #[error("the {what} are not those that the header commits to")]
    OtherRoot {
        /// Transactions or receipts.
        what: &'static str,
    },
    /// The nodes do not lead from the root to the item.
    #[error("the nodes do not lead from the root to the item")]
    Trie,
    /// There are more or fewer receipts than transactions.
    #[error("{transactions} transactions, but {receipts} receipts")]
    Count {
        /// Number of transactions.
        transactions: usize,
        /// Number of receipts.
        receipts: usize,
    },
    /// The block cannot be read.
    #[error("the block is not a list of a header, its transactions and what belongs to them")]
    Block,
    /// A receipt cannot be read.
    #[error("receipt {index} cannot be read")]
    Receipt {
        /// Its place in the block.
        index: usize,
    },
    /// A reported event is not the one of the block.
    #[error("the event {index} of the report is not the block's")]
    Event {
        /// Its place in the report.
        index: usize,
    },
    /// The report has more or fewer events than the block.
    #[error("the report has {found} events, the block {expected}")]
    EventCount {
        /// In the report.
        found: usize,
        /// In the block.
        expected: usize,
    },
}

/// Parts of an encoded block, at most: header, transactions, ommers, withdrawals.
const BLOCK_PARTS_MAX: usize = 4;

/// A block taken apart; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitBlock {
    /// The encoded header.
    pub header: Bytes,
    /// Its transactions, as EIP-2718 encodes them.
    pub transactions: Vec<Bytes>,
}

/// Takes an encoded block apart, as `debug_getRawBlock` gives it.
///
/// # Errors
/// [`InclusionError::Block`].
pub fn split_block(encoded: &[u8]) -> Result<SplitBlock, InclusionError> {
    split(encoded).ok_or(InclusionError::Block)
}

fn split(encoded: &[u8]) -> Option<SplitBlock> {
    let parts = crate::header::items(encoded, BLOCK_PARTS_MAX)?;
    let transactions = crate::header::items(parts.get(1)?, ITEMS_MAX)?;
    // Those of the first type are lists and stand as they are; others are byte strings.
    let inner = |item: &&[u8]| match item.first()? {
        0xc0.. => Some(Bytes::copy_from_slice(item)),
        _ => crate::header::value(item),
    };
    Some(SplitBlock {
        header: Bytes::copy_from_slice(parts.first()?),
        transactions: transactions.iter().map(inner).collect::<Option<_>>()?,
    })
}

/// An event of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Place of its transaction in the block.
    pub transaction_index: usize,
    /// The contract.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
}

/// Root of the trie in which item `i` stands under `rlp(i)`; items are encoded as in EIP-2718.
pub fn ordered_root(items: &[Bytes]) -> B256 {
    ordered_trie_root_with_encoder(items, |item, buffer| buffer.put_slice(item))
}

/// Checks that these are all transactions of the block, in their order, and gives their hashes.
///
/// # Errors
/// [`InclusionError::TooMany`] and [`InclusionError::OtherRoot`].
pub fn verify_transactions(header: &Header, transactions: &[Bytes]) -> Result<Vec<B256>, InclusionError> {
    verify_all(header.transactions_root, transactions, "transactions")?;
    Ok(transactions.iter().map(keccak256).collect())
}

/// Checks that these are all receipts of the block, in their order.
///
/// # Errors
/// [`InclusionError::TooMany`] and [`InclusionError::OtherRoot`].
pub fn verify_receipts(header: &Header, receipts: &[Bytes]) -> Result<(), InclusionError> {
    verify_all(header.receipts_root, receipts, "receipts")
}

fn verify_all(root: B256, items: &[Bytes], what: &'static str) -> Result<(), InclusionError> {
    if items.len() > ITEMS_MAX {
        return Err(InclusionError::TooMany { found: items.len() });
    }
    if ordered_root(items) == root {
        Ok(())
    } else {
        Err(InclusionError::OtherRoot { what })
    }
}

/// Checks that `item` stands at `index` in the trie with this root, by the nodes of its path.
///
/// # Errors
/// [`InclusionError::Trie`].
pub fn verify_item(root: B256, index: usize, item: &[u8], nodes: &[Bytes]) -> Result<(), InclusionError> {
    if nodes.len() > NODES_MAX {
        return Err(InclusionError::Trie);
    }
    let mut key = Vec::new();
    index.encode(&mut key);
    verify_proof(root, Nibbles::unpack(key), Some(item.to_vec()), nodes).map_err(|_| InclusionError::Trie)
}

/// All events of a block, from all its receipts.
///
/// # Errors
/// As [`verify_receipts`], and [`InclusionError::Receipt`].
pub fn events(header: &Header, receipts: &[Bytes]) -> Result<Vec<Event>, InclusionError> {
    verify_receipts(header, receipts)?;
    let mut events = Vec::new();
    for (index, receipt) in receipts.iter().enumerate() {
        read_events(index, receipt, &mut events).ok_or(InclusionError::Receipt { index })?;
    }
    Ok(events)
}

/// Checks that `reported` is every event of the block that `wanted` asks for, each once and in their order.
///
/// # Errors
/// As [`events`], [`InclusionError::Event`] and [`InclusionError::EventCount`].
pub fn verify_report(
    header: &Header,
    receipts: &[Bytes],
    reported: &[Event],
    wanted: impl Fn(&Event) -> bool,
) -> Result<(), InclusionError> {
    let mut expected = events(header, receipts)?;
    expected.retain(wanted);
    let differs = expected
        .iter()
        .zip(reported)
        .position(|(one, other)| one != other);
    if let Some(index) = differs {
        return Err(InclusionError::Event { index });
    }
    if expected.len() != reported.len() {
        let (found, expected) = (reported.len(), expected.len());
        return Err(InclusionError::EventCount { found, expected });
    }
    Ok(())
}

/// Whether the transaction of a receipt succeeded; none for what is no receipt, or one from before Byzantium.
pub fn succeeded(receipt: &[u8]) -> Option<bool> {
    crate::header::value(crate::header::items(body(receipt)?, RECEIPT_FIELDS)?.first()?)
}

/// A receipt without the byte of its type, if it has one.
fn body(receipt: &[u8]) -> Option<&[u8]> {
    match receipt.split_first()? {
        (kind, rest) if *kind < 0x80 => Some(rest),
        _ => Some(receipt),
    }
}

/// A receipt is `[status, gas, bloom, [[address, [topics], data]]]`, behind a byte of its type if it has one.
fn read_events(transaction_index: usize, receipt: &[u8], events: &mut Vec<Event>) -> Option<()> {
    let fields = crate::header::items(body(receipt)?, RECEIPT_FIELDS)?;
    for event in crate::header::items(fields.get(3)?, EVENTS_MAX)? {
        let [address, topics, data] = crate::header::items(event, 3)?.try_into().ok()?;
        let topics = crate::header::items(topics, TOPICS_MAX)?;
        events.push(Event {
            transaction_index,
            address: crate::header::value(address)?,
            topics: topics
                .into_iter()
                .map(crate::header::value)
                .collect::<Option<_>>()?,
            data: crate::header::value(data)?,
        });
    }
    Some(())
}
