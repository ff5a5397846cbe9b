//! Doubles of the ports. They hold in memory what a test puts in.

use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_ports::{
    AccountProof, BoxFuture, Certificate, Head, LedgerStore, LogQuery, LogRecord, Ordering, OrderingError,
    OrderingStatus, Origin, PoolContent, PoolStatus, Refusal, Seal, Selection, StateError, StateProof,
    StateView, StorageProof, StoreError, TransactionPool,
};
use civitas_rpc::{CallObserver, NodeInformation, SyncProgress};
use civitas_types::{Account, Block, Height, Payload, StateDiff, Transaction, TransactionLocation};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

/// The oldest height whose state the store still has.
pub const OLDEST_STATE: Height = Height::new(1);

#[derive(Clone, Default)]
pub struct State {
    pub accounts: BTreeMap<Address, Account>,
    pub storage: BTreeMap<(Address, U256), U256>,
    pub codes: BTreeMap<B256, Bytes>,
}

#[derive(Default)]
pub struct Store {
    pub blocks: RwLock<Vec<Arc<Block>>>,
    pub state: State,
}

impl Store {
    fn at(&self, height: Height) -> Option<Arc<Block>> {
        let index = usize::try_from(height.get()).unwrap();
        self.blocks.read().unwrap().get(index).cloned()
    }

    fn newest(&self) -> Arc<Block> {
        self.blocks.read().unwrap().last().unwrap().clone()
    }

    pub fn push(&self, block: Arc<Block>) {
        self.blocks.write().unwrap().push(block);
    }
}

struct View {
    height: Height,
    state: State,
}

impl StateView for View {
    fn height(&self) -> Height {
        self.height
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        Ok(self.state.accounts.get(address).copied())
    }

    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError> {
        Ok(self
            .state
            .storage
            .get(&(*address, *slot))
            .copied()
            .unwrap_or_default())
    }

    fn code(&self, hash: &B256) -> Result<Bytes, StateError> {
        self.state
            .codes
            .get(hash)
            .cloned()
            .ok_or(StateError::MissingCode { hash: *hash })
    }

    fn block_hash(&self, _: Height) -> Result<Option<B256>, StateError> {
        Ok(None)
    }
}

impl LedgerStore for Store {
    fn head(&self) -> Head {
        let block = self.newest();
        Head {
            height: block.height(),
            hash: block.hash,
            state_root: block.header.state_root,
            timestamp_ms: block.timestamp_ms,
        }
    }

    fn oldest_state(&self) -> Height {
        OLDEST_STATE
    }

    fn view_of_history(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        self.view(height)
    }

    fn view(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        let head = self.head().height;
        match height {
            _ if height > head => Err(StoreError::Unknown { height, head }),
            _ if height < OLDEST_STATE => Err(StoreError::Pruned {
                height,
                oldest: OLDEST_STATE,
            }),
            _ => Ok(Arc::new(View {
                height,
                state: self.state.clone(),
            })),
        }
    }

    fn apply<'a>(&'a self, _: StateDiff, _: Seal<'a>) -> BoxFuture<'a, Result<Arc<Block>, StoreError>> {
        unreachable!("the service never applies a block")
    }

    fn root_with<'a>(&'a self, _: Height, _: &'a StateDiff) -> BoxFuture<'a, Result<B256, StoreError>> {
        unreachable!("only simulation asks for roots")
    }

