//! What gateways sign for the supervision hook of a chain (EIP-712), and their signatures.
//!
//! The hook on the chain (`contracts/supervision`) checks the same digest with the same gateways; what is kept here is
//! only what it would take.

use super::{ADDRESS, ATTESTATIONS_MAX, Attestation, Command, CommandStatus, abi, commands};
use crate::{
    anchors, chains,
    fault::{Fault, invalid, refuse},
    hook::{Hook, decode_root, instruction},
    host::{Host, gas},
    identities::keys::recover_digest,
    registry::emit,
};
use alloy_primitives::{Address, B256};

/// Words that a digest hashes: domain, instruction and both together.
const DIGEST_WORDS: u64 = 15;
/// The supervision hook of a chain, as the registry has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredHook {
    /// Where it stands.
    pub hook: Hook,
    /// Keccak-256 of its code.
    pub code_hash: B256,
    /// The first height of the chain that it counts at.
    pub valid_from: u64,
}

/// The newest registered hook of a chain that is followed.
///
/// # Errors
/// `NoHook`, and what the host gives.
pub fn registered_hook(host: &mut dyn Host, chain: B256) -> Result<RegisteredHook, Fault> {
    let missing = || abi::NoHook { chain };
    if !anchors::is_followed(host, chain)? {
        return refuse(missing());
    }
    let root = match chains::trust_root_at(host, chain, chains::RootKind::Contract, u64::MAX) {
        Ok(root) => root,
        Err(Fault::Refused(_)) => return refuse(missing()),
        Err(fault) => return Err(fault),
    };
    let caip2 = chains::caip2(host, chain)?;
    let chain_id = caip2.strip_prefix("eip155:").and_then(|text| text.parse().ok());
    let (Some(chain_id), Some((address, code_hash))) = (chain_id, decode_root(&root.root)) else {
        return refuse(missing());
    };
    Ok(RegisteredHook {
        hook: Hook { chain_id, address },
        code_hash,
        valid_from: root.validFromHeight,
    })
}

/// Whether a chain is followed and has a hook.
pub(super) fn has_hook(host: &mut dyn Host, chain: B256) -> Result<bool, Fault> {
    match registered_hook(host, chain) {
        Ok(_) => Ok(true),
        Err(Fault::Refused(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// What a gateway signs for a command in force (EIP-712); none if no hook can do it. `city` is the chain id of the main
/// ledger.
pub fn digest(city: u64, hook: &Hook, command: &Command) -> Option<B256> {
    let order = &command.order;
    let instruction = instruction(
        command.id,
        city,
        order.action.into(),
        &order.target,
        command.deadline,
    )?;
    Some(hook.instruction_hash(&instruction))
}

/// Takes a gateway's signature, once for each hook: what it signed for one before is replaced.
pub(super) fn attest(host: &mut dyn Host, caller: Address, request: &abi::attestCall) -> Result<(), Fault> {
    let id = request.id;
    let command = commands::command_of(host, id)?;
    let chain = command.order.chain;
    require_waiting(&command)?;
    anchors::require_gateway(host, chain, caller)?;
    let hook = registered_hook(host, chain)?.hook;
    host.charge(gas::SIGNATURE + 3 * gas::HASH + gas::HASH_WORD * DIGEST_WORDS)?;
    let digest = digest(host.block().chain_id, &hook, &command);
    let signer = |signature: &[u8]| digest.and_then(|digest| recover_digest(digest, signature));
    if signer(&request.signature) != Some(caller) {
        return refuse(abi::AttestationForged { id, caller });
    }
    let mut signed = (0..).zip(attestations(host, id)?);
    let entries = commands::known(host, id)?.attestations();
    let entry = if let Some((index, before)) = signed.find(|(_, before)| before.gateway == caller) {
        host.charge(gas::SIGNATURE)?;
        if signer(&before.signature) == Some(caller) {
            return refuse(abi::AlreadyAttested { id, caller });
        }
        entries.element(index)
    } else {
        let (index, entry) = entries.append(host)?;
        if index >= ATTESTATIONS_MAX {
            return Err(invalid("id", "a command has at most 64 attestations"));
        }
        entry.gateway().set(host, caller)?;
        entry
    };
    entry.signature().set(host, &request.signature)?;
    let attested = entries.length(host)?;
    let event = abi::CommandAttested {
        id,
        gateway: caller,
        attested: u8::try_from(attested).unwrap_or(u8::MAX),
    };
    emit(host, ADDRESS, &event)
}

/// Refuses a command that waits for no proof.
pub(super) fn require_waiting(command: &Command) -> Result<(), Fault> {
    match command.status {
        CommandStatus::InForce | CommandStatus::Overdue => Ok(()),
        status => refuse(abi::WrongStatus {
            id: command.id,
            status,
        }),
    }
}

/// The signatures of gateways under a command, oldest first.
///
/// # Errors
/// `CommandUnknown`, and what the host gives.
pub fn attestations(host: &mut dyn Host, id: u64) -> Result<Vec<Attestation>, Fault> {
    let entries = commands::known(host, id)?.attestations();
    let mut found = Vec::new();
    for index in 0..entries.length(host)?.min(ATTESTATIONS_MAX) {
        let entry = entries.element(index);
        found.push(Attestation {
            gateway: entry.gateway().get(host)?,
            signature: entry.signature().get(host)?,
        });
    }
    Ok(found)
}
