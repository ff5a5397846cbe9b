//! What is kept of a source beside its contract, and how it is shown.

use crate::{
    api::{contracts::Argument, sources::ContractSource},
    words,
};
use alloy_json_abi::{Function, JsonAbi, StateMutability};
use alloy_primitives::hex;
use civitas_indexer::read;
use civitas_sdk::abi;
use civitas_solidity::{Match, Metadata, Verified};
use serde_json::{Map, Value, json};

/// Somebody gave an ABI; no source is verified.
pub const GIVEN: &str = "given";
const FULL: &str = "full";
const PARTIAL: &str = "partial";
const NONE: &str = "none";

const fn state(fits: Match) -> &'static str {
    match fits {
        Match::Full => FULL,
        Match::Partial => PARTIAL,
    }
}

/// What is kept of a verified source.
pub fn kept(verified: &Verified, by: &str, at: &str) -> Value {
    json!({
        "state": state(verified.fits),
        "by": by,
        "at": at,
        "contract": format!("{}:{}", verified.path, verified.name),
        "compiler": verified.compiler,
        "settings": verified.settings,
        "sources": verified.sources,
        "libraries": verified.libraries,
        "creation": verified.creation.map(state),
        "arguments": verified.arguments,
    })
}

/// Whether what is kept is a verified source.
pub fn is_verified(source: Option<&Value>) -> bool {
    source.is_some_and(|source| state_of(source) != GIVEN)
}

/// Sources that were kept without a state are verified.
fn state_of(source: &Value) -> &str {
    source.get("state").and_then(Value::as_str).unwrap_or(PARTIAL)
}

/// What is known about the source of a contract. `code` is the one on the ledger, if a node gave it.
pub fn shown(contract: &read::Contract, code: Option<&[u8]>) -> ContractSource {
    let metadata = code.and_then(Metadata::of).unwrap_or_default();
    let source = contract.source.as_ref();
    let text = |name: &str| source?.get(name)?.as_str().map(str::to_owned);
    ContractSource {
        state: source.map_or(NONE, state_of).to_owned(),
        by: text("by"),
        at: text("at"),
        contract: text("contract"),
        compiler: text("compiler"),
        settings: source.and_then(|source| source.get("settings")).cloned(),
        sources: texts(source.and_then(|source| source.get("sources"))),
        libraries: texts(source.and_then(|source| source.get("libraries"))),
        creation: text("creation"),
        constructor_arguments: constructor(contract, text("arguments")).unwrap_or_default(),
        code_compiler: metadata.compiler,
        code_hashed: metadata.hashed,
    }
}

fn texts(value: Option<&Value>) -> std::collections::BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flat_map(Map::iter);
    entries
        .filter_map(|(path, text)| Some((path.clone(), text.as_str()?.to_owned())))
        .collect()
}

/// What the constructor was given, in words.
fn constructor(contract: &read::Contract, arguments: Option<String>) -> Option<Vec<Argument>> {
    let data = hex::decode(arguments?).ok()?;
    let abi: JsonAbi = serde_json::from_value(contract.abi.clone()?).ok()?;
    // Arguments of a constructor are coded as those of a function.
    let function = Function {
        name: "constructor".to_owned(),
        inputs: abi.constructor?.inputs,
        outputs: Vec::new(),
        state_mutability: StateMutability::NonPayable,
    };
    let call = [function.selector().as_slice(), &data].concat();
    let mut alone = JsonAbi::new();
    alone
        .functions
        .entry(function.name.clone())
        .or_default()
        .push(function);
    Some(words::arguments(abi::decode_call(&alone, &call)?.arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, Bytes};

    fn contract(source: Option<Value>, abi: Option<Value>) -> read::Contract {
        read::Contract {
            address: Address::repeat_byte(1),
            origin: read::ContractOrigin::Transaction,
            creator: None,
            first_block: 1,
            transaction: None,
            code_hash: None,
            code_size: None,
            name: None,
            verified: abi.is_some(),
            abi,
            source,
        }
    }

    #[test]
    fn what_is_kept_is_shown() {
        let verified = Verified {
            fits: Match::Full,
            path: "a.sol".to_owned(),
            name: "A".to_owned(),
            compiler: "0.8.30+commit.73712a01".to_owned(),
            abi: json!([{ "type": "constructor", "inputs": [{ "name": "cap", "type": "uint256" }], "stateMutability": "nonpayable" }]),
            settings: json!({ "evmVersion": "cancun" }),
            sources: Map::from_iter([("a.sol".to_owned(), json!("contract A {}"))]),
            libraries: Default::default(),
            immutables: Default::default(),
            creation: Some(Match::Partial),
            arguments: Some(Bytes::from(alloy_primitives::B256::with_last_byte(7).0)),
        };
        let source = kept(&verified, "0xab", "2026-01-01T00:00:00Z");
        assert!(is_verified(Some(&source)));
        let code = [0xa1, 0x64, 0x73, 0x6f, 0x6c, 0x63, 0x43, 0, 8, 0x1e, 0, 0x0a];
        let shown = shown(&contract(Some(source), Some(verified.abi)), Some(&code));
        assert_eq!(
            (shown.state.as_str(), shown.by.as_deref()),
            ("full", Some("0xab"))
        );
        assert_eq!(shown.creation.as_deref(), Some("partial"));
        assert_eq!(shown.sources["a.sol"], "contract A {}");
        assert_eq!(shown.constructor_arguments[0].value, json!("7"));
        assert_eq!(
            (shown.code_compiler.as_deref(), shown.code_hashed),
            (Some("0.8.30"), false)
        );
    }

    #[test]
    fn an_abi_that_is_given_is_no_source() {
        let given = json!({ "state": GIVEN, "by": "0xab" });
        assert!(!is_verified(Some(&given)) && !is_verified(None));
        assert_eq!(shown(&contract(Some(given), None), None).state, "given");
        assert_eq!(shown(&contract(None, None), None).state, "none");
    }
}
