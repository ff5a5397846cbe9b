//! Endpoints: identities.

use super::prelude::*;
use crate::{
    activity_view,
    guard::{Asker, reaches, session},
    identities as records,
    lists::Place,
    right::Right,
    shapes,
};
use axum::Extension;
use civitas_indexer::read;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(identities))
        .routes(routes!(identity))
        .routes(routes!(activity))
        .routes(routes!(openings))
}

/// Identities, oldest first.
#[utoipa::path(
    get,
    path = "/identities",
    tag = "identities",
    params(identities::IdentityFilter, Paging),
    responses((status = 200, body = page::Page<identities::IdentitySummary>))
)]
pub async fn identities(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(filter): Parameters<identities::IdentityFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<identities::IdentitySummary>> {
    let registry = console.registries.now().await?;
    let wanted = read::EntityFilter {
        status: records::status_number(filter.status.as_deref())?,
    };
    let kind = records::kind_number(filter.kind.as_deref())?;
    let page = console
        .index
        .entities(read::EntityKind::Identity, &wanted, &shapes::page(&paging))
        .await?;
    let items = page
        .items
        .iter()
        .filter(|entity| kind.is_none_or(|kind| records::is_kind(entity, kind)));
    let items = items.map(|entity| records::summary(&registry, entity));
    let items: Vec<_> = items
        .filter(|item| may_see(&asker, item.organisation.as_deref()))
        .collect();
    let seen: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
    console
        .reads
        .note(session(&asker).ok(), "identities", &seen)
        .await?;
    Ok(Json(page::Page {
        items,
        next: page.next,
    }))
}

/// One identity.
#[utoipa::path(
    get,
    path = "/identities/{did}",
    tag = "identities",
    params(("did" = String, Path, description = "DID, or id.")),
    responses((status = 200, body = identities::IdentityDetail))
)]
pub async fn identity(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(did): Segments<String>,
) -> Answer<identities::IdentityDetail> {
    let id = records::id_of(&did)?;
    let detail = records::detail(&console, id).await?;
    if !may_see(&asker, detail.organisation.as_deref()) {
        return Err(Problem::new(Kind::RIGHT));
    }
    console
        .reads
        .note(session(&asker).ok(), "identity", &[id.to_string()])
        .await?;
    Ok(Json(detail))
}

/// What the accounts of an identity did, on all ledgers and chains, newest first.
#[utoipa::path(
    get,
    path = "/identities/{did}/activity",
    tag = "identities",
    params(("did" = String, Path, description = "DID, or id."), activity::ActivityFilter, Paging),
    responses((status = 200, body = activity::DeedPage))
)]
pub async fn activity(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(did): Segments<String>,
    Parameters(filter): Parameters<activity::ActivityFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<activity::DeedPage> {
    let id = records::id_of(&did)?;
    let bound = records::bound(&console, id).await?;
    if !reaches(&asker, Right::ReadIdentities, bound.organisation) {
        return Err(Problem::new(Kind::RIGHT));
    }
    console
        .reads
        .note(session(&asker).ok(), "activity", &[id.to_string()])
        .await?;
    let ledger = filter.ledger.as_deref();
    Ok(Json(
        activity_view::timeline(&console, &bound.accounts, ledger, &paging).await?,
    ))
}

/// Openings of sealed records, newest first.
#[utoipa::path(
    get,
    path = "/openings",
    tag = "identities",
    params(Paging),
    responses((status = 200, body = page::Page<identities::Opening>))
)]
pub async fn openings(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<identities::Opening>> {
    let part = records::openings(&console, Place::read(&paging)?, paging.limit()).await?;
    let seen: Vec<String> = part.items.iter().map(|item| item.identity.clone()).collect();
    console
        .reads
        .note(session(&asker).ok(), "openings", &seen)
        .await?;
    Ok(Json(part))
}

/// Whether who asks may see the identities that an organisation vouches for.
fn may_see(asker: &Asker, organisation: Option<&str>) -> bool {
    let organisation = organisation.and_then(|id| id.parse().ok());
    reaches(asker, Right::ReadIdentities, organisation)
}
