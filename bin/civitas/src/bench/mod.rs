//! `civitas bench`: one canonical measurement, of a city that it starts itself or of any Ethereum node.
//!
//! ```text
//! target   starts a city, or takes --url      ──▶ setup   contracts, funded senders
//! workload signs everything before the load   ──▶ load    submits; every transaction has a node of its own
//! observe  sees blocks on ANOTHER node        ──▶ report  figures, JSON        chart  SVG
//! process  CPU, memory and disk of the nodes from outside
//! ```
//!
//! Invariants: a transaction counts as committed only when a node that it was not sent to shows it in a block
//! (unless there is one node only); times are taken by this client; at a fixed rate latency counts from the moment
//! at which a transaction was due, so that a slow node cannot hide by slowing the load down.

mod chart;
mod idle;
mod load;
mod observe;
mod process;
mod report;
mod senders;
mod setup;
mod target;
mod workload;

use crate::{account, rpc};
use alloy_primitives::B256;
use anyhow::{Context, ensure};
use load::{Load, Pace, PhaseResult};
use report::Report;
use std::{path::PathBuf, str::FromStr, time::Duration};
use target::Target;
use workload::{Plan, Workload};

/// Share of the saturated throughput at which finality is measured once more.
const STEADY_SHARE: f64 = 0.7;
/// Transactions that are signed for each second of a saturation search, unless `--transactions` says otherwise.
const SIGNED_PER_SECOND: usize = 12_000;
/// Gas that a setup transaction needs at least.
const TRANSACTION_GAS_MIN: u64 = 2_500_000;
/// Accounts and transactions of one measurement, at most: they are kept in memory.
const SENDERS_MAX: usize = 50_000;
const TRANSACTIONS_MAX: usize = 4_000_000;

/// How fast transactions are submitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// As fast as they are committed, with a bounded number on their way.
    Saturate,
    /// So many a second, whatever the nodes do.
    PerSecond(f64),
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Saturate);
        }
        match text.parse::<f64>() {
            Ok(rate) if rate.is_finite() && rate >= 1.0 => Ok(Self::PerSecond(rate)),
            _ => Err("a rate is `max` or a number of transactions a second".to_owned()),
        }
    }
}

/// Arguments of `civitas bench`.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchArgs {
    /// What the transactions do.
    #[arg(long, value_enum, default_value = "erc20")]
    workload: Workload,
    /// Validators of the city that is started.
    #[arg(long, default_value_t = 4)]
    validators: u16,
    /// Seconds of load.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Transactions a second, or `max`: find the throughput, then measure finality again at 70 % of it.
    #[arg(long, default_value = "max")]
    rate: Rate,
    /// Measure the node at this address instead of a city of its own (repeat it for more nodes of one ledger).
    #[arg(long)]
    url: Vec<String>,
    /// With --url: process id of a node on this machine, for CPU and memory (repeatable).
    #[arg(long)]
    pid: Vec<u32>,
    /// With --url: data folder of a node on this machine, for the bytes on disk (repeatable).
    #[arg(long)]
    data: Vec<PathBuf>,
    /// With --url: private key of a funded account, instead of the first development account.
    #[arg(long)]
    funder_key: Option<B256>,
    /// Accounts that send.
    #[arg(long, default_value_t = 1_000)]
    senders: usize,
    /// With --rate max: transactions on their way, at most.
    #[arg(long, default_value_t = 2_000)]
    in_flight: usize,
    /// Transactions of one JSON-RPC batch, at most.
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// Transactions to sign before the load starts.
    #[arg(long)]
    transactions: Option<usize>,
    /// Seed of the sender accounts; by default another one each time.
    #[arg(long)]
    seed: Option<u64>,
    /// Write the figures to this file; `-` is the standard output.
    #[arg(long)]
    json: Option<String>,
    /// Draw throughput and finality over time into this file.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Folder of the city that is started; by default a temporary one.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// First JSON-RPC port of the city that is started.
    #[arg(long, default_value_t = 18_545)]
    rpc_port: u16,
    /// Keep the folder of the city.
    #[arg(long)]
    keep: bool,
}

