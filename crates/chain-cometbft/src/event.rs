//! The form in which an event of CometBFT goes through the port, and back.
//!
//! | field | what stands there |
//! | --- | --- |
//! | emitter | the event's type, as UTF-8: `transfer` |
//! | topics | one, the Keccak-256 of the type |
//! | data | the event as protobuf, message `tendermint.abci.Event`: type, keys and values in their order |
//!
//! The mark `index` of an attribute is left out: each node sets it as it is configured.

use alloy_primitives::{B256, Bytes, keccak256};
use civitas_ports::ForeignEvent;
use prost::Message as _;
use tendermint_proto::v0_38::abci::{Event as RawEvent, EventAttribute as RawAttribute};

/// Bytes of an event's type, at most: a batch counts those of an emitter in 16 bits.
pub(crate) const KIND_BYTES_MAX: usize = 65_535;

/// An event, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type.
    pub kind: String,
    /// Keys with values, in their order. A key may stand more than once.
    pub attributes: Vec<(String, String)>,
}

impl Event {
    /// Reads the data of an event of the port; none if it is not such an event.
    pub fn decode(data: &[u8]) -> Option<Self> {
        let raw = RawEvent::decode(data).ok()?;
        let pair = |attribute: RawAttribute| (attribute.key, attribute.value);
        Some(Self {
            kind: raw.r#type,
            attributes: raw.attributes.into_iter().map(pair).collect(),
        })
    }

    /// The event of the port, at its place in the block.
    pub(crate) fn foreign(self, index: u32) -> ForeignEvent {
        let topic: B256 = keccak256(self.kind.as_bytes());
        let attribute = |(key, value): (String, String)| RawAttribute {
            key,
            value,
            index: false,
        };
        let raw = RawEvent {
            r#type: self.kind,
            attributes: self.attributes.into_iter().map(attribute).collect(),
        };
        ForeignEvent {
            index,
            emitter: Bytes::copy_from_slice(raw.r#type.as_bytes()),
            topics: vec![topic],
            data: raw.encode_to_vec().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    /// Gateways must agree on it: frozen.
    #[test]
    fn nothing_is_lost() {
        let event = Event {
            kind: "transfer".to_owned(),
            attributes: vec![
                ("to".to_owned(), "b".to_owned()),
                ("to".to_owned(), String::new()),
                (String::new(), "\u{0}".to_owned()),
            ],
        };
        let foreign = event.clone().foreign(7);
        assert_eq!((foreign.index, &foreign.emitter[..]), (7, &b"transfer"[..]));
        assert_eq!(foreign.topics, [keccak256("transfer")]);
        assert_eq!(
            hex::encode(&foreign.data),
            "0a087472616e7366657212070a02746f12016212040a02746f1203120100"
        );
        assert_eq!(Event::decode(&foreign.data), Some(event));
        assert_eq!(Event::decode(b"no event"), None);
    }
}
