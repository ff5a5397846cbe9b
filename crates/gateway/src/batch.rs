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
//! one event can be shown to be in an anchored batch with a few hashes, and none can be left out unseen.

use alloy_primitives::{B256, Keccak256, keccak256};
use civitas_ports::{ForeignBlock, ForeignEvent, ForeignOutcome, ForeignTransaction};
use civitas_system_contracts::anchors::Batch;

/// The root over encoded leaves.
pub fn merkle_root(leaves: &[Vec<u8>]) -> B256 {
    let hashes: Vec<B256> = leaves
        .iter()
        .map(|leaf| {
            let mut hasher = Keccak256::new();
            hasher.update([0]);
            hasher.update(leaf);
            hasher.finalize()
        })
        .collect();
    root_of(&hashes)
}

/// The root over hashes of leaves; the recursion is as deep as the logarithm of their number.
fn root_of(hashes: &[B256]) -> B256 {
    match hashes {
        [] => B256::ZERO,
        [one] => *one,
        more => {
            let split = more.len().next_power_of_two() / 2;
            let (left, right) = more.split_at(split);
            let mut hasher = Keccak256::new();
            hasher.update([1]);
            hasher.update(root_of(left));
            hasher.update(root_of(right));
            hasher.finalize()
        }
    }
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
    let emitter_bytes = u16::try_from(event.emitter.len()).unwrap_or(u16::MAX);
    let topics = u8::try_from(event.topics.len()).unwrap_or(u8::MAX);
    let mut leaf = event.index.to_be_bytes().to_vec();
    leaf.extend_from_slice(&emitter_bytes.to_be_bytes());
    leaf.extend_from_slice(&event.emitter);
    leaf.push(topics);
    for topic in &event.topics {
        leaf.extend_from_slice(topic.as_slice());
    }
    leaf.extend_from_slice(keccak256(&event.data).as_slice());
    leaf
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
        let transactions: Vec<Vec<u8>> = block.transactions.iter().map(transaction_leaf).collect();
        let events: Vec<Vec<u8>> = block
            .transactions
            .iter()
            .flat_map(|transaction| &transaction.events)
            .map(event_leaf)
            .collect();
        let counted = |leaves: &[Vec<u8>]| {
            let count = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
            (
                count,
                [&count.to_be_bytes()[..], merkle_root(leaves).as_slice()].concat(),
            )
        };
        let (transaction_count, transactions) = counted(&transactions);
        let (event_count, events) = counted(&events);
        let leaf = [
            &header.height.to_be_bytes()[..],
            header.hash.as_slice(),
            &transactions,
            &events,
        ]
        .concat();
        self.leaves.push(leaf);
        self.batch.toHeight = header.height;
        self.batch.lastHash = header.hash;
        self.batch.transactions = self.batch.transactions.saturating_add(transaction_count);
        self.batch.events = self.batch.events.saturating_add(event_count);
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
    use alloy_primitives::{Bytes, U256, b256};
    use civitas_ports::ForeignHeader;

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
