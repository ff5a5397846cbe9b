//! A ledger in plain maps, which keeps every state in full.

use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, SignableTransaction, TxEip1559, TxType};
use alloy_primitives::{Address, B256, Bytes, Log, Signature, TxKind, U256, keccak256};
use alloy_trie::root::{state_root_unhashed, storage_root_unhashed};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount, proof::verify_proof};
use civitas_ports::{LedgerStore, LogQuery, LogRecord, StateView, StoreError};
use civitas_state::{Config, GenesisInput};
use civitas_types::{
    Account, Block, Header, Height, Omission, StateCommitment, StateDiff, StorageDiff, Transaction,
    TxEnvelope,
};
use commonware_runtime::deterministic::{FaultConfig, PartialWriteMode, WriteConfig};
use std::collections::BTreeMap;
use std::sync::Arc;

const ACCOUNTS: u64 = 24;
const SLOTS: u64 = 12;

/// A small generator of chance.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }
}

/// Small bounds, so that every path is taken: flushes, merges, evictions.
pub fn config(commitment: StateCommitment) -> Config {
    Config {
        partition: "test".to_owned(),
        commitment,
        history_blocks: None,
        cached_accounts_max: 5,
        cached_slots_max: 5,
        cached_code_bytes_max: 1_000,
        cached_block_bytes_max: 20_000,
        cached_changes_max: 40,
        flush_blocks: 3,
        ..Config::default()
    }
}

pub fn faults(kind: u64) -> FaultConfig {
    let retention_rate = match kind {
        0 => commonware_utils::probability!(0.0),
        1 => commonware_utils::probability!(0.5),
        _ => commonware_utils::probability!(1.0),
    };
    FaultConfig::default().write(WriteConfig {
        failure_rate: commonware_utils::probability!(0.0),
        retention_rate,
        mode: PartialWriteMode::Prefix,
    })
}

#[derive(Clone, Debug, Default)]
struct State {
    accounts: BTreeMap<Address, Account>,
    storage: BTreeMap<Address, BTreeMap<U256, U256>>,
    codes: BTreeMap<B256, Bytes>,
}

/// The ledger.
pub struct Model {
    commitment: StateCommitment,
    seed: u64,
    random: Random,
    genesis: StateDiff,
    states: Vec<State>,
    blocks: Vec<Arc<Block>>,
}

fn address(number: u64) -> Address {
    Address::from_slice(&keccak256(number.to_be_bytes())[12..])
}

fn topic(number: u64) -> B256 {
    B256::from(U256::from(number))
}

impl State {
    fn apply(&mut self, diff: &StateDiff) {
        for (address, account) in &diff.accounts {
            match account {
                Some(account) => {
                    self.accounts.insert(*address, *account);
                }
                None => {
                    self.accounts.remove(address);
                    self.storage.remove(address);
                }
            }
        }
        for (address, change) in &diff.storage {
            let slots = self.storage.entry(*address).or_default();
            if change.wiped {
                slots.clear();
            }
            for (slot, value) in &change.slots {
                if value.is_zero() {
                    slots.remove(slot);
                } else {
                    slots.insert(*slot, *value);
                }
            }
        }
        self.codes.extend(diff.codes.clone());
    }

    fn storage_root(&self, address: &Address) -> B256 {
        let Some(slots) = self.storage.get(address) else {
            return EMPTY_ROOT_HASH;
        };
        storage_root_unhashed(slots.iter().map(|(slot, value)| (B256::from(*slot), *value)))
    }

    fn trie_account(&self, address: &Address) -> Option<TrieAccount> {
        let account = self.accounts.get(address)?;
        Some(TrieAccount {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: self.storage_root(address),
            code_hash: account.code_hash,
        })
    }

    fn root(&self) -> B256 {
        let accounts = self
            .accounts
            .keys()
            .map(|address| (*address, self.trie_account(address).unwrap()));
        state_root_unhashed(accounts)
    }
}

fn genesis_block(seed: u64, state_root: B256) -> Block {
    let header = Header {
        state_root,
        gas_limit: seed,
        ..Header::default()
    };
    Block {
        hash: header.hash_slow(),
        header,
        transactions: Vec::new(),
        receipts: Vec::new(),
        ommers: Vec::new(),
        withdrawals: None,
        omitted: Vec::new(),
        timestamp_ms: 0,
    }
}

