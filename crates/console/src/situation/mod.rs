//! The situation room: what the regulator keeps on the wall. Chains and what flows between them, risk that explains itself,
//! trends with their forecasts, and early warnings.
//!
//! ```text
//!  index ─▶ count ─▶ store (minutes, hours) ─▶ trend ─▶ forecast ─▶ warnings ─▶ picture, metrics, alarms
//!    └──────────────▶ gather ◀── findings          ▲
//!                       └─▶ risk ─▶ picture        thresholds
//! ```
//!
//! Of several consoles at one PostgreSQL the one that writes the index counts; each makes its own picture of what is counted.
//! Pages read the picture that was made last: nobody waits for its making, however many look.

pub mod count;
pub mod forecast;
mod gather;
mod measure;
pub mod people;
pub mod risk;
pub mod store;
pub mod trend;
pub mod view;

use crate::{
    api::situation::RiskSubjectKind, problem::Problem, state::Console, supervision::store::StoreError,
    time::now,
};
use civitas_monitor::Told;
use civitas_sdk::causes;
use count::{CountError, Counter};
use gather::{ChainNow, Overdue, Risk};
use people::Known;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{HOUR, Store, Threshold};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use trend::{Cause, Measure, Series, Step, Trend, Warning};

/// Time between two looks for new blocks.
const INTERVAL: Duration = Duration::from_millis(500);
/// Time between two pictures of chains: a person sees no difference.
const PICTURE_INTERVAL: Duration = Duration::from_secs(3);
/// Time between two looks at who deals with whom, and at trends: they ask much of the database.
const SLOW_INTERVAL: Duration = Duration::from_secs(20);
/// How long a fault holds it up.
const RETRY: Duration = Duration::from_secs(5);
/// Assets of a chain of which trends are watched, those with the most payments of a week.
const ASSETS_WATCHED: usize = 3;
const WEEK: u64 = 7 * 24 * HOUR;

/// What was seen last.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// When, seconds since 1970; 0 for not yet.
    pub at: u64,
    chains: Vec<ChainNow>,
    risks: BTreeMap<RiskSubjectKind, Vec<Risk>>,
    warnings: Vec<Warning>,
    overdue: Overdue,
    shared: BTreeMap<(String, String), u64>,
}

/// The room, as the endpoints use it.
#[derive(Debug)]
pub struct Situation {
    /// Counts and thresholds.
    pub store: Store,
    picture: watch::Sender<Arc<Picture>>,
    /// Somebody set or removed a threshold: what warns is looked at anew.
    thresholds_changed: Notify,
}

impl Situation {
    /// Over a database.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            picture: watch::Sender::default(),
            thresholds_changed: Notify::new(),
        }
    }

    /// Has the warnings looked at without waiting for their turn.
    pub fn look_at_thresholds(&self) {
        self.thresholds_changed.notify_one();
    }

    /// What was seen last.
    pub fn picture(&self) -> Arc<Picture> {
        Arc::clone(&self.picture.borrow())
    }

    /// What the monitor is told, so that alarms ring.
    pub fn told(&self) -> Vec<Told> {
        let picture = self.picture();
        if picture.at == 0 {
            return Vec::new();
        }
        // A warning that is over leaves a 0, so that its alarm ends at once.
        let warnings = Cause::ALL.map(|cause| Told {
            name: "civitas_situation_warnings".to_owned(),
            labels: vec![("cause".to_owned(), cause.name().to_owned())],
            value: measure::float(
                picture
                    .warnings
                    .iter()
                    .filter(|warning| warning.cause == cause)
                    .count() as u64,
            ),
        });
        let risks = picture.chains.iter().map(|chain| Told {
            name: "civitas_chain_risk".to_owned(),
            labels: vec![("chain".to_owned(), chain.name.clone())],
            value: f64::from(risk::score(&chain.reasons)),
        });
        warnings.into_iter().chain(risks).collect()
    }
}

/// Counts and looks until the console ends.
pub async fn run(console: Arc<Console>) {
    let mut ending = console.ending.clone();
    tokio::select! {
        () = count_always(&console) => {}
        () = look_always(&console) => {}
        // An error says that nobody is left to end it, which means the same.
        _ = ending.wait_for(|ends| *ends) => {}
    }
}

