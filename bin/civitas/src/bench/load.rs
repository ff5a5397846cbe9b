//! Submits signed transactions and matches them with the blocks in which another node shows them.
//!
//! Invariants: a sender's transactions go to one node over one connection, in order of their nonces; with
//! [`Pace::InFlight`] at most that many are neither committed nor refused.

use super::{
    observe::{Observers, Seen, observer_of},
    process::{PhaseUsage, float},
    report::{Percentiles, Progress, Second, milliseconds},
    workload::Signed,
};
use crate::rpc;
use alloy_primitives::B256;
use jsonrpsee_client::http_client::HttpClient;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout_at};

/// Connections to each node.
const WORKERS_PER_NODE: usize = 2;
/// A transaction that meets a full pool is sent again after a pause, so often at most.
const RETRIES_MAX: usize = 100;
const RETRY_PAUSE: Duration = Duration::from_millis(20);
/// How long the last transactions may take to be committed.
const DRAIN_WAIT: Duration = Duration::from_secs(30);
/// The first part of a phase does not count for the throughput: the nodes' queues fill up.
const WARM_UP_MAX: Duration = Duration::from_secs(2);
const WARM_UP_SHARE: u32 = 5;
/// Receipts that are looked at after the load.
const SAMPLE_MAX: usize = 500;
const SAMPLE_BATCH: usize = 100;
/// How often the progress is shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// How transactions are paced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// So many on their way, at most.
    InFlight(usize),
    /// So many a second.
    PerSecond(f64),
}

/// What a phase of load gave.
#[derive(Clone, Debug)]
pub(super) struct PhaseResult {
    pub(super) pace: Pace,
    pub(super) seconds: f64,
    pub(super) sent: usize,
    pub(super) committed: usize,
    pub(super) failed: usize,
    pub(super) tps: f64,
    pub(super) finality_ms: Option<Percentiles>,
    pub(super) timeline: Vec<Second>,
    pub(super) first_refusal: Option<String>,
    pub(super) usage: PhaseUsage,
}

/// Signed transactions on their way to the nodes.
pub(super) struct Load {
    urls: Vec<String>,
    signed: Arc<Vec<Signed>>,
    places: HashMap<B256, usize>,
    workers: Vec<Worker>,
    senders: usize,
    marks: Arc<Marks>,
}

/// When each transaction was sent and committed: microseconds after `origin`, zero for "not yet".
struct Marks {
    origin: Instant,
    sent: Vec<AtomicU64>,
    done: Vec<AtomicU64>,
}

/// One connection with the transactions that go over it.
struct Worker {
    client: HttpClient,
    queue: Vec<usize>,
    position: usize,
    batch: usize,
}

/// What the workers and the counter of a phase share.
struct Phase {
    pace: Pace,
    start: Instant,
    end: Instant,
    workers: usize,
    permits: Semaphore,
    sent: AtomicUsize,
    refused: AtomicUsize,
    broken: AtomicBool,
    first_refusal: Mutex<Option<String>>,
}

/// Transactions of a rate and a time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and bounded by the caller"
)]
pub(super) fn count_of(rate: f64, length: Duration) -> usize {
    (rate * length.as_secs_f64()).ceil() as usize
}

impl Load {
    pub(super) fn new(
        urls: &[String],
        signed: Vec<Signed>,
        senders: usize,
        batch: usize,
    ) -> anyhow::Result<Self> {
        let places = signed
            .iter()
            .enumerate()
            .map(|(index, signed)| (signed.hash, index))
            .collect();
        let mut workers = Vec::new();
        for number in 0..urls.len() * WORKERS_PER_NODE {
            let client = rpc::client(&urls[number % urls.len()])?;
            workers.push(Worker {
                client,
                queue: Vec::new(),
                position: 0,
                batch,
            });
        }
        // Sender `s` belongs to worker `s % workers`, and so to node `s % nodes`.
        let worker_count = workers.len();
        for index in 0..signed.len() {
            workers[(index % senders) % worker_count].queue.push(index);
        }
        let marks = || (0..signed.len()).map(|_| AtomicU64::new(0)).collect();
        let marks = Marks {
            origin: Instant::now(),
            sent: marks(),
            done: marks(),
        };
        Ok(Self {
            urls: urls.to_vec(),
            signed: Arc::new(signed),
            places,
            workers,
            senders,
            marks: Arc::new(marks),
        })
    }

