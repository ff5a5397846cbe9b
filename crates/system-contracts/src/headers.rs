//! Headers of business chains that the ledger verifies itself, by the engines of crate `light` (ADR 15).
//!
//! ```text
//! open (trust root) ─▶ client ◀── update(header with its signatures), by anybody
//!                        │  └─ newest header ─▶ judges the next one        proven headers ─▶ Cases (proof of effect), Anchors
//!                        └──── two final headers that cannot both be ─▶ frozen for good
//! ```
//!
//! Invariants:
//! - Each header was judged by the engine with the one below it, at the time of its block. What was the newest once, rises.
//! - A frozen client proves nothing, not even what it proved before; only the city by vote begins anew, and with nothing.
//! - Everything is paid before it is verified: by the bytes of the evidence, of which a signature takes its share.

use crate::{
    address::{GOVERNANCE, HEADERS as ADDRESS},
    anchors, chains,
    fault::{Fault, invalid, refuse},
    governance::Kind as ProposalKind,
    host::{Host, gas},
    layout,
    registry::{Call, SystemContract, emit},
    storage::{Blob, Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use engines::{DRIFT_SECONDS_MAX, Kept, NANOSECONDS, Settings, Verdict};
use kept::Shelf;

use crate::interfaces::IChains::Status;
use crate::interfaces::IHeaders::{self as abi, IHeadersCalls as Function};
pub use crate::interfaces::IHeaders::{Client, Engine, Evidence, Header, Outcome};

mod engines;
mod kept;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Headers",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[Headers::LAYOUT, ClientRecord::LAYOUT, HeaderRecord::LAYOUT],
    governed: &[
        // This is also open to roles.
        (abi::openCall::SELECTOR, ProposalKind::Chains),
    ],
    code: call,
};

/// Bytes of a piece of evidence, at most: some four hundred validators of CometBFT, with those before them.
pub const EVIDENCE_BYTES_MAX: usize = 100_000;
/// Bytes of evidence for which one signature is paid: a seal and its frame have 67, a vote more.
const BYTES_OF_A_SIGNATURE: usize = 64;
/// Seconds for which a header vouches, at least and at most: an hour, and a year.
const TRUSTING_SECONDS_MIN: u64 = 3_600;
/// See [`TRUSTING_SECONDS_MIN`].
const TRUSTING_SECONDS_MAX: u64 = 31_536_000;
/// Headers that one query returns, at most.
const PAGE_MAX: u64 = 50;

layout! {
    /// The contract's storage.
    pub struct Headers (1) {
        /// Clients by the id of the chain.
        0 => clients: Mapping<B256, ClientRecord>,
    }
}

layout! {
    /// The client of a chain.
    pub struct ClientRecord (16) {
        /// How headers become final; zero where there is no client.
        0 => engine: Value<u8>,
        /// Seconds for which a header vouches for a newer one.
        1 => trusting_seconds: Value<u64>,
        /// Clients of the chain until now.
        2 => generation: Value<u64>,
        /// What a chain of CometBFT calls itself.
        3 => network: Blob,
        /// Heights of the headers that were the newest once, rising, by generation.
        4 => heights: Mapping<u64, List<Value<u64>>>,
        /// Proven headers by generation and height.
        5 => headers: Mapping<u64, Mapping<u64, HeaderRecord>>,
        /// Validators by their Keccak-256: they seldom change.
        6 => validators: Mapping<B256, Blob>,
        /// Seconds since 1970; zero while it is not frozen.
        7 => frozen_at: Value<u64>,
        /// Height of the contradiction.
        8 => frozen_height: Value<u64>,
        /// What stood here.
        9 => trusted: Value<B256>,
        /// What contradicts it.
        10 => other: Value<B256>,
    }
}

layout! {
    /// One proven header.
    pub struct HeaderRecord (10) {
        /// Its hash; zero where there is none.
        0 => hash: Value<B256>,
        /// Hash of the one before it; zero where the chain does not tell.
        1 => parent_hash: Value<B256>,
        /// Nanoseconds since 1970.
        2 => time: Value<u64>,
        /// Root of the state.
        3 => state_root: Blob,
        /// Root of the receipts.
        4 => receipts_root: Value<B256>,
        /// Keccak-256 of the validators by whom the next one is judged.
        5 => validators: Value<B256>,
        /// Height of this ledger.
        6 => proven_at: Value<u64>,
    }
}

fn storage() -> Headers {
    Headers::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        Function::open(request) => {
            chains::require_role_for(host, ADDRESS, call, request.id)?;
            open(host, call, &request)?;
            Vec::new()
        }
        // Open to everybody: the signatures in the evidence speak, not who brings it.
        Function::update(request) => {
            let outcome = update(host, request.id, &request.evidence)?;
            abi::updateCall::abi_encode_returns(&outcome)
        }
        // Open to everybody, for the same reason.
        Function::convict(request) => {
            convict(host, &request)?;
            Vec::new()
        }
        Function::client(query) => abi::clientCall::abi_encode_returns(&client(host, query.id)?),
        Function::header(query) => {
            abi::headerCall::abi_encode_returns(&header(host, query.id, query.height)?)
        }
        Function::headers(query) => {
            abi::headersCall::abi_encode_returns(&headers(host, query.id, query.from, query.count)?)
        }
    }
    .into())
}

