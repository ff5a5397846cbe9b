//! Commands: ordered by one person, approved by another, in force until they are done.

use super::{
    ADDRESS, Action, CaseRecord, Command, CommandRecord, CommandStatus, DEADLINE_SECONDS_MAX,
    DEADLINE_SECONDS_MIN, ENTRIES_MAX, Level, MAIN_LEDGER, OPEN_MAX, Order, PAGE_MAX, SHORT_BYTES_MAX,
    TEXT_BYTES_MAX, abi, attestation, effects, records,
    records::require_text,
    standing::{self, Kind, kind_of},
    storage,
};
use crate::{
    address::GOVERNANCE,
    chains,
    fault::{Fault, invalid, refuse},
    hook::LATE_SECONDS_MAX,
    host::Host,
    identities, ledgers,
    registry::emit,
    roles,
};
use alloy_primitives::{Address, B256, Bytes};

/// The record of a command that exists.
pub(super) fn known(host: &mut dyn Host, id: u64) -> Result<CommandRecord, Fault> {
    let commands = storage().commands();
    let count = commands.length(host)?;
    match id.checked_sub(1).filter(|index| *index < count) {
        Some(index) => Ok(commands.element(index)),
        None => refuse(abi::CommandUnknown { id }),
    }
}

/// Appends a command to a case.
pub(super) fn append(
    host: &mut dyn Host,
    case: &CaseRecord,
    event: &mut abi::CommandOrdered,
) -> Result<CommandRecord, Fault> {
    let (index, record) = storage().commands().append(host)?;
    event.id = index.saturating_add(1);
    let (position, entry) = case.commands().append(host)?;
    if position >= ENTRIES_MAX {
        return Err(invalid("caseId", "a case has at most 4096 commands"));
    }
    entry.set(host, event.id)?;
    record.chain().set(host, event.chain)?;
    record.action().set(host, event.action.into())?;
    record.target().set(host, &event.target)?;
    if event.level != Level::Isolation {
        record.level().set(host, event.level.into())?;
    }
    emit(host, ADDRESS, event)?;
    Ok(record)
}

pub(super) fn order(host: &mut dyn Host, caller: Address, order: &Order) -> Result<u64, Fault> {
    let case = records::require_open(host, order.caseId)?;
    require_text("legalBasis", &order.legalBasis, SHORT_BYTES_MAX)?;
    require_text("reason", &order.reason, TEXT_BYTES_MAX)?;
    check_target(host, order)?;
    let timed = order.level == Level::Hook || kind_of(order.action) == Kind::Identity;
    let bounds = DEADLINE_SECONDS_MIN..=DEADLINE_SECONDS_MAX;
    if timed && !bounds.contains(&order.deadlineSeconds) {
        return Err(invalid("deadlineSeconds", "between 10 seconds and 30 days"));
    }
    let mut event = abi::CommandOrdered {
        id: 0,
        caseId: order.caseId,
        chain: order.chain,
        action: order.action,
        target: order.target.clone(),
        level: order.level,
        by: caller,
    };
    let record = append(host, &case, &mut event)?;
    record.case_id().set(host, order.caseId)?;
    record.legal_basis().set(host, order.legalBasis.as_bytes())?;
    record.reason().set(host, order.reason.as_bytes())?;
    record.deadline_seconds().set(host, order.deadlineSeconds)?;
    record.status().set(host, CommandStatus::Ordered.into())?;
    record.ordered_by().set(host, caller)?;
    let now = host.block().timestamp;
    record.ordered_at().set(host, now)?;
    Ok(event.id)
}

