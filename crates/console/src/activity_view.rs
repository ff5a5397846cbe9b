//! What the accounts of an identity did, on all ledgers and chains, as one timeline.
//!
//! Accounts are bound as CAIP-10. One of the main ledger acts on every ledger of the city, whose contracts know the same
//! bindings; one of a foreign chain on that chain.

use crate::{
    api::{
        activity::{Deed, DeedPage},
        page::Paging,
    },
    ledgers::{MAIN, is_foreign},
    problem::Problem,
    registries::Registry,
    shapes,
    state::Console,
};
use alloy_primitives::Address;
use civitas_indexer::read::{self, Holding, Ledger};
use std::collections::BTreeSet;

/// Accounts of one identity that are looked at, at most: each is a few questions to the database.
const ACCOUNTS_MAX: usize = 64;

/// What these accounts (CAIP-10) did, newest first; on one ledger, if it is named.
///
/// # Errors
/// The ledger is none of the index, the cursor is none of this list, or the database does not answer.
pub async fn timeline(
    console: &Console,
    accounts: &[String],
    ledger: Option<&str>,
    paging: &Paging,
) -> Result<DeedPage, Problem> {
    let ledgers = console.index.ledgers().await?;
    let ledger = ledger.filter(|name| !name.is_empty());
    if let Some(name) = ledger.filter(|name| !ledgers.iter().any(|known| known.name == *name)) {
        return Err(Problem::not_found("ledger", name));
    }
    let mut holdings: BTreeSet<Holding> = BTreeSet::new();
    let mut unseen = Vec::new();
    for account in accounts.iter().take(ACCOUNTS_MAX) {
        let places = places(account, &ledgers);
        if places.is_empty() {
            unseen.push(account.clone());
        }
        holdings.extend(places);
    }
    unseen.extend(accounts.iter().skip(ACCOUNTS_MAX).cloned());
    let names: BTreeSet<String> = holdings.iter().map(|holding| holding.ledger.clone()).collect();
    holdings.retain(|holding| ledger.is_none_or(|name| holding.ledger == name));
    let page = console.index.timeline(&holdings, &shapes::page(paging)).await?;
    let registry = console.registries.known().await;
    Ok(DeedPage {
        items: page.items.into_iter().map(|item| deed(&registry, item)).collect(),
        next: page.next,
        ledgers: names.into_iter().collect(),
        unseen,
    })
}

/// Where in the index an account (CAIP-10) is found; nowhere if its chain is not there, or its account has not 20 bytes.
fn places(account: &str, ledgers: &[Ledger]) -> Vec<Holding> {
    let Some((chain, address)) = account.rsplit_once(':') else {
        return Vec::new();
    };
    let Ok(address) = address.parse::<Address>() else {
        return Vec::new();
    };
    let is_named = |ledger: &Ledger| match chain.split_once(':') {
        // A foreign chain can have the number of a ledger of the city only by a name of another kind.
        Some(("eip155", number)) if ledger.foreign.is_none() => number == ledger.chain_id.to_string(),
        Some(("civitas", reference)) if ledger.foreign.is_none() => {
            reference == ledger.name || reference == ledger.chain_id.to_string()
        }
        _ => ledger.name == chain,
    };
    let is_of_city = ledgers
        .iter()
        .any(|ledger| ledger.name == MAIN && is_named(ledger));
    let found = ledgers
        .iter()
        .filter(|ledger| is_named(ledger) || is_of_city && ledger.foreign.is_none());
    found
        .map(|ledger| Holding {
            ledger: ledger.name.clone(),
            account: address,
        })
        .collect()
}

fn deed(registry: &Registry, deed: read::Deed) -> Deed {
    let transfers = deed.transfers.into_iter();
    Deed {
        is_foreign: is_foreign(&deed.ledger),
        ledger: deed.ledger,
        accounts: deed.accounts.iter().map(ToString::to_string).collect(),
        transaction: shapes::transaction(registry, deed.transaction),
        transfers: transfers.map(|item| shapes::transfer(registry, item)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;

    fn ledger(name: &str, chain_id: u64) -> Ledger {
        let foreign = read::Foreign {
            id: B256::ZERO,
            start_height: 0,
            batches: 0,
            threshold: 2,
            gateways: 3,
        };
        Ledger {
            name: name.to_owned(),
            chain_id,
            indexed: None,
            indexed_hash: None,
            indexed_at: None,
            transactions: 0,
            events: 0,
            transfers: 0,
            foreign: is_foreign(name).then_some(foreign),
        }
    }

    #[test]
    fn accounts_are_found_where_they_act() {
        let ledgers = [
            ledger(MAIN, 7_777),
            ledger("trade", 7_778),
            ledger("eip155:31337", 31_337),
        ];
        let check = |account: &str, expected: &[&str]| {
            let found = places(account, &ledgers);
            let names: Vec<&str> = found.iter().map(|holding| holding.ledger.as_str()).collect();
            assert_eq!(names, expected, "{account}");
        };
        let address = "0x00000000000000000000000000000000000000aa";
        check(&format!("eip155:7777:{address}"), &[MAIN, "trade"]);
        check(&format!("civitas:7777:{address}"), &[MAIN, "trade"]);
        check(&format!("eip155:7778:{address}"), &["trade"]);
        check(&format!("eip155:31337:{address}"), &["eip155:31337"]);
        check(&format!("eip155:1:{address}"), &[]);
        check(
            "solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv",
            &[],
        );
        check("", &[]);
    }
}
