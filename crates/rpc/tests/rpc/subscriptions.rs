//! Subscriptions over a real WebSocket.

use crate::fixture::{CONTRACT, Fixture, TOPIC, dynamic};
use alloy_primitives::Address;
use civitas_rpc::{Config, NoObserver, Server};
use jsonrpsee::{
    core::client::{Subscription, SubscriptionClientT},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::{Value, json};
use std::sync::Arc;

async fn connect(fixture: &Fixture, config: Config) -> (Server, WsClient) {
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..config
    };
    let server = Server::start(&config, fixture.backend.clone(), Arc::new(NoObserver))
        .await
        .unwrap();
    let client = WsClientBuilder::default()
        .build(format!("ws://{}", server.address()))
        .await
        .unwrap();
    (server, client)
}

async fn subscribe(client: &WsClient, kind: &str, options: Option<Value>) -> Subscription<Value> {
    let params = match options {
        Some(options) => rpc_params![kind, options],
        None => rpc_params![kind],
    };
    client
        .subscribe("eth_subscribe", params, "eth_unsubscribe")
        .await
        .unwrap()
}

async fn next(subscription: &mut Subscription<Value>) -> Value {
    subscription.next().await.unwrap().unwrap()
}

#[tokio::test]
async fn new_heads_come_in_order_without_gaps() {
    let fixture = Fixture::new();
    let (server, client) = connect(&fixture, Config::default()).await;
    let mut heads = subscribe(&client, "newHeads", None).await;
    // More than the stream holds (4), so that the rest is read from the store.
    let blocks: Vec<_> = (0..12).map(|_| fixture.grow()).collect();
    for block in blocks {
        let head = next(&mut heads).await;
        assert_eq!(head["hash"], json!(block.hash));
        assert_eq!(head["number"], format!("{:#x}", block.header.number));
        assert!(head.get("transactions").is_none());
    }
    let id = format!("{:?}", heads.kind());
    assert!(id.contains("0x"), "{id}");
    drop((heads, client));
    server.stop().await;
}

#[tokio::test]
async fn logs_are_filtered() {
    let fixture = Fixture::new();
    let (server, client) = connect(&fixture, Config::default()).await;
    let none = subscribe(&client, "logs", Some(json!({ "address": Address::ZERO }))).await;
    let mut some = subscribe(
        &client,
        "logs",
        Some(json!({ "address": CONTRACT, "topics": [TOPIC] })),
    )
    .await;
    let mut all = subscribe(&client, "logs", None).await;
    let block = fixture.grow();
    for logs in [&mut some, &mut all] {
        let log = next(logs).await;
        assert_eq!(log["blockHash"], json!(block.hash));
        assert_eq!(log["logIndex"], "0x0");
        assert_eq!(log["removed"], false);
    }
    none.unsubscribe().await.unwrap();
    drop((some, all, client));
    server.stop().await;
}

#[tokio::test]
async fn waiting_transactions_come_by_hash_or_whole() {
    let fixture = Fixture::new();
    let (server, client) = connect(&fixture, Config::default()).await;
    let mut hashes = subscribe(&client, "newPendingTransactions", None).await;
    let mut whole = subscribe(&client, "newPendingTransactions", Some(json!(true))).await;
    let transaction = Arc::new(dynamic(8));
    fixture.pending.send(transaction.clone()).unwrap();
    assert_eq!(next(&mut hashes).await, json!(transaction.hash()));
    let found = next(&mut whole).await;
    assert_eq!(
        (&found["hash"], &found["blockHash"]),
        (&json!(transaction.hash()), &Value::Null)
    );
    drop((hashes, whole, client));
    server.stop().await;
}

#[tokio::test]
async fn wrong_subscriptions_are_refused_and_their_number_is_bounded() {
    let fixture = Fixture::new();
    let bounded = Config {
        connection_subscriptions_max: 1,
        ..Config::default()
    };
    let (server, client) = connect(&fixture, bounded).await;
    let refused = |params| client.subscribe::<Value, _>("eth_subscribe", params, "eth_unsubscribe");
    for params in [
        rpc_params!["nothing"],
        rpc_params!["syncing"],
        rpc_params!["logs", true],
        rpc_params![],
    ] {
        let error = refused(params).await.unwrap_err().to_string();
        assert!(
            error.contains("-32602") || error.contains("InvalidParams"),
            "{error}"
        );
    }
    let first = subscribe(&client, "newHeads", None).await;
    let error = refused(rpc_params!["newHeads"]).await.unwrap_err().to_string();
    assert!(error.contains("Too many subscriptions"), "{error}");
    drop((first, client));
    server.stop().await;
}
