//! The HTTP layer in front of JSON-RPC: answers `GET /health` and marks WebSocket connections.

use crate::Backend;
use futures::future::{Either, Ready, ready};
use http::{Method, StatusCode, header::CONTENT_TYPE};
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, ws};
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service};

/// Mark of a request that becomes, and of calls that come over, a WebSocket connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upgraded;

/// Puts [`Front`] before a service.
#[derive(Clone, Debug)]
pub(crate) struct FrontLayer {
    pub(crate) backend: Arc<Backend>,
}

impl<S> Layer<S> for FrontLayer {
    type Service = Front<S>;

    fn layer(&self, inner: S) -> Front<S> {
        Front {
            inner,
            backend: self.backend.clone(),
        }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Front<S> {
    inner: S,
    backend: Arc<Backend>,
}

impl<S, B> Service<HttpRequest<B>> for Front<S>
where
    S: Service<HttpRequest<B>, Response = HttpResponse>,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Either<Ready<Result<HttpResponse, S::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: HttpRequest<B>) -> Self::Future {
        if request.method() == Method::GET && request.uri().path() == "/health" {
            return Either::Left(ready(Ok(health(&self.backend))));
        }
        if ws::is_upgrade_request(&request) {
            request.extensions_mut().insert(Upgraded);
        }
        Either::Right(self.inner.call(request))
    }
}

/// 200 while the node has all blocks that it knows of, else 503: load balancers understand both.
fn health(backend: &Backend) -> HttpResponse {
    let behind = backend.sources.node.syncing();
    let body = serde_json::json!({
        "status": if behind.is_some() { "syncing" } else { "ok" },
        "height": backend.store().head().height.get(),
        "peers": backend.sources.node.peers(),
    });
    let mut response = HttpResponse::new(HttpBody::from(body.to_string()));
    if behind.is_some() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
