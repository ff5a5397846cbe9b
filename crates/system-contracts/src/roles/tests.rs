//! Tests of the roles contract: every refusal, the questions, the built-in roles, the lockout rule.

use super::*;
use crate::{
    address::{CHAINS, GOVERNANCE, IDENTITIES, NODES, ORGANISATIONS},
    authority::{self, Request},
    contract_at,
    fault::{InvalidArgument, Unauthorized, unauthorized},
    governance,
    interfaces::{IGovernance, IOrganisations},
    memory::MemoryHost,
};
use abi::IRolesErrors as Error;
use alloy_primitives::{FixedBytes, U256};
use alloy_sol_types::{SolError, SolEvent, SolInterface};
use std::collections::BTreeSet;

const ADMIN: Address = Address::repeat_byte(0xad);
const ALICE: Address = Address::repeat_byte(0xa1);
const ALICE_TOO: Address = Address::repeat_byte(0xa2);
const BOB: Address = Address::repeat_byte(0xb0);
const CAROL: Address = Address::repeat_byte(0xca);
const NOW: u64 = 1_000;
const PERSON: B256 = B256::repeat_byte(0x1d);

/// A city with the built-in roles, three organisations that vote, a majority rule, and an administrator of
/// roles.
struct City {
    host: MemoryHost,
}

impl City {
    fn new() -> Self {
        let mut city = Self {
            host: MemoryHost::default(),
        };
        city.host.block.timestamp = NOW;
        city.host.block.chain_id = 7;
        city.host.block.height = 5;
        builtin::define_builtin(&mut city.host).unwrap();
        for name in ["a", "b", "c"] {
            let join = IOrganisations::joinCall {
                name: name.to_owned(),
                kind: IOrganisations::Kind::Business,
                level: 1,
                voting: true,
            };
            city.host
                .call(GOVERNANCE, ORGANISATIONS, &join.abi_encode())
                .unwrap();
        }
        for kind in governance::KINDS {
            let rule = governance::Rule {
                approvalPercent: 51,
                approvalsMin: 1,
                votingSeconds: 100,
                timelockSeconds: 100,
            };
            governance::set_rule(&mut city.host, kind, &rule).unwrap();
        }
        city.give("RoleAdministrator", ADMIN, Scope::CITY);
        city
    }

    fn call<C: SolCall>(&mut self, caller: Address, call: &C) -> Result<C::Return, Error> {
        match self.host.call(caller, ADDRESS, &call.abi_encode()) {
            Ok(bytes) => Ok(C::abi_decode_returns_validate(&bytes).unwrap()),
            Err(Fault::Refused(bytes)) => Err(Error::abi_decode(&bytes).unwrap()),
            Err(fault) => panic!("{fault}"),
        }
    }

    /// A call that must be refused.
    fn refusal<C: SolCall>(&mut self, caller: Address, call: &C) -> Error {
        match self.call(caller, call) {
            Ok(_) => panic!("{} was accepted", C::SIGNATURE),
            Err(error) => error,
        }
    }

    /// A grant by Governance, which must succeed.
    fn give(&mut self, role: &str, account: Address, scope: Scope) -> u64 {
        self.call(GOVERNANCE, &grant(role, account, scope)).unwrap()
    }

    fn bind(&mut self, account: Address, identity: B256) {
        let host = &mut self.host;
        let local = Mapping::<Address, Value<B256>>::at(Place::root(IDENTITIES).offset(2));
        local.of(&account).set(host, identity).unwrap();
        self.set_identity_status(identity, 1);
    }

    /// Status 1 is active, 2 frozen.
    fn set_identity_status(&mut self, identity: B256, status: u8) {
        layout! {
            /// What is written of an identity.
            pub struct Identity (32) {
                /// Its status.
                1 => status: Value<u8>,
            }
        }
        let _ = Identity::LAYOUT;
        let records = Mapping::<B256, Identity>::at(Place::root(IDENTITIES));
        let record = records.of(&identity);
        record.status().set(&mut self.host, status).unwrap();
    }

    fn set_organisation(&mut self, name: &str, status: IOrganisations::Status) {
        let request = IOrganisations::setStatusCall {
            id: keccak256(name),
            status,
        };
        self.host
            .call(GOVERNANCE, ORGANISATIONS, &request.abi_encode())
            .unwrap();
    }

    fn reason(&mut self, account: Address, act: &Act) -> (Reason, Vec<u64>) {
        let query = abi::explainCall {
            account,
            act: act.clone(),
        };
        let answer = self.call(account, &query).unwrap();
        assert_eq!(answer.allowed, answer.reason == Reason::Allowed);
        assert_eq!(answer.allowed, allowed(&mut self.host, account, act).unwrap());
        (answer.reason, answer.grants)
    }
}

fn grant(role: &str, account: Address, scope: Scope) -> abi::grantCall {
    abi::grantCall {
        role: id_of(role),
        subject: subject_of(account),
        scope,
        expiry: 0,
        delegable: false,
    }
}

fn delegable(role: &str, account: Address, scope: Scope) -> abi::grantCall {
    abi::grantCall {
        delegable: true,
        ..grant(role, account, scope)
    }
}

