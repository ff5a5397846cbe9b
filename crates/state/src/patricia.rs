//! A Merkle Patricia trie whose nodes are fetched when they are needed: insert, remove, root, proof.
//!
//! All keys have 64 nibbles, so a branch never holds a value. Nodes are encoded and decoded by `alloy-trie`;
//! what is our own is the shape: where a node is split, and how a branch that loses a child collapses. Every
//! fetched node is checked against the hash that led to it.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::{Decodable, Encodable};
use alloy_trie::nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode, TrieNode};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieMask};
use civitas_ports::StoreError;

/// Nodes by the path at which they stand.
pub(crate) trait NodeSource {
    /// The node at `path`; none if there is none.
    fn node(&self, path: &Nibbles) -> Result<Option<bytes::Bytes>, StoreError>;
    /// The error for a node that is missing or is not the one that its parent names.
    fn inconsistent(&self) -> StoreError;
}

/// A trie, of which the parts that were touched are in memory.
pub(crate) struct Patricia<S> {
    source: S,
    root: Link,
}

/// From a parent to a node.
#[derive(Debug, Default)]
enum Link {
    #[default]
    Empty,
    /// Not fetched: its hash, or itself where it is shorter than a hash.
    Known(RlpNode),
    Open(Box<Open>),
}

/// A node in memory.
#[derive(Debug)]
struct Open {
    /// What its parent holds of it; none since it changed.
    known: Option<RlpNode>,
    node: Node,
}

#[derive(Debug)]
enum Node {
    Leaf { path: Nibbles, value: Vec<u8> },
    Extension { path: Nibbles, child: Link },
    Branch { children: Box<[Link; 16]> },
}

/// A new node with the path at which it stands.
pub(crate) type NewNode = (Nibbles, Vec<u8>);

impl Link {
    fn new(node: Node) -> Self {
        Self::Open(Box::new(Open { known: None, node }))
    }

    /// Puts a path before `self`, which is a branch.
    fn extended(self, path: Nibbles) -> Self {
        if path.is_empty() {
            self
        } else {
            Self::new(Node::Extension { path, child: self })
        }
    }

    const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl<S: NodeSource> Patricia<S> {
    /// The trie with this root.
    pub(crate) fn open(source: S, root: B256) -> Self {
        let root = if root == EMPTY_ROOT_HASH {
            Link::Empty
        } else {
            Link::Known(RlpNode::word_rlp(&root))
        };
        Self { source, root }
    }

    /// Sets the value at a key.
    pub(crate) fn insert(&mut self, key: &B256, value: Vec<u8>) -> Result<(), StoreError> {
        insert(
            &self.source,
            &mut self.root,
            Nibbles::new(),
            (Nibbles::unpack(key), value),
        )
    }

    /// Removes a key, if it is there.
    pub(crate) fn remove(&mut self, key: &B256) -> Result<(), StoreError> {
        remove(&self.source, &mut self.root, Nibbles::new(), Nibbles::unpack(key)).map(|_| ())
    }

    /// The root, and the nodes that are new since the last call.
    pub(crate) fn commit(&mut self) -> (B256, Vec<NewNode>) {
        let mut nodes = Vec::new();
        let reference = commit(&mut self.root, Nibbles::new(), &mut nodes);
        let root = match (&self.root, reference.as_hash()) {
            (Link::Empty, _) => EMPTY_ROOT_HASH,
            (_, Some(hash)) => hash,
            (_, None) => keccak256(&reference),
        };
        (root, nodes)
    }

    /// The nodes from the root towards a key, as far as there are any. The trie must be committed.
    pub(crate) fn prove(&mut self, key: &B256) -> Result<Vec<Bytes>, StoreError> {
        let mut rest = Nibbles::unpack(key);
        let mut at = Nibbles::new();
        let mut proof = Vec::new();
        let mut link = &mut self.root;
        while let Some(open) = fetch(&self.source, link, &at)? {
            let mut encoded = Vec::new();
            encode(&mut open.node, &at, &mut encoded, &mut Vec::new());
            // Shorter ones stand inside their parents.
            if at.is_empty() || encoded.len() >= B256::len_bytes() {
                proof.push(encoded.into());
            }
            match &mut open.node {
                Node::Leaf { .. } => break,
                Node::Extension { path, child } => {
                    if !rest.starts_with(path) {
                        break;
                    }
                    at = at.join(path);
                    rest = rest.slice(path.len()..);
                    link = child;
                }
                Node::Branch { children } => {
                    let Some(nibble) = rest.first() else { break };
                    at.push(nibble);
                    rest = rest.slice(1..);
                    link = &mut children[usize::from(nibble)];
                }
            }
        }
        Ok(proof)
    }
}

/// The node behind a link, fetched if need be; none behind an empty one.
fn fetch<'a>(
    source: &impl NodeSource,
    link: &'a mut Link,
    at: &Nibbles,
) -> Result<Option<&'a mut Open>, StoreError> {
    if let Link::Known(reference) = link {
        let encoded = match reference.as_hash() {
            None => bytes::Bytes::copy_from_slice(reference),
            Some(hash) => {
                let found = source.node(at)?.filter(|node| keccak256(node) == hash);
                found.ok_or_else(|| source.inconsistent())?
            }
        };
        let node = decode(&encoded).ok_or_else(|| source.inconsistent())?;
        *link = Link::Open(Box::new(Open {
            known: Some(reference.clone()),
            node,
        }));
    }
    match link {
        Link::Open(open) => Ok(Some(open)),
        Link::Empty | Link::Known(_) => Ok(None),
    }
}

