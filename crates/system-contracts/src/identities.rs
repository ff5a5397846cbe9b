//! Identities (`did:civitas`): their documents, life cycle, recovery, and the accounts of any chain bound to
//! them.
//!
//! ```text
//!            create (role)             freeze (role)
//!  nothing ───────────────▶ Active ◀───────────────▶ Frozen
//!                              └─────── cancel (role) ──┴────▶ Cancelled, for ever
//! ```
//!
//! Who may: an organisation's role makes, freezes and ends identities; their controllers change the document,
//! which is why those functions ask for no role; everybody may bring a proof that both sides of a binding
//! have signed.
//!
//! Invariants:
//! - Nothing is deleted and no written time lies in the past, so the document at an earlier time never
//!   changes.
//! - An account is bound to at most one identity, and only after both have agreed, for this ledger, once.
//! - An identity that is frozen or cancelled changes nothing; its accounts cannot slip away from it.
//! - Personal data never stands here, only salted commitments to it.

mod binding;
mod document;
pub mod keys;
mod life_cycle;
pub mod message;
mod recovery;

#[cfg(test)]
pub(crate) mod tests;

use crate::{
    address::IDENTITIES as ADDRESS,
    authority::{self, Request},
    fault::{Fault, refuse},
    governance,
    host::Host,
    layout,
    registry::{Call, SystemContract},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

use crate::interfaces::IIdentities::{self as abi, IIdentitiesCalls as Function};
pub use crate::interfaces::IIdentities::{
    AccountProof, Binding, Document, IdentityProof, KeyType, Kind, Method, NewIdentity, Recovery, Service,
    Status, StatusChange,
};
pub(crate) use binding::{accounts_ever, identity_on_chain};
pub use document::document;
pub use keys::recover_digest;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Identities",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Identities::LAYOUT,
        Record::LAYOUT,
        StatusRecord::LAYOUT,
        Controllers::LAYOUT,
        RecoverySet::LAYOUT,
        MethodRecord::LAYOUT,
        ServiceRecord::LAYOUT,
        AccountRecord::LAYOUT,
        Bound::LAYOUT,
        Approval::LAYOUT,
    ],
    governed: &[
        (abi::freezeCall::SELECTOR, governance::Kind::Control),
        (abi::unfreezeCall::SELECTOR, governance::Kind::Control),
        (abi::cancelCall::SELECTOR, governance::Kind::Control),
    ],
    code: call,
};

/// Controllers, and members of a recovery set, at most: every check walks through them.
pub const PARTIES_MAX: usize = 8;
/// Keys that an identity ever has, at most: resolution walks through them.
pub const METHODS_MAX: u64 = 256;
/// Services that an identity ever has, at most.
pub const SERVICES_MAX: u64 = 256;
/// Bindings that an identity ever has, at most.
pub const BINDINGS_MAX: u64 = 256;
/// Accounts bound to an identity at one time, at most.
pub const ACCOUNTS_MAX: u64 = 32;
/// Commitments of an identity, at most.
pub const COMMITMENTS_MAX: usize = 8;
/// Bytes of a fragment, and of the type of a service, at most.
pub const FRAGMENT_BYTES_MAX: usize = 64;
/// Bytes of a service's endpoint, at most.
pub const ENDPOINT_BYTES_MAX: usize = 512;
/// Bytes of a reason, at most.
pub const REASON_BYTES_MAX: usize = 256;
/// Seconds before a change of the recovery set counts, and in which approvals of a recovery must come
/// together.
pub const RECOVERY_SECONDS: u64 = 7 * 24 * 3_600;
/// Seconds that a binding proof is valid, at most.
pub const PROOF_SECONDS_MAX: u64 = 24 * 3_600;
/// Seconds that the clock of who signs may be ahead of the block.
pub const PROOF_AHEAD_SECONDS_MAX: u64 = 60;
/// Every purpose of a key: bits 1, 2, 4, 8, 16.
pub const PURPOSES_ALL: u8 = 0b1_1111;
/// The purpose of a key that may consent to a binding.
pub const PURPOSE_AUTHENTICATION: u8 = 1;
/// Records that one query returns, at most.
const PAGE_MAX: u64 = 100;

layout! {
    /// The contract's storage.
    pub struct Identities (8) {
        /// Records by id.
        0 => records: Mapping<B256, Record>,
        /// Ids in the order of creation.
        1 => ids: List<Value<B256>>,
        /// Identity by account of this ledger.
        2 => local: Mapping<Address, Value<B256>>,
        /// Bindings by the keccak256 of the account's text.
        3 => bound: Mapping<B256, Bound>,
    }
}