fn delegate(parent: u64, account: Address, scope: Scope) -> abi::delegateCall {
    abi::delegateCall {
        parent,
        subject: subject_of(account),
        scope,
        expiry: 0,
    }
}

fn of_organisation(name: &str) -> Scope {
    Scope::organisation(keccak256(name))
}

fn define(name: &str, level: u8) -> abi::defineRoleCall {
    abi::defineRoleCall {
        name: name.to_owned(),
        level,
        consequential: false,
        permissions: Vec::new(),
        excludes: Vec::new(),
    }
}

fn change(name: &str, level: u8) -> abi::changeRoleCall {
    abi::changeRoleCall {
        role: id_of(name),
        level,
        consequential: false,
        permissions: Vec::new(),
        excludes: Vec::new(),
    }
}

fn act(action: Action, target: Address, signature: &str) -> Act {
    Act {
        action,
        target,
        selector: FixedBytes::from_slice(&keccak256(signature)[..4]),
        organisation: B256::ZERO,
        grade: 0,
    }
}

fn review() -> Act {
    act(Action::Call, CHAINS, "startReview(bytes32)")
}

fn argument(error: &Error) -> &str {
    match error {
        Error::InvalidArgument(refused) => &refused.name,
        other => panic!("{other:?}"),
    }
}

fn unauthorized_error(caller: Address, selector: [u8; 4]) -> Error {
    Error::Unauthorized(abi::Unauthorized {
        caller,
        selector: FixedBytes(selector),
    })
}

#[test]
fn only_governance_defines_roles() {
    let mut city = City::new();
    let found = city.call(ADMIN, &define("Clerk", 1));
    assert_eq!(
        found,
        Err(unauthorized_error(ADMIN, abi::defineRoleCall::SELECTOR))
    );
    let found = city.call(ADMIN, &change("Citizen", 1)).map(|_| ());
    assert_eq!(
        found,
        Err(unauthorized_error(ADMIN, abi::changeRoleCall::SELECTOR))
    );
    let retire = abi::retireRoleCall {
        role: id_of("Citizen"),
    };
    let found = city.call(ADMIN, &retire).map(|_| ());
    assert_eq!(
        found,
        Err(unauthorized_error(ADMIN, abi::retireRoleCall::SELECTOR))
    );
}

#[test]
fn bad_definitions_are_refused() {
    let mut city = City::new();
    let any = Allowances::of(Action::Read);
    let mut refused = |request: abi::defineRoleCall| {
        let error = city.refusal(GOVERNANCE, &request);
        argument(&error).to_owned()
    };
    assert_eq!(refused(define(" ", 1)), "name");
    assert_eq!(refused(define(&"x".repeat(65), 1)), "name");
    assert_eq!(refused(define("Clerk", 101)), "level");
    let mut twice = define("Clerk", 1);
    twice.permissions = vec![any.clone(), any.clone()];
    assert_eq!(refused(twice), "permissions");
    let mut many = define("Clerk", 1);
    many.permissions = (0..33).map(Allowances::numbered).collect();
    assert_eq!(refused(many), "permissions");
    let mut itself = define("Clerk", 1);
    itself.excludes = vec![id_of("Clerk")];
    assert_eq!(refused(itself), "excludes");
    let mut unknown = define("Clerk", 1);
    unknown.excludes = vec![id_of("Nobody")];
    let role = id_of("Nobody");
    let found = city.call(GOVERNANCE, &unknown);
    assert_eq!(found, Err(Error::RoleUnknown(abi::RoleUnknown { role })));
    let role = id_of("Citizen");
    let found = city.call(GOVERNANCE, &define("Citizen", 1));
    assert_eq!(found, Err(Error::RoleExists(abi::RoleExists { role })));
}

struct Allowances;

impl Allowances {
    fn of(action: Action) -> Permission {
        builtin::Allowance::Anywhere(action).permission()
    }

    fn numbered(number: u32) -> Permission {
        Permission {
            action: Action::Call,
            target: CHAINS,
            selector: FixedBytes(number.to_be_bytes()),
        }
    }
}

#[test]
fn the_city_has_at_most_256_roles_and_16_exclusions_each() {
    let mut city = City::new();
    let known = city.call(ALICE, &abi::roleCountCall {}).unwrap();
    for index in known..ROLES_MAX {
        city.call(GOVERNANCE, &define(&format!("role {index}"), 1))
            .unwrap();
    }
    let error = city.refusal(GOVERNANCE, &define("one too many", 1));
    assert_eq!(argument(&error), "name");

    for index in 0..EXCLUSIONS_MAX {
        let mut request = change(&format!("role {}", 100 + index), 1);
        request.excludes = vec![id_of("role 50")];
        city.call(GOVERNANCE, &request).unwrap();
    }
    // The exclusion stands on both sides, and both sides are bounded.
    let excluding = role(&mut city.host, id_of("role 50")).unwrap().excludes;
    assert_eq!(excluding.len(), 16);
    let mut request = change("role 200", 1);
    request.excludes = vec![id_of("role 50")];
    let error = city.refusal(GOVERNANCE, &request);
    assert_eq!(argument(&error), "excludes");
    // Taken away on one side, it is gone on both.
    city.call(GOVERNANCE, &change("role 100", 1)).unwrap();
    city.call(GOVERNANCE, &request).unwrap();
}

