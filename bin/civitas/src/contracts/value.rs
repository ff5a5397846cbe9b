//! From words to ABI values: what an operator writes as an argument.
//!
//! | type | accepted |
//! | --- | --- |
//! | enum | its names, whatever the case, or its number |
//! | integer | decimal or `0x`; `72h`, `30d` for seconds; `in 30d`, `now`, RFC 3339 for points in time |
//! | `address` | hexadecimal, `dev0` to `dev9`, the name of a system contract, `any` for none in particular |
//! | `bytes32` | hexadecimal; the name of what it identifies (hashed with Keccak-256, as the contracts do); by its place an account, a `did:civitas:`, a node's name, or `@file` |
//! | `bytes4` | hexadecimal, `Contract.function`, a signature like `transfer(address,uint256)`, or `any` |
//! | `bytes` | hexadecimal, or `@file` (a PEM file gives the bytes inside) |
//! | struct | JSON; `Value:word` for a pair of an enum and a word |
//! | array | JSON, or a list with commas |

use super::catalog::{Catalog, Contract};
use crate::{account::development_index, init::DEVELOPMENT_ACCOUNTS};
use alloy_dyn_abi::{DynSolType, DynSolValue};
use alloy_json_abi::{Function, Param};
use alloy_primitives::{Address, B256, FixedBytes, U256, hex, keccak256};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, UNIX_EPOCH},
};
use thiserror::Error;

/// Bytes of a file that is given as an argument, at most: no transaction holds more.
const FILE_BYTES_MAX: usize = 1_048_576;
/// Words for the zero address and the zero selector, which stand for any contract and any function in permissions.
const ANY: &[&str] = &["any", "0"];
/// How a DID of this ledger begins.
const DID_PREFIX: &str = "did:civitas:";

/// An argument that cannot be what it should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the argument {name} cannot be `{text}`: {rule}")]
pub struct ArgumentError {
    /// The parameter.
    pub name: String,
    /// What was written.
    pub text: String,
    /// What it should be.
    pub rule: String,
}

/// Reads the arguments of the functions of one contract.
#[derive(Clone, Copy)]
pub struct ArgumentReader<'a> {
    /// Where names of enums, contracts and functions come from.
    pub catalog: &'a Catalog,
    /// The contract.
    pub contract: &'a Contract,
    /// Keys of nodes by their names.
    pub nodes: &'a BTreeMap<String, B256>,
    /// Seconds since 1970: what `in 30d` counts from.
    pub now: u64,
}

/// What a `bytes32` stands for, by the name of its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// An id that is the hash of a name: organisations, roles, chains.
    Name,
    /// An account or an identity.
    Party,
    /// An identity.
    Identity,
    /// A node's key.
    NodeKey,
    /// A hash or key that no name leads to.
    Digest,
    /// The value of a scope: a number, an account, or the hash of a name.
    Scope,
}

/// What an integer counts, by the name of its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds since 1970.
    Time,
    /// Anything else.
    Plain,
}

/// What the integer of a parameter or field counts.
pub fn measure(name: &str) -> Measure {
    const TIMES: &[&str] = &["expiry", "until", "at", "since", "timestamp", "due"];
    if name.ends_with("Ms") {
        return Measure::Milliseconds;
    }
    if name.ends_with("Seconds") {
        return Measure::Seconds;
    }
    let ends = ["Until", "From", "At", "Ends", "Expiry", "Due"];
    if TIMES.contains(&name) || ends.iter().any(|end| name.ends_with(end)) {
        return Measure::Time;
    }
    Measure::Plain
}

