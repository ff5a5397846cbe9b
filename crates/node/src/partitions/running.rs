//! One partition ledger on a thread with a runtime of its own, from its folder to its end.

use super::{
    CHANNELS, Event, Seen, Surroundings, audience, refusals,
    register::{FolderFault, Register},
};
use crate::{
    auditing::now_ms,
    data::{DataError, DataFolder, Standing},
    ledger::{self, Ledger, LedgerError, Links, Setup},
    metrics::LedgerMetrics,
    partition::{
        GenesisFault, LinkedStore, MainLedger, PartitionMembership, derive, genesis::check_commitment, state,
    },
    priority,
    service::{NodeReport, PeerCount, client_version, genesis_mark},
};
use civitas_consensus_simplex::{self as simplex, VotingStart};
use civitas_crypto::replace_file;
use civitas_network::{ChannelSender, LedgerLinks, LedgerReceiver, LedgerSender, Members, NetworkError};
use civitas_ports::{LedgerStore, StoreError};
use civitas_rpc::{Backend, LedgerPathError, Sources};
use civitas_system_contracts::{ledgers::LedgerRecord, partition};
use civitas_types::{Genesis, GenesisError, Height, MainLink, OrderingEngine};
use commonware_runtime::{Clock as _, Runner as _, Spawner as _, Supervisor as _, tokio as runtime};
use parking_lot::Mutex;
use std::{
    any::Any,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    thread,
};
use thiserror::Error;
use tokio::sync::{broadcast::error::RecvError, mpsc, oneshot, watch};
use tracing::{info, warn};

/// Threads that run the ledger: while one executes a block the other votes.
const WORKER_THREADS: usize = 2;
/// Threads that wait for the disk, at most: twice what the state's waits may take, as for the main ledger.
const BLOCKING_THREADS_MAX: usize = 512;
/// Folder of the ledgers in the node's data folder.
const FOLDER: &str = "ledgers";
/// Prefix of the storage partitions in a ledger's folder.
const PREFIX: &str = "partition";

