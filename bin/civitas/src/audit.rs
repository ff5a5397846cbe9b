//! `civitas audit verify` and `show`: the audit records in the data folder of a node.
//!
//! They stand beside the commands of the contract Audit, under the same noun. `verify` asks a node for the anchors: best
//! another one than the node whose records are checked.

use crate::{
    contracts::{
        connection::{Connection, NodeOptions},
        fault::Failure,
    },
    output,
};
use alloy_primitives::B256;
use anyhow::{Context, ensure};
use civitas_audit::{Anchor, Record, Report, Source};
use civitas_system_contracts::{address::AUDIT, interfaces::IAudit};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Anchors that are asked for at once: as many as the contract gives.
const PAGE: u64 = 100;
/// Help of these commands, beside that of the contract.
pub const HELP: &str = "\
Records of a node on this machine:
  verify --data FOLDER
      Checks all audit records against one another and against the anchors on the ledger.
  show --data FOLDER
      Shows audit records.
";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check all audit records against one another and against the anchors on the ledger.
    Verify(VerifyArgs),
    /// Show audit records, the newest last.
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The data folder of the node, which holds the folder `audit`.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The key of the node or its name in the city; without it, that of the data folder, which who owns the folder can
    /// change: auditors give it.
    #[arg(long, value_name = "KEY")]
    node: Option<String>,
    #[command(flatten)]
    ledger: NodeOptions,
    /// Ask no ledger: check the chain of the records alone. Who can write the folder can make such a chain.
    #[arg(long)]
    offline: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The data folder of the node, which holds the folder `audit`.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Only records whose kind begins so, e.g. `Roles` or `link.refused`.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only records from then on: `2026-11-23T20:00:00Z`, `2026-11-23`, or how long ago, such as `2h`.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<SystemTime>,
    /// Only records of this actor: an address.
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// The newest records, so many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    last: usize,
    /// Print the lines of the log.
    #[arg(long)]
    json: bool,
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
/// What is missing or altered, and what keeps the program from looking.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match Verb::from_arg_matches(matches)? {
        Verb::Verify(args) => verify(&args),
        Verb::Show(args) => show(&args),
    }
}

fn since(text: &str) -> Result<SystemTime, String> {
    if let Ok(ago) = humantime::parse_duration(text) {
        return SystemTime::now()
            .checked_sub(ago)
            .ok_or_else(|| "that is too long ago".to_owned());
    }
    let text = if text.contains(['T', ' ']) {
        text.to_owned()
    } else {
        format!("{text}T00:00:00")
    };
    humantime::parse_rfc3339_weak(text.trim_end_matches('Z')).map_err(|error| error.to_string())
}

/// The folder of the records, which must be there: nothing would be found wrong in a folder that is named wrongly.
fn folder(data: &Path) -> anyhow::Result<PathBuf> {
    let folder = data.join("audit");
    if !data.join("node.json").is_file() && !folder.is_dir() {
        return Err(Failure::usage(format!(
            "{} is not the data folder of a node: give the folder that `data` in node.toml names",
            data.display()
        ))
        .into());
    }
    Ok(folder)
}

/// What a data folder says of its node.
#[derive(Deserialize)]
struct Mark {
    node: B256,
}

fn key_of(data: &Path) -> anyhow::Result<B256> {
    let path = data.join("node.json");
    let read = || -> anyhow::Result<Mark> { Ok(serde_json::from_str(&std::fs::read_to_string(&path)?)?) };
    let mark = read().with_context(|| {
        format!(
            "{} does not say whose data it is: give --node KEY",
            path.display()
        )
    })?;
    Ok(mark.node)
}

fn verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let folder = folder(&args.data)?;
    let vouched = if args.offline {
        None
    } else {
        Some(output::block_on(ask(args))?)
    };
    let anchors = vouched.as_ref().map_or(&[][..], |vouched| &vouched.anchors);
    let report = civitas_audit::verify(&folder, anchors)?;
    if args.json {
        println!("{:#}", as_json(&report, vouched.as_ref()));
    }
    if let Some(finding) = report.finding {
        anyhow::bail!("{finding}");
    }
    if args.json {
        return Ok(());
    }
    println!("{} audit records, none missing, none altered.", report.records);
    let Some(vouched) = vouched else {
        println!("Anchors were not checked: who can write the folder can write such records.");
        return Ok(());
    };
    println!(
        "{} of them are anchored on the ledger ({} anchors), {} are chained and not anchored yet.",
        report.anchored,
        report.anchors,
        report.unanchored()
    );
    println!("Anchors of node {}, as {} gave them.", vouched.node, vouched.url);
    if report.anchors == 0 {
        println!("NOTHING vouches for these records yet: is this the key of the node that you mean?");
    }
    if report.torn {
        println!("The last line is incomplete: the node is writing it, or cuts it off at its next start.");
    }
    Ok(())
}

