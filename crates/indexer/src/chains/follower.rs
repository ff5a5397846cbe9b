//! Follows one foreign chain: takes what the main ledger anchored, batch by batch, and finds a gateway that gives it.

use super::{BatchSource, anchors, reported};
use crate::{
    Error, Progress, Store,
    batch::{Attested, Batch},
    database::{Row, Statement},
    source::{Source, SourceBlock},
    store::LedgerRow,
    write,
};
use alloy_primitives::B256;
use civitas_system_contracts::{
    anchors::digest_of,
    interfaces::IAnchors::{Anchor, Following},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Anchors that are asked for at once: the most that the contract gives is a hundred, and each stands for a file.
const ANCHORS_PAGE: u64 = 32;

/// Characters of a reason that are kept: a hostile gateway may answer anything.
const REASON_CHARACTERS_MAX: usize = 500;

/// What a gateway did instead of giving what was anchored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Its address.
    pub gateway: String,
    /// First block of the batch that was asked for.
    pub from_height: u64,
    /// What was wrong, for people.
    pub reason: String,
    /// Whether it gave something else than what was anchored; otherwise it had or said nothing.
    pub is_false: bool,
}

/// How far the index of a foreign chain is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ChainRow {
    start_height: u64,
    start_hash: B256,
    batches: u64,
    digest: B256,
}

/// Follows one foreign chain. What it does can be dropped at any moment: the store then is as after the last batch.
pub struct ChainFollower {
    store: Store,
    main: Arc<dyn Source>,
    gateways: Vec<Arc<dyn BatchSource>>,
    id: B256,
    name: String,
    row: LedgerRow,
    chain: ChainRow,
    /// The gateway that is asked first: the one that gave the last batch.
    preferred: usize,
    refusals: Vec<Refusal>,
}

impl ChainFollower {
    /// Begins to follow the chain with this id in the registry, where the index is.
    ///
    /// # Errors
    /// [`Error::Anchors`] where the main ledger does not follow it, or says something else about its begin than the index;
    /// those of the source and the store.
    pub async fn begin(
        store: Store,
        main: Arc<dyn Source>,
        gateways: Vec<Arc<dyn BatchSource>>,
        id: B256,
    ) -> Result<Self, Error> {
        let name = anchors::name(&*main, id).await?;
        let following = following(&*main, id, &name).await?;
        let row = store.ledger_or_new(&name, chain_id(&name)).await?;
        let chain = store.chain_or_new(&row, id, &following).await?;
        if chain.start_height != following.startHeight || chain.start_hash != following.startHash {
            return Err(Error::Anchors {
                chain: name,
                what: "it is followed from another block on than in the index",
            });
        }
        Ok(Self {
            store,
            main,
            gateways,
            id,
            name,
            row,
            chain,
            preferred: 0,
            refusals: Vec::new(),
        })
    }

    /// CAIP-2 name of the chain: the name of its ledger in the index.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of its name, where it is one of Ethereum's; else 0.
    pub fn chain_id(&self) -> u64 {
        self.row.chain_id
    }

    /// Height of the newest block in the index.
    pub fn indexed(&self) -> Option<u64> {
        self.row.indexed.map(|(height, _)| height)
    }

    /// What each gateway did last instead of giving what was anchored; none for those that gave it since.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Writes all that was agreed on, calling `after` with the progress of every batch.
    ///
    /// # Errors
    /// [`Error::NoGateway`] if none gives what was anchored, [`Error::Anchors`], [`Error::Overtaken`] (then the next call
    /// goes on where the other one is), and those of the source and the store. What was written before an error stays.
    pub async fn catch_up(&mut self, mut after: impl FnMut(Progress) + Send) -> Result<Progress, Error> {
        let following = following(&*self.main, self.id, &self.name).await?;
        let head = head(&following);
        while self.chain.batches < following.batchCount {
            let anchored = anchors::anchors(&*self.main, self.id, self.chain.batches, ANCHORS_PAGE).await?;
            if anchored.is_empty() {
                // A node that is behind the one that was asked before: it has them later.
                break;
            }
            for anchor in &anchored {
                self.take(anchor, &following).await?;
                after(self.progress(head));
            }
        }
        Ok(self.progress(head))
    }

