//! Grants: made, delegated, prolonged, taken away and given back; each checked in the order that the
//! interface names.
//!
//! Invariant: a grant is in the live list of its subject and among the holders of its role until it has
//! ended; then it stands in the subject's past, once.

use super::{
    DELEGATED_MAX, GRANTS_MAX, Grant, GrantStatus, PAGE_MAX, Permission, REPRESENTATIVES_MAX, RoleRecord,
    Scope, ScopeKind, abi, active_role, builtin, known_role, live, lockout, person,
    standing::{Held, Terms},
    storage, subject_of, subjects_of,
};
use crate::{
    address::{GOVERNANCE, ROLES as ADDRESS},
    fault::{Fault, invalid, refuse, unauthorized},
    host::Host,
    interfaces::IRoles::Action,
    registry::emit,
};
use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;

/// By what a caller may change the grants of a scope.
#[derive(Clone, Copy)]
enum Power {
    /// A vote has decided.
    Governance,
    /// The caller delegated the grant.
    Delegator,
    /// The highest level among the roles by which the caller may.
    Level(u8),
}

impl Power {
    /// The power to call `selector` on grants of `scope`; `Unauthorized` where there is none.
    fn of(host: &mut dyn Host, caller: Address, selector: [u8; 4], scope: &Scope) -> Result<Self, Fault> {
        if caller == GOVERNANCE {
            return Ok(Self::Governance);
        }
        let wanted = Permission {
            action: Action::Call,
            target: ADDRESS,
            selector: selector.into(),
        };
        let mut highest = None;
        for subject in subjects_of(host, caller)? {
            for id in live(host, subject)? {
                let held = Held::read(host, id)?;
                if held.scope.contains(scope) && held.is_in_force(host)? && held.permits(host, &wanted)? {
                    highest = highest.max(Some(held.role_record().level().get(host)?));
                }
            }
        }
        highest
            .map(Self::Level)
            .ok_or_else(|| unauthorized(caller, selector))
    }

    /// Refuses roles that are out of the reach of this power.
    fn check(self, host: &mut dyn Host, role: B256, record: &RoleRecord) -> Result<(), Fault> {
        let Self::Level(own_level) = self else {
            return Ok(());
        };
        if record.consequential().get(host)? {
            return refuse(abi::ConsequentialRole { role });
        }
        let level = record.level().get(host)?;
        if own_level <= level {
            return refuse(abi::AboveOwnLevel {
                role,
                level,
                ownLevel: own_level,
            });
        }
        Ok(())
    }
}

/// A grant to be made, whose maker may make it.
struct Draft<'a> {
    role: B256,
    subject: B256,
    scope: &'a Scope,
    terms: Terms,
    granter: Address,
}

pub(super) fn grant(host: &mut dyn Host, caller: Address, request: &abi::grantCall) -> Result<u64, Fault> {
    let power = Power::of(host, caller, abi::grantCall::SELECTOR, &request.scope)?;
    let record = active_role(host, request.role)?;
    check_terms(host, request.subject, &request.scope, request.expiry)?;
    if request.delegable && record.consequential().get(host)? {
        return Err(invalid("delegable", "a consequential role is not delegated"));
    }
    if request.role == builtin::REPRESENTATIVE {
        if request.scope.kind != ScopeKind::Organisation {
            return Err(invalid("scope", "Representative is granted for an organisation"));
        }
        if record.holders().length(host)? >= REPRESENTATIVES_MAX {
            return Err(invalid("role", "the city has at most 256 representatives"));
        }
    }
    request.scope.check_organisation(host)?;
    check_not_self(host, caller, request.subject)?;
    power.check(host, request.role, &record)?;
    let draft = Draft {
        role: request.role,
        subject: request.subject,
        scope: &request.scope,
        terms: Terms {
            status: GrantStatus::InForce,
            scope_kind: request.scope.kind,
            delegable: request.delegable,
            expiry: request.expiry,
            parent: 0,
            height: host.block().height,
        },
        granter: caller,
    };
    admit(host, &draft)
}