/// Refuses an action on something that it cannot be about, and a hook where there is none.
fn check_target(host: &mut dyn Host, order: &Order) -> Result<(), Fault> {
    let kind = kind_of(order.action);
    let (fits, rule) = match kind {
        Kind::Chain => (
            order.target.is_empty(),
            "empty: the action is on the chain itself",
        ),
        Kind::Contract | Kind::Account => (
            order.target.len() == Address::len_bytes() && order.target.iter().any(|byte| *byte != 0),
            "20 bytes of an account or contract, not all zero",
        ),
        Kind::Identity => (order.target.len() == B256::len_bytes(), "32 bytes of an identity"),
    };
    if !fits {
        return Err(invalid("target", rule));
    }
    match (kind, order.chain == MAIN_LEDGER) {
        (Kind::Chain, true) => return Err(invalid("chain", "not the main ledger itself")),
        (Kind::Identity, false) => {
            return Err(invalid("chain", "zero: identities are kept by the main ledger"));
        }
        (Kind::Identity, true) => {
            let id = B256::from_slice(&order.target);
            identities::organisation(host, id)?;
        }
        (_, true) => {}
        // A partition ledger has no hook: the main ledger is what its nodes follow.
        (Kind::Chain, false)
            if order.level == Level::Isolation && ledgers::of_chain(host, order.chain)?.is_some() => {}
        (_, false) => {
            require_chain(host, order.chain)?;
        }
    }
    let before = standing::of(host, order.chain, kind, &order.target)?.get(host)?;
    require_hook_again(host, order, before)?;
    match order.level {
        Level::Isolation => Ok(()),
        Level::Hook if order.chain == MAIN_LEDGER => {
            Err(invalid("level", "Isolation: the main ledger acts by itself"))
        }
        Level::Hook => attestation::registered_hook(host, order.chain).map(|_| ()),
        Level::__Invalid => Err(invalid("level", "Isolation or Hook")),
    }
}

/// Whether a command went by the hook.
pub(super) fn is_by_hook(host: &mut dyn Host, id: u64) -> Result<bool, Fault> {
    Ok(known(host, id)?.level().get(host)? == u8::from(Level::Hook))
}

/// Whether the last approved command of a target (`before`, zero if there is none) went by the hook. Then what follows
/// has to as well, while the chain has a hook: everybody can take what gateways signed there until a later command was,
/// and what the hook has frozen nothing else lifts.
fn require_hook_again(host: &mut dyn Host, order: &Order, before: u64) -> Result<bool, Fault> {
    if before == 0 || !is_by_hook(host, before)? {
        return Ok(false);
    }
    if order.level != Level::Hook && attestation::has_hook(host, order.chain)? {
        return Err(invalid(
            "level",
            "Hook: gateways may have signed the command before on this target",
        ));
    }
    Ok(true)
}

/// Refuses to lift an account on another chain whose identity a command has frozen.
fn require_free_identity(host: &mut dyn Host, order: &Order) -> Result<(), Fault> {
    if order.action == Action::LiftAccount
        && order.chain != MAIN_LEDGER
        && standing::is_of_frozen_identity(host, order.chain, &order.target)?
    {
        return Err(invalid("target", "its identity is frozen: LiftIdentity"));
    }
    Ok(())
}

/// Refuses a chain that was never registered.
pub(super) fn require_chain(host: &mut dyn Host, id: B256) -> Result<(), Fault> {
    if chains::status_of(host, id)? == chains::Status::None {
        return refuse(abi::ChainUnknown { id });
    }
    Ok(())
}

pub(super) fn approve(host: &mut dyn Host, caller: Address, id: u64) -> Result<(), Fault> {
    let command = command_of(host, id)?;
    if command.status != CommandStatus::Ordered {
        let status = command.status;
        return refuse(abi::WrongStatus { id, status });
    }
    records::require_open(host, command.order.caseId)?;
    if roles::same_person(host, caller, command.orderedBy)? {
        return refuse(abi::FourEyes { id, caller });
    }
    // What is decided as one kind of proposal does not do what needs another one.
    if caller == GOVERNANCE && kind_of(command.order.action) == Kind::Chain {
        return Err(invalid(
            "id",
            "chains are frozen and lifted by a proposal of kind Chains, or by a role",
        ));
    }
    if command.order.level == Level::Hook {
        attestation::registered_hook(host, command.order.chain)?;
    }
    let block = host.block();
    let record = known(host, id)?;
    record.approved_by().set(host, caller)?;
    record.approved_at().set(host, block.timestamp)?;
    record.approved_height().set(host, block.height)?;
    put_in_force(host, caller, &command)?;
    effects::act(host, caller, &command)
}

