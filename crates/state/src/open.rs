//! Opening a store: genesis on an empty folder, recovery on a used one.

use crate::base::Base;
use crate::blocking::Blocking;
use crate::blocks::Blocks;
use crate::config::{Config, GenesisInput};
use crate::engine::{Caches, Engine, Prepared, Writer};
use crate::failure::{damaged, storage};
use crate::flat::{Flat, root_of};
use crate::index::Index;
use crate::logs;
use crate::plan;
use crate::record::Record;
use crate::runtime::Runtime;
use crate::trie::Trie;
use crate::value::AccountValue;
use crate::wire::{Malformed, put_bytes, put_count};
use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use civitas_ports::{Head, StoreError};
use civitas_types::{Block, Height, StateCommitment, StateDiff};
use parking_lot::RwLock;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Accounts of one batch of genesis, so that a large genesis fits in memory. Part of the state root of a
/// `qmdb` ledger: it must not change.
const GENESIS_BATCH_ACCOUNTS: usize = 50_000;

/// Opens or creates the store.
pub(crate) async fn open<E: Runtime>(
    context: E,
    config: Config,
    genesis: GenesisInput,
) -> Result<Arc<Engine<E>>, StoreError> {
    let (blocks, blocks_writer) = Blocks::open(context.child("blocks"), &config).await?;
    let fresh = blocks.count() == 0;
    let mut flat = Flat::open(context.child("state"), &config).await?;
    let mut trie = open_trie(&context, &config).await?;
    if fresh {
        // Genesis did not become durable: whatever stands in the state is a part of it.
        if !flat.is_new()? {
            flat.destroy().await?;
            flat = Flat::open(context.child("state_again"), &config).await?;
        }
        if let Some(used) = trie.take() {
            used.destroy().await?;
            trie = open_trie(&context.child("again"), &config).await?;
        }
    }
    let prefix = &config.partition;
    let places = format!("{prefix}-places");
    let postings = format!("{prefix}-topics");
    let (transactions, transactions_writer) = Index::open(context.child("places"), places).await?;
    let (logs, logs_writer) = Index::open(context.child("topics"), postings).await?;
    let head = Head {
        height: Height::GENESIS,
        hash: B256::ZERO,
        state_root: EMPTY_ROOT_HASH,
        timestamp_ms: 0,
    };
    let writer = Writer {
        blocks: blocks_writer,
        transactions: transactions_writer,
        logs: logs_writer,
        unflushed_blocks: 0,
        unflushed_keys: 0,
        flushes: 0,
    };
    let caches = Caches::new(&config);
    let blocking = Blocking::current();
    let writer = Arc::new(Mutex::new(writer));
    let head = RwLock::new(head);
    let engine = Engine {
        context,
        config,
        blocking,
        blocks,
        flat,
        trie,
        transactions,
        logs,
        head,
        writer,
        caches,
    };
    let engine = Arc::new(engine);
    if fresh {
        engine.begin(genesis).await?
    } else {
        engine.recover(genesis).await?
    }
    Ok(engine)
}

async fn open_trie<E: Runtime>(context: &E, config: &Config) -> Result<Option<Trie<E>>, StoreError> {
    match config.commitment {
        StateCommitment::Qmdb => Ok(None),
        StateCommitment::Mpt => Ok(Some(Trie::open(context.child("trie"), config).await?)),
    }
}

