//! Roles: what a role permits, who holds it, in which scope and until when; and the questions about it.
//!
//! ```text
//! definitions ─▶ role: level, permissions, exclusions        scope: what a grant reaches
//! grants ──────▶ grant: role, subject, scope, expiry ──────▶ standing: is it valid, is it in force
//! answers ─────▶ may this account? who can? what can? why not?   lockout: can the city still vote
//! ```
//!
//! Invariants:
//! - Only a grant in force permits anything; what is no longer valid never becomes valid again.
//! - Nobody gives, prolongs or delegates a role to its own person; nobody but Governance gives a role of
//!   consequence, or one that is not strictly below the own level in that scope.
//! - A delegated grant never reaches further than its parent, and is not delegated again.
//! - Nobody comes to hold two roles that exclude each other by a grant.
//! - No call takes away the representatives without whom a proposal can no longer pass.
//! - A subject has at most [`GRANTS_MAX`] grants that have not ended, so every check is bounded.

use crate::{
    address::ROLES as ADDRESS,
    authority,
    fault::{Fault, refuse},
    governance::Kind as ProposalKind,
    host::Host,
    layout,
    registry::{Call, SystemContract},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;

use crate::interfaces::IRoles::{self as abi, IRolesCalls as Function};
pub use crate::interfaces::IRoles::{
    Act, Action, Entitlement, Grant, GrantStatus, Permission, Reason, Role, RoleStatus, Scope, ScopeKind,
};

mod answers;
pub mod builtin;
mod definitions;
mod grants;
mod lockout;
mod person;
mod scope;
mod standing;
#[cfg(test)]
mod tests;

pub use answers::{Explanation, allowed, explain, holds, represents, what_can, who_can};
pub use definitions::{page as roles, role};
pub use grants::{grant_of, grants_of, holders_of, past_grants_of};
pub use lockout::{require_votes_possible, speaks, votes_possible};
use person::subjects_of;
pub use person::{require_separable, same_person};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Roles",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Roles::LAYOUT,
        RoleRecord::LAYOUT,
        GrantRecord::LAYOUT,
        SubjectRecord::LAYOUT,
    ],
    governed: &[
        (abi::defineRoleCall::SELECTOR, ProposalKind::Roles),
        (abi::changeRoleCall::SELECTOR, ProposalKind::Roles),
        (abi::retireRoleCall::SELECTOR, ProposalKind::Roles),
        (abi::grantCall::SELECTOR, ProposalKind::Roles),
        (abi::revokeCall::SELECTOR, ProposalKind::Roles),
        (abi::changeExpiryCall::SELECTOR, ProposalKind::Roles),
    ],
    code: call,
};

/// Roles of a city, at most: some queries walk through all of them.
pub const ROLES_MAX: u64 = 256;
/// Bytes of a role's name, at most.
pub const NAME_BYTES_MAX: usize = 64;
/// The highest level.
pub const LEVEL_MAX: u8 = 100;
/// Permissions of a role, at most: a check walks through all of them.
pub const PERMISSIONS_MAX: usize = 32;
/// Roles that one role excludes, at most.
pub const EXCLUSIONS_MAX: u64 = 16;
/// Grants of one subject that have not ended, at most: a check walks through all of them.
pub const GRANTS_MAX: u64 = 64;
/// Delegated ones among them, at most: holders of delegable grants cannot use up what others may grant.
pub const DELEGATED_MAX: u64 = 32;
/// Grants of Representative that have not ended, at most: [`require_votes_possible`] walks through all of them.
pub const REPRESENTATIVES_MAX: u64 = 256;
/// Accounts of one identity that have grants, at most; an identity has fewer accounts at one time.
const PERSON_ACCOUNTS_MAX: u64 = 64;
/// Records that one query returns, at most.
const PAGE_MAX: u64 = 100;
/// Old grants of a subject that [`explain`] looks at, at most.
const PAST_EXPLAINED_MAX: u64 = 64;

layout! {
    /// The contract's storage.
    pub struct Roles (8) {
        /// Definitions by id.
        0 => definitions: Mapping<B256, RoleRecord>,
        /// Ids in the order of definition.
        1 => ids: List<Value<B256>>,
        /// Grants; the one with id `n` stands at index `n - 1`.
        2 => grants: List<GrantRecord>,
        /// Ids of grants by subject.
        3 => subjects: Mapping<B256, SubjectRecord>,
        /// Accounts that have, or had, grants, by the identity that they are, or were, bound to.
        4 => persons: Mapping<B256, Set<B256>>,
    }
}

layout! {
    /// One role.
    pub struct RoleRecord (16) {
        /// Its name.
        0 => name: Blob,
        /// Its level.
        1 => level: Value<u8>,
        /// Its status.
        2 => status: Value<u8>,
        /// Whether only Governance grants it.
        3 => consequential: Value<bool>,
        /// What it permits, one word each (see `definitions`).
        4 => permissions: List<Value<B256>>,
        /// Roles that nobody holds together with it.
        5 => excludes: Set<B256>,
        /// Grants of it that have not ended.
        7 => holders: Set<u64>,
        /// Height at which it was defined.
        9 => defined_at: Value<u64>,
    }
}

