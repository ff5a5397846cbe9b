//! The facts of the situation: chains with their health, and the risk of everybody who stands out.

use super::{
    people::Known,
    risk::{self, Health, Open, Reason},
    store::{HOUR, MINUTE, Store, Stretch},
};
use crate::{
    api::overview::LedgerSummary,
    api::situation::{ChainKind, RiskSubjectKind},
    cases::desk::{self, answered},
    chain_view, ledger_view,
    ledgers::MAIN,
    lists,
    problem::Problem,
    registries::{Registry, ask},
    shapes,
    state::Console,
};
use alloy_primitives::{Address, B256};
use civitas_indexer::read::{Entity, EntityFilter, EntityKind, FlowFilter, PAGE_ITEMS_MAX, PageRequest};
use civitas_supervision::{Mode, Severity};
use civitas_system_contracts::{address::CASES, interfaces::ICases};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, HashMap};

/// Chains of one picture, at most: the ledgers, and the newest of the registry.
pub const CHAINS_MAX: usize = 60;
/// Findings that risk asks for: the newest.
pub const FINDINGS_MAX: u32 = 5_000;
/// Flagged accounts whose payments are looked at: those with the most points.
const FLAGGED_MAX: usize = 40;
/// Subjects of a ranking.
const RANKED_MAX: usize = 50;
/// Minutes that are shown of a chain.
const MINUTES: u64 = 60;
const DAY: u64 = 24 * HOUR;
/// Blocks that come while one is indexed: less is no lag.
pub const LAG_BLOCKS: u64 = 10;

/// A chain as it is now.
#[derive(Clone, Debug)]
pub struct ChainNow {
    /// As the list of ledgers has it; none for one that is only registered.
    pub ledger: Option<LedgerSummary>,
    /// Its name in the index.
    pub name: String,
    /// What its operator calls it.
    pub title: Option<String>,
    /// Whose it is.
    pub kind: ChainKind,
    /// Its id in the registry.
    pub chain: Option<String>,
    /// The organisation that operates it.
    pub operator: Option<String>,
    /// Its status in the registry.
    pub status: String,
    /// The last sixty minutes.
    pub hour: Stretch,
    /// The last 24 hours.
    pub day: Stretch,
    /// Transactions of the last sixty minutes, oldest first.
    pub minutes: Vec<u64>,
    /// Open findings of active rules, and of rules on trial.
    pub open: [u64; 2],
    /// The gravest.
    pub worst: Option<Severity>,
    /// What risk asks.
    pub health: Health,
    /// Why it stands for risk.
    pub reasons: Vec<Reason>,
}