#[test]
fn representative_stays_of_consequence_and_is_not_retired() {
    let mut city = City::new();
    let error = city.refusal(GOVERNANCE, &change("Representative", 75));
    assert!(matches!(error, Error::WouldLockOut(_)), "{error:?}");
    let role = builtin::REPRESENTATIVE;
    let error = city.refusal(GOVERNANCE, &abi::retireRoleCall { role });
    assert!(matches!(error, Error::WouldLockOut(_)), "{error:?}");
    let request = abi::changeRoleCall {
        consequential: true,
        ..change("Representative", 99)
    };
    city.call(GOVERNANCE, &request).unwrap();
}

#[test]
fn bad_grants_are_refused() {
    let mut city = City::new();
    let role = id_of("Nobody");
    let found = city.call(GOVERNANCE, &grant("Nobody", ALICE, Scope::CITY));
    assert_eq!(found, Err(Error::RoleUnknown(abi::RoleUnknown { role })));
    let citizen = |scope| grant("Citizen", ALICE, scope);
    let value = B256::repeat_byte(1);
    let malformed = |kind| citizen(Scope { kind, value });
    let cases = [
        (grant("Citizen", Address::ZERO, Scope::CITY), "subject"),
        (malformed(ScopeKind::City), "scope"),
        (malformed(ScopeKind::Ledger), "scope"),
        (malformed(ScopeKind::Contract), "scope"),
        (malformed(ScopeKind::Grade), "scope"),
        (citizen(Scope::ledger(0)), "scope"),
        (citizen(Scope::contract(Address::ZERO)), "scope"),
        (grant("Representative", ALICE, Scope::CITY), "scope"),
        (delegable("EmergencyOfficer", ALICE, Scope::CITY), "delegable"),
        (
            abi::grantCall {
                expiry: NOW,
                ..citizen(Scope::CITY)
            },
            "expiry",
        ),
    ];
    for (request, name) in cases {
        let error = city.refusal(GOVERNANCE, &request);
        assert_eq!(argument(&error), name, "{request:?}");
    }
    let id = keccak256("nowhere");
    let found = city.call(GOVERNANCE, &citizen(Scope::organisation(id)));
    let expected = Error::OrganisationNotActive(abi::OrganisationNotActive { id });
    assert_eq!(found, Err(expected));
}

#[test]
fn an_administrator_grants_below_its_level_and_in_its_scope() {
    let mut city = City::new();
    let selector = abi::grantCall::SELECTOR;
    let request = grant("Citizen", BOB, Scope::CITY);
    assert_eq!(
        city.call(ALICE, &request),
        Err(unauthorized_error(ALICE, selector))
    );
    city.call(ADMIN, &request).unwrap();

    city.call(
        GOVERNANCE,
        &grant("OrganisationAdministrator", ALICE, of_organisation("a")),
    )
    .unwrap();
    // Its scope does not contain these.
    for scope in [Scope::CITY, of_organisation("b"), Scope::ledger(7)] {
        let found = city.call(ALICE, &grant("Citizen", CAROL, scope));
        assert_eq!(found, Err(unauthorized_error(ALICE, selector)));
    }
    city.call(ALICE, &grant("NodeOperator", CAROL, of_organisation("a")))
        .unwrap();
    let same = grant("OrganisationAdministrator", CAROL, of_organisation("a"));
    let expected = Error::AboveOwnLevel(abi::AboveOwnLevel {
        role: same.role,
        level: 50,
        ownLevel: 50,
    });
    assert_eq!(city.call(ALICE, &same), Err(expected));
    let found = city.call(ADMIN, &grant("Representative", CAROL, of_organisation("a")));
    let role = builtin::REPRESENTATIVE;
    assert_eq!(
        found,
        Err(Error::ConsequentialRole(abi::ConsequentialRole { role }))
    );
    // The level of a role by which it may not grant does not help.
    city.give("CityRegulator", ALICE, Scope::CITY);
    assert!(city.call(ALICE, &same).is_err());
}

#[test]
fn nobody_grants_to_itself_by_any_account() {
    let mut city = City::new();
    let itself = |caller, subject| Error::SelfGrant(abi::SelfGrant { caller, subject });
    let found = city.call(ADMIN, &grant("Citizen", ADMIN, Scope::CITY));
    assert_eq!(found, Err(itself(ADMIN, subject_of(ADMIN))));
    city.bind(ADMIN, PERSON);
    city.bind(ALICE, PERSON);
    let found = city.call(ADMIN, &grant("Citizen", ALICE, Scope::CITY));
    assert_eq!(found, Err(itself(ADMIN, subject_of(ALICE))));
    let request = abi::grantCall {
        subject: PERSON,
        ..grant("Citizen", ALICE, Scope::CITY)
    };
    assert_eq!(city.call(ADMIN, &request), Err(itself(ADMIN, PERSON)));
    let id = city
        .call(GOVERNANCE, &delegable("Citizen", ADMIN, Scope::CITY))
        .unwrap();
    let found = city.call(ADMIN, &delegate(id, ALICE, Scope::CITY));
    assert_eq!(found, Err(itself(ADMIN, subject_of(ALICE))));
    let found = city.call(ADMIN, &abi::changeExpiryCall { id, expiry: 0 });
    assert_eq!(found.map(|_| ()), Err(itself(ADMIN, subject_of(ADMIN))));
}

