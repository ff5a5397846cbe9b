//! Headers of chains that CometBFT runs, and proofs of what their applications keep.
//!
//! A header is judged by an older one. The next one must have the validators that the older one names and be signed by more
//! than two thirds of them, by weight. One further on must be signed by more than a third of the validators that the older one
//! names, so by an honest one among them, and by more than two thirds of its own. That is checked by
//! `tendermint-light-client-verifier` (the algorithm: "Light Client Verification" of Tendermint's specification), which reads no
//! vote beyond those that suffice.
//!
//! The state that a header names (`app_hash`) is the one **after the block below it**. What the application keeps is proven by
//! ICS-23: the key in its store, and the store in the state, as Cosmos SDK has it.
//!
//! Not in WebAssembly: the pages check no such headers yet, and the module need not carry what nobody calls.

use crate::engine::{Assurance, Engine, Trusted};
use alloy_primitives::B256;
use ics23::{
    CommitmentProof, HostFunctionsManager, ProofSpec, commitment_proof::Proof, iavl_spec, tendermint_spec,
};
use prost::Message as _;
use prost_of_ics23::Message as _;
use std::time::Duration;
use tendermint::{
    Hash, Time, block::signed_header::SignedHeader, chain, hash::Algorithm,
    trust_threshold::TrustThresholdFraction, validator::Set,
};
use tendermint_light_client_verifier::{
    ProdVerifier, Verdict, Verifier as _,
    errors::VerificationErrorDetail,
    operations::voting_power::VotingPowerTally,
    options::Options,
    types::{TrustedBlockState, UntrustedBlockState},
};
use tendermint_proto::v0_38::types::{LightBlock, ValidatorSet as RawSet};
use thiserror::Error;

/// Bytes of a header with its votes and its validators, and of a set of validators, at most: ten thousand validators,
/// CometBFT's own bound, have some two megabytes.
pub const EVIDENCE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a proof, at most: one in a store of 2^64 entries has some kilobytes, and its value.
pub const PROOF_BYTES_MAX: usize = 1024 * 1024;

/// Nanoseconds of a second.
const NANOSECONDS: u64 = 1_000_000_000;

/// Follows a chain by its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cometbft {
    /// Seconds for which a header may vouch for a newer one: shorter than validators need to leave with their stake.
    pub trusting_seconds: u64,
    /// Seconds that clocks may differ.
    pub drift_seconds_max: u64,
}

/// A header with what makes it final, as the driver of such chains gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CometbftEvidence {
    /// Header, votes and validators: `tendermint.types.LightBlock`.
    pub light_block: Vec<u8>,
    /// The validators that the trusted header names, `tendermint.types.ValidatorSet`. Empty for the next header, which has
    /// these itself.
    pub trusted_validators: Vec<u8>,
}

/// A verified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CometbftTrust {
    /// What the chain calls itself.
    pub chain_id: chain::Id,
    /// Its height.
    pub height: u64,
    /// Hash of the block.
    pub hash: B256,
    /// Hash of the block before it; none for the first one.
    pub parent_hash: Option<B256>,
    /// Its time.
    pub time: Time,
    /// Root of the state after the block before it, in the application's form.
    pub app_hash: Vec<u8>,
    /// What the validators of the next block hash to.
    pub next_validators_hash: Hash,
}

/// What is kept of a trusted header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptTrust<'a> {
    /// What the chain calls itself.
    pub chain_id: &'a str,
    /// Its height.
    pub height: u64,
    /// Hash of the block.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent_hash: Option<B256>,
    /// Its time since the Unix epoch.
    pub nanoseconds: u64,
    /// Root of the state.
    pub app_hash: &'a [u8],
    /// What the validators of the next block hash to.
    pub next_validators_hash: B256,
}

/// Why a header proves nothing.
#[derive(Debug, Error)]
pub enum CometbftError {
    /// More bytes than are read.
    #[error("{bytes} bytes of evidence are above the bound of {EVIDENCE_BYTES_MAX}")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// Not protobuf.
    #[error("the evidence cannot be read")]
    Encoding(#[from] prost::DecodeError),
    /// Protobuf, and not what it should be.
    #[error("the evidence is no header with votes and validators")]
    Form(#[from] tendermint::Error),
    /// A part is missing.
    #[error("the evidence has no {part}")]
    Missing {
        /// Its name.
        part: &'static str,
    },
    /// The next header names another parent, and its votes hold: who voted for both lies.
    #[error("the header does not follow the trusted one")]
    NotLinked {
        /// Its hash.
        hash: B256,
    },
    /// The set of validators is not the one that the trusted header names.
    #[error("the validators are not those that the trusted header names")]
    OtherValidators,
    /// Too few of its own validators voted for it.
    #[error("too few of its validators voted for the header: {0}")]
    NoQuorum(VotingPowerTally),
    /// Too few of the trusted validators voted for it.
    #[error("too few of the trusted validators voted for the header: {0}")]
    NoOverlap(VotingPowerTally),
    /// A rule does not hold.
    #[error("the header does not hold: {0}")]
    Rule(Box<VerificationErrorDetail>),
}

impl Trusted for CometbftTrust {
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
        u64::try_from(self.time.unix_timestamp()).unwrap_or_default()
    }
}

impl Engine for Cometbft {
    type Trust = CometbftTrust;
    type Evidence = CometbftEvidence;
    type Error = CometbftError;

