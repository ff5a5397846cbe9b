//! The server: HTTP and WebSocket on one port, its limits, and an orderly end.

use crate::{
    Backend, Config, ConfigError,
    front::FrontLayer,
    methods,
    middleware::{CallObserver, Surroundings, Watch},
    paths::LedgerPaths,
};
use http::{HeaderValue, Method, header::CONTENT_TYPE};
use jsonrpsee::{
    core::{RegisterMethodError, middleware::RpcServiceBuilder, traits::IdProvider},
    server::{
        BatchRequestConfig, PingConfig, RandomIntegerIdProvider, ServerConfig, ServerHandle,
        middleware::http::{AuthorityError, HostFilterLayer},
    },
    types::SubscriptionId,
};
use std::{net::SocketAddr, sync::Arc};
use thiserror::Error;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Names of this machine's loopback interface, with any port.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost:*", "127.0.0.1:*", "[::1]:*"];
/// Admits all origins or all hosts.
const ANY: &str = "*";

/// Why the server cannot start.
#[derive(Debug, Error)]
pub enum ServerError {
    /// A setting makes no sense.
    #[error("the settings of the JSON-RPC server cannot be used")]
    Config(#[from] ConfigError),
    /// An origin is no HTTP header value.
    #[error("rpc.cors_origins: {origin:?} is no origin; write it as in https://example.org")]
    Origin {
        /// The origin.
        origin: String,
    },
    /// A host is no name with an optional port.
    #[error("rpc.allowed_hosts cannot be used")]
    Host(#[from] AuthorityError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address} for JSON-RPC: is another node running? set rpc.listen to a free port"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The failure.
        #[source]
        source: std::io::Error,
    },
    /// Two methods have one name: a fault of the program.
    #[error("a method could not be registered")]
    Method(#[from] RegisterMethodError),
}

/// A running server. It stops when it is dropped; [`Server::stop`] also waits for calls that run.
#[derive(Debug)]
pub struct Server {
    handle: ServerHandle,
    address: SocketAddr,
    paths: LedgerPaths,
}

impl Server {
    /// Starts the server for the main ledger on the current tokio runtime.
    ///
    /// # Errors
    /// See [`ServerError`].
    pub async fn start(
        config: &Config,
        backend: Arc<Backend>,
        observer: Arc<dyn CallObserver>,
    ) -> Result<Self, ServerError> {
        config.check()?;
        let module = methods(backend.clone())?;
        let around = Arc::new(Surroundings {
            methods: module.clone(),
            observer,
            response_bytes_max: usize::try_from(config.response_bytes_max).unwrap_or(usize::MAX),
        });
        let paths = LedgerPaths::new(config, &around, &backend);
        backend.serve_on(&paths);
        let calls = RpcServiceBuilder::new().layer(Watch { around });
        let requests = tower::ServiceBuilder::new()
            .layer(cors(config)?)
            .layer(host_filter(config)?)
            .layer(FrontLayer {
                backend,
                paths: paths.clone(),
            });
        let address = config.listen;
        let failed = |source| ServerError::Listen { address, source };
        let server = jsonrpsee::server::Server::builder()
            .set_config(server_config(config))
            .set_rpc_middleware(calls)
            .set_http_middleware(requests)
            .build(address)
            .await
            .map_err(failed)?;
        let address = server.local_addr().map_err(failed)?;
        let handle = server.start(module);
        tracing::info!(%address, "JSON-RPC is served over HTTP and WebSocket");
        Ok(Self {
            handle,
            address,
            paths,
        })
    }

    /// Where the server listens (the port that was taken if the settings say 0).
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The ledgers besides the main one; they can be added and removed while the server runs.
    pub const fn paths(&self) -> &LedgerPaths {
        &self.paths
    }

    /// Takes no more calls and waits until those that run have been answered.
    pub async fn stop(self) {
        // An error says that it has stopped already.
        let _ = self.handle.stop();
        self.paths.stop().await;
        self.handle.stopped().await;
    }
}

pub(crate) fn server_config(config: &Config) -> ServerConfig {
    ServerConfig::builder()
        .max_request_body_size(config.request_bytes_max)
        .max_response_body_size(config.response_bytes_max)
        .max_connections(config.connections_max)
        .max_subscriptions_per_connection(config.connection_subscriptions_max)
        .set_message_buffer_capacity(config.connection_messages_max)
        .set_batch_request_config(BatchRequestConfig::Limit(config.batch_calls_max))
        .set_id_provider(HexadecimalIds)
        .enable_ws_ping(PingConfig::default())
        .build()
}

fn cors(config: &Config) -> Result<CorsLayer, ServerError> {
    let layer = CorsLayer::new()
        .allow_methods([Method::POST, Method::GET])
        .allow_headers([CONTENT_TYPE]);
    if config.cors_origins.iter().any(|origin| origin == ANY) {
        return Ok(layer.allow_origin(tower_http::cors::Any));
    }
    let origins: Result<Vec<HeaderValue>, ServerError> = config
        .cors_origins
        .iter()
        .map(|origin| {
            origin.parse().map_err(|_| ServerError::Origin {
                origin: origin.clone(),
            })
        })
        .collect();
    Ok(layer.allow_origin(AllowOrigin::list(origins?)))
}

fn host_filter(config: &Config) -> Result<HostFilterLayer, ServerError> {
    let hosts: Vec<&str> = config.allowed_hosts.iter().map(String::as_str).collect();
    let layer = match hosts.as_slice() {
        [] if config.listen.ip().is_loopback() => HostFilterLayer::new(LOOPBACK_HOSTS)?,
        [] => HostFilterLayer::disable(),
        hosts if hosts.contains(&ANY) => HostFilterLayer::disable(),
        hosts => HostFilterLayer::new(hosts.iter().copied())?,
    };
    Ok(layer)
}

/// Subscription ids as Ethereum's clients expect them: hexadecimal quantities that cannot be guessed.
#[derive(Clone, Copy, Debug)]
struct HexadecimalIds;

impl IdProvider for HexadecimalIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        SubscriptionId::Str(random_id().into())
    }
}

/// A new id for a subscription or a filter.
pub(crate) fn random_id() -> String {
    match RandomIntegerIdProvider.next_id() {
        SubscriptionId::Num(number) => format!("{number:#x}"),
        SubscriptionId::Str(text) => text.into_owned(),
    }
}
