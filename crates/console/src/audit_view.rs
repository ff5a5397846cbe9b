//! The audit trail as clients see it: anchors of the nodes' records on the ledger, and the console's own records: who read what
//! about whom, what was ordered of nodes, who signed in and what became of keys and sessions.
//!
//! The three lists are merged, newest first. The cursor says where each goes on: `<anchor>|<record>|<sign-in>`, where
//! nothing stands for its begin and `-` for its end.

use crate::{
    api::{
        governance::{AuditFilter, AuditRecord},
        page::{Page, Paging},
    },
    ledgers::MAIN,
    login::Attempt,
    problem::{Kind, Problem},
    reads::{Record, Wanted},
    registries::Registry,
    state::Console,
    time::iso,
};
use alloy_primitives::Address;
use alloy_sol_types::SolEvent;
use civitas_indexer::read;
use civitas_system_contracts::{address::AUDIT, interfaces::IAudit};
use std::collections::{BTreeMap, VecDeque};

/// The kind of anchors.
const ANCHOR: &str = "anchor";
/// The kind of records of sign-ins.
const SIGN_IN: &str = "signIn";

/// Lists that are merged.
const LISTS: usize = 3;

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum At {
    Begin,
    After(String),
    End,
}

impl At {
    fn after(&self) -> Option<&str> {
        match self {
            Self::After(place) => Some(place),
            Self::Begin | Self::End => None,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Begin => "",
            Self::After(place) => place,
            Self::End => "-",
        }
    }
}

/// Where each list goes on.
fn places(paging: &Paging) -> Result<[At; LISTS], Problem> {
    let Some(text) = paging.cursor.as_deref().filter(|text| !text.is_empty()) else {
        return Ok([At::Begin, At::Begin, At::Begin]);
    };
    let parts: Vec<At> = text
        .split('|')
        .map(|part| match part {
            "" => At::Begin,
            "-" => At::End,
            place => At::After(place.to_owned()),
        })
        .collect();
    parts.try_into().map_err(|_| Problem::new(Kind::CURSOR))
}

/// An entry of a list: the place after it, when it was, and what is shown of it; nothing of one that was not asked for.
struct Entry {
    place: String,
    at: String,
    shown: Option<AuditRecord>,
}

/// What was fetched of a list, newest first.
struct List {
    entries: VecDeque<Entry>,
    /// Whether there may be entries beyond.
    has_more: bool,
    at: At,
}

impl List {
    /// A list that is not asked for.
    fn none() -> Self {
        Self {
            entries: VecDeque::new(),
            has_more: false,
            at: At::End,
        }
    }

    fn next(self) -> At {
        if self.entries.is_empty() && !self.has_more {
            At::End
        } else {
            self.at
        }
    }
}

/// Takes the newest entry of all again and again, until the page is full, or it is not known which entry is next.
fn merged(lists: &mut [List; LISTS], limit: usize) -> Vec<AuditRecord> {
    let mut items = Vec::new();
    while items.len() < limit {
        if lists.iter().any(|list| list.entries.is_empty() && list.has_more) {
            break;
        }
        let newest = lists
            .iter_mut()
            .filter(|list| !list.entries.is_empty())
            .max_by(|one, other| {
                let at = |list: &List| list.entries.front().map(|entry| entry.at.clone());
                at(one).cmp(&at(other))
            });
        let Some(list) = newest else { break };
        if let Some(entry) = list.entries.pop_front() {
            list.at = At::After(entry.place);
            items.extend(entry.shown);
        }
    }
    items
}

/// Who or what is asked for.
struct Question<'a> {
    kind: Option<&'a str>,
    actor: Option<String>,
    limit: u32,
}

