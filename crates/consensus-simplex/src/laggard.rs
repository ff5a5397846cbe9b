//! Who is ahead of this node, and how it asks them for what ended its epoch.
//!
//! A vote for a later epoch says that its sender has the certificate over the last payload of every epoch before.
//! The claim is not checked: a peer that lies is asked in vain, the others are asked too.

use crate::types::PublicKey;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// Peers that are remembered; the network has fewer.
const PEERS_MAX: usize = 512;

/// The peers that were heard in later epochs.
#[derive(Debug)]
pub(crate) struct Ahead {
    pause: Duration,
    peers: BTreeMap<PublicKey, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    epoch: u64,
    asked: SystemTime,
}

impl Ahead {
    /// A peer is asked again for the same epoch after `pause`.
    pub(crate) const fn new(pause: Duration) -> Self {
        Self {
            pause,
            peers: BTreeMap::new(),
        }
    }

    /// A peer was heard in `epoch`, later than this node's own. Says whether to ask it now.
    pub(crate) fn hear(&mut self, peer: &PublicKey, epoch: u64, now: SystemTime) -> bool {
        if let Some(seen) = self.peers.get_mut(peer) {
            seen.epoch = seen.epoch.max(epoch);
            let again = now.duration_since(seen.asked).unwrap_or_default() >= self.pause;
            if again {
                seen.asked = now;
            }
            return again;
        }
        if self.peers.len() < PEERS_MAX {
            self.peers.insert(peer.clone(), Seen { epoch, asked: now });
            return true;
        }
        false
    }

    /// This node is in `epoch` now. Gives those that are further still, to be asked at once.
    pub(crate) fn entered(&mut self, epoch: u64, now: SystemTime) -> Vec<PublicKey> {
        self.peers.retain(|_, seen| seen.epoch > epoch);
        for seen in self.peers.values_mut() {
            seen.asked = now;
        }
        self.peers.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_peer_is_asked_once_in_a_while_and_at_once_in_the_next_epoch() {
        let pause = Duration::from_secs(1);
        let [one, two] = [1, 2].map(|seed| PrivateKey::from_seed(seed).public_key());
        let mut ahead = Ahead::new(pause);
        assert!(ahead.hear(&one, 5, UNIX_EPOCH));
        assert!(!ahead.hear(&one, 6, UNIX_EPOCH + pause / 2));
        assert!(ahead.hear(&one, 5, UNIX_EPOCH + pause));
        assert!(ahead.hear(&two, 4, UNIX_EPOCH + pause));
        assert_eq!(ahead.entered(4, UNIX_EPOCH + pause), std::slice::from_ref(&one));
        assert!(!ahead.hear(&one, 6, UNIX_EPOCH + pause), "it was asked just now");
        assert!(ahead.entered(6, UNIX_EPOCH + pause).is_empty());
        assert!(ahead.hear(&one, 7, UNIX_EPOCH + pause));
    }
}
