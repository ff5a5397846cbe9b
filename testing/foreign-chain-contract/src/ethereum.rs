//! An Ethereum-like chain in memory, with endpoints of JSON-RPC over HTTP that fail and lie as they are told.
//!
//! Its headers, transactions (signed), receipts and roots are real; nothing is executed.

use crate::{Fault, Lie, TrueBlock, TrueEvent, TrueTransaction, scripted::Endpoints};
use alloy_consensus::{
    Header, SignableTransaction as _, Transaction as _, TxEip1559, TxEnvelope, TxLegacy,
    proofs::ordered_trie_root_encoded,
};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, Signature, TxKind, U256, keccak256};
use civitas_ports::ForeignOutcome;
use secp256k1::{Message, SECP256K1, SecretKey};
use serde_json::{Value, json};
use std::sync::LazyLock;

mod server;

/// Chain id of the chain.
pub const CHAIN_ID: u64 = 424_243;
/// How many blocks behind the newest one it calls `finalized`.
pub const FINAL_LAG: u64 = 2;
/// A kind of transaction that nobody knows.
const UNKNOWN_KIND: u8 = 0x7a;

/// A transaction with its receipt.
#[derive(Clone, Debug)]
struct Entry {
    raw: Bytes,
    json: Value,
    sender: Option<Address>,
    created: Option<Address>,
    kind: u8,
    is_success: bool,
    logs: Vec<Log>,
}

impl Entry {
    fn hash(&self) -> B256 {
        keccak256(&self.raw)
    }
}

#[derive(Clone, Debug)]
struct Made {
    header: Header,
    entries: Vec<Entry>,
}

#[derive(Debug, Default)]
struct Script {
    blocks: Vec<Made>,
    /// Grows with every block that is made, so that no two are alike.
    made: u64,
    submitted: Vec<B256>,
    /// Whether endpoints know every method at any time.
    is_modern: bool,
    /// Where an endpoint lies that lies seldom.
    lies: Vec<Lie>,
}

/// The chain with its endpoints, which end when it is dropped.
#[derive(Debug)]
pub struct Ethereum {
    endpoints: Endpoints<Script>,
}

impl Ethereum {
    /// A chain with its block 0, and two endpoints on this machine.
    pub async fn start() -> Self {
        let mut script = Script::default();
        script.mine(0);
        Self {
            endpoints: Endpoints::serve(script).await,
        }
    }

    /// Address of an endpoint.
    pub fn url(&self, endpoint: usize) -> String {
        self.endpoints.url(endpoint)
    }

    /// See [`crate::Peer::mine`].
    pub fn mine(&self, transactions: usize) {
        self.endpoints.script().mine(transactions);
    }

    /// Adds a block whose transactions have so many events each, but for those that fail.
    pub fn mine_events(&self, transactions: usize, events: u64) {
        self.endpoints.script().add(transactions, Some(events));
    }

    /// Lets endpoints give all receipts of a block at once, whatever its height; else they do for every other one, as some nodes
    /// know the method and others do not.
    pub fn modernise(&self) {
        self.endpoints.script().is_modern = true;
    }

    /// Says where endpoints lie that do [`Fault::Seldom`].
    pub fn lie_at(&self, lies: Vec<Lie>) {
        self.endpoints.script().lies = lies;
    }

    /// See [`crate::Peer::reorganise`].
    pub fn reorganise(&self, depth: u64) {
        let mut script = self.endpoints.script();
        let kept = script.blocks.len() - usize::try_from(depth).unwrap_or(usize::MAX);
        assert!(kept > 0, "block 0 is never replaced");
        let replaced = script.blocks.split_off(kept);
        for block in replaced {
            script.mine(block.entries.len() + 1);
        }
    }

    /// See [`crate::Peer::height`].
    pub fn height(&self) -> u64 {
        self.endpoints.script().height()
    }

