//! One node as a process: keys, links, ledger, JSON-RPC and metrics, until it is asked to stop.

mod links;

use crate::{
    auditing::{self, Auditing},
    certificates,
    config::{ConfigError, NodeConfig},
    data::{DataError, DataFolder, Standing},
    exporter,
    ledger::{self, Ledger, LedgerError, Setup},
    membership,
    metrics::LedgerMetrics,
    partitions::{
        self, PartitionMetrics, Partitions, Surroundings, Switchboard,
        register::{Register, RegisterError},
    },
    priority,
    thesaurus::{Keeper, Notice},
    words::Shelf,
};
use alloy_primitives::{B256, keccak256};
use civitas_consensus_simplex::VotingStart;
use civitas_crypto::{CertificateRefusal, KeyError, NodeKeyPair, PkiError};
use civitas_evm::SystemContracts;
use civitas_network::{self as network, NetworkError, TlsIdentity};
use civitas_ports::{LedgerStore, Ordering};
use civitas_rpc::{Backend, NodeInformation, Server, ServerError, Sources, SyncProgress};
use civitas_types::{Genesis, GenesisError, OrderingEngine};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients};
use commonware_runtime::{Clock, Handle, Runner as _, Spawner, Supervisor, tokio as runtime};
use links::{CityNetwork, TransactionSender, follower, link};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering as Memory},
    },
    time::Duration,
};
use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tracing::{info, warn};

/// Threads that wait for the disk or execute calls of clients, at most: twice what the state's waits may take. They
/// are started when they are needed.
const BLOCKING_THREADS_MAX: usize = 512;
/// How long calls under way may take to end when the node stops.
const SERVER_STOP: Duration = Duration::from_secs(5);
/// How often the links are counted.
const PEERS_INTERVAL: Duration = Duration::from_secs(1);
/// Blocks that a node may be behind without calling itself syncing.
const SYNCING_ABOVE_BLOCKS: u64 = 3;

