//! Judges the blocks of all ledgers as they come into the index, and keeps what is found.
//!
//! ```text
//!  index ──▶ History (blocks by time) ──▶ translate ──▶ engines ──▶ findings, heights in one transaction
//!              from the checkpoints, less the longest window: what was judged before fills the windows again
//! ```
//!
//! Invariants: blocks of a ledger are judged in the order of their heights, each once; blocks of several ledgers in the
//! order of their times. Whatever stops it, it takes up at the heights that were written with the findings: events of
//! the time that the rules look back are judged again and what they find is dropped, so that nothing is found twice or lost.
//! Where rules change, those at work go on until the windows of the new ones are full.

use super::{
    directory::Directory,
    history::{History, Strand},
    store::{Judged, Progress, Store, StoreError},
    translate,
};
use crate::content::{
    Search,
    finding::{self, Found},
};
use civitas_indexer::{Reader, read};
use civitas_supervision::{
    AHEAD_SECONDS_MAX, Engine, Finding, Limits, Lists, Mode, Notice, Rule, RuleError, Text,
};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

/// How far behind what was judged already a ledger may be without everything being read again: the clocks of ledgers
/// differ by less, and windows take what is that late.
const BEHIND_SECONDS_MAX: u64 = 3_600;
/// How long a ledger that is far behind must have stood still until it is taken up: its index is complete then.
const SETTLED_MILLIS: u64 = 10_000;
/// How long a block waits for the decimals of its tokens. They come at once, or the node does not answer.
const DESCRIBED_WAIT_MILLIS: u64 = 1_000;

/// Why blocks are not judged.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// The index does not answer.
    #[error(transparent)]
    Index(#[from] civitas_indexer::Error),
    /// The database of supervision does not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rules at work do not go together.
    #[error("the rules at work cannot be judged together")]
    Rules(#[from] RuleError),
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Blocks that were judged for the first time.
    pub judged: u64,
    /// Blocks that were judged again, to fill the windows.
    pub replayed: u64,
    /// Findings that are new.
    pub found: u64,
}

/// A rule at work that does not compile any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faulty {
    /// Its id.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// What is wrong.
    pub error: String,
}

/// What is known of the world outside when a round begins.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Milliseconds since 1970.
    pub millis: u64,
    /// Whether the index has all blocks that there are: only then silence is silence.
    pub is_index_current: bool,
}

/// The rules at work, with their windows.
#[derive(Debug)]
struct Bench {
    /// Those that count, and those on trial: a new version is tried beside the one that counts.
    engines: [Engine; 2],
    history: History,
    /// The next block of each ledger.
    next: BTreeMap<String, u64>,
    /// What is written.
    judged: BTreeMap<String, Judged>,
    /// Time of the newest event.
    newest: u64,
    rules_revision: u64,
    lists_revision: u64,
}

/// Judges what happens.
#[derive(Debug)]
pub struct Judge {
    index: Reader,
    store: Store,
    bench: Option<Bench>,
    /// The rules after a change, while their windows are filled.
    coming: Option<Bench>,
    /// The versions at work, with their modes.
    at_work: HashMap<(String, u32), Mode>,
    directory: Directory,
    identities: Option<[i64; 4]>,
    faulty: Vec<Faulty>,
    /// Since when the index of a ledger stands at a height, in milliseconds.
    standing: HashMap<String, (u64, u64)>,
    /// Since when a block of a ledger waits for its tokens.
    waiting: HashMap<String, (u64, u64)>,
    /// The words that are looked for.
    words: Search,
}

impl Judge {
    /// Of an index, into a store.
    pub fn new(index: Reader, store: Store) -> Self {
        Self {
            index,
            store,
            bench: None,
            coming: None,
            at_work: HashMap::new(),
            directory: Directory::default(),
            identities: None,
            faulty: Vec::new(),
            standing: HashMap::new(),
            waiting: HashMap::new(),
            words: Search::default(),
        }
    }

    /// Looks for these words from now on.
    pub fn look_for(&mut self, words: Search) {
        self.words = words;
    }

    /// Rules that do not compile any more.
    pub fn faulty(&self) -> &[Faulty] {
        &self.faulty
    }

    /// Forgets its windows: the next round reads them again. For who is not the only one that judges.
    pub fn rest(&mut self) {
        self.bench = None;
        self.coming = None;
    }

