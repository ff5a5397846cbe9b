//! What the tests of all modules share: a folder of their own, and a log with something in it.

use crate::{Entry, Log, Position, Source, records};
use rand::{Rng, RngExt as _};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A folder that goes when the test ends.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("civitas-audit-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // Left behind by a process of the same number that was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The files of the log with their content, by name.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }

    /// Puts the files back as they were.
    pub(crate) fn restore(&self, files: &[(PathBuf, Vec<u8>)]) {
        for (path, _) in self.files() {
            fs::remove_file(path).unwrap();
        }
        for (path, content) in files {
            fs::write(path, content).unwrap();
        }
    }

    /// The records as text, one a line, whatever files they stand in.
    pub(crate) fn text(&self) -> String {
        records(&self.0)
            .unwrap()
            .map(|record| record.unwrap().to_line())
            .collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An entry, now of the node, now of the ledger.
pub(crate) fn entry(rng: &mut impl Rng, number: u64) -> Entry {
    let entry = Entry::new("test.act", 1_000 + number)
        .by(rng.random::<u64>())
        .with("reason", "é\"\n".repeat(rng.random_range(0..4)));
    let source = if rng.random_bool(0.5) {
        Source::Node
    } else {
        Source::Ledger(Position {
            height: number,
            entry: 0,
        })
    };
    Entry { source, ..entry }
}

/// A log of so many records in files of a few of them.
pub(crate) fn fill(log: &mut Log, rng: &mut impl Rng, count: u64) {
    for number in 0..count {
        log.append(vec![entry(rng, number)]).unwrap();
    }
    log.sync().unwrap();
}
