//! Cases of supervision: evidence, commands that two people decide, proof of their effect, notices with replies
//! (clauses 7.3.b, 7.3.c, 7.3.e).
//!
//! ```text
//! open ─▶ Open ── order ─▶ Ordered ── approve (another person) ─┬─▶ InForce ── prove ─▶ Done
//!          │                  └─ withdraw ─▶ Withdrawn          │      ├─ a newer command of the target ─▶ Withdrawn
//!          │                                                    │      └─ the hook takes it no more: withdraw ─▶ Withdrawn
//!          └─ close ─▶ Closed: nothing is added or approved     └─▶ Done: the main ledger acts alone
//! ```
//!
//! Invariants:
//! - Who ordered a command does not approve it, nor anybody of the same person.
//! - What a command freezes is isolated by the main ledger from its approval on until a lift is approved; neither a
//!   proof nor a deadline is needed for that ([`isolated`]).
//! - A command on a chain is done only by a proof of the chain's state under a block that was anchored after the
//!   approval ([`proof`]). Overdue is derived from the time, and changes nothing but what is answered.
//! - At most one command of a target waits for its proof: the last one that was approved. Commands of a target are
//!   approved in the order of their ids, as the hook executes them.
//! - After a command by the hook, all of its target go by the hook: what gateways have signed, everybody can take to the
//!   chain, until a later command was.
//! - An account on another chain is not lifted while a command freezes its identity.
//! - The contract has no powers of its own: what an approval does to accounts, contracts, identities and chains of the
//!   registries happens in the name of who approves.

use crate::{
    address::CASES as ADDRESS,
    authority::{self, Request},
    fault::Fault,
    governance::Kind as ProposalKind,
    host::Host,
    layout,
    registry::{Call, SystemContract},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

use crate::interfaces::ICases::{self as abi, ICasesCalls as Function};
pub use crate::interfaces::ICases::{
    Action, Attestation, Case, CaseStatus, Command, CommandStatus, Evidence, Level, Notice, Order,
};

pub mod attestation;
mod commands;
mod effects;
mod notices;
pub mod proof;
mod records;
mod standing;
mod trie;

pub use commands::{command_of, open_commands};
pub use records::case_of;
pub use standing::isolated;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Cases",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Cases::LAYOUT,
        CaseRecord::LAYOUT,
        EvidenceRecord::LAYOUT,
        CommandRecord::LAYOUT,
        AttestationRecord::LAYOUT,
        NoticeRecord::LAYOUT,
    ],
    governed: &[
        // These are also open to roles.
        (abi::approveCall::SELECTOR, ProposalKind::Control),
        (abi::withdrawCall::SELECTOR, ProposalKind::Control),
    ],
    code: call,
};

/// Bytes of a title, and of the subject of a notice, at most.
pub const TITLE_BYTES_MAX: usize = 256;
/// Bytes of a subject, a source or a legal basis, at most.
pub const SHORT_BYTES_MAX: usize = 512;
/// Bytes of a reason, an outcome or a reply, at most.
pub const TEXT_BYTES_MAX: usize = 2_048;
/// Pieces of evidence, commands and notices of one case, each at most: no list grows without bound.
pub const ENTRIES_MAX: u64 = 4_096;
/// Commands that wait for their proof on one chain and that a query of gateways walks through, at most. What comes beyond
/// is enforced by isolation alone, but for what follows on a command by the hook: that waits until there is room.
pub const OPEN_MAX: u64 = 512;
/// Bounds of a deadline, in seconds after the approval.
pub const DEADLINE_SECONDS_MIN: u64 = 10;
/// See [`DEADLINE_SECONDS_MIN`].
pub const DEADLINE_SECONDS_MAX: u64 = 30 * 24 * 3_600;
/// Seconds that an organisation has to answer a notice, at most.
pub const NOTICE_SECONDS_MAX: u64 = 366 * 24 * 3_600;
/// Attestations of one command, at most: four sets of gateways of the largest size.
pub const ATTESTATIONS_MAX: u64 = 64;
/// Records that one query returns, at most; each has a page of text.
const PAGE_MAX: u64 = 50;
/// The main ledger among the chains.
pub const MAIN_LEDGER: B256 = B256::ZERO;