    /// Looks how far another indexer at the same store is, without writing.
    ///
    /// # Errors
    /// [`Error::Anchors`], and those of the source and the store.
    pub async fn observe(&mut self) -> Result<Progress, Error> {
        let following = following(&*self.main, self.id, &self.name).await?;
        self.reload().await?;
        Ok(self.progress(head(&following)))
    }

    /// Before the first batch, the index is as far as the trust root.
    fn progress(&self, head: u64) -> Progress {
        Progress {
            indexed: Some(self.indexed().unwrap_or(self.chain.start_height)),
            head,
            described: true,
        }
    }

    /// One batch: checked, fetched, compared, written.
    async fn take(&mut self, anchor: &Anchor, following: &Following) -> Result<(), Error> {
        self.check(anchor)?;
        let blocks = self.fetch(anchor).await?;
        let mut batch = Batch::of(self.row.id, &blocks, false)?;
        batch.attested = Some(Attested {
            from_height: anchor.batch.fromHeight,
            number: self.chain.batches,
            blocks_root: anchor.batch.blocksRoot,
            digest: anchor.digest,
            agreed: u64::from(anchor.agreed),
            anchored_height: anchor.height,
            anchored_at: anchor.at,
            threshold: u64::from(following.terms.threshold),
            gateways: u64::try_from(following.terms.gateways.len()).unwrap_or(u64::MAX),
            is_partial: self.chain.start_height > 0,
        });
        match write::write(&self.store.database, &self.row, batch).await {
            Ok(row) => {
                self.row = row;
                self.chain.batches = self.chain.batches.saturating_add(1);
                self.chain.digest = anchor.digest;
                Ok(())
            }
            Err(error) => {
                self.reload().await?;
                Err(error)
            }
        }
    }

    /// An anchor must follow what the index holds: a node of another city, or one that lies, is not believed.
    fn check(&self, anchor: &Anchor) -> Result<(), Error> {
        let misfit = |what| {
            Err(Error::Anchors {
                chain: self.name.clone(),
                what,
            })
        };
        let (height, hash) = self
            .row
            .indexed
            .unwrap_or((self.chain.start_height, self.chain.start_hash));
        if anchor.batch.fromHeight != height.saturating_add(1) || anchor.batch.parentHash != hash {
            return misfit("a batch does not follow the one before it in the index");
        }
        if anchor.digest != digest_of(self.chain.digest, &anchor.batch) {
            return misfit("the digest of a batch is not that of its parts");
        }
        Ok(())
    }

    /// The blocks of a batch from the first gateway that gives them as they were anchored.
    async fn fetch(&mut self, anchor: &Anchor) -> Result<Vec<SourceBlock>, Error> {
        let from_height = anchor.batch.fromHeight;
        let (count, preferred) = (self.gateways.len(), self.preferred);
        let mut refusals = Vec::new();
        for place in (0..count).map(|step| (preferred + step) % count) {
            let Some(gateway) = self.gateways.get(place).cloned() else {
                continue;
            };
            let refusal = match gateway.batch(&self.name, from_height).await {
                Ok(Some(file)) => match read(&self.name, anchor, file).await {
                    Ok(blocks) => {
                        self.preferred = place;
                        self.refusals.retain(|refusal| refusal.gateway != gateway.name());
                        self.note(refusals);
                        return Ok(blocks);
                    }
                    Err(reason) => (reason, true),
                },
                Ok(None) => ("it does not have it".to_owned(), false),
                Err(error) => (civitas_sdk::causes(&error), false),
            };
            let (reason, is_false) = refusal;
            if is_false {
                tracing::warn!(
                    chain = self.name,
                    gateway = gateway.name(),
                    from_height,
                    reason,
                    "a gateway gives something else than what was anchored"
                );
            }
            refusals.push(Refusal {
                gateway: gateway.name().to_owned(),
                from_height,
                reason: crate::describe::shown(&reason, REASON_CHARACTERS_MAX),
                is_false,
            });
        }
        self.note(refusals.clone());
        Err(Error::NoGateway {
            chain: self.name.clone(),
            from_height,
            refusals,
        })
    }

