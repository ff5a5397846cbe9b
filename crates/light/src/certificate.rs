//! Certificates of our own ledgers: a quorum's signatures over the header of a payload, which commits to the block.
//!
//! ```text
//! header of block h ─▶ … ─▶ header of the result ◀── payload header ◀── certificate ◀── validators of the epoch
//!        (parent hashes)          (hash)                (SHA-256)          (Ed25519)
//! ```
//! Written from `docs/developer/proofs.md`, not from the code of the nodes: what that page says must be enough. The steps
//! are checked in its order, and an error says at which [`Step`] a certificate fell.

use crate::{
    bytes::{BytesError, Reader, push_varint, sha256},
    ed25519,
    header::{Header, HeaderError},
};
use alloy_primitives::{B256, hex};
use thiserror::Error;

/// Kind of the certificates of the Byzantine fault tolerant engine.
pub const SIMPLEX: &str = "simplex-ed25519-v1";
/// Kind of the certificates of a ledger that one validator orders alone.
pub const SOLO: &str = "solo-v1";
/// Headers between a block and the result that a payload commits to: one or two as a rule; nodes search 16 payloads.
pub const HEADERS_MAX: usize = 64;
/// Validators of an epoch, at most: the system contract allows 100, and a little room costs nothing.
pub const VALIDATORS_MAX: usize = 1_000;

const DOMAIN: &[u8; 15] = b"civitas.payload";
const VERSION_MAIN: u8 = 1;
const VERSION_PARTITION: u8 = 2;

/// What a client knows of a ledger beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTrust {
    /// Its chain id.
    pub chain_id: u64,
    /// Heights of an epoch.
    pub epoch_blocks: u64,
    /// Hash of the genesis block.
    pub genesis_hash: B256,
    /// Time of the genesis block in seconds since the Unix epoch.
    pub genesis_seconds: u64,
    /// Ed25519 keys of the validators of the epoch, in any order.
    pub validators: Vec<[u8; 32]>,
}

/// A certificate as a node hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockCertificate {
    /// Height of the block.
    pub height: u64,
    /// Hash of the block.
    pub block_hash: B256,
    /// Encoded headers, from that of the block to that of the result.
    pub headers: Vec<Vec<u8>>,
    /// Encoded header of the payload.
    pub payload_header: Vec<u8>,
    /// Name of the encoding of the certificate.
    pub kind: String,
    /// The encoded certificate.
    pub encoded: Vec<u8>,
}

/// A block that is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its header.
    pub header: Header,
    /// Height of the payload that commits to it or to a block above it.
    pub payload_height: u64,
    /// What the validators signed.
    pub digest: B256,
    /// Epoch of the validators.
    pub epoch: u64,
    /// Keys of those who signed, in their order.
    pub signers: Vec<[u8; 32]>,
    /// Block of the main ledger that the payload of a partition ledger was judged by.
    pub link: Option<(u64, B256)>,
}

/// The steps of a check, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The headers lead from the block to the result.
    Headers,
    /// The payload header can be read, and the certificate is over it.
    Payload,
    /// It is of this ledger.
    Ledger,
    /// It commits to the last header.
    Result,
    /// The certificate is of the payload's epoch and of its validators.
    Epoch,
    /// Enough validators signed.
    Quorum,
    /// The signatures hold.
    Signatures,
}

impl Step {
    /// Its name in the interface of the browser.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Payload => "payload",
            Self::Ledger => "ledger",
            Self::Result => "result",
            Self::Epoch => "epoch",
            Self::Quorum => "quorum",
            Self::Signatures => "signatures",
        }
    }
}

