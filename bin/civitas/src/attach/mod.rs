//! `civitas chain inspect` and `civitas chain attach`: from the address of a business chain to a gateway that follows it.
//!
//! ```text
//! probe ──▶ candidate: evm or cometbft ──▶ inspection, scan ──▶ report with verdicts, and its hash
//!                                              │
//!                                              ▼
//! walk: register ─▶ trust root ─▶ review ─▶ decision ─▶ follow ─▶ settings ─▶ gateway
//!        operator's key           reviewer's key                  gateway's key
//! ```
//! Each step belongs to somebody. Whose key is given, whose steps are done; for the others the command says what they have to
//! type. Repeated, it goes on where the ledger stands.

mod candidate;
mod cometbft;
mod evm;
mod hook;
mod inspection;
mod ledger;
mod probe;
mod scan;
mod settings;
mod walk;

use crate::{
    contracts::{
        self,
        connection::{Connection, NodeOptions},
        fault::Failure,
    },
    gateway, output,
};
use alloy_primitives::{Address, B256};
use civitas_ports::FinalityClass;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use inspection::{Inspection, Verdict, Wishes};
use scan::{Plan, ScanOptions};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Help of these commands, beside that of the contract.
pub const HELP: &str = "\
From the address of a chain to a gateway that follows it:
  inspect <url>
      Looks at a candidate chain, and prints a report with verdicts and the hash for `decide`.
  attach <url> --name NAME --operator ORGANISATION ... [--key KEY] [--reviewer-key KEY] [--gateway-key KEY]
      Registers, reviews, follows: the steps of whose key is given, and what the others have to type.
  hook deploy|show|rotate <chain> --url URL
      The supervision hook of the chain, by which commands have their effect there (docs/operator/supervision-hook.md).
";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Look at a candidate chain before it has access: a report with verdicts, and its hash.
    Inspect(InspectArgs),
    /// Bring a chain under supervision: inspect, register, review, follow, and set up its gateway.
    Attach(Box<AttachArgs>),
    /// The supervision hook of a chain: deploy it, show and compare it, let it follow the gateways of the terms.
    Hook {
        #[command(subcommand)]
        verb: hook::Verb,
    },
}

/// What is wanted otherwise than it is found.
#[derive(Clone, Debug, Args)]
struct CandidateOptions {
    /// Address of the chain's JSON-RPC (http://HOST:PORT), of an Ethereum-like chain or one of CometBFT (port 26657 by default).
    url: String,
    /// When blocks are final: instant, finalized, or depth:BLOCKS. Found by what the chain is, if it is not given.
    #[arg(long, value_parser = finality, value_name = "FINALITY")]
    finality: Option<FinalityClass>,
    /// Height of the block that everything later must lead back to. Its first block, or the newest final one of a long chain.
    #[arg(long, value_name = "HEIGHT")]
    trust_root: Option<u64>,
    #[command(flatten)]
    scan: ScanOptions,
}

#[derive(Debug, Args)]
struct InspectArgs {
    #[command(flatten)]
    candidate: CandidateOptions,
    #[command(flatten)]
    node: NodeOptions,
    /// Print JSON: the report and its hash.
    #[arg(long)]
    json: bool,
    /// The file to write the report to, byte for byte as it is hashed.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct AttachArgs {
    #[command(flatten)]
    candidate: CandidateOptions,
    #[command(flatten)]
    registration: Registration,
    /// Key of the operator, for registration and trust root: dev0 to dev9, hexadecimal digits, or a file.
    #[arg(long, value_name = "KEY", env = "CIVITAS_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Key of a chain reviewer, for review, decision and terms.
    #[arg(long, value_name = "KEY")]
    reviewer_key: Option<String>,
    /// Key of the gateway's own account; that of the operator, if it is not given.
    #[arg(long, value_name = "KEY")]
    gateway_key: Option<String>,
    /// A gateway of the chain; once more for each other one. The own one for the operator, if it is not given.
    #[arg(long = "gateway", value_parser = named_gateway, value_name = "ADDRESS=ORGANISATION")]
    gateways: Vec<NamedGateway>,
    /// Blocks of a batch: few for fast news, many for few transactions.
    #[arg(long, default_value_t = 8, value_name = "COUNT")]
    batch_blocks: u32,
    /// Gateways that must agree; more than half of them, if it is not given.
    #[arg(long, value_name = "COUNT")]
    threshold: Option<u8>,
    /// Time for which a header of a chain whose validators sign vouches for a newer one: less than they need to leave with their keys.
    #[arg(long, default_value = "14days", value_parser = humantime::parse_duration, value_name = "DURATION")]
    trusting: Duration,
    /// Folder of the gateway's settings; added to, if there are some.
    #[arg(long, default_value = "gateway", value_name = "FOLDER")]
    out: PathBuf,
    /// Address of the gateway's HTTP side.
    #[arg(long, default_value = "127.0.0.1:8600", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Start the gateway at the end, and stay.
    #[arg(long, conflicts_with = "dry_run")]
    run: bool,
    /// Show what was found and what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// How long to wait until a transaction is in a block.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    wait: Duration,
    #[command(flatten)]
    node: NodeOptions,
}

