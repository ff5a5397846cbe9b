//! The record of a block: everything that is known of it, as one item of the block journal.
//!
//! The record is the write-ahead log of the store. Once it is durable the block is, and state, trie and
//! indexes can be built from the records again. Its parts are compressed apart, so that a read of an old
//! height unpacks the change set alone and a log query the receipts alone.
//!
//! ```text
//! version (1)  5 x ( length as stored (u32)  length unpacked (u32) )  the parts
//! head:          hash  timestamp_ms  header RLP  ommers  [withdrawals]  omissions  senders  codes' hashes
//! transactions:  (EIP-2718 bytes)*
//! receipts:      (type  status or state root  cumulative gas  logs)*
//! changes:       see `change`
//! codes:         (code)*
//! ```
//! Integers are big-endian. A part whose two lengths differ is a zstd frame. Blooms are not stored: they
//! follow from the logs.

use crate::change::ChangeSet;
use crate::wire::{Malformed, Reader, put_bytes, put_count, put_number};
use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, TxType};
use alloy_eips::Typed2718;
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{Address, B256, Bytes, Log, LogData, keccak256};
use alloy_rlp::Decodable;
use civitas_types::{Block, Header, Height, Omission, Transaction};
use std::sync::Arc;

const VERSION: u8 = 1;
const PARTS: usize = 5;
/// Version and table of lengths.
const TABLE_BYTES: usize = 1 + PARTS * 8;
/// Level 1: a third of the bytes for about a microsecond a transaction; higher levels cost far more for
/// little.
const COMPRESSION_LEVEL: i32 = 1;
/// Shorter parts are stored as they are: nothing is gained.
const COMPRESSED_BYTES_MIN: usize = 96;
/// Refuses absurd lengths before memory is taken; a block of 300 million gas stays far below.
const PART_BYTES_MAX: usize = 1 << 30;

const HEAD: usize = 0;
const TRANSACTIONS: usize = 1;
const RECEIPTS: usize = 2;
const CHANGES: usize = 3;
const CODES: usize = 4;

/// What every reader of a record needs first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordHead {
    pub(crate) hash: B256,
    pub(crate) timestamp_ms: u64,
    pub(crate) header: Header,
    pub(crate) ommers: Vec<Header>,
    pub(crate) withdrawals: Option<Withdrawals>,
    pub(crate) omitted: Vec<Omission>,
    pub(crate) senders: Vec<Address>,
    pub(crate) code_hashes: Vec<B256>,
}

/// The bytes of a record, with access to its parts.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    bytes: bytes::Bytes,
}

impl Record {
    /// Joins block, changes and new codes (by their hashes) to a record.
    pub(crate) fn encode(
        block: &Block,
        changes: &ChangeSet,
        codes: &[(B256, Bytes)],
    ) -> Result<Self, Malformed> {
        let mut part = Vec::new();
        changes.encode(&mut part);
        Self::join(block, part, codes)
    }

    /// The record of the genesis block: nothing was before, so a digest of the first state takes the changes'
    /// place and tells one genesis from another.
    pub(crate) fn genesis(block: &Block, digest: &B256, codes: &[(B256, Bytes)]) -> Result<Self, Malformed> {
        Self::join(block, digest.to_vec(), codes)
    }

    /// The digest in the record of the genesis block.
    pub(crate) fn genesis_digest(&self) -> Result<B256, Malformed> {
        let part = self.part(CHANGES)?;
        let mut reader = Reader::new("the digest of the genesis state", &part);
        let digest = reader.b256()?;
        reader.end()?;
        Ok(digest)
    }

    fn join(block: &Block, changes: Vec<u8>, codes: &[(B256, Bytes)]) -> Result<Self, Malformed> {
        let mut parts: [Vec<u8>; PARTS] = Default::default();
        encode_head(&mut parts[HEAD], block, codes);
        for transaction in &block.transactions {
            put_bytes(&mut parts[TRANSACTIONS], transaction.raw());
        }
        for receipt in &block.receipts {
            encode_receipt(&mut parts[RECEIPTS], receipt);
        }
        parts[CHANGES] = changes;
        for (_, code) in codes {
            put_bytes(&mut parts[CODES], code);
        }
        Self::assemble(&parts)
    }

    fn assemble(parts: &[Vec<u8>; PARTS]) -> Result<Self, Malformed> {
        let too_large = |_| Malformed {
            what: "a block record (it is too large)",
        };
        let mut bytes = vec![VERSION];
        let mut stored = Vec::with_capacity(PARTS);
        for part in parts {
            let packed = pack(part);
            let length = packed.as_ref().map_or(part.len(), Vec::len);
            bytes.extend_from_slice(&u32::try_from(length).map_err(too_large)?.to_be_bytes());
            bytes.extend_from_slice(&u32::try_from(part.len()).map_err(too_large)?.to_be_bytes());
            stored.push(packed);
        }
        for (part, packed) in parts.iter().zip(&stored) {
            bytes.extend_from_slice(packed.as_ref().unwrap_or(part));
        }
        Ok(Self { bytes: bytes.into() })
    }

