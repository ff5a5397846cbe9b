//! Ledgers as clients see them: from the index, from their nodes, and from the registry.

use crate::{
    api::{
        explorer::{LedgerDetail, LedgerMember, LedgerParameters},
        overview::{Attestation, Counts, GatewayRefusal, LedgerSummary},
    },
    chain_view,
    ledgers::{MAIN, is_foreign},
    problem::Problem,
    registries::ask,
    state::Console,
    time::{iso, now},
};
use civitas_indexer::read::{Activity, EntityKind, Foreign, Ledger};
use civitas_monitor::api::{InstantParameters, QueryData};
use civitas_sdk::Node;
use civitas_system_contracts::{
    address::{IDENTITIES, LEDGERS},
    interfaces::{IIdentities, ILedgers},
};

/// Partition ledgers of one call, the most that the contract gives.
const LEDGERS_PAGE: u64 = 16;
/// Calls for the registry of ledgers, at most.
const CALLS_MAX: u64 = 16;
/// Seconds over which rates are told.
const RATE_SECONDS: u64 = 60;
/// Time from a proposal to its finality, in milliseconds, over the last minutes; all validators of the city together.
const FINALITY: &str = "1000 * sum(rate(ledger_simplex_ordering_voting_voter_finalization_latency_sum[5m])) \
     / sum(rate(ledger_simplex_ordering_voting_voter_finalization_latency_count[5m]))";

/// Partition ledgers of the registry.
///
/// # Errors
/// No node answers.
pub async fn registered(console: &Console) -> Result<Vec<ILedgers::Ledger>, Problem> {
    of_registry(&console.main().await?).await
}

/// The same, as a node of the main ledger tells them.
///
/// # Errors
/// It does not answer.
pub async fn of_registry(main: &Node) -> Result<Vec<ILedgers::Ledger>, Problem> {
    let mut all = Vec::new();
    for page in 0..CALLS_MAX {
        let call = ILedgers::ledgersCall {
            from: page * LEDGERS_PAGE,
            count: LEDGERS_PAGE,
        };
        let entries = ask(main, LEDGERS, &call).await?;
        let count = entries.len() as u64;
        all.extend(entries);
        if count < LEDGERS_PAGE {
            break;
        }
    }
    Ok(all)
}

/// All ledgers, the main ledger first, then foreign chains.
///
/// # Errors
/// The database does not answer.
pub async fn summaries(console: &Console) -> Result<Vec<LedgerSummary>, Problem> {
    let registry = registered(console).await.unwrap_or_default();
    let finality = finality(console).await;
    let mut names = vec![(MAIN.to_owned(), "Active".to_owned(), None)];
    names.extend(registry.iter().map(|entry| {
        (
            entry.name.clone(),
            format!("{:?}", entry.status),
            Some(entry.chainId),
        )
    }));
    let asked = names
        .into_iter()
        .map(|(name, status, chain_id)| summary(console, name, status, chain_id, finality));
    let mut summaries = futures::future::try_join_all(asked).await?;
    for ledger in console.index.ledgers().await? {
        if let Some(foreign) = ledger.foreign.clone() {
            summaries.push(foreign_summary(console, ledger, foreign).await?);
        }
    }
    Ok(summaries)
}

/// A chain that is not the city's own: how far it is anchored, and how far the index is.
async fn foreign_summary(
    console: &Console,
    ledger: Ledger,
    foreign: Foreign,
) -> Result<LedgerSummary, Problem> {
    let id = foreign.id.to_string();
    let entry = console.index.entity(EntityKind::Chain, &id).await?;
    let lag = console.lags.borrow().get(&ledger.name).cloned();
    let recent = console.index.activity(&ledger.name, RATE_SECONDS, 2).await?;
    let height = lag.as_ref().and_then(|lag| lag.head);
    let reached = ledger.indexed.unwrap_or(foreign.start_height);
    let refusals = lag.iter().flat_map(|lag| &lag.refusals);
    let refusals = refusals.map(|refusal| GatewayRefusal {
        gateway: refusal.gateway.clone(),
        from_height: refusal.from_height,
        reason: refusal.reason.clone(),
        is_false: refusal.is_false,
    });
    Ok(LedgerSummary {
        kind: "foreign".to_owned(),
        status: entry
            .as_ref()
            .and_then(|entry| chain_view::status(entry.status))
            .unwrap_or("Active")
            .to_owned(),
        attestation: Some(Attestation {
            chain: id,
            title: entry.map(|entry| crate::shapes::foreign(entry.name)),
            threshold: foreign.threshold,
            gateways: foreign.gateways,
            start_height: foreign.start_height,
            refusals: refusals.collect(),
            fault: lag.and_then(|lag| lag.fault),
        }),
        chain_id: ledger.chain_id,
        lag: height.map_or(0, |height| height.saturating_sub(reached)),
        height,
        indexed: reached,
        block_interval_ms: interval(&recent),
        finality_ms: None,
        transactions_per_second: rate(&recent),
        transactions: ledger.transactions,
        pending: None,
        last_block_at: ledger.indexed_at.map(iso),
        name: ledger.name,
    })
}

