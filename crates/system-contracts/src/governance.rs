//! Proposals: made by one representative, approved by distinct organisations, executed after a timelock.
//!
//! ```text
//! propose ─▶ Open ─ enough approvals ─▶ Approved ─ timelock ─▶ execute ─▶ Executed
//!              │  └ too many rejections ─▶ Rejected                └ window over ─▶ Expired
//!              └ voting time over ─▶ Expired            withdraw (proposer) ─▶ Withdrawn
//! ```
//!
//! Invariants:
//! - An organisation has one vote on a proposal; who proposed never votes on it, in no organisation's name.
//! - The rule of the strictest kind among the actions holds for all of them, with the numbers at creation: a
//!   proposal cannot change what it is judged by.
//! - Execution is all or nothing: an action that is refused undoes the others, and the proposal stays approved.
//! - A proposal names only functions that a contract lists as governed; whoever executes it decides nothing.
//! - Nothing is deleted.

use crate::{
    address::{GOVERNANCE as ADDRESS, GOVERNANCE},
    authority,
    fault::{Fault, invalid, refuse},
    host::Host,
    identities, organisations,
    registry::{self, Call, SystemContract, contract_at, emit},
    roles,
    storage::{Layout, Place},
};
use alloy_primitives::{Address, B256, Bytes, FixedBytes};
use alloy_sol_types::SolCall;

use crate::interfaces::IGovernance::{self as abi, IGovernanceCalls as Function};
pub use crate::interfaces::IGovernance::{Action, Kind, Proposal, Rule, Status, Vote};
use records::{ActionRecord, Governance, ProposalRecord, RuleRecord, VoteRecord};

pub mod records;
#[cfg(test)]
mod tests;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Governance",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Governance::LAYOUT,
        ProposalRecord::LAYOUT,
        ActionRecord::LAYOUT,
        VoteRecord::LAYOUT,
        RuleRecord::LAYOUT,
    ],
    governed: &[(abi::setRuleCall::SELECTOR, Kind::Rules)],
    code: call,
};

/// Actions of a proposal, at most.
pub const ACTIONS_MAX: usize = 16;
/// Bytes of the data of one action, at most.
pub const ACTION_BYTES_MAX: usize = 16_384;
/// Bytes of a title, and of the reason of a vote, at most.
pub const TITLE_BYTES_MAX: usize = 512;
/// Seconds in which an approved proposal can be executed, after its timelock.
pub const EXECUTION_SECONDS: u64 = 30 * 24 * 3_600;
/// The shortest voting time, in seconds: below it nobody could vote in time.
pub const VOTING_SECONDS_MIN: u64 = 60;
/// The longest voting time and timelock, in seconds.
pub const PERIOD_SECONDS_MAX: u64 = 365 * 24 * 3_600;
/// Every kind, in the order of strictness for proposals of several kinds: the last one that occurs is shown.
pub const KINDS: [Kind; 8] = [
    Kind::Chains,
    Kind::Control,
    Kind::Ledgers,
    Kind::Membership,
    Kind::Roles,
    Kind::Parameters,
    Kind::Validators,
    Kind::Rules,
];

fn storage() -> Governance {
    Governance::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let caller = call.caller;
    Ok(match call.decode()? {
        Function::propose(request) => abi::proposeCall::abi_encode_returns(&propose(host, caller, &request)?),
        Function::vote(request) => {
            vote(host, caller, &request)?;
            Vec::new()
        }
        Function::withdraw(request) => {
            withdraw(host, caller, request.id)?;
            Vec::new()
        }
        Function::execute(request) => {
            execute(host, caller, request.id)?;
            Vec::new()
        }
        Function::setRule(request) => {
            authority::require_governance(caller, abi::setRuleCall::SELECTOR)?;
            set_rule(host, request.kind, &request.rule)?;
            Vec::new()
        }
        Function::proposal(query) => abi::proposalCall::abi_encode_returns(&proposal(host, query.id)?),
        Function::proposalCount(_) => {
            abi::proposalCountCall::abi_encode_returns(&storage().proposals().length(host)?)
        }
        Function::votes(query) => abi::votesCall::abi_encode_returns(&votes(host, query.id)?),
        Function::rule(query) => abi::ruleCall::abi_encode_returns(&rule(host, query.kind)?),
        Function::kindOf(query) => {
            let action = Action {
                target: query.target,
                data: Bytes::copy_from_slice(query.selector.as_slice()),
            };
            abi::kindOfCall::abi_encode_returns(&kind_of(0, &action)?)
        }
    }
    .into())
}

