//! Partition ledgers: what the main ledger knows of the other ledgers of the city.
//!
//! ```text
//! create ─▶ Active ◀─ unfreeze ─ Frozen          close (from both) ─▶ Closed
//!             └─────── freeze ─────▶
//! ```
//!
//! Nodes follow [`ledgers`] while [`generation`] changes: they start the ledgers that they are members of, stop the
//! writes of frozen ones, and end closed ones.
//!
//! Invariants:
//! - A name and a chain id belong to one ledger for ever: transactions of a closed ledger are never valid again.
//! - Every ledger has a validator; a solo ledger has exactly one. Parameters pass the check of the genesis.
//! - Validators change in steps that a quorum survives ([`crate::nodes::step`]). Two changes can fall into one epoch
//!   of the ledger; what orders it takes the same steps from set to set.
//! - Who becomes a validator orders the ledger only once it has proved that it is ready ([`is_ready`]): otherwise
//!   newcomers that never ran would be counted for the quorum, set after set.
//! - The parameters of a ledger stay those of its genesis, which newcomers derive from them; what was adjusted since
//!   stands beside them ([`parameters_now`]). The main ledger has both too: whatever is adjusted passes the same check.
//! - A node runs at most 16 open ledgers, and is not excluded from the city while it orders one ([`ordered_by`]).
//! - A member that has since lost its links on the main ledger stays in the list: node code compares with
//!   [`crate::nodes::active_nodes`].

use crate::{
    address::LEDGERS as ADDRESS,
    authority::{self, Request},
    chains,
    fault::{Fault, invalid, refuse},
    governance::Kind as ProposalKind,
    host::{Host, gas},
    layout,
    registry::{Call, SystemContract, emit},
    storage::{Blob, Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
use civitas_types::LedgerParameters;
use std::collections::BTreeSet;

use crate::interfaces::ILedgers::{self as abi, ILedgersCalls as Function};
pub use crate::interfaces::ILedgers::{Access, Engine, Ledger, Member, Parameters, Role, Status};

mod creation;
mod duties;
mod members;
mod parameters;
mod readiness;

pub use duties::{ordered_by, run_by};
pub(crate) use parameters::found;
pub use parameters::parameters_now;
pub use readiness::is_ready;

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Ledgers",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Ledgers::LAYOUT,
        Record::LAYOUT,
        MemberRecord::LAYOUT,
        ParametersRecord::LAYOUT,
        ReadinessRecord::LAYOUT,
        AdjustmentRecord::LAYOUT,
    ],
    governed: &[
        (abi::createCall::SELECTOR, ProposalKind::Ledgers),
        (abi::changeMembersCall::SELECTOR, ProposalKind::Ledgers),
        (abi::closeCall::SELECTOR, ProposalKind::Ledgers),
        (abi::adjustCall::SELECTOR, ProposalKind::Parameters),
        // These are also open to roles.
        (abi::freezeCall::SELECTOR, ProposalKind::Ledgers),
        (abi::unfreezeCall::SELECTOR, ProposalKind::Ledgers),
    ],
    code: call,
};

/// Ledgers ever created, at most: every node follows all of them.
pub const LEDGERS_MAX: u64 = 256;
/// Members of a ledger, at most.
pub const MEMBERS_MAX: usize = 128;
/// Open ledgers that one node runs, at most: each is an engine, a store and a pool of its own on its machine.
pub const LEDGERS_PER_NODE_MAX: usize = 16;
/// Bytes of a name, at most: it stands in paths of files and of RPC.
pub const NAME_BYTES_MAX: usize = 32;
/// Bytes of a reason, at most.
pub const REASON_BYTES_MAX: usize = 512;
/// Ledgers that one query returns, at most; each has up to 128 members.
const PAGE_MAX: u64 = 16;

layout! {
    /// The contract's storage.
    pub struct Ledgers (8) {
        /// Ledgers in the order of creation.
        0 => records: List<Record>,
        /// Position in `records`, from 1, by hash of the name.
        1 => by_name: Mapping<B256, Value<u64>>,
        /// Position in `records`, from 1, by chain id.
        2 => by_chain_id: Mapping<u64, Value<u64>>,
        /// Number of changes.
        3 => generation: Value<u64>,
        /// Readiness of validators, by chain id and key.
        4 => readiness: Mapping<u64, Mapping<B256, ReadinessRecord>>,
        /// What nodes do on open ledgers, by key.
        5 => duties: Mapping<B256, Value<u64>>,
        /// Parameters of the genesis of the main ledger, by its chain id.
        6 => founded: Mapping<u64, ParametersRecord>,
        /// What was adjusted since the genesis, by chain id.
        7 => adjusted: Mapping<u64, AdjustmentRecord>,
    }
}

