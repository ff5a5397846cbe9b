//! Hears every vote on the network and finds contradictions among them.

use crate::cluster::{Context, SimplexCluster};
use civitas_consensus_simplex::{Channel, PublicKey};
use commonware_codec::DecodeExt as _;
use commonware_consensus::{
    Viewable as _,
    simplex::{scheme::ed25519::Scheme, types::Vote},
};
use commonware_cryptography::sha256::Digest;
use commonware_p2p::{Receiver as _, utils::mux};
use commonware_runtime::{Spawner as _, Supervisor as _};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Who voted, in which epoch and view. A node sends only its own votes.
type Key = (PublicKey, u64, u64);

/// Every vote that was heard.
#[derive(Default)]
pub struct Heard {
    pub notarized: BTreeMap<Key, BTreeSet<Digest>>,
    finalized: BTreeMap<Key, BTreeSet<Digest>>,
    nullified: BTreeSet<Key>,
}

impl Heard {
    fn take(&mut self, voter: PublicKey, epoch: u64, vote: &Vote<Scheme, Digest>) {
        let key = (voter, epoch, vote.view().get());
        match vote {
            Vote::Notarize(vote) => drop(
                self.notarized
                    .entry(key)
                    .or_default()
                    .insert(vote.proposal.payload),
            ),
            Vote::Finalize(vote) => drop(
                self.finalized
                    .entry(key)
                    .or_default()
                    .insert(vote.proposal.payload),
            ),
            Vote::Nullify(_) => drop(self.nullified.insert(key)),
        }
    }

    /// The epochs in which a node voted.
    pub fn epochs_of(&self, voter: &PublicKey) -> BTreeSet<u64> {
        let keys = self
            .notarized
            .keys()
            .chain(self.finalized.keys())
            .chain(&self.nullified);
        keys.filter(|(by, ..)| by == voter)
            .map(|(_, epoch, _)| *epoch)
            .collect()
    }

    pub fn assert_no_contradiction(&self) {
        for (key, payloads) in self.notarized.iter().chain(&self.finalized) {
            assert_eq!(payloads.len(), 1, "two votes of {key:?}");
        }
        let both: Vec<_> = self
            .finalized
            .keys()
            .filter(|key| self.nullified.contains(key))
            .collect();
        assert!(both.is_empty(), "given up and finalised: {both:?}");
    }
}

pub async fn listen(cluster: &SimplexCluster, me: PublicKey) -> Arc<Mutex<Heard>> {
    let heard = Arc::new(Mutex::new(Heard::default()));
    let (_, mut receiver) = cluster.channel(&me, Channel::VOTES).await;
    let shared = heard.clone();
    let context: Context = cluster.context.child("listener");
    context.spawn(move |_| async move {
        while let Ok((voter, message)) = receiver.recv().await {
            let (epoch, vote) = mux::parse(message).unwrap();
            shared.lock().take(voter, epoch, &Vote::decode(vote).unwrap());
        }
    });
    heard
}
