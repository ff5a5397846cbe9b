//! Ethereum's state tests through our own path: view, database, block execution, difference, state root.
//!
//! Every case of every fork that revm has is run. A case is one signed transaction on a given state: the state root
//! and the logs after it must be Ethereum's, or it must be refused and change nothing.

use crate::support::{self, MemoryState};
use alloy_genesis::{ChainConfig, GenesisAccount};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use civitas_evm::{BlockExecution, ChainSpec};
use civitas_ports::{BlockInput, Policy};
use civitas_types::{Genesis, Height, LedgerParameters, ReceiptEnvelope, Transaction};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

const THREADS: usize = 2;
/// Failures that are printed; the counts are complete.
const FAILURES_SHOWN_MAX: usize = 40;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Environment {
    current_coinbase: Address,
    current_difficulty: Option<U256>,
    current_gas_limit: U256,
    current_number: U256,
    current_timestamp: U256,
    current_base_fee: Option<U256>,
    current_random: Option<B256>,
    current_excess_blob_gas: Option<U256>,
}

#[derive(Deserialize)]
struct PreAccount {
    balance: U256,
    code: Bytes,
    nonce: U256,
    storage: BTreeMap<U256, U256>,
}

#[derive(Deserialize)]
struct Expected {
    hash: B256,
    logs: B256,
    txbytes: Bytes,
    #[serde(rename = "expectException")]
    exception: Option<String>,
}

#[derive(Deserialize)]
struct StateTest {
    env: Environment,
    pre: BTreeMap<Address, PreAccount>,
    post: BTreeMap<String, Vec<Expected>>,
}

#[derive(Default)]
struct Report {
    /// Passed and failed cases by fork.
    counts: BTreeMap<String, (usize, usize)>,
    unknown_forks: BTreeMap<String, usize>,
    failures: Vec<String>,
}

#[test]
fn state_tests_of_ethereum_pass() {
    let archive = support::judge("state-tests/state-tests.tar.xz");
    let mut files = Vec::new();
    collect_json(&unpack(&archive), &mut files);
    files.sort();
    assert!(!files.is_empty(), "the archive holds no tests");
    let next = AtomicUsize::new(0);
    let report = Mutex::new(Report::default());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run_file(file, &report);
                }
            });
        }
    });
    let report = report.into_inner().unwrap();
    for (fork, (passed, failed)) in &report.counts {
        println!("{fork}: {passed} passed, {failed} failed");
    }
    for (fork, count) in &report.unknown_forks {
        println!("{fork}: {count} left out, revm has no such fork");
    }
    for failure in report.failures.iter().take(FAILURES_SHOWN_MAX) {
        println!("failed: {failure}");
    }
    let passed: usize = report.counts.values().map(|(passed, _)| passed).sum();
    println!("{passed} cases in {} files passed", files.len());
    assert!(
        report.failures.is_empty(),
        "{} cases failed",
        report.failures.len()
    );
}

/// Unpacks the archive once into the target folder; a half-unpacked folder is never taken for a whole one.
fn unpack(archive: &Path) -> PathBuf {
    let bytes = fs::metadata(archive).unwrap().len();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("state-tests-{bytes}"));
    if folder.exists() {
        return folder;
    }
    let partial = folder.with_extension(format!("partial-{}", std::process::id()));
    fs::create_dir_all(&partial).unwrap();
    let status = Command::new("tar")
        .arg("-xf")
        .arg(archive)
        .arg("-C")
        .arg(&partial)
        .status()
        .unwrap();
    assert!(status.success(), "tar could not unpack {}", archive.display());
    // Another run may have been faster; both folders are the same then.
    if fs::rename(&partial, &folder).is_err() {
        fs::remove_dir_all(&partial).unwrap();
    }
    folder
}