fn decode(mut encoded: &[u8]) -> Option<Node> {
    match TrieNode::decode(&mut encoded).ok()? {
        TrieNode::EmptyRoot => None,
        TrieNode::Leaf(leaf) => Some(Node::Leaf {
            path: leaf.key,
            value: leaf.value,
        }),
        TrieNode::Extension(extension) => Some(Node::Extension {
            path: extension.key,
            child: Link::Known(extension.child),
        }),
        TrieNode::Branch(branch) => {
            let mut children: Box<[Link; 16]> = Box::default();
            let mut stack = branch.stack.into_iter();
            for (index, child) in (0_u8..).zip(children.iter_mut()) {
                if branch.state_mask.is_bit_set(index) {
                    *child = Link::Known(stack.next()?);
                }
            }
            Some(Node::Branch { children })
        }
    }
}

fn insert(
    source: &impl NodeSource,
    link: &mut Link,
    at: Nibbles,
    (rest, value): (Nibbles, Vec<u8>),
) -> Result<(), StoreError> {
    let Some(open) = fetch(source, link, &at)? else {
        *link = Link::new(Node::Leaf { path: rest, value });
        return Ok(());
    };
    open.known = None;
    match &mut open.node {
        Node::Leaf { path, value: old } => {
            if *path == rest {
                *old = value;
                return Ok(());
            }
            let (path, old) = (*path, std::mem::take(old));
            *link = split(
                (path, |path| Link::new(Node::Leaf { path, value: old })),
                (rest, value),
            );
            Ok(())
        }
        Node::Extension { path, child } => {
            if rest.starts_with(path) {
                return insert(source, child, at.join(path), (rest.slice(path.len()..), value));
            }
            let (path, child) = (*path, std::mem::take(child));
            *link = split((path, |path| child.extended(path)), (rest, value));
            Ok(())
        }
        Node::Branch { children } => {
            let Some(nibble) = rest.first() else {
                return Err(source.inconsistent());
            };
            let mut below = at;
            below.push(nibble);
            insert(
                source,
                &mut children[usize::from(nibble)],
                below,
                (rest.slice(1..), value),
            )
        }
    }
}

/// A branch where an old path and that of a new leaf part. `old` makes the old node below it.
fn split(
    (old_path, old): (Nibbles, impl FnOnce(Nibbles) -> Link),
    (rest, value): (Nibbles, Vec<u8>),
) -> Link {
    let common = old_path.common_prefix_length(&rest);
    let mut children: Box<[Link; 16]> = Box::default();
    if let (Some(left), Some(right)) = (old_path.get(common), rest.get(common)) {
        children[usize::from(left)] = old(old_path.slice(common + 1..));
        children[usize::from(right)] = Link::new(Node::Leaf {
            path: rest.slice(common + 1..),
            value,
        });
    }
    Link::new(Node::Branch { children }).extended(rest.slice(..common))
}

