//! The flat state: every account and slot under its key, in a QMDB, whose root is the state root of a `qmdb`
//! ledger.
//!
//! QMDB is an append-only log of updates with a Merkle tree and a bitmap of the updates that are current. Its
//! root is a function of the sequence of batches, so every node gives the same batches: one for each block,
//! whose commit carries the height. A block's batch is applied in memory after its record is durable; the log
//! is flushed now and then. After a crash the missing batches are made again from the records.
//!
//! Measured on a million keys (3,000 random updates a batch, cold cache): the unordered variant takes 12 us
//! of CPU a key, the ordered one 13; but to load the keys it took 2.3 s and 197 MB against 9.9 s and 538 MB.
//! So it is the unordered one: a value can be proven, also that a slot is zero or an account deleted, but not
//! that a key was never written.

use crate::blocking::Blocking;
use crate::config::Config;
use crate::failure::{damaged, opening, storage};
use crate::runtime::{Runtime, init_cache};
use crate::wire::Malformed;
use alloy_primitives::B256;
use bytes::Bytes;
use civitas_ports::StoreError;
use civitas_types::Height;
use commonware_codec::{Decode, Encode, RangeCfg};
use commonware_cryptography::{Sha256, sha256};
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::journal::contiguous::variable::Config as LogConfig;
use commonware_storage::merkle::full::Config as MerkleConfig;
use commonware_storage::mmb;
use commonware_storage::qmdb::any::unordered::Update;
use commonware_storage::qmdb::any::value::VariableEncoding;
use commonware_storage::qmdb::current::VariableConfig;
use commonware_storage::qmdb::current::batch::MerkleizedBatch;
use commonware_storage::qmdb::current::proof::constant::OperationProof;
use commonware_storage::qmdb::current::unordered::variable::partitioned;
use commonware_storage::qmdb::floor::Proportional;
use commonware_storage::translator::EightCap;
use commonware_utils::sequence::FixedBytes;
use parking_lot::{RwLock, RwLockReadGuard};
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;

/// A key as QMDB sees it.
type Key = FixedBytes<32>;
/// Bytes of one chunk of the bitmap: 256 updates. Part of the root.
const CHUNK_BYTES: usize = 32;
/// Bytes of key that choose a part of the index in memory: 256 parts grow one by one, not all at once.
const PREFIX_BYTES: usize = 1;
/// Longest value: an account with every field.
const VALUE_BYTES_MAX: usize = 256;
/// Digests that a proof may hold: twice the depth of a tree of 2^64 leaves, and some more.
const PROOF_DIGESTS_MAX: usize = 192;
/// Updates in one file of the log, and nodes in one of the tree; pruning removes whole files.
const FILE_ITEMS: NonZeroU64 = NonZeroU64::MIN.saturating_add(65_536 - 1);
/// Bytes of a page, so that page and checksum fill 4 KiB.
const PAGE_BYTES: NonZeroU16 = NonZeroU16::MIN.saturating_add(4_084 - 1);
const INIT_BUFFER_BYTES: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 20) - 1);

type Db<E> =
    partitioned::Db<mmb::Family, E, Key, Bytes, Sha256, EightCap, PREFIX_BYTES, CHUNK_BYTES, Sequential>;
type Proof = OperationProof<mmb::Family, sha256::Digest, CHUNK_BYTES>;

/// A batch whose root is known and that is not applied yet.
pub(crate) type FlatBatch = Arc<
    MerkleizedBatch<
        mmb::Family,
        sha256::Digest,
        Update<Key, VariableEncoding<Bytes>>,
        CHUNK_BYTES,
        Sequential,
    >,
>;

/// Root that a batch leads to.
pub(crate) fn root_of(batch: &FlatBatch) -> B256 {
    B256::new(batch.root().0)
}

/// A key with its new value.
pub(crate) type Write = (B256, Bytes);

/// The flat state.
pub(crate) struct Flat<E: Runtime> {
    /// None only while a batch is applied, and after that failed.
    db: RwLock<Option<Db<E>>>,
    blocking: Blocking,
    partition: String,
}

