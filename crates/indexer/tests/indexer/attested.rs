//! The made-up ledger once more, as a foreign chain: gateways that give it, and a main ledger that anchored it.

use crate::generated::{City, block_hash};
use alloy_primitives::{B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolCall, SolError};
use async_trait::async_trait;
use civitas_gateway::{
    GatewayError,
    archive::{BatchLine, BlockLine},
    batch::Builder,
};
use civitas_indexer::{BatchSource, Source};
use civitas_ports::{ForeignBlock, ForeignEvent, ForeignHeader, ForeignOutcome, ForeignTransaction};
use civitas_sdk::Error;
use civitas_system_contracts::{
    anchors::digest_of,
    interfaces::{
        IAnchors::{
            Anchor, Finality, Following, Gateway as Reporter, NotFollowed, Terms, anchorsCall, followedCall,
            followingCall,
        },
        IChains::{Chain, ChainInfo, Kind, Status, chainCall},
    },
};
use serde_json::{Value, value::RawValue};
use std::ops::RangeInclusive;

/// Name of the chain: none of Ethereum's, since its hashes are made up.
pub const CHAIN: &str = "example:31337";
/// Blocks of a batch.
pub const BATCH_BLOCKS: u64 = 8;
/// The first block of the batch that a lie is about.
const LIE_AT: u64 = 17;

/// Id of the chain.
pub fn id() -> B256 {
    keccak256(CHAIN)
}

/// How a gateway lies about one event, or one transaction, or one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    Drops,
    Invents,
    Reorders,
    Repeats,
    Alters,
    TurnsOutcome,
    DropsTransaction,
    DropsBlock,
    OtherChain,
    SaysSoInTheFirstLine,
    Rubbish,
}

impl Lie {
    pub const ALL: [Self; 11] = [
        Self::Drops,
        Self::Invents,
        Self::Reorders,
        Self::Repeats,
        Self::Alters,
        Self::TurnsOutcome,
        Self::DropsTransaction,
        Self::DropsBlock,
        Self::OtherChain,
        Self::SaysSoInTheFirstLine,
        Self::Rubbish,
    ];
}

/// A gateway in memory.
pub struct Gateway {
    name: String,
    city: City,
    start: u64,
    lie: Option<Lie>,
}

impl Gateway {
    pub fn new(name: &str, city: &City, start: u64, lie: Option<Lie>) -> Self {
        Self {
            name: name.to_owned(),
            city: city.clone(),
            start,
            lie,
        }
    }
}

#[async_trait]
impl BatchSource for Gateway {
    fn name(&self) -> &str {
        &self.name
    }

    async fn batch(&self, chain: &str, from_height: u64) -> Result<Option<Vec<u8>>, GatewayError> {
        // As over a wire: not at once.
        tokio::task::yield_now().await;
        assert_eq!(chain, CHAIN);
        if from_height <= self.start || (from_height - self.start) % BATCH_BLOCKS != 1 {
            return Ok(None);
        }
        let range = from_height..=from_height + BATCH_BLOCKS - 1;
        let Some(lie) = self.lie.filter(|_| from_height == LIE_AT) else {
            return Ok(Some(reported(&self.city, range)));
        };
        Ok(Some(lied(&self.city, range, lie)))
    }
}

fn lied(city: &City, range: RangeInclusive<u64>, lie: Lie) -> Vec<u8> {
    let mut blocks: Vec<ForeignBlock> = range.clone().map(|height| block(city, height)).collect();
    let honest = line(CHAIN, &blocks);
    let events = blocks[3]
        .transactions
        .iter_mut()
        .map(|transaction| &mut transaction.events);
    let events = events.filter(|events| !events.is_empty()).nth(5).unwrap();
    match lie {
        Lie::Drops => drop(events.pop()),
        Lie::Invents | Lie::Repeats => {
            let mut again = events[0].clone();
            if lie == Lie::Invents {
                again.data = Bytes::from(U256::from(1).to_be_bytes::<32>());
            }
            events.push(again);
        }
        Lie::Alters => events[0].data = Bytes::from(U256::from(7).to_be_bytes::<32>()),
        Lie::Reorders => blocks[3].transactions.swap(10, 11),
        Lie::TurnsOutcome => blocks[3].transactions[7].outcome = ForeignOutcome::Failed,
        Lie::DropsTransaction => drop(blocks[3].transactions.remove(7)),
        Lie::DropsBlock => drop(blocks.remove(3)),
        Lie::OtherChain => return file(&line("eip155:1", &blocks), &blocks),
        Lie::Rubbish => return b"\xff{".repeat(1_000),
        Lie::SaysSoInTheFirstLine => {
            drop(events.pop());
            return file(&line(CHAIN, &blocks), &blocks);
        }
    }
    file(&honest, &blocks)
}

