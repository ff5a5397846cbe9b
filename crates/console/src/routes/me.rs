//! Endpoints: me.

use super::prelude::*;
use crate::{
    account_view, activity_view,
    guard::{Asker, session},
    identities as records, own_view,
};
use axum::Extension;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(my_accounts))
        .routes(routes!(my_accesses))
        .routes(routes!(my_activity))
}

/// What the city knows of who asks.
#[utoipa::path(
    get,
    path = "/me",
    tag = "me",
    responses((status = 200, body = identities::Me))
)]
pub async fn me(State(console): State<Shared>, Extension(asker): Extension<Asker>) -> Answer<identities::Me> {
    let session = session(&asker)?;
    let registry = console.registries.known().await;
    let main = console.main().await?;
    let identity = match session.identity {
        Some(id) => Some(records::detail(&console, id).await?),
        None => None,
    };
    let roles = match (session.account, session.identity) {
        (Some(account), identity) => account_view::held(&main, &registry, account, identity).await?,
        (None, Some(identity)) => account_view::held_by(&main, &registry, &[identity]).await?,
        (None, None) => Vec::new(),
    };
    let timeline = match session.identity {
        Some(id) => own_view::timeline(&console, id).await?,
        None => Vec::new(),
    };
    Ok(Json(identities::Me {
        account: session.account.map(|account| account.to_string()),
        identity,
        roles,
        timeline,
    }))
}

/// Own accounts.
#[utoipa::path(
    get,
    path = "/me/accounts",
    tag = "me",
    responses((status = 200, body = page::Page<identities::OwnAccount>))
)]
pub async fn my_accounts(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
) -> Answer<page::Page<identities::OwnAccount>> {
    Ok(Json(page::Page::whole(
        own_view::accounts(&console, session(&asker)?).await?,
    )))
}

/// Who read or used data about oneself, newest first.
#[utoipa::path(
    get,
    path = "/me/accesses",
    tag = "me",
    params(Paging),
    responses((status = 200, body = page::Page<identities::Access>))
)]
pub async fn my_accesses(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<identities::Access>> {
    let session = session(&asker)?;
    let Some(id) = session.identity else {
        return Ok(Json(page::Page::whole(Vec::new())));
    };
    Ok(Json(own_view::accesses(&console, id, &paging).await?))
}

/// What the own accounts did, on all ledgers and chains, newest first.
#[utoipa::path(
    get,
    path = "/me/activity",
    tag = "me",
    params(activity::ActivityFilter, Paging),
    responses((status = 200, body = activity::DeedPage))
)]
pub async fn my_activity(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(filter): Parameters<activity::ActivityFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<activity::DeedPage> {
    let own = own_view::names(&console, session(&asker)?).await?;
    let ledger = filter.ledger.as_deref();
    Ok(Json(
        activity_view::timeline(&console, &own.accounts, ledger, &paging).await?,
    ))
}
