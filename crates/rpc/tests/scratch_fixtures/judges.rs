//! The judges' fixtures of the methods that execute: exact answers, except where a fixture says that only the form
//! of the answer is judged.

use crate::{
    chain::{Store, backend},
    support::judge,
};
use civitas_evm::ChainSpec;
use civitas_rpc::methods;
use civitas_types::Genesis;
use jsonrpsee::Methods;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Folders of the fixtures.
const FOLDERS: [&str; 35] = ["debug_getRawBlock","debug_getRawHeader","debug_getRawReceipts","debug_getRawTransaction","debug_traceBlockByHash","debug_traceBlockByNumber","debug_traceTransaction","eth_baseFee","eth_blobBaseFee","eth_call","eth_capabilities","eth_createAccessList","eth_estimateGas","eth_getBalance","eth_getBlockByHash","eth_getBlockByNumber","eth_getBlockReceipts","eth_getBlockTransactionCountByHash","eth_getBlockTransactionCountByNumber","eth_getCode","eth_getLogs","eth_getProof","eth_getStorageAt","eth_getStorageValues","eth_getTransactionByBlockHashAndIndex","eth_getTransactionByBlockNumberAndIndex","eth_getTransactionByHash","eth_getTransactionCount","eth_getTransactionReceipt","eth_sendRawTransaction","eth_simulateV1","net_version","testing_buildBlockV1","txpool_content","txpool_status"];

/// The service over the judges' chain, none where they are not there.
fn service() -> Option<Methods> {
    let genesis = fs::read_to_string(judge("rpc-compat/genesis.json")?).unwrap();
    let chain = fs::read(judge("rpc-compat/chain.rlp")?).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let spec = Arc::new(ChainSpec::from_config(&genesis.ethereum.config));
    let mut store = Store::new(&genesis);
    store.import(&spec, &chain);
    Some(methods(backend(store, spec, genesis)).unwrap().into())
}

/// Error messages are free: they are taken out on both sides, wherever an error stands.
fn forget_messages(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(error)) = fields.get_mut("error") {
                error.remove("message");
            }
            fields.values_mut().for_each(forget_messages);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_messages),
        _ => {}
    }
}

/// Plays one fixture; the first difference, if there is one.
async fn play(service: &Methods, fixture: &str) -> Result<(), String> {
    let only_form = fixture
        .lines()
        .any(|line| line.starts_with("//") && line.contains("speconly"));
    let mut answer = Value::Null;
    for line in fixture.lines() {
        if let Some(request) = line.strip_prefix(">> ") {
            let (text, _) = service
                .raw_json_request(request, 1)
                .await
                .map_err(|error| error.to_string())?;
            answer = serde_json::from_str(text.get()).map_err(|error| error.to_string())?;
        } else if let Some(expected) = line.strip_prefix("<< ") {
            let mut expected: Value = serde_json::from_str(expected).unwrap();
            if only_form && answer.get("error").is_none() {
                continue;
            }
            forget_messages(&mut expected);
            let shown = answer.to_string();
            forget_messages(&mut answer);
            if answer != expected {
                return Err(format!(
                    "{}\n   got  {shown}\n   want {expected}",
                    difference(&answer, &expected, "")
                ));
            }
        }
    }
    Ok(())
}

/// Where two values differ first.
fn difference(found: &Value, expected: &Value, path: &str) -> String {
    match (found, expected) {
        (Value::Object(left), Value::Object(right)) => {
            let keys = left.keys().chain(right.keys());
            for key in keys {
                let (a, b) = (&found[key], &expected[key]);
                if a != b {
                    return difference(a, b, &format!("{path}.{key}"));
                }
            }
            format!("{path}: one has a field that is null or missing in the other")
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let pairs = left.iter().zip(right).enumerate();
            for (index, (a, b)) in pairs {
                if a != b {
                    return difference(a, b, &format!("{path}[{index}]"));
                }
            }
            path.to_owned()
        }
        _ => format!("{path}: {found} is not {expected}"),
    }
}

fn fixtures(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_judges_fixtures_are_answered() {
    let (Some(service), Some(tests)) = (service(), judge("rpc-compat/tests")) else {
        return;
    };
    let mut failures = Vec::new();
    for folder in FOLDERS {
        let files = fixtures(&tests.join(folder));
        let mut passed = 0;
        for file in &files {
            match play(&service, &fs::read_to_string(file).unwrap()).await {
                Ok(()) => passed += 1,
                Err(difference) => {
                    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                    failures.push(format!("{folder}/{name}: {difference:.1200}"));
                }
            }
        }
        println!("{folder}: {passed} of {}", files.len());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
