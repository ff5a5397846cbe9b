//! Proofs of a QMDB: that a key has a value *now*, under a state root of a ledger with the commitment `qmdb`.
//!
//! A QMDB is an append-only log of operations under a Merkle mountain belt (arXiv 2511.13582: perfect trees, whose roots
//! are its peaks), with a bitmap that says which operations are the newest of their keys. Each full chunk of the bitmap
//! (256 bits) is hashed into the node above the 256 operations that it is about, so one path proves both that the
//! operation was written and that nothing was written over it:
//!
//! ```text
//! state root = H(log root || grafted root [|| H(chunk whose node is not born yet)] [|| bits of the last chunk || H(last chunk)])
//! grafted root = H(1 || 1 || leaves [|| inactive peaks] || peaks, folded)
//! node = H(position || left || right), at height 8 also H(chunk || node) unless the chunk is zero;  leaf = H(position || operation)
//! ```
//! `H` is SHA-256; positions and counts are eight bytes, big-endian. The library of the nodes (`commonware-storage`) needs
//! threads and files, so this is written anew, and tested against proofs that nodes made.

use crate::bytes::{BytesError, Reader, push_varint, sha256};
use thiserror::Error;

/// Bytes of a value, at most: an account with every field has fewer.
pub const VALUE_BYTES_MAX: usize = 256;
/// Digests in a proof, at most: twice the depth of a tree of 2^64 leaves, and some more. Nodes allow as many.
pub const DIGESTS_MAX: u64 = 192;
/// Leaves of a belt, at most (positions fit 63 bits).
const LEAVES_MAX: u64 = 0x4000_0000_0000_001e;
/// Bytes of a chunk of the bitmap.
const CHUNK_BYTES: usize = 32;
/// A chunk is about 2^8 operations.
const CHUNK_HEIGHT: u32 = 8;
const CHUNK_BITS: u64 = 1 << CHUNK_HEIGHT;
/// Leaves that the belt must have before the node over the first chunk is born: belts merge late.
const FIRST_CHUNK_BORN: u64 = CHUNK_BITS + CHUNK_BITS / 2 - 1;
/// What the operation "this key has this value" begins with.
const UPDATE: u8 = 0xd2;
/// Family (belt) and order of folding (newest first) in the hash of a root.
const ROOT_DOMAIN: [u8; 2] = [1, 1];

type Hash = [u8; 32];

/// Why a proof does not hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// The proof cannot be read.
    #[error("the proof cannot be read")]
    Malformed(#[from] BytesError),
    /// A count is above its bound.
    #[error("{what} is {found}, at most {max} is allowed")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its value.
        found: u64,
        /// The bound.
        max: u64,
    },
    /// The value was written over later.
    #[error("the bitmap says that the value was written over")]
    Inactive,
    /// Parts are there that must not be, or the other way round.
    #[error("the proof has not the parts that its place needs")]
    Shape,
    /// The chunk of the bitmap is not the one that the root commits to.
    #[error("the chunk of the bitmap is another")]
    OtherChunk,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    OtherRoot,
}

/// Checks that `key` has `value` under `root`.
///
/// # Errors
/// See [`ProofError`].
pub fn verify(root: &Hash, key: &Hash, value: &[u8], proof: &[u8]) -> Result<(), ProofError> {
    bound("the value", value.len() as u64, VALUE_BYTES_MAX as u64)?;
    let mut operation = vec![UPDATE];
    operation.extend_from_slice(key);
    push_varint(&mut operation, value.len() as u64);
    operation.extend_from_slice(value);
    let proof = Proof::decode(proof)?;
    if proof.root(&operation)? == *root {
        Ok(())
    } else {
        Err(ProofError::OtherRoot)
    }
}

fn bound(what: &'static str, found: u64, max: u64) -> Result<(), ProofError> {
    if found > max {
        return Err(ProofError::TooLarge { what, found, max });
    }
    Ok(())
}

/// A decoded proof.
struct Proof {
    /// Place of the operation in the log.
    place: u64,
    /// The chunk of the bitmap that it belongs to.
    chunk: [u8; CHUNK_BYTES],
    /// Operations in the log.
    leaves: u64,
    /// The oldest peaks, under which nothing is active.
    inactive_peaks: usize,
    digests: Vec<Hash>,
    /// Hash of the full chunk whose node is not born yet.
    pending: Option<Hash>,
    /// Hash of the last chunk, if it is not full.
    partial: Option<Hash>,
    log_root: Hash,
}

