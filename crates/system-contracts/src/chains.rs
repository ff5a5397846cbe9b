//! Business chains: basic information, review, control, trust roots (clauses 7.2.h, 7.2.i, 7.2.k).
//!
//! ```text
//! register ─▶ Registered ─ startReview ─▶ UnderReview ─ decide ─▶ Active ◀─ unfreeze ─ Frozen
//!                ▲                         ▲      └─ decide ─▶ Rejected  └─ freeze ─▶    │
//!                │                         └─ appeal (once) ──────┤    └─ cancel ─▶ Cancelled
//!                └──────────── register, once it is final ────────┘
//! ```
//!
//! Invariants:
//! - A chain's id is the hash of its CAIP-2 name; one record holds it, and Cancelled is for ever.
//! - Who registered a chain, people of its operator, and who rejected it before an appeal do not decide on it.
//! - Trust roots are only ever appended, with rising heights: what was valid at a height stays the answer. A new
//!   registration after a final rejection begins with an empty history, so that nobody plants a root for another.
//! - [`generation`] grows with every change that gateways must act on.

use crate::{
    address::{CHAINS as ADDRESS, GOVERNANCE},
    authority::{self, Request},
    fault::{Fault, refuse},
    governance::Kind as ProposalKind,
    host::Host,
    layout,
    registry::{Call, SystemContract, emit},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;

use crate::interfaces::IChains::{self as abi, IChainsCalls as Function};
pub use crate::interfaces::IChains::{Chain, ChainInfo, Kind, Review, RootKind, Status, TrustRoot};

mod registration;
mod review;
mod roots;

pub use roots::{block_root_at, trust_root_at};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Chains",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Chains::LAYOUT,
        Record::LAYOUT,
        ReviewRecord::LAYOUT,
        RootRecord::LAYOUT,
    ],
    governed: &[
        (abi::cancelCall::SELECTOR, ProposalKind::Chains),
        // These are also open to roles.
        (abi::startReviewCall::SELECTOR, ProposalKind::Chains),
        (abi::decideCall::SELECTOR, ProposalKind::Chains),
        (abi::freezeCall::SELECTOR, ProposalKind::Chains),
        (abi::unfreezeCall::SELECTOR, ProposalKind::Chains),
        (abi::addTrustRootCall::SELECTOR, ProposalKind::Chains),
    ],
    code: call,
};

/// Registered names, at most: no list grows without bound.
pub const CHAINS_MAX: u64 = 65_536;
/// Waiting registrations of one operator, at most, so that none floods the reviewers.
pub const WAITING_MAX: u64 = 16;
/// Registrations of one name, at most; all but the last one were rejected.
pub const ROUNDS_MAX: u64 = 64;
/// Trust roots of one kind, at most.
pub const ROOTS_MAX: u64 = 4_096;
/// Bytes of a trust root, at most.
pub const ROOT_BYTES_MAX: usize = 4_096;
/// Bytes of a reason, at most.
pub const REASON_BYTES_MAX: usize = 512;
/// Seconds after which an undecided review is overdue.
pub const REVIEW_SECONDS: u64 = 30 * 24 * 3_600;
/// Seconds in which a rejection can be appealed.
pub const APPEAL_SECONDS: u64 = 14 * 24 * 3_600;
/// The highest grade of data.
pub const GRADE_MAX: u8 = 4;
/// Chains that one query returns, at most; each has a page of text.
const CHAINS_PAGE_MAX: u64 = 50;
/// Short records that one query returns, at most.
const PAGE_MAX: u64 = 100;

layout! {
    /// The contract's storage.
    pub struct Chains (8) {
        /// Records by id.
        0 => records: Mapping<B256, Record>,
        /// Ids in the order of their first registration.
        1 => ids: List<Value<B256>>,
        /// Ids that are Registered or UnderReview.
        2 => waiting: Set<B256>,
        /// Number of those by operator.
        4 => waiting_of: Mapping<B256, Value<u64>>,
        /// Number of changes.
        5 => generation: Value<u64>,
    }
}

