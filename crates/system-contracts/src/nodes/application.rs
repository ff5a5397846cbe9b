//! Applications of nodes, and what their organisations may change in them.

use super::{
    ADDRESS, ENDPOINT_BYTES_MAX, NAME_BYTES_MAX, NODES_MAX, PENDING_MAX, Record, Role, Status, abi,
    membership::{bump, key_of, known, stored_status},
    proofs, storage,
};
use crate::{
    fault::{Fault, invalid, refuse},
    host::Host,
    organisations,
    registry::emit,
};
use alloy_primitives::{Address, B256};
use std::net::Ipv6Addr;

/// A node of the genesis.
#[derive(Clone, Copy, Debug)]
pub struct GenesisNode<'a> {
    /// Its key.
    pub key: B256,
    /// Its organisation, which has joined.
    pub organisation: B256,
    /// Its name.
    pub name: &'a str,
    /// Its endpoint, `host:port` or empty.
    pub endpoint: &'a str,
    /// Who receives the fees of its blocks.
    pub beneficiary: Address,
    /// Its role; validators order epoch 0.
    pub role: Role,
}

/// Makes a node of the genesis active in its role. [`super::seal_genesis`] follows after the last one.
///
/// # Errors
/// What [`register`] refuses, but for the signature: the genesis is agreed on outside the ledger.
pub fn genesis_node(host: &mut dyn Host, node: &GenesisNode<'_>) -> Result<(), Fault> {
    check_new(host, node)?;
    if matches!(node.role, Role::None | Role::__Invalid) {
        return Err(invalid("role", "Observer, Validator, Standby or Light"));
    }
    if node.role == Role::Validator {
        let validators = storage().candidates().length(host)?;
        if validators >= super::VALIDATORS_MAX {
            return Err(invalid("role", "at most 100 validators"));
        }
        storage().candidates().insert(host, node.key)?;
    }
    if storage().standing().length(host)? >= super::STANDING_MAX {
        return Err(invalid("key", "at most 1024 nodes are active"));
    }
    let record = write(host, node)?;
    record.role().set(host, node.role.into())?;
    record.status().set(host, Status::Active.into())?;
    record.ready().set(host, node.role == Role::Validator)?;
    storage().standing().insert(host, node.key)?;
    bump(host)
}

pub(super) fn register(host: &mut dyn Host, request: &abi::registerCall) -> Result<(), Fault> {
    let node = GenesisNode {
        key: request.key,
        organisation: request.organisation,
        name: &request.name,
        endpoint: &request.endpoint,
        beneficiary: request.beneficiary,
        role: Role::None,
    };
    check_new(host, &node)?;
    let pending = storage().pending().of(&node.organisation);
    let waiting = pending.get(host)?;
    if waiting >= PENDING_MAX {
        return Err(invalid("organisation", "at most 16 applications of it wait"));
    }
    let application = proofs::Application {
        chain_id: host.block().chain_id,
        organisation: node.organisation,
        name: node.name,
        endpoint: node.endpoint,
        beneficiary: node.beneficiary,
    };
    proofs::verify(host, node.key, application.message(), &request.signature)?;
    pending.set(host, waiting + 1)?;
    let record = write(host, &node)?;
    record.status().set(host, Status::Pending.into())?;
    let event = abi::NodeRegistered {
        key: request.key,
        organisation: request.organisation,
        name: request.name.clone(),
        endpoint: request.endpoint.clone(),
        beneficiary: request.beneficiary,
    };
    emit(host, ADDRESS, &event)
}

fn check_new(host: &mut dyn Host, node: &GenesisNode<'_>) -> Result<(), Fault> {
    if node.key.is_zero() {
        return Err(invalid("key", "an Ed25519 public key"));
    }
    organisations::require_active(host, node.organisation)?;
    if stored_status(host, &storage().records().of(&node.key))? != Status::None {
        return refuse(abi::NodeExists { key: node.key });
    }
    check_endpoint(node.endpoint)?;
    check_name(host, node.name)?;
    if storage().keys().length(host)? >= NODES_MAX {
        return Err(invalid("key", "the ledger holds at most 65536 applications"));
    }
    Ok(())
}

