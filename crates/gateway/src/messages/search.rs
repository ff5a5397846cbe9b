//! Finds events of a mailbox in the batches that a gateway keeps, and proves them.

use crate::{
    GatewayError, MainLedger, archive,
    archive::{BatchLine, BlockLine},
    batch::inclusion,
    files::failed,
    gateway::CONFIRMED_LATE_MAX,
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
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind,
    ops::Bound,
    path::Path,
};

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

/// A message, and the mailbox that says that it delivered it.
pub(super) type DeliveryKey = (B256, Address);

/// A search from one batch to the next.
#[derive(Debug)]
pub(super) struct Search {
    /// The mailbox from which messages leave.
    mailbox: Address,
    /// That one, and those that it replaced and that have messages to deliver.
    carriers: BTreeSet<Address>,
    /// Index of the next anchor.
    next: u64,
    /// Batches by anchor that others reported first, and that this gateway may still make: they are looked for again.
    missing: BTreeMap<u64, Sighting>,
    sent: BTreeMap<u64, Sighting>,
    delivered: BTreeMap<DeliveryKey, Sighting>,
    /// The delivery that was taken up last.
    last: Option<DeliveryKey>,
}

impl Search {
    /// Begins with the batch that has a block, for a mailbox and those that it replaced.
    pub(super) async fn begin(
        ledger: &dyn MainLedger,
        (chain, following): (B256, &Following),
        (mailbox, mut carriers): (Address, BTreeSet<Address>),
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
        carriers.insert(mailbox);
        Ok(Self {
            mailbox,
            carriers,
            next: low,
            missing: BTreeMap::new(),
            sent: BTreeMap::new(),
            delivered: BTreeMap::new(),
            last: None,
        })
    }

    /// Whether it is a search for the messages of this mailbox.
    pub(super) fn is_of(&self, mailbox: Address) -> bool {
        self.mailbox == mailbox
    }

    /// Whether it finds what this mailbox delivers.
    pub(super) fn finds(&self, carrier: Address) -> bool {
        self.carriers.contains(&carrier)
    }

    fn is_full(&self) -> bool {
        self.sent.len() >= SEEN_MAX || self.delivered.len() >= SEEN_MAX
    }

    /// Looks through the next batches of a chain that has so many; true if there are more.
    pub(super) async fn advance(
        &mut self,
        ledger: &dyn MainLedger,
        (chain, count): (B256, u64),
        folder: &Path,
    ) -> Result<bool, GatewayError> {
        self.look_again(count, folder)?;
        for _ in 0..BATCHES_MAX {
            if self.next >= count || self.is_full() {
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
            let is_kept = self.look(&archive::path_of(folder, place.from_height), place)?;
            if !is_kept && may_be_made(place.anchor, count) {
                self.missing.insert(place.anchor, place);
            }
            self.next += 1;
        }
        Ok(self.next < count)
    }

    /// Looks through batches that were not there before.
    fn look_again(&mut self, count: u64, folder: &Path) -> Result<(), GatewayError> {
        let places: Vec<Sighting> = self.missing.values().copied().collect();
        for place in places {
            if self.is_full() {
                return Ok(());
            }
            let is_kept = self.look(&archive::path_of(folder, place.from_height), place)?;
            if is_kept || !may_be_made(place.anchor, count) {
                self.missing.remove(&place.anchor);
            }
        }
        Ok(())
    }

    /// Looks through one batch; false if it is not kept. One that never will be has nothing for this gateway: others prove what is in it.
    fn look(&mut self, path: &Path, place: Sighting) -> Result<bool, GatewayError> {
        let Some(text) = read(path)? else {
            return Ok(false);
        };
        // Most batches have none, and are not parsed.
        if !self
            .carriers
            .iter()
            .any(|carrier| text.contains(&hex::encode(carrier)))
        {
            return Ok(true);
        }
        for block in parse(path, &text)? {
            let events = block
                .transactions
                .iter()
                .flat_map(|transaction| &transaction.events);
            for event in events {
                let Ok(emitter) = Address::try_from(event.emitter.as_ref()) else {
                    continue;
                };
                let sighting = Sighting {
                    height: block.header.height,
                    index: event.index,
                    ..place
                };
                match event.topics.as_slice() {
                    [kind, sequence, _, _]
                        if *kind == MessageSent::SIGNATURE_HASH && emitter == self.mailbox =>
                    {
                        let number = sequence.last_chunk::<8>().copied().unwrap_or_default();
                        self.sent.insert(u64::from_be_bytes(number), sighting);
                    }
                    [kind, id]
                        if *kind == MessageDelivered::SIGNATURE_HASH && self.carriers.contains(&emitter) =>
                    {
                        self.delivered.insert((*id, emitter), sighting);
                    }
                    _ => {}
                }
            }
        }
        Ok(true)
    }

    /// The message with this sequence, if it was found.
    pub(super) fn sent(&self, sequence: u64) -> Option<Sighting> {
        self.sent.get(&sequence).copied()
    }

    /// Messages before this sequence are on the main ledger.
    pub(super) fn forget_before(&mut self, sequence: u64) {
        self.sent = self.sent.split_off(&sequence);
    }

    /// The next deliveries that were found, in the order of their ids, round and round: one that cannot be proven holds no other one up.
    pub(super) fn deliveries(&mut self, count_max: u64) -> Vec<(DeliveryKey, Sighting)> {
        let count = usize::try_from(count_max).unwrap_or(usize::MAX);
        let after = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let found: Vec<(DeliveryKey, Sighting)> = self
            .delivered
            .range((after, Bound::Unbounded))
            .take(count)
            .map(|(key, sighting)| (*key, *sighting))
            .collect();
        self.last = found.last().filter(|_| found.len() == count).map(|(key, _)| *key);
        found
    }

    /// A delivery needs no proof any more.
    pub(super) fn forget_delivery(&mut self, key: DeliveryKey) {
        self.delivered.remove(&key);
    }
}

/// Whether a gateway may still make the batch of an anchor, of so many.
const fn may_be_made(anchor: u64, count: u64) -> bool {
    anchor.saturating_add(CONFIRMED_LATE_MAX) >= count
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
