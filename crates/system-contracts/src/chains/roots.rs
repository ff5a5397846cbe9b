//! Trust roots: what messages of a chain are verified against, with their history.

use super::{
    ADDRESS, GOVERNANCE, PAGE_MAX, ROOT_BYTES_MAX, ROOTS_MAX, Record, RootKind, RootRecord, Status,
    TrustRoot, abi, bump, known, status,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    registry::emit,
    storage::List,
};
use alloy_primitives::{Address, B256};

/// The history of one kind in the present registration.
fn history(host: &mut dyn Host, record: &Record, kind: RootKind) -> Result<List<RootRecord>, Fault> {
    let round = record.round().get(host)?;
    let key = round
        .saturating_mul(256)
        .saturating_add(u64::from(u8::from(kind)));
    Ok(record.roots().of(&key))
}

pub(super) fn add(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::addTrustRootCall,
) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let status = status(host, &record)?;
    // What an active chain is trusted by is the city's decision, not its operator's.
    let open = match status {
        // During the review it stays as the reviewer sees it.
        Status::Registered => true,
        Status::Active | Status::Frozen => caller == GOVERNANCE,
        _ => false,
    };
    if !open {
        return refuse(abi::WrongStatus { id, status });
    }
    if request.root.is_empty() || request.root.len() > ROOT_BYTES_MAX {
        return Err(invalid("root", "1 to 4096 bytes"));
    }
    let roots = history(host, &record, request.kind)?;
    let count = roots.length(host)?;
    if count >= ROOTS_MAX {
        return Err(invalid("root", "a chain has at most 4096 roots of a kind"));
    }
    if let Some(last) = count.checked_sub(1) {
        let last_height = roots.element(last).valid_from().get(host)?;
        if request.validFromHeight <= last_height {
            return Err(invalid("validFromHeight", "above that of the root before"));
        }
    }
    let (_, entry) = roots.append(host)?;
    entry.root().set(host, &request.root)?;
    entry.valid_from().set(host, request.validFromHeight)?;
    let now = host.block().timestamp;
    entry.at().set(host, now)?;
    bump(host)?;
    let event = abi::TrustRootAdded {
        id,
        kind: request.kind,
        validFromHeight: request.validFromHeight,
        root: request.root.clone(),
    };
    emit(host, ADDRESS, &event)
}

fn read(host: &mut dyn Host, entry: &RootRecord) -> Result<TrustRoot, Fault> {
    Ok(TrustRoot {
        root: entry.root().get(host)?,
        validFromHeight: entry.valid_from().get(host)?,
        at: entry.at().get(host)?,
    })
}

pub(super) fn page(host: &mut dyn Host, query: &abi::trustRootsCall) -> Result<Vec<TrustRoot>, Fault> {
    let record = known(host, query.id)?;
    let roots = history(host, &record, query.kind)?;
    let end = query.from.saturating_add(query.count.min(PAGE_MAX));
    let end = roots.length(host)?.min(end);
    (query.from..end)
        .map(|index| read(host, &roots.element(index)))
        .collect()
}

/// The root of a kind that was valid at a height of the chain.
///
/// # Errors
/// `ChainUnknown`, `TrustRootUnknown` where none was, and what the host gives.
pub fn trust_root_at(host: &mut dyn Host, id: B256, kind: RootKind, height: u64) -> Result<TrustRoot, Fault> {
    let record = known(host, id)?;
    let roots = history(host, &record, kind)?;
    let (mut low, mut high) = (0, roots.length(host)?);
    while low < high {
        let middle = low + (high - low) / 2;
        if roots.element(middle).valid_from().get(host)? <= height {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    match low.checked_sub(1) {
        Some(index) => read(host, &roots.element(index)),
        None => refuse(abi::TrustRootUnknown { id, kind, height }),
    }
}

/// Hash of the block that is a trust root from exactly this height of the chain on; none if there is no such root.
///
/// # Errors
/// What the host gives.
pub fn block_root_at(host: &mut dyn Host, id: B256, height: u64) -> Result<Option<B256>, Fault> {
    match trust_root_at(host, id, RootKind::BlockHash, height) {
        Ok(root) if root.validFromHeight == height => Ok(B256::try_from(root.root.as_ref())
            .ok()
            .filter(|hash| !hash.is_zero())),
        Ok(_) | Err(Fault::Refused(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}
