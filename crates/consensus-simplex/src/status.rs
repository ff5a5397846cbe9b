//! What a running engine tells about itself.

use crate::{
    catch_up::CatchUp,
    types::{Activity, Finalization},
};
use civitas_ports::OrderingStatus;
use civitas_types::Height;
use commonware_consensus::Viewable;
use futures::channel::oneshot;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tracing::warn;

/// Name of this engine.
pub(crate) const ENGINE: &str = "simplex";

/// Shared between the engine's tasks and its handle.
#[derive(Debug, Default)]
pub(crate) struct Status {
    view: AtomicU64,
    finalized: AtomicU64,
    voting: AtomicBool,
    contradictions: AtomicU64,
    catch_up: Mutex<Option<(CatchUp, oneshot::Sender<Finalization>)>>,
}

impl Status {
    /// Takes what the engine reports.
    pub(crate) fn observe(&self, activity: &Activity) {
        match activity {
            Activity::Notarization(certificate) => self.saw_view(certificate.view().get()),
            Activity::Nullification(certificate) => self.saw_view(certificate.view().get()),
            Activity::Finalization(certificate) => self.saw_view(certificate.view().get()),
            Activity::ConflictingNotarize(_)
            | Activity::ConflictingFinalize(_)
            | Activity::NullifyFinalize(_) => {
                self.contradictions.fetch_add(1, Ordering::Relaxed);
                warn!(?activity, "a validator signed two contradicting votes");
            }
            _ => {}
        }
        self.listen(activity);
    }

    /// Starts to listen for the moment from which this node may vote.
    pub(crate) fn catch_up(&self, listener: CatchUp) -> oneshot::Receiver<Finalization> {
        let (done, caught_up) = oneshot::channel();
        *self.catch_up.lock() = Some((listener, done));
        caught_up
    }

    fn listen(&self, activity: &Activity) {
        let mut catch_up = self.catch_up.lock();
        let Some((mut listener, done)) = catch_up.take() else {
            return;
        };
        match listener.observe(activity) {
            // Nobody waits for it when the engine is being stopped.
            Some(finalization) => drop(done.send(finalization)),
            None => *catch_up = Some((listener, done)),
        }
    }

    /// The payload at `height` is final, and here.
    pub(crate) fn finalized(&self, height: Height) {
        self.finalized.fetch_max(height.get(), Ordering::Relaxed);
    }

    /// Whether this node votes from now on.
    pub(crate) fn votes(&self, votes: bool) {
        self.voting.store(votes, Ordering::Relaxed);
    }

    /// How often a validator was seen to contradict itself.
    pub(crate) fn contradictions(&self) -> u64 {
        self.contradictions.load(Ordering::Relaxed)
    }

    /// The report of the port.
    pub(crate) fn report(&self) -> OrderingStatus {
        OrderingStatus {
            engine: ENGINE,
            view: self.view.load(Ordering::Relaxed),
            finalized: Height::new(self.finalized.load(Ordering::Relaxed)),
            voting: self.voting.load(Ordering::Relaxed),
        }
    }

    fn saw_view(&self, view: u64) {
        self.view.fetch_max(view, Ordering::Relaxed);
    }
}
