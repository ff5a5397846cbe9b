//! Endpoints: organisations.

use super::prelude::*;
use crate::{
    governance as records,
    lists::{self, Place},
    registries::ask,
};
use alloy_primitives::B256;
use civitas_system_contracts::{address::ROLES, interfaces::IRoles, roles::builtin::REPRESENTATIVE};
use futures::future::try_join_all;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(organisations))
        .routes(routes!(organisation))
}

/// Organisations.
#[utoipa::path(
    get,
    path = "/organisations",
    tag = "organisations",
    params(Paging),
    responses((status = 200, body = page::Page<governance::Organisation>))
)]
pub async fn organisations(
    State(console): State<Shared>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<governance::Organisation>> {
    let registry = console.registries.now().await?;
    let main = console.main().await?;
    let (entries, next) = lists::part(&registry.organisations, Place::read(&paging)?, paging.limit());
    let mut items = Vec::new();
    for some in entries.chunks(lists::CALLS_AT_ONCE) {
        items.extend(
            try_join_all(
                some.iter()
                    .map(|entry| records::organisation(&main, &registry, entry)),
            )
            .await?,
        );
    }
    Ok(Json(page::Page { items, next }))
}

/// One organisation, by name or id.
#[utoipa::path(
    get,
    path = "/organisations/{name}",
    tag = "organisations",
    params(("name" = String, Path, description = "Name or id.")),
    responses((status = 200, body = governance::OrganisationDetail))
)]
pub async fn organisation(
    State(console): State<Shared>,
    Segments(name): Segments<String>,
) -> Answer<governance::OrganisationDetail> {
    let registry = console.registries.now().await?;
    let main = console.main().await?;
    let entry = registry
        .organisation(&name)
        .ok_or_else(|| Problem::not_found("organisation", &name))?;
    let node_list = registry.nodes.iter().filter(|node| node.organisation == entry.id);
    Ok(Json(governance::OrganisationDetail {
        summary: records::organisation(&main, &registry, entry).await?,
        node_list: node_list.map(|node| records::node(&registry, node)).collect(),
        representatives: representatives(&console, &registry, entry.id).await?,
    }))
}

/// Who speaks for an organisation.
async fn representatives(
    console: &Shared,
    registry: &crate::registries::Registry,
    organisation: B256,
) -> Result<Vec<roles::Grant>, Problem> {
    let main = console.main().await?;
    let mut found = Vec::new();
    for page in 0..lists::PAGES_MAX {
        let call = IRoles::holdersOfCall {
            role: REPRESENTATIVE,
            from: page * lists::PAGE,
            count: lists::PAGE,
        };
        let grants = ask(&main, ROLES, &call).await?;
        let count = grants.len() as u64;
        let own = grants.iter().filter(|grant| {
            grant.scope.value == organisation && grant.status == IRoles::GrantStatus::InForce
        });
        found.extend(own.map(|grant| records::grant(registry, grant)));
        if count < lists::PAGE {
            break;
        }
    }
    Ok(found)
}
