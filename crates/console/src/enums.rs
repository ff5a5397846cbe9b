//! Names for the numbers of enums: an ABI has only numbers, but people read `Business`, not 2.
//!
//! The names are those of the Solidity interfaces; a test compares them with the types that the interfaces give.

use crate::api::contracts::Argument;
use serde_json::Value;

/// Contract (with a function where a field means something else), field or parameter, names by number. A field is looked for by its
/// own name, wherever it stands.
const NAMES: &[(&str, &str, &[&str])] = &[
    (
        "Organisations",
        "kind",
        &["None", "Governance", "Business", "Provider", "Supporter"],
    ),
    (
        "Organisations",
        "status",
        &["None", "Active", "Suspended", "Left"],
    ),
    ("Nodes", "role", ROLES_OF_NODES),
    (
        "Nodes",
        "status",
        &["None", "Pending", "Active", "Suspended", "Revoked"],
    ),
    ("Ledgers", "role", ROLES_OF_NODES),
    ("Ledgers", "ordering", &["Simplex", "Solo"]),
    ("Ledgers", "stateCommitment", &["Qmdb", "Mpt"]),
    ("Ledgers", "access", &["City", "Role"]),
    ("Ledgers", "status", STATUSES_OF_LEDGERS),
    ("Ledgers", "from", STATUSES_OF_LEDGERS),
    ("Ledgers", "to", STATUSES_OF_LEDGERS),
    (
        "Roles",
        "action",
        &["Call", "Deploy", "Join", "Read", "Administer"],
    ),
    (
        "Roles",
        "kind",
        &["City", "Ledger", "Contract", "Organisation", "Grade"],
    ),
    (
        "Governance",
        "kind",
        &[
            "Membership",
            "Validators",
            "Parameters",
            "Roles",
            "Control",
            "Chains",
            "Ledgers",
            "Rules",
        ],
    ),
    (
        "Governance",
        "status",
        &[
            "None",
            "Open",
            "Approved",
            "Executed",
            "Rejected",
            "Expired",
            "Withdrawn",
        ],
    ),
    (
        "Identities",
        "kind",
        &["None", "Person", "Organisation", "Node", "Thing"],
    ),
    ("Identities", "keyType", &["None", "Secp256k1", "P256", "Ed25519"]),
    ("Identities", "status", &["None", "Active", "Frozen", "Cancelled"]),
    ("Chains", "status", STATUSES_OF_CHAINS),
    ("Chains", "from", STATUSES_OF_CHAINS),
    ("Chains", "to", STATUSES_OF_CHAINS),
    ("Offices", "status", &["None", "Open", "Opened", "Expired"]),
    // Fields that mean something else by the function that gives them.
    (
        "Chains.chains",
        "kind",
        &["Native", "Evm", "Fabric", "CometBft", "Other"],
    ),
    (
        "Control.accountStatus",
        "status",
        &["Active", "Frozen", "Cancelled"],
    ),
    (
        "Control.contractStatus",
        "status",
        &["Active", "Frozen", "Retired"],
    ),
    ("Roles.roles", "status", &["None", "Active", "Retired"]),
    (
        "Roles.grants",
        "status",
        &[
            "None",
            "InForce",
            "OrganisationNotActive",
            "ParentEnded",
            "RoleRetired",
            "Expired",
            "Renounced",
            "Revoked",
        ],
    ),
    (
        "Roles.explain",
        "reason",
        &[
            "Allowed",
            "IdentityNotActive",
            "OrganisationNotActive",
            "RoleRetired",
            "ParentEnded",
            "Expired",
            "Revoked",
            "OutOfScope",
            "NoGrant",
        ],
    ),
];

const ROLES_OF_NODES: &[&str] = &["None", "Observer", "Validator", "Standby", "Light"];
const STATUSES_OF_LEDGERS: &[&str] = &["None", "Active", "Frozen", "Closed"];
const STATUSES_OF_CHAINS: &[&str] = &[
    "None",
    "Registered",
    "UnderReview",
    "Active",
    "Rejected",
    "Frozen",
    "Cancelled",
];

/// Arguments of a system contract, enums by their names.
pub fn name_all(contract: &str, arguments: &mut [Argument]) {
    for argument in arguments {
        // Lists of positions are called `from` too; an enum is a small number.
        let may =
            argument.kind == "uint8" || argument.kind.starts_with("tuple") || argument.kind.starts_with('(');
        if may {
            name(contract, &argument.name, &mut argument.value);
        }
    }
}

/// What a function of a system contract gave, enums by their names. A value without a name has that of the function:
/// `statusOf` gives a `status`.
pub fn name_results(contract: &str, function: &str, results: &mut [Argument]) {
    name_all(contract, results);
    name_all(&family(contract, function), results);
    let of = function.strip_suffix("Of").unwrap_or(function);
    for result in results {
        if result.name.is_empty() && result.kind == "uint8" {
            name(contract, of, &mut result.value);
        }
    }
}

/// What a function of a system contract gave as one value, enums in it by their names.
pub fn name_answer(contract: &str, function: &str, value: &mut Value) {
    name(contract, function, value);
    name(&family(contract, function), function, value);
}

