//! The change set of a block: every key that the block changed, with the value before and after.
//!
//! The values after make the block record a write-ahead log of the state; the values before answer reads of
//! older heights. Sorted, so that a key is found by bisection. `changed before + 1` is zero where nothing was.
//!
//! ```text
//! count  (address (20)  value before (bytes, empty: none)  value after (bytes))*
//! count  (address (20)  incarnation  count  (slot (32)  changed before + 1  value before  value after)*)*
//! ```

use crate::value::{AccountValue, SlotValue};
use crate::wire::{Malformed, Reader, put_bytes, put_count, put_number, put_u256};
use alloy_primitives::{Address, U256};
use civitas_types::Height;

/// An account that a block changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountChange {
    pub(crate) address: Address,
    pub(crate) before: Option<AccountValue>,
    pub(crate) after: AccountValue,
}

/// A slot that a block changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotChange {
    pub(crate) slot: U256,
    pub(crate) before: Option<SlotValue>,
    pub(crate) after: U256,
}

/// The slots of one account that a block changed, all of the same incarnation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StorageChange {
    pub(crate) address: Address,
    pub(crate) incarnation: u64,
    pub(crate) slots: Vec<SlotChange>,
}

/// All changes of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangeSet {
    pub(crate) height: Height,
    pub(crate) accounts: Vec<AccountChange>,
    pub(crate) storage: Vec<StorageChange>,
}

impl ChangeSet {
    pub(crate) fn account(&self, address: &Address) -> Option<&AccountChange> {
        let index = self
            .accounts
            .binary_search_by_key(address, |change| change.address)
            .ok()?;
        self.accounts.get(index)
    }

    pub(crate) fn slot(&self, address: &Address, slot: &U256) -> Option<&SlotChange> {
        let index = self
            .storage
            .binary_search_by_key(address, |change| change.address)
            .ok()?;
        let slots = &self.storage.get(index)?.slots;
        slots.get(slots.binary_search_by_key(slot, |change| change.slot).ok()?)
    }

    /// Number of changed keys.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len()
            + self
                .storage
                .iter()
                .map(|change| change.slots.len())
                .sum::<usize>()
    }

    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        put_count(bytes, self.accounts.len());
        for change in &self.accounts {
            bytes.extend_from_slice(change.address.as_slice());
            put_bytes(
                bytes,
                &change.before.map(|value| value.encode()).unwrap_or_default(),
            );
            put_bytes(bytes, &change.after.encode());
        }
        put_count(bytes, self.storage.len());
        for change in &self.storage {
            bytes.extend_from_slice(change.address.as_slice());
            put_number(bytes, change.incarnation);
            put_count(bytes, change.slots.len());
            for slot in &change.slots {
                bytes.extend_from_slice(&slot.slot.to_be_bytes::<32>());
                put_number(bytes, slot.before.map_or(0, |before| before.changed.get() + 1));
                put_u256(bytes, &slot.before.map_or(U256::ZERO, |before| before.value));
                put_u256(bytes, &slot.after);
            }
        }
    }

    pub(crate) fn decode(height: Height, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("a change set", bytes);
        let mut changes = Self {
            height,
            ..Self::default()
        };
        for _ in 0..reader.count()? {
            let address = reader.address()?;
            let before = reader.bytes()?;
            let before = if before.is_empty() {
                None
            } else {
                Some(AccountValue::decode(before)?)
            };
            let after = AccountValue::decode(reader.bytes()?)?;
            changes.accounts.push(AccountChange {
                address,
                before,
                after,
            });
        }
        for _ in 0..reader.count()? {
            let (address, incarnation) = (reader.address()?, reader.number()?);
            let mut slots = Vec::new();
            for _ in 0..reader.count()? {
                let slot = U256::from_be_bytes(reader.array::<32>()?);
                let changed = reader.number()?.checked_sub(1).map(Height::new);
                let value = reader.u256()?;
                let before = changed.map(|changed| SlotValue { changed, value });
                slots.push(SlotChange {
                    slot,
                    before,
                    after: reader.u256()?,
                });
            }
            changes.storage.push(StorageChange {
                address,
                incarnation,
                slots,
            });
        }
        reader.end()?;
        Ok(changes)
    }
}