impl<E: Runtime> Engine<E> {
    /// Applies genesis. Its state is durable before its record: an interrupted genesis begins anew.
    async fn begin(&self, genesis: GenesisInput) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let codes: Vec<(B256, Bytes)> = genesis
            .diff
            .codes
            .iter()
            .filter(|(_, code)| !code.is_empty())
            .map(|(hash, code)| (*hash, code.clone()))
            .collect();
        let digest = digest(&genesis.diff);
        let mut parts = split(genesis.diff).into_iter().peekable();
        let mut root = EMPTY_ROOT_HASH;
        while let Some(part) = parts.next() {
            let height = if parts.peek().is_none() {
                Some(Height::GENESIS)
            } else {
                None
            };
            root = self.apply_genesis_part(&part, height, root)?;
        }
        let block = Arc::new((genesis.seal)(root));
        if block.height() != Height::GENESIS || block.header.state_root != root {
            let what =
                "the genesis block has the wrong height or state root; check the genesis file".to_owned();
            return Err(StoreError::Damaged { what });
        }
        self.flat
            .start_flush()?
            .await
            .map_err(|error| storage("writing genesis", error))?;
        if let Some(trie) = &self.trie {
            trie.flush()?;
        }
        let record =
            Record::genesis(&block, &digest, &codes).map_err(|error| self.blocks.malformed(error))?;
        self.blocks.append(&mut writer.blocks, &record).await?;
        self.enter(&block, codes.iter().map(|(hash, _)| *hash));
        self.show(&block);
        Ok(())
    }

    fn apply_genesis_part(
        &self,
        part: &StateDiff,
        height: Option<Height>,
        root: B256,
    ) -> Result<B256, StoreError> {
        let base = Base::head(root);
        let mut changes = plan::changes(self, &base, Height::GENESIS, part)?;
        let trie = self
            .trie
            .as_ref()
            .map(|trie| trie.prepare(&mut changes, &base))
            .transpose()?;
        plan::drop_unchanged(&mut changes);
        let flat = self.flat.read().prepare(plan::writes(&changes), height)?;
        let root = trie.as_ref().map_or_else(|| root_of(&flat), |batch| batch.root);
        self.apply_changes(Prepared {
            changes,
            flat,
            trie,
            root,
        })?;
        // Record 0 has no change set: nothing was before.
        self.caches.changes.clear();
        Ok(root)
    }

    /// Brings state and indexes up to the last record.
    async fn recover(&self, genesis: GenesisInput) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let last = Height::new(self.blocks.count() - 1);
        self.expect_genesis(genesis).await?;
        let applied = self.applied_height(last)?;
        let start = applied.min(writer.transactions.flushed).min(writer.logs.flushed);
        let parent = match applied.previous() {
            None => None,
            Some(height) => Some(self.blocks.existing(height).await?),
        };
        if let Some(record) = parent {
            self.head.write().state_root = self.head_of(&record)?.header.state_root;
        }
        let mut height = start;
        while height <= last {
            let record = self.blocks.existing(height).await?;
            if height >= applied {
                self.replay(height, &record)?;
            }
            self.enter_record(&writer, height, &record)?;
            height = height.next();
        }
        let record = self.blocks.existing(last).await?;
        let block = record.block().map_err(|error| self.blocks.malformed(error))?;
        self.show(&Arc::new(block));
        if start <= last {
            self.flush(&mut writer).await?;
        }
        Ok(())
    }

    /// The height that the state lacks first.
    fn applied_height(&self, last: Height) -> Result<Height, StoreError> {
        let incomplete = |what| damaged(&self.config.partition, Malformed { what });
        let flat = self
            .flat
            .height()?
            .ok_or_else(|| incomplete("the state (its genesis is not complete)"))?;
        let trie = match &self.trie {
            None => flat,
            Some(trie) => trie
                .height()?
                .ok_or_else(|| incomplete("the trie (its genesis is not complete)"))?,
        };
        if flat.max(trie) > last {
            return Err(incomplete("the block journal (it ends before the state)"));
        }
        Ok(flat.min(trie).next())
    }

    /// Applies a record again, to what lacks it.
    fn replay(&self, height: Height, record: &Record) -> Result<(), StoreError> {
        let mut changes = record
            .changes(height)
            .map_err(|error| self.blocks.malformed(error))?;
        let expected = self.head_of(record)?.header.state_root;
        let parent_root = self.head.read().state_root;
        let mut root = None;
        if let Some(trie) = &self.trie
            && trie.height()?.is_none_or(|flushed| flushed < height)
        {
            let batch = trie.prepare(&mut changes, &Base::head(parent_root))?;
            root = Some(batch.root);
            trie.apply(height, batch);
        }
        if self.flat.height()?.is_none_or(|flushed| flushed < height) {
            let batch = self.flat.read().prepare(plan::writes(&changes), Some(height))?;
            if self.trie.is_none() {
                root = Some(root_of(&batch));
            }
            self.flat.apply(batch, || ())?;
        }
        if root.is_some_and(|root| root != expected) {
            return Err(damaged(
                &self.config.partition,
                Malformed {
                    what: "the state (its root is not the header's)",
                },
            ));
        }
        self.head.write().state_root = expected;
        Ok(())
    }

    fn enter_record(&self, writer: &Writer<E>, height: Height, record: &Record) -> Result<(), StoreError> {
        let malformed = |error| self.blocks.malformed(error);
        if height >= writer.transactions.flushed {
            let head = self.head_of(record)?;
            let hashes = record.transaction_hashes().map_err(malformed)?.into_iter();
            self.transactions.insert(&logs::places(
                height,
                head.hash,
                hashes,
                head.code_hashes.into_iter(),
            ));
        }
        if height >= writer.logs.flushed {
            self.logs
                .insert(&logs::postings(height, &record.receipts().map_err(malformed)?));
        }
        Ok(())
    }

    pub(crate) fn head_of(&self, record: &Record) -> Result<crate::record::RecordHead, StoreError> {
        record.head().map_err(|error| self.blocks.malformed(error))
    }

    /// The stored genesis block must be the expected one.
    async fn expect_genesis(&self, genesis: GenesisInput) -> Result<(), StoreError> {
        let record = self.blocks.existing(Height::GENESIS).await?;
        let stored = self.head_of(&record)?;
        // The stored state root is given to the seal instead of computing it again: that the state is the
        // same is seen by its digest, and any other difference shows in the hash.
        let expected: Block = (genesis.seal)(stored.header.state_root);
        let digest_stored = record
            .genesis_digest()
            .map_err(|error| self.blocks.malformed(error))?;
        if expected.hash == stored.hash && digest(&genesis.diff) == digest_stored {
            return Ok(());
        }
        let cure = "use the right genesis file, or delete the folder";
        let what = format!(
            "partitions {}-*: the folder belongs to a ledger with another genesis (block {}, expected {}); {cure}",
            self.config.partition, stored.hash, expected.hash
        );
        Err(StoreError::Damaged { what })
    }
}