fn require_supervised(host: &mut dyn Host, id: B256) -> Result<(), Fault> {
    match chains::status_of(host, id)? {
        Status::Active | Status::Frozen => Ok(()),
        _ => refuse(abi::ChainNotActive { id }),
    }
}

/// The client of a chain.
fn known(host: &mut dyn Host, id: B256) -> Result<ClientRecord, Fault> {
    let record = storage().clients().of(&id);
    if record.engine().get(host)? == 0 {
        return refuse(abi::NoClient { id });
    }
    Ok(record)
}

/// The client of a chain, unless it is frozen.
fn live(host: &mut dyn Host, id: B256) -> Result<ClientRecord, Fault> {
    let record = known(host, id)?;
    if record.frozen_at().get(host)? != 0 {
        let height = record.frozen_height().get(host)?;
        return refuse(abi::ClientFrozen { id, height });
    }
    Ok(record)
}

fn settings(host: &mut dyn Host, record: &ClientRecord) -> Result<Settings, Fault> {
    Ok(Settings {
        engine: Engine::try_from(record.engine().get(host)?).unwrap_or(Engine::None),
        trusting_seconds: record.trusting_seconds().get(host)?,
        network: record.network().text(host)?,
    })
}

/// Bounds the work that evidence makes, and takes its price.
fn charge(host: &mut dyn Host, name: &str, evidence: &Evidence) -> Result<(), Fault> {
    let bytes = evidence
        .header
        .len()
        .saturating_add(evidence.trustedValidators.len());
    if bytes > EVIDENCE_BYTES_MAX {
        return Err(invalid(name, &format!("at most {EVIDENCE_BYTES_MAX} bytes")));
    }
    let signatures = u64::try_from(bytes.div_ceil(BYTES_OF_A_SIGNATURE)).unwrap_or(u64::MAX);
    host.charge(signatures.saturating_mul(gas::SIGNATURE))
}

fn proves<T>(id: B256, result: Result<T, String>) -> Result<T, Fault> {
    result.or_else(|why| refuse(abi::EvidenceInvalid { id, why }))
}

fn open(host: &mut dyn Host, call: &Call<'_>, request: &abi::openCall) -> Result<(), Fault> {
    let id = request.id;
    require_supervised(host, id)?;
    if !(TRUSTING_SECONDS_MIN..=TRUSTING_SECONDS_MAX).contains(&request.trustingSeconds) {
        return Err(invalid("trustingSeconds", "between an hour and a year"));
    }
    charge(host, "root", &request.root)?;
    let settings = Settings {
        engine: request.engine,
        trusting_seconds: request.trustingSeconds,
        network: String::new(),
    };
    let (network, kept) = proves(id, engines::root(&settings, &request.root))?;
    if chains::block_root_at(host, id, kept.height)? != Some(kept.hash) {
        return refuse(abi::NoTrustRoot {
            id,
            height: kept.height,
            hash: kept.hash,
        });
    }
    let now = host.block().timestamp;
    let time = kept.time / NANOSECONDS;
    let vouches =
        time.saturating_add(request.trustingSeconds) >= now && time <= now.saturating_add(DRIFT_SECONDS_MAX);
    if !vouches {
        return Err(invalid(
            "root",
            "younger than trustingSeconds, and not of the future",
        ));
    }
    let record = storage().clients().of(&id);
    if record.engine().get(host)? != 0 && call.caller != GOVERNANCE {
        return refuse(abi::ClientExists { id });
    }
    let generation = record.generation().get(host)?.saturating_add(1);
    record.generation().set(host, generation)?;
    record.engine().set(host, request.engine.into())?;
    record.trusting_seconds().set(host, request.trustingSeconds)?;
    record.network().set(host, network.as_bytes())?;
    record.frozen_at().set(host, 0)?;
    record.frozen_height().set(host, 0)?;
    record.trusted().set(host, B256::ZERO)?;
    record.other().set(host, B256::ZERO)?;
    let shelf = Shelf::of(host, record)?;
    shelf.put(host, &kept)?;
    shelf.raise(host, kept.height)?;
    let event = abi::ClientOpened {
        id,
        engine: request.engine,
        generation,
        height: kept.height,
        hash: kept.hash,
    };
    emit(host, ADDRESS, &event)
}

