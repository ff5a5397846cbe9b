//! How gateways follow business chains, and what they agreed on, as clients see it.

use crate::{
    api::{
        chains::{ChainAnchor, Following, GatewayStanding, ProvenHeaders},
        page::Page,
    },
    chain_view::id_of,
    ledgers::MAIN,
    lists::{self, Place},
    problem::Problem,
    registries::ask,
    state::Console,
    time::iso,
};
use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use civitas_indexer::read;
use civitas_sdk::Node;
use civitas_system_contracts::{
    address::{ANCHORS, HEADERS},
    headers::Engine,
    interfaces::{
        IAnchors::{self, Gateway},
        IHeaders::clientCall,
    },
};
use futures::{StreamExt, stream};

/// Anchors of one call, the most that the contract gives.
const ANCHORS_PAGE: u64 = 100;

/// How gateways follow a chain; none if they do not, or no node answers.
pub async fn following(console: &Console, id: B256, caip2: &str) -> Option<Following> {
    let main = console.main().await.ok()?;
    let found = ask(&main, ANCHORS, &IAnchors::followingCall { id }).await.ok()?;
    let registry = console.registries.known().await;
    let begun = begun(console, id).await;
    let asked = found.terms.gateways.iter().cloned().map(|gateway| {
        let main = main.clone();
        async move { standing(&main, id, gateway, found.batchCount).await }
    });
    let mut gateways: Vec<GatewayStanding> =
        stream::iter(asked).buffered(lists::CALLS_AT_ONCE).collect().await;
    for (shown, gateway) in gateways.iter_mut().zip(&found.terms.gateways) {
        shown.organisation_name = registry.word(&gateway.organisation);
    }
    let indexed = console.index.ledger(caip2).await.ok().flatten();
    Some(Following {
        since: begun.as_ref().map(|event| iso(event.time)),
        transaction: begun.map(|event| event.transaction.to_string()),
        start_height: found.startHeight,
        start_hash: found.startHash.to_string(),
        next_height: found.nextHeight,
        last_hash: found.lastHash.to_string(),
        batches: found.batchCount,
        finality: format!("{:?}", found.terms.finality),
        depth: found.terms.depth,
        batch_blocks: found.terms.batchBlocks,
        threshold: found.terms.threshold,
        gateways,
        proven: proven(&main, id).await,
        ledger: indexed.map(|ledger| ledger.name),
    })
}

/// What the main ledger proved of a chain; none where it cannot, or no node answers.
async fn proven(main: &Node, id: B256) -> Option<ProvenHeaders> {
    let client = ask(main, HEADERS, &clientCall { id }).await.ok()?;
    (client.engine != Engine::None).then(|| ProvenHeaders {
        engine: format!("{:?}", client.engine),
        height: client.newestHeight,
        hash: client.newestHash.to_string(),
        contradicted_at: (client.frozenAt != 0).then_some(client.frozenHeight),
    })
}

async fn standing(main: &Node, id: B256, gateway: Gateway, batches: u64) -> GatewayStanding {
    let call = IAnchors::standingCall {
        id,
        gateway: gateway.account,
    };
    let standing = ask(main, ANCHORS, &call).await.ok();
    let behind = |standing: &IAnchors::Standing| batches.saturating_sub(standing.lastBatch);
    GatewayStanding {
        account: gateway.account.to_string(),
        organisation: gateway.organisation.to_string(),
        organisation_name: None,
        behind: standing.as_ref().map(behind),
        reports: standing.as_ref().map(|standing| standing.reports),
        contradictions: standing.map(|standing| standing.contradictions),
    }
}

/// The event by which a chain began to be followed; none while it is not indexed.
async fn begun(console: &Console, id: B256) -> Option<read::Event> {
    let filter = read::EventFilter {
        contract: Some(ANCHORS),
        topic: Some(IAnchors::Followed::SIGNATURE_HASH),
        subject: Some(id),
    };
    let page = read::PageRequest::default();
    let found = console.index.events(MAIN, &filter, &page).await.ok()?;
    found.items.into_iter().next()
}

/// What was agreed on about a chain, newest first. `text` is CAIP-2, or the id.
///
/// # Errors
/// No node answers, or the chain is not followed.
pub async fn anchors(
    console: &Console,
    text: &str,
    place: Place,
    limit: u32,
) -> Result<Page<ChainAnchor>, Problem> {
    let id = id_of(text);
    let main = console.main().await?;
    let Ok(following) = ask(&main, ANCHORS, &IAnchors::followingCall { id }).await else {
        return Err(Problem::not_found("chain that is followed", text));
    };
    let end = lists::downwards(following.batchCount, place);
    let from = end.saturating_sub(u64::from(limit).min(ANCHORS_PAGE));
    if end == 0 {
        return Ok(Page::whole(Vec::new()));
    }
    let call = IAnchors::anchorsCall {
        id,
        from,
        count: end - from,
    };
    let found = ask(&main, ANCHORS, &call).await?;
    let items: Vec<ChainAnchor> = (from..).zip(&found).map(anchor).collect();
    Ok(Page {
        items: items.into_iter().rev().collect(),
        next: (from > 0).then(|| Place::cursor(from)),
    })
}

fn anchor((number, anchor): (u64, &IAnchors::Anchor)) -> ChainAnchor {
    ChainAnchor {
        number,
        from_height: anchor.batch.fromHeight,
        to_height: anchor.batch.toHeight,
        last_hash: anchor.batch.lastHash.to_string(),
        blocks_root: anchor.batch.blocksRoot.to_string(),
        transactions: anchor.batch.transactions,
        events: anchor.batch.events,
        digest: anchor.digest.to_string(),
        agreed: anchor.agreed,
        height: anchor.height,
        at: iso(anchor.at),
    }
}
