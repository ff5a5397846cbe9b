//! Named predicates of a ledger, each written once: the simulator, property tests and production assert the same.
//!
//! Pure functions from data to `Result`; a violation names itself and what it saw.

use civitas_types::{B256, Block, Height, ResultCommitment};
use std::collections::BTreeMap;
use thiserror::Error;

/// A broken invariant. Nothing can be repaired then: whoever meets it stops.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Violation {
    /// Two nodes hold different blocks at one height.
    #[error("agreement: nodes {left} and {right} hold different blocks at height {height}")]
    Agreement {
        /// The height.
        height: Height,
        /// One node.
        left: String,
        /// The other node.
        right: String,
    },
    /// A block does not follow the one before it.
    #[error("chain: block {height} does not follow the block before it")]
    Chain {
        /// Its height.
        height: Height,
    },
    /// A final payload commits to a block that this node executed differently.
    #[error("determinism: height {height} was certified as {certified}, this node executed {executed}")]
    Determinism {
        /// Height of the block.
        height: Height,
        /// The hash in the certified payload.
        certified: B256,
        /// The hash of the block that this node executed.
        executed: B256,
    },
    /// A transaction whose receipt a client saw is gone.
    #[error("durability: transaction {transaction}, acknowledged at height {height}, is gone")]
    Durability {
        /// Its hash.
        transaction: B256,
        /// Height of the block that a client saw it in.
        height: Height,
    },
    /// Receipts or roots do not belong to the transactions of a block.
    #[error("receipts: block {height} has {transactions} transactions and {receipts} receipts")]
    Receipts {
        /// Its height.
        height: Height,
        /// Number of transactions.
        transactions: usize,
        /// Number of receipts.
        receipts: usize,
    },
}

/// `block` is the child of the block `parent_hash` at `parent`, and has a receipt for each transaction.
///
/// # Errors
/// [`Violation::Chain`] and [`Violation::Receipts`].
pub fn follows(block: &Block, parent: Height, parent_hash: B256) -> Result<(), Violation> {
    let height = block.height();
    if height != parent.next() || block.header.parent_hash != parent_hash {
        return Err(Violation::Chain { height });
    }
    let (transactions, receipts) = (block.transactions.len(), block.receipts.len());
    if transactions != receipts {
        return Err(Violation::Receipts {
            height,
            transactions,
            receipts,
        });
    }
    Ok(())
}

/// The result that a final payload commits to is the block that this node executed.
///
/// # Errors
/// [`Violation::Determinism`].
pub fn same_result(certified: ResultCommitment, executed: B256) -> Result<(), Violation> {
    if certified.block_hash == executed {
        return Ok(());
    }
    Err(Violation::Determinism {
        height: certified.height,
        certified: certified.block_hash,
        executed,
    })
}

/// What all nodes of a ledger were seen to hold: the hash at each height, and who said so first.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    seen: BTreeMap<Height, (B256, String)>,
}

impl Agreement {
    /// Records that `node` holds the block `hash` at `height`.
    ///
    /// # Errors
    /// [`Violation::Agreement`] if another node, or the same one before, held another block there.
    pub fn observe(&mut self, node: &str, height: Height, hash: B256) -> Result<(), Violation> {
        let (first_hash, first_node) = self.seen.entry(height).or_insert_with(|| (hash, node.to_owned()));
        if *first_hash == hash {
            return Ok(());
        }
        Err(Violation::Agreement {
            height,
            left: first_node.clone(),
            right: node.to_owned(),
        })
    }

    /// The greatest height that any node was seen to hold.
    pub fn highest(&self) -> Height {
        self.seen.keys().next_back().copied().unwrap_or_default()
    }

    /// The hash that was seen at `height`.
    pub fn at(&self, height: Height) -> Option<B256> {
        self.seen.get(&height).map(|(hash, _)| *hash)
    }
}

/// Transactions whose receipts clients have seen. Nothing of it may ever be missing again.
#[derive(Clone, Debug, Default)]
pub struct Acknowledged {
    seen: BTreeMap<B256, Height>,
}

impl Acknowledged {
    /// A client saw the receipt of `transaction` in the block at `height`.
    pub fn record(&mut self, transaction: B256, height: Height) {
        self.seen.insert(transaction, height);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.seen.len()
    }

    /// All of them, with the heights of their blocks.
    pub fn iter(&self) -> impl Iterator<Item = (B256, Height)> + '_ {
        self.seen
            .iter()
            .map(|(transaction, height)| (*transaction, *height))
    }

    /// A node that has reached the height finds the transaction at `found`.
    ///
    /// # Errors
    /// [`Violation::Durability`] if it is not where the client saw it.
    pub fn check(&self, transaction: B256, found: Option<Height>) -> Result<(), Violation> {
        match self.seen.get(&transaction) {
            Some(height) if found != Some(*height) => Err(Violation::Durability {
                transaction,
                height: *height,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_notices_the_first_difference() {
        let mut agreement = Agreement::default();
        let (one, two) = (B256::repeat_byte(1), B256::repeat_byte(2));
        assert_eq!(agreement.observe("a", Height::new(3), one), Ok(()));
        assert_eq!(agreement.observe("b", Height::new(3), one), Ok(()));
        assert!(matches!(
            agreement.observe("b", Height::new(3), two),
            Err(Violation::Agreement { .. })
        ));
        assert_eq!(agreement.highest(), Height::new(3));
    }

    #[test]
    fn an_acknowledged_transaction_must_stay_where_it_was_seen() {
        let mut acknowledged = Acknowledged::default();
        let hash = B256::repeat_byte(7);
        acknowledged.record(hash, Height::new(9));
        assert_eq!(acknowledged.check(hash, Some(Height::new(9))), Ok(()));
        assert!(acknowledged.check(hash, None).is_err());
        assert!(acknowledged.check(hash, Some(Height::new(8))).is_err());
        assert_eq!(acknowledged.check(B256::ZERO, None), Ok(()));
    }
}
