//! Headers of business chains that the ledger verifies itself, by the engines of crate `light` (ADR 15).
//!
//! ```text
//! open (trust root) ─▶ client ◀── update(header with its signatures), by anybody
//!                        │  └─ newest header ─▶ judges the next one        proven headers ─▶ Cases (proof of effect), Anchors
//!                        └──── two final headers that cannot both be ─▶ frozen for good
//! ```
//!
//! Invariants:
//! - Headers of a client rise; each was judged by the engine with the one below it, at the time of its block.
//! - A frozen client proves nothing, not even what it proved before; only the city by vote begins anew, above all that was.
//! - Everything is paid before it is verified: by the bytes of the evidence, of which a signature takes its share.

use crate::{
    address::{GOVERNANCE, HEADERS as ADDRESS},
    anchors,
    authority::{self, Request},
    chains,
    fault::{Fault, invalid, refuse},
    governance::Kind as ProposalKind,
    host::{Host, gas},
    layout,
    registry::{Call, SystemContract, emit},
    storage::{Blob, Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use engines::{Kept, NANOSECONDS, Settings, Verdict};

use crate::interfaces::IChains::Status;
use crate::interfaces::IHeaders::{self as abi, IHeadersCalls as Function};
pub use crate::interfaces::IHeaders::{Client, Engine, Evidence, Header, Outcome};

mod engines;
mod kept;

use kept::Place as Position;

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
    /// One client.
    pub struct ClientRecord (16) {
        /// How headers become final; zero where there is no client.
        0 => engine: Value<u8>,
        /// Seconds for which a header vouches for a newer one.
        1 => trusting_seconds: Value<u64>,
        /// Clients of the chain until now.
        2 => generation: Value<u64>,
        /// What a chain of CometBFT calls itself.
        3 => network: Blob,
        /// Proven headers, rising.
        4 => headers: List<HeaderRecord>,
        /// Validators by their Keccak-256: they seldom change.
        5 => validators: Mapping<B256, Blob>,
        /// Seconds since 1970; zero while it is not frozen.
        6 => frozen_at: Value<u64>,
        /// Height of the contradiction.
        7 => frozen_height: Value<u64>,
        /// What stood here.
        8 => trusted: Value<B256>,
        /// What contradicts it.
        9 => other: Value<B256>,
    }
}

layout! {
    /// One proven header.
    pub struct HeaderRecord (10) {
        /// Its height.
        0 => height: Value<u64>,
        /// Its hash.
        1 => hash: Value<B256>,
        /// Hash of the one before it; zero where the chain does not tell.
        2 => parent_hash: Value<B256>,
        /// Nanoseconds since 1970.
        3 => time: Value<u64>,
        /// Root of the state.
        4 => state_root: Blob,
        /// Root of the receipts.
        5 => receipts_root: Value<B256>,
        /// Keccak-256 of the validators by whom the next one is judged.
        6 => validators: Value<B256>,
        /// Height of this ledger.
        7 => proven_at: Value<u64>,
    }
}

fn storage() -> Headers {
    Headers::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        Function::open(request) => {
            require_role(host, call, request.id)?;
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

fn require_role(host: &mut dyn Host, call: &Call<'_>, id: B256) -> Result<(), Fault> {
    let organisation = chains::get(host, id)?.info.operator;
    let request = Request {
        caller: call.caller,
        contract: ADDRESS,
        selector: call.selector(),
        organisation,
    };
    authority::require(host, &request)
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
    let mut settings = Settings {
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
    settings.network = network;
    let record = storage().clients().of(&id);
    if record.engine().get(host)? != 0 {
        replace(host, id, call, &record, kept.height)?;
    }
    let generation = record.generation().get(host)?.saturating_add(1);
    record.generation().set(host, generation)?;
    record.engine().set(host, request.engine.into())?;
    record.trusting_seconds().set(host, request.trustingSeconds)?;
    record.network().set(host, settings.network.as_bytes())?;
    kept::append(host, &record, &kept)?;
    let event = abi::ClientOpened {
        id,
        engine: request.engine,
        generation,
        height: kept.height,
        hash: kept.hash,
    };
    emit(host, ADDRESS, &event)
}

/// Makes room for a new client: only the city does, where the old one can lead nowhere, and above all that it had.
fn replace(
    host: &mut dyn Host,
    id: B256,
    call: &Call<'_>,
    record: &ClientRecord,
    height: u64,
) -> Result<(), Fault> {
    let count = record.headers().length(host)?;
    let newest = kept::read(host, record, count.saturating_sub(1))?;
    let is_frozen = record.frozen_at().get(host)? != 0;
    let vouches_until = (newest.time / NANOSECONDS).saturating_add(record.trusting_seconds().get(host)?);
    let is_over = is_frozen || vouches_until < host.block().timestamp;
    if call.caller != GOVERNANCE || !is_over {
        return refuse(abi::ClientExists { id });
    }
    if height <= newest.height.max(record.frozen_height().get(host)?) {
        return Err(invalid("root", "above all headers that the client had"));
    }
    if is_frozen {
        record.headers().truncate(host, 0)?;
        record.frozen_at().set(host, 0)?;
        record.frozen_height().set(host, 0)?;
        record.trusted().set(host, B256::ZERO)?;
        record.other().set(host, B256::ZERO)?;
    }
    Ok(())
}

/// What evidence is judged with: the client, and its headers next to the height.
struct Court {
    record: ClientRecord,
    settings: Settings,
    height: u64,
    neighbours: Vec<Kept>,
}

fn court(host: &mut dyn Host, id: B256, evidence: &Evidence) -> Result<Court, Fault> {
    let record = live(host, id)?;
    require_supervised(host, id)?;
    let settings = settings(host, &record)?;
    let height = proves(id, engines::height(&settings, evidence))?;
    let neighbours = kept::neighbours(host, &record, height)?;
    if neighbours.first().is_none_or(|below| below.height >= height) {
        let oldest = kept::read(host, &record, 0)?.height;
        return refuse(abi::TooOld { id, height, oldest });
    }
    Ok(Court {
        record,
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
            freeze(host, id, &court.record, &equivocation)?;
            Ok(Outcome::Frozen)
        }
        Verdict::Added(_) if court.neighbours.iter().any(|kept| kept.height > court.height) => {
            Ok(Outcome::Checked)
        }
        Verdict::Added(kept) => {
            kept::append(host, &court.record, &kept)?;
            proven(host, id, &kept)?;
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
        Verdict::Frozen(equivocation) => freeze(host, id, &court.record, &equivocation),
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
    let record = storage().clients().of(&id);
    let count = record.headers().length(host)?;
    let newest = record.headers().element(count.saturating_sub(1));
    Ok(Client {
        engine: Engine::try_from(record.engine().get(host)?).unwrap_or(Engine::None),
        trustingSeconds: record.trusting_seconds().get(host)?,
        generation: record.generation().get(host)?,
        count,
        newestHeight: newest.height().get(host)?,
        newestHash: newest.hash().get(host)?,
        frozenAt: record.frozen_at().get(host)?,
        frozenHeight: record.frozen_height().get(host)?,
        trusted: record.trusted().get(host)?,
        other: record.other().get(host)?,
    })
}

fn shown(host: &mut dyn Host, record: &ClientRecord, index: u64) -> Result<Header, Fault> {
    let proven_at = record.headers().element(index).proven_at().get(host)?;
    let kept = kept::read(host, record, index)?;
    Ok(Header {
        height: kept.height,
        hash: kept.hash,
        parentHash: kept.parent_hash,
        time: kept.time,
        stateRoot: kept.state_root.into(),
        receiptsRoot: kept.receipts_root,
        provenAt: proven_at,
    })
}

fn header(host: &mut dyn Host, id: B256, height: u64) -> Result<Header, Fault> {
    let record = live(host, id)?;
    match kept::find(host, &record, height)? {
        Position::At(index) => shown(host, &record, index),
        Position::Before(_) => refuse(abi::HeaderUnknown { id, height }),
    }
}

fn headers(host: &mut dyn Host, id: B256, from: u64, count: u64) -> Result<Vec<Header>, Fault> {
    let record = live(host, id)?;
    let end = from.saturating_add(count.min(PAGE_MAX));
    let end = record.headers().length(host)?.min(end);
    (from..end).map(|index| shown(host, &record, index)).collect()
}

/// Whether headers of a chain are proven here, now or before its client was frozen: then what is only attested of it is
/// not enough.
///
/// # Errors
/// What the host gives.
pub fn has_client(host: &mut dyn Host, id: B256) -> Result<bool, Fault> {
    Ok(storage().clients().of(&id).engine().get(host)? != 0)
}

/// Hash of the proven header of a height, and the height of this ledger at which it was proven; none where it is not, or the
/// client is frozen.
///
/// # Errors
/// What the host gives.
pub fn proven_at(host: &mut dyn Host, id: B256, height: u64) -> Result<Option<(B256, u64)>, Fault> {
    let record = storage().clients().of(&id);
    if record.engine().get(host)? == 0 || record.frozen_at().get(host)? != 0 {
        return Ok(None);
    }
    let Position::At(index) = kept::find(host, &record, height)? else {
        return Ok(None);
    };
    let entry = record.headers().element(index);
    Ok(Some((entry.hash().get(host)?, entry.proven_at().get(host)?)))
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
    kept::append(host, &record, &kept)
}
