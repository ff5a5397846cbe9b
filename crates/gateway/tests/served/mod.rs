//! The HTTP side: what others read of a gateway is what it reported, and who reads believes nothing of it.

use crate::city::{City, Folder, REPORT_FEE, REPORT_GAS, gateway, start, terms};
use alloy_primitives::{Bytes, U256};
use civitas_foreign_chain_contract::ethereum::{CHAIN_ID, Ethereum};
use civitas_gateway::{
    Gateway, GatewayError, Progress, Served, Server, State, archive::Reported, client::GatewayClient,
};
use std::{net::SocketAddr, path::Path};
use tokio::sync::watch;

const CHAIN: &str = "eip155:424243";

async fn settle(gateway: &mut Gateway, city: &City) {
    loop {
        let progress = gateway.step().await.unwrap();
        city.mine();
        if matches!(progress, Progress::WaitsForChain { .. }) {
            return;
        }
    }
}

/// A gateway that reported everything, and its HTTP side.
async fn served(folder: &Path, chain: &Ethereum, city: &City) -> (Gateway, SocketAddr, watch::Sender<bool>) {
    let gateway = gateway(1, folder, city, vec![chain.url(0)]);
    let shelf = vec![Served {
        chain: CHAIN.to_owned(),
        folder: folder.join(format!("eip155-{CHAIN_ID}")),
        board: gateway.board(),
    }];
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), shelf).await.unwrap();
    let address = server.address();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(server.run(stopped));
    (gateway, address, stop)
}

/// What a plain GET gives: status and text.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// A sample of the text of metrics.
fn sample(text: &str, name: &str) -> f64 {
    let label = format!("civitas_gateway_{name}{{chain=\"{CHAIN}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&label));
    line.unwrap_or_default().parse().unwrap_or(f64::NAN)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_served_is_what_was_reported() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 4));
    let folder = Folder::new("served");
    let (mut gateway, address, _stop) = served(&folder.0, &chain, &city).await;
    let client = GatewayClient::new(&format!("http://{address}")).unwrap();
    assert_eq!(client.chains().await.unwrap()[0].status.state, State::Starting);
    assert_eq!(client.batch(CHAIN, 1).await.unwrap(), None);
    for transactions in 0..12 {
        chain.mine(transactions % 5);
    }
    settle(&mut gateway, &city).await;
    let (mut events, mut transactions) = (0, 0);
    for anchor in city.anchors() {
        let bytes = client
            .batch(CHAIN, anchor.batch.fromHeight)
            .await
            .unwrap()
            .unwrap();
        let reported = Reported::read(&bytes).unwrap();
        assert_eq!(reported.batch.batch(), anchor.batch);
        assert_eq!(reported.blocks.len(), 4);
        events += anchor.batch.events;
        transactions += anchor.batch.transactions;
    }
    // Blocks 1 to 10 are final; 9 and 10 wait for their batch to be full.
    let status = client.chains().await.unwrap().remove(0);
    assert_eq!(
        (
            status.next_height,
            status.latest,
            status.finalized,
            status.lag_blocks
        ),
        (Some(9), Some(12), Some(10), Some(2))
    );
    assert_eq!(
        (status.finality.as_deref(), status.depth),
        (Some("depth"), Some(2))
    );
    assert_eq!((status.threshold, status.gateways), (Some(1), Some(1)));
    let reports = status.reports;
    assert_eq!((reports.batches, reports.blocks, reports.refused), (2, 8, 0));
    assert_eq!((reports.transactions, reports.events), (transactions, events));
    assert_eq!((reports.gas, reports.fee), (2 * REPORT_GAS, 2 * REPORT_FEE));
    assert!(status.endpoints[0].requests > 8 && status.endpoints[0].failures == 0);
    let (code, text) = get(address, "/metrics").await;
    assert_eq!(code, 200);
    for (name, value) in [
        ("batches_total", 2.0),
        ("blocks_total", 8.0),
        ("report_gas_total", 140_000.0),
        ("lag_blocks", 2.0),
        ("next_height", 9.0),
        ("failing", 0.0),
    ] {
        assert!((sample(&text, name) - value).abs() < 0.1, "{name}: {text}");
    }
    assert!(text.contains(&format!("endpoint=\"{}\"", chain.url(0))), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_files_of_its_chains_are_given() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 1));
    let folder = Folder::new("paths");
    let (mut gateway, address, _stop) = served(&folder.0, &chain, &city).await;
    for _ in 0..3 {
        chain.mine(1);
    }
    settle(&mut gateway, &city).await;
    std::fs::write(folder.0.join("secret.jsonl"), "secret").unwrap();
    for (path, expected) in [
        ("/chains/eip155:424243/batches/1", 200),
        ("/chains/eip155%3A424243/batches/1", 200),
        ("/chains/eip155:424243/batches/2", 404),
        ("/chains/eip155:1/batches/1", 404),
        ("/chains/..%2f..%2fetc/batches/1", 404),
        ("/chains/../batches/1", 404),
        ("/chains/eip155:424243/batches/-1", 400),
        ("/chains/eip155:424243/batches/..%2f..%2fsecret", 400),
        ("/chains/eip155:424243/batches/99999999999999999999", 400),
        ("/chains/eip155:424243/batches", 404),
        ("/", 404),
    ] {
        let (code, text) = get(address, path).await;
        assert_eq!(code, expected, "{path}: {text}");
        assert!(!text.contains("secret"), "{path}");
    }
}

