//! What every driver of a foreign chain must do, as tests that run against any of them.
//!
//! A driver's tests implement [`Peer`] (a chain under their control, with endpoints that can be made to fail and to
//! lie) and call the functions below, each on a peer of its own. A violation is a failed assertion. For drivers of
//! Ethereum-like chains, [`ethereum`] is such a chain, and [`cometbft`] for those that CometBFT runs.
//!
//! ```text
//! gives_what_the_chain_holds     every block, transaction and event, in order, the same again and again
//! gives_only_final_blocks        nothing above the final height, whatever the finality class
//! survives_reorganisations       what was given stays; what was replaced before it was final is never given
//! refuses_falsehoods             every lie about a block is an error, and none of it gets through
//! refuses_other_chains           an endpoint of another chain is named as such
//! turns_to_another_endpoint      one endpoint that fails or lies costs nothing but time
//! ends_in_time                   no endpoint holds a call for ever, and none fills the memory
//! headers_join                   each header is the parent of the next one, bounded in number
//! submits_once                   a transaction that was sent before is no error
//! follows_through_anything       a long walk with a new fault at every step ends with exactly the chain
//! ```

pub mod cometbft;
pub mod ethereum;
mod scripted;
mod walk;

pub use walk::follows_through_anything;

use alloy_primitives::{B256, Bytes};
use civitas_ports::{
    FOREIGN_HEADERS_MAX, FinalityClass, ForeignBlock, ForeignChain, ForeignError, ForeignEvent,
    ForeignOutcome,
};
use std::{sync::Arc, time::Duration};

/// How long any call of a driver may take in these tests, all endpoints together; drivers are told far less.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(20);

/// What an endpoint does instead of its duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is of another chain.
    OtherChain,
    /// It leaves an event out.
    DropEvent,
    /// It tells of an event that never was.
    InventEvent,
    /// It changes one byte of an event.
    AlterEvent,
    /// It tells an event twice.
    RepeatEvent,
    /// It swaps two events.
    SwapEvents,
    /// It tells of a failed transaction that it succeeded, or the other way round.
    AlterOutcome,
    /// It leaves a transaction out, with its receipt.
    DropTransaction,
    /// It changes what a transaction carries.
    AlterTransaction,
    /// It swaps two transactions, and their receipts with them.
    SwapTransactions,
    /// It tells a transaction twice.
    RepeatTransaction,
    /// It names another hash than the header has.
    AlterHash,
    /// It changes a field of the header and not the hash.
    AlterHeader,
    /// It gives the block before the one that was asked for.
    OtherBlock,
    /// It takes the question and never answers.
    Stall,
    /// It answers more than anybody takes.
    Flood,
    /// It answers what is no answer.
    Garbage,
    /// It refuses everything.
    Refuse,
    /// It stopped some blocks ago.
    Behind,
    /// It claims a height that it does not have.
    Boast,
    /// It lies at the places that it was told ([`Lie`]), and nowhere else.
    Seldom,
}

/// One lie of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lie {
    /// The block that it is about.
    pub height: u64,
    /// The place of a transaction in it; the lie is about that one, or the next one that has what it needs.
    pub transaction: usize,
    /// One of [`Fault::LIES`].
    pub fault: Fault,
}

impl Fault {
    /// Lies about what a block holds.
    pub const LIES: [Self; 13] = [
        Self::DropEvent,
        Self::InventEvent,
        Self::AlterEvent,
        Self::RepeatEvent,
        Self::SwapEvents,
        Self::AlterOutcome,
        Self::DropTransaction,
        Self::AlterTransaction,
        Self::SwapTransactions,
        Self::RepeatTransaction,
        Self::AlterHash,
        Self::AlterHeader,
        Self::OtherBlock,
    ];

