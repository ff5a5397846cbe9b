//! Accounts that sign transactions, and where their keys come from: a file, the command line, or the well-known
//! accounts of a development city.
//!
//! Invariant: a key is never printed and never sent anywhere; written only to files of their owner alone.

use alloy_consensus::{EthereumTxEnvelope, SignableTransaction, TxEip1559, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, b256, eip191_hash_message, keccak256};
use anyhow::Context;
use civitas_ports::DigestSigner;
use civitas_types::TxEnvelope;
use secp256k1::{Message, SECP256K1, SecretKey};
use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// Keys of the first ten accounts of the mnemonic `test test test test test test test test test test test junk`, which
/// everybody knows.
const DEVELOPMENT_KEYS: [B256; 10] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    b256!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    b256!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    b256!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
];
/// How a well-known account is named: `dev0` to `dev9`.
const DEVELOPMENT_PREFIX: &str = "dev";

/// An account that can sign.
#[derive(Clone)]
pub struct Account {
    key: SecretKey,
    /// Its address.
    pub address: Address,
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Account({})", self.address)
    }
}

impl Account {
    /// The account of a secp256k1 key.
    pub fn from_key(key: &B256) -> anyhow::Result<Self> {
        let key = SecretKey::from_byte_array(key.0).context("the key is not a secp256k1 private key")?;
        let public = key.public_key(SECP256K1).serialize_uncompressed();
        let hash = keccak256(&public[1..]);
        Ok(Self {
            key,
            address: Address::from_slice(&hash[12..]),
        })
    }

    /// The content of a file that [`from_argument`] reads: for a file of its owner alone, and nothing else.
    pub fn key_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", B256::from(self.key.secret_bytes())))
    }

    /// Signs a call: its EIP-2718 encoding and its hash.
    pub fn sign(&self, call: Call, chain_id: u64, fees: Fees) -> anyhow::Result<(Bytes, B256)> {
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

    /// Signs a text as a wallet does (EIP-191): r, s and v.
    ///
    /// # Errors
    /// The library gives no signature.
    pub fn sign_text(&self, text: &str) -> anyhow::Result<[u8; 65]> {
        Ok(self.signature(eip191_hash_message(text))?.as_bytes())
    }

    /// Signs a hash: r, s and v.
    ///
    /// # Errors
    /// The library gives no signature.
    pub fn sign_digest(&self, digest: B256) -> anyhow::Result<[u8; 65]> {
        Ok(self.signature(digest)?.as_bytes())
    }

    /// What drivers of business chains sign with.
    pub fn signer(&self) -> DigestSigner {
        let account = self.clone();
        DigestSigner::new(self.address, move |digest| Ok(account.sign_digest(digest)?))
    }

    fn signature(&self, hash: B256) -> anyhow::Result<Signature> {
        let signed = SECP256K1.sign_ecdsa_recoverable(Message::from_digest(hash.0), &self.key);
        let (id, bytes) = signed.serialize_compact();
        Ok(Signature::from_bytes_and_parity(&bytes, i32::from(id) & 1 == 1))
    }
}

/// A transaction before it is signed.
#[derive(Clone, Debug)]
pub struct Call {
    /// Number of the account's transactions before it.
    pub nonce: u64,
    /// Whom it calls.
    pub to: TxKind,
    /// Wei that go with it.
    pub value: U256,
    /// Selector and arguments.
    pub input: Bytes,
    /// Gas limit.
    pub gas: u64,
}

/// What a transaction offers for gas, in wei.
#[derive(Clone, Copy, Debug)]
pub enum Fees {
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
    pub const fn price_max(&self) -> u128 {
        match self {
            Self::Legacy { price } => *price,
            Self::Dynamic { fee_max, .. } => *fee_max,
        }
    }
}

/// The funded account of every development city, of Anvil and of Hardhat.
pub fn development() -> anyhow::Result<Account> {
    Account::from_key(&DEVELOPMENT_KEYS[0])
}

/// The number of a well-known account: 3 for `dev3`.
pub fn development_index(name: &str) -> Option<usize> {
    let index = name.strip_prefix(DEVELOPMENT_PREFIX)?.parse().ok()?;
    (index < DEVELOPMENT_KEYS.len()).then_some(index)
}

/// The account of `--key`: `dev0` to `dev9`, 32 bytes in hexadecimal, or a file that holds them.
pub fn from_argument(text: &str) -> anyhow::Result<Account> {
    if let Some(index) = development_index(text) {
        return Account::from_key(&DEVELOPMENT_KEYS[index]);
    }
    if let Ok(key) = text.parse::<B256>() {
        return Account::from_key(&key);
    }
    let content = civitas_crypto::read_private_file(Path::new(text)).context(
        "--key is dev0 to dev9, 32 bytes in hexadecimal, or a file of its owner alone that holds them; it is none of these",
    )?;
    let key = content
        .trim()
        .parse::<B256>()
        .ok()
        .with_context(|| format!("{text} does not hold 32 bytes in hexadecimal"))?;
    Account::from_key(&key)
}

/// Who signed a hash: r, s and 27 or 28; none if it is no signature.
pub fn signer_of(digest: B256, signature: &[u8]) -> Option<Address> {
    let signature = Signature::try_from(signature).ok()?;
    alloy_consensus::crypto::secp256k1::recover_signer(&signature, digest).ok()
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
    fn well_known_accounts_have_their_addresses() {
        for (index, address) in crate::init::DEVELOPMENT_ACCOUNTS.iter().enumerate() {
            let account = from_argument(&format!("dev{index}")).unwrap();
            assert_eq!(account.address, *address);
        }
        for wrong in ["dev10", "dev", "0x12", "no-such-file"] {
            assert!(from_argument(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_taken_from_hexadecimal_with_and_without_prefix_and_never_shown() {
        let key = format!("{:x}", DEVELOPMENT_KEYS[1]);
        let account = from_argument(&key).unwrap();
        assert_eq!(
            account.address,
            from_argument(&format!("0x{key}")).unwrap().address
        );
        assert!(!format!("{account:?}").contains(&key[..8]));
    }
}
