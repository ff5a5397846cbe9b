//! Notices to organisations, and their replies.

use super::{
    ADDRESS, ENTRIES_MAX, NOTICE_SECONDS_MAX, Notice, NoticeRecord, PAGE_MAX, TEXT_BYTES_MAX,
    TITLE_BYTES_MAX, abi,
    records::{require_open, require_text},
    storage,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    organisations,
    registry::emit,
};
use alloy_primitives::Address;

/// The record of a notice that exists.
pub(super) fn known(host: &mut dyn Host, id: u64) -> Result<NoticeRecord, Fault> {
    let notices = storage().notices();
    let count = notices.length(host)?;
    match id.checked_sub(1).filter(|index| *index < count) {
        Some(index) => Ok(notices.element(index)),
        None => refuse(abi::NoticeUnknown { id }),
    }
}

pub(super) fn notify(host: &mut dyn Host, caller: Address, request: &abi::notifyCall) -> Result<u64, Fault> {
    let case = require_open(host, request.caseId)?;
    organisations::require_active(host, request.organisation)?;
    require_text("subject", &request.subject, TITLE_BYTES_MAX)?;
    if request.textHash.is_zero() {
        return Err(invalid("textHash", "not zero"));
    }
    let now = host.block().timestamp;
    if request.deadline <= now || request.deadline > now.saturating_add(NOTICE_SECONDS_MAX) {
        return Err(invalid("deadline", "in the future, at most 366 days"));
    }
    let count = case.notices().get(host)?;
    if count >= ENTRIES_MAX {
        return Err(invalid("caseId", "a case has at most 4096 notices"));
    }
    case.notices().set(host, count.saturating_add(1))?;
    let (index, record) = storage().notices().append(host)?;
    record.case_id().set(host, request.caseId)?;
    record.organisation().set(host, request.organisation)?;
    record.text_hash().set(host, request.textHash)?;
    record.subject().set(host, request.subject.as_bytes())?;
    record.deadline().set(host, request.deadline)?;
    record.by().set(host, caller)?;
    record.at().set(host, now)?;
    let event = abi::NoticeSent {
        id: index.saturating_add(1),
        caseId: request.caseId,
        organisation: request.organisation,
        subject: request.subject.clone(),
        textHash: request.textHash,
        deadline: request.deadline,
    };
    emit(host, ADDRESS, &event)?;
    Ok(event.id)
}

/// Answers a notice, once; late, too, which the record shows.
pub(super) fn reply(host: &mut dyn Host, caller: Address, request: &abi::replyCall) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    if !record.reply_hash().get(host)?.is_zero() {
        return refuse(abi::AlreadyReplied { id });
    }
    if request.replyHash.is_zero() {
        return Err(invalid("replyHash", "not zero"));
    }
    record
        .reply()
        .set_text(host, "text", &request.text, TEXT_BYTES_MAX)?;
    record.reply_hash().set(host, request.replyHash)?;
    record.replied_by().set(host, caller)?;
    let now = host.block().timestamp;
    record.replied_at().set(host, now)?;
    let event = abi::NoticeReplied {
        id,
        by: caller,
        replyHash: request.replyHash,
    };
    emit(host, ADDRESS, &event)
}

/// Notices by id, from id `from` on.
pub(super) fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Notice>, Fault> {
    let first = from.max(1);
    let end = first.saturating_add(count.min(PAGE_MAX));
    let end = storage().notices().length(host)?.saturating_add(1).min(end);
    (first..end).map(|id| read(host, id)).collect()
}

fn read(host: &mut dyn Host, id: u64) -> Result<Notice, Fault> {
    let record = known(host, id)?;
    Ok(Notice {
        id,
        caseId: record.case_id().get(host)?,
        organisation: record.organisation().get(host)?,
        textHash: record.text_hash().get(host)?,
        subject: record.subject().text(host)?,
        deadline: record.deadline().get(host)?,
        by: record.by().get(host)?,
        at: record.at().get(host)?,
        replyHash: record.reply_hash().get(host)?,
        reply: record.reply().text(host)?,
        repliedBy: record.replied_by().get(host)?,
        repliedAt: record.replied_at().get(host)?,
    })
}
