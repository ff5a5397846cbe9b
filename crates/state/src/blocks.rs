//! The block journal: one record for each height, in order, and the only thing that is made durable for every
//! block.
//!
//! A journal by position costs no memory for each block. Readers use a snapshot of it, so they never wait for
//! a write.

use crate::change::ChangeSet;
use crate::config::Config;
use crate::failure::{damaged, opening, storage};
use crate::record::Record;
use crate::runtime::Runtime;
use crate::wire::Malformed;
use bytes::Bytes;
use civitas_ports::StoreError;
use civitas_types::Height;
use commonware_codec::RangeCfg;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::journal::contiguous::Contiguous;
use commonware_storage::journal::contiguous::variable::{Config as JournalConfig, Journal, Reader};
use parking_lot::RwLock;
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;

/// Records in one file.
const FILE_RECORDS: NonZeroU64 = NonZeroU64::MIN.saturating_add(8_192 - 1);
/// Bytes of a page, so that page and checksum fill 4 KiB.
const PAGE_BYTES: NonZeroU16 = NonZeroU16::MIN.saturating_add(4_084 - 1);
/// Pages kept in memory: 2 MiB; decoded blocks are kept apart.
const CACHED_PAGES_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(512 - 1);
/// A record is at most this long.
const RECORD_BYTES_MAX: usize = 1 << 30;

/// Readers' side of the journal.
pub(crate) struct Blocks<E: Runtime> {
    reader: RwLock<Arc<Reader<'static, E, Bytes>>>,
    partition: String,
}

/// Writer's side of the journal.
pub(crate) struct BlocksWriter<E: Runtime> {
    /// None after a write failed.
    journal: Option<Journal<E, Bytes>>,
}

impl<E: Runtime> Blocks<E> {
    pub(crate) async fn open(context: E, config: &Config) -> Result<(Self, BlocksWriter<E>), StoreError> {
        let partition = format!("{}-blocks", config.partition);
        let settings = JournalConfig {
            partition: partition.clone(),
            items_per_section: FILE_RECORDS,
            compression: None,
            codec_config: RangeCfg::new(0..=RECORD_BYTES_MAX),
            page_cache: CacheRef::new(PAGE_BYTES, CACHED_PAGES_MAX),
            write_buffer: config.write_buffer_bytes,
            replay_buffer: config.write_buffer_bytes,
        };
        let journal = Journal::init(context, settings)
            .await
            .map_err(|error| opening(&partition, error))?;
        let (journal, reader) = journal
            .snapshot()
            .await
            .map_err(|error| opening(&partition, error))?;
        let blocks = Self {
            reader: RwLock::new(Arc::new(reader)),
            partition,
        };
        Ok((
            blocks,
            BlocksWriter {
                journal: Some(journal),
            },
        ))
    }

    /// Number of records, which is one more than the height of the last.
    pub(crate) fn count(&self) -> u64 {
        self.reader.read().bounds().end
    }

    /// The record at `height`, none above the last one.
    pub(crate) async fn record(&self, height: Height) -> Result<Option<Record>, StoreError> {
        let reader = Arc::clone(&self.reader.read());
        if height.get() >= reader.bounds().end {
            return Ok(None);
        }
        let bytes = reader
            .read(height.get())
            .await
            .map_err(|error| opening(&self.partition, error))?;
        Ok(Some(Record::new(bytes)))
    }

    /// The record at a height that is known to be there.
    pub(crate) async fn existing(&self, height: Height) -> Result<Record, StoreError> {
        let missing = || {
            damaged(
                &self.partition,
                Malformed {
                    what: "the sequence of block records (one is missing)",
                },
            )
        };
        self.record(height).await?.ok_or_else(missing)
    }

    pub(crate) async fn changes(&self, height: Height) -> Result<ChangeSet, StoreError> {
        self.existing(height)
            .await?
            .changes(height)
            .map_err(|error| self.malformed(error))
    }

    pub(crate) fn malformed(&self, error: Malformed) -> StoreError {
        damaged(&self.partition, error)
    }

    /// Appends a record and makes it durable; it can be read from then on.
    pub(crate) async fn append(
        &self,
        writer: &mut BlocksWriter<E>,
        record: &Record,
    ) -> Result<(), StoreError> {
        let failed = |error| storage("writing a block record", error);
        let journal = writer.take()?;
        let (journal, _) = journal.append(record.as_bytes()).await.map_err(failed)?;
        let journal = journal.commit().await.map_err(failed)?;
        let (journal, reader) = journal.snapshot().await.map_err(failed)?;
        *self.reader.write() = Arc::new(reader);
        writer.journal = Some(journal);
        Ok(())
    }

    /// Shortens the next opening: records before are not scanned again.
    pub(crate) async fn flush(&self, writer: &mut BlocksWriter<E>) -> Result<(), StoreError> {
        let journal = writer
            .take()?
            .sync()
            .await
            .map_err(|error| storage("flushing the block records", error))?;
        writer.journal = Some(journal);
        Ok(())
    }
}

impl<E: Runtime> BlocksWriter<E> {
    fn take(&mut self) -> Result<Journal<E, Bytes>, StoreError> {
        let lost = || {
            storage(
                "writing a block record",
                Malformed {
                    what: "an earlier write",
                },
            )
        };
        self.journal.take().ok_or_else(lost)
    }
}