layout! {
    /// Parameters that a running ledger has instead of those of its genesis; all zero where nothing was adjusted.
    pub struct AdjustmentRecord (4) {
        /// Gas.
        0 => block_gas_max: Value<u64>,
        /// Milliseconds.
        1 => block_interval_ms: Value<u64>,
        /// Milliseconds.
        2 => heartbeat_ms: Value<u64>,
    }
}

layout! {
    /// What a validator has proved of itself.
    pub struct ReadinessRecord (2) {
        /// Height of the block that it proved to have, and one more; zero without a proof.
        0 => proved: Value<u64>,
        /// Height from which on a block is a proof: earlier ones were used up.
        1 => from: Value<u64>,
    }
}

layout! {
    /// One ledger.
    pub struct Record (32) {
        /// Its name.
        0 => name: Blob,
        /// Its chain id.
        1 => chain_id: Value<u64>,
        /// Who may transact.
        2 => access: Value<u8>,
        /// Hash of its genesis block, or zero.
        3 => genesis_hash: Value<B256>,
        /// Its members.
        4 => members: List<MemberRecord>,
        /// Its status.
        5 => status: Value<u8>,
        /// Height at which it was created.
        6 => created_at: Value<u64>,
        /// Height of the last change of status.
        7 => changed_at: Value<u64>,
        /// Its parameters.
        8 => parameters: ParametersRecord,
    }
}

layout! {
    /// A member.
    pub struct MemberRecord (2) {
        /// The node's key.
        0 => key: Value<B256>,
        /// What it does on the ledger.
        1 => role: Value<u8>,
    }
}

layout! {
    /// Ledger parameters.
    pub struct ParametersRecord (24) {
        /// Engine.
        0 => ordering: Value<u8>,
        /// What the state root is.
        1 => state_commitment: Value<u8>,
        /// Gas.
        2 => block_gas_max: Value<u64>,
        /// Bytes.
        3 => payload_bytes_max: Value<u32>,
        /// Transactions.
        4 => payload_transactions_max: Value<u32>,
        /// Bytes.
        5 => transaction_bytes_max: Value<u32>,
        /// Wei.
        6 => base_fee: Value<u64>,
        /// Milliseconds.
        7 => block_interval_ms: Value<u64>,
        /// Milliseconds.
        8 => heartbeat_ms: Value<u64>,
        /// Milliseconds.
        9 => leader_timeout_ms: Value<u64>,
        /// Heights.
        10 => epoch_blocks: Value<u64>,
    }
}

fn storage() -> Ledgers {
    Ledgers::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    let caller = call.caller;
    Ok(match call.decode()? {
        Function::ledger(query) => {
            let record = known(host, &query.name)?;
            abi::ledgerCall::abi_encode_returns(&read(host, &record)?)
        }
        Function::ledgers(query) => {
            abi::ledgersCall::abi_encode_returns(&page(host, query.from, query.count)?)
        }
        Function::parameters(query) => {
            abi::parametersCall::abi_encode_returns(&parameters::known(host, query.chainId)?)
        }
        Function::ledgerCount(_) => {
            abi::ledgerCountCall::abi_encode_returns(&storage().records().length(host)?)
        }
        Function::nameOf(query) => abi::nameOfCall::abi_encode_returns(&name_of(host, query.chainId)?),
        Function::isReady(query) => {
            let chain_id = known(host, &query.name)?.chain_id().get(host)?;
            abi::isReadyCall::abi_encode_returns(&is_ready(host, chain_id, query.key)?)
        }
        Function::generation(_) => abi::generationCall::abi_encode_returns(&generation(host)?),
        Function::create(request) => {
            authority::require_governance(caller, call.selector())?;
            creation::create(host, &request)?;
            Vec::new()
        }
        Function::changeMembers(request) => {
            authority::require_governance(caller, call.selector())?;
            members::change(host, &request)?;
            Vec::new()
        }
        Function::adjust(request) => {
            authority::require_governance(caller, call.selector())?;
            parameters::adjust(host, &request)?;
            Vec::new()
        }
        Function::close(request) => {
            authority::require_governance(caller, call.selector())?;
            step(host, &CLOSE, caller, (&request.name, &request.reason))?;
            Vec::new()
        }
        Function::freeze(request) => {
            require_role(host, call)?;
            step(host, &FREEZE, caller, (&request.name, &request.reason))?;
            Vec::new()
        }
        Function::unfreeze(request) => {
            require_role(host, call)?;
            step(host, &UNFREEZE, caller, (&request.name, &request.reason))?;
            Vec::new()
        }
        // Open to everybody: the node's signature decides, and a node has no account of its own.
        Function::ready(request) => {
            readiness::ready(host, &request)?;
            Vec::new()
        }
    }
    .into())
}

