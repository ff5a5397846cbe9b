//! Sources of contracts: their verification, and ABIs that somebody gave.

use super::contracts::Argument;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The compilers that are here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compilers {
    /// The releases, the newest first.
    pub items: Vec<CompilerRelease>,
    /// Files that look like compilers, but cannot be used; only for who runs the console.
    pub unusable: Vec<UnusableCompiler>,
    /// The folder that they are looked for in; only for who runs the console.
    pub folder: Option<String>,
}

/// A release of the Solidity compiler.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompilerRelease {
    /// Its version, with the commit.
    pub version: String,
    /// Whether it compiles at once. Otherwise its first use makes it ready, which takes about a minute.
    pub ready: bool,
}

/// A file that cannot be used.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnusableCompiler {
    /// The file.
    pub file: String,
    /// Why not.
    pub reason: String,
}

/// A source that is claimed to be that of a contract: Standard JSON, or one file with its settings.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceClaim {
    /// Standard JSON, as compilers read it, with the content of each file.
    #[serde(default)]
    #[schema(value_type = Option<Value>)]
    pub standard_json: Option<Value>,
    /// One file, in place of Standard JSON.
    #[serde(default)]
    pub file: Option<SourceFile>,
    /// The release that compiles it; the one that the code names without it.
    #[serde(default)]
    pub compiler: Option<String>,
    /// Name of the contract, or `path:Name`; any contract of the source that fits without it.
    #[serde(default)]
    pub contract: Option<String>,
    /// What the constructor was given, in hexadecimal; it is compared with the creation.
    #[serde(default)]
    pub constructor_arguments: Option<String>,
}

/// One file with what is needed to compile it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceFile {
    /// Its text.
    pub source: String,
    /// Its path; `Contract.sol` without it.
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
    /// Whether it is compiled by way of Yul (`viaIR`).
    #[serde(default)]
    pub via_ir: bool,
}

/// An ABI that somebody gives for a contract.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbiClaim {
    /// The ABI, as compilers write it.
    #[schema(value_type = Vec<Value>)]
    pub abi: Value,
    /// Name of the contract.
    #[serde(default)]
    pub name: Option<String>,
}

/// What is known about the source of a contract.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractSource {
    /// `full`: the code is that of the source, with the hash of its metadata. `partial`: it is but for that hash. `given`:
    /// somebody gave an ABI, no source is verified. `none`: nothing is known.
    pub state: String,
    /// Who verified the source or gave the ABI.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// `path:Name` of the contract.
    pub contract: Option<String>,
    /// The release that compiled the source.
    pub compiler: Option<String>,
    /// The settings of the compiler.
    #[schema(value_type = Option<Value>)]
    pub settings: Option<Value>,
    /// The files: texts by path.
    pub sources: BTreeMap<String, String>,
    /// Libraries that the code is linked to, by `path:Name`.
    pub libraries: BTreeMap<String, String>,
    /// Whether the code of the constructor fits too: `full` or `partial`; none where no transaction created the contract, or
    /// its code does not fit.
    pub creation: Option<String>,
    /// What the constructor was given.
    pub constructor_arguments: Vec<Argument>,
    /// The release that the code on the ledger names.
    pub code_compiler: Option<String>,
    /// Whether the code on the ledger carries a hash of its metadata, and so of each byte of its source.
    pub code_hashed: bool,
}
