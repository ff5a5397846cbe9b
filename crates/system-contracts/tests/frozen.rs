//! What clients and old blocks rely on is frozen: addresses, functions, events, errors and the slots of storage.
//!
//! `UPDATE_VECTORS=1 cargo test -p civitas-system-contracts --test frozen` writes the file anew: a reviewed change.

use civitas_system_contracts::CONTRACTS;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../spec/vectors/system-contracts.json"
);

fn contracts() -> Value {
    let contract = |contract: &civitas_system_contracts::SystemContract| {
        let abi = (contract.abi)();
        let functions: BTreeMap<String, String> = abi
            .functions()
            .map(|function| (function.signature(), function.selector().to_string()))
            .collect();
        let events: BTreeMap<String, String> = abi
            .events()
            .map(|event| (event.signature(), event.selector().to_string()))
            .collect();
        let errors: BTreeMap<String, String> = abi
            .errors()
            .map(|error| (error.signature(), error.selector().to_string()))
            .collect();
        let field =
            |(name, slot, kind): &(&str, u64, &str)| json!({ "name": name, "slot": slot, "type": kind });
        let storage: Vec<Value> = contract
            .layouts
            .iter()
            .map(|record| {
                let fields: Vec<Value> = record.fields.iter().map(field).collect();
                json!({ "record": record.name, "slots": record.slots, "fields": fields })
            })
            .collect();
        json!({
            "name": contract.name,
            "address": contract.address.to_string(),
            "version": contract.version,
            "activeFrom": contract.active_from,
            "storage": storage,
            "functions": functions,
            "events": events,
            "errors": errors,
        })
    };
    CONTRACTS.iter().map(contract).collect()
}

#[test]
fn the_contracts_are_what_they_were() {
    let now = contracts();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&now).unwrap() + "\n";
        std::fs::write(Path::new(FILE), text).unwrap();
    }
    let frozen: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let frozen = frozen.as_array().unwrap();
    for (now, frozen) in now.as_array().unwrap().iter().zip(frozen) {
        assert_eq!(now, frozen, "{} has changed", now["name"]);
    }
    assert_eq!(now.as_array().unwrap().len(), frozen.len(), "number of contracts");
}
