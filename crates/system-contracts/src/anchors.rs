//! Anchors of business chains: batches of their blocks, as gateways report them.
//!
//! ```text
//! follow (trust root) ─▶ next batch ◀── report, report, ... ─▶ m alike ─▶ anchored, the next one begins
//!                            └── amend: new terms, reports about the next batch begin anew
//! ```
//!
//! Invariants:
//! - The batches of a chain join without gap or overlap from its trust root on: each begins after the last block of
//!   the one before and names its hash. None is ever changed.
//! - A batch is anchored when as many gateways as the terms say have reported exactly the same; that is more than half,
//!   so no two batches can both be agreed on. The gateways of a chain belong to different organisations.
//! - A gateway speaks once about a batch. What it says stays in its standing: agreed, or contradicted.
//! - A frozen chain is followed on: supervision does not end where messages do.

use crate::{
    address::ANCHORS as ADDRESS,
    chains,
    fault::{Fault, refuse},
    governance::Kind as ProposalKind,
    headers,
    host::{Host, gas},
    layout, organisations,
    registry::{Call, SystemContract, emit},
    storage::{Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolValue};

use crate::interfaces::IAnchors::{self as abi, IAnchorsCalls as Function};
pub use crate::interfaces::IAnchors::{Anchor, Batch, Finality, Following, Gateway, Standing, Terms};
use crate::interfaces::IChains::Status;

mod search;
mod terms;

pub use search::{anchored_at, is_followed};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Anchors",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[
        Anchors::LAYOUT,
        FollowingRecord::LAYOUT,
        GatewayRecord::LAYOUT,
        BatchRecord::LAYOUT,
        StandingRecord::LAYOUT,
    ],
    governed: &[
        // These are also open to roles.
        (abi::followCall::SELECTOR, ProposalKind::Chains),
        (abi::amendCall::SELECTOR, ProposalKind::Chains),
    ],
    code: call,
};

/// Gateways of one chain, at most: each report looks at the reports of all.
pub const GATEWAYS_MAX: usize = 16;
/// Blocks of a batch, at most: a gateway holds one in memory.
pub const BATCH_BLOCKS_MAX: u32 = 4_096;
/// Blocks above a final one, at most.
pub const DEPTH_MAX: u64 = 100_000;
/// Records that one query returns, at most.
const PAGE_MAX: u64 = 100;
/// Words that a digest hashes: the batch and the digest before.
const DIGEST_WORDS: u64 = 8;

layout! {
    /// The contract's storage.
    pub struct Anchors (2) {
        /// What is followed, by the id of the chain.
        0 => records: Mapping<B256, FollowingRecord>,
        /// Ids in the order in which it began.
        1 => ids: List<Value<B256>>,
    }
}

layout! {
    /// One chain that is followed.
    pub struct FollowingRecord (16) {
        /// Height of the trust root.
        0 => start_height: Value<u64>,
        /// The trust root; zero while the chain is not followed.
        1 => start_hash: Value<B256>,
        /// First block of the next batch.
        2 => next_height: Value<u64>,
        /// Hash of the last anchored block.
        3 => last_hash: Value<B256>,
        /// Hash over all batches.
        4 => digest: Value<B256>,
        /// When blocks are final.
        5 => finality: Value<u8>,
        /// Blocks above a final one.
        6 => depth: Value<u64>,
        /// Blocks of a batch.
        7 => batch_blocks: Value<u32>,
        /// Gateways that must say the same.
        8 => threshold: Value<u8>,
        /// Number of the terms, from 1.
        9 => round: Value<u64>,
        /// The gateways.
        10 => gateways: List<GatewayRecord>,
        /// What was agreed on, oldest first.
        11 => batches: List<BatchRecord>,
        /// What every gateway said.
        12 => standings: Mapping<Address, StandingRecord>,
        /// Index of a batch, from 1, by the height of its first block.
        13 => index_of: Mapping<u64, Value<u64>>,
    }
}

layout! {
    /// One gateway.
    pub struct GatewayRecord (2) {
        /// Its account.
        0 => account: Value<Address>,
        /// Who answers for it.
        1 => organisation: Value<B256>,
    }
}

layout! {
    /// One batch that was agreed on. Where it begins, the one before says.
    pub struct BatchRecord (9) {
        /// Its last block.
        0 => to_height: Value<u64>,
        /// Hash of that block.
        1 => last_hash: Value<B256>,
        /// Root over what it holds.
        2 => blocks_root: Value<B256>,
        /// Transactions in it.
        3 => transactions: Value<u64>,
        /// Events in it.
        4 => events: Value<u64>,
        /// Hash over it and the digest before.
        5 => digest: Value<B256>,
        /// Gateways that said the same.
        6 => agreed: Value<u8>,
        /// Height.
        7 => height: Value<u64>,
        /// Seconds since 1970.
        8 => at: Value<u64>,
    }
}

