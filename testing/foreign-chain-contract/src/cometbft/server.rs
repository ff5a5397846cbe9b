//! The endpoints: CometBFT's JSON-RPC over HTTP, with what each does wrong.

use super::{CHAIN_ID, Entry, Fault, Made, Script, commit_of, validators_at};
use crate::scripted::{self, BEHIND, BOAST, Told, distort};
use alloy_primitives::{B256, Bytes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tendermint::{
    AppHash,
    crypto::{Sha256 as _, default::Sha256},
};
use tendermint_proto::v0_38::abci::{Event, EventAttribute};

/// Validators of a page: fewer than there are, so that drivers must turn pages.
const VALIDATORS_A_PAGE: usize = 3;
/// Headers of an answer: CometBFT's own bound.
const HEADERS_MAX: usize = 20;

/// A number of a request, which stands as text.
fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

impl scripted::Script for Script {
    fn reply(&mut self, request: &Value, fault: Option<Fault>) -> Result<Value, String> {
        let params = &request["params"];
        let latest = match fault {
            Some(Fault::Behind) => self.height().saturating_sub(BEHIND).max(1),
            _ => self.height(),
        };
        let told = || self.told(&params["height"], latest, fault);
        match request["method"].as_str().unwrap_or_default() {
            "status" => {
                let boast = if fault == Some(Fault::Boast) { BOAST } else { 0 };
                let network = if fault == Some(Fault::OtherChain) {
                    "another-1"
                } else {
                    CHAIN_ID
                };
                let height = (latest + boast).to_string();
                Ok(json!({
                    "node_info": { "network": network },
                    "sync_info": { "latest_block_height": height },
                }))
            }
            "block" => Ok(block_json(&told()?, fault)),
            "block_results" => Ok(results_json(&told()?)),
            "commit" => {
                let made = told()?;
                let commit = commit_of(&made.header);
                Ok(json!({ "signed_header": { "header": made.header, "commit": commit }, "canonical": true }))
            }
            "validators" => {
                let made = told()?;
                Ok(validators_json(made.header.height.value(), &params["page"]))
            }
            "blockchain" => {
                let (first, last) = (number(&params["minHeight"]), number(&params["maxHeight"]));
                let (first, last) = (first.unwrap_or(1), last.unwrap_or(latest).min(latest));
                let metas: Result<Vec<Value>, String> = (first..=last)
                    .rev()
                    .take(HEADERS_MAX)
                    .map(|height| {
                        Ok(meta_json(&self.told(
                            &json!(height.to_string()),
                            latest,
                            fault,
                        )?))
                    })
                    .collect();
                Ok(json!({ "last_height": latest.to_string(), "block_metas": metas? }))
            }
            "broadcast_tx_sync" => self.take(&params["tx"]),
            "tx" => Err("tx not found".to_owned()),
            _ => Err("Method not found".to_owned()),
        }
    }

    fn refusal(why: &str) -> Value {
        json!({ "code": -32603, "message": "Internal error", "data": why })
    }
}

impl Script {
    /// The block as a liar tells it.
    fn told(&self, height: &Value, latest: u64, fault: Option<Fault>) -> Result<Made, String> {
        let height = number(height).ok_or("no height")?;
        if height == 0 || height > latest {
            return Err(format!(
                "height {height} must be less than or equal to the current blockchain height {latest}"
            ));
        }
        let mut made = match fault {
            Some(Fault::OtherBlock) => self.block_at(height.saturating_sub(1).max(1)),
            _ => self.block_at(height),
        };
        if let Some(fault) = fault {
            distort(&mut made.entries, fault, 0);
            if fault == Fault::AlterHeader {
                made.header.app_hash = AppHash::try_from(vec![7; 32]).unwrap_or_default();
            }
        }
        Ok(made)
    }

    fn take(&mut self, raw: &Value) -> Result<Value, String> {
        let raw = raw.as_str().and_then(|text| STANDARD.decode(text).ok());
        let raw: Bytes = raw.ok_or("no base64")?.into();
        let hash = B256::from(Sha256::digest(&raw));
        if raw.len() != 32 {
            return Ok(
                json!({ "code": 1, "data": "", "log": "cannot decode", "codespace": "", "hash": hash }),
            );
        }
        if self.submitted.contains(&hash) {
            return Err("tx already exists in cache".to_owned());
        }
        self.submitted.push(hash);
        Ok(json!({ "code": 0, "data": "", "log": "", "codespace": "", "hash": hash }))
    }
}

impl Told for Entry {
    type Event = Event;

    fn events(&mut self) -> &mut Vec<Event> {
        &mut self.result.events
    }

    fn invented() -> Event {
        Event::default()
    }

    fn alter_event(event: &mut Event) {
        event.attributes.push(EventAttribute::default());
    }

    fn alter_outcome(&mut self) {
        self.result.code ^= 1;
    }

    fn alter(&mut self) {
        self.raw = Bytes::from_static(b"another");
    }
}

/// The hash that the block has in truth, whatever its header says now.
fn named(made: &Made) -> String {
    commit_of(&made.header).block_id.hash.to_string()
}

fn block_json(made: &Made, fault: Option<Fault>) -> Value {
    let hash = match fault {
        Some(Fault::AlterHash | Fault::AlterHeader) => "07".repeat(32),
        _ => named(made),
    };
    let txs: Vec<String> = made
        .entries
        .iter()
        .map(|entry| STANDARD.encode(&entry.raw))
        .collect();
    json!({
        "block_id": { "hash": hash, "parts": { "total": 1, "hash": "" } },
        "block": {
            "header": made.header,
            "data": { "txs": txs },
            "evidence": { "evidence": [] },
            "last_commit": null,
        },
    })
}

fn meta_json(made: &Made) -> Value {
    json!({
        "block_id": { "hash": named(made), "parts": { "total": 1, "hash": "" } },
        "header": made.header,
        "num_txs": made.entries.len().to_string(),
    })
}

fn results_json(made: &Made) -> Value {
    let result = |(entry, index): (&Entry, usize)| {
        let result = &entry.result;
        let attribute = |(attribute, index): (&EventAttribute, usize)| {
            // Each node marks what it is told to index.
            json!({ "key": attribute.key, "value": attribute.value, "index": index.is_multiple_of(2) })
        };
        let event = |event: &Event| {
            let attributes: Vec<Value> = event.attributes.iter().zip(0..).map(attribute).collect();
            json!({ "type": event.r#type, "attributes": attributes })
        };
        let events: Vec<Value> = result.events.iter().map(event).collect();
        let data = (!result.data.is_empty()).then(|| STANDARD.encode(&result.data));
        json!({
            "code": result.code,
            "data": data,
            "log": format!("{} {index}", result.log),
            "info": "",
            "gas_wanted": result.gas_wanted.to_string(),
            "gas_used": result.gas_used.to_string(),
            "events": events,
            "codespace": "",
        })
    };
    let results: Vec<Value> = made.entries.iter().zip(0..).map(result).collect();
    let results = if results.is_empty() {
        Value::Null
    } else {
        json!(results)
    };
    json!({
        "height": made.header.height.to_string(),
        "txs_results": results,
        "finalize_block_events": [],
        "validator_updates": null,
        "consensus_param_updates": null,
        "app_hash": "",
    })
}

fn validators_json(height: u64, page: &Value) -> Value {
    let set = validators_at(height);
    let page = usize::try_from(number(page).unwrap_or(1)).unwrap_or(1).max(1);
    let told: Vec<Value> = set
        .validators()
        .iter()
        .skip((page - 1) * VALIDATORS_A_PAGE)
        .take(VALIDATORS_A_PAGE)
        .map(|info| {
            json!({
                "address": info.address,
                "pub_key": info.pub_key,
                "voting_power": info.power.value().to_string(),
                "proposer_priority": "0",
            })
        })
        .collect();
    json!({
        "block_height": height.to_string(),
        "count": told.len().to_string(),
        "total": set.validators().len().to_string(),
        "validators": told,
    })
}
