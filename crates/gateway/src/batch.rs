//! From blocks to the batch that is reported: one root over all that they hold.
//!
//! ```text
//! blocksRoot = M(block, block, ...)
//! block      = height (8) . hash (32) . transactions (8) . M(transaction, ...) (32) . events (8) . M(event, ...) (32)
//! transaction = hash (32) . outcome (1: 0 unknown, 1 failed, 2 succeeded)
//! event      = index (4) . length (2) . emitter . topics (1) . topic (32) ... . keccak256(data) (32)
//! M()        = 0;  M(x) = keccak256(00 . x);  M(left, right) = keccak256(01 . M(left) . M(right))
//! ```
//! Numbers are big-endian. A list is split as in RFC 6962: the left part is the largest power of two below its length. So
//! one event can be shown to be in an anchored batch with a few hashes, and none can be left out unseen. The main ledger verifies with the
//! same functions (`civitas_system_contracts::messages::proof`).

use alloy_primitives::B256;
use civitas_ports::{ForeignBlock, ForeignEvent, ForeignOutcome, ForeignTransaction};
use civitas_system_contracts::{
    anchors::Batch,
    messages::proof::{self, BlockLeaf, leaf_hash, root_of},
};

/// The root over encoded leaves.
pub fn merkle_root(leaves: &[Vec<u8>]) -> B256 {
    root_of(&hashes_of(leaves))
}

fn hashes_of(leaves: &[Vec<u8>]) -> Vec<B256> {
    leaves.iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn transaction_leaf(transaction: &ForeignTransaction) -> Vec<u8> {
    let outcome = match transaction.outcome {
        ForeignOutcome::Unknown => 0,
        ForeignOutcome::Failed => 1,
        ForeignOutcome::Succeeded => 2,
    };
    [transaction.hash.as_slice(), &[outcome]].concat()
}

fn event_leaf(event: &ForeignEvent) -> Vec<u8> {
    proof::event_leaf(event.index, &event.emitter, &event.topics, &event.data)
}

/// What a block is to its batch, and the hashes of its events.
fn block_leaf(block: &ForeignBlock) -> (BlockLeaf, Vec<B256>) {
    let transactions: Vec<Vec<u8>> = block.transactions.iter().map(transaction_leaf).collect();
    let events = block
        .transactions
        .iter()
        .flat_map(|transaction| &transaction.events);
    let events: Vec<B256> = events.map(|event| leaf_hash(&event_leaf(event))).collect();
    let counted = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let leaf = BlockLeaf {
        height: block.header.height,
        hash: block.header.hash,
        transactions: counted(transactions.len()),
        transactions_root: merkle_root(&transactions),
        events: counted(events.len()),
        events_root: root_of(&events),
    };
    (leaf, events)
}

/// What shows that an event is in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Its block.
    pub block: BlockLeaf,
    /// From the block to the root of the batch.
    pub block_path: Vec<B256>,
    /// From the event to the root of the block's events.
    pub event_path: Vec<B256>,
}

/// Shows that the event at a place of a block is in the batch of these blocks; none if there is no such block or event.
pub fn inclusion(blocks: &[ForeignBlock], height: u64, index: u32) -> Option<Inclusion> {
    let place = blocks.iter().position(|block| block.header.height == height)?;
    let leaves: Vec<(BlockLeaf, Vec<B256>)> = blocks.iter().map(block_leaf).collect();
    let hashes: Vec<B256> = leaves.iter().map(|(leaf, _)| leaf_hash(&leaf.encode())).collect();
    let (block, events) = leaves.get(place)?;
    Some(Inclusion {
        block: *block,
        block_path: proof::path_of(&hashes, place)?,
        event_path: proof::path_of(events, usize::try_from(index).ok()?)?,
    })
}

/// A batch while its blocks come, one at a time: of each only its leaf is kept.
#[derive(Debug)]
pub struct Builder {
    batch: Batch,
    next: u64,
    leaves: Vec<Vec<u8>>,
}

/// A block that is not the next one of its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The hash that its parent should have.
    pub expected: B256,
}

impl Builder {
    /// An empty batch after the block `parent_hash`.
    pub fn new(from_height: u64, parent_hash: B256) -> Self {
        Self {
            batch: Batch {
                fromHeight: from_height,
                toHeight: from_height,
                parentHash: parent_hash,
                lastHash: parent_hash,
                blocksRoot: B256::ZERO,
                transactions: 0,
                events: 0,
            },
            next: from_height,
            leaves: Vec::new(),
        }
    }

