//! What a gateway reported, whole: one file a batch, in which other programs find blocks, transactions and events.
//!
//! A file is `batches/<first block>.jsonl`: its first line is the batch as it was reported, every other line a block. It
//! appears when it is durable and never changes; a batch that is made again is the same.

use crate::{
    GatewayError,
    files::{failed, replace, sync_folder},
};
use alloy_primitives::{B256, Bytes, U256};
use civitas_ports::{ForeignBlock, ForeignOutcome};
use civitas_system_contracts::anchors::Batch;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// The first line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchLine {
    /// CAIP-2 name of the chain.
    pub chain: String,
    /// First block.
    pub from_height: u64,
    /// Last block.
    pub to_height: u64,
    /// Hash of the block before the first one.
    pub parent_hash: B256,
    /// Hash of the last block.
    pub last_hash: B256,
    /// Root over what it holds.
    pub blocks_root: B256,
    /// Transactions in it.
    pub transactions: u64,
    /// Events in it.
    pub events: u64,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockLine {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent: B256,
    /// Seconds since 1970, as its chain says.
    pub timestamp: u64,
    /// Its header, as its chain encodes it.
    pub header: Bytes,
    /// Its transactions.
    pub transactions: Vec<TransactionLine>,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransactionLine {
    /// Its hash.
    pub hash: B256,
    /// The account that its signature shows.
    pub sender: Option<Bytes>,
    /// The account that it calls.
    pub target: Option<Bytes>,
    /// What it carries of the chain's coin.
    pub value: U256,
    /// What it says to its target.
    pub input: Bytes,
    /// Whether it succeeded; none where the chain keeps no record.
    pub succeeded: Option<bool>,
    /// Its events.
    pub events: Vec<EventLine>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventLine {
    /// Its place in the block.
    pub index: u32,
    /// The account that emitted it.
    pub emitter: Bytes,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
}

impl From<&ForeignBlock> for BlockLine {
    fn from(block: &ForeignBlock) -> Self {
        let transactions = block.transactions.iter().map(|transaction| TransactionLine {
            hash: transaction.hash,
            sender: transaction.sender.clone(),
            target: transaction.target.clone(),
            value: transaction.value,
            input: transaction.input.clone(),
            succeeded: match transaction.outcome {
                ForeignOutcome::Unknown => None,
                ForeignOutcome::Failed => Some(false),
                ForeignOutcome::Succeeded => Some(true),
            },
            events: transaction
                .events
                .iter()
                .map(|event| EventLine {
                    index: event.index,
                    emitter: event.emitter.clone(),
                    topics: event.topics.clone(),
                    data: event.data.clone(),
                })
                .collect(),
        });
        Self {
            height: block.header.height,
            hash: block.header.hash,
            parent: block.header.parent,
            timestamp: block.header.timestamp,
            header: block.header.raw.clone(),
            transactions: transactions.collect(),
        }
    }
}

/// The archive of one chain.
#[derive(Debug)]
pub(crate) struct Archive {
    folder: PathBuf,
    kept: Option<u64>,
}

/// A batch whose blocks are being written.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    file: std::io::BufWriter<fs::File>,
}

impl Archive {
    /// Opens the archive in the folder of a chain.
    pub(crate) fn open(folder: &Path, kept: Option<u64>) -> Result<Self, GatewayError> {
        let folder = folder.join("batches");
        fs::create_dir_all(&folder).map_err(failed("make the folder", &folder))?;
        Ok(Self { folder, kept })
    }

    /// Begins a batch. One that a crash left is begun anew.
    pub(crate) fn draft(&self) -> Result<Draft, GatewayError> {
        let path = self.folder.join("blocks.part");
        let file = fs::File::create(&path).map_err(failed("make", &path))?;
        Ok(Draft {
            path,
            file: std::io::BufWriter::new(file),
        })
    }

    /// Makes a batch durable and puts it in its place.
    pub(crate) fn keep(&self, chain: &str, batch: &Batch, draft: Draft) -> Result<(), GatewayError> {
        let Draft { path, file } = draft;
        let blocks = file
            .into_inner()
            .map_err(|error| failed("write", &path)(error.into_error()))?;
        drop(blocks);
        let line = BatchLine {
            chain: chain.to_owned(),
            from_height: batch.fromHeight,
            to_height: batch.toHeight,
            parent_hash: batch.parentHash,
            last_hash: batch.lastHash,
            blocks_root: batch.blocksRoot,
            transactions: batch.transactions,
            events: batch.events,
        };
        let target = self.path_of(batch.fromHeight);
        replace(&target, |out| {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
            let mut blocks = fs::File::open(&path)?;
            std::io::copy(&mut blocks, out).map(|_| ())
        })?;
        fs::remove_file(&path).map_err(failed("remove", &path))?;
        self.prune(batch)
    }

    /// Height of the first block, with leading zeros: files sort as their batches do.
    fn path_of(&self, from_height: u64) -> PathBuf {
        self.folder.join(format!("{from_height:020}.jsonl"))
    }

    /// Removes what is older than the batches that are kept.
    fn prune(&self, newest: &Batch) -> Result<(), GatewayError> {
        let Some(kept) = self.kept else { return Ok(()) };
        let mut names: Vec<PathBuf> = fs::read_dir(&self.folder)
            .map_err(failed("read the folder", &self.folder))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
            .filter(|path| *path <= self.path_of(newest.fromHeight))
            .collect();
        names.sort();
        let surplus = names
            .len()
            .saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX));
        for path in names.iter().take(surplus) {
            fs::remove_file(path).map_err(failed("remove", path))?;
        }
        sync_folder(&self.path_of(newest.fromHeight))
    }
}

impl Draft {
    /// Writes a block.
    pub(crate) fn push(&mut self, block: &ForeignBlock) -> Result<(), GatewayError> {
        let failed = failed("write", &self.path);
        serde_json::to_writer(&mut self.file, &BlockLine::from(block))
            .map_err(std::io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(failed)
    }
}
