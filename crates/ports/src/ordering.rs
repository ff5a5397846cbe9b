//! Ordering payloads: what a consensus engine gives, and what it asks of the ledger that it orders for.

use crate::{BoxFuture, OrderingError};
use civitas_types::{Height, NodeKey, Payload, Validator};
use std::sync::Arc;

/// What a leader builds its payload on.
#[derive(Clone, Debug)]
pub struct ProposalContext {
    /// Key of this node, the proposer.
    pub proposer: NodeKey,
    /// The payload before the new one.
    pub parent: Arc<Payload>,
    /// The newest height that this node knows to be final; it will be delivered, if it was not already. What
    /// lies above it up to `parent` may still be replaced.
    pub finalized: Height,
    /// Payloads above the executed head of this node up to and with `parent`, in their order.
    /// Their transactions must not be proposed again.
    pub unexecuted: Vec<Arc<Payload>>,
}

/// The quorum's signatures over a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Name of the encoding: `simplex-ed25519-v1`, or `solo-v1` (one signature).
    pub kind: &'static str,
    /// Epoch of the payload: its validators signed.
    pub epoch: u64,
    /// Round in which the payload was finalised.
    pub view: u64,
    /// Keys of those who signed.
    pub signers: Vec<NodeKey>,
    /// The canonical encoding of the certificate, checked by crate `consensus-simplex::verify`.
    pub encoded: Vec<u8>,
}

/// A short report of an engine for `status` and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderingStatus {
    /// Name of the engine.
    pub engine: &'static str,
    /// The epoch whose validators order now, as far as this node has executed.
    pub epoch: u64,
    /// The newest round of that epoch that this node has seen.
    pub view: u64,
    /// Height of the newest final payload that this node has.
    pub finalized: Height,
    /// Whether this node takes part in the votes now.
    pub voting: bool,
}

/// The ledger, as an ordering engine sees it. Implemented by crate `node`, and by test doubles.
pub trait Application: Send + Sync + 'static {
    /// The payload of height zero. Always the same.
    fn genesis(&self) -> Arc<Payload>;

    /// Makes the payload that follows `context.parent`.
    ///
    /// May wait, for transactions or for the pace of the ledger; the engine drops the future when the round is
    /// over. `None` gives up the round. May be called again for the same parent.
    fn propose(&self, context: ProposalContext) -> BoxFuture<'_, Option<Payload>>;

    /// Whether `payload` may follow `parent`: ledger, height, parent digest, time, size, result commitment,
    /// proposer (a validator of the payload's epoch).
    ///
    /// May wait until this node has executed the block that the payload commits to. The answer is the same on
    /// all honest nodes, so that an honest leader's payload is never refused.
    fn verify(&self, payload: Arc<Payload>, parent: Arc<Payload>) -> BoxFuture<'_, bool>;

    /// Takes the next final payload. The engine calls it in order of height, one at a time, at least once each
    /// (again after a restart); a height that was taken before is ignored.
    ///
    /// When the future ends with `true` the block is durable, and the engine need not deliver it again. `false`
    /// says that the node must stop (its storage failed); the engine delivers nothing more.
    fn deliver(&self, payload: Arc<Payload>) -> BoxFuture<'_, bool>;

    /// Height of the newest payload that was executed durably: delivery begins above it.
    fn delivered(&self) -> Height;

    /// The validators of an epoch (see [`civitas_types::Epochs`]), in any order: at least one, no key twice.
    ///
    /// `None` while the last block of the epoch before has not been executed here; the state after that block
    /// decides, so the answer is the same on all honest nodes and never changes. Epochs that are over are
    /// answered too: their certificates stay provable. Those of epoch 0 stand in the genesis.
    fn validators(&self, epoch: u64) -> BoxFuture<'_, Option<Vec<Validator>>>;
}

/// A running ordering engine.
pub trait Ordering: Send + Sync {
    /// The certificate over the payload at `height`, if this node has it. Every final payload has one, on at
    /// least a quorum of nodes; a node that was away may have only a later one.
    fn certificate(&self, height: Height) -> BoxFuture<'_, Result<Option<Certificate>, OrderingError>>;

    /// The final payload at `height`, if this node has it.
    fn payload(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Payload>>, OrderingError>>;

    /// A short report.
    fn status(&self) -> OrderingStatus;
}
