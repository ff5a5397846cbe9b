//! An imported Ethereum chain as a ledger that can be read: taken in, checked, and served without validators.

use crate::{
    data::DataFolder,
    import::{self, ChainBlock, ChainError},
    ledger::{self, Beside},
    metrics::LedgerMetrics,
    service::{self, NodeError},
    words::Words,
};
use alloy_primitives::{B256, keccak256};
use civitas_evm::ChainSpec;
use civitas_ports::Head;
use civitas_rpc::{Backend, NodeInformation, Server, Sources, SyncProgress};
use civitas_types::{Genesis, Height};
use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use std::{path::PathBuf, sync::Arc};
use thiserror::Error;
use tokio::sync::broadcast;

/// Nobody listens to new blocks of a chain that does not grow; the port wants a channel all the same.
const HEADS_CAPACITY: usize = 1;

/// What to take in, and where.
pub struct Import {
    /// Folder of the ledger; what it holds already is not executed again.
    pub folder: PathBuf,
    /// The chain's genesis, see [`import::chain_genesis`].
    pub genesis: Genesis,
    /// Its blocks.
    pub blocks: Vec<ChainBlock>,
    /// Serve the chain by JSON-RPC afterwards.
    pub serve: Option<civitas_rpc::Config>,
}

/// Why an import ended.
#[derive(Debug, Error)]
pub enum ImportFailure {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The folder or the server.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// How far an import has come.
#[derive(Clone, Debug)]
pub enum Stage {
    /// The block at this height is in the ledger, with the roots that its header names.
    Executed(Height),
    /// The whole chain is.
    Imported(Head),
    /// The chain can be asked for.
    Serving,
}

/// Takes the chain in and serves it if that is asked for (until interrupted); tells `report` of each step.
///
/// # Errors
/// See [`ImportFailure`].
pub fn run(import: Import, report: &dyn Fn(Stage)) -> Result<(), ImportFailure> {
    let mark = keccak256(import.genesis.to_json().unwrap_or_default());
    let folder = DataFolder::open(&import.folder, &B256::ZERO, mark).map_err(NodeError::from)?;
    let settings = runtime::Config::new().with_storage_directory(import.folder.join("ledger"));
    let outcome = runtime::Runner::new(settings).start(|context| take_in(context, import, report));
    drop(folder);
    outcome
}

async fn take_in(
    context: runtime::Context,
    import: Import,
    report: &dyn Fn(Stage),
) -> Result<(), ImportFailure> {
    let genesis = Arc::new(import.genesis);
    let spec = Arc::new(ChainSpec::from_genesis(&genesis));
    let storage = crate::config::StorageConfig {
        history_blocks: 0,
        ..Default::default()
    };
    let store = ledger::open_store(context.child("state"), ledger::MAIN_PARTITION, &genesis, &storage)
        .await
        .map_err(ChainError::from)?;
    let progress = |height| report(Stage::Executed(height));
    import::import(&store, &spec, import.blocks, &progress).await?;
    report(Stage::Imported(store.head()));
    let Some(config) = import.serve else { return Ok(()) };
    let beside = Beside {
        store: store.clone(),
        main: None,
        // Nobody submits anything.
        words: Arc::new(Words::new(genesis.chain_id(), store.clone(), None)),
    };
    let pool = ledger::open_pool(Default::default(), &genesis, &spec, beside);
    let sources = Sources {
        pending: pool.accepted(),
        pool,
        ordering: None,
        spec,
        heads: broadcast::Sender::new(HEADS_CAPACITY),
        node: Arc::new(Still),
        client_version: service::client_version(),
        limits: config.limits.clone(),
        genesis,
        store,
    };
    let server = Server::start(&config, Arc::new(Backend::new(sources)), LedgerMetrics::new())
        .await
        .map_err(NodeError::from)?;
    report(Stage::Serving);
    service::interrupted().await;
    server.stop().await;
    Ok(())
}

/// A chain without a network.
struct Still;

impl NodeInformation for Still {
    fn peers(&self) -> usize {
        0
    }

    fn syncing(&self) -> Option<SyncProgress> {
        None
    }
}