impl ArgumentReader<'_> {
    /// The call of a function with these arguments, all of them, in order.
    pub fn arguments(
        &self,
        function: &Function,
        texts: &[String],
    ) -> Result<Vec<DynSolValue>, ArgumentError> {
        let pairs = function.inputs.iter().zip(texts);
        pairs
            .map(|(parameter, text)| self.read(parameter, text))
            .collect()
    }

    /// The call of a function with arguments of JSON: an array in order, or an object by name.
    pub fn json_arguments(
        &self,
        function: &Function,
        json: &Value,
    ) -> Result<Vec<DynSolValue>, ArgumentError> {
        let whole = Param {
            ty: "tuple".to_owned(),
            name: function.name.clone(),
            components: function.inputs.clone(),
            internal_type: None,
        };
        match self.read_json(&whole, json)? {
            DynSolValue::Tuple(values) => Ok(values),
            _ => Err(refuse(&whole, &json.to_string(), "an array or an object")),
        }
    }

    /// Reads one argument.
    pub fn read(&self, parameter: &Param, text: &str) -> Result<DynSolValue, ArgumentError> {
        if parameter.ty.ends_with(']') {
            return self.read_array(parameter, text);
        }
        if parameter.ty.starts_with("tuple") {
            return self.read_struct(parameter, text);
        }
        let kind = DynSolType::parse(&parameter.ty)
            .map_err(|_| refuse(parameter, text, "its type is not known to this program"))?;
        match kind {
            DynSolType::Bool => read_bool(parameter, text),
            DynSolType::String => Ok(DynSolValue::String(text.to_owned())),
            DynSolType::Address => self.read_address(parameter, text).map(DynSolValue::Address),
            DynSolType::Uint(bits) => {
                let number = self.read_number(parameter, text)?;
                if number.bit_len() > bits {
                    let rule = format!("a number of {bits} bits");
                    return Err(refuse(parameter, text, &rule));
                }
                Ok(DynSolValue::Uint(number, bits))
            }
            DynSolType::Bytes => read_bytes(parameter, text).map(DynSolValue::Bytes),
            DynSolType::FixedBytes(32) => {
                let word = self.read_word(parameter, text)?;
                Ok(DynSolValue::FixedBytes(word, 32))
            }
            DynSolType::FixedBytes(4) => {
                let selector = self.read_selector(parameter, text)?;
                let word = B256::right_padding_from(selector.as_slice());
                Ok(DynSolValue::FixedBytes(word, 4))
            }
            other => other
                .coerce_str(text)
                .map_err(|error| refuse(parameter, text, &error.to_string())),
        }
    }

    fn read_json(&self, parameter: &Param, json: &Value) -> Result<DynSolValue, ArgumentError> {
        let shown = json.to_string();
        match json {
            Value::String(text) => self.read(parameter, text),
            Value::Bool(_) | Value::Number(_) => self.read(parameter, &shown),
            Value::Array(values) if parameter.ty.ends_with(']') => self.elements(parameter, &shown, values),
            Value::Array(values) if parameter.ty == "tuple" => self.fields(parameter, &shown, values),
            Value::Object(values) if parameter.ty == "tuple" => self.named_fields(parameter, &shown, values),
            _ => Err(refuse(parameter, &shown, &expected(parameter))),
        }
    }

    fn elements(
        &self,
        parameter: &Param,
        text: &str,
        values: &[Value],
    ) -> Result<DynSolValue, ArgumentError> {
        let (element, length) = element_of(parameter);
        let read: Result<Vec<DynSolValue>, _> = values
            .iter()
            .map(|value| self.read_json(&element, value))
            .collect();
        sequence(parameter, text, read?, length)
    }

    fn read_array(&self, parameter: &Param, text: &str) -> Result<DynSolValue, ArgumentError> {
        let trimmed = text.trim();
        if trimmed.starts_with('[') {
            return match serde_json::from_str::<Value>(trimmed) {
                Ok(json) => self.read_json(parameter, &json),
                Err(error) => Err(refuse(parameter, text, &format!("not JSON: {error}"))),
            };
        }
        let (element, length) = element_of(parameter);
        let parts = trimmed.split(',').map(str::trim).filter(|part| !part.is_empty());
        let values: Result<Vec<DynSolValue>, _> = parts.map(|part| self.read(&element, part)).collect();
        sequence(parameter, text, values?, length)
    }

    fn read_struct(&self, parameter: &Param, text: &str) -> Result<DynSolValue, ArgumentError> {
        if text.trim_start().starts_with(['{', '[']) {
            return match serde_json::from_str::<Value>(text) {
                Ok(json) => self.read_json(parameter, &json),
                Err(error) => Err(refuse(parameter, text, &format!("not JSON: {error}"))),
            };
        }
        if !self.is_pair(parameter) {
            return Err(refuse(parameter, text, &expected(parameter)));
        }
        let (kind, word) = text.split_once(':').unwrap_or((text, "0"));
        self.read_pair(parameter, kind, word)
    }

    /// Whether a struct is a choice and a word whose meaning depends on the choice: the scope of a role.
    fn is_pair(&self, parameter: &Param) -> bool {
        let [kind, word] = parameter.components.as_slice() else {
            return false;
        };
        word.ty == "bytes32" && self.variants(kind).is_some()
    }

    fn read_pair(&self, parameter: &Param, kind: &str, word: &str) -> Result<DynSolValue, ArgumentError> {
        let [first, second] = parameter.components.as_slice() else {
            return Err(refuse(parameter, kind, &expected(parameter)));
        };
        let value = match self.catalog.named(word) {
            Some(contract) if kind.eq_ignore_ascii_case("Contract") => contract.system.address.into_word(),
            _ => self.read_word(second, word)?,
        };
        Ok(DynSolValue::Tuple(vec![
            self.read(first, kind)?,
            DynSolValue::FixedBytes(value, 32),
        ]))
    }

    fn fields(&self, parameter: &Param, text: &str, values: &[Value]) -> Result<DynSolValue, ArgumentError> {
        if values.len() != parameter.components.len() {
            return Err(refuse(parameter, text, &expected(parameter)));
        }
        if let ([kind, word], true) = (values, self.is_pair(parameter)) {
            return self.read_pair(parameter, &plain(kind), &plain(word));
        }
        let pairs = parameter.components.iter().zip(values);
        let fields: Result<Vec<DynSolValue>, _> =
            pairs.map(|(field, value)| self.read_json(field, value)).collect();
        Ok(DynSolValue::Tuple(fields?))
    }

    fn named_fields(
        &self,
        parameter: &Param,
        text: &str,
        values: &Map<String, Value>,
    ) -> Result<DynSolValue, ArgumentError> {
        let known = |name: &String| parameter.components.iter().any(|field| field.name == *name);
        if let Some(name) = values.keys().find(|name| !known(name)) {
            let rule = format!("there is no field {name}; {}", expected(parameter));
            return Err(refuse(parameter, text, &rule));
        }
        let mut ordered = Vec::new();
        for field in &parameter.components {
            let Some(value) = values.get(&field.name) else {
                let rule = format!("the field {} is missing; {}", field.name, expected(parameter));
                return Err(refuse(parameter, text, &rule));
            };
            ordered.push(value.clone());
        }
        self.fields(parameter, text, &ordered)
    }

    fn variants(&self, parameter: &Param) -> Option<&[String]> {
        self.catalog.variants(parameter.internal_type.as_ref()?)
    }

    fn read_number(&self, parameter: &Param, text: &str) -> Result<U256, ArgumentError> {
        let plain = text.replace('_', "");
        if let Some(variants) = self.variants(parameter) {
            let same = |variant: &String| variant.eq_ignore_ascii_case(text);
            let position = variants.iter().position(same).map(U256::from);
            let number = plain.parse().ok();
            let known = number.filter(|number: &U256| *number < U256::from(variants.len()));
            return position
                .or(known)
                .ok_or_else(|| refuse(parameter, text, &format!("one of {}", variants.join(", "))));
        }
        if let Ok(number) = plain.parse::<U256>()
            && !plain.is_empty()
        {
            return Ok(number);
        }
        let duration = || humantime::parse_duration(text).ok();
        let found = match measure(&parameter.name) {
            Measure::Seconds => duration().map(|duration| duration.as_secs().to_string()),
            Measure::Milliseconds => duration().map(|duration| duration.as_millis().to_string()),
            Measure::Time => self.read_time(text).map(|time| time.to_string()),
            Measure::Plain => None,
        };
        let rule = match measure(&parameter.name) {
            Measure::Seconds | Measure::Milliseconds => "a number, or a duration like 90s, 72h, 30d",
            Measure::Time => "seconds since 1970, `in 30d`, `now`, or a time like 2027-01-31T12:00:00Z",
            Measure::Plain => "a number",
        };
        found
            .and_then(|found| found.parse().ok())
            .ok_or_else(|| refuse(parameter, text, rule))
    }

    fn read_time(&self, text: &str) -> Option<u64> {
        if text == "now" {
            return Some(self.now);
        }
        if let Some(duration) = text.strip_prefix("in ") {
            let duration: Duration = humantime::parse_duration(duration).ok()?;
            return self.now.checked_add(duration.as_secs());
        }
        let time = humantime::parse_rfc3339_weak(text).ok()?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
    }

    fn read_address(&self, parameter: &Param, text: &str) -> Result<Address, ArgumentError> {
        if let Some(address) = account(text) {
            return Ok(address);
        }
        if ANY.contains(&text) {
            return Ok(Address::ZERO);
        }
        let contract = self.catalog.named(text).map(|contract| contract.system.address);
        contract.ok_or_else(|| {
            let rule = "20 bytes in hexadecimal, dev0 to dev9, or the name of a system contract";
            refuse(parameter, text, rule)
        })
    }

    fn read_selector(&self, parameter: &Param, text: &str) -> Result<FixedBytes<4>, ArgumentError> {
        if let Ok(selector) = text.parse() {
            return Ok(selector);
        }
        if ANY.contains(&text) {
            return Ok(FixedBytes::ZERO);
        }
        if text.ends_with(')') && text.contains('(') && !text.contains(' ') {
            let hash = keccak256(text);
            return Ok(FixedBytes::from_slice(&hash[..4]));
        }
        let rule = "4 bytes in hexadecimal, Contract.function, or a signature like transfer(address,uint256)";
        self.catalog
            .selector(text)
            .ok_or_else(|| refuse(parameter, text, rule))
    }

    fn word_of(&self, parameter: &Param) -> Word {
        match parameter.name.as_str() {
            "subject" | "controllers" | "recoverers" => Word::Party,
            "identity" => Word::Identity,
            "id" if self.contract.system.name == "Identities" => Word::Identity,
            "key" | "nodeKey" => Word::NodeKey,
            "value" => Word::Scope,
            "fingerprint" | "documents" | "evidence" | "commitment" | "commitments" | "genesisHash"
            | "blockHash" | "headHash" | "encryptionKey" | "root" => Word::Digest,
            _ => Word::Name,
        }
    }

    fn read_word(&self, parameter: &Param, text: &str) -> Result<B256, ArgumentError> {
        let kind = self.word_of(parameter);
        if text.strip_prefix("0x").is_some_and(|digits| digits.len() == 64) {
            return text
                .parse()
                .map_err(|_| refuse(parameter, text, "32 bytes in hexadecimal"));
        }
        if text == "0" && kind != Word::Name || text == "0x" {
            return Ok(B256::ZERO);
        }
        let found = match kind {
            Word::Name if !text.starts_with("0x") => Some(keccak256(text)),
            Word::Name => None,
            Word::Party => account(text)
                .map(|account| account.into_word())
                .or_else(|| did(text)),
            Word::Identity => did(text),
            Word::NodeKey => self.nodes.get(text).copied(),
            Word::Digest => match text.strip_prefix('@') {
                Some(path) => Some(keccak256(read_file(parameter, path)?)),
                None => None,
            },
            Word::Scope => account(text)
                .map(|account| account.into_word())
                .or_else(|| text.parse().ok().map(|number: U256| number.into()))
                .or_else(|| (!text.starts_with("0x")).then(|| keccak256(text))),
        };
        let rule = match kind {
            Word::Name => "a name, or 32 bytes in hexadecimal",
            Word::Party => {
                "an account (hexadecimal, dev0 to dev9), did:civitas:..., or 32 bytes in hexadecimal"
            }
            Word::Identity => "did:civitas:... or 32 bytes in hexadecimal",
            Word::NodeKey => "the name of a node of the city in --dir, or 32 bytes in hexadecimal",
            Word::Digest => "32 bytes in hexadecimal, or @file for the Keccak-256 of a file",
            Word::Scope => "a chain id, a contract, an organisation, a grade, or 32 bytes in hexadecimal",
        };
        found.ok_or_else(|| refuse(parameter, text, rule))
    }
}