    /// Judges some of what is new. Nothing was judged, if nothing is.
    ///
    /// # Errors
    /// The index or the store does not answer. The next round begins from what is written.
    pub async fn round(&mut self, circumstances: Circumstances) -> Result<Round, JudgeError> {
        let done = self.try_round(circumstances).await;
        if done.is_err() {
            // The windows may be ahead of what is written.
            self.rest();
        }
        done
    }

    async fn try_round(&mut self, circumstances: Circumstances) -> Result<Round, JudgeError> {
        let revisions = self.store.revisions().await?;
        let mut bench = match self.bench.take() {
            Some(bench) => bench,
            None => self.open(revisions).await?,
        };
        let newest = self.coming.as_ref().unwrap_or(&bench).rules_revision;
        if newest != revisions.0 {
            self.coming = Some(self.open(revisions).await?);
        }
        for each in std::iter::once(&mut bench).chain(&mut self.coming) {
            each.know_lists(&self.store, revisions.1).await?;
        }
        if self.extend(&mut bench, circumstances.millis).await? {
            self.coming = None;
            bench = self.open(revisions).await?;
            self.extend(&mut bench, circumstances.millis).await?;
        }
        let now = circumstances.millis / 1_000;
        let blocks = bench.history.next(&self.index).await?;
        self.know_identities(blocks.is_empty()).await?;
        let mut progress = Progress::default();
        let mut round = Round::default();
        let latest = now.saturating_add(AHEAD_SECONDS_MAX);
        let view = View {
            latest,
            directory: &self.directory,
        };
        let mut of_words = Vec::new();
        for (ledger, block) in blocks {
            let found = finding::of_block(&self.index, self.words.on(&ledger), &ledger, &block).await?;
            match bench.judge((&ledger, &block, &found), &view, &mut progress) {
                true => {
                    round.judged += 1;
                    of_words.extend(self.of_words(&ledger, &block, &found));
                }
                false => round.replayed += 1,
            }
        }
        if round == Round::default() && circumstances.is_index_current {
            for engine in &mut bench.engines {
                engine.advance(now, &mut progress.findings);
            }
        }
        let notices = bench.engines.iter_mut().flat_map(Engine::take_notices);
        let notices: Vec<Notice> = notices.collect();
        // What filling the windows may have missed was told when it happened.
        if round.replayed == 0 {
            progress.notices = notices;
        }
        self.keep_at_work(&mut progress.findings);
        progress.findings.append(&mut of_words);
        if !progress.is_empty() {
            round.found = self.store.write(&progress).await?;
        }
        for (ledger, (_, judged)) in progress.judged {
            bench.judged.insert(ledger, judged);
        }
        if let Some(mut coming) = self.coming.take() {
            coming.judged.clone_from(&bench.judged);
            match self.fill(&mut coming, latest, &mut round).await? {
                // Its windows hold what those of the other hold.
                true => bench = coming,
                false => self.coming = Some(coming),
            }
        }
        self.bench = Some(bench);
        Ok(round)
    }

    /// Fills the windows of rules that come with some of what was judged; true if they are full.
    async fn fill(&self, coming: &mut Bench, latest: u64, round: &mut Round) -> Result<bool, JudgeError> {
        if coming.history.is_done() {
            coming.history = coming.unseen();
        }
        let view = View {
            latest,
            directory: &self.directory,
        };
        let mut nothing = Progress::default();
        for (ledger, block) in coming.history.next(&self.index).await? {
            let found = finding::of_block(&self.index, self.words.on(&ledger), &ledger, &block).await?;
            coming.judge((&ledger, &block, &found), &view, &mut nothing);
            round.replayed += 1;
        }
        if !coming.history.is_done() || !coming.has_seen_all() {
            return Ok(false);
        }
        for engine in &mut coming.engines {
            // What filling the windows may have missed was told when it happened.
            engine.take_notices();
        }
        Ok(true)
    }