#[test]
fn duties_are_separate_for_persons() {
    let mut city = City::new();
    let auditor = city.give("Auditor", ALICE, Scope::CITY);
    let officer = |account| grant("EmergencyOfficer", account, Scope::CITY);
    let expected = Error::SeparationOfDuties(abi::SeparationOfDuties {
        role: id_of("EmergencyOfficer"),
        heldRole: id_of("Auditor"),
        heldGrant: auditor,
    });
    assert_eq!(city.call(GOVERNANCE, &officer(ALICE)), Err(expected.clone()));
    require_separable(&mut city.host, ALICE, PERSON).unwrap();
    city.bind(ALICE, PERSON);
    city.bind(ALICE_TOO, PERSON);
    assert_eq!(city.call(GOVERNANCE, &officer(ALICE_TOO)), Err(expected.clone()));
    let of_person = abi::grantCall {
        subject: PERSON,
        ..officer(ALICE)
    };
    assert_eq!(city.call(GOVERNANCE, &of_person), Err(expected));
    // Binding does not bring together what granting keeps apart.
    city.give("EmergencyOfficer", BOB, Scope::CITY);
    let refused = require_separable(&mut city.host, BOB, PERSON).unwrap_err();
    let Fault::Refused(bytes) = refused else {
        panic!("{refused}");
    };
    assert!(bytes.starts_with(&abi::SeparationOfDuties::SELECTOR));
    city.call(GOVERNANCE, &abi::revokeCall { id: auditor }).unwrap();
    city.call(GOVERNANCE, &officer(ALICE_TOO)).unwrap();
}

#[test]
fn a_delegated_grant_stays_inside_its_parent_and_ends_with_it() {
    let mut city = City::new();
    let plain = city.give("ChainReviewer", ALICE, of_organisation("a"));
    let found = city.call(ALICE, &delegate(plain, BOB, of_organisation("a")));
    assert_eq!(found, Err(Error::NotDelegable(abi::NotDelegable { id: plain })));
    let request = abi::grantCall {
        expiry: NOW + 50,
        ..delegable("ChainReviewer", ALICE, Scope::CITY)
    };
    let parent = city.call(GOVERNANCE, &request).unwrap();
    let found = city.call(BOB, &delegate(parent, CAROL, Scope::CITY));
    let expected = Error::NotTheHolder(abi::NotTheHolder {
        id: parent,
        caller: BOB,
    });
    assert_eq!(found, Err(expected));
    // For ever is longer than the parent lasts.
    let found = city.call(ALICE, &delegate(parent, BOB, Scope::CITY));
    let outside = Error::OutsideParent(abi::OutsideParent { parent });
    assert_eq!(found, Err(outside.clone()));
    let request = abi::delegateCall {
        expiry: NOW + 50,
        ..delegate(parent, BOB, Scope::ledger(7))
    };
    let child = city.call(ALICE, &request).unwrap();
    assert_eq!(city.reason(BOB, &review()), (Reason::Allowed, vec![child]));
    let found = city.call(BOB, &delegate(child, CAROL, Scope::ledger(7)));
    assert_eq!(found, Err(Error::NotDelegable(abi::NotDelegable { id: child })));
    let longer = abi::changeExpiryCall {
        id: child,
        expiry: NOW + 51,
    };
    assert_eq!(city.call(GOVERNANCE, &longer).map(|_| ()), Err(outside));
    // What the parent's end means, whoever ends it.
    let before = city.host.clone();
    city.call(ALICE, &abi::renounceCall { id: parent }).unwrap();
    assert_eq!(city.reason(BOB, &review()), (Reason::ParentEnded, vec![child]));
    city.host = before;
    city.call(ALICE, &abi::revokeCall { id: child }).unwrap();
    assert_eq!(city.reason(BOB, &review()), (Reason::Revoked, vec![child]));
    city.host.block.timestamp = NOW + 50;
    let found = city.call(ALICE, &delegate(parent, BOB, Scope::CITY));
    let expected = Error::GrantEnded(abi::GrantEnded {
        id: parent,
        status: GrantStatus::Expired,
    });
    assert_eq!(found, Err(expected));
}

#[test]
fn a_role_that_became_consequential_is_not_delegated() {
    let mut city = City::new();
    let parent = city
        .call(GOVERNANCE, &delegable("Citizen", ALICE, Scope::CITY))
        .unwrap();
    let request = abi::changeRoleCall {
        consequential: true,
        ..change("Citizen", 10)
    };
    city.call(GOVERNANCE, &request).unwrap();
    let found = city.call(ALICE, &delegate(parent, BOB, Scope::CITY));
    let role = id_of("Citizen");
    assert_eq!(
        found,
        Err(Error::ConsequentialRole(abi::ConsequentialRole { role }))
    );
}

