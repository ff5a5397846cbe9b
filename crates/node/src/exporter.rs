//! Serves the counts of a node to Prometheus: `GET /metrics`, OpenMetrics text.

use crate::{metrics::LedgerMetrics, service::NodeError};
use axum::{Router, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use commonware_runtime::{Metrics, tokio::Context};
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A running exporter; it stops when it is dropped.
pub struct Exporter(JoinHandle<()>);

impl Drop for Exporter {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts answering on `address`. The counts of the runtime and its networks follow those of the ledger.
///
/// # Errors
/// [`NodeError::Metrics`].
pub async fn start(
    address: SocketAddr,
    ledger: Arc<LedgerMetrics>,
    context: Context,
) -> Result<Exporter, NodeError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| NodeError::Metrics { address, source })?;
    let context = Arc::new(context);
    let answer = move || {
        let text = join(&ledger.encode(), &context.encode());
        async move { ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response() }
    };
    let router = Router::new().route("/metrics", get(answer));
    Ok(Exporter(tokio::spawn(async move {
        // It ends only with the process.
        let _ = axum::serve(listener, router).await;
    })))
}

/// One document of two: only the last line of all may be the end mark.
fn join(first: &str, second: &str) -> String {
    let mut text = first.strip_suffix("# EOF\n").unwrap_or(first).to_owned();
    text.push_str(second);
    text
}
