//! A node follows the registry of nodes: it tells the links who may link, and the ledger when it is ready to vote.
//!
//! After every block it looks at the registry's generation, one read; only when that moves it reads the rest.
//!
//! A node that was promoted to validator votes once it has proved that it has caught up: it signs the hash of a recent
//! block. The proof travels in a transaction of an account that is made for it and thrown away, since a node has no
//! account; on a ledger whose gas has a price it must be sent by somebody else (`civitas member ready`).

use crate::throw_away::ProvenCall;
use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use civitas_crypto::NodeKeyPair;
use civitas_mempool::Pool;
use civitas_ports::{LedgerStore, Origin, StoreError, TransactionPool};
use civitas_system_contracts::{
    address::NODES,
    fault::Fault,
    host::Host,
    interfaces::INodes,
    nodes::{self, NodeRecord, proofs::ready_message},
};
use civitas_types::{Block, NodeKey};
use commonware_runtime::Clock;
use std::{sync::Arc, time::UNIX_EPOCH};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tracing::{debug, info, warn};

/// Gas limit of a proof of readiness: several times what it uses.
const READY_GAS: u64 = 500_000;
/// Blocks after which a proof that had no effect is sent again.
const READY_AGAIN_BLOCKS: u64 = 20;
/// Age of the newest block up to which this node has caught up with the city, in milliseconds.
const CAUGHT_UP_MS: u64 = 30_000;

/// Takes the nodes that may link, whenever they have changed.
pub type Admit = Box<dyn FnMut(&Admission) + Send>;

/// The nodes that may link with this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Those that are active on the ledger.
    pub active: Vec<NodeRecord>,
    /// Those of the node's settings that may link although the registry, as far as this node has it, does not know
    /// them: a node that joins, or comes back after long, finds the city through its settings.
    pub configured: Vec<NodeKey>,
}

/// What follows the registry.
pub struct Follower<E> {
    /// Tells the time.
    pub clock: E,
    /// The ledger's state.
    pub store: Arc<dyn LedgerStore>,
    /// Takes proofs of readiness.
    pub pool: Arc<Pool>,
    /// The node's key.
    pub key: NodeKeyPair,
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// Base fee of the ledger: with a price nobody pays for a proof.
    pub base_fee: u64,
    /// The nodes of the settings.
    pub configured: Vec<NodeKey>,
    /// Takes the nodes that may link.
    pub admit: Admit,
}

/// What the registry said last.
#[derive(Default)]
struct Seen {
    generation: Option<u64>,
    /// Whether a young block was seen: from then on the registry alone decides.
    caught_up: bool,
    /// Height at which the last proof of readiness was sent.
    proved_at: Option<u64>,
    /// Whether a proof of readiness is missing.
    unready: bool,
}

impl<E: Clock> Follower<E> {
    /// Follows the registry until the ledger ends.
    pub async fn run(mut self, mut heads: Receiver<Arc<Block>>) {
        let mut seen = Seen::default();
        loop {
            if let Err(error) = self.look(&mut seen) {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the registry of nodes could not be read"
                );
            }
            match heads.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn look(&mut self, seen: &mut Seen) -> Result<(), StoreError> {
        let head = self.store.head();
        let view = self.store.view(head.height)?;
        let mut changed = !seen.caught_up && self.is_young(head.timestamp_ms);
        seen.caught_up |= changed;
        let generation = civitas_evm::ask(&*view, head.timestamp_ms, nodes::generation)?;
        if seen.generation != Some(generation) {
            changed = true;
            seen.generation = Some(generation);
            let own = self.key.public_key();
            seen.unready =
                civitas_evm::ask(&*view, head.timestamp_ms, |host| nodes::is_candidate(host, own))?;
        }
        if changed {
            let configured = if seen.caught_up {
                &[]
            } else {
                self.configured.as_slice()
            };
            let admission = civitas_evm::ask(&*view, head.timestamp_ms, |host| admission(host, configured))?;
            (self.admit)(&admission);
        }
        let height = head.height.get();
        let due = seen
            .proved_at
            .is_none_or(|sent| height >= sent.saturating_add(READY_AGAIN_BLOCKS));
        if seen.unready && seen.caught_up && due && self.base_fee == 0 {
            seen.proved_at = Some(height);
            self.prove(height, head.hash);
        }
        Ok(())
    }

    fn is_young(&self, timestamp_ms: u64) -> bool {
        let now = self
            .clock
            .current()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        now.as_millis() <= u128::from(timestamp_ms) + u128::from(CAUGHT_UP_MS)
    }

    /// Sends the proof that this node has caught up with the block at `height`.
    fn prove(&self, height: u64, block_hash: B256) {
        let message = ready_message(self.chain_id, height, block_hash);
        let Ok(signature) = self.key.sign(message.as_slice()) else {
            warn!("the key of the node cannot sign");
            return;
        };
        let call = INodes::readyCall {
            key: self.key.public_key(),
            height,
            blockHash: block_hash,
            signature: Bytes::copy_from_slice(&signature),
        };
        let call = ProvenCall {
            chain_id: self.chain_id,
            to: NODES,
            input: call.abi_encode().into(),
            gas_limit: READY_GAS,
            proof: &signature,
        };
        let Some(raw) = call.sign() else { return };
        match self.pool.submit(raw, Origin::Client) {
            Ok(_) => info!(height, "this node proves that it is ready to vote"),
            Err(refusal) => debug!(%refusal, "the proof of readiness was refused"),
        }
    }
}

fn admission(host: &mut dyn Host, configured: &[NodeKey]) -> Result<Admission, Fault> {
    let active = nodes::active_nodes(host)?;
    let mut unknown = Vec::new();
    for key in configured {
        if !nodes::is_known(host, *key)? {
            unknown.push(*key);
        }
    }
    Ok(Admission {
        active,
        configured: unknown,
    })
}