fn write(host: &mut dyn Host, node: &GenesisNode<'_>) -> Result<Record, Fault> {
    let record = storage().records().of(&node.key);
    record.organisation().set(host, node.organisation)?;
    record.name().set_text(host, "name", node.name, NAME_BYTES_MAX)?;
    record
        .endpoint()
        .set_text(host, "endpoint", node.endpoint, ENDPOINT_BYTES_MAX)?;
    record.beneficiary().set(host, node.beneficiary)?;
    let height = host.block().height;
    record.registered_at().set(host, height)?;
    key_of(node.name).set(host, node.key)?;
    let (_, entry) = storage().keys().append(host)?;
    entry.set(host, node.key)?;
    Ok(record)
}

/// A name that no other node has.
fn check_name(host: &mut dyn Host, name: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(invalid("name", "1 to 64 letters, digits, '-', '_' or '.'"));
    }
    let holder = key_of(name).get(host)?;
    if holder.is_zero() {
        return Ok(());
    }
    refuse(abi::NodeNameTaken {
        name: name.to_owned(),
        key: holder,
    })
}

/// `host:port` with a DNS name, an IPv4 address or an IPv6 address in brackets; or nothing.
fn check_endpoint(endpoint: &str) -> Result<(), Fault> {
    let fault = || invalid("endpoint", "empty or host:port, at most 260 bytes");
    if endpoint.is_empty() {
        return Ok(());
    }
    if endpoint.len() > ENDPOINT_BYTES_MAX {
        return Err(fault());
    }
    let (name, port) = endpoint.rsplit_once(':').ok_or_else(fault)?;
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || port.starts_with('0') || port.parse::<u16>().is_err() {
        return Err(fault());
    }
    let bracketed = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let valid = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            name.split('.')
                .all(|label| (1..=63).contains(&label.len()) && label.bytes().all(allowed))
        }
    };
    if valid { Ok(()) } else { Err(fault()) }
}

/// A node that is not revoked; what its organisation may change.
fn standing(host: &mut dyn Host, key: B256) -> Result<Record, Fault> {
    let record = known(host, key)?;
    let status = stored_status(host, &record)?;
    if status == Status::Revoked {
        return refuse(abi::WrongStatus { key, status });
    }
    Ok(record)
}

pub(super) fn set_endpoint(host: &mut dyn Host, request: &abi::setEndpointCall) -> Result<(), Fault> {
    let record = standing(host, request.key)?;
    check_endpoint(&request.endpoint)?;
    let sequence = record.sequence().get(host)?;
    let message = proofs::endpoint_message(host.block().chain_id, &request.endpoint, sequence);
    proofs::verify(host, request.key, message, &request.signature)?;
    record.sequence().set(host, sequence + 1)?;
    record
        .endpoint()
        .set_text(host, "endpoint", &request.endpoint, ENDPOINT_BYTES_MAX)?;
    bump(host)?;
    let event = abi::NodeEndpointChanged {
        key: request.key,
        endpoint: request.endpoint.clone(),
    };
    emit(host, ADDRESS, &event)
}

pub(super) fn set_name(host: &mut dyn Host, key: B256, name: &str) -> Result<(), Fault> {
    let record = standing(host, key)?;
    check_name(host, name)?;
    let before = record.name().text(host)?;
    key_of(&before).set(host, B256::ZERO)?;
    key_of(name).set(host, key)?;
    record.name().set_text(host, "name", name, NAME_BYTES_MAX)?;
    bump(host)?;
    let name = name.to_owned();
    emit(host, ADDRESS, &abi::NodeNameChanged { key, name })
}

pub(super) fn set_beneficiary(host: &mut dyn Host, key: B256, beneficiary: Address) -> Result<(), Fault> {
    let record = standing(host, key)?;
    record.beneficiary().set(host, beneficiary)?;
    bump(host)?;
    emit(host, ADDRESS, &abi::NodeBeneficiaryChanged { key, beneficiary })
}
