//! The payload: what consensus orders. A batch of transactions and a commitment to earlier results.
//!
//! Order first, execute after: the payload of height `h` is executed into the block of height `h` once it is
//! final, and a payload of height `h + 1` or `h + 2` commits to the header of that block. So the certificate
//! over the later payload proves the results of the earlier one, and no vote waits for execution.
//!
//! The digest covers the header only; the header commits to the body. A proof of a result is therefore a
//! certificate, a payload header and an Ethereum header: no transaction is needed to check it.
//!
//! Payloads of a partition ledger also name a block of the main ledger, whose state says who may do what there. They
//! have a version of the encoding of their own; those of the main ledger do not change by it.

use crate::Height;
use alloy_primitives::{B256, Bytes};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Separates payload digests from every other hash (the trailing byte is the version of the encoding).
const DOMAIN: &[u8; 16] = b"civitas.payload\x01";
/// The same for payloads that name a block of the main ledger.
const LINKED_DOMAIN: &[u8; 16] = b"civitas.payload\x02";
/// Domain, ledger, height, parent, time, proposer, result height, result hash, count, length, body hash.
const HEADER_BYTES: usize = 16 + 8 + 8 + 32 + 8 + 32 + 8 + 32 + 4 + 4 + 32;
/// Height and hash of the block of the main ledger, behind the other fields.
const LINK_BYTES: usize = 8 + 32;

/// The executed block that a payload commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultCommitment {
    /// Height of the block.
    pub height: Height,
    /// Hash of its Ethereum header.
    pub block_hash: B256,
}

/// A block of the main ledger that a payload of a partition ledger is executed against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MainLink {
    /// Height of the block.
    pub height: Height,
    /// Hash of its Ethereum header.
    pub block_hash: B256,
}

/// The part of a payload that its digest, and so a certificate, covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadHeader {
    /// Chain id of the ledger: a payload of one ledger means nothing on another.
    pub ledger: u64,
    /// Height of the payload and of the block that it becomes.
    pub height: Height,
    /// Digest of the payload before it.
    pub parent: B256,
    /// Milliseconds since the Unix epoch; never below the parent's.
    pub timestamp_ms: u64,
    /// Public key of the validator that proposed it.
    pub proposer: B256,
    /// The newest result that the proposer committed to.
    pub result: ResultCommitment,
    /// Number of transactions.
    pub transaction_count: u32,
    /// Length of the encoded body in bytes.
    pub body_bytes: u32,
    /// SHA-256 of the encoded body.
    pub body_hash: B256,
    /// The block of the main ledger that it is executed against; none on the main ledger itself.
    pub main: Option<MainLink>,
}

/// A payload. Made by [`Payload::new`] or [`Payload::decode`], so that header and body agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    header: PayloadHeader,
    transactions: Vec<Bytes>,
    digest: B256,
}

/// Bounds that a decoder enforces before it allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadLimits {
    /// Bytes of the body, at most.
    pub body_bytes_max: u32,
    /// Number of transactions, at most.
    pub transactions_max: u32,
}

/// Why bytes are not a payload.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PayloadError {
    /// The encoding ends too early.
    #[error("a payload needs {needed} bytes, {found} are there")]
    Truncated {
        /// Bytes that are needed.
        needed: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The first bytes are not those of a payload of this version.
    #[error("the bytes do not begin like a payload of version 1 or 2")]
    UnknownVersion,
    /// A count or length is above its bound.
    #[error("{what} is {found}, at most {max} is allowed")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its value.
        found: u32,
        /// The bound.
        max: u32,
    },
    /// The body is not the one that the header commits to.
    #[error("the body does not match the header of the payload")]
    BodyMismatch,
}

impl PayloadHeader {
    /// Length of the longest encoded header in bytes.
    pub const ENCODED_BYTES_MAX: usize = HEADER_BYTES + LINK_BYTES;

