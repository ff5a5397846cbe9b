//! Anchors of the audit records of nodes.
//!
//! Invariants: the anchors of a node join without gap or overlap from its record 0 on, and each is signed by the
//! node's key while the node is active. So a record that was anchored can neither be taken away nor altered unseen,
//! and a node that lost its records needs a new key, which everybody sees.

use crate::{
    address::AUDIT as ADDRESS,
    fault::{Fault, invalid, refuse},
    host::Host,
    layout,
    nodes::{self, proofs},
    registry::{Call, SystemContract, emit},
    storage::{Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;

pub use crate::interfaces::IAudit::Anchor;
use crate::interfaces::IAudit::{self as abi, IAuditCalls as Function};

/// The contract.
pub const CONTRACT: SystemContract = SystemContract {
    name: "Audit",
    address: ADDRESS,
    version: 1,
    active_from: 0,
    abi: abi::abi::contract,
    layouts: &[Audit::LAYOUT, AnchorRecord::LAYOUT],
    governed: &[],
    code: call,
};

/// Blocks between two anchors of a node, at least: anchors are kept for ever.
pub const ANCHOR_BLOCKS_MIN: u64 = 10;
/// Anchors that one query returns, at most.
const PAGE_MAX: u64 = 100;

layout! {
    /// The contract's storage.
    pub struct Audit (4) {
        /// Anchors by the key of the node, oldest first.
        0 => anchors: Mapping<B256, List<AnchorRecord>>,
    }
}

layout! {
    /// One anchor.
    pub struct AnchorRecord (5) {
        /// Index of its first record.
        0 => from_index: Value<u64>,
        /// Index of its last record.
        1 => to_index: Value<u64>,
        /// Hash that the chain of records has after it.
        2 => head_hash: Value<B256>,
        /// Height.
        3 => height: Value<u64>,
        /// Seconds since 1970.
        4 => at: Value<u64>,
    }
}

fn anchors_of(key: B256) -> List<AnchorRecord> {
    Audit::at(Place::root(ADDRESS)).anchors().of(&key)
}

fn call(host: &mut dyn Host, call: &Call<'_>) -> Result<Bytes, Fault> {
    Ok(match call.decode()? {
        // Open to everybody: the node's signature decides, and a node has no account of its own.
        Function::anchor(request) => {
            anchor(host, &request)?;
            Vec::new()
        }
        Function::lastAnchor(query) => match last_anchor(host, query.nodeKey)? {
            Some(anchor) => abi::lastAnchorCall::abi_encode_returns(&anchor),
            None => {
                return refuse(abi::AnchorUnknown {
                    nodeKey: query.nodeKey,
                });
            }
        },
        Function::anchors(query) => {
            let found = anchors(host, query.nodeKey, query.from, query.count)?;
            abi::anchorsCall::abi_encode_returns(&found)
        }
        Function::anchorCount(query) => {
            abi::anchorCountCall::abi_encode_returns(&anchors_of(query.nodeKey).length(host)?)
        }
    }
    .into())
}

fn anchor(host: &mut dyn Host, request: &abi::anchorCall) -> Result<(), Fault> {
    let key = request.nodeKey;
    if !nodes::is_active(host, key)? {
        return refuse(abi::NodeNotActive { key });
    }
    let block = host.block();
    let mut expected = 0;
    if let Some(last) = last_anchor(host, key)? {
        let next_height = last.height.saturating_add(ANCHOR_BLOCKS_MIN);
        if block.height < next_height {
            return refuse(abi::AnchorTooSoon {
                nodeKey: key,
                nextHeight: next_height,
            });
        }
        expected = last.toIndex.saturating_add(1);
    }
    if request.fromIndex != expected {
        return refuse(abi::NotContiguous {
            nodeKey: key,
            expectedFromIndex: expected,
        });
    }
    // The index after the last one must exist, too: the next anchor begins with it.
    if request.toIndex < request.fromIndex || request.toIndex == u64::MAX {
        return Err(invalid("toIndex", "at least fromIndex, and below 2^64 - 1"));
    }
    if request.headHash.is_zero() {
        return Err(invalid("headHash", "the hash of the last record"));
    }
    let statement = proofs::AuditAnchor {
        chain_id: block.chain_id,
        from_index: request.fromIndex,
        to_index: request.toIndex,
        head_hash: request.headHash,
    };
    proofs::verify(host, key, statement.message(), &request.signature)?;
    let (_, entry) = anchors_of(key).append(host)?;
    entry.from_index().set(host, request.fromIndex)?;
    entry.to_index().set(host, request.toIndex)?;
    entry.head_hash().set(host, request.headHash)?;
    entry.height().set(host, block.height)?;
    entry.at().set(host, block.timestamp)?;
    let event = abi::Anchored {
        nodeKey: key,
        fromIndex: request.fromIndex,
        toIndex: request.toIndex,
        headHash: request.headHash,
    };
    emit(host, ADDRESS, &event)
}

fn read(host: &mut dyn Host, entry: &AnchorRecord) -> Result<Anchor, Fault> {
    Ok(Anchor {
        fromIndex: entry.from_index().get(host)?,
        toIndex: entry.to_index().get(host)?,
        headHash: entry.head_hash().get(host)?,
        height: entry.height().get(host)?,
        at: entry.at().get(host)?,
    })
}

/// The last anchor of a node.
///
/// # Errors
/// What the host gives.
pub fn last_anchor(host: &mut dyn Host, key: B256) -> Result<Option<Anchor>, Fault> {
    let anchors = anchors_of(key);
    match anchors.length(host)?.checked_sub(1) {
        Some(last) => read(host, &anchors.element(last)).map(Some),
        None => Ok(None),
    }
}

/// Anchors of a node, oldest first, from index `from` on, at most 100.
///
/// # Errors
/// What the host gives.
pub fn anchors(host: &mut dyn Host, key: B256, from: u64, count: u64) -> Result<Vec<Anchor>, Fault> {
    let anchors = anchors_of(key);
    let end = from.saturating_add(count.min(PAGE_MAX));
    let end = anchors.length(host)?.min(end);
    (from..end)
        .map(|index| read(host, &anchors.element(index)))
        .collect()
}

#[cfg(test)]
mod tests;
