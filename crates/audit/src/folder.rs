//! The files of a log: `<index of the first record, 20 digits>.jsonl`, read line by line with bounded memory.

use crate::{
    error::{LineFault, LogError, failed},
    record::{LINE_BYTES_MAX, Line, Record},
};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

const EXTENSION: &str = "jsonl";
const DIGITS: usize = 20;

/// A file of the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Segment {
    /// Index of its first record.
    pub(crate) first: u64,
    pub(crate) path: PathBuf,
}

impl Segment {
    pub(crate) fn at(folder: &Path, first: u64) -> Self {
        Self {
            first,
            path: folder.join(format!("{first:0DIGITS$}.{EXTENSION}")),
        }
    }

    pub(crate) fn lines(&self) -> Result<Lines, LogError> {
        let file = File::open(&self.path).map_err(failed("open", &self.path))?;
        Ok(Lines {
            reader: BufReader::new(file),
            path: self.path.clone(),
            number: 0,
        })
    }
}

/// The segments of a log in their order; other files are none of its own. A folder that does not exist has none.
pub(crate) fn segments(folder: &Path) -> Result<Vec<Segment>, LogError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed("read", folder)(source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed("read", folder))?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        let digits =
            stem.filter(|stem| stem.len() == DIGITS && stem.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(first) = digits.and_then(|digits| digits.parse().ok()) {
            found.push(Segment::at(folder, first));
        }
    }
    found.sort();
    Ok(found)
}

/// What a file has next.
#[derive(Debug)]
pub(crate) enum Next {
    /// A line that holds a record whose hash is right.
    Record(Box<Record>),
    /// A line that does not.
    Fault(LineFault),
    /// Bytes after the last end of line: a write that a crash cut off, if nothing follows.
    Torn,
    /// Nothing more.
    End,
}

/// The lines of a file.
pub(crate) struct Lines {
    reader: BufReader<File>,
    path: PathBuf,
    /// Number of the line that was read last, from 1.
    pub(crate) number: u64,
}

impl Lines {
    /// The next line.
    pub(crate) fn next(&mut self) -> Result<Next, LogError> {
        let mut bytes = Vec::new();
        let bound = u64::try_from(LINE_BYTES_MAX)
            .unwrap_or(u64::MAX)
            .saturating_add(2);
        let read = self.reader.by_ref().take(bound).read_until(b'\n', &mut bytes);
        if read.map_err(failed("read", &self.path))? == 0 {
            return Ok(Next::End);
        }
        self.number = self.number.saturating_add(1);
        if bytes.pop_if(|last| *last == b'\n').is_none() {
            let is_too_long = bytes.len() > LINE_BYTES_MAX;
            return Ok(if is_too_long {
                Next::Fault(LineFault::TooLong)
            } else {
                Next::Torn
            });
        }
        // What is not UTF-8 cannot be the text that was hashed.
        let text = String::from_utf8_lossy(&bytes);
        Ok(match Line::parse(&text) {
            Ok(record) => Next::Record(Box::new(record)),
            Err(fault) => Next::Fault(fault),
        })
    }
}

/// Every record of a log, oldest first, without a look at the chain. An incomplete last line is left out.
///
/// # Errors
/// [`LogError`], also for each item.
pub fn records(folder: &Path) -> Result<impl Iterator<Item = Result<Record, LogError>> + use<>, LogError> {
    let mut waiting = segments(folder)?.into_iter();
    let mut open: Option<Lines> = None;
    Ok(std::iter::from_fn(move || {
        loop {
            let Some(lines) = &mut open else {
                match waiting.next()?.lines() {
                    Ok(lines) => open = Some(lines),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            };
            match lines.next() {
                Ok(Next::Record(record)) => return Some(Ok(*record)),
                Ok(Next::Fault(fault)) => {
                    let (path, line) = (lines.path.clone(), lines.number);
                    return Some(Err(LogError::Damaged { path, line, fault }));
                }
                Ok(Next::Torn | Next::End) => open = None,
                Err(error) => return Some(Err(error)),
            }
        }
    }))
}
