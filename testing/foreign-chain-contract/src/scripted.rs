//! What the scripted chains have in common: endpoints of JSON-RPC over HTTP that fail and lie as they are told.

use crate::Fault;
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// Endpoints of a chain.
pub(crate) const ENDPOINTS: usize = 2;
/// How far an endpoint is behind, or claims to be ahead.
pub(crate) const BEHIND: u64 = 3;
pub(crate) const BOAST: u64 = 1_000;
/// Bytes of a flood: more than a driver under test takes.
const FLOOD_BYTES: usize = 2 * 1024 * 1024;

/// A chain that answers requests.
pub(crate) trait Script: Send + 'static {
    /// The answer to a request, as an endpoint with this fault gives it; or why it refuses.
    fn reply(&mut self, request: &Value, fault: Option<Fault>) -> Result<Value, String>;

    /// A refusal as nodes of this kind put it.
    fn refusal(why: &str) -> Value;
}

/// A transaction with what became of it, as a liar changes it.
pub(crate) trait Told: Clone {
    /// Something that it left.
    type Event: Clone;

    /// Its events.
    fn events(&mut self) -> &mut Vec<Self::Event>;

    /// An event that never was.
    fn invented() -> Self::Event;

    /// Changes a little of an event.
    fn alter_event(event: &mut Self::Event);

    /// Tells of a failed transaction that it succeeded, or the other way round.
    fn alter_outcome(&mut self);

    /// Changes what it carries.
    fn alter(&mut self);
}

/// Changes what a block holds, at the first transaction from `first` on that has what it takes.
pub(crate) fn distort<T: Told>(entries: &mut Vec<T>, fault: Fault, first: usize) {
    let with_events = |entries: &mut Vec<T>, count: usize| {
        let mut places = (first..entries.len()).chain(0..first.min(entries.len()));
        let place = places.find(|place| entries[*place].events().len() >= count);
        place.unwrap_or(usize::MAX)
    };
    let (one, two) = (with_events(entries, 1), with_events(entries, 2));
    match fault {
        Fault::DropEvent => {
            entries.get_mut(one).and_then(|entry| entry.events().pop());
        }
        Fault::InventEvent => {
            if let Some(entry) = entries.get_mut(first) {
                entry.events().push(T::invented());
            }
        }
        Fault::AlterEvent => {
            if let Some(event) = entries.get_mut(one).and_then(|entry| entry.events().first_mut()) {
                T::alter_event(event);
            }
        }
        Fault::RepeatEvent => {
            if let Some(entry) = entries.get_mut(one) {
                let twice = entry.events()[0].clone();
                entry.events().push(twice);
            }
        }
        Fault::SwapEvents => {
            if let Some(entry) = entries.get_mut(two) {
                entry.events().swap(0, 1);
            }
        }
        Fault::AlterOutcome => entries.last_mut().map_or((), T::alter_outcome),
        Fault::DropTransaction => drop(entries.pop()),
        Fault::SwapTransactions if entries.len() > 1 => entries.swap(0, 1),
        Fault::RepeatTransaction => entries.extend(entries.last().cloned()),
        Fault::AlterTransaction => entries.first_mut().map_or((), T::alter),
        _ => {}
    }
}

/// A chain behind its endpoints, which end when it is dropped.
#[derive(Debug)]
pub(crate) struct Endpoints<S> {
    script: Arc<Mutex<S>>,
    faults: Faults,
    addresses: Vec<SocketAddr>,
    servers: Vec<JoinHandle<()>>,
}

type Faults = Arc<Mutex<[Option<Fault>; ENDPOINTS]>>;

impl<S> Drop for Endpoints<S> {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

struct Endpoint<S> {
    script: Arc<Mutex<S>>,
    faults: Faults,
    index: usize,
}

impl<S> Clone for Endpoint<S> {
    fn clone(&self) -> Self {
        Self {
            script: self.script.clone(),
            faults: self.faults.clone(),
            index: self.index,
        }
    }
}

impl<S: Script> Endpoints<S> {
    /// Serves a chain on free ports of this machine.
    pub(crate) async fn serve(script: S) -> Self {
        let mut endpoints = Self {
            script: Arc::new(Mutex::new(script)),
            faults: Arc::default(),
            addresses: Vec::new(),
            servers: Vec::new(),
        };
        for index in 0..ENDPOINTS {
            let endpoint = Endpoint {
                script: endpoints.script.clone(),
                faults: endpoints.faults.clone(),
                index,
            };
            let (address, server) = serve(endpoint).await;
            endpoints.addresses.push(address);
            endpoints.servers.push(server);
        }
        endpoints
    }

    /// Address of an endpoint.
    pub(crate) fn url(&self, endpoint: usize) -> String {
        format!("http://{}", self.addresses[endpoint])
    }

    /// Makes an endpoint misbehave, or behave again.
    pub(crate) fn misbehave(&self, endpoint: usize, fault: Option<Fault>) {
        self.faults.lock()[endpoint] = fault;
    }

    /// The chain.
    pub(crate) fn script(&self) -> parking_lot::MutexGuard<'_, S> {
        self.script.lock()
    }
}

async fn serve<S: Script>(endpoint: Endpoint<S>) -> (SocketAddr, JoinHandle<()>) {
    let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)).await else {
        crate::panic_with("no free port")
    };
    let Ok(address) = listener.local_addr() else {
        crate::panic_with("a socket has an address")
    };
    let router = Router::new().route("/", post(answer::<S>)).with_state(endpoint);
    let server = tokio::spawn(async move {
        // It ends with the test.
        let _ = axum::serve(listener, router).await;
    });
    (address, server)
}

async fn answer<S: Script>(State(endpoint): State<Endpoint<S>>, body: axum::body::Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result =
        |result: Value| json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
    let refusal =
        |why: &str| json!({ "jsonrpc": "2.0", "id": request["id"], "error": S::refusal(why) }).to_string();
    let fault = endpoint.faults.lock()[endpoint.index];
    let text = match fault {
        Some(Fault::Stall) => return std::future::pending().await,
        Some(Fault::Flood) => result(json!(format!("0x{}", "0".repeat(FLOOD_BYTES)))),
        Some(Fault::Garbage) => "<html>Bad gateway</html>".to_owned(),
        Some(Fault::Refuse) => refusal("not today"),
        fault => match endpoint.script.lock().reply(&request, fault) {
            Ok(answer) => result(answer),
            Err(why) => refusal(&why),
        },
    };
    Response::new(Body::from(text))
}
