//! The situation room over rows of a real index, on SQLite and on PostgreSQL: whoever stops it when, everything is counted
//! once; trends, warnings and what may flow between chains follow from the counts.

use crate::{
    databases::{Folder, Postgres},
    story::{Deed, Story, TOKEN, account},
};
use civitas_console::{
    situation::{
        count::{Counter, Counts, Pair, Sum},
        people::Known,
        store::{HOUR, MINUTE, Store, Stretch, Threshold},
        trend::{self, Cause, Measure, Series, Step},
    },
    supervision::store::{Store as Findings, StoreError},
};
use std::{future::Future, pin::pin, task::Poll};

/// A full hour.
const BEGIN: u64 = 1_700_002_800;
const HOURS: u64 = 40;
const NOW: u64 = BEGIN + HOURS * HOUR + 600;

const fn pay(from: u64, to: u64, whole: u64) -> Deed {
    Deed::Pay { from, to, whole }
}

/// All hours are alike, a call fails in each; the identity of accounts 1 and 2 receives on one ledger and pays on the other.
fn stories() -> (Story, Story) {
    let (mut main, mut trade) = (Story::default(), Story::default());
    for hour in 0..=HOURS {
        let time = BEGIN + hour * HOUR;
        let fail = Deed::Fail {
            from: 60,
            contract: account(61),
        };
        main.at(time, vec![pay(7, 1, 100), pay(7, 8, 5), fail]);
        main.at(time + 90, vec![pay(7, 8, 5)]);
        trade.at(time + 5, vec![pay(2, 9, 40)]);
    }
    (main, trade)
}

/// Polls a future so many times, then drops it.
async fn stopped_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn everything_is_counted_once(url: &str) {
    let index = civitas_indexer::Store::open(url).await.unwrap();
    let findings = Findings::open(url).await.unwrap();
    let store = Store::open(url).await.unwrap();
    let (main, trade) = stories();
    main.index(&index, "main").await;
    trade.index(&index, "trade").await;
    let mut known = Known::default();
    known.refresh(&index.reader()).await.unwrap();
    for polls in 1..60 {
        let counter = Counter::new(index.reader(), store.clone());
        let _ = stopped_after(polls, counter.round(&known.directory, &known.people, NOW)).await;
    }
    let counter = Counter::new(index.reader(), store.clone());
    while counter.round(&known.directory, &known.people, NOW).await.unwrap() > 0 {}
    let hours = store.stretches("main", HOUR, 0).await.unwrap();
    assert_eq!(hours.len() as u64, HOURS + 1);
    let hour = |at| Stretch {
        at,
        transactions: 4,
        failed: 1,
        payments: 3,
        unverified: 3,
    };
    assert_eq!(hours[3], hour(BEGIN + 3 * HOUR));
    assert!(hours.iter().all(|known| *known == hour(known.at)));
    let minutes = store
        .stretches("main", MINUTE, BEGIN + HOURS * HOUR)
        .await
        .unwrap();
    assert_eq!(
        minutes
            .iter()
            .map(|minute| minute.transactions)
            .collect::<Vec<_>>(),
        [3, 1]
    );
    // Whoever comes too late adds nothing.
    let late = store.add("main", Some(1), 2, &Counts::default()).await;
    assert!(matches!(late, Err(StoreError::Overtaken { .. })), "{late:?}");
    between(&store).await;
    trends(&store, &findings).await;
}

/// The identity has accounts that act on both ledgers: what it received on the one, what it paid on the other.
async fn between(store: &Store) {
    let all = HOURS + 1;
    let token = format!("{TOKEN:#x}");
    let found = store.between(BEGIN).await.unwrap();
    let of = |ledger: &str, other: &str| found[&(ledger.to_owned(), other.to_owned(), token.clone())];
    let sum = |whole: u64| Sum {
        payments: all,
        amount: i128::from(whole * all) * 1_000_000,
    };
    assert_eq!(
        of("main", "trade"),
        Pair {
            received: sum(100),
            paid: Sum::default()
        }
    );
    assert_eq!(
        of("trade", "main"),
        Pair {
            received: Sum::default(),
            paid: sum(40)
        }
    );
    assert_eq!(store.between(NOW).await.unwrap().len(), 0);
    assert_eq!(store.assets("main", BEGIN).await.unwrap(), [(token, 3 * all)]);
}

async fn trends(store: &Store, findings: &Findings) {
    let series = |measure, asset: &str| Series {
        ledger: "main".to_owned(),
        measure,
        asset: asset.to_owned(),
        step: Step::Hour,
    };
    let value = series(Measure::Value, &format!("{TOKEN:#x}"));
    let found = trend::read((store, findings), &value, NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.from, found.figures.len() as u64), (BEGIN, HOURS));
    assert!(
        found.figures.iter().all(|figure| *figure == 110.0),
        "{:?}",
        found.figures
    );
    assert_eq!(found.current, 110.0);
    let next = found.outlook.as_ref().unwrap().ahead[0];
    assert!(
        (next.expected - 110.0).abs() < 0.01 && next.low > 100.0,
        "{next:?}"
    );
    assert_eq!(trend::warnings(&value, &found, Some(120.0)), []);
    let above = trend::warnings(&value, &found, Some(105.0));
    assert_eq!(
        above.iter().map(|warning| warning.cause).collect::<Vec<_>>(),
        [Cause::Above]
    );
    // Hours in which nothing came are hours of nothing, and that is not what was expected.
    let silent = trend::read((store, findings), &value, NOW + 2 * HOUR)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(silent.figures.len() as u64, HOURS + 2);
    assert_eq!(trend::warnings(&value, &silent, None)[0].cause, Cause::LeftBand);
    let none = trend::read((store, findings), &series(Measure::Findings, ""), NOW)
        .await
        .unwrap();
    assert!(none.unwrap().figures.iter().all(|figure| *figure == 0.0));
    let mut threshold = Threshold {
        ledger: "main".to_owned(),
        measure: "value".to_owned(),
        asset: value.asset.clone(),
        step: HOUR,
        above: 0.1,
        set_by: "officer".to_owned(),
        set_at: NOW,
    };
    assert!(store.set_threshold(&threshold).await.unwrap());
    threshold.above = 1e15;
    assert!(store.set_threshold(&threshold).await.unwrap());
    assert_eq!(store.thresholds().await.unwrap(), [threshold]);
    store
        .remove_threshold(("main", "value", &value.asset), HOUR)
        .await
        .unwrap();
    assert_eq!(store.thresholds().await.unwrap(), []);
}

#[tokio::test]
async fn everything_is_counted_once_on_sqlite() {
    let folder = Folder::new();
    everything_is_counted_once(&folder.sqlite()).await;
}

#[tokio::test]
async fn everything_is_counted_once_on_postgres() {
    let server = Postgres::start();
    everything_is_counted_once(&server.database().await).await;
}