fn propose(host: &mut dyn Host, caller: Address, request: &abi::proposeCall) -> Result<u64, Fault> {
    let organisation = request.organisation;
    require_representative(host, caller, organisation)?;
    if request.actions.is_empty() || request.actions.len() > ACTIONS_MAX {
        return Err(invalid("actions", "between 1 and 16"));
    }
    let mut terms = Terms::default();
    for (index, action) in (0..).zip(&request.actions) {
        if action.data.len() > ACTION_BYTES_MAX {
            return Err(invalid("actions", "at most 16384 bytes of data each"));
        }
        let kind = kind_of(index, action)?;
        terms.add(host, kind)?;
    }
    let (index, record) = storage().proposals().append(host)?;
    let now = host.block().timestamp;
    record.kind().set(host, terms.kind().into())?;
    record.status().set(host, Status::Open.into())?;
    record.proposer().set(host, caller)?;
    record.organisation().set(host, organisation)?;
    record
        .title()
        .set_text(host, "title", &request.title, TITLE_BYTES_MAX)?;
    for action in &request.actions {
        let (_, entry) = record.actions().append(host)?;
        entry.target().set(host, action.target)?;
        entry.data().set(host, &action.data)?;
    }
    record.created_at().set(host, now)?;
    record
        .voting_ends()
        .set(host, now.saturating_add(terms.voting_seconds))?;
    record.timelock().set(host, terms.timelock_seconds)?;
    record.approvals_needed().set(host, terms.approvals)?;
    let voters = organisations::voter_count(host)?;
    record.voters().set(host, voters)?;
    let id = index + 1;
    let event = abi::ProposalCreated {
        id,
        kind: terms.kind(),
        proposer: caller,
        organisation,
        title: request.title.clone(),
        actions: request.actions.clone(),
    };
    emit(host, ADDRESS, &event)?;
    Ok(id)
}

/// The strictest of several rules, number by number.
#[derive(Default)]
struct Terms {
    kind: Option<Kind>,
    approvals: u64,
    voting_seconds: u64,
    timelock_seconds: u64,
}

impl Terms {
    fn add(&mut self, host: &mut dyn Host, kind: Kind) -> Result<(), Fault> {
        let rank = |kind: Kind| KINDS.iter().position(|known| *known == kind);
        if self.kind.is_none_or(|shown| rank(shown) < rank(kind)) {
            self.kind = Some(kind);
        }
        let rule = rule(host, kind)?;
        self.approvals = self.approvals.max(approvals_needed(host, &rule)?);
        self.voting_seconds = self.voting_seconds.max(rule.votingSeconds);
        self.timelock_seconds = self.timelock_seconds.max(rule.timelockSeconds);
        Ok(())
    }

    fn kind(&self) -> Kind {
        self.kind.unwrap_or(Kind::Rules)
    }
}

/// The kind of an action: the contract that it calls lists the function as governed.
fn kind_of(index: u64, action: &Action) -> Result<Kind, Fault> {
    let selector = action.data.first_chunk::<4>().copied().unwrap_or_default();
    let governed = contract_at(&action.target).and_then(|contract| contract.kind_of(selector));
    governed.map_or_else(
        || {
            refuse(abi::ActionNotAllowed {
                index,
                target: action.target,
                selector: FixedBytes(selector),
            })
        },
        Ok,
    )
}

