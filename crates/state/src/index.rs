//! An index on disk from 64-bit keys to 64-bit values: where a transaction stands, in which blocks a topic
//! occurs.
//!
//! Sorted runs of pages, as in a log-structured merge tree: new entries wait in memory, a flush writes them
//! as a run, and [`FANOUT`] runs of one level are merged into one of the next, up to [`MERGED_ENTRIES_MAX`]
//! entries. A run covers a range of heights, so a query skips the others. Keys are hashes and so evenly
//! spread: a search in a run guesses its page and needs one or two reads, without an index in memory.
//!
//! Keys are short and so may collide: a caller checks every value that it gets.
//!
//! Crash safety: the manifest names the runs and the height up to which they are complete, and is replaced
//! atomically after a run is durable. What is not in it is removed at opening; what follows is indexed again.

use crate::blocking::Blocking;
use crate::failure::{damaged, opening, storage};
use crate::runtime::Runtime;
use crate::wire::{Malformed, Reader, put_count, put_number};
use bytes::Bytes;
use civitas_ports::StoreError;
use civitas_types::Height;
use commonware_cryptography::Crc32;
use commonware_runtime::{Blob, ReadOptions, WriteOptions};
use commonware_storage::metadata::{Config as ManifestConfig, Metadata};
use commonware_utils::sequence::U64;
use parking_lot::RwLock;
use quick_cache::sync::Cache;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const PAGE_BYTES: usize = 4096;
const ENTRY_BYTES: usize = 16;
const PAGE_ENTRIES: usize = (PAGE_BYTES - 4) / ENTRY_BYTES;
/// Runs of one level that become one of the next. Larger: fewer rewrites, more runs to search.
const FANOUT: usize = 8;
/// A merge rewrites 64 MiB at most, so that it never takes long.
const MERGED_ENTRIES_MAX: u64 = 4 * 1024 * 1024;
/// Pages kept in memory: 2 MiB.
const CACHED_PAGES_MAX: usize = 512;
const MANIFEST_KEY: u64 = 0;
const MANIFEST_BYTES_MAX: usize = 1 << 24;

/// A key with its value.
pub(crate) type Entry = (u64, u64);

/// What the manifest says of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RunInfo {
    id: u64,
    level: u64,
    from: u64,
    to: u64,
    entries: u64,
}

struct Run<B> {
    info: RunInfo,
    blob: B,
}

struct Contents<B> {
    runs: Vec<Arc<Run<B>>>,
    memory: BTreeMap<u64, Vec<u64>>,
    memory_entries: usize,
}

/// The index.
pub(crate) struct Index<E: Runtime> {
    context: E,
    partition: String,
    blocking: Blocking,
    contents: RwLock<Contents<E::Blob>>,
    pages: Cache<(u64, u64), Bytes>,
}

/// The part of an index that only the writer has.
pub(crate) struct IndexWriter<E: Runtime> {
    manifest: Option<Metadata<E, U64, Vec<u8>>>,
    run_id_next: u64,
    /// Blocks below this height are in the runs.
    pub(crate) flushed: Height,
}

impl<E: Runtime> Index<E> {
    /// Opens the index; blocks from [`IndexWriter::flushed`] on must be given to it again.
    pub(crate) async fn open(context: E, partition: String) -> Result<(Self, IndexWriter<E>), StoreError> {
        let manifest_partition = format!("{partition}-manifest");
        let config = ManifestConfig {
            partition: manifest_partition.clone(),
            codec_config: ((0..=MANIFEST_BYTES_MAX).into(), ()),
        };
        let manifest = Metadata::<E, U64, Vec<u8>>::init(context.child("manifest"), config)
            .await
            .map_err(|error| opening(&manifest_partition, error))?;
        let (flushed, run_id_next, infos) = match manifest.get(&U64::new(MANIFEST_KEY)) {
            None => (Height::GENESIS, 0, Vec::new()),
            Some(bytes) => decode_manifest(bytes).map_err(|error| damaged(&manifest_partition, error))?,
        };
        remove_strangers(&context, &partition, &infos).await?;
        let mut runs = Vec::with_capacity(infos.len());
        for info in infos {
            let (blob, bytes) = context
                .open(&partition, &info.id.to_be_bytes())
                .await
                .map_err(|error| opening(&partition, error))?;
            if bytes != pages_of(info.entries) * PAGE_BYTES as u64 {
                return Err(damaged(
                    &partition,
                    Malformed {
                        what: "the length of an index run",
                    },
                ));
            }
            runs.push(Arc::new(Run { info, blob }));
        }
        let index = Self {
            context,
            partition,
            blocking: Blocking::current(),
            contents: RwLock::new(Contents {
                runs,
                memory: BTreeMap::new(),
                memory_entries: 0,
            }),
            pages: Cache::new(CACHED_PAGES_MAX),
        };
        Ok((
            index,
            IndexWriter {
                manifest: Some(manifest),
                run_id_next,
                flushed,
            },
        ))
    }