    /// See [`crate::Peer::truth`].
    pub fn truth(&self, height: u64) -> TrueBlock {
        let script = self.endpoints.script();
        let made = &script.blocks[usize::try_from(height).unwrap_or(usize::MAX)];
        let transactions = made.entries.iter().map(|entry| TrueTransaction {
            hash: entry.hash(),
            sender: entry.sender.map(|sender| sender.to_vec().into()),
            created: entry.created.map(|created| created.to_vec().into()),
            outcome: if entry.is_success {
                ForeignOutcome::Succeeded
            } else {
                ForeignOutcome::Failed
            },
            events: entry.logs.iter().map(true_event).collect(),
        });
        TrueBlock {
            hash: made.header.hash_slow(),
            parent: made.header.parent_hash,
            transactions: transactions.collect(),
        }
    }

    /// See [`crate::Peer::misbehave`].
    pub fn misbehave(&self, endpoint: usize, fault: Option<Fault>) {
        self.endpoints.misbehave(endpoint, fault);
    }

    /// See [`crate::Peer::new_transaction`].
    pub fn new_transaction(&self) -> Bytes {
        let mut script = self.endpoints.script();
        script.made += 1;
        entry(script.made, 0, None).raw
    }
}

fn true_event(log: &Log) -> TrueEvent {
    TrueEvent {
        emitter: log.address.to_vec().into(),
        topics: log.topics().to_vec(),
        data: log.data.data.clone(),
    }
}

