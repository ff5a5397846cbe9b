//! What moved between accounts of a ledger, as clients see it.

use crate::{
    api::{
        flows::{Flow, Flows},
        tokens::TokenBrief,
    },
    problem::Problem,
    shapes,
    state::Console,
};
use alloy_primitives::Address;
use civitas_indexer::read::{self, TokenStandard};
use std::collections::BTreeMap;

/// Tokens whose names are asked for one picture, at most.
const TOKENS_MAX: usize = 50;

/// What moved between accounts of a ledger.
///
/// # Errors
/// There is no such ledger, or the database does not answer.
pub async fn flows(console: &Console, ledger: &str, filter: &read::FlowFilter) -> Result<Flows, Problem> {
    let found = console.index.flows(ledger, filter).await?;
    let mut tokens: BTreeMap<Address, Option<read::Token>> = BTreeMap::new();
    for token in found.flows.iter().filter_map(|flow| flow.token) {
        if tokens.len() < TOKENS_MAX && !tokens.contains_key(&token) {
            tokens.insert(token, console.index.token(ledger, token).await?);
        }
    }
    let registry = console.registries.known().await;
    let items = found.flows.iter().map(|flow| Flow {
        from: flow.sender.to_string(),
        from_name: registry.account(&flow.sender),
        to: flow.recipient.to_string(),
        to_name: registry.account(&flow.recipient),
        token: flow.token.map(|token| {
            let known = tokens.get(&token).and_then(Option::as_ref);
            brief(token, flow.standard, known)
        }),
        count: flow.count,
        amount: flow.amount.to_string(),
        first_block: flow.first_block,
        last_block: flow.last_block,
    });
    Ok(Flows {
        items: items.collect(),
        complete_from: found.complete_from,
        left_out: found.left_out,
    })
}

fn brief(address: Address, standard: Option<TokenStandard>, known: Option<&read::Token>) -> TokenBrief {
    TokenBrief {
        address: address.to_string(),
        kind: shapes::standard(standard.unwrap_or(TokenStandard::Erc20)),
        name: known.and_then(|token| token.name.clone()).map(shapes::foreign),
        symbol: known.and_then(|token| token.symbol.clone()).map(shapes::foreign),
        decimals: known.and_then(|token| token.decimals),
    }
}
