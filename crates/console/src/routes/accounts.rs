//! Endpoints: accounts.

use super::prelude::*;
use crate::{account_view, guard::Asker, shapes};
use axum::Extension;
use civitas_indexer::read;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(account))
        .routes(routes!(account_transactions))
        .routes(routes!(account_transfers))
        .routes(routes!(account_balances))
}

/// Accounts that took part in something.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/accounts",
    tag = "accounts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), Paging),
    responses((status = 200, body = page::Page<explorer::AccountSummary>))
)]
pub async fn accounts(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<explorer::AccountSummary>> {
    let page = console.index.accounts(&ledger, &shapes::page(&paging)).await?;
    let registry = console.registries.known().await;
    Ok(Json(shapes::page_of(page, |item| {
        shapes::account(&registry, item)
    })))
}

/// One account.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/accounts/{address}",
    tag = "accounts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, body = explorer::AccountDetail))
)]
pub async fn account(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments((ledger, address)): Segments<(String, String)>,
) -> Answer<explorer::AccountDetail> {
    let address = shapes::address("address", &address)?;
    Ok(Json(
        account_view::detail(&console, &ledger, address, &asker).await?,
    ))
}

/// Transactions of an account, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/accounts/{address}/transactions",
    tag = "accounts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address."), Paging),
    responses((status = 200, body = page::Page<transactions::TransactionSummary>))
)]
pub async fn account_transactions(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<transactions::TransactionSummary>> {
    let filter = read::TransactionFilter {
        account: Some(shapes::address("address", &address)?),
        ..read::TransactionFilter::default()
    };
    let page = console
        .index
        .transactions(&ledger, &filter, &shapes::page(&paging))
        .await?;
    let registry = console.registries.known().await;
    Ok(Json(shapes::page_of(page, |item| {
        shapes::transaction(&registry, item)
    })))
}

/// Transfers from and to an account, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/accounts/{address}/transfers",
    tag = "accounts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address."), Paging),
    responses((status = 200, body = page::Page<tokens::Transfer>))
)]
pub async fn account_transfers(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<tokens::Transfer>> {
    let filter = read::TransferFilter {
        token: None,
        account: Some(shapes::address("address", &address)?),
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

/// What an account owns of tokens.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/accounts/{address}/balances",
    tag = "accounts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address."), Paging),
    responses((status = 200, body = page::Page<explorer::Balance>))
)]
pub async fn account_balances(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<explorer::Balance>> {
    let address = shapes::address("address", &address)?;
    let page = console
        .index
        .balances(&ledger, address, &shapes::page(&paging))
        .await?;
    Ok(Json(shapes::page_of(page, shapes::balance)))
}