/// Why a certificate proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CertificateError {
    /// No header, or more than [`HEADERS_MAX`].
    #[error("{found} headers lead nowhere: there is one to {HEADERS_MAX}")]
    HeaderCount {
        /// How many there are.
        found: usize,
    },
    /// A header cannot be read.
    #[error("header {index} cannot be read")]
    Header {
        /// Its place.
        index: usize,
        /// Why.
        #[source]
        source: HeaderError,
    },
    /// The first header is not that of the block.
    #[error("the first header is not the block's")]
    OtherBlock,
    /// The block has another height.
    #[error("the header is of height {found}")]
    OtherHeight {
        /// The height in the header.
        found: u64,
    },
    /// A header does not follow the one before it.
    #[error("header {index} does not follow the one before it")]
    Broken {
        /// Its place.
        index: usize,
    },
    /// The payload header is none.
    #[error("that is no payload header")]
    NoPayload,
    /// The payload header is of another ledger.
    #[error("the payload is of ledger {found}")]
    OtherLedger {
        /// Its chain id.
        found: u64,
    },
    /// The payload commits to another block.
    #[error("the payload commits to another block")]
    OtherResult,
    /// The encoding of the certificate is not known.
    #[error("the kind of the certificate is not known")]
    UnknownKind,
    /// The certificate is over another payload.
    #[error("the certificate is over another payload")]
    OtherPayload,
    /// What is known of the ledger cannot be: no epochs, no validators, too many or one twice.
    #[error("the validators or epochs that are known cannot be those of a ledger")]
    Trust,
    /// The certificate is of another epoch than the payload.
    #[error("the certificate is of epoch {found}, the payload of {expected}")]
    OtherEpoch {
        /// Epoch of the certificate.
        found: u64,
        /// Epoch of the payload.
        expected: u64,
    },
    /// The certificate is of other validators.
    #[error("the certificate is of other validators")]
    OtherValidators,
    /// The signers are not told as they must be.
    #[error("the certificate names signers who are no validators, or another number of signatures")]
    Signers,
    /// Too few signed.
    #[error("{found} of {validators} are no quorum, {needed} must sign")]
    NoQuorum {
        /// How many signed.
        found: usize,
        /// How many there are.
        validators: usize,
        /// How many must.
        needed: usize,
    },
    /// A signature does not hold.
    #[error("the signature of 0x{} does not hold", hex::encode(signer))]
    Signature {
        /// Key of the validator.
        signer: [u8; 32],
    },
    /// The certificate cannot be read.
    #[error("the certificate cannot be read")]
    Malformed(#[from] BytesError),
}

impl CertificateError {
    /// At which step the certificate fell.
    pub const fn step(&self) -> Step {
        match self {
            Self::HeaderCount { .. }
            | Self::Header { .. }
            | Self::OtherBlock
            | Self::OtherHeight { .. }
            | Self::Broken { .. } => Step::Headers,
            Self::NoPayload | Self::UnknownKind | Self::OtherPayload => Step::Payload,
            Self::OtherLedger { .. } => Step::Ledger,
            Self::OtherResult => Step::Result,
            Self::Trust | Self::OtherEpoch { .. } | Self::OtherValidators => Step::Epoch,
            Self::Signers | Self::NoQuorum { .. } => Step::Quorum,
            Self::Signature { .. } | Self::Malformed(_) => Step::Signatures,
        }
    }
}

/// How many of `validators` must sign: all but a third, rounded down.
pub const fn quorum(validators: usize) -> usize {
    validators - validators.saturating_sub(1) / 3
}

/// Checks that the block of `certificate` is final on the ledger.
///
/// # Errors
/// See [`CertificateError`].
pub fn verify(trust: &LedgerTrust, certificate: &BlockCertificate) -> Result<Proven, CertificateError> {
    let (header, result) = check_headers(certificate)?;
    let payload = PayloadHeader::decode(&certificate.payload_header)?;
    if payload.ledger != trust.chain_id {
        return Err(CertificateError::OtherLedger {
            found: payload.ledger,
        });
    }
    if payload.result != (result.number, result.hash) {
        return Err(CertificateError::OtherResult);
    }
    let keys = ordered(trust)?;
    let signed = Signed {
        trust,
        keys: &keys,
        digest: sha256(&[&certificate.payload_header]),
        epoch: payload.height / trust.epoch_blocks,
    };
    let signers = match certificate.kind.as_str() {
        SIMPLEX => signed.simplex(&certificate.encoded)?,
        SOLO => signed.solo(&certificate.encoded)?,
        _ => return Err(CertificateError::UnknownKind),
    };
    Ok(Proven {
        header,
        payload_height: payload.height,
        digest: B256::new(signed.digest),
        epoch: signed.epoch,
        signers,
        link: payload.link,
    })
}