    /// Takes in the entries of a block. They are durable after the next flush.
    pub(crate) fn insert(&self, entries: &[Entry]) {
        let mut contents = self.contents.write();
        contents.memory_entries += entries.len();
        for (key, value) in entries {
            contents.memory.entry(*key).or_default().push(*value);
        }
    }

    /// Entries that wait in memory.
    pub(crate) fn waiting(&self) -> usize {
        self.contents.read().memory_entries
    }

    /// The values of `key` that blocks between two heights may have entered.
    pub(crate) fn find(&self, key: u64, from: Height, to: Height) -> Result<Vec<u64>, StoreError> {
        let (runs, mut values) = {
            let contents = self.contents.read();
            let overlaps = |run: &&Arc<Run<E::Blob>>| run.info.from <= to.get() && run.info.to >= from.get();
            let runs: Vec<_> = contents.runs.iter().filter(overlaps).cloned().collect();
            (runs, contents.memory.get(&key).cloned().unwrap_or_default())
        };
        for run in runs {
            self.search(&run, key, &mut values)?;
        }
        Ok(values)
    }

    /// Finds the first page whose last key is not below `key`: keys are hashes, so the first guess is close;
    /// from there it gallops, and halves the rest once the page is between two others.
    fn search(&self, run: &Run<E::Blob>, key: u64, values: &mut Vec<u64>) -> Result<(), StoreError> {
        let pages = pages_of(run.info.entries);
        let (mut low, mut high) = (0, pages);
        let mut page = scale(key, pages);
        let mut step = 1;
        let mut direction = None;
        let mut galloping = true;
        while low < high {
            page = page.clamp(low, high - 1);
            let bytes = self.page(run, page)?;
            let below = entry(&bytes, self.entries_in(run, page) - 1).0 < key;
            if below {
                low = page + 1;
            } else {
                high = page;
            }
            galloping &= direction.is_none_or(|before| before == below);
            direction = Some(below);
            page = match (galloping, below) {
                (true, true) => page.saturating_add(step),
                (true, false) => page.saturating_sub(step),
                (false, _) => low + (high - low) / 2,
            };
            step = step.saturating_mul(2);
        }
        self.collect(run, low, key, values)
    }

    fn collect(
        &self,
        run: &Run<E::Blob>,
        first: u64,
        key: u64,
        values: &mut Vec<u64>,
    ) -> Result<(), StoreError> {
        for page in first..pages_of(run.info.entries) {
            let bytes = self.page(run, page)?;
            for position in 0..self.entries_in(run, page) {
                let (found, value) = entry(&bytes, position);
                if found > key {
                    return Ok(());
                }
                if found == key {
                    values.push(value);
                }
            }
        }
        Ok(())
    }

    fn entries_in(&self, run: &Run<E::Blob>, page: u64) -> usize {
        let before = page * PAGE_ENTRIES as u64;
        usize::try_from(run.info.entries - before)
            .unwrap_or(usize::MAX)
            .min(PAGE_ENTRIES)
    }

    fn page(&self, run: &Run<E::Blob>, page: u64) -> Result<Bytes, StoreError> {
        let cached = (run.info.id, page);
        if let Some(bytes) = self.pages.get(&cached) {
            return Ok(bytes);
        }
        let read = run
            .blob
            .read_at(page * PAGE_BYTES as u64, PAGE_BYTES, ReadOptions::default());
        let bytes = self
            .blocking
            .wait(read)
            .map_err(|error| storage("reading an index", error))?
            .map_err(|error| storage("reading an index", error))?;
        let bytes = Bytes::copy_from_slice(bytes.coalesce().as_ref());
        self.check(&bytes)?;
        self.pages.insert(cached, bytes.clone());
        Ok(bytes)
    }

