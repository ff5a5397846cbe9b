//! Definitions of roles: all changes come from Governance.
//!
//! Invariants: a name is used once, for ever; a role that one role excludes excludes that role too;
//! Representative, by which Governance itself works, is never retired and stays of consequence.

use super::{
    Action, EXCLUSIONS_MAX, LEVEL_MAX, NAME_BYTES_MAX, PAGE_MAX, PERMISSIONS_MAX, Permission, ROLES_MAX,
    Role, RoleRecord, RoleStatus, abi, active_role, builtin, id_of, known_role, storage,
};
use crate::{
    address::ROLES as ADDRESS,
    fault::{Fault, invalid, refuse},
    host::Host,
    registry::emit,
};
use alloy_primitives::{Address, B256, FixedBytes};
use std::collections::BTreeSet;

/// What both definition and change set.
struct Profile<'a> {
    level: u8,
    consequential: bool,
    permissions: &'a [Permission],
    excludes: &'a [B256],
}

pub(super) fn define(host: &mut dyn Host, request: &abi::defineRoleCall) -> Result<B256, Fault> {
    let id = id_of(&request.name);
    let record = storage().definitions().of(&id);
    if record.status().get(host)? != u8::from(RoleStatus::None) {
        return refuse(abi::RoleExists { role: id });
    }
    if request.name.trim().is_empty() || request.name.len() > NAME_BYTES_MAX {
        return Err(invalid("name", "between 1 and 64 bytes"));
    }
    let (index, entry) = storage().ids().append(host)?;
    if index >= ROLES_MAX {
        return Err(invalid("name", "the city has at most 256 roles"));
    }
    entry.set(host, id)?;
    record
        .name()
        .set_text(host, "name", &request.name, NAME_BYTES_MAX)?;
    record.status().set(host, RoleStatus::Active.into())?;
    let height = host.block().height;
    record.defined_at().set(host, height)?;
    let profile = Profile {
        level: request.level,
        consequential: request.consequential,
        permissions: &request.permissions,
        excludes: &request.excludes,
    };
    write(host, id, &profile)?;
    let event = abi::RoleDefined {
        role: id,
        name: request.name.clone(),
        level: request.level,
        consequential: request.consequential,
        permissions: request.permissions.clone(),
        excludes: request.excludes.clone(),
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

pub(super) fn change(host: &mut dyn Host, request: &abi::changeRoleCall) -> Result<(), Fault> {
    active_role(host, request.role)?;
    let profile = Profile {
        level: request.level,
        consequential: request.consequential,
        permissions: &request.permissions,
        excludes: &request.excludes,
    };
    write(host, request.role, &profile)?;
    if request.role == builtin::REPRESENTATIVE && !request.consequential {
        let reason = "only Governance may decide who represents an organisation".to_owned();
        return refuse(abi::WouldLockOut { reason });
    }
    let event = abi::RoleChanged {
        role: request.role,
        level: request.level,
        consequential: request.consequential,
        permissions: request.permissions.clone(),
        excludes: request.excludes.clone(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn retire(host: &mut dyn Host, role: B256) -> Result<(), Fault> {
    let record = active_role(host, role)?;
    if role == builtin::REPRESENTATIVE {
        let reason = "without representatives no proposal can be made".to_owned();
        return refuse(abi::WouldLockOut { reason });
    }
    record.status().set(host, RoleStatus::Retired.into())?;
    emit(host, ADDRESS, &abi::RoleRetired { role })
}

/// Writes all of a role that can change. The record exists.
fn write(host: &mut dyn Host, id: B256, profile: &Profile<'_>) -> Result<(), Fault> {
    if profile.level > LEVEL_MAX {
        return Err(invalid("level", "at most 100"));
    }
    let words: BTreeSet<B256> = profile.permissions.iter().map(pack).collect();
    if words.len() != profile.permissions.len() || words.len() > PERMISSIONS_MAX {
        return Err(invalid("permissions", "at most 32, each once"));
    }
    let record = storage().definitions().of(&id);
    record.level().set(host, profile.level)?;
    record.consequential().set(host, profile.consequential)?;
    record.permissions().truncate(host, 0)?;
    for permission in profile.permissions {
        let (_, entry) = record.permissions().append(host)?;
        entry.set(host, pack(permission))?;
    }
    write_exclusions(host, id, profile.excludes)
}

/// Replaces the exclusions of a role, on both sides.
fn write_exclusions(host: &mut dyn Host, id: B256, excludes: &[B256]) -> Result<(), Fault> {
    let record = storage().definitions().of(&id);
    for other in record.excludes().members(host, 0, EXCLUSIONS_MAX)? {
        record.excludes().remove(host, other)?;
        storage().definitions().of(&other).excludes().remove(host, id)?;
    }
    let too_many = || invalid("excludes", "other roles, each once, at most 16 of every role");
    for other in excludes.iter().copied() {
        if other == id || !record.excludes().insert(host, other)? {
            return Err(too_many());
        }
    }
    if record.excludes().length(host)? > EXCLUSIONS_MAX {
        return Err(too_many());
    }
    for other in excludes {
        let other = known_role(host, *other)?;
        other.excludes().insert(host, id)?;
        if other.excludes().length(host)? > EXCLUSIONS_MAX {
            return Err(too_many());
        }
    }
    Ok(())
}

/// A permission in one word, from the highest byte: 7 zero, action, 4 selector, 20 contract.
fn pack(permission: &Permission) -> B256 {
    let mut word = permission.target.into_word();
    word[7] = permission.action.into();
    word[8..12].copy_from_slice(permission.selector.as_slice());
    word
}

fn unpack(word: B256) -> Permission {
    Permission {
        action: Action::try_from(word[7]).unwrap_or(Action::__Invalid),
        selector: FixedBytes::from_slice(&word[8..12]),
        target: Address::from_slice(&word[12..]),
    }
}

/// The permissions of a role.
pub(super) fn permissions(host: &mut dyn Host, record: &RoleRecord) -> Result<Vec<Permission>, Fault> {
    let list = record.permissions();
    let mut found = Vec::new();
    for index in (0..list.length(host)?).take(PERMISSIONS_MAX) {
        found.push(unpack(list.element(index).get(host)?));
    }
    Ok(found)
}

/// Whether a role has a permission for the action, contract and function of `wanted`.
pub(super) fn permits(host: &mut dyn Host, record: &RoleRecord, wanted: &Permission) -> Result<bool, Fault> {
    let list = record.permissions();
    for index in (0..list.length(host)?).take(PERMISSIONS_MAX) {
        if unpack(list.element(index).get(host)?).includes(wanted) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A role.
///
/// # Errors
/// `RoleUnknown`, and what the host gives.
pub fn role(host: &mut dyn Host, id: B256) -> Result<Role, Fault> {
    let record = known_role(host, id)?;
    Ok(Role {
        id,
        name: record.name().text(host)?,
        level: record.level().get(host)?,
        consequential: record.consequential().get(host)?,
        status: RoleStatus::try_from(record.status().get(host)?).unwrap_or(RoleStatus::None),
        permissions: permissions(host, &record)?,
        excludes: record.excludes().members(host, 0, EXCLUSIONS_MAX)?,
        definedAt: record.defined_at().get(host)?,
    })
}

/// Roles in the order of their definition, at most 100.
///
/// # Errors
/// What the host gives.
pub fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Role>, Fault> {
    let ids = storage().ids();
    let end = ids.length(host)?.min(from.saturating_add(count.min(PAGE_MAX)));
    let mut found = Vec::new();
    for index in from..end {
        let id = ids.element(index).get(host)?;
        found.push(role(host, id)?);
    }
    Ok(found)
}