layout! {
    /// One chain.
    pub struct Record (32) {
        /// CAIP-2 name.
        0 => caip2: Blob,
        /// Name for people.
        1 => name: Blob,
        /// Kind.
        2 => kind: Value<u8>,
        /// What it is for.
        3 => purpose: Blob,
        /// The organisation that operates it.
        4 => operator: Value<B256>,
        /// The company.
        5 => company: Blob,
        /// Whom to call.
        6 => contact: Blob,
        /// Grade of its data.
        7 => grade: Value<u8>,
        /// How it agrees.
        8 => consensus: Blob,
        /// Where it is reached.
        9 => endpoint: Blob,
        /// Hash of its documents.
        10 => documents: Value<B256>,
        /// Status.
        11 => status: Value<u8>,
        /// Who registered it.
        12 => registrant: Value<Address>,
        /// Who last took up or decided its review.
        13 => reviewer: Value<Address>,
        /// Whether a rejection was appealed.
        14 => appealed: Value<bool>,
        /// Whether an overdue review was reported.
        15 => escalated: Value<bool>,
        /// Seconds since 1970.
        16 => registered_at: Value<u64>,
        /// Seconds since 1970, zero while no review is due.
        17 => review_due: Value<u64>,
        /// Seconds since 1970, zero while no appeal is possible.
        18 => appeal_until: Value<u64>,
        /// Height of the last change of status.
        19 => changed_at: Value<u64>,
        /// Number of the registration, from 1.
        20 => round: Value<u64>,
        /// All decisions.
        21 => reviews: List<ReviewRecord>,
        /// Trust roots by registration and kind (`round * 256 + kind`).
        22 => roots: Mapping<u64, List<RootRecord>>,
    }
}

layout! {
    /// One decision.
    pub struct ReviewRecord (5) {
        /// Whose.
        0 => reviewer: Value<Address>,
        /// What.
        1 => approved: Value<bool>,
        /// On what.
        2 => evidence: Value<B256>,
        /// Why.
        3 => reason: Blob,
        /// Seconds since 1970.
        4 => at: Value<u64>,
    }
}

layout! {
    /// One trust root.
    pub struct RootRecord (3) {
        /// The root.
        0 => root: Blob,
        /// The first height of the chain that it is valid at.
        1 => valid_from: Value<u64>,
        /// Seconds since 1970 at which it was added.
        2 => at: Value<u64>,
    }
}

fn storage() -> Chains {
    Chains::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        Function::chain(query) => abi::chainCall::abi_encode_returns(&get(host, query.id)?),
        Function::chains(query) => {
            abi::chainsCall::abi_encode_returns(&registration::page(host, query.from, query.count)?)
        }
        Function::chainCount(_) => abi::chainCountCall::abi_encode_returns(&storage().ids().length(host)?),
        Function::isActive(query) => abi::isActiveCall::abi_encode_returns(&is_active(host, query.id)?),
        Function::waitingCount(_) => {
            abi::waitingCountCall::abi_encode_returns(&storage().waiting().length(host)?)
        }
        Function::overdue(query) => {
            abi::overdueCall::abi_encode_returns(&review::overdue(host, query.from, query.count)?)
        }
        Function::reviews(query) => abi::reviewsCall::abi_encode_returns(&review::reviews(host, query.id)?),
        Function::trustRoots(query) => abi::trustRootsCall::abi_encode_returns(&roots::page(host, &query)?),
        Function::trustRootAt(query) => {
            let found = trust_root_at(host, query.id, query.kind, query.height)?;
            abi::trustRootAtCall::abi_encode_returns(&found)
        }
        Function::generation(_) => abi::generationCall::abi_encode_returns(&generation(host)?),
        Function::register(request) => {
            require_role(host, call, request.info.operator)?;
            let id = registration::register(host, call.caller, &request.info)?;
            abi::registerCall::abi_encode_returns(&id)
        }
        function => {
            change(host, call, function)?;
            Vec::new()
        }
    }
    .into())
}

