//! Status and role of nodes: admission, suspension, exclusion, emergency powers; and who may link.

use super::{
    ADDRESS, EMERGENCIES_MAX, EMERGENCY_PAUSE_SECONDS, EMERGENCY_SECONDS, Node, PAGE_MAX, REASON_BYTES_MAX,
    Record, Role, STANDING_MAX, Status, VALIDATORS_MAX, abi, step, storage,
    validators::{newest_members, require_sound},
};
use crate::{
    address::GOVERNANCE,
    fault::{Fault, invalid, refuse},
    host::Host,
    ledgers, organisations,
    registry::emit,
    storage::Value,
};
use alloy_primitives::{Address, B256, keccak256};
use std::collections::BTreeSet;

/// A node that may link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Its key.
    pub key: B256,
    /// Its organisation.
    pub organisation: B256,
    /// Its name.
    pub name: String,
    /// Its endpoint, `host:port`; empty for a node that only dials out.
    pub endpoint: String,
    /// Its role.
    pub role: Role,
}

/// The nodes that may link now: they and their organisations are active. In no order that means anything.
///
/// # Errors
/// What the host gives.
pub fn active_nodes(host: &mut dyn Host) -> Result<Vec<NodeRecord>, Fault> {
    let mut found = Vec::new();
    for key in storage().standing().members(host, 0, STANDING_MAX)? {
        let record = storage().records().of(&key);
        if !links(host, &record)? {
            continue;
        }
        found.push(NodeRecord {
            key,
            organisation: record.organisation().get(host)?,
            name: record.name().text(host)?,
            endpoint: record.endpoint().text(host)?,
            role: role(host, &record)?,
        });
    }
    Ok(found)
}

/// A number that grows with every change of links, anchors, roles and validators, so that node code reads the rest only
/// then. It counts what time has ended, too, although no transaction says so.
///
/// # Errors
/// What the host gives.
pub fn generation(host: &mut dyn Host) -> Result<u64, Fault> {
    let lapsed = u64::try_from(lapsed(host)?.len()).unwrap_or(u64::MAX);
    Ok(storage().generation().get(host)?.saturating_add(lapsed))
}

/// Whether the node may link now.
///
/// # Errors
/// What the host gives.
pub fn is_active(host: &mut dyn Host, key: B256) -> Result<bool, Fault> {
    links(host, &storage().records().of(&key))
}

/// Whether nothing but emergency powers keeps the node from linking.
///
/// # Errors
/// What the host gives.
pub fn is_held_by_emergency(host: &mut dyn Host, key: B256) -> Result<bool, Fault> {
    let record = storage().records().of(&key);
    let is_held =
        stored_status(host, &record)? == Status::Active && status(host, &record)? == Status::Suspended;
    let organisation = record.organisation().get(host)?;
    Ok(is_held && organisations::is_active(host, organisation)?)
}

/// Whether the node is, or ever was, in the registry.
///
/// # Errors
/// What the host gives.
pub(super) fn is_known(host: &mut dyn Host, key: B256) -> Result<bool, Fault> {
    Ok(stored_status(host, &storage().records().of(&key))? != Status::None)
}

/// Whether the key was excluded, which is for ever.
///
/// # Errors
/// What the host gives.
pub fn is_revoked(host: &mut dyn Host, key: B256) -> Result<bool, Fault> {
    Ok(stored_status(host, &storage().records().of(&key))? == Status::Revoked)
}

/// Whether the node shall vote, may link, and has yet to prove that it has caught up.
///
/// # Errors
/// What the host gives.
pub fn is_candidate(host: &mut dyn Host, key: B256) -> Result<bool, Fault> {
    let record = storage().records().of(&key);
    Ok(role(host, &record)? == Role::Validator && !record.ready().get(host)? && links(host, &record)?)
}

/// The height from which on a block of this ledger proves that the node runs: what it proved before it was suspended
/// or given another role says nothing.
///
/// # Errors
/// What the host gives.
pub fn ready_from(host: &mut dyn Host, key: B256) -> Result<u64, Fault> {
    storage().records().of(&key).ready_from().get(host)
}

/// A node.
///
/// # Errors
/// `NodeUnknown`, and what the host gives.
pub fn get(host: &mut dyn Host, key: B256) -> Result<Node, Fault> {
    let record = known(host, key)?;
    Ok(Node {
        key,
        organisation: record.organisation().get(host)?,
        name: record.name().text(host)?,
        endpoint: record.endpoint().text(host)?,
        beneficiary: record.beneficiary().get(host)?,
        role: role(host, &record)?,
        status: status(host, &record)?,
        ready: record.ready().get(host)?,
        emergencyUntil: record.emergency_until().get(host)?,
        registeredAt: record.registered_at().get(host)?,
        sequence: record.sequence().get(host)?,
    })
}