impl Proof {
    fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let mut reader = Reader::new(bytes);
        let place = reader.varint()?;
        let chunk = reader.array()?;
        let leaves = reader.varint()?;
        bound("the number of operations", leaves, LEAVES_MAX)?;
        bound("the place of the operation", place, leaves.saturating_sub(1))?;
        let inactive = reader.varint()?;
        bound("the number of inactive peaks", inactive, u64::from(u64::BITS))?;
        let count = reader.varint()?;
        bound("the number of digests", count, DIGESTS_MAX)?;
        let mut digests = Vec::new();
        for _ in 0..count {
            digests.push(reader.array()?);
        }
        let mut optional =
            || -> Result<_, BytesError> { reader.boolean()?.then(|| reader.array()).transpose() };
        let (pending, partial) = (optional()?, optional()?);
        let log_root = reader.array()?;
        reader.done()?;
        let inactive_peaks = usize::try_from(inactive).unwrap_or(usize::MAX);
        Ok(Self {
            place,
            chunk,
            leaves,
            inactive_peaks,
            digests,
            pending,
            partial,
            log_root,
        })
    }

    /// The root that the proof leads to, if it is about a current operation.
    fn root(&self, operation: &[u8]) -> Result<Hash, ProofError> {
        let bit = self.place % CHUNK_BITS;
        let byte = usize::try_from(bit / 8)
            .ok()
            .and_then(|index| self.chunk.get(index));
        if byte.is_none_or(|byte| byte >> (bit % 8) & 1 == 0) {
            return Err(ProofError::Inactive);
        }
        let (index, full) = (self.place / CHUNK_BITS, self.leaves / CHUNK_BITS);
        let grafted = grafted_chunks(self.leaves).min(full);
        let bits = self.leaves % CHUNK_BITS;
        if full - grafted > 1
            || self.pending.is_some() != (full > grafted)
            || self.partial.is_some() != (bits != 0)
        {
            return Err(ProofError::Shape);
        }
        // A chunk that no node holds yet stands in the root by its hash.
        let apart = if index == full {
            self.partial
        } else if index == grafted {
            self.pending
        } else {
            None
        };
        if apart.is_some_and(|hash| hash != sha256(&[&self.chunk])) {
            return Err(ProofError::OtherChunk);
        }
        let tree = self.grafted_root(operation, grafted)?;
        let mut parts: Vec<&[u8]> = vec![&self.log_root, &tree];
        parts.extend(self.pending.as_ref().map(<[u8; 32]>::as_slice));
        let bits = bits.to_be_bytes();
        if let Some(partial) = &self.partial {
            parts.extend([bits.as_slice(), partial]);
        }
        Ok(sha256(&parts))
    }

    /// Folds the peaks: the inactive ones from the oldest on, the active ones from the newest back.
    fn grafted_root(&self, operation: &[u8], grafted: u64) -> Result<Hash, ProofError> {
        let peaks = peaks(self.leaves);
        let own = peaks
            .iter()
            .position(|peak| peak.holds(self.place))
            .ok_or(ProofError::Shape)?;
        let (before, after) = (own, peaks.len() - own - 1);
        if self.inactive_peaks > peaks.len() {
            return Err(ProofError::Shape);
        }
        let folded = self.inactive_peaks.min(before);
        let single = self.inactive_peaks.saturating_sub(before + 1).min(after);
        let mut digests = self.digests.iter().copied();
        let mut take = || digests.next().ok_or(ProofError::Shape);
        let mut list = Vec::new();
        for _ in 0..usize::from(folded > 0) + before - folded {
            list.push(take()?);
        }
        let mut behind = Vec::new();
        for _ in 0..single + usize::from(after > single) {
            behind.push(take()?);
        }
        let path = Path {
            proof: self,
            operation,
            grafted,
        };
        list.push(path.digest(peaks.get(own).ok_or(ProofError::Shape)?, &mut take)?);
        list.append(&mut behind);
        if digests.next().is_some() {
            return Err(ProofError::Shape);
        }
        let inactive = if folded > 0 {
            self.inactive_peaks - folded + 1
        } else {
            self.inactive_peaks
        };
        let peak = fold(&list, inactive).ok_or(ProofError::Shape)?;
        let leaves = self.leaves.to_be_bytes();
        let count = (self.inactive_peaks as u64).to_be_bytes();
        Ok(match self.inactive_peaks {
            0 => sha256(&[&ROOT_DOMAIN, &leaves, &peak]),
            _ => sha256(&[&ROOT_DOMAIN, &leaves, &count, &peak]),
        })
    }
}

fn fold(peaks: &[Hash], inactive: usize) -> Option<Hash> {
    let (old, new) = peaks.split_at_checked(inactive.max(1))?;
    let pair = |one: Hash, other: Hash| sha256(&[&one, &other]);
    let old = old.iter().copied().reduce(pair)?;
    let new = new.iter().rev().copied().reduce(|bag, peak| pair(peak, bag));
    Some(new.map_or(old, |new| pair(old, new)))
}