/// What the ledger vouches for.
struct Vouched {
    /// Key of the node whose anchors they are.
    node: B256,
    /// Who was asked.
    url: String,
    anchors: Vec<Anchor>,
}

async fn ask(args: &VerifyArgs) -> anyhow::Result<Vouched> {
    let connection = args.ledger.connect().await?;
    let node = match &args.node {
        Some(name) => match connection.nodes.get(name) {
            Some(key) => *key,
            None => name
                .parse()
                .with_context(|| format!("--node {name} is no key and no node's name"))?,
        },
        None => key_of(&args.data)?,
    };
    let anchors = anchors(&connection, node).await?;
    Ok(Vouched {
        node,
        url: connection.url,
        anchors,
    })
}

async fn anchors(connection: &Connection, key: B256) -> anyhow::Result<Vec<Anchor>> {
    let mut found = Vec::new();
    let request = IAudit::anchorCountCall { nodeKey: key };
    // Those that are made meanwhile are left to the next time.
    let count = connection.typed(AUDIT, &request).await?;
    let mut from = 0;
    while from < count {
        let request = IAudit::anchorsCall {
            nodeKey: key,
            from,
            count: PAGE.min(count - from),
        };
        let page = connection.typed(AUDIT, &request).await?;
        ensure!(
            !page.is_empty(),
            "{} gives no anchor {from} of the {count} that it says there are: ask another node",
            connection.url
        );
        from += u64::try_from(page.len())?;
        found.extend(page.into_iter().map(|anchor| Anchor {
            from: anchor.fromIndex,
            to: anchor.toIndex,
            hash: anchor.headHash,
        }));
    }
    Ok(found)
}

fn as_json(report: &Report, vouched: Option<&Vouched>) -> serde_json::Value {
    let finding = report.finding.as_ref().map(|finding| {
        json!({
            "index": finding.index,
            "file": finding.path,
            "line": finding.line,
            "what": finding.to_string(),
        })
    });
    json!({
        "node": vouched.map(|vouched| vouched.node),
        "askedAt": vouched.map(|vouched| &vouched.url),
        "records": report.records,
        "head": report.head.map(|head| head.hash),
        "anchors": report.anchors,
        "anchored": report.anchored,
        "notAnchored": report.unanchored(),
        "incompleteLastLine": report.torn,
        "finding": finding,
    })
}

fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let folder = folder(&args.data)?;
    let since_ms = args.since.map_or(0, |since| {
        let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    let mut newest = VecDeque::new();
    for record in civitas_audit::records(&folder)? {
        let record = record?;
        let wanted = record.time_ms >= since_ms
            && args
                .kind
                .as_ref()
                .is_none_or(|kind| record.kind.starts_with(kind))
            && args
                .actor
                .as_ref()
                .is_none_or(|actor| record.actor.eq_ignore_ascii_case(actor));
        if !wanted {
            continue;
        }
        newest.push_back(record);
        if newest.len() > args.last {
            newest.pop_front();
        }
    }
    if args.json {
        newest.iter().for_each(|record| print!("{}", record.to_line()));
        return Ok(());
    }
    let heading = [
        "#", "time", "where", "what", "outcome", "actor", "subject", "details",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(newest.iter().map(row));
    output::table(&rows);
    Ok(())
}

fn row(record: &Record) -> Vec<String> {
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(record.time_ms));
    let time = time.map(|time| humantime::format_rfc3339_millis(time).to_string());
    let source = match record.source {
        Source::Node => "node".to_owned(),
        Source::Ledger(position) => format!("block {}", position.height),
    };
    let details: Vec<String> = record
        .details
        .iter()
        .filter(|(_, value)| **value != record.subject)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    vec![
        record.index.to_string(),
        time.unwrap_or_default(),
        source,
        record.kind.clone(),
        record.outcome.name().to_owned(),
        record.actor.clone(),
        record.subject.clone(),
        // A text of somebody else must not move the cursor or begin a line.
        details.join(" ").replace(char::is_control, " "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let day = UNIX_EPOCH + Duration::from_secs(1_795_392_000);
        assert_eq!(since("2026-11-23"), Ok(day));
        assert_eq!(
            since("2026-11-23T01:00:00Z"),
            Ok(day + Duration::from_secs(3_600))
        );
        assert_eq!(since("2026-11-23 01:00:00"), Ok(day + Duration::from_secs(3_600)));
        let ago = Duration::from_secs(2 * 3_600);
        let (before, then, after) = (SystemTime::now(), since("2h").unwrap(), SystemTime::now());
        assert!((before..=after).contains(&(then + ago)), "{then:?}");
        assert!(since("yesterday").is_err());
    }
}
