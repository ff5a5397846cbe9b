//! Registrations and the basic information of chains.

use super::{
    ADDRESS, CHAINS_MAX, CHAINS_PAGE_MAX, Chain, ChainInfo, GRADE_MAX, Kind, REASON_BYTES_MAX,
    REVIEW_SECONDS, ROUNDS_MAX, Record, Status, WAITING_MAX, abi, bump, get, id_of, known, status, storage,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    organisations,
    registry::emit,
};
use alloy_primitives::{Address, B256};

/// Bytes of the texts of a registration, at most: a page of a register, not a file.
const NAME_BYTES_MAX: usize = 64;
const CONSENSUS_BYTES_MAX: usize = 64;
const COMPANY_BYTES_MAX: usize = 256;
const CONTACT_BYTES_MAX: usize = 256;
const PURPOSE_BYTES_MAX: usize = 1_024;
const ENDPOINT_BYTES_MAX: usize = 512;

pub(super) fn register(host: &mut dyn Host, caller: Address, info: &ChainInfo) -> Result<B256, Fault> {
    check(info)?;
    organisations::require_active(host, info.operator)?;
    let id = id_of(&info.caip2);
    let record = storage().records().of(&id);
    let now = host.block().timestamp;
    let from = status(host, &record)?;
    match from {
        Status::None => {
            let (index, entry) = storage().ids().append(host)?;
            if index >= CHAINS_MAX {
                return Err(invalid("caip2", "the city holds at most 65536 chains"));
            }
            entry.set(host, id)?;
        }
        // While it can be appealed, the name belongs to who was rejected.
        Status::Rejected if is_final(host, &record)? => {}
        status => return refuse(abi::ChainExists { id, status }),
    }
    let round = record.round().get(host)?;
    if round >= ROUNDS_MAX {
        return Err(invalid("caip2", "a name is registered at most 64 times"));
    }
    record.round().set(host, round + 1)?;
    record.caip2().set(host, info.caip2.as_bytes())?;
    record.operator().set(host, info.operator)?;
    write(host, &record, info)?;
    record.status().set(host, Status::Registered.into())?;
    record.registrant().set(host, caller)?;
    record.reviewer().set(host, Address::ZERO)?;
    record.appealed().set(host, false)?;
    record.escalated().set(host, false)?;
    record.registered_at().set(host, now)?;
    let height = host.block().height;
    record.changed_at().set(host, height)?;
    record.appeal_until().set(host, 0)?;
    begin_waiting(host, id, &record)?;
    bump(host)?;
    let event = abi::ChainRegistered {
        id,
        operator: info.operator,
        registrant: caller,
        caip2: info.caip2.clone(),
        name: info.name.clone(),
        kind: info.kind,
        documents: info.documents,
    };
    emit(host, ADDRESS, &event)?;
    let event = abi::ChainStatusChanged {
        id,
        from,
        to: Status::Registered,
        actor: caller,
        reason: String::new(),
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

/// Whether the rejection of a chain can be appealed no more.
pub(super) fn is_final(host: &mut dyn Host, record: &Record) -> Result<bool, Fault> {
    Ok(record.appeal_until().get(host)? < host.block().timestamp)
}

/// Sets the deadline of a review and counts it.
pub(super) fn begin_waiting(host: &mut dyn Host, id: B256, record: &Record) -> Result<(), Fault> {
    let operator = record.operator().get(host)?;
    let count = storage().waiting_of().of(&operator);
    let waiting = count.get(host)?;
    if waiting >= WAITING_MAX {
        return Err(invalid("operator", "at most 16 registrations of it wait"));
    }
    count.set(host, waiting + 1)?;
    storage().waiting().insert(host, id)?;
    let due = host.block().timestamp.saturating_add(REVIEW_SECONDS);
    record.review_due().set(host, due)
}

/// Ends the wait for a review.
pub(super) fn end_waiting(host: &mut dyn Host, id: B256, record: &Record) -> Result<(), Fault> {
    let operator = record.operator().get(host)?;
    let count = storage().waiting_of().of(&operator);
    let waiting = count.get(host)?;
    count.set(host, waiting.saturating_sub(1))?;
    storage().waiting().remove(host, id)?;
    record.review_due().set(host, 0)
}

pub(super) fn update(host: &mut dyn Host, actor: Address, request: &abi::updateCall) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let status = status(host, &record)?;
    if status != Status::Registered {
        return refuse(abi::WrongStatus { id, status });
    }
    check(&request.info)?;
    if id_of(&request.info.caip2) != id {
        return Err(invalid("caip2", "the one that was registered"));
    }
    if request.info.operator != record.operator().get(host)? {
        return Err(invalid("operator", "the one that was registered"));
    }
    write(host, &record, &request.info)?;
    let documents = request.info.documents;
    emit(host, ADDRESS, &abi::ChainUpdated { id, actor, documents })
}

pub(super) fn set_contact(
    host: &mut dyn Host,
    actor: Address,
    request: &abi::setContactCall,
) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let status = status(host, &record)?;
    if matches!(status, Status::Rejected | Status::Cancelled) {
        return refuse(abi::WrongStatus { id, status });
    }
    check_text("contact", &request.contact, CONTACT_BYTES_MAX)?;
    check_text("endpoint", &request.endpoint, ENDPOINT_BYTES_MAX)?;
    record.contact().set(host, request.contact.as_bytes())?;
    record.endpoint().set(host, request.endpoint.as_bytes())?;
    let documents = record.documents().get(host)?;
    emit(host, ADDRESS, &abi::ChainUpdated { id, actor, documents })
}