/// The file of a batch, as an honest gateway keeps it.
pub fn reported(city: &City, range: RangeInclusive<u64>) -> Vec<u8> {
    let blocks: Vec<ForeignBlock> = range.map(|height| block(city, height)).collect();
    file(&line(CHAIN, &blocks), &blocks)
}

fn line(chain: &str, blocks: &[ForeignBlock]) -> BatchLine {
    let first = &blocks[0].header;
    let mut builder = Builder::new(first.height, first.parent);
    for block in blocks {
        builder.push(block).unwrap();
    }
    BatchLine::new(chain, &builder.finish())
}

fn file(line: &BatchLine, blocks: &[ForeignBlock]) -> Vec<u8> {
    let mut file = serde_json::to_vec(line).unwrap();
    for block in blocks {
        file.push(b'\n');
        file.extend(serde_json::to_vec(&BlockLine::from(block)).unwrap());
    }
    file.push(b'\n');
    file
}

/// A block of the made-up ledger.
fn block(city: &City, height: u64) -> ForeignBlock {
    let (block, receipts) = city.told(height);
    let (block, receipts): (Value, Value) = (
        serde_json::from_str(&block).unwrap(),
        serde_json::from_str(&receipts).unwrap(),
    );
    let bytes = |value: &Value| -> Bytes { hex::decode(value.as_str().unwrap()).unwrap().into() };
    let number = |value: &Value| u64::from_str_radix(&value.as_str().unwrap()[2..], 16).unwrap();
    let mut index = 0;
    let mut transactions = Vec::new();
    let pairs = std::iter::zip(
        block["transactions"].as_array().unwrap(),
        receipts.as_array().unwrap(),
    );
    for (place, (transaction, receipt)) in (0..).zip(pairs) {
        let mut events = Vec::new();
        for log in receipt["logs"].as_array().unwrap() {
            let topics = log["topics"].as_array().unwrap().iter();
            events.push(ForeignEvent {
                index,
                emitter: bytes(&log["address"]),
                topics: topics
                    .map(|topic| topic.as_str().unwrap().parse().unwrap())
                    .collect(),
                data: bytes(&log["data"]),
            });
            index += 1;
        }
        transactions.push(ForeignTransaction {
            index: place,
            hash: transaction["hash"].as_str().unwrap().parse().unwrap(),
            sender: Some(bytes(&transaction["from"])),
            target: (!transaction["to"].is_null()).then(|| bytes(&transaction["to"])),
            value: U256::from(number(&transaction["value"])),
            created: receipt["contractAddress"]
                .as_str()
                .map(|_| bytes(&receipt["contractAddress"])),
            input: bytes(&transaction["input"]),
            outcome: match number(&receipt["status"]) {
                0 => ForeignOutcome::Failed,
                _ => ForeignOutcome::Succeeded,
            },
            events,
            raw: Bytes::new(),
        });
    }
    ForeignBlock {
        header: ForeignHeader {
            height,
            hash: block_hash(height),
            parent: block["parentHash"].as_str().unwrap().parse().unwrap(),
            timestamp: number(&block["timestamp"]),
            state_root: None,
            raw: Bytes::new(),
        },
        transactions,
    }
}

/// A main ledger that follows the chain and has anchored all of it.
pub struct Anchoring {
    pub anchors: Vec<Anchor>,
    following: Following,
}

