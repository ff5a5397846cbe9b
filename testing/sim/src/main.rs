//! Whole cities under seeds: four nodes in one process on a deterministic runtime, with crashes, power cuts and partitions;
//! or six, whose validators change every few blocks, as planned or as the city votes. A failure prints its seed, its plan and how to replay it.

mod city;
mod governor;
mod load;
mod plan;
mod run;

use crate::{
    plan::Plan,
    run::{Bug, Outcome},
};
use clap::Parser;
use std::{
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

#[derive(Default)]
struct Total {
    runs: AtomicU64,
    blocks: AtomicU64,
    acknowledged: AtomicU64,
    changes: AtomicU64,
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
                self.changes.fetch_add(outcome.changes, Ordering::Relaxed);
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
        let changes = self.changes.into_inner();
        println!(
            "{runs} cities, {} blocks, {} acknowledged transactions, {changes} changes of validators by vote, {:.0} s",
            self.blocks.into_inner(),
            self.acknowledged.into_inner(),
            started.elapsed().as_secs_f64()
        );
        let good = match arguments.bug {
            // A run of many cities in which no vote has changed anything shows nothing.
            None if arguments.epochs && runs > 10 && changes == 0 => {
                println!("no vote has changed the validators");
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
