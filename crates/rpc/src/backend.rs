//! What every method reads from: the ledger, the pool, the ordering engine and the node around them.
//!
//! A block is final when it is shown, so `latest`, `safe` and `finalized` are the same block. `pending` reads as
//! `latest`, except for nonces, which count the sender's waiting transactions too.
//!
//! Invariants: nothing here changes the ledger; heavy work runs on blocking threads, bounded in number and time,
//! never on the threads that serve consensus.

use crate::{
    Limits, RpcError,
    filters::Filters,
    paths::{LedgerPaths, WeakPaths},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use civitas_api::ledger::LedgerPath;
use civitas_evm::ChainSpec;
use civitas_ports::{LedgerStore, Ordering, StateError, StateView, TransactionPool};
use civitas_types::{Block, Genesis, Height, StateCommitment, Transaction};
use parking_lot::RwLock;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

/// Reads of old states at once: each holds a thread of the pool that the disk needs too.
const OLD_READS_MAX: usize = 16;

/// Progress of a node that fetches old blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncProgress {
    /// Height at which it began.
    pub starting: Height,
    /// Height of its newest block.
    pub current: Height,
    /// The highest block that it knows of.
    pub highest: Height,
}

/// What the node around the ledger says of itself.
pub trait NodeInformation: Send + Sync {
    /// Nodes that it is connected to.
    fn peers(&self) -> usize;

    /// Its progress while it fetches old blocks; none when it has all that it knows of.
    fn syncing(&self) -> Option<SyncProgress>;

    /// What its operator has to know; nothing where all is well.
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Everything that a [`Backend`] is made of.
#[derive(Clone)]
pub struct Sources {
    /// Blocks, receipts and state.
    pub store: Arc<dyn LedgerStore>,
    /// Waiting transactions.
    pub pool: Arc<dyn TransactionPool>,
    /// The ordering engine; none on an imported chain.
    pub ordering: Option<Arc<dyn Ordering>>,
    /// The rules of execution.
    pub spec: Arc<ChainSpec>,
    /// Genesis with the ledger parameters and the first validators.
    pub genesis: Arc<Genesis>,
    /// Sent by the node after each applied block, in order.
    pub heads: broadcast::Sender<Arc<Block>>,
    /// Sent by the node for every transaction that the pool takes in, whoever sent it.
    pub pending: broadcast::Sender<Arc<Transaction>>,
    /// The node around the ledger.
    pub node: Arc<dyn NodeInformation>,
    /// Name and version of the program, as in `civitas/v0.1.0/linux-x86_64/rust1.95`.
    pub client_version: String,
    /// Bounds of single calls.
    pub limits: Limits,
}

/// The context of every method.
pub struct Backend {
    /// What it is made of.
    pub(crate) sources: Sources,
    pub(crate) filters: Filters,
    heavy: Arc<Semaphore>,
    heavy_waiting: Arc<Semaphore>,
    old_reads: Arc<Semaphore>,
    paths: RwLock<WeakPaths>,
}

impl fmt::Debug for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Backend")
            .field("head", &self.store().head())
            .finish_non_exhaustive()
    }
}