    /// Length of the encoded header in bytes.
    pub const fn encoded_bytes(&self) -> usize {
        match self.main {
            Some(_) => HEADER_BYTES + LINK_BYTES,
            None => HEADER_BYTES,
        }
    }

    /// The canonical encoding: the domain, then the fields in their order, integers big-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_bytes());
        let domain = self.main.map_or(DOMAIN, |_| LINKED_DOMAIN);
        bytes.extend_from_slice(domain);
        bytes.extend_from_slice(&self.ledger.to_be_bytes());
        bytes.extend_from_slice(&self.height.get().to_be_bytes());
        bytes.extend_from_slice(self.parent.as_slice());
        bytes.extend_from_slice(&self.timestamp_ms.to_be_bytes());
        bytes.extend_from_slice(self.proposer.as_slice());
        bytes.extend_from_slice(&self.result.height.get().to_be_bytes());
        bytes.extend_from_slice(self.result.block_hash.as_slice());
        bytes.extend_from_slice(&self.transaction_count.to_be_bytes());
        bytes.extend_from_slice(&self.body_bytes.to_be_bytes());
        bytes.extend_from_slice(self.body_hash.as_slice());
        if let Some(main) = &self.main {
            bytes.extend_from_slice(&main.height.get().to_be_bytes());
            bytes.extend_from_slice(main.block_hash.as_slice());
        }
        bytes
    }

    /// Length of the encoded header that begins with `domain`, the first [`Self::DOMAIN_BYTES`] bytes.
    ///
    /// # Errors
    /// [`PayloadError::UnknownVersion`].
    pub fn encoded_bytes_of(domain: [u8; Self::DOMAIN_BYTES]) -> Result<usize, PayloadError> {
        match &domain {
            DOMAIN => Ok(HEADER_BYTES),
            LINKED_DOMAIN => Ok(HEADER_BYTES + LINK_BYTES),
            _ => Err(PayloadError::UnknownVersion),
        }
    }

    /// Bytes at the front of a header that tell its version, and so its length.
    pub const DOMAIN_BYTES: usize = 16;

    /// Reads a header from the front of `bytes` and moves behind it.
    ///
    /// # Errors
    /// [`PayloadError::Truncated`] and [`PayloadError::UnknownVersion`].
    pub fn decode(bytes: &mut &[u8]) -> Result<Self, PayloadError> {
        require(bytes.len(), HEADER_BYTES)?;
        let needed = Self::encoded_bytes_of(bytes.first_chunk().copied().unwrap_or_default())?;
        require(bytes.len(), needed)?;
        take::<{ Self::DOMAIN_BYTES }>(bytes);
        let header = Self {
            ledger: u64::from_be_bytes(take(bytes)),
            height: Height::new(u64::from_be_bytes(take(bytes))),
            parent: B256::new(take(bytes)),
            timestamp_ms: u64::from_be_bytes(take(bytes)),
            proposer: B256::new(take(bytes)),
            result: ResultCommitment {
                height: Height::new(u64::from_be_bytes(take(bytes))),
                block_hash: B256::new(take(bytes)),
            },
            transaction_count: u32::from_be_bytes(take(bytes)),
            body_bytes: u32::from_be_bytes(take(bytes)),
            body_hash: B256::new(take(bytes)),
            main: None,
        };
        let main = (needed > HEADER_BYTES).then(|| MainLink {
            height: Height::new(u64::from_be_bytes(take(bytes))),
            block_hash: B256::new(take(bytes)),
        });
        Ok(Self { main, ..header })
    }

    /// SHA-256 of the encoding: what consensus votes on.
    pub fn digest(&self) -> B256 {
        B256::new(Sha256::digest(self.encode()).into())
    }
}

impl Payload {
    /// Joins transactions (EIP-2718 encoded) to a header, whose count, length and body hash are set here.
    pub fn new(mut header: PayloadHeader, transactions: Vec<Bytes>) -> Self {
        let body = encode_body(&transactions);
        header.transaction_count = count(transactions.len());
        header.body_bytes = count(body.len());
        header.body_hash = B256::new(Sha256::digest(&body).into());
        let digest = header.digest();
        Self {
            header,
            transactions,
            digest,
        }
    }