layout! {
    /// What one gateway said.
    pub struct StandingRecord (6) {
        /// Batches in which it agreed.
        0 => reports: Value<u64>,
        /// Batches in which it did not.
        1 => contradictions: Value<u64>,
        /// Number of batches up to and with the last agreed one that it spoke about.
        2 => last_batch: Value<u64>,
        /// The terms under which it reported about the next batch.
        3 => voted_round: Value<u64>,
        /// First block of that batch.
        4 => voted_from: Value<u64>,
        /// What it said.
        5 => voted_digest: Value<B256>,
    }
}

fn storage() -> Anchors {
    Anchors::at(Place::root(ADDRESS))
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        Function::follow(request) => {
            chains::require_role_for(host, ADDRESS, call, request.id)?;
            terms::follow(host, &request)?;
            Vec::new()
        }
        Function::amend(request) => {
            chains::require_role_for(host, ADDRESS, call, request.id)?;
            terms::amend(host, &request)?;
            Vec::new()
        }
        // By those whom the terms name: an account that is none of them is refused.
        Function::report(request) => {
            report(host, call.caller, request.id, &request.batch)?;
            Vec::new()
        }
        Function::following(query) => abi::followingCall::abi_encode_returns(&following(host, query.id)?),
        Function::followed(query) => {
            abi::followedCall::abi_encode_returns(&followed(host, query.from, query.count)?)
        }
        Function::standing(query) => {
            abi::standingCall::abi_encode_returns(&standing(host, query.id, query.gateway)?)
        }
        Function::anchors(query) => {
            abi::anchorsCall::abi_encode_returns(&anchors(host, query.id, query.from, query.count)?)
        }
    }
    .into())
}

fn known(host: &mut dyn Host, id: B256) -> Result<FollowingRecord, Fault> {
    let record = storage().records().of(&id);
    if record.start_hash().get(host)?.is_zero() {
        return refuse(abi::NotFollowed { id });
    }
    Ok(record)
}

/// Passes chains that the city supervises: approved ones, frozen or not.
fn require_supervised(host: &mut dyn Host, id: B256) -> Result<(), Fault> {
    match chains::get(host, id)?.status {
        Status::Active | Status::Frozen => Ok(()),
        _ => refuse(abi::ChainNotActive { id }),
    }
}

/// What the digests of a chain say after a batch.
pub fn digest_of(before: B256, batch: &Batch) -> B256 {
    keccak256((before, batch.clone()).abi_encode())
}

/// The gateway that an account is.
fn gateway(host: &mut dyn Host, id: B256, record: &FollowingRecord, caller: Address) -> Result<(), Fault> {
    let gateways = record.gateways();
    for index in 0..gateways.length(host)? {
        let entry = gateways.element(index);
        if entry.account().get(host)? == caller {
            let organisation = entry.organisation().get(host)?;
            return organisations::require_active(host, organisation);
        }
    }
    refuse(abi::NotAGateway { id, caller })
}

/// Passes the gateways of a chain, whose organisations are active.
///
/// # Errors
/// `NotFollowed`, `NotAGateway`, `OrganisationNotActive`, and what the host gives.
pub fn require_gateway(host: &mut dyn Host, id: B256, caller: Address) -> Result<(), Fault> {
    let record = known(host, id)?;
    gateway(host, id, &record, caller)
}

fn report(host: &mut dyn Host, caller: Address, id: B256, batch: &Batch) -> Result<(), Fault> {
    let record = known(host, id)?;
    gateway(host, id, &record, caller)?;
    require_supervised(host, id)?;
    let next = record.next_height().get(host)?;
    if batch.fromHeight < next {
        return confirm(host, caller, id, batch);
    }
    let blocks = record.batch_blocks().get(host)?;
    let last = next.saturating_add(u64::from(blocks)) - 1;
    if batch.fromHeight != next || batch.toHeight != last {
        return refuse(abi::NotContiguous {
            id,
            expectedFromHeight: next,
        });
    }
    let parent = record.last_hash().get(host)?;
    if batch.parentHash != parent {
        return refuse(abi::DoesNotFollow {
            id,
            expectedParentHash: parent,
        });
    }
    require_undisputed(host, id, batch)?;
    let standing = record.standings().of(&caller);
    let round = record.round().get(host)?;
    if vote(host, &standing, (round, next))?.is_some() {
        return refuse(abi::AlreadyReported {
            id,
            gateway: caller,
            fromHeight: next,
        });
    }
    host.charge(gas::HASH + gas::HASH_WORD * DIGEST_WORDS)?;
    let digest = digest_of(record.digest().get(host)?, batch);
    standing.voted_round().set(host, round)?;
    standing.voted_from().set(host, next)?;
    standing.voted_digest().set(host, digest)?;
    let event = abi::Reported {
        id,
        gateway: caller,
        fromHeight: next,
        digest,
    };
    emit(host, ADDRESS, &event)?;
    let votes = votes(host, &record, (round, next))?;
    let agreed = votes.iter().filter(|(_, said)| *said == digest).count();
    if agreed >= usize::from(record.threshold().get(host)?) {
        anchor(host, id, batch, &votes, digest)?;
    }
    Ok(())
}

