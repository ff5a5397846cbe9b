//! `civitas content show`, `file`, `submit` and `confirm`: the thesaurus as a file, and what the ledger says of it.
//!
//! They stand beside the commands of the contract Content, under the same noun. Words never leave this machine: the
//! ledger gets the hash.

use crate::{
    contracts::{
        SendOptions,
        connection::{Connection, NodeOptions},
    },
    output,
};
use alloy_primitives::U64;
use anyhow::Context;
use civitas_node::thesaurus;
use civitas_supervision::content::Matcher;
use civitas_system_contracts::{address::CONTENT, interfaces::IContent};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use jsonrpsee_client::{core::client::ClientT, rpc_params};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Versions that are shown, the newest.
const SHOWN: u32 = 20;
/// Help of these commands, beside that of the contract.
pub const HELP: &str = "\
The thesaurus as a file (TOML or JSON); the ledger gets its hash, never its words:
  show [--ledger CHAIN_ID]
      Versions, which of them is in force, and what nodes do with words on a ledger.
  file FILE
      Version, hash, categories and words of a file, and whether the ledger knows it.
  submit FILE --legal-basis TEXT --key KEY
      Publishes a file as the next version; another person has to confirm it.
  confirm FILE --key KEY
      Approves the version that waits, if it is this file.
";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Versions, which of them is in force, and what nodes do with words on a ledger.
    Show(ShowArgs),
    /// Version, hash, categories and words of a file, and whether the ledger knows it.
    File(FileArgs),
    /// Publish a file as the next version; another person has to confirm it.
    Submit(SubmitArgs),
    /// Approve the version that waits, if it is this file.
    Confirm(ConfirmArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    node: NodeOptions,
    /// The ledger, by its chain id; the main ledger without it.
    #[arg(long, value_name = "CHAIN_ID")]
    ledger: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct FileArgs {
    /// The thesaurus.
    file: PathBuf,
    #[command(flatten)]
    node: NodeOptions,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct SubmitArgs {
    /// The thesaurus.
    file: PathBuf,
    /// The decision that allows it.
    #[arg(long, value_name = "TEXT")]
    legal_basis: String,
    /// The first height of the main ledger at which it counts; as soon as it may be without it.
    #[arg(long, value_name = "HEIGHT", default_value_t = 0)]
    from_height: u64,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

#[derive(Debug, Args)]
struct ConfirmArgs {
    /// The thesaurus.
    file: PathBuf,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
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
/// A file that is no thesaurus, and what the ledger refuses.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match Verb::from_arg_matches(matches)? {
        Verb::Show(args) => output::block_on(show(args)),
        Verb::File(args) => output::block_on(file(args)),
        Verb::Submit(args) => output::block_on(submit(args)),
        Verb::Confirm(args) => output::block_on(confirm(args)),
    }
}

fn read(path: &Path) -> anyhow::Result<Matcher> {
    Ok(thesaurus::read(path)?)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

async fn submit(args: SubmitArgs) -> anyhow::Result<()> {
    let matcher = read(&args.file)?;
    let connection = args.node.connect().await?;
    let call = IContent::publishCall {
        version: matcher.thesaurus().version,
        hash: matcher.hash(),
        categories: count(matcher.thesaurus().categories.len()),
        legalBasis: args.legal_basis,
        fromHeight: args.from_height,
    };
    args.sending.deliver_call(&connection, CONTENT, &call).await
}

async fn confirm(args: ConfirmArgs) -> anyhow::Result<()> {
    let matcher = read(&args.file)?;
    let connection = args.node.connect().await?;
    let call = IContent::approveCall {
        version: matcher.thesaurus().version,
        hash: matcher.hash(),
    };
    args.sending.deliver_call(&connection, CONTENT, &call).await
}

async fn file(args: FileArgs) -> anyhow::Result<()> {
    let matcher = read(&args.file)?;
    let connection = args.node.connect().await?;
    let of_ledger = versions(&connection).await?;
    let known = of_ledger.iter().find(|version| version.hash == matcher.hash());
    let thesaurus = matcher.thesaurus();
    let report = json!({
        "version": thesaurus.version,
        "hash": matcher.hash(),
        "categories": thesaurus.categories.len(),
        "words": thesaurus.words.len(),
        "onLedger": known.map(described),
    });
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!(
        "version {} with {} words in {} categories\nhash    {}",
        thesaurus.version,
        thesaurus.words.len(),
        thesaurus.categories.len(),
        matcher.hash()
    );
    println!(
        "ledger  {}",
        match known {
            None => "does not know it",
            Some(version) if version.approvedBy.is_zero() => "has it waiting for another person",
            Some(_) => "has approved it",
        }
    );
    Ok(())
}

/// All versions, oldest first.
async fn versions(connection: &Connection) -> anyhow::Result<Vec<IContent::Version>> {
    let newest: u32 = connection
        .typed(CONTENT, &IContent::versionCountCall {})
        .await
        .context("the contract Content does not answer")?;
    let from = newest.saturating_sub(SHOWN).saturating_add(1).max(1);
    let call = IContent::versionsCall { from, count: SHOWN };
    connection.typed(CONTENT, &call).await
}

/// What counts on a ledger in the next block of the main ledger, and the height of that block.
///
/// # Errors
/// The node does not answer, or the ledger has no contract Content.
pub async fn in_force(connection: &Connection, ledger: u64) -> anyhow::Result<(IContent::InForce, u64)> {
    let height: U64 = connection
        .client
        .request("eth_blockNumber", rpc_params![])
        .await
        .context("the node does not say its height")?;
    let height = height.to::<u64>().saturating_add(1);
    let call = IContent::inForceCall { ledger, height };
    let found = connection.typed(CONTENT, &call).await;
    Ok((found.context("the contract Content does not answer")?, height))
}

fn described(version: &IContent::Version) -> Value {
    json!({
        "version": version.version,
        "hash": version.hash,
        "categories": version.categories,
        "legalBasis": version.legalBasis,
        "publishedBy": version.publishedBy,
        "approvedBy": (!version.approvedBy.is_zero()).then_some(version.approvedBy),
        "fromHeight": version.fromHeight,
    })
}

const fn word(mode: IContent::Mode) -> &'static str {
    match mode {
        IContent::Mode::Flag => "flag",
        IContent::Mode::Refuse => "refuse",
        _ => "off",
    }
}

async fn show(args: ShowArgs) -> anyhow::Result<()> {
    let connection = args.node.connect().await?;
    let ledger = args.ledger.unwrap_or(connection.chain.chain_id);
    let (in_force, height) = in_force(&connection, ledger).await?;
    let all = versions(&connection).await?;
    if args.json {
        let report = json!({
            "ledger": ledger,
            "mode": word(in_force.mode),
            "inForce": in_force.version,
            "hash": in_force.hash,
            "versions": all.iter().map(described).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!("ledger {ledger}: {}\n", word(in_force.mode));
    let mut rows = vec![
        [
            "VERSION",
            "HASH",
            "CATEGORIES",
            "FROM HEIGHT",
            "STATE",
            "LEGAL BASIS",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for version in all.iter().rev() {
        let state = match version {
            version if version.approvedBy.is_zero() => "waits",
            version if version.version == in_force.version => "in force",
            version if version.fromHeight >= height => "approved",
            _ => "replaced",
        };
        rows.push(vec![
            version.version.to_string(),
            version.hash.to_string(),
            version.categories.to_string(),
            version.fromHeight.to_string(),
            state.to_owned(),
            version.legalBasis.clone(),
        ]);
    }
    output::table(&rows);
    Ok(())
}
