//! The log as its one writer sees it: opened after whatever ended the process before, appended to, made durable.
//!
//! Opening cuts off an incomplete last line (a write that a crash cut short: it was never durable), and refuses every
//! other fault of the newest file. All files are [`crate::verify`]'s work.

use crate::{
    error::{LineFault, LogError, failed},
    folder::{Next, Segment, segments},
    record::{Entry, Position, Record, Source},
};
use alloy_primitives::B256;
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Bytes of a file after which the next one is begun.
pub const SEGMENT_BYTES_MAX: u64 = 16 * 1_024 * 1_024;
/// Bytes that are read at once when the end of the last line is looked for.
const TAIL_READ_BYTES: u64 = 64 * 1_024;

/// The newest record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its index.
    pub index: u64,
    /// Its hash.
    pub hash: B256,
}

/// An opened log. One process may have it open; the lock of the node's data folder sees to that.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    segment_bytes_max: u64,
    open: Option<Open>,
    head: Option<Head>,
    position: Option<Position>,
    unsynced: bool,
}

/// The file that is written.
#[derive(Debug)]
struct Open {
    file: File,
    path: PathBuf,
    /// Bytes of whole records; what stands behind them is the rest of a write that failed.
    bytes: u64,
}

/// What a file says of the log.
#[derive(Default)]
struct Found {
    head: Option<Head>,
    position: Option<Position>,
}

impl Log {
    /// Opens the log in `folder`, which is made if it does not exist.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn open(folder: &Path, segment_bytes_max: u64) -> Result<Self, LogError> {
        fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
        let segments = segments(folder)?;
        let mut log = Self {
            folder: folder.to_owned(),
            segment_bytes_max,
            open: None,
            head: None,
            position: None,
            unsynced: false,
        };
        if let Some(last) = segments.last() {
            let path = &last.path;
            let file = OpenOptions::new().read(true).write(true).open(path);
            let mut file = file.map_err(failed("open", path))?;
            let bytes = cut_tail(&mut file).map_err(failed("mend the end of", path))?;
            let path = path.clone();
            log.open = Some(Open { file, path, bytes });
        }
        // An empty last file was begun and never written: the one before has the head. A file without an entry of the
        // ledger leaves the position to those before it.
        for segment in segments.iter().rev() {
            let found = read(segment)?;
            if log.head.is_none() {
                log.head = found.head;
            }
            log.position = log.position.or(found.position);
            if log.head.is_some() && log.position.is_some() {
                break;
            }
        }
        log.check_last_name(segments.last())?;
        Ok(log)
    }

    /// An empty last file must continue the one before it.
    fn check_last_name(&self, last: Option<&Segment>) -> Result<(), LogError> {
        let (Some(last), Some(open)) = (last, &self.open) else {
            return Ok(());
        };
        if open.bytes > 0 || last.first == self.next_index() {
            return Ok(());
        }
        Err(LogError::Damaged {
            path: last.path.clone(),
            line: 1,
            fault: LineFault::WrongIndex {
                expected: self.next_index(),
                found: last.first,
            },
        })
    }

    /// The newest record.
    pub const fn head(&self) -> Option<Head> {
        self.head
    }

    /// The newest entry of the ledger that is recorded.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    fn next_index(&self) -> u64 {
        self.head.map_or(0, |head| head.index.saturating_add(1))
    }

    /// Writes entries in one go. After a failure none of them is in the log.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn append(&mut self, entries: Vec<Entry>) -> Result<(), LogError> {
        let (mut head, mut position) = (self.head, self.position);
        let first = self.next_index();
        let mut text = String::new();
        for entry in entries {
            let index = head.map_or(0, |head| head.index.saturating_add(1));
            let previous = head.map_or(B256::ZERO, |head| head.hash);
            let record = Record::chained(entry, index, previous);
            if let Source::Ledger(place) = record.source {
                position = Some(place);
            }
            head = Some(Head {
                index,
                hash: record.hash,
            });
            text.push_str(&record.to_line());
        }
        if text.is_empty() {
            return Ok(());
        }
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let open = self.file_for(first)?;
        let write = |open: &mut Open| {
            // The rest of a write that failed must not stand between two records.
            open.file.set_len(open.bytes)?;
            open.file.seek(SeekFrom::Start(open.bytes))?;
            open.file.write_all(text.as_bytes())
        };
        write(open).map_err(failed("write", &open.path))?;
        open.bytes = open.bytes.saturating_add(bytes);
        (self.head, self.position, self.unsynced) = (head, position, true);
        Ok(())
    }

    /// The file for the next records, a new one if the last one is full.
    fn file_for(&mut self, first: u64) -> Result<&mut Open, LogError> {
        let is_full = self
            .open
            .as_ref()
            .is_none_or(|open| open.bytes >= self.segment_bytes_max);
        if is_full {
            self.sync()?;
            let path = Segment::at(&self.folder, first).path;
            let file = File::create(&path).map_err(failed("make", &path))?;
            let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
            folder.map_err(failed("make durable", &self.folder))?;
            return Ok(self.open.insert(Open { file, path, bytes: 0 }));
        }
        match &mut self.open {
            Some(open) => Ok(open),
            None => Err(failed("find", &self.folder)(std::io::ErrorKind::NotFound.into())),
        }
    }

    /// Makes everything durable that was appended.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn sync(&mut self) -> Result<(), LogError> {
        if let Some(open) = self.open.as_ref().filter(|_| self.unsynced) {
            open.file
                .sync_data()
                .map_err(failed("make durable", &open.path))?;
        }
        self.unsynced = false;
        Ok(())
    }
}

/// Cuts off what stands after the last end of line, and gives the length that is left.
fn cut_tail(file: &mut File) -> std::io::Result<u64> {
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(TAIL_READ_BYTES);
        let mut chunk = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::by_ref(file).take(end - start).read_to_end(&mut chunk)?;
        if let Some(place) = chunk.iter().rposition(|byte| *byte == b'\n') {
            end = start
                .saturating_add(u64::try_from(place).unwrap_or(0))
                .saturating_add(1);
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
        file.sync_all()?;
    }
    Ok(end)
}

/// Reads a whole file, whose records must follow from one another.
fn read(segment: &Segment) -> Result<Found, LogError> {
    let mut lines = segment.lines()?;
    let mut found = Found::default();
    let damaged = |line, fault| LogError::Damaged {
        path: segment.path.clone(),
        line,
        fault,
    };
    loop {
        let record = match lines.next()? {
            Next::Record(record) => record,
            Next::Fault(fault) => return Err(damaged(lines.number, fault)),
            Next::Torn => return Err(damaged(lines.number, LineFault::Incomplete)),
            Next::End => return Ok(found),
        };
        let expected = found
            .head
            .map_or(segment.first, |head| head.index.saturating_add(1));
        if record.index != expected {
            let found = record.index;
            return Err(damaged(lines.number, LineFault::WrongIndex { expected, found }));
        }
        if found.head.is_some_and(|head| head.hash != record.previous) {
            let index = record.index;
            return Err(damaged(lines.number, LineFault::WrongPrevious { index }));
        }
        if let Source::Ledger(place) = record.source {
            found.position = Some(place);
        }
        found.head = Some(Head {
            index: record.index,
            hash: record.hash,
        });
    }
}

#[cfg(test)]
mod tests;