    /// Submits at a pace for a time and waits until everything is committed.
    pub(super) async fn run(
        &mut self,
        pace: Pace,
        length: Duration,
        progress: &Progress,
    ) -> anyhow::Result<PhaseResult> {
        let mut observers = Observers::start(&self.urls).await?;
        let from: Vec<usize> = self.workers.iter().map(|worker| worker.position).collect();
        let phase = Arc::new(Phase::new(pace, length, self.workers.len()));
        let mut running = JoinSet::new();
        for (number, mut worker) in std::mem::take(&mut self.workers).into_iter().enumerate() {
            let (phase, signed, marks) = (phase.clone(), self.signed.clone(), self.marks.clone());
            running.spawn(async move {
                worker.run(number, &phase, &signed, &marks).await;
                (number, worker)
            });
        }
        let mut ended = Vec::new();
        let mut committed = 0;
        let mut show = tokio::time::interval(SHOW_EVERY);
        let mut deadline = phase.end + DRAIN_WAIT;
        progress.load(length);
        loop {
            tokio::select! {
                Some(seen) = observers.seen.recv() => committed += self.count(&seen, &phase),
                Some(result) = running.join_next() => {
                    ended.push(result?);
                    if running.is_empty() {
                        deadline = deadline.min(Instant::now() + DRAIN_WAIT);
                    }
                }
                _ = show.tick() => progress.show(phase.start.elapsed(), committed),
                () = tokio::time::sleep_until(deadline.into()) => break,
            }
            let outstanding = phase.sent.load(Ordering::Relaxed) - phase.refused.load(Ordering::Relaxed);
            if running.is_empty() && committed >= outstanding {
                break;
            }
        }
        running.shutdown().await;
        ended.sort_by_key(|(number, _)| *number);
        self.workers = ended.into_iter().map(|(_, worker)| worker).collect();
        let of_phase = self
            .workers
            .iter()
            .zip(from)
            .flat_map(|(worker, from)| &worker.queue[from..worker.position]);
        Ok(summary(
            &phase,
            length,
            &self.marks,
            &of_phase.copied().collect::<Vec<_>>(),
        ))
    }

    /// Marks the transactions of a block, and gives how many were waited for.
    fn count(&self, seen: &Seen, phase: &Phase) -> usize {
        let mut count = 0;
        for hash in &seen.transactions {
            let Some(&index) = self.places.get(hash) else {
                continue;
            };
            let node = (index % self.senders) % self.urls.len();
            let mine = observer_of(node, self.urls.len()) == seen.observer;
            if mine && self.marks.done[index].swap(self.marks.at(seen.at), Ordering::Relaxed) == 0 {
                count += 1;
            }
        }
        if matches!(phase.pace, Pace::InFlight(_)) {
            phase.permits.add_permits(count);
        }
        count
    }

    /// How many of the committed transactions failed in their execution; a sample scaled up.
    pub(super) async fn count_reverted(&self, client: &HttpClient) -> anyhow::Result<usize> {
        let committed: Vec<B256> = (0..self.signed.len())
            .filter(|&index| self.marks.done[index].load(Ordering::Relaxed) > 0)
            .map(|index| self.signed[index].hash)
            .collect();
        let step = committed.len().div_ceil(SAMPLE_MAX).max(1);
        let sample: Vec<B256> = committed.into_iter().step_by(step).collect();
        let mut reverted = 0;
        for part in sample.chunks(SAMPLE_BATCH) {
            let receipts = rpc::receipts(client, part).await?;
            reverted += receipts
                .iter()
                .filter(|receipt| receipt.as_ref().is_none_or(|r| !r.succeeded()))
                .count();
        }
        Ok(reverted * step)
    }
}

impl Marks {
    fn at(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.origin).as_micros();
        u64::try_from(since).unwrap_or(u64::MAX).max(1)
    }

    fn instant(&self, mark: u64) -> Instant {
        self.origin + Duration::from_micros(mark)
    }
}

impl Phase {
    fn new(pace: Pace, length: Duration, workers: usize) -> Self {
        let start = Instant::now();
        let permits = match pace {
            Pace::InFlight(count) => count,
            Pace::PerSecond(_) => 0,
        };
        Self {
            pace,
            start,
            end: start + length,
            workers,
            permits: Semaphore::new(permits),
            sent: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            first_refusal: Mutex::new(None),
        }
    }

