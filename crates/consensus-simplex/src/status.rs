//! What a running engine tells about itself.

use crate::{
    catch_up::CatchUp,
    types::{Activity, Digest, Finalization},
};
use civitas_ports::OrderingStatus;
use civitas_types::Height;
use commonware_consensus::{Epochable, Viewable, types::Epoch};
use futures::channel::oneshot;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tracing::warn;

/// Name of this engine.
pub(crate) const ENGINE: &str = "simplex";

/// Shared between the engine's tasks and its handle.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// Epoch and view.
    round: Mutex<(u64, u64)>,
    finalized: AtomicU64,
    voting: AtomicBool,
    contradictions: AtomicU64,
    catch_up: Mutex<Option<Listening>>,
}

/// A listener, and whom it tells.
type Listening = (CatchUp, Option<oneshot::Sender<Finalization>>);

impl Status {
    /// Takes what the engine reports.
    pub(crate) fn observe(&self, activity: &Activity) {
        match activity {
            Activity::Notarization(_) | Activity::Nullification(_) | Activity::Finalization(_) => {
                self.saw(activity.epoch().get(), activity.view().get());
            }
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
        *self.catch_up.lock() = Some((listener, Some(done)));
        caught_up
    }

    fn listen(&self, activity: &Activity) {
        let mut catch_up = self.catch_up.lock();
        let Some((listener, done)) = catch_up.as_mut() else {
            return;
        };
        if let Some(finalization) = listener.observe(activity)
            && let Some(done) = done.take()
        {
            // Nobody waits for it when the engine is being stopped.
            let _ = done.send(finalization);
        }
    }

    /// See [`CatchUp::preceded`].
    pub(crate) fn preceded(&self, epoch: u64, last: Digest) -> bool {
        let catch_up = self.catch_up.lock();
        let listener = catch_up.as_ref().map(|(listener, _)| listener);
        listener.is_some_and(|listener| listener.preceded(Epoch::new(epoch), last))
    }

    /// The payload at `height` is final, and here.
    pub(crate) fn finalized(&self, height: Height) {
        self.finalized.fetch_max(height.get(), Ordering::Relaxed);
    }

    /// The epoch is this one from now on, at least.
    pub(crate) fn entered(&self, epoch: u64) {
        self.saw(epoch, 0);
    }

    /// Whether this node votes from now on.
    pub(crate) fn votes(&self, votes: bool) {
        self.voting.store(votes, Ordering::Relaxed);
    }

    /// How often a validator was seen to contradict itself.
    pub(crate) fn contradictions(&self) -> u64 {
        self.contradictions.load(Ordering::Relaxed)
    }

    /// Height of the newest final payload that is here.
    pub(crate) fn newest(&self) -> Height {
        Height::new(self.finalized.load(Ordering::Relaxed))
    }

    /// The report of the port.
    pub(crate) fn report(&self) -> OrderingStatus {
        let (epoch, view) = *self.round.lock();
        OrderingStatus {
            engine: ENGINE,
            epoch,
            view,
            finalized: self.newest(),
            voting: self.voting.load(Ordering::Relaxed),
        }
    }

    fn saw(&self, epoch: u64, view: u64) {
        let mut round = self.round.lock();
        *round = (*round).max((epoch, view));
    }
}