layout! {
    /// One identity.
    pub struct Record (32) {
        /// Its kind.
        0 => kind: Value<u8>,
        /// Its status now.
        1 => status: Value<u8>,
        /// The organisation that vouches.
        2 => organisation: Value<B256>,
        /// Seconds since 1970.
        3 => created_at: Value<u64>,
        /// Changes so far.
        4 => version: Value<u64>,
        /// Nonce of the next proof.
        5 => nonce: Value<u64>,
        /// Its statuses, oldest first.
        6 => statuses: List<StatusRecord>,
        /// Its controllers over time; the last ones count.
        7 => controllers: List<Controllers>,
        /// Its recovery sets over time; the last one may not count yet.
        8 => recoveries: List<RecoverySet>,
        /// Its keys.
        9 => methods: List<MethodRecord>,
        /// Position of a key, counted from one, by the keccak256 of its fragment.
        10 => method_positions: Mapping<B256, Value<u64>>,
        /// Its services.
        11 => services: List<ServiceRecord>,
        /// Position of a service, counted from one, by the keccak256 of its fragment.
        12 => service_positions: Mapping<B256, Value<u64>>,
        /// Its bindings.
        13 => accounts: List<AccountRecord>,
        /// Accounts that are bound now.
        14 => accounts_bound: Value<u64>,
        /// Salted commitments.
        15 => commitments: Set<B256>,
        /// Recoveries so far: approvals of an earlier one count no more.
        17 => recovery_round: Value<u64>,
        /// Approvals of a recovery.
        18 => approvals: Mapping<B256, Approval>,
    }
}

layout! {
    /// A status from a time on.
    pub struct StatusRecord (5) {
        /// The status.
        0 => status: Value<u8>,
        /// Seconds since 1970.
        1 => since: Value<u64>,
        /// Height of the block.
        2 => height: Value<u64>,
        /// Who set it.
        3 => by: Value<Address>,
        /// Why.
        4 => reason: Blob,
    }
}

layout! {
    /// Controllers from a time on.
    pub struct Controllers (3) {
        /// Seconds since 1970.
        0 => since: Value<u64>,
        /// The parties.
        1 => parties: Set<B256>,
    }
}

layout! {
    /// A recovery set from a time on.
    pub struct RecoverySet (4) {
        /// Seconds since 1970 from which it counts.
        0 => since: Value<u64>,
        /// Parties that recover together.
        1 => threshold: Value<u8>,
        /// The parties.
        2 => parties: Set<B256>,
    }
}

layout! {
    /// A key.
    pub struct MethodRecord (8) {
        /// Its name.
        0 => fragment: Blob,
        /// Its type.
        1 => key_type: Value<u8>,
        /// Its bytes.
        2 => key: Blob,
        /// What it is for.
        3 => purposes: Value<u8>,
        /// Seconds since 1970.
        4 => valid_from: Value<u64>,
        /// Seconds since 1970, zero without end.
        5 => valid_until: Value<u64>,
    }
}

layout! {
    /// A service.
    pub struct ServiceRecord (8) {
        /// Its name.
        0 => fragment: Blob,
        /// Its type.
        1 => service_type: Blob,
        /// Where it is.
        2 => endpoint: Blob,
        /// Seconds since 1970.
        3 => since: Value<u64>,
        /// Seconds since 1970, zero without end.
        4 => until: Value<u64>,
    }
}

layout! {
    /// A binding, also one that has ended.
    pub struct AccountRecord (4) {
        /// The account (CAIP-10).
        0 => account: Blob,
        /// Seconds since 1970.
        1 => since: Value<u64>,
        /// Seconds since 1970, zero without end.
        2 => until: Value<u64>,
    }
}

layout! {
    /// Where the binding of an account stands.
    pub struct Bound (2) {
        /// The identity, zero if the account is bound to none.
        0 => identity: Value<B256>,
        /// Its position among the identity's bindings, counted from zero.
        1 => position: Value<u64>,
    }
}

layout! {
    /// Approvals of one list of new controllers.
    pub struct Approval (4) {
        /// Seconds since 1970 of the first one.
        0 => started_at: Value<u64>,
        /// How many.
        1 => count: Value<u8>,
        /// Parties that have approved, and the accounts that did it.
        2 => approvers: Set<B256>,
    }
}

