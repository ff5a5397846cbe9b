//! Governance of content: versions of the thesaurus by their hash, and what nodes do on which ledger.
//!
//! ```text
//! publish (role) ─▶ waits ─ approve (another person) ─▶ approved ─ fromHeight ─▶ in force
//! publish (proposal) ──────────────────────────────────▲
//! ```
//!
//! Invariants:
//! - Versions are numbered without gap; an approved one is never changed, and each is in force until the next one is.
//! - Two people, or the city by vote, stand behind every version; only the city by vote says what a ledger refuses.
//! - What is approved at a height is in force [`ACTIVATION_BLOCKS`] later at the earliest, and one change at a time is
//!   on its way. So what [`in_force`] says of a height is the same in all states from that many blocks before on.
//! - Nothing here decides about a transaction: execution does not depend on words (ADR 13).

use crate::{
    address::{CONTENT as ADDRESS, GOVERNANCE},
    authority::{self, Request},
    fault::{Fault, invalid, refuse},
    governance::Kind as ProposalKind,
    host::Host,
    layout, ledgers,
    registry::{Call, SystemContract, emit},
    roles,
    storage::{Blob, Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

use crate::interfaces::IContent::{self as abi, IContentCalls as Function};
pub use crate::interfaces::IContent::{InForce, Mode, Setting, Version};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Content",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[Content::LAYOUT, VersionRecord::LAYOUT, ModeRecord::LAYOUT],
    governed: &[
        // This is also open to roles.
        (abi::publishCall::SELECTOR, ProposalKind::Control),
        (abi::setModeCall::SELECTOR, ProposalKind::Control),
    ],
    code: call,
};

/// Blocks of the main ledger until a change is in force, at least: nodes that vote are less far behind one another.
pub const ACTIVATION_BLOCKS: u64 = 10;
/// Blocks until a version is in force, at most: until then no other can be approved. Two weeks of a block a second.
pub const ACTIVATION_BLOCKS_MAX: u64 = 1_209_600;
/// Categories of a thesaurus, at most: each has a law of its own.
pub const CATEGORIES_MAX: u32 = 10_000;
/// Bytes of a legal basis, at most.
pub const LEGAL_BASIS_BYTES_MAX: usize = 512;
/// Versions that one query returns, at most; each has a line of text.
const PAGE_MAX: u32 = 50;

layout! {
    /// The contract's storage.
    pub struct Content (4) {
        /// The versions: the index is the version less one.
        0 => versions: List<VersionRecord>,
        /// What nodes do, by the chain id of the ledger.
        1 => modes: Mapping<u64, ModeRecord>,
    }
}

layout! {
    /// One version.
    pub struct VersionRecord (12) {
        /// Hash of the thesaurus.
        0 => hash: Value<B256>,
        /// Its categories.
        1 => categories: Value<u32>,
        /// The decision that allows it.
        2 => legal_basis: Blob,
        /// Who published it.
        3 => published_by: Value<Address>,
        /// Seconds since 1970.
        4 => published_at: Value<u64>,
        /// Who approved it; zero while it waits.
        5 => approved_by: Value<Address>,
        /// Seconds since 1970.
        6 => approved_at: Value<u64>,
        /// The first height at which it counts.
        7 => from_height: Value<u64>,
    }
}

layout! {
    /// What nodes do on a ledger.
    pub struct ModeRecord (4) {
        /// The mode.
        0 => mode: Value<u8>,
        /// The first height at which it counts.
        1 => from_height: Value<u64>,
        /// What counts before.
        2 => before: Value<u8>,
    }
}

fn storage() -> Content {
    Content::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        Function::publish(request) => {
            require_role(host, call)?;
            publish(host, call.caller, &request)?;
            Vec::new()
        }
        Function::approve(request) => {
            require_role(host, call)?;
            approve(host, call.caller, &request)?;
            Vec::new()
        }
        Function::setMode(request) => {
            authority::require_governance(call.caller, call.selector())?;
            set_mode(host, request.ledger, request.mode)?;
            Vec::new()
        }
        Function::versionOf(query) => abi::versionOfCall::abi_encode_returns(&version(host, query.version)?),
        Function::versionCount(_) => abi::versionCountCall::abi_encode_returns(&count(host)?),
        Function::versions(query) => {
            abi::versionsCall::abi_encode_returns(&versions(host, query.from, query.count)?)
        }
        Function::modeOf(query) => abi::modeOfCall::abi_encode_returns(&setting(host, query.ledger)?),
        Function::inForce(query) => {
            abi::inForceCall::abi_encode_returns(&in_force(host, query.ledger, query.height)?)
        }
    }
    .into())
}

