//! Verification: whether a source is that of a contract on a ledger.

use crate::{
    compare::{self, Compiled, Difference, Filled, Hint, Match},
    compilers::{Compilers, Release},
    error::Error,
    input::Input,
};
use alloy_primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use thiserror::Error;

/// Messages of the compiler that are given back, at most: nobody reads more at once.
const MESSAGES_MAX: usize = 50;
/// Characters of a message, at most.
const MESSAGE_CHARACTERS_MAX: usize = 2_000;
/// Names of contracts that are listed where the one that was asked for is missing, at most.
const NAMES_MAX: usize = 50;

/// What is to be verified.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The source with its settings.
    pub input: Input,
    /// Which contract of it: `Name` or `path:Name`. Without it, any that fits.
    pub contract: Option<String>,
    /// The code on the ledger.
    pub deployed: Bytes,
    /// The input of the transaction that created the contract, if a transaction did.
    pub creation: Option<Bytes>,
    /// What the constructor was given, as its author says. It is compared with the creation.
    pub arguments: Option<Bytes>,
}

/// What verification found out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// How well the source fits.
    pub fits: Match,
    /// The file of the contract.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The release that compiled it.
    pub compiler: String,
    /// Its ABI.
    pub abi: Value,
    /// The settings of the compiler.
    pub settings: Value,
    /// The files: texts by path.
    pub sources: Map<String, Value>,
    /// Libraries that its code is linked to, by `path:Name`.
    pub libraries: BTreeMap<String, Address>,
    /// Values of immutables, by the number that the compiler gave to their declaration.
    pub immutables: BTreeMap<String, Bytes>,
    /// How well the code of its constructor fits, where a transaction created it.
    pub creation: Option<Match>,
    /// What its constructor was given, where a transaction created it and its code fits.
    pub arguments: Option<Bytes>,
}

/// A message of the compiler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// `error` or `warning`.
    pub severity: String,
    /// Its kind, as the compiler names it: `ParserError`.
    pub kind: String,
    /// The file; empty if it concerns none.
    pub path: String,
    /// The line in it, from 1; zero if it concerns none.
    pub line: usize,
    /// The place in the line, from 1.
    pub column: usize,
    /// What the compiler says.
    pub text: String,
}

/// Why a source is not that of a contract.
#[derive(Debug, Error)]
pub enum Refusal {
    /// There is no code.
    #[error("there is no code at this address")]
    NoCode,
    /// The compiler refuses the source.
    #[error("the source does not compile")]
    NotCompiled {
        /// What the compiler says.
        messages: Vec<Message>,
    },
    /// The source has no such contract.
    #[error("the source has no contract {wanted} with code")]
    NoContract {
        /// The one that was asked for; empty for any.
        wanted: String,
        /// Those that it has.
        contracts: Vec<String>,
    },
    /// The code is another one.
    #[error("the code of {} is not that on the ledger: they differ from byte {} on", difference.contract, difference.first)]
    Mismatch {
        /// Where, and what may be the reason.
        difference: Box<Difference>,
    },
    /// The code fits, but the constructor was given something else.
    #[error("the constructor was given {found}")]
    Arguments {
        /// What the ledger says.
        found: String,
    },
    /// The arguments cannot be compared: no transaction created the contract, or the code of its constructor is another.
    #[error(
        "the arguments of the constructor cannot be compared: no transaction with its code created the contract"
    )]
    ArgumentsUnknown,
    /// The compiler failed.
    #[error(transparent)]
    Compiler(#[from] Error),
}

/// A contract in the answer of the compiler.
struct Candidate<'a> {
    path: &'a str,
    name: &'a str,
    output: &'a Value,
    runtime: Compiled,
}

impl Candidate<'_> {
    fn full_name(&self) -> String {
        format!("{}:{}", self.path, self.name)
    }

    fn is(&self, wanted: &str) -> bool {
        wanted == self.name || wanted == self.full_name()
    }
}

/// Compiles a source and compares it with a contract. Blocks as [`Compilers::compile`].
///
/// # Errors
/// [`Refusal`].
pub fn verify(compilers: &Compilers, release: &Release, claim: &Claim) -> Result<Verified, Refusal> {
    if claim.deployed.is_empty() {
        return Err(Refusal::NoCode);
    }
    let output = compilers.compile(release, claim.input.value())?;
    judge(&output, release, claim)
}

