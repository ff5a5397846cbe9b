//! One channel of one ledger: its sending half, its receiving half, and the queue between network and ledger.
//!
//! Both halves work on any thread and runtime. The queue is the only thing that the network and the ledger share, and
//! the network never waits for it.

use crate::{PeerKey, drops::DropReason, members::Members, switchboard::Registration};
use commonware_actor::{Feedback, Unreliable};
use commonware_p2p::{
    CheckedSender, LimitedSender, Message, Receiver, Recipients, Sender,
    utils::mux::{CheckedGlobalSender, GlobalSender},
};
use commonware_runtime::{Clock, IoBufs};
use commonware_utils::channel::mpsc;
use std::{
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};
use thiserror::Error;

/// Sends to the members of one ledger: `All` means all of them, and whoever is no member gets nothing.
///
/// All messages travel with low priority, so that the votes of the main ledger overtake them on a busy link. A message
/// above the limit is dropped and counted.
#[derive(Debug)]
pub struct LedgerSender<E: Clock, S: Sender> {
    pub(crate) sender: GlobalSender<S>,
    pub(crate) members: Members<E>,
    /// Position of the channel among those of the ledger.
    pub(crate) channel: usize,
    /// Without the prefix.
    pub(crate) message_bytes_max: usize,
}

impl<E: Clock, S: Sender> Clone for LedgerSender<E, S> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            members: self.members.clone(),
            channel: self.channel,
            message_bytes_max: self.message_bytes_max,
        }
    }
}

impl<E: Clock, S: Sender<PublicKey = PeerKey>> LimitedSender for LedgerSender<E, S> {
    type PublicKey = PeerKey;
    type Checked<'a> = CheckedLine<'a, E, S>;

    fn check(&mut self, recipients: Recipients<PeerKey>) -> Result<Self::Checked<'_>, SystemTime> {
        let recipients = self.members.recipients(recipients);
        let recipients = self.members.paced(self.channel, recipients)?;
        let checked = self.sender.check(Recipients::Some(recipients))?;
        Ok(CheckedLine {
            checked: checked.with_subchannel(self.members.chain_id()),
            members: &self.members,
            message_bytes_max: self.message_bytes_max,
        })
    }
}

/// A message of a ledger whose recipients are settled.
pub struct CheckedLine<'a, E: Clock, S: Sender> {
    checked: CheckedGlobalSender<'a, S>,
    members: &'a Members<E>,
    message_bytes_max: usize,
}

impl<E: Clock, S: Sender> fmt::Debug for CheckedLine<'_, E, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CheckedLine").finish_non_exhaustive()
    }
}

impl<E: Clock, S: Sender<PublicKey = PeerKey>> CheckedSender for CheckedLine<'_, E, S> {
    type PublicKey = PeerKey;

    fn recipients(&self) -> Vec<PeerKey> {
        self.checked.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, _priority: bool) -> Unreliable<Feedback> {
        if self.members.is_closed() {
            return Unreliable::new(Feedback::Closed);
        }
        let message = message.into();
        if message.len() > self.message_bytes_max {
            self.members.note(DropReason::TooLarge);
            let (chain_id, bytes) = (self.members.chain_id(), message.len());
            tracing::warn!(
                chain_id,
                bytes,
                "a message above the limit of the network was not sent"
            );
            return Unreliable::Rejected;
        }
        self.checked.send(message, false)
    }
}

/// The ledger's channels are closed: it was closed here, or the network has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the channels of the ledger are closed")]
pub struct LedgerClosed;

/// Receives what the members of one ledger send. The ledger is closed when all its receivers are dropped.
pub struct LedgerReceiver<E: Clock> {
    queue: mpsc::Receiver<Message<PeerKey>>,
    bytes: Arc<AtomicUsize>,
    capacity: NonZeroUsize,
    members: Members<E>,
    _registration: Arc<dyn Registration>,
}

impl<E: Clock> fmt::Debug for LedgerReceiver<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LedgerReceiver")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

impl<E: Clock> Receiver for LedgerReceiver<E> {
    type Error = LedgerClosed;
    type PublicKey = PeerKey;

    async fn recv(&mut self) -> Result<Message<PeerKey>, LedgerClosed> {
        loop {
            let (peer, message) = self.queue.recv().await.ok_or(LedgerClosed)?;
            self.bytes.fetch_sub(message.len(), Ordering::Relaxed);
            // It was a member when the message came, but may have left since.
            match self.members.admit(&peer) {
                Ok(()) => return Ok((peer, message)),
                Err(reason) => self.members.note(reason),
            }
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.capacity
    }
}

/// Bounds of a queue; whichever is reached first counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueBounds {
    pub(crate) messages_max: NonZeroUsize,
    pub(crate) bytes_max: usize,
}

/// The network's end of a queue. It has one writer, the task that distributes the messages of its channel.
pub(crate) struct Queue {
    sender: mpsc::Sender<Message<PeerKey>>,
    bytes: Arc<AtomicUsize>,
    bytes_max: usize,
}

impl Queue {
    pub(crate) fn new<E: Clock>(
        bounds: QueueBounds,
        members: Members<E>,
        registration: Arc<dyn Registration>,
    ) -> (Self, LedgerReceiver<E>) {
        let (sender, queue) = mpsc::channel(bounds.messages_max.get());
        let bytes = Arc::new(AtomicUsize::new(0));
        let receiver = LedgerReceiver {
            queue,
            bytes: bytes.clone(),
            capacity: bounds.messages_max,
            members,
            _registration: registration,
        };
        let queue = Self {
            sender,
            bytes,
            bytes_max: bounds.bytes_max,
        };
        (queue, receiver)
    }

    /// Puts a message in, if there is room.
    pub(crate) fn offer(&self, message: Message<PeerKey>) -> Result<(), DropReason> {
        let length = message.1.len();
        // There is no other writer, so the sum can only have shrunk when it is added to.
        if self.bytes.load(Ordering::Relaxed).saturating_add(length) > self.bytes_max {
            return Err(DropReason::QueueFull);
        }
        self.bytes.fetch_add(length, Ordering::Relaxed);
        // A receiver that is gone while others of its ledger go on takes nothing more, as if its queue was full.
        self.sender.try_send(message).map_err(|_| {
            self.bytes.fetch_sub(length, Ordering::Relaxed);
            DropReason::QueueFull
        })
    }
}
