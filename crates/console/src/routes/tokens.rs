//! Endpoints: tokens.

use super::prelude::*;
use crate::shapes;
use civitas_indexer::read;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(tokens))
        .routes(routes!(token))
        .routes(routes!(holders))
        .routes(routes!(token_transfers))
}

/// Tokens.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/tokens",
    tag = "tokens",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), Paging),
    responses((status = 200, body = page::Page<tokens::Token>))
)]
pub async fn tokens(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<tokens::Token>> {
    let page = console.index.tokens(&ledger, &shapes::page(&paging)).await?;
    let is_whole = is_whole(&console, &ledger).await?;
    Ok(Json(shapes::page_of(page, |token| {
        shapes::token(token, is_whole)
    })))
}

/// One token.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/tokens/{address}",
    tag = "tokens",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, body = tokens::Token))
)]
pub async fn token(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
) -> Answer<tokens::Token> {
    let address = shapes::address("address", &address)?;
    let found = console.index.token(&ledger, address).await?;
    let found = found.ok_or_else(|| Problem::not_found("token", &address.to_string()))?;
    let is_whole = is_whole(&console, &ledger).await?;
    Ok(Json(shapes::token(found, is_whole)))
}

/// Whether the index of a ledger reaches back to its genesis: only then is it known what accounts hold.
async fn is_whole(console: &Shared, ledger: &str) -> Result<bool, Problem> {
    let known = console.index.ledger(ledger).await?;
    let foreign = known.and_then(|ledger| ledger.foreign);
    Ok(foreign.is_none_or(|foreign| foreign.start_height == 0))
}

/// Who holds a token, most first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/tokens/{address}/holders",
    tag = "tokens",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address."), Paging),
    responses((status = 200, body = page::Page<tokens::Holder>))
)]
pub async fn holders(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<tokens::Holder>> {
    let address = shapes::address("address", &address)?;
    let page = console
        .index
        .holders(&ledger, address, &shapes::page(&paging))
        .await?;
    let registry = console.registries.known().await;
    Ok(Json(shapes::page_of(page, |item| {
        shapes::holder(&registry, item)
    })))
}

/// Transfers of a token, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/tokens/{address}/transfers",
    tag = "tokens",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address."), Paging),
    responses((status = 200, body = page::Page<tokens::Transfer>))
)]
pub async fn token_transfers(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<tokens::Transfer>> {
    let filter = read::TransferFilter {
        token: Some(shapes::address("address", &address)?),
        account: None,
    };
    let page = console
        .index
        .transfers(&ledger, &filter, &shapes::page(&paging))
        .await?;
    let registry = console.registries.known().await;
    Ok(Json(shapes::page_of(page, |item| {
        shapes::transfer(&registry, item)
    })))
}