    /// Reads the rules at work, and goes back as far as they look.
    async fn open(&mut self, (rules_revision, lists_revision): (u64, u64)) -> Result<Bench, JudgeError> {
        let lists = self.store.lists_of_rules().await?;
        let versions = self.store.rules_at_work().await?;
        let mut rules: [Vec<Rule>; 2] = Default::default();
        self.faulty.clear();
        self.at_work.clear();
        for version in versions {
            let key = (version.rule.id.clone(), version.rule.version);
            self.at_work.insert(key, version.rule.mode);
            let place = usize::from(version.rule.mode != Mode::Active);
            match compiled(&version.rule, &lists) {
                Ok(()) => rules[place].push(version.rule),
                Err(error) => self.faulty.push(Faulty {
                    rule: version.rule.id.clone(),
                    version: version.rule.version,
                    error: error.to_string(),
                }),
            }
        }
        let [active, shadow] = rules;
        let engines = [
            Engine::new(&active, lists.clone(), Limits::default())?,
            Engine::new(&shadow, lists, Limits::default())?,
        ];
        let judged = self.store.judged().await?;
        let mut bench = Bench {
            engines,
            history: History::default(),
            next: BTreeMap::new(),
            judged,
            newest: 0,
            rules_revision,
            lists_revision,
        };
        let from = self.begin(&bench).await?;
        for ledger in self.index.ledgers().await? {
            let first = self.index.first_since(&ledger.name, from).await?;
            // What is all older than that fills no window.
            let after = ledger.indexed.map(|indexed| indexed.saturating_add(1));
            if let Some(height) = first.map(|first| first.0).or(after) {
                bench.next.insert(ledger.name, height);
            }
        }
        Ok(bench)
    }

    /// The time from which blocks are read: what was not judged yet, less what the rules look back.
    async fn begin(&self, bench: &Bench) -> Result<u64, JudgeError> {
        let horizon = bench.engines.iter().map(Engine::horizon_seconds).max();
        let mut oldest = u64::MAX;
        for ledger in self.index.ledgers().await? {
            let unjudged = match bench.judged.get(&ledger.name) {
                Some(judged) => Some(judged.time),
                None => self
                    .index
                    .first_since(&ledger.name, 0)
                    .await?
                    .map(|first| first.1),
            };
            oldest = oldest.min(unjudged.unwrap_or(u64::MAX));
        }
        Ok(oldest.saturating_sub(horizon.unwrap_or(0)))
    }

    /// Takes in what the index has got since. True where a ledger that was far behind is complete, so that everything has
    /// to be read again in its order.
    async fn extend(&mut self, bench: &mut Bench, millis: u64) -> Result<bool, JudgeError> {
        if !bench.history.is_done() {
            return Ok(false);
        }
        let mut strands = Vec::new();
        for ledger in self.index.ledgers().await? {
            let Some(indexed) = ledger.indexed else { continue };
            let first = match bench.next.get(&ledger.name) {
                Some(next) => Some(*next),
                None => self
                    .index
                    .first_since(&ledger.name, 0)
                    .await?
                    .map(|first| first.0),
            };
            let Some(first) = first.filter(|first| *first <= indexed) else {
                continue;
            };
            let settled = stood(&mut self.standing, &ledger.name, indexed, millis) >= SETTLED_MILLIS;
            if bench.is_far_behind(&self.index, &ledger.name, first).await? {
                if settled {
                    return Ok(true);
                }
                continue;
            }
            let mut until = self.index.described(&ledger.name, first, indexed).await?;
            if until != Some(indexed) {
                let waits = until.map_or(first, |until| until.saturating_add(1));
                if stood(&mut self.waiting, &ledger.name, waits, millis) >= DESCRIBED_WAIT_MILLIS {
                    until = Some(indexed);
                }
            }
            if let Some(until) = until {
                bench.next.insert(ledger.name.clone(), until.saturating_add(1));
                strands.push(Strand::new(ledger.name, first, until));
            }
        }
        bench.history = History::new(strands);
        Ok(false)
    }

    /// Leaves out findings of versions that are no longer at work, and gives the others the mode of theirs.
    fn keep_at_work(&self, findings: &mut Vec<Finding>) {
        findings.retain_mut(|finding| {
            let mode = self.at_work.get(&(finding.rule.clone(), finding.version));
            finding.mode = mode.copied().unwrap_or(Mode::Retired);
            mode.is_some()
        });
    }

    /// What is found of words in a block.
    fn of_words(&self, ledger: &str, block: &read::PastBlock, found: &Found) -> Vec<Finding> {
        let Some(words) = self.words.on(ledger) else {
            return Vec::new();
        };
        let transactions = block.transactions.iter().filter_map(|transaction| {
            let categories = found.get(&transaction.index)?;
            let party = translate::sender(ledger, transaction, &self.directory);
            let place = finding::Place {
                ledger,
                height: block.number,
                index: transaction.index,
                subject: party.identity.as_ref().map_or(&party.account, |it| &it.did),
                time: block.time,
            };
            Some(
                categories
                    .iter()
                    .filter_map(|key| finding::of_category(words, key, &place))
                    .collect::<Vec<_>>(),
            )
        });
        transactions.flatten().collect()
    }

