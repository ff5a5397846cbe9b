//! What gateways of the destination sign, so that the mailbox there delivers.

use super::{
    ADDRESS, Attestation, MessageRecord, Reason, Status, abi,
    delivery::{self, MailboxPlace},
    known, mailbox_of, message,
    rules::Route,
    status, storage,
};
use crate::{
    anchors, chains,
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
    identities::recover_digest,
    registry::emit,
};
use alloy_primitives::{Address, B256};

pub(super) fn attest(host: &mut dyn Host, caller: Address, request: &abi::attestCall) -> Result<(), Fault> {
    let id = request.id;
    let record = known(host, id)?;
    let destination = record.destination().get(host)?;
    anchors::require_gateway(host, destination, caller)?;
    let status = status(host, &record)?;
    if status != Status::Passed {
        return refuse(abi::WrongStatus { id, status });
    }
    let reason = Route::of(host, &record)?.judge(host)?;
    if reason != Reason::None {
        return refuse(abi::MayNotPass { id, reason });
    }
    let valid_until = request.validUntil;
    if !delivery::may_end(valid_until, host.block().timestamp) {
        return Err(invalid(
            "validUntil",
            "the end of this period of 30 seconds or of the next one",
        ));
    }
    let entry = record.attestations().of(&caller);
    // Repeated, it changes nothing.
    if entry.valid_until().get(host)? >= valid_until {
        return Ok(());
    }
    require_signed(host, caller, request, destination)?;
    if record.signed_height().get(host)? == 0 {
        let height = host.block().height;
        record.signed_height().set(host, height)?;
    }
    entry.valid_until().set(host, valid_until)?;
    entry.signature().set(host, &request.signature)?;
    let following = anchors::following(host, destination)?;
    let mut attested = 0_u8;
    for gateway in &following.terms.gateways {
        let until = record
            .attestations()
            .of(&gateway.account)
            .valid_until()
            .get(host)?;
        attested = attested.saturating_add(u8::from(until == valid_until));
    }
    if attested >= following.terms.threshold && record.attested_height().get(host)? == 0 {
        let height = host.block().height;
        record.attested_height().set(host, height)?;
    }
    let event = abi::MessageAttested {
        id,
        gateway: caller,
        validUntil: valid_until,
        attested,
    };
    emit(host, ADDRESS, &event)
}

/// Refuses a signature that the mailbox would not take.
fn require_signed(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::attestCall,
    destination: B256,
) -> Result<(), Fault> {
    host.charge(gas::SIGNATURE)?;
    let (id, city) = (request.id, host.block().chain_id);
    let caip2 = chains::get(host, destination)?.info.caip2;
    let chain_id = caip2.strip_prefix("eip155:").and_then(|text| text.parse().ok());
    let place = chain_id.map(|chain_id| {
        let address = mailbox_of(host, destination)?.account;
        Ok::<_, Fault>(MailboxPlace { chain_id, address })
    });
    let message = message(host, id)?;
    let delivery = delivery::delivery(city, &message, request.validUntil);
    let digest = match (place.transpose()?, delivery) {
        (Some(place), Some(delivery)) => place.delivery_hash(&delivery),
        _ => return Err(invalid("id", "a message to a chain like Ethereum")),
    };
    // The mailbox takes only 27 and 28 as the last byte.
    let is_form = matches!(request.signature.last(), Some(27 | 28));
    if is_form && recover_digest(digest, &request.signature) == Some(caller) {
        return Ok(());
    }
    refuse(abi::AttestationForged { id, caller })
}

/// What the present gateways of the destination signed, in the ascending order of their addresses.
pub(super) fn attestations(host: &mut dyn Host, id: B256) -> Result<Vec<Attestation>, Fault> {
    let record: MessageRecord = known(host, id)?;
    let destination = record.destination().get(host)?;
    if destination == super::MAIN_LEDGER || storage().mailboxes().of(&destination).get(host)?.is_zero() {
        return Ok(Vec::new());
    }
    let mut gateways: Vec<Address> = anchors::following(host, destination)?
        .terms
        .gateways
        .iter()
        .map(|gateway| gateway.account)
        .collect();
    gateways.sort_unstable();
    let mut found = Vec::new();
    for gateway in gateways {
        let entry = record.attestations().of(&gateway);
        let valid_until = entry.valid_until().get(host)?;
        if valid_until != 0 {
            found.push(Attestation {
                gateway,
                validUntil: valid_until,
                signature: entry.signature().get(host)?,
            });
        }
    }
    Ok(found)
}
