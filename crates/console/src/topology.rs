//! Nodes, and who is linked to whom: from the registry, from the nodes themselves, and from the metrics in which each
//! says whom it is linked to.

use crate::{
    api::overview::{Link, Topology, TopologyNode},
    ledgers::MAIN,
    operations,
    registries::Registry,
    state::Console,
};
use civitas_api::ledger::Status;
use civitas_indexer::read::BlockKey;
use civitas_monitor::api::{InstantParameters, QueryData};
use std::collections::{BTreeMap, BTreeSet};

/// Which links the nodes say that they have: 0 for a peer that is not linked.
const LINKS: &str = "network_tracker_directory_connected";

/// The picture. What cannot be known is left out of it.
pub async fn picture(console: &Console) -> Topology {
    let registry = console.registries.known().await;
    let watched = &console.config.nodes;
    let statuses = futures::future::join_all(watched.iter().map(operations::status)).await;
    let by_name: BTreeMap<&str, Option<&Status>> = watched
        .iter()
        .map(|node| node.name.as_str())
        .zip(statuses.iter().map(Option::as_ref))
        .collect();
    let highest = statuses.iter().flatten().map(|status| status.height).max();
    let leader = leader(console, &registry).await;
    let mut nodes: Vec<TopologyNode> = registry
        .nodes
        .iter()
        .map(|entry| {
            let mut node = bare(&entry.name, by_name.get(entry.name.as_str()).copied(), highest);
            node.key = Some(entry.key.to_string());
            node.organisation = registry.word(&entry.organisation);
            node.role = Some(format!("{:?}", entry.role));
            node.status = Some(format!("{:?}", entry.status));
            node.leader = leader.as_ref() == Some(&entry.name);
            node
        })
        .collect();
    // Nodes that the console watches and the registry does not hold.
    let strangers = watched.iter().filter(|node| registry.node(&node.name).is_none());
    nodes.extend(strangers.map(|node| bare(&node.name, by_name.get(node.name.as_str()).copied(), highest)));
    let links = links(console, &registry, &nodes).await;
    Topology { nodes, links }
}

/// A node by what it says itself. `status` is none for a node that the console cannot ask.
fn bare(name: &str, status: Option<Option<&Status>>, highest: Option<u64>) -> TopologyNode {
    let live = status.flatten();
    TopologyNode {
        name: name.to_owned(),
        key: None,
        organisation: None,
        role: None,
        status: None,
        height: live.map(|status| status.height),
        lag: live
            .zip(highest)
            .map(|(status, highest)| highest.saturating_sub(status.height)),
        leader: false,
        voting: live
            .and_then(|status| status.ordering.as_ref())
            .map(|ordering| ordering.voting),
        up: status.map(|status| status.is_some()),
        peers: live.map(|status| status.peers as u64),
    }
}

/// Who proposed the newest block of the main ledger.
async fn leader(console: &Console, registry: &Registry) -> Option<String> {
    let newest = console.index.ledger(MAIN).await.ok()??.indexed?;
    let block = console.index.block(MAIN, BlockKey::Number(newest)).await.ok()??;
    registry.account(&block.beneficiary)
}

/// Links, each once. A link stands if one of its ends says so.
async fn links(console: &Console, registry: &Registry, nodes: &[TopologyNode]) -> Vec<Link> {
    let question = InstantParameters {
        query: LINKS.to_owned(),
        time: None,
    };
    let Ok(QueryData::Vector(samples)) = console.monitor.query(question).await else {
        return Vec::new();
    };
    let up: BTreeSet<&str> = nodes
        .iter()
        .filter(|node| node.up != Some(false))
        .map(|node| node.name.as_str())
        .collect();
    let mut links: BTreeMap<(String, String), bool> = BTreeMap::new();
    for sample in samples {
        let (Some(node), Some(peer)) = (sample.metric.get("node"), sample.metric.get("peer")) else {
            continue;
        };
        let Some(peer) = registry
            .node(&format!("0x{peer}"))
            .map(|entry| entry.name.clone())
        else {
            continue;
        };
        let stands = sample.value.value > 0.0 && up.contains(node.as_str()) && up.contains(peer.as_str());
        let ends = if *node < peer {
            (node.clone(), peer)
        } else {
            (peer, node.clone())
        };
        *links.entry(ends).or_default() |= stands;
    }
    links.into_iter().map(|((a, b), up)| Link { a, b, up }).collect()
}
