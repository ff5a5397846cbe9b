//! Who asks: requests for blocks are signed by a member of the channel.

use crate::{
    certificate::{certificate, sha256},
    config::{Config, KeyPair},
    wire::{
        ChannelHeader, Envelope, Header, KIND_SEEK, Payload, SeekInfo, SerializedIdentity, SignatureHeader,
        Timestamp,
    },
};
use alloy_primitives::{U256, uint};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use civitas_chain_link::LinkError;
use civitas_ports::ForeignError;
use prost::Message as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Order of the curve P-256 (FIPS 186-4, D.1.2.3).
const ORDER: U256 = uint!(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551_U256);
/// Bytes of a number that is used once, as Fabric's clients take.
const NONCE_BYTES: usize = 24;
const DER_SEQUENCE: u8 = 0x30;
const DER_INTEGER: u8 = 0x02;

/// A member of the channel.
#[derive(Debug)]
pub(crate) struct Identity {
    channel: String,
    creator: Vec<u8>,
    key: EcdsaKeyPair,
    /// Fingerprint of the certificate that is shown in TLS: peers that ask for one compare it.
    tls_hash: Vec<u8>,
    random: SystemRandom,
}

/// A positive integer in DER.
fn push_integer(out: &mut Vec<u8>, number: U256) {
    let bytes = number.to_be_bytes_trimmed_vec();
    let is_high = bytes.first().is_none_or(|first| *first >= 0x80);
    let length = bytes.len() + usize::from(is_high);
    out.extend([DER_INTEGER, u8::try_from(length).unwrap_or(u8::MAX)]);
    out.extend(is_high.then_some(0));
    out.extend(bytes);
}

/// A signature of 64 bytes in the only form that Fabric takes: in DER, and with the lower one of the two numbers that both fit.
fn fabric_form(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let (r, s) = (U256::from_be_slice(r), U256::from_be_slice(s));
    let low = if s > ORDER >> 1 { ORDER - s } else { s };
    let mut content = Vec::new();
    push_integer(&mut content, r);
    push_integer(&mut content, low);
    let mut bytes = vec![DER_SEQUENCE, u8::try_from(content.len()).unwrap_or(u8::MAX)];
    bytes.extend(content);
    bytes
}

fn key(pair: &KeyPair) -> Option<EcdsaKeyPair> {
    let block = pem::parse(&pair.key).ok()?;
    EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, block.contents()).ok()
}

impl Identity {
    /// Reads the identity.
    pub(crate) fn new(config: &Config) -> Result<Self, ForeignError> {
        let wrong = |what: &str| ForeignError::Settings {
            what: what.to_owned(),
        };
        certificate(&config.identity.certificate)
            .ok_or_else(|| wrong("the identity's certificate is no certificate in PEM"))?;
        let key = key(&config.identity)
            .ok_or_else(|| wrong("the identity's key is no key of the curve P-256 in PEM"))?;
        let tls_hash = match &config.tls {
            None => Vec::new(),
            Some(pair) => {
                let shown = certificate(&pair.certificate)
                    .ok_or_else(|| wrong("the certificate for TLS is no certificate in PEM"))?;
                sha256(&shown).to_vec()
            }
        };
        let creator = SerializedIdentity {
            mspid: config.msp_id.clone(),
            id_bytes: config.identity.certificate.clone(),
        };
        Ok(Self {
            channel: config.channel.clone(),
            creator: creator.encode_to_vec(),
            key,
            tls_hash,
            random: SystemRandom::new(),
        })
    }

    /// A signed request for blocks.
    pub(crate) fn seek(&self, seek: &SeekInfo) -> Result<Envelope, LinkError> {
        let failed = |_| LinkError::Refused {
            request: "signing",
            code: 0,
            message: "the key of the identity signs nothing".to_owned(),
        };
        let mut nonce = vec![0; NONCE_BYTES];
        aws_lc_rs::rand::fill(&mut nonce).map_err(failed)?;
        // Peers refuse requests whose time is far from theirs.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let channel = ChannelHeader {
            kind: KIND_SEEK,
            timestamp: Some(Timestamp {
                seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
                nanos: now.subsec_nanos().cast_signed(),
            }),
            channel_id: self.channel.clone(),
            tls_cert_hash: self.tls_hash.clone(),
            ..ChannelHeader::default()
        };
        let signer = SignatureHeader {
            creator: self.creator.clone(),
            nonce,
        };
        let payload = Payload {
            header: Some(Header {
                channel_header: channel.encode_to_vec(),
                signature_header: signer.encode_to_vec(),
            }),
            data: seek.encode_to_vec(),
        }
        .encode_to_vec();
        let signature = self.key.sign(&self.random, &payload).map_err(failed)?;
        Ok(Envelope {
            payload,
            signature: fabric_form(signature.as_ref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_low_and_short() {
        let mut signature = [0; 64];
        signature[31] = 0x80;
        signature[32..].copy_from_slice(&(ORDER - U256::from(1)).to_be_bytes::<32>());
        assert_eq!(
            alloy_primitives::hex::encode(fabric_form(&signature)),
            "300702020080020101"
        );
    }
}