    const ASSURANCE: Assurance = Assurance::Verified;

    fn height(&self, evidence: &CometbftEvidence) -> Result<u64, CometbftError> {
        Ok(read(&evidence.light_block)?.0.header.height.value())
    }

    fn advance(
        &self,
        trust: &CometbftTrust,
        evidence: &CometbftEvidence,
        now_seconds: u64,
    ) -> Result<CometbftTrust, CometbftError> {
        let (signed, validators) = read(&evidence.light_block)?;
        let header = &signed.header;
        let is_next = trust.height.checked_add(1) == Some(header.height.value());
        let found = trusted_by(&signed);
        let named = if is_next {
            validators.clone()
        } else {
            read_set(&evidence.trusted_validators)?
        };
        if named.hash() != trust.next_validators_hash {
            return Err(CometbftError::OtherValidators);
        }
        let untrusted = UntrustedBlockState {
            signed_header: &signed,
            validators: &validators,
            next_validators: None,
        };
        let trusted = TrustedBlockState {
            chain_id: &trust.chain_id,
            header_time: trust.time,
            height: trust.height.try_into()?,
            next_validators: &named,
            next_validators_hash: trust.next_validators_hash,
        };
        let options = Options {
            trust_threshold: TrustThresholdFraction::ONE_THIRD,
            trusting_period: Duration::from_secs(self.trusting_seconds),
            clock_drift: Duration::from_secs(self.drift_seconds_max),
        };
        let now = i64::try_from(now_seconds).unwrap_or(i64::MAX);
        let now = Time::from_unix_timestamp(now, 0)?;
        match ProdVerifier::default().verify_update_header(untrusted, trusted, &options, now) {
            Verdict::Success if is_next && found.parent_hash != Some(trust.hash) => {
                Err(CometbftError::NotLinked { hash: found.hash })
            }
            Verdict::Success => Ok(found),
            Verdict::NotEnoughTrust(tally) => Err(CometbftError::NoOverlap(tally)),
            Verdict::Invalid(VerificationErrorDetail::InsufficientSignersOverlap(found)) => {
                Err(CometbftError::NoQuorum(found.tally))
            }
            Verdict::Invalid(rule) => Err(CometbftError::Rule(Box::new(rule))),
        }
    }

    fn unlinked(error: &CometbftError) -> Option<B256> {
        match error {
            CometbftError::NotLinked { hash } => Some(*hash),
            _ => None,
        }
    }
}

impl CometbftTrust {
    /// Its time in nanoseconds since the Unix epoch; none before it and after the year 2554.
    pub fn nanoseconds(&self) -> Option<u64> {
        u64::try_from(self.time.unix_timestamp_nanos()).ok()
    }

    /// A trusted header as it was before it was kept somewhere. None of what no header can have.
    pub fn restored(kept: KeptTrust<'_>) -> Option<Self> {
        let nanoseconds = u32::try_from(kept.nanoseconds % NANOSECONDS).ok()?;
        let seconds = i64::try_from(kept.nanoseconds / NANOSECONDS).ok()?;
        Some(Self {
            chain_id: kept.chain_id.parse().ok()?,
            height: kept.height,
            hash: kept.hash,
            parent_hash: kept.parent_hash,
            time: Time::from_unix_timestamp(seconds, nanoseconds).ok()?,
            app_hash: kept.app_hash.to_vec(),
            next_validators_hash: Hash::from_bytes(Algorithm::Sha256, kept.next_validators_hash.as_slice())
                .ok()?,
        })
    }
}

/// The validators of a light block, as the evidence of a later header names those that the one before it trusts.
///
/// # Errors
/// What cannot be read.
pub fn validators_of(light_block: &[u8]) -> Result<Vec<u8>, CometbftError> {
    let raw = LightBlock::decode(bounded(light_block)?)?;
    let set = raw
        .validator_set
        .ok_or(CometbftError::Missing { part: "validators" })?;
    Ok(set.encode_to_vec())
}

impl Cometbft {
    /// Reads a header that is trusted from elsewhere, as the root of a history: its votes are not checked.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn root(&self, light_block: &[u8]) -> Result<CometbftTrust, CometbftError> {
        Ok(trusted_by(&read(light_block)?.0))
    }
}

