//! Ethereum's Merkle Patricia trie over the state, for ledgers whose state root it is.
//!
//! Nodes are kept by the place they stand at: the trie (the state's, or an account's with its incarnation)
//! and the path. So each place has one node, and the store does not grow with history; nodes that a deletion
//! orphans stay until their place is used again, and nothing refers to them. New nodes wait in memory until
//! the next flush; a crash loses them, and opening makes them again from the records.
//!
//! Old roots are not kept. What is asked at an old height reverts the changes since then in memory (`base`),
//! and the root that comes out must be the one in that height's header.

use crate::base::{Base, BaseAccount, storage_root};
use crate::blocking::Blocking;
use crate::change::{ChangeSet, StorageChange};
use crate::config::Config;
use crate::failure::{damaged, opening, storage};
use crate::key::{account_key, slot_path};
use crate::patricia::{NodeSource, Patricia};
use crate::plan;
use crate::runtime::{Runtime, init_cache};
use crate::value::AccountValue;
use crate::wire::Malformed;
use alloy_primitives::{Address, B256, Keccak256, U256};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount};
use bytes::Bytes;
use civitas_ports::StoreError;
use civitas_types::Height;
use commonware_codec::RangeCfg;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::journal::contiguous::variable::Config as LogConfig;
use commonware_storage::qmdb::floor::Proportional;
use commonware_storage::qmdb::store::db::{Config as NodesConfig, Db};
use commonware_storage::translator::EightCap;
use commonware_utils::sequence::FixedBytes;
use parking_lot::RwLock;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::collections::HashMap;
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;

type Key = FixedBytes<32>;
type ProofNode = alloy_primitives::Bytes;
type NodeDb<E> = Db<E, Key, Bytes, EightCap>;

/// A branch of 16 hashes and a value, with room to spare.
const NODE_BYTES_MAX: usize = 1 << 16;
/// Nodes kept in memory besides those that wait: 16 MiB.
const CACHED_NODE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const CACHED_NODES_ESTIMATE: usize = 65_536;
const FILE_ITEMS: NonZeroU64 = NonZeroU64::MIN.saturating_add(65_536 - 1);
const PAGE_BYTES: NonZeroU16 = NonZeroU16::MIN.saturating_add(4_084 - 1);
const CACHED_PAGES_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2_048 - 1);
const INIT_BUFFER_BYTES: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 20) - 1);

#[derive(Clone, Debug)]
struct NodeWeighter;

impl Weighter<B256, Bytes> for NodeWeighter {
    fn weight(&self, _key: &B256, node: &Bytes) -> u64 {
        96 + node.len() as u64
    }
}

/// The tries of a ledger.
pub(crate) struct Trie<E: Runtime> {
    nodes: Arc<Nodes<E>>,
}

/// New nodes and the root that they lead to.
pub(crate) struct TrieBatch {
    pub(crate) root: B256,
    nodes: Vec<(B256, Bytes)>,
}

struct Nodes<E: Runtime> {
    partition: String,
    db: RwLock<Option<NodeDb<E>>>,
    waiting: RwLock<Waiting>,
    cache: Cache<B256, Bytes, NodeWeighter>,
    blocking: Blocking,
}

#[derive(Default)]
struct Waiting {
    height: Height,
    nodes: HashMap<B256, Bytes>,
}

/// Which trie.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    State,
    Storage { account: B256, incarnation: u64 },
}

/// The nodes of one trie.
struct Source<E: Runtime> {
    nodes: Arc<Nodes<E>>,
    owner: Owner,
}

impl Owner {
    fn key(&self, path: &Nibbles) -> B256 {
        let mut hasher = Keccak256::new();
        if let Self::Storage { account, incarnation } = self {
            hasher.update(account);
            hasher.update(incarnation.to_be_bytes());
        }
        hasher.update(path.to_vec());
        hasher.finalize()
    }
}