/// What evidence is judged with: the client, and its headers next to the height.
struct Court {
    shelf: Shelf,
    settings: Settings,
    height: u64,
    neighbours: Vec<Kept>,
}

fn court(host: &mut dyn Host, id: B256, evidence: &Evidence) -> Result<Court, Fault> {
    let record = live(host, id)?;
    require_supervised(host, id)?;
    let settings = settings(host, &record)?;
    let height = proves(id, engines::height(&settings, evidence))?;
    let shelf = Shelf::of(host, record)?;
    let neighbours = shelf.neighbours(host, height)?;
    if neighbours.iter().all(|kept| kept.height >= height) {
        let oldest = shelf.height_at(host, 0)?;
        return refuse(abi::TooOld { id, height, oldest });
    }
    Ok(Court {
        shelf,
        settings,
        height,
        neighbours,
    })
}

fn update(host: &mut dyn Host, id: B256, evidence: &Evidence) -> Result<Outcome, Fault> {
    charge(host, "evidence", evidence)?;
    let court = court(host, id, evidence)?;
    let now = host.block().timestamp;
    let verdict = engines::judge(&court.settings, &court.neighbours, &[evidence], now);
    match proves(id, verdict)? {
        Verdict::Known => Ok(Outcome::Known),
        Verdict::Frozen(equivocation) => {
            freeze(host, id, &court.shelf.record, &equivocation)?;
            Ok(Outcome::Frozen)
        }
        Verdict::Added(kept) => {
            court.shelf.put(host, &kept)?;
            proven(host, id, &kept)?;
            if court.neighbours.iter().any(|other| other.height > court.height) {
                return Ok(Outcome::Filled);
            }
            court.shelf.raise(host, kept.height)?;
            Ok(Outcome::Added)
        }
    }
}

fn proven(host: &mut dyn Host, id: B256, kept: &Kept) -> Result<(), Fault> {
    let event = abi::HeaderProven {
        id,
        height: kept.height,
        hash: kept.hash,
        stateRoot: kept.state_root.clone().into(),
    };
    emit(host, ADDRESS, &event)?;
    if !anchors::is_followed(host, id)? {
        return Ok(());
    }
    match anchors::anchored_at(host, id, kept.height)? {
        Some((anchored, _)) if anchored != kept.hash => {
            let event = abi::AnchorDisproven {
                id,
                height: kept.height,
                anchored,
                proven: kept.hash,
            };
            emit(host, ADDRESS, &event)
        }
        _ => Ok(()),
    }
}

fn convict(host: &mut dyn Host, request: &abi::convictCall) -> Result<(), Fault> {
    let id = request.id;
    charge(host, "one", &request.one)?;
    charge(host, "other", &request.other)?;
    let court = court(host, id, &request.one)?;
    if proves(id, engines::height(&court.settings, &request.other))? != court.height {
        return Err(invalid("other", "of the same height"));
    }
    let now = host.block().timestamp;
    let both = [&request.one, &request.other];
    match proves(id, engines::judge(&court.settings, &court.neighbours, &both, now))? {
        Verdict::Frozen(equivocation) => freeze(host, id, &court.shelf.record, &equivocation),
        Verdict::Added(_) | Verdict::Known => refuse(abi::NoContradiction { id }),
    }
}

