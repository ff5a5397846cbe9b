//! A small ledger: genesis, a block with two transactions and three logs, an empty block with an omission.

use crate::doubles::{Engine, Node, Pool, SENDER, State, Store};
use alloy_consensus::{
    Eip658Value, Receipt, SignableTransaction, TxEip1559, TxLegacy, proofs::calculate_transaction_root,
};
use alloy_primitives::{Address, B256, Bytes, Log, Signature, TxKind, U256, keccak256};
use civitas_evm::ChainSpec;
use civitas_rpc::{Backend, Limits, Sources};
use civitas_system_contracts::address::GOVERNANCE;
use civitas_types::{
    Account, Block, Genesis, Header, Height, Omission, Payload, ReceiptEnvelope, ResultCommitment,
    Transaction, TxEnvelope,
};
use std::sync::Arc;
use tokio::sync::broadcast;

pub const CHAIN_ID: u64 = 77;
pub const CONTRACT: Address = Address::repeat_byte(0xc0);
pub const OMITTED: B256 = B256::repeat_byte(0x0e);
pub const TOPIC: B256 = B256::repeat_byte(0x11);

/// The parts of a backend that tests look into.
pub struct Fixture {
    pub backend: Arc<Backend>,
    pub store: Arc<Store>,
    pub pool: Arc<Pool>,
    pub heads: broadcast::Sender<Arc<Block>>,
    pub pending: broadcast::Sender<Arc<Transaction>>,
}

impl Fixture {
    pub fn new() -> Self {
        Self::with(Limits::default(), Engine::default(), Node::default())
    }

    /// A ledger with the system contracts of a city.
    pub fn city() -> Self {
        let mut genesis = Genesis::from_json(&genesis_json()).unwrap();
        genesis.ethereum.config = ChainSpec::osaka_config(CHAIN_ID);
        let governance = genesis.ethereum.alloc.entry(GOVERNANCE).or_default();
        governance.code = Some(Bytes::from_static(&[0x60, 0x00]));
        let spec = ChainSpec::from_genesis(&genesis);
        Self::under(spec, Limits::default(), Engine::default(), Node::default())
    }

    pub fn with(limits: Limits, engine: Engine, node: Node) -> Self {
        Self::under(ChainSpec::osaka(CHAIN_ID), limits, engine, node)
    }

    fn under(spec: ChainSpec, limits: Limits, mut engine: Engine, node: Node) -> Self {
        let store = Arc::new(Store {
            blocks: Default::default(),
            state: state(),
        });
        for number in 0..3 {
            store.push(block_after(&store, number));
        }
        engine.payloads = payloads(&store);
        let pool = Arc::new(Pool::default());
        let heads = broadcast::Sender::new(4);
        let pending = broadcast::Sender::new(4);
        let genesis = Genesis::from_json(&genesis_json()).unwrap();
        let backend = Backend::new(Sources {
            store: store.clone(),
            pool: pool.clone(),
            ordering: Some(Arc::new(engine)),
            spec: Arc::new(spec),
            genesis: Arc::new(genesis),
            heads: heads.clone(),
            pending: pending.clone(),
            node: Arc::new(node),
            client_version: "civitas/v0.1.0/test".to_owned(),
            limits,
        });
        Self {
            backend: Arc::new(backend),
            store,
            pool,
            heads,
            pending,
        }
    }

    /// Makes the next block, with one log, and announces it.
    pub fn grow(&self) -> Arc<Block> {
        let number = self.store.blocks.read().unwrap().len();
        let block = block_after(&self.store, u64::try_from(number).unwrap());
        self.store.push(block.clone());
        let _ = self.heads.send(block.clone());
        block
    }
}

fn genesis_json() -> String {
    let section = serde_json::json!({
        "parameters": { "ordering": "solo" },
        "validators": [{
            "name": "one",
            "publicKey": B256::repeat_byte(8),
            "beneficiary": Address::repeat_byte(9),
        }],
    });
    let genesis = serde_json::json!({
        "config": { "chainId": CHAIN_ID, "civitas": section },
        "gasLimit": "0x1c9c380",
        "difficulty": "0x0",
        "alloc": {},
    });
    genesis.to_string()
}

