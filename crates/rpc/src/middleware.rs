//! What happens around every call: counting, unknown methods, fairness of batches.
//!
//! A batch runs in one task, call after call, so that its order is kept. It gives way to other tasks every
//! [`BATCH_CALLS_PER_TURN`] calls: consensus runs on the same threads.

use jsonrpsee::{
    core::middleware::{Batch, BatchEntry, Notification, RpcServiceT},
    server::{BatchResponseBuilder, MethodResponse, Methods},
    types::{ErrorObject, ErrorObjectOwned, Request},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{error::code, front::Upgraded};
use tower::Layer;

/// Calls of a batch that run before other tasks get their turn: 16 signature checks are about 0.7 ms.
const BATCH_CALLS_PER_TURN: usize = 16;
/// Characters of an unknown method's name that the error repeats, at most.
const NAME_CHARACTERS_MAX: usize = 64;
/// The name under which calls of unknown methods are counted.
const UNKNOWN: &str = "unknown";

/// Told of every call; implemented by the metrics of the node.
pub trait CallObserver: Send + Sync + 'static {
    /// A call of `method` (`unknown` if there is none of this name) took `elapsed` and failed with the code
    /// `error`, or did not fail.
    fn called(&self, method: &'static str, elapsed: Duration, error: Option<i32>);
}

/// Counts nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl CallObserver for NoObserver {
    fn called(&self, _: &'static str, _: Duration, _: Option<i32>) {}
}

/// What is around all connections of a ledger.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) methods: Methods,
    pub(crate) observer: Arc<dyn CallObserver>,
    pub(crate) response_bytes_max: usize,
}

/// Puts [`Watched`] around a service.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) around: Arc<Surroundings>,
}

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;

    fn layer(&self, service: S) -> Watched<S> {
        Watched {
            service,
            around: self.around.clone(),
        }
    }
}

/// The service of one connection with everything around it.
#[derive(Clone)]
pub(crate) struct Watched<S> {
    pub(crate) service: S,
    pub(crate) around: Arc<Surroundings>,
}

impl<S> Watched<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Clone + Send + Sync + 'static,
{
    async fn answer(self, request: Request<'_>) -> MethodResponse {
        let began = Instant::now();
        let name = self
            .around
            .methods
            .method_with_name(request.method_name())
            .map(|(name, _)| name);
        let response = match name {
            None => MethodResponse::error(request.id, unknown_method(&request.method)),
            Some("eth_subscribe" | "eth_unsubscribe") if request.extensions.get::<Upgraded>().is_none() => {
                MethodResponse::error(request.id, subscriptions_need_websocket())
            }
            Some(_) => self.service.call(request).await,
        };
        self.around
            .observer
            .called(name.unwrap_or(UNKNOWN), began.elapsed(), response.as_error_code());
        response
    }

    async fn answer_all(self, batch: Batch<'_>) -> MethodResponse {
        let mut answers = BatchResponseBuilder::new_with_limit(self.around.response_bytes_max);
        let mut notified = false;
        for (index, entry) in batch.into_iter().enumerate() {
            if index % BATCH_CALLS_PER_TURN == BATCH_CALLS_PER_TURN - 1 {
                tokio::task::yield_now().await;
            }
            let response = match entry {
                Ok(BatchEntry::Call(request)) => self.clone().answer(request).await,
                Ok(BatchEntry::Notification(_)) => {
                    notified = true;
                    continue;
                }
                Err(malformed) => {
                    let (error, id) = malformed.into_parts();
                    MethodResponse::error(id, error)
                }
            };
            if let Err(too_large) = answers.append(response) {
                return too_large;
            }
        }
        if answers.is_empty() && notified {
            return MethodResponse::notification();
        }
        MethodResponse::from_batch(answers.finish())
    }
}

impl<S> RpcServiceT for Watched<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Clone + Send + Sync + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.clone().answer(request)
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.clone().answer_all(batch)
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        self.service.notification(notification)
    }
}

fn unknown_method(name: &str) -> ErrorObjectOwned {
    let shown: String = name.chars().take(NAME_CHARACTERS_MAX).collect();
    let text = format!("the method {shown} does not exist/is not available; rpc.discover lists all methods");
    ErrorObject::owned(code::METHOD_NOT_FOUND, text, None::<()>)
}

fn subscriptions_need_websocket() -> ErrorObjectOwned {
    let text = "notifications not supported over HTTP: open a WebSocket connection to the same address";
    ErrorObject::owned(code::METHOD_NOT_FOUND, text, None::<()>)
}
