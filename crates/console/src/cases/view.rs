//! From what the contract Cases holds to what clients see.

use crate::{
    api::cases::{
        CaseChain, CaseCommand, CaseEvidence, CaseFilter, CaseNotice, CaseState, CaseSummary, CommandAction,
        CommandExecution, CommandLevel, CommandState, NoticeReply,
    },
    cases::canonical,
    login::did,
    registries::Registry,
    time::{iso, iso_unless_zero},
};
use alloy_primitives::{Address, B256, Bytes};
use civitas_system_contracts::interfaces::ICases::{self, Action, CaseStatus, CommandStatus, Level};

/// The state of a case.
pub const fn case_state(status: CaseStatus) -> CaseState {
    match status {
        CaseStatus::Closed => CaseState::Closed,
        _ => CaseState::Open,
    }
}

/// A case in a list.
pub fn case(entry: &ICases::Case) -> CaseSummary {
    CaseSummary {
        id: entry.id,
        state: case_state(entry.status),
        title: entry.title.clone(),
        subject: entry.subject.clone(),
        legal_basis: entry.legalBasis.clone(),
        opened_by: entry.openedBy.to_string(),
        opened_at: iso(entry.openedAt),
        closed_at: iso_unless_zero(entry.closedAt),
        evidence: entry.evidenceCount,
        commands: entry.commandCount,
        notices: entry.noticeCount,
    }
}

/// Whether a case is one that is wanted.
pub fn fits(filter: &CaseFilter, entry: &ICases::Case) -> bool {
    let text = filter.text.as_deref().unwrap_or_default().trim().to_lowercase();
    let has_text = |field: &str| field.to_lowercase().contains(&text);
    filter.state.is_none_or(|state| state == case_state(entry.status))
        && (text.is_empty()
            || [&entry.title, &entry.subject, &entry.legalBasis]
                .into_iter()
                .any(|field| has_text(field)))
}

/// A piece of evidence.
pub fn evidence(entry: &ICases::Evidence) -> CaseEvidence {
    CaseEvidence {
        hash: entry.hash.to_string(),
        reference: entry.source.clone(),
        finding: canonical::referred(&entry.source),
        by: entry.by.to_string(),
        at: iso(entry.at),
    }
}

/// What a command does.
const fn action(action: Action) -> CommandAction {
    match action {
        Action::LiftChain => CommandAction::LiftChain,
        Action::FreezeContract => CommandAction::FreezeContract,
        Action::LiftContract => CommandAction::LiftContract,
        Action::FreezeAccount => CommandAction::FreezeAccount,
        Action::LiftAccount => CommandAction::LiftAccount,
        Action::FreezeIdentity => CommandAction::FreezeIdentity,
        Action::LiftIdentity => CommandAction::LiftIdentity,
        _ => CommandAction::FreezeChain,
    }
}

/// How far a command is.
pub const fn state(entry: &ICases::Command) -> CommandState {
    match entry.status {
        CommandStatus::InForce => CommandState::InForce,
        CommandStatus::Done => CommandState::Done,
        CommandStatus::Overdue => CommandState::Overdue,
        CommandStatus::Withdrawn => CommandState::Withdrawn,
        _ => CommandState::Ordered,
    }
}

/// A target in words: an address, a DID, or none for a chain.
fn target(action: Action, target: &Bytes) -> Option<String> {
    match (action, target.len()) {
        (_, 0) => None,
        (Action::FreezeIdentity | Action::LiftIdentity, 32) => Some(did(B256::from_slice(target))),
        (_, 20) => Some(Address::from_slice(target).to_string()),
        _ => Some(target.to_string()),
    }
}

/// A command.
pub fn command(entry: &ICases::Command, chain: CaseChain, executed: Option<CommandExecution>) -> CaseCommand {
    let order = &entry.order;
    let some = |number: u64| Some(number).filter(|number| *number != 0);
    let is_done = entry.doneAt > 0 && entry.approvedAt > 0;
    CaseCommand {
        id: entry.id,
        case: order.caseId,
        chain,
        action: action(order.action),
        target: target(order.action, &order.target),
        level: match order.level {
            Level::Hook => CommandLevel::Hook,
            _ => CommandLevel::Isolation,
        },
        legal_basis: order.legalBasis.clone(),
        reason: order.reason.clone(),
        state: state(entry),
        ordered_by: entry.orderedBy.to_string(),
        ordered_at: iso(entry.orderedAt),
        approved_by: Some(entry.approvedBy)
            .filter(|by| *by != Address::ZERO)
            .map(|by| by.to_string()),
        approved_at: iso_unless_zero(entry.approvedAt),
        deadline_seconds: order.deadlineSeconds,
        deadline: iso_unless_zero(entry.deadline),
        attested: entry.attested,
        executed,
        done_at: iso_unless_zero(entry.doneAt),
        proven_height: some(entry.provenHeight),
        effect_seconds: is_done.then(|| entry.doneAt.saturating_sub(entry.approvedAt)),
        parent: some(entry.parent),
    }
}

/// A notice; `now` in seconds since 1970.
pub fn notice(registry: &Registry, entry: &ICases::Notice, text: Option<String>, now: u64) -> CaseNotice {
    let is_answered = entry.repliedAt > 0;
    CaseNotice {
        id: entry.id,
        case: entry.caseId,
        organisation: entry.organisation.to_string(),
        organisation_name: registry.word(&entry.organisation),
        subject: entry.subject.clone(),
        text_hash: entry.textHash.to_string(),
        text,
        deadline: iso(entry.deadline),
        is_late: !is_answered && entry.deadline < now,
        by: entry.by.to_string(),
        at: iso(entry.at),
        reply: is_answered.then(|| NoticeReply {
            text: entry.reply.clone(),
            hash: entry.replyHash.to_string(),
            by: entry.repliedBy.to_string(),
            at: iso(entry.repliedAt),
        }),
    }
}