fn require_representative(host: &mut dyn Host, account: Address, organisation: B256) -> Result<(), Fault> {
    // Whose identity is frozen or cancelled speaks for nobody.
    identities::require_usable(host, account)?;
    if organisations::votes(host, organisation)? && roles::represents(host, account, organisation)? {
        return Ok(());
    }
    refuse(abi::NotARepresentative {
        account,
        organisation,
    })
}

fn vote(host: &mut dyn Host, caller: Address, request: &abi::voteCall) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let status = status(host, &record)?;
    if status != Status::Open {
        return refuse(abi::ProposalNotOpen { id, status });
    }
    require_representative(host, caller, request.organisation)?;
    let proposer = record.proposer().get(host)?;
    if roles::same_person(host, proposer, caller)? {
        return refuse(abi::ProposerCannotVote { id, proposer });
    }
    if !record.voted().insert(host, request.organisation)? {
        return refuse(abi::AlreadyVoted {
            id,
            organisation: request.organisation,
        });
    }
    let (_, entry) = record.votes().append(host)?;
    entry.organisation().set(host, request.organisation)?;
    entry.account().set(host, caller)?;
    entry.approve().set(host, request.approve)?;
    entry
        .reason()
        .set_text(host, "reason", &request.reason, TITLE_BYTES_MAX)?;
    let now = host.block().timestamp;
    entry.at().set(host, now)?;
    let event = abi::VoteCast {
        id,
        organisation: request.organisation,
        account: caller,
        approve: request.approve,
        reason: request.reason.clone(),
    };
    emit(host, ADDRESS, &event)?;
    count(host, id, &record, Choice::of(request.approve))
}

enum Choice {
    Approve,
    Reject,
}

impl Choice {
    const fn of(approve: bool) -> Self {
        if approve { Self::Approve } else { Self::Reject }
    }
}

/// Counts a vote and decides as soon as it is decided.
fn count(host: &mut dyn Host, id: u64, record: &ProposalRecord, choice: Choice) -> Result<(), Fault> {
    let needed = record.approvals_needed().get(host)?;
    let approvals = record.approvals().get(host)?;
    let rejections = record.rejections().get(host)?;
    match choice {
        Choice::Approve => {
            record.approvals().set(host, approvals + 1)?;
            if approvals + 1 < needed {
                return Ok(());
            }
            let from = host
                .block()
                .timestamp
                .saturating_add(record.timelock().get(host)?);
            record.status().set(host, Status::Approved.into())?;
            record.executable_from().set(host, from)?;
            let event = abi::ProposalApproved {
                id,
                executableFrom: from,
                executableUntil: from.saturating_add(EXECUTION_SECONDS),
            };
            emit(host, ADDRESS, &event)
        }
        Choice::Reject => {
            record.rejections().set(host, rejections + 1)?;
            let voters = record.voters().get(host)?;
            // As many approvals as are needed can no longer come together.
            if voters.saturating_sub(rejections + 1) >= needed {
                return Ok(());
            }
            record.status().set(host, Status::Rejected.into())?;
            emit(host, ADDRESS, &abi::ProposalRejected { id })
        }
    }
}

fn withdraw(host: &mut dyn Host, caller: Address, id: u64) -> Result<(), Fault> {
    let record = known(host, id)?;
    if record.proposer().get(host)? != caller {
        return refuse(abi::NotTheProposer { id, caller });
    }
    let status = status(host, &record)?;
    if status != Status::Open {
        return refuse(abi::ProposalNotOpen { id, status });
    }
    record.status().set(host, Status::Withdrawn.into())?;
    emit(host, ADDRESS, &abi::ProposalWithdrawn { id })
}