    /// Of the lies, those about events alone. Where no root of the chain holds events ([`Peer::proves_events`]), a driver
    /// cannot see them, and must give everything else as it is. So it is with outcomes ([`Peer::proves_outcomes`]).
    pub const ABOUT_EVENTS: [Self; 5] = [
        Self::DropEvent,
        Self::InventEvent,
        Self::AlterEvent,
        Self::RepeatEvent,
        Self::SwapEvents,
    ];

    /// Everything else that an endpoint does wrong.
    pub const FAILURES: [Self; 7] = [
        Self::OtherChain,
        Self::Stall,
        Self::Flood,
        Self::Garbage,
        Self::Refuse,
        Self::Behind,
        Self::Boast,
    ];
}

/// An event as the peer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueEvent {
    /// Who emitted it.
    pub emitter: Bytes,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
}

/// A transaction as the peer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueTransaction {
    /// Its hash.
    pub hash: B256,
    /// Who signed it; none where no driver could know.
    pub sender: Option<Bytes>,
    /// The contract that it created.
    pub created: Option<Bytes>,
    /// What became of it.
    pub outcome: ForeignOutcome,
    /// Its events.
    pub events: Vec<TrueEvent>,
}

/// A block as the peer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueBlock {
    /// Its hash.
    pub hash: B256,
    /// The hash before it.
    pub parent: B256,
    /// Its transactions.
    pub transactions: Vec<TrueTransaction>,
}

/// A chain under the control of the tests, with two endpoints. Its first block is there from the beginning.
pub trait Peer: Send {
    /// CAIP-2 name of the chain.
    fn chain(&self) -> String;

    /// Height of its first block.
    fn first_height(&self) -> u64 {
        0
    }

    /// How many of the newest blocks cannot be proven before others follow them, though they are final.
    fn unproven(&self) -> u64 {
        0
    }

    /// Whether a root of the chain holds the events of its blocks.
    fn proves_events(&self) -> bool {
        true
    }

    /// Whether what became of a transaction is proven.
    fn proves_outcomes(&self) -> bool {
        true
    }

    /// Whether blocks of the chain may be replaced before they are final.
    fn is_replaceable(&self) -> bool {
        true
    }

    /// Adds a block with so many transactions; from three on, one of them fails, and some have events.
    fn mine(&mut self, transactions: usize);

    /// Replaces the newest blocks, so many, by as many others.
    fn reorganise(&mut self, depth: u64);

    /// Height of the newest block.
    fn height(&self) -> u64;

    /// The block at `height`.
    fn truth(&self, height: u64) -> TrueBlock;

    /// How many blocks behind the newest one the chain calls final ([`FinalityClass::Finalized`]).
    fn final_lag(&self) -> u64;

    /// Makes an endpoint misbehave, or behave again.
    fn misbehave(&mut self, endpoint: usize, fault: Option<Fault>);

    /// A driver of the chain that knows these endpoints, in this order, and lets none rest after a fault.
    fn connect(&self, endpoints: &[usize], finality: FinalityClass) -> Arc<dyn ForeignChain>;

    /// A transaction that the chain takes.
    fn new_transaction(&mut self) -> Bytes;
}

/// Height of the newest block that a driver gives when blocks are final at once.
fn newest(peer: &impl Peer) -> u64 {
    peer.height() - peer.unproven()
}

/// Whether a driver of the chain sees through this fault.
pub(crate) fn is_seen(peer: &impl Peer, fault: Fault) -> bool {
    let is_hidden = |proves: bool, is_about: bool| !proves && is_about;
    !is_hidden(peer.proves_events(), Fault::ABOUT_EVENTS.contains(&fault))
        && !is_hidden(peer.proves_outcomes(), fault == Fault::AlterOutcome)
}

/// Waits for a call, and fails the test when it takes longer than any call may.
pub(crate) async fn in_time<T>(what: &str, call: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(CALL_TIME_MAX, call).await;
    let Ok(answer) = done else {
        panic_with(&format!("{what} took longer than {} s", CALL_TIME_MAX.as_secs()))
    };
    answer
}

