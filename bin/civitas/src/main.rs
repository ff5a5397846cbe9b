//! `civitas`: the one program of a Civitas city. Each subcommand is a module of its own.

mod account;
mod attach;
mod audit;
mod bench;
mod cert;
mod city;
mod console;
mod content;
mod contracts;
mod export;
mod founding;
mod gateway;
mod identity;
mod import;
mod init;
mod join;
mod node;
mod office;
mod output;
mod proposal;
mod rpc;
mod sample;
mod status;
mod up;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

/// jemalloc, set up in `.cargo/config.toml`: a node's memory comes and goes with its blocks on many threads, and
/// the system's allocator keeps more of it (ADR 5).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// City-level ledger infrastructure: a BFT ledger with the EVM and Ethereum's JSON-RPC.
#[derive(Parser)]
#[command(name = "civitas", version = version(), propagate_version = true)]
struct Cli {
    #[command(flatten)]
    logging: output::Logging,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a whole city on this machine (made on the first start).
    Up(up::Args),
    /// Make a city's folder: authority, certificates, keys, genesis, one folder a node.
    Init(init::Args),
    /// Make the folder of a new node of a city that runs.
    Join(join::Args),
    /// Run one node.
    Node(node::Args),
    /// Certificates of nodes: request, issue, renew, revoke, list, recover.
    Cert(cert::Args),
    /// Run the web console of a city.
    Console(console::Args),
    /// Follow business chains and report what they hold to the main ledger.
    Gateway(gateway::Args),
    /// Show the nodes of a city, or one node.
    Status(status::Args),
    /// Proposals: make, list, show, vote, withdraw, rehearse, execute.
    Proposal(proposal::ProposalArgs),
    /// Import an Ethereum chain (chain.rlp and a geth genesis), check every root, and serve it.
    Import(import::Args),
    /// Write the blocks of a node as an Ethereum chain file.
    Export(export::Args),
    /// Measure: throughput, finality, CPU per transaction.
    Bench(bench::BenchArgs),
}

/// The version with the commit that it was built from.
const fn version() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("CIVITAS_COMMIT"), ")")
}

fn main() -> ExitCode {
    let matches = contracts::augment(Cli::command()).get_matches();
    let is_contract = matches.subcommand_name().is_some_and(contracts::is_contract);
    let result = if is_contract {
        output::Logging::from_arg_matches(&matches)
            .map_err(Into::into)
            .and_then(|logging| logging.start())
            .and_then(|()| contracts::run(&matches))
            .map(|()| ExitCode::SUCCESS)
    } else {
        Cli::from_arg_matches(&matches).map_err(Into::into).and_then(run)
    };
    match result {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    cli.logging.start()?;
    let done = match cli.command {
        Command::Cert(args) => return cert::run(args),
        Command::Up(args) => up::run(args, &cli.logging),
        Command::Init(args) => init::run(args),
        Command::Join(args) => join::run(args),
        Command::Node(args) => node::run(args),
        Command::Console(args) => console::run(args),
        Command::Gateway(args) => gateway::run(args),
        Command::Status(args) => status::run(args),
        Command::Proposal(args) => proposal::run(args),
        Command::Import(args) => import::run(args),
        Command::Export(args) => export::run(args),
        Command::Bench(args) => output::block_on(bench::run(args)),
    };
    done.map(|()| ExitCode::SUCCESS)
}
