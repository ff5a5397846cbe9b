//! Messages that come before this node has entered their epoch.
//!
//! The nodes of a ledger execute the last block of an epoch at slightly different times, and the first leader of
//! the next epoch speaks at once. What it says is kept for the engine that is about to start; else the first view
//! of every epoch would be lost to a timeout.
//!
//! Bounded for every peer, so that none can take another's place: a few small messages of the next epoch only.

use crate::{network::vote_bytes_max, types::PublicKey};
use commonware_p2p::{Message, Receiver};
use std::{
    collections::{BTreeMap, VecDeque},
    num::NonZeroUsize,
};

/// Messages of one peer that are kept: a few views of its votes.
const MESSAGES_PER_PEER: u32 = 32;
/// Peers whose messages are kept; the network has fewer.
const PEERS_MAX: usize = 512;

/// Messages of one channel for the next epoch.
#[derive(Debug, Default)]
pub(crate) struct Early {
    epoch: u64,
    messages: VecDeque<Message<PublicKey>>,
    peers: BTreeMap<PublicKey, u32>,
}

impl Early {
    /// Keeps messages of `epoch` from now on, and forgets those of another one.
    pub(crate) fn expect(&mut self, epoch: u64) {
        if epoch != self.epoch {
            *self = Self {
                epoch,
                ..Self::default()
            };
        }
    }

    /// Keeps a message, if it belongs to the expected epoch and its sender has not sent too much.
    pub(crate) fn keep(&mut self, epoch: u64, message: Message<PublicKey>) {
        if epoch != self.epoch || message.1.len() > vote_bytes_max() {
            return;
        }
        if self.peers.len() >= PEERS_MAX && !self.peers.contains_key(&message.0) {
            return;
        }
        let count = self.peers.entry(message.0.clone()).or_default();
        if *count < MESSAGES_PER_PEER {
            *count += 1;
            self.messages.push_back(message);
        }
    }

    /// Takes what was kept for `epoch`.
    pub(crate) fn take(&mut self, epoch: u64) -> VecDeque<Message<PublicKey>> {
        if epoch == self.epoch {
            std::mem::take(&mut self.messages)
        } else {
            VecDeque::new()
        }
    }
}

/// A receiver that yields early messages before those that come now.
#[derive(Debug)]
pub(crate) struct Replayed<R> {
    pub early: VecDeque<Message<PublicKey>>,
    pub live: R,
}

impl<R: Receiver<PublicKey = PublicKey>> Receiver for Replayed<R> {
    type Error = R::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, R::Error> {
        match self.early.pop_front() {
            Some(message) => Ok(message),
            None => self.live.recv().await,
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.live.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    use commonware_runtime::IoBuf;

    fn message(peer: u64, bytes: usize) -> Message<PublicKey> {
        (
            PrivateKey::from_seed(peer).public_key(),
            IoBuf::from(vec![0; bytes]),
        )
    }

    #[test]
    fn keeps_a_few_messages_of_every_peer_for_the_next_epoch() {
        let mut early = Early::default();
        early.expect(3);
        for _ in 0..1_000 {
            early.keep(3, message(1, 100));
        }
        early.keep(3, message(2, 100));
        early.keep(4, message(2, 100));
        early.keep(3, message(2, vote_bytes_max() + 1));
        assert!(early.take(4).is_empty());
        let kept = early.take(3);
        assert_eq!(kept.len(), MESSAGES_PER_PEER as usize + 1);
        assert_eq!(kept.back().unwrap().0, message(2, 0).0);
        early.keep(3, message(5, 1));
        early.expect(4);
        assert!(early.take(3).is_empty() && early.take(4).is_empty());
    }
}
