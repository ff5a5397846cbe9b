//! Many ledgers behind one server: each on its path, from the moment it is added until it is removed.

use crate::{
    doubles::Observer,
    fixture::{CHAIN_ID, Fixture, dynamic},
    server::{call, config, exchange},
};
use civitas_rpc::{Config, LedgerPathError, NoObserver, Server};
use jsonrpsee::{
    core::client::{Subscription, SubscriptionClientT},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};

const HARBOUR: &str = "/ledgers/harbour";

async fn start(main: &Fixture, config: Config) -> Server {
    Server::start(&config, main.backend.clone(), Arc::new(NoObserver))
        .await
        .unwrap()
}

async fn post(address: SocketAddr, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let (status, answer) = exchange(address, request).await;
    (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
}

async fn ask(address: SocketAddr, path: &str, method: &str, params: Value) -> Value {
    let (status, answer) = post(address, path, &call(method, params)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn connect(server: &Server, path: &str) -> (WsClient, Subscription<Value>) {
    let client = WsClientBuilder::default()
        .build(format!("ws://{}{path}", server.address()))
        .await
        .unwrap();
    let heads = client
        .subscribe("eth_subscribe", rpc_params!["newHeads"], "eth_unsubscribe")
        .await
        .unwrap();
    (client, heads)
}

#[tokio::test]
async fn a_ledger_is_served_from_add_to_remove() {
    let (main, harbour) = (Fixture::new(), Fixture::new());
    harbour.grow();
    let server = start(&main, config()).await;
    let address = server.address();
    let number = call("eth_blockNumber", json!([]));
    let unknown = |answer: &(u16, Value)| {
        assert_eq!(answer.0, 404);
        assert_eq!(answer.1["error"]["code"], -32001);
        let message = answer.1["error"]["message"].as_str().unwrap();
        assert!(message.contains("no ledger harbour is served here"), "{message}");
    };
    unknown(&post(address, HARBOUR, &number).await);

    server.paths().add("harbour", harbour.backend.clone()).unwrap();
    for (path, height) in [("/", "0x2"), (HARBOUR, "0x3"), ("/ledgers/harbour/", "0x3")] {
        let answer = ask(address, path, "eth_blockNumber", json!([])).await;
        assert_eq!(answer["result"], height, "{path}");
    }
    let batch = json!([number, call("eth_chainId", json!([])), call("nothing", json!([]))]);
    let (_, answers) = post(address, HARBOUR, &batch).await;
    assert_eq!(answers[0]["result"], "0x3");
    assert_eq!(answers[1]["result"], format!("{CHAIN_ID:#x}"));
    assert_eq!(answers[2]["error"]["code"], -32601);
    let health = "GET /ledgers/harbour/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let (status, health) = exchange(address, health.to_owned()).await;
    let health: Value = serde_json::from_str(&health).unwrap();
    assert_eq!((status, &health["height"]), (200, &json!(3)));
    let (status, _) = post(address, "/ledgers/harbour/health", &number).await;
    assert_eq!(status, 405);
    let (status, _) = post(address, "/ledgers/harbour/else", &number).await;
    assert_eq!(status, 404);

    assert!(server.paths().remove("harbour"));
    assert!(!server.paths().remove("harbour"));
    unknown(&post(address, HARBOUR, &number).await);
    let answer = ask(address, "/", "eth_blockNumber", json!([])).await;
    assert_eq!(answer["result"], "0x2");
    server.stop().await;
}

#[tokio::test]
async fn nothing_of_one_ledger_answers_for_another() {
    let (main, harbour) = (Fixture::new(), Fixture::new());
    let server = start(&main, config()).await;
    let address = server.address();
    server.paths().add("harbour", harbour.backend.clone()).unwrap();
    let filter = ask(address, HARBOUR, "eth_newBlockFilter", json!([])).await["result"].clone();
    main.grow();
    let block = harbour.grow();
    harbour.grow();
    let changes = ask(address, HARBOUR, "eth_getFilterChanges", json!([filter])).await["result"].clone();
    assert_eq!(changes.as_array().unwrap().len(), 2);
    assert_eq!(changes[0], json!(block.hash));
    let foreign = ask(address, "/", "eth_getFilterChanges", json!([filter])).await;
    assert!(
        foreign["error"]["message"].as_str().unwrap().contains("filter"),
        "{foreign}"
    );
    ask(
        address,
        HARBOUR,
        "eth_sendRawTransaction",
        json!([dynamic(4).raw()]),
    )
    .await;
    assert_eq!(harbour.pool.taken.lock().unwrap().len(), 1);
    assert!(main.pool.taken.lock().unwrap().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn subscriptions_follow_their_ledger_and_end_with_it() {
    let (main, harbour) = (Fixture::new(), Fixture::new());
    harbour.grow();
    let server = start(&main, config()).await;
    server.paths().add("harbour", harbour.backend.clone()).unwrap();
    let (_main_client, mut main_heads) = connect(&server, "/").await;
    let (_harbour_client, mut harbour_heads) = connect(&server, HARBOUR).await;
    for _ in 0..6 {
        let (there, here) = (harbour.grow(), main.grow());
        let head = harbour_heads.next().await.unwrap().unwrap();
        assert_eq!(head["number"], format!("{:#x}", there.header.number));
        let head = main_heads.next().await.unwrap().unwrap();
        assert_eq!(head["number"], format!("{:#x}", here.header.number));
    }
    // Removed, its connection ends; that of the main ledger goes on.
    server.paths().remove("harbour");
    assert!(harbour_heads.next().await.is_none());
    let refused = WsClientBuilder::default()
        .build(format!("ws://{}{HARBOUR}", server.address()))
        .await;
    assert!(refused.unwrap_err().to_string().contains("404"));
    main.grow();
    assert!(main_heads.next().await.is_some());
    // Added again, it ends with the server.
    server.paths().add("harbour", harbour.backend.clone()).unwrap();
    let (_client, mut heads) = connect(&server, HARBOUR).await;
    server.stop().await;
    assert!(heads.next().await.is_none());
}

#[tokio::test]
async fn the_bounds_of_the_server_hold_on_every_path() {
    let (main, harbour) = (Fixture::new(), Fixture::new());
    let observer = Arc::new(Observer::default());
    let config = Config {
        request_bytes_max: 400,
        batch_calls_max: 2,
        connections_max: 1,
        connection_subscriptions_max: 1,
        ..config()
    };
    let server = Server::start(&config, main.backend.clone(), observer.clone())
        .await
        .unwrap();
    let address = server.address();
    server.paths().add("harbour", harbour.backend.clone()).unwrap();
    let long = call("web3_sha3", json!([format!("0x{}", "00".repeat(200))]));
    assert_eq!(post(address, HARBOUR, &long).await.0, 413);
    let many = json!(vec![call("eth_chainId", json!([])); 3]);
    assert_eq!(post(address, HARBOUR, &many).await.1["error"]["code"], -32010);
    let answer = ask(address, HARBOUR, "eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(answer["error"]["code"], -32601);
    let calls = observer.calls.lock().unwrap().clone();
    assert_eq!(calls, [("eth_subscribe", Some(-32601))]);

    let (client, heads) = connect(&server, HARBOUR).await;
    let second = client
        .subscribe::<Value, _>("eth_subscribe", rpc_params!["newHeads"], "eth_unsubscribe")
        .await;
    assert!(second.unwrap_err().to_string().contains("Too many subscriptions"));
    // The other ledgers' connections are used up, the main ledger's are not.
    assert_eq!(
        post(address, HARBOUR, &call("eth_chainId", json!([]))).await.0,
        429
    );
    ask(address, "/", "eth_chainId", json!([])).await;
    drop((heads, client));
    server.stop().await;
}

/// Its runtime stands for one whose disk hangs: nobody drives it.
#[tokio::test]
async fn a_ledger_that_hangs_collects_no_requests() {
    let (main, harbour) = (Fixture::new(), Fixture::new());
    let config = Config {
        connections_max: 2,
        ..config()
    };
    let server = start(&main, config).await;
    let address = server.address();
    let hangs = tokio::runtime::Builder::new_current_thread().build().unwrap();
    {
        let _entered = hangs.enter();
        server.paths().add("harbour", harbour.backend.clone()).unwrap();
    }
    let ask_harbour = || async move { post(address, HARBOUR, &call("eth_chainId", json!([]))).await };
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..3 {
        asked.spawn(ask_harbour());
    }
    // Two wait for ever, so the one that is answered is the one that found no room.
    let (status, answer) = asked.join_next().await.unwrap().unwrap();
    assert_eq!((status, &answer["error"]["code"]), (429, &json!(-32005)));
    assert_eq!(ask_harbour().await.0, 429);
    ask(address, "/", "eth_chainId", json!([])).await;
    hangs.shutdown_background();
    drop(asked);
    server.stop().await;
}

#[tokio::test]
async fn ledgers_are_listed_and_their_names_checked() {
    let (main, harbour) = (Fixture::new(), Fixture::new());
    let server = start(&main, config()).await;
    let address = server.address();
    let entry = |name: &str, path: &str| json!({ "name": name, "chainId": CHAIN_ID, "path": path });
    let listed = ask(address, "/", "civitas_ledgers", json!([])).await;
    assert_eq!(listed["result"], json!([entry("main", "/")]));
    for name in ["", "main", "Harbour", "a/b", "-a", "a-", "ä", &"a".repeat(33)] {
        let refused = server.paths().add(name, harbour.backend.clone());
        assert!(matches!(refused, Err(LedgerPathError::Name { .. })), "{name}");
    }
    for name in ["harbour", "a", "0-9", &"a".repeat(32)] {
        server.paths().add(name, harbour.backend.clone()).unwrap();
    }
    let taken = server.paths().add("harbour", harbour.backend.clone());
    assert!(matches!(taken, Err(LedgerPathError::Taken { .. })));
    for name in ["a", "0-9", &"a".repeat(32)] {
        assert!(server.paths().remove(name));
    }
    for path in ["/", HARBOUR] {
        let listed = ask(address, path, "civitas_ledgers", json!([])).await;
        assert_eq!(
            listed["result"],
            json!([entry("main", "/"), entry("harbour", HARBOUR)])
        );
    }
    server.stop().await;
}
