//! What somebody is on the ledger, and what follows from it in the console: rights and personas.
//!
//! Rights follow from what roles permit and not from their names, so that a role that Governance defines is treated as one that every city
//! has. Two roles permit nothing by themselves, Representative and OpeningOfficer; they are known by their ids.
//! Invariant: more permissions never mean fewer rights.

use crate::right::Right;
use alloy_primitives::{Address, B256, FixedBytes, keccak256};
use civitas_system_contracts::{
    address::{CHAINS, CONTROL, IDENTITIES, NODES, ROLES},
    roles::{Action, ScopeKind, builtin::REPRESENTATIVE},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

pub use civitas_system_contracts::roles::Entitlement;

/// What the main ledger says about an account or identity.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The identity that the account is bound to, or that was asked about.
    pub identity: Option<B256>,
    /// Whether the account or its identity is frozen or cancelled: then no setting of the console makes it an administrator.
    pub is_suspended: bool,
    /// What grants in force permit, one entry for each permission of each grant; none for who is suspended.
    pub entitlements: Vec<Entitlement>,
}

/// Where a right reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole city.
    City,
    /// What belongs to these organisations.
    Organisations(BTreeSet<B256>),
}

/// Rights with their reach.
pub type Rights = BTreeMap<Right, Reach>;

/// How somebody mostly uses the console; decides what a page shows first, never what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Persona {
    /// Supervises: regulators, auditors, representatives, officers.
    Regulator,
    /// Keeps nodes running.
    Operator,
    /// Runs business chains.
    Business,
    /// Deploys contracts.
    Developer,
    /// Everybody.
    Citizen,
}

/// Rights of everybody who is signed in.
const SIGNED_IN: [Right; 3] = [Right::Explore, Right::ReadGovernance, Right::OwnData];

/// Rights of who administers the console. What people keep secret from operators is not among them.
const ADMINISTRATOR: [Right; 10] = [
    Right::Explore,
    Right::Trace,
    Right::Transact,
    Right::ReadGovernance,
    Right::ReadAudit,
    Right::Monitor,
    Right::ReadLogs,
    Right::ManageAlarms,
    Right::Operate,
    Right::Administer,
];

/// Id of the role of those who open sealed identities.
fn opening_officer() -> B256 {
    keccak256("OpeningOfficer")
}

impl Reach {
    /// Whether it reaches what belongs to `organisation`.
    pub fn covers(&self, organisation: B256) -> bool {
        match self {
            Self::City => true,
            Self::Organisations(ids) => ids.contains(&organisation),
        }
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Organisations(mut ids), Self::Organisations(more)) => {
                ids.extend(more);
                Self::Organisations(ids)
            }
            _ => Self::City,
        }
    }
}

/// Adds rights; what is there already reaches further.
pub fn add(rights: &mut Rights, more: &[Right], reach: &Reach) {
    for right in more {
        let joined = match rights.remove(right) {
            Some(before) => before.join(reach.clone()),
            None => reach.clone(),
        };
        rights.insert(*right, joined);
    }
}

/// Rights of who is signed in, without any role.
pub fn signed_in() -> Rights {
    let mut rights = Rights::new();
    add(&mut rights, &SIGNED_IN, &Reach::City);
    rights
}

/// Rights of who looks at a city that lets everybody look at its open data.
pub fn guest() -> BTreeSet<Right> {
    BTreeSet::from([Right::Explore, Right::ReadGovernance])
}

/// Rights of an administrator of the console.
pub fn administrator() -> Rights {
    let mut rights = signed_in();
    add(&mut rights, &ADMINISTRATOR, &Reach::City);
    rights
}

/// Rights of somebody with these entitlements on the ledger.
pub fn rights(entitlements: &[Entitlement]) -> Rights {
    let mut rights = signed_in();
    add(&mut rights, &[Right::Transact], &Reach::City);
    for entitlement in entitlements {
        if let Some(reach) = reach_of(entitlement) {
            add(&mut rights, rights_of(entitlement), &reach);
        }
    }
    // These belong to no organisation: whoever reads for some of them reads none.
    let of_city = [Right::ReadOpenings, Right::ReadFindings, Right::Supervise];
    rights.retain(|right, reach| !of_city.contains(right) || *reach == Reach::City);
    rights
}