layout! {
    /// The contract's storage.
    pub struct Cases (8) {
        /// Cases; the id of the first one is 1.
        0 => cases: List<CaseRecord>,
        /// Commands; the id of the first one is 1.
        1 => commands: List<CommandRecord>,
        /// Notices; the id of the first one is 1.
        2 => notices: List<NoticeRecord>,
        /// The last approved command by target.
        3 => standings: Mapping<B256, Value<u64>>,
        /// Commands in force by chain.
        4 => open: Mapping<B256, Set<u64>>,
    }
}

layout! {
    /// One case.
    pub struct CaseRecord (16) {
        /// Status.
        0 => status: Value<u8>,
        /// Name for people.
        1 => title: Blob,
        /// Whom it is about.
        2 => subject: Blob,
        /// Legal basis.
        3 => legal_basis: Blob,
        /// Who opened it.
        4 => opened_by: Value<Address>,
        /// Seconds since 1970.
        5 => opened_at: Value<u64>,
        /// Seconds since 1970, zero while it is open.
        6 => closed_at: Value<u64>,
        /// Evidence, oldest first.
        7 => evidence: List<EvidenceRecord>,
        /// Ids of its commands, oldest first.
        8 => commands: List<Value<u64>>,
        /// Number of its notices.
        9 => notices: Value<u64>,
    }
}

layout! {
    /// A piece of evidence.
    pub struct EvidenceRecord (4) {
        /// Its hash.
        0 => hash: Value<B256>,
        /// What and where it is.
        1 => source: Blob,
        /// Who added it.
        2 => by: Value<Address>,
        /// Seconds since 1970.
        3 => at: Value<u64>,
    }
}

layout! {
    /// One command. One that follows from a command on an identity has only what differs from that.
    pub struct CommandRecord (32) {
        /// Its case.
        0 => case_id: Value<u64>,
        /// The chain.
        1 => chain: Value<B256>,
        /// What it does.
        2 => action: Value<u8>,
        /// To what.
        3 => target: Blob,
        /// How it is enforced.
        4 => level: Value<u8>,
        /// Legal basis.
        5 => legal_basis: Blob,
        /// Why.
        6 => reason: Blob,
        /// Seconds between approval and deadline.
        7 => deadline_seconds: Value<u64>,
        /// Status, as far as it does not follow from the time.
        8 => status: Value<u8>,
        /// Who ordered it.
        9 => ordered_by: Value<Address>,
        /// Seconds since 1970.
        10 => ordered_at: Value<u64>,
        /// Who approved it.
        11 => approved_by: Value<Address>,
        /// Seconds since 1970.
        12 => approved_at: Value<u64>,
        /// Height at the approval.
        13 => approved_height: Value<u64>,
        /// Seconds since 1970; zero for what the approval itself has done.
        14 => done_at: Value<u64>,
        /// Height of the block that proved it.
        15 => proven_height: Value<u64>,
        /// The command that it follows from, zero if it follows from none.
        16 => parent: Value<u64>,
        /// What gateways signed.
        17 => attestations: List<AttestationRecord>,
        /// Whether it was written down that it is overdue.
        18 => overdue_declared: Value<bool>,
        /// The freeze of the account for itself that this one, which follows from its identity, took to the hook.
        19 => taken_over: Value<u64>,
    }
}

layout! {
    /// A gateway's signature.
    pub struct AttestationRecord (2) {
        /// Whose.
        0 => gateway: Value<Address>,
        /// The signature.
        1 => signature: Blob,
    }
}

layout! {
    /// One notice.
    pub struct NoticeRecord (16) {
        /// Its case.
        0 => case_id: Value<u64>,
        /// To whom.
        1 => organisation: Value<B256>,
        /// Hash of its text.
        2 => text_hash: Value<B256>,
        /// What it is about.
        3 => subject: Blob,
        /// Seconds since 1970.
        4 => deadline: Value<u64>,
        /// Who sent it.
        5 => by: Value<Address>,
        /// Seconds since 1970.
        6 => at: Value<u64>,
        /// Hash of the reply, zero before it.
        7 => reply_hash: Value<B256>,
        /// The reply.
        8 => reply: Blob,
        /// Who replied.
        9 => replied_by: Value<Address>,
        /// Seconds since 1970.
        10 => replied_at: Value<u64>,
    }
}

fn storage() -> Cases {
    Cases::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let function: Function = call.decode()?;
    let answer = match change(host, call, &function)? {
        Some(answer) => answer,
        None => read(host, &function)?,
    };
    Ok(answer.into())
}