/// Puts an ordered command into force: it is what counts of its target from now on.
pub(super) fn put_in_force(host: &mut dyn Host, caller: Address, command: &Command) -> Result<(), Fault> {
    let (id, order) = (command.id, &command.order);
    let is_hook = order.level == Level::Hook;
    require_free_identity(host, order)?;
    let was_hook = supersede(host, caller, command)?;
    let record = known(host, id)?;
    let now = host.block().timestamp;
    let event = abi::CommandApproved {
        id,
        by: caller,
        deadline: if is_hook {
            now.saturating_add(order.deadlineSeconds)
        } else {
            0
        },
    };
    emit(host, ADDRESS, &event)?;
    if !is_hook {
        record.status().set(host, CommandStatus::Done.into())?;
        let event = abi::CommandDone { id, provenHeight: 0 };
        return emit(host, ADDRESS, &event);
    }
    record.status().set(host, CommandStatus::InForce.into())?;
    let open = storage().open().of(&order.chain);
    // What follows by the hook on a command by the hook has no other way.
    if !was_hook && open.length(host)? >= OPEN_MAX {
        return Err(invalid(
            "level",
            "512 commands wait for their proof on this chain: Isolation",
        ));
    }
    open.insert(host, id)?;
    Ok(())
}

/// Makes a command the last one of its target; the one before, if it still waits for its proof, ends. Says whether the
/// one before went by the hook.
fn supersede(host: &mut dyn Host, caller: Address, command: &Command) -> Result<bool, Fault> {
    let order = &command.order;
    let standing = standing::of(host, order.chain, kind_of(order.action), &order.target)?;
    let before = standing.get(host)?;
    if before > command.id {
        return refuse(abi::Superseded {
            id: command.id,
            by: before,
        });
    }
    let was_hook = require_hook_again(host, order, before)?;
    standing.set(host, command.id)?;
    if before == 0 {
        return Ok(false);
    }
    let record = known(host, before)?;
    if record.status().get(host)? != u8::from(CommandStatus::InForce) {
        return Ok(was_hook);
    }
    end(host, before, &record, CommandStatus::Withdrawn)?;
    let event = abi::CommandWithdrawn {
        id: before,
        by: caller,
        reason: format!("superseded by command {}", command.id),
    };
    emit(host, ADDRESS, &event)?;
    Ok(was_hook)
}

/// Ends a command that waits for its proof.
pub(super) fn end(
    host: &mut dyn Host,
    id: u64,
    record: &CommandRecord,
    status: CommandStatus,
) -> Result<(), Fault> {
    let chain = record.chain().get(host)?;
    record.status().set(host, status.into())?;
    storage().open().of(&chain).remove(host, id)?;
    Ok(())
}

/// Takes back what is not approved; and what is, once its hook takes it no more: it then waits no longer for its proof,
/// and what it isolates stays isolated.
pub(super) fn withdraw(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::withdrawCall,
) -> Result<(), Fault> {
    let id = request.id;
    let command = command_of(host, id)?;
    let status = command.status;
    let last = command.deadline.saturating_add(LATE_SECONDS_MAX);
    let is_lost = status == CommandStatus::Overdue && host.block().timestamp > last;
    if status != CommandStatus::Ordered && !is_lost {
        return refuse(abi::WrongStatus { id, status });
    }
    require_text("reason", &request.reason, TEXT_BYTES_MAX)?;
    let record = known(host, id)?;
    if is_lost {
        end(host, id, &record, CommandStatus::Withdrawn)?;
    } else {
        record.status().set(host, CommandStatus::Withdrawn.into())?;
    }
    let event = abi::CommandWithdrawn {
        id,
        by: caller,
        reason: request.reason.clone(),
    };
    emit(host, ADDRESS, &event)
}

/// Writes down that a command is overdue, once. Open to everybody.
pub(super) fn declare_overdue(host: &mut dyn Host, id: u64) -> Result<(), Fault> {
    let status = command_of(host, id)?.status;
    let record = known(host, id)?;
    if status != CommandStatus::Overdue || record.overdue_declared().get(host)? {
        return refuse(abi::WrongStatus { id, status });
    }
    record.overdue_declared().set(host, true)?;
    emit(host, ADDRESS, &abi::CommandOverdue { id })
}