/// The functions that change a known chain.
fn change(host: &mut dyn Host, call: &Call<'_>, function: Function) -> Result<(), Fault> {
    let caller = call.caller;
    let authorise = |host: &mut dyn Host, id: B256| {
        let operator = known(host, id)?.operator().get(host)?;
        require_role(host, call, operator)
    };
    match function {
        Function::update(request) => {
            authorise(host, request.id)?;
            registration::update(host, caller, &request)
        }
        Function::setContact(request) => {
            authorise(host, request.id)?;
            registration::set_contact(host, caller, &request)
        }
        Function::startReview(request) => {
            authorise(host, request.id)?;
            review::start(host, caller, request.id)
        }
        Function::decide(request) => {
            authorise(host, request.id)?;
            review::decide(host, caller, &request)
        }
        Function::appeal(request) => {
            authorise(host, request.id)?;
            review::appeal(host, caller, &request)
        }
        Function::escalate(request) => {
            authorise(host, request.id)?;
            review::escalate(host, caller, request.id)
        }
        Function::freeze(request) => {
            authorise(host, request.id)?;
            step(host, &Step::of(request.id, &FREEZE, caller, &request.reason))
        }
        Function::unfreeze(request) => {
            authorise(host, request.id)?;
            step(host, &Step::of(request.id, &UNFREEZE, caller, &request.reason))
        }
        Function::cancel(request) => {
            authority::require_governance(caller, call.selector())?;
            step(host, &Step::of(request.id, &CANCEL, caller, &request.reason))
        }
        Function::addTrustRoot(request) => {
            authorise(host, request.id)?;
            roots::add(host, caller, &request)
        }
        // The queries, which `call` has answered.
        _ => Ok(()),
    }
}

/// Passes who may call a function of `contract` about a chain: by a role for the organisation that operates it.
///
/// # Errors
/// `ChainUnknown`, `Unauthorized`, and what the host gives.
pub(crate) fn require_role_for(
    host: &mut dyn Host,
    contract: Address,
    call: &Call<'_>,
    id: B256,
) -> Result<(), Fault> {
    let organisation = get(host, id)?.info.operator;
    let request = Request {
        caller: call.caller,
        contract,
        selector: call.selector(),
        organisation,
    };
    authority::require(host, &request)
}

fn require_role(host: &mut dyn Host, call: &Call<'_>, organisation: B256) -> Result<(), Fault> {
    let request = Request {
        caller: call.caller,
        contract: ADDRESS,
        selector: call.selector(),
        organisation,
    };
    authority::require(host, &request)
}

/// An edge of the state machine.
struct Transition {
    from: &'static [Status],
    to: Status,
}

const START: Transition = Transition {
    from: &[Status::Registered],
    to: Status::UnderReview,
};
const APPROVE: Transition = Transition {
    from: &[Status::UnderReview],
    to: Status::Active,
};
const REJECT: Transition = Transition {
    from: &[Status::UnderReview],
    to: Status::Rejected,
};
const APPEAL: Transition = Transition {
    from: &[Status::Rejected],
    to: Status::UnderReview,
};
const FREEZE: Transition = Transition {
    from: &[Status::Active],
    to: Status::Frozen,
};
const UNFREEZE: Transition = Transition {
    from: &[Status::Frozen],
    to: Status::Active,
};
const CANCEL: Transition = Transition {
    from: &[Status::Active, Status::Frozen],
    to: Status::Cancelled,
};

/// A step of one chain.
struct Step<'a> {
    id: B256,
    transition: &'static Transition,
    actor: Address,
    reason: &'a str,
}

impl<'a> Step<'a> {
    const fn of(id: B256, transition: &'static Transition, actor: Address, reason: &'a str) -> Self {
        Self {
            id,
            transition,
            actor,
            reason,
        }
    }
}

