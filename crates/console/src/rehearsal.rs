//! What a proposal would do: its actions, run in the name of Governance on a copy of the newest state.
//!
//! The node runs them (`eth_simulateV1`); nothing is written. Before and after each action every getter of its contract
//! that its arguments suffice for is read, so that a change shows as old and new value without a word about any
//! contract here.

use crate::{
    api::{
        contracts::DecodedError,
        governance::{ProposalAction, RecordChange, Rehearsal, RehearsalError},
    },
    enums,
    problem::Problem,
    registries::Registry,
    words,
};
use alloy_json_abi::{Function, StateMutability};
use alloy_primitives::{Address, B256, Bytes, U64};
use civitas_sdk::{Node, contracts::Contract};
use civitas_system_contracts::{address::GOVERNANCE, interfaces::IGovernance};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Getters that say nothing to people.
const SILENT: &[&str] = &["generation"];
/// Getters that are read for one action, at most.
const LOOKS_MAX: usize = 32;
/// Actions that are rehearsed with their changes, at most; the contract admits fewer in a proposal.
const ACTIONS_MAX: usize = 64;

/// A call of a simulation.
struct Call {
    from: Address,
    to: Address,
    data: Bytes,
}

#[derive(Debug, Deserialize)]
struct Block {
    calls: Vec<Outcome>,
}

/// What a call of a simulation gave.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    status: U64,
    return_data: Bytes,
    #[serde(default)]
    logs: Vec<Log>,
    error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    message: String,
    data: Option<Bytes>,
}

#[derive(Debug, Deserialize)]
struct Log {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
}

/// A getter with its arguments.
struct Look {
    contract: &'static Contract,
    name: String,
    data: Bytes,
}

impl Outcome {
    fn output(&self) -> Option<&Bytes> {
        (!self.status.is_zero()).then_some(&self.return_data)
    }

    fn refusal(&self, registry: &Registry) -> Option<DecodedError> {
        if !self.status.is_zero() {
            return None;
        }
        let data = self
            .error
            .as_ref()
            .and_then(|error| error.data.as_ref())
            .unwrap_or(&self.return_data);
        let message = self.error.as_ref().map_or("", |error| error.message.as_str());
        Some(words::refusal(
            Some(registry),
            Some(data).filter(|data| !data.is_empty()),
            message,
        ))
    }
}

async fn simulate(node: &Node, calls: &[Call]) -> Result<Vec<Outcome>, Problem> {
    let list: Vec<Value> = calls
        .iter()
        .map(|call| json!({ "from": call.from, "to": call.to, "input": call.data }))
        .collect();
    let payload = json!([{ "blockStateCalls": [{ "calls": list }] }, "latest"]);
    let blocks: Vec<Block> = node.request("eth_simulateV1", payload).await?;
    Ok(blocks.into_iter().flat_map(|block| block.calls).collect())
}

/// The actions of a proposal in words, without what they would change.
pub fn actions(actions: &[IGovernance::Action]) -> Vec<ProposalAction> {
    let action = |action: &IGovernance::Action| {
        let contract = civitas_sdk::contracts::contract_at(action.target);
        let decoded = contract.and_then(|contract| contract.decode_call(&action.data));
        let name = contract.map_or_else(|| action.target.to_string(), |contract| contract.name.to_owned());
        let function = decoded
            .as_ref()
            .map(|decoded| decoded.name.clone())
            .unwrap_or_default();
        let known = decoded.is_some();
        let arguments = decoded
            .map(|decoded| words::system_arguments(&name, decoded.arguments))
            .unwrap_or_default();
        let line = words::line(&function, arguments.iter().map(|argument| &argument.value));
        ProposalAction {
            target: action.target.to_string(),
            summary: known.then(|| format!("{name}.{line}")),
            function,
            arguments,
            contract: name,
            data: action.data.to_string(),
            changes: Vec::new(),
        }
    };
    actions.iter().map(action).collect()
}

/// Runs the actions, and fills in what each would change.
///
/// # Errors
/// The node does not answer, or does not simulate.
pub async fn rehearse(
    node: &Node,
    registry: &Registry,
    actions: &[IGovernance::Action],
    shown: &mut [ProposalAction],
) -> Result<Rehearsal, Problem> {
    let actions = &actions[..actions.len().min(ACTIONS_MAX)];
    let call = |action: &IGovernance::Action| Call {
        from: GOVERNANCE,
        to: action.target,
        data: action.data.clone(),
    };
    let calls: Vec<Call> = actions.iter().map(call).collect();
    let results = simulate(node, &calls).await?;
    let mut plan = Vec::new();
    let mut all_looks = Vec::new();
    for (action, result) in actions.iter().zip(&results) {
        let looks = looks_of(action, result.output());
        let looked = |look: &Look| Call {
            from: Address::ZERO,
            to: look.contract.address,
            data: look.data.clone(),
        };
        plan.extend(looks.iter().map(looked));
        plan.push(call(action));
        plan.extend(looks.iter().map(looked));
        all_looks.push(looks);
    }
    let mut answers = simulate(node, &plan).await?.into_iter();
    let mut rehearsal = Rehearsal {
        ok: true,
        error: None,
        events: Vec::new(),
    };
    for (index, (looks, shown)) in (0_u64..).zip(all_looks.iter().zip(shown)) {
        let before: Vec<Outcome> = answers.by_ref().take(looks.len()).collect();
        let Some(result) = answers.next() else { break };
        let after: Vec<Outcome> = answers.by_ref().take(looks.len()).collect();
        shown.changes = changes(
            &leaves(registry, looks, &before),
            &leaves(registry, looks, &after),
        );
        rehearsal.events.extend(result.logs.iter().filter_map(event));
        if let Some(error) = result.refusal(registry) {
            rehearsal.ok = false;
            rehearsal.error.get_or_insert(RehearsalError { index, error });
        }
    }
    Ok(rehearsal)
}