fn execute(host: &mut dyn Host, caller: Address, id: u64) -> Result<(), Fault> {
    let record = known(host, id)?;
    let status = status(host, &record)?;
    let from = record.executable_from().get(host)?;
    if status != Status::Approved || host.block().timestamp < from {
        return refuse(abi::ProposalNotExecutable {
            id,
            status,
            executableFrom: from,
        });
    }
    let approvals = standing_approvals(host, &record)?;
    let needed = record.approvals_needed().get(host)?;
    if approvals < needed {
        return refuse(abi::ApprovalsWithdrawn {
            id,
            approvals,
            approvalsNeeded: needed,
        });
    }
    let could_vote = roles::votes_possible(host)?;
    // Before the actions: none of them can execute the proposal again.
    record.status().set(host, Status::Executed.into())?;
    for index in 0..record.actions().length(host)? {
        let action = record.actions().element(index);
        let target = action.target().get(host)?;
        let data = action.data().get(host)?;
        perform(host, index, target, &data)?;
    }
    if could_vote {
        roles::require_votes_possible(host)?;
    }
    emit(host, ADDRESS, &abi::ProposalExecuted { id, executor: caller })
}

/// Approvals of organisations that still vote: one that was suspended or left no longer stands behind a proposal.
fn standing_approvals(host: &mut dyn Host, record: &ProposalRecord) -> Result<u64, Fault> {
    let mut approvals = 0;
    for index in 0..record.votes().length(host)? {
        let vote = record.votes().element(index);
        let organisation = vote.organisation().get(host)?;
        if vote.approve().get(host)? && organisations::votes(host, organisation)? {
            approvals += 1;
        }
    }
    Ok(approvals)
}

/// Makes one call in the name of Governance.
fn perform(host: &mut dyn Host, index: u64, target: Address, data: &[u8]) -> Result<(), Fault> {
    let call = Call {
        caller: GOVERNANCE,
        value: alloy_primitives::U256::ZERO,
        data,
    };
    match registry::run(host, target, &call) {
        Ok(_) => Ok(()),
        Err(Fault::Refused(reason)) => refuse(abi::ActionFailed { index, reason }),
        Err(fault) => Err(fault),
    }
}

/// Sets the rule of a kind.
///
/// # Errors
/// `InvalidArgument`, `WouldLockOut`, and what the host gives.
pub fn set_rule(host: &mut dyn Host, kind: Kind, rule: &Rule) -> Result<(), Fault> {
    if !(1..=100).contains(&rule.approvalPercent) {
        return Err(invalid("approvalPercent", "between 1 and 100"));
    }
    if rule.approvalsMin == 0 {
        return Err(invalid("approvalsMin", "at least 1"));
    }
    if !(VOTING_SECONDS_MIN..=PERIOD_SECONDS_MAX).contains(&rule.votingSeconds) {
        return Err(invalid("votingSeconds", "between a minute and a year"));
    }
    if rule.timelockSeconds > PERIOD_SECONDS_MAX {
        return Err(invalid("timelockSeconds", "at most a year"));
    }
    let needed = approvals_needed(host, rule)?;
    let voters = organisations::voter_count(host)?;
    if needed > voters {
        let reason = format!("the rule needs {needed} approvals, {voters} organisations vote");
        return refuse(abi::WouldLockOut { reason });
    }
    let record = storage().rules().of(&kind.into());
    record.approval_percent().set(host, rule.approvalPercent)?;
    record.approvals_min().set(host, rule.approvalsMin)?;
    record.voting_seconds().set(host, rule.votingSeconds)?;
    record.timelock_seconds().set(host, rule.timelockSeconds)?;
    let event = abi::RuleChanged {
        kind,
        approvalPercent: rule.approvalPercent,
        approvalsMin: rule.approvalsMin,
        votingSeconds: rule.votingSeconds,
        timelockSeconds: rule.timelockSeconds,
    };
    emit(host, ADDRESS, &event)
}

/// Approvals that `rule` asks for now: its share of the voters rounded up, and its minimum.
fn approvals_needed(host: &mut dyn Host, rule: &Rule) -> Result<u64, Fault> {
    let voters = organisations::voter_count(host)?;
    let share = (voters * u64::from(rule.approvalPercent)).div_ceil(100);
    Ok(share.max(rule.approvalsMin.into()))
}

