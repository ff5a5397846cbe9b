//! The pool of transactions that wait to be ordered.

use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_types::{Block, Transaction, TransactionError};
use std::{collections::BTreeMap, sync::Arc};
use thiserror::Error;

/// Where a transaction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client of this node: it is spread to the validators, and spread again until it is in a block.
    Client,
    /// Another node.
    Peer,
}

/// Bounds of a pool. Defaults stand in crate `mempool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Transactions, at most.
    pub transactions_max: usize,
    /// Bytes of transactions, at most.
    pub bytes_max: usize,
    /// Transactions of one sender, at most.
    pub sender_transactions_max: usize,
    /// How far a nonce may be ahead of the account's.
    pub nonce_gap_max: u64,
    /// Bytes of one transaction, at most (ledger parameter `transactionBytesMax`).
    pub transaction_bytes_max: usize,
    /// Gas limit of one transaction, at most (the block's, or EIP-7825's).
    pub transaction_gas_max: u64,
}

/// Why a transaction was refused. Each reason has one JSON-RPC error (crate `rpc`).
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Not a transaction.
    #[error(transparent)]
    Malformed(#[from] TransactionError),
    /// Blob transactions are not part of a Civitas ledger.
    #[error(
        "transaction type 3 (blob) is not supported by this ledger: store large data off the ledger and certify its hash"
    )]
    BlobUnsupported,
    /// Signed without a chain id (before EIP-155): it could be replayed here from another chain.
    #[error("only replay-protected transactions (EIP-155) are accepted: sign for chain id {chain_id}")]
    Unprotected {
        /// Chain id of this ledger.
        chain_id: u64,
    },
    /// Signed for another chain.
    #[error("invalid chain id for signer: have {found} want {chain_id}")]
    WrongChain {
        /// Chain id in the transaction.
        found: u64,
        /// Chain id of this ledger.
        chain_id: u64,
    },
    /// The encoding is too long.
    #[error("oversized data: transaction size {bytes}, limit {max}")]
    TooLarge {
        /// Its length in bytes.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Already in the pool.
    #[error("already known")]
    AlreadyKnown,
    /// The nonce was used.
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow {
        /// Nonce of the transaction.
        nonce: u64,
        /// Next nonce of the account.
        next: u64,
    },
    /// The nonce is too far ahead.
    #[error("nonce too high: next nonce {next}, tx nonce {nonce}, at most {gap_max} ahead are kept")]
    NonceTooHigh {
        /// Nonce of the transaction.
        nonce: u64,
        /// Next nonce of the account.
        next: u64,
        /// The bound.
        gap_max: u64,
    },
    /// Balance below value plus the most that gas can cost.
    #[error("insufficient funds for gas * price + value: balance {balance}, tx cost {cost}")]
    InsufficientFunds {
        /// Balance of the sender.
        balance: U256,
        /// What the transaction can cost.
        cost: U256,
    },
    /// Gas limit below what the transaction needs before its first instruction.
    #[error("intrinsic gas too low: gas {gas}, minimum needed {needed}")]
    IntrinsicGasTooLow {
        /// Gas limit of the transaction.
        gas: u64,
        /// What is needed.
        needed: u64,
    },
    /// Gas limit above the bound.
    #[error("exceeds block gas limit: gas {gas}, limit {max}")]
    GasLimitTooHigh {
        /// Gas limit of the transaction.
        gas: u64,
        /// The bound.
        max: u64,
    },
    /// Fee cap below the base fee.
    #[error("max fee per gas less than block base fee: maxFeePerGas {fee}, baseFee {base_fee}")]
    FeeTooLow {
        /// Fee cap of the transaction in wei.
        fee: u128,
        /// Base fee in wei.
        base_fee: u64,
    },
    /// Priority fee above the fee cap.
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFee,
    /// The sender has code that is not an EIP-7702 delegation (EIP-3607).
    #[error("sender not an eoa: {sender} has code")]
    SenderHasCode {
        /// The sender.
        sender: Address,
    },
    /// The city does not allow it: a frozen account, a protected function, a missing role.
    #[error("not allowed: {reason}")]
    Denied {
        /// Why.
        reason: String,
    },
    /// Its texts have words that the thesaurus in force refuses. Says which law, never which word.
    #[error("the content of the transaction is refused: category {category}, legal basis: {legal_basis}")]
    Content {
        /// Key of the category.
        category: String,
        /// What allows it.
        legal_basis: String,
    },
    /// Another transaction with this nonce pays as much.
    #[error(
        "replacement transaction underpriced: the fees must be at least {percent} % above those of the transaction that waits (or above zero)"
    )]
    ReplacementUnderpriced {
        /// How much more is needed.
        percent: u64,
    },
    /// Initialisation code longer than EIP-3860 allows.
    #[error("max initcode size exceeded: code size {bytes}, limit {max}")]
    InitCodeTooLarge {
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// A type 4 transaction without authorizations, or one that creates a contract (EIP-7702).
    #[error("a set code transaction needs a destination and at least one authorization")]
    InvalidSetCode,
    /// The sender has as many transactions waiting as one sender may.
    #[error(
        "sender {sender} has {max} transactions waiting, the most that one sender may have: wait until some are in a block"
    )]
    SenderFull {
        /// The sender.
        sender: Address,
        /// The bound.
        max: usize,
    },
    /// The pool is full.
    #[error("txpool is full ({max} transactions): try again soon")]
    Full {
        /// The bound.
        max: usize,
    },
    /// The account could not be read; not the client's fault.
    #[error("the node cannot read its state at the moment")]
    StateUnavailable,
}