/// Measures and reports. The city that was started is stopped in any case.
pub async fn run(args: BenchArgs) -> anyhow::Result<()> {
    check(&args)?;
    let mut target = Target::new(&args)?;
    let outcome = tokio::select! {
        outcome = measure(&args, &mut target) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let stopped = target.stop(args.keep).await;
    let report = outcome?;
    stopped?;
    if let Some(path) = &args.svg {
        chart::draw(&report, path)?;
    }
    let json = serde_json::to_string_pretty(&report)?;
    match args.json.as_deref() {
        Some("-") => println!("{json}"),
        Some(path) => {
            std::fs::write(path, json + "\n").with_context(|| format!("cannot write {path}"))?;
            report.print();
        }
        None => report.print(),
    }
    Ok(())
}

fn check(args: &BenchArgs) -> anyhow::Result<()> {
    ensure!(
        (1..=SENDERS_MAX).contains(&args.senders),
        "--senders must be between 1 and {SENDERS_MAX}"
    );
    ensure!(
        (1..=1_000).contains(&args.batch),
        "--batch must be between 1 and 1000"
    );
    ensure!(
        (1..=100_000).contains(&args.in_flight),
        "--in-flight must be between 1 and 100000"
    );
    let transactions = args.transactions.unwrap_or(1);
    ensure!(
        (1..=TRANSACTIONS_MAX).contains(&transactions),
        "--transactions must be at most {TRANSACTIONS_MAX}"
    );
    let attached = !args.url.is_empty();
    ensure!(
        attached || (args.pid.is_empty() && args.data.is_empty()),
        "--pid and --data belong to --url"
    );
    ensure!(
        attached || args.funder_key.is_none(),
        "--funder-key belongs to --url"
    );
    Ok(())
}

async fn measure(args: &BenchArgs, target: &mut Target) -> anyhow::Result<Report> {
    target.wait_until_ready().await?;
    let clients = target
        .urls()
        .iter()
        .map(|url| rpc::client(url))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let chain = rpc::chain(&clients[0]).await?;
    ensure!(
        chain.gas_max >= TRANSACTION_GAS_MIN,
        "a transaction of {} gas is all that a block of this chain has room for: too little to measure it",
        chain.gas_max
    );
    let seed = args.seed.unwrap_or_else(rand::random);
    let funder = match &args.funder_key {
        Some(key) => account::Account::from_key(key)?,
        None => account::development()?,
    };
    let progress = report::Progress::new();
    progress.step("making accounts");
    let senders = senders::senders(seed, args.senders)?;
    let mut setup = setup::Setup::new(&clients, funder, chain).await?;
    let contracts = setup.run(args.workload, &senders, &progress).await?;

    progress.step("measuring the idle ledger");
    let idle = idle::measure(target, &clients, &mut setup).await?;

    progress.step("signing");
    let plan = Plan {
        workload: args.workload,
        chain_id: chain.chain_id,
        fees: chain.fees,
        contract: contracts,
        count: transactions_to_sign(args),
        seed,
    };
    let signed = tokio::task::spawn_blocking(move || workload::sign(&plan, &senders)).await??;

    let mut load = Load::new(target.urls(), signed, args.senders, args.batch)?;
    let main = Duration::from_secs(args.seconds);
    let (pace, steady) = match args.rate {
        Rate::Saturate => (Pace::InFlight(args.in_flight), true),
        Rate::PerSecond(rate) => (Pace::PerSecond(rate), false),
    };
    let result = run_phase(&mut load, target, pace, main, &progress).await?;
    let steady = if steady && result.tps >= 10.0 && result.failed == 0 {
        let pace = Pace::PerSecond(result.tps * STEADY_SHARE);
        let time = main.div_f64(2.0).max(Duration::from_secs(3));
        Some(run_phase(&mut load, target, pace, time, &progress).await?)
    } else {
        None
    };
    progress.step("checking receipts");
    let reverted = load.count_reverted(&clients[0]).await?;
    progress.done();
    let client = rpc::client_version(&clients[0]).await;
    Ok(Report::new(
        args,
        target,
        report::Measured {
            client,
            seed,
            idle,
            result,
            steady,
            reverted,
        },
    ))
}

async fn run_phase(
    load: &mut Load,
    target: &Target,
    pace: Pace,
    length: Duration,
    progress: &report::Progress,
) -> anyhow::Result<PhaseResult> {
    let before = process::Usage::of(target.pids(), target.folders());
    let mut result = load.run(pace, length, progress).await?;
    let after = process::Usage::of(target.pids(), target.folders());
    result.usage = after.since(&before, result.committed);
    Ok(result)
}

fn transactions_to_sign(args: &BenchArgs) -> usize {
    let seconds = usize::try_from(args.seconds).unwrap_or(usize::MAX);
    let wanted = match (args.transactions, args.rate) {
        (Some(count), _) => count,
        (None, Rate::Saturate) => seconds.saturating_mul(SIGNED_PER_SECOND),
        (None, Rate::PerSecond(rate)) => load::count_of(rate, Duration::from_secs(args.seconds)),
    };
    wanted.clamp(1, TRANSACTIONS_MAX)
}
