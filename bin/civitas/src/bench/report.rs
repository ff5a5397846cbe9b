//! The figures: for people, and as JSON.

use super::{
    BenchArgs,
    idle::Idle,
    load::{Pace, PhaseResult},
    process::Machine,
    target::Target,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::time::Duration;

/// Percentiles of a set of times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Percentiles {
    /// By nearest rank; none of nothing.
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let rank = |percent: usize| {
            values
                .get((values.len() * percent).div_ceil(100).saturating_sub(1))
                .copied()
        };
        Some(Self {
            p50: rank(50)?,
            p95: rank(95)?,
            p99: rank(99)?,
            max: rank(100)?,
        })
    }
}

/// A time in milliseconds, to a thousandth.
pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// One second of a phase.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Second {
    /// Seconds since the load began.
    pub(super) second: u64,
    /// Transactions that were committed in it.
    pub(super) committed: usize,
    /// Their finality.
    pub(super) finality_ms: Percentiles,
}

/// A phase at a fixed rate.
#[derive(Clone, Debug, Serialize)]
struct Steady {
    rate: Option<f64>,
    tps: f64,
    finality_ms: Option<Percentiles>,
    cpu_us_per_tx: Option<f64>,
    failed: usize,
}

/// Everything that was measured.
pub(super) struct Measured {
    pub(super) client: Option<String>,
    pub(super) seed: u64,
    pub(super) idle: Idle,
    pub(super) result: PhaseResult,
    pub(super) steady: Option<PhaseResult>,
    pub(super) reverted: usize,
}

/// The report. `null` stands for what could not be known.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    workload: super::Workload,
    /// Committed transactions a second.
    pub(super) tps: f64,
    /// From the submission (at a fixed rate: from when it was due) to the block on another node.
    pub(super) finality_ms: Option<Percentiles>,
    /// CPU of all nodes together, per committed transaction.
    cpu_us_per_tx: Option<f64>,
    /// Peak memory of the largest node.
    rss_mb_max: Option<f64>,
    /// Of all nodes together.
    disk_bytes_per_tx: Option<f64>,
    /// Refused, not committed, or reverted (the last ones are counted on a sample).
    failed: usize,
    reverted: usize,
    first_refusal: Option<String>,
    /// The rate that was asked for; none for "as fast as it goes".
    rate: Option<f64>,
    in_flight_max: Option<usize>,
    seconds: f64,
    sent: usize,
    committed: usize,
    /// After a saturation: the same load at 70 % of it.
    at_70_percent: Option<Steady>,
    /// Single transactions, one at a time.
    idle_finality_ms: Option<Percentiles>,
    /// CPU of all nodes together without load, in percent of one core.
    idle_cpu_percent: Option<f64>,
    nodes: usize,
    own_city: bool,
    senders: usize,
    seed: u64,
    client: Option<String>,
    version: &'static str,
    commit: &'static str,
    machine: Machine,
    pub(super) timeline: Vec<Second>,
}

impl Report {
    pub(super) fn new(args: &BenchArgs, target: &Target, measured: Measured) -> Self {
        let Measured {
            client,
            seed,
            idle,
            result,
            steady,
            reverted,
        } = measured;
        let (rate, in_flight_max) = match result.pace {
            Pace::PerSecond(rate) => (Some(rate), None),
            Pace::InFlight(most) => (None, Some(most)),
        };
        Self {
            workload: args.workload,
            tps: tenth(result.tps),
            finality_ms: result.finality_ms,
            cpu_us_per_tx: result.usage.cpu_us_per_tx.map(tenth),
            rss_mb_max: result.usage.rss_mb_max.map(tenth),
            disk_bytes_per_tx: result.usage.disk_bytes_per_tx.map(tenth),
            failed: result.failed + reverted,
            reverted,
            first_refusal: result.first_refusal,
            rate,
            in_flight_max,
            seconds: tenth(result.seconds),
            sent: result.sent,
            committed: result.committed,
            at_70_percent: steady.map(|steady| Steady {
                rate: match steady.pace {
                    Pace::PerSecond(rate) => Some(tenth(rate)),
                    Pace::InFlight(_) => None,
                },
                tps: tenth(steady.tps),
                finality_ms: steady.finality_ms,
                cpu_us_per_tx: steady.usage.cpu_us_per_tx.map(tenth),
                failed: steady.failed,
            }),
            idle_finality_ms: idle.finality_ms,
            idle_cpu_percent: idle.cpu_percent.map(tenth),
            nodes: target.urls().len(),
            own_city: args.url.is_empty(),
            senders: args.senders,
            seed,
            client,
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("CIVITAS_COMMIT").unwrap_or("unknown"),
            machine: Machine::this(),
            timeline: result.timeline,
        }
    }

    /// For people.
    pub(super) fn print(&self) {
        let number = |value: Option<f64>, unit: &str| {
            value.map_or_else(|| "not known".to_owned(), |value| format!("{value:.1} {unit}"))
        };
        let times = |times: Option<Percentiles>| {
            times.map_or_else(
                || "not known".to_owned(),
                |t| format!("p50 {:.1}  p95 {:.1}  p99 {:.1} ms", t.p50, t.p95, t.p99),
            )
        };
        println!(
            "Workload             {}, {} nodes, {} senders",
            self.workload.name(),
            self.nodes,
            self.senders
        );
        println!("Throughput           {:.1} transactions/s", self.tps);
        println!("Finality             {}", times(self.finality_ms));
        if let Some(steady) = &self.at_70_percent {
            println!(
                "Finality at 70 %     {} ({:.1}/s)",
                times(steady.finality_ms),
                steady.tps
            );
        }
        println!("Finality when idle   {}", times(self.idle_finality_ms));
        println!(
            "CPU                  {} per transaction, all nodes",
            number(self.cpu_us_per_tx, "us")
        );
        println!(
            "CPU when idle        {} of one core, all nodes",
            number(self.idle_cpu_percent, "%")
        );
        println!(
            "Memory               {} at most in one node",
            number(self.rss_mb_max, "MB")
        );
        println!(
            "Disk                 {} per transaction, all nodes",
            number(self.disk_bytes_per_tx, "bytes")
        );
        println!(
            "Committed            {} of {}, {} failed",
            self.committed, self.sent, self.failed
        );
        if let Some(refusal) = &self.first_refusal {
            println!("First refusal        {refusal}");
        }
        println!(
            "Measured             {} at commit {}, {}",
            self.version, self.commit, self.machine
        );
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// What is going on, on the standard error if that is a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn step(&self, what: &'static str) {
        self.0.set_style(ProgressStyle::default_spinner());
        self.0.set_message(what);
    }

    pub(super) fn load(&self, length: Duration) {
        // A template that cannot be read only costs the bar.
        let style = ProgressStyle::with_template("{spinner} load {bar:30} {pos}/{len} s  {msg}");
        self.0
            .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.0.set_length(length.as_secs());
    }

    pub(super) fn show(&self, elapsed: Duration, committed: usize) {
        self.0.set_position(elapsed.as_secs());
        self.0.set_message(format!("{committed} committed"));
    }

    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let of = |count: u32| Percentiles::of((1..=count).rev().map(f64::from).collect());
        assert_eq!(of(0), None);
        assert_eq!(
            of(1),
            Some(Percentiles {
                p50: 1.0,
                p95: 1.0,
                p99: 1.0,
                max: 1.0
            })
        );
        assert_eq!(
            of(200),
            Some(Percentiles {
                p50: 100.0,
                p95: 190.0,
                p99: 198.0,
                max: 200.0
            })
        );
    }
}
