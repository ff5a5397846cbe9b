//! Inspection before access: what is checked of a candidate chain, with a verdict each, and a hash over all of it that a
//! reviewer gives as the evidence of the decision.

use super::{
    candidate::{self, Candidate, Said},
    scan::{History, Plan, Scan, spread},
};
use crate::contracts::show::now;
use alloy_primitives::{Address, B256, keccak256};
use anyhow::Context;
use civitas_chain_link::shown;
use civitas_ports::{FinalityClass, ForeignChain, ForeignHeader};
use civitas_sdk::causes;
use civitas_system_contracts::{chains::Kind, headers::Engine};
use serde::Serialize;
use std::sync::Arc;

/// Newest blocks whose headers, times and seals are looked at.
const NEWEST_BLOCKS: u64 = 64;
/// Blocks of the history that are proven whole, evenly spread; more take a person's time.
pub(super) const SAMPLE_BLOCKS: u64 = 16;
/// Chains up to this length are followed from their first block on, if nothing else is said.
const WHOLE_HISTORY_BLOCKS_MAX: u64 = 100_000;
/// Seconds that a clock may be ahead of this one.
const CLOCK_AHEAD_SECONDS_MAX: u64 = 15;
/// Seconds without a block after which a chain counts as standing still.
const SILENT_SECONDS: u64 = 3_600;
/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Pass,
    Warn,
    Fail,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    pub(super) what: String,
}

/// The block from which a chain is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Root {
    pub(super) height: u64,
    pub(super) hash: B256,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    format: &'static str,
    /// CAIP-2 name.
    pub(super) chain: String,
    pub(super) url: String,
    /// Seconds since 1970.
    at: u64,
    pub(super) client: Option<String>,
    pub(super) consensus: String,
    pub(super) finality: String,
    pub(super) depth: u64,
    pub(super) latest: u64,
    pub(super) finalized: Option<u64>,
    pub(super) trust_root: Option<Root>,
    pub(super) validators: Vec<Address>,
    pub(super) verdict: Verdict,
    pub(super) checks: Vec<Check>,
    /// What its history says and its contracts can do; none of a chain that failed before.
    scan: Option<Scan>,
}

/// A report with what is needed to go on.
pub(super) struct Inspection {
    pub(super) report: Report,
    pub(super) finality: FinalityClass,
    /// What it is registered as.
    pub(super) kind: Kind,
    /// How the ledger can verify its headers itself; none where it cannot.
    pub(super) engine: Option<Engine>,
    /// Reads the chain; proves what it gives.
    pub(super) driver: Arc<dyn ForeignChain>,
}

/// What the person who asks wants otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wishes {
    pub(super) finality: Option<FinalityClass>,
    pub(super) trust_root: Option<u64>,
}

impl Report {
    /// The bytes that are hashed.
    pub(super) fn encode(&self) -> anyhow::Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Keccak-256 over [`Self::encode`].
    pub(super) fn hash(&self) -> anyhow::Result<B256> {
        Ok(keccak256(self.encode()?))
    }

    fn add(&mut self, name: &'static str, verdict: Verdict, what: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        let what = what.into();
        self.checks.push(Check { name, verdict, what });
    }

    /// For people.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        let client = self.client.as_deref().unwrap_or("an unnamed client");
        println!("{} is {} ({client})", self.url, self.chain);
        for check in &self.checks {
            let verdict = match check.verdict {
                Verdict::Pass => "pass",
                Verdict::Warn => "WARN",
                Verdict::Fail => "FAIL",
            };
            println!("  {verdict}  {:<14} {}", check.name, check.what);
        }
        println!("  hash of this report: {}", self.hash()?);
        Ok(())
    }
}

/// How a finality is written.
pub(super) fn words(finality: FinalityClass) -> String {
    match finality {
        FinalityClass::Instant => "instant".to_owned(),
        FinalityClass::Finalized => "finalized".to_owned(),
        FinalityClass::Depth(depth) => format!("depth:{depth}"),
    }
}

