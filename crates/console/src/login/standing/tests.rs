//! Rights of the roles that every city has, written out: a change here is a change of who sees what.

use super::*;
use civitas_system_contracts::roles::{Scope, builtin::BUILTIN};

fn entitlements(name: &str, scope: &Scope) -> Vec<Entitlement> {
    let role = BUILTIN.iter().find(|role| role.name == name).unwrap();
    let entitlement = |permission| Entitlement {
        grant: 1,
        role: keccak256(name),
        permission,
        scope: scope.clone(),
        expiry: 0,
    };
    role.permissions
        .iter()
        .map(|allowance| entitlement(allowance.permission()))
        .collect()
}

fn city() -> Scope {
    Scope {
        kind: ScopeKind::City,
        value: B256::ZERO,
    }
}

#[test]
fn roles_of_every_city_have_these_rights() {
    use Right::{
        ManageAlarms, Monitor, Operate, ReadAudit, ReadFindings, ReadIdentities, ReadLogs, ReadOpenings,
        Supervise, Trace,
    };
    let base = BTreeSet::from([
        Right::Explore,
        Right::ReadGovernance,
        Right::OwnData,
        Right::Transact,
    ]);
    let table: &[(&str, &[Right])] = &[
        (
            "CityRegulator",
            &[
                Trace,
                ReadIdentities,
                ReadOpenings,
                ReadAudit,
                Monitor,
                ManageAlarms,
                ReadFindings,
                Supervise,
            ],
        ),
        (
            "DistrictRegulator",
            &[
                Trace,
                ReadIdentities,
                ReadOpenings,
                ReadAudit,
                Monitor,
                ManageAlarms,
                ReadFindings,
                Supervise,
            ],
        ),
        (
            "SectorRegulator",
            &[
                Trace,
                ReadIdentities,
                ReadOpenings,
                ReadAudit,
                Monitor,
                ManageAlarms,
                ReadFindings,
                Supervise,
            ],
        ),
        (
            "EmergencyOfficer",
            &[Trace, Monitor, ManageAlarms, ReadFindings, Supervise],
        ),
        ("RoleAdministrator", &[ReadIdentities]),
        ("Representative", &[Trace, ReadAudit, Monitor]),
        ("IdentityIssuer", &[ReadIdentities]),
        ("OpeningOfficer", &[ReadIdentities, ReadOpenings]),
        (
            "Auditor",
            &[
                Trace,
                ReadIdentities,
                ReadOpenings,
                ReadAudit,
                Monitor,
                ReadFindings,
            ],
        ),
        ("ChainReviewer", &[]),
        (
            "OrganisationAdministrator",
            &[Trace, ReadIdentities, Monitor, ReadLogs, ManageAlarms, Operate],
        ),
        ("NodeOperator", &[Trace, Monitor, ReadLogs, ManageAlarms, Operate]),
        ("BusinessOperator", &[]),
        ("Provider", &[Trace]),
        ("Supporter", &[]),
        ("Developer", &[Trace]),
        ("Citizen", &[]),
    ];
    assert_eq!(table.len(), BUILTIN.len());
    for (name, more) in table {
        let given: BTreeSet<Right> = rights(&entitlements(name, &city())).into_keys().collect();
        let wanted: BTreeSet<Right> = base.iter().chain(more.iter()).copied().collect();
        assert_eq!(given, wanted, "{name}");
    }
}

#[test]
fn nobody_administers_the_console_by_a_role() {
    for role in BUILTIN {
        assert!(
            !rights(&entitlements(role.name, &city())).contains_key(&Right::Administer),
            "{}",
            role.name
        );
    }
    assert!(administrator().contains_key(&Right::Administer));
    assert!(!administrator().contains_key(&Right::ReadIdentities));
    assert!(!administrator().contains_key(&Right::ReadOpenings));
    assert!(!administrator().contains_key(&Right::ReadFindings));
}

#[test]
fn scopes_bound_rights() {
    let organisation = |byte| B256::repeat_byte(byte);
    let scope = |kind, value| Scope { kind, value };
    let mut held = entitlements("NodeOperator", &scope(ScopeKind::Organisation, organisation(1)));
    held.extend(entitlements(
        "NodeOperator",
        &scope(ScopeKind::Organisation, organisation(2)),
    ));
    let reach = rights(&held)[&Right::Operate].clone();
    assert!(reach.covers(organisation(1)) && reach.covers(organisation(2)) && !reach.covers(organisation(3)));
    held.extend(entitlements("NodeOperator", &city()));
    assert_eq!(rights(&held)[&Right::Operate], Reach::City);
    // Openings belong to no organisation.
    let mut held = entitlements("Auditor", &scope(ScopeKind::Organisation, organisation(1)));
    assert!(rights(&held).contains_key(&Right::ReadIdentities));
    assert!(!rights(&held).contains_key(&Right::ReadOpenings));
    held.extend(entitlements("OpeningOfficer", &city()));
    assert_eq!(rights(&held)[&Right::ReadOpenings], Reach::City);
    for (kind, value, reads) in [
        (ScopeKind::Grade, B256::with_last_byte(3), true),
        (ScopeKind::Grade, B256::ZERO, false),
        (ScopeKind::Ledger, B256::with_last_byte(1), false),
        (ScopeKind::Contract, B256::with_last_byte(1), false),
    ] {
        let given = rights(&entitlements("Auditor", &scope(kind, value)));
        assert_eq!(given.contains_key(&Right::ReadAudit), reads, "{kind:?}");
    }
}

#[test]
fn personas_follow_from_roles() {
    let table = [
        ("CityRegulator", Persona::Regulator),
        ("Representative", Persona::Regulator),
        ("OpeningOfficer", Persona::Regulator),
        ("Auditor", Persona::Regulator),
        ("ChainReviewer", Persona::Regulator),
        ("NodeOperator", Persona::Operator),
        ("BusinessOperator", Persona::Business),
        ("Developer", Persona::Developer),
        ("Citizen", Persona::Citizen),
    ];
    for (name, persona) in table {
        let personas = personas(&entitlements(name, &city()));
        assert_eq!(personas, BTreeSet::from([persona, Persona::Citizen]), "{name}");
    }
}
