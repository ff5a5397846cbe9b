//! Foreign chains in the index, on SQLite and on PostgreSQL: exactly what was anchored, the same after any interruption, and
//! never what a gateway made up.

use crate::{
    attested::{self, Anchoring, CHAIN, Gateway, Lie, reported},
    databases::{Folder, Postgres},
    generated::{self, City, account, token},
    stops::interrupt,
};
use alloy_primitives::{B256, U256};
use civitas_indexer::{
    BatchSource, ChainFollower, Error, Store,
    read::{BlockKey, ContractOrigin, EventFilter, PageRequest, TransactionFilter, TransferFilter},
};
use std::sync::Arc;

const SMALL: City = City {
    blocks: 32,
    block_transactions: 60,
    accounts: 100,
    broken_at: None,
};

fn honest(name: &str) -> Arc<dyn BatchSource> {
    Arc::new(Gateway::new(name, &SMALL, 0, None))
}

async fn follower(store: &Store, gateways: Vec<Arc<dyn BatchSource>>) -> ChainFollower {
    let main = Arc::new(Anchoring::of(&SMALL, 0));
    ChainFollower::begin(store.clone(), main, gateways, attested::id())
        .await
        .unwrap()
}

async fn complete(store: &Store, gateways: Vec<Arc<dyn BatchSource>>) -> ChainFollower {
    let mut follower = follower(store, gateways).await;
    let progress = follower.catch_up(|_| {}).await.unwrap();
    assert_eq!((progress.indexed, progress.head), (Some(32), 32));
    follower
}

/// What the index of the chain is, wherever and however it is built.
async fn reference() -> B256 {
    let folder = Folder::new();
    let store = Store::open(&folder.sqlite()).await.unwrap();
    complete(&store, vec![honest("a")]).await;
    let digest = store.digest().await.unwrap();
    store.close().await;
    digest
}

async fn tells_what_was_anchored(url: &str) {
    let store = Store::open(url).await.unwrap();
    complete(&store, vec![honest("a")]).await;
    let read = store.reader();
    let ledger = read.ledger(CHAIN).await.unwrap().unwrap();
    assert_eq!((ledger.chain_id, ledger.indexed), (0, Some(32)));
    assert_eq!(ledger.transactions, SMALL.transactions());
    let foreign = ledger.foreign.unwrap();
    assert_eq!((foreign.batches, foreign.threshold, foreign.gateways), (4, 2, 3));
    assert_eq!((foreign.id, foreign.start_height), (attested::id(), 0));
    for ((of, holder), amount) in SMALL.model() {
        let page = PageRequest::default();
        let balances = read.balances(CHAIN, holder, &page).await.unwrap().items;
        let held = balances.iter().find(|balance| balance.token == of).unwrap();
        assert_eq!(held.amount, U256::from(amount));
    }
    let coin = read.token(CHAIN, token(1)).await.unwrap().unwrap();
    assert_eq!((coin.holders, coin.inconsistent), (100, false));
    // Nobody attests what a token calls itself.
    assert_eq!((coin.name, coin.symbol, coin.decimals), (None, None, None));
    let anchored = read.anchored(CHAIN, 9).await.unwrap().unwrap();
    assert_eq!(
        (anchored.from_height, anchored.to_height, anchored.number),
        (9, 16, 1)
    );
    assert_eq!((anchored.agreed, anchored.gateways), (2, 3));
    assert_eq!(read.anchored(CHAIN, 33).await.unwrap(), None);
    let block = read.block(CHAIN, BlockKey::Number(9)).await.unwrap().unwrap();
    assert_eq!(block.hash, generated::block_hash(9));
    // A contract at the address of a system contract is none here.
    let page = PageRequest::default();
    let contracts = read.contracts(CHAIN, &page).await.unwrap().items;
    assert!(
        contracts
            .iter()
            .all(|contract| contract.origin != ContractOrigin::System)
    );
    let events = EventFilter {
        contract: Some(civitas_system_contracts::address::ORGANISATIONS),
        ..EventFilter::default()
    };
    let events = read.events(CHAIN, &events, &page).await.unwrap().items;
    assert!(!events.is_empty() && events.iter().all(|event| event.decoded.is_none()));
    store.close().await;
}

/// Fifty times, the work is dropped at another moment, in the middle of writing too.
async fn is_the_same_after_fifty_stops(url: &str, reference: B256) {
    let store = Store::open(url).await.unwrap();
    let mut stops = 0;
    for round in 0..50_usize {
        let mut follower = follower(&store, vec![honest("a"), honest("b")]).await;
        let polls = 1 + 2 * round;
        let is_done = tokio::task::block_in_place(|| interrupt(follower.catch_up(|_| {}), polls));
        stops += usize::from(!is_done);
    }
    assert!(stops > 5, "only {stops} of fifty were stops");
    complete(&store, vec![honest("b")]).await;
    assert_eq!(store.digest().await.unwrap(), reference);
    store.close().await;
}

/// Two indexers at one database give way to one another, and count nothing twice.
async fn two_at_one_database_count_once(url: &str, reference: B256) {
    let store = Store::open(url).await.unwrap();
    let mut one = follower(&store, vec![honest("a")]).await;
    let mut other = follower(&store, vec![honest("b")]).await;
    let work = async |follower: &mut ChainFollower| {
        loop {
            match follower.catch_up(|_| {}).await {
                Err(Error::Overtaken { .. }) => {}
                done => break done.unwrap(),
            }
        }
    };
    tokio::join!(work(&mut one), work(&mut other));
    assert_eq!(store.digest().await.unwrap(), reference);
    store.close().await;
}