fn require_role(host: &mut dyn Host, call: &Call<'_>) -> Result<(), Fault> {
    let request = Request {
        caller: call.caller,
        contract: ADDRESS,
        selector: call.selector(),
        // A version counts for the whole city.
        organisation: B256::ZERO,
    };
    authority::require(host, &request)
}

fn count(host: &mut dyn Host) -> Result<u32, Fault> {
    let count = storage().versions().length(host)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn record(version: u32) -> VersionRecord {
    storage().versions().element(u64::from(version).saturating_sub(1))
}

/// The version that waits for its approval, if there is one: the newest.
fn waiting(host: &mut dyn Host) -> Result<Option<u32>, Fault> {
    let newest = count(host)?;
    Ok(match newest {
        0 => None,
        _ => record(newest)
            .approved_by()
            .get(host)?
            .is_zero()
            .then_some(newest),
    })
}

fn publish(host: &mut dyn Host, caller: Address, request: &abi::publishCall) -> Result<(), Fault> {
    if request.hash.is_zero() {
        return Err(invalid("hash", "the hash of the thesaurus"));
    }
    if !(1..=CATEGORIES_MAX).contains(&request.categories) {
        return Err(invalid("categories", &format!("1 to {CATEGORIES_MAX}")));
    }
    if request.legalBasis.is_empty() {
        return Err(invalid("legalBasis", "must not be empty"));
    }
    let block = host.block();
    if request.fromHeight > block.height.saturating_add(ACTIVATION_BLOCKS_MAX) {
        let rule = format!("at most {ACTIVATION_BLOCKS_MAX} blocks ahead");
        return Err(invalid("fromHeight", &rule));
    }
    let waiting = waiting(host)?;
    let next = match waiting {
        Some(waiting) => waiting,
        None => count(host)?.saturating_add(1),
    };
    if request.version != next {
        return refuse(abi::NotNext {
            version: request.version,
            next,
        });
    }
    if waiting.is_none() {
        storage().versions().append(host)?;
    }
    let entry = record(next);
    entry.hash().set(host, request.hash)?;
    entry.categories().set(host, request.categories)?;
    entry
        .legal_basis()
        .set_text(host, "legalBasis", &request.legalBasis, LEGAL_BASIS_BYTES_MAX)?;
    entry.published_by().set(host, caller)?;
    entry.published_at().set(host, block.timestamp)?;
    entry.from_height().set(host, request.fromHeight)?;
    let event = abi::Published {
        version: next,
        hash: request.hash,
        by: caller,
        categories: request.categories,
        legalBasis: request.legalBasis.clone(),
    };
    emit(host, ADDRESS, &event)?;
    match caller == GOVERNANCE {
        true => enforce(host, caller, next),
        false => Ok(()),
    }
}

fn approve(host: &mut dyn Host, caller: Address, request: &abi::approveCall) -> Result<(), Fault> {
    let version = request.version;
    let entry = record(version);
    if waiting(host)? != Some(version) || entry.hash().get(host)? != request.hash {
        return refuse(abi::NotWaiting {
            version,
            hash: request.hash,
        });
    }
    let publisher = entry.published_by().get(host)?;
    if roles::same_person(host, publisher, caller)? {
        return refuse(abi::FourEyes { version, caller });
    }
    enforce(host, caller, version)
}

/// Sets the height from which a version counts.
fn enforce(host: &mut dyn Host, by: Address, version: u32) -> Result<(), Fault> {
    let block = host.block();
    if version > 1 {
        let before = record(version.saturating_sub(1)).from_height().get(host)?;
        if before > block.height {
            return refuse(abi::NotYetInForce { fromHeight: before });
        }
    }
    let entry = record(version);
    let earliest = block.height.saturating_add(ACTIVATION_BLOCKS);
    let from_height = entry.from_height().get(host)?.max(earliest);
    entry.from_height().set(host, from_height)?;
    entry.approved_by().set(host, by)?;
    entry.approved_at().set(host, block.timestamp)?;
    let event = abi::Approved {
        version,
        hash: entry.hash().get(host)?,
        by,
        fromHeight: from_height,
    };
    emit(host, ADDRESS, &event)
}

fn set_mode(host: &mut dyn Host, ledger: u64, mode: Mode) -> Result<(), Fault> {
    let block = host.block();
    if ledger != block.chain_id && ledgers::standing(host, ledger)? == ledgers::Status::None {
        return refuse(abi::LedgerUnknown { ledger });
    }
    let now = setting(host, ledger)?;
    if now.fromHeight > block.height {
        return refuse(abi::NotYetInForce {
            fromHeight: now.fromHeight,
        });
    }
    let from_height = block.height.saturating_add(ACTIVATION_BLOCKS);
    let entry = storage().modes().of(&ledger);
    entry.mode().set(host, mode as u8)?;
    entry.from_height().set(host, from_height)?;
    entry.before().set(host, now.mode as u8)?;
    let event = abi::ModeSet {
        ledger,
        mode,
        fromHeight: from_height,
    };
    emit(host, ADDRESS, &event)
}

/// A version.
///
/// # Errors
/// `VersionUnknown`, and what the host gives.
pub fn version(host: &mut dyn Host, version: u32) -> Result<Version, Fault> {
    if version == 0 || version > count(host)? {
        return refuse(abi::VersionUnknown { version });
    }
    let entry = record(version);
    Ok(Version {
        version,
        hash: entry.hash().get(host)?,
        categories: entry.categories().get(host)?,
        legalBasis: entry.legal_basis().text(host)?,
        publishedBy: entry.published_by().get(host)?,
        publishedAt: entry.published_at().get(host)?,
        approvedBy: entry.approved_by().get(host)?,
        approvedAt: entry.approved_at().get(host)?,
        fromHeight: entry.from_height().get(host)?,
    })
}

fn versions(host: &mut dyn Host, from: u32, wanted: u32) -> Result<Vec<Version>, Fault> {
    let from = from.max(1);
    let end = from.saturating_add(wanted.min(PAGE_MAX));
    let end = count(host)?.saturating_add(1).min(end);
    (from..end).map(|number| version(host, number)).collect()
}

/// What nodes do on a ledger.
///
/// # Errors
/// What the host gives.
pub fn setting(host: &mut dyn Host, ledger: u64) -> Result<Setting, Fault> {
    let entry = storage().modes().of(&ledger);
    // Only what `set_mode` wrote is read.
    let mode = |number: u8| Mode::try_from(number).unwrap_or(Mode::Off);
    Ok(Setting {
        mode: mode(entry.mode().get(host)?),
        fromHeight: entry.from_height().get(host)?,
        before: mode(entry.before().get(host)?),
    })
}

/// What counts on a ledger at a height of the main ledger: the same in every state from [`ACTIVATION_BLOCKS`] before
/// that height on.
///
/// # Errors
/// What the host gives.
pub fn in_force(host: &mut dyn Host, ledger: u64, height: u64) -> Result<InForce, Fault> {
    let setting = setting(host, ledger)?;
    let mode = match height >= setting.fromHeight {
        true => setting.mode,
        false => setting.before,
    };
    // The newest may wait, and the one before it may not count yet; the third one counts.
    for version in (1..=count(host)?).rev() {
        let entry = record(version);
        let is_approved = !entry.approved_by().get(host)?.is_zero();
        if is_approved && entry.from_height().get(host)? <= height {
            let hash = entry.hash().get(host)?;
            return Ok(InForce { mode, version, hash });
        }
    }
    Ok(InForce {
        mode,
        version: 0,
        hash: B256::ZERO,
    })
}

#[cfg(test)]
mod tests;