    /// Keeps the last refusal of each gateway.
    fn note(&mut self, refusals: Vec<Refusal>) {
        for refusal in refusals {
            self.refusals.retain(|known| known.gateway != refusal.gateway);
            self.refusals.push(refusal);
        }
    }

    /// Reads where the index is, after another indexer wrote.
    async fn reload(&mut self) -> Result<(), Error> {
        if let Some((row, chain)) = self.store.chain(&self.name).await? {
            (self.row, self.chain) = (row, chain);
        }
        Ok(())
    }
}

/// Reads a file beside all else that goes on: the signatures of a large one take seconds.
async fn read(name: &str, anchor: &Anchor, file: Vec<u8>) -> Result<Vec<SourceBlock>, String> {
    let (name, batch) = (name.to_owned(), anchor.batch.clone());
    let task = tokio::task::spawn_blocking(move || reported::blocks_of(&name, &batch, &file));
    task.await
        .unwrap_or_else(|_| Err("the reading of its answer was stopped".to_owned()))
}

/// The newest block that was agreed on; before the first one, the trust root.
const fn head(following: &Following) -> u64 {
    following.nextHeight.saturating_sub(1)
}

async fn following(main: &dyn Source, id: B256, name: &str) -> Result<Following, Error> {
    anchors::following(main, id).await?.ok_or_else(|| Error::Anchors {
        chain: name.to_owned(),
        what: "it is not followed",
    })
}

fn chain_id(name: &str) -> u64 {
    let reference = name.strip_prefix("eip155:");
    reference
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

impl Store {
    /// The row of a chain; it is made where there is none.
    async fn chain_or_new(
        &self,
        ledger: &LedgerRow,
        id: B256,
        following: &Following,
    ) -> Result<ChainRow, Error> {
        let mut write = self.database.begin().await?;
        let statement = Statement::new(
            "INSERT INTO chains (ledger, id, start_height, start_hash, batches, digest, threshold, gateways) \
             VALUES ($1, $2, $3, $4, 0, $5, $6, $7) ON CONFLICT (ledger) DO NOTHING",
        );
        let gateways = u64::try_from(following.terms.gateways.len()).unwrap_or(u64::MAX);
        let statement = statement
            .bind(ledger.id)
            .bind(id)
            .bind(following.startHeight)
            .bind(following.startHash)
            .bind(B256::ZERO)
            .bind(u64::from(following.terms.threshold))
            .bind(gateways);
        write.execute(statement).await?;
        write.commit().await?;
        let statement =
            Statement::new("SELECT start_height, start_hash, batches, digest FROM chains WHERE ledger = $1");
        let row = self.database.row(statement.bind(ledger.id)).await?;
        let mut row = row.ok_or(Error::Damaged {
            what: "a chain that was written is not there",
        })?;
        ChainRow::of(&mut row)
    }

    /// A chain with its ledger, as of one moment.
    async fn chain(&self, name: &str) -> Result<Option<(LedgerRow, ChainRow)>, Error> {
        let statement = Statement::new(
            "SELECT l.id, l.chain_id, l.indexed, l.indexed_hash, l.traced, l.founded, c.start_height, c.start_hash, c.batches, \
             c.digest FROM ledgers l JOIN chains c ON c.ledger = l.id WHERE l.name = $1",
        );
        let row = self.database.row(statement.bind(name)).await?;
        row.map(|mut row| Ok((LedgerRow::of(&mut row)?, ChainRow::of(&mut row)?)))
            .transpose()
    }
}

impl ChainRow {
    fn of(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            start_height: row.take()?,
            start_hash: row.take()?,
            batches: row.take()?,
            digest: row.take()?,
        })
    }
}
