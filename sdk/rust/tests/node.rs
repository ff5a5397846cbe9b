//! A node over JSON-RPC: answers, refusals, and nodes that are down.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use alloy_primitives::{Address, Bytes};
use civitas_sdk::{Error, Node};
use jsonrpsee_client::{
    server::{RpcModule, Server, ServerHandle},
    types::ErrorObjectOwned,
};
use serde_json::{Value, json};

/// A server that is a node as far as these tests ask.
async fn serve(height: &'static str) -> (String, ServerHandle) {
    let server = Server::builder().build("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let mut module = RpcModule::new(());
    module
        .register_method("eth_blockNumber", move |_, _, _| json!(height))
        .unwrap();
    module
        .register_method("eth_call", |params, _, _| -> Result<Value, ErrorObjectOwned> {
            let call: Vec<Value> = params.parse()?;
            match call[0]["input"].as_str() {
                Some("0x01") => Ok(json!("0x02")),
                _ => Err(ErrorObjectOwned::owned(3, "execution reverted", Some("0xdead"))),
            }
        })
        .unwrap();
    (url, server.start(module))
}

#[tokio::test]
async fn the_next_node_answers_for_one_that_is_down() {
    let (first, first_handle) = serve("0x1").await;
    let (second, _second_handle) = serve("0x2").await;
    let node = Node::connect(&[&first, &second]).unwrap();
    assert_eq!(node.block_number().await.unwrap(), 1);
    first_handle.stop().unwrap();
    first_handle.stopped().await;
    assert_eq!(node.block_number().await.unwrap(), 2);
    assert_eq!(node.url(), second);
}

#[tokio::test]
async fn a_node_that_hangs_back_is_not_asked_first() {
    let (behind, _behind_handle) = serve("0x1").await;
    let (ahead, _ahead_handle) = serve("0x9").await;
    let node = Node::connect(&[&behind, &ahead, "http://127.0.0.1:1"]).unwrap();
    // As far as nodes are apart all the time.
    node.prefer_furthest(8).await;
    assert_eq!(node.url(), behind);
    node.prefer_furthest(7).await;
    assert_eq!(node.url(), ahead);
    assert_eq!(node.block_number().await.unwrap(), 9);
    let nobody = Node::connect(&["http://127.0.0.1:1", "http://127.0.0.1:2"]).unwrap();
    nobody.prefer_furthest(0).await;
    assert_eq!(nobody.url(), "http://127.0.0.1:1");
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    let (url, _handle) = serve("0x1").await;
    let node = Node::connect(&["http://127.0.0.1:1", &url]).unwrap();
    let call = async |byte: u8| node.call(Address::ZERO, &Bytes::from(vec![byte])).await;
    assert_eq!(call(1).await.unwrap(), Bytes::from(vec![2]));
    let refused = call(9).await.unwrap_err();
    assert_eq!(refused.revert(), Some(&Bytes::from(vec![0xde, 0xad])));
    assert!(matches!(refused, Error::Refused { code: 3, .. }));
    assert!(matches!(
        node.status().await,
        Err(Error::Refused { code: -32601, .. })
    ));
}

#[tokio::test]
async fn nobody_who_answers_is_said_so() {
    let node = Node::connect(&["http://127.0.0.1:1"]).unwrap();
    assert!(matches!(
        node.block_number().await,
        Err(Error::Unreachable { .. })
    ));
    assert!(matches!(Node::connect::<&str>(&[]), Err(Error::NoAddress)));
    assert!(matches!(Node::connect(&["ftp://x"]), Err(Error::Address { .. })));
}