#[expect(clippy::panic, reason = "a violation is a failed assertion")]
pub(crate) fn panic_with(what: &str) -> ! {
    panic!("{what}")
}

/// A result that must be there.
pub(crate) fn given<T>(what: &str, result: Result<T, ForeignError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic_with(&format!("{what}: {error}")),
    }
}

/// The block is the one that the peer knows, in every part.
pub fn assert_same(block: &ForeignBlock, truth: &TrueBlock) {
    assert_eq!(
        block.header.hash, truth.hash,
        "hash of block {}",
        block.header.height
    );
    assert_eq!(block.header.parent, truth.parent);
    let mut event_index = 0;
    let mut seen = Vec::new();
    for (transaction, index) in block.transactions.iter().zip(0_u32..) {
        assert_eq!(transaction.index, index);
        let mut events = Vec::new();
        for event in &transaction.events {
            assert_eq!(event.index, event_index, "events are numbered through the block");
            event_index += 1;
            events.push(TrueEvent {
                emitter: event.emitter.clone(),
                topics: event.topics.clone(),
                data: event.data.clone(),
            });
        }
        seen.push(TrueTransaction {
            hash: transaction.hash,
            sender: transaction.sender.clone(),
            created: transaction.created.clone(),
            outcome: transaction.outcome,
            events,
        });
    }
    assert_eq!(
        seen, truth.transactions,
        "transactions of block {}",
        block.header.height
    );
    assert_eq!(block.event_count(), event_index as usize);
}

/// Every block from the first to the last, the same when it is asked for again.
pub async fn gives_what_the_chain_holds(peer: &mut impl Peer) {
    for transactions in [0, 1, 7, 0, 130, 3] {
        peer.mine(transactions);
    }
    let chain = peer.connect(&[0], FinalityClass::Instant);
    assert_eq!(chain.chain(), peer.chain());
    assert_eq!(chain.finality(), FinalityClass::Instant);
    let head = given("the head", chain.head().await);
    let newest = newest(peer);
    assert_eq!((head.latest, head.finalized), (peer.height(), Some(newest)));
    for _ in 0..2 {
        for height in peer.first_height()..=newest {
            let block = given("a block", in_time("a block", chain.block(height)).await);
            assert_same(&block, &peer.truth(height));
            let state = given("its consensus state", chain.consensus_state(height).await);
            assert_eq!((state.height, state.hash), (height, block.header.hash));
        }
    }
    peer.mine(2);
    let block = given("a new block", chain.block(newest + 1).await);
    assert_same(&block, &peer.truth(newest + 1));
}

/// Nothing above the final height is given.
pub async fn gives_only_final_blocks(peer: &mut impl Peer) {
    for _ in 0..10 {
        peer.mine(2);
    }
    let (first, latest) = (peer.first_height(), peer.height());
    for (finality, lag) in [
        (FinalityClass::Instant, peer.unproven()),
        (FinalityClass::Depth(3), 3),
        (FinalityClass::Depth(10), 10),
        (FinalityClass::Depth(11), 11),
        (FinalityClass::Depth(u64::MAX), u64::MAX),
        (FinalityClass::Finalized, peer.final_lag()),
    ] {
        let finalized = latest.checked_sub(lag).filter(|height| *height >= first);
        let chain = peer.connect(&[0, 1], finality);
        let head = given("the head", chain.head().await);
        assert_eq!((head.latest, head.finalized), (latest, finalized), "{finality:?}");
        if let Some(height) = finalized {
            assert_same(&given("a block", chain.block(height).await), &peer.truth(height));
        }
        for height in [finalized.map_or(first, |height| height + 1), u64::MAX] {
            let expect = |result: Result<(), ForeignError>| {
                assert!(
                    matches!(&result, Err(ForeignError::NotFinal { height: told, .. }) if *told == height),
                    "{finality:?}: block {height}: {result:?}"
                );
            };
            expect(chain.block(height).await.map(|_| ()));
            expect(chain.headers(height, 5).await.map(|_| ()));
            expect(chain.consensus_state(height).await.map(|_| ()));
        }
    }
}

