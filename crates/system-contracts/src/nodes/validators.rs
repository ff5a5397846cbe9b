//! Candidates become members of a validator set: readiness, the end of an epoch, the history of sets.

use super::{
    ADDRESS, Member, Role, SetRecord, VALIDATORS_MAX, ValidatorSet, abi,
    membership::{bump, forget_readiness, known, links, role, settle_emergencies, status},
    proofs, step, storage,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
    registry::emit,
    storage::List,
};
use alloy_primitives::{Address, B256};
use std::collections::{BTreeMap, BTreeSet};

/// A validator of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorRecord {
    /// Its name, as it is now.
    pub name: String,
    /// Its key.
    pub key: B256,
    /// Who receives the fees of its blocks in the epoch.
    pub beneficiary: Address,
}

/// A set as it is stored: beneficiary by key.
pub(crate) type Members = BTreeMap<B256, Address>;

/// Who orders `epoch`, by key: the newest set that begins with it or before. For an epoch whose set is not known
/// yet that is the newest set.
///
/// # Errors
/// `EpochUnknown` where the ledger has no validator sets, and what the host gives.
pub fn validators(host: &mut dyn Host, epoch: u64) -> Result<Vec<ValidatorRecord>, Fault> {
    let set = set_at(host, &storage().sets(), epoch)?;
    named(host, &set)
}

/// The members of a set, with their names.
pub(crate) fn named(host: &mut dyn Host, set: &SetRecord) -> Result<Vec<ValidatorRecord>, Fault> {
    let members = members(host, set)?;
    let mut found = Vec::with_capacity(members.len());
    for (key, beneficiary) in members {
        found.push(ValidatorRecord {
            name: storage().records().of(&key).name().text(host)?,
            key,
            beneficiary,
        });
    }
    Ok(found)
}

/// [`validators`] as the interface has it.
pub(super) fn set_of(host: &mut dyn Host, epoch: u64) -> Result<ValidatorSet, Fault> {
    let first_epoch = set_at(host, &storage().sets(), epoch)?.first_epoch().get(host)?;
    let members = validators(host, epoch)?;
    Ok(ValidatorSet {
        firstEpoch: first_epoch,
        members: members.into_iter().map(Member::from).collect(),
    })
}

impl From<ValidatorRecord> for civitas_types::Validator {
    fn from(record: ValidatorRecord) -> Self {
        Self {
            name: record.name,
            public_key: record.key,
            beneficiary: record.beneficiary,
        }
    }
}

impl From<ValidatorRecord> for Member {
    fn from(validator: ValidatorRecord) -> Self {
        Self {
            key: validator.key,
            name: validator.name,
            beneficiary: validator.beneficiary,
        }
    }
}

