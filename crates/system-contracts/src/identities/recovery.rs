//! Recovery: a set of parties of which a number together replace the controllers.
//!
//! Invariants: a controller cannot take recovery away from its set at once (a change counts after seven days,
//! and a recovery drops it); approvals count for one list of controllers, one set and one round.

use super::{
    RECOVERY_SECONDS, Record, Recovery, RecoverySet, abi, bump, known, life_cycle, parties, require_usable,
    speaks_for,
};
use crate::{
    address::IDENTITIES as ADDRESS,
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
    registry::emit,
};
use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolValue;

pub(super) fn set_recovery(
    host: &mut dyn Host,
    record: &Record,
    request: &abi::setRecoveryCall,
    caller: Address,
) -> Result<(), Fault> {
    drop_waiting(host, record)?;
    let from = host.block().timestamp.saturating_add(RECOVERY_SECONDS);
    let change = abi::RecoveryChanged {
        id: request.id,
        recoverers: request.recoverers.clone(),
        threshold: request.threshold,
        from,
        by: caller,
    };
    append(host, record, &change)?;
    bump(host, record)
}

/// Adds a recovery set that counts from a time on.
pub(super) fn append(
    host: &mut dyn Host,
    record: &Record,
    change: &abi::RecoveryChanged,
) -> Result<(), Fault> {
    let members = change.recoverers.len();
    let fits = (usize::from(members > 0)..=members).contains(&usize::from(change.threshold));
    if !fits {
        return Err(invalid(
            "threshold",
            "between 1 and the number of recoverers; 0 without recoverers",
        ));
    }
    let (_, entry) = record.recoveries().append(host)?;
    entry.since().set(host, change.from)?;
    entry.threshold().set(host, change.threshold)?;
    life_cycle::write_parties(host, "recoverers", &change.recoverers, &entry.parties())?;
    emit(host, ADDRESS, change)
}

/// The position of the set that counts now: the last one, or the one before it while that waits.
fn position_now(host: &mut dyn Host, record: &Record) -> Result<u64, Fault> {
    let last = record.recoveries().length(host)?.saturating_sub(1);
    let since = record.recoveries().element(last).since().get(host)?;
    let waits = since > host.block().timestamp;
    Ok(if waits { last.saturating_sub(1) } else { last })
}

/// Takes a waiting set away.
fn drop_waiting(host: &mut dyn Host, record: &Record) -> Result<(), Fault> {
    let kept = position_now(host, record)? + 1;
    if record.recoveries().length(host)? > kept {
        let waiting = record.recoveries().element(kept);
        life_cycle::clear(host, &waiting.parties())?;
        record.recoveries().truncate(host, kept)?;
    }
    Ok(())
}

/// The recovery set, and the one that waits.
pub(super) fn recovery_of(host: &mut dyn Host, id: B256) -> Result<Recovery, Fault> {
    let record = known(host, id)?;
    let position = position_now(host, &record)?;
    let now = record.recoveries().element(position);
    let mut recovery = Recovery {
        recoverers: parties(host, &now.parties())?,
        threshold: now.threshold().get(host)?,
        nextRecoverers: Vec::new(),
        nextThreshold: 0,
        nextFrom: 0,
    };
    if record.recoveries().length(host)? > position + 1 {
        let next = record.recoveries().element(position + 1);
        recovery.nextRecoverers = parties(host, &next.parties())?;
        recovery.nextThreshold = next.threshold().get(host)?;
        recovery.nextFrom = next.since().get(host)?;
    }
    Ok(recovery)
}

/// Approves new controllers, and sets them with the approval that reaches the threshold. Open to the parties
/// of the recovery set.
pub(super) fn approve(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::approveRecoveryCall,
) -> Result<bool, Fault> {
    let id = request.id;
    let record = super::active(host, id)?;
    require_usable(host, caller)?;
    let position = position_now(host, &record)?;
    let set = record.recoveries().element(position);
    let voices = voices(host, &set, caller)?;
    if voices.is_empty() {
        return refuse(abi::NotARecoverer { id, caller });
    }
    let words = u64::try_from(request.controllers.len()).unwrap_or(u64::MAX);
    host.charge(gas::HASH + gas::HASH_WORD.saturating_mul(words))?;
    let round = record.recovery_round().get(host)?;
    let digest = keccak256((round, position, request.controllers.clone()).abi_encode());
    let approval = record.approvals().of(&digest);
    let now = host.block().timestamp;
    let started_at = approval.started_at().get(host)?;
    if started_at == 0 || now > started_at.saturating_add(RECOVERY_SECONDS) {
        life_cycle::clear(host, &approval.approvers())?;
        approval.count().set(host, 0)?;
        approval.started_at().set(host, now)?;
    }
    // An account that speaks for several parties has one voice, and leaves none of them to another account.
    for voice in voices.iter().chain([&caller.into_word()]) {
        if approval.approvers().contains(host, *voice)? {
            return refuse(abi::RecoveryAlreadyApproved { id, caller });
        }
    }
    for voice in voices.iter().chain([&caller.into_word()]) {
        approval.approvers().insert(host, *voice)?;
    }
    let approvals = approval.count().get(host)? + 1;
    approval.count().set(host, approvals)?;
    let threshold = set.threshold().get(host)?;
    let event = abi::RecoveryApproved {
        id,
        controllers: request.controllers.clone(),
        by: caller,
        approvals,
        threshold,
    };
    emit(host, ADDRESS, &event)?;
    if approvals < threshold {
        return Ok(false);
    }
    recover(host, &record, request)?;
    Ok(true)
}

/// Parties of a recovery set that an account speaks for.
fn voices(host: &mut dyn Host, set: &RecoverySet, caller: Address) -> Result<Vec<B256>, Fault> {
    let mut voices = Vec::new();
    for party in parties(host, &set.parties())? {
        if speaks_for(host, caller, party)? {
            voices.push(party);
        }
    }
    Ok(voices)
}

fn recover(host: &mut dyn Host, record: &Record, request: &abi::approveRecoveryCall) -> Result<(), Fault> {
    life_cycle::write_controllers(host, record, &request.controllers)?;
    drop_waiting(host, record)?;
    let round = record.recovery_round().get(host)?;
    record.recovery_round().set(host, round + 1)?;
    bump(host, record)?;
    let event = abi::Recovered {
        id: request.id,
        controllers: request.controllers.clone(),
    };
    emit(host, ADDRESS, &event)
}
