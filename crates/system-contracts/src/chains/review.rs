//! Reviews: who decides, on what evidence, until when, and what can be done against it.

use super::{
    ADDRESS, APPEAL, APPEAL_SECONDS, APPROVE, GOVERNANCE, PAGE_MAX, REJECT, Record, Review, START, Status,
    Step, abi, known, registration, status, step, storage,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    organisations,
    registry::emit,
    roles,
};
use alloy_primitives::{Address, B256};

pub(super) fn start(host: &mut dyn Host, caller: Address, id: B256) -> Result<(), Fault> {
    let record = known(host, id)?;
    require_independent(host, id, &record, caller)?;
    step(host, &Step::of(id, &START, caller, ""))?;
    record.reviewer().set(host, caller)
}

/// Refuses a reviewer who has a part in the chain or has decided on it already.
fn require_independent(
    host: &mut dyn Host,
    id: B256,
    record: &Record,
    reviewer: Address,
) -> Result<(), Fault> {
    if reviewer == GOVERNANCE {
        return Ok(());
    }
    let registrant = record.registrant().get(host)?;
    let operator = record.operator().get(host)?;
    let before = record.reviewer().get(host)?;
    let appealed = record.appealed().get(host)?;
    let dependent = roles::same_person(host, reviewer, registrant)?
        || roles::represents(host, reviewer, operator)?
        || (appealed && roles::same_person(host, reviewer, before)?);
    if dependent {
        return refuse(abi::ReviewerNotIndependent { id, reviewer });
    }
    Ok(())
}

pub(super) fn decide(host: &mut dyn Host, caller: Address, request: &abi::decideCall) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    require_independent(host, id, &record, caller)?;
    let transition = if request.approve { &APPROVE } else { &REJECT };
    step(host, &Step::of(id, transition, caller, &request.reason))?;
    if request.evidence.is_zero() {
        return Err(invalid("evidence", "the hash of what the decision rests on"));
    }
    registration::end_waiting(host, id, &record)?;
    record.reviewer().set(host, caller)?;
    let now = host.block().timestamp;
    if !request.approve && !record.appealed().get(host)? {
        let until = now.saturating_add(APPEAL_SECONDS);
        record.appeal_until().set(host, until)?;
    }
    // Bounded by the registrations of a name, each with at most two decisions.
    let (_, entry) = record.reviews().append(host)?;
    entry.reviewer().set(host, caller)?;
    entry.approved().set(host, request.approve)?;
    entry.evidence().set(host, request.evidence)?;
    entry.reason().set(host, request.reason.as_bytes())?;
    entry.at().set(host, now)?;
    let event = abi::ChainReviewed {
        id,
        reviewer: caller,
        approved: request.approve,
        evidence: request.evidence,
        reason: request.reason.clone(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn appeal(host: &mut dyn Host, caller: Address, request: &abi::appealCall) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let appealed = record.appealed().get(host)?;
    let until = record.appeal_until().get(host)?;
    let rejected = status(host, &record)? == Status::Rejected;
    if rejected && (appealed || until < host.block().timestamp) {
        return refuse(abi::AppealNotPossible { id, appealed, until });
    }
    step(host, &Step::of(id, &APPEAL, caller, &request.reason))?;
    let operator = record.operator().get(host)?;
    organisations::require_active(host, operator)?;
    record.appealed().set(host, true)?;
    record.appeal_until().set(host, 0)?;
    record.escalated().set(host, false)?;
    registration::begin_waiting(host, id, &record)?;
    let event = abi::ChainAppealed {
        id,
        actor: caller,
        documents: request.documents,
        reason: request.reason.clone(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn escalate(host: &mut dyn Host, actor: Address, id: B256) -> Result<(), Fault> {
    let record = known(host, id)?;
    let status = status(host, &record)?;
    if !matches!(status, Status::Registered | Status::UnderReview) {
        return refuse(abi::WrongStatus { id, status });
    }
    let due = record.review_due().get(host)?;
    if record.escalated().get(host)? || due >= host.block().timestamp {
        return refuse(abi::NotOverdue { id, due });
    }
    record.escalated().set(host, true)?;
    emit(host, ADDRESS, &abi::ReviewEscalated { id, actor, due })
}

pub(super) fn overdue(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<B256>, Fault> {
    let now = host.block().timestamp;
    let mut found = Vec::new();
    for id in storage().waiting().members(host, from, count.min(PAGE_MAX))? {
        let record = storage().records().of(&id);
        if record.review_due().get(host)? < now {
            found.push(id);
        }
    }
    Ok(found)
}

pub(super) fn reviews(host: &mut dyn Host, id: B256) -> Result<Vec<Review>, Fault> {
    let record = known(host, id)?;
    let mut found = Vec::new();
    for index in 0..record.reviews().length(host)? {
        let entry = record.reviews().element(index);
        found.push(Review {
            reviewer: entry.reviewer().get(host)?,
            approved: entry.approved().get(host)?,
            evidence: entry.evidence().get(host)?,
            reason: entry.reason().text(host)?,
            at: entry.at().get(host)?,
        });
    }
    Ok(found)
}
