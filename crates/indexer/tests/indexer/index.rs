//! The index of a made-up ledger, on SQLite and on PostgreSQL: complete, the same after any interruption, and paged
//! without loss.

use crate::{
    databases::{Folder, Postgres},
    generated::{self, City, Deed, account, serving::Served, token},
    stops::interrupt,
};
use alloy_primitives::{Address, B256, U256};
use civitas_indexer::{
    Error, FollowedLedger, Follower, Indexer, Lag, Reader, Store,
    read::{
        BlockKey, ContractOrigin, EntityFilter, EntityKind, Event, EventFilter, Flow, FlowFilter, Hit,
        Holding, Page, PageRequest, TransactionFilter, TransferFilter, Verified,
    },
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

const SMALL: City = City {
    blocks: 30,
    block_transactions: 100,
    accounts: 150,
    broken_at: None,
};

async fn follower(store: &Store, city: &City) -> Follower {
    Follower::begin(store.clone(), "main", Arc::new(city.clone()))
        .await
        .unwrap()
}

async fn complete(follower: &mut Follower) {
    follower.catch_up(|_| {}).await.unwrap();
    while !follower.describe().await.unwrap() {}
}

/// Indexes a city in one go.
async fn indexed(url: &str, city: &City) -> Store {
    let store = Store::open(url).await.unwrap();
    complete(&mut follower(&store, city).await).await;
    store
}

fn after<T>(page: &Page<T>, limit: u32) -> PageRequest {
    PageRequest {
        cursor: page.next.clone(),
        limit: Some(limit),
    }
}

fn first(limit: u32) -> PageRequest {
    PageRequest {
        cursor: None,
        limit: Some(limit),
    }
}

/// All items of a list, page by page.
async fn all<T, F: Future<Output = Result<Page<T>, Error>>>(
    limit: u32,
    ask: impl Fn(PageRequest) -> F,
) -> Vec<T> {
    let mut page = ask(first(limit)).await.unwrap();
    let mut items = std::mem::take(&mut page.items);
    while page.next.is_some() {
        page = ask(after(&page, limit)).await.unwrap();
        items.append(&mut page.items);
    }
    items
}

async fn tells_what_the_ledger_did(url: &str) {
    let store = indexed(url, &SMALL).await;
    let read = store.reader();
    let ledgers = read.ledgers().await.unwrap();
    assert_eq!(ledgers.len(), 1);
    assert_eq!(
        (ledgers[0].indexed, ledgers[0].chain_id),
        (Some(30), generated::CHAIN_ID)
    );
    assert_eq!(ledgers[0].transactions, SMALL.transactions());
    for ((of, holder), amount) in SMALL.model() {
        let balances = all(7, async |request| read.balances("main", holder, &request).await).await;
        let held = balances.iter().find(|balance| balance.token == of).unwrap();
        assert_eq!(held.amount, U256::from(amount));
    }
    let coin = read.token("main", token(1)).await.unwrap().unwrap();
    assert_eq!(
        (coin.name.as_deref(), coin.symbol.as_deref()),
        (Some("City Coin 1"), Some("CC1"))
    );
    assert_eq!(
        (coin.decimals, coin.holders, coin.inconsistent),
        (Some(1), 150, false)
    );
    assert_eq!(coin.supply, U256::from(150 * generated::GRANT));
    let hostile = read.token("main", token(0)).await.unwrap().unwrap().name.unwrap();
    assert_eq!(hostile.chars().count(), 64);
    assert!(!hostile.contains('\u{202e}'));
    let transaction = read
        .transaction("main", generated::transaction_hash(5))
        .await
        .unwrap()
        .unwrap();
    let decoded = transaction.decoded.unwrap();
    assert_eq!(decoded.signature, "mint(address,uint256)");
    assert_eq!(decoded.arguments[1].value, json!(generated::GRANT.to_string()));
    store.close().await;
}

async fn knows_contracts_and_registries(url: &str) {
    let store = indexed(url, &SMALL).await;
    let read = store.reader();
    let numbered = |wanted: fn(&Deed) -> bool| {
        (0..SMALL.transactions())
            .find(|number| wanted(&SMALL.deed(*number)))
            .unwrap()
    };
    let number = numbered(|deed| matches!(deed, Deed::Found { .. }));
    let founded = read
        .contract("main", generated::founded(number))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (founded.origin, founded.creator),
        (ContractOrigin::Contract, Some(generated::FACTORY))
    );
    assert_eq!(founded.transaction, Some(generated::transaction_hash(number)));
    let number = numbered(|deed| matches!(deed, Deed::Deploy { .. }));
    let deployed = read
        .contract("main", generated::deployed(number))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(deployed.origin, ContractOrigin::Transaction);
    assert!(deployed.code_hash.is_some() && !deployed.verified);
    let governance = civitas_system_contracts::address::GOVERNANCE;
    let governance = read.contract("main", governance).await.unwrap().unwrap();
    assert_eq!(
        (governance.origin, governance.name.as_deref()),
        (ContractOrigin::System, Some("Governance"))
    );
    assert!(governance.abi.is_some());
    let joined = (0..SMALL.transactions())
        .filter(|number| matches!(SMALL.deed(*number), Deed::Join { .. }))
        .count();
    let none = EntityFilter::default();
    let organisations = all(3, async |request| {
        read.entities(EntityKind::Organisation, &none, &request).await
    })
    .await;
    assert_eq!(organisations.len(), joined + 1);
    let oldest = organisations.last().unwrap();
    assert_eq!((oldest.name.as_str(), oldest.changed), ("The City Council", None));
    assert_eq!(oldest.detail["level"], json!("10"));
    let hits = read.search("city coun", 10).await.unwrap();
    assert!(
        matches!(
            &hits[..],
            [Hit::Entity {
                kind: EntityKind::Organisation,
                ..
            }]
        ),
        "{hits:?}"
    );
    assert!(matches!(
        &read.search("coin 2", 10).await.unwrap()[..],
        [Hit::Token { .. }]
    ));
    assert!(matches!(&read.search("%", 10).await.unwrap()[..], []));
    assert!(matches!(
        &read.search("7", 10).await.unwrap()[0],
        Hit::Block { number: 7, .. }
    ));
    let hash = generated::transaction_hash(1).to_string();
    assert!(matches!(
        &read.search(&hash, 10).await.unwrap()[..],
        [Hit::Transaction { .. }]
    ));
    let address = account(3).to_string();
    assert!(matches!(
        &read.search(&address, 10).await.unwrap()[..],
        [Hit::Account { .. }]
    ));
    let verified = Verified {
        name: "Office".to_owned(),
        abi: json!([{"type": "function", "name": "open", "inputs": [], "outputs": [], "stateMutability": "view"}]),
        source: json!({"sources": {"Office.sol": "contract Office {}"}}),
    };
    store
        .verify("main", generated::deployed(number), &verified)
        .await
        .unwrap();
    let other = read
        .contract("main", generated::founded(number + 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((other.name.as_deref(), other.verified), (Some("Office"), true));
    let unknown = store.verify("main", Address::ZERO, &verified).await;
    assert!(matches!(unknown, Err(Error::UnknownContract)));
    store.close().await;
}

async fn pages_lose_nothing(url: &str) {
    let store = indexed(url, &SMALL).await;
    let read = store.reader();
    let count = |wanted: &dyn Fn(&Deed) -> bool| {
        (0..SMALL.transactions())
            .filter(|number| wanted(&SMALL.deed(*number)))
            .count()
    };
    let list = async |filter: TransactionFilter| {
        let items = all(37, async |request| {
            read.transactions("main", &filter, &request).await
        })
        .await;
        let places: BTreeSet<(u64, u64)> = items.iter().map(|item| (item.block, item.index)).collect();
        assert_eq!(places.len(), items.len());
        items.len()
    };
    let filter = TransactionFilter::default;
    assert_eq!(list(filter()).await, 3_000);
    let failed = count(&|deed| matches!(deed, Deed::Fail { .. }));
    assert_eq!(
        list(TransactionFilter {
            success: Some(false),
            ..filter()
        })
        .await,
        failed
    );
    assert_eq!(
        list(TransactionFilter {
            success: Some(true),
            ..filter()
        })
        .await,
        3_000 - failed
    );
    assert_eq!(
        list(TransactionFilter {
            block: Some(3),
            ..filter()
        })
        .await,
        100
    );
    let pays = count(&|deed| matches!(deed, Deed::Pay { .. }));
    assert_eq!(
        list(TransactionFilter {
            method: Some([0xa9, 0x05, 0x9c, 0xbb]),
            ..filter()
        })
        .await,
        pays
    );
    let of_token = count(&|deed| {
        matches!(
            deed,
            Deed::Mint { token: 2, .. } | Deed::Pay { token: 2, .. } | Deed::Fail { token: 2, .. }
        )
    });
    assert_eq!(
        list(TransactionFilter {
            contract: Some(token(2)),
            ..filter()
        })
        .await,
        of_token
    );
    let sent = read.account("main", account(9)).await.unwrap().unwrap();
    let between = list(TransactionFilter {
        account: Some(account(9)),
        ..filter()
    })
    .await;
    assert!(u64::try_from(between).unwrap() <= sent.sent + sent.received && between > 0);
    let transfers = all(41, async |request| {
        read.transfers("main", &TransferFilter::default(), &request).await
    })
    .await;
    let totals = read.totals("main").await.unwrap();
    assert_eq!(u64::try_from(transfers.len()).unwrap(), totals.transfers);
    let mine = TransferFilter {
        account: Some(account(9)),
        token: None,
    };
    let mine = all(5, async |request| read.transfers("main", &mine, &request).await).await;
    assert_eq!(u64::try_from(mine.len()).unwrap(), sent.transfers);
    let events = all(200, async |request| {
        read.events("main", &EventFilter::default(), &request).await
    })
    .await;
    assert_eq!(u64::try_from(events.len()).unwrap(), totals.events);
    lists_of_events_go_on_anywhere(&read, &events).await;
    assert_eq!(
        list(TransactionFilter {
            block: Some(u64::MAX),
            ..filter()
        })
        .await,
        0
    );
    let accounts = all(11, async |request| read.accounts("main", &request).await).await;
    assert_eq!(u64::try_from(accounts.len()).unwrap(), totals.accounts);
    let contracts = all(9, async |request| read.contracts("main", &request).await).await;
    assert_eq!(u64::try_from(contracts.len()).unwrap(), totals.contracts);
    let holders = all(13, async |request| read.holders("main", token(1), &request).await).await;
    assert_eq!(holders.len(), 150);
    assert!(holders.is_sorted_by(|one, next| one.amount >= next.amount));
    assert_eq!(
        all(2, async |request| read.tokens("main", &request).await)
            .await
            .len(),
        6
    );
    let blocks = all(7, async |request| read.blocks("main", &request).await).await;
    assert_eq!(blocks.len(), 31);
    let block = read.block("main", BlockKey::Hash(blocks[4].hash)).await.unwrap();
    assert_eq!(block, read.block("main", BlockKey::Number(26)).await.unwrap());
    let activity = read.activity("main", 10, 3).await.unwrap();
    assert_eq!(activity.iter().map(|point| point.blocks).sum::<u64>(), 21);
    let wrong = PageRequest {
        cursor: Some("n1.n2".to_owned()),
        limit: None,
    };
    assert!(matches!(read.blocks("main", &wrong).await, Err(Error::Cursor)));
    assert!(matches!(
        read.blocks("other", &first(1)).await,
        Err(Error::UnknownLedger { .. })
    ));
    assert_eq!(read.transaction("main", B256::ZERO).await.unwrap(), None);
    store.close().await;
}

/// What accounts did on two ledgers is one list: newest first, each transaction once, nothing missing, however it is paged.
async fn timelines_lose_nothing(url: &str) {
    let store = indexed(url, &SMALL).await;
    let other = City { blocks: 20, ..SMALL };
    let mut follower = Follower::begin(store.clone(), "trade", Arc::new(other))
        .await
        .unwrap();
    complete(&mut follower).await;
    let read = store.reader();
    let mine = [account(9), account(11)];
    let holdings: BTreeSet<Holding> = ["main", "trade"]
        .into_iter()
        .flat_map(|ledger| mine.map(|account| (ledger.to_owned(), account)))
        .map(|(ledger, account)| Holding { ledger, account })
        .collect();
    let mut expected: BTreeSet<(String, u64, u64)> = BTreeSet::new();
    let mut moved = 0;
    for holding in &holdings {
        let (ledger, account) = (holding.ledger.as_str(), Some(holding.account));
        let filter = TransactionFilter {
            account,
            ..TransactionFilter::default()
        };
        let sent = all(50, async |request| {
            read.transactions(ledger, &filter, &request).await
        })
        .await;
        expected.extend(sent.iter().map(|one| (ledger.to_owned(), one.block, one.index)));
        let filter = TransferFilter { account, token: None };
        let transfers = all(50, async |request| {
            read.transfers(ledger, &filter, &request).await
        })
        .await;
        for transfer in transfers {
            let hash = transfer.transaction;
            let one = read.transaction(ledger, hash).await.unwrap().unwrap();
            expected.insert((ledger.to_owned(), one.block, one.index));
            moved += 1;
        }
    }
    for limit in [1, 7, 200] {
        let deeds = all(limit, async |request| read.timeline(&holdings, &request).await).await;
        let places: Vec<(String, u64, u64)> = deeds
            .iter()
            .map(|deed| {
                (
                    deed.ledger.clone(),
                    deed.transaction.block,
                    deed.transaction.index,
                )
            })
            .collect();
        let seen: BTreeSet<(String, u64, u64)> = places.iter().cloned().collect();
        assert_eq!((seen.len(), &seen), (places.len(), &expected), "{limit}");
        assert!(deeds.is_sorted_by(|one, next| one.transaction.time >= next.transaction.time));
        assert!(deeds.iter().all(|deed| !deed.accounts.is_empty()));
        let shown: usize = deeds.iter().map(|deed| deed.transfers.len()).sum();
        // One between two of the accounts is in both lists, and here once.
        assert!(shown > 0 && shown <= moved, "{shown} of {moved}");
    }
    let none = read.timeline(&BTreeSet::new(), &first(5)).await.unwrap();
    assert_eq!((none.items.len(), none.next), (0, None));
    let unknown = Holding {
        ledger: "other".to_owned(),
        account: account(1),
    };
    let refused = read.timeline(&BTreeSet::from([unknown]), &first(5)).await;
    assert!(matches!(refused, Err(Error::UnknownLedger { .. })));
    store.close().await;
}

/// Flows are the sums of the movements, by pair and token.
async fn flows_are_sums_of_movements(url: &str) {
    let store = indexed(url, &SMALL).await;
    let read = store.reader();
    let person = account(9);
    let mut expected: BTreeMap<(Address, Address, Option<Address>), (u64, U256)> = BTreeMap::new();
    for number in 0..SMALL.transactions() {
        let height = 1 + number / SMALL.block_transactions;
        let (from, to, of, amount) = match SMALL.deed(number) {
            Deed::Mint { token: of, to } => (Address::ZERO, account(to), Some(token(of)), generated::GRANT),
            Deed::Pay {
                token: of,
                from,
                to,
                amount,
            } => (account(from), account(to), Some(token(of)), amount),
            Deed::Send { from, to } => (account(from), account(to), None, 5),
            _ => continue,
        };
        if (from == person || to == person) && (3..=20).contains(&height) {
            let sum = expected.entry((from, to, of)).or_default();
            *sum = (sum.0 + 1, sum.1 + U256::from(amount));
        }
    }
    let filter = FlowFilter {
        account: Some(person),
        from_block: Some(3),
        to_block: Some(20),
    };
    let found = read.flows("main", &filter).await.unwrap();
    assert_eq!((found.complete_from, found.left_out), (None, 0));
    let of_many_kinds =
        |flow: &&Flow| flow.token != Some(generated::UNIQUE) && flow.token != Some(generated::KINDS);
    let found: BTreeMap<_, _> = found
        .flows
        .iter()
        .filter(of_many_kinds)
        .map(|flow| {
            (
                (flow.sender, flow.recipient, flow.token),
                (flow.count, flow.amount),
            )
        })
        .collect();
    assert_eq!(found, expected);
    let whole = read.flows("main", &FlowFilter::default()).await.unwrap();
    assert_eq!(whole.flows.len(), 200);
    assert!(whole.left_out > 0);
    assert!(whole.flows.is_sorted_by(|one, next| one.count >= next.count));
    store.close().await;
}

/// A list of events goes on after any of them, and those about one thing are found.
async fn lists_of_events_go_on_anywhere(read: &Reader, events: &[Event]) {
    let (place, event) = (events.len() / 2, &events[events.len() / 2]);
    let after = PageRequest {
        cursor: Some(event.cursor()),
        limit: Some(3),
    };
    let rest = read
        .events("main", &EventFilter::default(), &after)
        .await
        .unwrap();
    assert_eq!(rest.items, events[place + 1..place + 4]);
    let filter = EventFilter {
        subject: event.topics.get(1).copied(),
        ..EventFilter::default()
    };
    let wanted = events
        .iter()
        .filter(|other| other.topics.get(1) == event.topics.get(1));
    let found = all(2, async |request| read.events("main", &filter, &request).await).await;
    assert_eq!(found, wanted.cloned().collect::<Vec<_>>());
}

/// Fifty times, the work is dropped at another moment, in the middle of writing too.
async fn is_the_same_after_fifty_stops(url: &str, reference: B256) {
    let store = Store::open(url).await.unwrap();
    for round in 0..50_usize {
        let mut follower = follower(&store, &SMALL).await;
        let polls = 1 + round * round * 40;
        tokio::task::block_in_place(|| {
            interrupt(
                async {
                    let _ = follower.catch_up(|_| {}).await;
                    while !follower.describe().await.unwrap_or(false) {}
                },
                polls,
            );
        });
    }
    complete(&mut follower(&store, &SMALL).await).await;
    assert_eq!(store.digest().await.unwrap(), reference);
    store.close().await;
}

/// Two indexers at one database give way to one another, and count nothing twice.
async fn two_at_one_database_count_once(url: &str, reference: B256) {
    let store = Store::open(url).await.unwrap();
    let (mut one, mut other) = (follower(&store, &SMALL).await, follower(&store, &SMALL).await);
    let work = async |follower: &mut Follower| {
        loop {
            match follower.catch_up(|_| {}).await {
                Err(Error::Overtaken { .. }) => {}
                done => break done.unwrap(),
            }
        }
    };
    tokio::join!(work(&mut one), work(&mut other));
    while !one.describe().await.unwrap() {}
    assert_eq!(store.digest().await.unwrap(), reference);
    store.close().await;
}

/// Longer than the work of a test takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An indexer that runs by itself, at a node of its own.
struct Running {
    node: Served,
    store: Store,
    lags: watch::Receiver<BTreeMap<String, Lag>>,
    leads: watch::Receiver<bool>,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(url: &str, city: City) -> Self {
        let node = Served::start(city).await;
        let store = Store::open(url).await.unwrap();
        let main = FollowedLedger {
            name: "main".to_owned(),
            urls: vec![node.url.clone()],
        };
        let indexer = Indexer::new(store.clone(), vec![main]);
        let (end, ending) = watch::channel(false);
        Self {
            node,
            store,
            lags: indexer.lags(),
            leads: indexer.leads(),
            end,
            task: tokio::spawn(indexer.run(ending)),
        }
    }

    /// Waits until it shows this height, and that all is described.
    async fn reaches(&mut self, height: u64) {
        let shows = |lags: &BTreeMap<String, Lag>| {
            let main = lags.get("main");
            main.is_some_and(|lag| lag.indexed == Some(height) && lag.described && lag.fault.is_none())
        };
        let reached = timeout(PATIENCE, self.lags.wait_for(shows)).await.is_ok();
        assert!(reached, "{:?}", *self.lags.borrow());
    }

    async fn leads(&mut self) {
        let leads = timeout(PATIENCE, self.leads.wait_for(|leads| *leads)).await;
        assert!(leads.is_ok(), "it does not take the lead");
    }

    async fn end(self) {
        self.end.send_replace(true);
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
        self.store.close().await;
    }
}

/// Of two indexers at one PostgreSQL one fetches and writes; the other shows the same, and takes over when it is gone.
async fn one_of_two_leads(url: &str, reference: B256) {
    let part = City { blocks: 20, ..SMALL };
    let mut first = Running::start(url, part.clone()).await;
    first.leads().await;
    let mut second = Running::start(url, part).await;
    first.reaches(20).await;
    second.reaches(20).await;
    // The second has looked whether the history is the same, and fetched nothing besides.
    assert!(first.node.fetched() >= 21 && second.node.fetched() <= 1);
    assert!(!*second.leads.borrow());
    first.end().await;
    second.node.grow(SMALL.blocks);
    second.leads().await;
    second.reaches(SMALL.blocks).await;
    assert_eq!(second.store.digest().await.unwrap(), reference);
    second.end().await;
}

/// What the index of the small city is, wherever and however it is built.
async fn reference() -> B256 {
    let folder = Folder::new();
    let store = indexed(&folder.sqlite(), &SMALL).await;
    let digest = store.digest().await.unwrap();
    store.close().await;
    digest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_tells_what_the_ledger_did() {
    tells_what_the_ledger_did(&Folder::new().sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_knows_contracts_and_registries() {
    let folder = Folder::new();
    knows_contracts_and_registries(&folder.sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_pages_lose_nothing() {
    let folder = Folder::new();
    pages_lose_nothing(&folder.sqlite()).await;
    timelines_lose_nothing(&folder.sqlite()).await;
    flows_are_sums_of_movements(&folder.sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_the_same_after_fifty_stops() {
    let folder = Folder::new();
    let reference = reference().await;
    is_the_same_after_fifty_stops(&folder.sqlite(), reference).await;
    two_at_one_database_count_once(&folder.sqlite(), reference).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_does_all_the_same() {
    let postgres = Postgres::start();
    tells_what_the_ledger_did(&postgres.database().await).await;
    knows_contracts_and_registries(&postgres.database().await).await;
    pages_lose_nothing(&postgres.database().await).await;
    timelines_lose_nothing(&postgres.database().await).await;
    flows_are_sums_of_movements(&postgres.database().await).await;
    let reference = reference().await;
    is_the_same_after_fifty_stops(&postgres.database().await, reference).await;
    two_at_one_database_count_once(&postgres.database().await, reference).await;
    one_of_two_leads(&postgres.database().await, reference).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_history_is_refused() {
    let folder = Folder::new();
    let store = Store::open(&folder.sqlite()).await.unwrap();
    let broken = City {
        broken_at: Some(20),
        ..SMALL
    };
    let refused = follower(&store, &broken).await.catch_up(|_| {}).await;
    assert!(
        matches!(refused, Err(Error::OtherHistory { height: 20, .. })),
        "{refused:?}"
    );
    let other = Follower::begin(store.clone(), "main", Arc::new(SMALL)).await;
    assert!(other.is_ok());
    assert!(matches!(
        Store::open("mysql://x").await,
        Err(Error::Address { .. })
    ));
}
