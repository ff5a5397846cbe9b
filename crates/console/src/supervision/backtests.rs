//! Back-tests: rules over the history in the index, in the background, a few at a time.

use super::{
    directory::Directory,
    history::{History, Strand},
    translate,
};
use crate::time::now;
use civitas_indexer::Reader;
use civitas_sdk::causes;
use civitas_supervision::{
    Event, Limits, Lists, Rule, Text,
    backtest::{BackTest, Report},
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Instant,
};

/// Back-tests that run at once: each takes a core.
const RUNNING_MAX: usize = 2;
/// Back-tests that are kept.
const KEPT_MAX: usize = 50;
/// Seconds for which one is kept.
const KEPT_SECONDS: u64 = 24 * 3_600;
/// Events of one back-test, at most: half an hour of a core.
const EVENTS_MAX: u64 = 20_000_000;
/// Pieces of history that wait for the rules.
const WAITING_MAX: usize = 4;
/// Keys of its windows: less than those of the rules at work, since it runs beside them.
const KEYS_MAX: usize = 100_000;

/// What is tested.
#[derive(Clone, Debug)]
pub struct Test {
    /// The rule.
    pub rule: Rule,
    /// Lists as they are today.
    pub lists: Lists,
    /// Seconds since 1970: blocks from then on.
    pub from: u64,
    /// Blocks until then.
    pub until: u64,
    /// These ledgers; all, if none is named.
    pub ledgers: Vec<String>,
    /// Who asked for it.
    pub actor: String,
}

/// How a back-test is.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It runs.
    Running,
    /// It is done: what came out, and whether it ended early since there was too much.
    Done(Box<Report>, bool),
    /// Somebody stopped it.
    Cancelled,
    /// It could not be done.
    Failed(String),
}

/// A back-test.
#[derive(Debug)]
pub struct Job {
    /// Its number.
    pub number: u64,
    /// What is tested.
    pub test: Test,
    /// When it began, seconds since 1970.
    pub began: u64,
    /// Blocks to judge.
    pub blocks: AtomicU64,
    /// Blocks that were judged.
    pub judged: AtomicU64,
    is_cancelled: AtomicBool,
    is_cut: AtomicBool,
    outcome: Mutex<Outcome>,
}

impl Job {
    /// How it is.
    pub fn outcome(&self) -> Outcome {
        self.outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn end(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
    }

    fn is_running(&self) -> bool {
        matches!(self.outcome(), Outcome::Running)
    }
}

/// All back-tests of this console.
#[derive(Debug, Default)]
pub struct BackTests {
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
    counter: AtomicU64,
}

impl BackTests {
    /// Starts one; none if too many run.
    pub fn start(&self, index: Reader, test: Test) -> Option<Arc<Job>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.values().filter(|job| job.is_running()).count() >= RUNNING_MAX {
            return None;
        }
        while jobs.len() >= KEPT_MAX {
            let oldest = jobs.iter().find(|(_, job)| !job.is_running())?.0;
            let oldest = *oldest;
            jobs.remove(&oldest);
        }
        let number = self.counter.fetch_add(1, Ordering::Relaxed) + 1;
        let job = Arc::new(Job {
            number,
            test,
            began: now(),
            blocks: AtomicU64::new(0),
            judged: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
            is_cut: AtomicBool::new(false),
            outcome: Mutex::new(Outcome::Running),
        });
        jobs.insert(number, Arc::clone(&job));
        tokio::spawn(run(index, Arc::clone(&job)));
        Some(job)
    }

    /// All that are kept, newest first.
    pub fn all(&self) -> Vec<Arc<Job>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values().rev().cloned().collect()
    }

    /// One of them.
    pub fn get(&self, number: u64) -> Option<Arc<Job>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.get(&number).cloned()
    }

    /// Stops one that runs.
    pub fn cancel(&self, number: u64) -> Option<Arc<Job>> {
        let job = self.get(number)?;
        job.is_cancelled.store(true, Ordering::Relaxed);
        Some(job)
    }

    /// Forgets what is over for a day.
    pub fn prune(&self, now: u64) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|_, job| job.is_running() || job.began.saturating_add(KEPT_SECONDS) > now);
    }
}

async fn run(index: Reader, job: Arc<Job>) {
    let (sender, receiver) = sync_channel(WAITING_MAX);
    let judging = Arc::clone(&job);
    let judged = tokio::task::spawn_blocking(move || judge(&judging, receiver));
    let read = read(&index, &job, sender).await;
    let outcome = match (judged.await, read) {
        _ if job.is_cancelled.load(Ordering::Relaxed) => Outcome::Cancelled,
        (_, Err(error)) => Outcome::Failed(causes(&error)),
        (Ok(Ok(report)), Ok(())) => Outcome::Done(Box::new(report), job.is_cut.load(Ordering::Relaxed)),
        (Ok(Err(error)), Ok(())) => Outcome::Failed(error.to_string()),
        (Err(error), Ok(())) => Outcome::Failed(error.to_string()),
    };
    job.end(outcome);
}

fn judge(job: &Job, receiver: Receiver<Vec<Event>>) -> Result<Report, civitas_supervision::RuleError> {
    let began = Instant::now();
    let test = BackTest {
        rules: std::slice::from_ref(&job.test.rule),
        lists: job.test.lists.clone(),
        limits: Limits {
            keys_max: KEYS_MAX,
            ..Limits::default()
        },
    };
    test.run(receiver.into_iter().flatten(), || began.elapsed(), |_| {})
}

/// Reads history and hands it on, until it is over or nobody wants it.
async fn read(
    index: &Reader,
    job: &Job,
    sender: SyncSender<Vec<Event>>,
) -> Result<(), civitas_indexer::Error> {
    let directory = Directory::load(index).await?;
    let mut history = history(index, job).await?;
    let mut events = 0_u64;
    loop {
        let blocks = history.next(index).await?;
        if blocks.is_empty() || job.is_cancelled.load(Ordering::Relaxed) {
            return Ok(());
        }
        let count = u64::try_from(blocks.len()).unwrap_or(u64::MAX);
        let mut piece = Vec::new();
        for (ledger, block) in blocks {
            piece.extend(translate::events(&Text::from(ledger), &block, &directory));
        }
        events = events.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if events > EVENTS_MAX {
            job.is_cut.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let sender = sender.clone();
        // Waits where the rules are slower than the index.
        let sent = tokio::task::spawn_blocking(move || sender.send(piece).is_ok()).await;
        if !sent.unwrap_or(false) {
            return Ok(());
        }
        job.judged.fetch_add(count, Ordering::Relaxed);
    }
}

async fn history(index: &Reader, job: &Job) -> Result<History, civitas_indexer::Error> {
    let mut strands = Vec::new();
    for ledger in index.ledgers().await? {
        let is_wanted = job.test.ledgers.is_empty() || job.test.ledgers.contains(&ledger.name);
        let (Some(indexed), true) = (ledger.indexed, is_wanted) else {
            continue;
        };
        let Some((first, _)) = index.first_since(&ledger.name, job.test.from).await? else {
            continue;
        };
        let after = index
            .first_since(&ledger.name, job.test.until.saturating_add(1))
            .await?;
        let last = after.map_or(Some(indexed), |after| after.0.checked_sub(1));
        if let Some(last) = last.filter(|last| *last >= first) {
            job.blocks
                .fetch_add(last.saturating_sub(first).saturating_add(1), Ordering::Relaxed);
            strands.push(Strand::new(ledger.name, first, last));
        }
    }
    Ok(History::new(strands))
}
