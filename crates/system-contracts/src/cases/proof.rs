//! Proof that a command has its effect: the state of the chain's hook under an anchored block.
//!
//! ```text
//! header ── keccak256 = last hash of a batch that was anchored after the approval (Anchors),
//!   │                   and a header that the chain's validators signed, where that can be proven (Headers)
//!   └─ state root ── account proof ─▶ the hook: its code is the registered one
//!                                       └─ storage root ── storage proof ─▶ the slot of the command: its id, or that it was executed
//! ```

use super::{
    ADDRESS, Command, CommandStatus, abi, attestation,
    attestation::{RegisteredHook, require_waiting},
    commands, trie,
};
use crate::{
    anchors,
    fault::{Fault, invalid, refuse},
    headers,
    hook::effect,
    host::{Host, gas},
    registry::emit,
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

/// Bytes of a header, at most: one of QBFT has the addresses and seals of its validators.
pub const HEADER_BYTES_MAX: usize = 16_384;
/// Nodes of a proof, at most: one for each nibble of a key, and the leaf.
pub const NODES_MAX: usize = 65;
/// Bytes of a node, at most: a branch of sixteen hashes has 532.
pub const NODE_BYTES_MAX: usize = 1_024;
/// Places of the state root and the number in a header (Yellow Paper, 4.4).
const STATE_ROOT_ITEM: usize = 3;
const NUMBER_ITEM: usize = 8;

/// What a proof rests on.
struct Anchored {
    number: u64,
    state_root: B256,
}

/// Takes a proof, and the command is done. Open to everybody.
pub(super) fn prove(host: &mut dyn Host, request: &abi::proveCall) -> Result<(), Fault> {
    let id = request.id;
    let command = commands::command_of(host, id)?;
    require_waiting(&command)?;
    let hook = attestation::registered_hook(host, command.order.chain)?;
    check_sizes(host, request)?;
    let block = require_anchored(host, &command, &request.header)?;
    if block.number < hook.valid_from {
        return invalid_proof(id, "the block is before the hook");
    }
    let target = Address::try_from(command.order.target.as_ref()).unwrap_or_default();
    let Some(effect) = effect(id, command.order.action.into(), target) else {
        return invalid_proof(id, "no hook does that");
    };
    let slot = effect.slot;
    let value: B256 = value_at(id, &hook, block.state_root, slot, request)?.into();
    if value != effect.value {
        return refuse(abi::NoEffect { id, slot, value });
    }
    let record = commands::known(host, id)?;
    commands::end(host, id, &record, CommandStatus::Done)?;
    let now = host.block().timestamp;
    record.done_at().set(host, now)?;
    record.proven_height().set(host, block.number)?;
    let event = abi::CommandDone {
        id,
        provenHeight: block.number,
    };
    emit(host, ADDRESS, &event)
}

fn invalid_proof<T>(id: u64, what: &str) -> Result<T, Fault> {
    refuse(abi::ProofInvalid {
        id,
        what: what.to_owned(),
    })
}

/// Bounds the work, and charges it before it is done.
fn check_sizes(host: &mut dyn Host, request: &abi::proveCall) -> Result<(), Fault> {
    if request.header.len() > HEADER_BYTES_MAX {
        return Err(invalid("header", "at most 16384 bytes"));
    }
    let mut sizes = vec![request.header.len()];
    for (name, proof) in [
        ("accountProof", &request.accountProof),
        ("storageProof", &request.storageProof),
    ] {
        if proof.len() > NODES_MAX || proof.iter().any(|node| node.len() > NODE_BYTES_MAX) {
            return Err(invalid(name, "at most 65 nodes of at most 1024 bytes"));
        }
        sizes.extend(proof.iter().map(|node| node.len()));
    }
    for bytes in sizes {
        // Each is hashed and taken apart once.
        let words = u64::try_from(bytes.div_ceil(32)).unwrap_or(u64::MAX);
        host.charge(gas::HASH + words.saturating_mul(gas::HASH_WORD + gas::DATA_WORD))?;
    }
    Ok(())
}

/// Refuses a header that is not the last one of a batch that was anchored after the approval, or that the chain's validators
/// did not sign, where that can be proven: then neither gateways nor validators make up an effect without the others.
fn require_anchored(host: &mut dyn Host, command: &Command, header: &Bytes) -> Result<Anchored, Fault> {
    let id = command.id;
    let chain = command.order.chain;
    let hash = keccak256(header);
    let Some(block) = read_header(header) else {
        return invalid_proof(id, "the header is not one");
    };
    let unproven =
        headers::has_client(host, chain)? && headers::proven_hash(host, chain, block.number)? != Some(hash);
    match anchors::anchored_at(host, chain, block.number)? {
        Some((last_hash, height)) if !unproven && last_hash == hash && height > command.approvedHeight => {
            Ok(block)
        }
        _ => refuse(abi::NotAnchored { id, blockHash: hash }),
    }
}

fn read_header(header: &[u8]) -> Option<Anchored> {
    let items = trie::items(header).ok()?;
    let state_root = trie::string(items.get(STATE_ROOT_ITEM)?).ok()?;
    let number = trie::string(items.get(NUMBER_ITEM)?).ok()?;
    Some(Anchored {
        number: integer(number)?.try_into().ok()?,
        state_root: B256::try_from(state_root).ok()?,
    })
}

/// An integer as RLP has it: without leading zeros.
fn integer(bytes: &[u8]) -> Option<U256> {
    if bytes.first() == Some(&0) {
        return None;
    }
    U256::try_from_be_slice(bytes)
}

/// The value of a slot of the hook under a state root.
fn value_at(
    id: u64,
    hook: &RegisteredHook,
    state_root: B256,
    slot: B256,
    request: &abi::proveCall,
) -> Result<U256, Fault> {
    let key = keccak256(hook.hook.address);
    let Ok(Some(account)) = trie::lookup(state_root, key, &request.accountProof) else {
        return invalid_proof(id, "the account proof does not show the hook");
    };
    let Some((storage_root, code_hash)) = read_account(&account) else {
        return invalid_proof(id, "the account is not one");
    };
    if code_hash != hook.code_hash {
        return invalid_proof(id, "the code is not that of the registered hook");
    }
    let value = match trie::lookup(storage_root, keccak256(slot), &request.storageProof) {
        Ok(Some(value)) => value,
        Ok(None) => return Ok(U256::ZERO),
        Err(trie::Invalid) => return invalid_proof(id, "the storage proof does not show the slot"),
    };
    match trie::string(&value).ok().and_then(integer) {
        Some(value) => Ok(value),
        None => invalid_proof(id, "the value is no integer"),
    }
}

/// Storage root and code hash of an account: the third and fourth of nonce, balance, root and hash.
fn read_account(account: &[u8]) -> Option<(B256, B256)> {
    let items = trie::items(account).ok()?;
    let [_, _, storage_root, code_hash] = items.as_slice() else {
        return None;
    };
    let word = |item: &[u8]| B256::try_from(trie::string(item).ok()?).ok();
    Some((word(storage_root)?, word(code_hash)?))
}
