//! Follows one ledger: fetches blocks ahead, checks that each follows the one before it, and writes them.

use crate::{
    Error, Store,
    batch::Batch,
    describe,
    source::{self, Source, SourceBlock},
    store::{LedgerRow, MAIN_LEDGER},
    write,
};
use futures::{StreamExt, stream};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Blocks that are fetched at once. More would hold more of a busy ledger in memory and be no faster.
const FETCHES_MAX: usize = 4;

/// A batch is written when it has so many transactions or blocks: enough that the cost of a database transaction
/// does not count, few enough that little is lost by a stop.
const BATCH_TRANSACTIONS: usize = 4_000;
const BATCH_BLOCKS_MAX: usize = 1_000;

/// Batches that wait while one is written.
const BATCHES_WAITING_MAX: usize = 1;

/// How far the index of a ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Height of the newest block in the index; none before the first.
    pub indexed: Option<u64>,
    /// Height of the newest block of the ledger.
    pub head: u64,
    /// Whether everything that the blocks made stale has been read again.
    pub described: bool,
}

/// Follows one ledger. What it does can be dropped at any moment: the store then is as after the last batch.
pub struct Follower {
    store: Store,
    source: Arc<dyn Source>,
    name: String,
    row: LedgerRow,
    is_checked: bool,
    /// The newest block of the node, as it said last.
    head: u64,
}

impl Follower {
    /// Begins to follow a ledger; `main` keeps the city's registries.
    ///
    /// # Errors
    /// [`Error::OtherLedger`], and those of the source and the store.
    pub async fn begin(store: Store, name: &str, source: Arc<dyn Source>) -> Result<Self, Error> {
        let chain_id = source::chain_id(&*source).await?;
        let row = store.ledger_or_new(name, chain_id).await?;
        if row.chain_id != chain_id {
            return Err(Error::OtherLedger {
                name: name.to_owned(),
                indexed: row.chain_id,
                found: chain_id,
            });
        }
        Ok(Self {
            store,
            source,
            name: name.to_owned(),
            row,
            is_checked: false,
            head: 0,
        })
    }

    /// Chain id of the ledger.
    pub fn chain_id(&self) -> u64 {
        self.row.chain_id
    }

    /// Height of the newest block in the index.
    pub fn indexed(&self) -> Option<u64> {
        self.row.indexed.map(|(height, _)| height)
    }

    /// Writes all blocks up to the newest one, calling `after` with the progress of every batch.
    ///
    /// # Errors
    /// [`Error::OtherHistory`], [`Error::Overtaken`] (then the next call goes on where the other one is), and those of
    /// the source and the store. What was written before an error stays.
    pub async fn catch_up(&mut self, mut after: impl FnMut(Progress) + Send) -> Result<Progress, Error> {
        let head = source::head(&*self.source).await?;
        self.head = head;
        self.check_history(head).await?;
        let next = self.indexed().map_or(0, |height| height.saturating_add(1));
        let (sender, mut batches) = mpsc::channel(BATCHES_WAITING_MAX);
        let fetching = tokio::spawn(fetch(self.source.clone(), next, head, sender));
        // Ends the fetching when this future is dropped or returns early.
        let _guard = AbortOnDrop(fetching);
        while let Some(blocks) = batches.recv().await {
            let batch = self.read(&blocks?)?;
            match write::write(&self.store.database, &self.row, batch).await {
                Ok(row) => self.row = row,
                Err(error) => {
                    self.reload().await?;
                    return Err(error);
                }
            }
            after(self.progress(head));
        }
        Ok(self.progress(head))
    }

    /// Reads again some of what the blocks made stale: metadata of tokens, code of contracts, entries of registries,
    /// creations of contracts by contracts. Tells whether nothing is left. A node that is behind the index is not asked:
    /// what it says is of the past.
    ///
    /// # Errors
    /// Those of the source and the store.
    pub async fn describe(&mut self) -> Result<bool, Error> {
        if self.indexed().is_some_and(|indexed| indexed > self.head) {
            return Ok(false);
        }
        let has_registries = self.name == MAIN_LEDGER;
        describe::some(&self.store.database, &*self.source, &mut self.row, has_registries).await
    }

    /// Looks how far another indexer at the same store is, without writing.
    ///
    /// # Errors
    /// [`Error::OtherHistory`], and those of the source and the store.
    pub async fn observe(&mut self) -> Result<Progress, Error> {
        self.head = source::head(&*self.source).await?;
        self.reload().await?;
        self.check_history(self.head).await?;
        let described = describe::is_done(&self.store.database, &self.row).await?;
        Ok(Progress {
            described,
            ..self.progress(self.head)
        })
    }

    fn progress(&self, head: u64) -> Progress {
        Progress {
            indexed: self.indexed(),
            head,
            described: false,
        }
    }

    /// The blocks as rows, if they follow what the index holds.
    fn read(&self, blocks: &[SourceBlock]) -> Result<Batch, Error> {
        let mut before = self.row.indexed;
        for source in blocks {
            let height = source.block.number.to::<u64>();
            if let Some((_, indexed)) = before
                && source.block.parent_hash != indexed
            {
                return Err(Error::OtherHistory {
                    height,
                    parent: source.block.parent_hash,
                    indexed,
                });
            }
            before = Some((height, source.block.hash));
        }
        Batch::of(self.row.id, blocks, self.name == MAIN_LEDGER)
    }

    /// Once a start: the node's history must be that of the index. A node that is behind tells later.
    async fn check_history(&mut self, head: u64) -> Result<(), Error> {
        let Some((height, indexed)) = self.row.indexed.filter(|_| !self.is_checked) else {
            return Ok(());
        };
        if height > head {
            return Ok(());
        }
        let found = source::block(&*self.source, height).await?.block.hash;
        if found != indexed {
            return Err(Error::OtherHistory {
                height,
                parent: found,
                indexed,
            });
        }
        self.is_checked = true;
        Ok(())
    }

    /// Reads where the index is, after another indexer wrote.
    async fn reload(&mut self) -> Result<(), Error> {
        if let Some(row) = self.store.ledger(&self.name).await? {
            self.row = row;
        }
        Ok(())
    }
}

/// A task that ends with this value.
pub(crate) struct AbortOnDrop(pub(crate) tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Fetches blocks in their order and sends them in batches, until the last one, an error, or nobody listens.
async fn fetch(
    source: Arc<dyn Source>,
    first: u64,
    last: u64,
    sender: mpsc::Sender<Result<Vec<SourceBlock>, Error>>,
) {
    let fetches = stream::iter(first..=last).map(|height| {
        let source = source.clone();
        async move { source::block(&*source, height).await }
    });
    let mut fetched = Box::pin(fetches.buffered(FETCHES_MAX));
    let mut batch = Vec::new();
    let mut transactions = 0;
    while let Some(block) = fetched.next().await {
        match block {
            Ok(block) => {
                transactions += block.block.transactions.len();
                batch.push(block);
            }
            Err(error) => {
                // Nobody listens any more where this fails; there is nothing left to do then.
                let _ = sender.send(Err(error)).await;
                return;
            }
        }
        if transactions >= BATCH_TRANSACTIONS || batch.len() >= BATCH_BLOCKS_MAX {
            transactions = 0;
            if sender.send(Ok(std::mem::take(&mut batch))).await.is_err() {
                return;
            }
        }
    }
    if !batch.is_empty() {
        let _ = sender.send(Ok(batch)).await;
    }
}
