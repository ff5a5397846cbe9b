//! The HTTP side of a gateway: what it is at, what it counts, and the files of its archive. It reads and never writes.
//!
//! ```text
//! GET /health                              200, or 503 while a chain fails; JSON
//! GET /metrics                             Prometheus
//! GET /chains                              JSON: a list of ChainStatus
//! GET /chains/{chain}/batches/{height}     the file of the batch that begins there; 404 while it is not there
//! ```
//! A chain is one of the settings and a height is a number: no path of the disk is made of what others say.

use crate::{Board, ChainStatus, GatewayError, State, archive, metrics};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State as Shared},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use std::{
    io::ErrorKind,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    fs::File,
    io::AsyncReadExt as _,
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
};
use tokio_stream::wrappers::ReceiverStream;
use tracing::warn;

/// Files that are sent at the same time, at most: each holds a file open.
const DOWNLOADS_MAX: usize = 32;
/// Bytes that are read from a file at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks of a file that wait for its reader, at most.
const CHUNKS_WAITING: usize = 4;
/// How long a reader may take for one chunk: who stops reading does not hold a place for ever.
const CHUNK_TIME_MAX: Duration = Duration::from_secs(30);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const JSON_LINES: &str = "application/jsonl";

/// A chain, as the HTTP side sees it.
#[derive(Clone, Debug)]
pub struct Served {
    /// CAIP-2 name.
    pub chain: String,
    /// Folder of the chain.
    pub folder: PathBuf,
    /// What is known of it.
    pub board: Arc<Board>,
}

struct Shelf {
    chains: Vec<Served>,
    downloads: Arc<Semaphore>,
}

impl Shelf {
    fn read(&self) -> Vec<ChainStatus> {
        let now = Instant::now();
        self.chains.iter().map(|chain| chain.board.read(now)).collect()
    }
}

/// What listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    /// Takes the address.
    ///
    /// # Errors
    /// [`GatewayError::Listen`].
    pub async fn bind(address: SocketAddr, chains: Vec<Served>) -> Result<Self, GatewayError> {
        let failed = |source| GatewayError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shelf = Arc::new(Shelf {
            chains,
            downloads: Arc::new(Semaphore::new(DOWNLOADS_MAX)),
        });
        let router = Router::new()
            .route("/health", get(health))
            .route("/metrics", get(counts))
            .route("/chains", get(chains_of))
            .route("/chains/{chain}/batches/{from_height}", get(batch))
            .with_state(shelf);
        Ok(Self {
            listener,
            address,
            router,
        })
    }

    /// Where it listens; the port is the one that the system gave if 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` becomes true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            ended = async { axum::serve(self.listener, self.router).await } => {
                if let Err(error) = ended {
                    warn!(%error, "the HTTP side ended");
                }
            }
            _ = stop.wait_for(|stopped| *stopped) => {}
        }
    }
}

/// The answer of `GET /health`.
#[derive(Debug, Serialize)]
struct Health {
    /// `ok`, or `failing` while the last step of a chain failed.
    state: &'static str,
    chains: Vec<ChainStatus>,
}

async fn health(Shared(shelf): Shared<Arc<Shelf>>) -> Response {
    let chains = shelf.read();
    let is_failing = chains.iter().any(|chain| chain.status.state == State::Failing);
    let (code, state) = if is_failing {
        (StatusCode::SERVICE_UNAVAILABLE, "failing")
    } else {
        (StatusCode::OK, "ok")
    };
    (code, Json(Health { state, chains })).into_response()
}

async fn counts(Shared(shelf): Shared<Arc<Shelf>>) -> Response {
    let text = metrics::encode(&shelf.read());
    ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}

async fn chains_of(Shared(shelf): Shared<Arc<Shelf>>) -> Response {
    Json(shelf.read()).into_response()
}

async fn batch(
    Shared(shelf): Shared<Arc<Shelf>>,
    Path((chain, from_height)): Path<(String, String)>,
) -> Response {
    let Some(served) = shelf.chains.iter().find(|served| served.chain == chain) else {
        return (StatusCode::NOT_FOUND, "this gateway does not follow the chain").into_response();
    };
    let Ok(from_height) = from_height.parse::<u64>() else {
        return (StatusCode::BAD_REQUEST, "the height of a block is a number").into_response();
    };
    let Ok(permit) = shelf.downloads.clone().try_acquire_owned() else {
        let later = [(header::RETRY_AFTER, "1")];
        return (StatusCode::SERVICE_UNAVAILABLE, later, "too many readers").into_response();
    };
    let path = archive::path_of(&served.folder, from_height);
    let opened = async {
        let file = File::open(&path).await?;
        let length = file.metadata().await?.len();
        Ok::<_, std::io::Error>((file, length))
    };
    match opened.await {
        Ok((file, length)) => {
            let (sender, receiver) = mpsc::channel(CHUNKS_WAITING);
            tokio::spawn(pump(file, sender, permit));
            let headers = [
                (header::CONTENT_TYPE, JSON_LINES.to_owned()),
                (header::CONTENT_LENGTH, length.to_string()),
            ];
            (headers, Body::from_stream(ReceiverStream::new(receiver))).into_response()
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            (StatusCode::NOT_FOUND, "no batch begins there, or not yet").into_response()
        }
        Err(error) => {
            warn!(path = %path.display(), %error, "a file of the archive cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends a file in chunks, and gives its place back when it is sent, or its reader is gone or stands still.
async fn pump(
    mut file: File,
    sender: mpsc::Sender<Result<Bytes, std::io::Error>>,
    permit: OwnedSemaphorePermit,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match file.read(&mut chunk).await {
            Ok(0) => break,
            Ok(count) => Ok(Bytes::copy_from_slice(&chunk[..count])),
            Err(error) => Err(error),
        };
        let is_last = read.is_err();
        let sent = tokio::time::timeout(CHUNK_TIME_MAX, sender.send(read)).await;
        if is_last || !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    drop(permit);
}
