//! A node follows the registry of nodes: it tells the links who may link and which authorities may certify them, and the
//! ledger when it is ready to vote.
//!
//! After every block it looks at the registry's generation, one read; only when that moves it reads the rest.
//!
//! A node that was promoted to validator votes once it has proved that it has caught up: it signs the hash of a recent
//! block. The proof travels in a transaction of an account that is made for it and thrown away, since a node has no
//! account; on a ledger whose gas has a price it must be sent by somebody else (`civitas member ready`).

use crate::throw_away::ProvenCall;
use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use civitas_crypto::{NodeKeyPair, pki::AuthorityKey};
use civitas_mempool::Pool;
use civitas_network::{Certifiers, NetworkError, Peer};
use civitas_ports::{LedgerStore, StateError, StoreError};
use civitas_system_contracts::{
    address::NODES,
    fault::Fault,
    host::Host,
    interfaces::INodes,
    nodes::{self, NodeRecord, proofs::ready_message},
    organisations,
};
use civitas_types::{Block, NodeKey};
use commonware_runtime::Clock;
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::UNIX_EPOCH,
};
use thiserror::Error;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tracing::warn;

/// Gas limit of a proof of readiness: several times what it uses.
pub(crate) const READY_GAS: u64 = 500_000;
/// Blocks after which a proof that had no effect is sent again.
pub(crate) const READY_AGAIN_BLOCKS: u64 = 20;
/// Age of the newest block up to which this node has caught up with the city, in milliseconds.
pub(crate) const CAUGHT_UP_MS: u64 = 30_000;

/// Takes the nodes that may link, whenever they have changed; after an error again with the next block.
pub type Admit = Box<dyn FnMut(&Admission) -> Result<(), NetworkError> + Send>;

/// The nodes that may link with this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Those that are active on the ledger.
    pub active: Vec<NodeRecord>,
    /// Those of the newest set of validators.
    pub validators: BTreeSet<NodeKey>,
    /// Those of the node's settings that may link although they are not active in the registry as far as this node has
    /// it: a node that joins, or comes back after long, finds the city through its settings. Who was excluded there
    /// is so for ever, and never among them.
    pub configured: Vec<NodeKey>,
    /// Who may certify the active nodes of organisations with anchors on the ledger. Nobody is in it while this node has
    /// not caught up: the anchors that it knows may be those of long ago, by which it would never find the city.
    pub certifiers: Certifiers,
}

/// The peers that are admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Where they listen; this node is the first.
    pub peers: Vec<Peer>,
    /// Nodes that may link but do not fit.
    pub left_out: usize,
}

impl Admission {
    /// The peers of the node `own`, `peers_max` at most beside itself. Where more may link, the validators come first,
    /// then the nodes of the settings, then the others by key: the ledger must go on, and this node find the city.
    pub fn peers(&self, own: &Peer, configured: &[Peer], peers_max: usize) -> Admitted {
        let is_configured = |key: &NodeKey| configured.iter().any(|peer| peer.key == *key);
        let active = self.active.iter().map(|node| Peer {
            key: node.key,
            // A node that only dials out has no endpoint; dialling this one fails at once.
            address: node
                .endpoint
                .parse()
                .unwrap_or_else(|_| SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0).into()),
        });
        let waiting = configured
            .iter()
            .filter(|peer| self.configured.contains(&peer.key));
        let mut others: Vec<Peer> = active
            .chain(waiting.cloned())
            .filter(|peer| peer.key != own.key)
            .collect();
        others.sort_by_key(|peer| {
            let key = peer.key;
            (!self.validators.contains(&key), !is_configured(&key), key)
        });
        others.dedup_by_key(|peer| peer.key);
        let left_out = others.len().saturating_sub(peers_max);
        others.truncate(peers_max);
        Admitted {
            peers: std::iter::once(own.clone()).chain(others).collect(),
            left_out,
        }
    }
}

/// Why the registry was not followed.
#[derive(Debug, Error)]
enum FollowError {
    #[error("the state cannot be had")]
    Store(#[from] StoreError),
    #[error("the registry of nodes cannot be read")]
    Registry(#[from] StateError),
    #[error("the links do not take the nodes")]
    Links(#[from] NetworkError),
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

/// What the registry said last, as far as the links follow it.
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
                    "the registry of nodes is not followed; it is tried again with the next block"
                );
            }
            match heads.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn look(&mut self, seen: &mut Seen) -> Result<(), FollowError> {
        let head = self.store.head();
        let view = self.store.view(head.height)?;
        let caught_up = seen.caught_up || self.is_young(head.timestamp_ms);
        let generation = civitas_evm::ask(&*view, head.timestamp_ms, nodes::generation)?;
        if seen.generation != Some(generation) || seen.caught_up != caught_up {
            let configured = if caught_up {
                &[]
            } else {
                self.configured.as_slice()
            };
            let own = self.key.public_key();
            let (mut admission, unready) = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
                Ok((admission(host, configured)?, nodes::is_candidate(host, own)?))
            })?;
            if caught_up {
                // One question for each organisation: all anchors of a large city are more than one may read.
                admission.certifiers = certifiers(&admission.active, |organisation| {
                    civitas_evm::ask(&*view, head.timestamp_ms, |host| {
                        organisations::anchors(host, organisation)
                    })
                })?;
            }
            (self.admit)(&admission)?;
            // Only now: what the links did not take is told them again.
            seen.generation = Some(generation);
            seen.caught_up = caught_up;
            seen.unready = unready;
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
        call.submit(&self.pool, "this node proves that it is ready to vote");
    }
}

fn admission(host: &mut dyn Host, configured: &[NodeKey]) -> Result<Admission, Fault> {
    let active = nodes::active_nodes(host)?;
    let newest = nodes::validators(host, u64::MAX)?;
    let mut waiting = Vec::new();
    for key in configured {
        let is_active = active.iter().any(|node| node.key == *key);
        if !is_active && !nodes::is_revoked(host, *key)? {
            waiting.push(*key);
        }
    }
    Ok(Admission {
        certifiers: Certifiers::new(),
        active,
        validators: newest.into_iter().map(|validator| validator.key).collect(),
        configured: waiting,
    })
}

/// The authorities that may certify the nodes in `active`, by the anchors of their organisations.
fn certifiers(
    active: &[NodeRecord],
    mut anchors: impl FnMut(B256) -> Result<Vec<Bytes>, StateError>,
) -> Result<Certifiers, StateError> {
    let mut by_organisation = BTreeMap::new();
    let mut certifiers = Certifiers::new();
    for node in active {
        let organisation = node.organisation;
        if let Entry::Vacant(unread) = by_organisation.entry(organisation) {
            unread.insert(authorities(organisation, &anchors(organisation)?));
        }
        if let Some(Some(authorities)) = by_organisation.get(&organisation) {
            certifiers.insert(node.key, authorities.clone());
        }
    }
    Ok(certifiers)
}

/// The authorities behind the anchors of an organisation; none if it has no anchors. One that cannot be read certifies
/// nobody, also if it is the only one.
fn authorities(organisation: B256, anchors: &[Bytes]) -> Option<BTreeSet<AuthorityKey>> {
    let mut found = BTreeSet::new();
    for anchor in anchors {
        match AuthorityKey::of(anchor) {
            Ok(authority) => {
                found.insert(authority);
            }
            Err(error) => warn!(
                %organisation,
                error = &error as &dyn std::error::Error,
                "an anchor of an organisation on the ledger is not the certificate of an authority: no node can link by it"
            ),
        }
    }
    (!anchors.is_empty()).then_some(found)
}
