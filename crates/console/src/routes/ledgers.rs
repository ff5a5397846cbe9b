//! Endpoints: ledgers.

use super::prelude::*;
use crate::{flow_view, ledger_view, shapes, time::iso};
use civitas_indexer::read;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(ledgers))
        .routes(routes!(ledger))
        .routes(routes!(activity))
        .routes(routes!(flows))
}

/// The ledgers of the city, the main ledger first.
#[utoipa::path(
    get,
    path = "/ledgers",
    tag = "ledgers",
    responses((status = 200, body = page::Page<overview::LedgerSummary>))
)]
pub async fn ledgers(State(console): State<Shared>) -> Answer<page::Page<overview::LedgerSummary>> {
    Ok(Json(page::Page::whole(ledger_view::summaries(&console).await?)))
}

/// One ledger.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}",
    tag = "ledgers",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger.")),
    responses((status = 200, body = explorer::LedgerDetail))
)]
pub async fn ledger(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
) -> Answer<explorer::LedgerDetail> {
    Ok(Json(ledger_view::detail(&console, &ledger).await?))
}

/// Transactions over time.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/activity",
    tag = "ledgers",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), explorer::ActivityQuestion),
    responses((status = 200, body = page::Page<explorer::Activity>))
)]
pub async fn activity(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(question): Parameters<explorer::ActivityQuestion>,
) -> Answer<page::Page<explorer::Activity>> {
    let seconds = question.seconds.unwrap_or(60).clamp(1, 86_400);
    let steps = question.steps.unwrap_or(60).clamp(1, 500);
    let found = console.index.activity(&ledger, seconds, u64::from(steps)).await?;
    let items = found.into_iter().map(|step| explorer::Activity {
        at: iso(step.from),
        blocks: step.blocks,
        transactions: step.transactions,
        gas_used: step.gas_used,
    });
    Ok(Json(page::Page::whole(items.collect())))
}

/// What moved between accounts, summed up by who gave it to whom.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/flows",
    tag = "ledgers",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), flows::FlowFilter),
    responses((status = 200, body = flows::Flows))
)]
pub async fn flows(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(filter): Parameters<flows::FlowFilter>,
) -> Answer<flows::Flows> {
    let wanted = read::FlowFilter {
        account: shapes::address_in("account", filter.account.as_deref())?,
        from_block: filter.from,
        to_block: filter.to,
    };
    Ok(Json(flow_view::flows(&console, &ledger, &wanted).await?))
}