/// A command, with its status by the time of the block.
///
/// # Errors
/// `CommandUnknown`, and what the host gives.
pub fn command_of(host: &mut dyn Host, id: u64) -> Result<Command, Fault> {
    let record = known(host, id)?;
    let parent = record.parent().get(host)?;
    // What it does not have itself stands where it follows from.
    let source = if parent == 0 { record } else { known(host, parent)? };
    let level = Level::try_from(record.level().get(host)?).unwrap_or(Level::Isolation);
    let approved_at = source.approved_at().get(host)?;
    let deadline_seconds = source.deadline_seconds().get(host)?;
    let deadline = if level == Level::Hook && approved_at != 0 {
        approved_at.saturating_add(deadline_seconds)
    } else {
        0
    };
    let mut status = CommandStatus::try_from(record.status().get(host)?).unwrap_or(CommandStatus::None);
    if status == CommandStatus::InForce && host.block().timestamp > deadline {
        status = CommandStatus::Overdue;
    }
    let mut done_at = record.done_at().get(host)?;
    if status == CommandStatus::Done && done_at == 0 {
        done_at = approved_at;
    }
    let attested = record.attestations().length(host)?;
    Ok(Command {
        id,
        order: Order {
            caseId: source.case_id().get(host)?,
            chain: record.chain().get(host)?,
            action: Action::try_from(record.action().get(host)?).unwrap_or(Action::FreezeChain),
            target: record.target().get(host)?,
            level,
            legalBasis: source.legal_basis().text(host)?,
            reason: source.reason().text(host)?,
            deadlineSeconds: deadline_seconds,
        },
        status,
        orderedBy: source.ordered_by().get(host)?,
        orderedAt: source.ordered_at().get(host)?,
        approvedBy: source.approved_by().get(host)?,
        approvedAt: approved_at,
        deadline,
        approvedHeight: source.approved_height().get(host)?,
        doneAt: done_at,
        provenHeight: record.proven_height().get(host)?,
        parent,
        attested: u8::try_from(attested).unwrap_or(u8::MAX),
    })
}

/// Commands by id, from id `from` on.
pub(super) fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Command>, Fault> {
    let first = from.max(1);
    let end = first.saturating_add(count.min(PAGE_MAX));
    let end = storage().commands().length(host)?.saturating_add(1).min(end);
    (first..end).map(|id| command_of(host, id)).collect()
}

pub(super) fn of_case(host: &mut dyn Host, query: &abi::commandsOfCaseCall) -> Result<Vec<Command>, Fault> {
    let ids = records::command_ids(host, query)?;
    ids.into_iter().map(|id| command_of(host, id)).collect()
}

/// Commands that wait for their proof on a chain, oldest first, from index `from` on, at most 50.
///
/// # Errors
/// What the host gives.
pub fn open_commands(host: &mut dyn Host, chain: B256, from: u64, count: u64) -> Result<Vec<Command>, Fault> {
    let mut ids = storage().open().of(&chain).members(host, 0, OPEN_MAX)?;
    ids.sort_unstable();
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let count = usize::try_from(count.min(PAGE_MAX)).unwrap_or(usize::MAX);
    let page = ids.into_iter().skip(from).take(count);
    page.map(|id| command_of(host, id)).collect()
}

/// What a command that follows from one on an identity does.
pub(super) struct Branch {
    pub(super) chain: B256,
    pub(super) action: Action,
    pub(super) target: Bytes,
    pub(super) level: Level,
    /// The freeze that it takes over and that is not of the identity, zero if there is none.
    pub(super) taken_over: u64,
}

/// Orders and puts into force at once what follows from an approved command on an identity.
pub(super) fn branch(host: &mut dyn Host, caller: Address, parent: u64, branch: Branch) -> Result<(), Fault> {
    let case_id = known(host, parent)?.case_id().get(host)?;
    let case = records::require_open(host, case_id)?;
    let mut event = abi::CommandOrdered {
        id: 0,
        caseId: case_id,
        chain: branch.chain,
        action: branch.action,
        target: branch.target,
        level: branch.level,
        by: caller,
    };
    let record = append(host, &case, &mut event)?;
    record.parent().set(host, parent)?;
    if branch.taken_over != 0 {
        record.taken_over().set(host, branch.taken_over)?;
    }
    let command = command_of(host, event.id)?;
    put_in_force(host, caller, &command)
}
