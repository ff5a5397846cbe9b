//! A block: an Ethereum header with the transactions, receipts and omissions of its execution.

use crate::{Height, Transaction};
use alloy_consensus::{Header, ReceiptEnvelope};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::B256;
use std::sync::Arc;

/// A transaction that was ordered but could not be executed, and so is not part of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    /// Hash of the transaction.
    pub transaction: B256,
    /// Why it could not be executed, in words for its sender.
    pub reason: String,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionLocation {
    /// Height of its block.
    pub height: Height,
    /// Position in the block.
    pub index: u32,
}

/// An executed block. `receipts[i]` belongs to `transactions[i]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The Ethereum header.
    pub header: Header,
    /// Keccak-256 of the RLP of `header`.
    pub hash: B256,
    /// The executed transactions in their order.
    pub transactions: Vec<Arc<Transaction>>,
    /// Their receipts (EIP-658; with post-state roots before Byzantium on imported chains).
    pub receipts: Vec<ReceiptEnvelope>,
    /// Uncle headers; only imported chains have them.
    pub ommers: Vec<Header>,
    /// Withdrawals (EIP-4895); empty on our own ledgers, none before Shanghai on imported chains.
    pub withdrawals: Option<Withdrawals>,
    /// What was ordered and left out.
    pub omitted: Vec<Omission>,
    /// Time of the payload, milliseconds since the Unix epoch; the header holds whole seconds.
    pub timestamp_ms: u64,
}

impl Block {
    /// Height of the block.
    pub const fn height(&self) -> Height {
        Height::new(self.header.number)
    }
}
