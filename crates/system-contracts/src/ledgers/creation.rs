//! Creation of a ledger.

use super::{
    ADDRESS, LEDGERS_MAX, NAME_BYTES_MAX, Status, abi, bump, members, parameters, readiness, storage,
};
use crate::{
    chains,
    fault::{Fault, invalid, refuse},
    host::Host,
    registry::emit,
};
use alloy_primitives::keccak256;

/// The highest chain id whose EIP-155 signatures fit 64 bits (EIP-2294).
const CHAIN_ID_MAX: u64 = u64::MAX / 2 - 36;
/// The chain id of Ethereum's main network, for which every wallet holds signatures.
const ETHEREUM: u64 = 1;
/// What the ledger that keeps this registry is called.
const MAIN: &str = "main";

pub(super) fn create(host: &mut dyn Host, request: &abi::createCall) -> Result<(), Fault> {
    check_name(&request.name)?;
    let by_name = storage().by_name().of(&keccak256(&request.name));
    if by_name.get(host)? != 0 {
        return refuse(abi::LedgerExists {
            name: request.name.clone(),
        });
    }
    let chain_id = request.chainId;
    check_chain_id(host, chain_id)?;
    if !request.genesisHash.is_zero() {
        return Err(invalid(
            "genesisHash",
            "zero: the genesis holds the block of the creation, so nobody knows its hash before",
        ));
    }
    parameters::check(&request.parameters)?;
    members::check(request.parameters.ordering, &request.members)?;
    members::require_active(host, &request.members)?;
    let (index, record) = storage().records().append(host)?;
    if index >= LEDGERS_MAX {
        return Err(invalid("name", "the city holds at most 256 ledgers"));
    }
    by_name.set(host, index + 1)?;
    storage().by_chain_id().of(&chain_id).set(host, index + 1)?;
    record
        .name()
        .set_text(host, "name", &request.name, NAME_BYTES_MAX)?;
    record.chain_id().set(host, chain_id)?;
    record.access().set(host, request.access.into())?;
    record.genesis_hash().set(host, request.genesisHash)?;
    record.status().set(host, Status::Active.into())?;
    let height = host.block().height;
    record.created_at().set(host, height)?;
    record.changed_at().set(host, height)?;
    parameters::write(host, &record.parameters(), &request.parameters)?;
    members::write(host, &record, &request.members)?;
    readiness::begin(host, chain_id, &members::validators(&request.members))?;
    bump(host)?;
    let event = abi::LedgerCreated {
        name: request.name.clone(),
        chainId: chain_id,
        parameters: request.parameters.clone(),
        access: request.access,
        genesisHash: request.genesisHash,
        members: request.members.clone(),
    };
    emit(host, ADDRESS, &event)
}

/// Refuses a chain id that another chain has, as far as the city knows: a transaction that was signed for the one
/// would be valid on the other (EIP-155).
fn check_chain_id(host: &mut dyn Host, chain_id: u64) -> Result<(), Fault> {
    if !(1..=CHAIN_ID_MAX).contains(&chain_id) {
        return Err(invalid("chainId", "between 1 and 9223372036854775771"));
    }
    let is_taken = chain_id == ETHEREUM
        || chain_id == host.block().chain_id
        || storage().by_chain_id().of(&chain_id).get(host)? != 0
        || chains::is_foreign(host, chain_id)?;
    if is_taken {
        return refuse(abi::ChainIdTaken { chainId: chain_id });
    }
    Ok(())
}

/// A name that can stand in a path: `[a-z0-9-]{1,32}`, without a hyphen at its ends.
fn check_name(name: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let valid = (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name != MAIN;
    if valid {
        return Ok(());
    }
    Err(invalid("name", "1 to 32 of a-z, 0-9 and inner '-', not main"))
}
