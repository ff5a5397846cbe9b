//! The HTTP layer in front of JSON-RPC: answers `GET /health`, marks WebSocket connections, and leads requests to their
//! ledgers.

use crate::{
    Backend,
    paths::{Destination, LedgerPaths},
};
use futures::future::{Either, Ready, ready};
use http::{Method, StatusCode, header::CONTENT_TYPE};
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, ws};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::{BoxError, Layer, Service};

/// Mark of a request that becomes, and of calls that come over, a WebSocket connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upgraded;

/// Puts [`Front`] before a service.
#[derive(Clone, Debug)]
pub(crate) struct FrontLayer {
    pub(crate) backend: Arc<Backend>,
    pub(crate) paths: LedgerPaths,
}

impl<S> Layer<S> for FrontLayer {
    type Service = Front<S>;

    fn layer(&self, inner: S) -> Front<S> {
        Front {
            inner,
            backend: self.backend.clone(),
            paths: self.paths.clone(),
        }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Front<S> {
    inner: S,
    backend: Arc<Backend>,
    paths: LedgerPaths,
}

type Answer = Result<HttpResponse, BoxError>;

impl<S> Service<HttpRequest> for Front<S>
where
    S: Service<HttpRequest, Response = HttpResponse, Error = BoxError>,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Either<Either<Ready<Answer>, Pin<Box<dyn Future<Output = Answer> + Send>>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: HttpRequest) -> Self::Future {
        let now = |response| Either::Left(Either::Left(ready(Ok(response))));
        let is_get = request.method() == Method::GET;
        if is_get && request.uri().path() == "/health" {
            return now(health(&self.backend));
        }
        if ws::is_upgrade_request(&request) {
            request.extensions_mut().insert(Upgraded);
        }
        match self.paths.destination(request.uri().path()) {
            Destination::Main => Either::Right(self.inner.call(request)),
            Destination::Calls(calls) => Either::Left(Either::Right(Box::pin(calls.answer(request)))),
            Destination::Health(backend) if is_get => now(health(&backend)),
            Destination::Health(_) => now(only_get()),
            Destination::Refused(response) => now(response),
        }
    }
}

fn only_get() -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::default());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
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