#[test]
fn who_takes_grants_away() {
    let mut city = City::new();
    let id = city.give("Citizen", BOB, Scope::CITY);
    let unknown = |id| Error::GrantUnknown(abi::GrantUnknown { id });
    for id in [0, 99] {
        let found = city.call(GOVERNANCE, &abi::revokeCall { id });
        assert_eq!(found.map(|_| ()), Err(unknown(id)));
        let found = city.call(GOVERNANCE, &abi::grantOfCall { id });
        assert_eq!(found.map(|_| ()), Err(unknown(id)));
    }
    let found = city.call(ALICE, &abi::revokeCall { id });
    let expected = unauthorized_error(ALICE, abi::revokeCall::SELECTOR);
    assert_eq!(found.map(|_| ()), Err(expected));
    let found = city.call(ALICE, &abi::renounceCall { id });
    let expected = Error::NotTheHolder(abi::NotTheHolder { id, caller: ALICE });
    assert_eq!(found.map(|_| ()), Err(expected));
    city.call(ADMIN, &abi::revokeCall { id }).unwrap();
    let ended = |status| Error::GrantEnded(abi::GrantEnded { id, status });
    let found = city.call(GOVERNANCE, &abi::revokeCall { id });
    assert_eq!(found.map(|_| ()), Err(ended(GrantStatus::Revoked)));
    let found = city.call(GOVERNANCE, &abi::changeExpiryCall { id, expiry: 0 });
    assert_eq!(found.map(|_| ()), Err(ended(GrantStatus::Revoked)));
    let regulator = city.give("CityRegulator", BOB, Scope::CITY);
    let found = city.call(ADMIN, &abi::revokeCall { id: regulator });
    assert!(matches!(found, Err(Error::AboveOwnLevel(_))));
    let officer = city.give("OpeningOfficer", BOB, Scope::CITY);
    let found = city.call(ADMIN, &abi::revokeCall { id: officer });
    assert!(matches!(found, Err(Error::ConsequentialRole(_))));
    city.call(BOB, &abi::renounceCall { id: regulator }).unwrap();
    let past = past_grants_of(&mut city.host, subject_of(BOB), 0, 10).unwrap();
    let past: Vec<_> = past.iter().map(|grant| (grant.id, grant.status)).collect();
    assert_eq!(
        past,
        [(id, GrantStatus::Revoked), (regulator, GrantStatus::Renounced)]
    );
    let live = grants_of(&mut city.host, subject_of(BOB)).unwrap();
    assert_eq!(live.iter().map(|grant| grant.id).collect::<Vec<_>>(), [officer]);
}

#[test]
fn a_subject_has_room_for_64_grants_of_which_32_delegated() {
    let mut city = City::new();
    let parent = city
        .call(GOVERNANCE, &delegable("Citizen", ALICE, Scope::CITY))
        .unwrap();
    let expiring = |ledger, expiry| abi::grantCall {
        expiry,
        ..grant("Citizen", BOB, Scope::ledger(ledger))
    };
    let subject = subject_of(BOB);
    let full = |max| Error::TooManyGrants(abi::TooManyGrants { subject, max });
    for ledger in 1..=32 {
        city.call(ALICE, &delegate(parent, BOB, Scope::ledger(ledger)))
            .unwrap();
    }
    let found = city.call(ALICE, &delegate(parent, BOB, Scope::ledger(33)));
    assert_eq!(found, Err(full(32)));
    for ledger in 1..=32 {
        city.call(GOVERNANCE, &expiring(ledger, NOW + ledger)).unwrap();
    }
    let id = 2 + 32 + 1;
    let found = city.call(GOVERNANCE, &expiring(1, NOW + 9));
    assert_eq!(found, Err(Error::AlreadyGranted(abi::AlreadyGranted { id })));
    assert_eq!(city.call(GOVERNANCE, &expiring(33, 0)), Err(full(64)));
    // What time has ended makes room.
    city.host.block.timestamp = NOW + 1;
    city.call(GOVERNANCE, &expiring(33, 0)).unwrap();
    assert_eq!(city.call(GOVERNANCE, &expiring(34, 0)), Err(full(64)));
    let past = past_grants_of(&mut city.host, subject, 0, 10).unwrap();
    assert_eq!(
        past.iter()
            .map(|grant| (grant.id, grant.status))
            .collect::<Vec<_>>(),
        [(id, GrantStatus::Expired)]
    );
    // It can still be revoked for the record, and stands in the past once.
    city.call(GOVERNANCE, &abi::revokeCall { id }).unwrap();
    let past = past_grants_of(&mut city.host, subject, 0, 10).unwrap();
    assert_eq!(past.len(), 1);
}

