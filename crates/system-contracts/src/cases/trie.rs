//! Proofs of Merkle Patricia tries (Yellow Paper, appendix D), as `eth_getProof` gives them (EIP-1186).
//!
//! The one who makes the trie may be hostile: a root that gateways agreed on can be the hash of anything. So every node
//! is taken apart with bounds, every step consumes part of the path, and nothing of a proof is left over.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::{EMPTY_STRING_CODE, Header};

/// Root of a trie without entries: Keccak-256 of the empty string in RLP.
const EMPTY_ROOT: B256 =
    alloy_primitives::b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
/// Nibbles of a hashed key.
const PATH_NIBBLES: usize = 64;
/// Items of a branch: sixteen children and a value.
const BRANCH_ITEMS: usize = 17;
/// Items of a leaf or extension: path, and value or child.
const PAIR_ITEMS: usize = 2;

/// The proof is not one of this root and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Invalid;

/// The items of a list that is all of `bytes`, each with its header.
pub(super) fn items(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Invalid> {
    let header = Header::decode(&mut bytes).map_err(|_| Invalid)?;
    if !header.list || header.payload_length != bytes.len() {
        return Err(Invalid);
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let whole = bytes;
        let header = Header::decode(&mut bytes).map_err(|_| Invalid)?;
        bytes = bytes.get(header.payload_length..).ok_or(Invalid)?;
        let length = whole.len().saturating_sub(bytes.len());
        found.push(whole.get(..length).ok_or(Invalid)?);
    }
    Ok(found)
}

/// The content of an item that is a string.
pub(super) fn string(mut item: &[u8]) -> Result<&[u8], Invalid> {
    let header = Header::decode(&mut item).map_err(|_| Invalid)?;
    if header.list || header.payload_length != item.len() {
        return Err(Invalid);
    }
    Ok(item)
}

/// The nibbles of bytes, the higher one first.
fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).collect()
}

/// A path with its flags: whether it ends at a leaf, and its nibbles.
fn compact(encoded: &[u8]) -> Result<(bool, Vec<u8>), Invalid> {
    let all = nibbles(encoded);
    let (flags, rest) = all.split_first().ok_or(Invalid)?;
    let path = match flags {
        // An odd number of nibbles begins right after the flags, an even one after a zero.
        1 | 3 => rest,
        0 | 2 if rest.first() == Some(&0) => rest.get(1..).ok_or(Invalid)?,
        _ => return Err(Invalid),
    };
    if path.len() > PATH_NIBBLES {
        return Err(Invalid);
    }
    Ok((*flags >= 2, path.to_vec()))
}

/// Where a node leads.
enum Next<'a> {
    /// To a value.
    Value(&'a [u8]),
    /// To a node, as its parent names it, with what is left of the path.
    Node(&'a [u8], &'a [u8]),
    /// Nowhere: nothing stands at the key.
    Nothing,
}

fn step<'a>(node: &'a [u8], path: &'a [u8]) -> Result<Next<'a>, Invalid> {
    let items = items(node)?;
    match items.as_slice() {
        branch if branch.len() == BRANCH_ITEMS => {
            // All keys are of one length, so no value stands at a branch.
            let (nibble, rest) = path.split_first().ok_or(Invalid)?;
            let child = branch.get(usize::from(*nibble)).ok_or(Invalid)?;
            if *child == [EMPTY_STRING_CODE] {
                return Ok(Next::Nothing);
            }
            Ok(Next::Node(child, rest))
        }
        [encoded, content] if items.len() == PAIR_ITEMS => {
            let (is_leaf, own) = compact(string(encoded)?)?;
            let rest = path.strip_prefix(own.as_slice());
            match (is_leaf, rest) {
                (true, Some([])) => Ok(Next::Value(string(content)?)),
                (false, Some(rest)) if !own.is_empty() => Ok(Next::Node(content, rest)),
                (false, _) if own.is_empty() => Err(Invalid),
                _ => Ok(Next::Nothing),
            }
        }
        _ => Err(Invalid),
    }
}

/// The value that stands at `key`, already hashed, under `root`; none if the proof shows that nothing does.
///
/// # Errors
/// [`Invalid`] if the nodes do not lead from the root to the end of the search, each used once and in order.
pub(super) fn lookup(root: B256, key: B256, proof: &[Bytes]) -> Result<Option<Vec<u8>>, Invalid> {
    let proof = match proof {
        // Clients send an empty trie's proof without nodes, or as the empty string.
        [] if root == EMPTY_ROOT => return Ok(None),
        [only] if root == EMPTY_ROOT && only.as_ref() == [EMPTY_STRING_CODE] => return Ok(None),
        proof => proof,
    };
    let path = nibbles(key.as_slice());
    let mut path = path.as_slice();
    let mut nodes = proof.iter();
    let first = nodes.next().ok_or(Invalid)?;
    if keccak256(first) != root {
        return Err(Invalid);
    }
    let mut node: &[u8] = first;
    let found = loop {
        let (reference, rest) = match step(node, path)? {
            Next::Value(value) => break Some(value.to_vec()),
            Next::Nothing => break None,
            Next::Node(reference, rest) => (reference, rest),
        };
        path = rest;
        // A node of less than 32 bytes stands within its parent.
        node = if reference
            .first()
            .is_some_and(|code| *code >= alloy_rlp::EMPTY_LIST_CODE)
        {
            if reference.len() >= B256::len_bytes() {
                return Err(Invalid);
            }
            reference
        } else {
            let hash = B256::try_from(string(reference)?).map_err(|_| Invalid)?;
            let next = nodes.next().ok_or(Invalid)?;
            if keccak256(next) != hash {
                return Err(Invalid);
            }
            next
        };
    };
    if nodes.next().is_some() {
        return Err(Invalid);
    }
    Ok(found)
}