/// However a gateway lies, it is refused and named; an honest one beside it is enough, and alone it brings nothing.
async fn a_lie_is_refused_and_named(url: &str, reference: B256) {
    for lie in Lie::ALL {
        let liar: Arc<dyn BatchSource> = Arc::new(Gateway::new("liar", &SMALL, 0, Some(lie)));
        let folder = Folder::new();
        let alone = Store::open(&folder.sqlite()).await.unwrap();
        let refused = follower(&alone, vec![liar.clone()]).await.catch_up(|_| {}).await;
        let (from_height, refusals) = match refused {
            Err(Error::NoGateway {
                refusals,
                from_height,
                ..
            }) => (from_height, refusals),
            _ => (0, Vec::new()),
        };
        assert_eq!((from_height, refusals.len()), (17, 1), "{lie:?}");
        assert_eq!(
            (refusals[0].gateway.as_str(), refusals[0].is_false),
            ("liar", true),
            "{lie:?}"
        );
        // What was right before stays, and nothing of the false batch is there.
        let ledger = alone.reader().ledger(CHAIN).await.unwrap().unwrap();
        assert_eq!(ledger.indexed, Some(16), "{lie:?}");
        alone.close().await;
    }
    let store = Store::open(url).await.unwrap();
    let liar: Arc<dyn BatchSource> = Arc::new(Gateway::new("liar", &SMALL, 0, Some(Lie::Drops)));
    let follower = complete(&store, vec![liar, honest("honest")]).await;
    assert_eq!(follower.refusals().len(), 1);
    assert_eq!(follower.refusals()[0].gateway, "liar");
    assert_eq!(store.digest().await.unwrap(), reference);
    store.close().await;
}

/// A chain that is followed from later on: what moved is known, what accounts hold is not, and is not made up.
async fn without_its_beginning_nothing_is_made_up(url: &str) {
    let store = Store::open(url).await.unwrap();
    let main = Arc::new(Anchoring::of(&SMALL, 8));
    let gateway: Arc<dyn BatchSource> = Arc::new(Gateway::new("a", &SMALL, 8, None));
    let mut follower = ChainFollower::begin(store.clone(), main, vec![gateway], attested::id())
        .await
        .unwrap();
    let progress = follower.catch_up(|_| {}).await.unwrap();
    assert_eq!(progress.indexed, Some(32));
    let read = store.reader();
    let page = PageRequest::default();
    let all = TransferFilter::default();
    assert!(!read.transfers(CHAIN, &all, &page).await.unwrap().items.is_empty());
    assert_eq!(read.balances(CHAIN, account(3), &page).await.unwrap().items, []);
    let coin = read.token(CHAIN, token(1)).await.unwrap().unwrap();
    assert_eq!(
        (coin.holders, coin.supply, coin.inconsistent),
        (0, U256::ZERO, false)
    );
    assert_eq!(
        read.ledger(CHAIN)
            .await
            .unwrap()
            .unwrap()
            .foreign
            .unwrap()
            .start_height,
        8
    );
    assert_eq!(read.block(CHAIN, BlockKey::Number(8)).await.unwrap(), None);
    // The same chain from another block on is not the same index.
    let other = Arc::new(Anchoring::of(&SMALL, 0));
    let begun = ChainFollower::begin(store.clone(), other, vec![honest("a")], attested::id()).await;
    assert!(matches!(begun, Err(Error::Anchors { .. })));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_tells_what_was_anchored() {
    let folder = Folder::new();
    tells_what_was_anchored(&folder.sqlite()).await;
    without_its_beginning_nothing_is_made_up(&folder.sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_the_same_after_fifty_stops() {
    let folder = Folder::new();
    let reference = reference().await;
    is_the_same_after_fifty_stops(&folder.sqlite(), reference).await;
    two_at_one_database_count_once(&folder.sqlite(), reference).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_takes_no_lie() {
    let folder = Folder::new();
    a_lie_is_refused_and_named(&folder.sqlite(), reference().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_does_all_the_same() {
    let postgres = Postgres::start();
    let reference = reference().await;
    tells_what_was_anchored(&postgres.database().await).await;
    without_its_beginning_nothing_is_made_up(&postgres.database().await).await;
    is_the_same_after_fifty_stops(&postgres.database().await, reference).await;
    two_at_one_database_count_once(&postgres.database().await, reference).await;
    a_lie_is_refused_and_named(&postgres.database().await, reference).await;
}

/// A node of the main ledger that lies about an anchor is not believed either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anchors_must_join() {
    let folder = Folder::new();
    let store = Store::open(&folder.sqlite()).await.unwrap();
    let mut main = Anchoring::of(&SMALL, 0);
    main.anchors[2].batch.blocksRoot = B256::repeat_byte(1);
    let mut follower = ChainFollower::begin(store.clone(), Arc::new(main), vec![honest("a")], attested::id())
        .await
        .unwrap();
    let refused = follower.catch_up(|_| {}).await;
    assert!(matches!(refused, Err(Error::Anchors { .. })), "{refused:?}");
    assert_eq!(follower.indexed(), Some(16));
    let none = TransactionFilter {
        block: Some(17),
        ..TransactionFilter::default()
    };
    let page = PageRequest::default();
    assert_eq!(
        store
            .reader()
            .transactions(CHAIN, &none, &page)
            .await
            .unwrap()
            .items,
        []
    );
    // A file says what its first line says, even if that was never anchored: it is of another batch.
    assert!(reported(&SMALL, 1..=8).starts_with(b"{\"chain\":\"example:31337\""));
}
