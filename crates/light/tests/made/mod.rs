//! Headers of Byzantine chains of Ethereum's kind, made and sealed as their nodes do it. Another crate's tests have them, too.

#![allow(clippy::unwrap_used, reason = "tests")]

use alloy_primitives::{Address, B256, b256, keccak256};
use alloy_rlp::{BufMut, Encodable, Header as RlpHeader};
use civitas_light::{bft::Dialect, secp256k1};
use k256::ecdsa::SigningKey;

const MIX_HASH: B256 = b256!("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut bytes = Vec::new();
    RlpHeader {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut bytes);
    bytes.put_slice(&payload);
    bytes
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    bytes.encode(&mut encoded);
    encoded
}

fn sign(seed: u8, digest: &B256) -> Vec<u8> {
    let key = SigningKey::from_slice(&[seed; 32]).unwrap();
    let (signature, id) = key.sign_prehash_recoverable(digest.as_slice()).unwrap();
    [&signature.to_bytes()[..], &[id.to_byte()]].concat()
}

pub fn address(seed: u8) -> Address {
    let digest = keccak256([seed]);
    secp256k1::recover(&digest, &sign(seed, &digest)).unwrap()
}

/// A header of a chain that is made here, as its nodes would make it.
#[derive(Clone)]
pub struct Made {
    pub dialect: Dialect,
    pub height: u64,
    pub parent: B256,
    pub seconds: u64,
    pub round: u8,
    pub validators: Vec<u8>,
    pub mark: u8,
}

impl Made {
    fn with_extra(&self, extra: &[u8]) -> Vec<u8> {
        let number = |number: u64| alloy_rlp::encode(number);
        list(&[
            string(self.parent.as_slice()),
            string(&[7; 32]),
            string(&[0; 20]),
            string(&[self.mark; 32]),
            string(&[4; 32]),
            string(&[5; 32]),
            string(&[0; 256]),
            number(1),
            number(self.height),
            number(30_000_000),
            number(0),
            number(self.seconds),
            string(extra),
            string(MIX_HASH.as_slice()),
            string(&[0; 8]),
        ])
    }

    /// Extra data with a round and seals, or without them.
    fn extra(&self, round: Option<Vec<u8>>, seals: Option<&[Vec<u8>]>) -> Vec<u8> {
        let validators = list(
            &self
                .validators
                .iter()
                .map(|seed| string(address(*seed).as_slice()))
                .collect::<Vec<_>>(),
        );
        let seals = seals.map(|seals| list(&seals.iter().map(|seal| string(seal)).collect::<Vec<_>>()));
        if self.dialect == Dialect::Ibft1 {
            let parts = [validators, string(&[9; 65]), seals.unwrap()];
            return [vec![0; 32], list(&parts)].concat();
        }
        let mut parts = vec![string(&[0; 32]), validators, string(&[])];
        parts.extend(round);
        parts.extend(seals);
        list(&parts)
    }

    fn round(&self) -> Vec<u8> {
        match self.dialect {
            Dialect::Ibft2 => string(&u32::from(self.round).to_be_bytes()),
            _ => alloy_rlp::encode(self.round),
        }
    }

    pub fn hash(&self) -> B256 {
        keccak256(self.with_extra(&match self.dialect {
            Dialect::Qbft => self.extra(Some(alloy_rlp::encode(0_u8)), Some(&[])),
            Dialect::Ibft2 => self.extra(None, None),
            Dialect::Ibft1 => self.extra(None, Some(&[])),
        }))
    }

    fn digest(&self) -> B256 {
        match self.dialect {
            Dialect::Qbft => keccak256(self.with_extra(&self.extra(Some(self.round()), Some(&[])))),
            Dialect::Ibft2 => keccak256(self.with_extra(&self.extra(Some(self.round()), None))),
            Dialect::Ibft1 => keccak256([self.hash().as_slice(), &[2]].concat()),
        }
    }

    pub fn sealed(&self, signers: &[u8]) -> Vec<u8> {
        let digest = self.digest();
        let seals: Vec<Vec<u8>> = signers.iter().map(|seed| sign(*seed, &digest)).collect();
        self.with_extra(&self.extra(Some(self.round()), Some(&seals)))
    }
}

pub fn made(dialect: Dialect, height: u64, validators: &[u8]) -> Made {
    Made {
        dialect,
        height,
        parent: B256::repeat_byte(1),
        seconds: 1_000 + height,
        round: 0,
        validators: validators.to_vec(),
        mark: 3,
    }
}
