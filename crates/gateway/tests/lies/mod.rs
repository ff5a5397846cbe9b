//! One event in very many is dropped, invented, reordered or repeated: by an endpoint, by a gateway, in the file of a batch.
//! Every one of these is caught where it first can be, and nothing else is.

use crate::city::{City, Folder, account, driver_config, gateway_with, terms};
use civitas_chain_evm::EvmChain;
use civitas_foreign_chain_contract::{
    Fault, Lie,
    ethereum::{CHAIN_ID, Ethereum},
};
use civitas_gateway::{Drivers, Gateway, Progress, archive::Reported};
use civitas_ports::{
    BoxFuture, ConsensusState, FinalityClass, ForeignBlock, ForeignChain, ForeignError, ForeignEvent,
    ForeignHead, ForeignHeader,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use std::{path::Path, sync::Arc};

/// Transactions of a block, of which one in seven fails and has no events.
const TRANSACTIONS: u64 = 14;
/// Events of each other transaction.
const EVENTS: u64 = 42;
/// Events of a block.
const BLOCK_EVENTS: u64 = (TRANSACTIONS - TRANSACTIONS / 7) * EVENTS;
/// Blocks of a batch, and above a final one.
const BATCH_BLOCKS: u64 = 8;
const DEPTH: u64 = 2;
/// What is done to one event.
const KINDS: [Fault; 4] = [
    Fault::DropEvent,
    Fault::InventEvent,
    Fault::SwapEvents,
    Fault::RepeatEvent,
];

/// One lie of each kind, each in a batch of its own.
fn lies(batches: u64, chance: &mut StdRng) -> Vec<Lie> {
    let step = batches / KINDS.len() as u64;
    let place = |(fault, number): (&Fault, u64)| Lie {
        height: 1
            + (number * step + chance.random_range(0..step)) * BATCH_BLOCKS
            + chance.random_range(0..BATCH_BLOCKS),
        transaction: usize::try_from(chance.random_range(0..TRANSACTIONS)).unwrap(),
        fault: *fault,
    };
    KINDS.iter().zip(0..).map(place).collect()
}

/// Changes one event of a block as a lie says.
fn lie_about(block: &mut ForeignBlock, lie: Lie) {
    let count = block.transactions.len();
    let mut places = (lie.transaction..count).chain(0..lie.transaction);
    let place = places
        .find(|place| block.transactions[*place].events.len() > 1)
        .unwrap();
    let events = &mut block.transactions[place].events;
    let middle = events.len() / 2;
    let again: ForeignEvent = events[middle].clone();
    match lie.fault {
        Fault::DropEvent => drop(events.remove(middle)),
        Fault::SwapEvents => events.swap(middle, middle - 1),
        Fault::RepeatEvent => events.insert(middle, again),
        _ => events.insert(
            middle,
            ForeignEvent {
                data: b"never".as_slice().into(),
                ..again
            },
        ),
    }
    let all = block
        .transactions
        .iter_mut()
        .flat_map(|transaction| &mut transaction.events);
    for (event, index) in all.zip(0..) {
        event.index = index;
    }
}

/// The driver of a gateway that lies.
struct Liar {
    chain: Arc<dyn ForeignChain>,
    lies: Vec<Lie>,
}

impl ForeignChain for Liar {
    fn chain(&self) -> &str {
        self.chain.chain()
    }

    fn finality(&self) -> FinalityClass {
        self.chain.finality()
    }

    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>> {
        self.chain.head()
    }

    fn headers(&self, from: u64, count: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>> {
        self.chain.headers(from, count)
    }

    fn block(&self, height: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>> {
        Box::pin(async move {
            let mut block = self.chain.block(height).await?;
            for lie in self.lies.iter().filter(|lie| lie.height == height) {
                lie_about(&mut block, *lie);
            }
            Ok(block)
        })
    }

    fn consensus_state(&self, height: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>> {
        self.chain.consensus_state(height)
    }

    fn submit(
        &self,
        transaction: alloy_primitives::Bytes,
    ) -> BoxFuture<'_, Result<alloy_primitives::B256, ForeignError>> {
        self.chain.submit(transaction)
    }
}

/// A driver of an endpoint.
fn driver(chain: &Ethereum, endpoint: usize, finality: FinalityClass) -> Arc<dyn ForeignChain> {
    EvmChain::connect(driver_config(vec![chain.url(endpoint)], finality)).unwrap()
}

/// Lets one in so many events be false, everywhere, with places by a seed. Gives the number of events.
pub async fn one_in(events: u64, seed: u64) -> u64 {
    let mut chance = StdRng::seed_from_u64(seed);
    let batches = events
        .div_ceil(BLOCK_EVENTS * BATCH_BLOCKS)
        .max(KINDS.len() as u64);
    let chain = Ethereum::start().await;
    chain.modernise();
    let height = batches * BATCH_BLOCKS + DEPTH;
    for _ in 0..height {
        chain.mine_events(usize::try_from(TRANSACTIONS).unwrap(), EVENTS);
    }
    let lies = lies(batches, &mut chance);
    let told = format!("seed {seed}, {lies:?}");
    endpoint_is_caught(&chain, height, &lies, &told).await;
    let folder = Folder::new(&format!("completeness-{seed}-{events}"));
    gateway_is_outvoted(&chain, batches, &lies, &folder.0, &told).await;
    batches * BATCH_BLOCKS * BLOCK_EVENTS
}

/// An endpoint that lies about four events: exactly their blocks are refused, all others are given whole.
async fn endpoint_is_caught(chain: &Ethereum, height: u64, lies: &[Lie], told: &str) {
    chain.lie_at(lies.to_vec());
    chain.misbehave(0, Some(Fault::Seldom));
    let driver = driver(chain, 0, FinalityClass::Instant);
    for height in 1..=height {
        let found = driver.block(height).await;
        if lies.iter().any(|lie| lie.height == height) {
            assert!(
                matches!(&found, Err(ForeignError::False { height: named, .. }) if *named == height),
                "{told}: block {height} is {found:?}"
            );
        } else {
            assert_eq!(found.unwrap().event_count() as u64, BLOCK_EVENTS, "{told}");
        }
    }
    chain.misbehave(0, None);
}

/// Of three gateways one lies about four events, whoever is first: what the other two say is anchored, the lies are
/// counted, and who reads a batch takes the file of an honest one alone.
async fn gateway_is_outvoted(chain: &Ethereum, batches: u64, lies: &[Lie], folder: &Path, told: &str) {
    let city = City::new(chain.truth(0).hash);
    city.follow(terms(2, 3, u32::try_from(BATCH_BLOCKS).unwrap()));
    let url = chain.url(1);
    let honest: Drivers =
        Arc::new(move |_, finality| Ok(EvmChain::connect(driver_config(vec![url.clone()], finality))?));
    let (url, false_places) = (chain.url(1), lies.to_vec());
    let lying: Drivers = Arc::new(move |_, finality| {
        Ok(Arc::new(Liar {
            chain: EvmChain::connect(driver_config(vec![url.clone()], finality))?,
            lies: false_places.clone(),
        }))
    });
    let folders: Vec<_> = (1..=3).map(|number| folder.join(number.to_string())).collect();
    let mut gateways: Vec<Gateway> = [lying, honest.clone(), honest]
        .into_iter()
        .zip(1_u8..)
        .map(|(drivers, number)| gateway_with(&city, &folders[usize::from(number) - 1], number, drivers))
        .collect();
    let mut resting = 0;
    while resting < gateways.len() {
        resting = 0;
        for gateway in &mut gateways {
            let progress = gateway.step().await.unwrap();
            city.mine();
            resting += usize::from(matches!(progress, Progress::WaitsForChain { .. }));
        }
    }
    let anchors = city.anchors();
    assert_eq!(anchors.len() as u64, batches, "{told}");
    let contradictions: Vec<u64> = (1..=3)
        .map(|number| city.standing(number).contradictions)
        .collect();
    assert_eq!(contradictions, [KINDS.len() as u64, 0, 0], "{told}");
    for anchor in &anchors {
        let batch = &anchor.batch;
        assert_eq!(batch.events, BATCH_BLOCKS * BLOCK_EVENTS, "{told}");
        let is_false = lies
            .iter()
            .find(|lie| (batch.fromHeight..=batch.toHeight).contains(&lie.height));
        let file = |number: usize| std::fs::read(path(&folders[number - 1], batch.fromHeight)).unwrap();
        let read = Reported::read(&file(2)).unwrap();
        assert_eq!(read.batch.batch(), *batch, "{told}");
        // A liar's file holds what it says, and it is not what was agreed on.
        let other = Reported::read(&file(1)).map(|read| read.batch.batch());
        assert_eq!(
            other.is_ok_and(|other| other == *batch),
            is_false.is_none(),
            "{told}: {is_false:?}"
        );
        if let Some(lie) = is_false {
            for fault in KINDS {
                let file = tampered(&file(3), Lie { fault, ..*lie });
                assert!(Reported::read(&file).is_err(), "{told}: {fault:?} in a file");
            }
        }
    }
    assert_eq!(city.standing(3).lastBatch, batches, "{told} {}", account(3));
}

fn path(folder: &Path, height: u64) -> std::path::PathBuf {
    folder.join(format!("eip155-{CHAIN_ID}/batches/{height:020}.jsonl"))
}

/// A file with a lie in it whose first line stays.
fn tampered(file: &[u8], lie: Lie) -> Vec<u8> {
    let text = std::str::from_utf8(file).unwrap();
    let lines = text.lines().map(|line| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        if value["height"] != lie.height {
            return line.to_owned();
        }
        let transactions = value["transactions"].as_array_mut().unwrap();
        let has_events = |value: &Value| value["events"].as_array().is_some_and(|events| events.len() > 1);
        let place = transactions.iter().position(has_events).unwrap();
        let events = transactions[place]["events"].as_array_mut().unwrap();
        match lie.fault {
            Fault::DropEvent => drop(events.pop()),
            Fault::SwapEvents => events.swap(0, 1),
            Fault::RepeatEvent => events.extend(events.last().cloned()),
            _ => {
                let mut never = events[0].clone();
                never["data"] = "0xdead".into();
                events.push(never);
            }
        }
        value.to_string()
    });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}
