//! No sequence of calls gives anyone a permission that the rules do not: the contract against a model of its
//! rules, over random calls by random callers, while time moves, organisations and identities are suspended,
//! and accounts are bound and unbound. Every call must end as the model says, with the same error, and after
//! it every account may do what the model says.
//!
//! A failure prints its seed and step; `CIVITAS_ROLES_SEED=<seed> cargo test --release -p
//! civitas-system-contracts --test roles_model` runs that seed alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "roles_model/rules.rs"]
mod rules;

use alloy_primitives::{Address, B256, FixedBytes, address, keccak256};
use alloy_sol_types::{SolCall, SolInterface};
use civitas_system_contracts::{
    address::{CHAINS, GOVERNANCE, IDENTITIES, ORGANISATIONS, ROLES},
    fault::Fault,
    governance,
    interfaces::{IOrganisations, IRoles},
    memory::MemoryHost,
    roles::{self, Act, Action, Permission, Reason, Scope, ScopeKind, subject_of},
    storage::{Layout, Mapping, Place, Value},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rules::{City, Grant, Refusal, Role, Taken};
use std::collections::BTreeSet;

const STEPS: usize = 2_500;
const SEEDS: std::ops::Range<u64> = 0..6;
const CHAIN_ID: u64 = 7;
const ACCOUNTS: u8 = 9;
const IDENTITIES_COUNT: u8 = 3;
const OTHER: Address = address!("00000000000000000000000000000000000000ee");

civitas_system_contracts::layout! {
    /// What the test writes of an identity, in place of the contract Identities.
    pub struct IdentityRecord (32) {
        /// Its status: 1 is active, 2 frozen.
        1 => status: Value<u8>,
    }
}

fn identity_records() -> Mapping<B256, IdentityRecord> {
    Mapping::at(Place::root(IDENTITIES))
}

fn bindings() -> Mapping<Address, Value<B256>> {
    Mapping::at(Place::root(IDENTITIES).offset(2))
}

fn account(index: u8) -> Address {
    Address::repeat_byte(0xa0 + index)
}

fn identity(index: u8) -> B256 {
    keccak256([index])
}

fn organisation(index: usize) -> B256 {
    keccak256(ORGANISATION_NAMES[index])
}

const ORGANISATION_NAMES: [&str; 4] = ["Office", "Harbour", "Provider", "Nowhere"];
const ROLE_NAMES: [&str; 9] = [
    "Representative",
    "RoleAdministrator",
    "Auditor",
    "Reader",
    "Warden",
    "Clerk",
    "Reviewer",
    "Guide",
    "Undefined for long",
];

struct World {
    host: MemoryHost,
    city: City,
    random: StdRng,
    /// Refusals that have occurred.
    refusals: BTreeSet<String>,
}

/// Refusals that the runs must meet, or they show little. `TooManyGrants` has a test of its own.
const REFUSALS: [&str; 17] = [
    "AboveOwnLevel",
    "AlreadyGranted",
    "ConsequentialRole",
    "GrantEnded",
    "GrantUnknown",
    "InvalidArgument",
    "NotDelegable",
    "NotTheHolder",
    "OrganisationNotActive",
    "OutsideParent",
    "RoleExists",
    "RoleNotActive",
    "RoleUnknown",
    "SelfGrant",
    "SeparationOfDuties",
    "Unauthorized",
    "WouldLockOut",
];

/// The name of the custom error of a refusal.
fn name_of(fault: &Fault) -> String {
    let Fault::Refused(bytes) = fault else {
        panic!("not a refusal: {fault}");
    };
    let error = IRoles::IRolesErrors::abi_decode(bytes).expect("an error of the interface");
    let text = format!("{error:?}");
    text.split(['(', ' ']).next().unwrap().to_owned()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut host = MemoryHost::default();
        host.block.chain_id = CHAIN_ID;
        host.block.timestamp = 1_000;
        roles::builtin::define_builtin(&mut host).unwrap();
        let mut city = City {
            now: 1_000,
            chain_id: CHAIN_ID,
            approval_percent: 60,
            ..City::default()
        };
        for role in roles::roles(&mut host, 0, 100).unwrap() {
            let record = Role {
                level: role.level,
                consequential: role.consequential,
                retired: false,
                permissions: role.permissions,
                excludes: role.excludes.into_iter().collect(),
            };
            city.roles.insert(role.id, record);
        }
        let mut world = Self {
            host,
            city,
            random: StdRng::seed_from_u64(seed),
            refusals: BTreeSet::new(),
        };
        world.found();
        world
    }

    /// Organisations with two representatives each, rules of governance, identities, and one administrator.
    fn found(&mut self) {
        for (index, name) in ORGANISATION_NAMES.iter().enumerate().take(3) {
            let join = IOrganisations::joinCall {
                name: (*name).to_owned(),
                kind: IOrganisations::Kind::Business,
                level: 50,
                voting: true,
            };
            self.host
                .call(GOVERNANCE, ORGANISATIONS, &join.abi_encode())
                .unwrap();
            self.city.organisations.insert(organisation(index), true);
        }
        for kind in governance::KINDS {
            let rule = governance::Rule {
                approvalPercent: 60,
                approvalsMin: 1,
                votingSeconds: 100,
                timelockSeconds: 100,
            };
            governance::set_rule(&mut self.host, kind, &rule).unwrap();
        }
        for index in 0..IDENTITIES_COUNT {
            let record = identity_records().of(&identity(index));
            record.status().set(&mut self.host, 1).unwrap();
        }
        for (index, holder) in (0..3).zip(0..) {
            for holder in [account(holder), account(holder + 3)] {
                let scope = Scope::organisation(organisation(index));
                self.grant(
                    GOVERNANCE,
                    self.draft("Representative", subject_of(holder), scope),
                );
            }
        }
        let draft = self.draft("RoleAdministrator", subject_of(account(6)), Scope::CITY);
        self.grant(GOVERNANCE, draft);
        assert!(self.city.can_decide());
        roles::require_votes_possible(&mut self.host).unwrap();
    }

    fn draft(&self, role: &str, subject: B256, scope: Scope) -> Grant {
        Grant {
            role: keccak256(role),
            subject,
            scope,
            expiry: 0,
            delegable: false,
            parent: 0,
            taken: Taken::No,
        }
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.random.random_range(0..choices.len())].clone()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn any_account(&mut self) -> Address {
        account(self.random.random_range(0..ACCOUNTS))
    }

    fn any_caller(&mut self) -> Address {
        if self.chance(40) {
            GOVERNANCE
        } else {
            self.any_account()
        }
    }

    fn any_subject(&mut self) -> B256 {
        match self.random.random_range(0..100) {
            0 => B256::ZERO,
            1..20 => identity(self.random.random_range(0..IDENTITIES_COUNT)),
            20..40 => subject_of(account(8)),
            _ => subject_of(self.any_account()),
        }
    }

    fn any_role(&mut self) -> B256 {
        keccak256(self.one_of(&ROLE_NAMES))
    }

    fn any_scope(&mut self) -> Scope {
        let organisation = organisation(self.random.random_range(0..ORGANISATION_NAMES.len()));
        match self.random.random_range(0..24) {
            0..8 => Scope::CITY,
            8 => Scope {
                kind: self.one_of(&[
                    ScopeKind::City,
                    ScopeKind::Grade,
                    ScopeKind::Contract,
                    ScopeKind::Ledger,
                ]),
                value: B256::repeat_byte(9),
            },
            9 => Scope::ledger(self.one_of(&[0, CHAIN_ID, 8])),
            10 | 11 => Scope::ledger(CHAIN_ID),
            12 | 13 => Scope::contract(self.one_of(&[ROLES, CHAINS, OTHER])),
            14 | 15 => Scope::grade(self.one_of(&[0, 2, 4])),
            _ => Scope::organisation(organisation),
        }
    }

    fn any_expiry(&mut self) -> u64 {
        match self.random.random_range(0..10) {
            0..5 => 0,
            5 => self.city.now,
            _ => self.city.now + self.random.random_range(1..400),
        }
    }

    fn any_id(&mut self) -> u64 {
        let count = u64::try_from(self.city.grants.len()).unwrap();
        if self.chance(60) {
            let newest = count.saturating_sub(30);
            return self.random.random_range(newest..count + 2);
        }
        self.random.random_range(0..count + 2)
    }

    fn any_permission(&mut self) -> Permission {
        let selectors = [
            [0; 4],
            rules::selector(rules::GRANT),
            rules::selector(rules::REVOKE),
            [1, 2, 3, 4],
        ];
        Permission {
            action: self.one_of(&[Action::Call, Action::Call, Action::Read, Action::Deploy]),
            target: self.one_of(&[Address::ZERO, ROLES, ROLES, CHAINS, OTHER]),
            selector: FixedBytes(self.one_of(&selectors)),
        }
    }

    fn any_profile(&mut self) -> Role {
        let mut permissions: Vec<Permission> = Vec::new();
        for _ in 0..self.random.random_range(0..4) {
            let permission = self.any_permission();
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
        }
        let mut excludes = BTreeSet::new();
        if self.chance(40) {
            excludes.insert(self.any_role());
        }
        Role {
            level: if self.chance(3) {
                101
            } else {
                self.random.random_range(0..=100)
            },
            consequential: self.chance(20),
            retired: false,
            permissions,
            excludes,
        }
    }

    fn call(&mut self, caller: Address, call: &impl SolCall) -> Result<(), String> {
        let result = self.host.call(caller, ROLES, &call.abi_encode());
        result.map(|_| ()).map_err(|fault| name_of(&fault))
    }

    fn agree<T>(&mut self, what: &str, found: Result<(), String>, expected: Result<T, Refusal>) -> bool {
        let expected = expected.map(|_| ()).map_err(str::to_owned);
        assert_eq!(found, expected, "{what}");
        if let Err(name) = &found {
            self.refusals.insert(name.clone());
        }
        found.is_ok()
    }

    fn grant(&mut self, caller: Address, new: Grant) -> bool {
        let request = IRoles::grantCall {
            role: new.role,
            subject: new.subject,
            scope: new.scope.clone(),
            expiry: new.expiry,
            delegable: new.delegable,
        };
        let found = self.call(caller, &request);
        let what = format!("grant of {new:?} by {caller}");
        let expected = self.city.grant(caller, new);
        self.agree(&what, found, expected)
    }

    fn step_grant(&mut self) -> bool {
        let caller = self.any_caller();
        let new = Grant {
            role: self.any_role(),
            subject: self.any_subject(),
            scope: self.any_scope(),
            expiry: self.any_expiry(),
            delegable: self.chance(40),
            parent: 0,
            taken: Taken::No,
        };
        self.grant(caller, new)
    }

    fn step_delegate(&mut self) -> bool {
        let mut parent = self.any_id();
        let mut caller = self.any_account();
        // Mostly somebody who holds a delegable grant, in its own scope.
        let mut scope = self.any_scope();
        if self.chance(80) {
            let city = &self.city;
            let delegable = (1..)
                .zip(&city.grants)
                .filter(|(_, grant)| grant.delegable && city.is_valid(grant));
            let delegable: Vec<u64> = delegable.map(|(id, _)| id).collect();
            if !delegable.is_empty() {
                parent = self.one_of(&delegable);
                let grant = self.city.grant_at(parent).unwrap().clone();
                let accounts = (0..ACCOUNTS).map(account);
                let holders: Vec<_> = accounts.filter(|one| self.city.is_holder(*one, &grant)).collect();
                if !holders.is_empty() {
                    caller = self.one_of(&holders);
                }
                if self.chance(50) {
                    scope = grant.scope;
                }
            }
        }
        let new = Grant {
            role: B256::ZERO,
            subject: self.any_subject(),
            scope,
            expiry: self.any_expiry(),
            delegable: false,
            parent,
            taken: Taken::No,
        };
        let request = IRoles::delegateCall {
            parent,
            subject: new.subject,
            scope: new.scope.clone(),
            expiry: new.expiry,
        };
        let found = self.call(caller, &request);
        let what = format!("delegation of {new:?} by {caller}");
        let expected = self.city.delegate(caller, new);
        self.agree(&what, found, expected)
    }

    fn step_end(&mut self) -> bool {
        let id = self.any_id();
        if self.chance(60) {
            let caller = self.any_caller();
            let found = self.call(caller, &IRoles::revokeCall { id });
            let expected = self.city.revoke(caller, id);
            return self.agree(&format!("revoke {id} by {caller}"), found, expected);
        }
        let caller = self.any_account();
        let found = self.call(caller, &IRoles::renounceCall { id });
        let expected = self.city.renounce(caller, id);
        self.agree(&format!("renounce {id} by {caller}"), found, expected)
    }

    fn step_expiry(&mut self) -> bool {
        let (caller, id, expiry) = (self.any_caller(), self.any_id(), self.any_expiry());
        let found = self.call(caller, &IRoles::changeExpiryCall { id, expiry });
        let expected = self.city.change_expiry(caller, id, expiry);
        self.agree(
            &format!("expiry of {id} to {expiry} by {caller}"),
            found,
            expected,
        )
    }

    fn step_definition(&mut self) -> bool {
        let caller = if self.chance(90) {
            GOVERNANCE
        } else {
            self.any_account()
        };
        let name = self.one_of(&ROLE_NAMES);
        let id = keccak256(name);
        if self.chance(2) {
            let found = self.call(caller, &IRoles::retireRoleCall { role: id });
            let expected = self.city.retire(caller, id);
            return self.agree(&format!("retire {name} by {caller}"), found, expected);
        }
        let profile = self.any_profile();
        let excludes = profile.excludes.iter().copied().collect();
        if self.city.roles.contains_key(&id) && self.chance(90) {
            let request = IRoles::changeRoleCall {
                role: id,
                level: profile.level,
                consequential: profile.consequential,
                permissions: profile.permissions.clone(),
                excludes,
            };
            let found = self.call(caller, &request);
            let expected = self.city.change(caller, id, profile);
            return self.agree(&format!("change {name} by {caller}"), found, expected);
        }
        let request = IRoles::defineRoleCall {
            name: name.to_owned(),
            level: profile.level,
            consequential: profile.consequential,
            permissions: profile.permissions.clone(),
            excludes,
        };
        let found = self.call(caller, &request);
        let expected = self.city.define(caller, id, profile);
        self.agree(&format!("define {name} by {caller}"), found, expected)
    }

    /// What happens outside the contract: time, organisations, identities.
    fn step_world(&mut self) -> bool {
        match self.random.random_range(0..4) {
            0 => {
                self.city.now += self.random.random_range(1..60);
                self.host.block.timestamp = self.city.now;
                self.host.block.height += 1;
            }
            1 => {
                let id = organisation(self.random.random_range(0..3));
                let active = !self.city.organisations[&id];
                let status = if active {
                    IOrganisations::Status::Active
                } else {
                    IOrganisations::Status::Suspended
                };
                let request = IOrganisations::setStatusCall { id, status }.abi_encode();
                if self.host.call(GOVERNANCE, ORGANISATIONS, &request).is_ok() {
                    self.city.organisations.insert(id, active);
                }
            }
            2 => {
                let id = identity(self.random.random_range(0..IDENTITIES_COUNT));
                let active = self.city.inactive_identities.remove(&id);
                if !active {
                    self.city.inactive_identities.insert(id);
                }
                let status = identity_records().of(&id).status();
                status.set(&mut self.host, if active { 1 } else { 2 }).unwrap();
            }
            _ => {
                let account = self.any_account();
                let binding = bindings().of(&account);
                if self.city.identities.remove(&account).is_some() {
                    binding.set(&mut self.host, B256::ZERO).unwrap();
                    return true;
                }
                let identity = identity(self.random.random_range(0..IDENTITIES_COUNT));
                let before = self.host.clone();
                let found = roles::require_separable(&mut self.host, account, identity);
                let found = found.map_err(|fault| name_of(&fault));
                let expected = self.city.bind(account, identity);
                if self.agree(&format!("bind {account} to {identity}"), found, expected) {
                    binding.set(&mut self.host, identity).unwrap();
                } else {
                    self.host = before;
                }
            }
        }
        true
    }

    fn step(&mut self) -> bool {
        match self.random.random_range(0..100) {
            0..35 => self.step_grant(),
            35..55 => self.step_delegate(),
            55..75 => self.step_end(),
            75..83 => self.step_expiry(),
            83..90 => self.step_definition(),
            _ => self.step_world(),
        }
    }

    /// Everything that anybody could ask for.
    fn acts() -> Vec<Act> {
        let functions = [
            (Action::Call, ROLES, rules::selector(rules::GRANT)),
            (Action::Call, ROLES, rules::selector(rules::REVOKE)),
            (Action::Call, ROLES, [1, 2, 3, 4]),
            (Action::Call, CHAINS, [1, 2, 3, 4]),
            (Action::Call, CHAINS, rules::selector("startReview(bytes32)")),
            (Action::Call, OTHER, [9, 9, 9, 9]),
            (Action::Call, Address::ZERO, [0; 4]),
            (Action::Deploy, Address::ZERO, [0; 4]),
            (Action::Join, Address::ZERO, [0; 4]),
            (Action::Read, OTHER, [0; 4]),
            (Action::Read, Address::ZERO, [0; 4]),
            (Action::Administer, Address::ZERO, [0; 4]),
        ];
        let mut acts = Vec::new();
        for (action, target, selector) in functions {
            for organisation in [B256::ZERO, organisation(0), organisation(1)] {
                for grade in [0, 3] {
                    acts.push(Act {
                        action,
                        target,
                        selector: selector.into(),
                        organisation,
                        grade,
                    });
                }
            }
        }
        acts
    }

    /// Compares every answer of the contract with the model.
    fn compare(&mut self) {
        let acts = Self::acts();
        for account in (0..ACCOUNTS).map(account) {
            for act in &acts {
                let expected = self.city.allowed(account, act);
                let found = roles::allowed(&mut self.host, account, act).unwrap();
                assert_eq!(found, expected, "{account} {act:?}");
                let explained = roles::explain(&mut self.host, account, act).unwrap();
                assert_eq!(explained.reason == Reason::Allowed, expected, "{account} {act:?}");
            }
            for index in 0..ORGANISATION_NAMES.len() {
                let organisation = organisation(index);
                assert_eq!(
                    roles::represents(&mut self.host, account, organisation).unwrap(),
                    self.city.represents(account, organisation)
                );
            }
            let entitlements = roles::what_can(&mut self.host, account).unwrap();
            let by: BTreeSet<u64> = entitlements.iter().map(|one| one.grant).collect();
            let with_permissions = self.city.in_force_of(account).into_iter().filter(|id| {
                let role = self.city.grant_at(*id).unwrap().role;
                !self.city.roles[&role].permissions.is_empty()
            });
            assert_eq!(by, with_permissions.collect());
        }
        for act in &acts {
            assert_eq!(self.who_can(act), self.city.who_can(act), "{act:?}");
        }
        for (id, grant) in (1..).zip(&self.city.grants) {
            let shown = roles::grant_of(&mut self.host, id).unwrap();
            let in_force = shown.status == roles::GrantStatus::InForce;
            assert_eq!(in_force, self.city.is_in_force(grant), "{grant:?}");
        }
    }

    /// All pages of `whoCan`, seven at a time.
    fn who_can(&mut self, act: &Act) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        let mut from = 0;
        loop {
            let query = IRoles::whoCanCall {
                action: act.action,
                target: act.target,
                selector: act.selector,
                from,
                count: 7,
            };
            let (grants, next) = roles::who_can(&mut self.host, &query).unwrap();
            found.extend(grants.iter().map(|grant| grant.id));
            if next == 0 {
                return found;
            }
            from = next;
        }
    }
}

/// Runs one seed and gives the refusals that it has met.
fn run(seed: u64) -> BTreeSet<String> {
    let mut world = World::new(seed);
    let mut accepted = 0_usize;
    for step in 0..STEPS {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let done = world.step();
            if step % 20 == 0 || step + 1 == STEPS {
                world.compare();
            }
            done
        }));
        match result {
            Ok(done) => accepted += usize::from(done),
            Err(cause) => {
                eprintln!("seed {seed}, step {step}");
                std::panic::resume_unwind(cause);
            }
        }
    }
    // A run in which nearly everything is refused would show little.
    assert!(
        accepted > STEPS / 8,
        "seed {seed}: only {accepted} steps were accepted"
    );
    world.refusals
}

#[test]
fn the_contract_does_what_the_rules_say() {
    if let Ok(seed) = std::env::var("CIVITAS_ROLES_SEED") {
        run(seed.parse().expect("a number"));
        return;
    }
    let met: BTreeSet<String> = SEEDS.flat_map(run).collect();
    let missing: Vec<_> = REFUSALS.iter().filter(|name| !met.contains(**name)).collect();
    assert!(missing.is_empty(), "no run has met {missing:?}");
}
