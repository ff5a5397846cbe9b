//! Refusals in words: custom errors of the contracts with their arguments, and what helps.

use super::{
    catalog::{Catalog, Contract},
    connection::CallError,
    show::{Presenter, Shown, inline},
};
use alloy_dyn_abi::{DynSolValue, JsonAbiExt};
use alloy_json_abi::Function;
use alloy_primitives::{Bytes, hex};
use serde_json::{Map, Value, json};
use std::fmt;
use thiserror::Error;

/// Why a command did not do what it should, with an exit code of its own.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command is not complete or not right.
    #[error("{why}")]
    Usage {
        /// What is missing or wrong, and how it should be.
        why: String,
    },
    /// The ledger refused.
    #[error("{refusal}")]
    Refused {
        /// What, why, and what helps.
        refusal: Box<Refusal>,
    },
    /// The transaction was ordered, and left out of its block: it can still be in a later one.
    #[error("{refusal}")]
    Omitted {
        /// What, why, and what helps.
        refusal: Box<Refusal>,
    },
    /// No node answers, or the transaction is in no block in time.
    #[error("{why}")]
    Unreachable {
        /// Who does not answer, and what to do.
        why: String,
        /// What went wrong with the node that was asked last.
        #[source]
        source: Option<CallError>,
    },
}

impl Failure {
    /// The exit code of the program.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Refused { .. } | Self::Omitted { .. } => 4,
            Self::Unreachable { .. } => 5,
        }
    }

    /// A command that is not complete or not right.
    pub fn usage(why: impl Into<String>) -> Self {
        Self::Usage { why: why.into() }
    }

    /// Nobody answers in time.
    pub fn unreachable(why: impl Into<String>) -> Self {
        Self::Unreachable {
            why: why.into(),
            source: None,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            refusal: Box::new(refusal),
        }
    }
}

/// A refusal of the ledger.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What was refused.
    pub what: String,
    /// Why, in one line.
    pub why: String,
    /// What helps.
    pub cure: Option<String>,
    /// The error for scripts.
    pub json: Value,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} was refused: {}", self.what, self.why)?;
        match &self.cure {
            Some(cure) => write!(formatter, "\n  {cure}"),
            None => Ok(()),
        }
    }
}

impl Refusal {
    /// A refusal with a text only: that of the door or of the gate of a block.
    pub fn told(what: &str, why: &str) -> Self {
        Self {
            what: what.to_owned(),
            why: why.to_owned(),
            cure: None,
            json: json!({ "error": "Denied", "message": why }),
        }
    }

    /// A refusal by the output of a reverted call.
    pub fn reverted(presenter: &Presenter<'_>, call: Called<'_>, output: &Bytes) -> Self {
        let what = call.name();
        match Fault::decode(presenter, Some(call.contract), output) {
            Some(fault) => Self {
                what,
                why: fault.to_string(),
                cure: cure(presenter.catalog, call, &fault),
                json: fault.json(),
            },
            None => Self {
                what,
                why: format!("the call reverted with {output}"),
                cure: None,
                json: json!({ "error": "Reverted", "data": output }),
            },
        }
    }
}

/// The function that a refusal is about.
#[derive(Clone, Copy)]
pub struct Called<'a> {
    /// Its contract.
    pub contract: &'a Contract,
    /// The function.
    pub function: &'a Function,
}

impl Called<'_> {
    /// `Contract.function`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.contract.system.name, self.function.name)
    }
}

/// A custom error with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<(String, Shown)>,
    /// The error inside: that of the action of a proposal.
    pub inner: Option<Box<Fault>>,
}

impl Fault {
    /// Decodes the output of a call that reverted.
    pub fn decode(presenter: &Presenter<'_>, preferred: Option<&Contract>, output: &[u8]) -> Option<Self> {
        let selector = output.first_chunk::<4>().copied()?;
        let (_, error) = presenter.catalog.error(selector, preferred)?;
        let values = error.abi_decode_input(output.get(4..)?).ok()?;
        let inner = values.iter().find_map(|value| match value {
            DynSolValue::Bytes(bytes) => Self::decode(presenter, None, bytes),
            _ => None,
        });
        Some(Self {
            name: error.name.clone(),
            arguments: presenter.all(&error.inputs, &values),
            inner: inner.map(Box::new),
        })
    }

    /// For scripts.
    pub fn json(&self) -> Value {
        let arguments = self.arguments.iter();
        let arguments: Map<String, Value> = arguments
            .map(|(name, value)| (name.clone(), value.json()))
            .collect();
        let mut json = json!({ "error": self.name, "arguments": arguments });
        if let Some(inner) = &self.inner {
            json["inner"] = inner.json();
        }
        json
    }

    fn argument(&self, name: &str) -> Option<String> {
        let found = self.arguments.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.inline())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Some(inner) => {
                let known: Vec<(String, Shown)> = self
                    .arguments
                    .iter()
                    .filter(|(name, _)| name != "reason")
                    .cloned()
                    .collect();
                write!(formatter, "{}({}): {inner}", self.name, inline(&known))
            }
            None => write!(formatter, "{}({})", self.name, inline(&self.arguments)),
        }
    }
}

