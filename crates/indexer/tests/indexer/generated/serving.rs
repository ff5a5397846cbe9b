//! The made-up ledger over HTTP, as a node serves one.

use super::City;
use civitas_indexer::Source;
use civitas_sdk::Error;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A node of the made-up ledger; it ends with this value.
pub struct Served {
    pub url: String,
    city: Arc<Mutex<City>>,
    fetched: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn start(city: City) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let city = Arc::new(Mutex::new(city));
        let fetched = Arc::new(AtomicU64::new(0));
        let (shared, counter) = (Arc::clone(&city), Arc::clone(&fetched));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared), Arc::clone(&counter)));
            }
        });
        Self {
            url,
            city,
            fetched,
            task,
        }
    }

    /// Blocks that were asked for so far.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::SeqCst)
    }

    /// Makes the ledger as long as this.
    pub fn grow(&self, blocks: u64) {
        self.city.lock().unwrap().blocks = blocks;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers the requests of one connection, until it ends.
async fn serve(stream: TcpStream, city: Arc<Mutex<City>>, fetched: Arc<AtomicU64>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let request: Value = serde_json::from_slice(&body).unwrap();
        let city = city.lock().unwrap().clone();
        let answer = answer(&city, &request, &fetched).await;
        // In one piece: the second of two would wait for the client to confirm the first.
        let whole = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        stream.write_all(whole.as_bytes()).await?;
    }
}

async fn answer(city: &City, request: &Value, fetched: &AtomicU64) -> String {
    let method = request["method"].as_str().unwrap_or_default();
    if method == "eth_getBlockByNumber" {
        fetched.fetch_add(1, Ordering::SeqCst);
    }
    let id = &request["id"];
    let error = match city.request(method, request["params"].clone()).await {
        Ok(result) => return format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
        Err(Error::Refused { code, message, .. }) => json!({"code": code, "message": message}),
        Err(error) => json!({"code": -32603, "message": error.to_string()}),
    };
    json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string()
}
