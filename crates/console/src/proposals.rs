//! Proposals as they are read: lists, and one with all that is known of it.

use crate::{
    api::governance::{MissingVote, ProposalDetail, TimelineEntry, Vote},
    api::page::Page,
    governance as records,
    ledgers::MAIN,
    lists::{self, Place},
    problem::Problem,
    registries::{Registry, ask},
    rehearsal,
    state::Console,
    time::{iso, now},
};
use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent;
use civitas_indexer::read;
use civitas_system_contracts::{
    address::GOVERNANCE,
    interfaces::{
        IGovernance::{self, Proposal, Status},
        IOrganisations,
    },
};
use futures::{StreamExt, stream};

/// Proposals that are looked at for one page, at most, when only some states are wanted.
const LOOKED_AT_MAX: u64 = 500;
/// Events that are looked through for the transactions of a proposal, at most.
const EVENT_PAGES_MAX: usize = 10;

/// The newest proposals of a state, newest first.
///
/// # Errors
/// No node answers.
pub async fn newest(
    console: &Console,
    place: Place,
    limit: u32,
    state: Option<&str>,
) -> Result<Page<Proposal>, Problem> {
    let main = console.main().await?;
    let count = ask(&main, GOVERNANCE, &IGovernance::proposalCountCall {}).await?;
    let first = lists::downwards(count, place);
    let last = first.saturating_sub(LOOKED_AT_MAX).saturating_add(1).max(1);
    let mut read = stream::iter((last..=first).rev())
        .map(|id| {
            let main = main.clone();
            async move { ask(&main, GOVERNANCE, &IGovernance::proposalCall { id }).await }
        })
        .buffered(lists::CALLS_AT_ONCE);
    let mut items = Vec::new();
    let mut lowest = first.saturating_add(1);
    while items.len() < limit as usize
        && let Some(proposal) = read.next().await
    {
        let proposal = proposal?;
        lowest = proposal.id;
        if state.is_none_or(|state| state == format!("{:?}", proposal.status)) {
            items.push(proposal);
        }
    }
    let next = (lowest > 1 && first > 0).then(|| Place::cursor(lowest - 1));
    Ok(Page { items, next })
}

/// Whether a proposal can still be voted on or executed.
pub const fn is_open(proposal: &Proposal) -> bool {
    matches!(proposal.status, Status::Open | Status::Approved)
}

/// All that is known of a proposal.
///
/// # Errors
/// No node answers.
pub async fn detail(console: &Console, entry: &Proposal) -> Result<ProposalDetail, Problem> {
    let main = console.main().await?;
    let registry = console.registries.now().await?;
    let votes = ask(&main, GOVERNANCE, &IGovernance::votesCall { id: entry.id }).await?;
    let mut actions = rehearsal::actions(&entry.actions);
    let rehearsal = match is_open(entry) {
        // A proposal is shown also where the node cannot try it out.
        true => rehearsal::rehearse(&main, &registry, &entry.actions, &mut actions)
            .await
            .ok(),
        false => None,
    };
    let silent = registry.organisations.iter().filter(|organisation| {
        let votes_now = organisation.voting && organisation.status == IOrganisations::Status::Active;
        votes_now && !votes.iter().any(|vote| vote.organisation == organisation.id)
    });
    let missing = silent.map(|organisation| MissingVote {
        organisation: organisation.id.to_string(),
        organisation_name: organisation.name.clone(),
    });
    Ok(ProposalDetail {
        summary: records::proposal(&registry, entry),
        actions,
        rehearsal,
        missing: if entry.status == Status::Open {
            missing.collect()
        } else {
            Vec::new()
        },
        timeline: timeline(console, &registry, entry, &votes).await,
        votes: votes.iter().map(|vote| shown(&registry, vote)).collect(),
    })
}

fn shown(registry: &Registry, vote: &IGovernance::Vote) -> Vote {
    Vote {
        organisation: vote.organisation.to_string(),
        organisation_name: registry.word(&vote.organisation),
        account: vote.account.to_string(),
        approve: vote.approve,
        reason: vote.reason.clone(),
        at: iso(vote.at),
    }
}

async fn timeline(
    console: &Console,
    registry: &Registry,
    entry: &Proposal,
    votes: &[IGovernance::Vote],
) -> Vec<TimelineEntry> {
    let now = now();
    let at = |what: &str, seconds: u64, by: Option<String>| TimelineEntry {
        what: what.to_owned(),
        at: Some(iso(seconds)),
        by,
        ahead: seconds > now,
        transaction: None,
    };
    let mut timeline = vec![at("created", entry.createdAt, Some(entry.proposer.to_string()))];
    let voted = votes.iter().map(|vote| {
        let by = registry
            .word(&vote.organisation)
            .unwrap_or_else(|| vote.organisation.to_string());
        at("vote", vote.at, Some(by))
    });
    timeline.extend(voted);
    if entry.status == Status::Open {
        timeline.push(at("votingEnds", entry.votingEnds, None));
    }
    if entry.status == Status::Expired {
        timeline.push(at("expired", entry.executableUntil.max(entry.votingEnds), None));
    }
    if entry.executableFrom != 0 {
        timeline.push(at("executableFrom", entry.executableFrom, None));
        timeline.push(at("executableUntil", entry.executableUntil, None));
    }
    timeline.extend(from_events(console, entry.id).await);
    timeline.sort_by(|one, other| one.at.cmp(&other.at));
    timeline
}

/// What only events tell: approval, execution, rejection, withdrawal, with their transactions.
async fn from_events(console: &Console, id: u64) -> Vec<TimelineEntry> {
    let wanted: [(&str, B256); 4] = [
        ("approved", IGovernance::ProposalApproved::SIGNATURE_HASH),
        ("rejected", IGovernance::ProposalRejected::SIGNATURE_HASH),
        ("withdrawn", IGovernance::ProposalWithdrawn::SIGNATURE_HASH),
        ("executed", IGovernance::ProposalExecuted::SIGNATURE_HASH),
    ];
    let subject = B256::from(U256::from(id));
    let mut found = Vec::new();
    for (what, topic) in wanted {
        let filter = read::EventFilter {
            contract: Some(GOVERNANCE),
            topic: Some(topic),
            subject: Some(subject),
        };
        let mut page = read::PageRequest {
            cursor: None,
            limit: Some(1),
        };
        for _ in 0..EVENT_PAGES_MAX {
            let Ok(events) = console.index.events(MAIN, &filter, &page).await else {
                break;
            };
            if let Some(event) = events.items.first() {
                found.push(TimelineEntry {
                    what: what.to_owned(),
                    at: Some(iso(event.time)),
                    by: None,
                    ahead: false,
                    transaction: Some(event.transaction.to_string()),
                });
                break;
            }
            page.cursor = events.next;
            if page.cursor.is_none() {
                break;
            }
        }
    }
    found
}