/// Tells one genesis state from another.
fn digest(diff: &StateDiff) -> B256 {
    let mut bytes = Vec::new();
    for (address, account) in &diff.accounts {
        let value = AccountValue {
            changed: Height::GENESIS,
            incarnation: 0,
            storage_root: None,
            account: *account,
        };
        bytes.extend_from_slice(address.as_slice());
        put_bytes(&mut bytes, &value.encode());
    }
    for (address, storage) in &diff.storage {
        bytes.extend_from_slice(address.as_slice());
        put_count(&mut bytes, storage.slots.len());
        for (slot, value) in &storage.slots {
            bytes.extend_from_slice(&slot.to_be_bytes::<32>());
            bytes.extend_from_slice(&value.to_be_bytes::<32>());
        }
    }
    for hash in diff.codes.keys() {
        bytes.extend_from_slice(hash.as_slice());
    }
    keccak256(bytes)
}

/// Splits genesis into batches of bounded size, at least one.
fn split(diff: StateDiff) -> Vec<StateDiff> {
    let mut parts = vec![StateDiff::default()];
    let StateDiff {
        accounts,
        mut storage,
        ..
    } = diff;
    for (address, account) in accounts {
        if parts
            .last()
            .is_some_and(|part| part.accounts.len() >= GENESIS_BATCH_ACCOUNTS)
        {
            parts.push(StateDiff::default());
        }
        if let Some(part) = parts.last_mut() {
            part.accounts.insert(address, account);
            part.storage.extend(storage.remove_entry(&address));
        }
    }
    parts
}
