//! From an envelope to a transaction of the port.
//!
//! | field | what stands there |
//! | --- | --- |
//! | hash | the transaction id (SHA-256 of nonce and creator), where the envelope has the id that these give; else SHA-256 of the envelope |
//! | sender | SHA-256 of the certificate whose key signed the envelope (its fingerprint) |
//! | target | name of the chaincode that is called, as UTF-8 |
//! | input | the call as protobuf, message `peer.ChaincodeInvocationSpec` |
//! | an event's emitter | name of the chaincode, as UTF-8 |
//! | an event's topics | one, the Keccak-256 of the event's name |
//! | an event's data | its payload |
//!
//! A transaction that peers found invalid stands in its block without effect: its events never happened, and are not given.

use crate::{
    block::channel_header,
    certificate::{certificate, is_signed, sha256},
    wire::{
        ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ChaincodeHeaderExtension,
        ChaincodeProposalPayload, ChannelHeader, Envelope, KIND_CALL, Payload, ProposalResponsePayload,
        SerializedIdentity, SignatureHeader, Transaction,
    },
};
use alloy_primitives::{B256, Bytes, U256, hex, keccak256};
use civitas_ports::{ForeignEvent, ForeignOutcome, ForeignTransaction};
use prost::Message as _;

/// Bytes of a chaincode's name, at most: a batch counts those of an emitter in 16 bits.
const NAME_BYTES_MAX: usize = 65_535;

/// An envelope, read as far as it can be.
struct Call {
    payload: Payload,
    channel: ChannelHeader,
    signer: SignatureHeader,
}

impl Call {
    fn read(raw: &[u8]) -> Option<Self> {
        let (payload, channel) = channel_header(raw)?;
        let header = payload.header.as_ref()?;
        let signer = SignatureHeader::decode(header.signature_header.as_slice()).ok()?;
        Some(Self {
            payload,
            channel,
            signer,
        })
    }

    /// Its id, if it is the one that its nonce and its creator give.
    fn id(&self) -> Option<B256> {
        let id = sha256(&[self.signer.nonce.as_slice(), &self.signer.creator].concat());
        (self.channel.tx_id == hex::encode(id)).then(|| id.into())
    }

    /// Fingerprint of the certificate whose key signed the envelope.
    fn sender(&self, raw: &[u8]) -> Option<Bytes> {
        let envelope = Envelope::decode(raw).ok()?;
        let identity = SerializedIdentity::decode(self.signer.creator.as_slice()).ok()?;
        let certificate = certificate(&identity.id_bytes)?;
        is_signed(&certificate, &envelope.payload, &envelope.signature)
            .then(|| sha256(&certificate).to_vec().into())
    }

    fn target(&self) -> Option<Bytes> {
        let extension = ChaincodeHeaderExtension::decode(self.channel.extension.as_slice()).ok()?;
        let name = extension.chaincode_id?.name;
        (!name.is_empty()).then(|| name.into_bytes().into())
    }

    /// What each of its actions says: the call, and the event that it left.
    fn actions(&self) -> Vec<(Bytes, Option<ChaincodeEvent>)> {
        let Ok(transaction) = Transaction::decode(self.payload.data.as_slice()) else {
            return Vec::new();
        };
        let read = |payload: &[u8]| {
            let action = ChaincodeActionPayload::decode(payload).ok()?;
            let proposal = ChaincodeProposalPayload::decode(action.chaincode_proposal_payload.as_slice());
            let input = proposal.map(|proposal| proposal.input.into());
            Some((input.unwrap_or_default(), action.action.and_then(event_of)))
        };
        let actions = transaction.actions.iter();
        actions.filter_map(|action| read(&action.payload)).collect()
    }
}

fn event_of(action: crate::wire::ChaincodeEndorsedAction) -> Option<ChaincodeEvent> {
    let response = ProposalResponsePayload::decode(action.proposal_response_payload.as_slice()).ok()?;
    let action = ChaincodeAction::decode(response.extension.as_slice()).ok()?;
    let event = ChaincodeEvent::decode(action.events.as_slice()).ok()?;
    let is_named = (1..=NAME_BYTES_MAX).contains(&event.chaincode_id.len());
    is_named.then_some(event)
}

fn foreign_event(event: ChaincodeEvent, index: u32) -> ForeignEvent {
    ForeignEvent {
        index,
        emitter: event.chaincode_id.into_bytes().into(),
        topics: vec![keccak256(event.event_name)],
        data: event.payload.into(),
    }
}

/// The transaction that an envelope is, at its place in the block; `events` counts those of the block.
pub(crate) fn transaction(
    raw: Bytes,
    index: u32,
    outcome: ForeignOutcome,
    events: &mut u32,
) -> ForeignTransaction {
    let call = Call::read(&raw);
    let hash = call.as_ref().and_then(Call::id);
    let mut found = ForeignTransaction {
        index,
        hash: hash.unwrap_or_else(|| sha256(&raw).into()),
        sender: call.as_ref().and_then(|call| call.sender(&raw)),
        target: None,
        created: None,
        value: U256::ZERO,
        input: Bytes::new(),
        outcome,
        events: Vec::new(),
        raw,
    };
    let Some(call) = call.filter(|call| call.channel.kind == KIND_CALL) else {
        return found;
    };
    found.target = call.target();
    let actions = call.actions();
    found.input = actions
        .first()
        .map(|(input, _)| input.clone())
        .unwrap_or_default();
    if outcome == ForeignOutcome::Succeeded {
        for event in actions.into_iter().filter_map(|(_, event)| event) {
            found.events.push(foreign_event(event, *events));
            *events = events.saturating_add(1);
        }
    }
    found
}

/// The id of a transaction that a peer may be given, with the channel that it names; none if it is not one.
pub(crate) fn named(raw: &[u8]) -> Option<(B256, Envelope, ChannelHeader)> {
    let call = Call::read(raw)?;
    Some((call.id()?, Envelope::decode(raw).ok()?, call.channel))
}

/// Seconds since 1970 of a block: blocks of Fabric have no time, so it is the median of what the clients wrote into its transactions.
pub(crate) fn seconds_of<R: AsRef<[u8]>>(envelopes: &[R]) -> u64 {
    let second = |raw: &R| {
        let (_, channel) = channel_header(raw.as_ref())?;
        u64::try_from(channel.timestamp?.seconds).ok()
    };
    let mut seconds: Vec<u64> = envelopes.iter().filter_map(second).collect();
    seconds.sort_unstable();
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}