impl<E: Runtime> Nodes<E> {
    fn get(&self, key: &B256) -> Result<Option<Bytes>, StoreError> {
        if let Some(node) = self.waiting.read().nodes.get(key) {
            return Ok(Some(node.clone()));
        }
        if let Some(node) = self.cache.get(key) {
            return Ok(Some(node));
        }
        let attempt = "reading the trie";
        let guard = self.db.read();
        let db = guard.as_ref().ok_or_else(|| {
            storage(
                attempt,
                Malformed {
                    what: "an earlier write",
                },
            )
        })?;
        let found = self
            .blocking
            .wait(db.get(&Key::new(key.0)))
            .map_err(|error| storage(attempt, error))?;
        let found = found.map_err(|error| storage(attempt, error))?;
        if let Some(node) = &found {
            self.cache.insert(*key, node.clone());
        }
        Ok(found)
    }
}

impl<E: Runtime> NodeSource for Source<E> {
    fn node(&self, path: &Nibbles) -> Result<Option<Bytes>, StoreError> {
        self.nodes.get(&self.owner.key(path))
    }

    fn inconsistent(&self) -> StoreError {
        let what = Malformed {
            what: "a trie (a node is missing, or not the one that its parent names)",
        };
        damaged(&self.nodes.partition, what)
    }
}

impl<E: Runtime> Trie<E> {
    pub(crate) async fn open(context: E, config: &Config) -> Result<Self, StoreError> {
        let partition = format!("{}-trie", config.partition);
        let init_cache = init_cache(&context, &partition, FILE_ITEMS).await?;
        let settings = NodesConfig {
            log: LogConfig {
                partition: partition.clone(),
                items_per_section: FILE_ITEMS,
                compression: None,
                codec_config: ((), RangeCfg::new(0..=NODE_BYTES_MAX)),
                page_cache: CacheRef::new(PAGE_BYTES, CACHED_PAGES_MAX),
                write_buffer: config.write_buffer_bytes,
                replay_buffer: config.write_buffer_bytes,
            },
            translator: EightCap,
            init_cache: Some(init_cache),
            init_buffer: INIT_BUFFER_BYTES,
        };
        let db = NodeDb::<E>::init(context, settings, None)
            .await
            .map_err(|error| opening(&partition, error))?;
        let nodes = Nodes {
            partition,
            db: RwLock::new(Some(db)),
            waiting: RwLock::default(),
            cache: Cache::with_weighter(CACHED_NODES_ESTIMATE, CACHED_NODE_BYTES_MAX, NodeWeighter),
            blocking: Blocking::current(),
        };
        Ok(Self {
            nodes: Arc::new(nodes),
        })
    }

    /// The height of the last flush; none while genesis is not complete.
    pub(crate) fn height(&self) -> Result<Option<Height>, StoreError> {
        let attempt = "reading the trie's height";
        let guard = self.nodes.db.read();
        let db = guard.as_ref().ok_or_else(|| {
            storage(
                attempt,
                Malformed {
                    what: "an earlier write",
                },
            )
        })?;
        let metadata = self
            .nodes
            .blocking
            .wait(db.get_metadata())
            .map_err(|error| storage(attempt, error))?;
        let Some(metadata) = metadata.map_err(|error| storage(attempt, error))? else {
            return Ok(None);
        };
        let bytes: [u8; 8] = metadata.as_ref().try_into().map_err(|_| {
            damaged(
                &self.nodes.partition,
                Malformed {
                    what: "the height of the trie",
                },
            )
        })?;
        Ok(Some(Height::new(u64::from_be_bytes(bytes))))
    }

    /// Removes everything.
    pub(crate) async fn destroy(self) -> Result<(), StoreError> {
        let Some(db) = self.nodes.db.write().take() else {
            return Ok(());
        };
        db.destroy()
            .await
            .map_err(|error| storage("clearing the trie", error))
    }

