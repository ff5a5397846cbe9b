//! What a proposal would do: its actions, run in the name of Governance on a copy of the newest state.
//!
//! The node runs them (`eth_simulateV1`); nothing is written. Before and after each action every getter of its contract
//! that its arguments suffice for is read, so that a change shows as old and new value without a word about any
//! contract here.

use super::draft::{Action, describe};
use crate::contracts::{
    catalog::{Contract, is_view},
    connection::{CallError, Connection, LogParts},
    fault,
    send::{Occurrence, occurrences},
    show::Presenter,
};
use alloy_dyn_abi::{DynSolValue, FunctionExt, JsonAbiExt};
use alloy_json_abi::{Function, Param};
use alloy_primitives::{Address, Bytes, U64};
use civitas_system_contracts::address::GOVERNANCE;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Getters that say nothing to people.
const SILENT: &[&str] = &["generation"];

/// A call of a simulation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulatedCall {
    /// Who calls.
    pub from: Address,
    /// Whom; none to create a contract.
    pub to: Option<Address>,
    /// Selector and arguments.
    pub data: Bytes,
}

/// What a call of a simulation gave.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedResult {
    status: U64,
    return_data: Bytes,
    #[serde(default)]
    logs: Vec<LogParts>,
    error: Option<SimulatedError>,
}

#[derive(Clone, Debug, Deserialize)]
struct SimulatedError {
    message: String,
    data: Option<Bytes>,
}

#[derive(Debug, Deserialize)]
struct SimulatedBlock {
    calls: Vec<SimulatedResult>,
}

impl SimulatedResult {
    /// The output of a call that was executed to its end.
    pub fn output(&self) -> Option<&Bytes> {
        (!self.status.is_zero()).then_some(&self.return_data)
    }

    /// Why it failed, in words.
    pub fn failure(&self, presenter: &Presenter<'_>, contract: Option<&Contract>) -> Option<String> {
        if !self.status.is_zero() {
            return None;
        }
        let data = self.error.as_ref().and_then(|error| error.data.as_ref());
        let output = data.unwrap_or(&self.return_data);
        if output.is_empty()
            && let Some(error) = &self.error
        {
            return Some(error.message.clone());
        }
        Some(fault::describe(presenter, contract, output))
    }
}

/// Runs calls one after another on a copy of the newest state.
///
/// # Errors
/// [`CallError`]: the node does not answer, or the ledger does not let one of the callers call.
pub async fn simulate(
    connection: &Connection,
    calls: &[SimulatedCall],
) -> Result<Vec<SimulatedResult>, CallError> {
    let calls: Vec<Value> = calls
        .iter()
        .map(|call| match call.to {
            Some(to) => json!({ "from": call.from, "to": to, "input": call.data }),
            None => json!({ "from": call.from, "input": call.data }),
        })
        .collect();
    let expected = calls.len();
    let payload = json!({ "blockStateCalls": [{ "calls": calls }] });
    let blocks: Vec<SimulatedBlock> = connection
        .ask("eth_simulateV1", vec![payload, json!("latest")])
        .await?;
    let results: Vec<SimulatedResult> = blocks.into_iter().flat_map(|block| block.calls).collect();
    if results.len() != expected {
        let message = format!("{} results of {expected} simulated calls", results.len());
        return Err(CallError::Refused { message });
    }
    Ok(results)
}

/// The calls that Governance makes for actions.
pub fn calls_of(actions: &[Action]) -> Vec<SimulatedCall> {
    let calls = actions.iter().map(|action| SimulatedCall {
        from: GOVERNANCE,
        to: Some(action.to),
        data: action.data.clone(),
    });
    calls.collect()
}

/// What one action would do.
pub struct Effect {
    /// The action in words.
    pub action: String,
    /// Why it would fail.
    pub failure: Option<String>,
    /// Events of system contracts.
    pub events: Vec<Occurrence>,
    /// What getters would answer otherwise.
    pub changes: Vec<Change>,
}

/// A value that an action changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Getter and field.
    pub path: String,
    /// Its value now; none if there is none.
    pub before: Option<String>,
    /// Its value after the action; none if there is none.
    pub after: Option<String>,
}

