//! Endpoints: contracts.

use super::prelude::*;
use crate::{account_view, shapes};
use alloy_primitives::{B256, keccak256};
use civitas_indexer::read;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(contracts))
        .routes(routes!(contract))
        .routes(routes!(events))
}

/// Contracts, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/contracts",
    tag = "contracts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), Paging),
    responses((status = 200, body = page::Page<contracts::ContractSummary>))
)]
pub async fn contracts(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<contracts::ContractSummary>> {
    let page = console.index.contracts(&ledger, &shapes::page(&paging)).await?;
    Ok(Json(shapes::page_of(page, |item| shapes::contract(&item))))
}

/// One contract.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/contracts/{address}",
    tag = "contracts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, body = contracts::ContractDetail))
)]
pub async fn contract(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
) -> Answer<contracts::ContractDetail> {
    let address = shapes::address("address", &address)?;
    let found = console.index.contract(&ledger, address).await?;
    let found = found.ok_or_else(|| Problem::not_found("contract", &address.to_string()))?;
    Ok(Json(account_view::contract(&console, &ledger, found).await))
}

/// Events, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/events",
    tag = "contracts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), explorer::EventFilter, Paging),
    responses((status = 200, body = page::Page<explorer::Event>))
)]
pub async fn events(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(filter): Parameters<explorer::EventFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<explorer::Event>> {
    let wanted = read::EventFilter {
        contract: shapes::address_in("contract", filter.contract.as_deref())?,
        topic: topic(filter.topic.as_deref())?,
        subject: None,
    };
    let transaction = filter.transaction.as_deref().filter(|text| !text.is_empty());
    let place = shapes::page(&paging);
    let page = match transaction {
        Some(_) if wanted != read::EventFilter::default() => {
            return Err(Problem::invalid("transaction", "without contract and topic"));
        }
        Some(text) => {
            let hash = text
                .parse()
                .map_err(|_| Problem::invalid("transaction", "32 bytes in hexadecimal with 0x"))?;
            console.index.events_of(&ledger, hash, &place).await?
        }
        None => console.index.events(&ledger, &wanted, &place).await?,
    };
    let registry = console.registries.known().await;
    Ok(Json(shapes::page_of(page, |item| shapes::event(&registry, item))))
}

/// The first topic: its 32 bytes, the signature of an event, or the name of one of a system contract.
fn topic(text: Option<&str>) -> Result<Option<B256>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if let Some(topic) = text.parse().ok().filter(|_| text.len() == 66) {
        return Ok(Some(topic));
    }
    if text.ends_with(')') && text.contains('(') {
        return Ok(Some(keccak256(text)));
    }
    let events = civitas_sdk::contracts::all()
        .iter()
        .flat_map(|contract| contract.abi.events());
    let known = events
        .filter(|event| event.name == text)
        .map(alloy_json_abi::Event::selector)
        .next();
    known
        .map(Some)
        .ok_or_else(|| Problem::invalid("topic", "32 bytes with 0x, a signature such as Transfer(address,address,uint256), or an event of a system contract"))
}
