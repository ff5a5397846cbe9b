//! The ledgers that one server serves: the main ledger on `/`, the others on `/ledgers/<name>`, added and removed while
//! it runs.
//!
//! Invariants:
//! - A ledger has its own backend, methods, subscriptions and bounds of heavy calls; nothing of one answers for another.
//! - All other ledgers together have as many connections as the main ledger has, apart from its own: a flood of calls
//!   to a partition does not shut out the clients of the main ledger.
//! - When a ledger is removed, its WebSocket connections end and its path is not found any more.

use crate::{
    Backend, CallObserver, Config, code, methods,
    middleware::{Surroundings, Watch},
    server::server_config,
};
use civitas_api::ledger::LedgerPath;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use jsonrpsee::{
    core::{RegisterMethodError, middleware::RpcServiceBuilder},
    server::{
        HttpBody, HttpRequest, HttpResponse, Methods, ServerHandle, StopHandle, TowerService,
        TowerServiceBuilder, stop_channel,
    },
};
use parking_lot::RwLock;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Weak},
};
use thiserror::Error;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::{
    BoxError, Service as _,
    layer::util::{Identity, Stack},
};

/// Ledgers besides the main one, at most: far above what one process can run.
const LEDGERS_MAX: usize = 64;
/// Bytes of a ledger's name, at most, as in the registry of ledgers.
const NAME_BYTES_MAX: usize = 32;
/// What the paths of ledgers besides the main one begin with.
const PREFIX: &str = "/ledgers/";
/// The name of the ledger on `/`.
const MAIN: &str = "main";

/// Why a ledger cannot be served.
#[derive(Debug, Error)]
pub enum LedgerPathError {
    /// The name cannot stand in a path.
    #[error("{name:?} is no name of a ledger: write up to 32 of a-z, 0-9 and (inside) `-`, and not `main`")]
    Name {
        /// The name.
        name: String,
    },
    /// A ledger of this name is served already.
    #[error("a ledger {name} is served already; remove it before another one takes its path")]
    Taken {
        /// The name.
        name: String,
    },
    /// No more ledgers can be served.
    #[error("{max} ledgers are served, and no more can be")]
    Full {
        /// How many can be.
        max: usize,
    },
    /// Two methods have one name: a fault of the program.
    #[error("a method could not be registered")]
    Method(#[from] RegisterMethodError),
}

/// One ledger besides the main one. Dropped, its connections end.
struct Served {
    backend: Arc<Backend>,
    methods: Methods,
    builder: TowerServiceBuilder<Stack<Watch, Identity>, Identity>,
    stop: StopHandle,
    handle: ServerHandle,
    /// Where its calls run.
    runtime: Option<Handle>,
    /// Room for requests: a ledger that hangs must not collect them.
    room: Arc<Semaphore>,
}

struct Shared {
    /// Requests of one ledger that wait or run, at most.
    requests_max: usize,
    /// Shares its count of connections with what is made of it.
    builder: TowerServiceBuilder<Identity, Identity>,
    observer: Arc<dyn CallObserver>,
    response_bytes_max: usize,
    main_chain_id: u64,
    served: RwLock<BTreeMap<String, Served>>,
}

/// The ledgers that a server serves besides the main one. Clones are the same.
#[derive(Clone)]
pub struct LedgerPaths {
    shared: Arc<Shared>,
}

impl fmt::Debug for LedgerPaths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let served = self.shared.served.read();
        formatter.debug_list().entries(served.keys()).finish()
    }
}

/// What the path of a request leads to.
pub(crate) enum Destination {
    /// The main ledger.
    Main,
    /// The JSON-RPC of another ledger.
    Calls(Calls),
    /// The health of another ledger.
    Health(Arc<Backend>),
    /// Nowhere: the ledger is not served here, or has too much to do.
    Refused(HttpResponse),
}

/// The JSON-RPC of a ledger, for one request.
pub(crate) struct Calls {
    service: Box<TowerService<Stack<Watch, Identity>, Identity>>,
    runtime: Option<Handle>,
    room: OwnedSemaphorePermit,
}

impl Calls {
    /// Answers the request on the ledger's own runtime: signature checks and calls of a partition must not take the
    /// threads of the main ledger.
    pub(crate) async fn answer(self, request: HttpRequest) -> Result<HttpResponse, BoxError> {
        let Self {
            mut service,
            runtime,
            room,
        } = self;
        let answer = async move {
            // Also when the client has gone: what runs takes room.
            let _room = room;
            service.call(request).await
        };
        let Some(runtime) = runtime else {
            return answer.await;
        };
        let task = runtime.spawn(answer);
        // An error says that the ledger has ended meanwhile.
        task.await.unwrap_or_else(|error| Err(error.into()))
    }
}

impl LedgerPaths {
    pub(crate) fn new(config: &Config, around: &Surroundings, main: &Backend) -> Self {
        Self {
            shared: Arc::new(Shared {
                requests_max: usize::try_from(config.connections_max).unwrap_or(usize::MAX),
                builder: jsonrpsee::server::Server::builder()
                    .set_config(server_config(config))
                    .to_service_builder(),
                response_bytes_max: around.response_bytes_max,
                observer: around.observer.clone(),
                main_chain_id: main.chain_id(),
                served: RwLock::default(),
            }),
        }
    }

