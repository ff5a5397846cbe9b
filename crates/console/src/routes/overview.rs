//! Endpoints: overview.

use super::prelude::*;
use crate::{
    chain_view, governance as records,
    guard::{Asker, reaches},
    ledger_view,
    lists::Place,
    proposals,
    right::Right,
    shapes,
    time::{iso, now},
    topology,
};
use axum::Extension;
use civitas_indexer::read::{EntityKind, Hit};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(topology))
        .routes(routes!(search))
}

/// The city at a glance.
#[utoipa::path(
    get,
    path = "/overview",
    tag = "overview",
    responses((status = 200, body = overview::Overview))
)]
pub async fn overview(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
) -> Answer<overview::Overview> {
    let registry = console.registries.known().await;
    let may = |right: Right| {
        asker.0.as_ref().map_or_else(
            || console.logins.guest_rights().contains(&right),
            |session| session.rights.contains(&right),
        )
    };
    let (ledgers, chains, proposals, identities) = futures::join!(
        ledger_view::summaries(&console),
        chain_view::by_status(&console),
        proposals::newest(&console, Place(None), LISTED, None),
        ledger_view::identity_count(&console),
    );
    let ledgers = ledgers?;
    let chains = chains.unwrap_or_default();
    let newest = proposals.map(|page| page.items).unwrap_or_default();
    let open = newest.iter().filter(|proposal| proposals::is_open(proposal));
    let mut counts = ledger_view::counts(&console, &ledgers).await;
    counts.organisations = registry.organisations.len() as u64;
    counts.nodes = registry.nodes.len() as u64;
    counts.roles = registry.roles.len() as u64;
    counts.identities = identities;
    counts.chains = chains.iter().map(|(_, count)| count).sum();
    counts.proposals = newest.first().map_or(0, |proposal| proposal.id);
    let alarms = if may(Right::Monitor) {
        console.monitor.alarms()
    } else {
        Vec::new()
    };
    Ok(Json(overview::Overview {
        city: console.config.city.name.clone(),
        now: iso(now()),
        open_proposals: open
            .map(|proposal| records::proposal(&registry, proposal))
            .collect(),
        firing_alarms: alarms.iter().filter_map(brief).take(LISTED as usize).collect(),
        chains_by_state: chains
            .into_iter()
            .map(|(state, count)| overview::StateCount {
                state: state.to_owned(),
                count,
            })
            .collect(),
        counts,
        ledgers,
    }))
}

/// Nodes, and who is linked to whom.
#[utoipa::path(
    get,
    path = "/topology",
    tag = "overview",
    responses((status = 200, body = overview::Topology))
)]
pub async fn topology(State(console): State<Shared>) -> Answer<overview::Topology> {
    Ok(Json(topology::picture(&console).await))
}

/// Finds anything by its number, hash, address or name.
#[utoipa::path(
    get,
    path = "/search",
    tag = "overview",
    params(overview::SearchQuestion),
    responses((status = 200, body = page::Page<overview::SearchHit>))
)]
pub async fn search(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(question): Parameters<overview::SearchQuestion>,
) -> Answer<page::Page<overview::SearchHit>> {
    let text = question.q.trim();
    if text.is_empty() || text.chars().count() > QUESTION_CHARACTERS_MAX {
        return Err(Problem::invalid("q", "1 to 128 characters"));
    }
    // The index does not say whose an identity is.
    let people = reaches(&asker, Right::ReadIdentities, None);
    let hits = console.index.search(text, HITS_MAX).await?;
    let mut items: Vec<overview::SearchHit> = hits.into_iter().filter_map(|hit| found(hit, people)).collect();
    items.truncate(HITS_MAX as usize);
    let persons = items.iter().filter(|item| item.kind == "identity");
    let persons: Vec<String> = persons.map(|item| item.id.clone()).collect();
    if !persons.is_empty() {
        console.reads.note(asker.0.as_ref(), "search", &persons).await?;
    }
    Ok(Json(page::Page::whole(items)))
}

/// Proposals and alarms that the overview lists, at most.
const LISTED: u32 = 20;
/// Characters of a question, at most: longer than any hash or name.
const QUESTION_CHARACTERS_MAX: usize = 128;
/// Things that a search gives, at most: what one looks through.
const HITS_MAX: u32 = 30;

/// An alarm that rings, in a few words; none for one that only may.
fn brief(alarm: &civitas_monitor::api::Alarm) -> Option<overview::AlarmBrief> {
    let since = alarm.firing_since?;
    let severity = serde_json::to_value(alarm.severity).ok()?;
    Some(overview::AlarmBrief {
        id: alarm.rule_id.clone(),
        name: alarm.name.clone(),
        severity: severity.as_str().unwrap_or_default().to_owned(),
        summary: alarm.value.clone(),
        since: since.to_string(),
    })
}

/// What was found, for who may see it.
fn found(hit: Hit, people: bool) -> Option<overview::SearchHit> {
    let (kind, ledger, id, title, detail) = match hit {
        Hit::Block { ledger, number, hash } => (
            "block",
            Some(ledger),
            number.to_string(),
            number.to_string(),
            Some(hash.to_string()),
        ),
        Hit::Transaction { ledger, hash } => (
            "transaction",
            Some(ledger),
            hash.to_string(),
            hash.to_string(),
            None,
        ),
        Hit::Account { ledger, address } => (
            "account",
            Some(ledger),
            address.to_string(),
            address.to_string(),
            None,
        ),
        Hit::Contract {
            ledger,
            address,
            name,
        } => {
            let title = name.map_or_else(|| address.to_string(), shapes::foreign);
            ("contract", Some(ledger), address.to_string(), title, None)
        }
        Hit::Token {
            ledger,
            address,
            name,
            symbol,
        } => {
            let title = name.map_or_else(|| address.to_string(), shapes::foreign);
            (
                "token",
                Some(ledger),
                address.to_string(),
                title,
                symbol.map(shapes::foreign),
            )
        }
        Hit::Entity { kind, id, name } => (entity_kind(kind, people)?, None, id, name, None),
    };
    Some(overview::SearchHit {
        kind: kind.to_owned(),
        ledger,
        id,
        title,
        detail,
    })
}

const fn entity_kind(kind: EntityKind, people: bool) -> Option<&'static str> {
    match kind {
        EntityKind::Organisation => Some("organisation"),
        EntityKind::Role => Some("role"),
        EntityKind::Node => Some("node"),
        EntityKind::Proposal => Some("proposal"),
        EntityKind::Chain => Some("chain"),
        EntityKind::Ledger => Some("ledger"),
        EntityKind::Identity if people => Some("identity"),
        _ => None,
    }
}
