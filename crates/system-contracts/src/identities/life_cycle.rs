//! How an identity is made, changed, frozen and ended.
//!
//! Invariant: what is written about a time before the block is never changed; keys and services only end.

use super::{
    COMMITMENTS_MAX, ENDPOINT_BYTES_MAX, FRAGMENT_BYTES_MAX, Kind, METHODS_MAX, Method, NewIdentity,
    PARTIES_MAX, PURPOSES_ALL, REASON_BYTES_MAX, Record, SERVICES_MAX, Service, Status, abi,
    account_of_party, bump, keys, known, recovery, require_role, require_usable, storage,
};
use crate::{
    address::IDENTITIES as ADDRESS,
    authority::{self, Request},
    control,
    fault::{Fault, invalid, refuse},
    host::Host,
    organisations,
    registry::{Call, emit},
    roles,
    storage::Set,
};
use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;

/// Makes an identity. By a role for the organisation that vouches.
pub(super) fn create(host: &mut dyn Host, caller: Address, request: &NewIdentity) -> Result<(), Fault> {
    let id = request.id;
    let organisation = request.organisation;
    let question = Request {
        caller,
        contract: ADDRESS,
        selector: abi::createCall::SELECTOR,
        organisation,
    };
    authority::require(host, &question)?;
    require_usable(host, caller)?;
    if !organisation.is_zero() {
        organisations::require_active(host, organisation)?;
    }
    if account_of_party(id).is_some() {
        return Err(invalid("id", "the first twelve bytes are not all zero"));
    }
    if request.kind == Kind::None {
        return Err(invalid("kind", "Person, Organisation, Node or Thing"));
    }
    let record = storage().records().of(&id);
    if record.status().get(host)? != u8::from(Status::None) {
        return refuse(abi::IdentityExists { id });
    }
    let now = host.block().timestamp;
    let (_, entry) = storage().ids().append(host)?;
    entry.set(host, id)?;
    record.kind().set(host, request.kind.into())?;
    record.organisation().set(host, organisation)?;
    record.created_at().set(host, now)?;
    let created = abi::IdentityCreated {
        id,
        organisation,
        kind: request.kind,
        by: caller,
    };
    emit(host, ADDRESS, &created)?;
    // Before the parties: an identity may be among its own.
    set_status(host, &record, &Step::new(id, Status::Active, ""), caller)?;
    fill(host, &record, request, caller)
}

/// Writes the first document.
fn fill(host: &mut dyn Host, record: &Record, request: &NewIdentity, caller: Address) -> Result<(), Fault> {
    let id = request.id;
    write_controllers(host, record, &request.controllers)?;
    let controllers = abi::ControllersChanged {
        id,
        controllers: request.controllers.clone(),
        by: caller,
    };
    emit(host, ADDRESS, &controllers)?;
    let set = abi::RecoveryChanged {
        id,
        recoverers: request.recoverers.clone(),
        threshold: request.recoveryThreshold,
        from: host.block().timestamp,
        by: caller,
    };
    recovery::append(host, record, &set)?;
    for method in &request.methods {
        add_method(host, record, id, method)?;
    }
    for service in &request.services {
        add_service(host, record, id, service)?;
    }
    let commitments = abi::CommitmentsChanged {
        id,
        commitments: request.commitments.clone(),
        by: caller,
    };
    write_commitments(host, record, &commitments)
}

pub(super) fn set_commitments(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::setCommitmentsCall,
) -> Result<(), Fault> {
    let record = super::known(host, request.id)?;
    let question = Request {
        caller,
        contract: ADDRESS,
        selector: abi::setCommitmentsCall::SELECTOR,
        organisation: record.organisation().get(host)?,
    };
    authority::require(host, &question)?;
    let record = super::active(host, request.id)?;
    let change = abi::CommitmentsChanged {
        id: request.id,
        commitments: request.commitments.clone(),
        by: caller,
    };
    write_commitments(host, &record, &change)?;
    bump(host, &record)
}

fn write_commitments(
    host: &mut dyn Host,
    record: &Record,
    change: &abi::CommitmentsChanged,
) -> Result<(), Fault> {
    let set = record.commitments();
    let commitments = &change.commitments;
    if commitments.is_empty() && set.length(host)? == 0 {
        return Ok(());
    }
    if commitments.len() > COMMITMENTS_MAX {
        return Err(invalid("commitments", "at most 8"));
    }
    clear(host, &set)?;
    for commitment in commitments {
        if commitment.is_zero() || !set.insert(host, *commitment)? {
            return Err(invalid("commitments", "distinct and not zero"));
        }
    }
    emit(host, ADDRESS, change)
}