    /// Serves a ledger on `/ledgers/<name>`, over HTTP and WebSocket. Its calls run on the tokio runtime that this is
    /// called in.
    ///
    /// # Errors
    /// See [`LedgerPathError`].
    pub fn add(&self, name: &str, backend: Arc<Backend>) -> Result<(), LedgerPathError> {
        if !is_name(name) {
            let name = name.to_owned();
            return Err(LedgerPathError::Name { name });
        }
        let module = methods(backend.clone())?;
        let around = Arc::new(Surroundings {
            methods: module.clone(),
            observer: self.shared.observer.clone(),
            response_bytes_max: self.shared.response_bytes_max,
        });
        let calls = RpcServiceBuilder::new().layer(Watch { around });
        let (stop, handle) = stop_channel();
        let ledger = Served {
            methods: module.into(),
            builder: self.shared.builder.clone().set_rpc_middleware(calls),
            backend: backend.clone(),
            stop,
            handle,
            runtime: Handle::try_current().ok(),
            room: Arc::new(Semaphore::new(self.shared.requests_max)),
        };
        let mut served = self.shared.served.write();
        if served.contains_key(name) {
            let name = name.to_owned();
            return Err(LedgerPathError::Taken { name });
        }
        if served.len() >= LEDGERS_MAX {
            return Err(LedgerPathError::Full { max: LEDGERS_MAX });
        }
        backend.serve_on(self);
        served.insert(name.to_owned(), ledger);
        tracing::info!(name, "JSON-RPC of the ledger is served");
        Ok(())
    }

    /// Serves a ledger no more, and says whether it was served. Calls that run are answered.
    pub fn remove(&self, name: &str) -> bool {
        // Its handle goes with it, which ends its connections.
        let removed = self.shared.served.write().remove(name).is_some();
        if removed {
            tracing::info!(name, "JSON-RPC of the ledger is served no more");
        }
        removed
    }

    /// All ledgers, the main one first, the others by name.
    pub fn list(&self) -> Vec<LedgerPath> {
        let main = LedgerPath {
            name: MAIN.to_owned(),
            chain_id: self.shared.main_chain_id,
            path: "/".to_owned(),
        };
        let served = self.shared.served.read();
        let others = served.iter().map(|(name, ledger)| LedgerPath {
            name: name.clone(),
            chain_id: ledger.backend.chain_id(),
            path: format!("{PREFIX}{name}"),
        });
        std::iter::once(main).chain(others).collect()
    }

    pub(crate) fn downgrade(&self) -> WeakPaths {
        WeakPaths(Arc::downgrade(&self.shared))
    }

    pub(crate) fn destination(&self, path: &str) -> Destination {
        let Some(rest) = path.strip_prefix(PREFIX) else {
            return Destination::Main;
        };
        let (name, page) = rest.split_once('/').unwrap_or((rest, ""));
        let served = self.shared.served.read();
        match (served.get(name), page) {
            (Some(ledger), "") => {
                let Ok(room) = ledger.room.clone().try_acquire_owned() else {
                    return Destination::Refused(busy(name));
                };
                let builder = ledger.builder.clone();
                // Built for every request, so that each connection has a number of its own.
                let service = builder.build(ledger.methods.clone(), ledger.stop.clone());
                Destination::Calls(Calls {
                    service: Box::new(service),
                    runtime: ledger.runtime.clone(),
                    room,
                })
            }
            (Some(ledger), "health") => Destination::Health(ledger.backend.clone()),
            _ => Destination::Refused(not_found(name)),
        }
    }

    /// Ends the connections of all ledgers and waits until those that run have been answered.
    pub(crate) async fn stop(&self) {
        let served = std::mem::take(&mut *self.shared.served.write());
        let handles: Vec<ServerHandle> = served.into_values().map(|ledger| ledger.handle).collect();
        for handle in handles {
            // An error says that it has no connections.
            let _ = handle.stop();
            handle.stopped().await;
        }
    }
}

/// The ledgers of the server that a backend is served by, if it still runs. Weak, because the server holds the backends.
#[derive(Clone, Default)]
pub(crate) struct WeakPaths(Weak<Shared>);

impl WeakPaths {
    /// None if the backend is not served by a server.
    pub(crate) fn list(&self) -> Option<Vec<LedgerPath>> {
        self.0.upgrade().map(|shared| LedgerPaths { shared }.list())
    }
}

/// The rule of the registry of ledgers.
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(is_allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name != MAIN
}

fn not_found(name: &str) -> HttpResponse {
    let shown: String = name.chars().take(NAME_BYTES_MAX).collect();
    let message = format!("no ledger {shown} is served here; civitas_ledgers on / lists those that are");
    refusal(StatusCode::NOT_FOUND, code::RESOURCE_NOT_FOUND, &message)
}

fn busy(name: &str) -> HttpResponse {
    let message = format!("too many requests of the ledger {name} wait already; try again later");
    refusal(StatusCode::TOO_MANY_REQUESTS, code::LIMIT_EXCEEDED, &message)
}

fn refusal(status: StatusCode, code: i32, message: &str) -> HttpResponse {
    let body = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": code, "message": message },
    });
    let mut response = HttpResponse::new(HttpBody::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
