//! Endpoints: calls.

use super::prelude::*;
use crate::{
    calls,
    guard::{Asker, Client, session},
};
use axum::Extension;
use serde_json::Value;
use std::time::Instant;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(prepare))
        .routes(routes!(call))
        .routes(routes!(rpc))
}

/// Makes a transaction ready to be signed, and says why the ledger would refuse it.
#[utoipa::path(
    post,
    path = "/prepare",
    tag = "calls",
    request_body = contracts::CallRequest,
    responses((status = 200, body = contracts::Prepared))
)]
pub async fn prepare(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(request): Content<contracts::CallRequest>,
) -> Answer<contracts::Prepared> {
    Ok(Json(calls::prepare(&console, &request, session(&asker)?).await?))
}

/// Asks a contract.
#[utoipa::path(
    post,
    path = "/call",
    tag = "calls",
    request_body = contracts::CallRequest,
    responses((status = 200, body = contracts::Answered))
)]
pub async fn call(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(request): Content<contracts::CallRequest>,
) -> Answer<contracts::Answered> {
    Ok(Json(calls::call(&console, &request, asker.0.as_ref()).await?))
}

/// Passes JSON-RPC on to a node: methods that read, and signed transactions.
#[utoipa::path(
    post,
    path = "/ledgers/{ledger}/rpc",
    tag = "calls",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger.")),
    request_body = Value,
    responses((status = 200, body = Value))
)]
pub async fn rpc(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Extension(Client(client)): Extension<Client>,
    Segments(ledger): Segments<String>,
    Content(request): Content<Value>,
) -> Answer<Value> {
    // A batch is as many questions to a node as it holds; the guard has counted one.
    let more = request
        .as_array()
        .map_or(0, |calls| calls.len().saturating_sub(1));
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    if let Err(seconds) = console.quota.take(&client, more, Instant::now()) {
        return Err(Problem::new(Kind::TOO_MANY).with_retry_after(seconds));
    }
    Ok(Json(
        calls::pass(&console, &ledger, request, asker.0.is_some()).await?,
    ))
}
