//! Identities of people, a company and a thing; their accounts, their roles, and a record that offices opened.

use super::{
    BUSINESS, Circumstances, OFFICE, id,
    membership::{CLERK, LIBRARY},
    round,
};
use crate::sample::{
    people::Person,
    step::{Act, Round, Step},
};
use alloy_primitives::{B256, U256, keccak256};
use civitas_system_contracts::{
    address::{IDENTITIES, OFFICES, ROLES},
    interfaces::{IIdentities, IOffices, IRoles},
};

/// The case for which a record was opened, and one that still waits.
pub const OPENED: &str = "2026-017";
const WAITING: &str = "2026-021";
/// Seconds.
const DAY: u64 = 24 * 3_600;

/// The identity of a tram, which belongs to nobody's account.
fn tram() -> B256 {
    keccak256("identity of tram 7 of the sample city")
}

/// The rounds of this chapter.
pub fn rounds(city: &Circumstances) -> anyhow::Result<Vec<Round>> {
    Ok(vec![
        round("identities are issued", issue()?),
        round("accounts are bound", bind()),
        round("roles are granted", grant(city)?),
        round(
            "a grant is revoked, an identity ends, records are sealed",
            end_and_seal(),
        ),
        round(
            "openings are requested",
            vec![
                request(
                    Person::REVIEWER,
                    Person::CITIZENS[0],
                    OPENED,
                    "Order of the city court, section 12",
                ),
                request(
                    Person::OMBUDSMAN,
                    Person::CITIZENS[3],
                    WAITING,
                    "Complaint of a creditor, section 14",
                ),
            ],
        ),
        round(
            "one is approved",
            vec![Step::new(
                Person::COURT,
                Act::Hand {
                    case_number: OPENED,
                    office: "court",
                },
            )],
        ),
    ])
}

fn end_and_seal() -> Vec<Step> {
    vec![
        Step::call(
            Person::ISSUER,
            IDENTITIES,
            &IIdentities::cancelCall {
                id: tram(),
                reason: "the tram was taken out of service".to_owned(),
            },
        ),
        Step::new(
            Person::GOVERNANCE,
            Act::Revoke {
                role: id("Supporter"),
                subject: Person::CITIZENS[2].identity(),
            },
        ),
        Step::new(
            Person::ISSUER,
            Act::Seal {
                identity: Person::CITIZENS[0].identity(),
                record: "Name: Lin Yue (a made-up person)\nBorn: 1990-02-30\nDistrict: Old Harbour\n",
            },
        ),
        Step::new(
            Person::ISSUER,
            Act::Seal {
                identity: Person::CITIZENS[3].identity(),
                record: "Name: Max Muster (a made-up person)\nBorn: 1985-06-31\nDistrict: West Bank\n",
            },
        ),
    ]
}

fn issue() -> anyhow::Result<Vec<Step>> {
    use IIdentities::Kind;
    let create = |identity, kind, organisation: &str, controller: Person| -> anyhow::Result<Step> {
        let recoverers = [Person::GOVERNANCE, Person::COURT];
        let recoverers = recoverers.into_iter().map(Person::word);
        let call = IIdentities::createCall {
            identity: IIdentities::NewIdentity {
                id: identity,
                kind,
                organisation: id(organisation),
                controllers: vec![controller.word()?],
                recoverers: recoverers.collect::<Result<_, _>>()?,
                recoveryThreshold: 2,
                methods: Vec::new(),
                services: Vec::new(),
                // Of made-up data with a made-up salt: what stands here says nothing about anybody.
                commitments: vec![keccak256(identity)],
            },
        };
        Ok(Step::call(Person::ISSUER, IDENTITIES, &call))
    };
    let mut steps = Vec::new();
    for citizen in Person::CITIZENS {
        steps.push(create(citizen.identity(), Kind::Person, OFFICE, citizen)?);
    }
    steps.push(create(
        Person::TREASURY.identity(),
        Kind::Organisation,
        BUSINESS,
        Person::TREASURY,
    )?);
    steps.push(create(
        Person::DEVELOPER.identity(),
        Kind::Person,
        LIBRARY,
        Person::DEVELOPER,
    )?);
    steps.push(create(tram(), Kind::Thing, OFFICE, Person::TRAMS)?);
    Ok(steps)
}

fn bind() -> Vec<Step> {
    let bind = |owner, account, chain| Step::new(owner, Act::Bind { account, chain });
    let mut steps: Vec<Step> = Person::CITIZENS
        .into_iter()
        .map(|citizen| bind(citizen, citizen, None))
        .collect();
    steps.push(bind(Person::TREASURY, Person::TREASURY, None));
    steps.push(bind(Person::DEVELOPER, Person::DEVELOPER, None));
    let service = IIdentities::addServiceCall {
        id: tram(),
        service: IIdentities::Service {
            fragment: "position".to_owned(),
            serviceType: "LinkedDomains".to_owned(),
            endpoint: "https://trams.city.example/7".to_owned(),
        },
    };
    steps.push(Step::call(Person::TRAMS, IDENTITIES, &service));
    steps
}

fn grant(city: &Circumstances) -> anyhow::Result<Vec<Step>> {
    let everywhere = IRoles::Scope {
        kind: IRoles::ScopeKind::City,
        value: B256::ZERO,
    };
    let graded = IRoles::Scope {
        kind: IRoles::ScopeKind::Grade,
        value: B256::from(U256::from(2)),
    };
    let library = IRoles::Scope {
        kind: IRoles::ScopeKind::Organisation,
        value: id(LIBRARY),
    };
    let grant = |role: &str, subject, scope: &IRoles::Scope, days: u64| {
        let expiry = if days == 0 { 0 } else { city.now + days * DAY };
        let call = IRoles::grantCall {
            role: id(role),
            subject,
            scope: scope.clone(),
            expiry,
            delegable: false,
        };
        Step::call(Person::GOVERNANCE, ROLES, &call)
    };
    let mut steps: Vec<Step> = Person::CITIZENS
        .into_iter()
        .map(|citizen| grant("Citizen", citizen.identity(), &everywhere, 0))
        .collect();
    steps.push(grant("Developer", Person::DEVELOPER.identity(), &everywhere, 365));
    steps.push(grant("Provider", Person::TREASURY.identity(), &everywhere, 0));
    steps.push(grant(CLERK, Person::CITIZENS[1].identity(), &library, 30));
    steps.push(grant("Auditor", Person::CITIZENS[1].identity(), &graded, 90));
    steps.push(grant(
        "Supporter",
        Person::CITIZENS[2].identity(),
        &everywhere,
        180,
    ));
    steps.push(grant("DistrictRegulator", Person::TRAMS.word()?, &everywhere, 7));
    Ok(steps)
}

fn request(by: Person, whom: Person, case_number: &str, legal_basis: &str) -> Step {
    let call = IOffices::requestOpeningCall {
        identity: whom.identity(),
        caseNumber: case_number.to_owned(),
        legalBasis: legal_basis.to_owned(),
    };
    Step::call(by, OFFICES, &call)
}
