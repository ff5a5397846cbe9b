//! A block as it is hashed and signed: its header in DER, its contents, who signed it.
//!
//! ```text
//!   hash      = SHA-256(DER(number, hash of the block before, data hash))
//!   data hash = SHA-256(envelope . envelope . ...)
//!   signed    = value of the signatures' metadata . header of the signer . DER(number, hash of the block before, data hash)
//! ```
//!
//! The data hash joins envelopes without saying where one ends. So each one must have the only form that Fabric's own encoder gives it
//! (`VerifyTransactionsAreWellFormed` of its `protoutil`): payload, signature, and nothing of these two after that. Then no other list of
//! envelopes has the same bytes. A config block holds one envelope.

use crate::{
    certificate::sha256,
    wire::{
        Block, BlockHeader, ChannelHeader, Envelope, KIND_CONFIG, Metadata, OrdererBlockMetadata,
        PLACE_SIGNATURES, PLACE_VALIDITY, Payload,
    },
};
use alloy_primitives::B256;
use civitas_chain_link::LinkError;
use civitas_ports::ForeignOutcome;
use prost::{
    Message as _,
    encoding::{DecodeContext, WireType, decode_key, skip_field},
};

const HASH_BYTES: usize = 32;
const DER_SEQUENCE: u8 = 0x30;
const DER_INTEGER: u8 = 0x02;
const DER_OCTETS: u8 = 0x04;
/// `TxValidationCode.VALID`.
const CODE_VALID: u8 = 0;
/// `TxValidationCode.NOT_VALIDATED`.
const CODE_NOT_VALIDATED: u8 = 254;

/// What is to hold, for an answer about a block.
pub(crate) fn require(holds: bool, height: u64, what: impl FnOnce() -> String) -> Result<(), LinkError> {
    if holds {
        Ok(())
    } else {
        Err(LinkError::False { height, what: what() })
    }
}

