//! Supervision at work: judges every block that comes into the index by the rules in the database, and keeps what is found.
//! The rules themselves and their windows are those of the crate `supervision`, which touches neither clock nor disk.
//!
//! ```text
//!  index ─▶ history ─▶ translate ─▶ judge (engines) ─▶ store ─▶ pages, metrics, alarms
//!               └─────────────────▶ backtests          ▲
//!                                     rules, lists ────┘
//! ```
//!
//! Of several consoles at one PostgreSQL the one judges that writes the index; the others show what is in the database.

pub mod backtests;
pub(crate) mod directory;
pub mod findings;
mod history;
pub mod judge;
pub mod rules;
pub mod store;
pub(crate) mod translate;
pub mod view;

use crate::{state::Console, time::now};
use backtests::BackTests;
use civitas_monitor::Told;
use civitas_sdk::causes;
use judge::{Circumstances, Faulty, Judge, Round};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::Store;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

/// Time between two looks for new blocks: as the index itself looks.
const INTERVAL: Duration = Duration::from_millis(250);
/// Time between two looks at what was found, for metrics.
const TOLD_INTERVAL: Duration = Duration::from_secs(5);
/// How long a fault holds it up.
const RETRY: Duration = Duration::from_secs(5);
/// How long after the start silence is believed although a node does not answer: the index has had its time by then.
const START: Duration = Duration::from_secs(120);
/// Blocks that the index may be behind while silence is believed.
const LAG_BLOCKS_MAX: u64 = 2;

/// What supervision does now, on the console that judges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether this console judges.
    pub judges: bool,
    /// Whether it fills windows again, after a start or a change of rules.
    pub replays: bool,
    /// Why it does not go on.
    pub fault: Option<String>,
    /// Rules that do not compile any more.
    pub faulty: Vec<Faulty>,
}

/// Supervision, as the endpoints use it.
#[derive(Debug)]
pub struct Supervision {
    /// Rules, lists, findings.
    pub store: Store,
    /// Back-tests that run or have run.
    pub back_tests: BackTests,
    status: watch::Sender<Status>,
}

impl Supervision {
    /// Over a database.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            back_tests: BackTests::default(),
            status: watch::Sender::default(),
        }
    }

    /// What it does now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    fn report(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }
}

/// Judges until the console ends.
pub async fn run(console: Arc<Console>) {
    let mut ending = console.ending.clone();
    tokio::select! {
        () = judge_always(&console) => {}
        () = tell_always(&console) => {}
        // An error says that nobody is left to end it, which means the same.
        _ = ending.wait_for(|ends| *ends) => {}
    }
}

async fn judge_always(console: &Console) {
    let supervision = &console.supervision;
    let mut judge = Judge::new(console.index.clone(), supervision.store.clone());
    let mut leads = console.leads.clone();
    let began = Instant::now();
    loop {
        if !*leads.borrow() {
            judge.rest();
            supervision.report(|status| *status = Status::default());
            // The sender lives as long as the console.
            let _ = timeout(RETRY, leads.wait_for(|leads| *leads)).await;
            continue;
        }
        let circumstances = Circumstances {
            millis: millis(),
            is_index_current: is_index_current(console, began),
        };
        judge.look_for(console.content.search());
        let done = match supervision.store.draft().await {
            Ok(()) => judge.round(circumstances).await,
            Err(error) => Err(error.into()),
        };
        let faulty = judge.faulty().to_vec();
        match done {
            Ok(round) => {
                supervision.report(|status| {
                    *status = Status {
                        judges: true,
                        replays: round.replayed > 0,
                        fault: None,
                        faulty,
                    };
                });
                if round == Round::default() {
                    tokio::time::sleep(INTERVAL).await;
                }
            }
            Err(error) => {
                let words = causes(&error);
                tracing::warn!(cause = %words, "blocks are not judged");
                supervision.report(|status| {
                    *status = Status {
                        judges: true,
                        replays: false,
                        fault: Some(words),
                        faulty,
                    };
                });
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Whether the index has what there is, as far as nodes tell.
fn is_index_current(console: &Console, began: Instant) -> bool {
    let lags = console.lags.borrow();
    let is_current = lags
        .values()
        .all(|lag| lag.blocks().is_some_and(|blocks| blocks <= LAG_BLOCKS_MAX));
    (is_current && !lags.is_empty()) || began.elapsed() > START
}

fn millis() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Tells the monitor how much was found, so that alarms ring.
async fn tell_always(console: &Console) {
    loop {
        match told(&console.supervision).await {
            Ok(told) => console
                .monitor
                .tell(told.into_iter().chain(console.situation.told()).collect()),
            Err(error) => tracing::warn!(cause = %causes(&error), "findings cannot be counted"),
        }
        tokio::time::sleep(TOLD_INTERVAL).await;
    }
}

async fn told(supervision: &Supervision) -> Result<Vec<Told>, store::StoreError> {
    // An open finding that is gone leaves a 0, so that its alarm ends at once.
    let mut open: BTreeMap<(String, String), u64> = BTreeMap::new();
    for severity in ["notice", "warning", "high", "critical"] {
        for mode in ["active", "shadow"] {
            open.insert((severity.to_owned(), mode.to_owned()), 0);
        }
    }
    let mut total: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for count in supervision.store.finding_counts().await? {
        if count.state == "open" {
            *open
                .entry((count.severity.clone(), count.mode.clone()))
                .or_default() += count.count;
        }
        *total.entry((count.rule, count.severity, count.mode)).or_default() += count.count;
    }
    let label = |name: &str, value: String| (name.to_owned(), value);
    let total = total.into_iter().map(|((rule, severity, mode), count)| Told {
        name: "civitas_findings_total".to_owned(),
        labels: vec![
            label("rule", rule),
            label("severity", severity),
            label("mode", mode),
        ],
        value: figure(count),
    });
    let open = open.into_iter().map(|((severity, mode), count)| Told {
        name: "civitas_findings_open".to_owned(),
        labels: vec![label("severity", severity), label("mode", mode)],
        value: figure(count),
    });
    Ok(total.chain(open).collect())
}

#[expect(clippy::cast_precision_loss, reason = "no city has 2^53 findings")]
const fn figure(count: u64) -> f64 {
    count as f64
}

/// Forgets what is too old.
///
/// # Errors
/// The database does not answer.
pub async fn prune(supervision: &Supervision) -> Result<(), store::StoreError> {
    supervision.back_tests.prune(now());
    supervision.store.prune().await
}
