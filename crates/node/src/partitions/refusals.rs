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

struct Watcher {
    recorder: Recorder,
    ledger: String,
    tally: Tally,
}

/// Records what the ledger `name` refuses, until its runtime ends.
pub(super) fn watch(context: &runtime::Context, name: &str, ledger: &Ledger, recorder: Recorder) {
    let (heads, denied) = (ledger.heads.subscribe(), ledger.pool.denied());
    let watcher = Watcher {
        recorder,
        ledger: name.to_owned(),
        tally: Tally::default(),
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
            tokio::select! {
                refusal = denied.recv() => match refusal {
                    Ok(refusal) => self.denied(&refusal, context.current()),
                    Err(RecvError::Lagged(count)) => self.recorder.lost(count),
                    Err(RecvError::Closed) => return,
                },
                head = heads.recv() => match head {
                    Ok(block) => self.applied(&block),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = context.sleep(TICK) => {}
            }
            for entry in self.tally.collect(now_ms(context.current())) {
                self.recorder.note(entry);
            }
        }
    }

    fn denied(&mut self, denied: &Denied, now: SystemTime) {
        if let Some(entry) = refused_at_the_door(denied, now) {
            self.count(entry, &denied.reason);
        }
    }

    fn applied(&mut self, block: &Block) {
        for omission in block
            .omitted
            .iter()
            .filter(|omission| is_denial(&omission.reason))
        {
            let entry = Entry::new("transaction.refused", block.timestamp_ms)
                .about(omission.transaction)
                .ended(Outcome::Refused);
            self.count(entry, &omission.reason);
        }
    }

    fn count(&mut self, entry: Entry, reason: &str) {
        let entry = entry.with("ledger", &self.ledger);
        if let Some(entry) = self.tally.count(entry, reason, 1) {
            self.recorder.note(entry);
        }
    }
}
