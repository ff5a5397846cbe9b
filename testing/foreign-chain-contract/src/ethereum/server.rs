//! The endpoints: JSON-RPC over HTTP, with what each does wrong.

use super::{BEHIND, BOAST, CHAIN_ID, Entry, FINAL_LAG, Fault, Made, Script, cumulative_gas};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, U64, keccak256};
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// Bytes of a flood: more than a driver under test takes.
const FLOOD_BYTES: usize = 2 * 1024 * 1024;

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
            json!({ "jsonrpc": "2.0", "id": request["id"], "result": format!("0x{filler}") }).to_string()
        }
        Some(Fault::Garbage) => "<html>Bad gateway</html>".to_owned(),
        Some(Fault::Refuse) => refusal(&request, "not today"),
        fault => match endpoint.script.lock().reply(&request, fault) {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string(),
            Err(why) => refusal(&request, why),
        },
    };
    Response::new(Body::from(text))
}

fn refusal(request: &Value, why: &str) -> String {
    let error = json!({ "code": -32000, "message": why });
    json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }).to_string()
}

impl Script {
    fn reply(&mut self, request: &Value, fault: Option<Fault>) -> Result<Value, &'static str> {
        let params = &request["params"];
        let chain_id = if fault == Some(Fault::OtherChain) {
            1
        } else {
            CHAIN_ID
        };
        let latest = match fault {
            Some(Fault::Behind) => self.height().saturating_sub(BEHIND),
            _ => self.height(),
        };
        match request["method"].as_str().unwrap_or_default() {
            "eth_chainId" => Ok(json!(U64::from(chain_id))),
            "eth_blockNumber" if fault == Some(Fault::Boast) => Ok(json!(U64::from(latest + BOAST))),
            "eth_blockNumber" => Ok(json!(U64::from(latest))),
            "eth_getBlockByNumber" => {
                let is_whole = params[1].as_bool().unwrap_or_default();
                let Some(height) = self.height_of(&params[0], latest) else {
                    return Ok(Value::Null);
                };
                Ok(block_json(&self.told(height, fault), is_whole, fault))
            }
            "eth_getBlockReceipts" => {
                // An older node does not know the method: which is asked changes with every block.
                if self.made % 2 == 1 {
                    return Err("the method does not exist");
                }
                let Some(height) = self.height_of(&params[0], latest) else {
                    return Ok(Value::Null);
                };
                let made = self.told(height, fault);
                Ok((0..made.entries.len())
                    .map(|index| receipt_json(&made, index))
                    .collect())
            }
            "eth_getTransactionReceipt" => Ok(self.receipt(&params[0], latest, fault)),
            "eth_getRawTransactionByBlockHashAndIndex" => Ok(self.raw(params)),
            "eth_sendRawTransaction" => self.take(&params[0]),
            "eth_getTransactionByHash" => {
                let is_known = hash_of(&params[0]).is_some_and(|hash| self.submitted.contains(&hash));
                Ok(if is_known {
                    json!({ "hash": params[0] })
                } else {
                    Value::Null
                })
            }
            _ => Err("the method does not exist"),
        }
    }

    fn height_of(&self, tag: &Value, latest: u64) -> Option<u64> {
        match tag.as_str()? {
            "finalized" => latest.checked_sub(FINAL_LAG),
            number => {
                let number: U64 = number.parse().ok()?;
                Some(number.to()).filter(|number| *number <= latest)
            }
        }
    }

    fn block_at(&self, height: u64) -> Made {
        self.blocks[usize::try_from(height).unwrap_or(usize::MAX)].clone()
    }

    /// The block as a liar tells it.
    fn told(&self, height: u64, fault: Option<Fault>) -> Made {
        let mut made = match fault {
            Some(Fault::OtherBlock) => self.block_at(height.saturating_sub(1)),
            _ => self.block_at(height),
        };
        if let Some(fault) = fault {
            distort(&mut made, fault);
        }
        made
    }

    fn receipt(&self, hash: &Value, latest: u64, fault: Option<Fault>) -> Value {
        let Some(hash) = hash_of(hash) else {
            return Value::Null;
        };
        for height in (0..=latest).rev() {
            let made = self.told(height, fault);
            if let Some(index) = made.entries.iter().position(|entry| entry.hash() == hash) {
                return receipt_json(&made, index);
            }
        }
        Value::Null
    }

    fn raw(&self, params: &Value) -> Value {
        let (hash, index) = (hash_of(&params[0]), params[1].as_str().unwrap_or_default());
        let index: U64 = index.parse().unwrap_or(U64::MAX);
        let made = self
            .blocks
            .iter()
            .find(|made| Some(made.header.hash_slow()) == hash);
        let entry = made.and_then(|made| made.entries.get(index.to::<usize>()));
        entry.map_or(Value::Null, |entry| json!(entry.raw))
    }

    fn take(&mut self, raw: &Value) -> Result<Value, &'static str> {
        let raw: Bytes = raw
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or("no bytes")?;
        if raw.len() < 50 {
            return Err("cannot decode the transaction");
        }
        let hash = keccak256(&raw);
        if self.submitted.contains(&hash) {
            return Err("already known");
        }
        self.submitted.push(hash);
        Ok(json!(hash))
    }
}