async fn summary(
    console: &Console,
    name: String,
    status: String,
    chain_id: Option<u64>,
    finality: Option<f64>,
) -> Result<LedgerSummary, Problem> {
    let indexed = console.index.ledger(&name).await?;
    let node = console.ledgers.node(&name).await.ok();
    let live = match &node {
        Some(node) => node.status().await.ok(),
        None => None,
    };
    let height = live.as_ref().map(|status| status.height);
    let reached = indexed
        .as_ref()
        .and_then(|ledger| ledger.indexed)
        .unwrap_or_default();
    let recent = match &indexed {
        Some(_) => console
            .index
            .activity(&name, RATE_SECONDS, 2)
            .await
            .unwrap_or_default(),
        None => Vec::new(),
    };
    let known = chain_id
        .or(live.as_ref().map(|status| status.chain_id))
        .or(indexed.as_ref().map(|ledger| ledger.chain_id));
    let newest = live
        .as_ref()
        .map(|status| status.timestamp_ms / 1_000)
        .or(indexed.as_ref().and_then(|ledger| ledger.indexed_at));
    Ok(LedgerSummary {
        kind: "own".to_owned(),
        attestation: None,
        chain_id: known.unwrap_or_default(),
        status,
        indexed: reached,
        lag: height.map_or(0, |height| height.saturating_sub(reached)),
        height,
        block_interval_ms: interval(&recent),
        finality_ms: finality.filter(|_| name == MAIN),
        transactions_per_second: rate(&recent),
        transactions: indexed.map_or(0, |ledger| ledger.transactions),
        pending: live.map(|status| status.pending_transactions as u64),
        last_block_at: newest.map(iso),
        name,
    })
}

/// What happened in the last stretch and the part of the one before it, weighted so that a new stretch does not begin
/// at nothing.
fn weighted(recent: &[Activity], of: fn(&Activity) -> u64) -> Option<f64> {
    let newest = recent.last()?;
    let elapsed = now().saturating_sub(newest.from).min(RATE_SECONDS);
    let before = recent
        .len()
        .checked_sub(2)
        .and_then(|place| recent.get(place))
        .map_or(0, of);
    let rest = RATE_SECONDS.saturating_sub(elapsed);
    let whole = float(of(newest)) + float(before) * float(rest) / float(RATE_SECONDS);
    Some(whole / float(RATE_SECONDS))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people: counts of a minute are far below 2^53"
)]
const fn float(count: u64) -> f64 {
    count as f64
}

fn rate(recent: &[Activity]) -> Option<f64> {
    weighted(recent, |step| step.transactions)
}

fn interval(recent: &[Activity]) -> Option<f64> {
    let blocks = weighted(recent, |step| step.blocks).filter(|blocks| *blocks > 0.0)?;
    Some(1_000.0 / blocks)
}

/// Milliseconds until a payload is final, as the nodes measure; none while nothing is measured.
async fn finality(console: &Console) -> Option<f64> {
    let question = InstantParameters {
        query: FINALITY.to_owned(),
        time: None,
    };
    match console.monitor.query(question).await.ok()? {
        QueryData::Scalar(point) => Some(point.value),
        QueryData::Vector(samples) => samples.first().map(|sample| sample.value.value),
        QueryData::Matrix(_) => None,
    }
    .filter(|value| value.is_finite())
}

/// How many there are of what, as far as the index knows.
pub async fn counts(console: &Console, ledgers: &[LedgerSummary]) -> Counts {
    let mut counts = Counts::default();
    for ledger in ledgers {
        counts.blocks += ledger.indexed;
        let Ok(totals) = console.index.totals(&ledger.name).await else {
            continue;
        };
        counts.transactions += totals.transactions;
        counts.accounts += totals.accounts;
        counts.contracts += totals.contracts;
        counts.tokens += totals.tokens;
    }
    counts
}

