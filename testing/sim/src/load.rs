//! Clients of a simulated city: transfers signed once for all runs, and what their senders have seen.

use alloy_consensus::{SignableTransaction, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use civitas_types::TxEnvelope;
use rand::{RngExt, rngs::StdRng};
use secp256k1::{Message, SECP256K1, SecretKey};
use std::{collections::BTreeMap, sync::LazyLock};

/// Chain id of simulated cities.
pub const CHAIN_ID: u64 = 1337;
/// Senders, and transfers of each, at most.
const SENDERS: u8 = 6;
const TRANSFERS: u64 = 60;
/// A sender has this many transfers under way, at most.
const UNDER_WAY_MAX: u64 = 8;
/// Virtual milliseconds after which a client sends again.
pub const AGAIN_AFTER_MS: u64 = 1_500;

/// A signed transaction.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Its hash.
    pub hash: B256,
    /// Its EIP-2718 encoding.
    pub raw: Bytes,
}

/// All transfers, by sender and nonce.
static TRANSFERS_SIGNED: LazyLock<Vec<Vec<Transfer>>> = LazyLock::new(|| {
    let sign_all = |sender: u8| {
        (0..TRANSFERS)
            .map(|nonce| sign(&key(sender), transfer(sender, nonce)))
            .collect()
    };
    (0..SENDERS).map(sign_all).collect()
});

#[expect(clippy::expect_used, reason = "small numbers are keys of the curve")]
fn key(sender: u8) -> SecretKey {
    SecretKey::from_byte_array([sender + 1; 32]).expect("small numbers are keys of the curve")
}

/// The accounts that the genesis funds.
pub fn senders() -> Vec<Address> {
    (0..SENDERS).map(|sender| address_of(&key(sender))).collect()
}

/// The account of a key.
pub fn address_of(key: &SecretKey) -> Address {
    let public = key.public_key(SECP256K1).serialize_uncompressed();
    Address::from_slice(&keccak256(&public[1..])[12..])
}

fn transfer(sender: u8, nonce: u64) -> TxLegacy {
    TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 0,
        gas_limit: 21_000,
        to: TxKind::Call(Address::repeat_byte(0xa0 + sender)),
        value: U256::from(nonce + 1),
        input: Bytes::new(),
    }
}

/// Signs a transaction.
pub fn sign(key: &SecretKey, transaction: TxLegacy) -> Transfer {
    let digest = Message::from_digest(transaction.signature_hash().0);
    let (recovery, bytes) = SECP256K1.sign_ecdsa_recoverable(digest, key).serialize_compact();
    let signature = Signature::from_bytes_and_parity(&bytes, i32::from(recovery) == 1);
    let envelope = TxEnvelope::Legacy(transaction.into_signed(signature));
    Transfer {
        hash: *envelope.tx_hash(),
        raw: envelope.encoded_2718().into(),
    }
}

/// What the clients of one run have sent and seen; outlives the nodes.
#[derive(Clone, Debug)]
pub struct Clients {
    next: Vec<u64>,
    under_way: BTreeMap<B256, UnderWay>,
    done: Vec<u64>,
}

#[derive(Clone, Debug)]
struct UnderWay {
    sender: usize,
    transfer: Transfer,
    sent_ms: u64,
}

impl Default for Clients {
    fn default() -> Self {
        let none = vec![0; usize::from(SENDERS)];
        Self {
            next: none.clone(),
            under_way: BTreeMap::new(),
            done: none,
        }
    }
}

impl Clients {
    /// A transfer to send now: one that waits for too long, or a new one.
    pub fn next_to_send(&mut self, chance: &mut StdRng, now_ms: u64, fresh: bool) -> Option<Bytes> {
        let oldest = self.under_way.values_mut().min_by_key(|one| one.sent_ms);
        if let Some(waiting) = oldest.filter(|one| now_ms >= one.sent_ms + AGAIN_AFTER_MS) {
            waiting.sent_ms = now_ms;
            return Some(waiting.transfer.raw.clone());
        }
        let sender = chance.random_range(0..self.next.len());
        let nonce = self.next[sender];
        if !fresh || nonce >= TRANSFERS || nonce >= self.done[sender] + UNDER_WAY_MAX {
            return None;
        }
        let transfer = TRANSFERS_SIGNED[sender][nonce as usize].clone();
        self.next[sender] += 1;
        let raw = transfer.raw.clone();
        self.under_way.insert(
            transfer.hash,
            UnderWay {
                sender,
                transfer,
                sent_ms: now_ms,
            },
        );
        Some(raw)
    }

    /// A transfer whose receipt has not been seen yet.
    pub fn next_to_look_for(&self, chance: &mut StdRng) -> Option<B256> {
        if self.under_way.is_empty() {
            return None;
        }
        self.under_way
            .keys()
            .nth(chance.random_range(0..self.under_way.len()))
            .copied()
    }

    /// The receipt of `transfer` was seen.
    pub fn seen(&mut self, transfer: B256) {
        if let Some(one) = self.under_way.remove(&transfer) {
            self.done[one.sender] += 1;
        }
    }

    /// After a power cut time begins anew: everything under way is due.
    pub fn restart(&mut self) {
        for one in self.under_way.values_mut() {
            one.sent_ms = 0;
        }
    }

    /// Transfers that were sent and not seen in a block.
    pub fn waiting(&self) -> usize {
        self.under_way.len()
    }
}
