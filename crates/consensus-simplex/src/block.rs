//! A payload in the form that the engine moves, stores and votes on.
//!
//! A newtype around `Arc<Payload>`, so that broadcasting, storing and delivering a payload share one copy.
//! Invariants: the digest is [`Payload::digest`]; decoding allocates nothing that the limits do not allow and
//! accepts only the canonical encoding.

use bytes::BufMut;
use civitas_types::{Payload, PayloadError, PayloadHeader, PayloadLimits};
use commonware_codec::{Buf, EncodeSize, Error, Read, Write};
use commonware_consensus::{BoundedBlock, Heightable, types::Height};
use commonware_cryptography::{Digested, Digestible, sha256::Digest};
use std::sync::Arc;

/// Name of the type in decoding errors.
const NAME: &str = "civitas payload";

/// A payload as a block of the consensus engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block(Arc<Payload>);

/// Limits of a payload, as the configuration of [`Block`]'s decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLimits(pub PayloadLimits);

impl Block {
    /// The payload.
    pub fn payload(&self) -> Arc<Payload> {
        self.0.clone()
    }

    /// The block with its digest, which the payload already knows.
    pub(crate) fn digested(self) -> Digested<Self> {
        let digest = self.digest();
        Digested::precomputed(self, digest)
    }
}

impl From<Arc<Payload>> for Block {
    fn from(payload: Arc<Payload>) -> Self {
        Self(payload)
    }
}

impl BlockLimits {
    /// Bytes of the largest encoded block.
    pub fn encoded_bytes_max(self) -> usize {
        PayloadHeader::ENCODED_BYTES_MAX + self.0.body_bytes_max as usize
    }

    /// Whether a payload of this node's own making fits: an oversized message would stop the network.
    pub(crate) fn admit(self, payload: &Payload) -> bool {
        let header = payload.header();
        header.body_bytes <= self.0.body_bytes_max && header.transaction_count <= self.0.transactions_max
    }
}

impl Digestible for Block {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        Digest(self.0.digest().0)
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        Height::new(self.0.header().height.get())
    }
}

impl commonware_consensus::Block for Block {
    fn parent(&self) -> Digest {
        Digest(self.0.header().parent.0)
    }
}

impl BoundedBlock for Block {
    fn max_encode_size(limits: &BlockLimits) -> usize {
        limits.encoded_bytes_max()
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        self.0.encoded_bytes()
    }
}

impl Write for Block {
    fn write(&self, writer: &mut impl BufMut) {
        writer.put_slice(&self.0.encode());
    }
}

impl Read for Block {
    type Cfg = BlockLimits;

    fn read_cfg(reader: &mut impl Buf, limits: &BlockLimits) -> Result<Self, Error> {
        let mut encoded = bytes::BytesMut::new();
        take(reader, PayloadHeader::DOMAIN_BYTES, &mut encoded)?;
        let domain = encoded.first_chunk().copied().unwrap_or_default();
        let header_bytes = PayloadHeader::encoded_bytes_of(domain).map_err(refuse)?;
        take(reader, header_bytes - PayloadHeader::DOMAIN_BYTES, &mut encoded)?;
        let header = PayloadHeader::decode(&mut encoded.as_ref()).map_err(refuse)?;
        if header.body_bytes > limits.0.body_bytes_max {
            return Err(Error::Invalid(NAME, "the body is above its bound"));
        }
        take(reader, header.body_bytes as usize, &mut encoded)?;
        let mut encoded = encoded.freeze().into();
        let payload = Payload::decode(&mut encoded, limits.0).map_err(refuse)?;
        Ok(Self(Arc::new(payload)))
    }
}

/// Moves `length` bytes from the reader, once it is known that they are there.
fn take(reader: &mut impl Buf, length: usize, into: &mut bytes::BytesMut) -> Result<(), Error> {
    if reader.remaining() < length {
        return Err(Error::EndOfBuffer);
    }
    into.reserve(length);
    into.put(bytes::Buf::take(reader, length));
    Ok(())
}

fn refuse(error: PayloadError) -> Error {
    Error::Wrapped(NAME, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, Bytes};
    use civitas_types::{PayloadHeader, ResultCommitment};
    use commonware_codec::{Decode as _, DecodeExt as _, Encode as _};

    const LIMITS: BlockLimits = BlockLimits(PayloadLimits {
        body_bytes_max: 100,
        transactions_max: 3,
    });

    fn sample(transactions: Vec<Bytes>) -> Block {
        let header = PayloadHeader {
            ledger: 7,
            height: civitas_types::Height::new(5),
            parent: B256::repeat_byte(1),
            timestamp_ms: 42,
            proposer: B256::repeat_byte(2),
            result: ResultCommitment {
                height: civitas_types::Height::new(4),
                block_hash: B256::repeat_byte(3),
            },
            transaction_count: 0,
            body_bytes: 0,
            body_hash: B256::ZERO,
            main: None,
        };
        Block::from(Arc::new(Payload::new(header, transactions)))
    }

    #[test]
    fn encoding_is_that_of_the_payload() {
        let block = sample(vec![Bytes::from_static(b"one"), Bytes::new()]);
        let encoded = block.encode();
        assert_eq!(encoded.as_ref(), block.payload().encode());
        assert_eq!(Block::decode_cfg(encoded, &LIMITS).unwrap(), block);
        assert_eq!(block.digest().0, block.payload().digest().0);
        assert_eq!(block.height().get(), 5);
    }

    #[test]
    fn bounds_and_truncation_are_refused() {
        let large = sample(vec![Bytes::from(vec![0; 97])]).encode();
        assert!(Block::decode_cfg(large, &LIMITS).is_err());
        let many = sample(vec![Bytes::new(); 4]).encode();
        assert!(Block::decode_cfg(many, &LIMITS).is_err());
        let whole = sample(vec![Bytes::from_static(b"one")]).encode();
        for length in 0..whole.len() {
            assert!(
                Block::decode_cfg(whole.slice(..length), &LIMITS).is_err(),
                "{length} bytes"
            );
        }
        assert!(u8::decode(whole).is_err());
    }
}
