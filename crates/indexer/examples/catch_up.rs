//! Measures the index at scale: how fast it catches up with a made-up ledger, how long a page of every list takes
//! then, and whether an index that was killed many times equals one that was built in one go.
//!
//! ```text
//! cargo run --release -p civitas-indexer --example catch_up -- [--transactions 1000000] [--kills 50] [--postgres]
//! ```
//!
//! `--kills` builds the index a second time in processes that are killed (SIGKILL) at chance moments.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a run that meets a surprise has failed"
)]

#[path = "../tests/indexer/databases.rs"]
mod databases;
#[path = "../tests/indexer/generated/mod.rs"]
mod generated;

use civitas_indexer::{
    Error, Follower, Reader, Store,
    read::{EntityFilter, EntityKind, EventFilter, Holding, PageRequest, TransactionFilter, TransferFilter},
};
use databases::{Folder, Postgres};
use generated::{City, account, token};
use std::{
    collections::BTreeSet,
    future::Future,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// Transactions of one block.
const BLOCK_TRANSACTIONS: u64 = 500;

fn city(transactions: u64) -> City {
    City {
        blocks: transactions.div_ceil(BLOCK_TRANSACTIONS),
        block_transactions: BLOCK_TRANSACTIONS,
        accounts: (transactions / 50).clamp(10, 10_000),
        broken_at: None,
    }
}

/// The value after an option on the command line.
fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next()?;
    arguments.next()
}

fn number(name: &str, default: u64) -> u64 {
    option(name).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::main]
async fn main() {
    let transactions = number("--transactions", 1_000_000);
    let city = city(transactions);
    if let Some(url) = option("--child") {
        build(&url, &city, true).await;
        return;
    }
    let folder = Folder::new();
    let postgres = std::env::args()
        .any(|argument| argument == "--postgres")
        .then(Postgres::start);
    let fresh = async || match &postgres {
        Some(postgres) => postgres.database().await,
        None => folder.sqlite(),
    };
    let url = fresh().await;
    println!(
        "{} transactions in {} blocks, {}",
        city.transactions(),
        city.blocks,
        kind(&url)
    );
    let store = build(&url, &city, false).await;
    pages(&store.reader()).await;
    let kills = number("--kills", 0);
    if kills > 0 {
        let killed_url = fresh().await;
        kill(&killed_url, transactions, kills, &city);
        let killed = build(&killed_url, &city, false).await;
        let (one, other) = (
            store.digest().await.expect("digest"),
            killed.digest().await.expect("digest"),
        );
        println!("built in one go:    {one}\nkilled {kills} times:   {other}");
        assert_eq!(one, other, "the index that was killed differs");
        killed.close().await;
    }
    store.close().await;
}

fn kind(url: &str) -> &str {
    url.split(':').next().unwrap_or(url)
}

/// Builds the index, or goes on with it.
async fn build(url: &str, city: &City, is_child: bool) -> Store {
    let store = Store::open(url).await.expect("the store opens");
    let mut follower = Follower::begin(store.clone(), "main", Arc::new(city.clone()))
        .await
        .expect("it begins");
    let before = follower
        .indexed()
        .map_or(0, |height| height * city.block_transactions);
    let began = Instant::now();
    let show = |height: Option<u64>| {
        if is_child {
            println!("{}", height.unwrap_or(0));
            let _ = std::io::stdout().flush();
        }
    };
    follower
        .catch_up(|progress| show(progress.indexed))
        .await
        .expect("it catches up");
    let seconds = began.elapsed().as_secs_f64();
    let written = city.transactions() - before;
    if !is_child && written > 0 {
        println!(
            "caught up: {written} transactions in {seconds:.1} s, {:.0} a second",
            written as f64 / seconds
        );
    }
    let began = Instant::now();
    while !follower.describe().await.expect("it describes") {
        show(None);
    }
    if !is_child {
        println!("described: {:.1} s", began.elapsed().as_secs_f64());
    }
    store
}

