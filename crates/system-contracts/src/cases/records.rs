//! Cases themselves, and their evidence.

use super::{
    ADDRESS, Case, CaseRecord, CaseStatus, ENTRIES_MAX, Evidence, PAGE_MAX, SHORT_BYTES_MAX, TEXT_BYTES_MAX,
    TITLE_BYTES_MAX, abi, storage,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    registry::emit,
};
use alloy_primitives::Address;

/// Refuses a text that is empty or too long.
pub(super) fn require_text(name: &str, text: &str, bytes_max: usize) -> Result<(), Fault> {
    if text.trim().is_empty() || text.len() > bytes_max {
        return Err(invalid(name, &format!("between 1 and {bytes_max} bytes")));
    }
    Ok(())
}

/// The record of a case that exists.
fn known(host: &mut dyn Host, id: u64) -> Result<CaseRecord, Fault> {
    let cases = storage().cases();
    let count = cases.length(host)?;
    match id.checked_sub(1).filter(|index| *index < count) {
        Some(index) => Ok(cases.element(index)),
        None => refuse(abi::CaseUnknown { id }),
    }
}

/// The record of a case that is open.
pub(super) fn require_open(host: &mut dyn Host, id: u64) -> Result<CaseRecord, Fault> {
    let record = known(host, id)?;
    if record.status().get(host)? != u8::from(CaseStatus::Open) {
        return refuse(abi::CaseNotOpen { id });
    }
    Ok(record)
}

pub(super) fn open(host: &mut dyn Host, caller: Address, request: &abi::openCall) -> Result<u64, Fault> {
    require_text("title", &request.title, TITLE_BYTES_MAX)?;
    require_text("subject", &request.subject, SHORT_BYTES_MAX)?;
    require_text("legalBasis", &request.legalBasis, SHORT_BYTES_MAX)?;
    let now = host.block().timestamp;
    let (index, record) = storage().cases().append(host)?;
    let id = index.saturating_add(1);
    record.status().set(host, CaseStatus::Open.into())?;
    record.title().set(host, request.title.as_bytes())?;
    record.subject().set(host, request.subject.as_bytes())?;
    record.legal_basis().set(host, request.legalBasis.as_bytes())?;
    record.opened_by().set(host, caller)?;
    record.opened_at().set(host, now)?;
    let event = abi::CaseOpened {
        id,
        by: caller,
        title: request.title.clone(),
        subject: request.subject.clone(),
        legalBasis: request.legalBasis.clone(),
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

pub(super) fn add_evidence(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::addEvidenceCall,
) -> Result<(), Fault> {
    let record = require_open(host, request.caseId)?;
    if request.hash.is_zero() {
        return Err(invalid("hash", "not zero"));
    }
    require_text("source", &request.source, SHORT_BYTES_MAX)?;
    let now = host.block().timestamp;
    let (index, entry) = record.evidence().append(host)?;
    if index >= ENTRIES_MAX {
        return Err(invalid("caseId", "a case has at most 4096 pieces of evidence"));
    }
    entry.hash().set(host, request.hash)?;
    entry.source().set(host, request.source.as_bytes())?;
    entry.by().set(host, caller)?;
    entry.at().set(host, now)?;
    let event = abi::EvidenceAdded {
        caseId: request.caseId,
        hash: request.hash,
        by: caller,
        source: request.source.clone(),
    };
    emit(host, ADDRESS, &event)
}

/// Closes a case. What is in force stays in force; what was only ordered can be approved no more.
pub(super) fn close(host: &mut dyn Host, caller: Address, request: &abi::closeCall) -> Result<(), Fault> {
    let record = require_open(host, request.caseId)?;
    require_text("outcome", &request.outcome, TEXT_BYTES_MAX)?;
    let now = host.block().timestamp;
    record.status().set(host, CaseStatus::Closed.into())?;
    record.closed_at().set(host, now)?;
    let event = abi::CaseClosed {
        id: request.caseId,
        by: caller,
        outcome: request.outcome.clone(),
    };
    emit(host, ADDRESS, &event)
}

/// A case.
///
/// # Errors
/// `CaseUnknown`, and what the host gives.
pub fn case_of(host: &mut dyn Host, id: u64) -> Result<Case, Fault> {
    let record = known(host, id)?;
    Ok(Case {
        id,
        status: CaseStatus::try_from(record.status().get(host)?).unwrap_or(CaseStatus::None),
        title: record.title().text(host)?,
        subject: record.subject().text(host)?,
        legalBasis: record.legal_basis().text(host)?,
        openedBy: record.opened_by().get(host)?,
        openedAt: record.opened_at().get(host)?,
        closedAt: record.closed_at().get(host)?,
        evidenceCount: record.evidence().length(host)?,
        commandCount: record.commands().length(host)?,
        noticeCount: record.notices().get(host)?,
    })
}

/// The newest cases first, without the `from` newest ones.
pub(super) fn newest(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Case>, Fault> {
    let last = storage().cases().length(host)?.saturating_sub(from);
    let first = last.saturating_sub(count.min(PAGE_MAX));
    (first..last)
        .rev()
        .map(|index| case_of(host, index.saturating_add(1)))
        .collect()
}

pub(super) fn evidence(host: &mut dyn Host, query: &abi::evidenceCall) -> Result<Vec<Evidence>, Fault> {
    let evidence = known(host, query.caseId)?.evidence();
    let end = query.from.saturating_add(query.count.min(PAGE_MAX));
    let end = evidence.length(host)?.min(end);
    let mut found = Vec::new();
    for index in query.from..end {
        let entry = evidence.element(index);
        found.push(Evidence {
            hash: entry.hash().get(host)?,
            source: entry.source().text(host)?,
            by: entry.by().get(host)?,
            at: entry.at().get(host)?,
        });
    }
    Ok(found)
}

/// Ids of a case's commands, oldest first, from index `from` on.
pub(super) fn command_ids(host: &mut dyn Host, query: &abi::commandsOfCaseCall) -> Result<Vec<u64>, Fault> {
    let ids = known(host, query.caseId)?.commands();
    let end = query.from.saturating_add(query.count.min(PAGE_MAX));
    let end = ids.length(host)?.min(end);
    (query.from..end)
        .map(|index| ids.element(index).get(host))
        .collect()
}
