//! Who follows a chain, and how many must agree.

use super::{
    ADDRESS, BATCH_BLOCKS_MAX, DEPTH_MAX, Finality, FollowingRecord, GATEWAYS_MAX, Gateway, Terms, abi,
    known, require_supervised, storage, trust_root,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    organisations,
    registry::emit,
};
use alloy_primitives::{Address, B256};
use std::collections::BTreeSet;

pub(super) fn follow(host: &mut dyn Host, request: &abi::followCall) -> Result<(), Fault> {
    let (id, start_height) = (request.id, request.startHeight);
    require_supervised(host, id)?;
    let record = storage().records().of(&id);
    if !record.start_hash().get(host)?.is_zero() {
        return refuse(abi::AlreadyFollowed { id });
    }
    // Heights of batches never come near the end of their type.
    if start_height >= u64::MAX / 2 {
        return Err(invalid("startHeight", "below 2^63"));
    }
    let start_hash = trust_root(host, id, start_height)?;
    let (_, entry) = storage().ids().append(host)?;
    entry.set(host, id)?;
    record.start_height().set(host, start_height)?;
    record.start_hash().set(host, start_hash)?;
    record.next_height().set(host, start_height + 1)?;
    record.last_hash().set(host, start_hash)?;
    let event = abi::Followed {
        id,
        startHeight: start_height,
        startHash: start_hash,
    };
    emit(host, ADDRESS, &event)?;
    write(host, id, &record, &request.terms)
}

pub(super) fn amend(host: &mut dyn Host, request: &abi::amendCall) -> Result<(), Fault> {
    let record = known(host, request.id)?;
    require_supervised(host, request.id)?;
    write(host, request.id, &record, &request.terms)
}

fn check(host: &mut dyn Host, terms: &Terms) -> Result<(), Fault> {
    if !(1..=BATCH_BLOCKS_MAX).contains(&terms.batchBlocks) {
        return Err(invalid("batchBlocks", "between 1 and 4096"));
    }
    let is_depth = terms.finality == Finality::Depth;
    if terms.depth > DEPTH_MAX || is_depth == (terms.depth == 0) {
        return Err(invalid(
            "depth",
            "between 1 and 100000 for the finality Depth, 0 for others",
        ));
    }
    let count = terms.gateways.len();
    if !(1..=GATEWAYS_MAX).contains(&count) {
        return Err(invalid("gateways", "between 1 and 16"));
    }
    let threshold = usize::from(terms.threshold);
    if threshold > count || threshold * 2 <= count {
        return Err(invalid("threshold", "more than half of the gateways"));
    }
    let accounts: BTreeSet<Address> = terms.gateways.iter().map(|gateway| gateway.account).collect();
    let owners: BTreeSet<B256> = terms
        .gateways
        .iter()
        .map(|gateway| gateway.organisation)
        .collect();
    if accounts.len() != count || owners.len() != count || accounts.contains(&Address::ZERO) {
        return Err(invalid(
            "gateways",
            "different accounts of different organisations",
        ));
    }
    for owner in owners {
        organisations::require_active(host, owner)?;
    }
    Ok(())
}

fn write(host: &mut dyn Host, id: B256, record: &FollowingRecord, terms: &Terms) -> Result<(), Fault> {
    check(host, terms)?;
    let round = record.round().get(host)?.saturating_add(1);
    record.round().set(host, round)?;
    record.finality().set(host, terms.finality.into())?;
    record.depth().set(host, terms.depth)?;
    record.batch_blocks().set(host, terms.batchBlocks)?;
    record.threshold().set(host, terms.threshold)?;
    record.gateways().truncate(host, 0)?;
    for gateway in &terms.gateways {
        let (_, entry) = record.gateways().append(host)?;
        entry.account().set(host, gateway.account)?;
        entry.organisation().set(host, gateway.organisation)?;
    }
    let event = abi::TermsSet {
        id,
        round,
        terms: terms.clone(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn read(host: &mut dyn Host, record: &FollowingRecord) -> Result<Terms, Fault> {
    let mut gateways = Vec::new();
    for index in 0..record.gateways().length(host)? {
        let entry = record.gateways().element(index);
        gateways.push(Gateway {
            account: entry.account().get(host)?,
            organisation: entry.organisation().get(host)?,
        });
    }
    Ok(Terms {
        finality: Finality::try_from(record.finality().get(host)?).unwrap_or(Finality::Instant),
        depth: record.depth().get(host)?,
        batchBlocks: record.batch_blocks().get(host)?,
        threshold: record.threshold().get(host)?,
        gateways,
    })
}
