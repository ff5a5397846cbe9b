//! What a block says of governance: the events of the system contracts, and what was refused.
//!
//! Invariant: the entries follow from the block alone, in the same order on every node and at every start. Audit's own
//! anchors make none: or each anchor would need another one.

use crate::record::{Entry, Outcome, Position, Source};
use alloy_consensus::Transaction as _;
use alloy_dyn_abi::{DynSolValue, EventExt};
use alloy_json_abi::{Event, JsonAbi};
use alloy_primitives::{Address, B256, Log, hex};
use civitas_system_contracts::{CONTRACTS, address::AUDIT};
use civitas_types::{Block, Transaction};
use std::collections::{BTreeMap, HashMap};

/// Refusals of a block that are told apart by sender and reason, at most; the rest is counted together.
const REFUSALS_MAX: usize = 100;
/// How the words of a denial begin (`civitas_system_contracts::access::Denial`), unlike those of Ethereum's rules.
const DENIALS: [&str; 4] = [
    "the account 0x",
    "the identity 0x",
    "the contract 0x",
    "the function 0x",
];
/// What only the denial of a quota says.
const QUOTA: &str = "is above what the quota of";

/// Derives entries from blocks.
pub struct Deriver {
    contracts: HashMap<Address, Contract>,
}

struct Contract {
    name: &'static str,
    events: HashMap<B256, Event>,
    functions: HashMap<[u8; 4], String>,
}

impl Contract {
    fn of(name: &'static str, abi: &JsonAbi) -> Self {
        let events = abi.events().map(|event| (event.selector(), event.clone()));
        let functions = abi.functions();
        Self {
            name,
            events: events.collect(),
            functions: functions
                .map(|function| (function.selector().0, function.name.clone()))
                .collect(),
        }
    }
}

impl Default for Deriver {
    fn default() -> Self {
        let watched = CONTRACTS.iter().filter(|contract| contract.address != AUDIT);
        let contracts = watched.map(|contract| {
            let abi = (contract.abi)();
            (contract.address, Contract::of(contract.name, &abi))
        });
        Self {
            contracts: contracts.collect(),
        }
    }
}

impl Deriver {
    /// The entries of a block, in their order.
    pub fn entries(&self, block: &Block) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut refusals = Refusals::default();
        let mut log_index = 0_u32;
        for (transaction, receipt) in block.transactions.iter().zip(&block.receipts) {
            for log in receipt.logs() {
                if let Some(contract) = self.contracts.get(&log.address) {
                    let entry = event(contract, log, block.timestamp_ms);
                    let entry = entry.by(transaction.sender());
                    entries.push(
                        entry
                            .with("transaction", transaction.hash())
                            .with("log", log_index),
                    );
                }
                log_index = log_index.saturating_add(1);
            }
            if !receipt.status() {
                self.reverted(transaction, block.timestamp_ms, &mut refusals);
            }
        }
        for omission in &block.omitted {
            if is_denial(&omission.reason) {
                let entry = Entry::new("transaction.refused", block.timestamp_ms)
                    .about(omission.transaction)
                    .with("reason", &omission.reason);
                refusals.add(entry, &omission.reason);
            }
        }
        entries.extend(refusals.entries(block.timestamp_ms));
        let height = block.height().get();
        for (entry, place) in entries.iter_mut().zip(0..) {
            entry.source = Source::Ledger(Position { height, entry: place });
        }
        entries
    }

    /// A call of a system contract that came to nothing. Its reason is no part of a block.
    fn reverted(&self, transaction: &Transaction, time_ms: u64, refusals: &mut Refusals) {
        let envelope = transaction.envelope();
        let Some(contract) = envelope.to().and_then(|to| self.contracts.get(&to)) else {
            return;
        };
        let selector = envelope.input().first_chunk::<4>();
        let function = selector.and_then(|selector| contract.functions.get(selector));
        let function = function.map_or("an unknown function", String::as_str);
        let entry = Entry::new(format!("{}.{function}", contract.name), time_ms)
            .by(transaction.sender())
            .with("transaction", transaction.hash());
        refusals.add(entry, "");
    }
}

/// The refusals of a block, counted by kind, sender and reason.
#[derive(Default)]
struct Refusals {
    order: Vec<(Entry, u64)>,
    places: BTreeMap<(String, String, String), usize>,
    others: u64,
}

impl Refusals {
    fn add(&mut self, entry: Entry, reason: &str) {
        let key = (entry.kind.clone(), entry.actor.clone(), reason.to_owned());
        let known = self.places.get(&key).and_then(|place| self.order.get_mut(*place));
        if let Some((_, count)) = known {
            *count = count.saturating_add(1);
        } else if self.order.len() < REFUSALS_MAX {
            self.places.insert(key, self.order.len());
            self.order.push((entry, 1));
        } else {
            self.others = self.others.saturating_add(1);
        }
    }

    fn entries(self, time_ms: u64) -> Vec<Entry> {
        let others = (self.others > 0).then(|| {
            let entry = Entry::new("transaction.refused", time_ms);
            (
                entry.with("reason", "others: too many to be told apart"),
                self.others,
            )
        });
        let counted = self.order.into_iter().chain(others);
        counted
            .map(|(entry, count)| entry.ended(Outcome::Refused).with("count", count))
            .collect()
    }
}

/// Whether a transaction was left out of a block because the city does not allow it, by the words of the reason.
pub fn is_denial(reason: &str) -> bool {
    DENIALS.iter().any(|beginning| reason.starts_with(beginning)) || reason.contains(QUOTA)
}

fn event(contract: &Contract, log: &Log, time_ms: u64) -> Entry {
    let known = log.topics().first().and_then(|topic| contract.events.get(topic));
    let decoded = known.and_then(|event| Some((event, event.decode_log(&log.data).ok()?)));
    let Some((event, decoded)) = decoded else {
        // An event of a later version of the contract: what it holds can be read on the ledger.
        let topic = log.topics().first().copied().unwrap_or_default();
        return Entry::new(format!("{}.event", contract.name), time_ms).about(topic);
    };
    let mut entry = Entry::new(format!("{}.{}", contract.name, event.name), time_ms);
    let (mut indexed, mut body) = (decoded.indexed.into_iter(), decoded.body.into_iter());
    for (place, parameter) in event.inputs.iter().enumerate() {
        let value = if parameter.indexed {
            indexed.next()
        } else {
            body.next()
        };
        let Some(value) = value else { break };
        let text = text_of(&value);
        if place == 0 {
            entry = entry.about(&text);
        }
        entry = entry.with(parameter.name.clone(), text);
    }
    entry
}

fn text_of(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Bool(value) => value.to_string(),
        DynSolValue::Int(value, _) => value.to_string(),
        DynSolValue::Uint(value, _) => value.to_string(),
        DynSolValue::FixedBytes(word, bytes) => hex::encode_prefixed(word.get(..*bytes).unwrap_or_default()),
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::Function(function) => function.to_string(),
        DynSolValue::Bytes(bytes) => hex::encode_prefixed(bytes),
        DynSolValue::String(text) => text.clone(),
        DynSolValue::Array(values) | DynSolValue::FixedArray(values) => format!("[{}]", list(values)),
        DynSolValue::Tuple(values) => format!("({})", list(values)),
    }
}

fn list(values: &[DynSolValue]) -> String {
    values.iter().map(text_of).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