fn refuse(parameter: &Param, text: &str, rule: &str) -> ArgumentError {
    ArgumentError {
        name: parameter.name.clone(),
        text: text.to_owned(),
        rule: rule.to_owned(),
    }
}

/// A JSON value as it would stand on the command line.
fn plain(json: &Value) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// What a parameter asks for, with the names of its fields.
fn expected(parameter: &Param) -> String {
    if parameter.ty.ends_with(']') {
        return "a JSON array".to_owned();
    }
    let fields = parameter
        .components
        .iter()
        .map(|field| format!("\"{}\": ...", field.name));
    format!("it is JSON: {{{}}}", fields.collect::<Vec<_>>().join(", "))
}

/// The parameter of the elements of an array, and its length if that is fixed.
fn element_of(parameter: &Param) -> (Param, Option<usize>) {
    let mut element = parameter.clone();
    let open = element.ty.rfind('[').unwrap_or(element.ty.len());
    let length = element.ty.get(open + 1..element.ty.len() - 1);
    let length = length.and_then(|length| length.parse().ok());
    element.ty.truncate(open);
    (element, length)
}

fn sequence(
    parameter: &Param,
    text: &str,
    values: Vec<DynSolValue>,
    length: Option<usize>,
) -> Result<DynSolValue, ArgumentError> {
    match length {
        None => Ok(DynSolValue::Array(values)),
        Some(length) if length == values.len() => Ok(DynSolValue::FixedArray(values)),
        Some(length) => Err(refuse(parameter, text, &format!("{length} elements"))),
    }
}

