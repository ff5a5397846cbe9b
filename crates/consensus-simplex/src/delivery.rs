//! Delivers final payloads to the application, in order, one at a time.
//!
//! The store of final payloads hands a payload over once it is on disk and waits for an acknowledgement,
//! which is given when the application says that the payload's block is durable. Both sides may remember
//! different heights after a crash or a restored backup: what the application already has is skipped, and
//! what only the store believes to be done is delivered again from its archive.

use crate::{block::Block, status::Status, types::Marshal};
use civitas_ports::Application;
use civitas_types::{Height, Payload};
use commonware_actor::Feedback;
use commonware_consensus::{Heightable, Reporter, marshal::Update, types};
use commonware_cryptography::Digested;
use commonware_utils::{Acknowledgement as _, acknowledgement::Exact, channel::watch};
use futures::{
    StreamExt as _,
    channel::{mpsc, oneshot},
};
use std::sync::Arc;
use tracing::{error, info};

/// Takes updates from the store of final payloads. At most `DELIVERIES_PENDING` wait in the queue, because
/// the store waits for acknowledgements.
#[derive(Clone)]
pub(crate) struct Inbox {
    queue: mpsc::UnboundedSender<(Digested<Block>, Exact)>,
    status: Arc<Status>,
}

/// The other end of an [`Inbox`].
pub(crate) type Queue = mpsc::UnboundedReceiver<(Digested<Block>, Exact)>;

impl Inbox {
    /// A new inbox with its queue.
    pub(crate) fn new(status: Arc<Status>) -> (Self, Queue) {
        let (queue, receiver) = mpsc::unbounded();
        (Self { queue, status }, receiver)
    }
}

impl Reporter for Inbox {
    type Activity = Update<Block>;

    fn report(&mut self, update: Update<Block>) -> Feedback {
        let Update::Block(block, acknowledgement) = update else {
            return Feedback::Ok;
        };
        self.status.finalized(Height::new(block.height().get()));
        match self.queue.unbounded_send((block, acknowledgement)) {
            Ok(()) => Feedback::Ok,
            Err(_) => Feedback::Closed,
        }
    }
}

/// Delivers until the application refuses or the store ends.
pub(crate) struct Delivery {
    pub application: Arc<dyn Application>,
    pub marshal: Marshal,
    /// The height up to which the store believes to have delivered.
    pub acknowledged: Height,
    /// Told every height that the application has executed, in order.
    pub executed: watch::Sender<Height>,
}

impl Delivery {
    /// Delivers what comes through `queue` until there is nothing more, or the application refuses: `refused`
    /// is told, and the future waits for its end, which comes when the engine's tasks are aborted.
    pub(crate) async fn run(self, mut queue: Queue, refused: oneshot::Sender<Height>) {
        if let Err(height) = self.catch_up().await {
            return refuse(refused, height).await;
        }
        while let Some((block, acknowledgement)) = queue.next().await {
            let payload = block.inner().payload();
            let height = payload.header().height;
            if !self.deliver(payload).await {
                // The acknowledgement lives on in this suspended future: dropping it would make the store
                // stop with a less helpful message than the engine gives.
                return refuse(refused, height).await;
            }
            acknowledgement.acknowledge();
        }
    }

    /// Delivers again what the application has lost since it was acknowledged.
    async fn catch_up(&self) -> Result<(), Height> {
        let mut height = self.application.delivered().next();
        while height <= self.acknowledged {
            info!(
                height = height.get(),
                "delivering again a payload that the application has lost"
            );
            let Some(block) = self.marshal.get_block(types::Height::new(height.get())).await else {
                error!(
                    height = height.get(),
                    "a final payload that the application lacks is not in the archive"
                );
                return Err(height);
            };
            if !self.deliver(block.inner().payload()).await {
                return Err(height);
            }
            height = height.next();
        }
        Ok(())
    }

    async fn deliver(&self, payload: Arc<Payload>) -> bool {
        let height = payload.header().height;
        let taken = height <= self.application.delivered() || self.application.deliver(payload).await;
        if taken {
            self.executed.send_replace(height);
        }
        taken
    }
}

async fn refuse(refused: oneshot::Sender<Height>, height: Height) {
    // When nobody listens, the engine is being stopped already.
    let _ = refused.send(height);
    std::future::pending().await
}
