//! The endpoints: CometBFT's JSON-RPC over HTTP, with what each does wrong.

use super::{BEHIND, BOAST, CHAIN_ID, Entry, Fault, Made, Script, commit_of, validators_at};
use alloy_primitives::{B256, Bytes};
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tendermint::{
    AppHash,
    crypto::{Sha256 as _, default::Sha256},
};
use tendermint_proto::v0_38::abci::{Event, EventAttribute};
use tokio::{net::TcpListener, task::JoinHandle};

/// Bytes of a flood: more than a driver under test takes.
const FLOOD_BYTES: usize = 2 * 1024 * 1024;
/// Validators of a page: fewer than there are, so that drivers must turn pages.
const VALIDATORS_A_PAGE: usize = 3;
/// Headers of an answer: CometBFT's own bound.
const HEADERS_MAX: usize = 20;

#[derive(Clone)]
struct Endpoint {
    script: Arc<Mutex<Script>>,
    index: usize,
}

/// Serves an endpoint of the chain on a free port.
pub(super) async fn serve(script: Arc<Mutex<Script>>, index: usize) -> (SocketAddr, JoinHandle<()>) {
    let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)).await else {
        crate::panic_with("no free port")
    };
    let Ok(address) = listener.local_addr() else {
        crate::panic_with("a socket has an address")
    };
    let router = Router::new()
        .route("/", post(answer))
        .with_state(Endpoint { script, index });
    let server = tokio::spawn(async move {
        // It ends with the test.
        let _ = axum::serve(listener, router).await;
    });
    (address, server)
}

async fn answer(State(endpoint): State<Endpoint>, body: axum::body::Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fault = endpoint.script.lock().faults[endpoint.index];
    let text = match fault {
        Some(Fault::Stall) => return std::future::pending().await,
        Some(Fault::Flood) => {
            let filler = "0".repeat(FLOOD_BYTES);
            json!({ "jsonrpc": "2.0", "id": request["id"], "result": filler }).to_string()
        }
        Some(Fault::Garbage) => "<html>Bad gateway</html>".to_owned(),
        Some(Fault::Refuse) => refusal(&request, "not today"),
        fault => match endpoint.script.lock().reply(&request, fault) {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string(),
            Err(why) => refusal(&request, &why),
        },
    };
    Response::new(Body::from(text))
}

fn refusal(request: &Value, why: &str) -> String {
    let error = json!({ "code": -32603, "message": "Internal error", "data": why });
    json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }).to_string()
}

/// A number of a request, which stands as text.
fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

impl Script {
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
            distort(&mut made, fault);
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

/// The first transaction that has at least so many events.
fn with_events(made: &mut Made, events: usize) -> Option<&mut Entry> {
    made.entries
        .iter_mut()
        .find(|entry| entry.result.events.len() >= events)
}

/// Changes a block and leaves its hash as it is.
fn distort(made: &mut Made, fault: Fault) {
    match fault {
        Fault::DropEvent => {
            drop(with_events(made, 1).and_then(|entry| entry.result.events.pop()));
        }
        Fault::InventEvent => made
            .entries
            .iter_mut()
            .take(1)
            .for_each(|entry| entry.result.events.push(Event::default())),
        Fault::AlterEvent => {
            if let Some(event) = with_events(made, 1).and_then(|entry| entry.result.events.first_mut()) {
                event.attributes.push(EventAttribute::default());
            }
        }
        Fault::RepeatEvent => {
            if let Some(entry) = with_events(made, 1) {
                let twice = entry.result.events[0].clone();
                entry.result.events.push(twice);
            }
        }
        Fault::SwapEvents => {
            if let Some(entry) = with_events(made, 2) {
                entry.result.events.swap(0, 1);
            }
        }
        Fault::AlterOutcome => {
            if let Some(entry) = made.entries.last_mut() {
                entry.result.code ^= 1;
            }
        }
        Fault::DropTransaction => drop(made.entries.pop()),
        Fault::SwapTransactions if made.entries.len() > 1 => made.entries.swap(0, 1),
        Fault::RepeatTransaction => made.entries.extend(made.entries.last().cloned()),
        Fault::AlterTransaction => {
            if let Some(entry) = made.entries.first_mut() {
                entry.raw = Bytes::from_static(b"another");
            }
        }
        Fault::AlterHeader => made.header.app_hash = AppHash::try_from(vec![7; 32]).unwrap_or_default(),
        _ => {}
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