fn freeze(
    host: &mut dyn Host,
    id: B256,
    record: &ClientRecord,
    equivocation: &civitas_light::engine::Equivocation,
) -> Result<(), Fault> {
    let now = host.block().timestamp;
    record.frozen_at().set(host, now)?;
    record.frozen_height().set(host, equivocation.height)?;
    record.trusted().set(host, equivocation.trusted)?;
    record.other().set(host, equivocation.other)?;
    let event = abi::Equivocated {
        id,
        height: equivocation.height,
        trusted: equivocation.trusted,
        other: equivocation.other,
    };
    emit(host, ADDRESS, &event)
}

/// The client of a chain; one without an engine where there is none.
fn client(host: &mut dyn Host, id: B256) -> Result<Client, Fault> {
    let shelf = Shelf::of(host, storage().clients().of(&id))?;
    let record = &shelf.record;
    let count = shelf.count(host)?;
    let newest_height = match count.checked_sub(1) {
        Some(index) => shelf.height_at(host, index)?,
        None => 0,
    };
    Ok(Client {
        engine: Engine::try_from(record.engine().get(host)?).unwrap_or(Engine::None),
        trustingSeconds: record.trusting_seconds().get(host)?,
        generation: record.generation().get(host)?,
        count,
        newestHeight: newest_height,
        newestHash: shelf.entry(newest_height).hash().get(host)?,
        frozenAt: record.frozen_at().get(host)?,
        frozenHeight: record.frozen_height().get(host)?,
        trusted: record.trusted().get(host)?,
        other: record.other().get(host)?,
    })
}

/// A header that is proven; none if that height is not.
fn shown(host: &mut dyn Host, shelf: &Shelf, height: u64) -> Result<Option<Header>, Fault> {
    let Some(kept) = shelf.get(host, height)? else {
        return Ok(None);
    };
    Ok(Some(Header {
        height: kept.height,
        hash: kept.hash,
        parentHash: kept.parent_hash,
        time: kept.time,
        stateRoot: kept.state_root.into(),
        receiptsRoot: kept.receipts_root,
        provenAt: shelf.entry(height).proven_at().get(host)?,
    }))
}

fn header(host: &mut dyn Host, id: B256, height: u64) -> Result<Header, Fault> {
    let record = live(host, id)?;
    let shelf = Shelf::of(host, record)?;
    match shown(host, &shelf, height)? {
        Some(header) => Ok(header),
        None => refuse(abi::HeaderUnknown { id, height }),
    }
}

fn headers(host: &mut dyn Host, id: B256, from: u64, count: u64) -> Result<Vec<Header>, Fault> {
    let record = live(host, id)?;
    let shelf = Shelf::of(host, record)?;
    let end = from.saturating_add(count.min(PAGE_MAX));
    let end = shelf.count(host)?.min(end);
    let mut found = Vec::new();
    for index in from..end {
        let height = shelf.height_at(host, index)?;
        found.extend(shown(host, &shelf, height)?);
    }
    Ok(found)
}

/// Whether headers of a chain are proven here, now or before its client was frozen: then what is only attested of it is
/// not enough.
///
/// # Errors
/// What the host gives.
pub fn has_client(host: &mut dyn Host, id: B256) -> Result<bool, Fault> {
    Ok(storage().clients().of(&id).engine().get(host)? != 0)
}

/// Hash of the proven header of a height; none where it is not proven, or the client is frozen.
///
/// # Errors
/// What the host gives.
pub fn proven_hash(host: &mut dyn Host, id: B256, height: u64) -> Result<Option<B256>, Fault> {
    let record = storage().clients().of(&id);
    if record.engine().get(host)? == 0 || record.frozen_at().get(host)? != 0 {
        return Ok(None);
    }
    let hash = Shelf::of(host, record)?.entry(height).hash().get(host)?;
    Ok((!hash.is_zero()).then_some(hash))
}

/// Keeps a header as if its chain's validators had signed it: for tests of what is proven by it.
#[cfg(test)]
pub(crate) fn pretend(host: &mut dyn Host, id: B256, height: u64, hash: B256) -> Result<(), Fault> {
    let record = storage().clients().of(&id);
    record.engine().set(host, Engine::Qbft.into())?;
    let kept = Kept {
        height,
        hash,
        ..Kept::default()
    };
    Shelf::of(host, record)?.put(host, &kept)
}
