//! What an identity's document said at a time, and other questions.

use super::{
    Document, KeyType, Kind, Method, MethodRecord, PAGE_MAX, Record, Service, Status, StatusChange, abi,
    known, message, parties, storage,
};
use crate::{
    fault::{Fault, refuse},
    host::Host,
};
use alloy_primitives::{B256, keccak256};

/// The document of an identity, at a time in seconds since 1970, or now.
///
/// # Errors
/// `IdentityUnknown` where there is none or was none then, and what the host gives.
pub fn document(host: &mut dyn Host, id: B256, at: Option<u64>) -> Result<Document, Fault> {
    let record = known(host, id)?;
    let at = at.unwrap_or(host.block().timestamp);
    let created_at = record.created_at().get(host)?;
    if at < created_at {
        return refuse(abi::IdentityUnknown { id });
    }
    Ok(Document {
        id,
        did: message::did(id),
        kind: Kind::try_from(record.kind().get(host)?).unwrap_or(Kind::None),
        status: status_at(host, &record, at)?,
        organisation: record.organisation().get(host)?,
        controllers: controllers_at(host, &record, at)?,
        methods: methods_at(host, &record, at)?,
        services: services_at(host, &record, at)?,
        accounts: accounts_at(host, &record, at)?,
        commitments: parties(host, &record.commitments())?,
        createdAt: created_at,
        version: record.version().get(host)?,
    })
}

/// What is looked for in a list that is in the order of time.
struct Search {
    /// Length of the list.
    count: u64,
    /// Seconds since 1970.
    at: u64,
}

/// Index of the last entry that is not later than the time that is looked for.
fn last_at(
    host: &mut dyn Host,
    search: &Search,
    since: impl Fn(&mut dyn Host, u64) -> Result<u64, Fault>,
) -> Result<Option<u64>, Fault> {
    let (mut low, mut high) = (0, search.count);
    while low < high {
        let middle = low + (high - low) / 2;
        if since(host, middle)? <= search.at {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low.checked_sub(1))
}

fn status_at(host: &mut dyn Host, record: &Record, at: u64) -> Result<Status, Fault> {
    let list = record.statuses();
    let search = Search {
        count: list.length(host)?,
        at,
    };
    let found = last_at(host, &search, |host, index| list.element(index).since().get(host))?;
    let Some(index) = found else {
        return Ok(Status::None);
    };
    let status = list.element(index).status().get(host)?;
    Ok(Status::try_from(status).unwrap_or(Status::None))
}

fn controllers_at(host: &mut dyn Host, record: &Record, at: u64) -> Result<Vec<B256>, Fault> {
    let list = record.controllers();
    let search = Search {
        count: list.length(host)?,
        at,
    };
    let found = last_at(host, &search, |host, index| list.element(index).since().get(host))?;
    found.map_or_else(
        || Ok(Vec::new()),
        |index| parties(host, &list.element(index).parties()),
    )
}

/// A span of time in seconds since 1970.
struct Span {
    from: u64,
    /// The first second after it, zero if it has no end.
    until: u64,
}

impl Span {
    const fn holds(&self, at: u64) -> bool {
        self.from <= at && (self.until == 0 || at < self.until)
    }
}

/// Whether a key is valid at a time.
pub(super) fn valid_at(host: &mut dyn Host, method: &MethodRecord, at: u64) -> Result<bool, Fault> {
    let span = Span {
        from: method.valid_from().get(host)?,
        until: method.valid_until().get(host)?,
    };
    Ok(span.holds(at))
}

fn methods_at(host: &mut dyn Host, record: &Record, at: u64) -> Result<Vec<Method>, Fault> {
    let mut methods = Vec::new();
    for index in 0..record.methods().length(host)? {
        let entry = record.methods().element(index);
        if valid_at(host, &entry, at)? {
            methods.push(read_method(host, &entry)?);
        }
    }
    Ok(methods)
}

fn read_method(host: &mut dyn Host, entry: &MethodRecord) -> Result<Method, Fault> {
    Ok(Method {
        fragment: entry.fragment().text(host)?,
        keyType: KeyType::try_from(entry.key_type().get(host)?).unwrap_or(KeyType::None),
        key: entry.key().get(host)?,
        purposes: entry.purposes().get(host)?,
        validFrom: entry.valid_from().get(host)?,
        validUntil: entry.valid_until().get(host)?,
    })
}

/// The record of a key that the identity has or had.
pub(super) fn method_record(
    host: &mut dyn Host,
    record: &Record,
    id: B256,
    fragment: &str,
) -> Result<MethodRecord, Fault> {
    let position = record.method_positions().of(&keccak256(fragment)).get(host)?;
    position.checked_sub(1).map_or_else(
        || {
            refuse(abi::FragmentUnknown {
                id,
                fragment: fragment.to_owned(),
            })
        },
        |index| Ok(record.methods().element(index)),
    )
}

pub(super) fn method(host: &mut dyn Host, id: B256, fragment: &str) -> Result<Method, Fault> {
    let record = known(host, id)?;
    let entry = method_record(host, &record, id, fragment)?;
    read_method(host, &entry)
}

fn services_at(host: &mut dyn Host, record: &Record, at: u64) -> Result<Vec<Service>, Fault> {
    let mut services = Vec::new();
    for index in 0..record.services().length(host)? {
        let entry = record.services().element(index);
        let span = Span {
            from: entry.since().get(host)?,
            until: entry.until().get(host)?,
        };
        if span.holds(at) {
            services.push(Service {
                fragment: entry.fragment().text(host)?,
                serviceType: entry.service_type().text(host)?,
                endpoint: entry.endpoint().text(host)?,
            });
        }
    }
    Ok(services)
}

fn accounts_at(host: &mut dyn Host, record: &Record, at: u64) -> Result<Vec<String>, Fault> {
    let mut accounts = Vec::new();
    for index in 0..record.accounts().length(host)? {
        let entry = record.accounts().element(index);
        let span = Span {
            from: entry.since().get(host)?,
            until: entry.until().get(host)?,
        };
        if span.holds(at) {
            accounts.push(entry.account().text(host)?);
        }
    }
    Ok(accounts)
}

pub(super) fn status_history(
    host: &mut dyn Host,
    query: &abi::statusHistoryCall,
) -> Result<Vec<StatusChange>, Fault> {
    let record = known(host, query.id)?;
    let end = record
        .statuses()
        .length(host)?
        .min(query.from.saturating_add(query.count.min(PAGE_MAX)));
    let mut changes = Vec::new();
    for index in query.from..end {
        let entry = record.statuses().element(index);
        changes.push(StatusChange {
            status: Status::try_from(entry.status().get(host)?).unwrap_or(Status::None),
            since: entry.since().get(host)?,
            height: entry.height().get(host)?,
            by: entry.by().get(host)?,
            reason: entry.reason().text(host)?,
        });
    }
    Ok(changes)
}

/// Ids in the order of creation, at most 100.
pub(super) fn ids(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<B256>, Fault> {
    let ids = storage().ids();
    let end = ids.length(host)?.min(from.saturating_add(count.min(PAGE_MAX)));
    (from..end).map(|index| ids.element(index).get(host)).collect()
}