fn check(info: &ChainInfo) -> Result<(), Fault> {
    check_caip2(&info.caip2)?;
    check_text("name", &info.name, NAME_BYTES_MAX)?;
    check_text("purpose", &info.purpose, PURPOSE_BYTES_MAX)?;
    check_text("company", &info.company, COMPANY_BYTES_MAX)?;
    check_text("contact", &info.contact, CONTACT_BYTES_MAX)?;
    check_text("consensus", &info.consensus, CONSENSUS_BYTES_MAX)?;
    check_text("endpoint", &info.endpoint, ENDPOINT_BYTES_MAX)?;
    if !(1..=GRADE_MAX).contains(&info.grade) {
        return Err(invalid("grade", "between 1 and 4"));
    }
    Ok(())
}

/// CAIP-2: `namespace:reference`, with `[-a-z0-9]{3,8}` and `[-_a-zA-Z0-9]{1,32}`.
fn check_caip2(caip2: &str) -> Result<(), Fault> {
    let valid = caip2.split_once(':').is_some_and(|(namespace, reference)| {
        let in_namespace = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let in_reference = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (3..=8).contains(&namespace.len())
            && (1..=32).contains(&reference.len())
            && namespace.bytes().all(in_namespace)
            && reference.bytes().all(in_reference)
    });
    if valid {
        return Ok(());
    }
    Err(invalid("caip2", "a CAIP-2 chain id, such as eip155:1"))
}

fn check_text(name: &str, text: &str, bytes_max: usize) -> Result<(), Fault> {
    if text.trim().is_empty() || text.len() > bytes_max {
        return Err(invalid(name, &format!("1 to {bytes_max} bytes of text")));
    }
    Ok(())
}

/// A reason may be empty, not long.
pub(super) fn check_reason(reason: &str) -> Result<(), Fault> {
    if reason.len() > REASON_BYTES_MAX {
        return Err(invalid("reason", "at most 512 bytes"));
    }
    Ok(())
}

/// Writes what an update can change.
fn write(host: &mut dyn Host, record: &Record, info: &ChainInfo) -> Result<(), Fault> {
    record.name().set(host, info.name.as_bytes())?;
    record.kind().set(host, info.kind.into())?;
    record.purpose().set(host, info.purpose.as_bytes())?;
    record.company().set(host, info.company.as_bytes())?;
    record.contact().set(host, info.contact.as_bytes())?;
    record.grade().set(host, info.grade)?;
    record.consensus().set(host, info.consensus.as_bytes())?;
    record.endpoint().set(host, info.endpoint.as_bytes())?;
    record.documents().set(host, info.documents)
}

pub(super) fn info(host: &mut dyn Host, record: &Record) -> Result<ChainInfo, Fault> {
    Ok(ChainInfo {
        caip2: record.caip2().text(host)?,
        name: record.name().text(host)?,
        kind: Kind::try_from(record.kind().get(host)?).unwrap_or(Kind::Other),
        purpose: record.purpose().text(host)?,
        operator: record.operator().get(host)?,
        company: record.company().text(host)?,
        contact: record.contact().text(host)?,
        grade: record.grade().get(host)?,
        consensus: record.consensus().text(host)?,
        endpoint: record.endpoint().text(host)?,
        documents: record.documents().get(host)?,
    })
}

pub(super) fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Chain>, Fault> {
    let ids = storage().ids();
    let count = count.min(CHAINS_PAGE_MAX);
    let end = ids.length(host)?.min(from.saturating_add(count));
    let mut found = Vec::new();
    for index in from..end {
        let id = ids.element(index).get(host)?;
        found.push(get(host, id)?);
    }
    Ok(found)
}