/// A change of status.
pub(super) struct Step<'a> {
    id: B256,
    status: Status,
    reason: &'a str,
}

impl<'a> Step<'a> {
    fn new(id: B256, status: Status, reason: &'a str) -> Self {
        Self { id, status, reason }
    }

    pub(super) fn freeze(request: &'a abi::freezeCall) -> Self {
        Self::new(request.id, Status::Frozen, &request.reason)
    }

    pub(super) fn unfreeze(request: &'a abi::unfreezeCall) -> Self {
        Self::new(request.id, Status::Active, &request.reason)
    }

    pub(super) fn cancel(request: &'a abi::cancelCall) -> Self {
        Self::new(request.id, Status::Cancelled, &request.reason)
    }

    /// Takes the step. By a role for the organisation that vouches, or by proposal.
    pub(super) fn take(&self, host: &mut dyn Host, call: &Call<'_>) -> Result<(), Fault> {
        let id = self.id;
        let record = known(host, id)?;
        require_role(host, call, &record)?;
        require_usable(host, call.caller)?;
        let before = super::status(host, id)?;
        match (before, self.status) {
            (Status::Cancelled, _) => return refuse(abi::IdentityCancelled { id }),
            (Status::Frozen, Status::Frozen) => return refuse(abi::IdentityFrozen { id }),
            (Status::Active, Status::Active) => return refuse(abi::IdentityNotFrozen { id }),
            _ => {}
        }
        set_status(host, &record, self, call.caller)
    }
}