fn collect_json(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_json(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

fn run_file(file: &Path, report: &Mutex<Report>) {
    let tests: BTreeMap<String, StateTest> = serde_json::from_slice(&fs::read(file).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    for (name, test) in &tests {
        for (fork, cases) in &test.post {
            let Some(config) = rules(fork) else {
                *report
                    .lock()
                    .unwrap()
                    .unknown_forks
                    .entry(fork.clone())
                    .or_default() += cases.len();
                continue;
            };
            let genesis = genesis(test, config);
            let spec = ChainSpec::from_genesis(&genesis);
            let state = pre_state(test, &genesis);
            for (index, case) in cases.iter().enumerate() {
                let outcome = run_case(&spec, &test.env, &state, case);
                let mut report = report.lock().unwrap();
                let counts = report.counts.entry(fork.clone()).or_default();
                match outcome {
                    Ok(()) => counts.0 += 1,
                    Err(reason) => {
                        counts.1 += 1;
                        let file = file.file_name().unwrap().to_string_lossy();
                        report
                            .failures
                            .push(format!("{file} {name} {fork} {index}: {reason}"));
                    }
                }
            }
        }
    }
}

fn run_case(
    spec: &ChainSpec,
    environment: &Environment,
    state: &MemoryState,
    case: &Expected,
) -> Result<(), String> {
    let input = block_input(spec, environment);
    let mut execution = BlockExecution::new(spec, state, &input);
    let outcome = Transaction::decode(case.txbytes.clone())
        .map_err(|error| error.to_string())
        .and_then(|transaction| {
            let outcome = execution.execute_transaction(&transaction);
            outcome.map_err(|error| format!("{error:?}"))
        });
    let mut after = state.clone();
    after.apply(execution.diff());
    match (outcome, &case.exception) {
        (Ok(_), Some(exception)) => Err(format!("was executed, expected {exception}")),
        (Err(reason), None) => Err(format!("was refused: {reason}")),
        (Err(_), Some(_)) if !execution.diff().is_empty() => Err("was refused and left a trace".to_owned()),
        (Err(_), Some(_)) => Ok(()),
        (Ok(receipt), None) => {
            let logs = logs_hash(&receipt);
            if logs != case.logs {
                return Err(format!("logs {logs}, expected {}", case.logs));
            }
            let root = after.root();
            if root == case.hash {
                Ok(())
            } else {
                Err(format!("state root {root}, expected {}", case.hash))
            }
        }
    }
}

fn logs_hash(receipt: &ReceiptEnvelope) -> B256 {
    keccak256(alloy_rlp::encode(receipt.logs().to_vec()))
}

/// The state before the case as the genesis of a chain with the rules `config`.
fn genesis(test: &StateTest, config: ChainConfig) -> Genesis {
    let alloc = test.pre.iter().map(|(address, pre)| {
        let slots = pre.storage.iter();
        let account = GenesisAccount {
            nonce: Some(pre.nonce.to()),
            balance: pre.balance,
            code: Some(pre.code.clone()),
            storage: Some(
                slots
                    .map(|(slot, value)| ((*slot).into(), (*value).into()))
                    .collect(),
            ),
            private_key: None,
        };
        (*address, account)
    });
    Genesis {
        ethereum: alloy_genesis::Genesis {
            config,
            alloc: alloc.collect(),
            ..alloy_genesis::Genesis::default()
        },
        parameters: LedgerParameters::default(),
        validators: Vec::new(),
    }
}

fn pre_state(test: &StateTest, genesis: &Genesis) -> MemoryState {
    let mut state = MemoryState::of_genesis(genesis);
    // Ethereum's tests define the hash of block n as the hash of its decimal number.
    let number: u64 = test.env.current_number.to();
    for ancestor in number.saturating_sub(256)..number {
        state
            .block_hashes
            .insert(ancestor, keccak256(ancestor.to_string()));
    }
    state
}

fn block_input(spec: &ChainSpec, environment: &Environment) -> BlockInput {
    let number: u64 = environment.current_number.to();
    let timestamp: u64 = environment.current_timestamp.to();
    let cancun = spec.blob_params(timestamp).is_some();
    BlockInput {
        height: Height::new(number),
        parent_hash: keccak256(number.saturating_sub(1).to_string()),
        timestamp_ms: timestamp * 1_000,
        beneficiary: environment.current_coinbase,
        prev_randao: environment.current_random.unwrap_or_default(),
        difficulty: environment.current_difficulty.unwrap_or_default(),
        nonce: 0,
        gas_limit: environment.current_gas_limit.saturating_to(),
        base_fee: environment.current_base_fee.map(|fee| fee.to()),
        extra_data: Bytes::new(),
        parent_beacon_block_root: cancun.then_some(B256::ZERO),
        main: None,
        excess_blob_gas: cancun.then(|| environment.current_excess_blob_gas.unwrap_or_default().to()),
        withdrawals: None,
        ommers: Vec::new(),
        transactions: Vec::new(),
        policy: Policy::Strict,
    }
}

/// The rules of a fork by its name in the tests, all forks before it being active from block 0 on.
fn rules(fork: &str) -> Option<ChainConfig> {
    const NAMES: [&[&str]; 15] = [
        &["Frontier"],
        &["Homestead"],
        &["EIP150"],
        &["EIP158"],
        &["Byzantium"],
        &["ConstantinopleFix", "Petersburg"],
        &["Istanbul"],
        &["Berlin"],
        &["London"],
        &["Paris", "Merge"],
        &["Shanghai"],
        &["Cancun"],
        &["Prague"],
        &["Osaka"],
        &["Amsterdam"],
    ];
    let position = NAMES.iter().position(|names| names.contains(&fork))?;
    let from = |index: usize| (position >= index).then_some(0);
    Some(ChainConfig {
        chain_id: 1,
        homestead_block: from(1),
        eip150_block: from(2),
        eip155_block: from(3),
        eip158_block: from(3),
        byzantium_block: from(4),
        constantinople_block: from(5),
        petersburg_block: from(5),
        istanbul_block: from(6),
        berlin_block: from(7),
        london_block: from(8),
        merge_netsplit_block: from(9),
        shanghai_time: from(10),
        cancun_time: from(11),
        prague_time: from(12),
        osaka_time: from(13),
        amsterdam_time: from(14),
        ..ChainConfig::default()
    })
}
