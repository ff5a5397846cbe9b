//! The endpoints: JSON-RPC over HTTP, with what each does wrong.

use super::{CHAIN_ID, Entry, FINAL_LAG, Fault, Made, Script, cumulative_gas};
use crate::scripted::{self, BEHIND, BOAST, Told, distort};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, U64, keccak256};
use serde_json::{Value, json};

impl scripted::Script for Script {
    fn reply(&mut self, request: &Value, fault: Option<Fault>) -> Result<Value, String> {
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
                if self.made % 2 == 1 && !self.is_modern {
                    return Err("the method does not exist".to_owned());
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
            "eth_sendRawTransaction" => self.take(&params[0]).map_err(str::to_owned),
            "eth_getTransactionByHash" => {
                let is_known = hash_of(&params[0]).is_some_and(|hash| self.submitted.contains(&hash));
                Ok(if is_known {
                    json!({ "hash": params[0] })
                } else {
                    Value::Null
                })
            }
            _ => Err("the method does not exist".to_owned()),
        }
    }

    fn refusal(why: &str) -> Value {
        json!({ "code": -32000, "message": why })
    }
}

impl Script {
    fn height_of(&self, tag: &Value, latest: u64) -> Option<u64> {
        match tag.as_str()? {
            "latest" => Some(latest),
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
        match fault {
            Some(Fault::Seldom) => {
                for lie in self.lies.iter().filter(|lie| lie.height == height) {
                    distort(&mut made.entries, lie.fault, lie.transaction);
                }
            }
            Some(fault) => distort(&mut made.entries, fault, 0),
            None => {}
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

impl Told for Entry {
    type Event = Log;

    fn events(&mut self) -> &mut Vec<Log> {
        &mut self.logs
    }

    fn invented() -> Log {
        let never = Bytes::from_static(b"never");
        Log::new_unchecked(Address::repeat_byte(9), vec![B256::ZERO], never)
    }

    fn alter_event(log: &mut Log) {
        log.address = Address::repeat_byte(9);
    }

    fn alter_outcome(&mut self) {
        self.is_success = !self.is_success;
    }

    fn alter(&mut self) {
        self.json["value"] = json!("0xdead");
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
