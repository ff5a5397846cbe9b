//! The history of a candidate chain, read before it has access: which words its blocks say, and what its contracts can do.
//!
//! ```text
//!  heights, evenly spread ─▶ driver: proven blocks ─┬─▶ words: categories of a thesaurus, by block and transaction
//!                                                   └─▶ contracts ─▶ code: opcodes, proxies ─▶ the city's own program
//! ```
//! Invariant: how long it takes is bounded, and what was not looked at is said. A sample shows what is there, not that
//! there is nothing.

mod contracts;
mod opcodes;
mod scanner;
mod words;

use super::{
    candidate::Candidate,
    inspection::{Check, Verdict},
};
use crate::{content, contracts::connection::Connection};
use alloy_primitives::B256;
use civitas_node::thesaurus;
use civitas_ports::{ForeignBlock, ForeignChain, ForeignError};
use civitas_sdk::causes;
use civitas_supervision::content::Matcher;
use clap::Args;
use contracts::{Contracts, Seen};
use futures::{StreamExt as _, stream};
use scanner::Scanner;
use serde::Serialize;
use std::{collections::BTreeSet, path::PathBuf, time::Duration};
use tokio::time::timeout;
use words::Words;

/// Blocks that can be asked for: their heights are kept in memory.
const BLOCKS_MAX: u64 = 1_000_000;
/// Blocks that are read at the same time: enough to hide the way to the node, few for a public one.
const BLOCKS_AT_ONCE: usize = 4;
/// How long the city's program may take for all contracts together.
const JUDGING_TIME_MAX: Duration = Duration::from_secs(600);

/// What is looked for in the history.
#[derive(Clone, Debug, Args)]
pub(super) struct ScanOptions {
    /// The thesaurus (TOML or JSON) whose words are looked for in the chain's history.
    #[arg(long, value_name = "FILE")]
    thesaurus: Option<PathBuf>,
    /// Blocks of the history that are searched, evenly spread, the first and the newest final one among them; 0 for none.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(..=BLOCKS_MAX), value_name = "COUNT")]
    scan_blocks: u64,
    /// How long reading blocks may take, and reading contracts again; the report says how far it came.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    scan_time: Duration,
    /// A program that judges each contract that was found (exit code 0: pass, 1: warn, else fail), with arguments if it has some.
    #[arg(long, value_parser = scanner::parse, value_name = "COMMAND")]
    contract_scanner: Option<Scanner>,
}

/// The transaction where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Origin {
    height: u64,
    transaction: B256,
}

/// A version of the thesaurus on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    version: u32,
    hash: B256,
}

/// What is to be looked for.
pub(super) struct Plan<'a> {
    options: &'a ScanOptions,
    matcher: Option<Matcher>,
    /// What the ledger has in force, or why that is not known.
    in_force: Result<Option<Version>, String>,
}

/// The blocks of a chain that are of interest.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    /// Its first block.
    pub(super) first: u64,
    /// The block from which it would be followed.
    pub(super) root: u64,
    /// Its newest final block.
    pub(super) finalized: u64,
}

/// What was looked at, and found.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scan {
    blocks_wanted: usize,
    /// Blocks that were read, each with all that its header says.
    blocks: u64,
    /// Blocks that the node does not have.
    blocks_missing: u64,
    transactions: u64,
    events: u64,
    /// None without a thesaurus.
    words: Option<Words>,
    /// None of chains whose contracts cannot be read.
    contracts: Option<Contracts>,
}

/// Heights between two, both among them, evenly spread.
pub(super) fn spread(from: u64, to: u64, count: u64) -> impl Iterator<Item = u64> {
    let span = to.saturating_sub(from);
    let count = span.saturating_add(1).min(count);
    (0..count).map(move |index| {
        let wide = u128::from(span).saturating_mul(u128::from(index));
        let step = wide / u128::from(count.saturating_sub(1).max(1));
        from.saturating_add(u64::try_from(step).unwrap_or(u64::MAX))
    })
}

