//! Proven headers in the storage of the contract: by height, and the heights that were the newest once in a list that rises.

use super::{ClientRecord, HeaderRecord, engines::Kept};
use crate::{
    fault::Fault,
    host::{Host, gas},
    storage::{List, Value},
};
use alloy_primitives::{B256, keccak256};

/// The headers of a chain's present client.
pub(super) struct Shelf {
    pub(super) record: ClientRecord,
    generation: u64,
}

impl Shelf {
    pub(super) fn of(host: &mut dyn Host, record: ClientRecord) -> Result<Self, Fault> {
        let generation = record.generation().get(host)?;
        Ok(Self { record, generation })
    }

    fn heights(&self) -> List<Value<u64>> {
        self.record.heights().of(&self.generation)
    }

    /// The place of the header of a height, whether there is one or not.
    pub(super) fn entry(&self, height: u64) -> HeaderRecord {
        self.record.headers().of(&self.generation).of(&height)
    }

    /// Headers that were the newest once.
    pub(super) fn count(&self, host: &mut dyn Host) -> Result<u64, Fault> {
        self.heights().length(host)
    }

    /// The height with an index that there is.
    pub(super) fn height_at(&self, host: &mut dyn Host, index: u64) -> Result<u64, Fault> {
        self.heights().element(index).get(host)
    }

    /// Index of the first of these heights that is not below `height`: by binary search.
    fn position(&self, host: &mut dyn Host, height: u64) -> Result<u64, Fault> {
        let (mut low, mut high) = (0, self.count(host)?);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.height_at(host, middle)? < height {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The headers by which evidence of a height is judged: the newest below it, those at and beside it, and the next above it.
    pub(super) fn neighbours(&self, host: &mut dyn Host, height: u64) -> Result<Vec<Kept>, Fault> {
        let position = self.position(host, height)?;
        let count = self.count(host)?;
        let mut heights = vec![height.saturating_sub(1), height, height.saturating_add(1)];
        let first = position.saturating_sub(1);
        // The one at the position may be that of the height itself.
        for index in first..count.min(position.saturating_add(2)) {
            heights.push(self.height_at(host, index)?);
        }
        heights.sort_unstable();
        heights.dedup();
        let mut found = Vec::new();
        for height in heights {
            found.extend(self.get(host, height)?);
        }
        Ok(found)
    }

    /// The header of a height; none if it is not proven.
    pub(super) fn get(&self, host: &mut dyn Host, height: u64) -> Result<Option<Kept>, Fault> {
        let entry = self.entry(height);
        let hash = entry.hash().get(host)?;
        if hash.is_zero() {
            return Ok(None);
        }
        let validators = entry.validators().get(host)?;
        Ok(Some(Kept {
            height,
            hash,
            parent_hash: entry.parent_hash().get(host)?,
            time: entry.time().get(host)?,
            state_root: entry.state_root().get(host)?.to_vec(),
            receipts_root: entry.receipts_root().get(host)?,
            validators: self.record.validators().of(&validators).get(host)?.to_vec(),
        }))
    }

    /// Keeps a header.
    pub(super) fn put(&self, host: &mut dyn Host, kept: &Kept) -> Result<(), Fault> {
        let validators = self.keep_validators(host, &kept.validators)?;
        let height = host.block().height;
        let entry = self.entry(kept.height);
        entry.hash().set(host, kept.hash)?;
        entry.parent_hash().set(host, kept.parent_hash)?;
        entry.time().set(host, kept.time)?;
        entry.state_root().set(host, &kept.state_root)?;
        entry.receipts_root().set(host, kept.receipts_root)?;
        entry.validators().set(host, validators)?;
        entry.proven_at().set(host, height)
    }

    /// The header of a height above all others is the newest now.
    pub(super) fn raise(&self, host: &mut dyn Host, height: u64) -> Result<(), Fault> {
        let (_, entry) = self.heights().append(host)?;
        entry.set(host, height)
    }

    /// Keeps validators, unless they are kept, and gives their hash.
    fn keep_validators(&self, host: &mut dyn Host, bytes: &[u8]) -> Result<B256, Fault> {
        let words = u64::try_from(bytes.len().div_ceil(32)).unwrap_or(u64::MAX);
        host.charge(gas::HASH.saturating_add(words.saturating_mul(gas::HASH_WORD)))?;
        let hash = keccak256(bytes);
        let entry = self.record.validators().of(&hash);
        if entry.get(host)?.is_empty() {
            entry.set(host, bytes)?;
        }
        Ok(hash)
    }
}
