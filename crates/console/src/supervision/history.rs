//! The past of several ledgers as one: blocks in the order of their time, and of the names of their ledgers where times
//! are equal, whatever the sizes of the pieces in which they are read.

use civitas_indexer::{Error, Reader, read::PastBlock};
use std::collections::VecDeque;

/// Blocks of a ledger that are read at once.
const BLOCKS_MAX: u32 = 500;

/// A ledger that is read.
#[derive(Debug)]
pub struct Strand {
    /// Its name.
    pub ledger: String,
    /// The height of the next block to be read.
    pub next: u64,
    /// The last height that is read.
    pub until: u64,
    waiting: VecDeque<PastBlock>,
}

impl Strand {
    /// A ledger from one height to another, both read.
    pub fn new(ledger: String, next: u64, until: u64) -> Self {
        Self {
            ledger,
            next,
            until,
            waiting: VecDeque::new(),
        }
    }
}

/// Several ledgers that are read as one.
#[derive(Debug, Default)]
pub struct History {
    strands: Vec<Strand>,
}

impl History {
    /// Of these ledgers.
    pub fn new(mut strands: Vec<Strand>) -> Self {
        strands.sort_by(|one, other| one.ledger.cmp(&other.ledger));
        Self { strands }
    }

    /// Whether everything was given.
    pub fn is_done(&self) -> bool {
        self.strands
            .iter()
            .all(|strand| strand.waiting.is_empty() && strand.next > strand.until)
    }

    /// The next blocks, in order; none at the end. What comes is as much as could be read of every ledger.
    ///
    /// # Errors
    /// The index does not answer, or ends before the height that was named.
    pub async fn next(&mut self, index: &Reader) -> Result<Vec<(String, PastBlock)>, Error> {
        for strand in &mut self.strands {
            if strand.waiting.is_empty() && strand.next <= strand.until {
                let mut blocks = index.past(&strand.ledger, strand.next, BLOCKS_MAX).await?;
                blocks.retain(|block| block.number <= strand.until);
                strand.next = match blocks.last() {
                    Some(last) => last.number.saturating_add(1),
                    // A ledger that was not read from its first block on has a gap at most before it.
                    None => strand.until.saturating_add(1),
                };
                strand.waiting.extend(blocks);
            }
        }
        let mut blocks = Vec::new();
        // As soon as nothing of a ledger waits that goes on, the order of the others is not known.
        while self
            .strands
            .iter()
            .all(|strand| !strand.waiting.is_empty() || strand.next > strand.until)
        {
            let first = self
                .strands
                .iter_mut()
                .filter(|strand| !strand.waiting.is_empty())
                .min_by_key(|strand| strand.waiting.front().map_or(u64::MAX, |block| block.time));
            let Some(strand) = first else {
                break;
            };
            if let Some(block) = strand.waiting.pop_front() {
                blocks.push((strand.ledger.clone(), block));
            }
        }
        Ok(blocks)
    }
}