/// Why a node cannot run.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that the settings name.
    #[error("cannot read {what} {path}: check the path in node.toml")]
    File {
        /// What the file holds.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// The genesis.
    #[error("{path} cannot be used")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: GenesisError,
    },
    /// The data folder.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The list of partition ledgers.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The audit records.
    #[error(transparent)]
    Audit(#[from] civitas_audit::LogError),
    /// The node's key.
    #[error("the key of the node, {path}, cannot be used")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        #[source]
        source: KeyError,
    },
    /// The authorities.
    #[error("the authorities in {path} cannot be used: restore the file that the city's authority gave out")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: PkiError,
    },
    /// The revocation lists.
    #[error("the revocation lists in {path} cannot be used: take the newest ones of the authorities")]
    Revocations {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: PkiError,
    },
    /// The node's certificate.
    #[error(
        "the certificate of the node, {path}, cannot be used: restore it, or have a new one issued for the key"
    )]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: NetworkError,
    },
    /// The address for links.
    #[error("network.listen in node.toml: the address cannot be listened on; is another node running?")]
    Listen(#[source] NetworkError),
    /// The node's own certificate would be refused by every peer.
    #[error(
        "the certificate of this node is not usable now: `civitas cert renew` or `civitas cert issue` makes a new \
         one, `civitas cert recover` those of a whole city; or correct the clock"
    )]
    OwnCertificate(#[from] CertificateRefusal),
    /// The links.
    #[error("the links of the node cannot be set up")]
    Network(#[from] NetworkError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// JSON-RPC.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Metrics.
    #[error("cannot serve metrics on {address}: is another node running? set metrics.listen to a free port")]
    Metrics {
        /// The address.
        address: std::net::SocketAddr,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// The ledger stopped while it ran. The node may be started again.
    #[error("the node stopped: {reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
}

/// What the settings name, read and checked before anything starts.
struct Prepared {
    genesis: Arc<Genesis>,
    key: NodeKeyPair,
    identity: TlsIdentity,
    data: DataFolder,
    audit: Auditing,
}

impl Prepared {
    fn load(config: &NodeConfig) -> Result<Self, NodeError> {
        let genesis = load_genesis(&config.genesis)?;
        let paths = &config.identity;
        let key = NodeKeyPair::load(&paths.key).map_err(|source| NodeError::Key {
            path: paths.key.clone(),
            source,
        })?;
        let identity = certificates::load(paths, &key)?;
        identity.check(std::time::SystemTime::now())?;
        let data = DataFolder::open(&config.data, &key.public_key(), genesis_mark(&genesis))?;
        let audit = Auditing::open(&config.audit, &data)?;
        Ok(Self {
            genesis: Arc::new(genesis),
            key,
            identity,
            data,
            audit,
        })
    }
}

/// Reads a genesis file.
///
/// # Errors
/// [`NodeError::File`] and [`NodeError::Genesis`].
pub fn load_genesis(path: &Path) -> Result<Genesis, NodeError> {
    let text = read("the genesis", path)?;
    Genesis::from_json(&text).map_err(|source| NodeError::Genesis {
        path: path.to_owned(),
        source,
    })
}

/// What a data folder remembers of its ledger: the content of the genesis, however its file is laid out.
pub(crate) fn genesis_mark(genesis: &Genesis) -> B256 {
    keccak256(genesis.to_json().unwrap_or_default())
}

pub(crate) fn read(what: &'static str, path: &Path) -> Result<String, NodeError> {
    std::fs::read_to_string(path).map_err(|source| NodeError::File {
        what,
        path: path.to_owned(),
        source,
    })
}

/// Runs a node until SIGINT or SIGTERM.
///
/// # Errors
/// See [`NodeError`].
pub fn run(config: NodeConfig) -> Result<(), NodeError> {
    let prepared = Prepared::load(&config)?;
    network::check_listen_address(config.network.listen).map_err(NodeError::Listen)?;
    priority::go_first();
    // The threads that check signatures inherit the priority of who starts them: that must not be a partition. An
    // error says that they run already.
    let _ = rayon::ThreadPoolBuilder::new().build_global();
    let settings = runtime::Config::new()
        .with_worker_threads(config.threads)
        .with_max_blocking_threads(BLOCKING_THREADS_MAX)
        .with_tcp_nodelay(Some(true))
        .with_storage_directory(config.data.join("ledger"));
    runtime::Runner::new(settings).start(|context| serve(context, config, prepared))
}

async fn serve(
    context: runtime::Context,
    config: NodeConfig,
    mut prepared: Prepared,
) -> Result<(), NodeError> {
    let metrics = LedgerMetrics::new();
    let exporter = match config.metrics.listen {
        Some(address) => Some(exporter::start(address, metrics.clone(), context.child("exporter")).await?),
        None => None,
    };
    let thesaurus = Keeper::open(config.thesaurus.clone(), &metrics).await;
    let notice = thesaurus.notice();
    let setup = Setup {
        genesis: prepared.genesis.clone(),
        key: prepared.key.clone(),
        membership: membership::of_genesis(&prepared.genesis),
        voting: voting_after(prepared.data.standing()),
        partition: ledger::MAIN_PARTITION.to_owned(),
        pool: config.pool,
        metrics: metrics.clone(),
        main: None,
        shelf: thesaurus.shelf(),
    };
    let shelf = setup.shelf.clone();
    let started = start_ledger(&context, &config, &prepared, setup).await?;
    // Before the standing changes: a crash in between must not make the node forget that it has forgotten.
    let register = Register::open(&config.data, prepared.data.standing())?;
    // From here on the ordering engine's own storage says whether this node may vote.
    prepared.data.set_whole()?;
    let node = auditing::Node {
        key: &prepared.key,
        genesis: &prepared.genesis,
        metrics: &metrics,
    };
    let auditing = prepared.audit.start(&context, &started.ledger, node);
    let ledger = &started.ledger;
    if ledger.spec.system_contracts() == SystemContracts::Present {
        thesaurus.start(&context, ledger.store.clone(), prepared.genesis.chain_id());
    }
    let backend = Arc::new(Backend::new(sources(&config, &prepared, &started, notice)));
    let server = Server::start(&config.rpc, backend, metrics.clone()).await?;
    let around = surroundings(&context, &config, &prepared, (&started, &server, &metrics), shelf);
    let partitions = (ledger.spec.system_contracts() == SystemContracts::Present)
        .then(|| RunningPartitions::start(&context, around, register));
    info!(
        name = config.name,
        height = ledger.store.head().height.get(),
        "the node is up"
    );
    let stopped = tokio::select! {
        biased;
        () = interrupted() => None,
        reason = ledger.ended() => Some(reason),
    };
    if tokio::time::timeout(SERVER_STOP, server.stop()).await.is_err() {
        warn!("clients that do not read their answers are cut off");
    }
    if let Some(partitions) = partitions {
        partitions.stop().await;
    }
    ledger.stop().await;
    if let Some(auditing) = auditing {
        auditing.stop(context.current()).await;
    }
    drop(exporter);
    match stopped {
        None => Ok(()),
        Some(reason) => Err(NodeError::Stopped { reason }),
    }
}

/// How a node begins to vote by what its folder remembers.
const fn voting_after(standing: Standing) -> VotingStart {
    match standing {
        Standing::New => VotingStart::Immediately,
        // A folder that was whole has a record of votes, which rules; if it has none, votes were lost.
        Standing::Whole | Standing::Recovering => VotingStart::AfterCatchUp,
    }
}

pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without signals the node runs until it is killed, which loses nothing.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// The partition ledgers while the node runs.
struct RunningPartitions {
    stop: oneshot::Sender<()>,
    task: Handle<()>,
}

impl RunningPartitions {
    fn start(context: &runtime::Context, around: Surroundings, register: Register) -> Self {
        let (stop, stopped) = oneshot::channel();
        let partitions = Partitions::new(around, register);
        let task = context
            .child("partitions")
            .spawn(move |_| partitions.run(stopped));
        Self { stop, task }
    }

    async fn stop(self) {
        // An error says that it has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

fn surroundings(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
    (started, server, metrics): (&Started, &Server, &Arc<LedgerMetrics>),
    shelf: Option<Arc<Shelf>>,
) -> Surroundings {
    let ledger = &started.ledger;
    let (heights, followed) = watch::channel(ledger.store.head().height);
    let (store, heads) = (ledger.store.clone(), ledger.heads.subscribe());
    context
        .child("heights")
        .spawn(move |_| partitions::follow_heights(store, heads, heights));
    Surroundings {
        clock: context.child("partitions_clock"),
        store: ledger.store.clone(),
        ordering: ledger.ordering.clone(),
        main_pool: ledger.pool.clone(),
        chain_id: prepared.genesis.chain_id(),
        base_fee: prepared.genesis.parameters.base_fee,
        epochs: prepared.genesis.parameters.epochs(),
        heights: followed,
        key: prepared.key.clone(),
        data: config.data.clone(),
        storage: config.storage.of_partition(),
        pool: config.pool,
        shelf,
        links: started.links.clone(),
        paths: server.paths().clone(),
        limits: config.rpc.limits.clone(),
        recorder: prepared.audit.recorder(),
        metrics: PartitionMetrics::new(metrics),
    }
}

/// The main ledger of a node and what is around it.
struct Started {
    ledger: Ledger,
    /// Nodes that are linked.
    peers: Arc<AtomicUsize>,
    /// The links of partition ledgers, and who is linked; none without a network.
    links: Option<(Switchboard, network::Directory)>,
}

async fn start_ledger(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
    setup: Setup,
) -> Result<Started, NodeError> {
    let peers = Arc::new(AtomicUsize::new(0));
    let state = context.child("state");
    let store = ledger::open_store(state, ledger::MAIN_PARTITION, &setup.genesis, &config.storage)
        .await
        .map_err(LedgerError::from)?;
    let keeper = certificates::Keeper::new(config.identity.clone(), &prepared.identity, &setup.metrics)
        .recording_to(prepared.audit.recorder());
    if setup.genesis.parameters.ordering == OrderingEngine::Solo {
        keeper.start(context, None);
        return Ok(Started {
            ledger: ledger::start_solo(context.child("ledger"), store, setup).await?,
            peers,
            links: None,
        });
    }
    let (links, counter, switchboard) = link(context, config, prepared)?;
    let directory = links.ordering.peers.clone();
    let linked = directory.clone();
    keeper.start(context, Some(directory.clone()));
    let count = peers.clone();
    context
        .child("peers")
        .spawn(move |context| count_peers(context, counter, count));
    let ledger =
        ledger::start_simplex::<_, CityNetwork>(context.child("ledger"), store, setup, links).await?;
    if ledger.spec.system_contracts() == SystemContracts::Present {
        let heads = ledger.heads.subscribe();
        let follower = follower(context, config, prepared, &ledger, directory);
        context.child("registry").spawn(move |_| follower.run(heads));
    }
    Ok(Started {
        ledger,
        peers,
        links: Some((switchboard, linked)),
    })
}

async fn count_peers(context: runtime::Context, mut sender: TransactionSender, count: Arc<AtomicUsize>) {
    loop {
        let linked = sender
            .check(Recipients::All)
            .map_or(0, |checked| checked.recipients().len());
        count.store(linked, Memory::Relaxed);
        context.sleep(PEERS_INTERVAL).await;
    }
}

fn sources(config: &NodeConfig, prepared: &Prepared, started: &Started, notice: Notice) -> Sources {
    let (ledger, peers) = (&started.ledger, started.peers.clone());
    Sources {
        store: ledger.store.clone(),
        pool: ledger.pool.clone(),
        ordering: Some(ledger.ordering.clone()),
        spec: ledger.spec.clone(),
        genesis: prepared.genesis.clone(),
        heads: ledger.heads.clone(),
        pending: ledger.pool.accepted(),
        node: Arc::new(NodeReport {
            store: ledger.store.clone(),
            ordering: ledger.ordering.clone(),
            peers: Box::new(move || peers.load(Memory::Relaxed)),
            notice,
        }),
        client_version: client_version(),
        limits: config.rpc.limits.clone(),
    }
}

/// Name and version as Ethereum's clients write them.
pub fn client_version() -> String {
    format!(
        "civitas/v{}/{}-{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

/// What a node says of itself for one of its ledgers.
pub(crate) struct NodeReport {
    pub(crate) store: Arc<dyn LedgerStore>,
    pub(crate) ordering: Arc<dyn Ordering>,
    pub(crate) peers: PeerCount,
    pub(crate) notice: Notice,
}

/// Counts the nodes that are linked for a ledger.
pub(crate) type PeerCount = Box<dyn Fn() -> usize + Send + Sync>;

impl NodeInformation for NodeReport {
    fn peers(&self) -> usize {
        (self.peers)()
    }

    fn notices(&self) -> Vec<String> {
        self.notice.read().iter().cloned().collect()
    }

    fn syncing(&self) -> Option<SyncProgress> {
        let (current, highest) = (self.store.head().height, self.ordering.status().finalized);
        let behind = highest.above(current) > SYNCING_ABOVE_BLOCKS;
        behind.then_some(SyncProgress {
            starting: current,
            current,
            highest,
        })
    }
}
