//! One node as a process: keys, links, ledger, JSON-RPC and metrics, until it is asked to stop.

use crate::{
    auditing::{self, Auditing},
    batch::BATCH_BYTES_MAX,
    certificates,
    config::{ConfigError, NodeConfig},
    data::{DataError, DataFolder, Standing},
    exporter,
    ledger::{self, Ledger, LedgerError, Links, Setup},
    membership,
    metrics::LedgerMetrics,
    registry::{Admission, Follower},
};
use alloy_primitives::{B256, keccak256};
use civitas_consensus_simplex::{self as simplex, VotingStart};
use civitas_crypto::{CertificateRefusal, KeyError, NodeKeyPair, PkiError};
use civitas_evm::SystemContracts;
use civitas_network::{self as network, NetworkError, TlsIdentity};
use civitas_ports::{LedgerStore, Ordering};
use civitas_rpc::{Backend, NodeInformation, Server, ServerError, Sources, SyncProgress};
use civitas_types::{Genesis, GenesisError, OrderingEngine};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients};
use commonware_runtime::{Clock, Runner as _, Spawner, Supervisor, tokio as runtime};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering as Memory},
    },
    time::{Duration, SystemTime},
};
use thiserror::Error;
use tracing::{error, info, warn};

/// Threads that wait for the disk or execute calls of clients, at most: twice what the state's waits may take. They
/// are started when they are needed.
const BLOCKING_THREADS_MAX: usize = 512;
/// Channel of transaction batches; those of the ordering engine stand below it.
const TRANSACTIONS_CHANNEL: u64 = 16;
/// Batches of transactions per second from one peer, at most.
const TRANSACTION_BATCHES_PER_SECOND: u32 = 128;
/// Batches of one peer that wait to be taken in, at most.
const TRANSACTION_BATCHES_WAITING: u32 = 16;
/// Messages that one peer may send at once on a channel: queues are sized by it.
const BURST_MAX: u32 = 128;
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
fn genesis_mark(genesis: &Genesis) -> B256 {
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
    let voting = match prepared.data.standing() {
        Standing::New => VotingStart::Immediately,
        // A folder that was whole has a record of votes, which rules; if it has none, votes were lost.
        Standing::Whole | Standing::Recovering => VotingStart::AfterCatchUp,
    };
    let setup = Setup {
        genesis: prepared.genesis.clone(),
        key: prepared.key.clone(),
        membership: membership::of_genesis(&prepared.genesis),
        voting,
        partition: ledger::MAIN_PARTITION.to_owned(),
        pool: config.pool,
        metrics: metrics.clone(),
    };
    let (ledger, peers) = start_ledger(&context, &config, &prepared, setup).await?;
    // From here on the ordering engine's own storage says whether this node may vote.
    prepared.data.set_whole()?;
    let node = auditing::Node {
        key: &prepared.key,
        genesis: &prepared.genesis,
        metrics: &metrics,
    };
    let auditing = prepared.audit.start(&context, &ledger, node);
    let backend = Arc::new(Backend::new(sources(&config, &prepared, &ledger, peers)));
    let server = Server::start(&config.rpc, backend, metrics).await?;
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

async fn start_ledger(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
    setup: Setup,
) -> Result<(Ledger, Arc<AtomicUsize>), NodeError> {
    let peers = Arc::new(AtomicUsize::new(0));
    let state = context.child("state");
    let store = ledger::open_store(state, ledger::MAIN_PARTITION, &setup.genesis, &config.storage)
        .await
        .map_err(LedgerError::from)?;
    let keeper = certificates::Keeper::new(config.identity.clone(), &prepared.identity, &setup.metrics)
        .recording_to(prepared.audit.recorder());
    if setup.genesis.parameters.ordering == OrderingEngine::Solo {
        keeper.start(context, None);
        return Ok((
            ledger::start_solo(context.child("ledger"), store, setup).await?,
            peers,
        ));
    }
    let (links, counter) = link(context, config, prepared)?;
    let directory = links.ordering.peers.clone();
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
    Ok((ledger, peers))
}

/// The network of a real node.
struct CityNetwork;

impl simplex::Network for CityNetwork {
    type Sender = network::ChannelSender<runtime::Context>;
    type Receiver = network::ChannelReceiver;
    type Blocker = network::Directory;
    type Peers = network::Directory;
}

type TransactionSender = network::ChannelSender<runtime::Context>;

fn link(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
) -> Result<(Links<CityNetwork>, TransactionSender), NodeError> {
    let settings = link_settings(config, prepared);
    let [votes, certificates, certificate_fetch, payloads, payload_fetch] =
        simplex::Channel::ALL.map(|channel| {
            let pace = channel.messages_per_second.get();
            network::Channel::new(channel.id, pace, pace.min(BURST_MAX))
        });
    let transactions = network::Channel::new(
        TRANSACTIONS_CHANNEL,
        TRANSACTION_BATCHES_PER_SECOND,
        TRANSACTION_BATCHES_WAITING,
    );
    let channels = [
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        transactions,
    ];
    let running = network::start(context.child("network"), settings, channels)?;
    let [
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        transactions,
    ] = running.channels;
    let counter = transactions.0.clone();
    prepared.audit.watch_links(&running.refusals);
    let ordering = simplex::Links {
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        blocker: running.directory.clone(),
        peers: running.directory,
    };
    Ok((
        Links {
            ordering,
            transactions,
        },
        counter,
    ))
}

fn link_settings(config: &NodeConfig, prepared: &Prepared) -> network::Config {
    let (limits, _) = simplex::Config::bounds(&prepared.genesis.parameters);
    let message_bytes = simplex::message_bytes_max(limits).max(BATCH_BYTES_MAX);
    let message_bytes_max = u32::try_from(message_bytes).unwrap_or(u32::MAX);
    let own = own_peer(config, prepared);
    let peers: Vec<network::Peer> = std::iter::once(own).chain(configured_peers(config)).collect();
    network::Config {
        // One more, for this node.
        peers_max: NonZeroUsize::MIN.saturating_add(config.network.peers_max),
        sets_kept: NonZeroUsize::MIN,
        peers,
        ..network::Config::new(
            config.network.listen,
            prepared.identity.clone(),
            namespace(config, &prepared.genesis).as_bytes(),
            message_bytes_max,
        )
    }
}

fn own_peer(config: &NodeConfig, prepared: &Prepared) -> network::Peer {
    network::Peer {
        key: prepared.key.public_key(),
        address: config.network.listen.into(),
    }
}

fn configured_peers(config: &NodeConfig) -> Vec<network::Peer> {
    let peers = config.network.peers.iter();
    peers
        .map(|peer| network::Peer {
            key: peer.public_key,
            address: peer.address.into(),
        })
        .collect()
}

/// Nodes of another city, or of another ledger, are refused in the TLS handshake.
fn namespace(config: &NodeConfig, genesis: &Genesis) -> String {
    format!("civitas/1/{}/{}", config.city, genesis.chain_id())
}

fn follower(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
    ledger: &Ledger,
    mut directory: network::Directory,
) -> Follower<runtime::Context> {
    let (own, others) = (own_peer(config, prepared), configured_peers(config));
    let recorder = prepared.audit.recorder();
    Follower {
        clock: context.child("clock"),
        store: ledger.store.clone(),
        pool: ledger.pool.clone(),
        key: prepared.key.clone(),
        chain_id: prepared.genesis.chain_id(),
        base_fee: prepared.genesis.parameters.base_fee,
        configured: others.iter().map(|peer| peer.key).collect(),
        admit: Box::new(move |admission| {
            let peers = admitted(admission, &own, &others);
            match directory.admit_only(&peers) {
                Ok(cut) => {
                    info!(
                        nodes = peers.len(),
                        cut = cut.len(),
                        "the nodes that may link have changed"
                    );
                    for (cut, recorder) in cut.iter().flat_map(|cut| Some((cut, recorder.as_ref()?))) {
                        recorder.note(auditing::link_cut(cut, SystemTime::now()));
                    }
                }
                Err(error) => error!(
                    error = &error as &dyn std::error::Error,
                    "the links do not follow the registry of nodes: raise network.peers_max in node.toml"
                ),
            }
        }),
    }
}

/// Where the nodes listen that may link, this one included.
fn admitted(admission: &Admission, own: &network::Peer, configured: &[network::Peer]) -> Vec<network::Peer> {
    let active = admission.active.iter().filter(|node| node.key != own.key);
    let active = active.map(|node| network::Peer {
        key: node.key,
        // A node that only dials out has no endpoint; dialling this one fails at once.
        address: node
            .endpoint
            .parse()
            .unwrap_or_else(|_| SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0).into()),
    });
    let unknown = configured
        .iter()
        .filter(|peer| admission.configured.contains(&peer.key));
    std::iter::once(own.clone())
        .chain(active)
        .chain(unknown.cloned())
        .collect()
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

fn sources(config: &NodeConfig, prepared: &Prepared, ledger: &Ledger, peers: Arc<AtomicUsize>) -> Sources {
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
            peers,
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

struct NodeReport {
    store: Arc<dyn LedgerStore>,
    ordering: Arc<dyn Ordering>,
    peers: Arc<AtomicUsize>,
}

impl NodeInformation for NodeReport {
    fn peers(&self) -> usize {
        self.peers.load(Memory::Relaxed)
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
