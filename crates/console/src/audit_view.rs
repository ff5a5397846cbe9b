//! The audit trail as clients see it: anchors of the nodes' records on the ledger, and the console's own records.
//!
//! The cursor says where each of the two lists goes on: `a<page of the index>|<record>`.

use crate::{
    api::{
        governance::{AuditFilter, AuditRecord},
        page::{Page, Paging},
    },
    ledgers::MAIN,
    problem::{Kind, Problem},
    reads::{Record, Wanted},
    registries::Registry,
    state::Console,
    time::iso,
};
use alloy_sol_types::SolEvent;
use civitas_indexer::read;
use civitas_system_contracts::{address::AUDIT, interfaces::IAudit};
use std::collections::BTreeMap;

/// Where each list goes on; none at its end.
struct Cursor {
    /// Height and place of the last anchor that was shown.
    anchor: Option<String>,
    record: Option<String>,
    anchors_end: bool,
    records_end: bool,
}

impl Cursor {
    fn read(paging: &Paging) -> Result<Self, Problem> {
        let Some(text) = paging.cursor.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(Self {
                anchor: None,
                record: None,
                anchors_end: false,
                records_end: false,
            });
        };
        let (anchor, record) = text.split_once('|').ok_or_else(|| Problem::new(Kind::CURSOR))?;
        let place = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && text != "-");
        Ok(Self {
            anchor: place(anchor),
            record: place(record),
            anchors_end: anchor == "-",
            records_end: record == "-",
        })
    }
}

/// Records of both lists, newest first.
///
/// # Errors
/// The database does not answer, or the cursor is none.
pub async fn records(
    console: &Console,
    filter: &AuditFilter,
    paging: &Paging,
) -> Result<Page<AuditRecord>, Problem> {
    let cursor = Cursor::read(paging)?;
    let source = filter.source.as_deref().filter(|source| !source.is_empty());
    if let Some(source) = source.filter(|source| !matches!(*source, "node" | "console")) {
        return Err(Problem::invalid(
            "source",
            &format!("{source} is neither node nor console"),
        ));
    }
    let kind = filter.kind.as_deref().filter(|kind| !kind.is_empty());
    let actor = filter.actor.as_deref().filter(|actor| !actor.is_empty());
    let half = paging.limit().div_ceil(2).max(1);
    let mut items = Vec::new();
    let (mut anchors_next, mut records_next) = (None, None);
    if source != Some("console") && !cursor.anchors_end && kind.is_none_or(|kind| kind == "anchor") {
        let page = read::PageRequest {
            cursor: cursor.anchor,
            limit: Some(half),
        };
        let filter = read::EventFilter {
            contract: Some(AUDIT),
            topic: Some(IAudit::Anchored::SIGNATURE_HASH),
        };
        let events = console.index.events(MAIN, &filter, &page).await?;
        let registry = console.registries.known().await;
        let shown = events.items.iter().filter_map(|event| anchor(&registry, event));
        items.extend(shown.filter(|record| actor.is_none_or(|actor| record.actor == actor)));
        anchors_next = events.next;
    }
    if source != Some("node") && !cursor.records_end && kind != Some("anchor") {
        let wanted = Wanted {
            subject: None,
            kind,
            actor,
            before: cursor.record.as_deref(),
            limit: half,
        };
        let records = console.reads.records(&wanted).await?;
        if records.len() == half as usize {
            records_next = records.last().map(|record| record.id.clone());
        }
        items.extend(records.iter().map(own));
    }
    items.sort_by(|one, other| other.at.cmp(&one.at));
    let end = |next: Option<String>| next.unwrap_or_else(|| "-".to_owned());
    let more = anchors_next.is_some() || records_next.is_some();
    let next = more.then(|| format!("{}|{}", end(anchors_next), end(records_next)));
    Ok(Page { items, next })
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
        kind: "anchor".to_owned(),
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
