//! Gateways over a scripted chain and a main ledger that runs the real system contract.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod city;
mod served;

use city::{City, Folder, gateway, start, terms};
use civitas_foreign_chain_contract::{
    Fault,
    ethereum::{CHAIN_ID, Ethereum},
};
use civitas_gateway::{
    Gateway, GatewayError, Progress,
    archive::{BatchLine, BlockLine},
    batch::Builder,
};
use civitas_ports::{FinalityClass, ForeignChain as _, ForeignError};
use std::path::Path;

/// Steps until a gateway has nothing to do; the ledger makes a block after each.
async fn settle(gateway: &mut Gateway, city: &City) -> Result<Progress, GatewayError> {
    for _ in 0..10_000 {
        let progress = gateway.step().await?;
        city.mine();
        if matches!(
            progress,
            Progress::WaitsForChain { .. } | Progress::WaitsForOthers { .. }
        ) {
            return Ok(progress);
        }
    }
    panic!("it never comes to rest")
}

/// What stands on the ledger is what the chain holds: heights, hashes, counts and roots, by an honest driver.
async fn assert_anchored(chain: &Ethereum, city: &City, batches: u64) {
    let anchors = city.anchors();
    assert_eq!(anchors.len() as u64, batches);
    let config = civitas_chain_evm::Config::new(CHAIN_ID, vec![chain.url(1)], FinalityClass::Instant);
    let driver = civitas_chain_evm::EvmChain::connect(config).unwrap();
    let (mut next, mut parent) = (1, chain.truth(0).hash);
    for anchor in anchors {
        let mut builder = Builder::new(next, parent);
        for height in next..=anchor.batch.toHeight {
            builder.push(&driver.block(height).await.unwrap()).unwrap();
        }
        assert_eq!(builder.finish(), anchor.batch);
        (next, parent) = (anchor.batch.toHeight + 1, anchor.batch.lastHash);
    }
}

