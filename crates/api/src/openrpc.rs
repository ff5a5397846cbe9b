//! The OpenRPC document (`rpc.discover`), made from the table of methods.

use crate::methods::{METHODS, Method, Parameter};
use serde_json::{Value, json};

/// Version of the OpenRPC specification.
const SPECIFICATION: &str = "1.3.2";

/// The document, for a node of this version.
pub fn document(version: &str) -> Value {
    let methods: Vec<Value> = METHODS.iter().map(method).collect();
    json!({
        "openrpc": SPECIFICATION,
        "info": {
            "title": "Civitas JSON-RPC",
            "description": "Ethereum's methods and the ledger's own, over HTTP and WebSocket on one port.",
            "license": { "name": "Apache-2.0" },
            "version": version,
        },
        "methods": methods,
        "components": { "schemas": schemas() },
    })
}

fn method(method: &Method) -> Value {
    let params: Vec<Value> = method.params.iter().map(parameter).collect();
    let errors: Vec<Value> = method
        .errors
        .iter()
        .map(|(code, message)| json!({ "code": code, "message": message }))
        .collect();
    let namespace = method.name.split(['_', '.']).next().unwrap_or_default();
    json!({
        "name": method.name,
        "summary": method.summary,
        "tags": [{ "name": namespace }],
        "paramStructure": "by-position",
        "params": params,
        "result": { "name": "result", "schema": schema(method.result) },
        "errors": errors,
    })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "required": parameter.required,
        "schema": schema(parameter.kind),
    })
}

/// A schema by the short form of the table: `Name`, `Name?` (or null), `[Name]` (array of).
fn schema(kind: &str) -> Value {
    if let Some(inner) = kind.strip_suffix('?') {
        return json!({ "oneOf": [schema(inner), { "type": "null" }] });
    }
    if let Some(inner) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({ "type": "array", "items": schema(inner) });
    }
    json!({ "$ref": format!("#/components/schemas/{kind}") })
}

fn schemas() -> Value {
    let schemas = SCHEMAS.iter().map(|row| {
        let mut schema = json!({ "title": row.name, "type": row.json_type, "description": row.description });
        if let Some(pattern) = row.pattern {
            schema["pattern"] = json!(pattern);
        }
        (row.name.to_owned(), schema)
    });
    Value::Object(schemas.collect())
}

struct Schema {
    name: &'static str,
    json_type: &'static str,
    pattern: Option<&'static str>,
    description: &'static str,
}

const fn text(name: &'static str, pattern: &'static str, description: &'static str) -> Schema {
    Schema {
        name,
        json_type: "string",
        pattern: Some(pattern),
        description,
    }
}

const fn object(name: &'static str, description: &'static str) -> Schema {
    Schema {
        name,
        json_type: "object",
        pattern: None,
        description,
    }
}