fn hash_of(value: &Value) -> Option<B256> {
    value.as_str()?.parse().ok()
}

/// The first transaction from a place on that has at least so many events.
fn with_events(made: &mut Made, events: usize) -> Option<&mut Entry> {
    made.entries.iter_mut().find(|entry| entry.logs.len() >= events)
}

/// Changes a block and leaves its header as it is.
fn distort(made: &mut Made, fault: Fault) {
    let invented = Log::new_unchecked(
        Address::repeat_byte(9),
        vec![B256::ZERO],
        Bytes::from_static(b"never"),
    );
    match fault {
        Fault::DropEvent => drop(with_events(made, 1).and_then(|entry| entry.logs.pop())),
        Fault::InventEvent => made
            .entries
            .iter_mut()
            .take(1)
            .for_each(|entry| entry.logs.push(invented.clone())),
        Fault::AlterEvent => {
            if let Some(log) = with_events(made, 1).and_then(|entry| entry.logs.first_mut()) {
                log.address = Address::repeat_byte(9);
            }
        }
        Fault::RepeatEvent => {
            if let Some(entry) = with_events(made, 1) {
                entry.logs.push(entry.logs[0].clone());
            }
        }
        Fault::SwapEvents => {
            if let Some(entry) = with_events(made, 2) {
                entry.logs.swap(0, 1);
            }
        }
        Fault::AlterOutcome => {
            if let Some(entry) = made.entries.last_mut() {
                entry.is_success = !entry.is_success;
            }
        }
        Fault::DropTransaction => drop(made.entries.pop()),
        Fault::SwapTransactions if made.entries.len() > 1 => made.entries.swap(0, 1),
        Fault::RepeatTransaction => made.entries.extend(made.entries.last().cloned()),
        Fault::AlterTransaction => {
            if let Some(entry) = made.entries.first_mut() {
                entry.json["value"] = json!("0xdead");
            }
        }
        _ => {}
    }
}

fn block_json(made: &Made, is_whole: bool, fault: Option<Fault>) -> Value {
    let mut block = serde_json::to_value(&made.header).unwrap_or_default();
    let hash = made.header.hash_slow();
    block["hash"] = json!(hash);
    block["size"] = json!("0x400");
    block["uncles"] = json!([]);
    let transactions = made.entries.iter().zip(0_u64..).map(|(entry, index)| {
        if !is_whole {
            return json!(entry.hash());
        }
        let mut told = entry.json.clone();
        told["blockHash"] = json!(hash);
        told["blockNumber"] = json!(U64::from(made.header.number));
        told["transactionIndex"] = json!(U64::from(index));
        told
    });
    block["transactions"] = transactions.collect();
    match fault {
        Some(Fault::AlterHash) => block["hash"] = json!(B256::repeat_byte(7)),
        Some(Fault::AlterHeader) => block["stateRoot"] = json!(B256::repeat_byte(7)),
        _ => {}
    }
    block
}

fn receipt_json(made: &Made, index: usize) -> Value {
    let entry = &made.entries[index];
    let logs = entry.logs.iter().map(|log| {
        json!({
            "address": log.address,
            "topics": log.topics(),
            "data": log.data.data,
            "logIndex": "0x0",
            "removed": false,
        })
    });
    json!({
        "transactionHash": entry.hash(),
        "blockHash": made.header.hash_slow(),
        "type": format!("{:#x}", entry.kind),
        "status": if entry.is_success { "0x1" } else { "0x0" },
        "contractAddress": entry.created,
        "cumulativeGasUsed": U64::from(cumulative_gas(index)),
        // A bloom is computed by who reads it.
        "logsBloom": Bloom::ZERO,
        "logs": logs.collect::<Vec<_>>(),
    })
}
