//! Ethereum's block header, as far as a verifier needs it: its hash, and the fields that lead on.
//!
//! Fields behind those of London are only counted: new forks append some, and the hash covers them all.

use alloy_primitives::{B256, keccak256};
use alloy_rlp::{Decodable, Header as RlpHeader};
use thiserror::Error;

/// Bytes of an encoded header, at most: those of our ledgers have some 600, of chains with a hundred validators 10,000.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Fields of a header, at least and at most: the yellow paper's, and room for the forks of years.
const FIELDS_MIN: usize = 15;
const FIELDS_MAX: usize = 40;

/// Why bytes are no header.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// Longer than [`HEADER_BYTES_MAX`].
    #[error("a header of {found} bytes is too long, {HEADER_BYTES_MAX} are allowed")]
    TooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// Not a list of byte strings in RLP.
    #[error("the bytes are no RLP list of byte strings")]
    NotRlp,
    /// Another number of fields than a header has.
    #[error("a header has {FIELDS_MIN} fields or a few more, here are {found}")]
    FieldCount {
        /// How many there are.
        found: usize,
    },
    /// A field is not what a header has there.
    #[error("the field {field} of the header cannot be read")]
    Field {
        /// Its name.
        field: &'static str,
    },
}

/// A decoded header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Keccak-256 of the encoding.
    pub hash: B256,
    /// Hash of the header before it.
    pub parent_hash: B256,
    /// Root of the state after the block.
    pub state_root: B256,
    /// Root of the trie of its transactions.
    pub transactions_root: B256,
    /// Root of the trie of its receipts.
    pub receipts_root: B256,
    /// Its height.
    pub number: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Difficulty, if it fits 64 bits; Byzantine chains write 1.
    pub difficulty: Option<u64>,
    /// Extra data: Byzantine chains keep their validators and seals there.
    pub extra_data: Vec<u8>,
    /// Mix hash: Byzantine chains write a mark there.
    pub mix_hash: B256,
    /// Nonce.
    pub nonce: [u8; 8],
}

impl Header {
    /// Reads an encoded header.
    ///
    /// # Errors
    /// See [`HeaderError`].
    pub fn decode(encoded: &[u8]) -> Result<Self, HeaderError> {
        let fields = fields(encoded)?;
        let field = |index: usize, name: &'static str| {
            let bytes = fields.get(index).copied();
            bytes.ok_or(HeaderError::Field { field: name })
        };
        let hash = |index, name| fixed(field(index, name)?, name).map(B256::new);
        let number = |index, name| number(field(index, name)?).ok_or(HeaderError::Field { field: name });
        Ok(Self {
            hash: keccak256(encoded),
            parent_hash: hash(0, "parentHash")?,
            state_root: hash(3, "stateRoot")?,
            transactions_root: hash(4, "transactionsRoot")?,
            receipts_root: hash(5, "receiptsRoot")?,
            difficulty: crate::header::number(field(7, "difficulty")?),
            number: number(8, "number")?,
            timestamp: number(11, "timestamp")?,
            extra_data: field(12, "extraData")?.to_vec(),
            mix_hash: hash(13, "mixHash")?,
            nonce: fixed(field(14, "nonce")?, "nonce")?,
        })
    }
}

/// The fields of a header, without their RLP heads.
pub(crate) fn fields(encoded: &[u8]) -> Result<Vec<&[u8]>, HeaderError> {
    if encoded.len() > HEADER_BYTES_MAX {
        return Err(HeaderError::TooLong { found: encoded.len() });
    }
    let fields = strings(encoded, FIELDS_MAX).ok_or(HeaderError::NotRlp)?;
    if fields.len() < FIELDS_MIN {
        return Err(HeaderError::FieldCount { found: fields.len() });
    }
    Ok(fields)
}

/// The byte strings of an RLP list that is the whole of `encoded`; none if it is no such list, or longer than `max`.
pub(crate) fn strings(encoded: &[u8], max: usize) -> Option<Vec<&[u8]>> {
    let mut rest = encoded;
    let mut payload = RlpHeader::decode_bytes(&mut rest, true).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut strings = Vec::new();
    while !payload.is_empty() {
        if strings.len() == max {
            return None;
        }
        strings.push(RlpHeader::decode_bytes(&mut payload, false).ok()?);
    }
    Some(strings)
}

fn fixed<const N: usize>(bytes: &[u8], field: &'static str) -> Result<[u8; N], HeaderError> {
    bytes.try_into().map_err(|_| HeaderError::Field { field })
}

/// A number without leading zeros; none if it does not fit 64 bits.
fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.first() == Some(&0) || bytes.len() > 8 {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

/// The items of an RLP list of any items, each with its head; none if the bytes are no such list, or it is longer than `max`.
pub(crate) fn items(encoded: &[u8], max: usize) -> Option<Vec<&[u8]>> {
    let mut rest = encoded;
    let mut payload = RlpHeader::decode_bytes(&mut rest, true).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut items = Vec::new();
    while !payload.is_empty() {
        if items.len() == max {
            return None;
        }
        let begin = payload;
        let mut behind = payload;
        let head = RlpHeader::decode(&mut behind).ok()?;
        let length = begin.len() - behind.len() + head.payload_length;
        let (item, next) = begin.split_at_checked(length)?;
        items.push(item);
        payload = next;
    }
    Some(items)
}

/// The value of one encoded item.
pub(crate) fn value<T: Decodable>(mut item: &[u8]) -> Option<T> {
    let value = T::decode(&mut item).ok()?;
    item.is_empty().then_some(value)
}
