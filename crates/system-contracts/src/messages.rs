//! Messages between chains, through the main ledger (clauses 7.1.f, 7.3.c).
//!
//! ```text
//! Mailbox.send ─▶ anchored ─▶ relay (proof) ─▶ Passed ─ attest ─▶ Mailbox.deliver ─▶ anchored ─▶ confirm (proof) ─▶ Delivered, Failed
//!                                  └─▶ Held ─ retry ─▶ ┘
//! ```
//!
//! Invariants:
//! - A message is here only by the proof of its event in an anchored batch, of the registered mailbox, or because an account of this ledger
//!   sent it. Those of a mailbox come in the order of their sequence, each once, without gap.
//! - It passes, and a delivery is attested, only while [`verdict`] is None in that block: source and destination active, and nothing of it
//!   isolated. What may not pass is held, and can be tried again for ever.
//! - It ends by the proof of its delivery alone, by the mailbox that it passed to: another one of the same chain delivers it only if nobody
//!   had signed it before, so none is delivered twice.

use crate::{
    address::MESSAGES as ADDRESS,
    chains,
    fault::{Fault, refuse},
    governance::Kind as ProposalKind,
    host::Host,
    layout,
    registry::{Call, SystemContract},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolValue};

use crate::interfaces::IMessages::{self as abi, IMessagesCalls as Function};
pub use crate::interfaces::IMessages::{Attestation, Mailbox, Message, Proof, Reason, Status};

mod attest;
pub mod delivery;
pub mod proof;
mod relay;
mod rules;

pub use rules::verdict;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Messages",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Messages::LAYOUT,
        MailboxRecord::LAYOUT,
        MessageRecord::LAYOUT,
        AttestationRecord::LAYOUT,
    ],
    governed: &[
        // It is also open to roles.
        (abi::setMailboxCall::SELECTOR, ProposalKind::Chains),
    ],
    code: call,
};

/// The id of the main ledger among the chains.
pub const MAIN_LEDGER: B256 = B256::ZERO;
/// Bytes of a target: an account of this ledger or of a chain like Ethereum.
pub const TARGET_BYTES: usize = 20;
/// Bytes of a payload, at most: it stands on this ledger, and what is longer is named by its hash.
pub const PAYLOAD_BYTES_MAX: usize = 1_024;
/// Ids that one query returns, at most.
pub const PAGE_MAX: u64 = 100;
/// Messages that one query returns, at most: each may have a kilobyte.
pub const MESSAGES_PAGE_MAX: u64 = 20;

layout! {
    /// The contract's storage.
    pub struct Messages (8) {
        /// The mailbox of a chain, zero if it has none.
        0 => mailboxes: Mapping<B256, Value<Address>>,
        /// What was taken of each mailbox that a chain ever had, by chain and address.
        1 => taken: Mapping<B256, Mapping<Address, MailboxRecord>>,
        /// Messages by id.
        2 => messages: Mapping<B256, MessageRecord>,
        /// Ids in the order in which they came.
        3 => ids: List<Value<B256>>,
        /// Ids that are held or on their way, by destination and status.
        4 => open: Mapping<B256, Mapping<u8, Set<B256>>>,
        /// Number of messages that were sent from this ledger.
        5 => sent: Value<u64>,
    }
}

layout! {
    /// One mailbox.
    pub struct MailboxRecord (4) {
        /// First block that can have messages.
        0 => from_height: Value<u64>,
        /// Sequence of the last message that was taken.
        1 => last_sequence: Value<u64>,
        /// Block of that message.
        2 => last_height: Value<u64>,
    }
}

layout! {
    /// One message.
    pub struct MessageRecord (24) {
        /// Where it comes from.
        0 => source: Value<B256>,
        /// Who emitted it.
        1 => mailbox: Value<Address>,
        /// Its number there.
        2 => sequence: Value<u64>,
        /// Who sent it.
        3 => sender: Value<Address>,
        /// Where it goes.
        4 => destination: Value<B256>,
        /// Whom it goes to.
        5 => target: Blob,
        /// What it says.
        6 => payload: Blob,
        /// Status; zero if there is no such message.
        7 => status: Value<u8>,
        /// Why it was held.
        8 => reason: Value<u8>,
        /// Height of the source.
        9 => sent_height: Value<u64>,
        /// Height at which it came.
        10 => height: Value<u64>,
        /// Seconds since 1970 of that.
        11 => at: Value<u64>,
        /// Height at which it passed.
        12 => passed_height: Value<u64>,
        /// Height at which enough gateways had attested it.
        13 => attested_height: Value<u64>,
        /// Height at which its delivery was proven.
        14 => ended_height: Value<u64>,
        /// First block of the destination that can have its delivery.
        15 => search_height: Value<u64>,
        /// By gateway.
        16 => attestations: Mapping<Address, AttestationRecord>,
        /// The mailbox of the destination that delivers it, and no other one; zero before it passed.
        17 => carrier: Value<Address>,
        /// Height at which a gateway had signed it first for that mailbox; zero before.
        18 => signed_height: Value<u64>,
    }
}

layout! {
    /// What one gateway signed last for one message.
    pub struct AttestationRecord (2) {
        /// Seconds since 1970; zero if it signed nothing.
        0 => valid_until: Value<u64>,
        /// The signature.
        1 => signature: Blob,
    }
}