    /// Reads the identities again, if the index knows others than before.
    async fn know_identities(&mut self, is_idle: bool) -> Result<(), JudgeError> {
        if is_idle && self.identities.is_some() {
            return Ok(());
        }
        let mark = Some(self.index.identities_mark().await?);
        if self.identities != mark {
            self.directory = Directory::load(&self.index).await?;
            self.identities = mark;
        }
        Ok(())
    }
}

/// What is the same for all blocks of a round.
struct View<'a> {
    /// The latest time that is believed.
    latest: u64,
    directory: &'a Directory,
}

impl Bench {
    /// Whether a block that was never judged is much older than what was.
    async fn is_far_behind(&self, index: &Reader, ledger: &str, height: u64) -> Result<bool, JudgeError> {
        let is_new = self
            .judged
            .get(ledger)
            .is_none_or(|judged| judged.height < height);
        if !is_new {
            return Ok(false);
        }
        let time = index.time_of(ledger, height).await?.unwrap_or(u64::MAX);
        Ok(time.saturating_add(BEHIND_SECONDS_MAX) < self.newest)
    }

    /// What was judged of each ledger and not seen by these rules; from now on it counts as seen.
    fn unseen(&mut self) -> History {
        let mut strands = Vec::new();
        for (ledger, judged) in &self.judged {
            let next = self.next.entry(ledger.clone()).or_insert(0);
            if *next <= judged.height {
                strands.push(Strand::new(ledger.clone(), *next, judged.height));
                *next = judged.height.saturating_add(1);
            }
        }
        History::new(strands)
    }

    /// Whether these rules have seen what was judged.
    fn has_seen_all(&self) -> bool {
        let mut judged = self.judged.iter();
        judged.all(|(ledger, judged)| self.next.get(ledger).is_some_and(|next| *next > judged.height))
    }

    /// Takes over the lists, if others have changed them.
    async fn know_lists(&mut self, store: &Store, revision: u64) -> Result<(), JudgeError> {
        if self.lists_revision != revision {
            let lists = store.lists_of_rules().await?;
            for engine in &mut self.engines {
                engine.lists_mut().clone_from(&lists);
            }
            self.lists_revision = revision;
        }
        Ok(())
    }

    /// Judges a block; false if it was judged before and only fills the windows.
    fn judge(
        &mut self,
        (ledger, block, found): (&str, &read::PastBlock, &Found),
        view: &View<'_>,
        progress: &mut Progress,
    ) -> bool {
        let before = self.judged.get(ledger).map(|judged| judged.height);
        let mut findings: Vec<Finding> = Vec::new();
        let name = Text::from(ledger);
        for mut event in translate::events(&name, block, view.directory) {
            event.content = finding::of_event(found, &event);
            // A clock that runs far ahead takes nothing from the other ledgers.
            event.time = event.time.min(view.latest);
            self.newest = self.newest.max(event.time);
            for engine in &mut self.engines {
                engine.observe(&event, &mut findings);
            }
        }
        if before.is_some_and(|height| height >= block.number) {
            return false;
        }
        progress.findings.append(&mut findings);
        let judged = Judged {
            height: block.number,
            time: block.time,
        };
        let entry = progress.judged.entry(ledger.to_owned());
        entry.or_insert((before, judged)).1 = judged;
        true
    }
}

/// For how long a ledger has been seen at a height, in milliseconds.
fn stood(seen: &mut HashMap<String, (u64, u64)>, ledger: &str, height: u64, millis: u64) -> u64 {
    let since = seen.entry(ledger.to_owned()).or_insert((height, millis));
    if since.0 != height {
        *since = (height, millis);
    }
    millis.saturating_sub(since.1)
}

/// Whether a rule can be at work with these lists.
///
/// # Errors
/// The first fault, with its place.
pub fn compiled(rule: &Rule, lists: &Lists) -> Result<(), RuleError> {
    Engine::new(std::slice::from_ref(rule), lists.clone(), Limits::default()).map(|_| ())
}
