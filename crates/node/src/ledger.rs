//! One running ledger of a node: store, pool, application and ordering engine, joined.
//!
//! Generic over the runtime and the network, so that the simulator starts exactly what a node starts.

use crate::{
    application::{LedgerApplication, Parts},
    config::StorageConfig,
    gossip,
    metrics::LedgerMetrics,
};
use alloy_primitives::B256;
use civitas_consensus_simplex as simplex;
use civitas_consensus_solo as solo;
use civitas_crypto::NodeKeyPair;
use civitas_evm::{ChainSpec, EvmExecutor};
use civitas_mempool::Pool;
use civitas_ports::{Application, LedgerStore, Ordering, OrderingError, StoreError, TransactionPool};
use civitas_state::{GenesisInput, Store};
use civitas_types::{Block, Genesis, OrderingEngine, Payload};
use commonware_runtime::Clock;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::broadcast;

/// Prefix of the storage partitions of the main ledger.
const STATE_PARTITION: &str = "main-state";
const ORDERING_PARTITION: &str = "main-ordering";

/// What a ledger needs from its node.
pub struct Setup {
    /// The ledger's genesis.
    pub genesis: Arc<Genesis>,
    /// The node's key: signs votes.
    pub key: NodeKeyPair,
    /// Whether the node may vote at its first start.
    pub voting: simplex::VotingStart,
    /// Blocks and state.
    pub storage: StorageConfig,
    /// Waiting transactions.
    pub pool: civitas_mempool::Config,
    /// Counts what happens.
    pub metrics: Arc<LedgerMetrics>,
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
    /// The genesis says `simplex`, which needs a network.
    #[error("the ledger is ordered by simplex, but the node has no network")]
    NoNetwork,
}

/// Hash of the genesis block of a ledger, by computing its state in memory-only form.
pub fn genesis_payload(genesis: &Genesis, genesis_hash: B256) -> Payload {
    Payload::genesis(genesis.chain_id(), genesis.ethereum.timestamp.saturating_mul(1_000), genesis_hash)
}

/// The parts of a ledger before its ordering engine runs.
struct Foundation<E> {
    store: Arc<dyn LedgerStore>,
    pool: Arc<Pool>,
    spec: Arc<ChainSpec>,
    application: Arc<LedgerApplication<E>>,
}

/// Opens the store of a ledger; on an empty folder its genesis block is made.
///
/// # Errors
/// See [`StoreError`].
pub async fn open_store<E: StoreContext>(
    context: E,
    genesis: &Arc<Genesis>,
    storage: &StorageConfig,
) -> Result<Arc<dyn LedgerStore>, StoreError> {
    let config = civitas_state::Config {
        partition: STATE_PARTITION.to_owned(),
        commitment: genesis.parameters.state_commitment,
        history_blocks: (storage.history_blocks > 0).then_some(storage.history_blocks),
        ..civitas_state::Config::default()
    };
    let sealed = genesis.clone();
    let input = GenesisInput {
        diff: civitas_evm::genesis_diff(genesis),
        seal: Box::new(move |state_root| civitas_evm::genesis_block(&sealed, state_root)),
    };
    Store::open(context, config, input).await
}
