//! Openings: an office asks, others stand behind it and hand their shares over.
//!
//! The requesting office is the first of the k: it has its own share already. Every account that takes part
//! acts for another office, and no two of them are bound to one identity.

use super::{
    ADDRESS, CASE_BYTES_MAX, HandedShare, LEGAL_BASIS_BYTES_MAX, OFFICES_MAX, OPENING_SECONDS, Opening,
    OpeningRecord, OpeningStatus, SEALED_SHARE_BYTES, abi, acting, records, storage, threshold,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    identities,
    registry::emit,
};
use alloy_primitives::{Address, B256};

/// Asks to open the newest record of an identity. Open to the accounts of offices that hold a share.
pub(super) fn request(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::requestOpeningCall,
) -> Result<u64, Fault> {
    let office = acting(host, caller)?;
    let voice = Voice {
        office,
        account: caller,
    };
    let identity = request.identity;
    for (name, text, bytes_max) in [
        ("caseNumber", &request.caseNumber, CASE_BYTES_MAX),
        ("legalBasis", &request.legalBasis, LEGAL_BASIS_BYTES_MAX),
    ] {
        if text.trim().is_empty() || text.len() > bytes_max {
            return Err(invalid(name, &format!("between 1 and {bytes_max} bytes")));
        }
    }
    let (index, sealed) = records::entry(host, identity, None)?;
    if !records::has_share(host, &sealed, office)? {
        return refuse(abi::OfficeWithoutShare { office, identity });
    }
    // A city that became stricter is so for old records too.
    let needed = sealed.threshold().get(host)?.max(threshold(host)?);
    let now = host.block().timestamp;
    let (position, record) = storage().openings().append(host)?;
    let id = position + 1;
    record.identity().set(host, identity)?;
    record.record().set(host, index)?;
    record.case_number().set(host, request.caseNumber.as_bytes())?;
    record.legal_basis().set(host, request.legalBasis.as_bytes())?;
    record.requesting_office().set(host, office)?;
    record.requester().set(host, caller)?;
    record.requested_at().set(host, now)?;
    record.approvals_needed().set(host, needed)?;
    stand_behind(host, id, &record, &voice)?;
    let event = abi::OpeningRequested {
        id,
        identity,
        office,
        account: caller,
        caseNumber: request.caseNumber.clone(),
        legalBasis: request.legalBasis.clone(),
        expiresAt: now.saturating_add(OPENING_SECONDS),
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

/// Who stands behind an opening.
struct Voice {
    office: B256,
    account: Address,
}

/// Counts an office, which must not have been counted, nor the identity of its account.
fn stand_behind(host: &mut dyn Host, id: u64, record: &OpeningRecord, voice: &Voice) -> Result<(), Fault> {
    if !record.offices().insert(host, voice.office)? {
        return refuse(abi::AlreadyApproved {
            id,
            office: voice.office,
        });
    }
    let identity = identities::identity_of(host, voice.account)?;
    if !identity.is_zero() && !record.people().insert(host, identity)? {
        return refuse(abi::SamePerson { id, identity });
    }
    Ok(())
}

fn known(host: &mut dyn Host, id: u64) -> Result<OpeningRecord, Fault> {
    if id == 0 || id > storage().openings().length(host)? {
        return refuse(abi::OpeningUnknown { id });
    }
    Ok(storage().openings().element(id - 1))
}

fn expires_at(host: &mut dyn Host, record: &OpeningRecord) -> Result<u64, Fault> {
    Ok(record.requested_at().get(host)?.saturating_add(OPENING_SECONDS))
}

/// Stands behind an opening. Open to the accounts of the other offices that hold a share.
pub(super) fn approve(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::approveOpeningCall,
) -> Result<bool, Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let office = acting(host, caller)?;
    let voice = Voice {
        office,
        account: caller,
    };
    if record.opened().get(host)? {
        return refuse(abi::AlreadyOpened { id });
    }
    let expires_at = expires_at(host, &record)?;
    if host.block().timestamp > expires_at {
        return refuse(abi::OpeningExpired {
            id,
            expiresAt: expires_at,
        });
    }
    let identity = record.identity().get(host)?;
    let index = record.record().get(host)?;
    let (_, sealed) = records::entry(host, identity, Some(index))?;
    if !records::has_share(host, &sealed, office)? {
        return refuse(abi::OfficeWithoutShare { office, identity });
    }
    stand_behind(host, id, &record, &voice)?;
    if request.sealedShare.len() != SEALED_SHARE_BYTES {
        return Err(invalid("sealedShare", "81 bytes"));
    }
    let now = host.block().timestamp;
    let (_, share) = record.shares().append(host)?;
    share.office().set(host, office)?;
    share.account().set(host, caller)?;
    share.sealed_share().set(host, &request.sealedShare)?;
    share.at().set(host, now)?;
    let (approvals, needed) = (approvals(host, &record)?, record.approvals_needed().get(host)?);
    let event = abi::OpeningApproved {
        id,
        identity,
        office,
        account: caller,
        approvals,
        approvalsNeeded: needed,
    };
    emit(host, ADDRESS, &event)?;
    if approvals < needed {
        return Ok(false);
    }
    record.opened().set(host, true)?;
    let event = abi::Opened {
        id,
        identity,
        requestingOffice: record.requesting_office().get(host)?,
        caseNumber: record.case_number().text(host)?,
        offices: record.offices().members(host, 0, OFFICES_MAX)?,
    };
    emit(host, ADDRESS, &event)?;
    Ok(true)
}

fn approvals(host: &mut dyn Host, record: &OpeningRecord) -> Result<u8, Fault> {
    Ok(u8::try_from(record.offices().length(host)?).unwrap_or(u8::MAX))
}

/// An opening, with the shares that were handed over.
///
/// # Errors
/// `OpeningUnknown`, and what the host gives.
pub fn opening(host: &mut dyn Host, id: u64) -> Result<Opening, Fault> {
    let record = known(host, id)?;
    let mut shares = Vec::new();
    for index in 0..record.shares().length(host)? {
        let share = record.shares().element(index);
        shares.push(HandedShare {
            office: share.office().get(host)?,
            account: share.account().get(host)?,
            sealedShare: share.sealed_share().get(host)?,
            at: share.at().get(host)?,
        });
    }
    let expires_at = expires_at(host, &record)?;
    let opened = record.opened().get(host)?;
    let status = match (opened, host.block().timestamp > expires_at) {
        (true, _) => OpeningStatus::Opened,
        (false, true) => OpeningStatus::Expired,
        (false, false) => OpeningStatus::Open,
    };
    Ok(Opening {
        id,
        identity: record.identity().get(host)?,
        record: record.record().get(host)?,
        caseNumber: record.case_number().text(host)?,
        legalBasis: record.legal_basis().text(host)?,
        requestingOffice: record.requesting_office().get(host)?,
        requester: record.requester().get(host)?,
        status,
        requestedAt: record.requested_at().get(host)?,
        expiresAt: expires_at,
        approvalsNeeded: record.approvals_needed().get(host)?,
        approvals: approvals(host, &record)?,
        shares,
    })
}