fn judge(output: &Value, release: &Release, claim: &Claim) -> Result<Verified, Refusal> {
    let messages = messages(output, &claim.input);
    if messages.iter().any(|message| message.severity == "error") {
        return Err(Refusal::NotCompiled { messages });
    }
    let all = candidates(output);
    let wanted = claim
        .contract
        .as_deref()
        .map(str::trim)
        .filter(|wanted| !wanted.is_empty());
    let contracts = || all.iter().map(Candidate::full_name).take(NAMES_MAX).collect();
    let mut best: Option<(&Candidate<'_>, Match, Filled)> = None;
    let mut nearest: Option<(usize, Difference)> = None;
    for candidate in all
        .iter()
        .filter(|one| wanted.is_none_or(|wanted| one.is(wanted)))
    {
        match candidate.runtime.compare(&claim.deployed) {
            Ok((fits, filled)) if best.as_ref().is_none_or(|(_, known, _)| fits > *known) => {
                best = Some((candidate, fits, filled));
            }
            Ok(_) => {}
            Err(hint) => {
                let distance = candidate.runtime.bytes().abs_diff(claim.deployed.len());
                if nearest.as_ref().is_none_or(|(known, _)| distance < *known) {
                    nearest = Some((distance, difference(candidate, release, claim, hint)));
                }
            }
        }
    }
    match (best, nearest) {
        (Some((candidate, fits, filled)), _) => verified(candidate, (fits, filled), release, claim),
        (None, Some((_, difference))) => Err(Refusal::Mismatch {
            difference: Box::new(difference),
        }),
        (None, None) => Err(Refusal::NoContract {
            wanted: wanted.unwrap_or_default().to_owned(),
            contracts: contracts(),
        }),
    }
}

fn difference(candidate: &Candidate<'_>, release: &Release, claim: &Claim, hint: Hint) -> Difference {
    let version = release.version.short();
    candidate
        .runtime
        .difference(&candidate.full_name(), &claim.deployed, hint, &version)
}

fn verified(
    candidate: &Candidate<'_>,
    (fits, filled): (Match, Filled),
    release: &Release,
    claim: &Claim,
) -> Result<Verified, Refusal> {
    let part = candidate.output.pointer("/evm/bytecode");
    let constructor = part.and_then(Compiled::read);
    let created = constructor
        .zip(claim.creation.as_ref())
        .and_then(|(constructor, input)| compare::arguments(&constructor, input));
    if let Some(told) = &claim.arguments {
        match &created {
            None => return Err(Refusal::ArgumentsUnknown),
            Some((_, found)) if found != told => {
                return Err(Refusal::Arguments {
                    found: compare::shown(found),
                });
            }
            Some(_) => {}
        }
    }
    let (creation, arguments) = created.unzip();
    Ok(Verified {
        fits,
        path: candidate.path.to_owned(),
        name: candidate.name.to_owned(),
        compiler: release.version.to_string(),
        abi: candidate.output.get("abi").cloned().unwrap_or_default(),
        settings: claim.input.settings(),
        sources: claim.input.texts(),
        libraries: filled.libraries,
        immutables: filled.immutables,
        creation,
        arguments,
    })
}

/// The contracts that have code.
fn candidates(output: &Value) -> Vec<Candidate<'_>> {
    let mut all = Vec::new();
    for (path, contracts) in output
        .get("contracts")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for (name, output) in contracts.as_object().into_iter().flatten() {
            let runtime = output.pointer("/evm/deployedBytecode").and_then(Compiled::read);
            all.extend(runtime.map(|runtime| Candidate {
                path,
                name,
                output,
                runtime,
            }));
        }
    }
    all
}

/// What the compiler says, errors first.
fn messages(output: &Value, input: &Input) -> Vec<Message> {
    let said = output
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut messages: Vec<Message> = said.map(|message| shown(message, input)).collect();
    messages.sort_by_key(|message| message.severity != "error");
    messages.truncate(MESSAGES_MAX);
    messages
}

fn shown(message: &Value, input: &Input) -> Message {
    let text = |name: &str| {
        let text = message.get(name).and_then(Value::as_str).unwrap_or_default();
        text.chars().take(MESSAGE_CHARACTERS_MAX).collect::<String>()
    };
    let path = message
        .pointer("/sourceLocation/file")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let start = message.pointer("/sourceLocation/start").and_then(Value::as_u64);
    let place = start
        .and_then(|start| usize::try_from(start).ok())
        .and_then(|start| input.text(path)?.as_bytes().get(..start));
    let (line, column) = place.map_or((0, 0), |before| {
        let lines = before.split(|byte| *byte == b'\n');
        let last = lines.clone().next_back().unwrap_or_default();
        (lines.count(), String::from_utf8_lossy(last).chars().count() + 1)
    });
    Message {
        severity: text("severity"),
        kind: text("type"),
        path: path.to_owned(),
        line,
        column,
        text: text("message"),
    }
}
