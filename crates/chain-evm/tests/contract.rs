//! The driver passes the suite that every driver of a foreign chain passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use alloy_primitives::Bytes;
use civitas_chain_evm::{Config, EvmChain};
use civitas_foreign_chain_contract::{
    self as suite, Fault, Peer, TrueBlock,
    ethereum::{CHAIN_ID, Ethereum, FINAL_LAG},
};
use civitas_ports::{FinalityClass, ForeignChain};
use std::{sync::Arc, time::Duration};

struct Scripted(Ethereum);

impl Peer for Scripted {
    fn chain(&self) -> String {
        format!("eip155:{CHAIN_ID}")
    }

    fn mine(&mut self, transactions: usize) {
        self.0.mine(transactions);
    }

    fn reorganise(&mut self, depth: u64) {
        self.0.reorganise(depth);
    }

    fn height(&self) -> u64 {
        self.0.height()
    }

    fn truth(&self, height: u64) -> TrueBlock {
        self.0.truth(height)
    }

    fn final_lag(&self) -> u64 {
        FINAL_LAG
    }

    fn misbehave(&mut self, endpoint: usize, fault: Option<Fault>) {
        self.0.misbehave(endpoint, fault);
    }

    fn connect(&self, endpoints: &[usize], finality: FinalityClass) -> Arc<dyn ForeignChain> {
        let urls = endpoints.iter().map(|endpoint| self.0.url(*endpoint)).collect();
        EvmChain::connect(Config {
            // Long enough for a loaded machine, short enough for a test that waits for it.
            request_time_max: Duration::from_millis(3_000),
            response_bytes_max: 1024 * 1024,
            rest: Duration::ZERO,
            ..Config::new(CHAIN_ID, urls, finality)
        })
        .unwrap()
    }

    fn new_transaction(&mut self) -> Bytes {
        self.0.new_transaction()
    }
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            suite::$test(&mut Scripted(Ethereum::start().await)).await;
        }
    )*};
}

suite!(
    gives_what_the_chain_holds,
    gives_only_final_blocks,
    survives_reorganisations,
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
        suite::follows_through_anything(&mut Scripted(Ethereum::start().await), seed).await;
    }
}

#[tokio::test]
async fn settings_are_checked() {
    for urls in [
        vec![],
        vec!["ftp://127.0.0.1".to_owned()],
        vec!["http://127.0.0.1".to_owned(); 9],
    ] {
        assert!(EvmChain::connect(Config::new(1, urls, FinalityClass::Instant)).is_err());
    }
}

/// A block with more transactions than the driver takes is refused with its number.
#[tokio::test]
async fn huge_blocks_are_bounded() {
    let chain = Ethereum::start().await;
    chain.mine(40);
    let driver = EvmChain::connect(Config {
        transactions_max: 39,
        ..Config::new(CHAIN_ID, vec![chain.url(0)], FinalityClass::Instant)
    })
    .unwrap();
    let refused = driver.block(1).await.unwrap_err();
    assert!(refused.to_string().contains("40 transactions"), "{refused}");
}
