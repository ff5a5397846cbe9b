//! What a partition ledger keeps of itself, beside the contracts that it runs: the block of the main ledger that its
//! registries are read from, the validators of its epochs, and what was used of quotas.
//!
//! A partition ledger has no registries of its own. The system contracts stand at the same addresses and run the same
//! code, but their storage is that of the main ledger after the block that the newest payload names; functions that
//! change something are refused there ([`crate::fault::OnlyOnMainLedger`]). What must be the ledger's own stands at
//! [`PARTITION`], written by the executor alone: no call reaches it.
//!
//! Invariants: the main ledger's block never goes back; the validators of an epoch are written in the last block of the
//! epoch before, so that they follow from the state alone, and one set follows another by steps that a quorum survives
//! ([`step`]).

use crate::{
    address::PARTITION,
    control::UsageRecord,
    fault::{Fault, invalid, refuse},
    host::Host,
    interfaces::INodes,
    layout, ledgers,
    nodes::{
        self, SetRecord, ValidatorRecord, step,
        validators::{Members, members, named, newest, set_at, with_beneficiaries, write_set},
    },
    storage::{Layout, List, Mapping, Place, Value},
};
use alloy_primitives::{B256, U256};
use std::collections::BTreeSet;

layout! {
    /// The ledger's own storage.
    pub struct Partition (8) {
        /// Height of the main ledger's block whose state is read.
        0 => main_height: Value<u64>,
        /// Its hash.
        1 => main_hash: Value<B256>,
        /// What was used of quotas, by subject.
        2 => used: Mapping<B256, UsageRecord>,
        /// The validator sets, oldest first.
        3 => sets: List<SetRecord>,
    }
}

/// The slot of [`PARTITION`] that holds the height of the main ledger's block.
pub const MAIN_HEIGHT_SLOT: U256 = U256::ZERO;

pub(crate) fn storage() -> Partition {
    Partition::at(Place::root(PARTITION))
}

/// Writes the main ledger's block whose state is read from now on.
///
/// # Errors
/// `InvalidArgument` for one below that of the block before; what the host gives.
pub fn set_main(host: &mut dyn Host, height: u64, hash: B256) -> Result<(), Fault> {
    let before = storage().main_height().get(host)?;
    if height < before {
        return Err(invalid("main", "not below the one of the block before"));
    }
    if height > before {
        storage().main_height().set(host, height)?;
    }
    if storage().main_hash().get(host)? != hash {
        storage().main_hash().set(host, hash)?;
    }
    Ok(())
}

/// Writes the validators of epoch 0: the ordering members of the registry, as `host` reads it.
///
/// # Errors
/// `NoValidatorLeft` without one; `InvalidArgument` where a set stands already.
pub fn seal_genesis(host: &mut dyn Host) -> Result<(), Fault> {
    let chain_id = host.block().chain_id;
    if newest(host, &storage().sets())?.is_some() {
        return Err(invalid("epoch", "the genesis is sealed once"));
    }
    let keys = ledgers::ordering_members(host, chain_id)?;
    if keys.is_empty() {
        return refuse(INodes::NoValidatorLeft {});
    }
    let members = with_beneficiaries(host, &keys)?;
    write_set(host, &storage().sets(), 0, &members)
}

/// Ends an epoch: takes one step ([`step`]) from its validators towards the ordering members of the registry, and
/// writes the set that orders from `next_epoch` on if it is another one. Who joins has proved that it is ready
/// ([`ledgers::is_ready`]). Members that have lost their links on the main ledger leave first; but whom emergency
/// powers alone hold keeps a seat that the registry still gives, so that an officer can stop a ledger for a while, and
/// never choose who orders it.
///
/// # Errors
/// `InvalidArgument` where `next_epoch` is not after the newest set's; what the host gives.
pub fn roll_epoch(host: &mut dyn Host, next_epoch: u64) -> Result<(), Fault> {
    let Some(newest) = newest(host, &storage().sets())? else {
        return refuse(INodes::NoValidatorLeft {});
    };
    if next_epoch <= newest.first_epoch().get(host)? {
        return Err(invalid("nextEpoch", "after the first epoch of the newest set"));
    }
    let current: Members = members(host, &newest)?;
    let current_keys: BTreeSet<B256> = current.keys().copied().collect();
    let chain_id = host.block().chain_id;
    let mut wanted = ledgers::ordering_members(host, chain_id)?;
    let mut cut = BTreeSet::new();
    for key in wanted.union(&current_keys) {
        let keeps_seat =
            wanted.contains(key) && current_keys.contains(key) && nodes::is_held_by_emergency(host, *key)?;
        if !keeps_seat && !nodes::is_active(host, *key)? {
            cut.insert(*key);
        }
    }
    wanted.retain(|key| !cut.contains(key));
    for key in wanted.clone().difference(&current_keys) {
        if !ledgers::is_ready(host, chain_id, *key)? {
            wanted.remove(key);
        }
    }
    let next_keys = step::next_set(&current_keys, &wanted, &cut);
    let next = with_beneficiaries(host, &next_keys)?;
    if next != current {
        write_set(host, &storage().sets(), next_epoch, &next)?;
    }
    Ok(())
}

/// Who orders `epoch`, by key: the newest set that begins with it or before.
///
/// # Errors
/// `EpochUnknown` on a ledger that is no partition, and what the host gives.
pub fn validators(host: &mut dyn Host, epoch: u64) -> Result<Vec<ValidatorRecord>, Fault> {
    let set = set_at(host, &storage().sets(), epoch)?;
    named(host, &set)
}

/// The members of the newest set.
///
/// # Errors
/// What the host gives.
pub fn newest_validators(host: &mut dyn Host) -> Result<BTreeSet<B256>, Fault> {
    match newest(host, &storage().sets())? {
        Some(set) => Ok(members(host, &set)?.into_keys().collect()),
        None => Ok(BTreeSet::new()),
    }
}

#[cfg(test)]
mod tests;