fn storage() -> Identities {
    Identities::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let function: Function = call.decode()?;
    if let Some(answer) = change(host, call, &function)? {
        return Ok(answer.into());
    }
    Ok(match function {
        Function::resolve(query) => {
            abi::resolveCall::abi_encode_returns(&document::document(host, query.id, None)?)
        }
        Function::resolveAt(query) => abi::resolveAtCall::abi_encode_returns(&document::document(
            host,
            query.id,
            Some(query.timestamp),
        )?),
        Function::did(query) => abi::didCall::abi_encode_returns(&message::did(query.id)),
        Function::statusOf(query) => abi::statusOfCall::abi_encode_returns(&status(host, query.id)?),
        Function::method(query) => {
            abi::methodCall::abi_encode_returns(&document::method(host, query.id, &query.fragment)?)
        }
        Function::statusHistory(query) => {
            abi::statusHistoryCall::abi_encode_returns(&document::status_history(host, &query)?)
        }
        Function::recoveryOf(query) => {
            abi::recoveryOfCall::abi_encode_returns(&recovery::recovery_of(host, query.id)?)
        }
        Function::isController(query) => {
            let record = known(host, query.id)?;
            abi::isControllerCall::abi_encode_returns(&controls(host, &record, query.caller)?)
        }
        Function::identityOf(query) => {
            abi::identityOfCall::abi_encode_returns(&identity_of(host, query.account)?)
        }
        Function::identityOfAccount(query) => abi::identityOfAccountCall::abi_encode_returns(
            &binding::identity_of_account(host, &query.account)?,
        ),
        Function::isUsable(query) => abi::isUsableCall::abi_encode_returns(&is_usable(host, query.account)?),
        Function::nonceOf(query) => {
            abi::nonceOfCall::abi_encode_returns(&known(host, query.id)?.nonce().get(host)?)
        }
        Function::accountMessage(query) => {
            abi::accountMessageCall::abi_encode_returns(&message::account_message(&query.binding)?)
        }
        Function::releaseMessage(query) => {
            abi::releaseMessageCall::abi_encode_returns(&message::release_message(&query.binding)?)
        }
        Function::consentMessage(query) => {
            abi::consentMessageCall::abi_encode_returns(&message::consent_message(&query.binding)?)
        }
        Function::identities(query) => {
            abi::identitiesCall::abi_encode_returns(&document::ids(host, query.from, query.count)?)
        }
        Function::identityCount(_) => {
            abi::identityCountCall::abi_encode_returns(&storage().ids().length(host)?)
        }
        // `change` has answered all others.
        _ => Vec::new(),
    }
    .into())
}

/// Performs a function that changes something; nothing if `function` only asks.
fn change(host: &mut dyn Host, call: &Call<'_>, function: &Function) -> Result<Option<Vec<u8>>, Fault> {
    let caller = call.caller;
    match function {
        Function::create(request) => life_cycle::create(host, caller, &request.identity)?,
        Function::setCommitments(request) => life_cycle::set_commitments(host, caller, request)?,
        Function::freeze(request) => life_cycle::Step::freeze(request).take(host, call)?,
        Function::unfreeze(request) => life_cycle::Step::unfreeze(request).take(host, call)?,
        Function::cancel(request) => life_cycle::Step::cancel(request).take(host, call)?,
        Function::setControllers(request) => {
            let record = controlled(host, request.id, caller)?;
            life_cycle::set_controllers(host, &record, request, caller)?;
        }
        Function::setRecovery(request) => {
            let record = controlled(host, request.id, caller)?;
            recovery::set_recovery(host, &record, request, caller)?;
        }
        Function::addMethod(request) => {
            let record = controlled(host, request.id, caller)?;
            life_cycle::add_method(host, &record, request.id, &request.method)?;
            bump(host, &record)?;
        }
        Function::endMethod(request) => {
            let record = controlled(host, request.id, caller)?;
            life_cycle::end_method(host, &record, request, caller)?;
        }
        Function::addService(request) => {
            let record = controlled(host, request.id, caller)?;
            life_cycle::add_service(host, &record, request.id, &request.service)?;
            bump(host, &record)?;
        }
        Function::removeService(request) => {
            let record = controlled(host, request.id, caller)?;
            life_cycle::remove_service(host, &record, request)?;
        }
        Function::approveRecovery(request) => {
            let recovered = recovery::approve(host, caller, request)?;
            return Ok(Some(abi::approveRecoveryCall::abi_encode_returns(&recovered)));
        }
        Function::bind(request) => binding::bind(host, caller, request)?,
        Function::unbind(request) => binding::unbind(host, call, &request.account)?,
        Function::release(request) => binding::release(host, caller, request)?,
        _ => return Ok(None),
    }
    Ok(Some(Vec::new()))
}

/// The record of an identity that exists.
fn known(host: &mut dyn Host, id: B256) -> Result<Record, Fault> {
    let record = storage().records().of(&id);
    if record.status().get(host)? == u8::from(Status::None) {
        return refuse(abi::IdentityUnknown { id });
    }
    Ok(record)
}