    fn check(&self, page: &[u8]) -> Result<(), StoreError> {
        let (entries, sum) = page.split_at(PAGE_BYTES - 4);
        if Crc32::checksum(entries).to_be_bytes() == sum {
            Ok(())
        } else {
            Err(damaged(
                &self.partition,
                Malformed {
                    what: "a page of an index (its checksum is wrong)",
                },
            ))
        }
    }

    /// Makes everything below `next` durable, and merges runs.
    pub(crate) async fn flush(&self, writer: &mut IndexWriter<E>, next: Height) -> Result<(), StoreError> {
        let entries: Vec<Entry> = {
            let contents = self.contents.read();
            let pairs = |(key, values): (&u64, &Vec<u64>)| {
                let key = *key;
                values.clone().into_iter().map(move |value| (key, value))
            };
            contents.memory.iter().flat_map(pairs).collect()
        };
        let Some(last) = next.previous().filter(|_| next > writer.flushed) else {
            return Ok(());
        };
        let mut runs = self.contents.read().runs.clone();
        if !entries.is_empty() {
            let info = RunInfo {
                id: writer.run_id_next,
                level: 0,
                from: writer.flushed.get(),
                to: last.get(),
                entries: entries.len() as u64,
            };
            writer.run_id_next += 1;
            runs.push(Arc::new(self.write_run(info, &entries).await?));
        }
        let mut retired = Vec::new();
        while let Some(first) = mergeable(&runs) {
            let merged = self.merge(&runs[first..], writer).await?;
            retired.extend(runs.drain(first..));
            runs.push(Arc::new(merged));
        }
        writer.flushed = next;
        self.publish(writer, runs).await?;
        for run in retired {
            let name = run.info.id.to_be_bytes();
            self.context
                .remove(&self.partition, Some(&name))
                .await
                .map_err(|error| storage("removing a merged index run", error))?;
        }
        Ok(())
    }

    async fn publish(
        &self,
        writer: &mut IndexWriter<E>,
        runs: Vec<Arc<Run<E::Blob>>>,
    ) -> Result<(), StoreError> {
        let infos: Vec<RunInfo> = runs.iter().map(|run| run.info).collect();
        let lost = || {
            storage(
                "writing an index manifest",
                Malformed {
                    what: "an earlier write",
                },
            )
        };
        let mut manifest = writer.manifest.take().ok_or_else(lost)?;
        manifest.put(
            U64::new(MANIFEST_KEY),
            encode_manifest(writer.flushed, writer.run_id_next, &infos),
        );
        let manifest = manifest
            .sync()
            .await
            .map_err(|error| storage("writing an index manifest", error))?;
        writer.manifest = Some(manifest);
        let mut contents = self.contents.write();
        *contents = Contents {
            runs,
            memory: BTreeMap::new(),
            memory_entries: 0,
        };
        Ok(())
    }

    async fn write_run(&self, info: RunInfo, entries: &[Entry]) -> Result<Run<E::Blob>, StoreError> {
        let failed = |error| storage("writing an index run", error);
        let (blob, _) = self
            .context
            .open(&self.partition, &info.id.to_be_bytes())
            .await
            .map_err(failed)?;
        let mut bytes = Vec::with_capacity(entries.len().div_ceil(PAGE_ENTRIES) * PAGE_BYTES);
        for page in entries.chunks(PAGE_ENTRIES) {
            let start = bytes.len();
            for (key, value) in page {
                bytes.extend_from_slice(&key.to_be_bytes());
                bytes.extend_from_slice(&value.to_be_bytes());
            }
            bytes.resize(start + PAGE_BYTES - 4, 0);
            let sum = Crc32::checksum(&bytes[start..]);
            bytes.extend_from_slice(&sum.to_be_bytes());
        }
        blob.write_at(0, bytes, WriteOptions::default())
            .await
            .map_err(failed)?;
        blob.sync().await.map_err(failed)?;
        Ok(Run { info, blob })
    }