    /// Takes the bytes of a record; they are checked when a part is read.
    pub(crate) const fn new(bytes: bytes::Bytes) -> Self {
        Self { bytes }
    }

    /// The encoding.
    pub(crate) const fn as_bytes(&self) -> &bytes::Bytes {
        &self.bytes
    }

    fn part(&self, index: usize) -> Result<bytes::Bytes, Malformed> {
        let mut reader = Reader::new("a block record", &self.bytes);
        if reader.byte()? != VERSION {
            return Err(Malformed {
                what: "a block record (its version is unknown)",
            });
        }
        let mut position = TABLE_BYTES;
        for current in 0..PARTS {
            let stored = u32::from_be_bytes(reader.array()?) as usize;
            let unpacked = u32::from_be_bytes(reader.array()?) as usize;
            if current == index {
                let end = position
                    .checked_add(stored)
                    .filter(|end| *end <= self.bytes.len());
                let part = self.bytes.slice(position..end.ok_or(reader.malformed())?);
                return unpack(part, unpacked);
            }
            position = position
                .checked_add(stored)
                .filter(|end| *end <= self.bytes.len())
                .ok_or(reader.malformed())?;
        }
        Err(reader.malformed())
    }

    pub(crate) fn head(&self) -> Result<RecordHead, Malformed> {
        decode_head(&self.part(HEAD)?)
    }

    pub(crate) fn changes(&self, height: Height) -> Result<ChangeSet, Malformed> {
        ChangeSet::decode(height, &self.part(CHANGES)?)
    }

    /// EIP-2718 bytes of the transactions.
    pub(crate) fn raw_transactions(&self) -> Result<Vec<bytes::Bytes>, Malformed> {
        let part = self.part(TRANSACTIONS)?;
        let mut reader = Reader::new("the transactions of a block record", &part);
        let mut transactions = Vec::new();
        while !reader.is_empty() {
            transactions.push(part.slice_ref(reader.bytes()?));
        }
        Ok(transactions)
    }

    pub(crate) fn transaction_hashes(&self) -> Result<Vec<B256>, Malformed> {
        Ok(self.raw_transactions()?.iter().map(keccak256).collect())
    }

    pub(crate) fn receipts(&self) -> Result<Vec<ReceiptEnvelope>, Malformed> {
        let part = self.part(RECEIPTS)?;
        let mut reader = Reader::new("the receipts of a block record", &part);
        let mut receipts = Vec::new();
        while !reader.is_empty() {
            receipts.push(decode_receipt(&mut reader)?);
        }
        Ok(receipts)
    }

    /// A code of this block.
    pub(crate) fn code(&self, hash: &B256) -> Result<Option<Bytes>, Malformed> {
        let Some(index) = self.head()?.code_hashes.iter().position(|other| other == hash) else {
            return Ok(None);
        };
        let part = self.part(CODES)?;
        let mut reader = Reader::new("the codes of a block record", &part);
        for _ in 0..index {
            reader.bytes()?;
        }
        Ok(Some(Bytes::from(part.slice_ref(reader.bytes()?))))
    }

    /// The whole block. Senders are taken from the record: no signature is recovered.
    pub(crate) fn block(&self) -> Result<Block, Malformed> {
        let head = self.head()?;
        let undecodable = Malformed {
            what: "a transaction of a block record",
        };
        let raw = self.raw_transactions()?;
        if raw.len() != head.senders.len() {
            return Err(undecodable);
        }
        let mut transactions = Vec::with_capacity(raw.len());
        for (raw, sender) in raw.iter().zip(&head.senders) {
            let envelope = Transaction::decode_envelope(raw).map_err(|_| undecodable)?;
            transactions.push(Arc::new(Transaction::with_sender(envelope, *sender)));
        }
        Ok(Block {
            header: head.header,
            hash: head.hash,
            transactions,
            receipts: self.receipts()?,
            ommers: head.ommers,
            withdrawals: head.withdrawals,
            omitted: head.omitted,
            timestamp_ms: head.timestamp_ms,
        })
    }
}

fn pack(part: &[u8]) -> Option<Vec<u8>> {
    if part.len() < COMPRESSED_BYTES_MIN {
        return None;
    }
    zstd::bulk::compress(part, COMPRESSION_LEVEL)
        .ok()
        .filter(|packed| packed.len() < part.len())
}

fn unpack(part: bytes::Bytes, length: usize) -> Result<bytes::Bytes, Malformed> {
    if part.len() == length {
        return Ok(part);
    }
    let damaged = Malformed {
        what: "a compressed part of a block record",
    };
    if length > PART_BYTES_MAX {
        return Err(damaged);
    }
    let unpacked = zstd::bulk::decompress(&part, length).map_err(|_| damaged)?;
    if unpacked.len() == length {
        Ok(unpacked.into())
    } else {
        Err(damaged)
    }
}