async fn count_always(console: &Console) {
    let counter = Counter::new(console.index.clone(), console.situation.store.clone());
    let mut known = Known::default();
    let mut leads = console.leads.clone();
    loop {
        // The sender lives as long as the console.
        let _ = leads.wait_for(|leads| *leads).await;
        match count(&counter, console, &mut known).await {
            Ok(0) => tokio::time::sleep(INTERVAL).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(cause = %causes(&error), "blocks are not counted");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

async fn count(counter: &Counter, console: &Console, known: &mut Known) -> Result<u64, CountError> {
    known.refresh(&console.index).await?;
    counter.round(&known.directory, &known.people, now()).await
}

async fn look_always(console: &Console) {
    let mut known = Known::default();
    let mut slow: Option<Instant> = None;
    loop {
        let is_due = slow.is_none_or(|at| at.elapsed() >= SLOW_INTERVAL);
        match look(console, &mut known, is_due).await {
            Ok(()) if is_due => slow = Some(Instant::now()),
            Ok(()) => {}
            Err(problem) => tracing::warn!(cause = ?problem, "the situation is not known"),
        }
        tokio::select! {
            () = tokio::time::sleep(PICTURE_INTERVAL) => {}
            () = console.situation.thresholds_changed.notified() => slow = None,
        }
    }
}

/// Makes a picture. What is slow is taken from the one before, if it is not due.
async fn look(console: &Console, known: &mut Known, is_due: bool) -> Result<(), Problem> {
    let room = &console.situation;
    known.refresh(&console.index).await?;
    let open = console
        .supervision
        .store
        .undismissed(gather::FINDINGS_MAX)
        .await?;
    let at = now();
    let mut chains = gather::chains(console, &room.store, &open, at).await?;
    let before = room.picture();
    let overdue = match is_due {
        true => overdue(console, &chains, &before).await,
        false => before.overdue.clone(),
    };
    gather::add_overdue(&mut chains, &overdue);
    gather::expose_chains(&mut chains, known);
    let (risks, warnings) = match is_due {
        true => (
            gather::risks(console, known, &open, &chains, at).await?,
            warnings(console, &chains, at).await?,
        ),
        false => (before.risks.clone(), before.warnings.clone()),
    };
    let shared = known.people.shared().iter();
    room.picture.send_replace(Arc::new(Picture {
        at,
        chains,
        risks,
        warnings,
        overdue,
        shared: shared
            .map(|((one, other), count)| ((one.to_string(), other.to_string()), *count))
            .collect(),
    }));
    Ok(())
}

/// Commands past their deadline; while no node answers, those that were known.
async fn overdue(console: &Console, chains: &[ChainNow], before: &Picture) -> Overdue {
    match gather::overdue(console, chains).await {
        Ok(overdue) => overdue,
        Err(problem) => {
            tracing::warn!(cause = ?problem, "commands past their deadline are not known");
            before.overdue.clone()
        }
    }
}

/// Up to when what happened on a chain is known: now, or the newest block that is counted, or in the index, while these are
/// behind.
///
/// # Errors
/// The database does not answer.
pub async fn known_until(console: &Console, ledger: &str, at: u64) -> Result<u64, Problem> {
    let store = &console.situation.store;
    let indexed = console.index.ledger(ledger).await?;
    let indexed = indexed.and_then(|ledger| ledger.indexed).unwrap_or_default();
    let counted = store.counted().await?.get(ledger).copied().unwrap_or_default();
    let at = match indexed.saturating_sub(counted) >= gather::LAG_BLOCKS {
        true => store.newest(ledger).await?.unwrap_or(at).min(at),
        false => at,
    };
    Ok(at.min(indexed_until(console, ledger, at)))
}

fn indexed_until(console: &Console, ledger: &str, at: u64) -> u64 {
    let picture = console.situation.picture();
    let Some(chain) = picture.chains.iter().find(|chain| chain.name == ledger) else {
        return at;
    };
    let lags = console.lags.borrow();
    let is_current = lags
        .get(&chain.name)
        .and_then(civitas_indexer::Lag::blocks)
        .is_none_or(|blocks| blocks < gather::LAG_BLOCKS);
    match (is_current, chain.health.silent_seconds) {
        (false, Some(seconds)) => picture.at.saturating_sub(seconds),
        _ => at,
    }
}

/// Reads a series with what it leads one to expect.
///
/// # Errors
/// The database does not answer.
pub async fn trend(console: &Console, series: &Series, until: u64) -> Result<Option<Trend>, StoreError> {
    trend::read(
        (&console.situation.store, &console.supervision.store),
        series,
        until,
    )
    .await
}

/// What the trends of all chains warn of.
async fn warnings(console: &Console, chains: &[ChainNow], at: u64) -> Result<Vec<Warning>, Problem> {
    let room = &console.situation;
    let thresholds = room.store.thresholds().await?;
    let mut found = Vec::new();
    for chain in chains.iter().filter(|chain| chain.ledger.is_some()) {
        let mut watched = Vec::new();
        let assets = room.store.assets(&chain.name, at.saturating_sub(WEEK)).await?;
        let assets: Vec<String> = assets
            .into_iter()
            .take(ASSETS_WATCHED)
            .map(|(asset, _)| asset)
            .collect();
        for step in [Step::Hour, Step::Day] {
            let plain = [Measure::Transactions, Measure::Failed, Measure::Findings]
                .map(|measure| (measure, String::new()));
            let moved = assets.iter().map(|asset| (Measure::Value, asset.clone()));
            watched.extend(plain.into_iter().chain(moved).map(|(measure, asset)| Series {
                ledger: chain.name.clone(),
                measure,
                asset,
                step,
            }));
        }
        let own = thresholds
            .iter()
            .filter(|threshold| threshold.ledger == chain.name);
        watched.extend(own.filter_map(series_of));
        watched.sort();
        watched.dedup();
        let until = known_until(console, &chain.name, at).await?;
        for series in watched {
            if let Some(trend) = trend(console, &series, until).await? {
                found.extend(trend::warnings(
                    &series,
                    &trend,
                    threshold_of(&thresholds, &series),
                ));
            }
        }
    }
    found.sort_by(|one, other| {
        one.cause
            .cmp(&other.cause)
            .then_with(|| one.series.cmp(&other.series))
    });
    Ok(found)
}

/// The series of a threshold; none if it names something that is not measured any more.
fn series_of(threshold: &Threshold) -> Option<Series> {
    Some(Series {
        ledger: threshold.ledger.clone(),
        measure: Measure::named(&threshold.measure)?,
        asset: threshold.asset.clone(),
        step: Step::of(threshold.step)?,
    })
}

/// The threshold of a series.
pub fn threshold_of(thresholds: &[Threshold], series: &Series) -> Option<f64> {
    let is_same = |threshold: &&Threshold| series_of(threshold).as_ref() == Some(series);
    thresholds.iter().find(is_same).map(|threshold| threshold.above)
}