impl Script {
    fn height(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    fn mine(&mut self, transactions: usize) {
        self.add(transactions, None);
    }

    fn add(&mut self, transactions: usize, events: Option<u64>) {
        self.made += 1;
        let made = self.made;
        let entries: Vec<Entry> = (0..transactions)
            .map(|index| entry(made, index, events))
            .collect();
        let number = self.blocks.len() as u64;
        let header = Header {
            parent_hash: self
                .blocks
                .last()
                .map(|block| block.header.hash_slow())
                .unwrap_or_default(),
            number,
            gas_limit: 30_000_000,
            // A clock that goes wrong: nothing may depend on it.
            timestamp: self.made.wrapping_mul(7_919) % 1_000_003,
            state_root: keccak256(self.made.to_be_bytes()),
            transactions_root: transactions_root(&entries),
            receipts_root: receipts_root(&entries),
            base_fee_per_gas: Some(7),
            withdrawals_root: Some(B256::repeat_byte(5)),
            extra_data: Bytes::from_static(b"scripted"),
            ..Header::default()
        };
        self.blocks.push(Made { header, entries });
    }
}

fn transactions_root(entries: &[Entry]) -> B256 {
    let raws: Vec<&Bytes> = entries.iter().map(|entry| &entry.raw).collect();
    ordered_trie_root_encoded(&raws)
}

/// Gas after every transaction: 21,000 each.
const fn cumulative_gas(index: usize) -> u64 {
    21_000 * (index as u64 + 1)
}

fn receipts_root(entries: &[Entry]) -> B256 {
    let encode = |(index, entry): (usize, &Entry)| {
        let bloom: Bloom = entry.logs.iter().collect();
        let receipt = alloy_consensus::ReceiptWithBloom {
            receipt: alloy_consensus::Receipt {
                status: entry.is_success.into(),
                cumulative_gas_used: cumulative_gas(index),
                logs: entry.logs.clone(),
            },
            logs_bloom: bloom,
        };
        let mut out = Vec::new();
        if entry.kind != 0 {
            out.push(entry.kind);
        }
        alloy_consensus::RlpEncodableReceipt::rlp_encode_with_bloom(&receipt.receipt, &bloom, &mut out);
        out
    };
    let encoded: Vec<Vec<u8>> = entries.iter().enumerate().map(encode).collect();
    ordered_trie_root_encoded(&encoded)
}

fn key(seed: u64) -> SecretKey {
    let bytes = keccak256(seed.to_be_bytes()).0;
    // A hash is a key but in one of 2^127 cases.
    match SecretKey::from_byte_array(bytes) {
        Ok(key) => key,
        Err(_) => crate::panic_with("a hash that is no key"),
    }
}

fn signature(seed: u64, hash: B256) -> Signature {
    let signed = SECP256K1.sign_ecdsa_recoverable(Message::from_digest(hash.0), &key(seed));
    let (id, bytes) = signed.serialize_compact();
    Signature::from_bytes_and_parity(&bytes, i32::from(id) & 1 == 1)
}

fn address(seed: u64) -> Address {
    let public = key(seed).public_key(SECP256K1).serialize_uncompressed();
    Address::from_slice(&keccak256(&public[1..])[12..])
}

/// Who emits events: a few contracts, whose keys are looked up once.
fn emitter(number: u64) -> Address {
    static EMITTERS: LazyLock<[Address; 4]> = LazyLock::new(|| [0, 1, 2, 3].map(address));
    EMITTERS[usize::try_from(number % 4).unwrap_or_default()]
}

/// The transaction at a place of a block: of each kind one, one in seven failed, up to three events if nothing else is said.
fn entry(made: u64, index: usize, events: Option<u64>) -> Entry {
    let place = index as u64;
    let seed = made.wrapping_mul(100_003).wrapping_add(place);
    let data: Bytes = keccak256(seed.to_be_bytes()).to_vec().into();
    let is_success = index % 7 != 2;
    let log = |number: u64| {
        let topics = (0..number % 5)
            .map(|topic| B256::from(U256::from(seed + topic)))
            .collect();
        let text = keccak256((seed ^ number).to_be_bytes());
        Log::new_unchecked(
            emitter(number),
            topics,
            Bytes::copy_from_slice(&text[..(number as usize * 9) % 33]),
        )
    };
    let count = if is_success {
        events.unwrap_or((place + 1) % 4)
    } else {
        0
    };
    let logs = (1..=count).map(log).collect();
    if index % 11 == 8 {
        return opaque(&data, seed, logs);
    }
    let envelope: TxEnvelope = if index.is_multiple_of(2) {
        let fields = TxLegacy {
            chain_id: index.is_multiple_of(4).then_some(CHAIN_ID),
            nonce: place,
            gas_price: 7,
            gas_limit: 50_000,
            to: if index % 5 == 3 {
                TxKind::Create
            } else {
                TxKind::Call(address(1))
            },
            value: U256::from(seed),
            input: data,
        };
        let signature = signature(seed, fields.signature_hash());
        TxEnvelope::Legacy(fields.into_signed(signature))
    } else {
        let fields = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce: place,
            gas_limit: 50_000,
            max_fee_per_gas: 9,
            max_priority_fee_per_gas: 1,
            to: TxKind::Call(address(2)),
            value: U256::from(place),
            access_list: Default::default(),
            input: data,
        };
        let signature = signature(seed, fields.signature_hash());
        TxEnvelope::Eip1559(fields.into_signed(signature))
    };
    let raw: Bytes = envelope.encoded_2718().into();
    Entry {
        kind: if index.is_multiple_of(2) { 0 } else { 2 },
        json: serde_json::to_value(&envelope).unwrap_or_default(),
        sender: Some(address(seed)),
        created: (envelope.is_create() && is_success).then(|| address(seed).create(place)),
        raw,
        is_success,
        logs,
    }
}

/// A transaction of a kind that no driver knows: bytes.
fn opaque(data: &Bytes, seed: u64, logs: Vec<Log>) -> Entry {
    let raw: Bytes = [&[UNKNOWN_KIND], data.as_ref()].concat().into();
    Entry {
        json: json!({
            "type": format!("{UNKNOWN_KIND:#x}"),
            "hash": keccak256(&raw),
            "from": address(seed),
            "mystery": data,
        }),
        raw,
        sender: None,
        created: None,
        kind: UNKNOWN_KIND,
        is_success: true,
        logs,
    }
}
