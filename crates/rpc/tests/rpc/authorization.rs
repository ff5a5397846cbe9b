//! Who may call which method: every served method has a class, and what administers a node is not served.
//!
//! The table stands in `docs/operator/authorization.md`, too; `UPDATE_VECTORS=1` writes it there anew.

use crate::fixture::Fixture;
use civitas_rpc::{code, methods};
use jsonrpsee::Methods;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/operator/authorization.md"
);
/// What stands between these lines is written here; the rest of the document elsewhere.
const BEGIN: &str = "<!-- methods: written by crates/rpc/tests/rpc/authorization.rs -->\n";
const END: &str = "<!-- end of methods -->\n";

/// What a method can do to the ledger and to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Reads what every reader of the ledger may know.
    Read,
    /// Reads, and executes or searches for it: bounded in number, time and size (`rpc.limits`).
    Heavy,
    /// Takes in a transaction, which the account's own signature authorises.
    Submit,
    /// Keeps something of the client's own in the memory of the node, bounded in number and time.
    Session,
    /// Of use on imported chains only; a ledger that orders by itself refuses it.
    Imported,
    /// Changes the node, its settings or what it holds.
    Administrative,
}

impl Class {
    const fn description(self) -> &'static str {
        match self {
            Self::Read => "read: everybody who reaches the port",
            Self::Heavy => {
                "read by executing or searching: everybody who reaches the port, within `rpc.limits`"
            }
            Self::Submit => {
                "submit: everybody who reaches the port; the transaction's signature and its sender's rights decide"
            }
            Self::Session => {
                "filters and subscriptions: everybody who reaches the port, for themselves, bounded"
            }
            Self::Imported => "only on imported chains; refused on every ledger that orders by itself",
            Self::Administrative => "administrative: refused by default",
        }
    }
}

/// Every method by its class. A method that stands in none of them fails the test.
const CLASSES: [(Class, &[&str]); 6] = [
    (
        Class::Read,
        &[
            "civitas_getCertificate",
            "civitas_getOmitted",
            "civitas_getProof",
            "civitas_ledgers",
            "civitas_parameters",
            "civitas_status",
            "civitas_systemContracts",
            "civitas_validators",
            "debug_getBadBlocks",
            "debug_getRawBlock",
            "debug_getRawHeader",
            "debug_getRawReceipts",
            "debug_getRawTransaction",
            "eth_accounts",
            "eth_baseFee",
            "eth_blobBaseFee",
            "eth_blockNumber",
            "eth_capabilities",
            "eth_chainId",
            "eth_config",
            "eth_feeHistory",
            "eth_gasPrice",
            "eth_getBalance",
            "eth_getBlockAccessList",
            "eth_getBlockByHash",
            "eth_getBlockByNumber",
            "eth_getBlockReceipts",
            "eth_getBlockTransactionCountByHash",
            "eth_getBlockTransactionCountByNumber",
            "eth_getCode",
            "eth_getHeaderByHash",
            "eth_getHeaderByNumber",
            "eth_getProof",
            "eth_getRawTransactionByHash",
            "eth_getStorageAt",
            "eth_getStorageValues",
            "eth_getTransactionByBlockHashAndIndex",
            "eth_getTransactionByBlockNumberAndIndex",
            "eth_getTransactionByHash",
            "eth_getTransactionCount",
            "eth_getTransactionReceipt",
            "eth_getUncleByBlockHashAndIndex",
            "eth_getUncleByBlockNumberAndIndex",
            "eth_getUncleCountByBlockHash",
            "eth_getUncleCountByBlockNumber",
            "eth_maxPriorityFeePerGas",
            "eth_syncing",
            "net_listening",
            "net_peerCount",
            "net_version",
            "rpc.discover",
            "rpc_modules",
            "txpool_content",
            "txpool_contentFrom",
            "txpool_inspect",
            "txpool_status",
            "web3_clientVersion",
            "web3_sha3",
        ],
    ),
    (
        Class::Heavy,
        &[
            "debug_traceBlockByHash",
            "debug_traceBlockByNumber",
            "debug_traceCall",
            "debug_traceTransaction",
            "eth_call",
            "eth_createAccessList",
            "eth_estimateGas",
            "eth_getLogs",
            "eth_simulateV1",
        ],
    ),
    (
        Class::Submit,
        &["eth_sendRawTransaction", "eth_sendRawTransactionSync"],
    ),
    (
        Class::Session,
        &[
            "eth_getFilterChanges",
            "eth_getFilterLogs",
            "eth_newBlockFilter",
            "eth_newFilter",
            "eth_newPendingTransactionFilter",
            "eth_subscribe",
            "eth_uninstallFilter",
            "eth_unsubscribe",
        ],
    ),
    (Class::Imported, &["testing_buildBlockV1"]),
    // None: a node is administered by its files, its command line and the contracts of the city.
    (Class::Administrative, &[]),
];

