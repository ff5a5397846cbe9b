//! The rules of roles as plain sets and loops, written from `contracts/interfaces/IRoles.sol`, without
//! storage, indexes, bounds on work, or order of evaluation. What it says is what the contract must do.

use alloy_primitives::{Address, B256, keccak256};
use civitas_system_contracts::{
    address::{GOVERNANCE, ROLES},
    roles::{Act, Action, Permission, Scope, ScopeKind},
};
use std::collections::{BTreeMap, BTreeSet};

/// The name of a custom error.
pub type Refusal = &'static str;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub level: u8,
    pub consequential: bool,
    pub retired: bool,
    pub permissions: Vec<Permission>,
    pub excludes: BTreeSet<B256>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    No,
    Revoked,
    Renounced,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub role: B256,
    pub subject: B256,
    pub scope: Scope,
    pub expiry: u64,
    pub delegable: bool,
    pub parent: u64,
    pub taken: Taken,
}

#[derive(Clone, Debug, Default)]
pub struct City {
    pub now: u64,
    pub chain_id: u64,
    /// Organisations that vote when they are active, and whether they are.
    pub organisations: BTreeMap<B256, bool>,
    pub approval_percent: u64,
    pub roles: BTreeMap<B256, Role>,
    pub grants: Vec<Grant>,
    pub identities: BTreeMap<Address, B256>,
    pub inactive_identities: BTreeSet<B256>,
}

pub const GRANT: &str = "grant(bytes32,bytes32,(uint8,bytes32),uint64,bool)";
pub const REVOKE: &str = "revoke(uint64)";
pub const CHANGE_EXPIRY: &str = "changeExpiry(uint64,uint64)";

pub fn selector(signature: &str) -> [u8; 4] {
    keccak256(signature)[..4].try_into().unwrap()
}

fn representative() -> B256 {
    keccak256("Representative")
}

pub fn padded(account: Address) -> B256 {
    account.into_word()
}

fn number(value: B256) -> Option<u64> {
    value[..24]
        .iter()
        .all(|byte| *byte == 0)
        .then(|| u64::from_be_bytes(value[24..].try_into().unwrap()))
}

fn is_account(subject: B256) -> bool {
    subject[..12] == [0; 12]
}

/// Whether everything in `inner` is in `outer`.
fn inside(inner: &Scope, outer: &Scope) -> bool {
    match (outer.kind, inner.kind) {
        (ScopeKind::City, _) => true,
        (ScopeKind::Grade, ScopeKind::Grade) => {
            number(inner.value).is_some_and(|grade| grade <= number(outer.value).unwrap())
        }
        (one, other) => one == other && outer.value == inner.value,
    }
}

fn permits(permissions: &[Permission], act: &Act) -> bool {
    permissions.iter().any(|permission| {
        let target = permission.target == Address::ZERO || permission.target == act.target;
        let function = permission.selector.0 == [0; 4] || permission.selector == act.selector;
        permission.action == act.action && target && function
    })
}

