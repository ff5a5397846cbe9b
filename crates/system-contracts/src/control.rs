//! Control: status of accounts and contracts, who may deploy, protected functions, gas quotas.
//!
//! This is the state that [`crate::access`] judges every transaction by. Invariants: whatever changes that judgement
//! moves the generation on, so that what a node remembers of it is used only while it is true; freezes by emergency
//! lapse by themselves, and are not repeated at once; a system contract is never frozen.

use crate::{
    address::{CONTROL as ADDRESS, GOVERNANCE},
    authority::{self, Request},
    fault::{Fault, invalid, refuse},
    governance::Kind as ProposalKind,
    host::{Host, LedgerKind},
    interfaces::IControl::{
        self as abi, AccountStatus, ContractStatus, Freeze, IControlCalls as Function, Policy, Usage,
    },
    layout, partition,
    registry::{Call, SystemContract, contract_at, emit},
    roles,
    storage::{Blob, Layout, Mapping, Place, Value},
};
use alloy_primitives::{Address, B256, Bytes, FixedBytes, address};
use alloy_sol_types::SolCall;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Control",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[Control::LAYOUT, StatusRecord::LAYOUT, UsageRecord::LAYOUT],
    governed: &[
        (abi::freezeAccountCall::SELECTOR, ProposalKind::Control),
        (abi::unfreezeAccountCall::SELECTOR, ProposalKind::Control),
        (abi::cancelAccountCall::SELECTOR, ProposalKind::Control),
        (abi::freezeContractCall::SELECTOR, ProposalKind::Control),
        (abi::unfreezeContractCall::SELECTOR, ProposalKind::Control),
        (abi::retireContractCall::SELECTOR, ProposalKind::Control),
        (abi::protectFunctionCall::SELECTOR, ProposalKind::Control),
        (abi::setPolicyCall::SELECTOR, ProposalKind::Parameters),
        (abi::setQuotaCall::SELECTOR, ProposalKind::Control),
    ],
    code: call,
};

/// Contracts that Ethereum's rules call themselves: block hashes (EIP-2935) and beacon roots (EIP-4788).
const PREDEPLOYS: [Address; 2] = [
    address!("0000F90827F1C53a10cb7A02335B175320002935"),
    address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02"),
];
/// Seconds after which a freeze by emergency lapses.
pub const EMERGENCY_SECONDS: u64 = 72 * 3_600;
/// Seconds after its end in which it cannot be repeated for the same account or contract: else it would never lapse.
pub const EMERGENCY_PAUSE_SECONDS: u64 = 30 * 24 * 3_600;
/// Bytes of a reason, at most.
pub const REASON_BYTES_MAX: usize = 256;
/// Bounds of a quota period, in seconds.
const PERIOD_SECONDS_MIN: u64 = 60;
const PERIOD_SECONDS_MAX: u64 = 366 * 24 * 3_600;
/// The period of a ledger whose policy was never set, in seconds.
const PERIOD_SECONDS: u64 = 24 * 3_600;

layout! {
    /// The contract's storage.
    pub struct Control (16) {
        /// Moves on with every change of what [`crate::access`] reads.
        0 => generation: Value<u64>,
        /// Accounts by address.
        1 => accounts: Mapping<Address, StatusRecord>,
        /// Contracts by address.
        2 => contracts: Mapping<Address, StatusRecord>,
        /// Contracts that are frozen or retired, with those whose freeze has lapsed.
        3 => contracts_closed: Value<u64>,
        /// Protected functions by contract, then selector.
        4 => protected: Mapping<Address, Mapping<FixedBytes<4>, Value<bool>>>,
        /// Number of protected functions by contract.
        5 => protected_count: Mapping<Address, Value<u64>>,
        /// Whether deployment needs a role.
        6 => deployment_restricted: Value<bool>,
        /// Whether senders need an identity.
        7 => identity_required: Value<bool>,
        /// Gas of a sender without its own quota.
        8 => default_quota: Value<u64>,
        /// Seconds of a period.
        9 => period_seconds: Value<u64>,
        /// Gas per period by subject.
        10 => quotas: Mapping<B256, Value<u64>>,
        /// What was used, by subject.
        11 => used: Mapping<B256, UsageRecord>,
        /// Number of accounts that were ever frozen or cancelled, and of quotas that were ever set.
        12 => subjects_marked: Value<u64>,
    }
}

