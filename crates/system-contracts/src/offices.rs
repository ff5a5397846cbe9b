//! Offices: k of n of them together open the entity behind an identity, for a case, and every step is an
//! event.
//!
//! ```text
//! seal (role) ─▶ record ─▶ requestOpening ─▶ Open ─ k offices, the requesting one included ─▶ Opened
//!                                              └ fourteen days over ─▶ Expired
//! ```
//!
//! The ledger keeps ciphertext and counts offices; it holds no key and checks no plaintext. What clients
//! encrypt and how is written in `contracts/interfaces/IOffices.sol`.
//!
//! Invariants:
//! - An opening takes at least two offices, never fewer than the threshold of the record or of the city, and
//!   the accounts behind it are of different offices and of different identities.
//! - Active offices are never fewer than the threshold.
//! - Records and openings are never deleted; an earlier record can still be read.

mod openings;
mod records;

#[cfg(test)]
mod tests;

use crate::{
    address::OFFICES as ADDRESS,
    authority,
    fault::{Fault, invalid, refuse},
    governance,
    host::Host,
    identities, layout, organisations,
    registry::{Call, SystemContract, emit},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

use crate::interfaces::IOffices::{self as abi, IOfficesCalls as Function};
pub use crate::interfaces::IOffices::{HandedShare, Office, Opening, OpeningStatus, SealedRecord, Share};
pub use openings::opening;
pub use records::sealed_record;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Offices",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Offices::LAYOUT,
        OfficeRecord::LAYOUT,
        SealedEntry::LAYOUT,
        ShareRecord::LAYOUT,
        OpeningRecord::LAYOUT,
        HandedRecord::LAYOUT,
    ],
    governed: &[
        (abi::setOfficeCall::SELECTOR, governance::Kind::Roles),
        (abi::removeOfficeCall::SELECTOR, governance::Kind::Roles),
        (abi::setThresholdCall::SELECTOR, governance::Kind::Roles),
    ],
    code: call,
};

/// Offices of a city, at most: a record holds a share for each.
pub const OFFICES_MAX: u64 = 16;
/// Accounts of an office, at most.
pub const ACCOUNTS_MAX: usize = 16;
/// Bytes of an office's name, at most.
pub const NAME_BYTES_MAX: usize = 64;
/// Offices that open a record, at least: four eyes.
pub const THRESHOLD_MIN: u8 = 2;
/// Bytes of a record's ciphertext on the ledger, at most.
pub const CIPHERTEXT_BYTES_MAX: usize = 2_048;
/// Bytes of a record's ciphertext, at least: nonce and tag of AES-GCM.
pub const CIPHERTEXT_BYTES_MIN: usize = 12 + 16;
/// Bytes of the place where a ciphertext is kept, at most.
pub const LOCATION_BYTES_MAX: usize = 512;
/// Bytes of a sealed share: encapsulated key, position, share of the data key, tag (RFC 9180).
pub const SEALED_SHARE_BYTES: usize = 32 + 1 + 32 + 16;
/// Bytes of a case number, at most.
pub const CASE_BYTES_MAX: usize = 64;
/// Bytes of a legal basis, at most.
pub const LEGAL_BASIS_BYTES_MAX: usize = 512;
/// Seconds in which offices can stand behind an opening.
pub const OPENING_SECONDS: u64 = 14 * 24 * 3_600;

layout! {
    /// The contract's storage.
    pub struct Offices (8) {
        /// Offices by id.
        0 => offices: Mapping<B256, OfficeRecord>,
        /// Ids in the order in which they were made.
        1 => ids: List<Value<B256>>,
        /// The office that an account acts for.
        2 => office_of: Mapping<Address, Value<B256>>,
        /// Offices that open a record together; zero while it was never set.
        3 => threshold: Value<u8>,
        /// Records by identity, the newest last.
        4 => records: Mapping<B256, List<SealedEntry>>,
        /// Openings; the one with id `n` stands at index `n - 1`.
        5 => openings: List<OpeningRecord>,
    }
}

layout! {
    /// One office.
    pub struct OfficeRecord (8) {
        /// Its organisation; zero if there is no such office.
        0 => organisation: Value<B256>,
        /// Its name.
        1 => name: Blob,
        /// Its X25519 public key.
        2 => encryption_key: Value<B256>,
        /// Whether it takes part.
        3 => active: Value<bool>,
        /// Its accounts.
        4 => accounts: Set<Address>,
    }
}

layout! {
    /// One sealed record.
    pub struct SealedEntry (6) {
        /// keccak256 of the ciphertext.
        0 => commitment: Value<B256>,
        /// The ciphertext, or nothing.
        1 => ciphertext: Blob,
        /// Where it is kept, or nothing.
        2 => location: Blob,
        /// Offices that open it.
        3 => threshold: Value<u8>,
        /// Shares of its key.
        4 => shares: List<ShareRecord>,
    }
}