/// What a leader asks the pool for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Encoded bytes with 4 bytes of framing each, at most.
    pub bytes_max: usize,
    /// Transactions, at most.
    pub transactions_max: usize,
    /// Sum of gas limits, at most.
    pub gas_max: u64,
    /// Base fee of the block, in wei.
    pub base_fee: u64,
    /// Hashes of transactions that are ordered but not executed yet: they are skipped, and their sender's next
    /// nonces follow them.
    pub ordered: Vec<B256>,
}

/// Counts of the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// Transactions that can be executed next.
    pub pending: usize,
    /// Transactions that wait for an earlier nonce or for funds.
    pub queued: usize,
    /// Bytes of all.
    pub bytes: usize,
}

/// Transactions by sender and nonce.
pub type PoolContent = BTreeMap<Address, BTreeMap<u64, Arc<Transaction>>>;

/// The pool. Methods do not block for longer than one state read and one signature check.
pub trait TransactionPool: Send + Sync {
    /// Checks a transaction and takes it in. Costs one signature recovery for a new transaction.
    ///
    /// # Errors
    /// See [`Refusal`].
    fn submit(&self, raw: Bytes, origin: Origin) -> Result<Arc<Transaction>, Refusal>;

    /// The transactions for the next payload: executable in this order, fair between senders (no sender takes
    /// a second place in a round before every other sender had one).
    fn select(&self, selection: &Selection) -> Vec<Arc<Transaction>>;

    /// A transaction of the pool, or one that was recently in it.
    fn get(&self, hash: &B256) -> Option<Arc<Transaction>>;

    /// The next free nonce of `sender` after its pending transactions; none if it has none waiting.
    fn next_nonce(&self, sender: &Address) -> Option<u64>;

    /// Pending and queued transactions of all senders, or of one.
    fn content(&self, sender: Option<&Address>) -> (PoolContent, PoolContent);

    /// Counts.
    fn status(&self) -> PoolStatus;

    /// Drops what `block` executed or made invalid, and moves queued transactions up. What `block` omitted stays
    /// only while it can still be executed, and not for ever: a lying leader can order nonces backwards.
    fn block_applied(&self, block: &Block);
}
