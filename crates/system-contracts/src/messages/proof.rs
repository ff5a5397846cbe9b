//! That an event is in an anchored batch: how blocks and events are encoded, and the trees over them.
//!
//! ```text
//! blocksRoot = M(block, block, ...)
//! block      = height (8) . hash (32) . transactions (8) . M(transaction, ...) (32) . events (8) . M(event, ...) (32)
//! event      = index (4) . length (2) . emitter . topics (1) . topic (32) ... . keccak256(data) (32)
//! M()        = 0;  M(x) = keccak256(00 . x);  M(left, right) = keccak256(01 . M(left) . M(right))
//! ```
//! Numbers are big-endian; a list is split as in RFC 6962. Gateways build batches with the same functions that the ledger verifies with.
//! A path is checked by the algorithm of RFC 9162, section 2.1.3.2: one that is too long, too short or of another place is refused.

use alloy_primitives::{B256, Keccak256, keccak256};

/// The hash of an encoded leaf.
pub fn leaf_hash(leaf: &[u8]) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update([0]);
    hasher.update(leaf);
    hasher.finalize()
}

/// The hash of what two hashes stand for.
fn node_hash(left: B256, right: B256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize()
}

/// Where a list of at least two is split.
const fn split_of(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// The root over hashes of leaves; the recursion is as deep as the logarithm of their number.
pub fn root_of(hashes: &[B256]) -> B256 {
    match hashes {
        [] => B256::ZERO,
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split_of(more.len()));
            node_hash(root_of(left), root_of(right))
        }
    }
}

/// The hashes that lead from the leaf at `index` to the root, the lowest first; none if there is no such leaf.
pub fn path_of(hashes: &[B256], index: usize) -> Option<Vec<B256>> {
    if index >= hashes.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut rest, mut place) = (hashes, index);
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split_of(rest.len()));
        if place < left.len() {
            path.push(root_of(right));
            rest = left;
        } else {
            path.push(root_of(left));
            place -= left.len();
            rest = right;
        }
    }
    path.reverse();
    Some(path)
}

/// The root that a path leads to from the leaf at `index` of `count`; none if no path of a tree of that size is like it.
pub fn root_by_path(leaf: B256, index: u64, count: u64, path: &[B256]) -> Option<B256> {
    let mut last = count.checked_sub(1)?;
    let mut place = index;
    if place > last {
        return None;
    }
    let mut root = leaf;
    for hash in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            root = node_hash(*hash, root);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(root, *hash);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// What a block is to its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLeaf {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: B256,
    /// Number of its transactions.
    pub transactions: u64,
    /// Root over them.
    pub transactions_root: B256,
    /// Number of its events.
    pub events: u64,
    /// Root over them.
    pub events_root: B256,
}

impl BlockLeaf {
    /// As the batch has it.
    pub fn encode(&self) -> Vec<u8> {
        [
            &self.height.to_be_bytes()[..],
            self.hash.as_slice(),
            &self.transactions.to_be_bytes(),
            self.transactions_root.as_slice(),
            &self.events.to_be_bytes(),
            self.events_root.as_slice(),
        ]
        .concat()
    }
}

/// What an event is to its block: an emitter of at most 65,535 bytes and at most 255 topics, as every driver gives them.
pub fn event_leaf(index: u32, emitter: &[u8], topics: &[B256], data: &[u8]) -> Vec<u8> {
    let emitter_bytes = u16::try_from(emitter.len()).unwrap_or(u16::MAX);
    let topic_count = u8::try_from(topics.len()).unwrap_or(u8::MAX);
    let mut leaf = index.to_be_bytes().to_vec();
    leaf.extend_from_slice(&emitter_bytes.to_be_bytes());
    leaf.extend_from_slice(emitter);
    leaf.push(topic_count);
    for topic in topics {
        leaf.extend_from_slice(topic.as_slice());
    }
    leaf.extend_from_slice(keccak256(data).as_slice());
    leaf
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every leaf of every small tree is shown by its path, and by no other path, place or size.
    #[test]
    fn a_path_shows_one_leaf_of_one_tree() {
        for count in 1..=33_usize {
            let hashes: Vec<B256> = (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect();
            let root = root_of(&hashes);
            for index in 0..count {
                let path = path_of(&hashes, index).unwrap();
                let shows =
                    |leaf, index, count, path: &[B256]| root_by_path(leaf, index, count, path) == Some(root);
                let (place, size) = (index as u64, count as u64);
                assert!(shows(hashes[index], place, size, &path), "{index} of {count}");
                assert!(!shows(leaf_hash(b"other"), place, size, &path));
                for other in (0..count).filter(|other| *other != index) {
                    assert!(!shows(hashes[other], place, size, &path));
                    assert!(
                        !shows(hashes[index], other as u64, size, &path),
                        "{other} for {index} of {count}"
                    );
                }
                let longer = [path.as_slice(), &[B256::ZERO]].concat();
                assert!(!shows(hashes[index], place, size, &longer));
                if let Some((_, shorter)) = path.split_last() {
                    assert!(!shows(hashes[index], place, size, shorter));
                }
                for changed in 0..path.len() {
                    let mut wrong = path.clone();
                    wrong[changed] = B256::repeat_byte(1);
                    assert!(!shows(hashes[index], place, size, &wrong));
                }
            }
            assert_eq!(path_of(&hashes, count), None);
            assert_eq!(root_by_path(root, count as u64, count as u64, &[]), None);
        }
        assert_eq!(root_by_path(B256::ZERO, 0, 0, &[]), None);
    }
}
