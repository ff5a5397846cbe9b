//! A proposal before it is made: its actions, from the command line or a file.

use crate::{
    account::Account,
    contracts::{
        SendOptions,
        catalog::{Catalog, catalog},
        connection::Connection,
        fault::{Called, Failure},
        send::Outgoing,
        show::{Presenter, inline, now},
        value::ArgumentReader,
    },
};
use alloy_dyn_abi::JsonAbiExt;
use alloy_primitives::{Address, B256, Bytes, hex, keccak256};
use alloy_sol_types::SolCall;
use anyhow::{Context, ensure};
use civitas_system_contracts::{address::GOVERNANCE, interfaces::IGovernance};
use serde::Deserialize;
use serde_json::Value;
use std::{fs, path::Path};

/// What Governance takes as a proposal, at most.
const ACTIONS_MAX: usize = civitas_system_contracts::governance::ACTIONS_MAX;

/// A proposal that is not made yet.
pub struct Draft {
    /// Its title.
    pub title: String,
    /// In whose name.
    pub organisation: B256,
    /// What it does.
    pub actions: Vec<Action>,
}

/// One call that Governance would make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The system contract.
    pub to: Address,
    /// Selector and arguments.
    pub data: Bytes,
}

/// A file with a proposal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftFile {
    /// Its title.
    pub title: Option<String>,
    /// The organisation in whose name it is made.
    #[serde(rename = "as")]
    pub organisation: Option<String>,
    /// What it does.
    #[serde(rename = "action")]
    pub actions: Vec<ActionEntry>,
}

/// An action of a file: `call`, or contract, function and arguments.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum ActionEntry {
    /// `Contract.function(arguments)`.
    Call {
        /// The call.
        call: String,
    },
    /// In parts.
    Parts {
        /// The contract.
        contract: String,
        /// The function.
        function: String,
        /// An array in order, or a table by name.
        arguments: Value,
    },
}

impl Draft {
    /// A proposal of one call.
    ///
    /// # Errors
    /// The organisation is neither a name nor an id.
    pub fn of_call(title: String, organisation: &str, to: Address, data: Bytes) -> anyhow::Result<Self> {
        Ok(Self {
            title,
            organisation: organisation_id(organisation)?,
            actions: vec![Action { to, data }],
        })
    }

    /// Sends it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn propose(
        &self,
        connection: &Connection,
        presenter: &Presenter<'_>,
        account: &Account,
        options: &SendOptions,
    ) -> anyhow::Result<()> {
        let count = self.actions.len();
        ensure!(
            (1..=ACTIONS_MAX).contains(&count),
            "a proposal has 1 to {ACTIONS_MAX} actions, this one has {count}"
        );
        let call = IGovernance::proposeCall {
            organisation: self.organisation,
            title: self.title.clone(),
            actions: self
                .actions
                .iter()
                .map(|action| IGovernance::Action {
                    target: action.to,
                    data: action.data.clone(),
                })
                .collect(),
        };
        let outgoing = Outgoing {
            called: governance(IGovernance::proposeCall::SELECTOR)?,
            to: GOVERNANCE,
            data: call.abi_encode().into(),
            account,
        };
        options.deliver(connection, presenter, &outgoing).await
    }
}

/// A function of Governance.
///
/// # Errors
/// This program has no Governance.
pub fn governance(selector: [u8; 4]) -> anyhow::Result<Called<'static>> {
    let contract = catalog().at(&GOVERNANCE).context("there is no Governance")?;
    let function = contract
        .function_of(selector)
        .context("Governance has no such function")?;
    Ok(Called { contract, function })
}

/// The id of an organisation: 32 bytes in hexadecimal, or the hash of its name.
///
/// # Errors
/// It is neither.
pub fn organisation_id(text: &str) -> anyhow::Result<B256> {
    if !text.starts_with("0x") {
        return Ok(keccak256(text));
    }
    let id = text.parse().ok();
    id.ok_or_else(|| {
        Failure::usage(format!(
            "`{text}` is no organisation: give its name, or 32 bytes in hexadecimal"
        ))
        .into()
    })
}

impl DraftFile {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or is no proposal.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not a proposal", path.display()))
    }
}

impl ActionEntry {
    /// The action.
    ///
    /// # Errors
    /// No such contract or function, or arguments that do not fit.
    pub fn action(&self, connection: &Connection) -> anyhow::Result<Action> {
        match self {
            Self::Call { call } => parse(call, connection),
            Self::Parts {
                contract,
                function,
                arguments,
            } => {
                let called = find(catalog(), contract, function)?;
                let values = reader(called, connection).json_arguments(called.function, arguments)?;
                Ok(Action {
                    to: called.contract.system.address,
                    data: called.function.abi_encode_input(&values)?.into(),
                })
            }
        }
    }
}

/// Reads `Contract.function(arguments)`.
///
/// # Errors
/// As [`ActionEntry::action`].
pub fn parse(text: &str, connection: &Connection) -> anyhow::Result<Action> {
    let (contract, function, arguments) = split(text).ok_or_else(|| {
        Failure::usage(format!(
            "`{text}` is no action: write Contract.function(arguments), for example \
             'Organisations.join(\"City Bank\", Business, 10, yes)'"
        ))
    })?;
    let called = find(catalog(), &contract, &function)?;
    let wanted = called.function.inputs.len();
    if arguments.len() != wanted {
        let why = format!(
            "{} takes {wanted} arguments, `{text}` has {}",
            called.name(),
            arguments.len()
        );
        return Err(Failure::usage(why).into());
    }
    let values = reader(called, connection).arguments(called.function, &arguments)?;
    Ok(Action {
        to: called.contract.system.address,
        data: called.function.abi_encode_input(&values)?.into(),
    })
}

