//! Audit records of what is refused on a partition ledger, by the node that runs it.
//!
//! They are acts of the node, counted in windows like those at the door of the main ledger: a partition's blocks are
//! not derived again after a crash, so up to a minute of counts can be lost then. Changes of the registries are
//! transactions of the main ledger and recorded there.

use crate::{
    auditing::{now_ms, refused_at_the_door},
    ledger::Ledger,
};
use civitas_audit::{Entry, Outcome, Recorder, Tally, is_denial};
use civitas_mempool::Denied;
use civitas_types::Block;
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _, tokio as runtime};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// How often windows are looked at.
const TICK: Duration = Duration::from_secs(1);

/// Counts what one ledger refuses; gives the records of it.
#[derive(Debug)]
pub struct Refusals {
    ledger: String,
    tally: Tally,
}

impl Refusals {
    /// Nothing of the ledger of this name is counted yet.
    pub fn new(ledger: &str) -> Self {
        Self {
            ledger: ledger.to_owned(),
            tally: Tally::default(),
        }
    }

    /// What the pool refused at its door.
    pub fn denied(&mut self, denied: &Denied, now: SystemTime) -> Option<Entry> {
        let entry = refused_at_the_door(denied, now)?;
        self.count(entry, &denied.reason)
    }

    /// What was ordered and left out of a block by the rules of the city, and not by a fault of the transaction.
    pub fn applied(&mut self, block: &Block) -> Vec<Entry> {
        let omissions = block.omitted.iter();
        let denials = omissions.filter(|omission| is_denial(&omission.reason));
        denials
            .filter_map(|omission| {
                let entry = Entry::new("transaction.refused", block.timestamp_ms)
                    .about(omission.transaction)
                    .ended(Outcome::Refused);
                self.count(entry, &omission.reason)
            })
            .collect()
    }

    /// What was counted in the window, if that has ended.
    pub fn collect(&mut self, now: SystemTime) -> Vec<Entry> {
        self.tally.collect(now_ms(now))
    }

    /// What was counted in the window as far as it goes: before the ledger stops.
    pub fn flush(&mut self) -> Vec<Entry> {
        self.tally.flush()
    }

    fn count(&mut self, entry: Entry, reason: &str) -> Option<Entry> {
        self.tally.count(entry.with("ledger", &self.ledger), reason, 1)
    }
}

struct Watcher {
    recorder: Recorder,
    refusals: Refusals,
}

/// Records what the ledger `name` refuses, until its runtime ends.
pub(super) fn watch(context: &runtime::Context, name: &str, ledger: &Ledger, recorder: Recorder) {
    let (heads, denied) = (ledger.heads.subscribe(), ledger.pool.denied());
    let watcher = Watcher {
        recorder,
        refusals: Refusals::new(name),
    };
    context
        .child("refusals")
        .spawn(move |context| watcher.run(context, heads, denied));
}

impl Watcher {
    async fn run(
        mut self,
        context: runtime::Context,
        mut heads: Receiver<Arc<Block>>,
        mut denied: Receiver<Denied>,
    ) {
        loop {
            let mut entries = Vec::new();
            tokio::select! {
                refusal = denied.recv() => match refusal {
                    Ok(refusal) => entries.extend(self.refusals.denied(&refusal, context.current())),
                    Err(RecvError::Lagged(count)) => self.recorder.lost(count),
                    Err(RecvError::Closed) => return,
                },
                head = heads.recv() => match head {
                    Ok(block) => entries = self.refusals.applied(&block),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = context.sleep(TICK) => {}
            }
            entries.extend(self.refusals.collect(context.current()));
            for entry in entries {
                self.recorder.note(entry);
            }
        }
    }
}

/// Also where the runtime ends first and drops it: a ledger that is stopped loses no count.
impl Drop for Watcher {
    fn drop(&mut self) {
        for entry in self.refusals.flush() {
            self.recorder.note(entry);
        }
    }
}