/// Refuses what the chain's own validators say otherwise, by a header that they signed.
fn require_undisputed(host: &mut dyn Host, id: B256, batch: &Batch) -> Result<(), Fault> {
    match headers::proven_hash(host, id, batch.toHeight)? {
        Some(proven) if proven != batch.lastHash => refuse(abi::Disproven {
            id,
            height: batch.toHeight,
            proven,
        }),
        _ => Ok(()),
    }
}

/// What a gateway said about the next batch, under the present terms.
fn vote(
    host: &mut dyn Host,
    standing: &StandingRecord,
    (round, from): (u64, u64),
) -> Result<Option<B256>, Fault> {
    let is_current = standing.voted_round().get(host)? == round && standing.voted_from().get(host)? == from;
    if !is_current {
        return Ok(None);
    }
    standing.voted_digest().get(host).map(Some)
}

/// What all gateways said about the next batch.
fn votes(
    host: &mut dyn Host,
    record: &FollowingRecord,
    place: (u64, u64),
) -> Result<Vec<(Address, B256)>, Fault> {
    let gateways = record.gateways();
    let mut found = Vec::new();
    for index in 0..gateways.length(host)? {
        let account = gateways.element(index).account().get(host)?;
        if let Some(digest) = vote(host, &record.standings().of(&account), place)? {
            found.push((account, digest));
        }
    }
    Ok(found)
}

fn anchor(
    host: &mut dyn Host,
    id: B256,
    batch: &Batch,
    votes: &[(Address, B256)],
    digest: B256,
) -> Result<(), Fault> {
    let record = storage().records().of(&id);
    let block = host.block();
    let (index, entry) = record.batches().append(host)?;
    let number = index.saturating_add(1);
    let agreed = votes.iter().filter(|(_, said)| *said == digest).count();
    entry.to_height().set(host, batch.toHeight)?;
    entry.last_hash().set(host, batch.lastHash)?;
    entry.blocks_root().set(host, batch.blocksRoot)?;
    entry.transactions().set(host, batch.transactions)?;
    entry.events().set(host, batch.events)?;
    entry.digest().set(host, digest)?;
    entry
        .agreed()
        .set(host, u8::try_from(agreed).unwrap_or(u8::MAX))?;
    entry.height().set(host, block.height)?;
    entry.at().set(host, block.timestamp)?;
    record.index_of().of(&batch.fromHeight).set(host, number)?;
    record.next_height().set(host, batch.toHeight.saturating_add(1))?;
    record.last_hash().set(host, batch.lastHash)?;
    record.digest().set(host, digest)?;
    let event = abi::Anchored {
        id,
        fromHeight: batch.fromHeight,
        toHeight: batch.toHeight,
        lastHash: batch.lastHash,
        blocksRoot: batch.blocksRoot,
        transactions: batch.transactions,
        events: batch.events,
        digest,
    };
    emit(host, ADDRESS, &event)?;
    for (account, said) in votes {
        let outcome = Outcome {
            id,
            gateway: *account,
            from_height: batch.fromHeight,
            number,
            said: *said,
            agreed: digest,
        };
        judge(host, &outcome)?;
    }
    Ok(())
}

/// What a gateway said about a batch, and what was agreed on.
struct Outcome {
    id: B256,
    gateway: Address,
    from_height: u64,
    /// Number of the batch, from 1.
    number: u64,
    said: B256,
    agreed: B256,
}

fn judge(host: &mut dyn Host, outcome: &Outcome) -> Result<(), Fault> {
    let standing = storage()
        .records()
        .of(&outcome.id)
        .standings()
        .of(&outcome.gateway);
    standing.last_batch().set(host, outcome.number)?;
    if outcome.said == outcome.agreed {
        let reports = standing.reports().get(host)?;
        return standing.reports().set(host, reports.saturating_add(1));
    }
    let contradictions = standing.contradictions().get(host)?;
    standing
        .contradictions()
        .set(host, contradictions.saturating_add(1))?;
    let event = abi::Contradicted {
        id: outcome.id,
        gateway: outcome.gateway,
        fromHeight: outcome.from_height,
        digest: outcome.said,
    };
    emit(host, ADDRESS, &event)
}