/// The record of an identity that is active.
fn active(host: &mut dyn Host, id: B256) -> Result<Record, Fault> {
    match status(host, id)? {
        Status::Active => Ok(storage().records().of(&id)),
        Status::Frozen => refuse(abi::IdentityFrozen { id }),
        Status::Cancelled => refuse(abi::IdentityCancelled { id }),
        Status::None | Status::__Invalid => refuse(abi::IdentityUnknown { id }),
    }
}

/// The record of an active identity that `caller` controls.
fn controlled(host: &mut dyn Host, id: B256, caller: Address) -> Result<Record, Fault> {
    let record = active(host, id)?;
    require_usable(host, caller)?;
    if controls(host, &record, caller)? {
        return Ok(record);
    }
    refuse(abi::NotAController { id, caller })
}

/// Refuses an account whose identity is frozen or cancelled.
///
/// # Errors
/// `IdentityFrozen` and `IdentityCancelled` of its identity, and what the host gives.
pub fn require_usable(host: &mut dyn Host, account: Address) -> Result<(), Fault> {
    let identity = identity_of(host, account)?;
    if identity.is_zero() {
        return Ok(());
    }
    active(host, identity).map(|_| ())
}

/// Asks for a role for the organisation that vouches for an identity.
fn require_role(host: &mut dyn Host, call: &Call<'_>, record: &Record) -> Result<(), Fault> {
    let organisation = record.organisation().get(host)?;
    let request = Request {
        caller: call.caller,
        contract: ADDRESS,
        selector: call.selector(),
        organisation,
    };
    authority::require(host, &request)
}

/// Whether `caller` speaks for a controller.
fn controls(host: &mut dyn Host, record: &Record, caller: Address) -> Result<bool, Fault> {
    for party in controllers_now(host, record)? {
        if speaks_for(host, caller, party)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn controllers_now(host: &mut dyn Host, record: &Record) -> Result<Vec<B256>, Fault> {
    let count = record.controllers().length(host)?;
    let Some(last) = count.checked_sub(1) else {
        return Ok(Vec::new());
    };
    parties(host, &record.controllers().element(last).parties())
}

fn parties(host: &mut dyn Host, set: &Set<B256>) -> Result<Vec<B256>, Fault> {
    set.members(host, 0, PAGE_MAX)
}

/// The account that a party is, if it is no identity.
pub fn account_of_party(party: B256) -> Option<Address> {
    let (padding, _) = party.split_first_chunk::<12>()?;
    (*padding == [0; 12]).then(|| Address::from_word(party))
}

/// Whether an account may speak for a party: it is the party, or the party is an active identity that it is
/// bound to, or among whose controllers it is. Controllers of controllers do not count: the question stays
/// cheap, and has an answer that people can follow.
fn speaks_for(host: &mut dyn Host, account: Address, party: B256) -> Result<bool, Fault> {
    if let Some(party) = account_of_party(party) {
        return Ok(party == account);
    }
    if status(host, party)? != Status::Active {
        return Ok(false);
    }
    if identity_of(host, account)? == party {
        return Ok(true);
    }
    let record = storage().records().of(&party);
    Ok(controllers_now(host, &record)?.contains(&account.into_word()))
}

/// Counts a change.
fn bump(host: &mut dyn Host, record: &Record) -> Result<(), Fault> {
    let version = record.version().get(host)?;
    record.version().set(host, version + 1)
}

/// The status of an identity; [`Status::None`] where there is none.
///
/// # Errors
/// What the host gives.
pub fn status(host: &mut dyn Host, id: B256) -> Result<Status, Fault> {
    let status = storage().records().of(&id).status().get(host)?;
    Ok(Status::try_from(status).unwrap_or(Status::None))
}

/// The identity that an account of this ledger is bound to, zero if it is bound to none.
///
/// # Errors
/// What the host gives.
pub fn identity_of(host: &mut dyn Host, account: Address) -> Result<B256, Fault> {
    storage().local().of(&account).get(host)
}

/// Whether an account of this ledger is bound to no identity, or to an active one.
///
/// # Errors
/// What the host gives.
pub fn is_usable(host: &mut dyn Host, account: Address) -> Result<bool, Fault> {
    let identity = identity_of(host, account)?;
    Ok(identity.is_zero() || status(host, identity)? == Status::Active)
}

/// The organisation that vouches for an identity, zero if none does.
///
/// # Errors
/// `IdentityUnknown`, and what the host gives.
pub fn organisation(host: &mut dyn Host, id: B256) -> Result<B256, Fault> {
    known(host, id)?.organisation().get(host)
}
