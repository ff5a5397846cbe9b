//! Headers of foreign Byzantine chains of Ethereum's kind: QBFT and IBFT 2 (Besu), QBFT and IBFT (GoQuorum).
//!
//! All keep the validators and the seals of a quorum in the header's extra data, and differ in its form and in what is sealed:
//!
//! | dialect | extra data | the hash of the block is over | a seal is over |
//! | --- | --- | --- | --- |
//! | QBFT | `[vanity, validators, vote, round, seals]` | the header with round 0 and no seals | the header with its round and no seals |
//! | IBFT 2 | `[vanity, validators, vote, round, seals]` | the header without round and seals in the list | the header without seals in the list |
//! | IBFT | 32 bytes, then `[validators, proposer's seal, seals]` | the header with an empty list of seals | `keccak256(hash of the block \|\| 2)` |
//!
//! A header is judged by an older one that need not be its parent: more than a third of the old validators must have sealed
//! it, so at least one honest one who would not seal what is not final, and a quorum (two thirds, rounded up) of its own.
//! The validators must stand in the headers (not in a contract, which QBFT allows too).

use crate::{
    engine::{Assurance, Engine, Trusted},
    header::{Header, HeaderError, fields, items, strings},
    secp256k1,
};
use alloy_primitives::{Address, B256, b256, keccak256};
use alloy_rlp::{BufMut, Encodable, Header as RlpHeader};
use std::collections::BTreeSet;
use thiserror::Error;

/// Validators of a chain, at most: seals cost a millisecond each where this runs slowest.
pub const VALIDATORS_MAX: usize = 256;
/// What stands in the mix hash: "ctic, byzantine fault tolerance".
const MIX_HASH: B256 = b256!("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");
const VANITY_BYTES: usize = 32;
/// What a seal of IBFT says behind the hash.
const COMMIT: u8 = 2;
/// Place of the extra data in a header.
const EXTRA_DATA: usize = 12;

/// The form of the extra data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// QBFT of Besu and GoQuorum.
    Qbft,
    /// IBFT 2.0 of Besu.
    Ibft2,
    /// Istanbul BFT of GoQuorum (EIP-650).
    Ibft1,
}

/// Follows a chain by its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bft {
    /// The form of its headers.
    pub dialect: Dialect,
    /// Seconds for which a header may vouch for a newer one: shorter than validators need to leave with their keys and stake.
    pub trusting_seconds: u64,
    /// Seconds that clocks may differ.
    pub drift_seconds_max: u64,
}

/// A verified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BftTrust {
    /// Its height.
    pub height: u64,
    /// Hash of the block.
    pub hash: B256,
    /// Hash of the block before it; none for a root of trust that does not tell.
    pub parent_hash: Option<B256>,
    /// Seconds since the Unix epoch.
    pub seconds: u64,
    /// Root of the state: accounts and slots are proven by it ([`crate::state`]).
    pub state_root: B256,
    /// Root of the receipts: events are complete by it ([`crate::inclusion`]).
    pub receipts_root: B256,
    /// The validators that the header names.
    pub validators: BTreeSet<Address>,
}

/// Why a header proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BftError {
    /// Not a header.
    #[error("the header cannot be read")]
    Header(#[from] HeaderError),
    /// Not a header of a Byzantine chain.
    #[error("the field {field} is not that of a Byzantine chain")]
    NotByzantine {
        /// Its name.
        field: &'static str,
    },
    /// The extra data has another form.
    #[error("the extra data is not that of the dialect")]
    ExtraData,
    /// A validator stands twice in the header, or there are none or too many.
    #[error("the header names no validators, too many, or one twice")]
    Validators,
    /// The header is not above what is trusted.
    #[error("the header of height {found} is not above the trusted {trusted}")]
    NotAbove {
        /// Its height.
        found: u64,
        /// The trusted height.
        trusted: u64,
    },
    /// It is right above the trusted header, its seals hold, and it names another parent: who sealed both lies.
    #[error("the header does not follow the trusted one")]
    NotLinked {
        /// Its hash.
        hash: B256,
    },
    /// It is not later than what is trusted, or of the future.
    #[error("the time {found} is not between {after} and {before}")]
    Time {
        /// Its time in seconds.
        found: u64,
        /// It must be later than this.
        after: u64,
        /// It may be this at most.
        before: u64,
    },
    /// What is trusted is too old to vouch for anything.
    #[error("the trusted header is {seconds} seconds old, {max} are allowed")]
    Expired {
        /// Its age in seconds.
        seconds: u64,
        /// The bound.
        max: u64,
    },
    /// A seal is no signature, or of nobody who is a validator, or there are two of one.
    #[error("seal {index} is not that of a validator, or the second of one")]
    Seal {
        /// Its place.
        index: usize,
    },
    /// Too few of its own validators sealed it.
    #[error("{found} of {validators} validators sealed the header, {needed} must")]
    NoQuorum {
        /// How many sealed it.
        found: usize,
        /// How many there are.
        validators: usize,
        /// How many must.
        needed: usize,
    },
    /// Too few of the trusted validators sealed it.
    #[error("{found} of {trusted} trusted validators sealed the header, {needed} must")]
    NoOverlap {
        /// How many sealed it.
        found: usize,
        /// How many are trusted.
        trusted: usize,
        /// How many must.
        needed: usize,
    },
}

