//! The store at work: what it consists of, and how a block is applied.
//!
//! Order of a block, so that a crash at any point is harmless:
//! 1. compute the changes and the state root, let the caller seal the block (nothing is written);
//! 2. append the record and make it durable: from here on the block exists;
//! 3. apply the batch to the state in memory, enter the indexes, show the block;
//! 4. now and then flush state and indexes. A crash loses at most what was not flushed, and opening makes it
//!    again from the records.
//!
//! Steps 2 to 4 run in a task of their own: a caller that goes away does not leave them half done.

use crate::base::Base;
use crate::blocking::Blocking;
use crate::blocks::{Blocks, BlocksWriter};
use crate::change::ChangeSet;
use crate::config::Config;
use crate::failure::storage;
use crate::flat::{Flat, FlatBatch, root_of};
use crate::index::{Index, IndexWriter};
use crate::logs;
use crate::plan;
use crate::record::Record;
use crate::runtime::Runtime;
use crate::trie::{Trie, TrieBatch};
use crate::value::{AccountValue, SlotValue};
use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_ports::{Head, Seal, StoreError};
use civitas_types::{Block, Height, StateDiff};
use parking_lot::RwLock;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Block hashes kept in memory: the EVM asks for the last 256.
const CACHED_HASHES_MAX: usize = 1_024;
/// Codes counted on when their cache is made.
const CACHED_CODES_ESTIMATE: usize = 256;
/// Blocks and change sets counted on when their caches are made.
const CACHED_BLOCKS_ESTIMATE: usize = 256;
/// State that no read needs is removed after this many flushes: it costs a short pause of the readers.
const PRUNE_FLUSHES: u64 = 16;

/// Codes are weighed by their length.
#[derive(Clone, Debug)]
pub(crate) struct CodeWeighter;

impl Weighter<B256, Bytes> for CodeWeighter {
    fn weight(&self, _hash: &B256, code: &Bytes) -> u64 {
        64 + code.len() as u64
    }
}

/// Blocks are weighed by the memory that they take, roughly.
#[derive(Clone, Debug)]
pub(crate) struct BlockWeighter;

impl Weighter<Height, Arc<Block>> for BlockWeighter {
    fn weight(&self, _height: &Height, block: &Arc<Block>) -> u64 {
        let transactions = block
            .transactions
            .iter()
            .map(|transaction| 600 + 2 * transaction.raw().len());
        let logs = block.receipts.iter().flat_map(|receipt| receipt.logs());
        let logs = logs.map(|log| 120 + 32 * log.topics().len() + log.data.data.len());
        let receipts = 400 * block.receipts.len();
        (1_000 + transactions.sum::<usize>() + receipts + logs.sum::<usize>()) as u64
    }
}

/// Change sets are weighed by their keys.
#[derive(Clone, Debug)]
pub(crate) struct ChangesWeighter;

impl Weighter<Height, Arc<ChangeSet>> for ChangesWeighter {
    fn weight(&self, _height: &Height, changes: &Arc<ChangeSet>) -> u64 {
        1 + changes.len() as u64
    }
}

/// Everything behind the handle.
pub(crate) struct Engine<E: Runtime> {
    pub(crate) context: E,
    pub(crate) config: Config,
    pub(crate) blocking: Blocking,
    pub(crate) blocks: Blocks<E>,
    pub(crate) flat: Flat<E>,
    /// Only on `mpt` ledgers.
    pub(crate) trie: Option<Trie<E>>,
    pub(crate) transactions: Index<E>,
    pub(crate) logs: Index<E>,
    pub(crate) head: RwLock<Head>,
    pub(crate) writer: Arc<Mutex<Writer<E>>>,
    pub(crate) caches: Caches,
}

/// Bounded memory of what was read or written lately.
pub(crate) struct Caches {
    /// Accounts at the head; none: never existed.
    pub(crate) accounts: Cache<Address, Option<AccountValue>>,
    /// Slots at the head, by account, incarnation and slot.
    pub(crate) slots: Cache<(Address, u64, U256), Option<SlotValue>>,
    pub(crate) codes: Cache<B256, Bytes, CodeWeighter>,
    pub(crate) blocks: Cache<Height, Arc<Block>, BlockWeighter>,
    pub(crate) changes: Cache<Height, Arc<ChangeSet>, ChangesWeighter>,
    pub(crate) hashes: Cache<Height, B256>,
}

