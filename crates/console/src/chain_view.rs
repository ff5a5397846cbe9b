//! The registry of business chains as clients see it.

use crate::{
    api::{
        chains::{Chain, ChainChange, ChainDetail, Review, TrustRoot},
        page::Page,
    },
    following_view,
    ledgers::MAIN,
    lists::{self, Place},
    problem::Problem,
    registries::{Registry, ask},
    state::Console,
    time::{iso, iso_unless_zero},
};
use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolEvent;
use civitas_indexer::read;
use civitas_system_contracts::{
    address::CHAINS,
    interfaces::IChains::{self, RootKind},
};

/// Statuses of chains.
pub const STATUSES: [&str; 6] = [
    "Registered",
    "UnderReview",
    "Active",
    "Rejected",
    "Frozen",
    "Cancelled",
];
/// The status of a chain by its number in the contract; none for none.
pub fn status(number: u64) -> Option<&'static str> {
    let place = usize::try_from(number.checked_sub(1)?).ok()?;
    STATUSES.get(place).copied()
}

/// Chains of one call, the most that the contract gives.
const CHAINS_PAGE: u64 = 50;
/// Calls for one page, when only some statuses are wanted.
const CALLS_MAX: usize = 10;
/// Trust roots of a kind that are shown, at most.
const ROOTS_MAX: u64 = 50;
/// Kinds of trust roots.
const ROOT_KINDS: [RootKind; 5] = [
    RootKind::BlockHash,
    RootKind::ValidatorSet,
    RootKind::Certificate,
    RootKind::Contract,
    RootKind::Other,
];
/// Pages of events that are looked through for the history of a chain, at most.
const EVENT_PAGES_MAX: usize = 20;

/// The newest chains of a status, newest first. The place is the number of chains before it.
///
/// # Errors
/// No node answers.
pub async fn newest(
    console: &Console,
    place: Place,
    limit: u32,
    status: Option<&str>,
) -> Result<Page<Chain>, Problem> {
    let main = console.main().await?;
    let registry = console.registries.known().await;
    let count = ask(&main, CHAINS, &IChains::chainCountCall {}).await?;
    let mut end = lists::downwards(count, place);
    let mut items = Vec::new();
    for _ in 0..CALLS_MAX {
        let from = end.saturating_sub(CHAINS_PAGE);
        if end == 0 || items.len() >= limit as usize {
            break;
        }
        let entries = ask(
            &main,
            CHAINS,
            &IChains::chainsCall {
                from,
                count: end - from,
            },
        )
        .await?;
        for entry in entries.iter().rev() {
            if items.len() >= limit as usize {
                break;
            }
            end = end.saturating_sub(1);
            if status.is_none_or(|status| status == format!("{:?}", entry.status)) {
                items.push(chain(&registry, entry));
            }
        }
        if entries.is_empty() {
            end = 0;
        }
    }
    let next = (end > 0).then(|| Place::cursor(end));
    Ok(Page { items, next })
}

/// Chains by status.
///
/// # Errors
/// No node answers.
pub async fn by_status(console: &Console) -> Result<Vec<(&'static str, u64)>, Problem> {
    let main = console.main().await?;
    let mut counts = STATUSES.map(|status| (status, 0));
    for page in 0..lists::PAGES_MAX {
        let call = IChains::chainsCall {
            from: page * CHAINS_PAGE,
            count: CHAINS_PAGE,
        };
        let entries = ask(&main, CHAINS, &call).await?;
        for entry in &entries {
            let name = format!("{:?}", entry.status);
            if let Some((_, count)) = counts.iter_mut().find(|(status, _)| *status == name) {
                *count += 1;
            }
        }
        if (entries.len() as u64) < CHAINS_PAGE {
            break;
        }
    }
    Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
}

/// The id of a chain: `text` is CAIP-2, or the id.
pub fn id_of(text: &str) -> B256 {
    let id = text.parse::<B256>().ok().filter(|_| text.starts_with("0x"));
    id.unwrap_or_else(|| keccak256(text))
}

