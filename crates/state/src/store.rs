//! The handle: [`LedgerStore`] over the engine.

use crate::config::{Config, GenesisInput};
use crate::engine::Engine;
use crate::key::{account_key, slot_key};
use crate::logs::{Place, conditions, key_of, matches, place};
use crate::plan;
use crate::record::Record;
use crate::runtime::Runtime;
use crate::view::{Reach, View};
use alloy_primitives::{Address, B256, U256};
use civitas_ports::{
    AccountProof, BoxFuture, Head, LedgerStore, LogQuery, LogRecord, Seal, StateProof, StateView, StoreError,
};
use civitas_types::{Block, Height, StateDiff, TransactionLocation};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Opens stores.
#[derive(Clone, Copy, Debug)]
pub struct Store;

impl Store {
    /// Opens the store in the partitions of `config`, or creates it from `genesis`. On tokio it must be
    /// called in a runtime with several threads.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the folder holds damaged data or another ledger, [`StoreError::Storage`] if
    /// it cannot be read or written.
    pub async fn open<E: Runtime>(
        context: E,
        config: Config,
        genesis: GenesisInput,
    ) -> Result<Arc<dyn LedgerStore>, StoreError> {
        Ok(Arc::new(Ledger {
            engine: crate::open::open(context, config, genesis).await?,
        }))
    }
}

struct Ledger<E: Runtime> {
    engine: Arc<Engine<E>>,
}

impl<E: Runtime> Engine<E> {
    fn known(&self, height: Height) -> Result<(), StoreError> {
        let head = self.head().height;
        if height > head {
            Err(StoreError::Unknown { height, head })
        } else {
            Ok(())
        }
    }

    fn kept(&self, height: Height) -> Result<(), StoreError> {
        self.known(height)?;
        let oldest = self.oldest_state();
        if height < oldest {
            Err(StoreError::Pruned { height, oldest })
        } else {
            Ok(())
        }
    }

    /// The record of a block that is shown.
    async fn shown(&self, height: Height) -> Result<Option<Record>, StoreError> {
        if height > self.head().height {
            Ok(None)
        } else {
            self.blocks.record(height).await
        }
    }

    async fn block(&self, height: Height) -> Result<Option<Arc<Block>>, StoreError> {
        if height > self.head().height {
            return Ok(None);
        }
        if let Some(block) = self.caches.blocks.get(&height) {
            return Ok(Some(block));
        }
        let record = self.blocks.existing(height).await?;
        let block = Arc::new(record.block().map_err(|error| self.blocks.malformed(error))?);
        self.caches.blocks.insert(height, Arc::clone(&block));
        Ok(Some(block))
    }

    async fn height_of(&self, hash: B256) -> Result<Option<Height>, StoreError> {
        let head = self.head().height;
        for value in self.transactions.find(key_of(&hash), Height::GENESIS, head)? {
            let Place::Block { height } = place(value) else {
                continue;
            };
            if height <= head && self.hash_at(height)? == hash {
                return Ok(Some(height));
            }
        }
        Ok(None)
    }

    async fn locate(&self, hash: B256) -> Result<Option<TransactionLocation>, StoreError> {
        let head = self.head().height;
        for value in self.transactions.find(key_of(&hash), Height::GENESIS, head)? {
            let Place::Transaction { height, index } = place(value) else {
                continue;
            };
            let position = usize::try_from(index).unwrap_or(usize::MAX);
            let Some(block) = self.block(height).await? else {
                continue;
            };
            if block
                .transactions
                .get(position)
                .is_some_and(|transaction| transaction.hash() == hash)
            {
                return Ok(Some(TransactionLocation { height, index }));
            }
        }
        Ok(None)
    }

    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogRecord>, StoreError> {
        self.known(query.to)?;
        let candidates = self.candidates(query)?;
        if candidates.len() as u64 > self.config.query_blocks_max {
            return Err(StoreError::TooMuch {
                what: "blocks to search",
                max: self.config.query_blocks_max,
            });
        }
        let mut found = Vec::new();
        for height in candidates {
            self.logs_of(Height::new(height), query, &mut found).await?;
            if found.len() > query.results_max {
                return Err(StoreError::TooMuch {
                    what: "logs",
                    max: query.results_max as u64,
                });
            }
        }
        Ok(found)
    }

    /// Heights of the blocks that may have what is asked for.
    fn candidates(&self, query: &LogQuery) -> Result<BTreeSet<u64>, StoreError> {
        let range = query.from.get()..=query.to.get();
        let mut candidates: Option<BTreeSet<u64>> = None;
        for keys in conditions(query) {
            let mut heights = BTreeSet::new();
            for key in keys {
                let values = self.logs.find(key, query.from, query.to)?;
                heights.extend(values.into_iter().filter(|height| range.contains(height)));
            }
            candidates = Some(match candidates {
                None => heights,
                Some(before) => before.intersection(&heights).copied().collect(),
            });
        }
        Ok(candidates.unwrap_or_default())
    }