impl History {
    /// The heights that are read, in an order in which any beginning of it is spread as well: the newest one, then the
    /// others by the reversed bits of their places (van der Corput). The sample that was proven before is among them.
    fn order(self, count: u64) -> Vec<u64> {
        if count == 0 {
            return Vec::new();
        }
        let sample = spread(self.root, self.finalized, super::inspection::SAMPLE_BLOCKS);
        let heights: BTreeSet<u64> = spread(self.first, self.finalized, count).chain(sample).collect();
        let mut places: Vec<(u64, u64)> = (0..).zip(heights).collect();
        places.sort_unstable_by_key(|(place, height)| (*height != self.finalized, place.reverse_bits()));
        places.into_iter().map(|(_, height)| height).collect()
    }
}

impl<'a> Plan<'a> {
    /// Reads the thesaurus, and what the ledger has in force.
    ///
    /// # Errors
    /// The file is no thesaurus. A ledger that does not say what is in force is no error here.
    pub(super) async fn new(options: &'a ScanOptions, connection: &Connection) -> anyhow::Result<Self> {
        let matcher = options.thesaurus.as_deref().map(thesaurus::read).transpose()?;
        let in_force = content::in_force(connection, connection.chain.chain_id).await;
        Ok(Self {
            options,
            matcher,
            in_force: match in_force {
                Ok((found, _)) => Ok((found.version > 0).then_some(Version {
                    version: found.version,
                    hash: found.hash,
                })),
                Err(error) => Err(format!("{error:#}")),
            },
        })
    }

    /// Looks at the history of a chain.
    pub(super) async fn run(
        &self,
        candidate: &dyn Candidate,
        driver: &dyn ForeignChain,
        history: History,
    ) -> (Scan, Vec<Check>) {
        let mut checks = Vec::new();
        let mut add = |name, (verdict, what)| checks.push(Check { name, verdict, what });
        let heights = history.order(self.options.scan_blocks);
        let (mut scan, mut seen) = (self.begin(heights.len()), Seen::default());
        let read = self.read(driver, heights, &mut scan, &mut seen);
        let ended = timeout(self.options.scan_time, read).await;
        add("history", scan.verdict(&history, ended.ok()));
        let mut names_fault = None;
        if let Some(probe) = candidate.contracts() {
            let mut found = Contracts::default();
            let fault = timeout(self.options.scan_time, found.read(probe, &seen)).await;
            let fault = fault.map_or(Some(TIME_IS_UP.to_owned()), |read| {
                read.err().map(|error| causes(&error))
            });
            if let Some(scanner) = &self.options.contract_scanner {
                // What is not judged by then is counted as that.
                let _ = timeout(JUDGING_TIME_MAX, found.judge(scanner, &candidate.said().chain)).await;
            }
            let told = match scan.blocks {
                0 => (Verdict::Warn, "not looked at: no block was read".to_owned()),
                _ => found.verdict(fault.as_deref()),
            };
            add("contracts", told);
            if let Some(judged) = found.judged() {
                add("scanner", judged);
            }
            scan.contracts = Some(found);
            if let (Some(matcher), Some(words)) = (&self.matcher, &mut scan.words) {
                let searched =
                    timeout(self.options.scan_time, seen.search_names(probe, matcher, words)).await;
                names_fault = match searched {
                    Err(_) => Some(TIME_IS_UP.to_owned()),
                    Ok(Err(error)) => Some(causes(&error)),
                    Ok(Ok(())) => seen.has_more_tokens().then(|| "there are too many".to_owned()),
                };
            }
        } else if self.options.contract_scanner.is_some() {
            let what = "not started: the contracts of such a chain cannot be read";
            add("scanner", (Verdict::Warn, what.to_owned()));
        }
        if let Some(told) = self.thesaurus() {
            add("thesaurus", told);
        }
        add("words", self.words(&mut scan, names_fault));
        (scan, checks)
    }

    fn begin(&self, blocks_wanted: usize) -> Scan {
        Scan {
            blocks_wanted,
            words: self.matcher.as_ref().map(Words::new),
            ..Scan::default()
        }
    }