/// Tells the nodes of an organisation that its status has changed; called after the change.
///
/// # Errors
/// `WouldLoseQuorum` and `NoValidatorLeft` where the ledger would stop without its validators.
pub fn organisation_changed(host: &mut dyn Host, organisation: B256) -> Result<(), Fault> {
    if !organisations::is_active(host, organisation)? {
        for key in storage().standing().members(host, 0, STANDING_MAX)? {
            let record = storage().records().of(&key);
            if record.organisation().get(host)? == organisation && can_be_ready(host, key, &record)? {
                forget_readiness(host, &record)?;
            }
        }
        require_sound(host)?;
    }
    bump(host)
}

/// Whether the node may have proved that it is ready, on the main ledger or on a partition: the others need no
/// write, so that an organisation of a thousand nodes can be suspended in one transaction.
fn can_be_ready(host: &mut dyn Host, key: B256, record: &Record) -> Result<bool, Fault> {
    Ok(role(host, record)? == Role::Validator || ledgers::ordered_by(host, key)? > 0)
}

/// Tells nodes that other authorities may certify those of an organisation; called after the change.
///
/// # Errors
/// What the host gives.
pub fn anchors_changed(host: &mut dyn Host) -> Result<(), Fault> {
    bump(host)
}

pub(super) fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Node>, Fault> {
    let keys = storage().keys();
    let end = keys.length(host)?.min(from.saturating_add(count.min(PAGE_MAX)));
    let mut found = Vec::new();
    for index in from..end {
        let key = keys.element(index).get(host)?;
        found.push(get(host, key)?);
    }
    Ok(found)
}

/// The key of the node called `name`.
pub(super) fn key_of(name: &str) -> Value<B256> {
    storage().names().of(&keccak256(name))
}

pub(super) fn known(host: &mut dyn Host, key: B256) -> Result<Record, Fault> {
    if !is_known(host, key)? {
        return refuse(abi::NodeUnknown { key });
    }
    Ok(storage().records().of(&key))
}

/// The status as written, which knows nothing of emergencies.
pub(super) fn stored_status(host: &mut dyn Host, record: &Record) -> Result<Status, Fault> {
    Ok(Status::try_from(record.status().get(host)?).unwrap_or(Status::None))
}

/// The status now.
pub(super) fn status(host: &mut dyn Host, record: &Record) -> Result<Status, Fault> {
    let stored = stored_status(host, record)?;
    if stored == Status::Active && record.emergency_until().get(host)? > host.block().timestamp {
        return Ok(Status::Suspended);
    }
    Ok(stored)
}

pub(super) fn role(host: &mut dyn Host, record: &Record) -> Result<Role, Fault> {
    Ok(Role::try_from(record.role().get(host)?).unwrap_or(Role::None))
}

/// Whether the node may link: it and its organisation are active.
pub(super) fn links(host: &mut dyn Host, record: &Record) -> Result<bool, Fault> {
    if status(host, record)? != Status::Active {
        return Ok(false);
    }
    let organisation = record.organisation().get(host)?;
    organisations::is_active(host, organisation)
}

/// Counts a change.
pub(super) fn bump(host: &mut dyn Host) -> Result<(), Fault> {
    let generation = storage().generation();
    let before = generation.get(host)?;
    generation.set(host, before.saturating_add(1))
}

fn require_status(host: &mut dyn Host, key: B256, record: &Record, wanted: Status) -> Result<(), Fault> {
    let status = status(host, record)?;
    if status == wanted {
        return Ok(());
    }
    refuse(abi::WrongStatus { key, status })
}

/// What a function is for: validators have functions of their own, since their removal needs another vote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Concerns {
    Validators,
    Others,
}

fn require_concern(host: &mut dyn Host, key: B256, record: &Record, concern: Concerns) -> Result<(), Fault> {
    let role = role(host, record)?;
    if (role == Role::Validator) == (concern == Concerns::Validators) {
        return Ok(());
    }
    refuse(abi::WrongRole { key, role })
}

pub(super) fn admit(host: &mut dyn Host, key: B256, role: Role) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_status(host, key, &record, Status::Pending)?;
    if !matches!(role, Role::Observer | Role::Standby | Role::Light) {
        return Err(invalid("role", "Observer, Standby or Light"));
    }
    let organisation = record.organisation().get(host)?;
    organisations::require_active(host, organisation)?;
    if storage().standing().length(host)? >= STANDING_MAX {
        return Err(invalid("key", "at most 1024 nodes are active"));
    }
    count_pending_down(host, organisation)?;
    storage().standing().insert(host, key)?;
    write_role(host, key, &record, role)?;
    write_status(host, &Change::by_governance(key, Status::Active))
}

