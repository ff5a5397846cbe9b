//! A console from its settings to its end: everything is opened, started, and ended in order.

use crate::{
    config::Config,
    content::{self, Content},
    exporter,
    guard::Quota,
    ledgers::Ledgers,
    listening::{self, Bounded, Bounds, Peer},
    login::{ByCalls, Calls, Clock, LoginError, Logins},
    reads::Reads,
    registries::Registries,
    server,
    situation::{self, Situation},
    sources::Sources,
    state::{Console, Shared},
    streaming::{self, Broadcast},
    supervision::{self, Supervision},
};
use alloy_primitives::{Address, Bytes, U64};
use async_trait::async_trait;
use axum::middleware::map_request;
use civitas_gateway::client::GatewayClient;
use civitas_indexer::{BatchSource, Indexer, Store};
use civitas_monitor::{Monitor, NodeTarget, SystemClock};
use civitas_sdk::{Node, causes};
use serde_json::json;
use std::{
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// The file in the console's folder that holds the one-time link until it was used.
pub const LINK_FILE: &str = "setup-link";
/// The folder of compilers that were made ready.
const COMPILED_FOLDER: &str = "compiled";
/// How often what has ended is removed: tables stay small, and what is over was refused before.
const TIDY_INTERVAL: Duration = Duration::from_secs(3_600);
/// How often nodes are compared.
const PREFER_INTERVAL: Duration = Duration::from_secs(10);
/// How long requests and loops may take to end.
const END_WAIT: Duration = Duration::from_secs(8);

/// Why a console does not start.
#[derive(Debug, Error)]
pub enum RunError {
    /// The folder cannot be made, or a file in it cannot be written.
    #[error("cannot write {}", path.display())]
    Folder {
        /// What was written.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It cannot listen.
    #[error(
        "cannot listen at {address}: choose another address with `listen` in the settings, or --console-port"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The server ended.
    #[error("the server ended")]
    Serve {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The index cannot be opened.
    #[error("the index cannot be opened")]
    Index {
        /// Why.
        #[source]
        source: Box<civitas_indexer::Error>,
    },
    /// The monitor cannot be opened.
    #[error("metrics, logs and alarms cannot be opened")]
    Monitor {
        /// Why.
        #[source]
        source: Box<civitas_monitor::Error>,
    },
    /// Login cannot be opened.
    #[error("sign-ins cannot be opened")]
    Login {
        /// Why.
        #[source]
        source: Box<LoginError>,
    },
    /// The records cannot be opened.
    #[error("the records of the console cannot be opened")]
    Records {
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// An address of a gateway is none.
    #[error("an address of a gateway cannot be used")]
    Gateway {
        /// Why.
        #[source]
        source: Box<civitas_gateway::GatewayError>,
    },
    /// An address of a node is none.
    #[error("an address of a node cannot be used")]
    Node {
        /// Why.
        #[source]
        source: Box<civitas_sdk::Error>,
    },
}

/// A console that answers.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Where, for a browser.
    pub address: String,
    /// The one-time link of the administrator, if nobody has used one.
    pub link: Option<String>,
}

/// JSON-RPC codes of a call that was carried out and failed: it reverted, or ended otherwise.
const FAILED_CODES: [i32; 2] = [3, -32000];

/// Asks contracts of the main ledger for login.
struct MainCalls(Node);

#[async_trait]
impl Calls for MainCalls {
    async fn call(
        &self,
        to: Address,
        data: Bytes,
    ) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.call(to, &data).await?)
    }

    async fn call_bounded(
        &self,
        to: Address,
        data: Bytes,
        gas: u64,
    ) -> Result<Option<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        let call = json!([{ "to": to, "input": data, "gas": U64::from(gas) }, "latest"]);
        match self.0.request("eth_call", call).await {
            Ok(output) => Ok(Some(output)),
            Err(civitas_sdk::Error::Refused { code, .. }) if FAILED_CODES.contains(&code) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Everything that a console is made of, open but not started.
pub struct Parts {
    console: Arc<Console>,
    indexer: Indexer,
    end: watch::Sender<bool>,
}

impl Parts {
    /// Opens everything below the folder of the settings. `logins` takes the place of those that ask the main ledger.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn open(config: Config, logins: Option<Logins>) -> Result<Self, RunError> {
        make_folder(&config.data)?;
        let (end, ending) = watch::channel(false);
        let ledgers = Ledgers::new(&config).map_err(|source| RunError::Node {
            source: Box::new(source),
        })?;
        let main = ledgers.main().clone();
        let database = config.database();
        let store = Store::open(&database).await.map_err(|source| RunError::Index {
            source: Box::new(source),
        })?;
        let indexer = Indexer::new(store.clone(), ledgers.told()).with_gateways(gateways(&config)?);
        let logins = match logins {
            Some(logins) => logins,
            None => open_logins(&config, main.clone()).await?,
        };
        let reads = Reads::open(&database)
            .await
            .map_err(|source| RunError::Records { source })?;
        let kept = supervision::store::Store::open(&database)
            .await
            .map_err(|source| RunError::Records { source })?;
        let room = situation::store::Store::open(&database)
            .await
            .map_err(|source| RunError::Records { source })?;
        let monitor = Monitor::open(watched(&config), Arc::new(SystemClock)).await;
        let console = Console {
            index: store.reader(),
            sources: Sources::new(config.compilers(), config.data.join(COMPILED_FOLDER), store),
            monitor: monitor.map_err(|source| RunError::Monitor {
                source: Box::new(source),
            })?,
            logins: Arc::new(logins),
            registries: Registries::new(main),
            quota: Quota::default(),
            metrics: Default::default(),
            broadcast: Broadcast::default(),
            lags: indexer.lags(),
            leads: indexer.leads(),
            content: Content::new(config.thesaurus.clone()),
            desk: Default::default(),
            supervision: Supervision::new(kept),
            situation: Situation::new(room),
            config,
            ledgers,
            reads,
            ending,
        };
        Ok(Self {
            console: Arc::new(console),
            indexer,
            end,
        })
    }

    /// What the endpoints share.
    pub fn shared(&self) -> Shared {
        Shared(Arc::clone(&self.console))
    }
}

/// Runs a console until `shutdown` ends. `ready` is told where it answers.
///
/// # Errors
/// [`RunError`].
pub async fn run(
    config: Config,
    ready: impl FnOnce(&Ready),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    make_folder(&config.data)?;
    let address = config.listen;
    // First of all, so that two consoles do not fight about the same files.
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| RunError::Listen { address, source })?;
    let parts = Parts::open(config, None).await?;
    let shared = parts.shared();
    let Parts {
        console,
        indexer,
        end,
    } = parts;
    let told = Ready {
        address: origin(&console.config),
        link: link(&console).await?,
    };
    let mut loops = JoinSet::new();
    if let Some(address) = console.config.metrics.listen {
        let exporter = exporter::start(&shared, address)
            .await
            .map_err(|source| RunError::Listen { address, source })?;
        loops.spawn(exporter);
    }
    loops.spawn(indexer.run(console.ending.clone()));
    loops.spawn(streaming::watch(Arc::clone(&console)));
    loops.spawn(content::run(Arc::clone(&console)));
    loops.spawn(supervision::run(Arc::clone(&console)));
    loops.spawn(situation::run(Arc::clone(&console)));
    loops.spawn(tidy(Arc::clone(&console)));
    loops.spawn(prefer(Arc::clone(&console)));
    loops.spawn(Arc::clone(&console.monitor).run(over(console.ending.clone())));
    let application = server::router(shared).layer(map_request(listening::tell_peer));
    let application = application.into_make_service_with_connect_info::<Peer>();
    let bounds = Bounds::of(console.config.login.behind_proxy);
    let served = axum::serve(Bounded::new(listener, bounds), application);
    let served = served.with_graceful_shutdown(over(console.ending.clone()));
    let mut served = tokio::spawn(served.into_future());
    ready(&told);
    let early = tokio::select! {
        () = shutdown => None,
        ended = &mut served => Some(ended),
    };
    end.send_replace(true);
    let drained = async {
        let ended = match early {
            Some(ended) => ended,
            None => served.await,
        };
        while loops.join_next().await.is_some() {}
        ended
    };
    match tokio::time::timeout(END_WAIT, drained).await {
        Ok(Ok(Err(source))) => Err(RunError::Serve { source }),
        // Whatever is not done by now is dropped: everything that is kept is kept in transactions.
        _ => Ok(()),
    }
}

/// Forgets, now and then, what is kept only for a time: challenges, sessions, keys, records.
async fn tidy(console: Arc<Console>) {
    let ends = over(console.ending.clone());
    tokio::pin!(ends);
    loop {
        if let Err(error) = console.logins.prune().await {
            tracing::warn!(cause = %causes(&error), "old sign-ins could not be removed");
        }
        if let Err(error) = console.reads.prune().await {
            tracing::warn!(cause = %causes(&error), "old records could not be removed");
        }
        if let Err(error) = supervision::prune(&console.supervision).await {
            tracing::warn!(cause = %causes(&error), "old notices of supervision could not be removed");
        }
        if let Err(error) = console.situation.store.prune().await {
            tracing::warn!(cause = %causes(&error), "old counts could not be removed");
        }
        if tokio::time::timeout(TIDY_INTERVAL, &mut ends).await.is_ok() {
            return;
        }
    }
}

/// Asks nodes first that are not behind the others.
async fn prefer(console: Arc<Console>) {
    let ends = over(console.ending.clone());
    tokio::pin!(ends);
    loop {
        let preferred = async {
            console.ledgers.prefer_furthest().await;
            tokio::time::sleep(PREFER_INTERVAL).await;
        };
        tokio::select! {
            () = preferred => {}
            () = &mut ends => return,
        }
    }
}

/// Ends when the console does.
async fn over(mut ending: watch::Receiver<bool>) {
    // An error says that nobody is left to end it, which means the same.
    let _ = ending.wait_for(|ends| *ends).await;
}

fn make_folder(path: &Path) -> Result<(), RunError> {
    std::fs::create_dir_all(path).map_err(|source| RunError::Folder {
        path: path.to_owned(),
        source,
    })
}

/// The gateways of the settings.
fn gateways(config: &Config) -> Result<Vec<Arc<dyn BatchSource>>, RunError> {
    let mut gateways: Vec<Arc<dyn BatchSource>> = Vec::new();
    for url in &config.gateways {
        let client = GatewayClient::new(url).map_err(|source| RunError::Gateway {
            source: Box::new(source),
        })?;
        gateways.push(Arc::new(client));
    }
    Ok(gateways)
}

/// What the monitor watches.
fn watched(config: &Config) -> civitas_monitor::Config {
    let targets = config.nodes.iter().map(|node| NodeTarget {
        name: node.name.clone(),
        metrics: node.metrics.clone(),
        folder: node.folder.clone(),
    });
    civitas_monitor::Config {
        folder: config.data.join("monitor"),
        nodes: targets.collect(),
        settings: config.monitor.clone(),
    }
}

async fn open_logins(config: &Config, main: Node) -> Result<Logins, RunError> {
    let on_ledger = Arc::new(ByCalls(MainCalls(main)));
    let logins = Logins::open(
        config.login.clone(),
        &config.database(),
        on_ledger,
        Clock::system(),
    )
    .await;
    logins.map_err(|source| RunError::Login {
        source: Box::new(source),
    })
}

/// A new one-time link of the administrator.
///
/// # Errors
/// [`RunError`].
pub async fn new_link(config: &Config) -> Result<String, RunError> {
    make_folder(&config.data)?;
    let ledgers = Ledgers::new(config).map_err(|source| RunError::Node {
        source: Box::new(source),
    })?;
    let logins = open_logins(config, ledgers.main().clone()).await?;
    let token = logins
        .new_administrator_link()
        .await
        .map_err(|source| RunError::Login {
            source: Box::new(source),
        })?;
    Ok(format!("{}/setup#{token}", origin(config)))
}

/// The one-time link, while nobody has used one; also in a file that only the owner of the folder reads.
async fn link(console: &Console) -> Result<Option<String>, RunError> {
    let path = console.config.data.join(LINK_FILE);
    let kept = std::fs::read_to_string(&path).ok();
    let kept = kept.as_deref().and_then(|link| link.trim().split_once("/setup#"));
    let token = console
        .logins
        .administrator_link(kept.map(|(_, token)| token))
        .await
        .map_err(|source| RunError::Login {
            source: Box::new(source),
        })?;
    let Some(token) = token else {
        // A file that is gone already is as good.
        let _ = std::fs::remove_file(&path);
        return Ok(None);
    };
    let link = format!("{}/setup#{token}", origin(&console.config));
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        writeln!(file, "{link}")
    };
    write().map_err(|source| RunError::Folder {
        path: path.clone(),
        source,
    })?;
    Ok(Some(link))
}

/// The address for a browser: the first of the settings, or the one that is listened at.
fn origin(config: &Config) -> String {
    let named = config.login.origins.first().cloned();
    named.unwrap_or_else(|| format!("http://{}", config.listen))
}
