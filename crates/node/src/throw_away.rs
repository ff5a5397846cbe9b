//! Transactions by which a node proves something to a system contract. A node has no account: each such transaction
//! is sent by an account that is made for it alone. On a ledger whose gas has a price nobody pays for it.

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, Signature, TxKind, keccak256};
use civitas_mempool::Pool;
use civitas_ports::{Origin, TransactionPool as _};
use civitas_types::TxEnvelope;
use secp256k1::{Message, SECP256K1, SecretKey};
use tracing::{debug, info};

/// A call that anybody may make, since it carries its own proof.
#[derive(Debug)]
pub(crate) struct ProvenCall<'a> {
    /// Chain id of the ledger.
    pub(crate) chain_id: u64,
    /// The contract.
    pub(crate) to: Address,
    /// The function with its arguments.
    pub(crate) input: Bytes,
    /// Gas limit.
    pub(crate) gas_limit: u64,
    /// The signature in it: the seed of the account.
    pub(crate) proof: &'a [u8],
}

impl ProvenCall<'_> {
    /// Gives the transaction to the pool of the ledger; `what` it proves is for the log.
    pub(crate) fn submit(self, pool: &Pool, what: &str) {
        let Some(raw) = self.sign() else { return };
        match pool.submit(raw, Origin::Client) {
            Ok(_) => info!("{what}"),
            Err(refusal) => debug!(%refusal, what, "the proof was refused"),
        }
    }

    /// The signed transaction. The key of its account comes from the proof, which nobody else can make before it is
    /// public, and protects nothing.
    pub(crate) fn sign(self) -> Option<Bytes> {
        let key = SecretKey::from_byte_array(keccak256(self.proof).0).ok()?;
        let fields = TxEip1559 {
            chain_id: self.chain_id,
            gas_limit: self.gas_limit,
            to: TxKind::Call(self.to),
            input: self.input,
            ..TxEip1559::default()
        };
        let digest = Message::from_digest(fields.signature_hash().0);
        let (id, bytes) = SECP256K1.sign_ecdsa_recoverable(digest, &key).serialize_compact();
        let signature = Signature::from_bytes_and_parity(&bytes, i32::from(id) & 1 == 1);
        let envelope = TxEnvelope::Eip1559(fields.into_signed(signature));
        Some(envelope.encoded_2718().into())
    }
}
