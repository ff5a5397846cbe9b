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
    catch_up: Mutex<Option<(CatchUp, oneshot::Sender<Finalization>)>>,
}

impl Status {
    /// Takes what the engine reports.
    pub(crate) fn observe(&self, activity: &Activity) {
        match activity {
            Activity::Notarization(certificate) => self.saw_view(certificate.view().get()),
            Activity::Nullification(certificate) => self.saw_view(certificate.view().get()),
            Activity::Finalization(certificate) => self.saw_view(certificate.view().get()),
            Activity::ConflictingNotarize(_) | Activity::ConflictingFinalize(_) | Activity::NullifyFinalize(_) => {
                warn!(?activity, "a validator signed two contradicting votes");
            }
            _ => {}
        }
        let mut catch_up = self.catch_up.lock();
        let caught_up = catch_up.as_mut().and_then(|(listener, _)| listener.observe(activity));
        if let (Some(finalization), Some((_, done))) = (caught_up, catch_up.take_if(|_| caught_up_is_some())) {
            let _ = done.send(finalization);
        }
    }
}