    fn refuse(&self, count: usize, reason: String) {
        self.refused.fetch_add(count, Ordering::Relaxed);
        if matches!(self.pace, Pace::InFlight(_)) {
            self.permits.add_permits(count);
        }
        let mut first = self.first_refusal.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(reason);
    }
}

impl Worker {
    async fn run(&mut self, number: usize, phase: &Phase, signed: &[Signed], marks: &Marks) {
        let mut sent_before = 0;
        while self.position < self.queue.len() && !phase.broken.load(Ordering::Relaxed) {
            let left = self.batch.min(self.queue.len() - self.position);
            let due = match phase.pace {
                Pace::InFlight(_) => self.in_flight(phase, left).await,
                Pace::PerSecond(rate) => paced(phase, number, sent_before, left, rate).await,
            };
            if due.is_empty() {
                return;
            }
            let indexes = self.queue[self.position..self.position + due.len()].to_vec();
            self.position += due.len();
            sent_before += due.len();
            for (index, due) in indexes.iter().zip(due) {
                marks.sent[*index].store(marks.at(due), Ordering::Relaxed);
            }
            phase.sent.fetch_add(indexes.len(), Ordering::Relaxed);
            self.send(phase, signed, indexes).await;
        }
    }

    /// Waits for room and takes as much of it as there is, up to `most`.
    async fn in_flight(&self, phase: &Phase, most: usize) -> Vec<Instant> {
        let Ok(Ok(first)) = timeout_at(phase.end.into(), phase.permits.acquire()).await else {
            return Vec::new();
        };
        first.forget();
        let mut count = 1;
        while count < most
            && let Ok(permit) = phase.permits.try_acquire()
        {
            permit.forget();
            count += 1;
        }
        if Instant::now() >= phase.end {
            Vec::new()
        } else {
            vec![Instant::now(); count]
        }
    }

