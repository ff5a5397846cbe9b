//! Members of a ledger.

use super::{
    ADDRESS, Engine, MEMBERS_MAX, Member, Record, Role, Status, abi, bump, duties, known, parameters,
    readiness, status,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    nodes::{self, step},
    registry::emit,
};
use alloy_primitives::B256;
use std::collections::BTreeSet;

/// Refuses a list that no ledger with this engine can have.
pub(super) fn check(engine: Engine, members: &[Member]) -> Result<(), Fault> {
    if members.len() > MEMBERS_MAX {
        return Err(invalid("members", "at most 128"));
    }
    let mut keys = BTreeSet::new();
    for member in members {
        if !keys.insert(member.key) {
            return refuse(abi::DuplicateMember { key: member.key });
        }
        if matches!(member.role, Role::None | Role::__Invalid) {
            return Err(invalid("members", "every member has a role"));
        }
    }
    match (engine, validators(members).len()) {
        (_, 0) => Err(invalid("members", "at least one validator")),
        (Engine::Solo, 2..) => Err(invalid("members", "a solo ledger has one validator")),
        _ => Ok(()),
    }
}

/// Refuses members that cannot link.
pub(super) fn require_active(host: &mut dyn Host, members: &[Member]) -> Result<(), Fault> {
    for member in members {
        if !nodes::is_active(host, member.key)? {
            return refuse(abi::NodeNotActive { key: member.key });
        }
    }
    Ok(())
}

pub(super) fn validators(members: &[Member]) -> BTreeSet<B256> {
    let validators = members.iter().filter(|member| member.role == Role::Validator);
    validators.map(|member| member.key).collect()
}

pub(super) fn change(host: &mut dyn Host, request: &abi::changeMembersCall) -> Result<(), Fault> {
    let record = known(host, &request.name)?;
    if status(host, &record)? == Status::Closed {
        return refuse(abi::LedgerClosed {
            name: request.name.clone(),
        });
    }
    let engine = parameters::read(host, &record.parameters())?.ordering;
    check(engine, &request.members)?;
    let before = read(host, &record)?;
    let known: BTreeSet<B256> = before.iter().map(|member| member.key).collect();
    let new = request
        .members
        .iter()
        .filter(|member| !known.contains(&member.key));
    let new: Vec<Member> = new.cloned().collect();
    require_active(host, &new)?;
    let (before, after) = (validators(&before), validators(&request.members));
    match engine {
        Engine::Solo if before != after => {
            return Err(invalid(
                "members",
                "the validator of a solo ledger stays: nobody else has its blocks",
            ));
        }
        Engine::Solo => {}
        _ => require_safe(&before, &after)?,
    }
    write(host, &record, &request.members)?;
    let chain_id = record.chain_id().get(host)?;
    readiness::forget(host, chain_id, before.symmetric_difference(&after))?;
    bump(host)?;
    let event = abi::LedgerMembersChanged {
        chainId: chain_id,
        name: request.name.clone(),
        members: request.members.clone(),
    };
    emit(host, ADDRESS, &event)
}

fn require_safe(before: &BTreeSet<B256>, after: &BTreeSet<B256>) -> Result<(), Fault> {
    if step::is_safe(before, after) {
        return Ok(());
    }
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    refuse(abi::WouldLoseQuorum {
        validators: number(before.len()),
        leaving: number(before.difference(after).count()),
        joining: number(after.difference(before).count()),
        changeMax: number(step::changes_max(before.len())),
    })
}

/// Replaces the members, and counts what they do.
pub(super) fn write(host: &mut dyn Host, record: &Record, members: &[Member]) -> Result<(), Fault> {
    let before = read(host, record)?;
    let engine = parameters::read(host, &record.parameters())?.ordering;
    duties::change(host, engine, &before, members)?;
    record.members().truncate(host, 0)?;
    for member in members {
        let (_, entry) = record.members().append(host)?;
        entry.key().set(host, member.key)?;
        entry.role().set(host, member.role.into())?;
    }
    Ok(())
}

pub(super) fn read(host: &mut dyn Host, record: &Record) -> Result<Vec<Member>, Fault> {
    let mut found = Vec::new();
    for index in 0..record.members().length(host)? {
        let entry = record.members().element(index);
        found.push(Member {
            key: entry.key().get(host)?,
            role: Role::try_from(entry.role().get(host)?).unwrap_or(Role::None),
        });
    }
    Ok(found)
}