fn storage() -> Messages {
    Messages::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        Function::setMailbox(request) => {
            chains::require_role_for(host, ADDRESS, call, request.chain)?;
            relay::set_mailbox(host, call.caller, &request)?;
            Vec::new()
        }
        // Open to everybody: the proof decides.
        Function::relay(request) => abi::relayCall::abi_encode_returns(&relay::relay(host, &request.proof)?),
        // Open to everybody: the rules decide, and the message is the one that was proven.
        Function::retry(request) => {
            relay::retry(host, request.id)?;
            Vec::new()
        }
        // Open to everybody who may send transactions: the rules decide.
        Function::send(request) => {
            abi::sendCall::abi_encode_returns(&relay::send(host, call.caller, &request)?)
        }
        // By those whom the terms of the destination name: an account that is none of them is refused.
        Function::attest(request) => {
            attest::attest(host, call.caller, &request)?;
            Vec::new()
        }
        // Open to everybody: the proof decides.
        Function::confirm(request) => {
            relay::confirm(host, &request.proof)?;
            Vec::new()
        }
        Function::message(query) => abi::messageCall::abi_encode_returns(&message(host, query.id)?),
        Function::messageCount(_) => {
            abi::messageCountCall::abi_encode_returns(&storage().ids().length(host)?)
        }
        Function::messages(query) => {
            abi::messagesCall::abi_encode_returns(&messages(host, query.from, query.count)?)
        }
        Function::open(query) => {
            let set = storage().open().of(&query.destination).of(&query.status.into());
            let ids = set.members(host, query.from, query.count.min(PAGE_MAX))?;
            abi::openCall::abi_encode_returns(&ids)
        }
        Function::verdict(query) => {
            known(host, query.id)?;
            abi::verdictCall::abi_encode_returns(&verdict(host, query.id)?)
        }
        Function::attestations(query) => {
            abi::attestationsCall::abi_encode_returns(&attest::attestations(host, query.id)?)
        }
        Function::clock(_) => {
            let time = host.block().timestamp;
            let answer = abi::clockReturn {
                time,
                validUntil: delivery::valid_until(time),
            };
            abi::clockCall::abi_encode_returns(&answer)
        }
        Function::mailbox(query) => abi::mailboxCall::abi_encode_returns(&mailbox(host, query.chain)?),
    }
    .into())
}

/// The id of a message.
pub fn id_of(source: B256, mailbox: Address, sequence: u64) -> B256 {
    keccak256((source, mailbox, sequence).abi_encode())
}

fn known(host: &mut dyn Host, id: B256) -> Result<MessageRecord, Fault> {
    let record = storage().messages().of(&id);
    if status(host, &record)? == Status::None {
        return refuse(abi::MessageUnknown { id });
    }
    Ok(record)
}

fn status(host: &mut dyn Host, record: &MessageRecord) -> Result<Status, Fault> {
    Ok(Status::try_from(record.status().get(host)?).unwrap_or(Status::None))
}

/// A message.
///
/// # Errors
/// `MessageUnknown`, and what the host gives.
pub fn message(host: &mut dyn Host, id: B256) -> Result<Message, Fault> {
    let record = known(host, id)?;
    Ok(Message {
        id,
        source: record.source().get(host)?,
        mailbox: record.mailbox().get(host)?,
        sequence: record.sequence().get(host)?,
        sender: record.sender().get(host)?,
        destination: record.destination().get(host)?,
        target: record.target().get(host)?,
        payload: record.payload().get(host)?,
        status: status(host, &record)?,
        reason: Reason::try_from(record.reason().get(host)?).unwrap_or(Reason::None),
        sentHeight: record.sent_height().get(host)?,
        height: record.height().get(host)?,
        at: record.at().get(host)?,
        passedHeight: record.passed_height().get(host)?,
        attestedHeight: record.attested_height().get(host)?,
        endedHeight: record.ended_height().get(host)?,
        searchHeight: record.search_height().get(host)?,
        carrier: record.carrier().get(host)?,
    })
}

/// Messages, newest first; `from` 0 is the newest.
///
/// # Errors
/// What the host gives.
pub fn messages(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Message>, Fault> {
    let ids = storage().ids();
    let end = ids.length(host)?.saturating_sub(from);
    let start = end.saturating_sub(count.min(MESSAGES_PAGE_MAX));
    let mut found = Vec::new();
    for index in (start..end).rev() {
        let id = ids.element(index).get(host)?;
        found.push(message(host, id)?);
    }
    Ok(found)
}

/// The mailbox of a chain, with what was taken of it; of address zero if it has none.
///
/// # Errors
/// What the host gives.
pub fn mailbox(host: &mut dyn Host, chain: B256) -> Result<Mailbox, Fault> {
    let account = storage().mailboxes().of(&chain).get(host)?;
    mailbox_at(host, chain, account)
}

/// A mailbox that a chain has or had.
fn mailbox_at(host: &mut dyn Host, chain: B256, account: Address) -> Result<Mailbox, Fault> {
    let record = storage().taken().of(&chain).of(&account);
    Ok(Mailbox {
        account,
        fromHeight: record.from_height().get(host)?,
        nextSequence: record.last_sequence().get(host)?.saturating_add(1),
        lastHeight: record.last_height().get(host)?,
    })
}

/// The mailbox of a chain that must have one.
fn mailbox_of(host: &mut dyn Host, chain: B256) -> Result<Mailbox, Fault> {
    let found = mailbox(host, chain)?;
    if found.account.is_zero() {
        return refuse(abi::NoMailbox { chain });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