/// Inspects the chain at an address.
///
/// # Errors
/// Nothing answers there, or nothing that is a chain. What is wrong with a chain that answers is in the report.
pub(super) async fn inspect(
    url: &str,
    main_chain_id: u64,
    wishes: Wishes,
    plan: &Plan<'_>,
) -> anyhow::Result<Inspection> {
    let candidate = candidate::look(url).await?;
    let said = candidate.said();
    let finality = wishes.finality.unwrap_or(said.suggested);
    let driver = candidate.connect(finality)?;
    let mut report = Report {
        format: "civitas-inspection-1",
        chain: said.chain.clone(),
        url: shown(url),
        at: now(),
        client: said.client.clone(),
        consensus: said.consensus.clone(),
        finality: words(finality),
        depth: match finality {
            FinalityClass::Depth(depth) => depth,
            FinalityClass::Instant | FinalityClass::Finalized => 0,
        },
        latest: said.latest,
        finalized: None,
        trust_root: None,
        validators: Vec::new(),
        verdict: Verdict::Pass,
        checks: Vec::new(),
        scan: None,
    };
    report.reach(&*candidate, main_chain_id);
    match driver.head().await {
        Ok(head) => report.finalized = head.finalized,
        Err(error) => report.add("finality", Verdict::Fail, causes(&error)),
    }
    report.agreement(said, finality);
    let mut engine = None;
    if let Some(finalized) = report.finalized {
        engine = report.newest(&*candidate, &*driver, finalized).await;
        report
            .history(&*candidate, &*driver, finalized, wishes.trust_root)
            .await;
        report.scan(&*candidate, &*driver, finalized, plan).await;
    }
    Ok(Inspection {
        report,
        finality,
        kind: candidate.kind(),
        engine,
        driver,
    })
}

impl Report {
    /// Who answers.
    fn reach(&mut self, candidate: &dyn Candidate, main_chain_id: u64) {
        let found = candidate.said();
        let milliseconds = found.answered_in.as_millis();
        self.add(
            "reachable",
            Verdict::Pass,
            format!("it answers within {milliseconds} ms"),
        );
        let (verdict, what) = candidate.chain_id(main_chain_id);
        self.add("chain id", verdict, what);
        match &found.client {
            Some(client) => self.add("client", Verdict::Pass, client.clone()),
            None => self.add("client", Verdict::Warn, "it does not name its program"),
        }
        match found.syncing {
            Some(false) => self.add("synchronised", Verdict::Pass, "the node is up to date"),
            Some(true) => self.add("synchronised", Verdict::Warn, "the node is still catching up"),
            None => self.add("synchronised", Verdict::Warn, "the node does not tell"),
        }
        match found.peers {
            Some(0) => self.add("peers", Verdict::Warn, "the node has none: nobody contradicts it"),
            Some(peers) => self.add("peers", Verdict::Pass, peers.to_string()),
            None => self.add("peers", Verdict::Warn, "the node does not tell"),
        }
        match &found.exposure {
            Some(what) => self.add("exposure", Verdict::Warn, what.clone()),
            None => self.add(
                "exposure",
                Verdict::Pass,
                "no keys and no administration are open",
            ),
        }
    }

    /// How it agrees, and when its blocks are final.
    fn agreement(&mut self, said: &Said, finality: FinalityClass) {
        let (consensus, words) = (self.consensus.clone(), words(finality));
        let is_voted = said.is_voted;
        let verdict = match finality {
            FinalityClass::Instant if is_voted => Verdict::Pass,
            FinalityClass::Finalized => Verdict::Pass,
            FinalityClass::Instant | FinalityClass::Depth(_) => Verdict::Warn,
        };
        let limits = match finality {
            FinalityClass::Instant if is_voted => "",
            FinalityClass::Instant => ": nobody shows that a block is final",
            FinalityClass::Finalized => "",
            FinalityClass::Depth(_) => ": a chance, not a proof",
        };
        self.add(
            "consensus",
            verdict,
            format!("{consensus}; finality {words}{limits}"),
        );
        match self.finalized {
            Some(height) => {
                let what = format!("block {height} of {}", self.latest);
                self.add("final blocks", Verdict::Pass, what);
            }
            None => self.add("final blocks", Verdict::Fail, "it has no final block"),
        }
    }

    /// The newest final blocks: headers, times, seals. Gives how the ledger can verify such headers itself.
    async fn newest(
        &mut self,
        candidate: &dyn Candidate,
        driver: &dyn ForeignChain,
        finalized: u64,
    ) -> Option<Engine> {
        let from = finalized
            .saturating_sub(NEWEST_BLOCKS - 1)
            .max(candidate.first_height());
        let headers = match driver.headers(from, NEWEST_BLOCKS).await {
            Ok(headers) => headers,
            Err(error) => {
                self.add("headers", Verdict::Fail, causes(&error));
                return None;
            }
        };
        let what = format!("{} headers have their hashes and join", headers.len());
        self.add("headers", Verdict::Pass, what);
        self.times(&headers, candidate.said().is_development);
        let votes = candidate.votes(driver, &headers).await;
        self.validators = votes.validators;
        if let Some(consensus) = votes.consensus {
            self.consensus = consensus;
        }
        for check in votes.checks {
            self.add(check.name, check.verdict, check.what);
        }
        votes.engine
    }

