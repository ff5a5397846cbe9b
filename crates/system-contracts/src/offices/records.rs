//! Records of the entity behind an identity: ciphertext, and the shares of its key.
//!
//! A share is sealed to the key that its office has at that time; the check is on lengths and names, since
//! the ledger cannot look inside.

use super::{
    ADDRESS, CIPHERTEXT_BYTES_MAX, CIPHERTEXT_BYTES_MIN, LOCATION_BYTES_MAX, OFFICES_MAX, SEALED_SHARE_BYTES,
    SealedEntry, SealedRecord, Share, abi, known, storage, threshold,
};
use crate::{
    authority::{self, Request},
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
    identities::{self, Status},
    registry::emit,
};
use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;

/// Stores a record. By a role for the organisation that vouches for the identity.
pub(super) fn seal(host: &mut dyn Host, caller: Address, request: &abi::sealCall) -> Result<u64, Fault> {
    let identity = request.identity;
    match identities::status(host, identity)? {
        Status::Active | Status::Frozen => {}
        Status::Cancelled => return refuse(abi::IdentityCancelled { id: identity }),
        Status::None | Status::__Invalid => return refuse(abi::IdentityUnknown { id: identity }),
    }
    let question = Request {
        caller,
        contract: ADDRESS,
        selector: abi::sealCall::SELECTOR,
        organisation: identities::organisation(host, identity)?,
    };
    authority::require(host, &question)?;
    identities::require_usable(host, caller)?;
    let sealed = &request.sealedRecord;
    check_ciphertext(host, sealed)?;
    let at_least = threshold(host)?;
    if sealed.threshold < at_least || usize::from(sealed.threshold) > sealed.shares.len() {
        return Err(invalid(
            "threshold",
            "between the threshold of the city and the number of shares",
        ));
    }
    let (index, entry) = storage().records().of(&identity).append(host)?;
    entry.commitment().set(host, sealed.commitment)?;
    entry.ciphertext().set(host, &sealed.ciphertext)?;
    entry.location().set(host, sealed.location.as_bytes())?;
    entry.threshold().set(host, sealed.threshold)?;
    for share in &sealed.shares {
        add_share(host, &entry, share)?;
    }
    let event = abi::RecordSealed {
        identity,
        commitment: sealed.commitment,
        record: index,
        threshold: sealed.threshold,
        by: caller,
    };
    emit(host, ADDRESS, &event)?;
    Ok(index)
}

fn check_ciphertext(host: &mut dyn Host, sealed: &SealedRecord) -> Result<(), Fault> {
    if sealed.commitment.is_zero() {
        return Err(invalid("commitment", "not zero"));
    }
    if sealed.ciphertext.is_empty() == sealed.location.is_empty() {
        return Err(invalid("ciphertext", "here or at a location, not both"));
    }
    if !sealed.location.is_empty() {
        let plain = sealed.location.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || sealed.location.len() > LOCATION_BYTES_MAX {
            return Err(invalid("location", "at most 512 printable ASCII characters"));
        }
        return Ok(());
    }
    let length = sealed.ciphertext.len();
    if !(CIPHERTEXT_BYTES_MIN..=CIPHERTEXT_BYTES_MAX).contains(&length) {
        return Err(invalid("ciphertext", "between 28 and 2048 bytes"));
    }
    let words = u64::try_from(length.div_ceil(32)).unwrap_or(u64::MAX);
    host.charge(gas::HASH + gas::HASH_WORD.saturating_mul(words))?;
    if keccak256(&sealed.ciphertext) != sealed.commitment {
        return Err(invalid("commitment", "keccak256 of the ciphertext"));
    }
    Ok(())
}

fn add_share(host: &mut dyn Host, entry: &SealedEntry, share: &Share) -> Result<(), Fault> {
    let office = known(host, share.office)?;
    if !office.active().get(host)? {
        return refuse(abi::OfficeUnknown { id: share.office });
    }
    if office.encryption_key().get(host)? != share.encryptionKey {
        return Err(invalid("encryptionKey", "the present key of the office"));
    }
    if share.sealedShare.len() != SEALED_SHARE_BYTES {
        return Err(invalid("sealedShare", "81 bytes"));
    }
    if has_share(host, entry, share.office)? {
        return Err(invalid("shares", "one for each office"));
    }
    let (index, record) = entry.shares().append(host)?;
    if index >= OFFICES_MAX {
        return Err(invalid("shares", "at most 16"));
    }
    record.office().set(host, share.office)?;
    record.encryption_key().set(host, share.encryptionKey)?;
    record.sealed_share().set(host, &share.sealedShare)
}

/// Whether an office holds a share of a record.
pub(super) fn has_share(host: &mut dyn Host, entry: &SealedEntry, office: B256) -> Result<bool, Fault> {
    for index in 0..entry.shares().length(host)? {
        if entry.shares().element(index).office().get(host)? == office {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A record of an identity: the one at `index`, or the newest, with its index.
pub(super) fn entry(
    host: &mut dyn Host,
    identity: B256,
    index: Option<u64>,
) -> Result<(u64, SealedEntry), Fault> {
    let records = storage().records().of(&identity);
    let count = records.length(host)?;
    let index = index
        .or_else(|| count.checked_sub(1))
        .filter(|index| *index < count);
    index.map_or_else(
        || refuse(abi::RecordUnknown { identity }),
        |index| Ok((index, records.element(index))),
    )
}

/// A sealed record of an identity, the newest if no index is given.
///
/// # Errors
/// `RecordUnknown`, and what the host gives.
pub fn sealed_record(host: &mut dyn Host, identity: B256, index: Option<u64>) -> Result<SealedRecord, Fault> {
    let (_, entry) = entry(host, identity, index)?;
    let mut shares = Vec::new();
    for index in 0..entry.shares().length(host)? {
        let share = entry.shares().element(index);
        shares.push(Share {
            office: share.office().get(host)?,
            encryptionKey: share.encryption_key().get(host)?,
            sealedShare: share.sealed_share().get(host)?,
        });
    }
    Ok(SealedRecord {
        commitment: entry.commitment().get(host)?,
        ciphertext: entry.ciphertext().get(host)?,
        location: entry.location().text(host)?,
        threshold: entry.threshold().get(host)?,
        shares,
    })
}