fn encode_head(bytes: &mut Vec<u8>, block: &Block, codes: &[(B256, Bytes)]) {
    bytes.extend_from_slice(block.hash.as_slice());
    put_number(bytes, block.timestamp_ms);
    put_bytes(bytes, &alloy_rlp::encode(&block.header));
    put_bytes(bytes, &alloy_rlp::encode(&block.ommers));
    match &block.withdrawals {
        None => put_bytes(bytes, &[]),
        Some(withdrawals) => put_bytes(bytes, &alloy_rlp::encode(withdrawals)),
    }
    put_count(bytes, block.omitted.len());
    for omission in &block.omitted {
        bytes.extend_from_slice(omission.transaction.as_slice());
        put_bytes(bytes, omission.reason.as_bytes());
    }
    put_count(bytes, block.transactions.len());
    for transaction in &block.transactions {
        bytes.extend_from_slice(transaction.sender().as_slice());
    }
    put_count(bytes, codes.len());
    for (hash, _) in codes {
        bytes.extend_from_slice(hash.as_slice());
    }
}

fn decode_head(bytes: &[u8]) -> Result<RecordHead, Malformed> {
    let mut reader = Reader::new("the head of a block record", bytes);
    let (hash, timestamp_ms) = (reader.b256()?, reader.number()?);
    let header = rlp::<Header>(reader.bytes()?)?;
    let ommers = rlp::<Vec<Header>>(reader.bytes()?)?;
    let withdrawals = reader.bytes()?;
    let withdrawals = if withdrawals.is_empty() {
        None
    } else {
        Some(rlp::<Withdrawals>(withdrawals)?)
    };
    let mut omitted = Vec::new();
    for _ in 0..reader.count()? {
        let transaction = reader.b256()?;
        let reason = String::from_utf8(reader.bytes()?.to_vec()).map_err(|_| reader.malformed())?;
        omitted.push(Omission { transaction, reason });
    }
    let senders = (0..reader.count()?)
        .map(|_| reader.address())
        .collect::<Result<_, _>>()?;
    let code_hashes = (0..reader.count()?)
        .map(|_| reader.b256())
        .collect::<Result<_, _>>()?;
    reader.end()?;
    Ok(RecordHead {
        hash,
        timestamp_ms,
        header,
        ommers,
        withdrawals,
        omitted,
        senders,
        code_hashes,
    })
}

fn rlp<T: Decodable>(mut bytes: &[u8]) -> Result<T, Malformed> {
    let malformed = Malformed {
        what: "the RLP in a block record",
    };
    let value = T::decode(&mut bytes).map_err(|_| malformed)?;
    if bytes.is_empty() {
        Ok(value)
    } else {
        Err(malformed)
    }
}

const STATUS_FAILURE: u8 = 0;
const STATUS_SUCCESS: u8 = 1;
const STATUS_POST_STATE: u8 = 2;

fn encode_receipt(bytes: &mut Vec<u8>, receipt: &ReceiptEnvelope) {
    bytes.push(receipt.ty());
    let (status, gas) = receipt
        .as_receipt()
        .map_or((Eip658Value::Eip658(false), 0), |body| {
            (body.status, body.cumulative_gas_used)
        });
    match status {
        Eip658Value::Eip658(success) => bytes.push(if success { STATUS_SUCCESS } else { STATUS_FAILURE }),
        Eip658Value::PostState(root) => {
            bytes.push(STATUS_POST_STATE);
            bytes.extend_from_slice(root.as_slice());
        }
    }
    put_number(bytes, gas);
    put_count(bytes, receipt.logs().len());
    for log in receipt.logs() {
        bytes.extend_from_slice(log.address.as_slice());
        put_count(bytes, log.topics().len());
        for topic in log.topics() {
            bytes.extend_from_slice(topic.as_slice());
        }
        put_bytes(bytes, &log.data.data);
    }
}

fn decode_receipt(reader: &mut Reader<'_>) -> Result<ReceiptEnvelope, Malformed> {
    let kind = TxType::try_from(reader.byte()?).map_err(|_| reader.malformed())?;
    let status = match reader.byte()? {
        STATUS_FAILURE => Eip658Value::Eip658(false),
        STATUS_SUCCESS => Eip658Value::Eip658(true),
        STATUS_POST_STATE => Eip658Value::PostState(reader.b256()?),
        _ => return Err(reader.malformed()),
    };
    let cumulative_gas_used = reader.number()?;
    let mut logs = Vec::new();
    for _ in 0..reader.count()? {
        let address = reader.address()?;
        let topics = (0..reader.count()?)
            .map(|_| reader.b256())
            .collect::<Result<Vec<_>, _>>()?;
        let data = Bytes::copy_from_slice(reader.bytes()?);
        let data = LogData::new(topics, data).ok_or(reader.malformed())?;
        logs.push(Log { address, data });
    }
    Ok(ReceiptEnvelope::from_typed(
        kind,
        Receipt {
            status,
            cumulative_gas_used,
            logs,
        },
    ))
}
