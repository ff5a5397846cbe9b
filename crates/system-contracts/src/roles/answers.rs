//! The questions: may this account, by which grant, why not; who can do something; what can somebody do.
//!
//! Invariant: [`allowed`] and [`explain`] agree on every question, and neither changes anything.

use super::{
    Act, Action, Entitlement, Grant, GrantStatus, PAGE_MAX, PAST_EXPLAINED_MAX, Permission, ROLES_MAX,
    Reason, RoleStatus, Scope, abi, builtin, definitions, grants, live, standing::Held, storage, subjects_of,
};
use crate::{fault::Fault, host::Host};
use alloy_primitives::{Address, B256};

impl Act {
    /// An act about no organisation and open data.
    pub fn of(action: Action, target: Address, selector: [u8; 4]) -> Self {
        Self {
            action,
            target,
            selector: selector.into(),
            organisation: B256::ZERO,
            grade: 0,
        }
    }

    /// The permission that is wanted for it.
    fn wanted(&self) -> Permission {
        Permission {
            action: self.action,
            target: self.target,
            selector: self.selector,
        }
    }
}

/// An answer with the grants that it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it is allowed, or why not.
    pub reason: Reason,
    /// Ids of the grants that allow it, or that would if it were not for the reason.
    pub grants: Vec<u64>,
}

/// Whether a grant in force, of the account or its identity, permits the act on this ledger.
///
/// # Errors
/// What the host gives.
pub fn allowed(host: &mut dyn Host, account: Address, act: &Act) -> Result<bool, Fault> {
    let chain_id = host.block().chain_id;
    let wanted = act.wanted();
    for subject in subjects_of(host, account)? {
        for id in live(host, subject)? {
            let held = Held::read(host, id)?;
            if held.scope.reaches(act, chain_id) && held.is_in_force(host)? && held.permits(host, &wanted)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the account holds the role in force, in `scope` or one that contains it.
///
/// # Errors
/// What the host gives.
pub fn holds(host: &mut dyn Host, account: Address, role: B256, scope: &Scope) -> Result<bool, Fault> {
    for subject in subjects_of(host, account)? {
        for id in live(host, subject)? {
            let held = Held::read(host, id)?;
            if held.role == role && held.scope.contains(scope) && held.is_in_force(host)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether `account` may speak for `organisation`: it holds Representative for it, and the organisation is
/// active.
///
/// # Errors
/// What the host gives.
pub fn represents(host: &mut dyn Host, account: Address, organisation: B256) -> Result<bool, Fault> {
    holds(
        host,
        account,
        builtin::REPRESENTATIVE,
        &Scope::organisation(organisation),
    )
}

/// Why the act is allowed to the account on this ledger, or not.
///
/// # Errors
/// What the host gives.
pub fn explain(host: &mut dyn Host, account: Address, act: &Act) -> Result<Explanation, Fault> {
    let mut nearest = Explanation {
        reason: Reason::NoGrant,
        grants: Vec::new(),
    };
    let wanted = act.wanted();
    let subjects = subjects_of(host, account)?;
    if subjects.is_empty() {
        nearest.reason = Reason::IdentityNotActive;
    }
    for subject in subjects {
        let mut ids = live(host, subject)?;
        ids.extend(past(host, subject)?);
        for id in ids {
            let held = Held::read(host, id)?;
            if !held.permits(host, &wanted)? {
                continue;
            }
            let reason = reason(host, &held, act)?;
            if u8::from(reason) < u8::from(nearest.reason) {
                nearest.grants.clear();
                nearest.reason = reason;
            }
            if reason == nearest.reason && reason != Reason::NoGrant {
                nearest.grants.push(id);
            }
        }
    }
    Ok(nearest)
}

/// The newest of the subject's grants that have ended.
fn past(host: &mut dyn Host, subject: B256) -> Result<Vec<u64>, Fault> {
    let list = storage().subjects().of(&subject).past();
    let length = list.length(host)?;
    let first = length.saturating_sub(PAST_EXPLAINED_MAX);
    (first..length)
        .map(|index| list.element(index).get(host))
        .collect()
}

/// What a grant of a role that permits the act says to it.
fn reason(host: &mut dyn Host, held: &Held, act: &Act) -> Result<Reason, Fault> {
    let chain_id = host.block().chain_id;
    let status = held.status(host)?;
    let reaches = held.scope.reaches(act, chain_id);
    Ok(match status {
        GrantStatus::InForce if reaches => Reason::Allowed,
        GrantStatus::InForce => Reason::OutOfScope,
        _ if !reaches => Reason::NoGrant,
        GrantStatus::OrganisationNotActive => Reason::OrganisationNotActive,
        GrantStatus::ParentEnded => Reason::ParentEnded,
        GrantStatus::RoleRetired => Reason::RoleRetired,
        GrantStatus::Expired => Reason::Expired,
        GrantStatus::Renounced | GrantStatus::Revoked => Reason::Revoked,
        GrantStatus::None | GrantStatus::__Invalid => Reason::NoGrant,
    })
}

/// The grants in force of all roles that permit something, one page of them; and where the next page begins,
/// zero at the end.
///
/// # Errors
/// What the host gives.
pub fn who_can(host: &mut dyn Host, query: &abi::whoCanCall) -> Result<(Vec<Grant>, u64), Fault> {
    let wanted = Permission {
        action: query.action,
        target: query.target,
        selector: query.selector,
    };
    let until = query.from.saturating_add(query.count.min(PAGE_MAX));
    let mut found = Vec::new();
    // Holders of all roles that permit it form one long list; `position` is where the next role begins in it.
    let mut position = 0_u64;
    for index in 0..storage().ids().length(host)?.min(ROLES_MAX) {
        let role = storage().ids().element(index).get(host)?;
        let record = storage().definitions().of(&role);
        if record.status().get(host)? != u8::from(RoleStatus::Active)
            || !definitions::permits(host, &record, &wanted)?
        {
            continue;
        }
        let begin = position;
        position = position.saturating_add(record.holders().length(host)?);
        let first = query.from.max(begin);
        let last = until.min(position);
        for id in record
            .holders()
            .members(host, first - begin, last.saturating_sub(first))?
        {
            let held = Held::read(host, id)?;
            if held.is_in_force(host)? {
                found.push(grants::show(host, &held)?);
            }
        }
    }
    Ok((found, if until < position { until } else { 0 }))
}

/// All permissions of an account, by its own grants in force and those of its identity.
///
/// # Errors
/// What the host gives.
pub fn what_can(host: &mut dyn Host, account: Address) -> Result<Vec<Entitlement>, Fault> {
    let mut found = Vec::new();
    for subject in subjects_of(host, account)? {
        for id in live(host, subject)? {
            let held = Held::read(host, id)?;
            if !held.is_in_force(host)? {
                continue;
            }
            for permission in definitions::permissions(host, &held.role_record())? {
                found.push(Entitlement {
                    grant: id,
                    role: held.role,
                    permission,
                    scope: held.scope.clone(),
                    expiry: held.terms.expiry,
                });
            }
        }
    }
    Ok(found)
}