impl Anchoring {
    pub fn of(city: &City, start: u64) -> Self {
        let mut anchors: Vec<Anchor> = Vec::new();
        let mut from = start + 1;
        while from + BATCH_BLOCKS - 1 <= city.blocks {
            let range = from..=from + BATCH_BLOCKS - 1;
            let blocks: Vec<ForeignBlock> = range.map(|height| block(city, height)).collect();
            let batch = line(CHAIN, &blocks).batch();
            let before = anchors.last().map_or(B256::ZERO, |anchor| anchor.digest);
            anchors.push(Anchor {
                digest: digest_of(before, &batch),
                batch,
                agreed: 2,
                height: 100 + from,
                at: 1_700_000_000 + from,
            });
            from += BATCH_BLOCKS;
        }
        let gateway = |number: u8| Reporter {
            account: alloy_primitives::Address::repeat_byte(number),
            organisation: B256::repeat_byte(number),
        };
        let following = Following {
            terms: Terms {
                finality: Finality::Instant,
                depth: 0,
                batchBlocks: 8,
                threshold: 2,
                gateways: (1..=3).map(gateway).collect(),
            },
            startHeight: start,
            startHash: block_hash(start),
            nextHeight: from,
            lastHash: block_hash(from - 1),
            digest: anchors.last().map_or(B256::ZERO, |anchor| anchor.digest),
            batchCount: u64::try_from(anchors.len()).unwrap(),
            round: 1,
        };
        Self { anchors, following }
    }

    fn call(&self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let selector: [u8; 4] = input[..4].try_into().unwrap();
        match selector {
            followedCall::SELECTOR => Ok(followedCall::abi_encode_returns(&vec![id()])),
            followingCall::SELECTOR => {
                let query = followingCall::abi_decode(input).unwrap();
                match query.id == id() {
                    true => Ok(followingCall::abi_encode_returns(&self.following)),
                    false => Err(NotFollowed { id: query.id }.abi_encode()),
                }
            }
            anchorsCall::SELECTOR => {
                let query = anchorsCall::abi_decode(input).unwrap();
                let (from, count) = (
                    usize::try_from(query.from).unwrap(),
                    usize::try_from(query.count).unwrap(),
                );
                let page: Vec<Anchor> = self
                    .anchors
                    .iter()
                    .skip(from)
                    .take(count.min(3))
                    .cloned()
                    .collect();
                Ok(anchorsCall::abi_encode_returns(&page))
            }
            chainCall::SELECTOR => Ok(chainCall::abi_encode_returns(&chain())),
            _ => Err(Vec::new()),
        }
    }
}

fn chain() -> Chain {
    Chain {
        id: id(),
        info: ChainInfo {
            caip2: CHAIN.to_owned(),
            name: "Harbour".to_owned(),
            kind: Kind::Evm,
            purpose: String::new(),
            operator: B256::repeat_byte(1),
            company: String::new(),
            contact: String::new(),
            grade: 1,
            consensus: String::new(),
            endpoint: String::new(),
            documents: B256::ZERO,
        },
        status: Status::Active,
        registrant: Default::default(),
        reviewer: Default::default(),
        appealed: false,
        escalated: false,
        registeredAt: 0,
        reviewDue: 0,
        appealUntil: 0,
        changedAt: 0,
    }
}

#[async_trait]
impl Source for Anchoring {
    async fn request(&self, method: &str, params: Value) -> Result<Box<RawValue>, Error> {
        tokio::task::yield_now().await;
        assert_eq!(method, "eth_call");
        let input = hex::decode(params[0]["input"].as_str().unwrap()).unwrap();
        match self.call(&input) {
            Ok(output) => {
                let text = format!("\"{}\"", hex::encode_prefixed(output));
                Ok(RawValue::from_string(text).unwrap())
            }
            Err(data) => Err(Error::Refused {
                method: method.to_owned(),
                code: 3,
                message: "reverted".to_owned(),
                data: Some(data.into()),
            }),
        }
    }
}