/// Time until which a heavy call may run.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    /// A deadline this long from now.
    pub fn after(limit: Duration) -> Self {
        Self {
            at: Instant::now() + limit,
            limit,
        }
    }

    /// Whether it has passed.
    pub fn passed(&self) -> bool {
        Instant::now() >= self.at
    }

    /// Fails when it has passed.
    ///
    /// # Errors
    /// [`RpcError::Timeout`].
    pub fn check(&self) -> Result<(), RpcError> {
        if self.passed() { Err(self.error()) } else { Ok(()) }
    }

    fn error(&self) -> RpcError {
        RpcError::Timeout {
            millis: u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Backend {
    /// Joins the sources.
    pub fn new(sources: Sources) -> Self {
        let limits = &sources.limits;
        Self {
            heavy: Arc::new(Semaphore::new(limits.heavy_calls_max)),
            heavy_waiting: Arc::new(Semaphore::new(
                limits
                    .heavy_calls_max
                    .saturating_add(limits.heavy_calls_waiting_max)
                    .min(Semaphore::MAX_PERMITS),
            )),
            old_reads: Arc::new(Semaphore::new(OLD_READS_MAX)),
            filters: Filters::new(limits.filters_max, limits.filter_idle()),
            paths: RwLock::default(),
            sources,
        }
    }

    /// Says which server serves it; the newest one counts.
    pub(crate) fn serve_on(&self, paths: &LedgerPaths) {
        *self.paths.write() = paths.downgrade();
    }

    /// The ledgers of the server that serves this one; none without a server.
    pub(crate) fn served(&self) -> Vec<LedgerPath> {
        let paths = self.paths.read().clone();
        paths.list().unwrap_or_default()
    }

    /// Blocks, receipts and state.
    pub fn store(&self) -> &dyn LedgerStore {
        &*self.sources.store
    }

    /// Waiting transactions.
    pub fn pool(&self) -> &dyn TransactionPool {
        &*self.sources.pool
    }

    /// The ordering engine; none on an imported chain.
    pub fn ordering(&self) -> Option<&dyn Ordering> {
        self.sources.ordering.as_deref()
    }

    /// The rules of execution.
    pub fn spec(&self) -> &Arc<ChainSpec> {
        &self.sources.spec
    }

    /// Genesis of the ledger.
    pub fn genesis(&self) -> &Genesis {
        &self.sources.genesis
    }

    /// Chain id of the ledger.
    pub fn chain_id(&self) -> u64 {
        self.sources.genesis.chain_id()
    }

    /// Bounds of single calls.
    pub fn limits(&self) -> &Limits {
        &self.sources.limits
    }

    /// Hash of the genesis block.
    ///
    /// # Errors
    /// If the block cannot be read.
    pub async fn genesis_hash(&self) -> Result<B256, RpcError> {
        Ok(self.known_block(BlockId::earliest()).await?.hash)
    }

    /// Whether the chain was imported, so that fees follow Ethereum's rules and nobody orders.
    pub fn is_imported(&self) -> bool {
        self.sources.ordering.is_none()
    }

    /// Whether `eth_getProof` can be answered: the state root is that of Ethereum's trie.
    pub fn has_ethereum_proofs(&self) -> bool {
        self.is_imported() || self.genesis().parameters.state_commitment == StateCommitment::Mpt
    }

    /// The height that `id` means; none if there is no such block.
    ///
    /// # Errors
    /// If the index of hashes cannot be read.
    pub async fn height(&self, id: BlockId) -> Result<Option<Height>, RpcError> {
        let head = self.store().head().height;
        match id {
            BlockId::Hash(hash) => Ok(self.store().height_of(hash.block_hash).await?),
            BlockId::Number(BlockNumberOrTag::Earliest) => Ok(Some(Height::GENESIS)),
            BlockId::Number(BlockNumberOrTag::Number(number)) => {
                Ok(Some(Height::new(number)).filter(|height| *height <= head))
            }
            BlockId::Number(_) => Ok(Some(head)),
        }
    }

    /// The height that `id` means.
    ///
    /// # Errors
    /// [`RpcError::BlockNotFound`] if there is no such block.
    pub async fn known_height(&self, id: BlockId) -> Result<Height, RpcError> {
        self.height(id)
            .await?
            .ok_or_else(|| RpcError::BlockNotFound { block: describe(id) })
    }

    /// The block that `id` means; none if there is no such block.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn block(&self, id: BlockId) -> Result<Option<Arc<Block>>, RpcError> {
        match self.height(id).await? {
            Some(height) => Ok(self.store().block(height).await?),
            None => Ok(None),
        }
    }

    /// The block that `id` means.
    ///
    /// # Errors
    /// [`RpcError::BlockNotFound`] if there is no such block.
    pub async fn known_block(&self, id: BlockId) -> Result<Arc<Block>, RpcError> {
        self.block(id)
            .await?
            .ok_or_else(|| RpcError::BlockNotFound { block: describe(id) })
    }

    /// The state after the block that `id` means.
    ///
    /// # Errors
    /// [`RpcError::BlockNotFound`] and [`RpcError::Pruned`].
    pub async fn view(&self, id: BlockId) -> Result<Arc<dyn StateView>, RpcError> {
        let height = self.known_height(id).await?;
        Ok(self.store().view(height)?)
    }

    /// A few reads of the state after the block that `id` means. Reads of old states search the history, so they
    /// run on a blocking thread.
    ///
    /// # Errors
    /// As [`Backend::view`], and those of `read`.
    pub async fn read<T, F>(&self, id: BlockId, read: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn StateView) -> Result<T, StateError> + Send + 'static,
    {
        let view = self.view(id).await?;
        if view.height() == self.store().head().height {
            return Ok(read(&*view)?);
        }
        let reads = self.old_reads.clone();
        let place = reads.acquire_owned().await.map_err(|_| RpcError::Interrupted)?;
        let task = tokio::task::spawn_blocking(move || {
            let answer = read(&*view);
            drop(place);
            answer
        });
        Ok(task.await.map_err(|_| RpcError::Interrupted)??)
    }

    /// Block and position of a transaction; none if it is in no block.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn located(&self, hash: B256) -> Result<Option<(Arc<Block>, usize)>, RpcError> {
        let Some(location) = self.store().locate(hash).await? else {
            return Ok(None);
        };
        let Some(block) = self.store().block(location.height).await? else {
            return Ok(None);
        };
        let index = usize::try_from(location.index).unwrap_or(usize::MAX);
        Ok((index < block.transactions.len()).then_some((block, index)))
    }

    /// Runs `work` (the EVM, long searches) on a blocking thread, within the bounds of [`Limits`].
    ///
    /// `work` should look at its deadline now and then: when it passes, the client is answered at once, but the
    /// place stays taken until `work` ends.
    ///
    /// # Errors
    /// [`RpcError::Busy`], [`RpcError::Timeout`], and those of `work`.
    pub async fn heavy<T, F>(&self, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(Deadline) -> Result<T, RpcError> + Send + 'static,
    {
        self.heavy_until(self.deadline(), work).await
    }

    /// The deadline of a heavy call that begins now.
    pub fn deadline(&self) -> Deadline {
        Deadline::after(self.limits().execution_time())
    }

    /// [`Backend::heavy`] as one of several tries that share a deadline.
    ///
    /// # Errors
    /// As [`Backend::heavy`]; nothing is begun after the deadline.
    pub async fn heavy_until<T, F>(&self, deadline: Deadline, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(Deadline) -> Result<T, RpcError> + Send + 'static,
    {
        deadline.check()?;
        let place = self.place(deadline).await?;
        let task = tokio::task::spawn_blocking(move || {
            let answer = work(deadline);
            drop(place);
            answer
        });
        match tokio::time::timeout_at(deadline.at.into(), task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(RpcError::Interrupted),
            Err(_) => Err(deadline.error()),
        }
    }

    /// Waits for long work of the store, within the same bounds as [`Backend::heavy`].
    ///
    /// # Errors
    /// [`RpcError::Busy`], [`RpcError::Timeout`], and those of `work`.
    pub async fn bounded<T>(&self, work: impl Future<Output = Result<T, RpcError>>) -> Result<T, RpcError> {
        let deadline = self.deadline();
        let _place = self.place(deadline).await?;
        match tokio::time::timeout_at(deadline.at.into(), work).await {
            Ok(answer) => answer,
            Err(_) => Err(deadline.error()),
        }
    }

    async fn place(&self, deadline: Deadline) -> Result<Place, RpcError> {
        let busy = || RpcError::Busy {
            max: self.limits().heavy_calls_max,
        };
        let waiting = self
            .heavy_waiting
            .clone()
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let running = tokio::time::timeout_at(deadline.at.into(), self.heavy.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| RpcError::Interrupted)?;
        Ok(Place {
            _running: running,
            _waiting: waiting,
        })
    }
}

/// A place among the heavy calls, free again when it is dropped.
struct Place {
    _running: OwnedSemaphorePermit,
    _waiting: OwnedSemaphorePermit,
}

fn describe(id: BlockId) -> String {
    match id {
        BlockId::Hash(hash) => hash.block_hash.to_string(),
        BlockId::Number(tag) => tag.to_string(),
    }
}
