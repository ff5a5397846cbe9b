//! What has happened to alarms, rules and channels: lines of JSON in a file, the newest in memory.

use super::file::replace;
use crate::{
    Error, Result,
    api::{HistoryEntry, HistoryParameters, Page},
};
use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Entries that are kept: about 5 MB of memory, a year of ten alarms a day.
const ENTRIES_MAX: usize = 10_000;
/// Bytes of a line: an entry has at most 16 labels of some hundred bytes. A longer one is none of ours.
const LINE_BYTES_MAX: u64 = 64 * 1024;
const ENTRIES_DEFAULT: usize = 50;
const PAGE_MAX: usize = 200;

/// The history.
pub(crate) struct History {
    path: PathBuf,
    file: File,
    entries: VecDeque<HistoryEntry>,
    /// Lines of the file, with those that are not kept any more.
    lines: usize,
    /// Whether the last line may be cut: the next one begins with a line break. Blank lines are left out when read.
    is_cut: bool,
}

impl History {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("history.jsonl");
        let failed = |source| Error::File {
            path: path.clone(),
            source,
        };
        let (entries, lines) = match File::open(&path) {
            Ok(file) => read(BufReader::new(file)).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (VecDeque::new(), 0),
            Err(source) => return Err(failed(source)),
        };
        let file = open(&path).map_err(failed)?;
        Ok(Self {
            path,
            file,
            entries,
            lines,
            // The last line may be cut by a power loss.
            is_cut: lines > 0,
        })
    }

    /// Numbers an entry and keeps it, in memory even where it cannot be written.
    pub(crate) fn push(&mut self, mut entry: HistoryEntry) -> (HistoryEntry, Result<()>) {
        entry.number = self.entries.back().map_or(0, |last| last.number) + 1;
        self.entries.push_back(entry.clone());
        if self.entries.len() > ENTRIES_MAX {
            self.entries.pop_front();
        }
        let written = self.write(&entry).map_err(|source| Error::File {
            path: self.path.clone(),
            source,
        });
        (entry, written)
    }

    fn write(&mut self, entry: &HistoryEntry) -> io::Result<()> {
        if self.lines > 2 * ENTRIES_MAX {
            // With the entry, which is the last of those that are kept.
            return self.shorten();
        }
        let mut line = Vec::new();
        if self.is_cut {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, entry)?;
        line.push(b'\n');
        self.lines += 1;
        let written = self.file.write_all(&line);
        // A part of it may be in the file.
        self.is_cut = written.is_err();
        written
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
        let mut text = Vec::new();
        for entry in &self.entries {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
        }
        replace(&self.path, &text)?;
        self.file = open(&self.path)?;
        self.lines = self.entries.len();
        self.is_cut = false;
        Ok(())
    }
}

/// The newest entries, and how many lines there are. What cannot be read is left out.
fn read(mut file: impl BufRead) -> io::Result<(VecDeque<HistoryEntry>, usize)> {
    let mut entries = VecDeque::new();
    let mut lines = 0;
    loop {
        let mut line = Vec::new();
        if file.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok((entries, lines));
        }
        lines += 1;
        if let Ok(entry) = serde_json::from_slice(&line) {
            entries.push_back(entry);
        }
        if entries.len() > ENTRIES_MAX {
            entries.pop_front();
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Time, api::Change};

    fn entry(name: &str) -> HistoryEntry {
        HistoryEntry {
            number: 0,
            at: Time(5),
            change: Change::Created,
            subject: "rule".into(),
            name: name.into(),
            severity: None,
            labels: Default::default(),
            by: None,
            detail: String::new(),
        }
    }

    #[test]
    fn lines_that_are_cut_or_foreign_take_nothing_with_them() {
        let mut text = serde_json::to_vec(&entry("first")).unwrap();
        text.extend_from_slice(b"\n\xff\xfe\n");
        text.extend_from_slice(&vec![b'x'; 200_000]);
        text.push(b'\n');
        text.extend_from_slice(&serde_json::to_vec(&entry("second")).unwrap());
        text.extend_from_slice(b"\n{\"number\":3,\"at\"");
        let (entries, lines) = read(text.as_slice()).unwrap();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["first", "second"]);
        assert!(lines >= 5);

        let folder = std::env::temp_dir().join(format!("civitas-history-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("history.jsonl"), &text).unwrap();
        let mut history = History::open(&folder).unwrap();
        history.push(entry("third")).1.unwrap();
        let again = History::open(&folder).unwrap();
        let names: Vec<&str> = again.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["first", "second", "third"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_in_the_place_of_the_file_is_a_fault_and_no_endless_loop() {
        let folder = std::env::temp_dir().join(format!("civitas-history-folder-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("history.jsonl")).unwrap();
        assert!(History::open(&folder).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
