//! How a transaction ran, and what it changed, as a node traces it anew.

use crate::{
    api::{
        contracts::{DecodedCall, DecodedError},
        transactions::{AccountChange, Change, SlotChange, StateChanges, Trace, TraceCall},
    },
    problem::Problem,
    registries::Registry,
    state::Console,
    words,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_sdk::Node;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Calls of a trace that are shown, at most: more than a person reads.
const CALLS_MAX: usize = 2_000;
/// How deep calls are shown; the EVM goes to 1,024, but 100 levels are no picture any more.
const DEPTH_MAX: usize = 100;
/// Slots of an account that are shown, at most.
const SLOTS_MAX: usize = 500;

/// Builds the tree, counting what it holds.
struct Tree<'a> {
    registry: &'a Registry,
    left: usize,
    truncated: bool,
}

/// The trace of a transaction.
///
/// # Errors
/// No node answers, or none has the state any more.
pub async fn trace(console: &Console, ledger: &str, hash: B256) -> Result<Trace, Problem> {
    let node = console.ledgers.node(ledger).await?;
    expect_known(&node, hash).await?;
    let traced = node.trace_transaction(hash).await?;
    let registry = console.registries.known().await;
    let mut tree = Tree {
        registry: &registry,
        left: CALLS_MAX,
        truncated: false,
    };
    let root = tree.call(&traced, 0);
    Ok(Trace {
        transaction: hash.to_string(),
        root,
        truncated: tree.truncated,
    })
}

/// To a node, one that it does not know and one that it cannot replay are the same.
async fn expect_known(node: &Node, hash: B256) -> Result<(), Problem> {
    match node.transaction(hash).await? {
        Some(_) => Ok(()),
        None => Err(Problem::not_found("transaction", &hash.to_string())),
    }
}

/// Why a transaction failed; none if a node cannot tell any more.
pub async fn failure(console: &Console, ledger: &str, hash: B256) -> Option<DecodedError> {
    let node = console.ledgers.node(ledger).await.ok()?;
    let traced = node.trace_transaction(hash).await.ok()?;
    let registry = console.registries.known().await;
    error_of(&registry, &traced)
}

fn error_of(registry: &Registry, call: &Value) -> Option<DecodedError> {
    let message = call["error"].as_str()?;
    let output = call["output"]
        .as_str()
        .and_then(|text| text.parse::<Bytes>().ok());
    Some(words::refusal(Some(registry), output.as_ref(), message))
}

impl Tree<'_> {
    fn call(&mut self, call: &Value, depth: usize) -> TraceCall {
        let to = call["to"].as_str().and_then(|text| text.parse::<Address>().ok());
        let input = text(call, "input");
        let bytes = input.parse::<Bytes>().unwrap_or_default();
        let inner = call["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut calls = Vec::new();
        for inner in inner {
            if self.left == 0 || depth >= DEPTH_MAX {
                self.truncated = true;
                break;
            }
            self.left -= 1;
            calls.push(self.call(inner, depth + 1));
        }
        TraceCall {
            kind: text(call, "type"),
            from: text(call, "from"),
            to: to.map(|to| to.to_string()),
            to_name: to.and_then(|to| self.registry.account(&to)),
            value: number(call, "value").to_string(),
            gas: number(call, "gas").saturating_to(),
            gas_used: number(call, "gasUsed").saturating_to(),
            call: to.and_then(|to| decoded(to, &bytes)),
            input,
            output: call["output"].as_str().map(str::to_owned),
            error: error_of(self.registry, call),
            calls,
        }
    }
}

fn decoded(to: Address, input: &[u8]) -> Option<DecodedCall> {
    words::system_call(to, input)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> U256 {
    value[name]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// What a transaction changed.
///
/// # Errors
/// No node answers, or none has the state any more.
pub async fn changes(console: &Console, ledger: &str, hash: B256) -> Result<StateChanges, Problem> {
    let node = console.ledgers.node(ledger).await?;
    expect_known(&node, hash).await?;
    let traced = node.state_changes(hash).await?;
    let registry = console.registries.known().await;
    let empty = Map::new();
    let before = traced["pre"].as_object().unwrap_or(&empty);
    let after = traced["post"].as_object().unwrap_or(&empty);
    let addresses: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let accounts = addresses.into_iter().map(|address| {
        let before = before.get(address).unwrap_or(&Value::Null);
        let after = after.get(address);
        account(&registry, address, before, after)
    });
    Ok(StateChanges {
        transaction: hash.to_string(),
        accounts: accounts.collect(),
    })
}

/// In the difference of a node, `pre` has what was, and `post` only what changed of it; an account that is gone is not
/// in `post`.
fn account(registry: &Registry, address: &str, before: &Value, after: Option<&Value>) -> AccountChange {
    let parsed = address.parse::<Address>().ok();
    let field = |name: &str, turn: fn(&Value) -> Option<String>| {
        let old = turn(&before[name]);
        let new = after.and_then(|after| turn(&after[name]));
        match (after, new) {
            (None, _) => old.map(|old| Change {
                before: Some(old),
                after: None,
            }),
            (Some(_), Some(new)) if old.as_ref() != Some(&new) => Some(Change {
                before: old,
                after: Some(new),
            }),
            _ => None,
        }
    };
    AccountChange {
        address: parsed.map_or_else(|| address.to_owned(), |address| address.to_string()),
        name: parsed.and_then(|address| registry.account(&address)),
        balance: field("balance", decimal),
        nonce: field("nonce", decimal),
        code: field("code", |value| value.as_str().map(str::to_owned)),
        storage: slots(before, after),
    }
}

fn decimal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(
            text.parse::<U256>()
                .map_or_else(|_| text.clone(), |number| number.to_string()),
        ),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn slots(before: &Value, after: Option<&Value>) -> Vec<SlotChange> {
    let empty = Map::new();
    let old = before["storage"].as_object().unwrap_or(&empty);
    let new = after
        .and_then(|after| after["storage"].as_object())
        .unwrap_or(&empty);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changes = names.into_iter().map(|slot| SlotChange {
        slot: slot.clone(),
        before: old.get(slot).and_then(Value::as_str).map(str::to_owned),
        after: new.get(slot).and_then(Value::as_str).map(str::to_owned),
    });
    changes.take(SLOTS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_tells_before_and_after() {
        let registry = Registry::default();
        let before = json!({ "balance": "0x10", "nonce": 1, "storage": { "0x01": "0x02" } });
        let after = json!({ "balance": "0x0f", "storage": { "0x03": "0x04" } });
        let change = account(
            &registry,
            "0x0000000000000000000000000000000000000001",
            &before,
            Some(&after),
        );
        let balance = change.balance.unwrap();
        assert_eq!(
            (balance.before.as_deref(), balance.after.as_deref()),
            (Some("16"), Some("15"))
        );
        assert!(change.nonce.is_none());
        assert_eq!(change.storage.len(), 2);
        let gone = account(
            &registry,
            "0x0000000000000000000000000000000000000001",
            &before,
            None,
        );
        assert_eq!(gone.nonce.unwrap().after, None);
    }
}
