//! What other contracts ask of the anchors.

use super::{known, storage};
use crate::{fault::Fault, host::Host};
use alloy_primitives::B256;

/// Whether a chain is followed.
///
/// # Errors
/// What the host gives.
pub fn is_followed(host: &mut dyn Host, id: B256) -> Result<bool, Fault> {
    Ok(!storage().records().of(&id).start_hash().get(host)?.is_zero())
}

/// Hash of the block that ends a batch at `height` of a chain, and the height of the main ledger at which that batch was
/// anchored; none if no anchored batch ends there. By binary search: batches are anchored in the order of their blocks.
///
/// # Errors
/// `NotFollowed`, and what the host gives.
pub fn anchored_at(host: &mut dyn Host, id: B256, height: u64) -> Result<Option<(B256, u64)>, Fault> {
    let batches = known(host, id)?.batches();
    let (mut low, mut high) = (0, batches.length(host)?);
    while low < high {
        let middle = low + (high - low) / 2;
        let entry = batches.element(middle);
        let last = entry.to_height().get(host)?;
        if last == height {
            return Ok(Some((entry.last_hash().get(host)?, entry.height().get(host)?)));
        }
        if last < height {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(None)
}