impl Trusted for BftTrust {
    fn height(&self) -> u64 {
        self.height
    }

    fn hash(&self) -> B256 {
        self.hash
    }

    fn parent_hash(&self) -> Option<B256> {
        self.parent_hash
    }

    fn seconds(&self) -> u64 {
        self.seconds
    }
}

impl Engine for Bft {
    type Trust = BftTrust;
    type Evidence = Vec<u8>;
    type Error = BftError;

    const ASSURANCE: Assurance = Assurance::Verified;

    fn height(&self, evidence: &Vec<u8>) -> Result<u64, BftError> {
        Ok(Header::decode(evidence)?.number)
    }

    fn advance(&self, trust: &BftTrust, evidence: &Vec<u8>, now_seconds: u64) -> Result<BftTrust, BftError> {
        let sealed = Sealed::decode(self.dialect, evidence)?;
        self.check_place(trust, &sealed, now_seconds)?;
        let signers = sealed.signers()?;
        let (validators, needed) = (sealed.validators.len(), quorum(sealed.validators.len()));
        if signers.len() < needed {
            return Err(BftError::NoQuorum {
                found: signers.len(),
                validators,
                needed,
            });
        }
        let (found, trusted) = (
            signers.intersection(&trust.validators).count(),
            trust.validators.len(),
        );
        let needed = trusted / 3 + 1;
        if found < needed {
            return Err(BftError::NoOverlap {
                found,
                trusted,
                needed,
            });
        }
        if sealed.header.number - trust.height == 1 && sealed.header.parent_hash != trust.hash {
            return Err(BftError::NotLinked { hash: sealed.hash });
        }
        Ok(sealed.trust())
    }

    fn unlinked(error: &BftError) -> Option<B256> {
        match error {
            BftError::NotLinked { hash } => Some(*hash),
            _ => None,
        }
    }
}

impl Bft {
    fn check_place(&self, trust: &BftTrust, sealed: &Sealed, now_seconds: u64) -> Result<(), BftError> {
        let header = &sealed.header;
        if header.number <= trust.height {
            return Err(BftError::NotAbove {
                found: header.number,
                trusted: trust.height,
            });
        }
        let before = now_seconds.saturating_add(self.drift_seconds_max);
        if header.timestamp <= trust.seconds || header.timestamp > before {
            return Err(BftError::Time {
                found: header.timestamp,
                after: trust.seconds,
                before,
            });
        }
        let seconds = now_seconds.saturating_sub(trust.seconds);
        if seconds > self.trusting_seconds {
            return Err(BftError::Expired {
                seconds,
                max: self.trusting_seconds,
            });
        }
        Ok(())
    }

    /// Reads a header that is trusted from elsewhere, as the root of a history: its seals are not checked.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn root(&self, encoded: &[u8]) -> Result<BftTrust, BftError> {
        Ok(Sealed::decode(self.dialect, encoded)?.trust())
    }
}

/// How many of `validators` must seal: two thirds, rounded up.
pub const fn quorum(validators: usize) -> usize {
    (2 * validators).div_ceil(3)
}

/// A header with its seals taken apart.
struct Sealed {
    header: Header,
    /// Hash of the block.
    hash: B256,
    /// What the seals are over.
    digest: B256,
    validators: BTreeSet<Address>,
    seals: Vec<Vec<u8>>,
}

