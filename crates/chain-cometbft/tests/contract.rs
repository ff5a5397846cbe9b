//! The driver passes the suite that every driver of a foreign chain passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use alloy_primitives::{B256, Bytes};
use civitas_chain_cometbft::{CometbftChain, Config, caip2, check};
use civitas_foreign_chain_contract::{
    self as suite, Fault, Peer, TrueBlock,
    cometbft::{CHAIN_ID, Cometbft},
};
use civitas_light::{
    cometbft::{Cometbft as Engine, CometbftError, CometbftEvidence, CometbftTrust},
    engine::Engine as _,
};
use civitas_ports::{FinalityClass, ForeignBlock, ForeignChain, ForeignError};
use prost::Message as _;
use std::{sync::Arc, time::Duration};
use tendermint_proto::v0_38::types::LightBlock;

struct Scripted(Cometbft);

fn config(urls: Vec<String>, finality: FinalityClass) -> Config {
    Config {
        // Long enough for a loaded machine, short enough for a test that waits for it.
        request_time_max: Duration::from_millis(3_000),
        response_bytes_max: 1024 * 1024,
        rest: Duration::ZERO,
        ..Config::new(&caip2(CHAIN_ID), urls, finality)
    }
}

impl Peer for Scripted {
    fn chain(&self) -> String {
        caip2(CHAIN_ID)
    }

    fn first_height(&self) -> u64 {
        1
    }

    fn unproven(&self) -> u64 {
        1
    }

    fn proves_events(&self) -> bool {
        false
    }

    fn is_replaceable(&self) -> bool {
        false
    }

    fn mine(&mut self, transactions: usize) {
        self.0.mine(transactions);
    }

    fn reorganise(&mut self, _depth: u64) {
        unreachable!("its blocks are never replaced");
    }

    fn height(&self) -> u64 {
        self.0.height()
    }

    fn truth(&self, height: u64) -> TrueBlock {
        self.0.truth(height)
    }

    fn final_lag(&self) -> u64 {
        1
    }

    fn misbehave(&mut self, endpoint: usize, fault: Option<Fault>) {
        self.0.misbehave(endpoint, fault);
    }

    fn connect(&self, endpoints: &[usize], finality: FinalityClass) -> Arc<dyn ForeignChain> {
        let urls = endpoints.iter().map(|endpoint| self.0.url(*endpoint)).collect();
        CometbftChain::connect(config(urls, finality)).unwrap()
    }

    fn new_transaction(&mut self) -> Bytes {
        self.0.new_transaction()
    }
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            suite::$test(&mut Scripted(Cometbft::start().await)).await;
        }
    )*};
}

suite!(
    gives_what_the_chain_holds,
    gives_only_final_blocks,
    refuses_falsehoods,
    refuses_other_chains,
    turns_to_another_endpoint,
    ends_in_time,
    headers_join,
    submits_once,
);

#[tokio::test]
async fn follows_through_anything() {
    for seed in 1..=2 {
        suite::follows_through_anything(&mut Scripted(Cometbft::start().await), seed).await;
    }
}

#[tokio::test]
async fn settings_are_checked() {
    let local = || vec!["http://127.0.0.1".to_owned()];
    for (chain, urls) in [
        ("cosmos:a", vec![]),
        ("cosmos:a", vec!["ws://127.0.0.1".to_owned()]),
        ("cosmos:a", vec!["http://".to_owned()]),
        ("cosmos:a", vec!["http://127.0.0.1".to_owned(); 9]),
        ("eip155:1", local()),
        ("cosmos:", local()),
    ] {
        assert!(CometbftChain::connect(Config::new(chain, urls, FinalityClass::Instant)).is_err());
    }
}

/// A block with more transactions or events than the driver takes is refused with its number.
#[tokio::test]
async fn huge_blocks_are_bounded() {
    let chain = Cometbft::start().await;
    chain.mine(40);
    chain.mine(0);
    let small = |transactions_max, events_max| {
        let config = config(vec![chain.url(0)], FinalityClass::Instant);
        CometbftChain::connect(Config {
            transactions_max,
            events_max,
            ..config
        })
        .unwrap()
    };
    for (driver, told) in [(small(39, 1_000), "40 transactions"), (small(40, 3), "events")] {
        let refused = driver.block(2).await.unwrap_err();
        assert!(matches!(refused, ForeignError::TooLarge { .. }));
        assert!(refused.to_string().contains(told), "{refused}");
    }
    assert!(small(40, 1_000).block(2).await.is_ok());
}

/// What the driver gives about votes leads on by the rules of light clients, from block to block and over several.
#[tokio::test]
async fn votes_lead_on() {
    let chain = Cometbft::start().await;
    for _ in 0..9 {
        chain.mine(1);
    }
    let driver = CometbftChain::connect(config(vec![chain.url(0)], FinalityClass::Instant)).unwrap();
    let mut blocks = Vec::new();
    for height in 1..=9 {
        let state = driver.consensus_state(height).await.unwrap();
        let raw = LightBlock::decode(state.evidence.as_ref()).unwrap();
        let set = raw.validator_set.unwrap().encode_to_vec();
        blocks.push((state, set));
    }
    let engine = Engine {
        trusting_seconds: 1_000_000,
        drift_seconds_max: 0,
    };
    let root = engine.root(&blocks[0].0.evidence).unwrap();
    let follow = |trust: &CometbftTrust, to: usize, named: &[u8]| {
        let evidence = CometbftEvidence {
            light_block: blocks[to].0.evidence.to_vec(),
            trusted_validators: named.to_vec(),
        };
        engine.advance(trust, &evidence, 900_000)
    };
    let mut trust = root.clone();
    for (next, (state, _)) in blocks.iter().enumerate().skip(1) {
        trust = follow(&trust, next, &[]).unwrap();
        assert_eq!((trust.height, trust.hash), (state.height, state.hash));
    }
    // Three of four validators are still there.
    let far = follow(&root, 3, &blocks[1].1).unwrap();
    assert_eq!(far.hash, blocks[3].0.hash);
    // One of four is not more than a third.
    let refused = follow(&root, 8, &blocks[1].1);
    assert!(matches!(refused, Err(CometbftError::NoOverlap(_))), "{refused:?}");
}

/// A block that comes from a file is checked by what its own header binds.
#[tokio::test]
async fn a_block_from_elsewhere_is_checked() {
    let chain = Cometbft::start().await;
    chain.mine(5);
    chain.mine(0);
    let driver = CometbftChain::connect(config(vec![chain.url(0)], FinalityClass::Instant)).unwrap();
    let truth = driver.block(2).await.unwrap();
    assert_eq!(check(&truth), Ok(()));
    type Change = fn(&mut ForeignBlock);
    let changes: [Change; 10] = [
        |block| block.header.height += 1,
        |block| block.header.hash = B256::repeat_byte(1),
        |block| block.header.parent = B256::repeat_byte(1),
        |block| block.header.timestamp += 1,
        |block| block.header.raw = Bytes::from_static(b"no header"),
        |block| drop(block.transactions.pop()),
        |block| block.transactions.swap(0, 1),
        |block| block.transactions[0].input = Bytes::from_static(b"another"),
        |block| block.transactions[0].hash = B256::repeat_byte(1),
        |block| block.transactions[1].sender = Some(Bytes::from_static(b"somebody")),
    ];
    for (change, index) in changes.iter().zip(0..) {
        let mut block = truth.clone();
        change(&mut block);
        assert!(check(&block).is_err(), "change {index}");
    }
}