layout! {
    /// Status of an account or contract.
    pub struct StatusRecord (5) {
        /// Zero is active.
        0 => status: Value<u8>,
        /// Seconds since 1970 at which the last freeze lapses or would have lapsed, zero if it does not.
        1 => until: Value<u64>,
        /// Who froze it.
        2 => by: Value<Address>,
        /// Seconds since 1970.
        3 => at: Value<u64>,
        /// Why.
        4 => reason: Blob,
    }
}

layout! {
    /// Gas used in a period.
    pub struct UsageRecord (2) {
        /// Number of the period since 1970.
        0 => period: Value<u64>,
        /// Gas used in it.
        1 => gas: Value<u64>,
    }
}

pub(crate) fn storage() -> Control {
    Control::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let function: Function = call.decode()?;
    if let Some(contract) = changed_contract(&function)
        && (contract_at(&contract).is_some() || PREDEPLOYS.contains(&contract))
    {
        return refuse(abi::SystemContractProtected { target: contract });
    }
    if changes(&function) {
        authorise(host, call, &function)?;
    }
    let caller = call.caller;
    match function {
        Function::freezeAccount(request) => {
            freeze_account(host, caller, request.account, &Order::lasting(&request.reason))?
        }
        Function::emergencyFreezeAccount(request) => {
            let order = Order::emergency(host, &request.reason);
            freeze_account(host, caller, request.account, &order)?
        }
        Function::unfreezeAccount(request) => unfreeze_account(host, caller, request.account)?,
        Function::cancelAccount(request) => cancel_account(host, request.account)?,
        Function::freezeContract(request) => {
            freeze_contract(host, caller, request.target, &Order::lasting(&request.reason))?
        }
        Function::emergencyFreezeContract(request) => {
            let order = Order::emergency(host, &request.reason);
            freeze_contract(host, caller, request.target, &order)?
        }
        Function::unfreezeContract(request) => unfreeze_contract(host, caller, request.target)?,
        Function::retireContract(request) => retire_contract(host, request.target)?,
        Function::protectFunction(request) => protect(host, &request)?,
        Function::setPolicy(request) => set_policy(host, &request.policy)?,
        Function::setQuota(request) => set_quota(host, request.subject, request.gasPerPeriod)?,
        Function::accountStatus(query) => {
            let record = storage().accounts().of(&query.account);
            let status = AccountStatus::try_from(current(host, &record)?).unwrap_or(AccountStatus::Active);
            let freeze = freeze_of(host, &record)?;
            let answer = abi::accountStatusReturn { status, freeze };
            return Ok(abi::accountStatusCall::abi_encode_returns(&answer).into());
        }
        Function::contractStatus(query) => {
            let record = storage().contracts().of(&query.target);
            let status = ContractStatus::try_from(current(host, &record)?).unwrap_or(ContractStatus::Active);
            let freeze = freeze_of(host, &record)?;
            let answer = abi::contractStatusReturn { status, freeze };
            return Ok(abi::contractStatusCall::abi_encode_returns(&answer).into());
        }
        Function::isProtected(query) => {
            let protected = is_protected(host, query.target, query.selector.0)?;
            return Ok(abi::isProtectedCall::abi_encode_returns(&protected).into());
        }
        Function::policy(_) => return Ok(abi::policyCall::abi_encode_returns(&policy(host)?).into()),
        Function::usage(query) => {
            return Ok(abi::usageCall::abi_encode_returns(&usage(host, query.subject)?).into());
        }
    }
    Ok(Bytes::new())
}

const fn changes(function: &Function) -> bool {
    !matches!(
        function,
        Function::accountStatus(_)
            | Function::contractStatus(_)
            | Function::isProtected(_)
            | Function::policy(_)
            | Function::usage(_)
    )
}

/// The contract whose status or protection a function changes.
const fn changed_contract(function: &Function) -> Option<Address> {
    match function {
        Function::freezeContract(request) => Some(request.target),
        Function::emergencyFreezeContract(request) => Some(request.target),
        Function::retireContract(request) => Some(request.target),
        Function::protectFunction(request) => Some(request.target),
        _ => None,
    }
}

