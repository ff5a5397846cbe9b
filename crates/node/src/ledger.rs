//! One running ledger of a node: store, pool, application and ordering engine, joined.
//!
//! Generic over the runtime and the network, so that the simulator starts exactly what a node starts.

use crate::{
    application::{LedgerApplication, Parts},
    config::StorageConfig,
    gossip,
    membership::Membership,
    metrics::LedgerMetrics,
    partition::MainLedger,
    words::{Shelf, Words},
};
use civitas_consensus_simplex as simplex;
use civitas_consensus_solo as solo;
use civitas_crypto::NodeKeyPair;
use civitas_evm::{ChainSpec, Door, EvmExecutor, SystemContracts};
use civitas_mempool::{Pool, Rules};
use civitas_ports::{Application, LedgerStore, Ordering, OrderingError, Refusal, StateView, StoreError};
use civitas_state::{GenesisInput, Store};
use civitas_types::{Block, Genesis, Height, Payload, Transaction};
use commonware_runtime::Clock;
use std::{sync::Arc, time::Duration};
use thiserror::Error;
use tokio::sync::broadcast;

/// Prefix of the storage partitions of the main ledger of a node.
pub const MAIN_PARTITION: &str = "main";

/// What a ledger needs from its node.
pub struct Setup {
    /// The ledger's genesis.
    pub genesis: Arc<Genesis>,
    /// The node's key: signs votes.
    pub key: NodeKeyPair,
    /// Who orders which epoch.
    pub membership: Arc<dyn Membership>,
    /// Whether the node may vote at its first start.
    pub voting: simplex::VotingStart,
    /// Prefix of the storage partitions.
    pub partition: String,
    /// Waiting transactions.
    pub pool: civitas_mempool::Config,
    /// Counts what happens.
    pub metrics: Arc<LedgerMetrics>,
    /// The main ledger of this node; none where this is it.
    pub main: Option<Arc<MainLedger>>,
    /// The thesauri of this node; without them it refuses no words.
    pub shelf: Option<Arc<Shelf>>,
}

/// The network of a ledger.
pub struct Links<N: simplex::Network> {
    /// Channels of the ordering engine.
    pub ordering: simplex::Links<N>,
    /// Channel of transaction batches.
    pub transactions: simplex::Link<N>,
}

/// A running ledger.
pub struct Ledger {
    /// Blocks and state.
    pub store: Arc<dyn LedgerStore>,
    /// Waiting transactions.
    pub pool: Arc<Pool>,
    /// The ordering engine.
    pub ordering: Arc<dyn Ordering>,
    /// The rules of execution.
    pub spec: Arc<ChainSpec>,
    /// Every applied block.
    pub heads: broadcast::Sender<Arc<Block>>,
    engine: Engine,
}

enum Engine {
    Simplex(Arc<simplex::Simplex>),
    Solo(Arc<solo::Solo>),
}

impl Ledger {
    /// Waits until the ordering engine has ended by itself, and says why.
    pub async fn ended(&self) -> String {
        match &self.engine {
            Engine::Simplex(engine) => format!("ordering ended: {:?}", engine.ended().await),
            Engine::Solo(engine) => format!("ordering ended: {:?}", engine.ended().await),
        }
    }

    /// Votes of other validators that contradict one another, as this node has seen them.
    pub fn contradictions(&self) -> u64 {
        match &self.engine {
            Engine::Simplex(engine) => engine.contradictions(),
            Engine::Solo(_) => 0,
        }
    }

    /// Stops ordering. What was acknowledged is durable already.
    pub async fn stop(&self) {
        match &self.engine {
            Engine::Simplex(engine) => engine.stop().await,
            Engine::Solo(engine) => engine.stop().await,
        }
    }
}

