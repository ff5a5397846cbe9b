//! What is compiled: Standard JSON, read strictly. Sources come with it or not at all: nothing is fetched, and what only
//! costs time (analyses, outputs that nobody reads) is left out.
//! <https://docs.soliditylang.org/en/latest/using-the-compiler.html#input-description>

use crate::metadata::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thiserror::Error;

/// Files of an input, at most: the largest projects have some hundreds.
const FILES_MAX: usize = 1_000;
/// Characters of the path of a file.
const PATH_CHARACTERS_MAX: usize = 512;
/// The first release that can leave the hash of the metadata away (`metadata.bytecodeHash`).
const WITHOUT_HASH_SINCE: [u32; 3] = [0, 6, 0];
/// Settings that change nothing about the code.
const COSTLY: [&str; 2] = ["modelChecker", "stopAfter"];

/// Why an input is not compiled.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InputError {
    /// It is no Standard JSON.
    #[error("{field}: {rule}")]
    Field {
        /// The field.
        field: String,
        /// What it must be.
        rule: &'static str,
    },
}

fn wrong(field: impl Into<String>, rule: &'static str) -> InputError {
    InputError::Field {
        field: field.into(),
        rule,
    }
}

/// One file with what is needed to compile it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SingleFile {
    /// Its text.
    pub source: String,
    /// Its path; `Contract.sol` without it. It is part of the metadata.
    #[serde(default)]
    pub path: Option<String>,
    /// Whether the optimizer runs.
    #[serde(default)]
    pub optimizer: bool,
    /// How often each instruction will run, as the optimizer takes it; 200 without it.
    #[serde(default)]
    pub runs: Option<u32>,
    /// The version of the EVM; the compiler's own without it.
    #[serde(default)]
    pub evm_version: Option<String>,
    /// Whether it is compiled by way of Yul.
    #[serde(default)]
    pub via_ir: bool,
}

/// An input that can be compiled.
#[derive(Clone, Debug)]
pub struct Input(Value);

impl Input {
    /// Reads Standard JSON.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn standard(mut value: Value) -> Result<Self, InputError> {
        let whole = value
            .as_object_mut()
            .ok_or_else(|| wrong("input", "a JSON object"))?;
        match whole.get("language").and_then(Value::as_str) {
            Some("Solidity" | "Yul") => {}
            _ => return Err(wrong("language", "Solidity or Yul")),
        }
        sources(whole)?;
        whole.retain(|name, _| matches!(name.as_str(), "language" | "sources" | "settings"));
        let settings = whole.entry("settings").or_insert_with(|| json!({}));
        let settings = settings
            .as_object_mut()
            .ok_or_else(|| wrong("settings", "a JSON object"))?;
        settings.retain(|name, _| !COSTLY.contains(&name.as_str()));
        settings.insert("outputSelection".to_owned(), selection());
        Ok(Self(value))
    }

    /// One file. What stands behind the `deployed` code says whether it was compiled with a hash of its metadata.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn single(file: SingleFile, deployed: &[u8], release: [u32; 3]) -> Result<Self, InputError> {
        let mut settings =
            json!({ "optimizer": { "enabled": file.optimizer, "runs": file.runs.unwrap_or(200) } });
        if let Some(version) = file.evm_version {
            settings["evmVersion"] = version.into();
        }
        if file.via_ir {
            settings["viaIR"] = true.into();
        }
        let is_bare = Metadata::of(deployed).is_some_and(|metadata| !metadata.hashed);
        if is_bare && release >= WITHOUT_HASH_SINCE {
            settings["metadata"] = json!({ "bytecodeHash": "none" });
        }
        let path = file.path.unwrap_or_else(|| "Contract.sol".to_owned());
        let mut sources = Map::new();
        sources.insert(path, json!({ "content": file.source }));
        Self::standard(json!({ "language": "Solidity", "sources": sources, "settings": settings }))
    }

    /// As the compiler reads it.
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// Its settings, without what they say about the answer.
    pub(crate) fn settings(&self) -> Value {
        let mut settings = self.0.get("settings").cloned().unwrap_or_default();
        if let Some(settings) = settings.as_object_mut() {
            settings.remove("outputSelection");
        }
        settings
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get("sources")?.get(path)?.get("content")?.as_str()
    }

    /// All files: texts by path.
    pub(crate) fn texts(&self) -> Map<String, Value> {
        let files = self
            .0
            .get("sources")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        files
            .map(|(path, file)| (path.clone(), file.get("content").cloned().unwrap_or_default()))
            .collect()
    }
}