/// What ends for ever and what binds everybody needs a vote; the rest a role. A contract protects its own functions.
fn authorise(host: &mut dyn Host, call: &Call<'_>, function: &Function) -> Result<(), Fault> {
    match function {
        Function::cancelAccount(_) | Function::retireContract(_) | Function::setPolicy(_) => {
            authority::require_governance(call.caller, call.selector())
        }
        Function::protectFunction(request) if request.target == call.caller => Ok(()),
        _ => {
            let request = Request {
                caller: call.caller,
                contract: ADDRESS,
                selector: call.selector(),
                organisation: B256::ZERO,
            };
            authority::require(host, &request)
        }
    }
}

/// How something is frozen.
struct Order<'a> {
    /// Seconds since 1970 at which it lapses, zero if it does not.
    until: u64,
    reason: &'a str,
}

impl<'a> Order<'a> {
    const fn lasting(reason: &'a str) -> Self {
        Self { until: 0, reason }
    }

    fn emergency(host: &dyn Host, reason: &'a str) -> Self {
        Self {
            until: host.block().timestamp.saturating_add(EMERGENCY_SECONDS),
            reason,
        }
    }
}

fn freeze_account(
    host: &mut dyn Host,
    caller: Address,
    account: Address,
    order: &Order<'_>,
) -> Result<(), Fault> {
    let record = storage().accounts().of(&account);
    let status = current(host, &record)?;
    // A lasting order may ratify one by emergency; everything else finds the account active.
    let ratifies = status == u8::from(AccountStatus::Frozen) && order.until == 0;
    if status != u8::from(AccountStatus::Active) && !(ratifies && record.until().get(host)? != 0) {
        let status = AccountStatus::try_from(status).unwrap_or(AccountStatus::Active);
        return refuse(abi::AccountNotActive { account, status });
    }
    require_not_repeated(host, account, &record, order)?;
    mark(host, &record, AccountStatus::Frozen.into(), caller, order)?;
    mark_subject(host)?;
    require_votes_without(host, account)?;
    let event = abi::AccountFrozen {
        account,
        by: caller,
        until: order.until,
        reason: order.reason.to_owned(),
    };
    emit(host, ADDRESS, &event)
}

/// Refuses a freeze by emergency soon after another one of the same, also if that one was ended early.
fn require_not_repeated(
    host: &mut dyn Host,
    target: Address,
    record: &StatusRecord,
    order: &Order<'_>,
) -> Result<(), Fault> {
    let before = record.until().get(host)?;
    let from = before.saturating_add(EMERGENCY_PAUSE_SECONDS);
    if order.until != 0 && before != 0 && host.block().timestamp < from {
        return refuse(abi::EmergencyUsed { target, from });
    }
    Ok(())
}

/// Refuses the loss of a representative without whom no proposal could pass.
fn require_votes_without(host: &mut dyn Host, account: Address) -> Result<(), Fault> {
    if roles::speaks(host, account.into_word())? {
        roles::require_votes_possible(host)?;
    }
    Ok(())
}

fn unfreeze_account(host: &mut dyn Host, caller: Address, account: Address) -> Result<(), Fault> {
    let record = storage().accounts().of(&account);
    let status = current(host, &record)?;
    if status != u8::from(AccountStatus::Frozen) {
        let status = AccountStatus::try_from(status).unwrap_or(AccountStatus::Active);
        return refuse(abi::AccountNotFrozen { account, status });
    }
    record.status().set(host, AccountStatus::Active.into())?;
    bump(host)?;
    emit(host, ADDRESS, &abi::AccountUnfrozen { account, by: caller })
}

fn cancel_account(host: &mut dyn Host, account: Address) -> Result<(), Fault> {
    let record = storage().accounts().of(&account);
    if current(host, &record)? == u8::from(AccountStatus::Cancelled) {
        let status = AccountStatus::Cancelled;
        return refuse(abi::AccountNotActive { account, status });
    }
    mark(
        host,
        &record,
        AccountStatus::Cancelled.into(),
        GOVERNANCE,
        &Order::lasting(""),
    )?;
    mark_subject(host)?;
    require_votes_without(host, account)?;
    emit(host, ADDRESS, &abi::AccountCancelled { account })
}

fn freeze_contract(
    host: &mut dyn Host,
    caller: Address,
    target: Address,
    order: &Order<'_>,
) -> Result<(), Fault> {
    let record = storage().contracts().of(&target);
    let status = current(host, &record)?;
    let ratifies = status == u8::from(ContractStatus::Frozen) && order.until == 0;
    if status != u8::from(ContractStatus::Active) && !(ratifies && record.until().get(host)? != 0) {
        let status = ContractStatus::try_from(status).unwrap_or(ContractStatus::Active);
        return refuse(abi::ContractNotActive { target, status });
    }
    require_not_repeated(host, target, &record, order)?;
    close(host, &record)?;
    mark(host, &record, ContractStatus::Frozen.into(), caller, order)?;
    let event = abi::ContractFrozen {
        target,
        by: caller,
        until: order.until,
        reason: order.reason.to_owned(),
    };
    emit(host, ADDRESS, &event)
}