/// The archive holds exactly the anchored batches, and every block and event of them.
fn assert_archived(chain: &Ethereum, city: &City, folder: &Path) {
    let batches = folder.join(format!("eip155-{CHAIN_ID}/batches"));
    let mut names: Vec<_> = std::fs::read_dir(&batches)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let anchors = city.anchors();
    assert_eq!(names.len(), anchors.len(), "{names:?}");
    for (name, anchor) in names.iter().zip(anchors) {
        let text = std::fs::read_to_string(name).unwrap();
        let mut lines = text.lines();
        let head: BatchLine = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(head.blocks_root, anchor.batch.blocksRoot);
        let mut height = anchor.batch.fromHeight;
        for line in lines {
            let block: BlockLine = serde_json::from_str(line).unwrap();
            let truth = chain.truth(height);
            assert_eq!((block.height, block.hash), (height, truth.hash));
            let events: Vec<usize> = block.transactions.iter().map(|item| item.events.len()).collect();
            let expected: Vec<usize> = truth.transactions.iter().map(|item| item.events.len()).collect();
            assert_eq!(events, expected);
            height += 1;
        }
        assert_eq!(height, anchor.batch.toHeight + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_reports_every_batch_once() {
    let (chain, city) = start().await;
    let folder = Folder::new("one");
    let mut gateway = gateway(1, &folder.0, &city, vec![chain.url(0)]);
    let nothing = gateway.step().await;
    assert!(
        matches!(nothing, Err(GatewayError::NotFollowed { .. })),
        "{nothing:?}"
    );
    city.follow(terms(1, 1, 4));
    for transactions in 0..14 {
        chain.mine(transactions % 5);
    }
    // Blocks 1 to 12 are final: three batches.
    let rest = settle(&mut gateway, &city).await.unwrap();
    assert_eq!(
        rest,
        Progress::WaitsForChain {
            to_height: 16,
            finalized: Some(12)
        }
    );
    assert_anchored(&chain, &city, 3).await;
    assert_archived(&chain, &city, &folder.0);
    assert_eq!((city.transactions(1), city.standing(1).reports), (3, 3));
    // Smaller batches from now on.
    city.amend(terms(1, 1, 1));
    for _ in 0..3 {
        chain.mine(2);
    }
    settle(&mut gateway, &city).await.unwrap();
    assert_anchored(&chain, &city, 6).await;
    assert_eq!(city.transactions(1), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_it_loses_and_doubles_nothing() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 2));
    let folder = Folder::new("killed");
    let urls = || vec![chain.url(0)];
    let mut made = 0_u32;
    let mut deaths = 0_u32;
    // Every process of the gateway may ask the ledger one question more than the one before, and dies; sends get lost.
    while city.state().batchCount < 30 {
        made += 1;
        assert!(made < 3_000, "only {} batches", city.state().batchCount);
        if chain.height() < 62 + 2 {
            chain.mine(made as usize % 4);
        }
        city.answer(Some(made % 9));
        city.lose(u32::from(made.is_multiple_of(3)));
        let mut process = gateway(1, &folder.0, &city, urls());
        for _ in 0..(1 + made % 4) {
            // A step that is cut off in the middle, as a kill would.
            let step = tokio::time::timeout(
                std::time::Duration::from_micros(u64::from(made % 7) * 3_000 + 10),
                process.step(),
            );
            if !matches!(step.await, Ok(Ok(_))) {
                deaths += 1;
                break;
            }
        }
        if made.is_multiple_of(2) {
            city.mine();
        }
        city.answer(None);
    }
    assert!(deaths > 30, "only {deaths} deaths");
    let mut process = gateway(1, &folder.0, &city, urls());
    settle(&mut process, &city).await.unwrap();
    let batches = city.state().batchCount;
    assert_anchored(&chain, &city, batches).await;
    assert_archived(&chain, &city, &folder.0);
    let standing = city.standing(1);
    assert_eq!((standing.reports, standing.contradictions), (batches, 0));
    assert_eq!(city.transactions(1), batches, "no report was executed twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_gateways_agree_and_a_silent_one_is_behind() {
    let (chain, city) = start().await;
    city.follow(terms(3, 5, 2));
    let folders: Vec<Folder> = (1..=5)
        .map(|number| Folder::new(&format!("several-{number}")))
        .collect();
    let open = |number: u8| {
        gateway(
            number,
            &folders[usize::from(number) - 1].0,
            &city,
            vec![chain.url(0)],
        )
    };
    let mut active: Vec<Gateway> = (1..=4).map(open).collect();
    for transactions in 0..12 {
        chain.mine(transactions % 4);
    }
    for _ in 0..200 {
        for gateway in &mut active {
            gateway.step().await.unwrap();
        }
        city.mine();
    }
    assert_anchored(&chain, &city, 5).await;
    for number in 1..=4 {
        let standing = city.standing(number);
        assert_eq!(
            (standing.lastBatch, standing.contradictions),
            (5, 0),
            "gateway {number}"
        );
        assert_eq!(
            city.transactions(number),
            standing.reports,
            "gateway {number} reported nothing twice"
        );
    }
    let agreed: Vec<u8> = city.anchors().iter().map(|anchor| anchor.agreed).collect();
    assert_eq!(agreed, [4; 5], "one more than needed confirmed each");
    // The fifth was silent, and shows it; it begins with the next batch.
    assert_eq!(city.standing(5).lastBatch, 0);
    let mut fifth = open(5);
    chain.mine(1);
    chain.mine(1);
    settle(&mut fifth, &city).await.unwrap();
    assert!(!city.standing(5).digest.is_zero());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_of_one_gateway_do_no_double_work() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 2));
    let (one, two) = (Folder::new("twin-1"), Folder::new("twin-2"));
    let mut first = gateway(1, &one.0, &city, vec![chain.url(0)]);
    let mut second = gateway(1, &two.0, &city, vec![chain.url(1)]);
    for transactions in 0..22 {
        chain.mine(transactions % 4);
    }
    for round in 0..200 {
        // Both may be about to report the same batch: one of them is refused, or finds its nonce used.
        let _ = first.step().await;
        let _ = second.step().await;
        if round % 2 == 0 {
            city.mine();
        }
    }
    assert_anchored(&chain, &city, 10).await;
    let standing = city.standing(1);
    assert_eq!((standing.reports, standing.contradictions), (10, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lying_endpoint_gets_nothing_onto_the_ledger() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 2));
    let folder = Folder::new("lies");
    let mut gateway = gateway(1, &folder.0, &city, vec![chain.url(0)]);
    for _ in 0..4 {
        chain.mine(9);
    }
    for fault in Fault::LIES {
        chain.misbehave(0, Some(fault));
        let result = gateway.step().await;
        assert!(
            matches!(&result, Err(GatewayError::Chain(ForeignError::False { .. }))),
            "{fault:?}: {result:?}"
        );
        city.mine();
        assert_eq!(city.state().batchCount, 0, "{fault:?}");
    }
    chain.misbehave(0, None);
    settle(&mut gateway, &city).await.unwrap();
    assert_anchored(&chain, &city, 1).await;
    assert_archived(&chain, &city, &folder.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_below_what_was_final_is_never_reported() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 2));
    let folder = Folder::new("fork");
    let mut gateway = gateway(1, &folder.0, &city, vec![chain.url(0)]);
    for _ in 0..6 {
        chain.mine(1);
    }
    settle(&mut gateway, &city).await.unwrap();
    let before = city.state();
    assert_eq!(before.batchCount, 2);
    // Deeper than the depth that the terms call final.
    chain.reorganise(4);
    for _ in 0..2 {
        chain.mine(1);
    }
    for _ in 0..3 {
        let result = gateway.step().await;
        assert!(
            matches!(&result, Err(GatewayError::Fork { height: 5, expected, .. }) if *expected == before.lastHash),
            "{result:?}"
        );
        city.mine();
    }
    assert_eq!(city.state(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_named_reports_nothing() {
    let (chain, city) = start().await;
    city.follow(terms(1, 1, 2));
    for _ in 0..6 {
        chain.mine(1);
    }
    let folder = Folder::new("stranger");
    let mut stranger = gateway(2, &folder.0, &city, vec![chain.url(0)]);
    let result = stranger.step().await;
    assert!(
        matches!(result, Err(GatewayError::NotAppointed { .. })),
        "{result:?}"
    );
    city.mine();
    assert_eq!(city.transactions(2), 0);
}
