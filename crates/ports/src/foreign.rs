//! Chains that are not ours, read and written through one port: what a driver promises, and the one form that
//! blocks, transactions and events of every kind of chain are brought into.
//!
//! A driver believes nothing that it can check: the hash of a block is recomputed from its header, and what the block
//! holds is compared with the roots in that header. What a chain of its kind cannot prove, the driver says
//! ([`ForeignTransaction::sender`] is none where no signature shows it).

use crate::{BoxError, BoxFuture, Outward};
use alloy_primitives::{B256, Bytes, U256};
use thiserror::Error;

/// Headers that one call of [`ForeignChain::headers`] gives, at most: some hundred kilobytes.
pub const FOREIGN_HEADERS_MAX: u64 = 256;

/// When a block of a chain is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalityClass {
    /// As soon as it is there: the chain is agreed on by votes (QBFT, IBFT, CometBFT, SmartBFT).
    Instant,
    /// When the chain says so itself: Ethereum's `finalized` block.
    Finalized,
    /// When so many blocks are above it. No proof, but a chance that falls with the depth.
    Depth(u64),
}

/// How far a chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignHead {
    /// Height of its newest block, which may still be replaced.
    pub latest: u64,
    /// Height of its newest final block; none while it has none.
    pub finalized: Option<u64>,
}

/// What names a block and binds what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignHeader {
    /// Its height.
    pub height: u64,
    /// Its hash, recomputed from `raw`.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent: B256,
    /// Seconds since 1970, as its chain says: nothing is decided by it.
    pub timestamp: u64,
    /// Root of the state after it, where the chain has one.
    pub state_root: Option<B256>,
    /// The header as its chain encodes it: who checks further (seals of validators) reads this.
    pub raw: Bytes,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignOutcome {
    /// It did what it should.
    Succeeded,
    /// It is in the block, without effect but for its price.
    Failed,
    /// The chain keeps no record of it (Ethereum before Byzantium).
    Unknown,
}

/// An event that a transaction left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignEvent {
    /// Its place among the events of the block, from zero, without a gap.
    pub index: u32,
    /// The account that emitted it.
    pub emitter: Bytes,
    /// What it can be found by, at most four words on Ethereum.
    pub topics: Vec<B256>,
    /// The rest, as bytes: what it means is for others to say.
    pub data: Bytes,
}

/// A transaction with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignTransaction {
    /// Its place in the block, from zero, without a gap.
    pub index: u32,
    /// Its hash, recomputed from `raw`.
    pub hash: B256,
    /// The account that its signature shows; none where the driver cannot check one.
    pub sender: Option<Bytes>,
    /// The account that it calls; none if it creates one, or is of a kind that the driver cannot read.
    pub target: Option<Bytes>,
    /// The account of the contract that it created, as what is proven of it shows; none if it created none, failed, or
    /// the driver cannot know.
    pub created: Option<Bytes>,
    /// What it carries of the chain's own coin, in its smallest unit.
    pub value: U256,
    /// What it says to its target.
    pub input: Bytes,
    /// What became of it.
    pub outcome: ForeignOutcome,
    /// The events that it left, in their order.
    pub events: Vec<ForeignEvent>,
    /// The transaction as its chain encodes it.
    pub raw: Bytes,
}

/// A block with all that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignBlock {
    /// Its header.
    pub header: ForeignHeader,
    /// Its transactions, in their order, with their receipts: all of them, as the roots in the header say.
    pub transactions: Vec<ForeignTransaction>,
}

impl ForeignBlock {
    /// Number of events of all its transactions.
    pub fn event_count(&self) -> usize {
        self.transactions.iter().map(|item| item.events.len()).sum()
    }
}

/// What shows that a block was agreed on, for who verifies a chain without following it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsensusState {
    /// Height of the block.
    pub height: u64,
    /// Its hash.
    pub hash: B256,
    /// Root of the state after it, where the chain has one.
    pub state_root: Option<B256>,
    /// Who voted and how, as the chain encodes it (the extra data of a QBFT header); empty where nobody votes.
    pub evidence: Bytes,
}

/// How an endpoint did since its driver was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignEndpoint {
    /// Its address, without what may be a secret in it.
    pub name: String,
    /// Requests that were sent to it.
    pub requests: u64,
    /// How often it gave nothing that could be used: no answer, or a false one.
    pub failures: u64,
    /// Whether it is left alone for a while, since it failed.
    pub is_resting: bool,
}

