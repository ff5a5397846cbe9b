//! What the city holds about who asks: accounts, what happened to the identity, who read or used its data.

use crate::{
    api::{
        governance::TimelineEntry,
        identities::{Access, OwnAccount},
        page::{Page, Paging},
    },
    identities, lists,
    login::Session,
    problem::Problem,
    reads::Wanted,
    registries::ask,
    state::Console,
    time::iso,
};
use alloy_primitives::{Address, B256};
use civitas_system_contracts::{
    address::{CONTROL, IDENTITIES, OFFICES},
    interfaces::{IControl, IIdentities, IOffices},
};
use futures::{StreamExt, stream};

/// Openings that are looked through for those of one identity, at most.
const OPENINGS_MAX: u64 = 500;
/// Changes of status that are shown, at most.
const HISTORY_MAX: u64 = 100;

/// Names (CAIP-10) of the accounts of who asks.
pub struct OwnNames {
    /// Those bound to the identity, and the one of the session.
    pub accounts: Vec<String>,
    /// How names of accounts of the main ledger begin.
    here: String,
}

/// Names of the accounts of who asks.
///
/// # Errors
/// No node answers.
pub async fn names(console: &Console, session: &Session) -> Result<OwnNames, Problem> {
    let mut accounts = match session.identity {
        Some(id) => identities::bound(console, id).await?.accounts,
        None => Vec::new(),
    };
    let chain_id = console.main().await?.chain_id().await?;
    let here = format!("eip155:{chain_id}:");
    if let Some(account) = session.account {
        let name = format!("{here}{account}");
        if !accounts.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            accounts.push(name);
        }
    }
    Ok(OwnNames { accounts, here })
}

/// The accounts of who asks: those bound to the identity, and the one of the session.
///
/// # Errors
/// No node answers.
pub async fn accounts(console: &Console, session: &Session) -> Result<Vec<OwnAccount>, Problem> {
    let main = console.main().await?;
    let names = names(console, session).await?;
    let mut own = Vec::new();
    for name in names.accounts {
        let address = name
            .strip_prefix(&names.here)
            .and_then(|text| text.parse::<Address>().ok());
        let (status, balance) = match address {
            Some(account) => {
                let control = ask(&main, CONTROL, &IControl::accountStatusCall { account })
                    .await
                    .ok();
                (
                    control.map(|control| format!("{:?}", control.status)),
                    main.balance(account).await.ok(),
                )
            }
            None => (None, None),
        };
        own.push(OwnAccount {
            current: address.is_some() && address == session.account,
            address: address.map(|address| address.to_string()),
            status,
            balance: balance.map(|balance| balance.to_string()),
            account: name,
        });
    }
    Ok(own)
}

/// What happened to an identity: its statuses, and openings of its record.
///
/// # Errors
/// No node answers.
pub async fn timeline(console: &Console, id: B256) -> Result<Vec<TimelineEntry>, Problem> {
    let main = console.main().await?;
    let history = IIdentities::statusHistoryCall {
        id,
        from: 0,
        count: HISTORY_MAX,
    };
    let history = ask(&main, IDENTITIES, &history).await?;
    let mut timeline: Vec<TimelineEntry> = history
        .iter()
        .map(|change| TimelineEntry {
            what: format!("{:?}", change.status).to_lowercase(),
            at: Some(iso(change.since)),
            by: Some(change.by.to_string()),
            ahead: false,
            transaction: None,
        })
        .collect();
    for opening in openings_of(console, id).await? {
        timeline.push(TimelineEntry {
            what: format!("opening{:?}", opening.status),
            at: Some(iso(opening.requestedAt)),
            by: Some(opening.requester.to_string()),
            ahead: false,
            transaction: None,
        });
    }
    timeline.sort_by(|one, other| one.at.cmp(&other.at));
    Ok(timeline)
}

async fn openings_of(console: &Console, id: B256) -> Result<Vec<IOffices::Opening>, Problem> {
    let main = console.main().await?;
    let count = ask(&main, OFFICES, &IOffices::openingCountCall {}).await?;
    let last = count.saturating_sub(OPENINGS_MAX).saturating_add(1).max(1);
    let mut read = stream::iter((last..=count).rev())
        .map(|number| {
            let main = main.clone();
            async move { ask(&main, OFFICES, &IOffices::openingCall { id: number }).await }
        })
        .buffered(lists::CALLS_AT_ONCE);
    let mut found = Vec::new();
    while let Some(opening) = read.next().await {
        let opening = opening?;
        if opening.identity == id {
            found.push(opening);
        }
    }
    Ok(found)
}

/// Who read or used data about an identity, newest first: openings by offices first, which are few, then reads by the
/// console's users.
///
/// # Errors
/// No node answers, or the database does not.
pub async fn accesses(console: &Console, id: B256, paging: &Paging) -> Result<Page<Access>, Problem> {
    let before = paging.cursor.as_deref().filter(|cursor| !cursor.is_empty());
    let registry = console.registries.known().await;
    let mut items = Vec::new();
    if before.is_none() {
        let openings = openings_of(console, id).await?;
        items.extend(openings.iter().map(|entry| {
            let shown = identities::opening(&registry, entry);
            Access {
                at: shown.requested_at,
                who: shown.requester,
                who_name: shown.requesting_office_name,
                what: format!("opening{}", shown.status),
                purpose: Some(format!("{} · {}", shown.case_number, shown.legal_basis)),
                resource: format!("record {}", shown.record),
                source: "ledger".to_owned(),
            }
        }));
    }
    let subject = id.to_string();
    let wanted = Wanted {
        subject: Some(&subject),
        before,
        limit: paging.limit(),
        ..Wanted::default()
    };
    let records = console.reads.records(&wanted).await?;
    let full = records.len() == paging.limit() as usize;
    let next = records.last().filter(|_| full).map(|record| record.id.clone());
    items.extend(records.into_iter().map(|record| {
        Access {
            at: iso(record.at),
            who_name: record
                .actor
                .parse::<Address>()
                .ok()
                .and_then(|account| registry.account(&account)),
            who: record.actor,
            what: "read".to_owned(),
            purpose: None,
            resource: record.what,
            source: "console".to_owned(),
        }
    }));
    Ok(Page { items, next })
}
