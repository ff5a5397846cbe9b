//! Counts blocks as they come into the index: transactions, failures, payments and what was moved, by minute and hour.
//!
//! It takes the same events as the rules of supervision, so that room and findings speak of the same.

use super::{
    people::People,
    store::{HOUR, MINUTE, Store, Stretch},
};
use crate::supervision::{directory::Directory, store::StoreError, translate};
use civitas_indexer::{Reader, read::PastBlock};
use civitas_supervision::{Event, Kind, Text};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

/// Blocks of one round.
const BLOCKS_MAX: u32 = 500;
/// How long a block waits for the decimals of its tokens: they come at once, or the node does not answer.
const DESCRIBED_WAIT_SECONDS: u64 = 5;
/// Assets that are told apart in one round: anybody can make tokens. Those with the most payments.
const ASSETS_MAX: usize = 64;
/// Ledgers on which one identity counts, at most: of each pair one row.
const STANDS_MAX: usize = 32;

/// Why nothing is counted.
#[derive(Debug, Error)]
pub enum CountError {
    /// The index does not answer.
    #[error(transparent)]
    Index(#[from] civitas_indexer::Error),
    /// The database of the room does not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Payments and what they moved, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Payments.
    pub payments: u64,
    /// Millionths of the asset; of an asset without known decimals 0.
    pub amount: i128,
}

impl Sum {
    /// Adds another. A token may claim any amount: the sum ends at the largest number.
    pub const fn add(&mut self, other: Self) {
        self.payments = self.payments.saturating_add(other.payments);
        self.amount = self.amount.saturating_add(other.amount);
    }
}

/// What was received and paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Received.
    pub received: Sum,
    /// Paid.
    pub paid: Sum,
}

impl Pair {
    /// Adds another.
    pub const fn add(&mut self, other: Self) {
        self.received.add(other.received);
        self.paid.add(other.paid);
    }
}

/// What some blocks of a ledger brought.
#[derive(Debug, Default)]
pub struct Counts {
    /// By step and begin.
    pub stretches: BTreeMap<(u64, u64), Stretch>,
    /// By step, begin and asset.
    pub moved: BTreeMap<(u64, u64, Text), Sum>,
    /// By hour, other ledger and asset.
    pub between: BTreeMap<(u64, Text, Text), Pair>,
}

impl Counts {
    /// Adds a block.
    pub fn block(&mut self, ledger: &Text, block: &PastBlock, directory: &Directory, people: &People) {
        for step in [MINUTE, HOUR] {
            // A stretch is there as soon as there is a block: nothing in it is known, not missing.
            self.stretches.entry((step, begin(block.time, step))).or_default();
        }
        for event in translate::events(ledger, block, directory) {
            match event.kind {
                Kind::Transaction => self.transaction(&event),
                Kind::Transfer => self.payment(ledger, &event, people),
                _ => {}
            }
        }
    }

    fn transaction(&mut self, event: &Event) {
        for step in [MINUTE, HOUR] {
            let stretch = self.stretches.entry((step, begin(event.time, step))).or_default();
            stretch.transactions += 1;
            stretch.failed += u64::from(event.success == Some(false));
        }
    }

    fn payment(&mut self, ledger: &Text, event: &Event, people: &People) {
        let payer = event.from.as_ref();
        let is_unverified =
            payer.is_some_and(|payer| payer.identity.as_ref().is_none_or(|known| known.level == 0));
        let sum = Sum {
            payments: 1,
            amount: event.amount.map_or(0, |amount| amount.0),
        };
        let asset = event.asset.clone().unwrap_or_else(|| Text::from(""));
        for step in [MINUTE, HOUR] {
            let at = begin(event.time, step);
            let stretch = self.stretches.entry((step, at)).or_default();
            stretch.payments += 1;
            stretch.unverified += u64::from(is_unverified);
            self.moved.entry((step, at, asset.clone())).or_default().add(sum);
        }
        let at = begin(event.time, HOUR);
        for (party, is_payer) in [(payer, true), (event.to.as_ref(), false)] {
            let Some(identity) = party.and_then(|party| party.identity.as_ref()) else {
                continue;
            };
            let others = people
                .stands(&identity.did)
                .iter()
                .filter(|other| *other != ledger);
            for other in others.take(STANDS_MAX) {
                let key = (at, other.clone(), asset.clone());
                let pair = self.between.entry(key).or_default();
                if is_payer {
                    pair.paid.add(sum)
                } else {
                    pair.received.add(sum)
                }
            }
        }
    }

    /// Keeps the assets with the most payments.
    fn bound(&mut self) {
        let mut payments: HashMap<Text, u64> = HashMap::new();
        for ((_, _, asset), sum) in &self.moved {
            *payments.entry(asset.clone()).or_default() += sum.payments;
        }
        if payments.len() <= ASSETS_MAX {
            return;
        }
        let mut order: Vec<(Text, u64)> = payments.into_iter().collect();
        order.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        order.truncate(ASSETS_MAX);
        let is_kept = |asset: &Text| order.iter().any(|(kept, _)| kept == asset);
        self.moved.retain(|(_, _, asset), _| is_kept(asset));
        self.between.retain(|(_, _, asset), _| is_kept(asset));
    }
}

const fn begin(time: u64, step: u64) -> u64 {
    time - time % step
}

/// Counts what is new.
#[derive(Debug)]
pub struct Counter {
    index: Reader,
    store: Store,
}

impl Counter {
    /// Of an index, into a store.
    pub const fn new(index: Reader, store: Store) -> Self {
        Self { index, store }
    }

    /// Counts some blocks of every ledger that has new ones; gives their number. `now` in seconds since 1970.
    ///
    /// # Errors
    /// The index or the store does not answer, or another console counts too.
    pub async fn round(&self, directory: &Directory, people: &People, now: u64) -> Result<u64, CountError> {
        let counted = self.store.counted().await?;
        let mut blocks = 0;
        for ledger in self.index.ledgers().await? {
            let before = counted.get(&ledger.name).copied();
            let from = before.map_or(0, |height| height.saturating_add(1));
            if ledger.indexed.is_some_and(|indexed| indexed >= from) {
                blocks += self
                    .ledger(&ledger.name, before, (directory, people), now)
                    .await?;
            }
        }
        Ok(blocks)
    }

    async fn ledger(
        &self,
        ledger: &str,
        before: Option<u64>,
        (directory, people): (&Directory, &People),
        now: u64,
    ) -> Result<u64, CountError> {
        let from = before.map_or(0, |height| height.saturating_add(1));
        let mut blocks = self.index.past(ledger, from, BLOCKS_MAX).await?;
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            return Ok(0);
        };
        let known = self.index.described(ledger, first.number, last.number).await?;
        if first.time.saturating_add(DESCRIBED_WAIT_SECONDS) > now || known.is_some() {
            blocks.retain(|block| known.is_some_and(|known| block.number <= known));
        }
        let Some(last) = blocks.last() else { return Ok(0) };
        let name = Text::from(ledger);
        let mut counts = Counts::default();
        for block in &blocks {
            counts.block(&name, block, directory, people);
        }
        counts.bound();
        self.store.add(ledger, before, last.number, &counts).await?;
        Ok(blocks.len() as u64)
    }
}
