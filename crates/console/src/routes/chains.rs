//! Endpoints: chains.

use super::prelude::*;
use crate::{chain_view, following_view, lists::Place};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(chains))
        .routes(routes!(chain))
        .routes(routes!(anchors))
}

/// Business chains, newest first.
#[utoipa::path(
    get,
    path = "/chains",
    tag = "chains",
    params(chains::ChainFilter, Paging),
    responses((status = 200, body = page::Page<chains::Chain>))
)]
pub async fn chains(
    State(console): State<Shared>,
    Parameters(filter): Parameters<chains::ChainFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<chains::Chain>> {
    let wanted = filter.status.as_deref().filter(|status| !status.is_empty());
    if let Some(status) = wanted.filter(|status| !chain_view::STATUSES.contains(status)) {
        let rule = format!("{status} is none of {}", chain_view::STATUSES.join(", "));
        return Err(Problem::invalid("status", &rule));
    }
    Ok(Json(
        chain_view::newest(&console, Place::read(&paging)?, paging.limit(), wanted).await?,
    ))
}

/// One business chain.
#[utoipa::path(
    get,
    path = "/chains/{id}",
    tag = "chains",
    params(("id" = String, Path, description = "CAIP-2, or id.")),
    responses((status = 200, body = chains::ChainDetail))
)]
pub async fn chain(
    State(console): State<Shared>,
    Segments(id): Segments<String>,
) -> Answer<chains::ChainDetail> {
    Ok(Json(chain_view::detail(&console, &id).await?))
}

/// What gateways agreed on about a chain, newest first.
#[utoipa::path(
    get,
    path = "/chains/{id}/anchors",
    tag = "chains",
    params(("id" = String, Path, description = "CAIP-2, or id."), Paging),
    responses((status = 200, body = page::Page<chains::ChainAnchor>))
)]
pub async fn anchors(
    State(console): State<Shared>,
    Segments(id): Segments<String>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<chains::ChainAnchor>> {
    let place = Place::read(&paging)?;
    Ok(Json(
        following_view::anchors(&console, &id, place, paging.limit()).await?,
    ))
}