/// Why a ledger cannot start.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// Blocks and state cannot be opened.
    #[error("the blocks and the state of the ledger cannot be opened")]
    Store(#[from] StoreError),
    /// The ordering engine cannot start.
    #[error("the ordering engine cannot start")]
    Ordering(#[from] OrderingError),
}

/// Opens the store of a ledger; on an empty folder its genesis block is made.
///
/// # Errors
/// See [`StoreError`].
pub async fn open_store<E: civitas_state::Runtime>(
    context: E,
    partition: &str,
    genesis: &Arc<Genesis>,
    storage: &StorageConfig,
) -> Result<Arc<dyn LedgerStore>, StoreError> {
    let config = storage.of_store(partition, genesis.parameters.state_commitment);
    let sealed = genesis.clone();
    let input = GenesisInput {
        diff: civitas_evm::genesis_diff(genesis),
        seal: Box::new(move |state_root| civitas_evm::genesis_block(&sealed, state_root)),
    };
    Store::open(context, config, input).await
}

/// A ledger whose store is open, before its ordering engine runs.
struct Foundation<E> {
    store: Arc<dyn LedgerStore>,
    pool: Arc<Pool>,
    spec: Arc<ChainSpec>,
    application: Arc<LedgerApplication<E>>,
}

impl<E: Clock> Foundation<E> {
    async fn lay(clock: E, store: Arc<dyn LedgerStore>, setup: &Setup) -> Result<Self, LedgerError> {
        let genesis = &setup.genesis;
        let spec = Arc::new(ChainSpec::from_genesis(genesis));
        let words = words_of(genesis, &spec, &store, setup);
        let beside = Beside {
            store: store.clone(),
            main: setup.main.clone(),
            words: words.clone(),
        };
        let pool = open_pool(setup.pool, genesis, &spec, beside);
        let first = store.block(Height::GENESIS).await?;
        let Some(first) = first else {
            return Err(StoreError::Unknown {
                height: Height::GENESIS,
                head: store.head().height,
            }
            .into());
        };
        let parts = Parts {
            ledger: genesis.chain_id(),
            parameters: genesis.parameters.clone(),
            membership: setup.membership.clone(),
            genesis: Payload::genesis(genesis.chain_id(), first.timestamp_ms, first.hash),
            store: store.clone(),
            executor: Arc::new(EvmExecutor::new(spec.clone())),
            spec: spec.clone(),
            pool: pool.clone(),
            metrics: setup.metrics.clone(),
            main: setup.main.clone(),
            words,
        };
        let application = Arc::new(LedgerApplication::new(clock, parts));
        Ok(Self {
            store,
            pool,
            spec,
            application,
        })
    }

    fn ledger(self, ordering: Arc<dyn Ordering>, engine: Engine) -> Ledger {
        let heads = self.application.heads();
        Ledger {
            store: self.store,
            pool: self.pool,
            ordering,
            spec: self.spec,
            heads,
            engine,
        }
    }
}

/// What the ledger refuses by its words: as the contract of the main ledger says, where there is one.
fn words_of(genesis: &Genesis, spec: &ChainSpec, store: &Arc<dyn LedgerStore>, setup: &Setup) -> Arc<Words> {
    let main = setup.main.as_ref().map_or(store, |main| &main.store);
    let is_governed = spec.system_contracts() != SystemContracts::Absent;
    let shelf = setup.shelf.clone().filter(|_| is_governed);
    Arc::new(Words::new(genesis.chain_id(), main.clone(), shelf))
}

/// What a pool is opened beside.
pub struct Beside {
    /// The ledger's state.
    pub store: Arc<dyn LedgerStore>,
    /// The main ledger of a partition ledger.
    pub main: Option<Arc<MainLedger>>,
    /// What the ledger refuses by its words.
    pub words: Arc<Words>,
}

/// The pool of a ledger; of a partition ledger with the main ledger beside it.
pub fn open_pool(
    config: civitas_mempool::Config,
    genesis: &Genesis,
    spec: &Arc<ChainSpec>,
    beside: Beside,
) -> Arc<Pool> {
    let Beside { store, main, words } = beside;
    let fork_gas_max = spec.transaction_gas_max(genesis.ethereum.timestamp);
    let rules = Rules::of(genesis.chain_id(), &genesis.parameters, fork_gas_max);
    let door = Door::new(spec.clone());
    let heads = store.clone();
    let judge = move |view: &dyn StateView, transaction: &Transaction| {
        if let Some(main) = &main {
            main.admit()?;
        }
        match door.judge(view, heads.head().timestamp_ms, transaction) {
            Ok(Ok(())) => match words.now() {
                Ok(words) => words.refused(transaction).map_or(Ok(()), Err),
                Err(_) => Err(Refusal::StateUnavailable),
            },
            Ok(Err(denial)) => Err(Refusal::Denied {
                reason: denial.to_string(),
            }),
            Err(_) => Err(Refusal::StateUnavailable),
        }
    };
    Arc::new(Pool::new(config, rules, store, Box::new(judge)))
}

/// Starts a ledger that is ordered by simplex.
///
/// # Errors
/// See [`LedgerError`].
pub async fn start_simplex<E, N>(
    context: E,
    store: Arc<dyn LedgerStore>,
    setup: Setup,
    links: Links<N>,
) -> Result<Ledger, LedgerError>
where
    E: simplex::Runtime,
    N: simplex::Network,
{
    let foundation = Foundation::lay(context.child("clock"), store, &setup).await?;
    let (limits, leader_timeout) = simplex::Config::bounds(&setup.genesis.parameters);
    let config = simplex::Config {
        private_key: setup.key.signer(),
        ledger: simplex::LedgerIdentity {
            chain_id: setup.genesis.chain_id(),
            genesis: foundation.application.genesis().digest(),
            epochs: setup.genesis.parameters.epochs(),
        },
        voting: setup.voting,
        partition_prefix: format!("{}-ordering", setup.partition),
        limits,
        leader_timeout,
    };
    let application = foundation.application.clone();
    let engine = simplex::start(context.child("simplex"), config, links.ordering, application).await?;
    let (sender, receiver) = links.transactions;
    gossip::start(&context, sender, receiver, foundation.pool.clone(), setup.metrics);
    Ok(foundation.ledger(engine.clone(), Engine::Simplex(engine)))
}

/// Starts a ledger that one node orders alone.
///
/// # Errors
/// See [`LedgerError`].
pub async fn start_solo<E: solo::Runtime>(
    context: E,
    store: Arc<dyn LedgerStore>,
    setup: Setup,
) -> Result<Ledger, LedgerError> {
    let foundation = Foundation::lay(context.child("clock"), store, &setup).await?;
    let application = foundation.application.clone();
    let (limits, _) = simplex::Config::bounds(&setup.genesis.parameters);
    let config = solo::Config {
        private_key: setup.key.signer(),
        validators: setup.genesis.validators.clone(),
        ledger: solo::LedgerIdentity {
            chain_id: setup.genesis.chain_id(),
            genesis: application.genesis().digest(),
        },
        partition_prefix: format!("{}-ordering", setup.partition),
        limits,
        retry: Duration::from_millis(setup.genesis.parameters.heartbeat_ms),
        epochs: setup.genesis.parameters.epochs(),
    };
    let engine = solo::start(context.child("solo"), config, application).await?;
    Ok(foundation.ledger(engine.clone(), Engine::Solo(engine)))
}