layout! {
    /// One grant.
    pub struct GrantRecord (8) {
        /// Status, scope, expiry, parent, height: all small things, in one word.
        0 => terms: Value<standing::Terms>,
        /// The role.
        1 => role: Value<B256>,
        /// Who holds it.
        2 => subject: Value<B256>,
        /// What the scope's kind is about.
        3 => scope_value: Value<B256>,
        /// Who made it.
        4 => granter: Value<Address>,
    }
}

layout! {
    /// The grants of one subject.
    pub struct SubjectRecord (4) {
        /// Those that have not ended, or of which nobody has noticed it yet.
        0 => live: Set<u64>,
        /// Those that have ended, in that order.
        2 => past: List<Value<u64>>,
    }
}

fn storage() -> Roles {
    Roles::at(Place::root(ADDRESS))
}

/// The id of the role called `name`.
pub fn id_of(name: &str) -> B256 {
    keccak256(name)
}

/// The account as a subject of grants.
pub fn subject_of(account: Address) -> B256 {
    account.into_word()
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let caller = call.caller;
    Ok(match call.decode()? {
        Function::defineRole(request) => {
            authority::require_governance(caller, call.selector())?;
            abi::defineRoleCall::abi_encode_returns(&definitions::define(host, &request)?)
        }
        Function::changeRole(request) => {
            authority::require_governance(caller, call.selector())?;
            definitions::change(host, &request)?;
            Vec::new()
        }
        Function::retireRole(request) => {
            authority::require_governance(caller, call.selector())?;
            definitions::retire(host, request.role)?;
            Vec::new()
        }
        Function::grant(request) => {
            abi::grantCall::abi_encode_returns(&grants::grant(host, caller, &request)?)
        }
        Function::delegate(request) => {
            abi::delegateCall::abi_encode_returns(&grants::delegate(host, caller, &request)?)
        }
        Function::revoke(request) => {
            grants::revoke(host, caller, request.id)?;
            Vec::new()
        }
        Function::renounce(request) => {
            grants::renounce(host, caller, request.id)?;
            Vec::new()
        }
        Function::changeExpiry(request) => {
            grants::change_expiry(host, caller, &request)?;
            Vec::new()
        }
        query => answer(host, query)?,
    }
    .into())
}

/// Answers the functions that only read.
fn answer(host: &mut dyn Host, query: Function) -> Result<Vec<u8>, Fault> {
    Ok(match query {
        Function::role(query) => abi::roleCall::abi_encode_returns(&role(host, query.id)?),
        Function::roles(query) => abi::rolesCall::abi_encode_returns(&roles(host, query.from, query.count)?),
        Function::roleCount(_) => abi::roleCountCall::abi_encode_returns(&storage().ids().length(host)?),
        Function::grantOf(query) => abi::grantOfCall::abi_encode_returns(&grant_of(host, query.id)?),
        Function::grantCount(_) => abi::grantCountCall::abi_encode_returns(&storage().grants().length(host)?),
        Function::grantsOf(query) => abi::grantsOfCall::abi_encode_returns(&grants_of(host, query.subject)?),
        Function::pastGrantsOf(query) => abi::pastGrantsOfCall::abi_encode_returns(&past_grants_of(
            host,
            query.subject,
            query.from,
            query.count,
        )?),
        Function::holdersOf(query) => {
            abi::holdersOfCall::abi_encode_returns(&holders_of(host, query.role, query.from, query.count)?)
        }
        Function::whoCan(query) => {
            let (grants, next) = who_can(host, &query)?;
            abi::whoCanCall::abi_encode_returns(&abi::whoCanReturn { grants, next })
        }
        Function::whatCan(query) => abi::whatCanCall::abi_encode_returns(&what_can(host, query.account)?),
        Function::explain(query) => {
            let found = explain(host, query.account, &query.act)?;
            abi::explainCall::abi_encode_returns(&abi::explainReturn {
                allowed: found.reason == Reason::Allowed,
                reason: found.reason,
                grants: found.grants,
            })
        }
        Function::holds(query) => {
            abi::holdsCall::abi_encode_returns(&holds(host, query.account, query.role, &query.scope)?)
        }
        Function::represents(query) => {
            abi::representsCall::abi_encode_returns(&represents(host, query.account, query.organisation)?)
        }
        // `call` has done these.
        Function::defineRole(_)
        | Function::changeRole(_)
        | Function::retireRole(_)
        | Function::grant(_)
        | Function::delegate(_)
        | Function::revoke(_)
        | Function::renounce(_)
        | Function::changeExpiry(_) => Vec::new(),
    })
}

/// Ids of the grants, ended or not, that `subject` has in its live list; at most [`GRANTS_MAX`].
fn live(host: &mut dyn Host, subject: B256) -> Result<Vec<u64>, Fault> {
    storage()
        .subjects()
        .of(&subject)
        .live()
        .members(host, 0, GRANTS_MAX)
}

/// Refuses a role that was never defined.
fn known_role(host: &mut dyn Host, role: B256) -> Result<RoleRecord, Fault> {
    let record = storage().definitions().of(&role);
    if record.status().get(host)? == u8::from(RoleStatus::None) {
        return refuse(abi::RoleUnknown { role });
    }
    Ok(record)
}

/// Refuses a role that was never defined, or is retired.
fn active_role(host: &mut dyn Host, role: B256) -> Result<RoleRecord, Fault> {
    let record = known_role(host, role)?;
    if record.status().get(host)? != u8::from(RoleStatus::Active) {
        return refuse(abi::RoleNotActive { role });
    }
    Ok(record)
}
