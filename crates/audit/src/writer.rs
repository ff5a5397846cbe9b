//! Between those who have something to record and the one who writes it: a bounded queue.
//!
//! Acts of the node never wait: where the queue is full or the disk fails, they are counted, and the count is a record
//! as soon as one can be written. Entries of the ledger wait, and are derived again if they could not be written.

use crate::{
    error::LogError,
    log::{Head, Log},
    record::{Entry, Outcome, Position},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

/// Commands that wait for the writer, at most. Acts of the node are few: more is a flood or a disk that hangs.
const QUEUE_MAX: usize = 1_024;

enum Command {
    Note(Entry),
    Group(Vec<Entry>, oneshot::Sender<bool>),
    Sync(u64),
    Head(oneshot::Sender<Option<Head>>),
    Stop,
}

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that were written.
    pub written: u64,
    /// Records that were lost because the queue was full or the disk failed; a record says how many.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Shared {
    written: AtomicU64,
    dropped: AtomicU64,
    /// Those that no record tells of yet.
    untold: AtomicU64,
}

impl Shared {
    fn drop_one(&self) {
        self.lose(1);
    }

    fn lose(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
        self.untold.fetch_add(count, Ordering::Relaxed);
    }
}

/// Takes what is to be recorded. Clones share the queue.
#[derive(Clone, Debug)]
pub struct Recorder {
    queue: mpsc::Sender<Command>,
    shared: Arc<Shared>,
}

/// Writes the log; its [`Writer::run`] blocks a thread.
pub struct Writer {
    log: Log,
    queue: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
}

/// A recorder and its writer. The position is that of the newest entry of the ledger in the log.
pub fn start(log: Log) -> (Recorder, Writer) {
    let (sender, queue) = mpsc::channel(QUEUE_MAX);
    let shared = Arc::new(Shared::default());
    let recorder = Recorder {
        queue: sender,
        shared: shared.clone(),
    };
    (recorder, Writer { log, queue, shared })
}

impl Recorder {
    /// Records an act of the node. Never waits.
    pub fn note(&self, entry: Entry) {
        if self.queue.try_send(Command::Note(entry)).is_err() {
            self.shared.drop_one();
        }
    }

    /// Counts acts that could not be noted.
    pub fn lost(&self, count: u64) {
        self.shared.lose(count);
    }

    /// Records entries of the ledger, all or none; waits for the writer. False if they could not be written, and are to
    /// be given again.
    pub async fn record(&self, entries: Vec<Entry>) -> bool {
        let (sender, done) = oneshot::channel();
        let sent = self.queue.send(Command::Group(entries, sender)).await;
        sent.is_ok() && done.await.unwrap_or(false)
    }

    /// Has everything made durable soon, and tells of what was dropped. Never waits. `now_ms`: milliseconds since 1970.
    pub fn sync(&self, now_ms: u64) {
        // Where the queue is full, another one comes.
        let _ = self.queue.try_send(Command::Sync(now_ms));
    }

    /// The newest record, once everything up to it is durable; none if there is none or the disk fails.
    pub async fn head(&self) -> Option<Head> {
        let (sender, head) = oneshot::channel();
        self.queue.send(Command::Head(sender)).await.ok()?;
        head.await.ok().flatten()
    }

    /// Ends the writer after what was given to it before.
    pub async fn stop(&self) {
        // One that has ended needs no end.
        let _ = self.queue.send(Command::Stop).await;
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        Counts {
            written: self.shared.written.load(Ordering::Relaxed),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
        }
    }
}

impl Writer {
    /// The newest entry of the ledger that is recorded.
    pub const fn position(&self) -> Option<Position> {
        self.log.position()
    }

    /// Writes until [`Recorder::stop`], or until all recorders are gone.
    pub fn run(mut self) {
        while let Some(command) = self.queue.blocking_recv() {
            match command {
                Command::Note(entry) => {
                    if !self.write(vec![entry]) {
                        self.shared.drop_one();
                    }
                }
                Command::Group(entries, done) => {
                    // Who gave up waiting derives the entries again.
                    let _ = done.send(self.write(entries));
                }
                Command::Sync(now_ms) => {
                    self.tell_of_dropped(now_ms);
                    self.sync();
                }
                Command::Head(head) => {
                    let newest = self.sync().then(|| self.log.head()).flatten();
                    let _ = head.send(newest);
                }
                Command::Stop => break,
            }
        }
        self.sync();
    }

