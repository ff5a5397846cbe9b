//! Metrics over time, behind one trait, and the threads on which queries are evaluated.
//!
//! A query may be heavy or hostile: it is bounded before it runs ([`bounds`]), it runs on a thread of its own with a
//! deep stack (its parser and evaluator are recursive), and a panic in it is an error of that query alone.

pub(crate) mod bounds;
mod store;

pub(crate) use store::TsinkStore;

use crate::{
    Error, Result, Time,
    api::{Labels, QueryData},
};
use parking_lot::Mutex;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};

/// Queries that wait: a dashboard asks for about twenty at once, and three people may look.
const WAITING_MAX: usize = 64;
/// Stack of a worker. A query of [`bounds::QUERY_BYTES_MAX`] brackets nests that deep; memory is used only where a
/// query does so.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// A value of a series at a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Without `__name__`.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) time: Time,
    pub(crate) value: f64,
}

/// Keeps series. All methods block; an answer reflects every `append` that returned before. After a restart
/// everything is there but for what was appended in the last second.
pub(crate) trait SampleStore: Send + Sync {
    /// Keeps these values. Rows that cannot be kept are refused together.
    fn append(&self, rows: Vec<Row>) -> Result<()>;

    /// Ends these series at their moments: from then on queries do not see them, until they come back.
    fn end(&self, rows: Vec<Row>) -> Result<()>;

    /// Refuses a query that could not be evaluated at any time.
    fn check(&self, query: &str) -> Result<()>;

    /// Evaluates a query at one moment.
    fn instant(&self, query: &str, at: Time) -> Result<QueryData>;

    /// Evaluates a query at every step of a range.
    fn range(&self, query: &str, range: Range) -> Result<QueryData>;

    /// Series of any of these selectors (all, where there is none) with values in the window.
    fn series(&self, selectors: &[String], window: Option<(Time, Time)>) -> Result<Vec<Labels>>;

    /// Writes everything out. Nothing can be used afterwards.
    fn close(&self) -> Result<()>;
}

/// Moments at which a query is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) step_ms: i64,
}

impl Range {
    /// How many moments there are.
    pub(crate) fn steps(self) -> u64 {
        let span = self.end.0.saturating_sub(self.start.0).max(0);
        u64::try_from(span / self.step_ms.max(1))
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }
}

type Job = Box<dyn FnOnce(&dyn SampleStore) + Send>;

/// The threads that evaluate queries. They end with the last handle.
pub(crate) struct Queries {
    jobs: SyncSender<Job>,
}

impl Queries {
    /// Starts threads; each may hold [`bounds::POINTS_MAX`] points in memory.
    pub(crate) fn start(store: &Arc<dyn SampleStore>, workers: usize) -> Result<Self> {
        let (jobs, received) = sync_channel(WAITING_MAX);
        let received = Arc::new(Mutex::new(received));
        for _ in 0..workers {
            let (store, received) = (store.clone(), received.clone());
            std::thread::Builder::new()
                .name("metrics-query".into())
                .stack_size(STACK_BYTES)
                .spawn(move || work(store.as_ref(), &received))
                .map_err(|source| Error::Series {
                    source: Box::new(source),
                })?;
        }
        Ok(Self { jobs })
    }

    /// Runs one evaluation and waits for it. Dropping the future leaves the evaluation to end by itself.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        evaluate: impl FnOnce(&dyn SampleStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let job: Job = Box::new(move |store| {
            let result = catch_unwind(AssertUnwindSafe(|| evaluate(store))).unwrap_or_else(|_| {
                Err(Error::Query {
                    problem: "the evaluation failed".into(),
                })
            });
            // Nobody may be waiting any more.
            drop(answer.send(result));
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Ending,
        })?;
        answered.await.map_err(|_| Error::Ending)?
    }
}

fn work(store: &dyn SampleStore, received: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting: the other worker waits for the lock instead, which is the same.
        let job = received.lock().recv();
        let Ok(job) = job else { return };
        job(store);
    }
}