layout! {
    /// A share of a data key, sealed to an office.
    pub struct ShareRecord (4) {
        /// The office.
        0 => office: Value<B256>,
        /// The key to which it is sealed.
        1 => encryption_key: Value<B256>,
        /// The sealed share.
        2 => sealed_share: Blob,
    }
}

layout! {
    /// One opening.
    pub struct OpeningRecord (16) {
        /// The identity.
        0 => identity: Value<B256>,
        /// Index of its record.
        1 => record: Value<u64>,
        /// Number of the case.
        2 => case_number: Blob,
        /// Why it is lawful.
        3 => legal_basis: Blob,
        /// The office that asked.
        4 => requesting_office: Value<B256>,
        /// The account that asked.
        5 => requester: Value<Address>,
        /// Seconds since 1970.
        6 => requested_at: Value<u64>,
        /// Offices that it needs.
        7 => approvals_needed: Value<u8>,
        /// Offices behind it.
        8 => offices: Set<B256>,
        /// Identities of the accounts behind it.
        10 => people: Set<B256>,
        /// Shares that were handed over.
        12 => shares: List<HandedRecord>,
        /// Whether it came through.
        13 => opened: Value<bool>,
    }
}

layout! {
    /// A share that was handed to the requesting office.
    pub struct HandedRecord (4) {
        /// By which office.
        0 => office: Value<B256>,
        /// By which account.
        1 => account: Value<Address>,
        /// The share.
        2 => sealed_share: Blob,
        /// Seconds since 1970.
        3 => at: Value<u64>,
    }
}

fn storage() -> Offices {
    Offices::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let function: Function = call.decode()?;
    if CONTRACT.kind_of(call.selector()).is_some() {
        authority::require_governance(call.caller, call.selector())?;
    }
    Ok(match function {
        Function::setOffice(request) => {
            set_office(host, &request)?;
            Vec::new()
        }
        Function::removeOffice(request) => {
            remove_office(host, request.id)?;
            Vec::new()
        }
        Function::setThreshold(request) => {
            set_threshold(host, request.threshold)?;
            Vec::new()
        }
        Function::seal(request) => {
            abi::sealCall::abi_encode_returns(&records::seal(host, call.caller, &request)?)
        }
        Function::requestOpening(request) => {
            abi::requestOpeningCall::abi_encode_returns(&openings::request(host, call.caller, &request)?)
        }
        Function::approveOpening(request) => {
            abi::approveOpeningCall::abi_encode_returns(&openings::approve(host, call.caller, &request)?)
        }
        Function::office(query) => abi::officeCall::abi_encode_returns(&office(host, query.id)?),
        Function::offices(_) => abi::officesCall::abi_encode_returns(&offices(host)?),
        Function::officeOf(query) => {
            abi::officeOfCall::abi_encode_returns(&storage().office_of().of(&query.account).get(host)?)
        }
        Function::threshold(_) => abi::thresholdCall::abi_encode_returns(&threshold(host)?),
        Function::sealedRecord(query) => {
            abi::sealedRecordCall::abi_encode_returns(&sealed_record(host, query.identity, None)?)
        }
        Function::sealedRecordAt(query) => abi::sealedRecordAtCall::abi_encode_returns(&sealed_record(
            host,
            query.identity,
            Some(query.record),
        )?),
        Function::recordCount(query) => {
            let count = storage().records().of(&query.identity).length(host)?;
            abi::recordCountCall::abi_encode_returns(&count)
        }
        Function::opening(query) => abi::openingCall::abi_encode_returns(&opening(host, query.id)?),
        Function::openingCount(_) => {
            abi::openingCountCall::abi_encode_returns(&storage().openings().length(host)?)
        }
    }
    .into())
}

/// Offices that open a record together.
///
/// # Errors
/// What the host gives.
pub fn threshold(host: &mut dyn Host) -> Result<u8, Fault> {
    Ok(storage().threshold().get(host)?.max(THRESHOLD_MIN))
}

fn set_threshold(host: &mut dyn Host, threshold: u8) -> Result<(), Fault> {
    if threshold < THRESHOLD_MIN || u64::from(threshold) > OFFICES_MAX {
        return Err(invalid("threshold", "between 2 and 16"));
    }
    require_enough(active_count(host)?, threshold)?;
    storage().threshold().set(host, threshold)?;
    emit(host, ADDRESS, &abi::ThresholdSet { threshold })
}

fn require_enough(active: u64, threshold: u8) -> Result<(), Fault> {
    if active >= threshold.into() {
        return Ok(());
    }
    let reason = format!("{active} offices would be active, an opening needs {threshold}");
    refuse(abi::WouldLockOut { reason })
}

fn active_count(host: &mut dyn Host) -> Result<u64, Fault> {
    let mut count = 0;
    for id in ids(host)? {
        count += u64::from(storage().offices().of(&id).active().get(host)?);
    }
    Ok(count)
}

