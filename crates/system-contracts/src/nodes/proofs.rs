//! What a node signs with its key for the system contracts, and how that is verified.
//!
//! Every message is `keccak256(abi.encode(domain, chain id, ...))` with a domain of its own, and the signature is
//! Ed25519 (RFC 8032) over the 32 bytes of that hash: no message can be taken for another one, for one of another
//! ledger, or for a vote or a TLS handshake of the same key.

use crate::{
    fault::{Fault, refuse},
    host::{Host, gas},
    interfaces::INodes as abi,
};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;
/// Words that are hashed for a message, at most; the price of every message.
const MESSAGE_WORDS_MAX: u64 = 32;

const APPLICATION_DOMAIN: &str = "civitas-node-application";
const ENDPOINT_DOMAIN: &str = "civitas-node-endpoint";
const READY_DOMAIN: &str = "civitas-node-ready";
const LEDGER_READY_DOMAIN: &str = "civitas-ledger-ready";
const AUDIT_DOMAIN: &str = "civitas-audit-anchor";

/// What a node says of itself when it applies.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// The organisation that it belongs to.
    pub organisation: B256,
    /// Its name.
    pub name: &'a str,
    /// Its endpoint.
    pub endpoint: &'a str,
    /// Who receives the fees of its blocks.
    pub beneficiary: Address,
}

impl Application<'_> {
    /// The message that the node signs.
    pub fn message(&self) -> B256 {
        let fields = (
            APPLICATION_DOMAIN,
            U256::from(self.chain_id),
            self.organisation,
            self.name,
            self.endpoint,
            self.beneficiary,
        );
        keccak256(fields.abi_encode_params())
    }
}

/// The message for the change of an endpoint; `sequence` is the number of changes before it.
pub fn endpoint_message(chain_id: u64, endpoint: &str, sequence: u64) -> B256 {
    let fields = (ENDPOINT_DOMAIN, U256::from(chain_id), endpoint, sequence);
    keccak256(fields.abi_encode_params())
}

/// The message of a node that has caught up with the block at `height`.
pub fn ready_message(chain_id: u64, height: u64, block_hash: B256) -> B256 {
    let fields = (READY_DOMAIN, U256::from(chain_id), height, block_hash);
    keccak256(fields.abi_encode_params())
}

/// What a node says when it is ready to order a partition ledger.
#[derive(Clone, Copy, Debug)]
pub struct LedgerReadiness {
    /// Chain id of the main ledger, which keeps the registry.
    pub chain_id: u64,
    /// Chain id of the partition ledger.
    pub ledger: u64,
    /// Height of a late block of the main ledger.
    pub height: u64,
    /// Its hash.
    pub block_hash: B256,
}

impl LedgerReadiness {
    /// The message that the node signs.
    pub fn message(&self) -> B256 {
        let fields = (
            LEDGER_READY_DOMAIN,
            U256::from(self.chain_id),
            self.ledger,
            self.height,
            self.block_hash,
        );
        keccak256(fields.abi_encode_params())
    }
}

/// What a node says of its audit records when it anchors them.
#[derive(Clone, Copy, Debug)]
pub struct AuditAnchor {
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// Index of the first record.
    pub from_index: u64,
    /// Index of the last record.
    pub to_index: u64,
    /// Hash that the chain of records has after the last one.
    pub head_hash: B256,
}

impl AuditAnchor {
    /// The message that the node signs.
    pub fn message(&self) -> B256 {
        let fields = (
            AUDIT_DOMAIN,
            U256::from(self.chain_id),
            self.from_index,
            self.to_index,
            self.head_hash,
        );
        keccak256(fields.abi_encode_params())
    }
}

/// Refuses what is not the signature of `key` over `message`.
///
/// # Errors
/// `BadSignature`, and what the host gives.
pub fn verify(host: &mut dyn Host, key: B256, message: B256, signature: &[u8]) -> Result<(), Fault> {
    host.charge(gas::SIGNATURE + gas::HASH + gas::HASH_WORD * MESSAGE_WORDS_MAX)?;
    let valid = signature.len() == SIGNATURE_BYTES
        && UnparsedPublicKey::new(&ED25519, key.as_slice())
            .verify(message.as_slice(), signature)
            .is_ok();
    if valid {
        return Ok(());
    }
    refuse(abi::BadSignature { key })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message as Solidity's `abi.encode` lays it out, word by word: clients in other languages build the same.
    #[test]
    fn messages_are_what_solidity_encodes() {
        let word = |number: u64| U256::from(number).to_be_bytes::<32>();
        let text = |text: &str| {
            let mut padded = [0; 32];
            padded[..text.len()].copy_from_slice(text.as_bytes());
            [word(u64::try_from(text.len()).unwrap()), padded].concat()
        };
        let block_hash = B256::repeat_byte(0xbb);
        let head = [word(4 * 32), word(77), word(9), block_hash.0].concat();
        let expected = keccak256([head, text("civitas-node-ready")].concat());
        assert_eq!(ready_message(77, 9, block_hash), expected);
        let head = [word(5 * 32), word(77), word(900), word(9), block_hash.0].concat();
        let readiness = LedgerReadiness {
            chain_id: 77,
            ledger: 900,
            height: 9,
            block_hash,
        };
        let expected = keccak256([head, text("civitas-ledger-ready")].concat());
        assert_eq!(readiness.message(), expected);
        let head = [word(4 * 32), word(77), word(6 * 32), word(3)].concat();
        let tail = [text("civitas-node-endpoint"), text("a:1")].concat();
        assert_eq!(endpoint_message(77, "a:1", 3), keccak256([head, tail].concat()));
        let head = [word(5 * 32), word(77), word(1), word(2), block_hash.0].concat();
        let anchor = AuditAnchor {
            chain_id: 77,
            from_index: 1,
            to_index: 2,
            head_hash: block_hash,
        };
        let expected = keccak256([head, text("civitas-audit-anchor")].concat());
        assert_eq!(anchor.message(), expected);
        let organisation = B256::repeat_byte(0xaa);
        let beneficiary = Address::repeat_byte(0xcc);
        let application = Application {
            chain_id: 77,
            organisation,
            name: "one",
            endpoint: "a:1",
            beneficiary,
        };
        let head = [
            word(6 * 32),
            word(77),
            organisation.0,
            word(8 * 32),
            word(10 * 32),
            beneficiary.into_word().0,
        ]
        .concat();
        let tail = [text("civitas-node-application"), text("one"), text("a:1")].concat();
        assert_eq!(application.message(), keccak256([head, tail].concat()));
    }
}