/// Takes a step, or refuses one that the state machine does not have.
fn step(host: &mut dyn Host, step: &Step<'_>) -> Result<(), Fault> {
    let record = known(host, step.id)?;
    let from = status(host, &record)?;
    let to = step.transition.to;
    if !step.transition.from.contains(&from) {
        return refuse(abi::IllegalTransition {
            id: step.id,
            from,
            to,
        });
    }
    registration::check_reason(step.reason)?;
    record.status().set(host, to.into())?;
    let height = host.block().height;
    record.changed_at().set(host, height)?;
    bump(host)?;
    let event = abi::ChainStatusChanged {
        id: step.id,
        from,
        to,
        actor: step.actor,
        reason: step.reason.to_owned(),
    };
    emit(host, ADDRESS, &event)
}

fn bump(host: &mut dyn Host) -> Result<(), Fault> {
    let generation = generation(host)?;
    storage().generation().set(host, generation.saturating_add(1))
}

/// The record of a chain that was registered.
fn known(host: &mut dyn Host, id: B256) -> Result<Record, Fault> {
    let record = storage().records().of(&id);
    if status(host, &record)? == Status::None {
        return refuse(abi::ChainUnknown { id });
    }
    Ok(record)
}

fn status(host: &mut dyn Host, record: &Record) -> Result<Status, Fault> {
    Ok(Status::try_from(record.status().get(host)?).unwrap_or(Status::None))
}

/// The id of a chain with a CAIP-2 name.
pub fn id_of(caip2: &str) -> B256 {
    keccak256(caip2)
}

/// Whether messages of the chain are taken: it was approved and is neither frozen nor cancelled.
///
/// # Errors
/// What the host gives.
pub fn is_active(host: &mut dyn Host, id: B256) -> Result<bool, Fault> {
    Ok(status(host, &storage().records().of(&id))? == Status::Active)
}

/// The status of a chain; [`Status::None`] where none was registered.
///
/// # Errors
/// What the host gives.
pub fn status_of(host: &mut dyn Host, id: B256) -> Result<Status, Fault> {
    status(host, &storage().records().of(&id))
}

/// The CAIP-2 name of a chain.
///
/// # Errors
/// `ChainUnknown`, and what the host gives.
pub fn caip2(host: &mut dyn Host, id: B256) -> Result<String, Fault> {
    known(host, id)?.caip2().text(host)
}

/// Whether the registry knows a foreign chain as `eip155:<chain_id>`. Frozen and cancelled chains go on outside of the
/// city, and a rejection can be appealed; once it is final, the name is free. A record of the kind Native describes a
/// ledger of the city itself, which may be about to be created.
///
/// # Errors
/// What the host gives.
pub fn is_foreign(host: &mut dyn Host, chain_id: u64) -> Result<bool, Fault> {
    let record = storage().records().of(&id_of(&format!("eip155:{chain_id}")));
    let is_known = match status(host, &record)? {
        Status::None => false,
        Status::Rejected => !registration::is_final(host, &record)?,
        _ => true,
    };
    Ok(is_known && record.kind().get(host)? != u8::from(Kind::Native))
}

/// A number that grows with every change of status and every trust root.
///
/// # Errors
/// What the host gives.
pub fn generation(host: &mut dyn Host) -> Result<u64, Fault> {
    storage().generation().get(host)
}

/// A chain.
///
/// # Errors
/// `ChainUnknown`, and what the host gives.
pub fn get(host: &mut dyn Host, id: B256) -> Result<Chain, Fault> {
    let record = known(host, id)?;
    Ok(Chain {
        id,
        info: registration::info(host, &record)?,
        status: status(host, &record)?,
        registrant: record.registrant().get(host)?,
        reviewer: record.reviewer().get(host)?,
        appealed: record.appealed().get(host)?,
        escalated: record.escalated().get(host)?,
        registeredAt: record.registered_at().get(host)?,
        reviewDue: record.review_due().get(host)?,
        appealUntil: record.appeal_until().get(host)?,
        changedAt: record.changed_at().get(host)?,
    })
}

#[cfg(test)]
mod tests;