fn count_pending_down(host: &mut dyn Host, organisation: B256) -> Result<(), Fault> {
    let pending = storage().pending().of(&organisation);
    let waiting = pending.get(host)?;
    pending.set(host, waiting.saturating_sub(1))
}

/// A change of status.
struct Change {
    key: B256,
    status: Status,
    actor: Address,
}

impl Change {
    const fn by_governance(key: B256, status: Status) -> Self {
        Self {
            key,
            status,
            actor: GOVERNANCE,
        }
    }
}

fn write_status(host: &mut dyn Host, change: &Change) -> Result<(), Fault> {
    let record = storage().records().of(&change.key);
    record.status().set(host, change.status.into())?;
    bump(host)?;
    let event = abi::NodeStatusChanged {
        key: change.key,
        status: change.status,
        actor: change.actor,
    };
    emit(host, ADDRESS, &event)
}

/// Takes back a proof of readiness, and all that could be sent again.
pub(super) fn forget_readiness(host: &mut dyn Host, record: &Record) -> Result<(), Fault> {
    record.ready().set(host, false)?;
    let height = host.block().height;
    record.ready_from().set(host, height)
}

/// Writes a role, keeps the list of candidates, and forgets a proof of readiness.
fn write_role(host: &mut dyn Host, key: B256, record: &Record, role: Role) -> Result<(), Fault> {
    if role == Role::Validator {
        if storage().candidates().length(host)? >= VALIDATORS_MAX {
            return Err(invalid("role", "at most 100 validators"));
        }
        storage().candidates().insert(host, key)?;
    } else {
        storage().candidates().remove(host, key)?;
    }
    forget_readiness(host, record)?;
    record.role().set(host, role.into())?;
    bump(host)?;
    emit(host, ADDRESS, &abi::NodeRoleChanged { key, role })
}

pub(super) fn set_role(host: &mut dyn Host, key: B256, wanted: Role) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_status(host, key, &record, Status::Active)?;
    if matches!(wanted, Role::None | Role::__Invalid) {
        return Err(invalid("role", "Observer, Validator, Standby or Light"));
    }
    let role = role(host, &record)?;
    if role == wanted {
        return refuse(abi::WrongRole { key, role });
    }
    let organisation = record.organisation().get(host)?;
    organisations::require_active(host, organisation)?;
    write_role(host, key, &record, wanted)?;
    if role == Role::Validator {
        require_sound(host)?;
    }
    Ok(())
}

pub(super) fn suspend(host: &mut dyn Host, key: B256) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_concern(host, key, &record, Concerns::Others)?;
    suspend_standing(host, key, &record)
}

pub(super) fn suspend_validator(host: &mut dyn Host, key: B256) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_concern(host, key, &record, Concerns::Validators)?;
    // It does not come back as a validator without another vote.
    write_role(host, key, &record, Role::Standby)?;
    suspend_standing(host, key, &record)
}

/// Suspends a node that is active or under an emergency suspension, which is thereby ratified.
fn suspend_standing(host: &mut dyn Host, key: B256, record: &Record) -> Result<(), Fault> {
    let status = stored_status(host, record)?;
    if status != Status::Active {
        return refuse(abi::WrongStatus { key, status });
    }
    end_emergency(host, key, record)?;
    forget_readiness(host, record)?;
    write_status(host, &Change::by_governance(key, Status::Suspended))?;
    require_sound(host)
}

pub(super) fn reactivate(host: &mut dyn Host, key: B256) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_status(host, key, &record, Status::Suspended)?;
    end_emergency(host, key, &record)?;
    write_status(host, &Change::by_governance(key, Status::Active))
}

fn end_emergency(host: &mut dyn Host, key: B256, record: &Record) -> Result<(), Fault> {
    storage().emergencies().remove(host, key)?;
    record.emergency_until().set(host, 0)
}

pub(super) fn revoke(host: &mut dyn Host, key: B256) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_concern(host, key, &record, Concerns::Others)?;
    exclude(host, key, GOVERNANCE)
}

pub(super) fn revoke_validator(host: &mut dyn Host, key: B256) -> Result<(), Fault> {
    let record = known(host, key)?;
    require_concern(host, key, &record, Concerns::Validators)?;
    exclude(host, key, GOVERNANCE)
}

/// An organisation gives up a node of its own, whatever its role: it could as well turn it off.
pub(super) fn retire(host: &mut dyn Host, key: B256, caller: Address) -> Result<(), Fault> {
    exclude(host, key, caller)
}