impl Model {
    pub fn new(commitment: StateCommitment, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut genesis = StateDiff::default();
        for number in 0..ACCOUNTS / 2 {
            let account = Account {
                nonce: number,
                balance: U256::from(random.next()),
                ..Account::default()
            };
            genesis.accounts.insert(address(number), Some(account));
        }
        let code = Bytes::from(vec![seed as u8; 300]);
        let holder = genesis.accounts.get_mut(&address(0)).unwrap().as_mut().unwrap();
        holder.code_hash = keccak256(&code);
        genesis.codes.insert(keccak256(&code), code);
        let slots = [(U256::from(1), U256::from(2))].into();
        genesis
            .storage
            .insert(address(0), StorageDiff { wiped: false, slots });
        let mut state = State::default();
        state.apply(&genesis);
        let mut model = Self {
            commitment,
            seed,
            random,
            genesis,
            states: vec![state],
            blocks: Vec::new(),
        };
        model.blocks = Vec::new();
        model
    }

    pub fn with_other_alloc(&self) -> Self {
        let mut other = Self::new(self.commitment, self.seed);
        other
            .genesis
            .accounts
            .insert(address(1), Some(Account::default()));
        other
    }

    pub fn genesis(&self) -> GenesisInput {
        let seed = self.seed;
        GenesisInput {
            diff: self.genesis.clone(),
            seal: Box::new(move |root| genesis_block(seed, root)),
        }
    }

    pub fn head(&self) -> Height {
        Height::new(self.states.len() as u64 - 1)
    }

    pub fn block(&self, height: Height) -> Arc<Block> {
        self.blocks[height.get() as usize].clone()
    }

    /// Makes the next difference, and a function from its root to its block.
    pub fn propose(&mut self) -> (StateDiff, impl FnOnce(B256) -> Block + Send + 'static) {
        let state = self.states.last().unwrap().clone();
        let random = &mut self.random;
        let mut diff = StateDiff::default();
        for _ in 0..random.below(8) {
            let address = address(random.below(ACCOUNTS));
            let existing = state.accounts.get(&address).copied();
            match random.below(10) {
                0 => {
                    diff.accounts.insert(address, None);
                    diff.storage.remove(&address);
                    continue;
                }
                1 => {
                    let code = Bytes::from(random.next().to_be_bytes().repeat(10));
                    let account = Account {
                        nonce: 1,
                        balance: U256::ZERO,
                        code_hash: keccak256(&code),
                    };
                    diff.codes.insert(account.code_hash, code);
                    diff.accounts.insert(address, Some(account));
                    diff.storage.entry(address).or_default().wiped = true;
                    diff.storage.entry(address).or_default().slots.clear();
                }
                _ => {
                    let before = diff
                        .accounts
                        .get(&address)
                        .copied()
                        .unwrap_or(existing)
                        .unwrap_or_default();
                    let balance = U256::from(random.below(1_000));
                    diff.accounts.insert(
                        address,
                        Some(Account {
                            nonce: before.nonce + 1,
                            balance,
                            ..before
                        }),
                    );
                }
            }
            for _ in 0..random.below(6) {
                let value = U256::from(random.below(3)) * U256::from(random.next());
                let slots = &mut diff.storage.entry(address).or_default().slots;
                slots.insert(U256::from(random.below(SLOTS)), value);
            }
        }
        // Storage of an account that is not mentioned otherwise.
        if let Some((address, _)) = state.accounts.iter().nth(random.below(ACCOUNTS) as usize)
            && !diff.accounts.contains_key(address)
        {
            diff.storage
                .entry(*address)
                .or_default()
                .slots
                .insert(U256::from(3), U256::from(random.below(2)));
        }
        let parent = self.blocks.last().map(|block| block.hash);
        let number = self.states.len() as u64;
        let body = body(random, number);
        let seed = self.seed;
        let make = move |state_root| {
            let (transactions, receipts, omitted) = body;
            let parent_hash = parent.unwrap_or_else(|| genesis_block(seed, B256::ZERO).hash);
            let header = Header {
                number,
                parent_hash,
                state_root,
                timestamp: number * 2,
                ..Header::default()
            };
            Block {
                hash: header.hash_slow(),
                header,
                transactions,
                receipts,
                ommers: Vec::new(),
                withdrawals: number.is_multiple_of(2).then(Default::default),
                omitted,
                timestamp_ms: number * 2_000 + 7,
            }
        };
        (diff, make)
    }

    pub fn accept(&mut self, diff: &StateDiff, block: Arc<Block>) {
        let mut state = self.states.last().unwrap().clone();
        state.apply(diff);
        if self.commitment == StateCommitment::Mpt {
            assert_eq!(
                block.header.state_root,
                state.root(),
                "root of block {}",
                block.height()
            );
        }
        self.states.push(state);
        self.blocks.push(block);
    }

