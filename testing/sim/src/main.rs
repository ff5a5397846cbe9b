//! Whole cities under seeds: four nodes in one process on a deterministic runtime, with crashes, power cuts and partitions;
//! or six, whose validators change every few blocks, as planned or as the city votes. A failure prints its seed, its plan and how to replay it.

mod city;
mod governor;
mod load;
mod plan;
mod run;

use crate::{
    plan::Plan,
    run::{Bug, Changes, Outcome},
};
use clap::Parser;
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};
use tracing_subscriber::EnvFilter;

/// Runs of so few cities are looks at single ones: nothing is required of their changes.
const RUNS_FEW: u64 = 10;
/// Changes that are due and must take effect, of a hundred: votes of one epoch can cancel one another, validators that
/// are promoted have to catch up first, and one that is down makes no block.
const EFFECT_PERCENT_MIN: u64 = 50;
/// One of so many cities must see a change.
const CITIES_PER_CHANGED_MAX: u64 = 4;

/// Simulates cities, one for each seed.
#[derive(Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Run this seed alone and print its plan.
    #[arg(long)]
    seed: Option<u64>,
    /// Build in a fault; the run then succeeds if the fault is found.
    #[arg(long, value_enum)]
    bug: Option<Bug>,
    /// Other validators every few blocks: as planned for even seeds, by votes of the city for odd ones.
    #[arg(long, conflicts_with = "bug")]
    epochs: bool,
    /// What to log (`civitas_node=debug`).
    #[arg(long, default_value = "off")]
    log: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::new(&arguments.log);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let (first, count) = arguments
        .seed
        .map_or((arguments.first, arguments.seeds), |seed| (seed, 1));
    let started = Instant::now();
    let total = Total::default();
    let next = AtomicU64::new(first);
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let found = total
                        .failures
                        .lock()
                        .is_ok_and(|failures| arguments.bug.is_some() && !failures.is_empty());
                    if seed >= first + count || found {
                        return;
                    }
                    let plan = plan_of(seed, &arguments);
                    if arguments.seed.is_some() {
                        eprintln!("{plan:#?}");
                    }
                    total.add(seed, simulate(&plan, arguments.bug));
                }
            });
        }
    });
    total.report(&arguments, started)
}

fn plan_of(seed: u64, arguments: &Arguments) -> Plan {
    match arguments.bug {
        Some(Bug::DoubleVote) => Plan::forgetful(seed),
        None if arguments.epochs => Plan::changing(seed),
        _ => Plan::draw(seed),
    }
}

fn simulate(plan: &Plan, bug: Option<Bug>) -> Result<Outcome, String> {
    match catch_unwind(AssertUnwindSafe(|| run::run(plan, bug))) {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default())
        }
    }
}

/// Changes of validators over all cities of a kind.
#[derive(Default)]
struct ChangeCount {
    cities: AtomicU64,
    /// Cities in which one took effect.
    changed: AtomicU64,
    due: AtomicU64,
    done: AtomicU64,
}

impl ChangeCount {
    fn add(&self, due: u64, done: u64) {
        self.cities.fetch_add(1, Ordering::Relaxed);
        self.changed.fetch_add(u64::from(done > 0), Ordering::Relaxed);
        self.due.fetch_add(due, Ordering::Relaxed);
        self.done.fetch_add(done, Ordering::Relaxed);
    }

    fn is_enough(&self) -> bool {
        let [cities, changed, due, done] =
            [&self.cities, &self.changed, &self.due, &self.done].map(|count| count.load(Ordering::Relaxed));
        done > 0 && done * 100 >= due * EFFECT_PERCENT_MIN && changed * CITIES_PER_CHANGED_MAX >= cities
    }
}

impl fmt::Display for ChangeCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [changed, cities, done, due] =
            [&self.changed, &self.cities, &self.done, &self.due].map(|count| count.load(Ordering::Relaxed));
        write!(formatter, "{done} of {due} (in {changed} of {cities} cities)")
    }
}

#[derive(Default)]
struct Total {
    runs: AtomicU64,
    blocks: AtomicU64,
    acknowledged: AtomicU64,
    planned: ChangeCount,
    voted: ChangeCount,
    failures: Mutex<Vec<(u64, String)>>,
}

impl Total {
    fn add(&self, seed: u64, result: Result<Outcome, String>) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        match result {
            Ok(outcome) => {
                self.blocks.fetch_add(outcome.blocks, Ordering::Relaxed);
                self.acknowledged
                    .fetch_add(outcome.acknowledged as u64, Ordering::Relaxed);
                match outcome.changes {
                    Changes::None => {}
                    Changes::Planned { due, done } => self.planned.add(due, done),
                    Changes::Voted { due, done } => self.voted.add(due, done),
                }
            }
            Err(reason) => {
                if let Ok(mut failures) = self.failures.lock() {
                    failures.push((seed, reason));
                }
            }
        }
    }

    fn report(self, arguments: &Arguments, started: Instant) -> ExitCode {
        let failures = self.failures.into_inner().unwrap_or_default();
        let runs = self.runs.into_inner();
        for (seed, reason) in &failures {
            println!(
                "seed {seed}: {reason}\n  replay: cargo run --release -p civitas-sim -- --seed {seed}{}",
                mode_argument(arguments)
            );
        }
        println!(
            "{runs} cities, {} blocks, {} acknowledged transactions, changes of validators: {} planned, {} voted; {:.0} s",
            self.blocks.into_inner(),
            self.acknowledged.into_inner(),
            self.planned,
            self.voted,
            started.elapsed().as_secs_f64()
        );
        let changed = self.planned.is_enough() && self.voted.is_enough();
        let good = match arguments.bug {
            // A run of many cities in which hardly anything has changed shows nothing.
            None if arguments.epochs && runs > RUNS_FEW && !changed => {
                println!(
                    "too few changes of validators took effect: at least {EFFECT_PERCENT_MIN} of 100 must, and one in every \
                     {CITIES_PER_CHANGED_MAX} cities"
                );
                false
            }
            None => failures.is_empty(),
            Some(bug) => {
                println!(
                    "the built-in fault {bug:?} was {}",
                    if failures.is_empty() { "NOT found" } else { "found" }
                );
                !failures.is_empty()
            }
        };
        println!(
            "{} passed, {} failed",
            if good { runs } else { runs - failures.len() as u64 },
            if good { 0 } else { failures.len().max(1) }
        );
        if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn mode_argument(arguments: &Arguments) -> &'static str {
    match arguments.bug {
        None if arguments.epochs => " --epochs",
        None => "",
        Some(Bug::DoubleVote) => " --bug double-vote",
        Some(Bug::MissingFsync) => " --bug missing-fsync",
    }
}