    fn times(&mut self, headers: &[ForeignHeader], is_development: bool) {
        let (Some(first), Some(last)) = (headers.first(), headers.last()) else {
            return;
        };
        let now = now();
        let ahead = last.timestamp.saturating_sub(now);
        let silent = now.saturating_sub(last.timestamp);
        if ahead > CLOCK_AHEAD_SECONDS_MAX {
            // A development chain makes a block for every transaction, and a second later than the one before.
            let verdict = match is_development {
                true => Verdict::Warn,
                false => Verdict::Fail,
            };
            let what = format!("its newest block is {ahead} seconds in the future");
            self.add("clock", verdict, what);
        } else {
            let what = format!("not ahead; the newest final block is {silent} seconds old");
            self.add("clock", Verdict::Pass, what);
        }
        if headers
            .windows(2)
            .any(|pair| pair[1].timestamp < pair[0].timestamp)
        {
            self.add("block times", Verdict::Fail, "times of blocks run backwards");
            return;
        }
        let blocks = u64::try_from(headers.len()).unwrap_or(u64::MAX).saturating_sub(1);
        let seconds = last.timestamp.saturating_sub(first.timestamp);
        let tenths = seconds.saturating_mul(10).checked_div(blocks);
        let average = tenths.map_or("no two blocks yet".to_owned(), |tenths| {
            format!("a block every {}.{} seconds", tenths / 10, tenths % 10)
        });
        if silent > SILENT_SECONDS {
            let what = format!("{average}; it stands still for {silent} seconds");
            self.add("block times", Verdict::Warn, what);
        } else {
            self.add("block times", Verdict::Pass, average);
        }
    }

    /// The trust root, and a sample of blocks from there on, proven whole.
    async fn history(
        &mut self,
        candidate: &dyn Candidate,
        driver: &dyn ForeignChain,
        finalized: u64,
        wish: Option<u64>,
    ) {
        let height = wish.unwrap_or(match finalized <= WHOLE_HISTORY_BLOCKS_MAX {
            true => candidate.first_height(),
            false => finalized,
        });
        match root(driver, height).await {
            Ok(root) => {
                self.trust_root = Some(root);
                let what = format!("block {height}, {}", root.hash);
                self.add("trust root", Verdict::Pass, what);
            }
            Err(error) => return self.add("trust root", Verdict::Fail, format!("{error:#}")),
        }
        let (mut transactions, mut events, mut blocks) = (0_usize, 0_usize, 0_u64);
        for height in spread(height, finalized, SAMPLE_BLOCKS) {
            match driver.block(height).await {
                Ok(block) => {
                    transactions = transactions.saturating_add(block.transactions.len());
                    events = events.saturating_add(block.event_count());
                    blocks = blocks.saturating_add(1);
                }
                Err(error) => return self.add("provable", Verdict::Fail, causes(&error)),
            }
        }
        let what = candidate.proven(blocks, transactions, events);
        self.add("provable", Verdict::Pass, what);
    }

    /// What the history says and the contracts can do. Of a chain that has no access anyway nothing more is read.
    async fn scan(
        &mut self,
        candidate: &dyn Candidate,
        driver: &dyn ForeignChain,
        finalized: u64,
        plan: &Plan<'_>,
    ) {
        let Some(root) = self.trust_root.filter(|_| self.verdict < Verdict::Fail) else {
            return;
        };
        let history = History {
            first: candidate.first_height(),
            root: root.height,
            finalized,
        };
        let (scan, checks) = plan.run(candidate, driver, history).await;
        self.scan = Some(scan);
        for check in checks {
            self.add(check.name, check.verdict, check.what);
        }
    }
}

/// The block of a chain from which it can be followed.
///
/// # Errors
/// It is not final, or the chain does not give it.
pub(super) async fn root(driver: &dyn ForeignChain, height: u64) -> anyhow::Result<Root> {
    let headers = driver.headers(height, 1).await;
    let headers = headers.with_context(|| format!("block {height} cannot be a trust root"))?;
    let header = headers.first().context("the chain gave no header")?;
    Ok(Root {
        height,
        hash: header.hash,
    })
}
