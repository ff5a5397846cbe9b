//! Endpoints: nodes.

use super::prelude::*;
use crate::{
    certificates, governance as records,
    lists::{self, Place},
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(nodes))
        .routes(routes!(node))
        .routes(routes!(certificates))
}

/// Nodes, as the registry has them.
#[utoipa::path(
    get,
    path = "/nodes",
    tag = "nodes",
    params(Paging),
    responses((status = 200, body = page::Page<governance::Node>))
)]
pub async fn nodes(
    State(console): State<Shared>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<governance::Node>> {
    let registry = console.registries.now().await?;
    let (entries, next) = lists::part(&registry.nodes, Place::read(&paging)?, paging.limit());
    let items = entries
        .iter()
        .map(|node| records::node(&registry, node))
        .collect();
    Ok(Json(page::Page { items, next }))
}

/// One node, by name or key.
#[utoipa::path(
    get,
    path = "/nodes/{name}",
    tag = "nodes",
    params(("name" = String, Path, description = "Name or key.")),
    responses((status = 200, body = governance::Node))
)]
pub async fn node(
    State(console): State<Shared>,
    Segments(name): Segments<String>,
) -> Answer<governance::Node> {
    let registry = console.registries.now().await?;
    let entry = registry
        .node(&name)
        .ok_or_else(|| Problem::not_found("node", &name))?;
    Ok(Json(records::node(&registry, entry)))
}

/// Certificates of nodes whose folders are on this machine, those that end first at the top.
#[utoipa::path(
    get,
    path = "/certificates",
    tag = "nodes",
    responses((status = 200, body = page::Page<governance::NodeCertificate>))
)]
pub async fn certificates(State(console): State<Shared>) -> Answer<page::Page<governance::NodeCertificate>> {
    let registry = console.registries.known().await;
    Ok(Json(page::Page::whole(
        certificates::all(&console.config, &registry).await,
    )))
}
