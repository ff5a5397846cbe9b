//! Readiness: a validator that was added to a ledger says, with the key of its node, that it runs the ledger.
//!
//! The rule is that of the main ledger ([`crate::nodes`]), and so are its blocks, which the proof names. A proof is
//! good once: it ends with the role on the ledger, with the role on the main ledger and with a suspension there, and no
//! block before that end is a proof again.

use super::{ADDRESS, ReadinessRecord, Record, Role, Status, abi, bump, known, members, status, storage};
use crate::{
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
    nodes::{
        self,
        proofs::{self, LedgerReadiness},
    },
    registry::emit,
};
use alloy_primitives::B256;
use std::collections::BTreeSet;

fn record(chain_id: u64, key: B256) -> ReadinessRecord {
    storage().readiness().of(&chain_id).of(&key)
}

/// Whether the node is a validator of the ledger with this chain id and has proved that it is ready to order it. What
/// happens to the node on the main ledger can end this, too: it changes with [`super::generation`] and with
/// [`nodes::generation`].
///
/// # Errors
/// What the host gives.
pub fn is_ready(host: &mut dyn Host, chain_id: u64, key: B256) -> Result<bool, Fault> {
    let proved = record(chain_id, key).proved().get(host)?;
    // One more than the height, so that zero is no proof.
    Ok(proved > nodes::ready_from(host, key)?)
}

pub(super) fn ready(host: &mut dyn Host, request: &abi::readyCall) -> Result<(), Fault> {
    let ledger = known(host, &request.name)?;
    if status(host, &ledger)? == Status::Closed {
        return refuse(abi::LedgerClosed {
            name: request.name.clone(),
        });
    }
    let key = request.key;
    require_validator(host, &ledger, key)?;
    let chain_id = ledger.chain_id().get(host)?;
    let height = request.height;
    check_proof(host, chain_id, request)?;
    let record = record(chain_id, key);
    let from = record.from().get(host)?.max(nodes::ready_from(host, key)?);
    if height < from {
        return Err(invalid(
            "height",
            "not before the block in which the last proof lost its force",
        ));
    }
    if is_ready(host, chain_id, key)? {
        return Ok(());
    }
    record.proved().set(host, height.saturating_add(1))?;
    bump(host)?;
    let event = abi::LedgerMemberReady {
        chainId: chain_id,
        key,
        height,
    };
    emit(host, ADDRESS, &event)
}

fn require_validator(host: &mut dyn Host, ledger: &Record, key: B256) -> Result<(), Fault> {
    let member = members::read(host, ledger)?
        .into_iter()
        .find(|member| member.key == key);
    let role = member.map_or(Role::None, |member| member.role);
    if role != Role::Validator {
        return refuse(abi::WrongRole { key, role });
    }
    if !nodes::is_active(host, key)? {
        return refuse(abi::NodeNotActive { key });
    }
    Ok(())
}

/// Refuses what is no signature of the key over a late block of the main ledger.
fn check_proof(host: &mut dyn Host, ledger: u64, request: &abi::readyCall) -> Result<(), Fault> {
    let (height, block_hash) = (request.height, request.blockHash);
    host.charge(gas::LOAD)?;
    let known_hash = host.block_hash(height)?;
    if known_hash.is_zero() || known_hash != block_hash {
        return refuse(abi::BlockUnknown {
            height,
            blockHash: block_hash,
        });
    }
    let proof = LedgerReadiness {
        chain_id: host.block().chain_id,
        ledger,
        height,
        block_hash,
    };
    proofs::verify(host, request.key, proof.message(), &request.signature)
}

/// Takes the validators of a new ledger for ready: they order its first epoch.
pub(super) fn begin(host: &mut dyn Host, chain_id: u64, validators: &BTreeSet<B256>) -> Result<(), Fault> {
    let height = host.block().height;
    for key in validators {
        record(chain_id, *key)
            .proved()
            .set(host, height.saturating_add(1))?;
    }
    Ok(())
}

/// Takes back what was proved by those who have lost or newly have the role of a validator.
pub(super) fn forget<'a>(
    host: &mut dyn Host,
    chain_id: u64,
    changed: impl Iterator<Item = &'a B256>,
) -> Result<(), Fault> {
    let height = host.block().height;
    for key in changed {
        let record = record(chain_id, *key);
        record.proved().set(host, 0)?;
        record.from().set(host, height)?;
    }
    Ok(())
}