/// What was given stays in the chain, although the chain changes above the final height all the time.
pub async fn survives_reorganisations(peer: &mut impl Peer) {
    const DEPTH: u64 = 4;
    let chain = peer.connect(&[0, 1], FinalityClass::Depth(DEPTH));
    let mut taken: Vec<ForeignBlock> = Vec::new();
    for round in 0..30 {
        peer.mine(round % 4);
        if round > 6 {
            peer.reorganise(1 + (round as u64 % DEPTH));
        }
        let finalized = given("the head", chain.head().await).finalized;
        let next = taken.len() as u64;
        for height in next..finalized.map_or(0, |height| height + 1) {
            let block = given("a block", chain.block(height).await);
            if let Some(last) = taken.last() {
                assert_eq!(
                    block.header.parent, last.header.hash,
                    "block {height} does not follow"
                );
            }
            taken.push(block);
        }
    }
    assert!(taken.len() > 20, "only {} blocks became final", taken.len());
    for block in &taken {
        assert_same(block, &peer.truth(block.header.height));
    }
}

/// Every lie about a block is an error, and the truth comes through when the endpoint tells it.
pub async fn refuses_falsehoods(peer: &mut impl Peer) {
    for _ in 0..3 {
        peer.mine(9);
    }
    let chain = peer.connect(&[0], FinalityClass::Instant);
    for fault in Fault::LIES {
        peer.misbehave(0, Some(fault));
        let result = in_time("a false block", chain.block(2)).await;
        if !is_seen(peer, fault) {
            let mut told = given("a block with what nothing proves", result);
            let mut truth = peer.truth(2);
            let unproven = |block: &ForeignBlock| -> Vec<(ForeignOutcome, Vec<ForeignEvent>)> {
                let transactions = block.transactions.iter();
                transactions
                    .map(|item| (item.outcome, item.events.clone()))
                    .collect()
            };
            peer.misbehave(0, None);
            let honest = given("the block", chain.block(2).await);
            assert_ne!(unproven(&told), unproven(&honest), "{fault:?} is no lie");
            for (told, truth) in told.transactions.iter_mut().zip(&mut truth.transactions) {
                told.events.clear();
                truth.events.clear();
                if !peer.proves_outcomes() {
                    told.outcome = truth.outcome;
                }
            }
            assert_same(&told, &truth);
            continue;
        }
        assert!(
            matches!(&result, Err(ForeignError::False { height: 2, .. })),
            "{fault:?}: {:?}",
            result.map(|block| block.header)
        );
        peer.misbehave(0, None);
        assert_same(&given("the block", chain.block(2).await), &peer.truth(2));
    }
}

/// An endpoint of another chain is named as such, whenever it becomes one.
pub async fn refuses_other_chains(peer: &mut impl Peer) {
    peer.mine(1);
    peer.misbehave(0, Some(Fault::OtherChain));
    let chain = peer.connect(&[0], FinalityClass::Instant);
    let result = chain.head().await;
    let is_named = matches!(&result, Err(ForeignError::WrongChain { expected, found, .. })
        if *expected == peer.chain() && found != expected);
    assert!(is_named, "{result:?}");
    let result = chain.block(1).await;
    assert!(
        matches!(result, Err(ForeignError::WrongChain { .. })),
        "{result:?}"
    );
    peer.misbehave(0, None);
    given("the right chain", chain.head().await);
    // A failure, and another node answers behind the same address.
    peer.misbehave(0, Some(Fault::Garbage));
    assert!(chain.block(1).await.is_err());
    peer.misbehave(0, Some(Fault::OtherChain));
    let result = chain.block(1).await;
    assert!(
        matches!(result, Err(ForeignError::WrongChain { .. })),
        "{result:?}"
    );
}

