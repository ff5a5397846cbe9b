//! The verification engines of crate `light`, as the ledger runs them: what is kept of a header is one record, whatever the
//! engine, and the time is that of the block.
//!
//! Why evidence proves nothing is told in words of our own: what a library says may change with its version, and contracts
//! read what they are answered.

use super::abi::{Engine as Kind, Evidence};
use alloy_primitives::{Address, B256};
use civitas_light::{
    bft::{Bft, BftError, BftTrust, Dialect},
    cometbft::{Cometbft, CometbftError, CometbftEvidence, CometbftTrust, KeptTrust},
    engine::{Client, ClientError, Engine, Equivocation, Update},
};
use std::{collections::BTreeSet, error::Error};

/// Seconds that the clock of a chain may be ahead of the ledger's: blocks of the ledger are seconds old when they are executed.
pub(super) const DRIFT_SECONDS_MAX: u64 = 30;
/// Nanoseconds of a second.
pub(super) const NANOSECONDS: u64 = 1_000_000_000;
/// Bytes of an address.
const ADDRESS_BYTES: usize = 20;

/// What an engine is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) engine: Kind,
    pub(super) trusting_seconds: u64,
    /// What a chain of CometBFT calls itself; empty for others.
    pub(super) network: String,
}

/// What is kept of a proven header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) height: u64,
    pub(super) hash: B256,
    /// Zero where the chain does not tell.
    pub(super) parent_hash: B256,
    /// Nanoseconds since the Unix epoch.
    pub(super) time: u64,
    pub(super) state_root: Vec<u8>,
    pub(super) receipts_root: B256,
    /// By whom the next header is judged: addresses one after the other, or what the validators hash to.
    pub(super) validators: Vec<u8>,
}

/// What evidence did to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Added(Kept),
    Known,
    Frozen(Equivocation),
}

/// An engine whose trust the ledger can keep.
trait OnLedger: Engine {
    fn keep(trust: &Self::Trust) -> Kept;
    fn recall(settings: &Settings, kept: &Kept) -> Option<Self::Trust>;
    fn evidence(evidence: &Evidence) -> Self::Evidence;
    fn words(error: &Self::Error) -> String;
}

fn bft(settings: &Settings, dialect: Dialect) -> Bft {
    Bft {
        dialect,
        trusting_seconds: settings.trusting_seconds,
        drift_seconds_max: DRIFT_SECONDS_MAX,
    }
}

fn cometbft(settings: &Settings) -> Cometbft {
    Cometbft {
        trusting_seconds: settings.trusting_seconds,
        drift_seconds_max: DRIFT_SECONDS_MAX,
    }
}

impl OnLedger for Bft {
    fn keep(trust: &BftTrust) -> Kept {
        Kept {
            height: trust.height,
            hash: trust.hash,
            parent_hash: trust.parent_hash.unwrap_or_default(),
            time: trust.seconds.saturating_mul(NANOSECONDS),
            state_root: trust.state_root.to_vec(),
            receipts_root: trust.receipts_root,
            validators: trust.validators.iter().flatten().copied().collect(),
        }
    }

    fn recall(_: &Settings, kept: &Kept) -> Option<BftTrust> {
        let validators: BTreeSet<Address> = kept
            .validators
            .chunks(ADDRESS_BYTES)
            .map(Address::try_from)
            .collect::<Result<_, _>>()
            .ok()?;
        Some(BftTrust {
            height: kept.height,
            hash: kept.hash,
            parent_hash: told(kept.parent_hash),
            seconds: kept.time / NANOSECONDS,
            state_root: B256::try_from(kept.state_root.as_slice()).ok()?,
            receipts_root: kept.receipts_root,
            validators,
        })
    }

    fn evidence(evidence: &Evidence) -> Vec<u8> {
        evidence.header.to_vec()
    }

    fn words(error: &BftError) -> String {
        match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        }
    }
}

impl OnLedger for Cometbft {
    fn keep(trust: &CometbftTrust) -> Kept {
        Kept {
            height: trust.height,
            hash: trust.hash,
            parent_hash: trust.parent_hash.unwrap_or_default(),
            time: trust.nanoseconds().unwrap_or_default(),
            state_root: trust.app_hash.clone(),
            receipts_root: B256::ZERO,
            validators: trust.next_validators_hash.as_bytes().to_vec(),
        }
    }

    fn recall(settings: &Settings, kept: &Kept) -> Option<CometbftTrust> {
        CometbftTrust::restored(KeptTrust {
            chain_id: &settings.network,
            height: kept.height,
            hash: kept.hash,
            parent_hash: told(kept.parent_hash),
            nanoseconds: kept.time,
            app_hash: &kept.state_root,
            next_validators_hash: B256::try_from(kept.validators.as_slice()).ok()?,
        })
    }