/// Records of all lists, newest first.
///
/// # Errors
/// The database does not answer, or the cursor is none.
pub async fn records(
    console: &Console,
    filter: &AuditFilter,
    paging: &Paging,
) -> Result<Page<AuditRecord>, Problem> {
    let [anchors_at, records_at, sign_ins_at] = places(paging)?;
    let source = filter.source.as_deref().filter(|source| !source.is_empty());
    if let Some(source) = source.filter(|source| !matches!(*source, "node" | "console")) {
        return Err(Problem::invalid(
            "source",
            &format!("{source} is neither node nor console"),
        ));
    }
    let question = Question {
        kind: filter.kind.as_deref().filter(|kind| !kind.is_empty()),
        actor: filter
            .actor
            .as_deref()
            .filter(|actor| !actor.is_empty())
            .map(actor_of),
        limit: paging.limit(),
    };
    let is_asked = |by: &str, at: &At, is_kind: &dyn Fn(&str) -> bool| {
        *at != At::End && source.is_none_or(|source| source == by) && question.kind.is_none_or(is_kind)
    };
    let mut lists = [List::none(), List::none(), List::none()];
    let [anchors, records, sign_ins] = &mut lists;
    if is_asked("node", &anchors_at, &|kind| kind == ANCHOR) {
        *anchors = anchors_from(console, anchors_at, &question).await?;
    }
    if is_asked("console", &records_at, &|kind| kind != ANCHOR && kind != SIGN_IN) {
        *records = records_from(console, records_at, &question).await?;
    }
    if is_asked("console", &sign_ins_at, &|kind| kind == SIGN_IN) {
        *sign_ins = sign_ins_from(console, sign_ins_at, &question).await?;
    }
    let items = merged(&mut lists, question.limit as usize);
    let next = lists.map(List::next);
    let has_more = next.iter().any(|at| *at != At::End);
    let cursor = || next.iter().map(At::text).collect::<Vec<_>>().join("|");
    Ok(Page {
        items,
        next: has_more.then(cursor),
    })
}

/// An actor as records have it: accounts in small letters.
fn actor_of(text: &str) -> String {
    text.parse::<Address>()
        .map_or_else(|_| text.to_owned(), |account| format!("{account:#x}"))
}

async fn anchors_from(console: &Console, at: At, question: &Question<'_>) -> Result<List, Problem> {
    let page = read::PageRequest {
        cursor: at.after().map(str::to_owned),
        limit: Some(question.limit),
    };
    let filter = read::EventFilter {
        contract: Some(AUDIT),
        topic: Some(IAudit::Anchored::SIGNATURE_HASH),
        subject: None,
    };
    let events = console.index.events(MAIN, &filter, &page).await?;
    let registry = console.registries.known().await;
    let entry = |event: &read::Event| {
        let shown = anchor(&registry, event);
        let is_wanted =
            |record: &AuditRecord| question.actor.as_ref().is_none_or(|actor| record.actor == *actor);
        Entry {
            place: event.cursor(),
            at: iso(event.time),
            shown: shown.filter(is_wanted),
        }
    };
    Ok(List {
        entries: events.items.iter().map(entry).collect(),
        has_more: events.next.is_some(),
        at,
    })
}

async fn records_from(console: &Console, at: At, question: &Question<'_>) -> Result<List, Problem> {
    let wanted = Wanted {
        subject: None,
        kind: question.kind,
        actor: question.actor.as_deref(),
        before: at.after(),
        limit: question.limit,
    };
    let records = console.reads.records(&wanted).await?;
    let entry = |record: &Record| Entry {
        place: record.id.clone(),
        at: iso(record.at),
        shown: Some(own(record)),
    };
    Ok(List {
        has_more: records.len() >= question.limit as usize,
        entries: records.iter().map(entry).collect(),
        at,
    })
}

async fn sign_ins_from(console: &Console, at: At, question: &Question<'_>) -> Result<List, Problem> {
    let attempts = console
        .logins
        .attempts(question.actor.as_deref(), at.after(), question.limit)
        .await?;
    let entry = |attempt: Attempt| Entry {
        place: attempt.id.clone(),
        at: attempt.at.clone(),
        shown: Some(sign_in(attempt)),
    };
    Ok(List {
        has_more: attempts.next.is_some(),
        entries: attempts.items.into_iter().map(entry).collect(),
        at,
    })
}

