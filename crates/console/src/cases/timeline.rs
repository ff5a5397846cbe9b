//! What happened in a case: what the contract says, with the transactions that the index knows, and what only events tell.

use super::desk::{Desk, Whole};
use crate::{
    api::cases::{CaseCommand, CaseEvent, CaseStep, CommandState},
    ledgers::MAIN,
    time::iso,
};
use alloy_primitives::{Address, B256, LogData};
use alloy_sol_types::SolEventInterface;
use civitas_indexer::read;
use civitas_system_contracts::{
    address::CASES,
    interfaces::ICases::{self, ICasesEvents as Told},
};
use std::collections::{BTreeMap, BTreeSet};

/// Pages of events that are looked through for one case, at most: 4,000 acts of the whole city.
const EVENT_PAGES_MAX: usize = 20;

/// What is told apart: the step, the number of the case, command or notice, and of evidence its hash, of a signature who signed.
type Key = (CaseStep, u64, B256);

/// What happened, before it is shown.
struct Happened {
    at: u64,
    by: Option<Address>,
    detail: String,
    transaction: Option<B256>,
}

/// Entries by what they are about; the order of a key is the order of steps within one second.
#[derive(Default)]
struct Entries(BTreeMap<Key, Happened>);

impl Entries {
    fn add(&mut self, key: Key, at: u64, by: Address, detail: &str) {
        self.0.insert(
            key,
            Happened {
                at,
                by: Some(by).filter(|by| *by != Address::ZERO),
                detail: detail.to_owned(),
                transaction: None,
            },
        );
    }

    /// Adds what an event tells to what the contract says.
    fn tell(&mut self, key: Key, told: Happened) {
        let entry = self.0.entry(key).or_insert(Happened {
            transaction: None,
            ..told
        });
        entry.by = entry.by.or(told.by);
        entry.transaction = told.transaction;
    }
}

/// The timeline of a case, the oldest first; and its outcome, once it is closed and in the index. Without an index it has no
/// transactions, and no signatures.
pub async fn of(
    desk: &Desk<'_>,
    whole: &Whole,
    commands: &[CaseCommand],
) -> (Vec<CaseEvent>, Option<String>) {
    let mut entries = facts(whole);
    let outcome = told(desk, whole, &mut entries).await;
    let mut timeline: Vec<(u64, CaseEvent)> = entries
        .0
        .into_iter()
        .map(|((step, number, _), happened)| (happened.at, shown(step, number, happened)))
        .collect();
    for command in commands {
        if let Some(executed) = &command.executed {
            timeline.push((
                seconds(&executed.at),
                CaseEvent {
                    step: CaseStep::Executed,
                    at: executed.at.clone(),
                    by: None,
                    number: Some(command.id),
                    detail: String::new(),
                    transaction: Some(executed.transaction.clone()),
                    ledger: executed.ledger.clone(),
                },
            ));
        }
        let is_told = timeline
            .iter()
            .any(|(_, event)| event.step == CaseStep::Overdue && event.number == Some(command.id));
        if let Some(deadline) = command
            .deadline
            .as_ref()
            .filter(|_| command.state == CommandState::Overdue && !is_told)
        {
            timeline.push((
                seconds(deadline),
                CaseEvent {
                    step: CaseStep::Overdue,
                    at: deadline.clone(),
                    by: None,
                    number: Some(command.id),
                    detail: String::new(),
                    transaction: None,
                    ledger: MAIN.to_owned(),
                },
            ));
        }
    }
    timeline.sort_by_key(|(at, event)| (*at, event.step, event.number));
    (timeline.into_iter().map(|(_, event)| event).collect(), outcome)
}

/// Seconds since 1970 of a time that this console wrote; 0 for any other text.
fn seconds(text: &str) -> u64 {
    let time = humantime::parse_rfc3339(text).ok();
    time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_secs())
}

fn shown(step: CaseStep, number: u64, happened: Happened) -> CaseEvent {
    let is_of_case = matches!(step, CaseStep::Opened | CaseStep::Evidence | CaseStep::Closed);
    CaseEvent {
        step,
        at: iso(happened.at),
        by: happened.by.map(|by| by.to_string()),
        number: (!is_of_case).then_some(number),
        detail: happened.detail,
        transaction: happened.transaction.map(|hash| hash.to_string()),
        ledger: MAIN.to_owned(),
    }
}