/// What helps against an error, where that can be said without knowing more.
fn cure(catalog: &Catalog, call: Called<'_>, fault: &Fault) -> Option<String> {
    let value = |name: &str| fault.argument(name).unwrap_or_default();
    let target = call.contract.system.name;
    let function = &call.function.name;
    Some(match fault.name.as_str() {
        "Unauthorized" => match call.contract.kind_of(call.function) {
            Some(_) if catalog.named("Roles").is_none() => {
                "propose it: add --propose \"Title\" --as ORGANISATION".to_owned()
            }
            Some(_) => format!(
                "propose it (--propose \"Title\" --as ORGANISATION), or ask who may: \
                 civitas role whoCan Call {target} {target}.{function} 0 100"
            ),
            None => format!(
                "ask who may, civitas role whoCan Call {target} {target}.{function} 0 100, and sign with --key of such an account"
            ),
        },
        "NotARepresentative" => {
            "sign with --key of a representative of an organisation that votes: \
             civitas role holdersOf Representative 0 100"
                .to_owned()
        }
        "OrganisationUnknown" => "see the organisations: civitas organisation organisations 0 100".to_owned(),
        "RoleUnknown" => "see the roles: civitas role roles 0 100".to_owned(),
        "ProposalUnknown" => "see the proposals: civitas proposal list".to_owned(),
        "ProposalNotOpen" | "AlreadyVoted" | "ProposerCannotVote" => {
            format!("see where it stands: civitas proposal show {}", value("id"))
        }
        "ProposalNotExecutable" => format!(
            "it is {}, executable from {}: civitas proposal show {}",
            value("status"),
            value("executableFrom"),
            value("id")
        ),
        "ActionNotAllowed" => {
            "only functions that Governance calls can be proposed: they stand under `by proposal` in the help of each \
             contract"
                .to_owned()
        }
        "ActionFailed" => "see what it would do: civitas proposal rehearse".to_owned(),
        "UnknownFunction" => {
            "the node runs another version of the contract than this program knows: use the same version".to_owned()
        }
        _ => return None,
    })
}

/// The output of a reverted call in words.
pub fn describe(presenter: &Presenter<'_>, preferred: Option<&Contract>, output: &Bytes) -> String {
    match Fault::decode(presenter, preferred, output) {
        Some(fault) => fault.to_string(),
        None if output.is_empty() => "reverted without a reason".to_owned(),
        None => format!("reverted with {}", hex::encode_prefixed(output)),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{catalog::catalog, show::Names},
        *,
    };
    use alloy_primitives::{B256, FixedBytes, address};
    use alloy_sol_types::{Revert, SolError};
    use civitas_system_contracts::{
        fault::UnknownFunction,
        interfaces::{IControl, IGovernance, IOrganisations},
    };

    fn refusal(contract: &str, function: &str, error: &impl SolError) -> Refusal {
        let names = Names::default();
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: 0,
        };
        let contract = catalog().named(contract).unwrap();
        let function = contract.function(function).unwrap();
        Refusal::reverted(
            &presenter,
            Called { contract, function },
            &error.abi_encode().into(),
        )
    }

    #[test]
    fn custom_errors_have_names_arguments_and_a_cure() {
        let error = IOrganisations::Unauthorized {
            caller: address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            selector: FixedBytes([0; 4]),
        };
        let refused = refusal("Organisations", "join", &error);
        assert_eq!(refused.what, "Organisations.join");
        assert!(
            refused.why.starts_with("Unauthorized(caller: 0x7099"),
            "{}",
            refused.why
        );
        assert!(refused.cure.unwrap().contains("--propose"));
        let error = IControl::AccountNotFrozen {
            account: address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            status: IControl::AccountStatus::Cancelled,
        };
        let refused = refusal("Control", "unfreezeAccount", &error);
        assert_eq!(refused.json["arguments"]["status"], "Cancelled");
        assert_eq!(refused.cure, None);
    }

    #[test]
    fn the_error_of_an_action_is_shown_inside() {
        let inner = IOrganisations::OrganisationUnknown {
            id: B256::repeat_byte(1),
        };
        let error = IGovernance::ActionFailed {
            index: 2,
            reason: inner.abi_encode().into(),
        };
        let refused = refusal("Governance", "execute", &error);
        assert!(
            refused
                .why
                .starts_with("ActionFailed(index: 2): OrganisationUnknown(id: 0x0101")
        );
        assert_eq!(refused.json["inner"]["error"], "OrganisationUnknown");
    }

    #[test]
    fn common_errors_and_unknown_ones() {
        let unknown = UnknownFunction {
            selector: FixedBytes([1, 2, 3, 4]),
        };
        let refused = refusal("Governance", "vote", &unknown);
        assert_eq!(refused.why, "UnknownFunction(selector: 0x01020304)");
        let reverted = refusal("Governance", "vote", &Revert::from("no".to_owned()));
        assert_eq!(reverted.why, "Error(reason: no)");
        let names = Names::default();
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: 0,
        };
        let text = describe(&presenter, None, &Bytes::from_static(&[9, 9, 9, 9]));
        assert_eq!(text, "reverted with 0x09090909");
    }
}