fn unfreeze_contract(host: &mut dyn Host, caller: Address, target: Address) -> Result<(), Fault> {
    let record = storage().contracts().of(&target);
    let status = current(host, &record)?;
    if status != u8::from(ContractStatus::Frozen) {
        let status = ContractStatus::try_from(status).unwrap_or(ContractStatus::Active);
        return refuse(abi::ContractNotFrozen { target, status });
    }
    record.status().set(host, ContractStatus::Active.into())?;
    let closed = storage().contracts_closed().get(host)?;
    storage().contracts_closed().set(host, closed.saturating_sub(1))?;
    bump(host)?;
    emit(host, ADDRESS, &abi::ContractUnfrozen { target, by: caller })
}

fn retire_contract(host: &mut dyn Host, target: Address) -> Result<(), Fault> {
    let record = storage().contracts().of(&target);
    if current(host, &record)? == u8::from(ContractStatus::Retired) {
        let status = ContractStatus::Retired;
        return refuse(abi::ContractNotActive { target, status });
    }
    close(host, &record)?;
    mark(
        host,
        &record,
        ContractStatus::Retired.into(),
        GOVERNANCE,
        &Order::lasting(""),
    )?;
    emit(host, ADDRESS, &abi::ContractRetired { target })
}

/// Counts a contract that closes, once.
fn close(host: &mut dyn Host, record: &StatusRecord) -> Result<(), Fault> {
    if record.status().get(host)? != 0 {
        return Ok(());
    }
    let closed = storage().contracts_closed().get(host)?;
    storage().contracts_closed().set(host, closed + 1)
}

fn mark(
    host: &mut dyn Host,
    record: &StatusRecord,
    status: u8,
    by: Address,
    order: &Order<'_>,
) -> Result<(), Fault> {
    record.status().set(host, status)?;
    record.until().set(host, order.until)?;
    record.by().set(host, by)?;
    let now = host.block().timestamp;
    record.at().set(host, now)?;
    record
        .reason()
        .set_text(host, "reason", order.reason, REASON_BYTES_MAX)?;
    bump(host)
}

/// Whether an account, or a contract in the role of one, is neither frozen nor cancelled now.
///
/// # Errors
/// What the host gives.
pub fn may_act(host: &mut dyn Host, account: Address) -> Result<bool, Fault> {
    Ok(storage().subjects_marked().get(host)? == 0
        || current(host, &storage().accounts().of(&account))? == u8::from(AccountStatus::Active))
}

/// What is known of some subject has changed: it is bound, unbound, frozen.
pub(crate) fn subject_changed(host: &mut dyn Host) -> Result<(), Fault> {
    mark_subject(host)?;
    bump(host)
}

/// Says that subjects must be looked up one by one from now on.
fn mark_subject(host: &mut dyn Host) -> Result<(), Fault> {
    let marked = storage().subjects_marked().get(host)?;
    storage().subjects_marked().set(host, marked.saturating_add(1))
}

/// Moves the generation on: what nodes remember of senders and contracts is read anew.
pub(crate) fn bump(host: &mut dyn Host) -> Result<(), Fault> {
    let generation = storage().generation().get(host)?;
    storage().generation().set(host, generation.wrapping_add(1))
}

/// The status number now: a freeze whose time is over counts as active, which is zero for both kinds.
pub(crate) fn current(host: &mut dyn Host, record: &StatusRecord) -> Result<u8, Fault> {
    let status = record.status().get(host)?;
    if status != u8::from(AccountStatus::Frozen) {
        return Ok(status);
    }
    let until = record.until().get(host)?;
    Ok(if until != 0 && host.block().timestamp >= until {
        0
    } else {
        status
    })
}

fn freeze_of(host: &mut dyn Host, record: &StatusRecord) -> Result<Freeze, Fault> {
    Ok(Freeze {
        until: record.until().get(host)?,
        by: record.by().get(host)?,
        at: record.at().get(host)?,
        reason: record.reason().text(host)?,
    })
}