    fn evidence(evidence: &Evidence) -> CometbftEvidence {
        CometbftEvidence {
            light_block: evidence.header.to_vec(),
            trusted_validators: evidence.trustedValidators.to_vec(),
        }
    }

    fn words(error: &CometbftError) -> String {
        match error {
            CometbftError::TooLarge { .. } | CometbftError::Encoding(_) | CometbftError::Form(_) => {
                "the evidence is no header with votes and validators"
            }
            CometbftError::Missing { .. } => "a part of the evidence is missing",
            CometbftError::NotLinked { .. } => "the header does not follow the trusted one",
            CometbftError::OtherValidators => "the validators are not those that the trusted header names",
            CometbftError::NoQuorum(_) => "too few of its validators voted for the header",
            CometbftError::NoOverlap(_) => "too few of the trusted validators voted for the header",
            CometbftError::Rule(_) => {
                "a rule of the light client does not hold (time, hash, chain, or a signature)"
            }
        }
        .to_owned()
    }
}

fn told(hash: B256) -> Option<B256> {
    (!hash.is_zero()).then_some(hash)
}

/// Which dialect an engine of Ethereum's kind reads; none of CometBFT.
fn dialect(engine: Kind) -> Result<Option<Dialect>, String> {
    match engine {
        Kind::Qbft => Ok(Some(Dialect::Qbft)),
        Kind::Ibft2 => Ok(Some(Dialect::Ibft2)),
        Kind::Ibft1 => Ok(Some(Dialect::Ibft1)),
        Kind::CometBft => Ok(None),
        Kind::None | Kind::__Invalid => Err("there is no such engine".to_owned()),
    }
}

/// Reads the header that a client begins with: what the chain calls itself, where it tells, and what is kept.
///
/// # Errors
/// In words: what cannot be read.
pub(super) fn root(settings: &Settings, root: &Evidence) -> Result<(String, Kept), String> {
    match dialect(settings.engine)? {
        Some(dialect) => {
            let trust = bft(settings, dialect).root(&root.header);
            let trust = trust.map_err(|error| Bft::words(&error))?;
            Ok((String::new(), Bft::keep(&trust)))
        }
        None => {
            let trust = cometbft(settings).root(&root.header);
            let trust = trust.map_err(|error| Cometbft::words(&error))?;
            Ok((trust.chain_id.to_string(), Cometbft::keep(&trust)))
        }
    }
}

/// The height that evidence is about.
///
/// # Errors
/// In words: what cannot be read.
pub(super) fn height(settings: &Settings, evidence: &Evidence) -> Result<u64, String> {
    match dialect(settings.engine)? {
        Some(dialect) => height_by(&bft(settings, dialect), evidence),
        None => height_by(&cometbft(settings), evidence),
    }
}

fn height_by<E: OnLedger>(engine: &E, evidence: &Evidence) -> Result<u64, String> {
    let height = engine.height(&E::evidence(evidence));
    height.map_err(|error| E::words(&error))
}

/// What pieces of evidence do, one after the other, to a client that has these headers. The first that contradicts is the last.
///
/// # Errors
/// In words: what does not hold.
pub(super) fn judge(
    settings: &Settings,
    kept: &[Kept],
    evidence: &[&Evidence],
    now_seconds: u64,
) -> Result<Verdict, String> {
    let facts = (settings, kept);
    match dialect(settings.engine)? {
        Some(dialect) => judge_by(bft(settings, dialect), facts, evidence, now_seconds),
        None => judge_by(cometbft(settings), facts, evidence, now_seconds),
    }
}

fn judge_by<E: OnLedger + Clone>(
    engine: E,
    (settings, kept): (&Settings, &[Kept]),
    evidence: &[&Evidence],
    now_seconds: u64,
) -> Result<Verdict, String> {
    let history: Option<Vec<E::Trust>> = kept.iter().map(|kept| E::recall(settings, kept)).collect();
    let client = history.and_then(|history| Client::resumed(engine.clone(), history));
    let mut client = client.ok_or("what is kept cannot be read")?;
    let mut verdict = Verdict::Known;
    for evidence in evidence {
        let height = height_by(&engine, evidence)?;
        let update = client.update(&E::evidence(evidence), now_seconds);
        verdict = match update.map_err(|error| words_of::<E>(&error))? {
            Update::Frozen(equivocation) => return Ok(Verdict::Frozen(equivocation)),
            Update::Known => Verdict::Known,
            Update::Added => {
                let added = client.at(height).ok_or("the header has another height")?;
                Verdict::Added(E::keep(added))
            }
        };
    }
    Ok(verdict)
}

fn words_of<E: OnLedger>(error: &ClientError<E::Error>) -> String {
    match error {
        ClientError::Evidence(error) => E::words(error),
        other => other.to_string(),
    }
}