    /// The root that a difference would give on the state after `height`.
    pub fn root_with(&self, height: Height, diff: &StateDiff) -> B256 {
        let mut state = self.states[height.get() as usize].clone();
        state.apply(diff);
        state.root()
    }

    /// Applies one block to the store and to the model.
    pub async fn advance(&mut self, store: &dyn LedgerStore) {
        self.meet(store).await;
        let (diff, make) = self.propose();
        let block = store
            .apply(diff.clone(), Box::new(move |root| Ok(make(root))))
            .await
            .unwrap();
        self.accept(&diff, block);
    }

    /// Takes the genesis block from the store, whose root the model does not know in `qmdb` mode.
    pub async fn meet(&mut self, store: &dyn LedgerStore) {
        if self.blocks.is_empty() {
            let block = store.block(Height::GENESIS).await.unwrap().unwrap();
            if self.commitment == StateCommitment::Mpt {
                assert_eq!(block.header.state_root, self.states[0].root());
            }
            self.blocks.push(block);
        }
    }

    /// A copy for a reader.
    pub fn snapshot(&self) -> Self {
        Self {
            commitment: self.commitment,
            seed: self.seed,
            random: Random::new(0),
            genesis: self.genesis.clone(),
            states: self.states.clone(),
            blocks: self.blocks.clone(),
        }
    }

    /// Checks the head alone.
    pub async fn check_newest(&mut self, store: &dyn LedgerStore) {
        self.meet(store).await;
        assert_eq!(store.head().height, self.head());
        assert_eq!(store.head().hash, self.blocks.last().unwrap().hash);
        self.check_view(&*store.view(self.head()).unwrap(), self.head());
    }

    /// Whatever a damaged store answers must be right; it may have lost unflushed blocks, or refuse.
    pub async fn check_what_is_served(&self, store: &dyn LedgerStore) -> Result<(), StoreError> {
        let head = store.head().height;
        assert!(head <= self.head());
        for height in 0..=head.get() {
            let height = Height::new(height);
            let block = store.block(height).await?.unwrap();
            assert_eq!(*block, *self.block(height));
            let view = store.view(height)?;
            let state = &self.states[height.get() as usize];
            for (address, slot) in self.keys() {
                match slot {
                    None => assert_eq!(view.account(&address)?, state.accounts.get(&address).copied()),
                    Some(slot) => {
                        let expected = state
                            .storage
                            .get(&address)
                            .and_then(|slots| slots.get(&slot))
                            .copied();
                        assert_eq!(view.storage(&address, &slot)?, expected.unwrap_or_default());
                    }
                }
            }
        }
        Ok(())
    }

    pub fn keys(&self) -> Vec<(Address, Option<U256>)> {
        let accounts = (0..ACCOUNTS).map(|number| (address(number), None));
        let slots = |number| (0..SLOTS).map(move |slot| (address(number), Some(U256::from(slot))));
        accounts.chain((0..ACCOUNTS).flat_map(slots)).collect()
    }

    pub fn check_view(&self, view: &dyn StateView, height: Height) {
        let state = &self.states[height.get() as usize];
        for (address, slot) in self.keys() {
            match slot {
                None => {
                    let account = view.account(&address).unwrap();
                    assert_eq!(
                        account,
                        state.accounts.get(&address).copied(),
                        "{address} at {height}"
                    );
                    if let Some(account) = account.filter(Account::has_code) {
                        assert_eq!(
                            view.code(&account.code_hash).unwrap(),
                            state.codes[&account.code_hash]
                        );
                    }
                }
                Some(slot) => {
                    let expected = state
                        .storage
                        .get(&address)
                        .and_then(|slots| slots.get(&slot))
                        .copied();
                    let found = view.storage(&address, &slot).unwrap();
                    assert_eq!(
                        found,
                        expected.unwrap_or_default(),
                        "{address} {slot} at {height}"
                    );
                }
            }
        }
        if let Some(block) = self.blocks.get(height.get() as usize) {
            assert_eq!(view.block_hash(height).unwrap(), Some(block.hash));
        }
    }