/// Lets processes build the index and kills each of them.
fn kill(url: &str, transactions: u64, kills: u64, city: &City) {
    let program = std::env::current_exe().expect("its own program");
    // So that the work is spread over all of them.
    let share = city.blocks / (kills + 1);
    let mut reached = 0;
    for round in 0..kills {
        let mut child = Command::new(&program)
            .args(["--child", url, "--transactions", &transactions.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let goal = (round + 1) * share;
        for line in output.lines() {
            reached = line
                .expect("a line")
                .parse::<u64>()
                .expect("a height")
                .max(reached);
            if reached >= goal {
                break;
            }
        }
        // Into the middle of the next batch, at another moment every time.
        std::thread::sleep(Duration::from_millis(round * 37 % 400));
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
    }
    println!("killed {kills} times, the last time at block {reached}");
}

/// The longest of some pages of a list, from its begin on.
async fn list<F: Future<Output = Result<Option<String>, Error>>>(name: &str, ask: impl Fn(PageRequest) -> F) {
    let mut cursor = None;
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let began = Instant::now();
        let request = PageRequest {
            cursor,
            limit: Some(50),
        };
        cursor = ask(request).await.expect("a page");
        longest = longest.max(began.elapsed());
        if cursor.is_none() {
            break;
        }
    }
    println!("{name:<44} {:>8.2} ms", longest.as_secs_f64() * 1e3);
    assert!(longest < Duration::from_millis(100), "{name} takes {longest:?}");
}

async fn pages(read: &Reader) {
    println!("the longest of 20 pages of 50 items:");
    list("blocks", async |page| Ok(read.blocks("main", &page).await?.next)).await;
    transaction_pages(read).await;
    event_and_transfer_pages(read).await;
    list("accounts", async |page| {
        Ok(read.accounts("main", &page).await?.next)
    })
    .await;
    list("balances of an account", async |page| {
        Ok(read.balances("main", account(7), &page).await?.next)
    })
    .await;
    list("contracts", async |page| {
        Ok(read.contracts("main", &page).await?.next)
    })
    .await;
    list("tokens", async |page| Ok(read.tokens("main", &page).await?.next)).await;
    list("holders of a token", async |page| {
        Ok(read.holders("main", token(1), &page).await?.next)
    })
    .await;
    let none = EntityFilter::default();
    list("organisations", async |page| {
        Ok(read.entities(EntityKind::Organisation, &none, &page).await?.next)
    })
    .await;
    timelines(read).await;
    list("search by name", async |_| {
        read.search("no such name", 20).await.map(|_| None)
    })
    .await;
    list("totals", async |_| read.totals("main").await.map(|_| None)).await;
    list("activity", async |_| {
        read.activity("main", 60, 100).await.map(|_| None)
    })
    .await;
}

async fn timelines(read: &Reader) {
    let holding = |account| Holding {
        ledger: "main".to_owned(),
        account,
    };
    let people: BTreeSet<Holding> = (1..9).map(|number| holding(account(number))).collect();
    let busiest: BTreeSet<Holding> = [holding(token(1)), holding(account(7))].into();
    for (name, holdings) in [
        ("timeline of eight accounts", people),
        ("timeline of the busiest account", busiest),
    ] {
        list(name, async |page| Ok(read.timeline(&holdings, &page).await?.next)).await;
    }
}

async fn transaction_pages(read: &Reader) {
    let by = |account, contract, method, success| TransactionFilter {
        block: None,
        account,
        contract,
        method,
        success,
    };
    let (person, coin) = (Some(account(7)), Some(token(1)));
    let filters = [
        ("transactions", by(None, None, None, None)),
        ("transactions of an account", by(person, None, None, None)),
        ("transactions of the busiest account", by(coin, None, None, None)),
        ("transactions to a contract", by(None, coin, None, None)),
        (
            "transactions of a method",
            by(None, None, Some([0xa9, 0x05, 0x9c, 0xbb]), None),
        ),
        ("failed transactions", by(None, None, None, Some(false))),
        (
            "failed transactions of an account",
            by(person, None, None, Some(false)),
        ),
        (
            "of a contract and a method it has not",
            by(None, coin, Some([1, 2, 3, 4]), None),
        ),
    ];
    for (name, filter) in filters {
        list(name, async |page| {
            Ok(read.transactions("main", &filter, &page).await?.next)
        })
        .await;
    }
    let block = TransactionFilter {
        block: Some(5),
        ..TransactionFilter::default()
    };
    let name = "transactions of a block";
    list(name, async |page| {
        Ok(read.transactions("main", &block, &page).await?.next)
    })
    .await;
}

async fn event_and_transfer_pages(read: &Reader) {
    for (name, contract) in [("events", None), ("events of a contract", Some(token(1)))] {
        let filter = EventFilter {
            contract,
            ..EventFilter::default()
        };
        list(name, async |page| {
            Ok(read.events("main", &filter, &page).await?.next)
        })
        .await;
    }
    let (coin, person) = (Some(token(1)), Some(account(7)));
    let filters = [
        ("transfers", None, None),
        ("transfers of a token", coin, None),
        ("transfers of an account", None, person),
        ("transfers of a token and an account", coin, person),
    ];
    for (name, token, account) in filters {
        let filter = TransferFilter { token, account };
        list(name, async |page| {
            Ok(read.transfers("main", &filter, &page).await?.next)
        })
        .await;
    }
}
