//! A validator that was added to a partition ledger proves on the main ledger that it has caught up there; only then
//! does it order one of the ledger's epochs.

use super::{Seen, Surroundings};
use crate::{
    registry::{CAUGHT_UP_MS, READY_GAS},
    throw_away::ProvenCall,
};
use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;
use civitas_ports::StoreError;
use civitas_system_contracts::{
    address::LEDGERS,
    interfaces::ILedgers,
    ledgers::{self, LedgerRecord, Role},
    nodes::proofs::LedgerReadiness,
};
use civitas_types::NodeKey;
use commonware_runtime::Clock as _;
use std::{sync::Arc, time::UNIX_EPOCH};
use tracing::warn;

/// Whether the node `own` is a validator of the ledger that has to prove that it is ready, and can.
///
/// # Errors
/// What the main ledger's store gives.
pub(super) fn is_due(
    around: &Surroundings,
    record: &LedgerRecord,
    seen: &Seen,
    own: NodeKey,
) -> Result<bool, StoreError> {
    let is_validator = |member: &ledgers::Member| member.key == own && member.role == Role::Validator;
    let now = around
        .clock
        .current()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let is_young = now.as_millis() <= u128::from(seen.timestamp_ms) + u128::from(CAUGHT_UP_MS);
    if around.base_fee > 0 || !is_young || !record.members.iter().any(is_validator) {
        return Ok(false);
    }
    let head = around.store.head();
    let view = around.store.view(head.height)?;
    let is_ready = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
        ledgers::is_ready(host, record.chain_id, own)
    })?;
    Ok(!is_ready)
}

/// Sends the proof to the main ledger.
pub(super) fn prove(around: &Arc<Surroundings>, record: &LedgerRecord) {
    let head = around.store.head();
    let (height, block_hash) = (head.height.get(), head.hash);
    let readiness = LedgerReadiness {
        chain_id: around.chain_id,
        ledger: record.chain_id,
        height,
        block_hash,
    };
    let Ok(signature) = around.key.sign(readiness.message().as_slice()) else {
        warn!("the key of the node cannot sign");
        return;
    };
    let call = ILedgers::readyCall {
        name: record.name.clone(),
        key: around.key.public_key(),
        height,
        blockHash: block_hash,
        signature: Bytes::copy_from_slice(&signature),
    };
    let call = ProvenCall {
        chain_id: around.chain_id,
        to: LEDGERS,
        input: call.abi_encode().into(),
        gas_limit: READY_GAS,
        proof: &signature,
    };
    call.submit(
        &around.main_pool,
        "this node proves that it is ready to order a partition ledger",
    );
}