/// Excludes a key for ever and frees its name.
fn exclude(host: &mut dyn Host, key: B256, actor: Address) -> Result<(), Fault> {
    let record = known(host, key)?;
    match stored_status(host, &record)? {
        Status::Pending => {
            let organisation = record.organisation().get(host)?;
            count_pending_down(host, organisation)?;
        }
        Status::Active | Status::Suspended => {
            require_no_ledgers(host, key)?;
            storage().standing().remove(host, key)?;
            write_role(host, key, &record, Role::None)?;
        }
        status => return refuse(abi::WrongStatus { key, status }),
    }
    let name = record.name().text(host)?;
    key_of(&name).set(host, B256::ZERO)?;
    end_emergency(host, key, &record)?;
    let change = Change {
        key,
        status: Status::Revoked,
        actor,
    };
    write_status(host, &change)?;
    require_sound(host)
}

/// Who is excluded never comes back, and a partition ledger whose validators are gone stops for ever: its members
/// change first. A suspension, which holds as long as it must, asks for nothing.
fn require_no_ledgers(host: &mut dyn Host, key: B256) -> Result<(), Fault> {
    match ledgers::ordered_by(host, key)? {
        0 => Ok(()),
        count => refuse(abi::OrdersLedgers { key, count }),
    }
}

pub(super) fn emergency_suspend(
    host: &mut dyn Host,
    officer: Address,
    request: &abi::emergencySuspendCall,
) -> Result<(), Fault> {
    let key = request.key;
    let record = known(host, key)?;
    require_status(host, key, &record, Status::Active)?;
    if request.reason.is_empty() || request.reason.len() > REASON_BYTES_MAX {
        return Err(invalid("reason", "1 to 512 bytes"));
    }
    if storage().emergencies().length(host)? >= EMERGENCIES_MAX {
        return Err(invalid(
            "key",
            "at most 64 emergency suspensions hold at one time",
        ));
    }
    let now = host.block().timestamp;
    let from = record.emergency_again_from().get(host)?;
    if now < from {
        return refuse(abi::EmergencyUsed { key, from });
    }
    let until = now.saturating_add(EMERGENCY_SECONDS);
    record.emergency_until().set(host, until)?;
    let again_from = until.saturating_add(EMERGENCY_PAUSE_SECONDS);
    record.emergency_again_from().set(host, again_from)?;
    forget_readiness(host, &record)?;
    storage().emergencies().insert(host, key)?;
    bump(host)?;
    require_sound(host)?;
    require_few_suspended_validators(host)?;
    let event = abi::NodeEmergencySuspended {
        key,
        officer,
        until,
        reason: request.reason.clone(),
    };
    emit(host, ADDRESS, &event)
}

/// Emergency powers alone never take away more validators than may be away: not in many epochs either, in which the
/// set becomes smaller step by step.
fn require_few_suspended_validators(host: &mut dyn Host) -> Result<(), Fault> {
    let mut suspended = 0;
    // Those who order now, or would without emergency powers. Candidates that never were ready bear nothing.
    let mut orderers: BTreeSet<B256> = newest_members(host)?;
    for key in storage().candidates().members(host, 0, VALIDATORS_MAX)? {
        let record = storage().records().of(&key);
        let is_listed = storage().emergencies().contains(host, key)?;
        if is_listed && record.emergency_until().get(host)? > host.block().timestamp {
            suspended += 1;
            orderers.insert(key);
        }
    }
    let suspended_max = step::faults_max(orderers.len());
    if suspended > suspended_max {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        return refuse(abi::WouldLoseQuorum {
            members: number(orderers.len()),
            cut: number(suspended),
            cutMax: number(suspended_max),
        });
    }
    Ok(())
}

/// Nodes whose emergency suspension is over and was not settled yet.
fn lapsed(host: &mut dyn Host) -> Result<Vec<B256>, Fault> {
    let now = host.block().timestamp;
    let mut found = Vec::new();
    for key in storage().emergencies().members(host, 0, EMERGENCIES_MAX)? {
        let until = storage().records().of(&key).emergency_until().get(host)?;
        if until <= now {
            found.push(key);
        }
    }
    Ok(found)
}

/// Writes down what time has ended, so that [`generation`] stays the same number and never falls.
pub(super) fn settle_emergencies(host: &mut dyn Host) -> Result<(), Fault> {
    for key in lapsed(host)? {
        storage().emergencies().remove(host, key)?;
        bump(host)?;
        emit(host, ADDRESS, &abi::NodeEmergencyLapsed { key })?;
    }
    Ok(())
}