/// What somebody with these entitlements mostly does.
pub fn personas(entitlements: &[Entitlement]) -> BTreeSet<Persona> {
    let mut personas = BTreeSet::from([Persona::Citizen]);
    for entitlement in entitlements {
        let permission = &entitlement.permission;
        if permission.action == Action::Administer {
            personas.insert(Persona::Operator);
        }
        if permission.action == Action::Deploy {
            personas.insert(Persona::Developer);
        }
        if calls(entitlement, CHAINS, "setContact(bytes32,string,string)") {
            personas.insert(Persona::Business);
        }
        let supervises = permission.action == Action::Read
            || calls(entitlement, CONTROL, "freezeAccount(address,string)")
            || calls(entitlement, CONTROL, "emergencyFreezeAccount(address,string)")
            || calls(entitlement, CHAINS, "startReview(bytes32)")
            || entitlement.role == REPRESENTATIVE
            || entitlement.role == opening_officer();
        if supervises {
            personas.insert(Persona::Regulator);
        }
    }
    personas
}

/// Where the entitlement counts; none if only for one ledger or contract, or for open data, which says nothing about pages.
fn reach_of(entitlement: &Entitlement) -> Option<Reach> {
    let value = entitlement.scope.value;
    match entitlement.scope.kind {
        ScopeKind::City => Some(Reach::City),
        ScopeKind::Organisation => Some(Reach::Organisations(BTreeSet::from([value]))),
        // Grades hold for reading alone; grade 0 is open data.
        ScopeKind::Grade if entitlement.permission.action == Action::Read && !value.is_zero() => {
            Some(Reach::City)
        }
        _ => None,
    }
}

/// The rights behind one entitlement.
fn rights_of(entitlement: &Entitlement) -> &'static [Right] {
    match entitlement.permission.action {
        Action::Read => &[
            Right::Trace,
            Right::ReadIdentities,
            Right::ReadOpenings,
            Right::ReadAudit,
            Right::Monitor,
            Right::ReadFindings,
        ],
        Action::Administer => &[
            Right::Trace,
            Right::Monitor,
            Right::ReadLogs,
            Right::ManageAlarms,
            Right::Operate,
        ],
        Action::Deploy => &[Right::Trace],
        Action::Call => rights_of_call(entitlement),
        Action::Join if entitlement.role == REPRESENTATIVE => {
            &[Right::Trace, Right::ReadAudit, Right::Monitor]
        }
        Action::Join if entitlement.role == opening_officer() => {
            &[Right::ReadIdentities, Right::ReadOpenings]
        }
        _ => &[],
    }
}

/// The rights behind a permission to call something.
fn rights_of_call(entitlement: &Entitlement) -> &'static [Right] {
    let supervises = calls(entitlement, CONTROL, "freezeAccount(address,string)")
        || calls(entitlement, CONTROL, "emergencyFreezeAccount(address,string)");
    if supervises {
        return &[
            Right::Trace,
            Right::Monitor,
            Right::ManageAlarms,
            Right::ReadFindings,
            Right::Supervise,
        ];
    }
    if calls(entitlement, NODES, "emergencySuspend(bytes32,string)") {
        return &[Right::Trace, Right::Monitor, Right::ManageAlarms];
    }
    let knows_people = calls(entitlement, IDENTITIES, "freeze(bytes32,string)")
        || calls(entitlement, IDENTITIES, "setCommitments(bytes32,bytes32[])")
        || calls(entitlement, ROLES, "revoke(uint64)");
    if knows_people {
        return &[Right::ReadIdentities];
    }
    &[]
}

/// Whether the entitlement permits calling the function of the contract.
fn calls(entitlement: &Entitlement, target: Address, signature: &str) -> bool {
    let permission = &entitlement.permission;
    let selector = FixedBytes::<4>::from_slice(&keccak256(signature)[..4]);
    permission.action == Action::Call
        && (permission.target == target || permission.target.is_zero())
        && (permission.selector == selector || permission.selector.is_zero())
}

#[cfg(test)]
mod tests;