/// Chunks whose node is born.
const fn grafted_chunks(leaves: u64) -> u64 {
    if leaves < FIRST_CHUNK_BORN {
        0
    } else {
        (leaves - FIRST_CHUNK_BORN) / CHUNK_BITS + 1
    }
}

/// A perfect tree of the belt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tree {
    /// Its first leaf.
    start: u64,
    height: u32,
}

impl Tree {
    const fn holds(&self, place: u64) -> bool {
        place >= self.start && place - self.start < 1 << self.height
    }

    /// Position of its root in the order in which nodes are appended: one parent at most behind each leaf.
    const fn position(&self) -> u64 {
        if self.height == 0 {
            return leaf_position(self.start);
        }
        leaf_position(self.start + 3 * (1 << (self.height - 1)) - 2) + 1
    }

    const fn children(&self) -> Option<(Self, Self)> {
        let Some(height) = self.height.checked_sub(1) else {
            return None;
        };
        let left = Self {
            start: self.start,
            height,
        };
        Some((
            left,
            Self {
                start: self.start + (1 << height),
                height,
            },
        ))
    }
}

const fn leaf_position(leaf: u64) -> u64 {
    2 * leaf - (leaf + 1).ilog2() as u64
}

/// The peaks from the oldest to the newest: as many as `leaves + 1` has binary digits behind the first, each as high as
/// its digit's place, and one higher where the digit is 1.
fn peaks(leaves: u64) -> Vec<Tree> {
    let mut start = 0;
    let mut peaks = Vec::new();
    for place in (0..(leaves + 1).ilog2()).rev() {
        let height = place + u32::from((leaves + 1) >> place & 1 == 1);
        peaks.push(Tree { start, height });
        start += 1 << height;
    }
    peaks
}

/// The way from the operation to its peak.
struct Path<'a> {
    proof: &'a Proof,
    operation: &'a [u8],
    grafted: u64,
}

impl Path<'_> {
    /// The digest of a tree; what does not hold the operation is taken from the proof, left before right.
    fn digest(
        &self,
        tree: &Tree,
        take: &mut impl FnMut() -> Result<Hash, ProofError>,
    ) -> Result<Hash, ProofError> {
        if !tree.holds(self.proof.place) {
            return take();
        }
        let position = tree.position().to_be_bytes();
        let Some((left, right)) = tree.children() else {
            return Ok(sha256(&[&position, self.operation]));
        };
        let (left, right) = (self.digest(&left, take)?, self.digest(&right, take)?);
        let node = sha256(&[&position, &left, &right]);
        if tree.height == CHUNK_HEIGHT && tree.start / CHUNK_BITS < self.grafted {
            // The chunk is not zero: the operation's own bit is set.
            return Ok(sha256(&[&self.proof.chunk, &node]));
        }
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions and peaks are those of the picture in arXiv 2511.13582's layout, built here leaf by leaf: after each
    /// leaf the newest two neighbours of one height merge, if there are such.
    #[test]
    fn the_belt_grows_by_one_merge_a_leaf() {
        let mut trees: Vec<(Tree, u64)> = Vec::new();
        let mut position = 0;
        for leaf in 0..5_000_u64 {
            assert_eq!(
                peaks(leaf),
                trees.iter().map(|(tree, _)| *tree).collect::<Vec<_>>(),
                "{leaf} leaves"
            );
            let tree = Tree {
                start: leaf,
                height: 0,
            };
            assert_eq!(tree.position(), position);
            trees.push((tree, position));
            position += 1;
            let pair = trees
                .windows(2)
                .rposition(|pair| pair[0].0.height == pair[1].0.height && pair[1].0.start != leaf + 1);
            if let Some(index) = pair {
                let (right, left) = (trees.remove(index + 1).0, trees[index].0);
                let parent = Tree {
                    start: left.start,
                    height: left.height + 1,
                };
                assert_eq!(parent.children(), Some((left, right)));
                assert_eq!(parent.position(), position, "{parent:?}");
                trees[index] = (parent, position);
                position += 1;
            }
        }
    }

    #[test]
    fn a_chunk_is_grafted_when_its_node_is_born() {
        for leaves in 0..3_000 {
            let born = peaks(leaves)
                .iter()
                .filter(|peak| peak.height >= CHUNK_HEIGHT)
                .map(|peak| 1_u64 << (peak.height - CHUNK_HEIGHT))
                .sum::<u64>();
            assert_eq!(grafted_chunks(leaves), born, "{leaves} leaves");
        }
    }
}