fn reader<'a>(called: Called<'a>, connection: &'a Connection) -> ArgumentReader<'a> {
    ArgumentReader {
        catalog: catalog(),
        contract: called.contract,
        nodes: &connection.nodes,
        now: now(),
    }
}

fn find<'a>(catalog: &'a Catalog, contract: &str, function: &str) -> Result<Called<'a>, Failure> {
    let known = || {
        let names = catalog.contracts.iter().map(|contract| contract.system.name);
        names.collect::<Vec<_>>().join(", ")
    };
    let contract = catalog
        .named(contract)
        .ok_or_else(|| Failure::usage(format!("there is no contract {contract}, there are {}", known())))?;
    let found = contract.function(function);
    let function = found.ok_or_else(|| {
        Failure::usage(format!(
            "{} has no function {function}: see `civitas {} --help`",
            contract.system.name, contract.noun
        ))
    })?;
    Ok(Called { contract, function })
}

/// Contract, function and arguments of a call in text. Text in double quotes is read as JSON has it.
fn split(text: &str) -> Option<(String, String, Vec<String>)> {
    let (head, rest) = text.trim().split_once('(')?;
    let (contract, function) = head.trim().split_once('.')?;
    let inside = rest.strip_suffix(')')?;
    let mut parts = Vec::new();
    let (mut part, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for character in inside.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth = depth.checked_sub(1)?,
            ',' if !quoted && depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(character);
    }
    if quoted || depth != 0 {
        return None;
    }
    if !part.trim().is_empty() || !parts.is_empty() {
        parts.push(part);
    }
    let arguments: Option<Vec<String>> = parts.iter().map(|part| unquote(part.trim())).collect();
    Some((contract.trim().to_owned(), function.trim().to_owned(), arguments?))
}

fn unquote(text: &str) -> Option<String> {
    if text.starts_with('"') {
        return serde_json::from_str(text).ok();
    }
    Some(text.to_owned())
}

/// An action in words: `Organisations.join(name: City Bank, kind: Business, ...)`.
pub fn describe(presenter: &Presenter<'_>, action: &Action) -> String {
    let selector = action.data.first_chunk::<4>().copied();
    let found = presenter.catalog.at(&action.to).zip(selector);
    let found = found.and_then(|(contract, selector)| Some((contract, contract.function_of(selector)?)));
    let Some((contract, function)) = found else {
        return format!(
            "call of {} with {}",
            action.to,
            hex::encode_prefixed(&action.data)
        );
    };
    let called = Called { contract, function };
    match function.abi_decode_input(action.data.get(4..).unwrap_or_default()) {
        Ok(values) => {
            let values = presenter.all(&function.inputs, &values);
            format!("{}({})", called.name(), inline(&values))
        }
        Err(_) => format!(
            "{} with arguments that do not decode: {}",
            called.name(),
            hex::encode_prefixed(&action.data)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::show::Names;

    #[test]
    fn calls_are_split_at_commas_outside_of_quotes_and_brackets() {
        let split = |text: &str| split(text).map(|(_, _, arguments)| arguments);
        let owned = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!(
            split(r#"Organisations.join("City, Bank \"1\"", Business, 10, yes)"#),
            owned(&[r#"City, Bank "1""#, "Business", "10", "yes"])
        );
        assert_eq!(split("Governance.proposalCount()"), owned(&[]));
        assert_eq!(
            split(r#"Governance.setRule(Roles, {"a": 1, "b": [1, 2]})"#),
            owned(&["Roles", r#"{"a": 1, "b": [1, 2]}"#])
        );
        assert_eq!(
            split("Control.protectFunction(dev1, transfer(address,uint256), yes)"),
            owned(&["dev1", "transfer(address,uint256)", "yes"])
        );
        assert_eq!(split(r#"A.b("", x)"#), owned(&["", "x"]));
        for wrong in ["join", "A.b", "A.b(", "b(1)", r#"A.b("x)"#, "A.b(])"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contracts_and_functions_are_found_by_their_words() {
        assert_eq!(
            find(catalog(), "organisation", "set-status").unwrap().name(),
            "Organisations.setStatus"
        );
        let text = |result: Result<Called<'_>, Failure>| result.err().unwrap().to_string();
        assert!(text(find(catalog(), "Banks", "join")).contains("there is no contract Banks"));
        assert!(text(find(catalog(), "Control", "join")).contains("civitas control --help"));
    }

    #[test]
    fn actions_are_described_in_words() {
        let names = Names::default();
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: 0,
        };
        let call = IGovernance::withdrawCall { id: 7 };
        let action = Action {
            to: GOVERNANCE,
            data: call.abi_encode().into(),
        };
        assert_eq!(describe(&presenter, &action), "Governance.withdraw(id: 7)");
        let unknown = Action {
            to: Address::ZERO,
            data: Bytes::from_static(&[1]),
        };
        assert!(describe(&presenter, &unknown).starts_with("call of 0x0000"));
    }

    #[test]
    fn a_file_has_actions_as_calls_or_in_parts() {
        let text = r#"
            title = "A bank joins"
            as = "Governance Office"
            [[action]]
            call = 'Organisations.join("City Bank", Business, 10, yes)'
            [[action]]
            contract = "Control"
            function = "freezeAccount"
            arguments = { account = "dev3", reason = "a test" }
        "#;
        let file: DraftFile = toml::from_str(text).unwrap();
        assert_eq!(file.organisation.as_deref(), Some("Governance Office"));
        assert_eq!(file.actions.len(), 2);
        assert!(matches!(&file.actions[1], ActionEntry::Parts { arguments, .. }
            if arguments["reason"] == "a test"));
        assert!(toml::from_str::<DraftFile>("titel = \"x\"\naction = []").is_err());
    }
}
