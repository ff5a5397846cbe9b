//! The server over real sockets: malformed input, limits, hosts, health, counting, stopping.

use crate::{
    doubles::{Engine, Node, Observer},
    fixture::{Fixture, dynamic},
};
use civitas_rpc::{Config, Limits, NoObserver, RpcError, Server, ServerError, SyncProgress};
use civitas_types::Height;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub fn config() -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..Config::default()
    }
}

async fn start(config: Config) -> Server {
    Server::start(&config, Fixture::new().backend, Arc::new(NoObserver))
        .await
        .unwrap()
}

/// Sends raw bytes and gives status and body of the answer.
pub async fn exchange(address: SocketAddr, request: String) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

async fn post_as(address: SocketAddr, host: &str, body: &str) -> (u16, String) {
    let length = body.len();
    exchange(
        address,
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ),
    )
    .await
}

async fn post(address: SocketAddr, body: &str) -> Value {
    let (status, answer) = post_as(address, &address.to_string(), body).await;
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(&answer).unwrap()
}

pub fn call(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

#[tokio::test]
async fn malformed_requests_get_the_errors_of_json_rpc() {
    let server = start(config()).await;
    let rows = [
        ("{", -32700),
        ("[{", -32700),
        (r#"{"id": 1, "foo": 1}"#, -32600),
        ("[]", -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}"#, -32601),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#,
            -32601,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":{}}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[7]}"#,
            -32602,
        ),
    ];
    for (body, code) in rows {
        let answer = post(server.address(), body).await;
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    }
    let answer = post(
        server.address(),
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}"#,
    )
    .await;
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("the method eth_nothing does not exist"),
        "{message}"
    );
    server.stop().await;
}

#[tokio::test]
async fn batches_keep_their_order_and_their_bound() {
    let server = start(Config {
        batch_calls_max: 40,
        ..config()
    })
    .await;
    let calls: Vec<Value> = (0..40)
        .map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": if id == 20 { "x" } else { "eth_chainId" } }))
        .collect();
    let answers = post(server.address(), &json!(calls).to_string()).await;
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 40);
    for (id, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], id);
        assert_eq!(answer.get("error").is_some(), id == 20, "{answer}");
    }
    let too_many = vec![call("eth_chainId", json!([])); 41];
    let answer = post(server.address(), &json!(too_many).to_string()).await;
    assert_eq!(answer["error"]["code"], -32010, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn bodies_and_answers_are_bounded() {
    let server = start(Config {
        request_bytes_max: 200,
        response_bytes_max: 1_000,
        ..config()
    })
    .await;
    let address = server.address();
    let long = call("web3_sha3", json!([format!("0x{}", "00".repeat(200))])).to_string();
    let (status, _) = post_as(address, &address.to_string(), &long).await;
    assert_eq!(status, 413);
    let answer = post(address, &call("rpc.discover", json!([])).to_string()).await;
    assert_eq!(answer["error"]["code"], -32008, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn only_known_hosts_are_served_on_loopback() {
    let server = start(config()).await;
    let body = call("eth_chainId", json!([])).to_string();
    for (host, expected) in [("localhost:1", 200), ("127.0.0.1", 200), ("evil.example", 403)] {
        let (status, answer) = post_as(server.address(), host, &body).await;
        assert_eq!(status, expected, "{host}: {answer}");
    }
    server.stop().await;
    let server = start(Config {
        allowed_hosts: vec!["*".to_owned()],
        ..config()
    })
    .await;
    let (status, _) = post_as(server.address(), "evil.example", &body).await;
    assert_eq!(status, 200);
    server.stop().await;
}

#[tokio::test]
async fn health_says_whether_the_node_is_behind() {
    let progress = SyncProgress {
        starting: Height::new(0),
        current: Height::new(1),
        highest: Height::new(9),
    };
    for (syncing, status, word) in [(None, 200, "ok"), (Some(progress), 503, "syncing")] {
        let fixture = Fixture::with(Limits::default(), Engine::default(), Node { syncing });
        let server = Server::start(&config(), fixture.backend, Arc::new(NoObserver))
            .await
            .unwrap();
        let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let (found, body) = exchange(server.address(), request.to_owned()).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((found, &body["status"]), (status, &json!(word)));
        assert_eq!(body["height"], 2);
        server.stop().await;
    }
}

#[tokio::test]
async fn every_call_is_counted() {
    let fixture = Fixture::new();
    let observer = Arc::new(Observer::default());
    let server = Server::start(&config(), fixture.backend.clone(), observer.clone())
        .await
        .unwrap();
    let batch = json!([
        call("eth_sendRawTransaction", json!([dynamic(4).raw()])),
        call("eth_sendRawTransaction", json!(["0x"])),
        call("nothing", json!([])),
    ]);
    post(server.address(), &batch.to_string()).await;
    let calls = observer.calls.lock().unwrap().clone();
    let expected = [
        ("eth_sendRawTransaction", None),
        ("eth_sendRawTransaction", Some(-32000)),
        ("unknown", Some(-32601)),
    ];
    assert_eq!(calls, expected);
    assert_eq!(fixture.pool.taken.lock().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_stopped_server_frees_its_port_and_a_taken_port_is_named() {
    let server = start(config()).await;
    let address = server.address();
    let again = Config {
        listen: address,
        ..config()
    };
    let taken = Server::start(&again, Fixture::new().backend, Arc::new(NoObserver)).await;
    assert!(matches!(taken, Err(ServerError::Listen { address: named, .. }) if named == address));
    server.stop().await;
    start(again).await.stop().await;
}

#[tokio::test]
async fn heavy_calls_are_bounded_in_number_and_time() {
    let limits = Limits {
        heavy_calls_max: 1,
        heavy_calls_waiting_max: 0,
        execution_ms_max: 1,
        ..Limits::default()
    };
    let backend = Fixture::with(limits, Engine::default(), Node::default()).backend;
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let slow = backend.heavy(move |_| {
        let _ = wait.recv();
        Ok(())
    });
    assert!(matches!(slow.await, Err(RpcError::Timeout { millis: 1 })));
    // The work still runs, so its place is taken.
    assert!(matches!(
        backend.heavy(|_| Ok(())).await,
        Err(RpcError::Busy { max: 1 })
    ));
    release.send(()).unwrap();
    let free = async {
        loop {
            match backend.bounded(async { Ok(()) }).await {
                Err(RpcError::Busy { .. }) => tokio::task::yield_now().await,
                other => return other,
            }
        }
    };
    assert!(free.await.is_ok());
}

#[tokio::test]
async fn tries_of_one_call_share_its_deadline() {
    let limits = Limits {
        execution_ms_max: 1,
        ..Limits::default()
    };
    let backend = Fixture::with(limits, Engine::default(), Node::default()).backend;
    let deadline = backend.deadline();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let first = backend.heavy_until(deadline, move |_| {
        let _ = wait.recv();
        Ok(())
    });
    assert!(matches!(first.await, Err(RpcError::Timeout { millis: 1 })));
    release.send(()).unwrap();
    let second = backend.heavy_until(deadline, |_| -> Result<(), RpcError> {
        panic!("nothing begins after the deadline")
    });
    assert!(matches!(second.await, Err(RpcError::Timeout { millis: 1 })));
}