/// Performs a function that changes something; nothing if `function` only asks.
fn change(host: &mut dyn Host, call: &Call<'_>, function: &Function) -> Result<Option<Vec<u8>>, Fault> {
    let caller = call.caller;
    match function {
        Function::open(request) => {
            require_role(host, call, B256::ZERO)?;
            let id = records::open(host, caller, request)?;
            return Ok(Some(abi::openCall::abi_encode_returns(&id)));
        }
        Function::addEvidence(request) => {
            require_role(host, call, B256::ZERO)?;
            records::add_evidence(host, caller, request)?;
        }
        Function::close(request) => {
            require_role(host, call, B256::ZERO)?;
            records::close(host, caller, request)?;
        }
        Function::order(request) => {
            require_role(host, call, B256::ZERO)?;
            let id = commands::order(host, caller, &request.order)?;
            return Ok(Some(abi::orderCall::abi_encode_returns(&id)));
        }
        Function::approve(request) => {
            require_role(host, call, B256::ZERO)?;
            commands::approve(host, caller, request.id)?;
        }
        Function::withdraw(request) => {
            require_role(host, call, B256::ZERO)?;
            commands::withdraw(host, caller, request)?;
        }
        // By those whom the terms of the chain name: an account that is none of them is refused.
        Function::attest(request) => attestation::attest(host, caller, request)?,
        // Open to everybody: the proof decides.
        Function::prove(request) => proof::prove(host, request)?,
        // Open to everybody: the time decides.
        Function::declareOverdue(request) => commands::declare_overdue(host, request.id)?,
        Function::notify(request) => {
            require_role(host, call, B256::ZERO)?;
            let id = notices::notify(host, caller, request)?;
            return Ok(Some(abi::notifyCall::abi_encode_returns(&id)));
        }
        Function::reply(request) => {
            let organisation = notices::known(host, request.id)?.organisation().get(host)?;
            require_role(host, call, organisation)?;
            notices::reply(host, caller, request)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(Vec::new()))
}

fn read(host: &mut dyn Host, function: &Function) -> Result<Vec<u8>, Fault> {
    Ok(match function {
        Function::caseOf(query) => abi::caseOfCall::abi_encode_returns(&case_of(host, query.id)?),
        Function::caseCount(_) => abi::caseCountCall::abi_encode_returns(&storage().cases().length(host)?),
        Function::cases(query) => {
            abi::casesCall::abi_encode_returns(&records::newest(host, query.from, query.count)?)
        }
        Function::evidence(query) => abi::evidenceCall::abi_encode_returns(&records::evidence(host, query)?),
        Function::commandOf(query) => abi::commandOfCall::abi_encode_returns(&command_of(host, query.id)?),
        Function::commandCount(_) => {
            abi::commandCountCall::abi_encode_returns(&storage().commands().length(host)?)
        }
        Function::commands(query) => {
            abi::commandsCall::abi_encode_returns(&commands::page(host, query.from, query.count)?)
        }
        Function::commandsOfCase(query) => {
            abi::commandsOfCaseCall::abi_encode_returns(&commands::of_case(host, query)?)
        }
        Function::openCommands(query) => abi::openCommandsCall::abi_encode_returns(&open_commands(
            host,
            query.chain,
            query.from,
            query.count,
        )?),
        Function::attestations(query) => {
            abi::attestationsCall::abi_encode_returns(&attestation::attestations(host, query.id)?)
        }
        Function::notices(query) => {
            abi::noticesCall::abi_encode_returns(&notices::page(host, query.from, query.count)?)
        }
        Function::noticeCount(_) => {
            abi::noticeCountCall::abi_encode_returns(&storage().notices().length(host)?)
        }
        Function::isolated(query) => {
            abi::isolatedCall::abi_encode_returns(&isolated(host, query.chain, &query.target)?)
        }
        // `change` has answered all others.
        _ => Vec::new(),
    })
}

/// Asks for a role for the whole city, or for `organisation` if it is not zero.
fn require_role(host: &mut dyn Host, call: &Call<'_>, organisation: B256) -> Result<(), Fault> {
    let request = Request {
        caller: call.caller,
        contract: ADDRESS,
        selector: call.selector(),
        organisation,
    };
    authority::require(host, &request)
}

#[cfg(test)]
mod tests;
