//! Requests and their exact answers.

use crate::{
    doubles::{Engine, Node, SENDER},
    fixture::{CONTRACT, Fixture, OMITTED, TOPIC, dynamic, legacy},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rlp::Decodable;
use civitas_ports::Refusal;
use civitas_rpc::{Limits, SyncProgress, methods};
use civitas_system_contracts::address::GOVERNANCE;
use civitas_types::{Header, Height, TxEnvelope};
use jsonrpsee::{Methods, types::Id};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a method answers: `{"result": ...}` or `{"error": ...}`.
async fn ask(fixture: &Fixture, method: &str, params: Value) -> Value {
    let methods: Methods = methods(fixture.backend.clone()).unwrap().into();
    let request = json!({ "jsonrpc": "2.0", "id": Id::Number(1), "method": method, "params": params });
    let (answer, _) = methods.raw_json_request(&request.to_string(), 1).await.unwrap();
    let mut answer: Value = serde_json::from_str(answer.get()).unwrap();
    let fields = answer.as_object_mut().unwrap();
    fields.remove("jsonrpc");
    fields.remove("id");
    answer
}

async fn check(fixture: &Fixture, method: &str, params: Value, expected: Value) {
    let answer = ask(fixture, method, params.clone()).await;
    assert_eq!(answer["result"], expected, "{method}{params}: {answer}");
    assert!(answer.get("error").is_none(), "{method}{params}: {answer}");
}

async fn check_error(fixture: &Fixture, method: &str, params: Value, code: i32, part: &str) {
    let answer = ask(fixture, method, params.clone()).await;
    assert_eq!(answer["error"]["code"], code, "{method}{params}: {answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(part), "{method}{params}: {message}");
    assert!(
        answer["error"].get("data").is_none(),
        "{method}{params}: {answer}"
    );
}

#[test]
fn every_registered_method_is_documented_and_vice_versa() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _guard = runtime.enter();
    let module = methods(Fixture::new().backend).unwrap();
    let registered: BTreeSet<&str> = module.method_names().collect();
    let documented: BTreeSet<&str> = civitas_api::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(registered, documented);
}

#[tokio::test]
async fn the_node_says_who_it_is() {
    let fixture = Fixture::new();
    let rows = [
        ("eth_chainId", json!("0x4d")),
        ("eth_blockNumber", json!("0x2")),
        ("net_version", json!("77")),
        ("net_listening", json!(true)),
        ("net_peerCount", json!("0x3")),
        ("web3_clientVersion", json!("civitas/v0.1.0/test")),
        ("eth_syncing", json!(false)),
        ("eth_accounts", json!([])),
        ("eth_gasPrice", json!("0x0")),
        ("eth_maxPriorityFeePerGas", json!("0x0")),
        ("eth_baseFee", json!("0x0")),
        ("eth_blobBaseFee", json!("0x1")),
        ("txpool_status", json!({ "pending": "0x0", "queued": "0x0" })),
        ("debug_getBadBlocks", json!([])),
    ];
    for (method, expected) in rows {
        check(&fixture, method, json!([]), expected).await;
    }
    check(&fixture, "web3_sha3", json!(["0x01"]), json!(keccak256([1]))).await;
    let modules = ask(&fixture, "rpc_modules", json!([])).await;
    assert_eq!(modules["result"]["civitas"], "1.0");
}

#[tokio::test]
async fn blocks_are_found_by_number_tag_and_hash() {
    let fixture = Fixture::new();
    let hash = fixture.store.blocks.read().unwrap()[1].hash;
    for id in [
        json!("0x1"),
        json!(hash),
        json!({ "blockHash": hash, "requireCanonical": true }),
    ] {
        let answer = ask(&fixture, "eth_getBlockReceipts", json!([id])).await;
        assert_eq!(answer["result"].as_array().unwrap().len(), 2, "{id}");
    }
    for tag in ["latest", "safe", "finalized", "pending"] {
        let answer = ask(&fixture, "eth_getBlockByNumber", json!([tag, false])).await;
        assert_eq!(answer["result"]["number"], "0x2", "{tag}");
    }
    let earliest = ask(&fixture, "eth_getBlockByNumber", json!(["earliest"])).await;
    assert_eq!(earliest["result"]["number"], "0x0");
    check(
        &fixture,
        "eth_getBlockByNumber",
        json!(["0x3e8", true]),
        Value::Null,
    )
    .await;
    check(
        &fixture,
        "eth_getBlockByHash",
        json!([B256::ZERO, true]),
        Value::Null,
    )
    .await;
    check(&fixture, "eth_getHeaderByNumber", json!(["pending"]), Value::Null).await;
    check(
        &fixture,
        "eth_getBlockTransactionCountByHash",
        json!([hash]),
        json!("0x2"),
    )
    .await;
    check(
        &fixture,
        "eth_getBlockTransactionCountByNumber",
        json!(["0x9"]),
        Value::Null,
    )
    .await;
    check(
        &fixture,
        "eth_getUncleCountByBlockNumber",
        json!(["0x1"]),
        json!("0x0"),
    )
    .await;
    check(
        &fixture,
        "eth_getUncleByBlockNumberAndIndex",
        json!(["0x1", "0x0"]),
        Value::Null,
    )
    .await;
}

#[tokio::test]
async fn a_block_shows_its_size_and_whole_transactions() {
    let fixture = Fixture::new();
    let raw = ask(&fixture, "debug_getRawBlock", json!(["0x1"])).await;
    let raw: Bytes = serde_json::from_value(raw["result"].clone()).unwrap();
    let decoded = alloy_consensus::Block::<TxEnvelope>::decode(&mut raw.as_ref()).unwrap();
    assert_eq!(decoded.body.transactions.len(), 2);
    assert_eq!(
        decoded.header.hash_slow(),
        fixture.store.blocks.read().unwrap()[1].hash
    );
    let block = ask(&fixture, "eth_getBlockByNumber", json!(["0x1", true])).await;
    assert_eq!(block["result"]["size"], format!("{:#x}", raw.len()));
    let transactions = block["result"]["transactions"].as_array().unwrap();
    assert_eq!(transactions[0]["to"], Value::Null);
    assert_eq!(transactions[1]["transactionIndex"], "0x1");
    assert_eq!(transactions[1]["gasPrice"], "0x2");
    assert_eq!(transactions[1]["blockTimestamp"], "0x3e9");
    let header = ask(&fixture, "debug_getRawHeader", json!(["0x1"])).await;
    let header: Bytes = serde_json::from_value(header["result"].clone()).unwrap();
    assert_eq!(Header::decode(&mut header.as_ref()).unwrap(), decoded.header);
}

#[tokio::test]
async fn receipts_count_gas_and_logs_within_the_block() {
    let fixture = Fixture::new();
    let hash = dynamic(1).hash();
    let receipt = ask(&fixture, "eth_getTransactionReceipt", json!([hash])).await["result"].clone();
    assert_eq!(receipt["gasUsed"], "0x7530");
    assert_eq!(receipt["cumulativeGasUsed"], "0xc738");
    assert_eq!(receipt["effectiveGasPrice"], "0x2");
    assert_eq!(receipt["contractAddress"], Value::Null);
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["logs"][1]["logIndex"], "0x2");
    assert_eq!(receipt["logs"][1]["blockTimestamp"], "0x3e9");
    let all = ask(&fixture, "eth_getBlockReceipts", json!(["0x1"])).await["result"].clone();
    assert_eq!(all[1], receipt);
    assert_eq!(all[0]["contractAddress"], json!(SENDER.create(0)));
    check(
        &fixture,
        "eth_getTransactionReceipt",
        json!([B256::ZERO]),
        Value::Null,
    )
    .await;
    check(&fixture, "eth_getBlockReceipts", json!(["0x37"]), Value::Null).await;
    let raw = ask(&fixture, "debug_getRawReceipts", json!(["0x1"])).await;
    assert_eq!(raw["result"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn transactions_are_found_in_blocks_and_in_the_pool() {
    let fixture = Fixture::new();
    let executed = legacy(0);
    let found = ask(&fixture, "eth_getTransactionByHash", json!([executed.hash()])).await["result"].clone();
    assert_eq!(found["blockNumber"], "0x1");
    assert_eq!(found["chainId"], "0x4d");
    let by_index = ask(
        &fixture,
        "eth_getTransactionByBlockNumberAndIndex",
        json!(["0x1", "0x0"]),
    )
    .await;
    assert_eq!(by_index["result"], found);
    check(
        &fixture,
        "debug_getRawTransaction",
        json!([executed.hash()]),
        json!(executed.raw()),
    )
    .await;
    check(
        &fixture,
        "debug_getRawTransaction",
        json!([B256::ZERO]),
        json!("0x"),
    )
    .await;
    check(
        &fixture,
        "eth_getRawTransactionByHash",
        json!([B256::ZERO]),
        Value::Null,
    )
    .await;
    check(
        &fixture,
        "eth_getTransactionByHash",
        json!([B256::ZERO]),
        Value::Null,
    )
    .await;

    let waiting = dynamic(9);
    check(
        &fixture,
        "eth_sendRawTransaction",
        json!([waiting.raw()]),
        json!(waiting.hash()),
    )
    .await;
    let found = ask(&fixture, "eth_getTransactionByHash", json!([waiting.hash()])).await["result"].clone();
    assert_eq!(found["blockHash"], Value::Null);
    assert_eq!(found["gasPrice"], "0x5");
    check(
        &fixture,
        "eth_getTransactionCount",
        json!([SENDER, "pending"]),
        json!("0xa"),
    )
    .await;
    check(&fixture, "eth_getTransactionCount", json!([SENDER]), json!("0x2")).await;
    let content = ask(&fixture, "txpool_content", json!([])).await["result"].clone();
    assert_eq!(content["pending"][SENDER.to_checksum(None)]["9"], found);
    let from = ask(&fixture, "txpool_contentFrom", json!([SENDER])).await["result"].clone();
    assert_eq!(from["pending"]["9"], found);
    let inspected = ask(&fixture, "txpool_inspect", json!([])).await["result"].clone();
    let words = format!("{}: 3 wei + 60000 gas × 5 wei", CONTRACT.to_checksum(None));
    assert_eq!(inspected["pending"][SENDER.to_checksum(None)]["9"], words);
}

#[tokio::test]
async fn the_state_is_read_at_the_block_that_is_named() {
    let fixture = Fixture::new();
    let value = format!("{:#066x}", 0x38);
    check(
        &fixture,
        "eth_getBalance",
        json!([SENDER, "latest"]),
        json!("0x3e8"),
    )
    .await;
    check(
        &fixture,
        "eth_getBalance",
        json!([Address::ZERO, "0x1"]),
        json!("0x0"),
    )
    .await;
    check(&fixture, "eth_getCode", json!([CONTRACT]), json!("0x6000")).await;
    check(
        &fixture,
        "eth_getCode",
        json!([Address::ZERO, "latest"]),
        json!("0x"),
    )
    .await;
    check(
        &fixture,
        "eth_getStorageAt",
        json!([CONTRACT, "0x1", "latest"]),
        json!(value),
    )
    .await;
    check(
        &fixture,
        "eth_getStorageAt",
        json!([CONTRACT, "0x01"]),
        json!(value),
    )
    .await;
    let request = json!([{ CONTRACT.to_string(): ["0x1", B256::ZERO] }]);
    let expected = json!({ CONTRACT.to_string().to_lowercase(): [value, B256::ZERO] });
    check(&fixture, "eth_getStorageValues", request, expected).await;
    check_error(
        &fixture,
        "eth_getStorageValues",
        json!([{}, "latest"]),
        -32602,
        "empty request",
    )
    .await;
    check_error(
        &fixture,
        "eth_getStorageAt",
        json!([CONTRACT, "0xasdf"]),
        -32602,
        "invalid hex",
    )
    .await;
    check_error(
        &fixture,
        "eth_getBalance",
        json!([SENDER, "0x9"]),
        -32000,
        "header not found",
    )
    .await;
    check_error(
        &fixture,
        "eth_getBalance",
        json!([SENDER, "0x0"]),
        4444,
        "pruned history",
    )
    .await;
    check_error(
        &fixture,
        "eth_getBalance",
        json!([SENDER, B256::ZERO]),
        -32000,
        "header not found",
    )
    .await;
    check_error(
        &fixture,
        "eth_getBalance",
        json!(["0x1"]),
        -32602,
        "invalid argument 0 (address)",
    )
    .await;
}

#[tokio::test]
async fn proofs_repeat_the_key_as_it_was_written() {
    let fixture = Fixture::new();
    let full = format!("{:#066x}", 1);
    let answer = ask(
        &fixture,
        "eth_getProof",
        json!([CONTRACT, ["0x01", full], "latest"]),
    )
    .await;
    let slots = &answer["result"]["storageProof"];
    assert_eq!(
        slots[0],
        json!({ "key": "0x1", "value": "0x38", "proof": ["0x02"] })
    );
    assert_eq!(slots[1]["key"], json!(full));
    assert_eq!(answer["result"]["nonce"], "0x1");
    assert_eq!(answer["result"]["accountProof"], json!(["0x01"]));
    let limits = Limits {
        slots_max: 1,
        ..Limits::default()
    };
    let narrow = Fixture::with(limits, Engine::default(), Node::default());
    check_error(
        &narrow,
        "eth_getProof",
        json!([CONTRACT, ["0x1", "0x2"]]),
        -32602,
        "at most 1",
    )
    .await;
}

#[tokio::test]
async fn logs_are_filtered_and_bounded() {
    let fixture = Fixture::new();
    let count = async |filter: Value| {
        let answer = ask(&fixture, "eth_getLogs", json!([filter])).await;
        answer["result"].as_array().map(Vec::len)
    };
    let hash = fixture.store.blocks.read().unwrap()[1].hash;
    assert_eq!(
        count(json!({ "fromBlock": "0x0", "toBlock": "latest" })).await,
        Some(3)
    );
    assert_eq!(
        count(json!({ "fromBlock": "earliest", "topics": [TOPIC] })).await,
        Some(2)
    );
    assert_eq!(
        count(json!({ "blockHash": hash, "topics": [[], [B256::ZERO]] })).await,
        Some(1)
    );
    assert_eq!(
        count(json!({ "blockHash": hash, "address": Address::ZERO })).await,
        Some(0)
    );
    assert_eq!(count(json!({})).await, Some(0));
    let wrong = [
        (
            json!({ "fromBlock": "0x1", "toBlock": "0x3" }),
            -32602,
            "beyond current head",
        ),
        (
            json!({ "fromBlock": "0x2", "toBlock": "0x1" }),
            -32602,
            "invalid block range",
        ),
        (json!({ "blockHash": B256::ZERO }), -32000, "unknown block"),
    ];
    for (filter, code, part) in wrong {
        check_error(&fixture, "eth_getLogs", json!([filter]), code, part).await;
    }
    let limits = Limits {
        log_results_max: 2,
        log_range_blocks_max: 2,
        ..Limits::default()
    };
    let narrow = Fixture::with(limits, Engine::default(), Node::default());
    let all = json!([{ "fromBlock": "0x0", "toBlock": "0x2" }]);
    check_error(&narrow, "eth_getLogs", all, -32005, "block range").await;
    check_error(
        &narrow,
        "eth_getLogs",
        json!([{ "blockHash": hash }]),
        -32005,
        "number of logs",
    )
    .await;
}

#[tokio::test]
async fn filters_tell_what_is_new() {
    let fixture = Fixture::new();
    let make = async |method: &str, params: Value| {
        ask(&fixture, method, params).await["result"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let blocks = make("eth_newBlockFilter", json!([])).await;
    let logs = make("eth_newFilter", json!([{ "topics": [TOPIC] }])).await;
    let hashes = make("eth_newPendingTransactionFilter", json!([])).await;
    let whole = make("eth_newPendingTransactionFilter", json!([true])).await;
    for id in [&blocks, &logs, &hashes, &whole] {
        check(&fixture, "eth_getFilterChanges", json!([id]), json!([])).await;
    }
    let block = fixture.grow();
    let waiting = std::sync::Arc::new(dynamic(20));
    fixture.pending.send(waiting.clone()).unwrap();
    check(
        &fixture,
        "eth_getFilterChanges",
        json!([blocks]),
        json!([block.hash]),
    )
    .await;
    check(&fixture, "eth_getFilterChanges", json!([blocks]), json!([])).await;
    let found = ask(&fixture, "eth_getFilterChanges", json!([logs])).await;
    assert_eq!(found["result"][0]["blockNumber"], "0x3");
    check(
        &fixture,
        "eth_getFilterChanges",
        json!([hashes]),
        json!([waiting.hash()]),
    )
    .await;
    let found = ask(&fixture, "eth_getFilterChanges", json!([whole])).await;
    assert_eq!(found["result"][0]["hash"], json!(waiting.hash()));
    check(&fixture, "eth_uninstallFilter", json!([blocks]), json!(true)).await;
    check(&fixture, "eth_uninstallFilter", json!([blocks]), json!(false)).await;
    check_error(
        &fixture,
        "eth_getFilterChanges",
        json!([blocks]),
        -32000,
        "filter not found",
    )
    .await;
    check_error(
        &fixture,
        "eth_getFilterLogs",
        json!([hashes]),
        -32000,
        "not for logs",
    )
    .await;
}

#[tokio::test]
async fn filters_are_bounded_in_number_and_dropped_when_unused() {
    let limits = Limits {
        filters_max: 1,
        ..Limits::default()
    };
    let fixture = Fixture::with(limits, Engine::default(), Node::default());
    ask(&fixture, "eth_newBlockFilter", json!([])).await;
    check_error(
        &fixture,
        "eth_newBlockFilter",
        json!([]),
        -32005,
        "number of filters",
    )
    .await;
    let limits = Limits {
        filters_max: 1,
        filter_idle_seconds_max: 0,
        ..Limits::default()
    };
    let fixture = Fixture::with(limits, Engine::default(), Node::default());
    let id = ask(&fixture, "eth_newBlockFilter", json!([])).await["result"].clone();
    check_error(
        &fixture,
        "eth_getFilterChanges",
        json!([id]),
        -32000,
        "filter not found",
    )
    .await;
    assert!(ask(&fixture, "eth_newBlockFilter", json!([])).await["error"].is_null());
}

#[tokio::test]
async fn a_refusal_reaches_the_client() {
    let fixture = Fixture::new();
    *fixture.pool.refusal.lock().unwrap() = Some(Refusal::NonceTooLow { nonce: 1, next: 2 });
    let raw = json!([dynamic(1).raw()]);
    check_error(
        &fixture,
        "eth_sendRawTransaction",
        raw,
        -32000,
        "nonce too low: next nonce 2",
    )
    .await;
    check_error(
        &fixture,
        "eth_sendRawTransaction",
        json!(["0x01"]),
        -32000,
        "not an encoded",
    )
    .await;
    check_error(
        &fixture,
        "eth_sendRawTransaction",
        json!(["01zz"]),
        -32602,
        "(transaction)",
    )
    .await;
    check_error(
        &fixture,
        "eth_sendRawTransaction",
        json!([]),
        -32602,
        "missing value",
    )
    .await;
    check_error(
        &fixture,
        "eth_sendRawTransaction",
        json!(["0x", 1]),
        -32602,
        "too many",
    )
    .await;
}

#[tokio::test]
async fn send_and_wait_gives_the_receipt_or_says_that_it_takes_longer() {
    let fixture = Fixture::new();
    // The next block of the fixture has exactly this transaction.
    let raw = json!([dynamic(3).raw()]);
    let (answer, _) = tokio::join!(ask(&fixture, "eth_sendRawTransactionSync", raw), async {
        while fixture.heads.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
        fixture.grow()
    });
    assert_eq!(answer["result"]["transactionHash"], json!(dynamic(3).hash()));
    let late = dynamic(50);
    let answer = ask(&fixture, "eth_sendRawTransactionSync", json!([late.raw(), 0])).await;
    assert_eq!(answer["error"]["code"], 4);
    assert_eq!(answer["error"]["data"], json!(late.hash()));
}

#[tokio::test]
async fn a_certificate_is_that_of_the_first_payload_that_commits_to_the_block() {
    let fixture = Fixture::new();
    let blocks = fixture.store.blocks.read().unwrap().clone();
    let answer = ask(&fixture, "civitas_getCertificate", json!(["0x1"])).await["result"].clone();
    // Payload 2 commits to block 0 only, so payload 3, with block 2, proves block 1.
    assert_eq!(answer["payloadHeight"], 3);
    assert_eq!(answer["resultHeight"], 2);
    assert_eq!(answer["blockHash"], json!(blocks[1].hash));
    let headers: Vec<Bytes> = serde_json::from_value(answer["headers"].clone()).unwrap();
    let headers: Vec<Header> = headers
        .iter()
        .map(|raw| Header::decode(&mut raw.as_ref()).unwrap())
        .collect();
    assert_eq!(headers[0].hash_slow(), blocks[1].hash);
    assert_eq!(headers[1].parent_hash, blocks[1].hash);
    assert_eq!(json!(headers[1].hash_slow()), answer["resultHash"]);
    assert_eq!(answer["certificate"]["kind"], "solo-v1");
    assert_eq!(answer["certificate"]["encoded"], "0x09");
    let genesis = ask(&fixture, "civitas_getCertificate", json!(["earliest"])).await["result"].clone();
    assert_eq!(genesis["payloadHeight"], 1);
    assert_eq!(genesis["headers"].as_array().unwrap().len(), 1);
    let engine = Engine {
        uncertified: vec![Height::new(1)],
        ..Engine::default()
    };
    let away = Fixture::with(Limits::default(), engine, Node::default());
    let genesis = ask(&away, "civitas_getCertificate", json!(["earliest"])).await["result"].clone();
    assert_eq!(genesis["payloadHeight"], 2);
    away.grow();
    check(&away, "civitas_getCertificate", json!(["latest"]), Value::Null).await;
}

#[tokio::test]
async fn the_ledger_describes_itself() {
    let fixture = Fixture::new();
    let status = ask(&fixture, "civitas_status", json!([])).await["result"].clone();
    assert_eq!(status["height"], 2);
    assert_eq!(
        status["ordering"],
        json!({ "engine": "solo", "epoch": 0, "view": 7, "finalized": 3, "voting": true })
    );
    assert_eq!(status["peers"], 3);
    let parameters = ask(&fixture, "civitas_parameters", json!([])).await["result"].clone();
    assert_eq!(
        (&parameters["ordering"], &parameters["stateCommitment"]),
        (&json!("solo"), &json!("qmdb"))
    );
    let validators = ask(&fixture, "civitas_validators", json!([])).await["result"].clone();
    assert_eq!(validators[0]["name"], "one");
    check(&fixture, "civitas_validators", json!(["0x0"]), validators).await;
    let refused = ask(&fixture, "civitas_validators", json!(["0x1"])).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    let omitted = ask(&fixture, "civitas_getOmitted", json!(["latest"])).await["result"].clone();
    assert_eq!(omitted[0]["reason"], "nonce too low");
    check(&fixture, "civitas_getOmitted", json!([OMITTED]), omitted).await;
    check(
        &fixture,
        "civitas_getOmitted",
        json!([legacy(0).hash()]),
        json!([]),
    )
    .await;
    check(&fixture, "civitas_getOmitted", json!([B256::ZERO]), json!([])).await;
    let proof = ask(&fixture, "civitas_getProof", json!([CONTRACT, "0x1"])).await["result"].clone();
    assert_eq!((&proof["slot"], &proof["value"]), (&json!("0x1"), &json!("0x05")));
}

#[tokio::test]
async fn a_city_lists_its_system_contracts_and_other_chains_have_none() {
    check(&Fixture::new(), "civitas_systemContracts", json!([]), json!([])).await;
    let answer = ask(&Fixture::city(), "civitas_systemContracts", json!([])).await["result"].clone();
    let contracts = answer.as_array().unwrap();
    assert_eq!(contracts.len(), civitas_system_contracts::CONTRACTS.len());
    assert_eq!(contracts[0]["name"], "Governance");
    assert_eq!(contracts[0]["address"], json!(GOVERNANCE));
    assert_eq!(contracts[0]["activeFrom"], 0);
    let functions = contracts[0]["abi"].as_array().unwrap();
    assert!(functions.iter().any(|item| item["name"] == "propose"));
}

#[tokio::test]
async fn fees_have_a_history() {
    let fixture = Fixture::new();
    let answer = ask(&fixture, "eth_feeHistory", json!(["0x2", "0x1", [0, 100]])).await["result"].clone();
    assert_eq!(answer["oldestBlock"], "0x0");
    assert_eq!(answer["baseFeePerGas"], json!(["0x0", "0x0", "0x0"]));
    assert_eq!(answer["gasUsedRatio"], json!([0.0, 0.0017]));
    assert_eq!(answer["reward"], json!([["0x0", "0x0"], ["0x0", "0x2"]]));
    assert_eq!(answer["baseFeePerBlobGas"], json!(["0x1", "0x1", "0x1"]));
    let many = ask(&fixture, "eth_feeHistory", json!([5_000, "latest"])).await["result"].clone();
    assert_eq!(many["oldestBlock"], "0x0");
    assert!(many.get("reward").is_none());
    check_error(
        &fixture,
        "eth_feeHistory",
        json!(["0x1", "0x9"]),
        -32000,
        "beyond head block",
    )
    .await;
    check_error(
        &fixture,
        "eth_feeHistory",
        json!(["0x1", "latest", [9, 1]]),
        -32602,
        "percentiles",
    )
    .await;
}

#[tokio::test]
async fn history_and_forks_are_described() {
    let progress = SyncProgress {
        starting: Height::new(0),
        current: Height::new(2),
        highest: Height::new(16),
    };
    let node = Node {
        syncing: Some(progress),
    };
    let fixture = Fixture::with(Limits::default(), Engine::default(), node);
    let syncing = ask(&fixture, "eth_syncing", json!([])).await["result"].clone();
    assert_eq!(syncing["highestBlock"], "0x10");
    let capabilities = ask(&fixture, "eth_capabilities", json!([])).await["result"].clone();
    assert_eq!(capabilities["state"]["oldestBlock"], "0x1");
    assert_eq!(
        capabilities["state"]["deleteStrategy"],
        json!({ "type": "window", "retentionBlocks": "0x2" })
    );
    assert_eq!(
        capabilities["blocks"],
        json!({ "disabled": false, "oldestBlock": "0x0" })
    );
    assert_eq!(capabilities["stateproofs"]["disabled"], true);
    let config = ask(&fixture, "eth_config", json!([])).await["result"].clone();
    assert_eq!(config["current"]["chainId"], "0x4d");
    assert_eq!(config["current"]["precompiles"].as_object().unwrap().len(), 18);
    assert_eq!((&config["next"], &config["last"]), (&Value::Null, &Value::Null));
    check_error(
        &fixture,
        "eth_getBlockAccessList",
        json!(["latest"]),
        -32001,
        "Amsterdam",
    )
    .await;
    let document = ask(&fixture, "rpc.discover", json!([])).await["result"].clone();
    assert_eq!(
        document["methods"].as_array().unwrap().len(),
        civitas_api::METHODS.len()
    );
}