/// Removes a key below a link; whether it was there.
fn remove(source: &impl NodeSource, link: &mut Link, at: Nibbles, rest: Nibbles) -> Result<bool, StoreError> {
    let Some(open) = fetch(source, link, &at)? else {
        return Ok(false);
    };
    let removed = match &mut open.node {
        Node::Leaf { path, .. } => {
            if *path == rest {
                *link = Link::Empty;
                return Ok(true);
            }
            return Ok(false);
        }
        Node::Extension { path, child } => {
            rest.starts_with(path) && remove(source, child, at.join(path), rest.slice(path.len()..))?
        }
        Node::Branch { children } => {
            let Some(nibble) = rest.first() else {
                return Err(source.inconsistent());
            };
            let mut below = at;
            below.push(nibble);
            remove(source, &mut children[usize::from(nibble)], below, rest.slice(1..))?
        }
    };
    if removed {
        open.known = None;
        collapse(source, link, at)?;
    }
    Ok(removed)
}

/// Restores the shape after a removal below: a branch has two children, an extension leads to a branch.
fn collapse(source: &impl NodeSource, link: &mut Link, at: Nibbles) -> Result<(), StoreError> {
    let Link::Open(open) = link else { return Ok(()) };
    let (path, mut child) = match &mut open.node {
        Node::Leaf { .. } => return Ok(()),
        Node::Extension { path, child } => (*path, std::mem::take(child)),
        Node::Branch { children } => {
            let mut left = (0_u8..)
                .zip(children.iter_mut())
                .filter(|(_, child)| !child.is_empty());
            let (Some((nibble, only)), None) = (left.next(), left.next()) else {
                return Ok(());
            };
            (Nibbles::from_nibbles([nibble]), std::mem::take(only))
        }
    };
    let Some(below) = fetch(source, &mut child, &at.join(&path))? else {
        return Err(source.inconsistent());
    };
    *link = match &mut below.node {
        Node::Leaf { path: tail, value } => Link::new(Node::Leaf {
            path: path.join(tail),
            value: std::mem::take(value),
        }),
        Node::Extension { path: tail, child } => Link::new(Node::Extension {
            path: path.join(tail),
            child: std::mem::take(child),
        }),
        Node::Branch { .. } => child.extended(path),
    };
    Ok(())
}

/// What a parent holds of the node behind a link; new nodes are put out.
fn commit(link: &mut Link, at: Nibbles, nodes: &mut Vec<NewNode>) -> RlpNode {
    let open = match link {
        Link::Empty => return RlpNode::default(),
        Link::Known(reference) => return reference.clone(),
        Link::Open(open) => open,
    };
    if let Some(reference) = &open.known {
        return reference.clone();
    }
    let mut encoded = Vec::new();
    encode(&mut open.node, &at, &mut encoded, nodes);
    let reference = RlpNode::from_rlp(&encoded);
    open.known = Some(reference.clone());
    if at.is_empty() || reference.is_hash() {
        nodes.push((at, encoded));
    }
    reference
}

fn encode(node: &mut Node, at: &Nibbles, encoded: &mut Vec<u8>, nodes: &mut Vec<NewNode>) {
    match node {
        Node::Leaf { path, value } => LeafNodeRef::new(path, value).encode(encoded),
        Node::Extension { path, child } => {
            let child = commit(child, at.join(path), nodes);
            ExtensionNodeRef::new(path, &child).encode(encoded);
        }
        Node::Branch { children } => {
            let mut stack = Vec::with_capacity(16);
            let mut mask = TrieMask::default();
            for (nibble, child) in (0_u8..)
                .zip(children.iter_mut())
                .filter(|(_, child)| !child.is_empty())
            {
                let mut below = *at;
                below.push(nibble);
                stack.push(commit(child, below, nodes));
                mask.set_bit(nibble);
            }
            BranchNodeRef::new(&stack, mask).encode(encoded);
        }
    }
}