/// A view on the flat state during which nothing is applied.
pub(crate) struct FlatGuard<'a, E: Runtime> {
    db: RwLockReadGuard<'a, Option<Db<E>>>,
    blocking: &'a Blocking,
}

impl<E: Runtime> Flat<E> {
    pub(crate) async fn open(context: E, config: &Config) -> Result<Self, StoreError> {
        let partition = format!("{}-state", config.partition);
        let pages = CacheRef::new(PAGE_BYTES, config.cached_pages_max);
        let buffer = config.write_buffer_bytes;
        let init_cache = init_cache(&context, &format!("{partition}-log"), FILE_ITEMS).await?;
        let settings = VariableConfig {
            merkle_config: MerkleConfig {
                journal_partition: format!("{partition}-tree"),
                metadata_partition: format!("{partition}-tree-pins"),
                items_per_blob: FILE_ITEMS,
                write_buffer: buffer,
                replay_buffer: buffer,
                strategy: Sequential,
                page_cache: pages.clone(),
            },
            journal_config: LogConfig {
                partition: format!("{partition}-log"),
                items_per_section: FILE_ITEMS,
                compression: None,
                codec_config: ((), RangeCfg::new(0..=VALUE_BYTES_MAX)),
                page_cache: pages,
                write_buffer: buffer,
                replay_buffer: buffer,
            },
            grafted_metadata_partition: format!("{partition}-bitmap"),
            translator: EightCap,
            init_cache: Some(init_cache),
            init_buffer: INIT_BUFFER_BYTES,
            init_concurrency: NonZeroUsize::MIN,
        };
        let db = Db::<E>::init(context, settings, None)
            .await
            .map_err(|error| opening(&partition, error))?;
        Ok(Self {
            db: RwLock::new(Some(db)),
            blocking: Blocking::current(),
            partition,
        })
    }

    /// The height of the last batch; none while genesis is not complete.
    pub(crate) fn height(&self) -> Result<Option<Height>, StoreError> {
        let metadata = self
            .read()
            .run("reading the state's height", async |db| db.get_metadata().await)?;
        let Some(metadata) = metadata else { return Ok(None) };
        let bytes: [u8; 8] = metadata.as_ref().try_into().map_err(|_| {
            damaged(
                &self.partition,
                Malformed {
                    what: "the height of the state",
                },
            )
        })?;
        Ok(Some(Height::new(u64::from_be_bytes(bytes))))
    }

    /// Whether nothing was ever applied.
    pub(crate) fn is_new(&self) -> Result<bool, StoreError> {
        // The log of a new database holds one commit.
        self.read()
            .run("reading the state", async |db| Ok(*db.bounds().end <= 1))
    }

    /// Holds off [`Flat::apply`] until the guard is dropped.
    pub(crate) fn read(&self) -> FlatGuard<'_, E> {
        FlatGuard {
            db: self.db.read(),
            blocking: &self.blocking,
        }
    }

    /// Applies a batch in memory. `publish` runs before readers come back.
    pub(crate) fn apply(&self, batch: FlatBatch, publish: impl FnOnce()) -> Result<(), StoreError> {
        self.replace("applying a block to the state", publish, |db| {
            db.apply_batch(batch)
        })
    }

    /// Begins to make all applied batches durable.
    pub(crate) fn start_flush(&self) -> Result<Handle<()>, StoreError> {
        let mut flushed = None;
        self.replace(
            "flushing the state",
            || (),
            async |db| {
                let (db, handle) = db.start_sync().await?;
                flushed = Some(handle);
                Ok(db)
            },
        )?;
        flushed.ok_or_else(|| storage("flushing the state", Lost))
    }

    /// Removes what no read and no later batch needs: updates before the oldest one that is current.
    pub(crate) fn prune(&self) -> Result<(), StoreError> {
        self.replace(
            "pruning the state",
            || (),
            async |db| {
                let boundary = db.sync_boundary();
                db.prune(boundary).await
            },
        )
    }

    /// Removes everything.
    pub(crate) async fn destroy(self) -> Result<(), StoreError> {
        let db = self
            .db
            .into_inner()
            .ok_or_else(|| storage("clearing the state", Lost))?;
        db.destroy()
            .await
            .map_err(|error| storage("clearing the state", error))
    }

    fn replace<F>(
        &self,
        attempt: &'static str,
        publish: impl FnOnce(),
        change: impl FnOnce(Db<E>) -> F,
    ) -> Result<(), StoreError>
    where
        F: Future<Output = Result<Db<E>, commonware_storage::qmdb::Error<mmb::Family>>>,
    {
        let mut guard = self.db.write();
        let db = guard.take().ok_or_else(|| storage(attempt, Lost))?;
        let changed = self
            .blocking
            .wait(change(db))
            .map_err(|error| storage(attempt, error))?;
        *guard = Some(changed.map_err(|error| storage(attempt, error))?);
        publish();
        Ok(())
    }
}