fn require_role(host: &mut dyn Host, call: &Call<'_>) -> Result<(), Fault> {
    let request = Request {
        caller: call.caller,
        contract: ADDRESS,
        selector: call.selector(),
        organisation: B256::ZERO,
    };
    authority::require(host, &request)
}

/// An edge of the state machine.
struct Transition {
    from: &'static [Status],
    to: Status,
}

const FREEZE: Transition = Transition {
    from: &[Status::Active],
    to: Status::Frozen,
};
const UNFREEZE: Transition = Transition {
    from: &[Status::Frozen],
    to: Status::Active,
};
const CLOSE: Transition = Transition {
    from: &[Status::Active, Status::Frozen],
    to: Status::Closed,
};

/// Takes a step of the ledger `name` for a `reason`, or refuses one that the state machine does not have.
fn step(
    host: &mut dyn Host,
    transition: &Transition,
    actor: Address,
    (name, reason): (&str, &str),
) -> Result<(), Fault> {
    let record = known(host, name)?;
    let from = status(host, &record)?;
    let to = transition.to;
    let name = name.to_owned();
    if !transition.from.contains(&from) {
        return refuse(abi::IllegalTransition { name, from, to });
    }
    if reason.len() > REASON_BYTES_MAX {
        return Err(invalid("reason", "at most 512 bytes"));
    }
    if to == Status::Closed {
        let members = members::read(host, &record)?;
        let engine = parameters::read(host, &record.parameters())?.ordering;
        duties::change(host, engine, &members, &[])?;
    }
    record.status().set(host, to.into())?;
    let height = host.block().height;
    record.changed_at().set(host, height)?;
    bump(host)?;
    let event = abi::LedgerStatusChanged {
        chainId: record.chain_id().get(host)?,
        name,
        from,
        to,
        actor,
        reason: reason.to_owned(),
    };
    emit(host, ADDRESS, &event)
}

fn bump(host: &mut dyn Host) -> Result<(), Fault> {
    let generation = generation(host)?;
    storage().generation().set(host, generation.saturating_add(1))
}

/// The ledger called `name`.
fn known(host: &mut dyn Host, name: &str) -> Result<Record, Fault> {
    let position = storage().by_name().of(&keccak256(name)).get(host)?;
    match position.checked_sub(1) {
        Some(index) => Ok(storage().records().element(index)),
        None => refuse(abi::LedgerUnknown {
            name: name.to_owned(),
        }),
    }
}

fn status(host: &mut dyn Host, record: &Record) -> Result<Status, Fault> {
    Ok(Status::try_from(record.status().get(host)?).unwrap_or(Status::None))
}

fn read(host: &mut dyn Host, record: &Record) -> Result<Ledger, Fault> {
    Ok(Ledger {
        name: record.name().text(host)?,
        chainId: record.chain_id().get(host)?,
        parameters: parameters::read(host, &record.parameters())?,
        access: Access::try_from(record.access().get(host)?).unwrap_or(Access::Role),
        genesisHash: record.genesis_hash().get(host)?,
        members: members::read(host, record)?,
        status: status(host, record)?,
        createdAt: record.created_at().get(host)?,
        changedAt: record.changed_at().get(host)?,
    })
}

