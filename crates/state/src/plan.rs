//! From the difference that execution gives to the change set of a block.

use crate::base::Base;
use crate::change::{AccountChange, ChangeSet, SlotChange, StorageChange};
use crate::engine::Engine;
use crate::flat::Write;
use crate::key::{account_key, slot_key_of};
use crate::runtime::Runtime;
use crate::value::{AccountValue, SlotValue};
use alloy_primitives::{Address, U256};
use civitas_ports::StoreError;
use civitas_types::{Height, StateDiff, StorageDiff};
use std::collections::BTreeSet;

/// The changes that `diff` makes to `base` as the block at `height`. Accounts whose storage alone changes are among them, so that
/// the trie can set their storage root; [`drop_unchanged`] takes out those that stay the same.
pub(crate) fn changes<E: Runtime>(
    engine: &Engine<E>,
    base: &Base,
    height: Height,
    diff: &StateDiff,
) -> Result<ChangeSet, StoreError> {
    let addresses: BTreeSet<&Address> = diff.accounts.keys().chain(diff.storage.keys()).collect();
    let mut changes = ChangeSet {
        height,
        ..ChangeSet::default()
    };
    for address in addresses {
        let before = engine.account_of(base, address)?;
        let unchanged = before.and_then(|value| value.account);
        let account = diff.accounts.get(address).copied().unwrap_or(unchanged);
        let storage = diff.storage.get(address);
        // A deleted account takes its storage with it, also where the difference does not say so.
        let wiped = before.is_some() && (account.is_none() || storage.is_some_and(|change| change.wiped));
        let incarnation = before.map_or(0, |value| value.incarnation) + u64::from(wiped);
        let storage_root = before.and_then(|value| value.storage_root).filter(|_| !wiped);
        let after = AccountValue {
            changed: height,
            incarnation,
            storage_root,
            account,
        };
        changes.accounts.push(AccountChange {
            address: *address,
            before,
            after,
        });
        if let Some(storage) = storage.filter(|_| account.is_some()) {
            let fresh = wiped || before.is_none();
            let slots = slots(storage, |slot| {
                if fresh {
                    Ok(None)
                } else {
                    engine.slot_of(base, (address, incarnation), slot)
                }
            })?;
            if !slots.is_empty() {
                changes.storage.push(StorageChange {
                    address: *address,
                    incarnation,
                    slots,
                });
            }
        }
    }
    Ok(changes)
}

/// The slots that differ from what `before` finds.
fn slots(
    storage: &StorageDiff,
    before: impl Fn(&U256) -> Result<Option<SlotValue>, StoreError>,
) -> Result<Vec<SlotChange>, StoreError> {
    let mut slots = Vec::with_capacity(storage.slots.len());
    for (slot, after) in &storage.slots {
        let before = before(slot)?;
        if before.map_or(U256::ZERO, |before| before.value) != *after {
            slots.push(SlotChange {
                slot: *slot,
                before,
                after: *after,
            });
        }
    }
    Ok(slots)
}

/// Takes out the accounts that are as they were.
pub(crate) fn drop_unchanged(changes: &mut ChangeSet) {
    changes.accounts.retain(|change| {
        let after = &change.after;
        match &change.before {
            None => after.account.is_some(),
            Some(before) => {
                before.account != after.account
                    || before.storage_root != after.storage_root
                    // Nothing was there to be cleared, or it is cleared already.
                    || (before.incarnation != after.incarnation && before.account.is_some())
            }
        }
    });
}

/// What the changes write to the flat state.
pub(crate) fn writes(changes: &ChangeSet) -> Vec<Write> {
    let mut writes = Vec::with_capacity(changes.len());
    for change in &changes.accounts {
        writes.push((account_key(&change.address), change.after.encode()));
    }
    for storage in &changes.storage {
        let account = account_key(&storage.address);
        for slot in &storage.slots {
            let value = SlotValue {
                changed: changes.height,
                value: slot.after,
            };
            writes.push((
                slot_key_of(&account, storage.incarnation, &slot.slot),
                value.encode(),
            ));
        }
    }
    writes
}