/// Why a foreign chain gave nothing.
#[derive(Debug, Error)]
pub enum ForeignError {
    /// Nobody answered in time, at any address.
    #[error("no endpoint of {chain} answers {request}")]
    Unreachable {
        /// CAIP-2 name of the chain.
        chain: String,
        /// What was asked.
        request: String,
        /// What happened at the endpoint that was asked last.
        #[source]
        source: BoxError,
    },
    /// What answers is another chain.
    #[error("{endpoint} is chain {found}, not {expected}")]
    WrongChain {
        /// The address.
        endpoint: String,
        /// CAIP-2 name that was expected.
        expected: String,
        /// CAIP-2 name of what answers.
        found: String,
    },
    /// An answer contradicts itself: what it says is not what its hashes say. It was thrown away.
    #[error("{endpoint} gave a false answer about block {height}: {what}")]
    False {
        /// The address.
        endpoint: String,
        /// The block.
        height: u64,
        /// What does not fit.
        what: String,
    },
    /// The block is not there, or not final.
    #[error("block {height} is not final: the newest final one is {}", finalized.map_or("none".to_owned(), |height| height.to_string()))]
    NotFinal {
        /// The block.
        height: u64,
        /// The newest final block.
        finalized: Option<u64>,
    },
    /// The block is final, and no endpoint has it any more (or yet).
    #[error("no endpoint has block {height}")]
    Missing {
        /// The block.
        height: u64,
    },
    /// A block or an answer is larger than the driver takes.
    #[error("{what} is above the bound of {max}")]
    TooLarge {
        /// What is bounded.
        what: String,
        /// The bound.
        max: u64,
    },
    /// The chain refused a transaction.
    #[error("the chain refused: {reason}")]
    Refused {
        /// Its words.
        reason: String,
    },
    /// The driver was given something that it cannot use.
    #[error("{what}")]
    Settings {
        /// What is wrong.
        what: String,
    },
}

/// A chain that is not ours. A driver is a crate (`chain-evm`), and passes the suite `foreign-chain-contract`.
///
/// - **Determinism.** What is given of a final block is the same whenever and wherever it is asked for.
/// - **Retries.** A driver asks its other endpoints before it gives an error; it never waits for a chain to grow.
///   Every method ends in bounded time and takes bounded memory, whatever the other side does.
/// - **Cancellation.** Dropping a future leaves nothing behind, but for [`ForeignChain::submit`], whose transaction
///   may have been sent.
/// - **Restarts.** A driver keeps nothing; who follows a chain remembers how far, and the hash of the last block.
pub trait ForeignChain: Send + Sync {
    /// CAIP-2 name of the chain: `eip155:31337`.
    fn chain(&self) -> &str;

    /// When its blocks are final.
    fn finality(&self) -> FinalityClass;

    /// How far it is, as the endpoint says that is furthest.
    ///
    /// # Errors
    /// [`ForeignError::Unreachable`], [`ForeignError::WrongChain`].
    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>>;

    /// Headers of final blocks from `from` on, at most `count` and [`FOREIGN_HEADERS_MAX`], each the parent of the
    /// next one. Fewer where the chain ends before; at least one.
    ///
    /// # Errors
    /// See [`ForeignError`].
    fn headers(&self, from: u64, count: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>>;

    /// A final block with its transactions and receipts, complete as its header says.
    ///
    /// Whether it follows the block before it is for the caller to check by [`ForeignHeader::parent`].
    ///
    /// # Errors
    /// See [`ForeignError`].
    fn block(&self, height: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>>;

    /// What shows that a final block was agreed on.
    ///
    /// # Errors
    /// See [`ForeignError`].
    fn consensus_state(&self, height: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>>;

    /// Sends a signed transaction and gives its hash. Sending it again is no error: it is known by its hash.
    ///
    /// # Errors
    /// [`ForeignError::Refused`], [`ForeignError::Unreachable`].
    fn submit(&self, transaction: Bytes) -> BoxFuture<'_, Result<B256, ForeignError>>;

    /// Acting on the chain beyond sending what others signed; none where chains of its kind have nothing that the city's contracts could be
    /// written for.
    fn outward(&self) -> Option<&dyn Outward> {
        None
    }

    /// How its endpoints did; none where a driver does not count.
    fn endpoints(&self) -> Vec<ForeignEndpoint> {
        Vec::new()
    }
}