/// Appends an element of DER; all that stand in a header are short enough for a length of one byte.
fn push_der(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    out.push(u8::try_from(content.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(content);
}

/// The header as it is hashed and signed. Hashes have 32 bytes, but for that before the first block, which is empty.
pub fn header_bytes(header: &BlockHeader) -> Vec<u8> {
    let number: Vec<u8> = std::iter::once(0).chain(header.number.to_be_bytes()).collect();
    // The shortest form whose highest bit says that it is not negative.
    let spare = number
        .windows(2)
        .take_while(|pair| pair[0] == 0 && pair[1] < 0x80)
        .count();
    let mut content = Vec::new();
    push_der(&mut content, DER_INTEGER, &number[spare..]);
    push_der(&mut content, DER_OCTETS, &header.previous_hash);
    push_der(&mut content, DER_OCTETS, &header.data_hash);
    let mut bytes = Vec::new();
    push_der(&mut bytes, DER_SEQUENCE, &content);
    bytes
}

/// The header that these bytes are; none if they are no header in its only form.
pub(crate) fn read_header(bytes: &[u8]) -> Option<BlockHeader> {
    fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
        let (&[found, length], rest) = bytes.split_first_chunk::<2>()?;
        (found == tag).then(|| rest.split_at_checked(usize::from(length)))?
    }
    let (content, rest) = element(bytes, DER_SEQUENCE)?;
    let (number, content) = element(content, DER_INTEGER)?;
    let (previous_hash, content) = element(content, DER_OCTETS)?;
    let (data_hash, content) = element(content, DER_OCTETS)?;
    let number = match number {
        [0, rest @ ..] if !rest.is_empty() => rest,
        other => other,
    };
    let mut word = [0; 8];
    word.get_mut(8_usize.checked_sub(number.len())?..)?
        .copy_from_slice(number);
    let header = BlockHeader {
        number: u64::from_be_bytes(word),
        previous_hash: previous_hash.to_vec(),
        data_hash: data_hash.to_vec(),
    };
    let is_whole = rest.is_empty() && content.is_empty() && header_bytes(&header) == bytes;
    is_whole.then_some(header)
}

/// Hash of a header.
pub fn hash_of(header: &BlockHeader) -> B256 {
    sha256(&header_bytes(header)).into()
}

/// Hash of the block before; zero where there is none.
pub(crate) fn parent_of(header: &BlockHeader) -> B256 {
    B256::try_from(header.previous_hash.as_slice()).unwrap_or_default()
}

/// The header of the block that was asked for, if it can be one.
pub(crate) fn header(block: &Block, height: u64) -> Result<&BlockHeader, LinkError> {
    let missing = || LinkError::False {
        height,
        what: "it has no header".to_owned(),
    };
    let header = block.header.as_ref().ok_or_else(missing)?;
    require(header.number == height, height, || {
        format!("it is block {}", header.number)
    })?;
    let parent_bytes = if height == 0 { 0 } else { HASH_BYTES };
    let is_sized = header.previous_hash.len() == parent_bytes && header.data_hash.len() == HASH_BYTES;
    require(is_sized, height, || "its hashes have another length".to_owned())?;
    Ok(header)
}

/// Whether an envelope has the form that Fabric's encoder gives it: payload and signature, neither empty, then only what it does not know.
fn is_well_formed(raw: &[u8]) -> bool {
    let Ok(read) = Envelope::decode(raw) else {
        return false;
    };
    if read.payload.is_empty() || read.signature.is_empty() {
        return false;
    }
    let known = read.encode_to_vec();
    let Some(mut unknown) = raw.strip_prefix(known.as_slice()) else {
        return false;
    };
    while !unknown.is_empty() {
        let Ok((tag, wire)) = decode_key(&mut unknown) else {
            return false;
        };
        let is_known = tag <= 2 || wire == WireType::EndGroup;
        if is_known || skip_field(wire, tag, &mut unknown, DecodeContext::default()).is_err() {
            return false;
        }
    }
    true
}

/// What an envelope says of its channel; none where that cannot be read.
pub(crate) fn channel_header(raw: &[u8]) -> Option<(Payload, ChannelHeader)> {
    let envelope = Envelope::decode(raw).ok()?;
    let payload = Payload::decode(envelope.payload.as_slice()).ok()?;
    let header = payload.header.as_ref()?;
    let channel = ChannelHeader::decode(header.channel_header.as_slice()).ok()?;
    Some((payload, channel))
}

/// The payload of a config block's only envelope; none of other blocks.
pub(crate) fn config_payload(envelopes: &[Vec<u8>]) -> Option<(Payload, ChannelHeader)> {
    let [only] = envelopes else {
        return None;
    };
    channel_header(only).filter(|(_, channel)| channel.kind == KIND_CONFIG)
}

/// Whether the header binds these envelopes, and no others.
pub(crate) fn contents(header: &BlockHeader, envelopes: &[Vec<u8>]) -> Result<(), LinkError> {
    let height = header.number;
    require(!envelopes.is_empty(), height, || "it is empty".to_owned())?;
    let found = sha256(&envelopes.concat());
    require(header.data_hash == found, height, || {
        format!(
            "its {} envelopes have another hash than its header says",
            envelopes.len()
        )
    })?;
    if config_payload(envelopes).is_some() {
        return Ok(());
    }
    match envelopes.iter().position(|raw| !is_well_formed(raw)) {
        None => Ok(()),
        Some(place) => require(false, height, || format!("envelope {place} has another form")),
    }
}

/// The envelopes of a block.
pub(crate) fn envelopes(block: &Block) -> &[Vec<u8>] {
    block.data.as_ref().map_or(&[], |data| data.data.as_slice())
}

fn metadata(block: &Block, place: usize) -> &[u8] {
    let all = block.metadata.as_ref();
    all.and_then(|all| all.metadata.get(place))
        .map_or(&[], Vec::as_slice)
}

/// The signatures of the orderers, with what they signed beside the header.
pub(crate) fn signatures(block: &Block, height: u64) -> Result<Metadata, LinkError> {
    Metadata::decode(metadata(block, PLACE_SIGNATURES)).map_err(|error| LinkError::False {
        height,
        what: format!("its signatures cannot be read: {error}"),
    })
}

/// The config block that was in force when the block was made, as its signatures say.
pub(crate) fn last_config(block: &Block, height: u64) -> Result<u64, LinkError> {
    let signed = signatures(block, height)?;
    require(!signed.value.is_empty(), height, || {
        "its orderers did not sign which config block is in force (older than 1.4.1)".to_owned()
    })?;
    let read = OrdererBlockMetadata::decode(signed.value.as_slice()).map_err(|error| LinkError::False {
        height,
        what: format!("what its orderers signed cannot be read: {error}"),
    })?;
    Ok(read.last_config.unwrap_or_default().index)
}

/// What the peer found of each transaction of the block.
pub(crate) fn outcomes(block: &Block, height: u64) -> Result<Vec<ForeignOutcome>, LinkError> {
    let codes = metadata(block, PLACE_VALIDITY);
    let count = envelopes(block).len();
    require(codes.len() == count, height, || {
        format!(
            "it says of {} transactions whether they are valid, and has {count}",
            codes.len()
        )
    })?;
    let outcome = |code: &u8| match *code {
        CODE_VALID => ForeignOutcome::Succeeded,
        CODE_NOT_VALIDATED => ForeignOutcome::Unknown,
        _ => ForeignOutcome::Failed,
    };
    Ok(codes.iter().map(outcome).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::encoding::encode_varint;

    fn header(number: u64) -> BlockHeader {
        BlockHeader {
            number,
            previous_hash: if number == 0 { vec![] } else { vec![1; 32] },
            data_hash: vec![2; 32],
        }
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (number, expected) in [
            (0, "020100"),
            (127, "02017f"),
            (128, "02020080"),
            (256, "02020100"),
            (u64::MAX, "020900ffffffffffffffff"),
        ] {
            let bytes = header_bytes(&header(number));
            let told = alloy_primitives::hex::encode(&bytes[2..]);
            assert!(told.starts_with(expected), "{number}: {told}");
            assert_eq!(read_header(&bytes), Some(header(number)));
        }
        let bytes = header_bytes(&header(5));
        for place in 0..bytes.len() {
            let mut other = bytes.clone();
            other[place] ^= 1;
            assert_ne!(read_header(&other), Some(header(5)), "byte {place}");
            assert_eq!(read_header(&bytes[..place]), None);
        }
        assert_eq!(read_header(&[&bytes[..], &[0]].concat()), None);
    }

    #[test]
    fn an_envelope_has_one_form() {
        let good = Envelope {
            payload: vec![7; 200],
            signature: vec![8; 70],
        }
        .encode_to_vec();
        assert!(is_well_formed(&good));
        // A field of a later version is Fabric's business.
        assert!(is_well_formed(&[&good[..], &[0x1a, 1, 9]].concat()));
        let mut long = good.clone();
        // The same length, written longer than it must be.
        long.splice(1..3, {
            let mut bytes = Vec::new();
            encode_varint(200, &mut bytes);
            bytes[1] |= 0x80;
            bytes.push(0);
            bytes
        });
        assert_eq!(
            Envelope::decode(long.as_slice()),
            Envelope::decode(good.as_slice())
        );
        for wrong in [
            long,
            [&good[..], &good[..]].concat(),
            [&good[..], &[0x12, 0]].concat(),
            [&[0x1a, 1, 9], &good[..]].concat(),
            good[..good.len() - 1].to_vec(),
            vec![0x12, 1, 7, 0x0a, 1, 7],
            vec![0x0a, 1, 7],
            vec![],
        ] {
            assert!(!is_well_formed(&wrong), "{wrong:?}");
        }
    }
}