/// What only one block at a time may use.
pub(crate) struct Writer<E: Runtime> {
    pub(crate) blocks: BlocksWriter<E>,
    pub(crate) transactions: IndexWriter<E>,
    pub(crate) logs: IndexWriter<E>,
    /// Blocks and keys since the last flush.
    pub(crate) unflushed_blocks: u64,
    pub(crate) unflushed_keys: usize,
    pub(crate) flushes: u64,
}

/// A sealed block with what is written of it.
struct Sealed {
    block: Arc<Block>,
    record: Record,
    codes: Vec<(B256, Bytes)>,
}

/// A block that is computed and not written yet.
pub(crate) struct Prepared {
    pub(crate) changes: ChangeSet,
    pub(crate) flat: FlatBatch,
    pub(crate) trie: Option<TrieBatch>,
    pub(crate) root: B256,
}

impl Caches {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            accounts: Cache::new(config.cached_accounts_max),
            slots: Cache::new(config.cached_slots_max),
            codes: Cache::with_weighter(CACHED_CODES_ESTIMATE, config.cached_code_bytes_max, CodeWeighter),
            blocks: Cache::with_weighter(
                CACHED_BLOCKS_ESTIMATE,
                config.cached_block_bytes_max,
                BlockWeighter,
            ),
            changes: Cache::with_weighter(CACHED_BLOCKS_ESTIMATE, config.cached_changes_max, ChangesWeighter),
            hashes: Cache::new(CACHED_HASHES_MAX),
        }
    }
}

impl<E: Runtime> Engine<E> {
    pub(crate) fn head(&self) -> Head {
        self.head.read().clone()
    }

    pub(crate) fn oldest_state(&self) -> Height {
        let head = self.head.read().height;
        Height::new(
            self.config
                .history_blocks
                .map_or(0, |kept| head.get().saturating_sub(kept)),
        )
    }

    /// Computes the changes and the root of `diff` on the head.
    pub(crate) fn prepare(&self, height: Height, diff: &StateDiff) -> Result<Prepared, StoreError> {
        let base = Base::head(self.head.read().state_root);
        let mut changes = plan::changes(self, &base, height, diff)?;
        let trie = match &self.trie {
            None => None,
            Some(trie) => Some(trie.prepare(&mut changes, &base)?),
        };
        plan::drop_unchanged(&mut changes);
        let flat = self.flat.read().prepare(plan::writes(&changes), Some(height))?;
        let root = trie.as_ref().map_or_else(|| root_of(&flat), |batch| batch.root);
        Ok(Prepared {
            changes,
            flat,
            trie,
            root,
        })
    }