impl Effect {
    /// For scripts.
    pub fn json(&self) -> Value {
        let events: Vec<Value> = self.events.iter().map(Occurrence::json).collect();
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|change| json!({ "path": change.path, "before": change.before, "after": change.after }))
            .collect();
        json!({ "action": self.action, "failure": self.failure, "events": events, "changes": changes })
    }

    /// Prints it as a diff.
    pub fn print(&self, index: usize) {
        println!("{index}. {}", self.action);
        if let Some(failure) = &self.failure {
            println!("   ! would be refused: {failure}");
        }
        for change in &self.changes {
            match (&change.before, &change.after) {
                (Some(before), Some(after)) => println!("   ~ {}: {before} -> {after}", change.path),
                (None, Some(after)) => println!("   + {}: {after}", change.path),
                (Some(before), None) => println!("   - {}: {before}", change.path),
                (None, None) => {}
            }
        }
        for event in &self.events {
            println!("   + {}", event.line());
        }
    }
}

/// A getter with its arguments.
struct Look<'a> {
    contract: &'a Contract,
    function: &'a Function,
    data: Bytes,
}

/// Runs actions one after another and says what each would do.
///
/// # Errors
/// As [`simulate`].
pub async fn effects(
    connection: &Connection,
    presenter: &Presenter<'_>,
    actions: &[Action],
) -> Result<Vec<Effect>, CallError> {
    let calls = calls_of(actions);
    let results = simulate(connection, &calls).await?;
    let mut plan = Vec::new();
    let mut looks = Vec::new();
    for ((action, call), result) in actions.iter().zip(&calls).zip(&results) {
        let found = looks_of(presenter, action, result.output());
        let looked = || {
            found.iter().map(|look| SimulatedCall {
                from: Address::ZERO,
                to: Some(look.contract.system.address),
                data: look.data.clone(),
            })
        };
        plan.extend(looked());
        plan.push(call.clone());
        plan.extend(looked());
        looks.push(found);
    }
    let mut answers = simulate(connection, &plan).await?.into_iter();
    let mut effects = Vec::new();
    for (action, looks) in actions.iter().zip(looks) {
        let before: Vec<SimulatedResult> = answers.by_ref().take(looks.len()).collect();
        let Some(result) = answers.next() else { break };
        let after: Vec<SimulatedResult> = answers.by_ref().take(looks.len()).collect();
        effects.push(Effect {
            action: describe(presenter, action),
            failure: result.failure(presenter, presenter.catalog.at(&action.to)),
            events: occurrences(presenter, &result.logs),
            changes: changes(
                &leaves(presenter, &looks, &before),
                &leaves(presenter, &looks, &after),
            ),
        });
    }
    Ok(effects)
}

/// The getters that the arguments and the result of an action suffice for.
fn looks_of<'a>(presenter: &Presenter<'a>, action: &Action, output: Option<&Bytes>) -> Vec<Look<'a>> {
    let selector = action.data.first_chunk::<4>().copied();
    let found = presenter.catalog.at(&action.to).zip(selector);
    let Some((contract, function)) =
        found.and_then(|(contract, selector)| Some((contract, contract.function_of(selector)?)))
    else {
        return Vec::new();
    };
    let inputs = action.data.get(4..).unwrap_or_default();
    let mut known = named(
        &function.inputs,
        function.abi_decode_input(inputs).unwrap_or_default(),
    );
    if let Some(output) = output {
        let outputs = function.abi_decode_output(output).unwrap_or_default();
        known.extend(named(&function.outputs, outputs));
    }
    let getters = contract.abi.functions().filter(|getter| is_view(getter));
    let getters = getters.filter(|getter| !SILENT.contains(&getter.name.as_str()));
    let looks = getters.filter_map(|getter| {
        let values: Option<Vec<DynSolValue>> = getter
            .inputs
            .iter()
            .map(|parameter| argument_of(getter, parameter, &known))
            .collect();
        Some(Look {
            contract,
            function: getter,
            data: getter.abi_encode_input(&values?).ok()?.into(),
        })
    });
    looks.collect()
}

/// Values by name and type.
fn named(parameters: &[Param], values: Vec<DynSolValue>) -> BTreeMap<(String, String), DynSolValue> {
    let keys = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), parameter.ty.clone()));
    keys.zip(values).collect()
}