impl Sealed {
    fn decode(dialect: Dialect, encoded: &[u8]) -> Result<Self, BftError> {
        let header = Header::decode(encoded)?;
        if header.difficulty != Some(1) {
            return Err(BftError::NotByzantine { field: "difficulty" });
        }
        if header.mix_hash != MIX_HASH {
            return Err(BftError::NotByzantine { field: "mixHash" });
        }
        if header.nonce != [0; 8] && dialect != Dialect::Ibft1 {
            return Err(BftError::NotByzantine { field: "nonce" });
        }
        let extra = Extra::decode(dialect, &header.extra_data).ok_or(BftError::ExtraData)?;
        let validators: BTreeSet<Address> = extra.validators.iter().copied().collect();
        if validators.is_empty() || validators.len() != extra.validators.len() {
            return Err(BftError::Validators);
        }
        let fields = fields(encoded)?;
        let with = |extra: &[u8]| keccak256(replaced(&fields, extra));
        let hash = with(&extra.hashed);
        let digest = match &extra.sealed {
            Some(sealed) => with(sealed),
            None => keccak256([hash.as_slice(), &[COMMIT]].concat()),
        };
        Ok(Self {
            header,
            hash,
            digest,
            validators,
            seals: extra.seals,
        })
    }

    /// Who sealed the header: validators of its own, each once.
    fn signers(&self) -> Result<BTreeSet<Address>, BftError> {
        let mut signers = BTreeSet::new();
        for (index, seal) in self.seals.iter().enumerate() {
            let signer = secp256k1::recover(&self.digest, seal);
            let valid = signer.filter(|signer| self.validators.contains(signer));
            if !valid.is_some_and(|signer| signers.insert(signer)) {
                return Err(BftError::Seal { index });
            }
        }
        Ok(signers)
    }

    fn trust(self) -> BftTrust {
        BftTrust {
            height: self.header.number,
            hash: self.hash,
            parent_hash: Some(self.header.parent_hash),
            seconds: self.header.timestamp,
            state_root: self.header.state_root,
            receipts_root: self.header.receipts_root,
            validators: self.validators,
        }
    }
}

/// The header with other extra data, encoded.
fn replaced(fields: &[&[u8]], extra: &[u8]) -> Vec<u8> {
    let fields: Vec<&[u8]> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| if index == EXTRA_DATA { extra } else { *field })
        .collect();
    let mut payload = Vec::new();
    for field in fields {
        field.encode(&mut payload);
    }
    list(&payload)
}

fn list(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 9);
    RlpHeader {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut bytes);
    bytes.put_slice(payload);
    bytes
}

/// Extra data, taken apart.
struct Extra {
    validators: Vec<Address>,
    seals: Vec<Vec<u8>>,
    /// As the hash of the block has it.
    hashed: Vec<u8>,
    /// As the seals have it; none where they are over the hash.
    sealed: Option<Vec<u8>>,
}

/// An empty string and an empty list in RLP; the string is the number 0 too.
const EMPTY_STRING: u8 = 0x80;
const EMPTY_LIST: u8 = 0xc0;

impl Extra {
    fn decode(dialect: Dialect, bytes: &[u8]) -> Option<Self> {
        if dialect == Dialect::Ibft1 {
            return Self::decode_first(bytes);
        }
        let parts = items(bytes, 5)?;
        let [vanity, validators, vote, round, seals] = parts.as_slice() else {
            return None;
        };
        let vanity_bytes: alloy_primitives::Bytes = crate::header::value(vanity)?;
        if vanity_bytes.len() != VANITY_BYTES {
            return None;
        }
        let front = [*vanity, validators, vote].concat();
        let (hashed, sealed) = match dialect {
            Dialect::Qbft => (
                [front.as_slice(), &[EMPTY_STRING, EMPTY_LIST]].concat(),
                [front.as_slice(), round, &[EMPTY_LIST]].concat(),
            ),
            _ => (front.clone(), [front.as_slice(), round].concat()),
        };
        Some(Self {
            validators: addresses(validators)?,
            seals: byte_strings(seals)?,
            hashed: list(&hashed),
            sealed: Some(list(&sealed)),
        })
    }

    fn decode_first(bytes: &[u8]) -> Option<Self> {
        let (vanity, rest) = bytes.split_at_checked(VANITY_BYTES)?;
        let parts = items(rest, 3)?;
        let [validators, proposer, seals] = parts.as_slice() else {
            return None;
        };
        let unsealed = [*validators, proposer, &[EMPTY_LIST]].concat();
        Some(Self {
            validators: addresses(validators)?,
            seals: byte_strings(seals)?,
            hashed: [vanity, &list(&unsealed)].concat(),
            sealed: None,
        })
    }
}

fn addresses(encoded: &[u8]) -> Option<Vec<Address>> {
    strings(encoded, VALIDATORS_MAX)?
        .into_iter()
        .map(|bytes| Address::try_from(bytes).ok())
        .collect()
}

fn byte_strings(encoded: &[u8]) -> Option<Vec<Vec<u8>>> {
    Some(
        strings(encoded, VALIDATORS_MAX)?
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect(),
    )
}