    async fn logs_of(
        &self,
        height: Height,
        query: &LogQuery,
        found: &mut Vec<LogRecord>,
    ) -> Result<(), StoreError> {
        let malformed = |error| self.blocks.malformed(error);
        let Some(record) = self.shown(height).await? else {
            return Ok(());
        };
        let receipts = record.receipts().map_err(malformed)?;
        let mut log_index = 0_u32;
        let mut place: Option<(crate::record::RecordHead, Vec<B256>)> = None;
        for (transaction_index, receipt) in (0_u32..).zip(&receipts) {
            for log in receipt.logs() {
                let index = log_index;
                log_index += 1;
                if !matches(query, log) {
                    continue;
                }
                if place.is_none() {
                    place = Some((
                        self.head_of(&record)?,
                        record.transaction_hashes().map_err(malformed)?,
                    ));
                }
                let Some((head, hashes)) = &place else { continue };
                let position = usize::try_from(transaction_index).unwrap_or(usize::MAX);
                found.push(LogRecord {
                    log: log.clone(),
                    height,
                    block_hash: head.hash,
                    timestamp: head.header.timestamp,
                    transaction_hash: hashes.get(position).copied().unwrap_or_default(),
                    transaction_index,
                    log_index: index,
                });
            }
        }
        Ok(())
    }

    async fn root_with(&self, height: Height, diff: &StateDiff) -> Result<B256, StoreError> {
        self.kept(height)?;
        // Holds off blocks: the computation must see one state.
        let _writer = self.writer.lock().await;
        let head = self.head();
        let Some(trie) = &self.trie else {
            if height == head.height {
                return Ok(self.prepare(height.next(), diff)?.root);
            }
            let cure = "ask at the newest block, or use a ledger with stateCommitment mpt";
            return Err(StoreError::Unsupported {
                what: "QMDB state root on an old block",
                cure,
            });
        };
        let addresses = diff.accounts.keys().chain(diff.storage.keys());
        let base = self.base_at(height, &head, addresses.copied()).await?;
        let mut changes = plan::changes(self, &base, height.next(), diff)?;
        Ok(trie.prepare(&mut changes, &base)?.root)
    }

    async fn state_proof(&self, address: Address, slot: Option<U256>) -> Result<StateProof, StoreError> {
        if self.trie.is_some() {
            let cure = "use eth_getProof";
            return Err(StoreError::Unsupported {
                what: "QMDB proof",
                cure,
            });
        }
        let _writer = self.writer.lock().await;
        let head = self.head();
        let key = match slot {
            None => account_key(&address),
            Some(slot) => {
                let incarnation = self
                    .account_at_head(&address)?
                    .map_or(0, |value| value.incarnation);
                slot_key(&address, incarnation, &slot)
            }
        };
        let guard = self.flat.read();
        let absent = StoreError::Unsupported {
            what: "proof that a key was never written",
            cure: "only values that were written, also zero ones, can be proven",
        };
        let (Some(value), Some(proof)) = (guard.get(&key)?, guard.prove(&key)?) else {
            return Err(absent);
        };
        let state_root = guard.root()?;
        Ok(StateProof {
            height: head.height,
            state_root,
            key,
            value: value.into(),
            proof: proof.into(),
        })
    }
}

impl<E: Runtime> LedgerStore for Ledger<E> {
    fn head(&self) -> Head {
        self.engine.head()
    }

    fn oldest_state(&self) -> Height {
        self.engine.oldest_state()
    }

    fn view(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        self.engine.kept(height)?;
        Ok(Arc::new(View {
            engine: Arc::clone(&self.engine),
            height,
            reach: Reach::Retained,
        }))
    }

    fn view_of_history(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        self.engine.known(height)?;
        Ok(Arc::new(View {
            engine: Arc::clone(&self.engine),
            height,
            reach: Reach::History,
        }))
    }

    fn apply<'a>(&'a self, diff: StateDiff, seal: Seal<'a>) -> BoxFuture<'a, Result<Arc<Block>, StoreError>> {
        Box::pin(self.engine.apply(diff, seal))
    }

    fn root_with<'a>(
        &'a self,
        height: Height,
        diff: &'a StateDiff,
    ) -> BoxFuture<'a, Result<B256, StoreError>> {
        Box::pin(self.engine.root_with(height, diff))
    }

    fn block(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>> {
        Box::pin(self.engine.block(height))
    }

    fn height_of(&self, hash: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>> {
        Box::pin(self.engine.height_of(hash))
    }

    fn locate(&self, transaction: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>> {
        Box::pin(self.engine.locate(transaction))
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>> {
        Box::pin(self.engine.logs(query))
    }

    fn account_proof<'a>(
        &'a self,
        height: Height,
        address: Address,
        slots: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>> {
        Box::pin(async move {
            self.engine.kept(height)?;
            self.engine.account_proof(height, address, slots).await
        })
    }

    fn state_proof(
        &self,
        address: Address,
        slot: Option<U256>,
    ) -> BoxFuture<'_, Result<StateProof, StoreError>> {
        Box::pin(self.engine.state_proof(address, slot))
    }
}