    pub async fn check_account_proofs(&self, store: &dyn LedgerStore, height: Height) {
        let state = &self.states[height.get() as usize];
        let root = store.block(height).await.unwrap().unwrap().header.state_root;
        let slots: Vec<U256> = (0..SLOTS).map(U256::from).collect();
        for number in 0..ACCOUNTS {
            let address = address(number);
            let proof = store.account_proof(height, address, &slots).await.unwrap();
            let expected = state.trie_account(&address);
            let path = Nibbles::unpack(keccak256(address));
            verify_proof(root, path, expected.map(alloy_rlp::encode), &proof.nodes).unwrap();
            assert_eq!(
                proof.account,
                state.accounts.get(&address).copied().unwrap_or_default()
            );
            assert_eq!(
                proof.storage_hash,
                expected.map_or(EMPTY_ROOT_HASH, |account| account.storage_root)
            );
            for slot in &proof.slots {
                let value = state
                    .storage
                    .get(&address)
                    .and_then(|slots| slots.get(&slot.slot))
                    .copied();
                assert_eq!(slot.value, value.unwrap_or_default());
                if proof.storage_hash == EMPTY_ROOT_HASH {
                    assert!(slot.nodes.is_empty());
                    continue;
                }
                let path = Nibbles::unpack(keccak256(slot.slot.to_be_bytes::<32>()));
                verify_proof(
                    proof.storage_hash,
                    path,
                    value.map(alloy_rlp::encode),
                    &slot.nodes,
                )
                .unwrap();
            }
        }
    }

    pub fn random_query(&self, random: &mut Random) -> LogQuery {
        let from = random.below(self.blocks.len() as u64);
        let to = from + random.below(self.blocks.len() as u64 - from);
        let mut query = LogQuery {
            from: Height::new(from),
            to: Height::new(to),
            results_max: usize::MAX,
            ..LogQuery::default()
        };
        for _ in 0..random.below(3) {
            query.addresses.push(address(random.below(6)));
        }
        for _ in 0..random.below(4) {
            query
                .topics
                .push((0..random.below(3)).map(|_| topic(random.below(9))).collect());
        }
        query
    }

    pub fn logs(&self, query: &LogQuery) -> Vec<LogRecord> {
        let mut found = Vec::new();
        for block in &self.blocks[query.from.get() as usize..=query.to.get() as usize] {
            let mut log_index = 0;
            for (index, receipt) in block.receipts.iter().enumerate() {
                for log in receipt.logs() {
                    let topics = log.topics();
                    let matched = (query.addresses.is_empty() || query.addresses.contains(&log.address))
                        && query.topics.len() <= topics.len()
                        && query
                            .topics
                            .iter()
                            .zip(topics)
                            .all(|(any, topic)| any.is_empty() || any.contains(topic));
                    if matched {
                        found.push(LogRecord {
                            log: log.clone(),
                            height: block.height(),
                            block_hash: block.hash,
                            timestamp: block.header.timestamp,
                            transaction_hash: block.transactions[index].hash(),
                            transaction_index: index as u32,
                            log_index,
                        });
                    }
                    log_index += 1;
                }
            }
        }
        found
    }
}

type Body = (Vec<Arc<Transaction>>, Vec<ReceiptEnvelope>, Vec<Omission>);

fn body(random: &mut Random, number: u64) -> Body {
    let (mut transactions, mut receipts, mut omitted) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..random.below(5) {
        let transaction = TxEip1559 {
            chain_id: 1,
            nonce: number * 1_000 + index,
            gas_limit: 21_000,
            to: TxKind::Call(address(random.below(ACCOUNTS))),
            input: vec![7; random.below(200) as usize].into(),
            ..TxEip1559::default()
        };
        let signature = Signature::new(U256::from(1), U256::from(2), false);
        let envelope = TxEnvelope::Eip1559(transaction.into_signed(signature));
        transactions.push(Arc::new(Transaction::with_sender(envelope, address(index))));
        let log = |_| {
            let topics = (0..random.below(5)).map(|_| topic(random.below(9))).collect();
            Log::new_unchecked(
                address(random.below(6)),
                topics,
                vec![1; random.below(70) as usize].into(),
            )
        };
        let logs = (0..2).map(log).collect();
        let status = if index == 3 {
            Eip658Value::PostState(B256::repeat_byte(5))
        } else {
            Eip658Value::Eip658(index != 2)
        };
        let receipt = Receipt {
            status,
            cumulative_gas_used: 21_000 * index,
            logs,
        };
        let kinds = [TxType::Legacy, TxType::Eip2930, TxType::Eip1559, TxType::Eip7702];
        receipts.push(ReceiptEnvelope::from_typed(kinds[index as usize % 4], receipt));
    }
    if random.below(3) == 0 {
        omitted.push(Omission {
            transaction: B256::repeat_byte(8),
            reason: "nonce too low".to_owned(),
        });
    }
    (transactions, receipts, omitted)
}