    async fn send(&self, phase: &Phase, signed: &[Signed], mut indexes: Vec<usize>) {
        let mut reason = String::new();
        for _ in 0..RETRIES_MAX {
            let raws: Vec<&str> = indexes.iter().map(|index| signed[*index].raw.as_str()).collect();
            let answers = match rpc::send_batch(&self.client, &raws).await {
                Ok(answers) => answers,
                Err(error) => {
                    phase.broken.store(true, Ordering::Relaxed);
                    return phase.refuse(indexes.len(), format!("{error:#}"));
                }
            };
            let mut again = Vec::new();
            for (index, answer) in indexes.into_iter().zip(answers) {
                match answer {
                    Some(refusal) if is_for_a_moment(&refusal) => {
                        reason = refusal;
                        again.push(index);
                    }
                    Some(refusal) if !refusal.contains("already known") => phase.refuse(1, refusal),
                    _ => {}
                }
            }
            if again.is_empty() {
                return;
            }
            indexes = again;
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        phase.refuse(indexes.len(), reason);
    }
}

/// A pool that is full has room again soon.
fn is_for_a_moment(refusal: &str) -> bool {
    refusal.contains("full") || refusal.contains("waiting")
}

/// Waits until the worker's next transaction is due, and gives the times of all that are.
async fn paced(phase: &Phase, number: usize, sent: usize, most: usize, rate: f64) -> Vec<Instant> {
    let due = |count: usize| {
        let position = float(count * phase.workers + number);
        phase.start + Duration::from_secs_f64(position / rate)
    };
    let next = due(sent);
    if next >= phase.end {
        return Vec::new();
    }
    tokio::time::sleep_until(next.into()).await;
    let now = Instant::now().min(phase.end);
    (sent..sent + most)
        .map(due)
        .take_while(|due| *due <= now)
        .collect()
}

fn summary(phase: &Phase, length: Duration, marks: &Marks, indexes: &[usize]) -> PhaseResult {
    let mut last_sent = phase.start;
    let mut finished: Vec<(Instant, f64)> = Vec::new();
    for &index in indexes {
        let sent = marks.instant(marks.sent[index].load(Ordering::Relaxed));
        last_sent = last_sent.max(sent);
        let done = marks.done[index].load(Ordering::Relaxed);
        if done > 0 {
            let done = marks.instant(done);
            finished.push((done, milliseconds(done.saturating_duration_since(sent))));
        }
    }
    finished.sort_by_key(|(done, _)| *done);
    let committed = finished.len();
    let last_done = finished.last().map_or(phase.start, |(done, _)| *done);
    let warm = phase.start + WARM_UP_MAX.min(length / WARM_UP_SHARE);
    // Transactions may run out before the time does; the window then ends with the last block.
    let finish = if last_sent + length / 10 >= phase.end {
        phase.end
    } else {
        last_done
    };
    let tps = throughput(&finished, warm, finish).unwrap_or_else(|| {
        float(committed)
            / last_done
                .saturating_duration_since(phase.start)
                .as_secs_f64()
                .max(1e-3)
    });
    PhaseResult {
        pace: phase.pace,
        seconds: last_done.saturating_duration_since(phase.start).as_secs_f64(),
        sent: indexes.len(),
        committed,
        failed: indexes.len() - committed,
        tps,
        finality_ms: Percentiles::of(finished.iter().map(|(_, finality)| *finality).collect()),
        timeline: timeline(phase.start, &finished),
        first_refusal: phase
            .first_refusal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
        usage: PhaseUsage::default(),
    }
}

/// Transactions a second between two blocks: the first and the last one within a window. Blocks come in lumps, so a
/// window with free ends would count up to a block too many. None if there is one block only.
fn throughput(finished: &[(Instant, f64)], from: Instant, to: Instant) -> Option<f64> {
    let within: Vec<Instant> = finished
        .iter()
        .map(|(done, _)| *done)
        .filter(|done| (from..=to).contains(done))
        .collect();
    let (first, last) = (*within.first()?, *within.last()?);
    let after_first = within.iter().filter(|done| **done > first).count();
    (last > first).then(|| float(after_first) / last.duration_since(first).as_secs_f64())
}

/// Second by second; `finished` is in order of time.
fn timeline(start: Instant, finished: &[(Instant, f64)]) -> Vec<Second> {
    let second = |done: &Instant| done.saturating_duration_since(start).as_secs();
    let groups = finished.chunk_by(|one, two| second(&one.0) == second(&two.0));
    groups
        .filter_map(|group| {
            Some(Second {
                second: second(&group.first()?.0),
                committed: group.len(),
                finality_ms: Percentiles::of(group.iter().map(|(_, finality)| *finality).collect())?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_summed_up_without_its_warm_up() {
        let phase = Phase::new(Pace::InFlight(1), Duration::from_secs(10), 1);
        // One a hundredth of a second, final after 50 ms.
        let sent = (0..1_000).map(|n| AtomicU64::new(1 + n * 10_000));
        let done = (0..1_000).map(|n| AtomicU64::new(1 + n * 10_000 + 50_000));
        let marks = Marks {
            origin: phase.start,
            sent: sent.collect(),
            done: done.collect(),
        };
        marks.done[999].store(0, Ordering::Relaxed);
        let result = summary(
            &phase,
            Duration::from_secs(10),
            &marks,
            &(0..1_000).collect::<Vec<_>>(),
        );
        assert_eq!((result.sent, result.committed, result.failed), (1_000, 999, 1));
        assert!((99.0..=101.0).contains(&result.tps), "{}", result.tps);
        assert_eq!(result.finality_ms.unwrap().p99, 50.0);
        assert_eq!(result.timeline.len(), 11);
    }

    #[test]
    fn blocks_that_come_in_lumps_do_not_raise_the_throughput() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        // A hundred a second, in blocks of one second.
        let finished: Vec<_> = (0..500).map(|n| (at((n / 100 + 1) * 1_000), 0.0)).collect();
        for warm_ms in [0, 600, 1_000, 1_400] {
            assert_eq!(throughput(&finished, at(warm_ms), at(5_000)), Some(100.0));
        }
        assert_eq!(throughput(&finished, at(4_500), at(5_000)), None);
    }

    #[test]
    fn every_sender_stays_with_one_worker_in_order() {
        let urls = ["http://127.0.0.1:1".to_owned(), "http://127.0.0.1:2".to_owned()];
        let signed = (0..100_u8)
            .map(|n| Signed {
                hash: B256::repeat_byte(n),
                raw: String::new(),
            })
            .collect();
        let load = Load::new(&urls, signed, 7, 10).unwrap();
        for sender in 0..7 {
            let of_sender = |worker: &&Worker| worker.queue.iter().any(|index| index % 7 == sender);
            assert_eq!(load.workers.iter().filter(of_sender).count(), 1);
        }
        assert!(load.workers.iter().all(|worker| worker.queue.is_sorted()));
        assert_eq!(
            load.workers
                .iter()
                .map(|worker| worker.queue.len())
                .sum::<usize>(),
            100
        );
    }
}