/// Where the gateway cannot work, it says so in its health and its counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_that_of_the_last_step() {
    let (chain, city) = start().await;
    let folder = Folder::new("health");
    let (mut gateway, address, _stop) = served(&folder.0, &chain, &city).await;
    assert_eq!(get(address, "/health").await.0, 200);
    let failed = gateway.step().await;
    assert!(
        matches!(failed, Err(GatewayError::NotFollowed { .. })),
        "{failed:?}"
    );
    let (code, text) = get(address, "/health").await;
    assert_eq!(code, 503);
    assert!(text.contains("does not follow eip155:424243 yet"), "{text}");
    assert!((sample(&get(address, "/metrics").await.1, "failed_steps_total") - 1.0).abs() < 0.1);
    city.follow(terms(1, 1, 1));
    gateway.step().await.unwrap();
    let (code, text) = get(address, "/health").await;
    assert_eq!(code, 200);
    // The last error stays to be read.
    assert!(text.contains("does not follow eip155:424243 yet"), "{text}");
}

/// One in many: an event that is left out, invented, repeated, altered or moved is found, as is every other change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_lies_is_refused() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 8));
    let folder = Folder::new("lying-file");
    let (mut gateway, address, _stop) = served(&folder.0, &chain, &city).await;
    for _ in 0..10 {
        chain.mine(40);
    }
    settle(&mut gateway, &city).await;
    let client = GatewayClient::new(&format!("http://{address}")).unwrap();
    let truth = client.batch(CHAIN, 1).await.unwrap().unwrap();
    let reported = Reported::read(&truth).unwrap();
    assert!(reported.batch.events > 300, "{:?}", reported.batch);

    type Change = fn(&mut Reported);
    let changes: [(&str, Change); 22] = [
        ("dropped", |file| {
            drop(file.blocks[5].transactions[13].events.pop())
        }),
        ("repeated", |file| {
            let events = &mut file.blocks[5].transactions[13].events;
            let twice = events[0].clone();
            events.push(twice);
        }),
        ("invented", |file| {
            let mut event = file.blocks[5].transactions[13].events[0].clone();
            event.emitter = vec![1; 20].into();
            file.blocks[7].transactions[39].events.push(event);
        }),
        ("swapped", |file| {
            file.blocks[5].transactions[13].events.swap(0, 1)
        }),
        ("renumbered", |file| {
            file.blocks[0].transactions[0].events[0].index += 1
        }),
        ("moved to another block", |file| {
            let event = file.blocks[5].transactions[13].events.pop().unwrap();
            file.blocks[6].transactions[13].events.push(event);
        }),
        ("other data", |file| {
            file.blocks[0].transactions[0].events[0].data = vec![1].into()
        }),
        ("other outcome", |file| {
            file.blocks[3].transactions[2].succeeded = Some(true)
        }),
        ("a transaction less", |file| {
            drop(file.blocks[1].transactions.pop())
        }),
        ("swapped transactions", |file| {
            file.blocks[1].transactions.swap(3, 4)
        }),
        ("another sender", |file| {
            file.blocks[1].transactions[0].sender = Some(vec![7; 20].into())
        }),
        ("no sender", |file| file.blocks[1].transactions[0].sender = None),
        ("another target", |file| {
            file.blocks[1].transactions[0].target = Some(vec![7; 20].into())
        }),
        ("another value", |file| {
            file.blocks[1].transactions[1].value += U256::ONE
        }),
        ("other input", |file| {
            file.blocks[1].transactions[1].input = vec![7].into()
        }),
        ("an invented contract", |file| {
            file.blocks[1].transactions[1].created = Some(vec![7; 20].into());
        }),
        ("no bytes", |file| {
            file.blocks[1].transactions[1].raw = Bytes::new()
        }),
        ("another time", |file| file.blocks[1].timestamp += 1),
        ("a block less", |file| drop(file.blocks.pop())),
        ("swapped blocks", |file| file.blocks.swap(2, 3)),
        ("another parent", |file| {
            file.batch.parent_hash = file.batch.last_hash
        }),
        ("another count", |file| file.batch.events -= 1),
    ];
    for (name, change) in changes {
        let mut file = reported.clone();
        change(&mut file);
        assert_ne!(file, reported, "{name}");
        let refused = Reported::read(&encode(&file));
        assert!(
            matches!(refused, Err(GatewayError::Report { .. })),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(Reported::read(&encode(&reported)).unwrap(), reported);
    for end in [0, 1, truth.len() / 2, truth.len() - 2] {
        assert!(Reported::read(&truth[..end]).is_err(), "cut at {end}");
    }
    let twice = [truth.as_slice(), truth.as_slice()].concat();
    assert!(Reported::read(&twice).is_err());
    for text in ["", "\n\n", "{}", "[", "null\n"] {
        assert!(Reported::read(text.as_bytes()).is_err(), "{text:?}");
    }
}

fn encode(file: &Reported) -> Vec<u8> {
    let mut lines = vec![serde_json::to_string(&file.batch).unwrap()];
    lines.extend(
        file.blocks
            .iter()
            .map(|block| serde_json::to_string(block).unwrap()),
    );
    lines.join("\n").into_bytes()
}

/// A gateway of others that is none, or none any more, costs time and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_misbehaves_is_an_error() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    for (answer, told) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n",
            "too large",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n[{]", "malformed"),
        (
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
            "no list",
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            "no list",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[", "broke off"),
        ("", "does not answer"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut request).await.unwrap();
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let client = GatewayClient::new(&format!("http://{address}")).unwrap();
        let error = client.chains().await.unwrap_err().to_string();
        assert!(error.contains(told), "{answer:?}: {error}");
        server.await.unwrap();
    }
    for url in [
        "",
        "gateway",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "data:text/plain,x",
    ] {
        assert!(GatewayClient::new(url).is_err(), "{url}");
    }
}
