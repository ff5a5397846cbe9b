//! The words of a ledger: heights, payloads, transactions, blocks, accounts, parameters and genesis.
//!
//! Everything here is pure data with its encoding; nothing does input or output. Ethereum's own types come
//! from `alloy` and are re-exported where they are part of our interfaces, so that a block of a Civitas
//! ledger is an Ethereum block, bit for bit.
//!
//! ```text
//! Transaction ──ordered in──▶ Payload ──executed into──▶ Block (Ethereum header, receipts)
//!                                ▲                          │
//!                                └── ResultCommitment ◀─────┘   the next payloads commit to the header
//! ```
//!
//! This crate never touches a clock, a socket, a disk or a random source.

mod account;
mod block;
mod epochs;
mod genesis;
mod height;
mod parameters;
mod payload;
mod transaction;

pub use account::{Account, StateDiff, StorageDiff};
pub use block::{Block, Omission, TransactionLocation};
pub use epochs::Epochs;
pub use genesis::{Genesis, GenesisError, NodeKey, Validator};
pub use height::Height;
pub use parameters::{LedgerParameters, OrderingEngine, ParametersError, StateCommitment};
pub use payload::{MainLink, Payload, PayloadError, PayloadHeader, PayloadLimits, ResultCommitment};
pub use transaction::{Transaction, TransactionError, TxEnvelope};

pub use alloy_consensus::{Header, ReceiptEnvelope};
pub use alloy_primitives::{Address, B256, Bytes, U256};