/// Where fields are looked for that mean the same in what several functions give.
fn family(contract: &str, function: &str) -> String {
    let family = match (contract, function) {
        ("Chains", "chain") => "chains",
        ("Roles", "role") => "roles",
        ("Roles", "grantOf" | "grantsOf" | "pastGrantsOf" | "holdersOf" | "whoCan") => "grants",
        (_, function) => function,
    };
    format!("{contract}.{family}")
}

/// A value of a field, enums in it by their names.
pub fn name(contract: &str, field: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                name(contract, field, value);
            }
        }
        Value::Array(items) => {
            for item in items {
                name(contract, field, item);
            }
        }
        Value::String(number) => {
            let names = NAMES
                .iter()
                .find(|(known, place, _)| *known == contract && *place == field);
            let place = number.parse::<usize>().ok();
            if let Some(name) = names
                .zip(place)
                .and_then(|((_, _, names), place)| names.get(place))
            {
                *value = Value::String((*name).to_owned());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use civitas_system_contracts::interfaces::{
        IChains, IGovernance, IIdentities, INodes, IOrganisations, IRoles,
    };
    use serde_json::json;

    fn check(contract: &str, field: &str, number: u8, expected: String) {
        let mut value = json!(number.to_string());
        name(contract, field, &mut value);
        assert_eq!(value, json!(expected), "{contract} {field} {number}");
    }

    #[test]
    fn names_are_those_of_the_interfaces() {
        for number in 0..8 {
            check(
                "Governance",
                "kind",
                number,
                format!("{:?}", IGovernance::Kind::try_from(number).unwrap()),
            );
        }
        for number in 0..7 {
            check(
                "Governance",
                "status",
                number,
                format!("{:?}", IGovernance::Status::try_from(number).unwrap()),
            );
            check(
                "Chains",
                "status",
                number,
                format!("{:?}", IChains::Status::try_from(number).unwrap()),
            );
        }
        for number in 0..5 {
            check(
                "Organisations",
                "kind",
                number,
                format!("{:?}", IOrganisations::Kind::try_from(number).unwrap()),
            );
            check(
                "Nodes",
                "role",
                number,
                format!("{:?}", INodes::Role::try_from(number).unwrap()),
            );
            check(
                "Nodes",
                "status",
                number,
                format!("{:?}", INodes::Status::try_from(number).unwrap()),
            );
            check(
                "Roles",
                "kind",
                number,
                format!("{:?}", IRoles::ScopeKind::try_from(number).unwrap()),
            );
            check(
                "Roles",
                "action",
                number,
                format!("{:?}", IRoles::Action::try_from(number).unwrap()),
            );
            check(
                "Identities",
                "kind",
                number,
                format!("{:?}", IIdentities::Kind::try_from(number).unwrap()),
            );
        }
        for number in 0..4 {
            check(
                "Organisations",
                "status",
                number,
                format!("{:?}", IOrganisations::Status::try_from(number).unwrap()),
            );
            check(
                "Identities",
                "keyType",
                number,
                format!("{:?}", IIdentities::KeyType::try_from(number).unwrap()),
            );
        }
    }

    #[test]
    fn a_value_without_a_name_is_known_by_its_function() {
        let given = |kind: &str| Argument {
            name: String::new(),
            kind: kind.to_owned(),
            value: json!("2"),
        };
        let mut results = [given("uint8"), given("uint64")];
        name_results("Identities", "statusOf", &mut results);
        assert_eq!(
            (&results[0].value, &results[1].value),
            (&json!("Frozen"), &json!("2"))
        );
        let mut count = [given("uint8")];
        name_results("Offices", "threshold", &mut count);
        assert_eq!(count[0].value, json!("2"));
    }

    #[test]
    fn a_status_means_what_its_function_says() {
        let check = |contract: &str, function: &str, kind: &str, value: Value, expected: Value| {
            let mut results = [Argument {
                name: "status".to_owned(),
                kind: kind.to_owned(),
                value,
            }];
            name_results(contract, function, &mut results);
            assert_eq!(results[0].value, expected, "{contract}.{function}");
        };
        check(
            "Control",
            "accountStatus",
            "uint8",
            json!("2"),
            json!("Cancelled"),
        );
        check("Control", "contractStatus", "uint8", json!("2"), json!("Retired"));
        check(
            "Roles",
            "roles",
            "tuple[]",
            json!([{ "status": "2" }]),
            json!([{ "status": "Retired" }]),
        );
        check(
            "Roles",
            "whoCan",
            "tuple[]",
            json!([{ "status": "1" }]),
            json!([{ "status": "InForce" }]),
        );
        check(
            "Chains",
            "chain",
            "tuple",
            json!({ "kind": "1" }),
            json!({ "kind": "Evm" }),
        );
        check(
            "Offices",
            "opening",
            "tuple",
            json!({ "status": "2" }),
            json!({ "status": "Opened" }),
        );
    }

    #[test]
    fn fields_within_structs_are_named_too() {
        let mut value = json!({ "scope": { "kind": "3", "value": "0x00" }, "level": "3" });
        name("Roles", "grant", &mut value);
        assert_eq!(
            value,
            json!({ "scope": { "kind": "Organisation", "value": "0x00" }, "level": "3" })
        );
    }
}