#[test]
fn the_reason_is_the_nearest_one() {
    let mut city = City::new();
    assert_eq!(city.reason(BOB, &review()), (Reason::NoGrant, vec![]));
    let id = city.give("ChainReviewer", BOB, of_organisation("a"));
    let of_a = Act {
        organisation: keccak256("a"),
        ..review()
    };
    assert_eq!(city.reason(BOB, &review()), (Reason::OutOfScope, vec![id]));
    assert_eq!(city.reason(BOB, &of_a), (Reason::Allowed, vec![id]));
    city.set_organisation("a", IOrganisations::Status::Suspended);
    assert_eq!(city.reason(BOB, &of_a), (Reason::OrganisationNotActive, vec![id]));
    city.set_organisation("a", IOrganisations::Status::Active);
    let before = city.host.clone();
    let expiry = NOW + 10;
    city.call(ADMIN, &abi::changeExpiryCall { id, expiry }).unwrap();
    city.host.block.timestamp = expiry - 1;
    assert_eq!(city.reason(BOB, &of_a).0, Reason::Allowed);
    city.host.block.timestamp = expiry;
    assert_eq!(city.reason(BOB, &of_a), (Reason::Expired, vec![id]));
    city.host = before.clone();
    let role = id_of("ChainReviewer");
    city.call(GOVERNANCE, &abi::retireRoleCall { role }).unwrap();
    assert_eq!(city.reason(BOB, &of_a), (Reason::RoleRetired, vec![id]));
    let found = city.call(GOVERNANCE, &grant("ChainReviewer", CAROL, Scope::CITY));
    assert_eq!(found, Err(Error::RoleNotActive(abi::RoleNotActive { role })));
    city.host = before;
    city.call(ADMIN, &abi::revokeCall { id }).unwrap();
    assert_eq!(city.reason(BOB, &of_a), (Reason::Revoked, vec![id]));
    city.bind(BOB, PERSON);
    city.set_identity_status(PERSON, 2);
    assert_eq!(city.reason(BOB, &of_a), (Reason::IdentityNotActive, vec![]));
}

#[test]
fn an_identity_lends_its_grants_to_its_accounts() {
    let mut city = City::new();
    let request = abi::grantCall {
        subject: PERSON,
        ..grant("ChainReviewer", ALICE, Scope::CITY)
    };
    let id = city.call(ADMIN, &request).unwrap();
    assert_eq!(city.reason(ALICE, &review()).0, Reason::NoGrant);
    city.bind(ALICE, PERSON);
    assert_eq!(city.reason(ALICE, &review()), (Reason::Allowed, vec![id]));
    assert!(holds(&mut city.host, ALICE, id_of("ChainReviewer"), &Scope::ledger(3)).unwrap());
    city.set_identity_status(PERSON, 2);
    assert!(!allowed(&mut city.host, ALICE, &review()).unwrap());
    let error = city.refusal(ALICE, &abi::renounceCall { id });
    assert!(matches!(error, Error::NotTheHolder(_)));
}

#[test]
fn scopes_reach_what_they_say() {
    let mut city = City::new();
    let read = |grade| Act {
        grade,
        ..act(Action::Read, CHAINS, "")
    };
    let reader = abi::defineRoleCall {
        permissions: vec![Allowances::of(Action::Read), Allowances::of(Action::Call)],
        ..define("Reader", 5)
    };
    city.call(GOVERNANCE, &reader).unwrap();
    let cases = [
        (Scope::CITY, read(9), true),
        (Scope::ledger(7), read(9), true),
        (Scope::ledger(8), read(0), false),
        (Scope::contract(CHAINS), read(0), true),
        (Scope::contract(NODES), read(0), false),
        (Scope::grade(2), read(2), true),
        (Scope::grade(2), read(3), false),
        // A grade says nothing about calls.
        (Scope::grade(2), review(), false),
        (Scope::contract(CHAINS), review(), true),
        (of_organisation("a"), review(), false),
    ];
    for (scope, act, expected) in cases {
        let id = city.give("Reader", BOB, scope.clone());
        assert_eq!(
            city.reason(BOB, &act).0 == Reason::Allowed,
            expected,
            "{scope:?} {act:?}"
        );
        city.call(BOB, &abi::renounceCall { id }).unwrap();
    }
}

#[test]
fn a_role_lets_a_caller_through_the_door_of_a_contract() {
    let mut city = City::new();
    let request = Request {
        caller: BOB,
        contract: CHAINS,
        selector: review().selector.0,
        organisation: B256::ZERO,
    };
    let refused = unauthorized(BOB, request.selector);
    assert_eq!(authority::require(&mut city.host, &request), Err(refused));
    city.give("ChainReviewer", BOB, Scope::CITY);
    authority::require(&mut city.host, &request).unwrap();
    let other = Request {
        selector: [9; 4],
        ..request
    };
    assert!(authority::require(&mut city.host, &other).is_err());
}

#[test]
fn who_can_walks_through_all_roles() {
    let mut city = City::new();
    let mut expected = BTreeSet::new();
    for ledger in 1..=10 {
        expected.insert(city.give("CityRegulator", ALICE, Scope::ledger(ledger)));
        expected.insert(city.give("DistrictRegulator", BOB, Scope::ledger(ledger)));
        city.give("ChainReviewer", CAROL, Scope::ledger(ledger));
    }
    let revoked = *expected.iter().next().unwrap();
    city.call(GOVERNANCE, &abi::revokeCall { id: revoked }).unwrap();
    expected.remove(&revoked);
    let mut found = BTreeSet::new();
    let mut from = 0;
    loop {
        let unfreeze = act(Action::Call, CHAINS, "unfreeze(bytes32,string)");
        let query = abi::whoCanCall {
            action: unfreeze.action,
            target: unfreeze.target,
            selector: unfreeze.selector,
            from,
            count: 6,
        };
        let page = city.call(BOB, &query).unwrap();
        assert!(page.grants.len() <= 6);
        found.extend(page.grants.iter().map(|grant| grant.id));
        from = page.next;
        if from == 0 {
            break;
        }
    }
    assert_eq!(found, expected);
    let can = city.call(BOB, &abi::whatCanCall { account: CAROL }).unwrap();
    assert_eq!(can.len(), 10 * 7);
    let holders = abi::holdersOfCall {
        role: id_of("DistrictRegulator"),
        from: 8,
        count: 100,
    };
    assert_eq!(city.call(BOB, &holders).unwrap().len(), 2);
}