fn event(log: &Log) -> Option<String> {
    let contract = civitas_sdk::contracts::contract_at(log.address)?;
    let decoded = contract.decode_event(&log.topics, &log.data)?;
    Some(format!("{}.{}", contract.name, words::call_text(&decoded)))
}

/// The getters that the arguments and the result of an action suffice for.
fn looks_of(action: &IGovernance::Action, output: Option<&Bytes>) -> Vec<Look> {
    let contract = civitas_sdk::contracts::contract_at(action.target);
    let found = contract.and_then(|contract| Some((contract, contract.decode_call(&action.data)?)));
    let Some((contract, call)) = found else {
        return Vec::new();
    };
    let known = call
        .arguments
        .into_iter()
        .map(|argument| ((argument.name, argument.kind), argument.value));
    let mut known: BTreeMap<(String, String), Value> = known.collect();
    let function = contract.function(&call.signature).ok();
    if let (Some(function), Some(output)) = (function, output)
        && let [result] = function.outputs.as_slice()
        && let Ok(value) = contract.decode_output(&action.data, output)
    {
        known.insert((result.name.clone(), result.ty.clone()), value);
    }
    let getters = contract
        .abi
        .functions()
        .filter(|getter| is_view(getter) && !SILENT.contains(&getter.name.as_str()));
    let looks = getters.filter_map(|getter| {
        let values: Option<Vec<Value>> = getter
            .inputs
            .iter()
            .map(|parameter| argument_of(getter, (&parameter.name, &parameter.ty), &known))
            .collect();
        Some(Look {
            contract,
            name: getter.name.clone(),
            data: contract.encode(&getter.signature(), &values?).ok()?,
        })
    });
    looks.take(LOOKS_MAX).collect()
}

const fn is_view(function: &Function) -> bool {
    matches!(
        function.state_mutability,
        StateMutability::View | StateMutability::Pure
    )
}

/// A known value of the same name and type. What `role(bytes32 id)` asks for may be known as `role`.
fn argument_of(
    getter: &Function,
    (name, kind): (&str, &str),
    known: &BTreeMap<(String, String), Value>,
) -> Option<Value> {
    let by = |name: &str| known.get(&(name.to_owned(), kind.to_owned())).cloned();
    let alone = getter.inputs.len() == 1;
    by(name).or_else(|| alone.then(|| by(&getter.name)).flatten())
}

/// Every value that getters answered, by getter and field.
fn leaves(registry: &Registry, looks: &[Look], answers: &[Outcome]) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    for (look, answer) in looks.iter().zip(answers) {
        let value = answer
            .output()
            .and_then(|output| look.contract.decode_output(&look.data, output).ok());
        if let Some(mut value) = value {
            enums::name_answer(look.contract.name, &look.name, &mut value);
            spread(registry, &look.name, &value, &mut leaves);
        }
    }
    leaves
}

fn spread(registry: &Registry, path: &str, value: &Value, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                spread(registry, &format!("{path}.{name}"), value, leaves);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (index, value) in items.iter().enumerate() {
                spread(registry, &format!("{path}[{index}]"), value, leaves);
            }
        }
        other => {
            let text = words::name(registry, other).unwrap_or_else(|| words::text(other));
            leaves.insert(path.to_owned(), text);
        }
    }
}

fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<RecordChange> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes = paths.into_iter().map(|path| RecordChange {
        what: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    });
    changes.filter(|change| change.before != change.after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_sol_types::SolCall;
    use civitas_system_contracts::{address::ORGANISATIONS, interfaces::IOrganisations};

    fn joining() -> IGovernance::Action {
        let call = IOrganisations::joinCall {
            name: "Bank".into(),
            kind: IOrganisations::Kind::Business,
            level: 1,
            voting: true,
        };
        IGovernance::Action {
            target: ORGANISATIONS,
            data: call.abi_encode().into(),
        }
    }

    #[test]
    fn getters_are_found_by_the_arguments_and_results_of_an_action() {
        let names = |output: Option<&Bytes>| -> Vec<String> {
            looks_of(&joining(), output)
                .into_iter()
                .map(|look| look.name)
                .collect()
        };
        let without = names(None);
        assert!(without.contains(&"voterCount".to_owned()) && !without.contains(&"organisation".to_owned()));
        let id = IOrganisations::joinCall::abi_encode_returns(&B256::repeat_byte(1)).into();
        assert!(names(Some(&id)).contains(&"organisation".to_owned()));
    }

    #[test]
    fn actions_are_told_in_words() {
        let shown = actions(&[joining()]);
        assert_eq!(shown[0].contract, "Organisations");
        assert_eq!(shown[0].function, "join");
        assert!(
            shown[0]
                .summary
                .as_deref()
                .unwrap()
                .starts_with("Organisations.join(Bank, Business")
        );
    }
}
