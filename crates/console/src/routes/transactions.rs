//! Endpoints: transactions.

use super::prelude::*;
use crate::{registries::Registry, shapes, tracing_view};
use alloy_primitives::{Address, B256, U256};
use civitas_indexer::read;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(transactions))
        .routes(routes!(transaction))
        .routes(routes!(trace))
        .routes(routes!(changes))
}

/// Transactions, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/transactions",
    tag = "transactions",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), transactions::TransactionFilter, Paging),
    responses((status = 200, body = page::Page<transactions::TransactionSummary>))
)]
pub async fn transactions(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(filter): Parameters<transactions::TransactionFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<transactions::TransactionSummary>> {
    let filter = wanted(&filter)?;
    let page = console
        .index
        .transactions(&ledger, &filter, &shapes::page(&paging))
        .await?;
    let registry = console.registries.known().await;
    Ok(Json(shapes::page_of(page, |item| {
        shapes::transaction(&registry, item)
    })))
}

/// One transaction with its decoded call, events and transfers.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/transactions/{hash}",
    tag = "transactions",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("hash" = String, Path, description = "Hash of the transaction.")),
    responses((status = 200, body = transactions::TransactionDetail))
)]
pub async fn transaction(
    State(console): State<Shared>,
    Segments((ledger, hash)): Segments<(String, String)>,
) -> Answer<transactions::TransactionDetail> {
    let hash = hash_of(&hash)?;
    let found = console.index.transaction(&ledger, hash).await?;
    let found = found.ok_or_else(|| Problem::not_found("transaction", &hash.to_string()))?;
    let registry = console.registries.known().await;
    let all = read::PageRequest {
        cursor: None,
        limit: Some(read::PAGE_ITEMS_MAX),
    };
    let (events, block) = futures::join!(
        console.index.events_of(&ledger, hash, &all),
        console.index.block(&ledger, read::BlockKey::Number(found.block)),
    );
    let events = events?.items;
    let moved = moved(&console, &ledger, &registry, &events).await?;
    let error = if found.success {
        None
    } else {
        tracing_view::failure(&console, &ledger, hash).await
    };
    let call = shapes::call(&found);
    let is_metered = shapes::is_metered(&found);
    Ok(Json(transactions::TransactionDetail {
        block_hash: block?.map(|block| block.hash.to_string()).unwrap_or_default(),
        nonce: is_metered.then_some(found.nonce),
        kind: u8::try_from(found.kind).ok().filter(|_| is_metered),
        gas_limit: is_metered.then_some(found.gas_limit),
        gas_price: (found.gas_used > 0).then(|| found.gas_price.to_string()),
        input: found.input.to_string(),
        call,
        error,
        events: events
            .into_iter()
            .map(|event| shapes::event(&registry, event))
            .collect(),
        transfers: moved,
        summary: shapes::transaction(&registry, found),
    }))
}

/// How a transaction ran: a tree of calls.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/transactions/{hash}/trace",
    tag = "transactions",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("hash" = String, Path, description = "Hash of the transaction.")),
    responses((status = 200, body = transactions::Trace))
)]
pub async fn trace(
    State(console): State<Shared>,
    Segments((ledger, hash)): Segments<(String, String)>,
) -> Answer<transactions::Trace> {
    let hash = hash_of(&hash)?;
    Ok(Json(tracing_view::trace(&console, &ledger, hash).await?))
}

/// What a transaction changed.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/transactions/{hash}/changes",
    tag = "transactions",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("hash" = String, Path, description = "Hash of the transaction.")),
    responses((status = 200, body = transactions::StateChanges))
)]
pub async fn changes(
    State(console): State<Shared>,
    Segments((ledger, hash)): Segments<(String, String)>,
) -> Answer<transactions::StateChanges> {
    let hash = hash_of(&hash)?;
    Ok(Json(tracing_view::changes(&console, &ledger, hash).await?))
}

fn hash_of(text: &str) -> Result<B256, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid("hash", "32 bytes in hexadecimal with 0x"))
}

/// The filter for the index.
fn wanted(filter: &transactions::TransactionFilter) -> Result<read::TransactionFilter, Problem> {
    let success = match filter.status.as_deref() {
        None | Some("") => None,
        Some("success") => Some(true),
        Some("failed") => Some(false),
        Some(_) => return Err(Problem::invalid("status", "success or failed")),
    };
    Ok(read::TransactionFilter {
        block: filter.block,
        account: shapes::address_in("account", filter.account.as_deref())?,
        contract: shapes::address_in("contract", filter.contract.as_deref())?,
        method: shapes::selector_in(filter.method.as_deref())?,
        success,
    })
}

/// Tokens whose names are asked for one transaction, at most.
const TOKENS_MAX: usize = 20;

/// What a transaction moved of tokens: its events of the token standards, in order.
async fn moved(
    console: &Shared,
    ledger: &str,
    registry: &Registry,
    events: &[read::Event],
) -> Result<Vec<tokens::Transfer>, Problem> {
    let mut known: Vec<read::Token> = Vec::new();
    let mut moved = Vec::new();
    for event in events {
        let Some(parts) = event.decoded.as_ref().and_then(token_transfer) else {
            continue;
        };
        if known.len() < TOKENS_MAX && !known.iter().any(|token| token.address == event.address) {
            known.extend(console.index.token(ledger, event.address).await?);
        }
        let Some(token) = known.iter().find(|token| token.address == event.address) else {
            continue;
        };
        let is_unique = token.standard == read::TokenStandard::Erc721;
        let row = read::Transfer {
            block: event.block,
            index: event.index,
            transaction: event.transaction,
            time: event.time,
            token: token.address,
            token_name: token.name.clone(),
            token_symbol: token.symbol.clone(),
            token_decimals: token.decimals,
            standard: token.standard,
            sender: parts.sender,
            recipient: parts.recipient,
            token_id: parts.id.or_else(|| is_unique.then_some(parts.amount)),
            amount: if is_unique { U256::from(1) } else { parts.amount },
        };
        moved.push(shapes::transfer(registry, row));
    }
    Ok(moved)
}

/// Who gave whom how much of what.
struct Parts {
    sender: Address,
    recipient: Address,
    id: Option<U256>,
    amount: U256,
}

/// The parts of an event of a token standard.
fn token_transfer(event: &read::Decoded) -> Option<Parts> {
    let at = |index: usize| event.arguments.get(index)?.value.as_str();
    let (sender, id, amount) = match event.signature.as_str() {
        "Transfer(address,address,uint256)" => (0, None, 2),
        "TransferSingle(address,address,address,uint256,uint256)" => (1, Some(3), 4),
        _ => return None,
    };
    Some(Parts {
        sender: at(sender)?.parse().ok()?,
        recipient: at(sender + 1)?.parse().ok()?,
        id: id.and_then(at).and_then(|text| text.parse().ok()),
        amount: at(amount)?.parse().ok()?,
    })
}