/// A report about a batch that was agreed on without it.
fn confirm(host: &mut dyn Host, caller: Address, id: B256, batch: &Batch) -> Result<(), Fault> {
    let record = known(host, id)?;
    let number = record.index_of().of(&batch.fromHeight).get(host)?;
    let Some(index) = number.checked_sub(1) else {
        return refuse(abi::NotContiguous {
            id,
            expectedFromHeight: record.next_height().get(host)?,
        });
    };
    if record.standings().of(&caller).last_batch().get(host)? >= number {
        return refuse(abi::AlreadyReported {
            id,
            gateway: caller,
            fromHeight: batch.fromHeight,
        });
    }
    let before = match index.checked_sub(1) {
        Some(before) => record.batches().element(before).digest().get(host)?,
        None => B256::ZERO,
    };
    host.charge(gas::HASH + gas::HASH_WORD * DIGEST_WORDS)?;
    let said = digest_of(before, batch);
    let entry = record.batches().element(index);
    let agreed = entry.digest().get(host)?;
    if said == agreed {
        let count = entry.agreed().get(host)?;
        entry.agreed().set(host, count.saturating_add(1))?;
    }
    let event = abi::Reported {
        id,
        gateway: caller,
        fromHeight: batch.fromHeight,
        digest: said,
    };
    emit(host, ADDRESS, &event)?;
    let outcome = Outcome {
        id,
        gateway: caller,
        from_height: batch.fromHeight,
        number,
        said,
        agreed,
    };
    judge(host, &outcome)
}

/// How far a chain is followed, and by whom.
///
/// # Errors
/// `NotFollowed`, and what the host gives.
pub fn following(host: &mut dyn Host, id: B256) -> Result<Following, Fault> {
    let record = known(host, id)?;
    Ok(Following {
        terms: terms::read(host, &record)?,
        startHeight: record.start_height().get(host)?,
        startHash: record.start_hash().get(host)?,
        nextHeight: record.next_height().get(host)?,
        lastHash: record.last_hash().get(host)?,
        digest: record.digest().get(host)?,
        batchCount: record.batches().length(host)?,
        round: record.round().get(host)?,
    })
}

fn followed(host: &mut dyn Host, from: u64, count: u64) -> Result<Vec<B256>, Fault> {
    let ids = storage().ids();
    let end = ids.length(host)?.min(from.saturating_add(count.min(PAGE_MAX)));
    (from..end).map(|index| ids.element(index).get(host)).collect()
}

/// What a gateway of a chain said until now.
///
/// # Errors
/// `NotFollowed`, and what the host gives.
pub fn standing(host: &mut dyn Host, id: B256, gateway: Address) -> Result<Standing, Fault> {
    let record = known(host, id)?;
    let entry = record.standings().of(&gateway);
    let place = (record.round().get(host)?, record.next_height().get(host)?);
    Ok(Standing {
        reports: entry.reports().get(host)?,
        contradictions: entry.contradictions().get(host)?,
        lastBatch: entry.last_batch().get(host)?,
        digest: vote(host, &entry, place)?.unwrap_or_default(),
    })
}

/// Batches of a chain that were agreed on, oldest first, from index `from` on, at most 100.
///
/// # Errors
/// `NotFollowed`, and what the host gives.
pub fn anchors(host: &mut dyn Host, id: B256, from: u64, count: u64) -> Result<Vec<Anchor>, Fault> {
    let record = known(host, id)?;
    let batches = record.batches();
    let end = from.saturating_add(count.min(PAGE_MAX));
    let end = batches.length(host)?.min(end);
    let (mut height, mut hash) = match from.checked_sub(1).filter(|before| *before < end) {
        Some(before) => {
            let entry = batches.element(before);
            (entry.to_height().get(host)?, entry.last_hash().get(host)?)
        }
        None => (record.start_height().get(host)?, record.start_hash().get(host)?),
    };
    let mut found = Vec::new();
    for index in from..end {
        let entry = batches.element(index);
        let batch = Batch {
            fromHeight: height.saturating_add(1),
            toHeight: entry.to_height().get(host)?,
            parentHash: hash,
            lastHash: entry.last_hash().get(host)?,
            blocksRoot: entry.blocks_root().get(host)?,
            transactions: entry.transactions().get(host)?,
            events: entry.events().get(host)?,
        };
        (height, hash) = (batch.toHeight, batch.lastHash);
        found.push(Anchor {
            batch,
            digest: entry.digest().get(host)?,
            agreed: entry.agreed().get(host)?,
            height: entry.height().get(host)?,
            at: entry.at().get(host)?,
        });
    }
    Ok(found)
}

/// The trust root that following begins after.
fn trust_root(host: &mut dyn Host, id: B256, height: u64) -> Result<B256, Fault> {
    match chains::block_root_at(host, id, height)? {
        Some(hash) => Ok(hash),
        None => refuse(abi::NoTrustRoot {
            id,
            startHeight: height,
        }),
    }
}

#[cfg(test)]
mod tests;
