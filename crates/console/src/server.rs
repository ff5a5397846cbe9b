//! The HTTP server: endpoints behind their guard, and the pages.

use crate::{
    content::masking,
    exporter, guard,
    problem::{self, Kind, Problem},
    routes,
    state::Shared,
};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};

/// Bytes of a request's body, at most: a signed transaction of the largest size, in hexadecimal, with room to spare.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a browser may keep a file whose name carries a hash of it.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Everything that the server answers.
pub fn router(shared: Shared) -> Router {
    let (endpoints, _) = routes::all().split_for_parts();
    endpoints
        .route_layer(from_fn(problem::localise))
        .route_layer(from_fn_with_state(shared.clone(), masking::layer))
        .route_layer(from_fn_with_state(shared.clone(), guard::guard))
        .method_not_allowed_fallback(|| async { Problem::new(Kind::METHOD) })
        .fallback(pages)
        .layer(from_fn(guard::tag))
        .layer(from_fn(problem::localise))
        .layer(from_fn(guard::headers))
        .layer(from_fn_with_state(shared.clone(), exporter::count))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

/// The pages, and their files.
async fn pages(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::new(Kind::NO_ENDPOINT).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(Kind::METHOD).into_response();
    }
    let asset = civitas_console_assets::find(path, guard::accepted(request.headers()));
    let tag = format!("\"{}\"", alloy_primitives::hex::encode(&asset.hash[..16]));
    let known = request.headers().get(header::IF_NONE_MATCH);
    let unchanged = asset.found && known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let body = if unchanged {
        Body::empty()
    } else {
        Body::from(asset.bytes)
    };
    let mut response = Response::new(body);
    *response.status_mut() = match (asset.found, unchanged) {
        (false, _) => StatusCode::NOT_FOUND,
        (true, true) => StatusCode::NOT_MODIFIED,
        (true, false) => StatusCode::OK,
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    let keep = if asset.immutable { FOREVER } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = asset.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