    /// The first payload of a ledger: no transactions, commits to the genesis block, proposed by nobody.
    pub fn genesis(ledger: u64, timestamp_ms: u64, block_hash: B256) -> Self {
        let header = PayloadHeader {
            ledger,
            height: Height::GENESIS,
            parent: B256::ZERO,
            timestamp_ms,
            proposer: B256::ZERO,
            result: ResultCommitment {
                height: Height::GENESIS,
                block_hash,
            },
            transaction_count: 0,
            body_bytes: 0,
            body_hash: B256::ZERO,
            main: None,
        };
        Self::new(header, Vec::new())
    }

    /// The header.
    pub const fn header(&self) -> &PayloadHeader {
        &self.header
    }

    /// The ordered transactions, EIP-2718 encoded. They need not be executable, nor even decodable.
    pub fn transactions(&self) -> &[Bytes] {
        &self.transactions
    }

    /// SHA-256 of the encoded header.
    pub const fn digest(&self) -> B256 {
        self.digest
    }

    /// Length of the encoding in bytes.
    pub fn encoded_bytes(&self) -> usize {
        self.header.encoded_bytes() + self.transactions.iter().map(|raw| raw.len() + 4).sum::<usize>()
    }

    /// The canonical encoding: the header, then every transaction behind its length (u32, big-endian).
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_bytes());
        bytes.extend_from_slice(&self.header.encode());
        bytes.extend_from_slice(&encode_body(&self.transactions));
        bytes
    }

    /// Reads a payload from the front of `bytes` and moves behind it. The transactions share `bytes`' memory.
    ///
    /// # Errors
    /// See [`PayloadError`].
    pub fn decode(bytes: &mut Bytes, limits: PayloadLimits) -> Result<Self, PayloadError> {
        let mut rest: &[u8] = bytes;
        let header = PayloadHeader::decode(&mut rest)?;
        within("body_bytes", header.body_bytes, limits.body_bytes_max)?;
        within(
            "transaction_count",
            header.transaction_count,
            limits.transactions_max,
        )?;
        let body_bytes = header.body_bytes as usize;
        let header_bytes = header.encoded_bytes();
        let needed = header_bytes + body_bytes;
        require(bytes.len(), needed)?;
        let body = bytes.slice(header_bytes..needed);
        if B256::new(Sha256::digest(&body).into()) != header.body_hash {
            return Err(PayloadError::BodyMismatch);
        }
        let transactions = decode_body(&body, header.transaction_count)?;
        *bytes = bytes.slice(needed..);
        let digest = header.digest();
        Ok(Self {
            header,
            transactions,
            digest,
        })
    }
}

fn encode_body(transactions: &[Bytes]) -> Vec<u8> {
    let mut body = Vec::with_capacity(transactions.iter().map(|raw| raw.len() + 4).sum());
    for raw in transactions {
        body.extend_from_slice(&count(raw.len()).to_be_bytes());
        body.extend_from_slice(raw);
    }
    body
}

fn decode_body(body: &Bytes, transaction_count: u32) -> Result<Vec<Bytes>, PayloadError> {
    let mut transactions = Vec::new();
    let mut position = 0;
    while position < body.len() {
        let Some(mut prefix) = body.get(position..position + 4) else {
            return Err(PayloadError::BodyMismatch);
        };
        let length = u32::from_be_bytes(take(&mut prefix)) as usize;
        position += 4;
        if length > body.len() - position {
            return Err(PayloadError::BodyMismatch);
        }
        transactions.push(body.slice(position..position + length));
        position += length;
    }
    if count(transactions.len()) == transaction_count {
        Ok(transactions)
    } else {
        Err(PayloadError::BodyMismatch)
    }
}

