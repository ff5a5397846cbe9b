//! What a system contract sees of the ledger that it runs in.
//!
//! [`Host`] is implemented over revm's journal in crate `evm` (calls and transactions), over a state view (node
//! code that reads without the EVM), and by [`crate::memory::MemoryHost`]. All effects of a contract go through
//! it, so that a revert undoes them like those of any other contract.

use crate::fault::Fault;
use alloy_primitives::{Address, B256, LogData, U256};

/// Gas of the system contracts. The prices follow Ethereum's for the same effects; a load has one price, warm or
/// cold, so that gas does not depend on what an access list names.
pub mod gas {
    /// Every call.
    pub const CALL: u64 = 1_000;
    /// Reading a slot.
    pub const LOAD: u64 = 800;
    /// Writing a slot that was zero.
    pub const STORE_NEW: u64 = 20_000;
    /// Writing a slot that was not zero.
    pub const STORE_CHANGE: u64 = 5_000;
    /// A log, besides its topics and bytes (Yellow Paper, appendix G).
    pub const LOG: u64 = 375;
    /// A topic of a log.
    pub const LOG_TOPIC: u64 = 375;
    /// A byte of a log's data.
    pub const LOG_BYTE: u64 = 8;
    /// A word of a call's data: it is copied and decoded.
    pub const DATA_WORD: u64 = 12;
    /// A word of hashed data, besides [`HASH`].
    pub const HASH_WORD: u64 = 6;
    /// A hash.
    pub const HASH: u64 = 30;
    /// The verification of a signature (Ethereum's `ecrecover`).
    pub const SIGNATURE: u64 = 3_000;
}

/// Whose rules hold on a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LedgerKind {
    /// The ledger that keeps the city's registries itself.
    #[default]
    Main,
    /// A ledger that reads them from the main ledger's state ([`crate::partition`]).
    Partition,
}

/// The block that a call runs in, and the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockContext {
    /// Chain id of the ledger.
    pub chain_id: u64,
    /// Height of the block; on a partition ledger that of the main ledger's block whose state is read, since every
    /// height in that state is one of the main ledger.
    pub height: u64,
    /// Its time, in seconds since the Unix epoch.
    pub timestamp: u64,
    /// Whose rules hold.
    pub ledger: LedgerKind,
}

/// The ledger, as a system contract sees it.
pub trait Host {
    /// The block that is being executed.
    fn block(&self) -> BlockContext;

    /// Takes `amount` of gas.
    ///
    /// # Errors
    /// [`Fault::OutOfGas`].
    fn charge(&mut self, amount: u64) -> Result<(), Fault>;

    /// A storage slot of a system contract, zero if it was never written. Gas is charged by the caller.
    ///
    /// # Errors
    /// [`Fault::State`].
    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, Fault>;

    /// Writes a storage slot of a system contract. Gas is charged by the caller.
    ///
    /// # Errors
    /// [`Fault::State`], and [`Fault::ReadOnly`] in a static call.
    fn store(&mut self, contract: Address, slot: U256, value: U256) -> Result<(), Fault>;

    /// Emits an event of a system contract. Gas is charged by the caller.
    ///
    /// # Errors
    /// [`Fault::ReadOnly`] in a static call.
    fn emit(&mut self, contract: Address, log: LogData) -> Result<(), Fault>;

    /// Hash of one of the last 256 blocks, zero for others (the rule of `BLOCKHASH`).
    ///
    /// # Errors
    /// [`Fault::State`].
    fn block_hash(&mut self, height: u64) -> Result<B256, Fault>;
}