    /// Computes the tries after `changes` on `base`, sets the storage roots in them, and drops what did not
    /// change. The batch can be applied only where `base` is the head.
    pub(crate) fn prepare(&self, changes: &mut ChangeSet, base: &Base) -> Result<TrieBatch, StoreError> {
        let mut nodes = Vec::new();
        let ChangeSet {
            accounts, storage, ..
        } = changes;
        for change in accounts.iter_mut() {
            let Ok(index) = storage.binary_search_by_key(&change.address, |storage| storage.address) else {
                continue;
            };
            let incarnation = change.after.incarnation;
            let before = change.before.filter(|before| before.incarnation == incarnation);
            // A new incarnation begins with an empty trie.
            let account = before.and_then(|_| base.known(&change.address));
            let trie_before = (account, storage_root(before));
            let root = self.prepare_storage(&storage[index], trie_before, &mut nodes)?;
            change.after.storage_root = Some(root).filter(|root| *root != EMPTY_ROOT_HASH);
        }
        plan::drop_unchanged(changes);
        let mut trie = self.state_trie(base)?;
        for change in &changes.accounts {
            self.set_account(&mut trie, &change.address, Some(&change.after))?;
        }
        let root = collect(&mut trie, Owner::State, &mut nodes);
        Ok(TrieBatch { root, nodes })
    }

    fn prepare_storage(
        &self,
        change: &StorageChange,
        (account, root): (Option<&BaseAccount>, B256),
        nodes: &mut Vec<(B256, Bytes)>,
    ) -> Result<B256, StoreError> {
        let owner = Owner::Storage {
            account: account_key(&change.address),
            incarnation: change.incarnation,
        };
        let mut trie = self.storage_trie(owner, account, root)?;
        for slot in &change.slots {
            self.set_slot(&mut trie, &slot.slot, &slot.after)?;
        }
        Ok(collect(&mut trie, owner, nodes))
    }

    /// Puts the nodes of a batch in place.
    pub(crate) fn apply(&self, height: Height, batch: TrieBatch) {
        let mut waiting = self.nodes.waiting.write();
        waiting.height = height;
        waiting.nodes.extend(batch.nodes);
    }

    /// Nodes that wait for a flush.
    pub(crate) fn waiting(&self) -> usize {
        self.nodes.waiting.read().nodes.len()
    }

