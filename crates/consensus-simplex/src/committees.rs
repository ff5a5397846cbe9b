//! Which validators may finalise in which epoch.
//!
//! An epoch is entered here before its engine starts, once its validators are known. Older ones are forgotten:
//! nothing that is still to be made final belongs to them, and the store of payloads ignores what it cannot
//! judge.

use crate::types::Scheme;
use commonware_consensus::types::Epoch;
use commonware_cryptography::certificate::{Provider, Scoped};
use parking_lot::RwLock;
use std::{collections::BTreeMap, sync::Arc};

/// Epochs that are remembered: the current one, and two before it for answers that come late.
const EPOCHS_KEPT: usize = 3;

/// The verifying scheme of the newest epochs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Committees(Arc<RwLock<BTreeMap<Epoch, Arc<Scheme>>>>);

impl Committees {
    /// Adds the committee of `epoch`.
    pub(crate) fn enter(&self, epoch: Epoch, verifier: Scheme) {
        let mut committees = self.0.write();
        committees.insert(epoch, Arc::new(verifier));
        while committees.len() > EPOCHS_KEPT {
            committees.pop_first();
        }
    }
}

impl Provider for Committees {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        // A scope that only verifies would not do: the store looks up who takes part before it takes a payload
        // that is notarised and not yet final.
        self.0.read().get(&epoch).cloned().map(Scoped::scheme)
    }
}
