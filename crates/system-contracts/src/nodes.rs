//! Nodes: which keys may link, in which role, and who orders which epoch.
//!
//! ```text
//! register ─▶ Pending ─ admit ─▶ Active ◀─ reactivate ─ Suspended
//!                │                 │ └─ suspend ─────────▶ │
//!                └────── revoke, retire ─▶ Revoked ◀───────┘
//!
//! setRole Validator ─▶ candidate ─ ready ─▶ roll_epoch (end of the epoch) ─▶ member of the next set
//! ```
//!
//! Invariants:
//! - A key is used once, for ever; a name belongs to one node that is not revoked.
//! - A node links while it and its organisation are active. Losing that takes effect in the same block; the
//!   validator set follows at the end of the epoch ([`roll_epoch`]).
//! - Never more members of the newest set are without links than it bears, and an active validator that has
//!   caught up always remains: what would break this is refused, whoever asks.
//! - Who is a validator of an open partition ledger is not excluded, only suspended.
//! - An emergency suspension ends by itself; it cannot be repeated at once.
//! - [`generation`] grows with everything that node code must act on, also with what time alone ends.

use crate::{
    address::NODES as ADDRESS,
    authority::{self, Request},
    fault::Fault,
    governance::Kind,
    host::Host,
    layout,
    registry::{Call, SystemContract},
    storage::{Blob, Layout, List, Mapping, Place, Set, Value},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

use crate::interfaces::INodes::{self as abi, INodesCalls as Function};
pub use crate::interfaces::INodes::{Member, Node, Role, Status, ValidatorSet};

mod application;
mod membership;
pub mod proofs;
pub mod step;
pub(crate) mod validators;

pub use application::{GenesisNode, genesis_node};
pub use membership::{
    NodeRecord, active_nodes, anchors_changed, generation, get, is_active, is_candidate,
    is_held_by_emergency, is_revoked, organisation_changed, ready_from,
};
pub use validators::{ValidatorRecord, keep_validators, roll_epoch, seal_genesis, validators};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Nodes",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Nodes::LAYOUT,
        Record::LAYOUT,
        SetRecord::LAYOUT,
        MemberRecord::LAYOUT,
    ],
    governed: &[
        (abi::admitCall::SELECTOR, Kind::Membership),
        (abi::suspendCall::SELECTOR, Kind::Membership),
        (abi::reactivateCall::SELECTOR, Kind::Membership),
        (abi::revokeCall::SELECTOR, Kind::Membership),
        (abi::setRoleCall::SELECTOR, Kind::Validators),
        (abi::suspendValidatorCall::SELECTOR, Kind::Validators),
        (abi::revokeValidatorCall::SELECTOR, Kind::Validators),
    ],
    code: call,
};

/// Bytes of a name, at most.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of an endpoint, at most: the longest host name (RFC 1035) with a port.
pub const ENDPOINT_BYTES_MAX: usize = 260;
/// Bytes of a reason, at most.
pub const REASON_BYTES_MAX: usize = 512;
/// Applications ever made, at most: no list grows without bound.
pub const NODES_MAX: u64 = 65_536;
/// Active and suspended nodes, at most: [`active_nodes`] walks through all of them.
pub const STANDING_MAX: u64 = 1_024;
/// Waiting applications of one organisation, at most, so that none takes the place of the others.
pub const PENDING_MAX: u64 = 16;
/// Nodes with the role of a validator, at most: each one's signature may stand in a certificate.
pub const VALIDATORS_MAX: u64 = 100;
/// Emergency suspensions at one time, at most.
pub const EMERGENCIES_MAX: u64 = 64;
/// Seconds that an emergency suspension holds.
pub const EMERGENCY_SECONDS: u64 = 72 * 3_600;
/// Seconds after its end in which it cannot be repeated for the same node: else it would never lapse.
pub const EMERGENCY_PAUSE_SECONDS: u64 = 30 * 24 * 3_600;
/// Records that one query returns, at most.
const PAGE_MAX: u64 = 100;

layout! {
    /// The contract's storage.
    pub struct Nodes (16) {
        /// Records by key.
        0 => records: Mapping<B256, Record>,
        /// Keys in the order of their applications.
        1 => keys: List<Value<B256>>,
        /// Keys of the nodes that are Active or Suspended.
        2 => standing: Set<B256>,
        /// Keys with the role Validator.
        4 => candidates: Set<B256>,
        /// Keys whose emergency suspension was not settled yet.
        6 => emergencies: Set<B256>,
        /// Key by hash of the name.
        8 => names: Mapping<B256, Value<B256>>,
        /// Waiting applications by organisation.
        9 => pending: Mapping<B256, Value<u64>>,
        /// The validator sets, oldest first.
        10 => sets: List<SetRecord>,
        /// Number of changes.
        11 => generation: Value<u64>,
    }
}

