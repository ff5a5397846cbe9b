//! What has happened to alarms, rules and channels: lines of JSON in a file, the newest in memory.

use crate::{
    Error, Result,
    api::{HistoryEntry, HistoryParameters, Page},
};
use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

/// Entries that are kept: about 5 MB of memory, a year of ten alarms a day.
const ENTRIES_MAX: usize = 10_000;
const ENTRIES_DEFAULT: usize = 50;
const PAGE_MAX: usize = 200;

/// The history.
pub(crate) struct History {
    path: PathBuf,
    file: File,
    entries: VecDeque<HistoryEntry>,
    /// Lines of the file, with those that are not kept any more.
    lines: usize,
}

impl History {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("history.jsonl");
        let failed = |source| Error::File {
            path: path.clone(),
            source,
        };
        let mut entries = VecDeque::new();
        let mut lines = 0;
        match File::open(&path) {
            Ok(file) => {
                for line in BufReader::new(file).lines() {
                    lines += 1;
                    // The last line may be cut by a power loss: what cannot be read is left out.
                    let Ok(line) = line else { continue };
                    if let Ok(entry) = serde_json::from_str(&line) {
                        entries.push_back(entry);
                    }
                    if entries.len() > ENTRIES_MAX {
                        entries.pop_front();
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(failed(source)),
        }
        let mut file = open(&path).map_err(failed)?;
        // Begins a new line after one that was cut; blank lines are left out when they are read.
        if lines > 0 {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self {
            path,
            file,
            entries,
            lines,
        })
    }

    /// Numbers an entry and keeps it.
    pub(crate) fn push(&mut self, mut entry: HistoryEntry) -> Result<HistoryEntry> {
        entry.number = self.entries.back().map_or(0, |last| last.number) + 1;
        let mut line = serde_json::to_vec(&entry).map_err(|source| Error::Damaged {
            path: self.path.clone(),
            source,
        })?;
        line.push(b'\n');
        let written = self.file.write_all(&line);
        self.entries.push_back(entry.clone());
        self.lines += 1;
        if self.entries.len() > ENTRIES_MAX {
            self.entries.pop_front();
        }
        let done = written.and_then(|()| {
            if self.lines > 2 * ENTRIES_MAX {
                self.shorten()
            } else {
                Ok(())
            }
        });
        done.map_err(|source| Error::File {
            path: self.path.clone(),
            source,
        })?;
        Ok(entry)
    }

    /// A part of the history, the newest first.
    pub(crate) fn page(&self, parameters: &HistoryParameters) -> Result<Page<HistoryEntry>> {
        let limit = parameters.limit.unwrap_or(ENTRIES_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Error::field("limit", format!("1 to {PAGE_MAX} is possible")));
        }
        let before = match &parameters.cursor {
            Some(cursor) => cursor
                .parse::<u64>()
                .map_err(|_| Error::field("cursor", "it does not come from here"))?,
            None => u64::MAX,
        };
        let mut found = self
            .entries
            .iter()
            .rev()
            .filter(|entry| entry.number < before)
            .filter(|entry| {
                parameters
                    .subject
                    .as_ref()
                    .is_none_or(|subject| entry.subject == *subject)
            });
        let items: Vec<HistoryEntry> = found.by_ref().take(limit).cloned().collect();
        let more = found.next().is_some();
        let next = items
            .last()
            .filter(|_| more)
            .map(|entry| entry.number.to_string());
        Ok(Page { items, next })
    }

    /// Writes the file anew with what is kept.
    fn shorten(&mut self) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut text = Vec::new();
        for entry in &self.entries {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
        }
        fs::write(&new, text)?;
        fs::rename(&new, &self.path)?;
        self.file = open(&self.path)?;
        self.lines = self.entries.len();
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