    /// Reads blocks until all are read, or one shows that no other will be.
    async fn read(
        &self,
        driver: &dyn ForeignChain,
        heights: Vec<u64>,
        scan: &mut Scan,
        seen: &mut Seen,
    ) -> Result<(), ForeignError> {
        let mut blocks = stream::iter(heights)
            .map(|height| driver.block(height))
            .buffered(BLOCKS_AT_ONCE);
        while let Some(block) = blocks.next().await {
            match block {
                Ok(block) => scan.take(&block, self.matcher.as_ref(), seen),
                Err(ForeignError::Missing { .. }) => {
                    scan.blocks_missing = scan.blocks_missing.saturating_add(1);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether the file is what the ledger has in force; none without a file.
    fn thesaurus(&self) -> Option<(Verdict, String)> {
        let matcher = self.matcher.as_ref()?;
        let (version, hash) = (matcher.thesaurus().version, matcher.hash());
        let file = format!("version {version}, {hash}");
        Some(match &self.in_force {
            Ok(Some(known)) if known.hash == hash => (Verdict::Pass, format!("{file}, is in force")),
            Ok(Some(known)) => (
                Verdict::Warn,
                format!(
                    "the file is {file}; in force is version {}, {}",
                    known.version, known.hash
                ),
            ),
            Ok(None) => (Verdict::Pass, format!("{file}; the ledger has none in force")),
            Err(error) => (
                Verdict::Warn,
                format!("{file}; what is in force is not known: {error}"),
            ),
        })
    }

    /// Which words were found, or why none were looked for.
    fn words(&self, scan: &mut Scan, names_fault: Option<String>) -> (Verdict, String) {
        let blocks = scan.blocks;
        let Some(words) = &mut scan.words else {
            return match &self.in_force {
                Ok(None) => {
                    let what = "not looked for: no --thesaurus, and the ledger has none in force";
                    (Verdict::Pass, what.to_owned())
                }
                Ok(Some(known)) => {
                    let Version { version, hash } = known;
                    let what =
                        format!("not looked at: no --thesaurus; version {version}, {hash}, is in force");
                    (Verdict::Warn, what)
                }
                Err(error) => {
                    let what =
                        format!("not looked at: no --thesaurus; what is in force is not known: {error}");
                    (Verdict::Warn, what)
                }
            };
        };
        words.settle();
        let (verdict, what) = words.verdict(blocks);
        match names_fault {
            None => (verdict, what),
            Some(fault) => (
                verdict.max(Verdict::Warn),
                format!("{what}; not all names of tokens were searched: {fault}"),
            ),
        }
    }
}

/// Why something was not looked at.
const TIME_IS_UP: &str = "the time was up (--scan-time)";

impl Scan {
    fn take(&mut self, block: &ForeignBlock, matcher: Option<&Matcher>, seen: &mut Seen) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.blocks = self.blocks.saturating_add(1);
        self.transactions = self.transactions.saturating_add(count(block.transactions.len()));
        self.events = self.events.saturating_add(count(block.event_count()));
        for transaction in &block.transactions {
            seen.note(block.header.height, transaction);
            if let (Some(matcher), Some(words)) = (matcher, &mut self.words) {
                words.transaction(matcher, block.header.height, transaction);
            }
        }
    }

    /// How much was read. `ended` is how reading ended; none if its time was up.
    fn verdict(&self, history: &History, ended: Option<Result<(), ForeignError>>) -> (Verdict, String) {
        let History { first, finalized, .. } = history;
        if self.blocks_wanted == 0 {
            return (Verdict::Warn, "not looked at: --scan-blocks 0".to_owned());
        }
        let mut told = format!(
            "{} of {} blocks wanted were read, of {first} to {finalized}, with {} transactions and {} events",
            self.blocks, self.blocks_wanted, self.transactions, self.events
        );
        let mut verdict = Verdict::Pass;
        if self.blocks_missing > 0 {
            verdict = Verdict::Warn;
            told.push_str(&format!("; the node does not have {}", self.blocks_missing));
        }
        match ended {
            Some(Ok(())) => {}
            None => {
                verdict = Verdict::Warn;
                told.push_str(&format!("; {TIME_IS_UP}"));
            }
            Some(Err(error)) => {
                verdict = match error {
                    ForeignError::False { .. } | ForeignError::WrongChain { .. } => Verdict::Fail,
                    _ => Verdict::Warn,
                };
                told.push_str(&format!("; then {}", causes(&error)));
            }
        }
        (verdict, told)
    }
}

#[cfg(test)]
mod tests;
