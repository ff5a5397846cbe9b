//! Endpoints: proposals.

use super::prelude::*;
use crate::{governance as records, lists::Place, proposals, registries::ask};
use civitas_system_contracts::{address::GOVERNANCE, interfaces::IGovernance};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(proposals))
        .routes(routes!(proposal))
}

/// Proposals, newest first.
#[utoipa::path(
    get,
    path = "/proposals",
    tag = "proposals",
    params(governance::ProposalFilter, Paging),
    responses((status = 200, body = page::Page<governance::ProposalSummary>))
)]
pub async fn proposals(
    State(console): State<Shared>,
    Parameters(filter): Parameters<governance::ProposalFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<governance::ProposalSummary>> {
    let registry = console.registries.now().await?;
    let wanted = filter.state.as_deref().filter(|state| !state.is_empty());
    if let Some(state) = wanted.filter(|state| !STATES.contains(state)) {
        return Err(Problem::invalid(
            "state",
            &format!("{state} is none of {}", STATES.join(", ")),
        ));
    }
    let part = proposals::newest(&console, Place::read(&paging)?, paging.limit(), wanted).await?;
    let items = part
        .items
        .iter()
        .map(|entry| records::proposal(&registry, entry))
        .collect();
    Ok(Json(page::Page {
        items,
        next: part.next,
    }))
}

/// One proposal: what it would do, the votes, what is missing, when.
#[utoipa::path(
    get,
    path = "/proposals/{id}",
    tag = "proposals",
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 200, body = governance::ProposalDetail))
)]
pub async fn proposal(
    State(console): State<Shared>,
    Segments(id): Segments<u64>,
) -> Answer<governance::ProposalDetail> {
    let main = console.main().await?;
    let entry = ask(&main, GOVERNANCE, &IGovernance::proposalCall { id }).await?;
    Ok(Json(proposals::detail(&console, &entry).await?))
}

/// States of proposals.
const STATES: [&str; 6] = ["Open", "Approved", "Executed", "Rejected", "Expired", "Withdrawn"];
