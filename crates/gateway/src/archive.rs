//! What a gateway reported, whole: one file a batch, in which other programs find blocks, transactions and events.
//!
//! A file is `batches/<first block>.jsonl`: its first line is the batch as it was reported, every other line a block. It
//! appears when it is durable and never changes; a batch that is made again is the same.
//!
//! Who reads a file of another one's gateway believes nothing of it: [`Reported::read`] builds the root anew, and the
//! reader compares [`BatchLine::batch`] with what the main ledger anchored.

use crate::{
    GatewayError,
    batch::Builder,
    files::{failed, replace, sync_folder},
};
use alloy_primitives::{B256, Bytes, U256};
use civitas_ports::{ForeignBlock, ForeignEvent, ForeignHeader, ForeignOutcome, ForeignTransaction};
use civitas_system_contracts::anchors::{BATCH_BLOCKS_MAX, Batch};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Name of the folder of files in the folder of a chain.
const FOLDER: &str = "batches";

/// Bytes of one file, at most, for who reads files of others: a batch of the largest blocks that a driver takes would
/// be larger, and is read by nobody at once.
pub const REPORTED_BYTES_MAX: u64 = 256 * 1024 * 1024;

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
    /// The contract that it created; not in files of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Bytes>,
    /// What it carries of the chain's coin.
    pub value: U256,
    /// What it says to its target.
    pub input: Bytes,
    /// The transaction as its chain encodes it, where that is more than `input`.
    #[serde(default, skip_serializing_if = "is_none")]
    pub raw: Bytes,
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

fn is_none(bytes: &Bytes) -> bool {
    bytes.is_empty()
}