fn page(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<Ledger>, Fault> {
    let records = storage().records();
    let end = from.saturating_add(count.min(PAGE_MAX));
    let end = records.length(host)?.min(end);
    (from..end)
        .map(|index| read(host, &records.element(index)))
        .collect()
}

fn name_of(host: &mut dyn Host, chain_id: u64) -> Result<String, Fault> {
    let position = storage().by_chain_id().of(&chain_id).get(host)?;
    match position.checked_sub(1) {
        Some(index) => storage().records().element(index).name().text(host),
        None => Ok(String::new()),
    }
}

/// The ledger with a chain id; none where no partition ledger has it.
fn with_chain_id(host: &mut dyn Host, chain_id: u64) -> Result<Option<Record>, Fault> {
    let position = storage().by_chain_id().of(&chain_id).get(host)?;
    let index = position.checked_sub(1);
    Ok(index.map(|index| storage().records().element(index)))
}

/// Name and status of the ledger whose CAIP-2 name (`eip155:` and its chain id) has this id, as chains of the registry have
/// theirs; none if there is none.
///
/// # Errors
/// What the host gives.
pub fn of_chain(host: &mut dyn Host, id: B256) -> Result<Option<(String, Status)>, Fault> {
    for index in 0..storage().records().length(host)? {
        let record = storage().records().element(index);
        host.charge(gas::HASH + gas::HASH_WORD)?;
        let chain_id = record.chain_id().get(host)?;
        if chains::id_of(&format!("eip155:{chain_id}")) == id {
            return Ok(Some((record.name().text(host)?, status(host, &record)?)));
        }
    }
    Ok(None)
}

/// The status of the ledger with this chain id, `None` for an unknown one.
///
/// # Errors
/// What the host gives.
pub fn standing(host: &mut dyn Host, chain_id: u64) -> Result<Status, Fault> {
    match with_chain_id(host, chain_id)? {
        Some(record) => status(host, &record),
        None => Ok(Status::None),
    }
}

/// Whether only who may join transacts on the ledger with this chain id.
///
/// # Errors
/// What the host gives.
pub fn needs_role(host: &mut dyn Host, chain_id: u64) -> Result<bool, Fault> {
    match with_chain_id(host, chain_id)? {
        Some(record) => Ok(record.access().get(host)? != u8::from(Access::City)),
        None => Ok(true),
    }
}

/// The members that order the ledger with this chain id, by key; none for an unknown one.
///
/// # Errors
/// What the host gives.
pub fn ordering_members(host: &mut dyn Host, chain_id: u64) -> Result<BTreeSet<B256>, Fault> {
    let Some(record) = with_chain_id(host, chain_id)? else {
        return Ok(BTreeSet::new());
    };
    Ok(members::validators(&members::read(host, &record)?))
}

/// A ledger as node code sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRecord {
    /// Its name: letters, digits and `-`, unique.
    pub name: String,
    /// Its chain id.
    pub chain_id: u64,
    /// The parameters of its genesis.
    pub parameters: LedgerParameters,
    /// Who may transact.
    pub access: Access,
    /// Hash of its genesis block, if it was committed to.
    pub genesis_hash: Option<B256>,
    /// Its members.
    pub members: Vec<Member>,
    /// Its status.
    pub status: Status,
    /// Height of the main ledger at which it was created.
    pub created_at: u64,
    /// Height of the main ledger at which its status last changed.
    pub changed_at: u64,
}

/// All partition ledgers, closed ones too, in the order of creation.
///
/// # Errors
/// What the host gives.
pub fn ledgers(host: &mut dyn Host) -> Result<Vec<LedgerRecord>, Fault> {
    let mut found = Vec::new();
    for index in 0..storage().records().length(host)? {
        let ledger = read(host, &storage().records().element(index))?;
        found.push(LedgerRecord {
            parameters: parameters::of_genesis(&ledger.parameters),
            name: ledger.name,
            chain_id: ledger.chainId,
            access: ledger.access,
            genesis_hash: Some(ledger.genesisHash).filter(|hash| !hash.is_zero()),
            members: ledger.members,
            status: ledger.status,
            created_at: ledger.createdAt,
            changed_at: ledger.changedAt,
        });
    }
    Ok(found)
}

/// A number that grows with every change, so that node code reads the rest only then.
///
/// # Errors
/// What the host gives.
pub fn generation(host: &mut dyn Host) -> Result<u64, Fault> {
    storage().generation().get(host)
}

/// Keeps an active ledger without members: for tests of what acts on ledgers.
#[cfg(test)]
pub(crate) fn pretend(host: &mut dyn Host, name: &str, chain_id: u64) -> Result<(), Fault> {
    let (index, record) = storage().records().append(host)?;
    storage()
        .by_name()
        .of(&keccak256(name))
        .set(host, index.saturating_add(1))?;
    record.name().set(host, name.as_bytes())?;
    record.chain_id().set(host, chain_id)?;
    record.status().set(host, Status::Active.into())
}

#[cfg(test)]
mod tests;