/// A city in which these accounts represent these organisations.
fn represented(pairs: &[(Address, &str)]) -> (City, Vec<u64>) {
    let mut city = City::new();
    let ids = pairs
        .iter()
        .map(|(account, name)| city.give("Representative", *account, of_organisation(name)))
        .collect();
    (city, ids)
}

#[test]
fn the_last_representatives_cannot_be_taken_away() {
    // Three organisations vote, two must approve.
    let table: &[(&[(Address, &str)], bool)] = &[
        // One proposes, the two others approve.
        (&[(ALICE, "a"), (BOB, "b"), (CAROL, "c")], true),
        // Nobody but the proposer could approve for a.
        (&[(ALICE, "a"), (BOB, "b")], false),
        // Alice proposes, Bob approves for both.
        (&[(ALICE, "a"), (BOB, "a"), (BOB, "b")], true),
        // Whoever proposes, only one organisation is left.
        (&[(ALICE, "a"), (BOB, "a"), (ALICE, "b")], true),
        (&[(ALICE, "a"), (ALICE, "b"), (BOB, "c")], true),
        (&[(ALICE, "a"), (ALICE, "b"), (ALICE, "c")], false),
        (&[], false),
    ];
    for (pairs, expected) in table {
        let (mut city, _) = represented(pairs);
        let found = require_votes_possible(&mut city.host).is_ok();
        assert_eq!(found, *expected, "{pairs:?}");
        assert_eq!(votes_possible(&mut city.host), Ok(*expected));
    }
}

#[test]
fn every_way_to_lose_a_representative_is_checked() {
    let (mut city, ids) = represented(&[(ALICE, "a"), (BOB, "b"), (CAROL, "c"), (ALICE_TOO, "c")]);
    // Without one of two the city can decide.
    city.call(ALICE_TOO, &abi::renounceCall { id: ids[3] }).unwrap();
    let before = city.host.clone();
    for id in [ids[0], ids[1], ids[2]] {
        let revoked = city.call(GOVERNANCE, &abi::revokeCall { id }).map(|_| ());
        let expiry = NOW + 10;
        let limited = city
            .call(GOVERNANCE, &abi::changeExpiryCall { id, expiry })
            .map(|_| ());
        for found in [revoked, limited] {
            assert!(matches!(found, Err(Error::WouldLockOut(_))), "{found:?}");
        }
    }
    let found = city.call(BOB, &abi::renounceCall { id: ids[1] });
    assert!(matches!(found, Err(Error::WouldLockOut(_))));
    assert_eq!(city.host.storage, before.storage);
    // Two accounts of one person are one voice.
    city.bind(ALICE, PERSON);
    city.bind(ALICE_TOO, PERSON);
    city.give("Representative", ALICE_TOO, of_organisation("a"));
    let found = city.call(GOVERNANCE, &abi::revokeCall { id: ids[1] });
    assert!(matches!(found, Err(Error::WouldLockOut(_))));
    // A grant that ends by itself is no help, and can go.
    let request = abi::grantCall {
        expiry: NOW + 10,
        ..grant("Representative", ADMIN, of_organisation("b"))
    };
    let limited = city.call(GOVERNANCE, &request).unwrap();
    let found = city.call(GOVERNANCE, &abi::revokeCall { id: ids[1] });
    assert!(matches!(found, Err(Error::WouldLockOut(_))));
    city.call(GOVERNANCE, &abi::revokeCall { id: limited }).unwrap();
    city.give("Representative", ADMIN, of_organisation("b"));
    city.call(GOVERNANCE, &abi::revokeCall { id: ids[1] }).unwrap();
}

#[test]
fn governance_works_by_representatives() {
    let (mut city, _) = represented(&[(ALICE, "a"), (ALICE_TOO, "b"), (BOB, "b"), (CAROL, "c")]);
    city.bind(ALICE, PERSON);
    city.bind(ALICE_TOO, PERSON);
    assert!(represents(&mut city.host, ALICE, keccak256("a")).unwrap());
    assert!(speaks(&mut city.host, subject_of(ALICE)).unwrap());
    assert!(!speaks(&mut city.host, subject_of(ADMIN)).unwrap());
    assert!(!represents(&mut city.host, ALICE, keccak256("b")).unwrap());
    let request = grant("CityRegulator", ADMIN, Scope::CITY);
    let propose = IGovernance::proposeCall {
        organisation: keccak256("a"),
        title: "a regulator".to_owned(),
        actions: vec![governance::Action {
            target: ADDRESS,
            data: request.abi_encode().into(),
        }],
    };
    let mut call = |caller, data: Vec<u8>| city.host.call(caller, GOVERNANCE, &data);
    call(ALICE, propose.abi_encode()).unwrap();
    let vote = |name: &str| {
        IGovernance::voteCall {
            id: 1,
            organisation: keccak256(name),
            approve: true,
            reason: String::new(),
        }
        .abi_encode()
    };
    let error = call(ALICE_TOO, vote("b")).unwrap_err();
    let expected = IGovernance::ProposerCannotVote {
        id: 1,
        proposer: ALICE,
    };
    assert_eq!(error, expected.into());
    call(BOB, vote("b")).unwrap();
    call(CAROL, vote("c")).unwrap();
    city.host.block.timestamp += 100;
    let execute = IGovernance::executeCall { id: 1 }.abi_encode();
    city.host.call(ADMIN, GOVERNANCE, &execute).unwrap();
    assert!(holds(&mut city.host, ADMIN, id_of("CityRegulator"), &Scope::CITY).unwrap());
}