/// A chain with its reviews, trust roots and history. `text` is CAIP-2, or the id.
///
/// # Errors
/// There is none, or no node answers.
pub async fn detail(console: &Console, text: &str) -> Result<ChainDetail, Problem> {
    let id = id_of(text);
    let main = console.main().await?;
    let registry = console.registries.known().await;
    let (entry, reviews) = futures::try_join!(
        ask(&main, CHAINS, &IChains::chainCall { id }),
        ask(&main, CHAINS, &IChains::reviewsCall { id }),
    )?;
    let mut trust_roots = Vec::new();
    for kind in ROOT_KINDS {
        let call = IChains::trustRootsCall {
            id,
            kind,
            from: 0,
            count: ROOTS_MAX,
        };
        let roots = ask(&main, CHAINS, &call).await?;
        trust_roots.extend(roots.iter().rev().map(|root| TrustRoot {
            kind: format!("{kind:?}"),
            root: root.root.to_string(),
            valid_from_height: root.validFromHeight,
            at: iso(root.at),
        }));
    }
    Ok(ChainDetail {
        summary: chain(&registry, &entry),
        reviews: reviews.iter().map(review).collect(),
        trust_roots,
        history: history(console, id).await,
        following: following_view::following(console, id, &entry.info.caip2).await,
    })
}

fn review(entry: &IChains::Review) -> Review {
    Review {
        reviewer: entry.reviewer.to_string(),
        approved: entry.approved,
        evidence: entry.evidence.to_string(),
        reason: entry.reason.clone(),
        at: iso(entry.at),
    }
}

fn chain(registry: &Registry, entry: &IChains::Chain) -> Chain {
    let info = &entry.info;
    Chain {
        id: entry.id.to_string(),
        caip2: info.caip2.clone(),
        name: info.name.clone(),
        kind: format!("{:?}", info.kind),
        purpose: info.purpose.clone(),
        operator: info.operator.to_string(),
        operator_name: registry.word(&info.operator),
        company: info.company.clone(),
        contact: info.contact.clone(),
        grade: info.grade,
        consensus: info.consensus.clone(),
        endpoint: info.endpoint.clone(),
        documents: info.documents.to_string(),
        status: format!("{:?}", entry.status),
        registrant: entry.registrant.to_string(),
        reviewer: (entry.reviewer != Address::ZERO).then(|| entry.reviewer.to_string()),
        appealed: entry.appealed,
        escalated: entry.escalated,
        registered_at: iso(entry.registeredAt),
        review_due: iso_unless_zero(entry.reviewDue),
        appeal_until: iso_unless_zero(entry.appealUntil),
        changed_at: entry.changedAt,
    }
}

/// Changes of status from the index, oldest first; what is not indexed yet is not there.
async fn history(console: &Console, id: B256) -> Vec<ChainChange> {
    let filter = read::EventFilter {
        contract: Some(CHAINS),
        topic: Some(IChains::ChainStatusChanged::SIGNATURE_HASH),
        subject: Some(id),
    };
    let mut page = read::PageRequest {
        cursor: None,
        limit: Some(read::PAGE_ITEMS_MAX),
    };
    let mut found = Vec::new();
    for _ in 0..EVENT_PAGES_MAX {
        let Ok(events) = console.index.events(MAIN, &filter, &page).await else {
            break;
        };
        found.extend(events.items.iter().filter_map(|event| changed(event, id)));
        page.cursor = events.next;
        if page.cursor.is_none() {
            break;
        }
    }
    found.reverse();
    found
}

fn changed(event: &read::Event, id: B256) -> Option<ChainChange> {
    let decoded =
        IChains::ChainStatusChanged::decode_raw_log(event.topics.iter().copied(), &event.data).ok()?;
    (decoded.id == id).then(|| ChainChange {
        from: format!("{:?}", decoded.from),
        to: format!("{:?}", decoded.to),
        actor: decoded.actor.to_string(),
        reason: decoded.reason,
        at: Some(iso(event.time)),
        transaction: Some(event.transaction.to_string()),
    })
}