    /// Takes the next block.
    ///
    /// # Errors
    /// [`Misfit`] if it is not the next one, or does not follow the one before.
    pub fn push(&mut self, block: &ForeignBlock) -> Result<(), Misfit> {
        let header = &block.header;
        if header.height != self.next || header.parent != self.batch.lastHash {
            return Err(Misfit {
                expected: self.batch.lastHash,
            });
        }
        let (leaf, _) = block_leaf(block);
        self.leaves.push(leaf.encode());
        self.batch.toHeight = header.height;
        self.batch.lastHash = header.hash;
        self.batch.transactions = self.batch.transactions.saturating_add(leaf.transactions);
        self.batch.events = self.batch.events.saturating_add(leaf.events);
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// The batch of the blocks that were taken.
    pub fn finish(self) -> Batch {
        Batch {
            blocksRoot: merkle_root(&self.leaves),
            ..self.batch
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Bytes, U256, b256, keccak256};
    use civitas_ports::ForeignHeader;
    use civitas_system_contracts::messages::proof::root_by_path;

    fn block(height: u64, parent: B256, events: u32) -> ForeignBlock {
        let event = |index| ForeignEvent {
            index,
            emitter: vec![7; 20].into(),
            topics: vec![B256::repeat_byte(1); index as usize % 3],
            data: vec![9; index as usize].into(),
        };
        ForeignBlock {
            header: ForeignHeader {
                height,
                hash: keccak256(height.to_be_bytes()),
                parent,
                timestamp: 0,
                state_root: None,
                raw: Bytes::new(),
            },
            transactions: vec![ForeignTransaction {
                index: 0,
                hash: B256::repeat_byte(3),
                sender: None,
                target: None,
                created: None,
                value: U256::ZERO,
                input: Bytes::new(),
                outcome: ForeignOutcome::Succeeded,
                events: (0..events).map(event).collect(),
                raw: Bytes::new(),
            }],
        }
    }

    fn batch_of(blocks: &[ForeignBlock]) -> Batch {
        let mut builder = Builder::new(5, B256::ZERO);
        for block in blocks {
            builder.push(block).unwrap();
        }
        builder.finish()
    }

    fn three() -> Vec<ForeignBlock> {
        let first = block(5, B256::ZERO, 5);
        let second = block(6, first.header.hash, 0);
        let third = block(7, second.header.hash, 2);
        vec![first, second, third]
    }

    /// The encoding is part of what all gateways of a chain must agree on: frozen.
    #[test]
    fn the_root_is_frozen() {
        let batch = batch_of(&three());
        assert_eq!((batch.fromHeight, batch.toHeight), (5, 7));
        assert_eq!((batch.transactions, batch.events), (3, 7));
        assert_eq!(batch.lastHash, keccak256(7_u64.to_be_bytes()));
        assert_eq!(
            batch.blocksRoot,
            b256!("c93965945b5d97923b37fd247ae0b6876afc5e6b680f639ea9cb4dbf480fca7e")
        );
    }

    #[test]
    fn every_event_is_shown_to_be_in_its_batch() {
        let blocks = three();
        let batch = batch_of(&blocks);
        for (block, place) in blocks.iter().zip(0..) {
            for event in &block.transactions[0].events {
                let found = inclusion(&blocks, block.header.height, event.index).unwrap();
                let root = root_by_path(
                    leaf_hash(&event_leaf(event)),
                    event.index.into(),
                    found.block.events,
                    &found.event_path,
                );
                assert_eq!(root, Some(found.block.events_root));
                let root = root_by_path(leaf_hash(&found.block.encode()), place, 3, &found.block_path);
                assert_eq!(root, Some(batch.blocksRoot));
            }
        }
        assert_eq!(inclusion(&blocks, 6, 0), None);
        assert_eq!(inclusion(&blocks, 8, 0), None);
    }

    #[test]
    fn every_change_changes_the_root() {
        type Change = fn(&mut Vec<ForeignBlock>);
        let changes: [Change; 9] = [
            |blocks| drop(blocks[0].transactions[0].events.pop()),
            |blocks| blocks[0].transactions[0].events.swap(0, 1),
            |blocks| {
                let twice = blocks[0].transactions[0].events[4].clone();
                blocks[0].transactions[0].events.push(twice);
            },
            |blocks| blocks[2].transactions[0].events[1].data = vec![8].into(),
            |blocks| blocks[2].transactions[0].events[1].topics = Vec::new(),
            |blocks| blocks[2].transactions[0].events[1].emitter = vec![7; 19].into(),
            |blocks| blocks[1].transactions[0].outcome = ForeignOutcome::Failed,
            |blocks| blocks[1].transactions[0].hash = B256::repeat_byte(4),
            |blocks| blocks[1].transactions.clear(),
        ];
        let truth = batch_of(&three()).blocksRoot;
        for (change, index) in changes.iter().zip(0..) {
            let mut blocks = three();
            change(&mut blocks);
            assert_ne!(batch_of(&blocks).blocksRoot, truth, "change {index}");
        }
    }

    #[test]
    fn blocks_that_do_not_follow_are_refused() {
        let blocks = three();
        let mut builder = Builder::new(5, B256::ZERO);
        let refused = |builder: &mut Builder, block: &ForeignBlock| builder.push(block).unwrap_err().expected;
        assert_eq!(refused(&mut builder, &blocks[1]), B256::ZERO);
        builder.push(&blocks[0]).unwrap();
        for wrong in [&blocks[0], &blocks[2]] {
            assert_eq!(refused(&mut builder, wrong), blocks[0].header.hash);
        }
        let fork = ForeignBlock {
            header: ForeignHeader {
                parent: B256::repeat_byte(1),
                ..blocks[1].header.clone()
            },
            transactions: Vec::new(),
        };
        assert_eq!(refused(&mut builder, &fork), blocks[0].header.hash);
    }

    #[test]
    fn the_tree_is_that_of_rfc_6962() {
        let leaf = |byte: u8| vec![byte];
        let hash = |prefix: u8, parts: &[&[u8]]| keccak256([&[prefix], parts.concat().as_slice()].concat());
        let (a, b, c) = (hash(0, &[&[1]]), hash(0, &[&[2]]), hash(0, &[&[3]]));
        assert_eq!(merkle_root(&[]), B256::ZERO);
        assert_eq!(merkle_root(&[leaf(1)]), a);
        let ab = hash(1, &[a.as_slice(), b.as_slice()]);
        assert_eq!(merkle_root(&[leaf(1), leaf(2)]), ab);
        let abc = hash(1, &[ab.as_slice(), c.as_slice()]);
        assert_eq!(merkle_root(&[leaf(1), leaf(2), leaf(3)]), abc);
    }
}