/// The most approvals that a proposal of any kind needs; the organisations that vote must not become fewer.
///
/// # Errors
/// What the host gives.
pub fn approvals_needed_max(host: &mut dyn Host) -> Result<u64, Fault> {
    let mut most = 0;
    for kind in KINDS {
        let rule = rule(host, kind)?;
        most = most.max(approvals_needed(host, &rule)?);
    }
    Ok(most)
}

/// The rule of a kind. One that was never set asks for all organisations that vote.
///
/// # Errors
/// What the host gives.
pub fn rule(host: &mut dyn Host, kind: Kind) -> Result<Rule, Fault> {
    let record = storage().rules().of(&kind.into());
    let voting_seconds = record.voting_seconds().get(host)?;
    if voting_seconds == 0 {
        return Ok(Rule {
            approvalPercent: 100,
            approvalsMin: 1,
            votingSeconds: 7 * 24 * 3_600,
            timelockSeconds: 24 * 3_600,
        });
    }
    Ok(Rule {
        approvalPercent: record.approval_percent().get(host)?,
        approvalsMin: record.approvals_min().get(host)?,
        votingSeconds: voting_seconds,
        timelockSeconds: record.timelock_seconds().get(host)?,
    })
}

fn known(host: &mut dyn Host, id: u64) -> Result<ProposalRecord, Fault> {
    if id == 0 || id > storage().proposals().length(host)? {
        return refuse(abi::ProposalUnknown { id });
    }
    Ok(storage().proposals().element(id - 1))
}

/// The status now: time ends votes and windows without a transaction.
fn status(host: &mut dyn Host, record: &ProposalRecord) -> Result<Status, Fault> {
    let status = Status::try_from(record.status().get(host)?).unwrap_or(Status::None);
    let now = host.block().timestamp;
    let until = match status {
        Status::Open => record.voting_ends().get(host)?,
        Status::Approved => executable_until(record.executable_from().get(host)?),
        _ => return Ok(status),
    };
    Ok(if now > until { Status::Expired } else { status })
}

const fn executable_until(from: u64) -> u64 {
    if from == 0 {
        return 0;
    }
    from.saturating_add(EXECUTION_SECONDS)
}

/// A proposal.
///
/// # Errors
/// `ProposalUnknown`, and what the host gives.
pub fn proposal(host: &mut dyn Host, id: u64) -> Result<Proposal, Fault> {
    let record = known(host, id)?;
    let mut actions = Vec::new();
    for index in 0..record.actions().length(host)? {
        let action = record.actions().element(index);
        actions.push(Action {
            target: action.target().get(host)?,
            data: action.data().get(host)?,
        });
    }
    let executable_from = record.executable_from().get(host)?;
    Ok(Proposal {
        id,
        kind: Kind::try_from(record.kind().get(host)?).unwrap_or(Kind::Rules),
        status: status(host, &record)?,
        proposer: record.proposer().get(host)?,
        organisation: record.organisation().get(host)?,
        title: record.title().text(host)?,
        actions,
        createdAt: record.created_at().get(host)?,
        votingEnds: record.voting_ends().get(host)?,
        executableFrom: executable_from,
        executableUntil: executable_until(executable_from),
        approvals: record.approvals().get(host)?,
        rejections: record.rejections().get(host)?,
        approvalsNeeded: record.approvals_needed().get(host)?,
    })
}

/// The votes on a proposal, in their order.
///
/// # Errors
/// `ProposalUnknown`, and what the host gives.
pub fn votes(host: &mut dyn Host, id: u64) -> Result<Vec<Vote>, Fault> {
    let record = known(host, id)?;
    let mut votes = Vec::new();
    for index in 0..record.votes().length(host)? {
        let vote = record.votes().element(index);
        votes.push(Vote {
            organisation: vote.organisation().get(host)?,
            account: vote.account().get(host)?,
            approve: vote.approve().get(host)?,
            reason: vote.reason().text(host)?,
            at: vote.at().get(host)?,
        });
    }
    Ok(votes)
}