/// Height in an encoded payload header, which tells the epoch of its validators; nothing of it is verified.
///
/// # Errors
/// [`CertificateError::NoPayload`].
pub fn payload_height(encoded: &[u8]) -> Result<u64, CertificateError> {
    Ok(PayloadHeader::decode(encoded)?.height)
}

/// The header of the block, and that of the result.
fn check_headers(certificate: &BlockCertificate) -> Result<(Header, Header), CertificateError> {
    let count = certificate.headers.len();
    if count > HEADERS_MAX {
        return Err(CertificateError::HeaderCount { found: count });
    }
    let mut chain: Option<(Header, Header)> = None;
    for (index, encoded) in certificate.headers.iter().enumerate() {
        let header = Header::decode(encoded).map_err(|source| CertificateError::Header { index, source })?;
        chain = Some(match chain {
            None if header.hash != certificate.block_hash => return Err(CertificateError::OtherBlock),
            None if header.number != certificate.height => {
                return Err(CertificateError::OtherHeight { found: header.number });
            }
            None => (header.clone(), header),
            Some((_, last)) if header.parent_hash != last.hash => {
                return Err(CertificateError::Broken { index });
            }
            Some((first, _)) => (first, header),
        });
    }
    chain.ok_or(CertificateError::HeaderCount { found: 0 })
}

/// The keys in their order, which the certificate counts by.
fn ordered(trust: &LedgerTrust) -> Result<Vec<[u8; 32]>, CertificateError> {
    let mut keys = trust.validators.clone();
    keys.sort_unstable();
    let twice = keys.windows(2).any(|pair| pair[0] == pair[1]);
    if twice || keys.is_empty() || keys.len() > VALIDATORS_MAX || trust.epoch_blocks == 0 {
        return Err(CertificateError::Trust);
    }
    Ok(keys)
}

/// The fields of a payload header that a verifier needs.
struct PayloadHeader {
    ledger: u64,
    height: u64,
    result: (u64, B256),
    link: Option<(u64, B256)>,
}

impl PayloadHeader {
    fn decode(bytes: &[u8]) -> Result<Self, CertificateError> {
        Self::read(bytes)
            .map_err(|_| CertificateError::NoPayload)?
            .ok_or(CertificateError::NoPayload)
    }

    fn read(bytes: &[u8]) -> Result<Option<Self>, BytesError> {
        let mut reader = Reader::new(bytes);
        let (domain, [version]) = (reader.array()?, reader.array()?);
        if domain != *DOMAIN || !matches!(version, VERSION_MAIN | VERSION_PARTITION) {
            return Ok(None);
        }
        let (ledger, height) = (reader.eight()?, reader.eight()?);
        // Parent, time, proposer.
        reader.take(32 + 8 + 32)?;
        let result = (reader.eight()?, B256::new(reader.array()?));
        // Transactions, bytes of the body, its hash.
        reader.take(4 + 4 + 32)?;
        let link = match version {
            VERSION_PARTITION => Some((reader.eight()?, B256::new(reader.array()?))),
            _ => None,
        };
        reader.done()?;
        Ok(Some(Self {
            ledger,
            height,
            result,
            link,
        }))
    }
}