layout! {
    /// One node.
    pub struct Record (16) {
        /// Its organisation.
        0 => organisation: Value<B256>,
        /// Its name.
        1 => name: Blob,
        /// Its endpoint.
        2 => endpoint: Blob,
        /// Who receives the fees of its blocks.
        3 => beneficiary: Value<Address>,
        /// Its role.
        4 => role: Value<u8>,
        /// Its status, but for emergencies.
        5 => status: Value<u8>,
        /// Whether it has proved that it has caught up.
        6 => ready: Value<bool>,
        /// Seconds since 1970 at which its last emergency suspension ends or ended by itself.
        7 => emergency_until: Value<u64>,
        /// Height of its application.
        8 => registered_at: Value<u64>,
        /// Changes of its endpoint.
        9 => sequence: Value<u64>,
        /// Seconds since 1970 from which on it can be suspended by emergency powers again.
        10 => emergency_again_from: Value<u64>,
        /// Height from which on a block proves that it has caught up, here and on partition ledgers: earlier proofs
        /// were used up.
        11 => ready_from: Value<u64>,
    }
}

layout! {
    /// A validator set.
    pub struct SetRecord (2) {
        /// The first epoch that it orders.
        0 => first_epoch: Value<u64>,
        /// Its members by key, ascending.
        1 => members: List<MemberRecord>,
    }
}

layout! {
    /// A member of a set; its beneficiary is that of the epoch, so that blocks execute the same later.
    pub struct MemberRecord (2) {
        /// Its key.
        0 => key: Value<B256>,
        /// Who receives the fees of its blocks.
        1 => beneficiary: Value<Address>,
    }
}

fn storage() -> Nodes {
    Nodes::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let function: Function = call.decode()?;
    if CONTRACT.kind_of(call.selector()).is_some() {
        authority::require_governance(call.caller, call.selector())?;
    }
    Ok(match function {
        Function::node(query) => abi::nodeCall::abi_encode_returns(&get(host, query.key)?),
        Function::nodes(query) => {
            abi::nodesCall::abi_encode_returns(&membership::page(host, query.from, query.count)?)
        }
        Function::nodeCount(_) => abi::nodeCountCall::abi_encode_returns(&storage().keys().length(host)?),
        Function::isActive(query) => abi::isActiveCall::abi_encode_returns(&is_active(host, query.key)?),
        Function::keyOf(query) => {
            abi::keyOfCall::abi_encode_returns(&membership::key_of(&query.name).get(host)?)
        }
        Function::validators(query) => {
            abi::validatorsCall::abi_encode_returns(&validators::set_of(host, query.epoch)?)
        }
        Function::validatorSetCount(_) => {
            abi::validatorSetCountCall::abi_encode_returns(&storage().sets().length(host)?)
        }
        Function::generation(_) => abi::generationCall::abi_encode_returns(&generation(host)?),
        change => {
            self::change(host, call, change)?;
            Vec::new()
        }
    }
    .into())
}

/// The functions that change something. Governance was asked for in [`call`].
fn change(host: &mut dyn Host, call: &Call<'_>, function: Function) -> Result<(), Fault> {
    membership::settle_emergencies(host)?;
    let caller = call.caller;
    match function {
        Function::register(request) => {
            require_role(host, call, request.organisation)?;
            application::register(host, &request)
        }
        Function::retire(request) => {
            require_role_of_node(host, call, request.key)?;
            membership::retire(host, request.key, caller)
        }
        Function::setEndpoint(request) => {
            require_role_of_node(host, call, request.key)?;
            application::set_endpoint(host, &request)
        }
        Function::setName(request) => {
            require_role_of_node(host, call, request.key)?;
            application::set_name(host, request.key, &request.name)
        }
        Function::setBeneficiary(request) => {
            require_role_of_node(host, call, request.key)?;
            application::set_beneficiary(host, request.key, request.beneficiary)
        }
        Function::admit(request) => membership::admit(host, request.key, request.role),
        Function::suspend(request) => membership::suspend(host, request.key),
        Function::reactivate(request) => membership::reactivate(host, request.key),
        Function::revoke(request) => membership::revoke(host, request.key),
        Function::setRole(request) => membership::set_role(host, request.key, request.role),
        Function::suspendValidator(request) => membership::suspend_validator(host, request.key),
        Function::revokeValidator(request) => membership::revoke_validator(host, request.key),
        Function::emergencySuspend(request) => {
            require_role_of_node(host, call, request.key)?;
            membership::emergency_suspend(host, caller, &request)
        }
        // Open to everybody: the node's signature decides, and a node has no account of its own.
        Function::ready(request) => validators::ready(host, &request),
        // The queries, which `call` has answered.
        _ => Ok(()),
    }
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

fn require_role_of_node(host: &mut dyn Host, call: &Call<'_>, key: B256) -> Result<(), Fault> {
    let organisation = membership::known(host, key)?.organisation().get(host)?;
    require_role(host, call, organisation)
}

#[cfg(test)]
mod tests;