fn set_status(host: &mut dyn Host, record: &Record, step: &Step<'_>, by: Address) -> Result<(), Fault> {
    let block = host.block();
    let matters = roles::speaks(host, step.id)? && roles::votes_possible(host)?;
    record.status().set(host, step.status.into())?;
    control::subject_changed(host)?;
    if matters {
        roles::require_votes_possible(host)?;
    }
    let (_, entry) = record.statuses().append(host)?;
    entry.status().set(host, step.status.into())?;
    entry.since().set(host, block.timestamp)?;
    entry.height().set(host, block.height)?;
    entry.by().set(host, by)?;
    entry
        .reason()
        .set_text(host, "reason", step.reason, REASON_BYTES_MAX)?;
    bump(host, record)?;
    let event = abi::StatusChanged {
        id: step.id,
        status: step.status,
        by,
        reason: step.reason.to_owned(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn set_controllers(
    host: &mut dyn Host,
    record: &Record,
    request: &abi::setControllersCall,
    caller: Address,
) -> Result<(), Fault> {
    write_controllers(host, record, &request.controllers)?;
    bump(host, record)?;
    let event = abi::ControllersChanged {
        id: request.id,
        controllers: request.controllers.clone(),
        by: caller,
    };
    emit(host, ADDRESS, &event)
}

/// Makes `parties` the controllers from this block on.
pub(super) fn write_controllers(host: &mut dyn Host, record: &Record, parties: &[B256]) -> Result<(), Fault> {
    if parties.is_empty() {
        return Err(invalid("controllers", "between 1 and 8"));
    }
    let since = host.block().timestamp;
    let (_, entry) = record.controllers().append(host)?;
    entry.since().set(host, since)?;
    write_parties(host, "controllers", parties, &entry.parties())
}

/// Fills an empty set with parties that exist.
pub(super) fn write_parties(
    host: &mut dyn Host,
    name: &str,
    parties: &[B256],
    set: &Set<B256>,
) -> Result<(), Fault> {
    if parties.len() > PARTIES_MAX {
        return Err(invalid(name, "at most 8"));
    }
    for party in parties {
        if party.is_zero() {
            return Err(invalid(name, "accounts or identities, not zero"));
        }
        if account_of_party(*party).is_none() {
            super::active(host, *party)?;
        }
        if !set.insert(host, *party)? {
            return Err(invalid(name, "all different"));
        }
    }
    Ok(())
}

/// Takes all members out of a set.
pub(super) fn clear(host: &mut dyn Host, set: &Set<B256>) -> Result<(), Fault> {
    for member in super::parties(host, set)? {
        set.remove(host, member)?;
    }
    Ok(())
}

fn check_fragment(fragment: &str) -> Result<B256, Fault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let length = fragment.len();
    if length == 0 || length > FRAGMENT_BYTES_MAX || !fragment.bytes().all(plain) {
        return Err(invalid("fragment", "1 to 64 of A-Z a-z 0-9 . _ -"));
    }
    Ok(keccak256(fragment))
}

pub(super) fn add_method(
    host: &mut dyn Host,
    record: &Record,
    id: B256,
    method: &Method,
) -> Result<(), Fault> {
    let name = check_fragment(&method.fragment)?;
    keys::check_key(host, method.keyType, &method.key)?;
    if method.purposes == 0 || method.purposes > PURPOSES_ALL {
        return Err(invalid("purposes", "one or more of the bits 1, 2, 4, 8, 16"));
    }
    let now = host.block().timestamp;
    let from = if method.validFrom == 0 {
        now
    } else {
        method.validFrom
    };
    if from < now {
        return Err(invalid("validFrom", "not in the past"));
    }
    if method.validUntil != 0 && method.validUntil <= from {
        return Err(invalid("validUntil", "after validFrom"));
    }
    let position = record.method_positions().of(&name);
    if position.get(host)? != 0 {
        return refuse(abi::FragmentExists {
            id,
            fragment: method.fragment.clone(),
        });
    }
    let (index, entry) = record.methods().append(host)?;
    if index >= METHODS_MAX {
        return Err(invalid("method", "an identity has at most 256 keys over time"));
    }
    position.set(host, index + 1)?;
    entry.fragment().set(host, method.fragment.as_bytes())?;
    entry.key_type().set(host, method.keyType.into())?;
    entry.key().set(host, &method.key)?;
    entry.purposes().set(host, method.purposes)?;
    entry.valid_from().set(host, from)?;
    entry.valid_until().set(host, method.validUntil)?;
    let event = abi::MethodAdded {
        id,
        fragment: method.fragment.clone(),
        keyType: method.keyType,
        key: method.key.clone(),
        purposes: method.purposes,
        validFrom: from,
        validUntil: method.validUntil,
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn end_method(
    host: &mut dyn Host,
    record: &Record,
    request: &abi::endMethodCall,
    caller: Address,
) -> Result<(), Fault> {
    let id = request.id;
    let fragment = &request.fragment;
    let entry = super::document::method_record(host, record, id, fragment)?;
    let now = host.block().timestamp;
    let until = if request.validUntil == 0 {
        now
    } else {
        request.validUntil
    };
    let before = entry.valid_until().get(host)?;
    if before != 0 && before <= now {
        return refuse(abi::MethodNotValid {
            id,
            fragment: fragment.clone(),
        });
    }
    if until < now || (before != 0 && until > before) {
        return Err(invalid(
            "validUntil",
            "not in the past, not after the present end",
        ));
    }
    entry.valid_until().set(host, until)?;
    bump(host, record)?;
    let event = abi::MethodEnded {
        id,
        fragment: fragment.clone(),
        validUntil: until,
        by: caller,
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn add_service(
    host: &mut dyn Host,
    record: &Record,
    id: B256,
    service: &Service,
) -> Result<(), Fault> {
    let name = check_fragment(&service.fragment)?;
    let printable = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable(&service.serviceType) || service.serviceType.len() > FRAGMENT_BYTES_MAX {
        return Err(invalid("serviceType", "1 to 64 printable ASCII characters"));
    }
    if !printable(&service.endpoint) || service.endpoint.len() > ENDPOINT_BYTES_MAX {
        return Err(invalid("endpoint", "1 to 512 printable ASCII characters"));
    }
    let position = record.service_positions().of(&name);
    if position.get(host)? != 0 {
        return refuse(abi::FragmentExists {
            id,
            fragment: service.fragment.clone(),
        });
    }
    let (index, entry) = record.services().append(host)?;
    if index >= SERVICES_MAX {
        return Err(invalid(
            "service",
            "an identity has at most 256 services over time",
        ));
    }
    let now = host.block().timestamp;
    position.set(host, index + 1)?;
    entry.fragment().set(host, service.fragment.as_bytes())?;
    entry.service_type().set(host, service.serviceType.as_bytes())?;
    entry.endpoint().set(host, service.endpoint.as_bytes())?;
    entry.since().set(host, now)?;
    let event = abi::ServiceAdded {
        id,
        fragment: service.fragment.clone(),
        serviceType: service.serviceType.clone(),
        endpoint: service.endpoint.clone(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn remove_service(
    host: &mut dyn Host,
    record: &Record,
    request: &abi::removeServiceCall,
) -> Result<(), Fault> {
    let id = request.id;
    let fragment = request.fragment.clone();
    let position = record.service_positions().of(&keccak256(&fragment));
    let Some(index) = position.get(host)?.checked_sub(1) else {
        return refuse(abi::FragmentUnknown { id, fragment });
    };
    let now = host.block().timestamp;
    record.services().element(index).until().set(host, now)?;
    // The name may be used again; what ended keeps its place in the list.
    position.set(host, 0)?;
    bump(host, record)?;
    emit(host, ADDRESS, &abi::ServiceRemoved { id, fragment })
}
