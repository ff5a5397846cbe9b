//! Names for the numbers of enums: an ABI has only numbers, but people read `Business`, not 2.
//!
//! The names are those of the Solidity interfaces; a test compares them with the types that the interfaces give.

use crate::api::contracts::Argument;
use serde_json::Value;

/// Contract, field or parameter, names by number. A field is looked for by its own name, wherever it stands.
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
    fn fields_within_structs_are_named_too() {
        let mut value = json!({ "scope": { "kind": "3", "value": "0x00" }, "level": "3" });
        name("Roles", "grant", &mut value);
        assert_eq!(
            value,
            json!({ "scope": { "kind": "Organisation", "value": "0x00" }, "level": "3" })
        );
    }
}
