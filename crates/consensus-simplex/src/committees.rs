//! Which validators may finalise in which epoch.
//!
//! One entry for now. When the validator set can change, a new epoch is added here before its first block,
//! and an engine with its own journal and sub-channels is started beside the old one.

use crate::types::Scheme;
use commonware_consensus::types::Epoch;
use commonware_cryptography::certificate::{Provider, Scoped};
use std::{collections::BTreeMap, sync::Arc};

/// The verifying scheme of every epoch.
#[derive(Clone, Debug)]
pub(crate) struct Committees(Arc<BTreeMap<Epoch, Arc<Scheme>>>);

impl Committees {
    /// The committee of the only epoch.
    pub(crate) fn single(epoch: Epoch, verifier: Scheme) -> Self {
        Self(Arc::new(BTreeMap::from([(epoch, Arc::new(verifier))])))
    }
}

impl Provider for Committees {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.0.get(&epoch).cloned().map(Scoped::verifier)
    }
}