fn bounded(bytes: &[u8]) -> Result<&[u8], CometbftError> {
    if bytes.len() > EVIDENCE_BYTES_MAX {
        return Err(CometbftError::TooLarge { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn read(light_block: &[u8]) -> Result<(SignedHeader, Set), CometbftError> {
    let raw = LightBlock::decode(bounded(light_block)?)?;
    let signed = raw
        .signed_header
        .ok_or(CometbftError::Missing { part: "header" })?;
    let set = raw
        .validator_set
        .ok_or(CometbftError::Missing { part: "validators" })?;
    Ok((signed.try_into()?, set.try_into()?))
}

fn read_set(bytes: &[u8]) -> Result<Set, CometbftError> {
    Ok(RawSet::decode(bounded(bytes)?)?.try_into()?)
}

fn trusted_by(signed: &SignedHeader) -> CometbftTrust {
    let header = &signed.header;
    let word = |hash: Hash| B256::try_from(hash.as_bytes()).unwrap_or_default();
    CometbftTrust {
        chain_id: header.chain_id.clone(),
        height: header.height.value(),
        hash: word(header.hash()),
        parent_hash: header.last_block_id.map(|id| word(id.hash)),
        time: header.time,
        app_hash: header.app_hash.as_bytes().to_vec(),
        next_validators_hash: header.next_validators_hash,
    }
}

/// Where the application of a chain keeps something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Name of the store: `bank`.
    pub store: &'a [u8],
    /// Key in the store.
    pub key: &'a [u8],
}

/// Proofs of ICS-23 (`cosmos.ics23.v1.CommitmentProof`), one for each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proofs<'a> {
    /// Of the key in its store, an IAVL tree.
    pub key: &'a [u8],
    /// Of the store in the state, a simple Merkle tree.
    pub store: &'a [u8],
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// Not a proof, or one of many things at once.
    #[error("the proof of the {level} cannot be read")]
    Form {
        /// Key or store.
        level: &'static str,
    },
    /// It is the proof of something else.
    #[error("the proof of the {level} does not lead to its root")]
    Root {
        /// Key or store.
        level: &'static str,
    },
}

/// Passes if the application keeps `value` at `place`, in the state that `app_hash` names.
///
/// # Errors
/// See [`ProofError`].
pub fn verify_present(
    app_hash: &[u8],
    place: Place<'_>,
    value: &[u8],
    proofs: Proofs<'_>,
) -> Result<(), ProofError> {
    let root = store_root(app_hash, place.store, proofs.store)?;
    let proof = read_proof(proofs.key, "key")?;
    let holds = matches!(proof.proof, Some(Proof::Exist(_)))
        && present(&proof, &iavl_spec(), &root, place.key, value);
    holds.then_some(()).ok_or(ProofError::Root { level: "key" })
}

/// Passes if the application keeps nothing at `place`, in the state that `app_hash` names.
///
/// # Errors
/// See [`ProofError`].
pub fn verify_absent(app_hash: &[u8], place: Place<'_>, proofs: Proofs<'_>) -> Result<(), ProofError> {
    let root = store_root(app_hash, place.store, proofs.store)?;
    let proof = read_proof(proofs.key, "key")?;
    let holds = matches!(proof.proof, Some(Proof::Nonexist(_)))
        && ics23::verify_non_membership::<HostFunctionsManager>(&proof, &iavl_spec(), &root, place.key);
    holds.then_some(()).ok_or(ProofError::Root { level: "key" })
}

fn present(proof: &CommitmentProof, spec: &ProofSpec, root: &Vec<u8>, key: &[u8], value: &[u8]) -> bool {
    ics23::verify_membership::<HostFunctionsManager>(proof, spec, root, key, value)
}

/// The root of a store, proven by the state.
fn store_root(app_hash: &[u8], store: &[u8], proof: &[u8]) -> Result<Vec<u8>, ProofError> {
    let proof = read_proof(proof, "store")?;
    let Some(Proof::Exist(found)) = &proof.proof else {
        return Err(ProofError::Form { level: "store" });
    };
    let holds = present(
        &proof,
        &tendermint_spec(),
        &app_hash.to_vec(),
        store,
        &found.value,
    );
    holds
        .then(|| found.value.clone())
        .ok_or(ProofError::Root { level: "store" })
}

fn read_proof(bytes: &[u8], level: &'static str) -> Result<CommitmentProof, ProofError> {
    if bytes.len() > PROOF_BYTES_MAX {
        return Err(ProofError::Form { level });
    }
    CommitmentProof::decode(bytes).map_err(|_| ProofError::Form { level })
}