fn read_bool(parameter: &Param, text: &str) -> Result<DynSolValue, ArgumentError> {
    match text {
        "true" | "yes" => Ok(DynSolValue::Bool(true)),
        "false" | "no" => Ok(DynSolValue::Bool(false)),
        _ => Err(refuse(parameter, text, "yes or no")),
    }
}

fn read_bytes(parameter: &Param, text: &str) -> Result<Vec<u8>, ArgumentError> {
    let Some(path) = text.strip_prefix('@') else {
        return hex::decode(text).map_err(|_| refuse(parameter, text, "hexadecimal, or @file"));
    };
    let content = read_file(parameter, path)?;
    if !content.starts_with(b"-----BEGIN") {
        return Ok(content);
    }
    let block = pem::parse(content).map_err(|error| refuse(parameter, text, &error.to_string()))?;
    Ok(block.into_contents())
}

fn read_file(parameter: &Param, path: &str) -> Result<Vec<u8>, ArgumentError> {
    let content = fs::read(path).map_err(|error| refuse(parameter, path, &error.to_string()))?;
    if content.len() > FILE_BYTES_MAX {
        let rule = format!("a file of at most {FILE_BYTES_MAX} bytes");
        return Err(refuse(parameter, path, &rule));
    }
    Ok(content)
}

/// An account in hexadecimal, or one of the well-known ones.
pub fn account(text: &str) -> Option<Address> {
    if let Some(index) = development_index(text) {
        return DEVELOPMENT_ACCOUNTS.get(index).copied();
    }
    text.parse().ok()
}

fn did(text: &str) -> Option<B256> {
    text.strip_prefix(DID_PREFIX)?.parse().ok()
}

#[cfg(test)]
mod tests;