impl<E: Runtime> FlatGuard<'_, E> {
    fn run<T>(
        &self,
        attempt: &'static str,
        read: impl AsyncFnOnce(&Db<E>) -> Result<T, commonware_storage::qmdb::Error<mmb::Family>>,
    ) -> Result<T, StoreError> {
        let db = self.db.as_ref().ok_or_else(|| storage(attempt, Lost))?;
        let done = self
            .blocking
            .wait(read(db))
            .map_err(|error| storage(attempt, error))?;
        done.map_err(|error| storage(attempt, error))
    }

    pub(crate) fn get(&self, key: &B256) -> Result<Option<Bytes>, StoreError> {
        let key = Key::new(key.0);
        self.run("reading the state", async |db| db.get(&key).await)
    }

    /// The root of the applied batches.
    pub(crate) fn root(&self) -> Result<B256, StoreError> {
        self.run("reading the state root", async |db| Ok(B256::new(db.root().0)))
    }

    /// Computes the root after `writes`. `height` none: the batch is a part of genesis.
    pub(crate) fn prepare(
        &self,
        writes: Vec<Write>,
        height: Option<Height>,
    ) -> Result<FlatBatch, StoreError> {
        let metadata = height.map(|height| Bytes::copy_from_slice(&height.get().to_be_bytes()));
        self.run("computing a state root", async |db| {
            let mut batch = db.new_batch();
            for (key, value) in writes {
                batch = batch.write(Key::new(key.0), Some(value));
            }
            batch.merkleize(db, metadata, &mut Proportional).await
        })
    }

    /// Proves the current value of `key`; none if it was never written.
    pub(crate) fn prove(&self, key: &B256) -> Result<Option<Bytes>, StoreError> {
        let key = Key::new(key.0);
        self.run("proving a value of the state", async |db| {
            match db.key_value_proof(key).await {
                Ok(proof) => Ok(Some(proof.encode())),
                Err(commonware_storage::qmdb::Error::KeyNotFound) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

/// An earlier change failed, and took the state with it.
#[derive(Debug, thiserror::Error)]
#[error("an earlier write to the state failed: restart the node")]
struct Lost;

/// Whether `proof` shows that `key` has `value` under `state_root`, a state root of a `qmdb` ledger. Pure.
pub fn verify_proof(state_root: &B256, key: &B256, value: &[u8], proof: &[u8]) -> bool {
    let Ok(proof) = Proof::decode_cfg(Bytes::copy_from_slice(proof), &PROOF_DIGESTS_MAX) else {
        return false;
    };
    if value.len() > VALUE_BYTES_MAX {
        return false;
    }
    let update =
        commonware_storage::qmdb::any::unordered::variable::Operation::<mmb::Family, Key, Bytes>::Update(
            Update(Key::new(key.0), Bytes::copy_from_slice(value)),
        );
    proof.verify::<Sha256, _>(update, &sha256::Digest::from(state_root.0))
}