/// Later than `bound`, where zero is never.
fn later(expiry: u64, bound: u64) -> bool {
    let never = |time: u64| if time == 0 { u64::MAX } else { time };
    never(expiry) > never(bound)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Power {
    Unlimited,
    Level(u8),
}

impl City {
    pub fn grant_at(&self, id: u64) -> Option<&Grant> {
        self.grants.get(usize::try_from(id).unwrap().checked_sub(1)?)
    }

    pub fn person(&self, subject: B256) -> B256 {
        if !is_account(subject) {
            return subject;
        }
        let account = Address::from_word(subject);
        self.identities.get(&account).copied().unwrap_or(subject)
    }

    fn is_usable(&self, person: B256) -> bool {
        is_account(person) || !self.inactive_identities.contains(&person)
    }

    pub fn is_expired(&self, grant: &Grant) -> bool {
        grant.expiry != 0 && self.now >= grant.expiry
    }

    pub fn is_valid(&self, grant: &Grant) -> bool {
        grant.taken == Taken::No
            && !self.is_expired(grant)
            && !self.roles[&grant.role].retired
            && (grant.parent == 0 || self.is_valid(self.grant_at(grant.parent).unwrap()))
    }

    fn is_active(&self, organisation: B256) -> bool {
        self.organisations.get(&organisation).copied().unwrap_or(false)
    }

    pub fn is_in_force(&self, grant: &Grant) -> bool {
        let organisation_active =
            grant.scope.kind != ScopeKind::Organisation || self.is_active(grant.scope.value);
        self.is_valid(grant) && organisation_active
    }

    /// Whether the account is who the grant was made to.
    pub fn is_holder(&self, account: Address, grant: &Grant) -> bool {
        let own = padded(account);
        let person = self.person(own);
        self.is_usable(person) && (grant.subject == own || grant.subject == person)
    }

    pub fn reaches(&self, scope: &Scope, act: &Act) -> bool {
        match scope.kind {
            ScopeKind::City => true,
            ScopeKind::Ledger => number(scope.value) == Some(self.chain_id),
            ScopeKind::Contract => scope.value == padded(act.target),
            ScopeKind::Organisation => scope.value == act.organisation,
            ScopeKind::Grade => {
                act.action == Action::Read && number(scope.value).unwrap() >= u64::from(act.grade)
            }
            ScopeKind::__Invalid => unreachable!("no grant has it"),
        }
    }

    pub fn allowed(&self, account: Address, act: &Act) -> bool {
        self.grants.iter().any(|grant| {
            self.is_holder(account, grant)
                && self.is_in_force(grant)
                && self.reaches(&grant.scope, act)
                && permits(&self.roles[&grant.role].permissions, act)
        })
    }

    pub fn represents(&self, account: Address, organisation: B256) -> bool {
        self.grants.iter().any(|grant| {
            grant.role == representative()
                && grant.scope == Scope::organisation(organisation)
                && self.is_holder(account, grant)
                && self.is_in_force(grant)
        })
    }

    /// Ids of the grants by which something can be done somewhere.
    pub fn who_can(&self, act: &Act) -> BTreeSet<u64> {
        let grants = (1..).zip(&self.grants);
        let found = grants.filter(|(_, grant)| {
            self.is_in_force(grant) && permits(&self.roles[&grant.role].permissions, act)
        });
        found.map(|(id, _)| id).collect()
    }

    /// Ids of the grants in force of an account.
    pub fn in_force_of(&self, account: Address) -> BTreeSet<u64> {
        let grants = (1..).zip(&self.grants);
        let found = grants.filter(|(_, grant)| self.is_holder(account, grant) && self.is_in_force(grant));
        found.map(|(id, _)| id).collect()
    }

    fn power(&self, caller: Address, signature: &str, scope: &Scope) -> Result<Power, Refusal> {
        if caller == GOVERNANCE {
            return Ok(Power::Unlimited);
        }
        let act = Act {
            action: Action::Call,
            target: ROLES,
            selector: selector(signature).into(),
            organisation: B256::ZERO,
            grade: 0,
        };
        let by = self.grants.iter().filter(|grant| {
            self.is_holder(caller, grant)
                && self.is_in_force(grant)
                && inside(scope, &grant.scope)
                && permits(&self.roles[&grant.role].permissions, &act)
        });
        let levels = by.map(|grant| self.roles[&grant.role].level);
        levels.max().map(Power::Level).ok_or("Unauthorized")
    }

    fn check_power(&self, power: Power, role: B256) -> Result<(), Refusal> {
        let role = &self.roles[&role];
        match power {
            Power::Unlimited => Ok(()),
            Power::Level(_) if role.consequential => Err("ConsequentialRole"),
            Power::Level(own) if own <= role.level => Err("AboveOwnLevel"),
            Power::Level(_) => Ok(()),
        }
    }

    fn check_arguments(&self, subject: B256, scope: &Scope, expiry: u64) -> Result<(), Refusal> {
        let well_formed = match scope.kind {
            ScopeKind::City => scope.value.is_zero(),
            ScopeKind::Ledger => number(scope.value).is_some_and(|chain_id| chain_id != 0),
            ScopeKind::Contract => is_account(scope.value) && !scope.value.is_zero(),
            ScopeKind::Organisation => true,
            ScopeKind::Grade => number(scope.value).is_some_and(|grade| grade <= 255),
            ScopeKind::__Invalid => false,
        };
        if subject.is_zero() || (expiry != 0 && expiry <= self.now) || !well_formed {
            return Err("InvalidArgument");
        }
        Ok(())
    }

    fn check_organisation(&self, scope: &Scope) -> Result<(), Refusal> {
        if scope.kind == ScopeKind::Organisation && !self.is_active(scope.value) {
            return Err("OrganisationNotActive");
        }
        Ok(())
    }

    fn check_self(&self, caller: Address, subject: B256) -> Result<(), Refusal> {
        if self.person(padded(caller)) == self.person(subject) {
            return Err("SelfGrant");
        }
        Ok(())
    }

    /// Whether a valid grant of the person excludes the role.
    fn conflicts(&self, role: B256, person: B256) -> bool {
        let excludes = &self.roles[&role].excludes;
        self.grants.iter().any(|grant| {
            self.person(grant.subject) == person && excludes.contains(&grant.role) && self.is_valid(grant)
        })
    }

    fn admit(&mut self, new: Grant) -> Result<u64, Refusal> {
        if self.conflicts(new.role, self.person(new.subject)) {
            return Err("SeparationOfDuties");
        }
        let held = self.grants.iter();
        let held: Vec<_> = held
            .filter(|grant| grant.subject == new.subject && self.is_valid(grant))
            .collect();
        if held
            .iter()
            .any(|grant| grant.role == new.role && grant.scope == new.scope && grant.parent == new.parent)
        {
            return Err("AlreadyGranted");
        }
        let delegated = held.iter().filter(|grant| grant.parent != 0).count();
        if held.len() >= 64 || (new.parent != 0 && delegated >= 32) {
            return Err("TooManyGrants");
        }
        self.grants.push(new);
        Ok(u64::try_from(self.grants.len()).unwrap())
    }

    pub fn grant(&mut self, caller: Address, new: Grant) -> Result<u64, Refusal> {
        let power = self.power(caller, GRANT, &new.scope)?;
        let role = self.roles.get(&new.role).ok_or("RoleUnknown")?;
        if role.retired {
            return Err("RoleNotActive");
        }
        self.check_arguments(new.subject, &new.scope, new.expiry)?;
        let is_representative = new.role == representative();
        if (new.delegable && role.consequential)
            || (is_representative && new.scope.kind != ScopeKind::Organisation)
        {
            return Err("InvalidArgument");
        }
        self.check_organisation(&new.scope)?;
        self.check_self(caller, new.subject)?;
        self.check_power(power, new.role)?;
        self.admit(new)
    }

    pub fn delegate(&mut self, caller: Address, new: Grant) -> Result<u64, Refusal> {
        let parent = self.grant_at(new.parent).ok_or("GrantUnknown")?.clone();
        if !self.is_holder(caller, &parent) {
            return Err("NotTheHolder");
        }
        if !self.is_valid(&parent) {
            return Err("GrantEnded");
        }
        if !parent.delegable {
            return Err("NotDelegable");
        }
        self.check_arguments(new.subject, &new.scope, new.expiry)?;
        self.check_organisation(&new.scope)?;
        if !inside(&new.scope, &parent.scope) || later(new.expiry, parent.expiry) {
            return Err("OutsideParent");
        }
        self.check_self(caller, new.subject)?;
        if self.roles[&parent.role].consequential {
            return Err("ConsequentialRole");
        }
        self.admit(Grant {
            role: parent.role,
            delegable: false,
            ..new
        })
    }

    pub fn revoke(&mut self, caller: Address, id: u64) -> Result<(), Refusal> {
        let grant = self.grant_at(id).ok_or("GrantUnknown")?.clone();
        let parent = self.grant_at(grant.parent);
        let power = if parent.is_some_and(|parent| self.is_holder(caller, parent)) {
            Power::Unlimited
        } else {
            self.power(caller, REVOKE, &grant.scope)?
        };
        if grant.taken != Taken::No {
            return Err("GrantEnded");
        }
        self.check_power(power, grant.role)?;
        self.replace(id, |grant| grant.taken = Taken::Revoked)
    }

    pub fn renounce(&mut self, caller: Address, id: u64) -> Result<(), Refusal> {
        let grant = self.grant_at(id).ok_or("GrantUnknown")?;
        if !self.is_holder(caller, grant) {
            return Err("NotTheHolder");
        }
        if grant.taken != Taken::No {
            return Err("GrantEnded");
        }
        self.replace(id, |grant| grant.taken = Taken::Renounced)
    }

    pub fn change_expiry(&mut self, caller: Address, id: u64, expiry: u64) -> Result<(), Refusal> {
        let grant = self.grant_at(id).ok_or("GrantUnknown")?.clone();
        let power = self.power(caller, CHANGE_EXPIRY, &grant.scope)?;
        if !self.is_valid(&grant) {
            return Err("GrantEnded");
        }
        if expiry != 0 && expiry <= self.now {
            return Err("InvalidArgument");
        }
        self.check_self(caller, grant.subject)?;
        self.check_power(power, grant.role)?;
        let parent = self.grant_at(grant.parent);
        if parent.is_some_and(|parent| later(expiry, parent.expiry)) {
            return Err("OutsideParent");
        }
        self.replace(id, |grant| grant.expiry = expiry)
    }

    /// Changes a grant unless that takes a representative away whom the city needs.
    fn replace(&mut self, id: u64, change: impl FnOnce(&mut Grant)) -> Result<(), Refusal> {
        let before = self.clone();
        let index = usize::try_from(id).unwrap() - 1;
        let counted = self.speaks(&self.grants[index]);
        change(&mut self.grants[index]);
        if counted && !self.speaks(&self.grants[index]) && !self.can_decide() {
            *self = before;
            return Err("WouldLockOut");
        }
        Ok(())
    }

    /// Whether the grant lets somebody speak for a voting organisation, for ever.
    fn speaks(&self, grant: &Grant) -> bool {
        grant.role == representative()
            && grant.expiry == 0
            && self.is_in_force(grant)
            && self.is_usable(self.person(grant.subject))
    }

    /// Whether some person can propose what enough organisations can approve by other persons. A share of the
    /// organisations that vote must approve.
    pub fn can_decide(&self) -> bool {
        let voters = self.organisations.values().filter(|active| **active).count();
        let needed = (u64::try_from(voters).unwrap() * self.approval_percent)
            .div_ceil(100)
            .max(1);
        let speakers: BTreeSet<(B256, B256)> = self
            .grants
            .iter()
            .filter(|grant| self.speaks(grant))
            .map(|grant| (self.person(grant.subject), grant.scope.value))
            .collect();
        speakers.iter().any(|(proposer, _)| {
            let others = speakers.iter().filter(|(person, _)| person != proposer);
            let approving: BTreeSet<B256> = others.map(|(_, organisation)| *organisation).collect();
            u64::try_from(approving.len()).unwrap() >= needed
        })
    }

    pub fn define(&mut self, caller: Address, id: B256, role: Role) -> Result<(), Refusal> {
        if caller != GOVERNANCE {
            return Err("Unauthorized");
        }
        if self.roles.contains_key(&id) {
            return Err("RoleExists");
        }
        self.write(id, role)
    }

    pub fn change(&mut self, caller: Address, id: B256, role: Role) -> Result<(), Refusal> {
        if caller != GOVERNANCE {
            return Err("Unauthorized");
        }
        if self.roles.get(&id).ok_or("RoleUnknown")?.retired {
            return Err("RoleNotActive");
        }
        let consequential = role.consequential;
        let before = self.clone();
        self.write(id, role)?;
        if id == representative() && !consequential {
            *self = before;
            return Err("WouldLockOut");
        }
        Ok(())
    }

    fn write(&mut self, id: B256, role: Role) -> Result<(), Refusal> {
        if role.level > 100 || role.excludes.contains(&id) {
            return Err("InvalidArgument");
        }
        let known = |other: &B256| self.roles.contains_key(other);
        if !role.excludes.iter().all(known) {
            return Err("RoleUnknown");
        }
        for (other, record) in &mut self.roles {
            if role.excludes.contains(other) {
                record.excludes.insert(id);
            } else {
                record.excludes.remove(&id);
            }
        }
        self.roles.insert(id, role);
        Ok(())
    }

    pub fn retire(&mut self, caller: Address, id: B256) -> Result<(), Refusal> {
        if caller != GOVERNANCE {
            return Err("Unauthorized");
        }
        let role = self.roles.get_mut(&id).ok_or("RoleUnknown")?;
        if role.retired {
            return Err("RoleNotActive");
        }
        if id == representative() {
            return Err("WouldLockOut");
        }
        role.retired = true;
        Ok(())
    }

    /// Makes an account part of an identity.
    pub fn bind(&mut self, account: Address, identity: B256) -> Result<(), Refusal> {
        let own = padded(account);
        let conflict = self.grants.iter().any(|grant| {
            grant.subject == own && self.is_valid(grant) && self.conflicts(grant.role, identity)
        });
        if conflict {
            return Err("SeparationOfDuties");
        }
        self.identities.insert(account, identity);
        Ok(())
    }
}
