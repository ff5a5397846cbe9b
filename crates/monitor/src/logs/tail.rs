//! Follows log files as they grow, are cut, or are replaced. What was read is remembered together with what was kept
//! of it (in the same commit of the index), so that no line is kept twice or lost at a restart.

use super::line::{self, Line};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirEntryExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

/// Bytes that are read of a file at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes of a file that is seen for the first time; what is older is left.
const FIRST_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Entries of a folder that are looked through for a file that was renamed.
const ENTRIES_MAX: usize = 1_000;

/// A log file and the name that stands at its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) node: String,
    pub(crate) path: PathBuf,
}

/// How far a file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    inode: u64,
    offset: u64,
}

/// Lines that were read, and where to go on.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) lines: Vec<Line>,
    pub(crate) position: Position,
    /// Whether the file may hold more.
    pub(crate) more: bool,
}

/// Reads on from `before`; `None` where there is nothing new. The rest of a file that was renamed meanwhile, as programs
/// that rotate logs do, comes first.
pub(crate) fn read(source: &Source, before: Option<Position>) -> io::Result<Option<Piece>> {
    let current = open(&source.path)?;
    if let Some(position) = before
        && current
            .as_ref()
            .is_none_or(|(_, inode, _)| *inode != position.inode)
        && let Some(renamed) = renamed(&source.path, position)?
        && let Some(mut piece) = piece(renamed, before)?
    {
        // The new file waits for the next piece.
        piece.more |= current.is_some();
        return Ok(Some(piece));
    }
    match current {
        Some(file) => piece(file, before),
        None => Ok(None),
    }
}

/// An open file with its inode and its length; `None` where there is none. What is no file is left alone: a pipe would
/// keep the reader waiting.
fn open(path: &Path) -> io::Result<Option<(File, u64, u64)>> {
    let is_absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    Ok(Some((file, metadata.ino(), metadata.len())))
}

/// The file that was read up to `position`, under its new name in the same folder, where it holds more.
fn renamed(path: &Path, position: Position) -> io::Result<Option<(File, u64, u64)>> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(None);
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    for entry in entries.take(ENTRIES_MAX) {
        let entry = entry?;
        let is_sibling = entry.file_name().as_bytes().starts_with(name.as_bytes());
        if is_sibling && entry.ino() == position.inode {
            let file = open(&entry.path())?;
            return Ok(
                file.filter(|(_, inode, length)| *inode == position.inode && *length > position.offset)
            );
        }
    }
    Ok(None)
}

/// Reads on in one file.
fn piece((mut file, inode, length): (File, u64, u64), before: Option<Position>) -> io::Result<Option<Piece>> {
    // A file that was replaced or cut is read from its beginning.
    let same = before.filter(|position| position.inode == inode && position.offset <= length);
    let offset = match same {
        Some(position) => position.offset,
        // Of one that took the place of another nothing is older than what was read.
        None if before.is_some() => 0,
        None => length.saturating_sub(FIRST_BYTES_MAX),
    };
    if offset == length {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; CHUNK_BYTES];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => last + 1,
        // One line without end that fills everything is taken as it is; a shorter one is not complete yet.
        None if filled == CHUNK_BYTES => filled,
        None => 0,
    };
    if whole == 0 {
        return Ok(None);
    }
    let first_is_partial = same.is_none() && offset > 0;
    let lines = bytes[..whole]
        .split(|byte| *byte == b'\n')
        .skip(usize::from(first_is_partial))
        .filter_map(line::read)
        .collect();
    let offset = offset.saturating_add(u64::try_from(whole).unwrap_or(u64::MAX));
    Ok(Some(Piece {
        lines,
        position: Position { inode, offset },
        more: offset < length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write};

    #[test]
    fn files_are_followed_as_they_grow_are_cut_and_replaced() {
        let folder = std::env::temp_dir().join(format!("civitas-tail-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let source = Source {
            node: "node0".into(),
            path: folder.join("log"),
        };
        let mut position = None;
        let mut check = |expected: &[&str]| {
            let piece = read(&source, position).unwrap();
            let lines = piece.map(|piece| {
                position = Some(piece.position);
                piece.lines
            });
            let found: Vec<String> = lines
                .unwrap_or_default()
                .into_iter()
                .map(|line| line.message)
                .collect();
            assert_eq!(found, expected);
        };
        let append = |text: &str| {
            let mut options = fs::OpenOptions::new();
            let mut file = options
                .create(true)
                .append(true)
                .open(folder.join("log"))
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        check(&[]);
        append("one\ntwo\nthr");
        check(&["one", "two"]);
        check(&[]);
        append("ee\n");
        check(&["three"]);
        fs::write(folder.join("log"), "cut\n").unwrap();
        check(&["cut"]);
        fs::write(folder.join("new"), "replaced\nand more lines\n").unwrap();
        fs::rename(folder.join("new"), folder.join("log")).unwrap();
        check(&["replaced", "and more lines"]);
        append("the last line before\n");
        fs::rename(folder.join("log"), folder.join("log.1")).unwrap();
        append("the first line after\n");
        check(&["the last line before"]);
        check(&["the first line after"]);
        check(&[]);
        append(&"x".repeat(CHUNK_BYTES + 5));
        check(&[&format!("{}…", "x".repeat(line::LINE_BYTES_MAX))]);
        check(&[]);
        fs::remove_dir_all(folder).unwrap();
    }
}
