//! Organisations: who is part of the city, of which kind and level, with which certificate authorities.
//!
//! All changes come from Governance. Invariants: a name is used once, for ever; an organisation that left does not
//! come back; the number of active voting organisations is kept in storage and equals what the records say, and
//! never becomes smaller than the largest number of approvals that a proposal needs.

use crate::{
    address::ORGANISATIONS as ADDRESS,
    authority,
    fault::{Fault, invalid, refuse},
    governance::{self, Kind as ProposalKind},
    host::{Host, gas},
    layout, nodes,
    registry::{Call, SystemContract, emit},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::SolCall;

use crate::interfaces::IOrganisations::{
    self as abi, IOrganisationsCalls as Function, Kind, Organisation, Status,
};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Organisations",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[Organisations::LAYOUT, Record::LAYOUT],
    governed: &[
        (abi::joinCall::SELECTOR, ProposalKind::Membership),
        (abi::changeCall::SELECTOR, ProposalKind::Membership),
        (abi::setStatusCall::SELECTOR, ProposalKind::Membership),
        (abi::addAnchorCall::SELECTOR, ProposalKind::Membership),
        (abi::removeAnchorCall::SELECTOR, ProposalKind::Membership),
    ],
    code: call,
};

/// Bytes of a name, at most.
pub const NAME_BYTES_MAX: usize = 64;
/// Organisations of a city, at most: votes and audits walk through all of them.
pub const ORGANISATIONS_MAX: u64 = 1_024;
/// Authorities of one organisation, at most.
pub const ANCHORS_MAX: u64 = 8;
/// Bytes of an authority's certificate, at most.
pub const ANCHOR_BYTES_MAX: usize = 4_096;
/// The highest level.
pub const LEVEL_MAX: u8 = 100;
/// Records that one query returns, at most.
const PAGE_MAX: u64 = 100;

layout! {
    /// The contract's storage.
    pub struct Organisations (4) {
        /// Records by id.
        0 => records: Mapping<B256, Record>,
        /// Ids in the order in which they joined.
        1 => ids: List<Value<B256>>,
        /// Active organisations that vote.
        2 => voters: Value<u64>,
        /// Certificates of authorities by SHA-256: several organisations can trust one authority.
        3 => certificates: Mapping<B256, Blob>,
    }
}

layout! {
    /// One organisation.
    pub struct Record (8) {
        /// Its name.
        0 => name: Blob,
        /// Its kind.
        1 => kind: Value<u8>,
        /// Its level.
        2 => level: Value<u8>,
        /// Its status.
        3 => status: Value<u8>,
        /// Whether it votes.
        4 => voting: Value<bool>,
        /// Height at which it joined.
        5 => joined_at: Value<u64>,
        /// SHA-256 of the certificates of its authorities.
        6 => anchors: Set<B256>,
    }
}

fn storage() -> Organisations {
    Organisations::at(Place::root(ADDRESS))
}

/// The id of the organisation called `name`.
pub fn id_of(name: &str) -> B256 {
    keccak256(name)
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let function: Function = call.decode()?;
    if CONTRACT.kind_of(call.selector()).is_some() {
        authority::require_governance(call.caller, call.selector())?;
    }
    Ok(match function {
        Function::join(join) => abi::joinCall::abi_encode_returns(&self::join(host, &join)?),
        Function::change(change) => {
            self::change(host, &change)?;
            Vec::new()
        }
        Function::setStatus(change) => {
            set_status(host, change.id, change.status)?;
            Vec::new()
        }
        Function::addAnchor(add) => {
            abi::addAnchorCall::abi_encode_returns(&add_anchor(host, add.id, &add.certificate)?)
        }
        Function::removeAnchor(remove) => {
            remove_anchor(host, remove.id, remove.fingerprint)?;
            Vec::new()
        }
        Function::organisation(query) => abi::organisationCall::abi_encode_returns(&get(host, query.id)?),
        Function::organisations(query) => {
            abi::organisationsCall::abi_encode_returns(&page(host, query.from, query.count)?)
        }
        Function::organisationCount(_) => {
            abi::organisationCountCall::abi_encode_returns(&storage().ids().length(host)?)
        }
        Function::anchors(query) => abi::anchorsCall::abi_encode_returns(&anchors(host, query.id)?),
        Function::isActive(query) => abi::isActiveCall::abi_encode_returns(&is_active(host, query.id)?),
        Function::voterCount(_) => abi::voterCountCall::abi_encode_returns(&voter_count(host)?),
    }
    .into())
}