impl From<&ForeignBlock> for BlockLine {
    fn from(block: &ForeignBlock) -> Self {
        let transactions = block.transactions.iter().map(|transaction| TransactionLine {
            hash: transaction.hash,
            sender: transaction.sender.clone(),
            target: transaction.target.clone(),
            created: transaction.created.clone(),
            value: transaction.value,
            input: transaction.input.clone(),
            raw: match transaction.raw == transaction.input {
                true => Bytes::new(),
                false => transaction.raw.clone(),
            },
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

impl BatchLine {
    /// The line of a batch.
    pub fn new(chain: &str, batch: &Batch) -> Self {
        Self {
            chain: chain.to_owned(),
            from_height: batch.fromHeight,
            to_height: batch.toHeight,
            parent_hash: batch.parentHash,
            last_hash: batch.lastHash,
            blocks_root: batch.blocksRoot,
            transactions: batch.transactions,
            events: batch.events,
        }
    }

    /// The batch, as it stands on the main ledger.
    pub fn batch(&self) -> Batch {
        Batch {
            fromHeight: self.from_height,
            toHeight: self.to_height,
            parentHash: self.parent_hash,
            lastHash: self.last_hash,
            blocksRoot: self.blocks_root,
            transactions: self.transactions,
            events: self.events,
        }
    }
}

/// A block again.
impl From<&BlockLine> for ForeignBlock {
    fn from(line: &BlockLine) -> Self {
        let transactions = (0..).zip(&line.transactions).map(|(index, transaction)| {
            let events = transaction.events.iter().map(|event| ForeignEvent {
                index: event.index,
                emitter: event.emitter.clone(),
                topics: event.topics.clone(),
                data: event.data.clone(),
            });
            ForeignTransaction {
                index,
                hash: transaction.hash,
                sender: transaction.sender.clone(),
                target: transaction.target.clone(),
                created: transaction.created.clone(),
                value: transaction.value,
                input: transaction.input.clone(),
                outcome: match transaction.succeeded {
                    None => ForeignOutcome::Unknown,
                    Some(false) => ForeignOutcome::Failed,
                    Some(true) => ForeignOutcome::Succeeded,
                },
                events: events.collect(),
                raw: match transaction.raw.is_empty() {
                    true => transaction.input.clone(),
                    false => transaction.raw.clone(),
                },
            }
        });
        Self {
            header: ForeignHeader {
                height: line.height,
                hash: line.hash,
                parent: line.parent,
                timestamp: line.timestamp,
                state_root: None,
                raw: line.header.clone(),
            },
            transactions: transactions.collect(),
        }
    }
}

/// A file that holds what its first line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The batch.
    pub batch: BatchLine,
    /// Its blocks, in order.
    pub blocks: Vec<BlockLine>,
}

impl Reported {
    /// Reads a file, and builds its root, counts and hashes anew.
    ///
    /// # Errors
    /// [`GatewayError::Report`] if it is larger than [`REPORTED_BYTES_MAX`], cannot be read, or holds anything else than
    /// its first line says: an event that is left out, invented, repeated, altered or in another place changes the root.
    /// Of Ethereum-like chains, what a block says of its time and its transactions must also lead to its hash: the root
    /// does not bind that.
    pub fn read(bytes: &[u8]) -> Result<Self, GatewayError> {
        let wrong = |what: String| GatewayError::Report { what };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > REPORTED_BYTES_MAX {
            return Err(wrong(format!("it has more than {REPORTED_BYTES_MAX} bytes")));
        }
        let mut lines = (1_usize..).zip(bytes.split(|byte| *byte == b'\n'));
        let malformed = |line: usize| move |error: serde_json::Error| wrong(format!("line {line}: {error}"));
        let (_, head) = lines.next().unwrap_or((1, &[]));
        let batch: BatchLine = serde_json::from_slice(head).map_err(malformed(1))?;
        let is_ethereum = batch.chain.starts_with("eip155:");
        let is_cometbft = batch.chain.starts_with("cosmos:");
        let is_fabric = batch.chain.starts_with("fabric:");
        let blocks_max = u64::from(BATCH_BLOCKS_MAX);
        let last = batch.to_height.checked_sub(batch.from_height);
        if last.is_none_or(|last| last >= blocks_max) {
            return Err(wrong(format!("it does not have 1 to {blocks_max} blocks")));
        }
        let mut builder = Builder::new(batch.from_height, batch.parent_hash);
        let mut blocks: Vec<BlockLine> = Vec::new();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let block: BlockLine = serde_json::from_slice(line).map_err(malformed(number))?;
            if block.height > batch.to_height {
                return Err(wrong(format!("block {} is not of it", block.height)));
            }
            let whole = ForeignBlock::from(&block);
            builder.push(&whole).map_err(|misfit| {
                let (height, parent) = (block.height, misfit.expected);
                wrong(format!("block {height} does not follow {parent}"))
            })?;
            if is_ethereum {
                civitas_chain_evm::check(&whole).map_err(|mismatch| wrong(mismatch.to_string()))?;
            }
            if is_cometbft {
                civitas_chain_cometbft::check(&whole).map_err(|mismatch| wrong(mismatch.to_string()))?;
            }
            if is_fabric {
                civitas_chain_fabric::check(&whole).map_err(|mismatch| wrong(mismatch.to_string()))?;
            }
            blocks.push(block);
        }
        let found = builder.finish();
        if blocks.is_empty() || found != batch.batch() {
            let (said, found) = (&batch, BatchLine::new(&batch.chain, &found));
            return Err(wrong(format!("it says {said:?} and holds {found:?}")));
        }
        Ok(Self { batch, blocks })
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
        let folder = folder.join(FOLDER);
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
        let line = BatchLine::new(chain, batch);
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

    fn path_of(&self, from_height: u64) -> PathBuf {
        self.folder.join(file_name(from_height))
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

/// Height of the first block, with leading zeros: files sort as their batches do.
fn file_name(from_height: u64) -> String {
    format!("{from_height:020}.jsonl")
}

/// The file of the batch that begins at a height, in the folder of a chain.
pub(crate) fn path_of(folder: &Path, from_height: u64) -> PathBuf {
    folder.join(FOLDER).join(file_name(from_height))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What files of older versions have not is nothing, and what this version writes has no names without a value.
    #[test]
    fn lines_of_older_files_are_read() {
        let hash = B256::repeat_byte(1);
        let text = format!(
            r#"{{"hash":"{hash}","sender":null,"target":"0x02","value":"0x3","input":"0x04","succeeded":true,"events":[]}}"#
        );
        let line: TransactionLine = serde_json::from_str(&text).unwrap();
        assert_eq!((line.created.clone(), line.raw.len()), (None, 0));
        assert_eq!(serde_json::to_string(&line).unwrap(), text);
    }
}