/// The set of `epoch`, by binary search: first epochs ascend.
pub(crate) fn set_at(host: &mut dyn Host, sets: &List<SetRecord>, epoch: u64) -> Result<SetRecord, Fault> {
    let (mut low, mut high) = (0, sets.length(host)?);
    while low < high {
        let middle = low + (high - low) / 2;
        if sets.element(middle).first_epoch().get(host)? <= epoch {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    match low.checked_sub(1) {
        Some(index) => Ok(sets.element(index)),
        None => refuse(abi::EpochUnknown { epoch }),
    }
}

pub(crate) fn newest(host: &mut dyn Host, sets: &List<SetRecord>) -> Result<Option<SetRecord>, Fault> {
    let last = sets.length(host)?.checked_sub(1);
    Ok(last.map(|index| sets.element(index)))
}

pub(crate) fn members(host: &mut dyn Host, set: &SetRecord) -> Result<Members, Fault> {
    let mut found = Members::new();
    for index in 0..set.members().length(host)? {
        let member = set.members().element(index);
        found.insert(member.key().get(host)?, member.beneficiary().get(host)?);
    }
    Ok(found)
}

/// Who orders the newest epoch whose validators are known.
pub(super) fn newest_members(host: &mut dyn Host) -> Result<BTreeSet<B256>, Fault> {
    match newest(host, &storage().sets())? {
        Some(newest) => Ok(members(host, &newest)?.into_keys().collect()),
        None => Ok(BTreeSet::new()),
    }
}

/// The validators that should order: active, with the role, caught up.
fn wanted(host: &mut dyn Host) -> Result<BTreeSet<B256>, Fault> {
    let mut found = BTreeSet::new();
    for key in storage().candidates().members(host, 0, VALIDATORS_MAX)? {
        let record = storage().records().of(&key);
        if record.ready().get(host)? && links(host, &record)? {
            found.insert(key);
        }
    }
    Ok(found)
}

/// The members that have lost their links.
fn cut(host: &mut dyn Host, members: &Members) -> Result<BTreeSet<B256>, Fault> {
    let mut found = BTreeSet::new();
    for key in members.keys() {
        if !links(host, &storage().records().of(key))? {
            found.insert(*key);
        }
    }
    Ok(found)
}

/// Refuses the state that a change has made if the ledger would stop in it: links are cut at once, but the set
/// follows only at the end of the epoch, which must still be reached.
pub(super) fn require_sound(host: &mut dyn Host) -> Result<(), Fault> {
    let Some(newest) = newest(host, &storage().sets())? else {
        return Ok(());
    };
    let members = members(host, &newest)?;
    let cut = cut(host, &members)?.len();
    let cut_max = step::faults_max(members.len());
    if cut > cut_max {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        return refuse(abi::WouldLoseQuorum {
            members: number(members.len()),
            cut: number(cut),
            cutMax: number(cut_max),
        });
    }
    if wanted(host)?.is_empty() {
        return refuse(abi::NoValidatorLeft {});
    }
    Ok(())
}

pub(super) fn ready(host: &mut dyn Host, request: &abi::readyCall) -> Result<(), Fault> {
    let key = request.key;
    let record = known(host, key)?;
    let role = role(host, &record)?;
    if role != Role::Validator {
        return refuse(abi::WrongRole { key, role });
    }
    if !links(host, &record)? {
        let status = status(host, &record)?;
        return refuse(abi::WrongStatus { key, status });
    }
    host.charge(gas::LOAD)?;
    let known_hash = host.block_hash(request.height)?;
    if known_hash.is_zero() || known_hash != request.blockHash {
        return refuse(abi::BlockUnknown {
            height: request.height,
            blockHash: request.blockHash,
        });
    }
    let message = proofs::ready_message(host.block().chain_id, request.height, request.blockHash);
    proofs::verify(host, key, message, &request.signature)?;
    if request.height < record.ready_from().get(host)? {
        return Err(invalid(
            "height",
            "not before the block in which the last proof lost its force",
        ));
    }
    if record.ready().get(host)? {
        return Ok(());
    }
    record.ready().set(host, true)?;
    bump(host)?;
    let event = abi::NodeReady {
        key,
        height: request.height,
    };
    emit(host, ADDRESS, &event)
}

/// Writes the set of epoch 0: all validators of the genesis.
///
/// # Errors
/// `NoValidatorLeft` without one; `InvalidArgument` where a set stands already.
pub fn seal_genesis(host: &mut dyn Host) -> Result<(), Fault> {
    if newest(host, &storage().sets())?.is_some() {
        return Err(invalid("epoch", "the genesis is sealed once"));
    }
    let keys = wanted(host)?;
    if keys.is_empty() {
        return refuse(abi::NoValidatorLeft {});
    }
    let next = with_beneficiaries(host, &keys)?;
    append(host, 0, &Members::new(), &next)
}

/// Ends an epoch: the block executor calls it in the epoch's last block, after the transactions. Writes the set
/// that orders from `next_epoch` on if it differs from the newest one, and tells whether it did.
///
/// One step goes as far towards the wanted set as [`step`] allows. Proofs of readiness of candidates that had to
/// wait end here: when their turn comes, they prove again that they have caught up.
///
/// # Errors
/// `InvalidArgument` where `next_epoch` is not after the newest set's; what the host gives.
pub fn roll_epoch(host: &mut dyn Host, next_epoch: u64) -> Result<bool, Fault> {
    let Some(newest) = newest(host, &storage().sets())? else {
        return Ok(false);
    };
    if next_epoch <= newest.first_epoch().get(host)? {
        return Err(invalid("nextEpoch", "after the first epoch of the newest set"));
    }
    settle_emergencies(host)?;
    let current = members(host, &newest)?;
    let current_keys: BTreeSet<B256> = current.keys().copied().collect();
    let wanted = wanted(host)?;
    let cut = cut(host, &current)?;
    let next_keys = step::next_set(&current_keys, &wanted, &cut);
    if next_keys != current_keys && !step::is_safe(&current_keys, &next_keys) {
        return Err(Fault::State(format!(
            "the validator set of epoch {next_epoch} is no safe step"
        )));
    }
    let mut must_prove_again = false;
    for key in storage().candidates().members(host, 0, VALIDATORS_MAX)? {
        let record = storage().records().of(&key);
        if !next_keys.contains(&key) && record.ready().get(host)? {
            forget_readiness(host, &record)?;
            must_prove_again = true;
        }
    }
    if must_prove_again {
        bump(host)?;
    }
    let next = with_beneficiaries(host, &next_keys)?;
    if next == current {
        return Ok(false);
    }
    append(host, next_epoch, &current, &next)?;
    Ok(true)
}

/// Ends an epoch of a solo ledger as [`roll_epoch`] does, but for who orders: its one validator does for ever, whomever
/// the city gives the role. Only its beneficiary follows the registry.
///
/// # Errors
/// As [`roll_epoch`].
pub fn keep_validators(host: &mut dyn Host, next_epoch: u64) -> Result<bool, Fault> {
    let Some(newest) = newest(host, &storage().sets())? else {
        return Ok(false);
    };
    if next_epoch <= newest.first_epoch().get(host)? {
        return Err(invalid("nextEpoch", "after the first epoch of the newest set"));
    }
    settle_emergencies(host)?;
    let current = members(host, &newest)?;
    let next = with_beneficiaries(host, &current.keys().copied().collect())?;
    if next == current {
        return Ok(false);
    }
    append(host, next_epoch, &current, &next)?;
    Ok(true)
}

pub(crate) fn with_beneficiaries(host: &mut dyn Host, keys: &BTreeSet<B256>) -> Result<Members, Fault> {
    let mut found = Members::new();
    for key in keys {
        let beneficiary = storage().records().of(key).beneficiary().get(host)?;
        found.insert(*key, beneficiary);
    }
    Ok(found)
}

/// Adds a set to those that are kept.
pub(crate) fn write_set(
    host: &mut dyn Host,
    sets: &List<SetRecord>,
    first_epoch: u64,
    members: &Members,
) -> Result<(), Fault> {
    let (_, set) = sets.append(host)?;
    set.first_epoch().set(host, first_epoch)?;
    for (key, beneficiary) in members {
        let (_, member) = set.members().append(host)?;
        member.key().set(host, *key)?;
        member.beneficiary().set(host, *beneficiary)?;
    }
    Ok(())
}

fn append(host: &mut dyn Host, first_epoch: u64, before: &Members, next: &Members) -> Result<(), Fault> {
    write_set(host, &storage().sets(), first_epoch, next)?;
    bump(host)?;
    let without = |all: &Members, others: &Members| {
        let keys = all.keys().filter(|key| !others.contains_key(*key));
        keys.copied().collect::<Vec<_>>()
    };
    let event = abi::ValidatorSetChanged {
        firstEpoch: first_epoch,
        members: next.keys().copied().collect(),
        joined: without(next, before),
        left: without(before, next),
    };
    emit(host, ADDRESS, &event)
}