/// A known value of the same name and type. What `role(bytes32 id)` asks for may be known as `role`.
fn argument_of(
    getter: &Function,
    parameter: &Param,
    known: &BTreeMap<(String, String), DynSolValue>,
) -> Option<DynSolValue> {
    let by = |name: &str| known.get(&(name.to_owned(), parameter.ty.clone())).cloned();
    let alone = getter.inputs.len() == 1;
    by(&parameter.name).or_else(|| alone.then(|| by(&getter.name)).flatten())
}

/// Every value that getters answered, by getter and field.
fn leaves(
    presenter: &Presenter<'_>,
    looks: &[Look<'_>],
    answers: &[SimulatedResult],
) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    for (look, answer) in looks.iter().zip(answers) {
        let shown = answer
            .output()
            .map(|output| presenter.outputs(look.function, output));
        if let Some(Ok(shown)) = shown {
            shown.leaves(&look.function.name, &mut leaves);
        }
    }
    leaves
}

fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Change> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes = paths.into_iter().map(|path| Change {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    });
    changes.filter(|change| change.before != change.after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::{catalog::catalog, show::Names};
    use alloy_primitives::B256;
    use alloy_sol_types::{SolCall, SolError};
    use civitas_system_contracts::interfaces::{IGovernance, IOrganisations};

    fn looks(to: &str, data: Vec<u8>, output: Option<&Bytes>) -> Vec<String> {
        let names = Names::default();
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: 0,
        };
        let action = Action {
            to: catalog().named(to).unwrap().system.address,
            data: data.into(),
        };
        let looks = looks_of(&presenter, &action, output);
        looks.iter().map(|look| look.function.name.clone()).collect()
    }

    #[test]
    fn getters_are_found_by_the_arguments_and_results_of_an_action() {
        let set_rule = IGovernance::setRuleCall {
            kind: IGovernance::Kind::Roles,
            rule: IGovernance::Rule {
                approvalPercent: 1,
                approvalsMin: 1,
                votingSeconds: 1,
                timelockSeconds: 1,
            },
        };
        let found = looks("Governance", set_rule.abi_encode(), None);
        assert!(found.contains(&"rule".to_owned()));
        assert!(!found.contains(&"votes".to_owned()));
        let join = IOrganisations::joinCall {
            name: "Bank".into(),
            kind: IOrganisations::Kind::Business,
            level: 1,
            voting: true,
        };
        let found = looks("Organisations", join.abi_encode(), None);
        assert!(found.contains(&"voterCount".to_owned()));
        assert!(!found.contains(&"organisation".to_owned()));
        let id = IOrganisations::joinCall::abi_encode_returns(&B256::repeat_byte(1)).into();
        let found = looks("Organisations", join.abi_encode(), Some(&id));
        assert!(found.contains(&"organisation".to_owned()));
    }

    #[test]
    fn changes_are_what_differs() {
        let map = |pairs: &[(&str, &str)]| {
            let owned = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            owned.collect::<BTreeMap<String, String>>()
        };
        let found = changes(
            &map(&[("a", "1"), ("b", "2"), ("c", "3")]),
            &map(&[("b", "2"), ("c", "4"), ("d", "5")]),
        );
        let found: Vec<(&str, Option<&str>, Option<&str>)> = found
            .iter()
            .map(|change| {
                (
                    change.path.as_str(),
                    change.before.as_deref(),
                    change.after.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("a", Some("1"), None),
                ("c", Some("3"), Some("4")),
                ("d", None, Some("5"))
            ]
        );
    }

    #[test]
    fn failures_of_simulated_calls_are_decoded() {
        let names = Names::default();
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: 0,
        };
        let error = IGovernance::ProposalUnknown { id: 4 }.abi_encode();
        let result: SimulatedResult = serde_json::from_value(json!({
            "status": "0x0", "returnData": "0x", "gasUsed": "0x1", "logs": [],
            "error": { "code": 3, "message": "execution reverted", "data": Bytes::from(error) },
        }))
        .unwrap();
        assert_eq!(
            result.failure(&presenter, None).as_deref(),
            Some("ProposalUnknown(id: 4)")
        );
        let fine: SimulatedResult =
            serde_json::from_value(json!({ "status": "0x1", "returnData": "0x01" })).unwrap();
        assert_eq!(fine.failure(&presenter, None), None);
        assert_eq!(fine.output(), Some(&Bytes::from_static(&[1])));
    }
}
