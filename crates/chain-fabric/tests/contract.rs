//! The driver passes the suite that every driver of a foreign chain passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod scripted;

use alloy_primitives::Bytes;
use civitas_chain_fabric::{Config, FabricChain, KeyPair};
use civitas_foreign_chain_contract::{self as suite, Fault, Peer, TrueBlock};
use civitas_ports::{FinalityClass, ForeignChain, ForeignError};
use scripted::{CHANNEL, Channel};
use std::{sync::Arc, time::Duration};

fn config(channel: &Channel, urls: Vec<String>) -> Config {
    Config {
        urls,
        // Long enough for a loaded machine, short enough for a test that waits for it.
        request_time_max: Duration::from_millis(3_000),
        // Less than a flood, and more than twice what 256 headers come with.
        response_bytes_max: 1024 * 1024 * 3 / 2,
        rest: Duration::ZERO,
        ..channel.config()
    }
}

struct Scripted(Channel);

impl Peer for Scripted {
    fn chain(&self) -> String {
        format!("fabric:{CHANNEL}")
    }

    fn proves_outcomes(&self) -> bool {
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
        0
    }

    fn misbehave(&mut self, endpoint: usize, fault: Option<Fault>) {
        self.0.misbehave(endpoint, fault);
    }

    fn connect(&self, endpoints: &[usize], finality: FinalityClass) -> Arc<dyn ForeignChain> {
        let urls = endpoints.iter().map(|endpoint| self.0.url(*endpoint)).collect();
        let config = Config {
            finality,
            ..config(&self.0, urls)
        };
        FabricChain::connect(config).unwrap()
    }

    fn new_transaction(&mut self) -> Bytes {
        self.0.new_transaction()
    }
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            suite::$test(&mut Scripted(Channel::start().await)).await;
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
    suite::follows_through_anything(&mut Scripted(Channel::start().await), 1).await;
}

#[tokio::test]
async fn settings_are_checked() {
    let channel = Channel::start().await;
    let local = || vec![channel.url(0)];
    assert!(FabricChain::connect(config(&channel, local())).is_ok());
    type Change = fn(&mut Config);
    let changes: [Change; 9] = [
        |config| config.urls.clear(),
        |config| config.urls = vec!["http://127.0.0.1".to_owned()],
        |config| config.urls = vec!["grpc://".to_owned()],
        // Nobody who signs certificates of peers.
        |config| config.urls = vec!["grpcs://127.0.0.1".to_owned()],
        |config| config.chain = "fabric:another".to_owned(),
        |config| {
            config.channel = "another".to_owned();
            config.chain = "fabric:another".to_owned();
        },
        |config| config.config_block.truncate(100),
        |config| config.identity.key = b"no key".to_vec(),
        |config| {
            config.tls = Some(KeyPair {
                certificate: vec![],
                key: vec![],
            });
        },
    ];
    for (change, index) in changes.iter().zip(0..) {
        let mut config = config(&channel, local());
        change(&mut config);
        assert!(FabricChain::connect(config).is_err(), "change {index}");
    }
}

/// A block with more transactions than the driver takes is refused with its number.
#[tokio::test]
async fn huge_blocks_are_bounded() {
    let channel = Channel::start().await;
    channel.mine(40);
    let small = |transactions_max| {
        let config = Config {
            transactions_max,
            ..config(&channel, vec![channel.url(0)])
        };
        FabricChain::connect(config).unwrap()
    };
    let refused = small(39).block(1).await.unwrap_err();
    assert!(matches!(refused, ForeignError::TooLarge { .. }));
    assert!(refused.to_string().contains("40 transactions"), "{refused}");
    assert!(small(40).block(1).await.is_ok());
}