    /// See [`civitas_ports::LedgerStore::apply`].
    pub(crate) async fn apply(
        self: &Arc<Self>,
        diff: StateDiff,
        seal: Seal<'_>,
    ) -> Result<Arc<Block>, StoreError> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        let head = self.head();
        let height = head.height.next();
        let prepared = self.prepare(height, &diff)?;
        let block = Arc::new(seal(prepared.root).map_err(StoreError::Refused)?);
        check(&head, &block, prepared.root)?;
        let codes = self.new_codes(&diff)?;
        let record = Record::encode(&block, &prepared.changes, &codes)
            .map_err(|error| self.blocks.malformed(error))?;
        let engine = Arc::clone(self);
        let task = self.context.child("apply").spawn(async move |_| {
            let mut writer = writer;
            let sealed = Sealed {
                block: Arc::clone(&block),
                record,
                codes,
            };
            engine.write(&mut writer, sealed, prepared).await.map(|()| block)
        });
        task.await.map_err(|error| storage("applying a block", error))?
    }

    /// Codes that no earlier block stored.
    fn new_codes(&self, diff: &StateDiff) -> Result<Vec<(B256, Bytes)>, StoreError> {
        let mut codes = Vec::new();
        for (hash, code) in &diff.codes {
            if !code.is_empty() && self.find_code(hash)?.is_none() {
                codes.push((*hash, code.clone()));
            }
        }
        Ok(codes)
    }

    async fn write(
        &self,
        writer: &mut Writer<E>,
        sealed: Sealed,
        prepared: Prepared,
    ) -> Result<(), StoreError> {
        let Sealed { block, record, codes } = sealed;
        self.blocks.append(&mut writer.blocks, &record).await?;
        writer.unflushed_blocks += 1;
        writer.unflushed_keys += prepared.changes.len();
        self.apply_changes(prepared)?;
        for (hash, code) in &codes {
            self.caches.codes.insert(*hash, code.clone());
        }
        self.enter(&block, codes.iter().map(|(hash, _)| *hash));
        self.show(&block);
        let waiting = writer.unflushed_keys
            + self.transactions.waiting()
            + self.logs.waiting()
            + self.trie.as_ref().map_or(0, Trie::waiting);
        if writer.unflushed_blocks >= self.config.flush_blocks || waiting >= self.config.flush_entries {
            self.flush(writer).await?;
        }
        Ok(())
    }

    /// Applies a batch to state and trie, and what it changed to the caches.
    pub(crate) fn apply_changes(&self, prepared: Prepared) -> Result<(), StoreError> {
        let changes = Arc::new(prepared.changes);
        // Views that are behind find the values before in here, so it comes before the new values.
        self.caches.changes.insert(changes.height, Arc::clone(&changes));
        if let (Some(trie), Some(batch)) = (&self.trie, prepared.trie) {
            trie.apply(changes.height, batch);
        }
        self.flat.apply(prepared.flat, || {
            for change in &changes.accounts {
                self.caches.accounts.insert(change.address, Some(change.after));
            }
            for storage in &changes.storage {
                for slot in &storage.slots {
                    let key = (storage.address, storage.incarnation, slot.slot);
                    self.caches.slots.insert(
                        key,
                        Some(SlotValue {
                            changed: changes.height,
                            value: slot.after,
                        }),
                    );
                }
            }
        })
    }

    /// Enters a block in the indexes.
    pub(crate) fn enter(&self, block: &Block, codes: impl Iterator<Item = B256>) {
        let height = block.height();
        let hashes = block.transactions.iter().map(|transaction| transaction.hash());
        self.transactions
            .insert(&logs::places(height, block.hash, hashes, codes));
        self.logs.insert(&logs::postings(height, &block.receipts));
    }

    /// Makes a block the head.
    pub(crate) fn show(&self, block: &Arc<Block>) {
        let height = block.height();
        self.caches.hashes.insert(height, block.hash);
        self.caches.blocks.insert(height, Arc::clone(block));
        *self.head.write() = Head {
            height,
            hash: block.hash,
            state_root: block.header.state_root,
            timestamp_ms: block.timestamp_ms,
        };
    }

    /// Makes state and indexes durable, so that the next opening is short.
    pub(crate) async fn flush(&self, writer: &mut Writer<E>) -> Result<(), StoreError> {
        let next = self.head().height.next();
        let flat = self.flat.start_flush()?;
        self.blocks.flush(&mut writer.blocks).await?;
        if let Some(trie) = &self.trie {
            trie.flush()?;
        }
        self.transactions.flush(&mut writer.transactions, next).await?;
        self.logs.flush(&mut writer.logs, next).await?;
        flat.await.map_err(|error| storage("flushing the state", error))?;
        writer.unflushed_blocks = 0;
        writer.unflushed_keys = 0;
        writer.flushes += 1;
        if writer.flushes.is_multiple_of(PRUNE_FLUSHES) {
            self.flat.prune()?;
            if let Some(trie) = &self.trie {
                trie.prune()?;
            }
        }
        Ok(())
    }
}

/// The caller's block must follow the head and carry the root.
fn check(head: &Head, block: &Block, root: B256) -> Result<(), StoreError> {
    if block.height() != head.height.next() {
        return Err(StoreError::OutOfOrder {
            height: block.height(),
            head: head.height,
        });
    }
    let mismatch = |what: &'static str| StoreError::Refused(Box::new(Mismatch { what }));
    if block.header.parent_hash != head.hash {
        return Err(mismatch("parent hash"));
    }
    if block.header.state_root != root {
        return Err(mismatch("state root"));
    }
    if block.receipts.len() != block.transactions.len() {
        return Err(mismatch("number of receipts"));
    }
    Ok(())
}

/// A sealed block that does not fit.
#[derive(Debug, thiserror::Error)]
#[error("the sealed block has the wrong {what}")]
struct Mismatch {
    what: &'static str,
}