/// Why a partition ledger cannot run.
#[derive(Debug, Error)]
enum RunFault {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Folder(#[from] FolderFault),
    #[error(transparent)]
    Genesis(#[from] GenesisFault),
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path} is damaged: remove the ledger's folder, and the node fetches everything from its peers")]
    GenesisFile {
        path: PathBuf,
        #[source]
        source: GenesisError,
    },
    #[error("the genesis cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the main ledger could not be read")]
    Main(#[source] StoreError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the links of the ledger cannot be opened")]
    Links(#[from] NetworkError),
    #[error(
        "the main ledger of this node is ordered by one validator, without links: it can run solo ledgers only"
    )]
    NoLinks,
    #[error(transparent)]
    Path(#[from] LedgerPathError),
    #[error("{reason}")]
    Ended { reason: String },
}

impl From<StoreError> for RunFault {
    fn from(error: StoreError) -> Self {
        Self::Ledger(LedgerError::from(error))
    }
}

/// A ledger to run.
pub(super) struct Job {
    pub(super) around: Arc<Surroundings>,
    pub(super) register: Arc<Mutex<Register>>,
    pub(super) record: LedgerRecord,
    pub(super) reports: mpsc::Sender<Event>,
}

/// Runs a ledger on a thread until `stopped` is told or its sender is dropped.
pub(super) fn spawn(job: Job, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let name = job.record.name.clone();
    let reports = job.reports.clone();
    let body = move || {
        priority::stand_back();
        let settings = runtime::Config::new()
            .with_worker_threads(WORKER_THREADS)
            .with_max_blocking_threads(BLOCKING_THREADS_MAX)
            .with_storage_directory(job.folder().join("ledger"));
        let run = || {
            job.prepare()?;
            runtime::Runner::new(settings).start(|context| serve(context, job, stopped))
        };
        let failure = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some(chain(&fault)),
            Err(panic) => Some(format!("a part of it panicked: {}", text_of(&*panic))),
        };
        // Nobody listens any more where the node has stopped.
        let _ = reports.blocking_send(Event::Ended { name, failure });
    };
    let builder = thread::Builder::new().name("ledger".to_owned());
    builder.spawn(body).map(|_| ())
}

/// A fault with its causes.
fn chain(fault: &RunFault) -> String {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

impl Job {
    fn folder(&self) -> PathBuf {
        self.around.data.join(FOLDER).join(&self.record.name)
    }

    /// Marks the ledger's folder before the runtime writes into it, and then notes that the node may vote from it.
    fn prepare(&self) -> Result<(), RunFault> {
        let (own, now_ms) = (self.around.key.public_key(), now_ms(self.around.clock.current()));
        let mut register = self.register.lock();
        Ok(register.prepare(&self.folder(), &own, &self.record, now_ms)?)
    }

    /// The main block in which the ledger was created.
    async fn created(&self) -> Result<(MainLink, u64), RunFault> {
        let height = Height::new(self.record.created_at);
        let store = &self.around.store;
        let block = store.block(height).await.map_err(RunFault::Main)?;
        let Some(block) = block else {
            let head = store.head().height;
            return Err(RunFault::Main(StoreError::Unknown { height, head }));
        };
        let link = MainLink {
            height,
            block_hash: block.hash,
        };
        Ok((link, block.timestamp_ms))
    }

    /// The genesis: what was derived at the first start, since the main ledger's state of that time is not kept.
    fn genesis(&self, (created, timestamp_ms): (MainLink, u64)) -> Result<Genesis, RunFault> {
        let path = self.folder().join("genesis.json");
        match fs::read_to_string(&path) {
            Ok(text) => Genesis::from_json(&text).map_err(|source| RunFault::GenesisFile { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let view = self
                    .around
                    .store
                    .view_of_history(created.height)
                    .map_err(RunFault::Main)?;
                Ok(derive(&self.record, created, timestamp_ms, &*view)?)
            }
            Err(source) => Err(RunFault::File { path, source }),
        }
    }

    fn open_folder(&self, genesis: &Genesis) -> Result<DataFolder, RunFault> {
        let (folder, own) = (self.folder(), self.around.key.public_key());
        let opened = DataFolder::open(&folder, &own, genesis_mark(genesis))?;
        let path = folder.join("genesis.json");
        if !path.exists() {
            replace_file(&path, genesis.to_json()?.as_bytes())
                .map_err(|source| RunFault::File { path, source })?;
        }
        Ok(opened)
    }
}

async fn serve(
    context: runtime::Context,
    job: Job,
    mut stopped: oneshot::Receiver<()>,
) -> Result<(), RunFault> {
    let created = job.created().await?;
    let genesis = Arc::new(job.genesis(created)?);
    let mut folder = job.open_folder(&genesis)?;
    let around = &job.around;
    let own = ledger::open_store(context.child("state"), PREFIX, &genesis, &around.storage).await?;
    if let Some(block) = own.block(Height::GENESIS).await? {
        check_commitment(&job.record, block.hash)?;
    }
    let main = Arc::new(MainLedger {
        store: around.store.clone(),
        heights: around.heights.clone(),
        name: job.record.name.clone(),
        chain_id: job.record.chain_id,
        created: created.0,
    });
    let executed_against = state::main_height(&*own.view(own.head().height)?).map_err(StoreError::from)?;
    tokio::select! {
        () = main.reached(executed_against) => {}
        _ = &mut stopped => return Ok(()),
    }
    let store: Arc<dyn LedgerStore> = Arc::new(LinkedStore::new(own, around.store.clone()));
    let setup = Setup {
        genesis: genesis.clone(),
        key: around.key.clone(),
        membership: Arc::new(PartitionMembership { main: main.clone() }),
        voting: match folder.standing() {
            Standing::New => VotingStart::Immediately,
            Standing::Whole | Standing::Recovering => VotingStart::AfterCatchUp,
        },
        partition: PREFIX.to_owned(),
        pool: around.pool,
        metrics: LedgerMetrics::new(),
        main: Some(main),
        shelf: around.shelf.clone(),
    };
    let ledger = start(&context, &job, store, setup).await?;
    // From here on the ordering engine's own storage says whether this node may vote.
    folder.set_whole()?;
    if let Some(recorder) = around.recorder.clone() {
        refusals::watch(&context, &job.record.name, &ledger, recorder);
    }
    let _served = Served::start(&job, &ledger, genesis)?;
    let up = Event::Up {
        name: job.record.name.clone(),
        seen: watch(&context, &ledger)?,
    };
    // Nobody listens any more where the node has stopped; then `stopped` is told, too.
    let _ = job.reports.send(up).await;
    info!(
        ledger = job.record.name,
        height = ledger.store.head().height.get(),
        "the ledger is up"
    );
    let ended = tokio::select! {
        biased;
        _ = &mut stopped => None,
        reason = ledger.ended() => Some(reason),
    };
    ledger.stop().await;
    match ended {
        None => Ok(()),
        Some(reason) => Err(RunFault::Ended { reason }),
    }
}

/// Tells with each block how far the ledger is and who orders it, until the ledger's runtime ends.
fn watch(context: &runtime::Context, ledger: &Ledger) -> Result<watch::Receiver<Seen>, RunFault> {
    let (sender, receiver) = watch::channel(look(&*ledger.store)?);
    let (store, mut heads) = (ledger.store.clone(), ledger.heads.subscribe());
    context.child("watch").spawn(move |_| async move {
        while !matches!(heads.recv().await, Err(RecvError::Closed)) {
            match look(&*store) {
                Ok(seen) => _ = sender.send_replace(seen),
                // What was seen last holds on.
                Err(error) => warn!(
                    error = &error as &dyn std::error::Error,
                    "the validators of the ledger cannot be read"
                ),
            }
        }
    });
    Ok(receiver)
}

fn look(store: &dyn LedgerStore) -> Result<Seen, StoreError> {
    let head = store.head();
    let view = store.view(head.height)?;
    let ordering = civitas_evm::ask(&*view, head.timestamp_ms, partition::newest_validators)?;
    Ok(Seen {
        height: head.height,
        timestamp_ms: head.timestamp_ms,
        ordering,
    })
}

/// The network of a partition ledger: the members' share of the node's links.
struct PartitionNetwork;

type Sender = LedgerSender<runtime::Context, ChannelSender<runtime::Context>>;

impl simplex::Network for PartitionNetwork {
    type Sender = Sender;
    type Receiver = LedgerReceiver<runtime::Context>;
    type Blocker = Members<runtime::Context>;
    type Peers = Members<runtime::Context>;
}

async fn start(
    context: &runtime::Context,
    job: &Job,
    store: Arc<dyn LedgerStore>,
    setup: Setup,
) -> Result<Ledger, RunFault> {
    let context = context.child("ledger");
    if setup.genesis.parameters.ordering == OrderingEngine::Solo {
        return Ok(ledger::start_solo(context, store, setup).await?);
    }
    let (switchboard, _) = job.around.links.as_ref().ok_or(RunFault::NoLinks)?;
    let members = audience::of(&job.record, []);
    let links = connect(switchboard.open(job.record.chain_id, &members)?);
    Ok(ledger::start_simplex::<_, PartitionNetwork>(context, store, setup, links).await?)
}

fn connect(
    links: LedgerLinks<runtime::Context, ChannelSender<runtime::Context>, CHANNELS>,
) -> Links<PartitionNetwork> {
    let [
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        transactions,
    ] = links.channels;
    Links {
        ordering: simplex::Links {
            votes,
            certificates,
            certificate_fetch,
            payloads,
            payload_fetch,
            blocker: links.members.clone(),
            peers: links.members,
        },
        transactions,
    }
}

/// The ledger's path of JSON-RPC; dropped, it is served no more, and the files of the ledger are let go of.
struct Served {
    around: Arc<Surroundings>,
    name: String,
}

impl Served {
    fn start(job: &Job, ledger: &Ledger, genesis: Arc<Genesis>) -> Result<Self, RunFault> {
        let around = job.around.clone();
        let sources = Sources {
            store: ledger.store.clone(),
            pool: ledger.pool.clone(),
            ordering: Some(ledger.ordering.clone()),
            spec: ledger.spec.clone(),
            genesis,
            heads: ledger.heads.clone(),
            pending: ledger.pool.accepted(),
            node: Arc::new(NodeReport {
                store: ledger.store.clone(),
                ordering: ledger.ordering.clone(),
                peers: peers(job),
                // The file is one for all ledgers: the main ledger tells.
                notice: Default::default(),
            }),
            client_version: client_version(),
            limits: around.limits.clone(),
        };
        let name = job.record.name.clone();
        around.paths.add(&name, Arc::new(Backend::new(sources)))?;
        Ok(Self { around, name })
    }
}

/// Counts the members that are linked.
fn peers(job: &Job) -> PeerCount {
    let (around, chain_id) = (job.around.clone(), job.record.chain_id);
    Box::new(move || {
        let Some((switchboard, directory)) = &around.links else {
            return 0;
        };
        let Some(members) = switchboard.members(chain_id) else {
            return 0;
        };
        let linked = directory.linked();
        linked.iter().filter(|key| members.contains(key)).count()
    })
}

impl Drop for Served {
    fn drop(&mut self) {
        self.around.paths.remove(&self.name);
    }
}
