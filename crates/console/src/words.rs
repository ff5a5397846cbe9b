//! Calls, events and errors as clients see them.

use crate::{
    api::contracts::{Argument, DecodedCall, DecodedError},
    enums,
    registries::Registry,
};
use alloy_primitives::{Address, B256, Bytes};
use civitas_sdk::abi::{Decoded, NamedValue};
use serde_json::Value;

/// Characters of one value in a line of text.
const VALUE_CHARACTERS_MAX: usize = 66;

/// A call or an error in one line: `join(City Bank, 2)`.
pub fn call_text(decoded: &Decoded) -> String {
    line(
        &decoded.name,
        decoded.arguments.iter().map(|argument| &argument.value),
    )
}

/// The same of an argument list.
pub fn line<'a>(name: &str, values: impl Iterator<Item = &'a Value>) -> String {
    let values: Vec<String> = values.map(text).collect();
    format!("{name}({})", values.join(", "))
}

/// A value in words.
pub fn text(value: &Value) -> String {
    let whole = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", text(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    };
    if matches!(value, Value::String(_)) && whole.chars().count() > VALUE_CHARACTERS_MAX {
        return whole.chars().take(VALUE_CHARACTERS_MAX).chain(['…']).collect();
    }
    whole
}

/// Arguments for a client.
pub fn arguments(values: Vec<NamedValue>) -> Vec<Argument> {
    let argument = |value: NamedValue| Argument {
        name: value.name,
        kind: value.kind,
        value: value.value,
    };
    values.into_iter().map(argument).collect()
}

/// The same from the index; enums of system contracts by their names.
pub fn indexed(contract: Option<&str>, values: Vec<civitas_indexer::read::Argument>) -> Vec<Argument> {
    let argument = |value: civitas_indexer::read::Argument| Argument {
        name: value.name,
        kind: value.kind,
        value: value.value,
    };
    let mut arguments: Vec<Argument> = values.into_iter().map(argument).collect();
    if let Some(contract) = contract {
        enums::name_all(contract, &mut arguments);
    }
    arguments
}

/// The call that an input of a system contract is.
pub fn system_call(to: Address, input: &[u8]) -> Option<DecodedCall> {
    let contract = civitas_sdk::contracts::contract_at(to)?;
    let decoded = contract.decode_call(input)?;
    Some(DecodedCall {
        address: to.to_string(),
        contract: Some(contract.name.to_owned()),
        function: decoded.name,
        signature: decoded.signature,
        arguments: system_arguments(contract.name, decoded.arguments),
    })
}

/// Arguments of a system contract, enums by their names.
pub fn system_arguments(contract: &str, values: Vec<NamedValue>) -> Vec<Argument> {
    let mut arguments = arguments(values);
    enums::name_all(contract, &mut arguments);
    arguments
}

/// What a reverted call gave back. Without known bytes, the words of the node.
pub fn refusal(registry: Option<&Registry>, data: Option<&Bytes>, words: &str) -> DecodedError {
    let decoded = data.and_then(|data| civitas_sdk::contracts::decode_error(data));
    let Some(decoded) = decoded else {
        return DecodedError {
            name: "Refused".to_owned(),
            message: words.to_owned(),
            arguments: Vec::new(),
        };
    };
    let message = match (decoded.name.as_str(), decoded.arguments.first()) {
        ("Error", Some(reason)) => text(&reason.value),
        _ => {
            let described = decoded.arguments.iter().map(|argument| {
                let named = registry.and_then(|registry| name(registry, &argument.value));
                let value = named.unwrap_or_else(|| text(&argument.value));
                format!("{} {value}", argument.name)
            });
            let described: Vec<String> = described.collect();
            match described.is_empty() {
                true => decoded.name.clone(),
                false => format!("{}: {}", decoded.name, described.join(", ")),
            }
        }
    };
    DecodedError {
        name: decoded.name,
        message,
        arguments: arguments(decoded.arguments),
    }
}

/// The name of what a value stands for.
pub fn name(registry: &Registry, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    if let Ok(address) = text.parse::<Address>() {
        return registry.account(&address);
    }
    registry.word(&text.parse::<B256>().ok()?)
}
