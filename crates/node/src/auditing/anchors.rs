//! When a node anchors its records on the ledger, and what it says there.
//!
//! On a ledger whose gas has a price nobody pays for an anchor, and none is sent; records are chained only.

use crate::throw_away::ProvenCall;
use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;
use civitas_audit::{Head, Recorder};
use civitas_crypto::NodeKeyPair;
use civitas_mempool::Pool;
use civitas_ports::{LedgerStore, Origin, StoreError, TransactionPool};
use civitas_system_contracts::{
    address::AUDIT,
    audit::{self, ANCHOR_BLOCKS_MIN},
    interfaces::IAudit::{self, Anchor},
    nodes::{self, proofs::AuditAnchor},
};
use std::sync::Arc;
use tracing::{debug, error, warn};

/// Gas limit of an anchor: several times what it uses.
const ANCHOR_GAS: u64 = 500_000;
/// Seconds between two anchors, at least, by the time of the ledger: a busy ledger has a hundred blocks in a few seconds.
const ANCHOR_SECONDS_MIN: u64 = 60;
/// An anchor without effect doubles the pause before the next one, so many times at most.
const DOUBLINGS_MAX: u32 = 10;

/// Whom an anchor needs.
pub(super) struct Parties {
    /// The ledger's state.
    pub(super) store: Arc<dyn LedgerStore>,
    /// Takes anchors.
    pub(super) pool: Arc<Pool>,
    /// Signs them.
    pub(super) key: NodeKeyPair,
    /// Chain id of the ledger.
    pub(super) chain_id: u64,
    /// Base fee of the ledger, in wei.
    pub(super) base_fee: u64,
}

/// Anchors the records of a node.
pub(super) struct Anchorer {
    parties: Parties,
    interval: u64,
    /// Height before which nothing is to be done.
    not_before: u64,
    /// The first index of the anchor that was sent last, and how often that had no effect.
    sent: Option<u64>,
    doublings: u32,
}

/// What the ledger says.
struct Standing {
    active: bool,
    last: Option<Anchor>,
    /// Time of the newest block, in seconds since 1970.
    now: u64,
}

impl Anchorer {
    pub(super) const fn new(parties: Parties, interval: u64) -> Self {
        Self {
            parties,
            interval,
            not_before: 0,
            sent: None,
            doublings: 0,
        }
    }

    /// Sends an anchor if one is due. Gives the index of the last anchored record, if it was looked up.
    pub(super) async fn look(&mut self, recorder: &Recorder) -> Option<u64> {
        let height = self.parties.store.head().height.get();
        if height < self.not_before || self.parties.base_fee > 0 {
            return None;
        }
        self.not_before = height.saturating_add(ANCHOR_BLOCKS_MIN);
        let standing = match self.standing() {
            Ok(standing) => standing,
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the anchors of this node could not be read"
                );
                return None;
            }
        };
        let anchored = standing.last.as_ref().map(|last| last.toIndex);
        let is_too_soon = standing
            .last
            .as_ref()
            .is_some_and(|last| standing.now < last.at.saturating_add(ANCHOR_SECONDS_MIN));
        let due_at = standing
            .last
            .as_ref()
            .map_or(0, |last| last.height.saturating_add(self.interval));
        if height < due_at {
            self.not_before = due_at;
        } else if !is_too_soon
            && standing.active
            && let Some(head) = recorder.head().await
        {
            self.anchor(head, standing.last.as_ref(), height);
        }
        anchored
    }

    fn standing(&self) -> Result<Standing, StoreError> {
        let (store, key) = (&self.parties.store, self.parties.key.public_key());
        let head = store.head();
        let view = store.view(head.height)?;
        Ok(civitas_evm::ask(&*view, head.timestamp_ms, |host| {
            Ok(Standing {
                active: nodes::is_active(host, key)?,
                last: audit::last_anchor(host, key)?,
                now: host.block().timestamp,
            })
        })?)
    }

    fn anchor(&mut self, head: Head, last: Option<&Anchor>, height: u64) {
        let from = last.map_or(0, |last| last.toIndex.saturating_add(1));
        if head.index.saturating_add(1) < from {
            error!(
                records = head.index.saturating_add(1),
                anchored = from,
                "audit records of this node are missing that are anchored on the ledger: `civitas audit verify` says \
                 which; nothing more is anchored"
            );
        }
        if head.index < from {
            return;
        }
        self.doublings = match self.sent {
            Some(sent) if sent == from => self.doublings.saturating_add(1).min(DOUBLINGS_MAX),
            _ => 0,
        };
        self.sent = Some(from);
        let pause = self.interval.saturating_mul(1 << self.doublings);
        self.not_before = height.saturating_add(pause);
        let Some(raw) = self.transaction(from, head) else {
            warn!("the key of the node cannot sign an anchor");
            return;
        };
        match self.parties.pool.submit(raw, Origin::Client) {
            Ok(_) => debug!(from, to = head.index, "audit records are anchored"),
            Err(refusal) => warn!(%refusal, "an anchor of the audit records was refused"),
        }
    }

    fn transaction(&self, from: u64, head: Head) -> Option<Bytes> {
        let Parties { key, chain_id, .. } = &self.parties;
        let statement = AuditAnchor {
            chain_id: *chain_id,
            from_index: from,
            to_index: head.index,
            head_hash: head.hash,
        };
        let signature = key.sign(statement.message().as_slice()).ok()?;
        let call = IAudit::anchorCall {
            nodeKey: key.public_key(),
            fromIndex: from,
            toIndex: head.index,
            headHash: head.hash,
            signature: Bytes::copy_from_slice(&signature),
        };
        let call = ProvenCall {
            chain_id: *chain_id,
            to: AUDIT,
            input: call.abi_encode().into(),
            gas_limit: ANCHOR_GAS,
            proof: &signature,
        };
        call.sign()
    }
}