    async fn merge(
        &self,
        runs: &[Arc<Run<E::Blob>>],
        writer: &mut IndexWriter<E>,
    ) -> Result<Run<E::Blob>, StoreError> {
        let mut entries: Vec<Entry> = Vec::new();
        for run in runs {
            let bytes = usize::try_from(pages_of(run.info.entries))
                .unwrap_or(usize::MAX)
                .saturating_mul(PAGE_BYTES);
            let read = run.blob.read_at(0, bytes, ReadOptions::default()).await;
            let bytes = read
                .map_err(|error| storage("reading an index run", error))?
                .coalesce();
            for (number, page) in bytes.as_ref().chunks(PAGE_BYTES).enumerate() {
                self.check(page)?;
                entries
                    .extend((0..self.entries_in(run, number as u64)).map(|position| entry(page, position)));
            }
        }
        // The runs follow one another in height and the sort is stable, so values of a key stay in order.
        entries.sort_by_key(|(key, _)| *key);
        let bound = |pick: fn(&RunInfo) -> u64| runs.iter().map(move |run| pick(&run.info));
        let info = RunInfo {
            id: writer.run_id_next,
            level: bound(|info| info.level).max().unwrap_or_default() + 1,
            from: bound(|info| info.from).min().unwrap_or_default(),
            to: bound(|info| info.to).max().unwrap_or_default(),
            entries: entries.len() as u64,
        };
        writer.run_id_next += 1;
        self.write_run(info, &entries).await
    }
}

/// Index of the first of the last [`FANOUT`] runs, if they can be merged.
fn mergeable<B>(runs: &[Arc<Run<B>>]) -> Option<usize> {
    let first = runs.len().checked_sub(FANOUT)?;
    let last = &runs[first..];
    let level = last[0].info.level;
    let entries: u64 = last.iter().map(|run| run.info.entries).sum();
    let fits = entries <= MERGED_ENTRIES_MAX && last.iter().all(|run| run.info.level == level);
    fits.then_some(first)
}

fn pages_of(entries: u64) -> u64 {
    entries.div_ceil(PAGE_ENTRIES as u64)
}

/// `count * fraction / 2^64`.
fn scale(fraction: u64, count: u64) -> u64 {
    u64::try_from((u128::from(fraction) * u128::from(count)) >> 64).unwrap_or(u64::MAX)
}

fn entry(page: &[u8], position: usize) -> Entry {
    let read = |offset: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&page[offset..offset + 8]);
        u64::from_be_bytes(bytes)
    };
    (read(position * ENTRY_BYTES), read(position * ENTRY_BYTES + 8))
}

fn encode_manifest(flushed: Height, run_id_next: u64, runs: &[RunInfo]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_number(&mut bytes, flushed.get());
    put_number(&mut bytes, run_id_next);
    put_count(&mut bytes, runs.len());
    for run in runs {
        for number in [run.id, run.level, run.from, run.to, run.entries] {
            put_number(&mut bytes, number);
        }
    }
    bytes
}

fn decode_manifest(bytes: &[u8]) -> Result<(Height, u64, Vec<RunInfo>), Malformed> {
    let mut reader = Reader::new("the manifest of an index", bytes);
    let (flushed, run_id_next) = (Height::new(reader.number()?), reader.number()?);
    let mut runs = Vec::new();
    for _ in 0..reader.count()? {
        let (id, level, from) = (reader.number()?, reader.number()?, reader.number()?);
        runs.push(RunInfo {
            id,
            level,
            from,
            to: reader.number()?,
            entries: reader.number()?,
        });
    }
    reader.end()?;
    Ok((flushed, run_id_next, runs))
}

/// Removes runs that a crash left behind before or after the manifest was replaced.
async fn remove_strangers<E: Runtime>(
    context: &E,
    partition: &str,
    runs: &[RunInfo],
) -> Result<(), StoreError> {
    let known: BTreeSet<Vec<u8>> = runs.iter().map(|run| run.id.to_be_bytes().to_vec()).collect();
    let names = match context.scan(partition).await {
        Ok(names) => names,
        Err(commonware_runtime::Error::PartitionMissing(_)) => Vec::new(),
        Err(error) => return Err(opening(partition, error)),
    };
    for name in names.iter().filter(|name| !known.contains(*name)) {
        context
            .remove(partition, Some(name))
            .await
            .map_err(|error| opening(partition, error))?;
    }
    Ok(())
}