/// One endpoint that does anything wrong costs nothing but time.
pub async fn turns_to_another_endpoint(peer: &mut impl Peer) {
    for _ in 0..6 {
        peer.mine(9);
    }
    for fault in Fault::LIES.into_iter().chain(Fault::FAILURES) {
        if !is_seen(peer, fault) {
            continue;
        }
        for liar in [0, 1] {
            let chain = peer.connect(&[0, 1], FinalityClass::Instant);
            peer.misbehave(liar, Some(fault));
            let block = given(&format!("{fault:?}"), in_time("a block", chain.block(6)).await);
            assert_same(&block, &peer.truth(6));
            let headers = given(
                &format!("{fault:?}"),
                in_time("headers", chain.headers(2, 5)).await,
            );
            let hashes: Vec<B256> = headers.iter().map(|header| header.hash).collect();
            let truth: Vec<B256> = (2..=6).map(|height| peer.truth(height).hash).collect();
            assert_eq!(hashes, truth, "{fault:?}");
            peer.misbehave(liar, None);
        }
    }
}

/// No endpoint holds a call for ever, and none fills the memory.
pub async fn ends_in_time(peer: &mut impl Peer) {
    peer.mine(3);
    let chain = peer.connect(&[0, 1], FinalityClass::Instant);
    given("the head", chain.head().await);
    for fault in [Fault::Stall, Fault::Flood, Fault::Garbage, Fault::Refuse] {
        peer.misbehave(0, Some(fault));
        peer.misbehave(1, Some(fault));
        assert!(in_time("the head", chain.head()).await.is_err(), "{fault:?}");
        let result = in_time("a block", chain.block(1)).await.map(|block| block.header);
        assert!(result.is_err(), "{fault:?}: {result:?}");
        assert!(
            in_time("headers", chain.headers(peer.first_height(), 2))
                .await
                .is_err(),
            "{fault:?}"
        );
        assert!(
            in_time("a submission", chain.submit(Bytes::from_static(&[1])))
                .await
                .is_err()
        );
    }
    peer.misbehave(0, None);
    peer.misbehave(1, None);
    assert_same(&given("a block", chain.block(1).await), &peer.truth(1));
}

/// Each header is the parent of the next one; the number is bounded by the call, the port and the chain.
pub async fn headers_join(peer: &mut impl Peer) {
    for _ in 0..300 {
        peer.mine(0);
    }
    let chain = peer.connect(&[0], FinalityClass::Instant);
    let (first, last) = (peer.first_height(), newest(peer));
    for (from, count, expected) in [
        (first, 1, 1),
        (first, 0, 1),
        (10, 7, 7),
        (first, u64::MAX, FOREIGN_HEADERS_MAX),
        (last - 2, 100, 3),
        (last, 100, 1),
    ] {
        let headers = given("headers", chain.headers(from, count).await);
        assert_eq!(headers.len() as u64, expected, "{count} from {from}");
        for (header, height) in headers.iter().zip(from..) {
            let truth = peer.truth(height);
            assert_eq!(
                (header.height, header.hash, header.parent),
                (height, truth.hash, truth.parent)
            );
        }
    }
}

/// A transaction that was sent before is no error; one that the chain refuses is.
pub async fn submits_once(peer: &mut impl Peer) {
    peer.mine(1);
    let chain = peer.connect(&[0, 1], FinalityClass::Instant);
    let transaction = peer.new_transaction();
    let first = given("a submission", chain.submit(transaction.clone()).await);
    let again = given("the same again", chain.submit(transaction).await);
    assert_eq!(first, again);
    let refused = chain.submit(Bytes::from_static(b"no transaction")).await;
    assert!(
        matches!(refused, Err(ForeignError::Refused { .. })),
        "{refused:?}"
    );
}