fn sources(whole: &mut Map<String, Value>) -> Result<(), InputError> {
    let files = whole
        .get_mut("sources")
        .and_then(Value::as_object_mut)
        .filter(|files| !files.is_empty())
        .ok_or_else(|| wrong("sources", "a JSON object with at least one file"))?;
    if files.len() > FILES_MAX {
        return Err(wrong("sources", "at most 1000 files"));
    }
    for (path, file) in files {
        if path.is_empty() || path.chars().count() > PATH_CHARACTERS_MAX || path.chars().any(char::is_control)
        {
            return Err(wrong("sources", "paths of 1 to 512 characters"));
        }
        let file = file
            .as_object_mut()
            .ok_or_else(|| wrong(path.clone(), "a JSON object"))?;
        if !file.get("content").is_some_and(Value::is_string) {
            return Err(wrong(path.clone(), "its content: nothing is fetched from urls"));
        }
        file.retain(|name, _| name == "content");
    }
    Ok(())
}

/// What the compiler is asked for.
fn selection() -> Value {
    let parts = [
        "abi",
        "evm.bytecode.object",
        "evm.bytecode.linkReferences",
        "evm.deployedBytecode.object",
        "evm.deployedBytecode.linkReferences",
        "evm.deployedBytecode.immutableReferences",
    ];
    json!({ "*": { "*": parts } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, expected: Result<(), &str>) {
        let found = Input::standard(value.clone())
            .map(|_| ())
            .map_err(|error| error.to_string());
        match expected {
            Ok(()) => assert_eq!(found, Ok(()), "{value}"),
            Err(part) => assert!(
                found.as_ref().is_err_and(|text| text.contains(part)),
                "{value}: {found:?}"
            ),
        }
    }

    #[test]
    fn standard_json_is_read_strictly() {
        let file = json!({ "a.sol": { "content": "contract A {}" } });
        check(json!({ "language": "Solidity", "sources": file }), Ok(()));
        check(json!([]), Err("input"));
        check(json!({ "sources": file }), Err("language"));
        check(json!({ "language": "Solidity" }), Err("sources"));
        check(
            json!({ "language": "Solidity", "sources": {} }),
            Err("at least one"),
        );
        check(
            json!({ "language": "Solidity", "sources": { "a": { "urls": ["x"] } } }),
            Err("fetched"),
        );
        check(
            json!({ "language": "Solidity", "sources": { "a": 1 } }),
            Err("JSON object"),
        );
        check(
            json!({ "language": "Solidity", "sources": file, "settings": 1 }),
            Err("settings"),
        );
        let many: Map<String, Value> = (0..1_001)
            .map(|i| (i.to_string(), json!({ "content": "" })))
            .collect();
        check(
            json!({ "language": "Solidity", "sources": many }),
            Err("1000 files"),
        );
    }

    #[test]
    fn only_what_is_needed_is_asked_for() {
        let input = Input::standard(json!({
            "language": "Solidity",
            "sources": { "a.sol": { "content": "", "keccak256": "0x", "urls": ["http://example.org"] } },
            "settings": { "modelChecker": { "engine": "all" }, "viaIR": true, "outputSelection": { "*": { "*": ["*"] } } },
            "auxiliaryInput": {},
        }));
        let input = input.unwrap();
        assert_eq!(input.settings(), json!({ "viaIR": true }));
        assert_eq!(input.value()["settings"]["outputSelection"], selection());
        assert_eq!(input.value()["sources"], json!({ "a.sol": { "content": "" } }));
        assert_eq!(input.value().get("auxiliaryInput"), None);
    }

    #[test]
    fn a_single_file_is_compiled_as_the_code_on_the_ledger_was() {
        let file = |text: &str| serde_json::from_str::<SingleFile>(text).unwrap();
        let bare = [0xa1, 0x64, 0x73, 0x6f, 0x6c, 0x63, 0x43, 0, 8, 0x1e, 0, 0x0a];
        let text = r#"{"source": "contract A {}", "optimizer": true, "evmVersion": "cancun"}"#;
        let input = Input::single(file(text), &bare, [0, 8, 30]).unwrap();
        assert_eq!(
            input.settings(),
            json!({ "optimizer": { "enabled": true, "runs": 200 }, "evmVersion": "cancun", "metadata": { "bytecodeHash": "none" } })
        );
        let input = Input::single(file(text), &[], [0, 8, 30]).unwrap();
        assert_eq!(input.settings().get("metadata"), None);
        assert_eq!(input.text("Contract.sol"), Some("contract A {}"));
    }
}