fn within(what: &'static str, found: u32, max: u32) -> Result<(), PayloadError> {
    if found <= max {
        Ok(())
    } else {
        Err(PayloadError::TooLarge { what, found, max })
    }
}

/// Lengths are bounded by [`PayloadLimits`] far below `u32::MAX`; saturation makes a larger one fail to decode.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn require(found: usize, needed: usize) -> Result<(), PayloadError> {
    if found < needed {
        return Err(PayloadError::Truncated { needed, found });
    }
    Ok(())
}

/// Takes `N` bytes off the front; the caller has checked that they are there.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let mut field = [0; N];
    let (head, tail) = bytes.split_at(N);
    field.copy_from_slice(head);
    *bytes = tail;
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PayloadLimits = PayloadLimits {
        body_bytes_max: 1_000,
        transactions_max: 3,
    };

    fn sample(transactions: Vec<Bytes>) -> Payload {
        let mut header = Payload::genesis(7, 42, B256::repeat_byte(9)).header().clone();
        header.height = Height::new(5);
        Payload::new(header, transactions)
    }

    #[test]
    fn encoding_round_trips_and_leaves_what_follows() {
        let payload = sample(vec![
            Bytes::from_static(b"one"),
            Bytes::new(),
            Bytes::from_static(b"three"),
        ]);
        let mut encoded = payload.encode();
        assert_eq!(encoded.len(), payload.encoded_bytes());
        encoded.push(77);
        let mut bytes = Bytes::from(encoded);
        assert_eq!(Payload::decode(&mut bytes, LIMITS), Ok(payload));
        assert_eq!(bytes.as_ref(), [77]);
    }

    #[test]
    fn a_block_of_the_main_ledger_follows_the_other_fields() {
        let plain = sample(vec![Bytes::from_static(b"one")]);
        let main = MainLink {
            height: Height::new(3),
            block_hash: B256::repeat_byte(4),
        };
        let header = PayloadHeader {
            main: Some(main),
            ..plain.header().clone()
        };
        let linked = Payload::new(header, plain.transactions().to_vec());
        assert_ne!(linked.digest(), plain.digest());
        let encoded = linked.encode();
        assert_eq!(encoded.len(), plain.encoded_bytes() + LINK_BYTES);
        assert_eq!(
            linked.header().encode()[16..HEADER_BYTES],
            plain.encode()[16..HEADER_BYTES]
        );
        for length in 0..encoded.len() {
            let cut = Payload::decode(&mut Bytes::copy_from_slice(&encoded[..length]), LIMITS);
            assert!(
                matches!(cut, Err(PayloadError::Truncated { .. })),
                "{length} bytes"
            );
        }
        assert_eq!(Payload::decode(&mut Bytes::from(encoded), LIMITS), Ok(linked));
    }

    #[test]
    fn every_flipped_byte_is_refused_or_changes_the_digest() {
        let payload = sample(vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")]);
        let encoded = payload.encode();
        for position in 0..encoded.len() {
            let mut damaged = encoded.clone();
            damaged[position] ^= 1;
            if let Ok(other) = Payload::decode(&mut Bytes::from(damaged), LIMITS) {
                assert_ne!(other.digest(), payload.digest(), "byte {position} is not covered");
            }
        }
    }

    #[test]
    fn bounds_are_enforced() {
        let four = sample(vec![Bytes::new(); 4]).encode();
        let error = Payload::decode(&mut Bytes::from(four), LIMITS);
        assert!(matches!(
            error,
            Err(PayloadError::TooLarge {
                what: "transaction_count",
                found: 4,
                max: 3
            })
        ));
        let cut = sample(vec![Bytes::from_static(b"one")]).encode();
        for length in 0..cut.len() {
            let error = Payload::decode(&mut Bytes::copy_from_slice(&cut[..length]), LIMITS);
            assert!(
                matches!(error, Err(PayloadError::Truncated { .. })),
                "{length} bytes"
            );
        }
    }
}
