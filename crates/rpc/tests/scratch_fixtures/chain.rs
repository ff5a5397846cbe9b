//! Ledgers in memory, executed by the real executor, with Ethereum's state roots.

use crate::support::MemoryState;
use alloy_consensus::{Block as EthereumBlock, transaction::SignerRecoverable};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::Decodable;
use civitas_evm::{ChainSpec, EvmExecutor, block_input_of, genesis_block, seal};
use civitas_ports::{
    AccountProof, BlockInput, BoxFuture, Executor, Head, LedgerStore, LogQuery, LogRecord, Origin,
    PoolContent, PoolStatus, Refusal, Seal, Selection, StateProof, StateView, StoreError, TransactionPool,
};
use civitas_rpc::{Backend, Limits, NodeInformation, Sources, SyncProgress};
use civitas_types::{Block, Genesis, Height, StateDiff, Transaction, TransactionLocation, TxEnvelope};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// All blocks with the state after each.
pub struct Store {
    blocks: Vec<(Arc<Block>, Arc<MemoryState>)>,
}

impl Store {
    pub fn new(genesis: &Genesis) -> Self {
        let mut state = MemoryState::of_genesis(genesis);
        let block = genesis_block(genesis, state.root());
        state.block_hashes.insert(0, block.hash);
        Self {
            blocks: vec![(Arc::new(block), Arc::new(state))],
        }
    }

    /// Executes and appends the next block.
    pub fn execute(&mut self, spec: &Arc<ChainSpec>, input: &BlockInput) {
        let (_, state) = self.blocks.last().unwrap();
        let mut after = MemoryState::clone(state);
        let root = |diff: &StateDiff| {
            let mut partly = MemoryState::clone(state);
            partly.apply(diff.clone());
            Ok(partly.root())
        };
        let output = EvmExecutor::new(spec.clone())
            .execute(&**state, input, Some(&root))
            .unwrap();
        after.apply(output.diff.clone());
        let block = seal(spec, input, output, after.root());
        after.height = block.height();
        after.block_hashes.insert(block.header.number, block.hash);
        self.blocks.push((Arc::new(block), Arc::new(after)));
    }

    /// Executes and appends the blocks of an Ethereum chain.
    pub fn import(&mut self, spec: &Arc<ChainSpec>, mut chain: &[u8]) {
        while !chain.is_empty() {
            let block = EthereumBlock::<TxEnvelope>::decode(&mut chain).unwrap();
            let transactions = block.body.transactions.iter();
            let senders: Vec<Address> = transactions
                .map(|transaction| transaction.recover_signer_unchecked().unwrap())
                .collect();
            let expected = block.header.hash_slow();
            self.execute(spec, &block_input_of(block, &senders).unwrap());
            assert_eq!(self.newest().hash, expected);
        }
    }

    pub fn newest(&self) -> &Arc<Block> {
        &self.blocks.last().unwrap().0
    }

    fn at(&self, height: Height) -> Option<&(Arc<Block>, Arc<MemoryState>)> {
        self.blocks.get(usize::try_from(height.get()).unwrap())
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
        Height::GENESIS
    }

    fn view(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        let head = self.head().height;
        let (_, state) = self.at(height).ok_or(StoreError::Unknown { height, head })?;
        Ok(state.clone())
    }

    fn apply<'a>(&'a self, _: StateDiff, _: Seal<'a>) -> BoxFuture<'a, Result<Arc<Block>, StoreError>> {
        unreachable!("nothing here changes the ledger")
    }

    fn root_with<'a>(
        &'a self,
        height: Height,
        diff: &'a StateDiff,
    ) -> BoxFuture<'a, Result<B256, StoreError>> {
        Box::pin(async move {
            let mut state = MemoryState::clone(&self.at(height).unwrap().1);
            state.apply(diff.clone());
            Ok(state.root())
        })
    }

    fn block(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>> {
        Box::pin(async move { Ok(self.at(height).map(|(block, _)| block.clone())) })
    }

    fn height_of(&self, hash: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>> {
        let found = self.blocks.iter().find(|(block, _)| block.hash == hash);
        Box::pin(async move { Ok(found.map(|(block, _)| block.height())) })
    }

    fn locate(&self, hash: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>> {
        let found = self.blocks.iter().find_map(|(block, _)| {
            let index = block
                .transactions
                .iter()
                .position(|transaction| transaction.hash() == hash)?;
            Some(TransactionLocation {
                height: block.height(),
                index: u32::try_from(index).unwrap(),
            })
        });
        Box::pin(async move { Ok(found) })
    }

    fn logs<'a>(&'a self, _: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn account_proof<'a>(
        &'a self,
        _: Height,
        _: Address,
        _: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>> {
        unreachable!("no proof is asked for")
    }

    fn state_proof(&self, _: Address, _: Option<U256>) -> BoxFuture<'_, Result<StateProof, StoreError>> {
        unreachable!("no proof is asked for")
    }
}

/// Keeps what it is given, in order.
#[derive(Default)]
struct Pool(Mutex<Vec<Arc<Transaction>>>);

impl TransactionPool for Pool {
    fn submit(&self, raw: Bytes, _: Origin) -> Result<Arc<Transaction>, Refusal> {
        let transaction = Arc::new(Transaction::decode(raw)?);
        self.0.lock().unwrap().push(transaction.clone());
        Ok(transaction)
    }

    fn select(&self, _: &Selection) -> Vec<Arc<Transaction>> {
        self.0.lock().unwrap().clone()
    }

    fn get(&self, _: &B256) -> Option<Arc<Transaction>> {
        None
    }

    fn next_nonce(&self, _: &Address) -> Option<u64> {
        None
    }

    fn content(&self, _: Option<&Address>) -> (PoolContent, PoolContent) {
        Default::default()
    }

    fn status(&self) -> PoolStatus {
        PoolStatus::default()
    }

    fn block_applied(&self, _: &Block) {}
}

struct Alone;

impl NodeInformation for Alone {
    fn peers(&self) -> usize {
        0
    }

    fn syncing(&self) -> Option<SyncProgress> {
        None
    }
}

/// A service over an imported chain.
pub fn backend(store: Store, spec: Arc<ChainSpec>, genesis: Genesis) -> Arc<Backend> {
    Arc::new(Backend::new(Sources {
        store: Arc::new(store),
        pool: Arc::new(Pool::default()),
        ordering: None,
        spec,
        genesis: Arc::new(genesis),
        heads: broadcast::Sender::new(1),
        pending: broadcast::Sender::new(1),
        node: Arc::new(Alone),
        client_version: "civitas/test".to_owned(),
        limits: Limits::default(),
    }))
}