/// The record of an organisation that exists.
fn known(host: &mut dyn Host, id: B256) -> Result<Record, Fault> {
    let record = storage().records().of(&id);
    if record.status().get(host)? == u8::from(Status::None) {
        return refuse(abi::OrganisationUnknown { id });
    }
    Ok(record)
}

/// Whether the organisation exists and is active.
///
/// # Errors
/// What the host gives.
pub fn is_active(host: &mut dyn Host, id: B256) -> Result<bool, Fault> {
    Ok(storage().records().of(&id).status().get(host)? == u8::from(Status::Active))
}

/// Whether the organisation is active and votes.
///
/// # Errors
/// What the host gives.
pub fn votes(host: &mut dyn Host, id: B256) -> Result<bool, Fault> {
    Ok(is_active(host, id)? && storage().records().of(&id).voting().get(host)?)
}

/// Active organisations that vote.
///
/// # Errors
/// What the host gives.
pub fn voter_count(host: &mut dyn Host) -> Result<u64, Fault> {
    storage().voters().get(host)
}

/// Refuses an organisation that is unknown, suspended or gone.
///
/// # Errors
/// `OrganisationNotActive`, and what the host gives.
pub fn require_active(host: &mut dyn Host, id: B256) -> Result<(), Fault> {
    if is_active(host, id)? {
        return Ok(());
    }
    refuse(abi::OrganisationNotActive { id })
}

