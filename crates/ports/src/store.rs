//! State and history of a ledger.

use crate::{BoxError, BoxFuture, StateError, StoreError};
use alloy_primitives::{Address, B256, Bytes, Log, U256};
use civitas_types::{Account, Block, Height, StateDiff, TransactionLocation};
use std::sync::Arc;

/// The state after one block, read synchronously (revm's `Database` is synchronous).
///
/// A view is a consistent snapshot: later blocks do not show in it. It may fail with [`StateError::Pruned`]
/// once its height leaves the retention window.
pub trait StateView: Send + Sync {
    /// Height of the block.
    fn height(&self) -> Height;

    /// The account, none if it does not exist.
    ///
    /// # Errors
    /// See [`StateError`].
    fn account(&self, address: &Address) -> Result<Option<Account>, StateError>;

    /// The value of a storage slot, zero if it was never set.
    ///
    /// # Errors
    /// See [`StateError`].
    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError>;

    /// Code by its Keccak-256.
    ///
    /// # Errors
    /// See [`StateError`].
    fn code(&self, hash: &B256) -> Result<Bytes, StateError>;

    /// Hash of the block at `height`; none above the view's own height or outside the kept history.
    ///
    /// # Errors
    /// See [`StateError`].
    fn block_hash(&self, height: Height) -> Result<Option<B256>, StateError>;
}

/// The newest block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: B256,
    /// The state root in its header.
    pub state_root: B256,
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
}

/// Makes the block once its state root is known, or refuses it (an import whose root does not match).
pub type Seal<'a> = Box<dyn FnOnce(B256) -> Result<Block, BoxError> + Send + 'a>;

/// Which logs to find (the rules of `eth_getLogs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// First height.
    pub from: Height,
    /// Last height, inclusive.
    pub to: Height,
    /// Any of these addresses; all when empty.
    pub addresses: Vec<Address>,
    /// By position: any of these topics; all when empty.
    pub topics: Vec<Vec<B256>>,
    /// Logs returned, at most; one more is [`StoreError::TooMuch`].
    pub results_max: usize,
}

/// A log with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The log.
    pub log: Log,
    /// Height of its block.
    pub height: Height,
    /// Hash of its block.
    pub block_hash: B256,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Hash of its transaction.
    pub transaction_hash: B256,
    /// Position of its transaction in the block.
    pub transaction_index: u32,
    /// Position of the log in the block.
    pub log_index: u32,
}

/// An Ethereum proof of an account and some of its slots (EIP-1186).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// The account; the default one if it does not exist.
    pub account: Account,
    /// Root of its storage trie.
    pub storage_hash: B256,
    /// Trie nodes from the state root down.
    pub nodes: Vec<Bytes>,
    /// A proof for every slot that was asked for, in that order.
    pub slots: Vec<StorageProof>,
}

/// An Ethereum proof of one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageProof {
    /// The slot.
    pub slot: U256,
    /// Its value.
    pub value: U256,
    /// Trie nodes from the storage root down.
    pub nodes: Vec<Bytes>,
}

/// A proof of one key of the state against the state root of a `qmdb` ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// The block whose state root the proof leads to.
    pub height: Height,
    /// The state root.
    pub state_root: B256,
    /// The key in the state (see `state::key`).
    pub key: B256,
    /// The encoded value.
    pub value: Bytes,
    /// The encoded proof, checked by `state::verify_proof`.
    pub proof: Bytes,
}

/// Blocks, receipts, state and their indexes. One writer ([`LedgerStore::apply`]), any number of readers.
pub trait LedgerStore: Send + Sync {
    /// The newest durable block.
    fn head(&self) -> Head;

    /// The oldest height whose state can be read.
    fn oldest_state(&self) -> Height;

    /// The state after the block at `height`.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], [`StoreError::Pruned`].
    fn view(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError>;

    /// The state after the block at `height`, however old it is. For what must be read to follow a ledger at all;
    /// reads of keys that changed often since then are slow, so that nobody may ask for this from outside.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    fn view_of_history(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError>;

    /// The state that the block at `height` was executed on, as its transactions saw it: for doing so again.
    ///
    /// # Errors
    /// As [`LedgerStore::view`]; also for the genesis block, which was not executed.
    fn view_before(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        let before = height.previous().ok_or_else(|| StoreError::Unknown {
            height,
            head: self.head().height,
        })?;
        self.view(before)
    }

    /// Applies the next block: computes the state root of `diff` on the head, lets `seal` make the block, and
    /// makes block, receipts, indexes and state durable. Only then does the block show in any other method.
    ///
    /// After a crash either all of the block is there or none of it; applying it again gives the same result.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when `seal` refuses; the store is unchanged then. After
    /// [`StoreError::Storage`] the store must be dropped.
    fn apply<'a>(&'a self, diff: StateDiff, seal: Seal<'a>) -> BoxFuture<'a, Result<Arc<Block>, StoreError>>;

    /// The state root that `diff` would give on the state after `height` (simulation, receipts before
    /// Byzantium). Nothing is changed.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn root_with<'a>(
        &'a self,
        height: Height,
        diff: &'a StateDiff,
    ) -> BoxFuture<'a, Result<B256, StoreError>>;

    /// The block at `height`.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn block(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>>;

    /// Height of the block with this hash.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn height_of(&self, hash: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>>;

    /// Where a transaction stands.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn locate(&self, transaction: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>>;

    /// Logs in the order of their blocks.
    ///
    /// # Errors
    /// [`StoreError::TooMuch`], [`StoreError::Unknown`].
    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>>;

    /// An Ethereum proof against the state root at `height`.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] unless the state commitment is `mpt`.
    fn account_proof<'a>(
        &'a self,
        height: Height,
        address: Address,
        slots: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>>;

    /// A proof of an account (`slot` none) or of a storage slot against the newest state root.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] unless the state commitment is `qmdb`.
    fn state_proof(
        &self,
        address: Address,
        slot: Option<U256>,
    ) -> BoxFuture<'_, Result<StateProof, StoreError>>;
}
