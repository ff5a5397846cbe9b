//! Proven headers in the storage of the contract: a list that rises, searched by height.

use super::{ClientRecord, engines::Kept};
use crate::{
    fault::Fault,
    host::{Host, gas},
};
use alloy_primitives::{B256, keccak256};

/// Where a height stands among the headers of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is there.
    At(u64),
    /// It is not; the header with that index is the first above it, or there is none.
    Before(u64),
}

/// By binary search.
///
/// # Errors
/// What the host gives.
pub(super) fn find(host: &mut dyn Host, record: &ClientRecord, height: u64) -> Result<Place, Fault> {
    let headers = record.headers();
    let (mut low, mut high) = (0, headers.length(host)?);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = headers.element(middle).height().get(host)?;
        if found == height {
            return Ok(Place::At(middle));
        }
        if found < height {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(Place::Before(low))
}

/// The headers by which evidence of a height is judged: the one below it, and those at it and next above it.
///
/// # Errors
/// What the host gives.
pub(super) fn neighbours(
    host: &mut dyn Host,
    record: &ClientRecord,
    height: u64,
) -> Result<Vec<Kept>, Fault> {
    let (first, end) = match find(host, record, height)? {
        Place::At(index) => (index.saturating_sub(1), index.saturating_add(2)),
        Place::Before(index) => (index.saturating_sub(1), index.saturating_add(1)),
    };
    let end = record.headers().length(host)?.min(end);
    (first..end).map(|index| read(host, record, index)).collect()
}

/// The header with an index that there is.
///
/// # Errors
/// What the host gives.
pub(super) fn read(host: &mut dyn Host, record: &ClientRecord, index: u64) -> Result<Kept, Fault> {
    let entry = record.headers().element(index);
    let validators = entry.validators().get(host)?;
    Ok(Kept {
        height: entry.height().get(host)?,
        hash: entry.hash().get(host)?,
        parent_hash: entry.parent_hash().get(host)?,
        time: entry.time().get(host)?,
        state_root: entry.state_root().get(host)?.to_vec(),
        receipts_root: entry.receipts_root().get(host)?,
        validators: record.validators().of(&validators).get(host)?.to_vec(),
    })
}

/// Keeps a header above all others.
///
/// # Errors
/// What the host gives.
pub(super) fn append(host: &mut dyn Host, record: &ClientRecord, kept: &Kept) -> Result<(), Fault> {
    let validators = validators(host, record, &kept.validators)?;
    let height = host.block().height;
    let (_, entry) = record.headers().append(host)?;
    entry.height().set(host, kept.height)?;
    entry.hash().set(host, kept.hash)?;
    entry.parent_hash().set(host, kept.parent_hash)?;
    entry.time().set(host, kept.time)?;
    entry.state_root().set(host, &kept.state_root)?;
    entry.receipts_root().set(host, kept.receipts_root)?;
    entry.validators().set(host, validators)?;
    entry.proven_at().set(host, height)
}

/// Keeps validators, unless they are kept, and gives their hash.
fn validators(host: &mut dyn Host, record: &ClientRecord, bytes: &[u8]) -> Result<B256, Fault> {
    let words = u64::try_from(bytes.len().div_ceil(32)).unwrap_or(u64::MAX);
    host.charge(gas::HASH.saturating_add(words.saturating_mul(gas::HASH_WORD)))?;
    let hash = keccak256(bytes);
    let entry = record.validators().of(&hash);
    if entry.get(host)?.is_empty() {
        entry.set(host, bytes)?;
    }
    Ok(hash)
}