fn protect(host: &mut dyn Host, request: &abi::protectFunctionCall) -> Result<(), Fault> {
    let entry = storage().protected().of(&request.target).of(&request.selector);
    if entry.get(host)? == request.required {
        return Ok(());
    }
    entry.set(host, request.required)?;
    let count = storage().protected_count().of(&request.target);
    let before = count.get(host)?;
    let after = if request.required {
        before + 1
    } else {
        before.saturating_sub(1)
    };
    count.set(host, after)?;
    bump(host)?;
    let event = abi::FunctionProtected {
        target: request.target,
        selector: request.selector,
        required: request.required,
    };
    emit(host, ADDRESS, &event)
}

/// Whether transactions that call the function need a role.
///
/// # Errors
/// What the host gives.
pub fn is_protected(host: &mut dyn Host, target: Address, selector: [u8; 4]) -> Result<bool, Fault> {
    storage()
        .protected()
        .of(&target)
        .of(&FixedBytes(selector))
        .get(host)
}

/// Sets the policy.
///
/// # Errors
/// `InvalidArgument`, and what the host gives.
pub fn set_policy(host: &mut dyn Host, policy: &Policy) -> Result<(), Fault> {
    if !(PERIOD_SECONDS_MIN..=PERIOD_SECONDS_MAX).contains(&policy.periodSeconds) {
        return Err(invalid("periodSeconds", "between a minute and 366 days"));
    }
    storage()
        .deployment_restricted()
        .set(host, policy.deploymentRestricted)?;
    storage().identity_required().set(host, policy.identityRequired)?;
    storage().default_quota().set(host, policy.defaultQuota)?;
    storage().period_seconds().set(host, policy.periodSeconds)?;
    bump(host)?;
    let event = abi::PolicyChanged {
        deploymentRestricted: policy.deploymentRestricted,
        identityRequired: policy.identityRequired,
        defaultQuota: policy.defaultQuota,
        periodSeconds: policy.periodSeconds,
    };
    emit(host, ADDRESS, &event)
}

/// The policy.
///
/// # Errors
/// What the host gives.
pub fn policy(host: &mut dyn Host) -> Result<Policy, Fault> {
    let period_seconds = storage().period_seconds().get(host)?;
    Ok(Policy {
        deploymentRestricted: storage().deployment_restricted().get(host)?,
        identityRequired: storage().identity_required().get(host)?,
        defaultQuota: storage().default_quota().get(host)?,
        periodSeconds: if period_seconds == 0 {
            PERIOD_SECONDS
        } else {
            period_seconds
        },
    })
}

fn set_quota(host: &mut dyn Host, subject: B256, gas_per_period: u64) -> Result<(), Fault> {
    storage().quotas().of(&subject).set(host, gas_per_period)?;
    mark_subject(host)?;
    bump(host)?;
    let event = abi::QuotaChanged {
        subject,
        gasPerPeriod: gas_per_period,
    };
    emit(host, ADDRESS, &event)
}

/// Where the use of a subject is counted: every ledger counts for itself.
fn used(host: &dyn Host, subject: B256) -> UsageRecord {
    match host.block().ledger {
        LedgerKind::Main => storage().used().of(&subject),
        LedgerKind::Partition => partition::storage().used().of(&subject),
    }
}

/// Quota and use of a subject in the period of this block.
///
/// # Errors
/// What the host gives.
pub fn usage(host: &mut dyn Host, subject: B256) -> Result<Usage, Fault> {
    let policy = policy(host)?;
    let own = storage().quotas().of(&subject).get(host)?;
    let period = host.block().timestamp / policy.periodSeconds;
    let record = used(host, subject);
    let used = if record.period().get(host)? == period {
        record.gas().get(host)?
    } else {
        0
    };
    Ok(Usage {
        quota: if own == 0 { policy.defaultQuota } else { own },
        used,
        periodEnds: (period + 1).saturating_mul(policy.periodSeconds),
    })
}

/// Adds gas to what a subject used in the period of this block.
///
/// # Errors
/// What the host gives.
pub fn add_usage(host: &mut dyn Host, subject: B256, gas: u64) -> Result<(), Fault> {
    let usage = usage(host, subject)?;
    let period = host.block().timestamp / policy(host)?.periodSeconds;
    let record = used(host, subject);
    record.period().set(host, period)?;
    record.gas().set(host, usage.used.saturating_add(gas))
}

#[cfg(test)]
mod tests;