/// Somebody with a risk.
#[derive(Clone, Debug)]
pub struct Risk {
    /// What it is.
    pub kind: RiskSubjectKind,
    /// Name, DID or account.
    pub id: String,
    /// The chain of an account.
    pub ledger: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// All chains, the main ledger first, with their own reasons.
pub async fn chains(
    console: &Console,
    store: &Store,
    open: &[Open],
    now: u64,
) -> Result<Vec<ChainNow>, Problem> {
    let entries = registered(console).await?;
    let registry = console.registries.known().await;
    let mut chains = Vec::new();
    for ledger in ledger_view::summaries(console)
        .await?
        .into_iter()
        .take(CHAINS_MAX)
    {
        let kind = match (ledger.kind.as_str(), ledger.name.as_str()) {
            ("foreign", _) => ChainKind::Followed,
            (_, MAIN) => ChainKind::Main,
            _ => ChainKind::Partition,
        };
        let entry = entries.get(&ledger.name);
        let mut chain = begin(kind, ledger.name.clone(), ledger.status.clone(), entry, &registry);
        chain.health = Health {
            silent_seconds: ledger.last_block_at.as_deref().map(|at| age(at, now)),
            lag: if ledger.lag >= LAG_BLOCKS { ledger.lag } else { 0 },
            has_fault: ledger
                .attestation
                .as_ref()
                .is_some_and(|attested| attested.fault.is_some()),
            false_gateways: ledger
                .attestation
                .iter()
                .flat_map(|attested| &attested.refusals)
                .filter(|one| one.is_false)
                .count() as u64,
            ..chain.health
        };
        chain.ledger = Some(ledger);
        chains.push(chain);
    }
    for (name, entry) in &entries {
        let status = chain_view::status(entry.status).unwrap_or_default();
        let is_known = chains.iter().any(|chain| chain.name == *name);
        if !is_known && chains.len() < CHAINS_MAX && !["Cancelled", "Rejected"].contains(&status) {
            chains.push(begin(
                ChainKind::Registered,
                name.clone(),
                status.to_owned(),
                Some(entry),
                &registry,
            ));
        }
    }
    for chain in &mut chains {
        activity(store, chain, now).await?;
        judge(chain, open, now);
    }
    Ok(chains)
}

fn begin(
    kind: ChainKind,
    name: String,
    status: String,
    entry: Option<&Entity>,
    registry: &Registry,
) -> ChainNow {
    let operator = entry.and_then(|entry| entry.detail["info"]["operator"].as_str()?.parse::<B256>().ok());
    ChainNow {
        ledger: None,
        title: entry.map(|entry| shapes::foreign(entry.name.clone())),
        chain: entry.map(|entry| entry.id.clone()),
        operator: operator.and_then(|id| registry.word(&id)),
        hour: Stretch::default(),
        day: Stretch::default(),
        minutes: Vec::new(),
        open: [0; 2],
        worst: None,
        health: Health {
            is_not_admitted: ["Registered", "UnderReview", "Rejected"].contains(&status.as_str()),
            is_frozen: status == "Frozen",
            ..Health::default()
        },
        reasons: Vec::new(),
        kind,
        name,
        status,
    }
}

/// Seconds since a time as clients see it.
fn age(at: &str, now: u64) -> u64 {
    let at = humantime::parse_rfc3339(at).ok();
    let seconds = at.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    seconds.map_or(0, |seconds| now.saturating_sub(seconds.as_secs()))
}

/// The newest chains of the registry, by their names (CAIP-2).
async fn registered(console: &Console) -> Result<BTreeMap<String, Entity>, Problem> {
    let page = PageRequest {
        cursor: None,
        limit: Some(PAGE_ITEMS_MAX),
    };
    let found = console
        .index
        .entities(EntityKind::Chain, &EntityFilter::default(), &page)
        .await?;
    let named = found.items.into_iter().filter_map(|entity| {
        let name = entity.detail["info"]["caip2"].as_str()?.to_owned();
        Some((name, entity))
    });
    Ok(named.collect())
}

fn sum(stretches: &[Stretch], since: u64) -> Stretch {
    let recent = stretches.iter().filter(|stretch| stretch.at > since);
    recent.fold(Stretch::default(), |mut sum, stretch| {
        sum.transactions += stretch.transactions;
        sum.failed += stretch.failed;
        sum.payments += stretch.payments;
        sum.unverified += stretch.unverified;
        sum
    })
}

async fn activity(store: &Store, chain: &mut ChainNow, now: u64) -> Result<(), Problem> {
    let minutes = store
        .stretches(&chain.name, MINUTE, now.saturating_sub(DAY))
        .await?;
    chain.hour = sum(&minutes, now.saturating_sub(HOUR));
    chain.day = sum(&minutes, now.saturating_sub(DAY));
    let last = now / MINUTE;
    let of_minute: HashMap<u64, u64> = minutes
        .iter()
        .map(|one| (one.at / MINUTE, one.transactions))
        .collect();
    let range = last.saturating_sub(MINUTES - 1)..=last;
    chain.minutes = range
        .map(|minute| of_minute.get(&minute).copied().unwrap_or_default())
        .collect();
    Ok(())
}

/// What a chain's own findings and health say.
fn judge(chain: &mut ChainNow, open: &[Open], now: u64) {
    for finding in open.iter().filter(|finding| finding.ledger == chain.name) {
        let [active, trial] = &mut chain.open;
        *(if finding.mode == Mode::Active {
            active
        } else {
            trial
        }) += 1;
        chain.worst = chain.worst.max(Some(finding.severity));
    }
    chain.health.transactions = chain.day.transactions;
    chain.health.failed = chain.day.failed;
    chain.health.payments = chain.day.payments;
    chain.health.unverified = chain.day.unverified;
    chain.reasons = risk::of_chain(open, &chain.name, now);
    risk::health(&mut chain.reasons, &chain.name, &chain.health);
}

/// Commands past their deadline, by chain and case.
pub type Overdue = BTreeMap<String, BTreeMap<u64, u64>>;

/// The commands to chains that are past their deadline, among the oldest fifty that are open on each.
pub async fn overdue(console: &Console, chains: &[ChainNow]) -> Result<Overdue, Problem> {
    let main = console.main().await?;
    // A city whose ledger does not know cases yet has no commands.
    let commands = ask(&main, CASES, &ICases::commandCountCall {}).await;
    if answered(commands)?.unwrap_or_default() == 0 {
        return Ok(Overdue::new());
    }
    let addressed: Vec<(String, B256)> = chains
        .iter()
        .filter_map(|chain| {
            let id = match chain.kind {
                ChainKind::Main => B256::ZERO,
                _ => chain.chain.as_deref()?.parse().ok()?,
            };
            Some((chain.name.clone(), id))
        })
        .collect();
    let asked = addressed.into_iter().map(|(name, id)| {
        let main = main.clone();
        async move {
            let call = ICases::openCommandsCall {
                chain: id,
                from: 0,
                count: desk::PAGE,
            };
            let open = answered(ask(&main, CASES, &call).await)?.unwrap_or_default();
            let mut cases: BTreeMap<u64, u64> = BTreeMap::new();
            for command in open {
                if matches!(command.status, ICases::CommandStatus::Overdue) {
                    *cases.entry(command.order.caseId).or_default() += 1;
                }
            }
            Ok::<_, Problem>((name, cases))
        }
    });
    stream::iter(asked)
        .buffered(lists::CALLS_AT_ONCE)
        .try_collect()
        .await
}

/// Adds commands past their deadline to the reasons of their chains.
pub fn add_overdue(chains: &mut [ChainNow], overdue: &Overdue) {
    for chain in chains {
        for (case, commands) in overdue.get(&chain.name).into_iter().flatten() {
            risk::overdue(&mut chain.reasons, *case, *commands);
        }
    }
}

/// Adds what people bring from one chain to another: what others stand for by themselves, one step far.
pub fn expose_chains(chains: &mut [ChainNow], known: &Known) {
    let own: HashMap<String, f64> = chains
        .iter()
        .map(|chain| {
            (
                chain.name.clone(),
                chain.reasons.iter().map(|reason| reason.points).sum(),
            )
        })
        .collect();
    for chain in chains {
        for ((one, other), identities) in known.people.shared() {
            let across = match (**one == chain.name, **other == chain.name) {
                (true, _) => other,
                (_, true) => one,
                _ => continue,
            };
            let points = own.get(&**across).copied().unwrap_or_default();
            risk::chain_exposed(&mut chain.reasons, across, points, *identities);
        }
    }
}

/// Reasons by account (chain and account) and by identity.
#[derive(Default)]
struct Subjects {
    accounts: BTreeMap<(String, String), Vec<Reason>>,
    identities: BTreeMap<String, Vec<Reason>>,
}

/// The risk of organisations, identities and accounts, and of chains as they were gathered.
pub async fn risks(
    console: &Console,
    known: &Known,
    open: &[Open],
    chains: &[ChainNow],
    now: u64,
) -> Result<BTreeMap<RiskSubjectKind, Vec<Risk>>, Problem> {
    let mut subjects = found(known, open, now);
    expose(console, known, &mut subjects).await?;
    for (did, reasons) in &mut subjects.identities {
        if let Some(person) = known.people.person(did) {
            let status = person.identity.attributes.get("status");
            let is_frozen = status.is_some_and(|status| &**status == "frozen");
            risk::standing(reasons, did, person.identity.level, is_frozen);
        }
    }
    let organisations = organisations(known, &subjects, chains);
    let registry = console.registries.known().await;
    let accounts = subjects
        .accounts
        .into_iter()
        .map(|((ledger, account), reasons)| Risk {
            kind: RiskSubjectKind::Account,
            title: account
                .parse()
                .ok()
                .and_then(|address| registry.account(&address)),
            id: account,
            ledger: Some(ledger),
            reasons,
        });
    let plain = |kind, (id, reasons): (String, Vec<Reason>)| Risk {
        kind,
        id,
        ledger: None,
        title: None,
        reasons,
    };
    let identities = subjects
        .identities
        .into_iter()
        .map(|one| plain(RiskSubjectKind::Identity, one));
    let organisations = organisations
        .into_iter()
        .map(|one| plain(RiskSubjectKind::Organisation, one));
    let chains = chains.iter().map(|chain| Risk {
        kind: RiskSubjectKind::Chain,
        id: chain.name.clone(),
        ledger: Some(chain.name.clone()),
        title: chain.title.clone(),
        reasons: chain.reasons.clone(),
    });
    Ok(BTreeMap::from([
        (RiskSubjectKind::Chain, ranked(chains)),
        (RiskSubjectKind::Organisation, ranked(organisations)),
        (RiskSubjectKind::Identity, ranked(identities)),
        (RiskSubjectKind::Account, ranked(accounts)),
    ]))
}

fn ranked(risks: impl Iterator<Item = Risk>) -> Vec<Risk> {
    let mut ranked: Vec<Risk> = risks.filter(|risk| !risk.reasons.is_empty()).collect();
    let sum = |risk: &Risk| risk.reasons.iter().map(|reason| reason.points).sum::<f64>();
    ranked.sort_by(|one, other| {
        sum(other)
            .total_cmp(&sum(one))
            .then_with(|| one.id.cmp(&other.id))
    });
    ranked.truncate(RANKED_MAX);
    ranked
}

/// What was found about accounts and identities.
fn found(known: &Known, open: &[Open], now: u64) -> Subjects {
    let mut by_account: BTreeMap<(String, String), Vec<&Open>> = BTreeMap::new();
    let mut by_identity: BTreeMap<String, Vec<&Open>> = BTreeMap::new();
    for finding in open {
        if finding.subject.starts_with("did:") {
            by_identity
                .entry(finding.subject.clone())
                .or_default()
                .push(finding);
        } else if finding.subject.parse::<Address>().is_ok() {
            let key = (finding.ledger.clone(), finding.subject.clone());
            by_account.entry(key).or_default().push(finding);
            let party = known.directory.party(&finding.ledger, &finding.subject);
            if let Some(identity) = &party.identity {
                by_identity
                    .entry(identity.did.to_string())
                    .or_default()
                    .push(finding);
            }
        }
    }
    let mut subjects = Subjects::default();
    for (did, found) in by_identity {
        subjects
            .identities
            .insert(did, risk::of_subject(found.into_iter(), now));
    }
    for ((ledger, account), found) in by_account {
        let reasons = risk::of_subject(found.into_iter(), now);
        subjects.accounts.insert((ledger, account), reasons);
    }
    subjects
}

/// Adds who dealt with whom: one step from those who are flagged.
async fn expose(console: &Console, known: &Known, subjects: &mut Subjects) -> Result<(), Problem> {
    let registry = console.registries.known().await;
    let flagged = flagged(known, subjects);
    for ((ledger, account), points) in &flagged {
        let Ok(address) = account.parse::<Address>() else {
            continue;
        };
        let filter = FlowFilter {
            account: Some(address),
            ..FlowFilter::default()
        };
        let flows = match console.index.flows(ledger, &filter).await {
            Ok(flows) => flows.flows,
            // A finding may be older than the index.
            Err(civitas_indexer::Error::UnknownLedger { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let mut payments: BTreeMap<Address, u64> = BTreeMap::new();
        for flow in flows {
            let other = if flow.sender == address {
                flow.recipient
            } else {
                flow.sender
            };
            if other != address && !other.is_zero() && civitas_sdk::contracts::contract_at(other).is_none() {
                *payments.entry(other).or_default() += flow.count;
            }
        }
        let mut identities: BTreeMap<String, u64> = BTreeMap::new();
        for (other, count) in payments {
            let other = alloy_primitives::hex::encode_prefixed(other);
            match &known.directory.party(ledger, &other).identity {
                Some(identity) => *identities.entry(identity.did.to_string()).or_default() += count,
                None => {
                    let reasons = subjects.accounts.entry((ledger.clone(), other)).or_default();
                    risk::exposed(reasons, (ledger, account), *points, count);
                }
            }
        }
        let own = known.directory.party(ledger, account);
        for (did, count) in identities {
            // Who pays between accounts of their own is no counterparty.
            if own.identity.as_ref().is_none_or(|identity| *identity.did != *did) {
                let reasons = subjects.identities.entry(did).or_default();
                risk::exposed(reasons, (ledger, account), *points, count);
            }
        }
    }
    for ((ledger, account), reasons) in &mut subjects.accounts {
        let is_named = account
            .parse()
            .is_ok_and(|address| registry.account(&address).is_some());
        if !is_named && known.directory.party(ledger, account).identity.is_none() {
            risk::unknown_owner(reasons, ledger, account);
        }
    }
    Ok(())
}

/// Accounts whose own findings, or those of the identity behind them, have many points.
fn flagged(known: &Known, subjects: &Subjects) -> Vec<((String, String), f64)> {
    let mut flagged: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (key, reasons) in &subjects.accounts {
        flagged.insert(key.clone(), risk::own_points(reasons));
    }
    for (did, reasons) in &subjects.identities {
        let points = risk::own_points(reasons);
        for (ledger, account) in known
            .people
            .person(did)
            .iter()
            .flat_map(|person| &person.accounts)
        {
            let entry = flagged
                .entry((ledger.to_string(), account.to_string()))
                .or_default();
            *entry = entry.max(points);
        }
    }
    let mut flagged: Vec<((String, String), f64)> = flagged.into_iter().collect();
    flagged.retain(|(_, points)| *points >= risk::FLAGGED_FROM);
    flagged.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    flagged.truncate(FLAGGED_MAX);
    flagged
}

/// What organisations answer for: identities that they vouch for, chains that they operate.
fn organisations(known: &Known, subjects: &Subjects, chains: &[ChainNow]) -> BTreeMap<String, Vec<Reason>> {
    let mut organisations: BTreeMap<String, Vec<Reason>> = BTreeMap::new();
    for (did, reasons) in &subjects.identities {
        let person = known.people.person(did);
        if let Some(organisation) = person.and_then(|person| person.identity.organisation.as_ref()) {
            let entry = organisations.entry(organisation.to_string()).or_default();
            risk::vouches(entry, did, risk::score(reasons));
        }
    }
    for chain in chains {
        if let Some(operator) = &chain.operator {
            let entry = organisations.entry(operator.clone()).or_default();
            risk::operates(entry, &chain.name, risk::score(&chain.reasons));
        }
    }
    organisations
}