/// What the operator says of its chain.
#[derive(Clone, Debug, Args)]
struct Registration {
    /// Name of the chain.
    #[arg(long)]
    name: Option<String>,
    /// The organisation of the city that operates it.
    #[arg(long, value_name = "ORGANISATION")]
    operator: Option<String>,
    /// What it is for.
    #[arg(long)]
    purpose: Option<String>,
    /// Legal name of the company; the operator's name, if it is not given.
    #[arg(long)]
    company: Option<String>,
    /// Whom to ask about it.
    #[arg(long)]
    contact: Option<String>,
    /// Grade of the most sensitive data on it, 1 (public) to 4.
    #[arg(long, default_value_t = 2)]
    grade: u8,
    /// Hash of the documents of the registration; that of the inspection report, if it is not given.
    #[arg(long, value_name = "HASH")]
    documents: Option<B256>,
}

/// A gateway of the terms.
#[derive(Clone, Debug)]
struct NamedGateway {
    account: Address,
    organisation: String,
}

fn named_gateway(text: &str) -> Result<NamedGateway, String> {
    let form = || "a gateway is ADDRESS=ORGANISATION, such as 0x...=\"Harbour Business\"".to_owned();
    let (account, organisation) = text.split_once('=').ok_or_else(form)?;
    let account = account.trim().parse().map_err(|_| form())?;
    match organisation.trim() {
        "" => Err(form()),
        organisation => Ok(NamedGateway {
            account,
            organisation: organisation.to_owned(),
        }),
    }
}

fn finality(text: &str) -> Result<FinalityClass, String> {
    match (text, text.strip_prefix("depth:").map(str::parse)) {
        ("instant", _) => Ok(FinalityClass::Instant),
        ("finalized", _) => Ok(FinalityClass::Finalized),
        (_, Some(Ok(depth))) if depth > 0 => Ok(FinalityClass::Depth(depth)),
        _ => Err("instant, finalized, or depth:BLOCKS such as depth:12".to_owned()),
    }
}

/// Adds the commands to those of the contract.
pub fn augment(command: Command) -> Command {
    Verb::augment_subcommands(command)
}

/// Whether a word is one of these commands.
pub fn is_verb(word: &str) -> bool {
    Verb::has_subcommand(word)
}

/// Runs a command; `matches` are those of the noun.
///
/// # Errors
/// [`Failure`]: what does not answer, what is refused, what is missing.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match Verb::from_arg_matches(matches)? {
        Verb::Inspect(args) => output::block_on(inspect(args)),
        Verb::Hook { verb } => output::block_on(hook::run(verb)),
        Verb::Attach(args) => {
            let stay = args.run;
            match output::block_on(walk::attach(*args))? {
                Some(settings) if stay => gateway::start(&settings),
                _ => Ok(()),
            }
        }
    }
}

async fn inspect(args: InspectArgs) -> anyhow::Result<()> {
    let connection = args.node.connect().await?;
    let Inspection { report, .. } = look(&args.candidate, &connection).await?;
    if let Some(path) = &args.report {
        std::fs::write(path, report.encode()?).map_err(|error| {
            anyhow::Error::from(error).context(format!("cannot write {}", path.display()))
        })?;
    }
    if args.json {
        let told = serde_json::json!({ "report": report, "hash": report.hash()? });
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        report.print()?;
    }
    refuse_failed(&report)
}

async fn look(candidate: &CandidateOptions, connection: &Connection) -> anyhow::Result<Inspection> {
    let plan = Plan::new(&candidate.scan, connection).await?;
    let wishes = Wishes {
        finality: candidate.finality,
        trust_root: candidate.trust_root,
    };
    inspection::inspect(&candidate.url, connection.chain.chain_id, wishes, &plan).await
}

/// A chain with a failed check is not attached.
fn refuse_failed(report: &inspection::Report) -> anyhow::Result<()> {
    let failed = report
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Fail);
    let failed: Vec<String> = failed
        .map(|check| format!("{}: {}", check.name, check.what))
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let refusal = contracts::fault::Refusal::told(&format!("access of {}", report.chain), &failed.join("; "));
    Err(Failure::from(refusal).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finalities_and_gateways_are_read() {
        assert_eq!(finality("instant"), Ok(FinalityClass::Instant));
        assert_eq!(finality("depth:12"), Ok(FinalityClass::Depth(12)));
        for wrong in ["", "depth", "depth:", "depth:0", "depth:-1", "depth:x", "Instant"] {
            assert!(finality(wrong).is_err(), "{wrong}");
        }
        let named = named_gateway("0x00000000000000000000000000000000000000aa=Harbour Business").unwrap();
        assert_eq!(named.organisation, "Harbour Business");
        for wrong in ["", "0xaa=A", "=A", "0x00000000000000000000000000000000000000aa="] {
            assert!(named_gateway(wrong).is_err(), "{wrong}");
        }
    }
}