#[test]
fn events_tell_the_history() {
    let mut city = City::new();
    city.host.events.clear();
    let id = city.call(ADMIN, &grant("Citizen", BOB, Scope::CITY)).unwrap();
    city.call(ADMIN, &abi::changeExpiryCall { id, expiry: NOW + 5 })
        .unwrap();
    city.call(BOB, &abi::renounceCall { id }).unwrap();
    let topics: Vec<B256> = city.host.events.iter().map(|(_, log)| log.topics()[0]).collect();
    assert_eq!(
        topics,
        [
            abi::Granted::SIGNATURE_HASH,
            abi::ExpiryChanged::SIGNATURE_HASH,
            abi::Renounced::SIGNATURE_HASH
        ]
    );
    let granted = abi::Granted::decode_log_data(&city.host.events[0].1).unwrap();
    assert_eq!((granted.id, granted.granter, granted.expiry), (id, ADMIN, 0));
}

#[test]
fn questions_change_nothing() {
    let mut city = City::new();
    city.host.read_only = true;
    city.call(BOB, &abi::rolesCall { from: 0, count: 100 }).unwrap();
    city.call(BOB, &abi::whatCanCall { account: ADMIN }).unwrap();
    city.reason(BOB, &review());
    let error = city
        .host
        .call(
            GOVERNANCE,
            ADDRESS,
            &grant("Citizen", BOB, Scope::CITY).abi_encode(),
        )
        .unwrap_err();
    assert_eq!(error, Fault::ReadOnly);
}

#[test]
fn terms_and_permissions_survive_storage() {
    use crate::storage::Word;
    let terms = standing::Terms {
        status: GrantStatus::Revoked,
        scope_kind: ScopeKind::Grade,
        delegable: true,
        expiry: u64::MAX,
        parent: 3,
        height: 4,
    };
    assert_eq!(standing::Terms::from_word(terms.to_word()), terms);
    let word: U256 = terms.to_word();
    assert_eq!(word.as_limbs()[3], 0x0001_0407);
}

#[test]
fn builtin_roles_are_in_order() {
    assert_eq!(builtin::REPRESENTATIVE, id_of("Representative"));
    let mut defined = BTreeSet::new();
    for role in builtin::BUILTIN {
        assert!(role.level <= LEVEL_MAX);
        assert!(role.excludes.iter().all(|other| defined.contains(other)));
        assert!(defined.insert(role.name), "{} twice", role.name);
        for allowance in role.permissions {
            check_signature(role.name, allowance);
        }
    }
    let names = [
        "CityRegulator",
        "DistrictRegulator",
        "SectorRegulator",
        "EmergencyOfficer",
        "RoleAdministrator",
        "Representative",
        "OpeningOfficer",
        "Auditor",
        "ChainReviewer",
        "IdentityIssuer",
        "OrganisationAdministrator",
        "NodeOperator",
        "BusinessOperator",
        "Provider",
        "Supporter",
        "Developer",
        "Citizen",
    ];
    assert_eq!(defined, names.into_iter().collect());
    let mut host = MemoryHost::default();
    builtin::define_builtin(&mut host).unwrap();
    let auditor = role(&mut host, id_of("Auditor")).unwrap();
    assert_eq!(auditor.excludes.len(), 2);
    let issuer = role(&mut host, id_of("IdentityIssuer")).unwrap();
    assert_eq!(issuer.excludes, [id_of("OpeningOfficer")]);
}

/// A function that the table names must be one of the contract's, as soon as the contract is there.
fn check_signature(role: &str, allowance: &builtin::Allowance) {
    let builtin::Allowance::Function(target, signature) = allowance else {
        return;
    };
    let Some(contract) = contract_at(target) else {
        return;
    };
    let known: Vec<String> = (contract.abi)()
        .functions()
        .map(|function| function.signature())
        .collect();
    assert!(
        known.iter().any(|one| one == signature),
        "{role}: {signature} is not a function of {}: {known:?}",
        contract.name
    );
}

#[test]
fn shared_errors_are_declared() {
    // Refusals of other modules decode as errors of this interface.
    for selector in [Unauthorized::SELECTOR, InvalidArgument::SELECTOR] {
        assert!(Error::valid_selector(selector));
    }
    assert!(Error::valid_selector(
        IOrganisations::OrganisationNotActive::SELECTOR
    ));
}