pub(super) fn delegate(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::delegateCall,
) -> Result<u64, Fault> {
    let parent = Held::known(host, request.parent)?;
    require_holder(host, caller, &parent)?;
    let status = parent.status(host)?;
    if !parent.is_valid(host)? {
        return refuse(abi::GrantEnded {
            id: parent.id,
            status,
        });
    }
    if !parent.terms.delegable {
        return refuse(abi::NotDelegable { id: parent.id });
    }
    check_terms(host, request.subject, &request.scope, request.expiry)?;
    request.scope.check_organisation(host)?;
    if !parent.scope.contains(&request.scope) || outlives(request.expiry, parent.terms.expiry) {
        return refuse(abi::OutsideParent { parent: parent.id });
    }
    check_not_self(host, caller, request.subject)?;
    if parent.role_record().consequential().get(host)? {
        return refuse(abi::ConsequentialRole { role: parent.role });
    }
    let draft = Draft {
        role: parent.role,
        subject: request.subject,
        scope: &request.scope,
        terms: Terms {
            status: GrantStatus::InForce,
            scope_kind: request.scope.kind,
            delegable: false,
            expiry: request.expiry,
            parent: parent.id,
            height: host.block().height,
        },
        granter: caller,
    };
    admit(host, &draft)
}

pub(super) fn revoke(host: &mut dyn Host, caller: Address, id: u64) -> Result<(), Fault> {
    let held = Held::known(host, id)?;
    let power = if delegated(host, caller, &held)? {
        Power::Delegator
    } else {
        Power::of(host, caller, abi::revokeCall::SELECTOR, &held.scope)?
    };
    require_not_taken(&held)?;
    power.check(host, held.role, &held.role_record())?;
    let subject = end(host, &held, GrantStatus::Revoked)?;
    let event = abi::Revoked {
        id,
        role: held.role,
        subject,
        by: caller,
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn renounce(host: &mut dyn Host, caller: Address, id: u64) -> Result<(), Fault> {
    let held = Held::known(host, id)?;
    require_holder(host, caller, &held)?;
    require_not_taken(&held)?;
    let subject = end(host, &held, GrantStatus::Renounced)?;
    let event = abi::Renounced {
        id,
        role: held.role,
        subject,
        by: caller,
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn change_expiry(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::changeExpiryCall,
) -> Result<(), Fault> {
    let id = request.id;
    let held = Held::known(host, id)?;
    let power = Power::of(host, caller, abi::changeExpiryCall::SELECTOR, &held.scope)?;
    let status = held.status(host)?;
    if !held.is_valid(host)? {
        return refuse(abi::GrantEnded { id, status });
    }
    check_expiry(host, request.expiry)?;
    let subject = held.subject(host)?;
    check_not_self(host, caller, subject)?;
    power.check(host, held.role, &held.role_record())?;
    let parent = held.terms.parent;
    if parent != 0 && outlives(request.expiry, Held::read(host, parent)?.terms.expiry) {
        return refuse(abi::OutsideParent { parent });
    }
    let counted = lockout::counts(host, &held)?;
    let terms = Terms {
        expiry: request.expiry,
        ..held.terms
    };
    storage().grants().element(id - 1).terms().set(host, terms)?;
    if counted && request.expiry != 0 {
        lockout::require_votes_possible(host)?;
    }
    let event = abi::ExpiryChanged {
        id,
        role: held.role,
        subject,
        expiry: request.expiry,
        by: caller,
    };
    emit(host, ADDRESS, &event)
}

/// Refuses a subject, scope or expiry that no grant can have.
fn check_terms(host: &mut dyn Host, subject: B256, scope: &Scope, expiry: u64) -> Result<(), Fault> {
    if subject.is_zero() {
        return Err(invalid("subject", "an account or an identity"));
    }
    check_expiry(host, expiry)?;
    scope.check_form()
}

fn check_expiry(host: &mut dyn Host, expiry: u64) -> Result<(), Fault> {
    if expiry != 0 && expiry <= host.block().timestamp {
        return Err(invalid(
            "expiry",
            "0 (never), or later than now, in seconds since 1970",
        ));
    }
    Ok(())
}

/// Whether what lasts until `expiry` lasts longer than what lasts until `bound`; zero is for ever.
const fn outlives(expiry: u64, bound: u64) -> bool {
    bound != 0 && (expiry == 0 || expiry > bound)
}

fn check_not_self(host: &mut dyn Host, caller: Address, subject: B256) -> Result<(), Fault> {
    if person::of(host, subject_of(caller))? == person::of(host, subject)? {
        return refuse(abi::SelfGrant { caller, subject });
    }
    Ok(())
}

fn is_holder(host: &mut dyn Host, caller: Address, held: &Held) -> Result<bool, Fault> {
    let subject = held.subject(host)?;
    Ok(subjects_of(host, caller)?.contains(&subject))
}

fn require_holder(host: &mut dyn Host, caller: Address, held: &Held) -> Result<(), Fault> {
    if is_holder(host, caller, held)? {
        return Ok(());
    }
    refuse(abi::NotTheHolder { id: held.id, caller })
}

/// Whether the caller holds the grant that this one was delegated from.
fn delegated(host: &mut dyn Host, caller: Address, held: &Held) -> Result<bool, Fault> {
    if held.terms.parent == 0 {
        return Ok(false);
    }
    let parent = Held::read(host, held.terms.parent)?;
    is_holder(host, caller, &parent)
}

/// Refuses a grant that was revoked or renounced. What time or others ended may still be cleared away.
fn require_not_taken(held: &Held) -> Result<(), Fault> {
    if held.terms.status == GrantStatus::InForce {
        return Ok(());
    }
    refuse(abi::GrantEnded {
        id: held.id,
        status: held.terms.status,
    })
}

/// Makes a grant, if what the subject holds allows it.
fn admit(host: &mut dyn Host, draft: &Draft<'_>) -> Result<u64, Fault> {
    check_duties(host, draft.role, draft.subject)?;
    check_room(host, draft)?;
    let person = person::of(host, draft.subject)?;
    person::remember(host, draft.subject, person)?;
    let (index, record) = storage().grants().append(host)?;
    let id = index + 1;
    record.terms().set(host, draft.terms)?;
    record.role().set(host, draft.role)?;
    record.subject().set(host, draft.subject)?;
    record.scope_value().set(host, draft.scope.value)?;
    record.granter().set(host, draft.granter)?;
    storage().subjects().of(&draft.subject).live().insert(host, id)?;
    storage()
        .definitions()
        .of(&draft.role)
        .holders()
        .insert(host, id)?;
    let event = abi::Granted {
        id,
        role: draft.role,
        subject: draft.subject,
        scope: draft.scope.clone(),
        expiry: draft.terms.expiry,
        delegable: draft.terms.delegable,
        granter: draft.granter,
        parent: draft.terms.parent,
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

/// Refuses a role that a valid grant of the subject's person excludes.
pub(super) fn check_duties(host: &mut dyn Host, role: B256, subject: B256) -> Result<(), Fault> {
    let excludes = storage().definitions().of(&role).excludes();
    for subject in person::all_subjects(host, subject)? {
        for id in live(host, subject)? {
            let held = Held::read(host, id)?;
            if excludes.contains(host, held.role)? && held.is_valid(host)? {
                return refuse(abi::SeparationOfDuties {
                    role,
                    heldRole: held.role,
                    heldGrant: id,
                });
            }
        }
    }
    Ok(())
}

/// Refuses a grant that the subject has already, or for which it has no room.
fn check_room(host: &mut dyn Host, draft: &Draft<'_>) -> Result<(), Fault> {
    let subject = draft.subject;
    let ids = live(host, subject)?;
    let full = u64::try_from(ids.len()).unwrap_or(u64::MAX) >= GRANTS_MAX;
    let mut valid = 0;
    let mut delegated = 0;
    for id in ids {
        let held = Held::read(host, id)?;
        if !held.is_valid(host)? {
            if full {
                clear(host, &held, subject)?;
            }
            continue;
        }
        if held.role == draft.role && held.scope == *draft.scope && held.terms.parent == draft.terms.parent {
            return refuse(abi::AlreadyGranted { id });
        }
        valid += 1;
        delegated += u64::from(held.terms.parent != 0);
    }
    let (count, max) = if draft.terms.parent != 0 && delegated >= DELEGATED_MAX {
        (delegated, DELEGATED_MAX)
    } else {
        (valid, GRANTS_MAX)
    };
    if count >= max {
        return refuse(abi::TooManyGrants { subject, max });
    }
    Ok(())
}

/// Ends a grant and gives its subject; refuses where nobody could decide any more.
fn end(host: &mut dyn Host, held: &Held, status: GrantStatus) -> Result<B256, Fault> {
    let counted = lockout::counts(host, held)?;
    let subject = held.subject(host)?;
    let record = storage().grants().element(held.id - 1);
    record.terms().set(host, Terms { status, ..held.terms })?;
    clear(host, held, subject)?;
    if counted {
        lockout::require_votes_possible(host)?;
    }
    Ok(subject)
}

/// Moves a grant that has ended out of the live lists.
fn clear(host: &mut dyn Host, held: &Held, subject: B256) -> Result<(), Fault> {
    held.role_record().holders().remove(host, held.id)?;
    let grants = storage().subjects().of(&subject);
    if grants.live().remove(host, held.id)? {
        let (_, entry) = grants.past().append(host)?;
        entry.set(host, held.id)?;
    }
    Ok(())
}

/// A grant of any status.
///
/// # Errors
/// `GrantUnknown`, and what the host gives.
pub fn grant_of(host: &mut dyn Host, id: u64) -> Result<Grant, Fault> {
    let held = Held::known(host, id)?;
    show(host, &held)
}

/// A grant as the interface shows it.
pub(super) fn show(host: &mut dyn Host, held: &Held) -> Result<Grant, Fault> {
    let record = storage().grants().element(held.id - 1);
    Ok(Grant {
        id: held.id,
        role: held.role,
        subject: held.subject(host)?,
        scope: held.scope.clone(),
        expiry: held.terms.expiry,
        delegable: held.terms.delegable,
        granter: record.granter().get(host)?,
        parent: held.terms.parent,
        height: held.terms.height,
        status: held.status(host)?,
    })
}

fn show_all(host: &mut dyn Host, ids: &[u64]) -> Result<Vec<Grant>, Fault> {
    ids.iter().map(|id| grant_of(host, *id)).collect()
}

/// The grants of exactly this subject that have not ended, at most [`GRANTS_MAX`].
///
/// # Errors
/// What the host gives.
pub fn grants_of(host: &mut dyn Host, subject: B256) -> Result<Vec<Grant>, Fault> {
    let ids = live(host, subject)?;
    show_all(host, &ids)
}

/// The grants of exactly this subject that have ended, oldest first, at most 100.
///
/// # Errors
/// What the host gives.
pub fn past_grants_of(
    host: &mut dyn Host,
    subject: B256,
    from: u64,
    count: u64,
) -> Result<Vec<Grant>, Fault> {
    let past = storage().subjects().of(&subject).past();
    let end = past.length(host)?.min(from.saturating_add(count.min(PAGE_MAX)));
    let mut found = Vec::new();
    for index in from..end {
        let id = past.element(index).get(host)?;
        found.push(grant_of(host, id)?);
    }
    Ok(found)
}

/// The grants of a role that have not ended, at most 100.
///
/// # Errors
/// `RoleUnknown`, and what the host gives.
pub fn holders_of(host: &mut dyn Host, role: B256, from: u64, count: u64) -> Result<Vec<Grant>, Fault> {
    let record = known_role(host, role)?;
    let ids = record.holders().members(host, from, count.min(PAGE_MAX))?;
    show_all(host, &ids)
}