    /// Makes all applied nodes durable.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let (height, nodes) = {
            let waiting = self.nodes.waiting.read();
            (waiting.height, waiting.nodes.clone())
        };
        let metadata = Bytes::copy_from_slice(&height.get().to_be_bytes());
        self.replace("flushing the trie", async |db| {
            let mut batch = db.new_batch();
            for (key, node) in &nodes {
                batch = batch.update(Key::new(key.0), node.clone());
            }
            let batch = batch.finalize(Some(metadata));
            db.apply_batch(batch, &mut Proportional).await?.commit().await
        })?;
        // Cached nodes may be older than those that were just written.
        for (key, node) in nodes {
            self.nodes.cache.insert(key, node);
        }
        *self.nodes.waiting.write() = Waiting {
            height,
            nodes: HashMap::new(),
        };
        Ok(())
    }

    /// Removes nodes that were replaced.
    pub(crate) fn prune(&self) -> Result<(), StoreError> {
        self.replace("pruning the trie", async |db| {
            let floor = db.inactivity_floor_loc();
            db.prune(floor).await
        })
    }

    fn replace<F>(&self, attempt: &'static str, change: impl FnOnce(NodeDb<E>) -> F) -> Result<(), StoreError>
    where
        F: Future<
            Output = Result<NodeDb<E>, commonware_storage::qmdb::Error<commonware_storage::mmr::Family>>,
        >,
    {
        let mut guard = self.nodes.db.write();
        let db = guard.take().ok_or_else(|| {
            storage(
                attempt,
                Malformed {
                    what: "an earlier write",
                },
            )
        })?;
        let changed = self
            .nodes
            .blocking
            .wait(change(db))
            .map_err(|error| storage(attempt, error))?;
        *guard = Some(changed.map_err(|error| storage(attempt, error))?);
        Ok(())
    }

    fn trie(&self, owner: Owner, root: B256) -> Patricia<Source<E>> {
        let source = Source {
            nodes: Arc::clone(&self.nodes),
            owner,
        };
        Patricia::open(source, root)
    }

    fn set_account(
        &self,
        trie: &mut Patricia<Source<E>>,
        address: &Address,
        value: Option<&AccountValue>,
    ) -> Result<(), StoreError> {
        let path = account_key(address);
        match value.and_then(|value| value.account.map(|account| (account, value.storage_root))) {
            Some((account, storage_root)) => {
                let leaf = TrieAccount {
                    nonce: account.nonce,
                    balance: account.balance,
                    storage_root: storage_root.unwrap_or(EMPTY_ROOT_HASH),
                    code_hash: account.code_hash,
                };
                trie.insert(&path, alloy_rlp::encode(leaf))
            }
            None => trie.remove(&path),
        }
    }

    fn set_slot(&self, trie: &mut Patricia<Source<E>>, slot: &U256, value: &U256) -> Result<(), StoreError> {
        let path = slot_path(slot);
        if value.is_zero() {
            trie.remove(&path)
        } else {
            trie.insert(&path, alloy_rlp::encode(value))
        }
    }

    /// The state trie of `base`.
    fn state_trie(&self, base: &Base) -> Result<Patricia<Source<E>>, StoreError> {
        let mut trie = self.trie(Owner::State, base.head_root);
        for (address, value) in &base.accounts {
            self.set_account(&mut trie, address, value.as_ref())?;
        }
        self.expect_root(&mut trie, base.root)?;
        Ok(trie)
    }

    /// The storage trie of an account whose storage root is `root`; `account` is how it was, none at the head.
    fn storage_trie(
        &self,
        owner: Owner,
        account: Option<&BaseAccount>,
        root: B256,
    ) -> Result<Patricia<Source<E>>, StoreError> {
        let Some(account) = account else {
            return Ok(self.trie(owner, root));
        };
        let mut trie = self.trie(owner, account.newest_storage);
        for (slot, value) in &account.slots {
            let value = value.map_or(U256::ZERO, |before| before.value);
            self.set_slot(&mut trie, slot, &value)?;
        }
        self.expect_root(&mut trie, root)?;
        Ok(trie)
    }

    /// Proof of an account of `base`.
    pub(crate) fn prove_account(&self, base: &Base, address: &Address) -> Result<Vec<ProofNode>, StoreError> {
        self.state_trie(base)?.prove(&account_key(address))
    }

    /// Proofs of slots of an account whose storage root is `root`.
    pub(crate) fn prove_slots(
        &self,
        owner: Owner,
        account: Option<&BaseAccount>,
        (root, slots): (B256, &[U256]),
    ) -> Result<Vec<Vec<ProofNode>>, StoreError> {
        let mut trie = self.storage_trie(owner, account, root)?;
        slots.iter().map(|slot| trie.prove(&slot_path(slot))).collect()
    }

    fn expect_root(&self, trie: &mut Patricia<Source<E>>, root: B256) -> Result<(), StoreError> {
        if trie.commit().0 == root {
            return Ok(());
        }
        let what = Malformed {
            what: "a trie (its changes do not lead back to the old root)",
        };
        Err(damaged(&self.nodes.partition, what))
    }
}

/// Takes the new nodes out of a trie, and returns its root.
fn collect<E: Runtime>(trie: &mut Patricia<Source<E>>, owner: Owner, nodes: &mut Vec<(B256, Bytes)>) -> B256 {
    let (root, changed) = trie.commit();
    nodes.extend(
        changed
            .into_iter()
            .map(|(path, node)| (owner.key(&path), Bytes::from(node))),
    );
    root
}