fn ids(host: &mut dyn Host) -> Result<Vec<B256>, Fault> {
    let ids = storage().ids();
    let count = ids.length(host)?;
    (0..count).map(|index| ids.element(index).get(host)).collect()
}

/// The record of an office that exists.
fn known(host: &mut dyn Host, id: B256) -> Result<OfficeRecord, Fault> {
    let record = storage().offices().of(&id);
    if record.organisation().get(host)?.is_zero() {
        return refuse(abi::OfficeUnknown { id });
    }
    Ok(record)
}

fn set_office(host: &mut dyn Host, request: &abi::setOfficeCall) -> Result<(), Fault> {
    let id = request.id;
    check_office(host, request)?;
    let record = storage().offices().of(&id);
    if record.organisation().get(host)?.is_zero() {
        let (index, entry) = storage().ids().append(host)?;
        if index >= OFFICES_MAX {
            return Err(invalid("id", "a city has at most 16 offices"));
        }
        entry.set(host, id)?;
    }
    record.organisation().set(host, request.organisation)?;
    record.name().set(host, request.name.as_bytes())?;
    record.encryption_key().set(host, request.encryptionKey)?;
    record.active().set(host, true)?;
    dismiss(host, &record)?;
    for account in &request.accounts {
        let office = storage().office_of().of(account);
        let other = office.get(host)?;
        if !other.is_zero() {
            return refuse(abi::AccountTaken {
                account: *account,
                office: other,
            });
        }
        office.set(host, id)?;
        record.accounts().insert(host, *account)?;
    }
    let event = abi::OfficeSet {
        id,
        organisation: request.organisation,
        name: request.name.clone(),
        encryptionKey: request.encryptionKey,
        accounts: request.accounts.clone(),
    };
    emit(host, ADDRESS, &event)
}

fn check_office(host: &mut dyn Host, request: &abi::setOfficeCall) -> Result<(), Fault> {
    if request.id.is_zero() {
        return Err(invalid("id", "not zero"));
    }
    organisations::require_active(host, request.organisation)?;
    if request.name.trim().is_empty() || request.name.len() > NAME_BYTES_MAX {
        return Err(invalid("name", "between 1 and 64 bytes"));
    }
    if request.encryptionKey.is_zero() {
        return Err(invalid("encryptionKey", "an X25519 public key"));
    }
    if request.accounts.is_empty() || request.accounts.len() > ACCOUNTS_MAX {
        return Err(invalid("accounts", "between 1 and 16"));
    }
    if request.accounts.contains(&Address::ZERO) {
        return Err(invalid("accounts", "not zero"));
    }
    Ok(())
}

/// Takes an office's accounts from it.
fn dismiss(host: &mut dyn Host, record: &OfficeRecord) -> Result<(), Fault> {
    let bound = u64::try_from(ACCOUNTS_MAX).unwrap_or(u64::MAX);
    for account in record.accounts().members(host, 0, bound)? {
        record.accounts().remove(host, account)?;
        storage().office_of().of(&account).set(host, B256::ZERO)?;
    }
    Ok(())
}

fn remove_office(host: &mut dyn Host, id: B256) -> Result<(), Fault> {
    let record = known(host, id)?;
    if !record.active().get(host)? {
        return refuse(abi::OfficeUnknown { id });
    }
    record.active().set(host, false)?;
    dismiss(host, &record)?;
    let (active, threshold) = (active_count(host)?, threshold(host)?);
    require_enough(active, threshold)?;
    emit(host, ADDRESS, &abi::OfficeRemoved { id })
}

/// The active office that an account acts for.
fn acting(host: &mut dyn Host, account: Address) -> Result<B256, Fault> {
    let id = storage().office_of().of(&account).get(host)?;
    let record = storage().offices().of(&id);
    let organisation = record.organisation().get(host)?;
    let acts = !id.is_zero()
        && record.active().get(host)?
        && organisations::is_active(host, organisation)?
        && identities::is_usable(host, account)?;
    if acts {
        return Ok(id);
    }
    refuse(abi::NotAnOffice { account })
}

/// An office.
///
/// # Errors
/// `OfficeUnknown`, and what the host gives.
pub fn office(host: &mut dyn Host, id: B256) -> Result<Office, Fault> {
    let record = known(host, id)?;
    let bound = u64::try_from(ACCOUNTS_MAX).unwrap_or(u64::MAX);
    Ok(Office {
        id,
        organisation: record.organisation().get(host)?,
        name: record.name().text(host)?,
        encryptionKey: record.encryption_key().get(host)?,
        accounts: record.accounts().members(host, 0, bound)?,
        active: record.active().get(host)?,
    })
}

/// All offices, in the order in which they were made.
///
/// # Errors
/// What the host gives.
pub fn offices(host: &mut dyn Host) -> Result<Vec<Office>, Fault> {
    let mut offices = Vec::new();
    for id in ids(host)? {
        offices.push(office(host, id)?);
    }
    Ok(offices)
}