fn state() -> State {
    let code = Bytes::from_static(&[0x60, 0x00]);
    let contract = Account {
        nonce: 1,
        balance: U256::ZERO,
        code_hash: keccak256(&code),
    };
    let person = Account {
        nonce: 2,
        balance: U256::from(1_000),
        ..Account::default()
    };
    State {
        accounts: [(CONTRACT, contract), (SENDER, person)].into(),
        storage: [((CONTRACT, U256::from(1)), U256::from(0x38))].into(),
        codes: [(keccak256(&code), code)].into(),
    }
}

pub fn legacy(nonce: u64) -> Transaction {
    let fields = TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 0,
        gas_limit: 50_000,
        to: TxKind::Create,
        value: U256::ZERO,
        input: Bytes::from_static(&[1]),
    };
    Transaction::with_sender(fields.into_signed(Signature::test_signature()).into(), SENDER)
}

pub fn dynamic(nonce: u64) -> Transaction {
    let fields = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 60_000,
        max_fee_per_gas: 5,
        max_priority_fee_per_gas: 2,
        to: TxKind::Call(CONTRACT),
        value: U256::from(3),
        ..TxEip1559::default()
    };
    Transaction::with_sender(fields.into_signed(Signature::test_signature()).into(), SENDER)
}

fn log(topics: Vec<B256>) -> Log {
    Log::new_unchecked(CONTRACT, topics, Bytes::from_static(&[7]))
}

fn receipt(cumulative_gas_used: u64, logs: Vec<Log>) -> Receipt {
    Receipt {
        status: Eip658Value::Eip658(true),
        cumulative_gas_used,
        logs,
    }
}

fn block_after(store: &Store, number: u64) -> Arc<Block> {
    let parent = store
        .blocks
        .read()
        .unwrap()
        .last()
        .map(|block| block.hash)
        .unwrap_or_default();
    let (transactions, receipts) = match number {
        0 | 2 => (Vec::new(), Vec::new()),
        1 => (
            vec![legacy(0), dynamic(1)],
            vec![
                ReceiptEnvelope::Legacy(receipt(21_000, vec![log(vec![TOPIC])]).with_bloom()),
                ReceiptEnvelope::Eip1559(
                    receipt(51_000, vec![log(vec![]), log(vec![TOPIC, B256::ZERO])]).with_bloom(),
                ),
            ],
        ),
        _ => (
            vec![dynamic(number)],
            vec![ReceiptEnvelope::Eip1559(
                receipt(30_000, vec![log(vec![TOPIC])]).with_bloom(),
            )],
        ),
    };
    let envelopes: Vec<TxEnvelope> = transactions
        .iter()
        .map(|transaction| transaction.envelope().clone())
        .collect();
    let gas_used = receipts.last().map_or(0, |receipt| receipt.cumulative_gas_used());
    let logs_bloom = receipts
        .iter()
        .fold(Default::default(), |bloom, receipt| bloom | *receipt.logs_bloom());
    let header = Header {
        number,
        parent_hash: parent,
        timestamp: 1_000 + number,
        gas_limit: 30_000_000,
        gas_used,
        logs_bloom,
        base_fee_per_gas: Some(0),
        withdrawals_root: Some(alloy_consensus::constants::EMPTY_ROOT_HASH),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        state_root: B256::repeat_byte(0x50),
        transactions_root: calculate_transaction_root(&envelopes),
        ..Header::default()
    };
    let omitted = match number {
        2 => vec![Omission {
            transaction: OMITTED,
            reason: "nonce too low".to_owned(),
        }],
        _ => Vec::new(),
    };
    Arc::new(Block {
        hash: header.hash_slow(),
        header,
        transactions: transactions.into_iter().map(Arc::new).collect(),
        receipts,
        ommers: Vec::new(),
        withdrawals: Some(Default::default()),
        omitted,
        timestamp_ms: 1_000_000 + number * 1_000,
    })
}

/// Payload 1 commits to block 0; payload 2 too (the lag is two); payload 3 to block 2.
fn payloads(store: &Store) -> std::collections::BTreeMap<Height, Arc<Payload>> {
    let blocks = store.blocks.read().unwrap();
    let commitments = [(1, 0), (2, 0), (3, 2)];
    let payloads = commitments.map(|(height, result): (u64, usize)| {
        let mut header = Payload::genesis(CHAIN_ID, 0, blocks[0].hash).header().clone();
        header.height = Height::new(height);
        header.result = ResultCommitment {
            height: blocks[result].height(),
            block_hash: blocks[result].hash,
        };
        (Height::new(height), Arc::new(Payload::new(header, Vec::new())))
    });
    payloads.into()
}