/// What the contract says.
fn facts(whole: &Whole) -> Entries {
    let mut entries = Entries::default();
    let case = &whole.case;
    let nothing = B256::ZERO;
    entries.add(
        (CaseStep::Opened, case.id, nothing),
        case.openedAt,
        case.openedBy,
        &case.title,
    );
    for one in &whole.evidence {
        entries.add(
            (CaseStep::Evidence, case.id, one.hash),
            one.at,
            one.by,
            &one.source,
        );
    }
    for one in &whole.commands {
        let order = &one.order;
        entries.add(
            (CaseStep::Ordered, one.id, nothing),
            one.orderedAt,
            one.orderedBy,
            &order.reason,
        );
        if one.approvedAt > 0 {
            entries.add(
                (CaseStep::Approved, one.id, nothing),
                one.approvedAt,
                one.approvedBy,
                "",
            );
        }
        if one.doneAt > 0 {
            entries.add((CaseStep::Done, one.id, nothing), one.doneAt, Address::ZERO, "");
        }
    }
    for one in &whole.notices {
        entries.add(
            (CaseStep::Notified, one.id, nothing),
            one.at,
            one.by,
            &one.subject,
        );
        if one.repliedAt > 0 {
            entries.add(
                (CaseStep::Replied, one.id, nothing),
                one.repliedAt,
                one.repliedBy,
                &one.reply,
            );
        }
    }
    if case.closedAt > 0 {
        entries.add(
            (CaseStep::Closed, case.id, nothing),
            case.closedAt,
            Address::ZERO,
            "",
        );
    }
    entries
}

/// Looks through the events of the contract, the newest first, until the case was opened; gives the outcome.
async fn told(desk: &Desk<'_>, whole: &Whole, entries: &mut Entries) -> Option<String> {
    let commands: BTreeSet<u64> = whole.commands.iter().map(|command| command.id).collect();
    let notices: BTreeSet<u64> = whole.notices.iter().map(|notice| notice.id).collect();
    let filter = read::EventFilter {
        contract: Some(CASES),
        topic: None,
        subject: None,
    };
    let mut page = read::PageRequest {
        cursor: None,
        limit: Some(read::PAGE_ITEMS_MAX),
    };
    let mut outcome = None;
    for _ in 0..EVENT_PAGES_MAX {
        let Ok(events) = desk.console.index.events(MAIN, &filter, &page).await else {
            return outcome;
        };
        for event in &events.items {
            let Some((key, by, detail)) = read_event(event) else {
                continue;
            };
            let (step, number, _) = key;
            let is_ours = match step {
                CaseStep::Opened | CaseStep::Evidence | CaseStep::Closed => number == whole.case.id,
                CaseStep::Notified | CaseStep::Replied => notices.contains(&number),
                _ => commands.contains(&number),
            };
            if !is_ours {
                continue;
            }
            if step == CaseStep::Closed {
                outcome = Some(detail.clone());
            }
            let happened = Happened {
                at: event.time,
                by,
                detail,
                transaction: Some(event.transaction),
            };
            entries.tell(key, happened);
            if step == CaseStep::Opened {
                return outcome;
            }
        }
        page.cursor = events.next;
        if page.cursor.is_none() {
            return outcome;
        }
    }
    outcome
}

/// What an event of the contract tells: about what, who did it, and what was said.
fn read_event(event: &read::Event) -> Option<(Key, Option<Address>, String)> {
    let log = LogData::new(event.topics.clone(), event.data.clone())?;
    let nothing = B256::ZERO;
    let told = Told::decode_raw_log(log.topics(), &log.data).ok()?;
    Some(match told {
        Told::CaseOpened(ICases::CaseOpened { id, by, title, .. }) => {
            ((CaseStep::Opened, id, nothing), Some(by), title)
        }
        Told::CaseClosed(ICases::CaseClosed { id, by, outcome }) => {
            ((CaseStep::Closed, id, nothing), Some(by), outcome)
        }
        Told::EvidenceAdded(ICases::EvidenceAdded {
            caseId,
            hash,
            by,
            source,
        }) => ((CaseStep::Evidence, caseId, hash), Some(by), source),
        Told::CommandOrdered(ICases::CommandOrdered { id, by, .. }) => {
            ((CaseStep::Ordered, id, nothing), Some(by), String::new())
        }
        Told::CommandApproved(ICases::CommandApproved { id, by, .. }) => {
            ((CaseStep::Approved, id, nothing), Some(by), String::new())
        }
        Told::CommandWithdrawn(ICases::CommandWithdrawn { id, by, reason }) => {
            ((CaseStep::Withdrawn, id, nothing), Some(by), reason)
        }
        Told::CommandAttested(ICases::CommandAttested { id, gateway, .. }) => {
            let key = (CaseStep::Attested, id, gateway.into_word());
            (key, Some(gateway), String::new())
        }
        Told::CommandDone(ICases::CommandDone { id, .. }) => {
            ((CaseStep::Done, id, nothing), None, String::new())
        }
        Told::CommandOverdue(ICases::CommandOverdue { id }) => {
            ((CaseStep::Overdue, id, nothing), None, String::new())
        }
        Told::NoticeSent(ICases::NoticeSent { id, subject, .. }) => {
            ((CaseStep::Notified, id, nothing), None, subject)
        }
        Told::NoticeReplied(ICases::NoticeReplied { id, by, .. }) => {
            ((CaseStep::Replied, id, nothing), Some(by), String::new())
        }
    })
}
