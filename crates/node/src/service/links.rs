//! The links of a node: the channels of the main ledger and those that partition ledgers share, and who may link.

use super::{NodeError, Prepared};
use crate::{
    auditing,
    batch::BATCH_BYTES_MAX,
    config::NodeConfig,
    ledger::{Ledger, Links},
    partitions::{self, Switchboard},
    registry::Follower,
};
use civitas_consensus_simplex as simplex;
use civitas_network as network;
use civitas_types::Genesis;
use commonware_runtime::{Supervisor, tokio as runtime};
use std::{num::NonZeroUsize, time::SystemTime};
use tracing::{error, info};

/// Channel of transaction batches; those of the ordering engine stand below it.
const TRANSACTIONS_CHANNEL: u64 = 16;
/// Batches of transactions per second from one peer, at most.
const TRANSACTION_BATCHES_PER_SECOND: u32 = 128;
/// Batches of one peer that wait to be taken in, at most.
const TRANSACTION_BATCHES_WAITING: u32 = 16;
/// Messages that one peer may send at once on a channel: queues are sized by it.
const BURST_MAX: u32 = 128;

/// The network of a real node.
pub(super) struct CityNetwork;

impl simplex::Network for CityNetwork {
    type Sender = network::ChannelSender<runtime::Context>;
    type Receiver = network::ChannelReceiver;
    type Blocker = network::Directory;
    type Peers = network::Directory;
}

/// Sends batches of transactions.
pub(super) type TransactionSender = network::ChannelSender<runtime::Context>;

/// Starts the network: the channels of the main ledger, a sender that counts the links, those of partition ledgers.
pub(super) fn link(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
) -> Result<(Links<CityNetwork>, TransactionSender, Switchboard), NodeError> {
    let settings = link_settings(config, prepared);
    let shared = partitions::links::config(prepared.key.public_key(), settings.message_bytes_max);
    let [a, b, c, d, e, f] = shared.shared()?;
    let [votes, certificates, certificate_fetch, payloads, payload_fetch] =
        simplex::Channel::ALL.map(|channel| {
            let pace = channel.messages_per_second.get();
            network::Channel::new(channel.id, pace, pace.min(BURST_MAX))
        });
    let transactions = network::Channel::new(
        TRANSACTIONS_CHANNEL,
        TRANSACTION_BATCHES_PER_SECOND,
        TRANSACTION_BATCHES_WAITING,
    );
    let channels = [
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        transactions,
        a,
        b,
        c,
        d,
        e,
        f,
    ];
    let running = network::start(context.child("network"), settings, channels)?;
    let [
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        transactions,
        a,
        b,
        c,
        d,
        e,
        f,
    ] = running.channels;
    let switchboard = partitions::links::start(context, shared, [a, b, c, d, e, f])?;
    let counter = transactions.0.clone();
    prepared.audit.watch_links(&running.refusals);
    let ordering = simplex::Links {
        votes,
        certificates,
        certificate_fetch,
        payloads,
        payload_fetch,
        blocker: running.directory.clone(),
        peers: running.directory,
    };
    Ok((
        Links {
            ordering,
            transactions,
        },
        counter,
        switchboard,
    ))
}

fn link_settings(config: &NodeConfig, prepared: &Prepared) -> network::Config {
    let (limits, _) = simplex::Config::bounds(&prepared.genesis.parameters);
    let message_bytes = simplex::message_bytes_max(limits)
        .max(BATCH_BYTES_MAX)
        .max(partitions::links::message_bytes_max());
    let message_bytes_max = u32::try_from(message_bytes).unwrap_or(u32::MAX);
    let own = own_peer(config, prepared);
    let peers: Vec<network::Peer> = std::iter::once(own).chain(configured_peers(config)).collect();
    network::Config {
        // One more, for this node.
        peers_max: NonZeroUsize::MIN.saturating_add(config.network.peers_max),
        sets_kept: NonZeroUsize::MIN,
        peers,
        ..network::Config::new(
            config.network.listen,
            prepared.identity.clone(),
            namespace(config, &prepared.genesis).as_bytes(),
            message_bytes_max,
        )
    }
}

fn own_peer(config: &NodeConfig, prepared: &Prepared) -> network::Peer {
    network::Peer {
        key: prepared.key.public_key(),
        address: config.network.listen.into(),
    }
}

fn configured_peers(config: &NodeConfig) -> Vec<network::Peer> {
    let peers = config.network.peers.iter();
    peers
        .map(|peer| network::Peer {
            key: peer.public_key,
            address: peer.address.into(),
        })
        .collect()
}

/// Nodes of another city, or of another ledger, are refused in the TLS handshake.
fn namespace(config: &NodeConfig, genesis: &Genesis) -> String {
    format!("civitas/1/{}/{}", config.city, genesis.chain_id())
}

/// What follows the registry of nodes and admits them to the links.
pub(super) fn follower(
    context: &runtime::Context,
    config: &NodeConfig,
    prepared: &Prepared,
    ledger: &Ledger,
    mut directory: network::Directory,
) -> Follower<runtime::Context> {
    let (own, others) = (own_peer(config, prepared), configured_peers(config));
    let recorder = prepared.audit.recorder();
    let peers_max = config.network.peers_max;
    let identity = prepared.identity.clone();
    Follower {
        clock: context.child("clock"),
        store: ledger.store.clone(),
        pool: ledger.pool.clone(),
        key: prepared.key.clone(),
        chain_id: prepared.genesis.chain_id(),
        base_fee: prepared.genesis.parameters.base_fee,
        configured: others.iter().map(|peer| peer.key).collect(),
        admit: Box::new(move |admission| {
            directory.certify_by(admission.certifiers.clone());
            if let Err(refusal) = identity.check(SystemTime::now()) {
                error!(error = %refusal, "other nodes will refuse this node");
            }
            let admitted = admission.peers(&own, &others, peers_max);
            let cut = directory.admit_only(&admitted.peers)?;
            info!(
                nodes = admitted.peers.len(),
                cut = cut.len(),
                "the nodes that may link have changed"
            );
            if admitted.left_out > 0 {
                error!(
                    left_out = admitted.left_out,
                    peers_max,
                    "more nodes may link than fit, validators and configured peers first: raise network.peers_max in \
                     node.toml and restart the node"
                );
            }
            for (cut, recorder) in cut.iter().flat_map(|cut| Some((cut, recorder.as_ref()?))) {
                recorder.note(auditing::link_cut(cut, SystemTime::now()));
            }
            Ok(())
        }),
    }
}