fn anchor(registry: &Registry, event: &read::Event) -> Option<AuditRecord> {
    let decoded = IAudit::Anchored::decode_raw_log(event.topics.iter().copied(), &event.data).ok()?;
    let node = registry
        .word(&decoded.nodeKey)
        .unwrap_or_else(|| decoded.nodeKey.to_string());
    let details = BTreeMap::from([
        ("nodeKey".to_owned(), decoded.nodeKey.to_string()),
        ("fromIndex".to_owned(), decoded.fromIndex.to_string()),
        ("toIndex".to_owned(), decoded.toIndex.to_string()),
        ("headHash".to_owned(), decoded.headHash.to_string()),
        ("block".to_owned(), event.block.to_string()),
    ]);
    Some(AuditRecord {
        at: iso(event.time),
        source: "node".to_owned(),
        actor: node,
        kind: ANCHOR.to_owned(),
        summary: format!("records {} to {} anchored", decoded.fromIndex, decoded.toIndex),
        details,
        transaction: Some(event.transaction.to_string()),
    })
}

fn own(record: &Record) -> AuditRecord {
    let mut details = BTreeMap::new();
    if !record.subject.is_empty() {
        details.insert("identity".to_owned(), record.subject.clone());
    }
    AuditRecord {
        at: iso(record.at),
        source: "console".to_owned(),
        actor: record.actor.clone(),
        kind: record.kind.clone(),
        summary: record.what.clone(),
        details,
        transaction: None,
    }
}

/// A sign-in, a refusal, a sign-out, or a key or passkey that was made or taken away.
fn sign_in(attempt: Attempt) -> AuditRecord {
    let changed = attempt.outcome == "changed";
    let mut details = BTreeMap::from([
        ("method".to_owned(), attempt.method),
        ("from".to_owned(), attempt.source),
    ]);
    let why = if changed {
        String::new()
    } else {
        attempt.reason.clone()
    };
    for (name, value) in [("client", attempt.agent), ("reason", why)] {
        if !value.is_empty() {
            details.insert(name.to_owned(), value);
        }
    }
    AuditRecord {
        at: attempt.at,
        source: "console".to_owned(),
        actor: match attempt.subject.is_empty() {
            true => "guest".to_owned(),
            false => attempt.subject,
        },
        kind: SIGN_IN.to_owned(),
        summary: if changed { attempt.reason } else { attempt.outcome },
        details,
        transaction: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(times: &[u64], has_more: bool) -> List {
        let entry = |time: &u64| Entry {
            place: time.to_string(),
            at: iso(*time),
            // Every tenth is one that was not asked for.
            shown: (!time.is_multiple_of(10)).then(|| AuditRecord {
                at: iso(*time),
                source: String::new(),
                actor: String::new(),
                kind: String::new(),
                summary: time.to_string(),
                details: BTreeMap::new(),
                transaction: None,
            }),
        };
        List {
            entries: times.iter().map(entry).collect(),
            has_more,
            at: At::Begin,
        }
    }

    /// Merges, and gives what is shown and where each list goes on.
    fn check(mut lists: [List; LISTS], limit: usize, shown: &[&str], next: [&str; LISTS]) {
        let items = merged(&mut lists, limit);
        let summaries: Vec<&str> = items.iter().map(|item| item.summary.as_str()).collect();
        assert_eq!(summaries, shown);
        assert_eq!(lists.map(List::next).each_ref().map(At::text), next);
    }

    #[test]
    fn lists_are_merged_by_time_and_go_on_where_they_were_left() {
        let lists = || {
            [
                list(&[29, 25, 11], false),
                list(&[28, 27], false),
                list(&[26], false),
            ]
        };
        check(lists(), 3, &["29", "28", "27"], ["29", "-", ""]);
        check(lists(), 9, &["29", "28", "27", "26", "25", "11"], ["-", "-", "-"]);
        // What is not shown is passed over, and does not count.
        check(
            [list(&[30, 20, 11], false), list(&[25], false), List::none()],
            2,
            &["25", "11"],
            ["-", "-", "-"],
        );
        // Of a list that may have more, nothing older than what is known of it can be placed.
        check(
            [list(&[29, 28], true), list(&[27, 11], true), List::none()],
            9,
            &["29", "28"],
            ["28", "", "-"],
        );
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let paging = |cursor: &str| Paging {
            cursor: Some(cursor.to_owned()),
            limit: None,
        };
        assert!(places(&paging("n1|")).is_err());
        assert_eq!(
            places(&paging("n1||-")).unwrap(),
            [At::After("n1".to_owned()), At::Begin, At::End]
        );
    }
}