    fn write(&mut self, entries: Vec<Entry>) -> bool {
        let Some(time_ms) = entries.first().map(|entry| entry.time_ms) else {
            return true;
        };
        self.tell_of_dropped(time_ms);
        self.append(entries)
    }

    /// Records how many acts were not recorded.
    fn tell_of_dropped(&mut self, time_ms: u64) {
        let count = self.shared.untold.swap(0, Ordering::Relaxed);
        if count == 0 {
            return;
        }
        let entry = Entry::new("audit.dropped", time_ms)
            .ended(Outcome::Failed)
            .with("count", count);
        if !self.append(vec![entry]) {
            self.shared.untold.fetch_add(count, Ordering::Relaxed);
        }
    }

    fn append(&mut self, entries: Vec<Entry>) -> bool {
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        match self.log.append(entries) {
            Ok(()) => {
                self.shared.written.fetch_add(count, Ordering::Relaxed);
                true
            }
            Err(error) => {
                report(&error);
                false
            }
        }
    }

    fn sync(&mut self) -> bool {
        self.log.sync().inspect_err(report).is_ok()
    }
}

fn report(error: &LogError) {
    warn!(
        error = error as &dyn std::error::Error,
        "audit records cannot be written: is the disk full?"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{records, tests::Scratch};

    #[test]
    fn what_does_not_fit_is_counted_and_the_count_is_recorded() {
        let scratch = Scratch::new();
        let (recorder, writer) = start(Log::open(scratch.path(), 1_000).unwrap());
        let given = u64::try_from(QUEUE_MAX).unwrap() + 7;
        for number in 0..given {
            recorder.note(Entry::new("link.refused", number));
        }
        assert_eq!(recorder.counts().dropped, 7);
        drop(recorder);
        writer.run();
        let kinds: Vec<_> = records(scratch.path())
            .unwrap()
            .map(|record| record.unwrap())
            .collect();
        let dropped: Vec<_> = kinds
            .iter()
            .filter(|record| record.kind == "audit.dropped")
            .collect();
        assert_eq!(dropped.len(), 1);
        assert_eq!(dropped[0].details["count"], "7");
        assert_eq!(kinds.len(), QUEUE_MAX + 1);
    }

    #[test]
    fn a_disk_that_fails_loses_nothing_in_silence() {
        let scratch = Scratch::new();
        let log = Log::open(scratch.path(), 1).unwrap();
        let (recorder, mut writer) = start(log);
        assert!(writer.write(vec![Entry::new("node.started", 1)]));
        // The next file cannot be made where a folder of its name stands.
        let blocked = crate::folder::Segment::at(scratch.path(), 1).path;
        std::fs::create_dir(&blocked).unwrap();
        recorder.note(Entry::new("a", 2));
        let (sender, mut done) = oneshot::channel();
        recorder
            .queue
            .try_send(Command::Group(vec![Entry::new("b", 3)], sender))
            .unwrap();
        let queue = std::mem::replace(&mut writer.queue, mpsc::channel(1).1);
        let failing = Writer {
            log: writer.log,
            queue,
            shared: writer.shared,
        };
        recorder.queue.try_send(Command::Stop).unwrap();
        failing.run();
        assert!(!done.try_recv().unwrap());
        assert_eq!(
            recorder.counts(),
            Counts {
                written: 1,
                dropped: 1
            }
        );
        std::fs::remove_dir(&blocked).unwrap();
        let (_, mut mended) = start(Log::open(scratch.path(), 1).unwrap());
        mended.shared = recorder.shared.clone();
        assert!(mended.write(vec![Entry::new("b", 3)]));
        let kinds: Vec<_> = records(scratch.path())
            .unwrap()
            .map(|record| record.unwrap().kind)
            .collect();
        assert_eq!(kinds, ["node.started", "audit.dropped", "b"]);
    }
}