/// What other programs of Ethereum offer to administer a node or to use its keys: it must not come in unseen.
const NOT_SERVED: [&str; 20] = [
    "admin_addPeer",
    "admin_exportChain",
    "admin_importChain",
    "admin_removePeer",
    "admin_startHTTP",
    "admin_stopHTTP",
    "debug_chaindbCompact",
    "debug_setHead",
    "debug_writeMemProfile",
    "engine_forkchoiceUpdatedV3",
    "engine_newPayloadV4",
    "eth_sendTransaction",
    "eth_sign",
    "eth_signTransaction",
    "eth_signTypedData",
    "miner_setGasPrice",
    "miner_start",
    "personal_importRawKey",
    "personal_sendTransaction",
    "personal_unlockAccount",
];

fn classes() -> BTreeMap<&'static str, Class> {
    let mut classes = BTreeMap::new();
    for (class, names) in CLASSES {
        for name in names {
            assert_eq!(classes.insert(*name, class), None, "{name} stands twice");
        }
    }
    classes
}

/// The code of the error that a method answers, none if it answers.
async fn error_of(fixture: &Fixture, method: &str, params: Value) -> Option<i64> {
    let methods: Methods = methods(fixture.backend.clone()).unwrap().into();
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (answer, _) = methods.raw_json_request(&request.to_string(), 1).await.unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    answer["error"]["code"].as_i64()
}

#[tokio::test]
async fn every_method_has_a_class_and_none_administers() {
    let classes = classes();
    let fixture = Fixture::city();
    let module = methods(fixture.backend.clone()).unwrap();
    let served: BTreeSet<&str> = module.method_names().collect();
    let listed: BTreeSet<&str> = classes.keys().copied().collect();
    let uncovered: Vec<&&str> = served.difference(&listed).collect();
    assert!(uncovered.is_empty(), "methods without a class: {uncovered:?}");
    let unknown: Vec<&&str> = listed.difference(&served).collect();
    assert!(unknown.is_empty(), "classes of no method: {unknown:?}");
    for (name, class) in &classes {
        let code_wanted = match class {
            Class::Administrative => code::METHOD_NOT_FOUND,
            Class::Imported => code::NOT_SUPPORTED,
            _ => continue,
        };
        let error = error_of(&fixture, name, arguments(name)).await;
        assert_eq!(error, Some(code_wanted.into()), "{name} is not refused");
    }
    for name in NOT_SERVED {
        let error = error_of(&fixture, name, json!([])).await;
        assert_eq!(error, Some(code::METHOD_NOT_FOUND.into()), "{name} is served");
    }
}

/// Well-formed arguments of a method that must be refused for what it is.
fn arguments(method: &str) -> Value {
    let zero = format!("0x{}", "00".repeat(32));
    match method {
        "testing_buildBlockV1" => json!([
            zero,
            {
                "timestamp": "0x1",
                "prevRandao": zero,
                "suggestedFeeRecipient": format!("0x{}", "00".repeat(20)),
                "withdrawals": [],
                "parentBeaconBlockRoot": zero,
            },
        ]),
        _ => json!([]),
    }
}

/// The table as operators and auditors read it is the one that was tried out.
#[test]
fn the_document_is_fresh() {
    let mut wanted = String::from("| method | who may |\n| --- | --- |\n");
    for (name, class) in classes() {
        writeln!(wanted, "| `{name}` | {} |", class.description()).unwrap();
    }
    let text = std::fs::read_to_string(FILE).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (present, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(FILE, [before, BEGIN, &wanted, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(
        present, wanted,
        "{FILE} is stale: run this test with UPDATE_VECTORS=1"
    );
}
