//! Keys and signatures. The keys are either well known or made from a seed: they protect nothing.

use alloy_consensus::{EthereumTxEnvelope, SignableTransaction, TxEip1559, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, b256, keccak256};
use anyhow::Context;
use civitas_types::TxEnvelope;
use rayon::prelude::*;
use secp256k1::{Message, SECP256K1, SecretKey};

/// Key of the first account of the mnemonic `test test test test test test test test test test test junk`.
const DEVELOPMENT_KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

/// An account that can sign.
#[derive(Clone, Debug)]
pub(super) struct Account {
    key: SecretKey,
    pub(super) address: Address,
}

impl Account {
    pub(super) fn from_key(key: &B256) -> anyhow::Result<Self> {
        let key = SecretKey::from_byte_array(key.0).context("the key is not a secp256k1 private key")?;
        let public = key.public_key(SECP256K1).serialize_uncompressed();
        let hash = keccak256(&public[1..]);
        Ok(Self {
            key,
            address: Address::from_slice(&hash[12..]),
        })
    }

    /// Signs a call: its EIP-2718 encoding and its hash.
    pub(super) fn sign(&self, call: Call, chain_id: u64, fees: Fees) -> anyhow::Result<(Bytes, B256)> {
        let Call {
            nonce,
            to,
            value,
            input,
            gas,
        } = call;
        let envelope: TxEnvelope = match fees {
            Fees::Legacy { price } => {
                let fields = TxLegacy {
                    chain_id: Some(chain_id),
                    nonce,
                    gas_price: price,
                    gas_limit: gas,
                    to,
                    value,
                    input,
                };
                let signature = self.signature(fields.signature_hash())?;
                EthereumTxEnvelope::Legacy(fields.into_signed(signature))
            }
            Fees::Dynamic { fee_max, tip_max } => {
                let fields = TxEip1559 {
                    chain_id,
                    nonce,
                    gas_limit: gas,
                    max_fee_per_gas: fee_max,
                    max_priority_fee_per_gas: tip_max,
                    to,
                    value,
                    access_list: Default::default(),
                    input,
                };
                let signature = self.signature(fields.signature_hash())?;
                EthereumTxEnvelope::Eip1559(fields.into_signed(signature))
            }
        };
        Ok((envelope.encoded_2718().into(), *envelope.tx_hash()))
    }

    fn signature(&self, hash: B256) -> anyhow::Result<Signature> {
        let signed = SECP256K1.sign_ecdsa_recoverable(Message::from_digest(hash.0), &self.key);
        let (id, bytes) = signed.serialize_compact();
        Ok(Signature::from_bytes_and_parity(&bytes, i32::from(id) & 1 == 1))
    }
}

/// A transaction before it is signed.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) nonce: u64,
    pub(super) to: TxKind,
    pub(super) value: U256,
    pub(super) input: Bytes,
    pub(super) gas: u64,
}

/// What a transaction offers for gas, in wei.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fees {
    /// The chain has no base fee (before London).
    Legacy {
        /// Price of gas.
        price: u128,
    },
    /// EIP-1559.
    Dynamic {
        /// `maxFeePerGas`.
        fee_max: u128,
        /// `maxPriorityFeePerGas`.
        tip_max: u128,
    },
}

impl Fees {
    /// The most that one unit of gas can cost.
    pub(super) const fn price_max(&self) -> u128 {
        match self {
            Self::Legacy { price } => *price,
            Self::Dynamic { fee_max, .. } => *fee_max,
        }
    }
}

/// The funded account of every development city, of Anvil and of Hardhat.
pub(super) fn development() -> anyhow::Result<Account> {
    Account::from_key(&DEVELOPMENT_KEY)
}

/// The sender accounts of a seed.
pub(super) fn senders(seed: u64, count: usize) -> anyhow::Result<Vec<Account>> {
    let key = |index: usize| {
        let mut material = b"civitas.bench".to_vec();
        material.extend(seed.to_be_bytes());
        material.extend(index.to_be_bytes());
        Account::from_key(&keccak256(material))
    };
    (0..count).into_par_iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::transaction::SignerRecoverable;
    use alloy_primitives::address;
    use civitas_types::Transaction;

    #[test]
    fn both_kinds_of_transactions_recover_to_their_sender() {
        let account = development().unwrap();
        assert_eq!(
            account.address,
            address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        );
        let call = Call {
            nonce: 3,
            to: TxKind::Create,
            value: U256::ZERO,
            input: Bytes::new(),
            gas: 60_000,
        };
        for fees in [
            Fees::Legacy { price: 7 },
            Fees::Dynamic {
                fee_max: 7,
                tip_max: 0,
            },
        ] {
            let (raw, hash) = account.sign(call.clone(), 1337, fees).unwrap();
            let envelope = Transaction::decode_envelope(&raw).unwrap();
            assert_eq!(envelope.recover_signer().unwrap(), account.address);
            assert_eq!(*envelope.tx_hash(), hash);
        }
    }

    #[test]
    fn senders_come_from_the_seed_alone() {
        let addresses = |seed| {
            senders(seed, 3)
                .unwrap()
                .iter()
                .map(|sender| sender.address)
                .collect::<Vec<_>>()
        };
        assert_eq!(addresses(1), addresses(1));
        assert_ne!(addresses(1), addresses(2));
    }
}