    fn block(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>> {
        Box::pin(async move { Ok(self.at(height)) })
    }

    fn height_of(&self, hash: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>> {
        let blocks = self.blocks.read().unwrap();
        let height = blocks
            .iter()
            .find(|block| block.hash == hash)
            .map(|block| block.height());
        Box::pin(async move { Ok(height) })
    }

    fn locate(&self, hash: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>> {
        let blocks = self.blocks.read().unwrap();
        let location = blocks.iter().find_map(|block| {
            let index = block
                .transactions
                .iter()
                .position(|transaction| transaction.hash() == hash)?;
            Some(TransactionLocation {
                height: block.height(),
                index: u32::try_from(index).unwrap(),
            })
        });
        Box::pin(async move { Ok(location) })
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>> {
        let mut found = Vec::new();
        for number in query.from.get()..=query.to.get() {
            let block = self.at(Height::new(number)).unwrap();
            let mut log_index = 0;
            for (index, receipt) in block.receipts.iter().enumerate() {
                for log in receipt.logs() {
                    let address_fits = query.addresses.is_empty() || query.addresses.contains(&log.address);
                    let topics_fit = query.topics.iter().enumerate().all(|(position, wanted)| {
                        let topic = log.topics().get(position);
                        topic.is_some_and(|topic| wanted.is_empty() || wanted.contains(topic))
                    });
                    if address_fits && topics_fit {
                        found.push(LogRecord {
                            log: log.clone(),
                            height: block.height(),
                            block_hash: block.hash,
                            timestamp: block.header.timestamp,
                            transaction_hash: block.transactions[index].hash(),
                            transaction_index: u32::try_from(index).unwrap(),
                            log_index,
                        });
                    }
                    log_index += 1;
                }
            }
        }
        let max = query.results_max;
        Box::pin(async move {
            if found.len() > max {
                return Err(StoreError::TooMuch {
                    what: "logs",
                    max: u64::try_from(max).unwrap(),
                });
            }
            Ok(found)
        })
    }

    fn account_proof<'a>(
        &'a self,
        _: Height,
        address: Address,
        slots: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>> {
        let proof = |slot: &U256| StorageProof {
            slot: *slot,
            value: self
                .state
                .storage
                .get(&(address, *slot))
                .copied()
                .unwrap_or_default(),
            nodes: vec![Bytes::from_static(&[2])],
        };
        let answer = AccountProof {
            account: self.state.accounts.get(&address).copied().unwrap_or_default(),
            storage_hash: B256::repeat_byte(3),
            nodes: vec![Bytes::from_static(&[1])],
            slots: slots.iter().map(proof).collect(),
        };
        Box::pin(async move { Ok(answer) })
    }

    fn state_proof(&self, _: Address, _: Option<U256>) -> BoxFuture<'_, Result<StateProof, StoreError>> {
        let head = self.head();
        Box::pin(async move {
            Ok(StateProof {
                height: head.height,
                state_root: head.state_root,
                key: B256::repeat_byte(4),
                value: Bytes::from_static(&[5]),
                proof: Bytes::from_static(&[6]),
            })
        })
    }
}

/// Takes in what decodes; a test may have it refuse the next one.
#[derive(Default)]
pub struct Pool {
    pub taken: Mutex<Vec<Arc<Transaction>>>,
    pub refusal: Mutex<Option<Refusal>>,
}

/// The sender that the double sees behind every transaction.
pub const SENDER: Address = Address::repeat_byte(0x5e);

impl TransactionPool for Pool {
    fn submit(&self, raw: Bytes, _: Origin) -> Result<Arc<Transaction>, Refusal> {
        if let Some(refusal) = self.refusal.lock().unwrap().take() {
            return Err(refusal);
        }
        let transaction = Arc::new(Transaction::with_sender(
            Transaction::decode_envelope(&raw)?,
            SENDER,
        ));
        self.taken.lock().unwrap().push(transaction.clone());
        Ok(transaction)
    }

    fn select(&self, _: &Selection) -> Vec<Arc<Transaction>> {
        Vec::new()
    }

    fn get(&self, hash: &B256) -> Option<Arc<Transaction>> {
        self.taken
            .lock()
            .unwrap()
            .iter()
            .find(|transaction| transaction.hash() == *hash)
            .cloned()
    }

    fn next_nonce(&self, sender: &Address) -> Option<u64> {
        let taken = self.taken.lock().unwrap();
        let mine = taken.iter().filter(|transaction| transaction.sender() == *sender);
        mine.map(|transaction| alloy_consensus::Transaction::nonce(transaction.envelope()) + 1)
            .max()
    }

    fn content(&self, sender: Option<&Address>) -> (PoolContent, PoolContent) {
        let mut pending = PoolContent::new();
        for transaction in self.taken.lock().unwrap().iter() {
            if sender.is_none_or(|sender| *sender == transaction.sender()) {
                let nonce = alloy_consensus::Transaction::nonce(transaction.envelope());
                pending
                    .entry(transaction.sender())
                    .or_default()
                    .insert(nonce, transaction.clone());
            }
        }
        (pending, PoolContent::new())
    }

    fn status(&self) -> PoolStatus {
        PoolStatus {
            pending: self.taken.lock().unwrap().len(),
            queued: 0,
            bytes: 0,
        }
    }

    fn block_applied(&self, _: &Block) {}
}

/// Final payloads, each with a certificate unless its height is in `uncertified`.
#[derive(Default)]
pub struct Engine {
    pub payloads: BTreeMap<Height, Arc<Payload>>,
    pub uncertified: Vec<Height>,
}

impl Ordering for Engine {
    fn certificate(&self, height: Height) -> BoxFuture<'_, Result<Option<Certificate>, OrderingError>> {
        let known = self.payloads.contains_key(&height) && !self.uncertified.contains(&height);
        let certificate = known.then(|| Certificate {
            kind: "solo-v1",
            epoch: 0,
            view: height.get() + 100,
            signers: vec![B256::repeat_byte(8)],
            encoded: vec![9],
        });
        Box::pin(async move { Ok(certificate) })
    }

    fn payload(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Payload>>, OrderingError>> {
        let payload = self.payloads.get(&height).cloned();
        Box::pin(async move { Ok(payload) })
    }

    fn status(&self) -> OrderingStatus {
        let finalized = self.payloads.keys().next_back().copied().unwrap_or_default();
        OrderingStatus {
            engine: "solo",
            epoch: 0,
            view: 7,
            finalized,
            voting: true,
        }
    }
}

#[derive(Default)]
pub struct Node {
    pub syncing: Option<SyncProgress>,
}

impl NodeInformation for Node {
    fn peers(&self) -> usize {
        3
    }

    fn syncing(&self) -> Option<SyncProgress> {
        self.syncing
    }
}

/// Remembers every call.
#[derive(Default)]
pub struct Observer {
    pub calls: Mutex<Vec<(&'static str, Option<i32>)>>,
}

impl CallObserver for Observer {
    fn called(&self, method: &'static str, _: Duration, error: Option<i32>) {
        self.calls.lock().unwrap().push((method, error));
    }
}