/// Every type that the table of methods names.
const SCHEMAS: &[Schema] = &[
    Schema {
        name: "Boolean",
        json_type: "boolean",
        pattern: None,
        description: "true or false",
    },
    Schema {
        name: "Number",
        json_type: "integer",
        pattern: None,
        description: "A JSON number",
    },
    Schema {
        name: "Text",
        json_type: "string",
        pattern: None,
        description: "Text",
    },
    Schema {
        name: "Any",
        json_type: "object",
        pattern: None,
        description: "An answer whose form depends on the parameters",
    },
    text(
        "Quantity",
        "^0x(0|[1-9a-f][0-9a-f]*)$",
        "A number in hexadecimal, without leading zeros",
    ),
    text("Bytes", "^0x([0-9a-f]{2})*$", "Bytes in hexadecimal"),
    text("Hash", "^0x[0-9a-f]{64}$", "32 bytes in hexadecimal"),
    text("Address", "^0x[0-9a-fA-F]{40}$", "20 bytes in hexadecimal"),
    text(
        "Slot",
        "^0x[0-9a-fA-F]{0,64}$",
        "A storage slot, at most 32 bytes in hexadecimal",
    ),
    Schema {
        name: "BlockId",
        json_type: "string",
        pattern: None,
        description: "A block: its number, its hash, {blockHash, requireCanonical}, or a tag (earliest, latest, \
                      safe, finalized, pending). Blocks are final at once: latest, safe and finalized are the \
                      same block. latest if it is left out",
    },
    object("Block", "A block, as in Ethereum's execution-apis"),
    object("Header", "A header, as in Ethereum's execution-apis"),
    object("Transaction", "A transaction, as in Ethereum's execution-apis"),
    object("Receipt", "A receipt, as in Ethereum's execution-apis"),
    object("Log", "A log, as in Ethereum's execution-apis"),
    object("Filter", "fromBlock, toBlock or blockHash; address; topics"),
    object(
        "Call",
        "A transaction to be simulated: from, to, gas, gasPrice, value, input, and so on",
    ),
    object(
        "StateOverrides",
        "By address: balance, nonce, code, state or stateDiff to assume",
    ),
    object("BlockOverrides", "Fields of the block to assume"),
    object("AccessList", "accessList, gasUsed, and error if the call failed"),
    object(
        "AccountProof",
        "A Merkle proof of an account and its slots (EIP-1186)",
    ),
    object("StorageRequest", "By address: the slots to read"),
    object(
        "StorageValues",
        "By address: the values, in the order of the slots",
    ),
    object(
        "FeeHistory",
        "Base fees, gas used ratios and rewards, as in Ethereum's execution-apis",
    ),
    object(
        "SyncStatus",
        "false, or startingBlock, currentBlock and highestBlock",
    ),
    object("Capabilities", "Which history this node serves, by kind"),
    object("ForkConfig", "Forks and their parameters (EIP-7910)"),
    object(
        "SimulatePayload",
        "Blocks of calls to be simulated, with overrides",
    ),
    object(
        "TraceOptions",
        "tracer, tracerConfig, timeout and the switches of the struct log",
    ),
    object("PayloadAttributes", "Attributes of a block to be built"),
    object(
        "ExecutionPayload",
        "An execution payload with its value and requests",
    ),
    object("PoolStatus", "Counts of waiting transactions: pending, queued"),
    object(
        "PoolContent",
        "Waiting transactions by sender and nonce: pending, queued",
    ),
    object("Modules", "Versions by namespace"),
    object("OpenRpc", "This document"),
    object(
        "Status",
        "Version, chain id, newest block, ordering, peers and waiting transactions",
    ),
    object("Parameters", "The parameters of the ledger, equal on every node"),
    object("Validator", "name, publicKey (Ed25519), beneficiary"),
    object("LedgerPath", "name, chainId, path of its JSON-RPC at this node"),
    object(
        "SystemContract",
        "name, address, version, activeFrom (height), abi",
    ),
    object(
        "BlockCertificate",
        "Headers, payload header and signatures that prove a block",
    ),
    object(
        "StateProof",
        "Proof of an account or a slot against the newest state root",
    ),
    object(
        "Omission",
        "A transaction that was ordered but left out of its block, and why",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn base(kind: &str) -> &str {
        kind.trim_matches(|character| matches!(character, '[' | ']' | '?'))
    }

    #[test]
    fn every_type_of_the_table_has_a_schema_and_every_schema_is_used() {
        let used: std::collections::BTreeSet<&str> = METHODS
            .iter()
            .flat_map(|method| {
                method
                    .params
                    .iter()
                    .map(|parameter| parameter.kind)
                    .chain([method.result])
            })
            .map(base)
            .collect();
        let known: std::collections::BTreeSet<&str> = SCHEMAS.iter().map(|schema| schema.name).collect();
        assert_eq!(used, known);
    }

    #[test]
    fn the_table_is_sorted_and_complete() {
        for pair in METHODS.windows(2) {
            assert!(
                pair[0].name < pair[1].name,
                "{} stands after {}",
                pair[1].name,
                pair[0].name
            );
        }
        for method in METHODS {
            assert!(
                method.summary.ends_with('.'),
                "{}: a summary is a sentence",
                method.name
            );
            let optional = method.params.iter().skip_while(|parameter| parameter.required);
            assert!(
                optional.clone().all(|parameter| !parameter.required),
                "{}: required parameters come first",
                method.name
            );
        }
    }

    #[test]
    fn short_forms_become_schemas() {
        assert_eq!(schema("Hash"), json!({ "$ref": "#/components/schemas/Hash" }));
        assert_eq!(
            schema("[Log]"),
            json!({ "type": "array", "items": schema("Log") })
        );
        assert_eq!(
            schema("Block?"),
            json!({ "oneOf": [schema("Block"), { "type": "null" }] })
        );
    }
}