/// The digest of the payload that stands for the genesis block.
fn genesis_digest(trust: &LedgerTrust) -> [u8; 32] {
    let milliseconds = trust.genesis_seconds.wrapping_mul(1_000).to_be_bytes();
    let chain_id = trust.chain_id.to_be_bytes();
    let nothing = sha256(&[]);
    sha256(&[
        DOMAIN,
        &[VERSION_MAIN],
        &chain_id,
        &[0; 8 + 32],
        &milliseconds,
        &[0; 32 + 8],
        trust.genesis_hash.as_slice(),
        &[0; 4 + 4],
        &nothing,
    ])
}

/// What a certificate must be over, and by whom.
struct Signed<'a> {
    trust: &'a LedgerTrust,
    /// In their order.
    keys: &'a [[u8; 32]],
    digest: [u8; 32],
    epoch: u64,
}

impl Signed<'_> {
    /// `varint(length of N) || N`, which every signed message begins with.
    fn namespace(&self, engine: &[u8], suffix: &[u8]) -> Vec<u8> {
        let chain_id = self.trust.chain_id.to_be_bytes();
        let genesis = genesis_digest(self.trust);
        let name = [engine, &[VERSION_MAIN], &chain_id, &genesis, suffix].concat();
        let mut bytes = Vec::with_capacity(name.len() + 2);
        push_varint(&mut bytes, name.len() as u64);
        bytes.extend_from_slice(&name);
        bytes
    }

    fn simplex(&self, encoded: &[u8]) -> Result<Vec<[u8; 32]>, CertificateError> {
        let mut reader = Reader::new(encoded);
        let (found, view, parent) = (reader.varint()?, reader.varint()?, reader.varint()?);
        if found != self.epoch {
            return Err(CertificateError::OtherEpoch {
                found,
                expected: self.epoch,
            });
        }
        if reader.array()? != self.digest {
            return Err(CertificateError::OtherPayload);
        }
        if reader.eight()? != self.keys.len() as u64 {
            return Err(CertificateError::OtherValidators);
        }
        let signers = self.signers(reader.take(self.keys.len().div_ceil(8))?)?;
        if reader.varint()? != signers.len() as u64 {
            return Err(CertificateError::Signers);
        }
        let needed = quorum(self.keys.len());
        if signers.len() < needed {
            let (found, validators) = (signers.len(), self.keys.len());
            return Err(CertificateError::NoQuorum {
                found,
                validators,
                needed,
            });
        }
        let mut message = self.namespace(b"civitas.simplex", b"_FINALIZE");
        for number in [found, view, parent] {
            push_varint(&mut message, number);
        }
        message.extend_from_slice(&self.digest);
        for signer in &signers {
            check_signature(signer, &message, &reader.array()?)?;
        }
        reader.done()?;
        Ok(signers)
    }

    /// The validators whose bits are set.
    fn signers(&self, bitmap: &[u8]) -> Result<Vec<[u8; 32]>, CertificateError> {
        let mut signers = Vec::new();
        for index in 0..bitmap.len() * 8 {
            let set = bitmap
                .get(index / 8)
                .is_some_and(|byte| byte >> (index % 8) & 1 == 1);
            match self.keys.get(index) {
                Some(key) if set => signers.push(*key),
                None if set => return Err(CertificateError::Signers),
                _ => {}
            }
        }
        Ok(signers)
    }

    fn solo(&self, encoded: &[u8]) -> Result<Vec<[u8; 32]>, CertificateError> {
        let mut reader = Reader::new(encoded);
        if reader.array()? != self.digest {
            return Err(CertificateError::OtherPayload);
        }
        let key = reader.array()?;
        if self.keys != [key] {
            return Err(CertificateError::OtherValidators);
        }
        let mut message = self.namespace(b"civitas.solo", b"");
        message.extend_from_slice(&self.digest);
        check_signature(&key, &message, &reader.array()?)?;
        reader.done()?;
        Ok(vec![key])
    }
}

fn check_signature(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), CertificateError> {
    if ed25519::verify(key, message, signature) {
        Ok(())
    } else {
        Err(CertificateError::Signature { signer: *key })
    }
}
