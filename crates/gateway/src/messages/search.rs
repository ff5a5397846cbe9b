//! Finds events of a mailbox in the batches that a gateway keeps, and proves them.

use crate::{
    GatewayError, MainLedger, archive,
    archive::{BatchLine, BlockLine},
    batch::inclusion,
    files::failed,
};
use alloy_primitives::{Address, B256, hex};
use alloy_sol_types::SolEvent as _;
use civitas_ports::ForeignBlock;
use civitas_system_contracts::{
    anchors::Following,
    messages::{
        Proof,
        delivery::{MessageDelivered, MessageSent},
    },
};
use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

/// Batches that one step looks through, at most.
const BATCHES_MAX: u64 = 16;
/// Events of each kind that are remembered, at most; the search waits while there are as many.
const SEEN_MAX: usize = 4_096;

/// Where an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    /// Index of the anchor.
    pub(super) anchor: u64,
    /// First block of the batch.
    pub(super) from_height: u64,
    /// When it was anchored, in seconds since 1970 of the main ledger.
    pub(super) anchored_at: u64,
    /// Its block.
    pub(super) height: u64,
    /// Its place there.
    pub(super) index: u32,
}

/// A search from one batch to the next.
#[derive(Debug)]
pub(super) struct Search {
    /// Index of the next anchor.
    next: u64,
    sent: BTreeMap<u64, Sighting>,
    delivered: BTreeMap<B256, Sighting>,
}

impl Search {
    /// Begins with the batch that has a block.
    pub(super) async fn begin(
        ledger: &dyn MainLedger,
        chain: B256,
        following: &Following,
        height: u64,
    ) -> Result<Self, GatewayError> {
        let (mut low, mut high) = (0, following.batchCount);
        while low < high {
            let middle = low + (high - low) / 2;
            let anchor = ledger.anchor(chain, middle).await?;
            if anchor.is_some_and(|anchor| anchor.batch.toHeight < height) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(Self {
            next: low,
            sent: BTreeMap::new(),
            delivered: BTreeMap::new(),
        })
    }

    /// Looks through the next batches of a chain that has so many; true if there are more.
    pub(super) async fn advance(
        &mut self,
        ledger: &dyn MainLedger,
        (chain, count): (B256, u64),
        folder: &Path,
        mailbox: Address,
    ) -> Result<bool, GatewayError> {
        for _ in 0..BATCHES_MAX {
            if self.next >= count || self.sent.len() >= SEEN_MAX || self.delivered.len() >= SEEN_MAX {
                return Ok(false);
            }
            let Some(anchor) = ledger.anchor(chain, self.next).await? else {
                return Ok(false);
            };
            let place = Sighting {
                anchor: self.next,
                from_height: anchor.batch.fromHeight,
                anchored_at: anchor.at,
                height: 0,
                index: 0,
            };
            self.look(&archive::path_of(folder, place.from_height), mailbox, place)?;
            self.next += 1;
        }
        Ok(self.next < count)
    }

    /// Looks through one batch. One that is not kept has nothing for this gateway: others prove what is in it.
    fn look(&mut self, path: &Path, mailbox: Address, place: Sighting) -> Result<(), GatewayError> {
        let Some(text) = read(path)? else { return Ok(()) };
        // Most batches have none, and are not parsed.
        if !text.contains(&hex::encode(mailbox)) {
            return Ok(());
        }
        for block in parse(path, &text)? {
            let events = block
                .transactions
                .iter()
                .flat_map(|transaction| &transaction.events);
            for event in events.filter(|event| event.emitter.as_ref() == mailbox.as_slice()) {
                let sighting = Sighting {
                    height: block.header.height,
                    index: event.index,
                    ..place
                };
                match event.topics.as_slice() {
                    [kind, sequence, _, _] if *kind == MessageSent::SIGNATURE_HASH => {
                        let number = sequence.last_chunk::<8>().copied().unwrap_or_default();
                        self.sent.insert(u64::from_be_bytes(number), sighting);
                    }
                    [kind, id] if *kind == MessageDelivered::SIGNATURE_HASH => {
                        self.delivered.insert(*id, sighting);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The message with this sequence, if it was found.
    pub(super) fn sent(&self, sequence: u64) -> Option<Sighting> {
        self.sent.get(&sequence).copied()
    }

    /// Messages before this sequence are on the main ledger.
    pub(super) fn forget_before(&mut self, sequence: u64) {
        self.sent = self.sent.split_off(&sequence);
    }

    /// Deliveries that were found, in the order of their ids.
    pub(super) fn deliveries(&self, count_max: u64) -> Vec<(B256, Sighting)> {
        let count = usize::try_from(count_max).unwrap_or(usize::MAX);
        self.delivered
            .iter()
            .take(count)
            .map(|(id, sighting)| (*id, *sighting))
            .collect()
    }

    /// A delivery needs no proof any more.
    pub(super) fn forget_delivery(&mut self, id: B256) {
        self.delivered.remove(&id);
    }
}

/// A file of a batch; none if it is not kept.
fn read(path: &Path) -> Result<Option<String>, GatewayError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn parse(path: &Path, text: &str) -> Result<Vec<ForeignBlock>, GatewayError> {
    let damaged = |what: String| GatewayError::Damaged {
        path: path.to_owned(),
        what,
    };
    let mut lines = text.lines();
    let head: Result<BatchLine, _> = serde_json::from_str(lines.next().unwrap_or_default());
    head.map_err(|error| damaged(error.to_string()))?;
    lines
        .map(|line| {
            let block: BlockLine = serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
            Ok(ForeignBlock::from(&block))
        })
        .collect()
}

/// The proof of an event; none if its batch is not kept any more.
pub(super) fn proof(chain: B256, path: &Path, sighting: Sighting) -> Result<Option<Proof>, GatewayError> {
    let Some(text) = read(path)? else { return Ok(None) };
    let blocks = parse(path, &text)?;
    let event = blocks
        .iter()
        .filter(|block| block.header.height == sighting.height)
        .flat_map(|block| &block.transactions)
        .flat_map(|transaction| &transaction.events)
        .find(|event| event.index == sighting.index);
    let found = event.and_then(|event| Some((event, inclusion(&blocks, sighting.height, sighting.index)?)));
    Ok(found.map(|(event, found)| Proof {
        chain,
        anchor: sighting.anchor,
        height: found.block.height,
        blockHash: found.block.hash,
        transactions: found.block.transactions,
        transactionsRoot: found.block.transactions_root,
        events: found.block.events,
        blockPath: found.block_path,
        index: event.index,
        topics: event.topics.clone(),
        data: event.data.clone(),
        eventPath: found.event_path,
    }))
}