/// Identities of the city; 0 if no node answers.
pub async fn identity_count(console: &Console) -> u64 {
    let Ok(main) = console.main().await else { return 0 };
    ask(&main, IDENTITIES, &IIdentities::identityCountCall {})
        .await
        .unwrap_or_default()
}

/// One ledger.
///
/// # Errors
/// There is none of that name, or the database does not answer.
pub async fn detail(console: &Console, name: &str) -> Result<LedgerDetail, Problem> {
    if is_foreign(name) {
        return foreign_detail(console, name).await;
    }
    let registry = console.registries.known().await;
    let entry = if name == MAIN {
        None
    } else {
        registered(console)
            .await?
            .into_iter()
            .find(|entry| entry.name == name)
    };
    if name != MAIN && entry.is_none() {
        return Err(Problem::not_found("ledger", name));
    }
    let finality = finality(console).await;
    let status = entry
        .as_ref()
        .map_or_else(|| "Active".to_owned(), |entry| format!("{:?}", entry.status));
    let chain_id = entry.as_ref().map(|entry| entry.chainId);
    let summary = summary(console, name.to_owned(), status, chain_id, finality).await?;
    let node = console.ledgers.node(name).await.ok();
    let (parameters, live) = match &node {
        Some(node) => futures::join!(async { node.parameters().await.ok() }, async {
            node.status().await.ok()
        }),
        None => (None, None),
    };
    let members = match &entry {
        Some(entry) => members(console, entry).await,
        None => validators(node.as_ref()).await,
    };
    let named = members.into_iter().map(|mut member| {
        let known = member.key.parse().ok().and_then(|key| registry.word(&key));
        member.name = member.name.or(known);
        member
    });
    Ok(LedgerDetail {
        summary,
        access: entry.as_ref().map(|entry| format!("{:?}", entry.access)),
        members: named.collect(),
        parameters: parameters.map(self::parameters),
        created_at: entry.as_ref().map(|entry| entry.createdAt),
        changed_at: entry.as_ref().map(|entry| entry.changedAt),
        epoch: live
            .and_then(|status| status.ordering)
            .map(|ordering| ordering.epoch),
    })
}

async fn foreign_detail(console: &Console, name: &str) -> Result<LedgerDetail, Problem> {
    let ledger = console.index.ledger(name).await?;
    let known = ledger.and_then(|ledger| ledger.foreign.clone().map(|foreign| (ledger, foreign)));
    let (ledger, foreign) = known.ok_or_else(|| Problem::not_found("ledger", name))?;
    Ok(LedgerDetail {
        summary: foreign_summary(console, ledger, foreign).await?,
        access: None,
        members: Vec::new(),
        parameters: None,
        created_at: None,
        changed_at: None,
        epoch: None,
    })
}

async fn members(console: &Console, entry: &ILedgers::Ledger) -> Vec<LedgerMember> {
    let main = console.main().await.ok();
    let mut members = Vec::new();
    for member in &entry.members {
        let call = ILedgers::isReadyCall {
            name: entry.name.clone(),
            key: member.key,
        };
        let ready = match (&main, member.role == ILedgers::Role::Validator) {
            (Some(main), true) => ask(main, LEDGERS, &call).await.ok(),
            _ => None,
        };
        members.push(LedgerMember {
            key: member.key.to_string(),
            name: None,
            role: format!("{:?}", member.role),
            ready,
        });
    }
    members
}

async fn validators(node: Option<&civitas_sdk::Node>) -> Vec<LedgerMember> {
    let Some(node) = node else { return Vec::new() };
    let validators = node.validators(None).await.unwrap_or_default();
    let member = |validator: civitas_api::ledger::Validator| LedgerMember {
        key: validator.public_key.to_string(),
        name: Some(validator.name),
        role: "Validator".to_owned(),
        ready: Some(true),
    };
    validators.into_iter().map(member).collect()
}

/// Parameters as a node tells them.
pub fn parameters(parameters: civitas_api::ledger::Parameters) -> LedgerParameters {
    LedgerParameters {
        ordering: parameters.ordering,
        state_commitment: parameters.state_commitment,
        block_gas_max: parameters.block_gas_max,
        payload_bytes_max: parameters.payload_bytes_max,
        payload_transactions_max: parameters.payload_transactions_max,
        transaction_bytes_max: parameters.transaction_bytes_max,
        base_fee: parameters.base_fee,
        block_interval_ms: parameters.block_interval_ms,
        heartbeat_ms: parameters.heartbeat_ms,
        leader_timeout_ms: parameters.leader_timeout_ms,
        epoch_blocks: parameters.epoch_blocks,
    }
}
