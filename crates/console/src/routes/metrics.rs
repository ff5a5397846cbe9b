//! Endpoints: metrics.

use super::prelude::*;
use crate::extract::Filled;
use axum::response::{IntoResponse, Response};
use civitas_monitor::api as monitor;
use serde::Serialize;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(query, query_by_form))
        .routes(routes!(query_range, query_range_by_form))
        .routes(routes!(labels))
        .routes(routes!(label_values))
        .routes(routes!(series))
}

/// A query in PromQL at one moment, in the form of Prometheus.
#[utoipa::path(
    get,
    path = "/query",
    tag = "metrics",
    params(monitor::InstantParameters),
    responses((status = 200, body = monitor::Answer<monitor::QueryData>))
)]
pub async fn query(
    State(console): State<Shared>,
    Parameters(question): Parameters<monitor::InstantParameters>,
) -> Response {
    answer(console.monitor.query(question).await)
}

/// The same with a form, as Grafana asks.
#[utoipa::path(
    post,
    path = "/query",
    tag = "metrics",
    request_body(content = monitor::InstantParameters, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = monitor::Answer<monitor::QueryData>))
)]
pub async fn query_by_form(
    State(console): State<Shared>,
    Filled(question): Filled<monitor::InstantParameters>,
) -> Response {
    answer(console.monitor.query(question).await)
}

/// A query in PromQL over time, in the form of Prometheus.
#[utoipa::path(
    get,
    path = "/query_range",
    tag = "metrics",
    params(monitor::RangeParameters),
    responses((status = 200, body = monitor::Answer<monitor::QueryData>))
)]
pub async fn query_range(
    State(console): State<Shared>,
    Parameters(question): Parameters<monitor::RangeParameters>,
) -> Response {
    answer(console.monitor.query_range(question).await)
}

/// The same with a form, as Grafana asks.
#[utoipa::path(
    post,
    path = "/query_range",
    tag = "metrics",
    request_body(content = monitor::RangeParameters, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = monitor::Answer<monitor::QueryData>))
)]
pub async fn query_range_by_form(
    State(console): State<Shared>,
    Filled(question): Filled<monitor::RangeParameters>,
) -> Response {
    answer(console.monitor.query_range(question).await)
}

/// Names of labels.
#[utoipa::path(
    get,
    path = "/labels",
    tag = "metrics",
    params(monitor::SelectionParameters),
    responses((status = 200, body = monitor::Answer<Vec<String>>))
)]
pub async fn labels(
    State(console): State<Shared>,
    Parameters(pairs): Parameters<Vec<(String, String)>>,
) -> Response {
    answer(console.monitor.labels(selection(pairs)).await)
}

/// Values of a label.
#[utoipa::path(
    get,
    path = "/label/{name}/values",
    tag = "metrics",
    params(("name" = String, Path, description = "Name of the label."), monitor::SelectionParameters),
    responses((status = 200, body = monitor::Answer<Vec<String>>))
)]
pub async fn label_values(
    State(console): State<Shared>,
    Segments(name): Segments<String>,
    Parameters(pairs): Parameters<Vec<(String, String)>>,
) -> Response {
    answer(console.monitor.label_values(&name, selection(pairs)).await)
}

/// Series that selectors mean.
#[utoipa::path(
    get,
    path = "/series",
    tag = "metrics",
    params(monitor::SelectionParameters),
    responses((status = 200, body = monitor::Answer<Vec<monitor::Labels>>))
)]
pub async fn series(
    State(console): State<Shared>,
    Parameters(pairs): Parameters<Vec<(String, String)>>,
) -> Response {
    answer(console.monitor.series(selection(pairs)).await)
}

/// The answer in the form of Prometheus, with its status.
fn answer<T: Serialize>(result: civitas_monitor::Result<T>) -> Response {
    use civitas_monitor::ErrorKind;
    let status = match result.as_ref().map_err(civitas_monitor::Error::kind) {
        Ok(_) => StatusCode::OK,
        Err(ErrorKind::Unavailable | ErrorKind::Full) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::BAD_REQUEST,
    };
    (status, Json(monitor::Answer::from(result))).into_response()
}

/// Parameters of which one may be there several times, which forms of browsers cannot say by a type.
fn selection(pairs: Vec<(String, String)>) -> monitor::SelectionParameters {
    let mut selection = monitor::SelectionParameters::default();
    for (name, value) in pairs {
        match name.as_str() {
            "match[]" => selection.matches.push(value),
            "start" => selection.start = Some(value),
            "end" => selection.end = Some(value),
            _ => {}
        }
    }
    selection
}