fn join(host: &mut dyn Host, request: &abi::joinCall) -> Result<B256, Fault> {
    check_profile(request.kind, request.level)?;
    let name = request.name.as_str();
    if name.trim().is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(invalid("name", "between 1 and 64 bytes"));
    }
    let id = id_of(name);
    let record = storage().records().of(&id);
    if record.status().get(host)? != u8::from(Status::None) {
        return refuse(abi::OrganisationExists { id });
    }
    let (index, entry) = storage().ids().append(host)?;
    if index >= ORGANISATIONS_MAX {
        return Err(invalid("name", "the city holds at most 1024 organisations"));
    }
    entry.set(host, id)?;
    record.name().set_text(host, "name", name, NAME_BYTES_MAX)?;
    record.kind().set(host, request.kind.into())?;
    record.level().set(host, request.level)?;
    record.status().set(host, Status::Active.into())?;
    record.voting().set(host, request.voting)?;
    let height = host.block().height;
    record.joined_at().set(host, height)?;
    if request.voting {
        let voters = voter_count(host)?;
        storage().voters().set(host, voters + 1)?;
    }
    let event = abi::OrganisationJoined {
        id,
        name: request.name.clone(),
        kind: request.kind,
        level: request.level,
        voting: request.voting,
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

fn check_profile(kind: Kind, level: u8) -> Result<(), Fault> {
    if kind == Kind::None {
        return Err(invalid("kind", "Governance, Business, Provider or Supporter"));
    }
    if level > LEVEL_MAX {
        return Err(invalid("level", "at most 100"));
    }
    Ok(())
}

fn change(host: &mut dyn Host, request: &abi::changeCall) -> Result<(), Fault> {
    check_profile(request.kind, request.level)?;
    let record = known(host, request.id)?;
    let voted = votes(host, request.id)?;
    record.kind().set(host, request.kind.into())?;
    record.level().set(host, request.level)?;
    record.voting().set(host, request.voting)?;
    recount(host, request.id, voted)?;
    let event = abi::OrganisationChanged {
        id: request.id,
        name: record.name().text(host)?,
        kind: request.kind,
        level: request.level,
        voting: request.voting,
    };
    emit(host, ADDRESS, &event)
}

fn set_status(host: &mut dyn Host, id: B256, status: Status) -> Result<(), Fault> {
    let record = known(host, id)?;
    if status == Status::None {
        return Err(invalid("status", "Active, Suspended or Left"));
    }
    if record.status().get(host)? == u8::from(Status::Left) {
        return refuse(abi::OrganisationNotActive { id });
    }
    let voted = votes(host, id)?;
    record.status().set(host, status.into())?;
    recount(host, id, voted)?;
    nodes::organisation_changed(host, id)?;
    emit(host, ADDRESS, &abi::OrganisationStatusChanged { id, status })
}

/// Brings the number of voters up to date after a change of one organisation, which `voted` before it.
fn recount(host: &mut dyn Host, id: B256, voted: bool) -> Result<(), Fault> {
    let votes = votes(host, id)?;
    if votes == voted {
        return Ok(());
    }
    let count = voter_count(host)?;
    let count = if votes { count + 1 } else { count.saturating_sub(1) };
    storage().voters().set(host, count)?;
    let needed = governance::approvals_needed_max(host)?;
    if count < needed {
        let reason = format!("{count} organisations would vote, proposals need up to {needed} approvals");
        return refuse(abi::WouldLockOut { reason });
    }
    Ok(())
}

fn add_anchor(host: &mut dyn Host, id: B256, certificate: &[u8]) -> Result<B256, Fault> {
    let record = known(host, id)?;
    // A DER sequence with a long length: what every certificate begins with. Nodes check the rest before use.
    if certificate.len() > ANCHOR_BYTES_MAX || !certificate.starts_with(&[0x30, 0x82]) {
        return Err(invalid(
            "certificate",
            "an X.509 certificate (DER) of at most 4096 bytes",
        ));
    }
    let fingerprint = fingerprint(host, certificate)?;
    if record.anchors().length(host)? >= ANCHORS_MAX {
        return Err(invalid(
            "certificate",
            "an organisation has at most 8 authorities",
        ));
    }
    if !record.anchors().insert(host, fingerprint)? {
        return refuse(abi::AnchorExists {
            organisation: id,
            fingerprint,
        });
    }
    storage().certificates().of(&fingerprint).set(host, certificate)?;
    nodes::anchors_changed(host)?;
    let event = abi::AnchorAdded {
        organisation: id,
        fingerprint,
    };
    emit(host, ADDRESS, &event)?;
    Ok(fingerprint)
}

fn fingerprint(host: &mut dyn Host, certificate: &[u8]) -> Result<B256, Fault> {
    let words = u64::try_from(certificate.len().div_ceil(32)).unwrap_or(u64::MAX);
    host.charge(gas::HASH + gas::HASH_WORD * words)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    Ok(B256::from_slice(digest.as_ref()))
}

fn remove_anchor(host: &mut dyn Host, id: B256, fingerprint: B256) -> Result<(), Fault> {
    let record = known(host, id)?;
    if !record.anchors().remove(host, fingerprint)? {
        return refuse(abi::AnchorUnknown {
            organisation: id,
            fingerprint,
        });
    }
    nodes::anchors_changed(host)?;
    let event = abi::AnchorRemoved {
        organisation: id,
        fingerprint,
    };
    emit(host, ADDRESS, &event)
}

/// The certificates of an organisation's authorities (DER).
///
/// # Errors
/// `OrganisationUnknown`, and what the host gives.
pub fn anchors(host: &mut dyn Host, id: B256) -> Result<Vec<Bytes>, Fault> {
    let record = known(host, id)?;
    let fingerprints = record.anchors().members(host, 0, ANCHORS_MAX)?;
    fingerprints
        .iter()
        .map(|fingerprint| storage().certificates().of(fingerprint).get(host))
        .collect()
}

/// An organisation.
///
/// # Errors
/// `OrganisationUnknown`, and what the host gives.
pub fn get(host: &mut dyn Host, id: B256) -> Result<Organisation, Fault> {
    let record = known(host, id)?;
    Ok(Organisation {
        id,
        name: record.name().text(host)?,
        kind: Kind::try_from(record.kind().get(host)?).unwrap_or(Kind::None),
        level: record.level().get(host)?,
        status: Status::try_from(record.status().get(host)?).unwrap_or(Status::None),
        voting: record.voting().get(host)?,
        joinedAt: record.joined_at().get(host)?,
    })
}

/// Organisations in the order in which they joined, at most 100.
///
/// # Errors
/// What the host gives.
pub fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Organisation>, Fault> {
    let ids = storage().ids();
    let end = ids.length(host)?.min(from.saturating_add(count.min(PAGE_MAX)));
    let mut found = Vec::new();
    for index in from..end {
        let id = ids.element(index).get(host)?;
        found.push(get(host, id)?);
    }
    Ok(found)
}
