//! Counts of the console for Prometheus: `GET /metrics` at an address of its own, OpenMetrics text, as a node has it.

use crate::state::Shared;
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
};
use tokio::net::TcpListener;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers of one class (`2xx`), so that nobody who asks makes new series.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    class: &'static str,
}

/// A ledger that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LedgerLabels {
    ledger: String,
}

/// What the console counts.
pub struct ConsoleMetrics {
    registry: Mutex<Registry>,
    requests: Family<AnswerLabels, Counter>,
    seconds: Counter<f64, AtomicU64>,
    indexed: Family<LedgerLabels, Gauge>,
    lag: Family<LedgerLabels, Gauge>,
}

impl Default for ConsoleMetrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("civitas_console")),
            requests: Family::default(),
            seconds: Counter::default(),
            indexed: Family::default(),
            lag: Family::default(),
        };
        let mut registry = metrics.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register(
            "http_request_seconds",
            "Time spent on answers",
            metrics.seconds.clone(),
        );
        registry.register(
            "index_height",
            "Newest block in the index",
            metrics.indexed.clone(),
        );
        registry.register(
            "index_lag_blocks",
            "Blocks that the index is behind",
            metrics.lag.clone(),
        );
        drop(registry);
        metrics
    }
}

impl ConsoleMetrics {
    fn count(&self, status: StatusCode, seconds: f64) {
        let class = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.requests.get_or_create(&AnswerLabels { class }).inc();
        self.seconds.inc_by(seconds);
    }
}

/// Counts what is answered.
pub async fn count(State(console): State<Shared>, request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let response = next.run(request).await;
    console
        .metrics
        .count(response.status(), started.elapsed().as_secs_f64());
    response
}

/// Answers at the address of the settings until the console ends.
///
/// # Errors
/// It cannot listen there.
pub async fn start(
    console: &Shared,
    address: SocketAddr,
) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let listener = TcpListener::bind(address).await?;
    let router = Router::new()
        .route("/metrics", get(metrics))
        .with_state(console.clone());
    let mut ending = console.ending.clone();
    let over = async move {
        // An error says that nobody is left to end it, which means the same.
        let _ = ending.wait_for(|ends| *ends).await;
    };
    Ok(async move {
        // It ends only with the console.
        let _ = axum::serve(listener, router).with_graceful_shutdown(over).await;
    })
}

async fn metrics(State(console): State<Shared>) -> Response {
    ([(CONTENT_TYPE, OPEN_METRICS)], text(&console)).into_response()
}

fn text(console: &Shared) -> String {
    let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    for lag in console.lags.borrow().values() {
        let labels = LedgerLabels {
            ledger: lag.ledger.clone(),
        };
        let indexed = lag.indexed.unwrap_or_default();
        let behind = lag.head.unwrap_or(indexed).saturating_sub(indexed);
        let metrics = &console.metrics;
        metrics.indexed.get_or_create(&labels).set(gauge(indexed));
        metrics.lag.get_or_create(&labels).set(gauge(behind));
    }
    let mut text = console.monitor.exposition();
    let registry = console
        .metrics
        .registry
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    // Writing into a text does not fail; it ends with the mark of the end.
    let _ = encode(&mut text, &registry);
    text
}
